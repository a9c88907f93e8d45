#!/usr/bin/env bash
# Builds in Release and runs every test. Arguments go to `dotnet test`, for example:
#   eng/test.sh --filter 'FullyQualifiedName~Repositories'
# The results are written to artifacts/test-results, or to $TEST_RESULTS.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
need dotnet "Install the .NET SDK that global.json names."

results="${TEST_RESULTS:-$repo_root/artifacts/test-results}"

"$repo_root/eng/feed.sh"
"$repo_root/eng/models.sh"
rm -rf "$results"
cd "$repo_root" # where global.json and nuget.config are found
exec dotnet test ModelPersistence.sln -c Release --nologo --logger trx --results-directory "$results" "$@" </dev/null
