#!/usr/bin/env bash
# Runs the voice activity sample on a real model. Arguments go to the sample.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
need dotnet "Install the .NET SDK that global.json names."

"$repo_root/eng/feed.sh"
"$repo_root/eng/models.sh"
exec dotnet run -c Release --project "$repo_root/samples/VoiceActivity" -- "$@"
