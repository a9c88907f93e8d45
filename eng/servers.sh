#!/usr/bin/env bash
# Real servers for the test category RealServers, on loopback: Ceph's S3 gateway (radosgw, objects in memory), and moto_server where it is
# installed. Prometheus with promtool and curl are installed as well; the tests start them themselves.
#   eng/servers.sh start             installs what is missing (Debian, as root), starts, prints where the servers are; does nothing while they run
#   eng/servers.sh stop              ends them and removes what they kept
#   eng/servers.sh run <command...>  runs a command with the servers' environment; those started for it end with it
# artifacts/servers/env names the servers while they run; the tests read it, or the variables of the same names.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

state="$repo_root/artifacts/servers"
key=modelpersistence
guest=modelpersistence-guest # owns nothing: what it may do is for bucket policies to say
secret=loopback-only-not-a-secret

# port_is_open <port>
port_is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# wait_for <what> <seconds> <command...>: until the command succeeds.
wait_for() {
  local what="$1" left=$(($2 * 5))
  shift 2
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || die "$what did not come up; see $state/log"
    sleep 0.2
  done
}

# free_ports <count>: names in $ports_from the first of so many neighbours that nobody listens on, below the ports that clients are given.
free_ports() {
  local count="$1" port
  while :; do
    ports_from=$((20000 + RANDOM % 11000))
    for ((port = ports_from; port < ports_from + count; port++)); do
      port_is_open "$port" && continue 2
    done
    return 0
  done
}

# daemon <name> <command...>: starts it in a session of its own, so that it outlives this script, and remembers its process.
daemon() {
  local name="$1"
  shift
  setsid "$@" >"$state/log/$name.out" 2>&1 </dev/null &
  printf '%s %s\n' "$!" "$1" >>"$state/processes"
  disown # else the shell reports its end
}

install_ceph() {
  command -v radosgw >/dev/null 2>&1 && command -v ceph-mon >/dev/null 2>&1 && command -v ceph-osd >/dev/null 2>&1 && return
  command -v apt-get >/dev/null 2>&1 || die "radosgw, ceph-mon and ceph-osd are missing; install Ceph's packages for this system."
  [ "$(id -u)" -eq 0 ] || die "radosgw is missing; as root: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common"
  install_packages radosgw ceph-mon ceph-osd ceph-common || die "Ceph's packages could not be installed."
}

# install_programs <name...>: what tests start themselves; the packages have the same names.
install_programs() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null 2>&1 && continue
    if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
      say "$name is missing, and the tests that start it are left out; as root: apt-get install --no-install-recommends $name"
      continue
    fi
    install_packages "$name" || die "The package $name could not be installed."
  done
}

# install_packages <name...>: Debian's, without starting the services they bring.
install_packages() {
  say "installing $*"
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1 || {
    apt-get update -q >/dev/null
    apt-get install -y -q --no-install-recommends "$@" >/dev/null
  }
}

# One monitor, one store in memory, one gateway. Without cephx the gateway hangs; without a replica count of one nothing is ever clean.
configure_ceph() {
  cat >"$conf" <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = 127.0.0.1:$mon_port
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr2 = false
ms bind port min = $((mon_port + 1))
ms bind port max = $((mon_port + 12))
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = $home/keyring
run dir = $home
admin socket = $home/\$name.asok
log file = $state/log/\$name.log
mon allow pool size one = true
mon max pg per osd = 1000
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
[mon.a]
mon data = $home/mon
mon data avail warn = 2
mon data avail crit = 1
[osd.0]
osd data = $home/osd
osd objectstore = memstore
memstore device bytes = 4294967296
[client.rgw.a]
rgw data = $home/rgw
rgw frontends = beast endpoint=127.0.0.1:$s3_port
rgw run sync thread = false
rgw enable usage log = false
rgw crypt require ssl = false
END
  mkdir -p "$home"/{mon,osd,rgw}
  local monitor_caps=(--cap mon 'allow *')
  ceph-authtool "$home/keyring" --create-keyring --gen-key -n mon. "${monitor_caps[@]}"
  ceph-authtool "$home/keyring" --gen-key -n client.admin "${monitor_caps[@]}" --cap osd 'allow *' --cap mgr 'allow *' --cap mds 'allow *'
  ceph-authtool "$home/keyring" --gen-key -n client.rgw.a "${monitor_caps[@]}" --cap osd 'allow *'
  ceph-authtool "$home/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  monmaptool "$home/monmap" --create --clobber --addv a "[v1:127.0.0.1:$mon_port]" --fsid "$(sed -n 's/^fsid = //p' "$conf")"
}

