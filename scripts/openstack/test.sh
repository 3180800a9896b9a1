#!/usr/bin/env bash
# A real OpenStack control plane: brings it up (real guests), passes every case of the driver contract on it and the
# whole case in Chromium, takes it down.
#
#   scripts/openstack/test.sh [CASE…]             cases by part of their name, `story` for the one in Chromium; all
#                                                 where none is named
#   LIYUN_OPENSTACK=DIR scripts/openstack/test.sh  on a cloud that runs already: DIR holds liyunrc and openrc; it stays up
#   OPENSTACK_COMPUTE=fake scripts/openstack/test.sh   without guests: quicker, and what needs a guest is skipped aloud
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$HERE/../.."
export OPENSTACK_COMPUTE=${OPENSTACK_COMPUTE:-libvirt} OPENSTACK_DIR=${OPENSTACK_DIR:-$PWD/target/openstack}
if [ -z "${LIYUN_OPENSTACK:-}" ]; then
  [ "$(id -u)" = 0 ] || { echo "需要管理员权限 (needs root): sudo make test-openstack" >&2; exit 3; }
  export LIYUN_OPENSTACK=$OPENSTACK_DIR
  scripts/setup.sh test
  cargo test --quiet -p drivers --test contract --no-run
  trap '"$HERE/down"' EXIT
  "$HERE/up"
fi
export LIYUN_REQUIRE_OPENSTACK=1
story() {
  make --no-print-directory web
  cargo build --quiet --workspace --bins
  NO_COLOR=1 npm run --prefix web --silent e2e -- openstack.e2e.ts
}
contract() { cargo test --quiet -p drivers --test contract -- "$@"; }

[ $# -gt 0 ] || { contract openstack:: && story; exit; }
cases=()
for name in "$@"; do [ "$name" = story ] || cases+=("openstack::$name"); done
[ ${#cases[@]} -eq 0 ] || contract "${cases[@]}"
[[ " $* " != *" story "* ]] || story
