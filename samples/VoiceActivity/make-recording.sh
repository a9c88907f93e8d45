#!/usr/bin/env bash
# Shows how recording.wav and recording.txt were made; nobody needs to run it. Needs espeak-ng and sox.
#
# recording.wav is 16 kHz mono 16-bit PCM: three synthetic sentences between silences. The first and last silence are
# exact zeros; a faint noise floor (about -48 dBFS RMS) lies under the sentences and the pauses between them.
# recording.txt tells the truth about it, one line a sentence: start and end in seconds, and the words, separated by tabs
# (the label format of Audacity).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

rate=16000
parts=()
: >"$work/labels"
position=0 # samples written so far

seconds() { awk -v n="$1" -v r="$rate" 'BEGIN { printf "%.3f", n / r }'; }

# pause <seconds> <noise volume>
pause() {
  local file="$work/part${#parts[@]}.wav"
  sox -R -n -r "$rate" -b 16 -c 1 "$file" synth "$1" pinknoise vol "$2"
  parts+=("$file")
  position=$((position + $(soxi -s "$file")))
}

# speech <voice> <words per minute> <text>: trimmed of the silence around it, so that start and end are exact.
speech() {
  local file="$work/part${#parts[@]}.wav" start="$position"
  espeak-ng -v "$1" -s "$2" -w "$work/raw.wav" "$3"
  sox -R "$work/raw.wav" -r "$rate" -b 16 -c 1 "$work/clean.wav" \
    silence 1 0.01 -45d reverse silence 1 0.01 -45d reverse norm -6
  sox -R -n -r "$rate" -b 16 -c 1 "$work/floor.wav" synth "$(soxi -s "$work/clean.wav")s" pinknoise vol 0.02
  sox -R -m -v 1 "$work/clean.wav" -v 1 "$work/floor.wav" -b 16 "$file"
  parts+=("$file")
  position=$((position + $(soxi -s "$file")))
  printf '%s\t%s\t%s\n' "$(seconds "$start")" "$(seconds "$position")" "$3" >>"$work/labels"
}

pause 1.2 0
speech en-us 150 'The model is ready.'
pause 1.6 0.02
speech en-gb 150 'The weights are already warm.'
pause 1.6 0.02
speech en-us+f3 150 'You may begin when you are ready.'
pause 1.2 0

sox -R "${parts[@]}" recording.wav
mv "$work/labels" recording.txt
soxi recording.wav
cat recording.txt
