#!/usr/bin/env bash
# Serves Silero VAD over HTTP on a free port of the loopback interface, says what to ask it, and runs until Ctrl+C. eng/demo.sh --web calls it.
#   --once    asks all of it itself instead, and ends; its exit status says whether everything was answered
#   --load    loads the server for ten seconds on each of two endpoints instead, and ends
source "$(dirname "${BASH_SOURCE[0]}")/../../eng/common.sh"
need curl "Install it to ask the server."

sample=samples/VoiceActivityApi
mode="${1:-}"
case "$mode" in
  '' | --once | --load) ;;
  *) sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}"; exit 64 ;;
esac

cd "$repo_root" # where global.json and nuget.config are found
"$repo_root/eng/models.sh"
program="$sample/bin/Release/net10.0/VoiceActivityApi.dll"

scratch
server=
stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null || :; wait "$server" 2>/dev/null || :; }
  rm -rf "$scratch_dir"
}
trap 'stop' EXIT

say "building the sample"
dotnet build "$sample" -c Release --nologo --verbosity quiet </dev/null >"$scratch_dir/build" 2>&1 || { cat "$scratch_dir/build" >&2; die "the sample does not build"; }

export ModelManagement__Providers__0__Path="$scratch_dir/repository" ModelManagement__CachePath="$scratch_dir/cache"
export ModelManagement__RefreshInterval=00:00:01
say "publishing vad:1.0.0 and vad:1.1.0"
dotnet "$program" publish "$cache_root/models" >&2

# Port 0 is any that is free; the server says which.
dotnet "$program" --urls http://127.0.0.1:0 >"$scratch_dir/log" 2>&1 </dev/null &
server=$!
at=
for ((left = 1200; left > 0; left--)); do
  kill -0 "$server" 2>/dev/null || break
  [ -n "$at" ] || at="$(sed -n 's/.*Now listening on: \(http[^ ]*\).*/\1/p' "$scratch_dir/log" | head -n 1)"
  if [ -n "$at" ] && curl -sf -o "$scratch_dir/ready" "$at/health/ready"; then break; fi
  sleep 0.1
done
[ -s "$scratch_dir/ready" ] || { cat "$scratch_dir/log" >&2; die "the server did not become ready"; }

requests=(
  "curl -sf $at/health/ready"
  "curl -sf $at/health/models"
  "curl -sf --data-binary @samples/VoiceActivity/recording.wav $at/speech"
  "curl -sf $at/v2/models/vad/versions/stable"
  "curl -sf -H 'Content-Type: application/json' -d @$sample/silence.json $at/v2/models/vad/versions/stable/infer"
  "curl -sf '$at/models?minutes=10'"
  "curl -sf $at/metrics/models"
)
back="ModelManagement__Providers__0__Path=$scratch_dir/repository dotnet $program stable 1.0.0"

case "$mode" in
  --once)
    for request in "${requests[@]}"; do
      printf '\n$ %s\n' "$request"
      (eval "$request") >"$scratch_dir/answer" || die "no answer to: $request"
      head -c 300 "$scratch_dir/answer"
      echo
    done
    printf '\n$ %s\n' "$back"
    (eval "$back") || die "the alias could not be moved"
    for ((left = 1200; left > 0; left--)); do
      curl -sf --data-binary @samples/VoiceActivity/recording.wav "$at/speech" >"$scratch_dir/answer" || die "no answer while versions are swapped"
      ! grep -q '"version":"1.0.0"' "$scratch_dir/answer" || break
      sleep 0.1
    done
    [ "$left" -gt 0 ] || die "the server did not follow the alias"
    echo "the server follows: vad:stable is heard by 1.0.0 now, and no request has failed"
    ;;
  --load)
    "$repo_root/$sample/load.sh" "$at"
    ;;
  *)
    printf 'Ready at %s. In another terminal, from %s:\n\n' "$at" "$repo_root"
    printf '  %s\n' "${requests[@]}" "$sample/load.sh $at"
    printf '\nPoint vad:stable at the other version, and see /models follow without a failed request:\n\n  %s\n\n' "$back"
    printf 'With OTEL_EXPORTER_OTLP_ENDPOINT set, metrics and spans go to that collector, too. Ctrl+C ends it.\n'
    wait "$server" || :
    ;;
esac
