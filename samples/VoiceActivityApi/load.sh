#!/usr/bin/env bash
# Loads a running VoiceActivityApi: with wrk where it is installed, else with loops of curl.
#   load.sh [address] [seconds] [connections]      http://127.0.0.1:5080, 10, 8
set -euo pipefail

at="${1:-http://127.0.0.1:5080}"
seconds="${2:-10}"
connections="${3:-8}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
scratch="$(mktemp -d "${TMPDIR:-/tmp}/modelpersistence-load.XXXXXX")"
trap 'rm -rf "$scratch"' EXIT

# by_wrk <path> <file> <type>
by_wrk() {
  cat >"$scratch/post.lua" <<LUA
local body = assert(io.open(os.getenv("LOAD_BODY"), "rb"))
wrk.method = "POST"
wrk.body = body:read("*a")
wrk.headers["Content-Type"] = "$3"
done = function(summary)
  if summary.errors.status > 0 then os.exit(1) end
end
LUA
  LOAD_BODY="$2" wrk -t 2 -c "$connections" -d "${seconds}s" --latency -s "$scratch/post.lua" "$at$1"
}

# by_curl <path> <file> <type>: one loop for each connection; the time of each request is kept.
by_curl() {
  local loop ended=$((SECONDS + seconds))
  rm -f "$scratch"/times.*
  for ((loop = 0; loop < connections; loop++)); do
    while [ "$SECONDS" -lt "$ended" ]; do
      curl -sf -o /dev/null -w '%{time_total}\n' -H "Content-Type: $3" --data-binary "@$2" "$at$1" || echo failed
    done >"$scratch/times.$loop" &
  done
  wait
  sort -g "$scratch"/times.* | awk -v seconds="$seconds" '
    /failed/ { failed++; next }
    { times[count++] = $1 * 1000 }
    END {
      if (count == 0) { print "  no request was answered"; exit 1 }
      printf "  %.0f requests a second, p50 %.1f ms, p99 %.1f ms, %d failed\n", count / seconds, times[int(count * 0.5)], times[int(count * 0.99)], failed
      exit failed > 0
    }'
}

if command -v wrk >/dev/null 2>&1; then run=by_wrk; else run=by_curl; fi
echo "POST /v2/models/vad/versions/stable/infer: one window"
"$run" /v2/models/vad/versions/stable/infer "$here/silence.json" application/json
echo "POST /speech: a recording of ten seconds, more than 300 windows"
"$run" /speech "$here/../VoiceActivity/recording.wav" audio/wav
