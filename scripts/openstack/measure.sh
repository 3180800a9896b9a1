#!/usr/bin/env bash
# Measures the OpenStack driver on control planes of its own and writes docs/benchmarks-openstack.md.
#
#   scripts/openstack/measure.sh [call | client | many]…   all where none is named; root, two hours and more on two cores
#
#   call    what a call costs beyond the cloud's own time
#   client  from the order to a server that answers, against the cloud's own command-line client; real guests
#   many    LIYUN_SERVERS (1000) servers in one run, on OPENSTACK_HOSTS (16); states only, no guests. Two cores open some 8 a minute
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$HERE/../.."
root=$PWD/target/openstack-measure
wanted=("$@")
[ $# -gt 0 ] || wanted=(call client many)
rows=$root/rows
mkdir -p "$root"
: >"$rows"
export LIYUN_REQUIRE_OPENSTACK=1
trap 'for plane in "$root"/*/; do OPENSTACK_DIR=$plane "$HERE/down" --wipe; done' EXIT

# on COMPUTE COMMAND…: on a plane of its own, which is gone afterwards.
on() {
  local compute=$1 plane=$root/$1
  shift
  mkdir -p "$plane"
  # The services are the same, so they are installed once.
  [ -e "$plane/venv" ] || { mkdir -p target/openstack/venv && ln -s ../../openstack/venv "$plane/venv"; }
  OPENSTACK_COMPUTE=$compute OPENSTACK_DIR=$plane "$HERE/up"
  LIYUN_OPENSTACK=$plane "$@" 2>&1 | tee /dev/stderr | sed -n 's/^.*MEASURED //p' | tr ' ' '\n' >>"$rows"
  OPENSTACK_DIR=$plane "$HERE/down" --wipe
}
contract() { cargo test --quiet --workspace --test contract -- "openstack::$1"; }
client() { target/debug/with-postgres cargo test --quiet --workspace --test it -- --ignored --nocapture measure_from_the_order; }

cargo build --quiet --workspace --all-targets
for name in "${wanted[@]}"; do
  case $name in
    call) on fake contract measure_the_drivers_own_time ;;
    many)
      hosts=${OPENSTACK_HOSTS:-16}
      echo "hosts=$hosts" >>"$rows"
      OPENSTACK_HOSTS=$hosts on fake contract measure_many_servers
      ;;
    client) on libvirt client ;;
    *) echo "call, client or many, not $name" >&2; exit 2 ;;
  esac
done
node "$HERE/measured.mjs" "$rows"