start_ceph() {
  local code=0
  home="$(mktemp -d "${TMPDIR:-/tmp}/mp-ceph.XXXXXX")" # short: the path of a socket has at most 107 characters
  printf '%s\n' "$home" >>"$state/folders"
  conf="$home/ceph.conf"
  free_ports 15
  mon_port="$ports_from" s3_port=$((ports_from + 14))
  # Before || or in an if the shell would go on after a command that failed.
  set +e
  (set -e; boot_ceph) >"$state/log/setup" 2>&1
  code=$?
  set -e
  [ "$code" -eq 0 ] || { tail -n 5 "$state/log/setup" >&2; die "radosgw could not be started; see $state/log"; }
  announce S3 "$s3_port"
  printf 'export MODELPERSISTENCE_S3_GUEST_KEY=%s\n' "$guest" >>"$state/env.new"
}

boot_ceph() {
  local osd_id
  osd_id="$(cat /proc/sys/kernel/random/uuid)"
  configure_ceph
  ceph-mon -c "$conf" -i a --mkfs --monmap "$home/monmap" --keyring "$home/keyring"
  daemon ceph-mon ceph-mon -c "$conf" -i a -f
  wait_for ceph-mon 30 timeout 5 ceph -c "$conf" mon stat
  timeout 30 ceph -c "$conf" osd new "$osd_id" 0
  timeout 30 ceph -c "$conf" osd crush add osd.0 1.0 root=default host=local
  timeout 30 ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd_id"
  daemon ceph-osd ceph-osd -c "$conf" -i 0 -f
  daemon radosgw radosgw -c "$conf" -n client.rgw.a -f
  wait_for radosgw 90 port_is_open "$s3_port"
  timeout 60 radosgw-admin -c "$conf" user create --uid=tests --display-name=tests --access-key="$key" --secret-key="$secret"
  timeout 60 radosgw-admin -c "$conf" user create --uid=guest --display-name=guest --access-key="$guest" --secret-key="$secret"
}

start_moto() {
  command -v moto_server >/dev/null 2>&1 || return 0
  free_ports 1
  daemon moto_server moto_server -H 127.0.0.1 -p "$ports_from"
  wait_for moto_server 30 port_is_open "$ports_from"
  announce MOTO "$ports_from"
}

# announce <name> <port>
announce() {
  cat >>"$state/env.new" <<END
export MODELPERSISTENCE_$1_ENDPOINT=http://127.0.0.1:$2
export MODELPERSISTENCE_$1_KEY=$key
export MODELPERSISTENCE_$1_SECRET=$secret
END
}

running() {
  [ -f "$state/env" ] || return 1
  local pid name
  while read -r pid name; do
    is_ours "$pid" "$name" || return 1
  done <"$state/processes"
}

# is_ours <pid> <command>: a number is given again to strangers; the name of its command tells.
is_ours() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -q -- "$2"; }

start() {
  install_programs prometheus curl
  if ! running; then
    stop
    install_ceph
    mkdir -p "$state/log"
    trap 'stop' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    start_moto
    start_ceph
    trap - EXIT INT TERM
    mv "$state/env.new" "$state/env" # last: whoever finds it finds servers that answer
  fi
  sed -n 's/^export \(.*_ENDPOINT=.*\)/\1/p' "$state/env"
}

stop() {
  local pid name folder
  if [ -f "$state/processes" ]; then
    while read -r pid name; do
      ! is_ours "$pid" "$name" || kill -KILL "$pid" 2>/dev/null || : # they keep nothing, so there is nothing to finish
    done <"$state/processes"
  fi
  if [ -f "$state/folders" ]; then
    while read -r folder; do
      case "$folder" in */mp-ceph.*) rm -rf "$folder" ;; esac
    done <"$state/folders"
  fi
  rm -f "$state/env" "$state/env.new" "$state/processes" "$state/folders"
}

run() {
  local code=0
  install_programs prometheus curl
  if ! running; then
    start >&2
    trap 'stop' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
  fi
  set -a
  source "$state/env"
  set +a
  "$@" || code=$?
  exit "$code"
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  run) shift; [ "$#" -gt 0 ] || die "run needs a command"; run "$@" ;;
  *) sed -n '2,7s/^# //p' "${BASH_SOURCE[0]}"; exit 64 ;;
esac
