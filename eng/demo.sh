#!/usr/bin/env bash
# Runs the voice activity sample on a real model. Arguments go to the sample; --help lists them. With --s3 the life of a model in a
# bucket instead, on a real S3 server on loopback, which is installed where it is missing (Debian, as root). With --web as a web host
# on loopback that runs until Ctrl+C; --web --once asks it everything and ends.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
need dotnet "Install the .NET SDK that global.json names."

"$repo_root/eng/feed.sh"
if [ "${1:-}" = --s3 ]; then
  shift
  cd "$repo_root" # where global.json and nuget.config are found
  exec ./eng/servers.sh run dotnet run -c Release --project samples/Bucket -- "$@"
fi

if [ "${1:-}" = --web ]; then
  shift
  exec "$repo_root/samples/VoiceActivityApi/demo.sh" "$@"
fi

"$repo_root/eng/models.sh"

# Precompiled, as a service is deployed, so that the times it shows are those a service has. The compiler for that is a
# package; where it cannot be had the sample runs as dotnet run has it, and says so beside the times.
sample="$repo_root/samples/VoiceActivity"
demo="$repo_root/artifacts/demo"
mkdir -p "$(dirname "$demo")"
say "building the sample"
cd "$repo_root" # where global.json and nuget.config are found
if dotnet publish "$sample" -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true \
  -o "$demo" --nologo --verbosity quiet </dev/null >"$demo.log" 2>&1; then
  exec "$demo/VoiceActivity" "$@"
fi
exec dotnet run -c Release --project "$sample" -- "$@"
