# Sourced by the scripts beside it: the paths they share and a few helpers. Works with bash 3.2 (macOS) and newer.

set -euo pipefail
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

# ONNX Runtime reports usage by default; neither a test nor a comparison should.
export ORT_DISABLE_TELEMETRY=1

if [ -z "${HOME:-}" ]; then
  # dotnet, npm and NuGet all need a home; without the variable the shell still knows it from the user database.
  unset HOME
  HOME=~
  export HOME
fi

repo_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cache_root="${MODELPERSISTENCE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/modelpersistence}"
case "$cache_root" in
  /*) ;;
  *) cache_root="$PWD/$cache_root" ;;
esac

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# need <command> <why and what to do>
need() { command -v "$1" >/dev/null 2>&1 || die "$1 is missing. $2"; }

sha256_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  else
    shasum -a 256 "$1" | cut -d ' ' -f 1
  fi
}

# scratch: names a new folder in $scratch_dir, removed when the script ends however it ends.
scratch() {
  scratch_dir="$(mktemp -d "${TMPDIR:-/tmp}/modelpersistence.XXXXXX")"
  trap 'rm -rf "$scratch_dir"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# npm_integrity <file>: its digest in the form the npm registry publishes.
npm_integrity() {
  node -e '
    const hash = require("crypto").createHash("sha512");
    require("fs").createReadStream(process.argv[1]).on("data", d => hash.update(d))
      .on("error", e => { console.error(e.message); process.exit(1); })
      .on("end", () => console.log("sha512-" + hash.digest("base64")));' "$1"
}

# npm_fetch <package> <version> <sha512 integrity>: leaves the verified archive in the cache and its path in $npm_archive.
# The archive gets its final name by a rename after it was verified, so two runs at once only do the work twice.
npm_fetch() {
  local package="$1" version="$2" integrity="$3" flat part packed actual
  flat="$(printf '%s' "$package" | tr -d '@' | tr '/' '-')"
  npm_archive="$cache_root/npm/$flat-$version.tgz"

  need node "Node.js 18 or newer is needed to fetch $package $version; install it (Debian: apt-get install nodejs npm)."
  if [ -f "$npm_archive" ]; then
    [ "$(npm_integrity "$npm_archive")" = "$integrity" ] && return
    say "$npm_archive does not match its pinned digest; fetching it again."
  fi

  need npm "npm is needed to fetch $package $version; install it (Debian: apt-get install npm)."
  mkdir -p "$cache_root/npm"
  part="$(mktemp -d "$cache_root/npm/.part.XXXXXX")"
  say "fetching $package $version into $cache_root/npm"
  # npm's own cache would keep a second copy of the archive for ever.
  if ! (cd "$part" && npm pack "$package@$version" --silent --ignore-scripts --cache "$part/cache" </dev/null >/dev/null); then
    rm -rf "$part"
    die "npm could not fetch $package $version: check the network and the registry that 'npm config get registry' names."
  fi
  packed="$(find "$part" -maxdepth 1 -name '*.tgz' | head -n 1)"
  actual="$(npm_integrity "$packed")"
  if [ "$actual" != "$integrity" ]; then
    rm -rf "$part"
    die "$package $version has the digest $actual, expected $integrity: nothing of it was used."
  fi
  mv -f "$packed" "$npm_archive"
  rm -rf "$part"
}
