#!/usr/bin/env bash
# Installs what the libvirt engine needs (QEMU, libvirt, guest-image tools) on Debian, by package name.
#
#   scripts/install-engine.sh           install what is missing
#   scripts/install-engine.sh --check   only say what is missing
#
# Exit: 0 everything is there · 3 something is missing and may not be installed here (no root, no sudo, no apt)
#       4 apt was tried and failed. Whoever calls it decides whether to go on without the engine.
set -uo pipefail

QEMU="qemu-system-x86 qemu-utils"
LIBVIRT="libvirt-daemon libvirt-daemon-driver-qemu libvirt-daemon-system libvirt-clients dnsmasq-base iptables nftables"
GUEST="busybox-static cpio"

say() { printf '[engine] %s\n' "$*"; }
fail() { code=$1; shift; printf '[engine] %s\n' "$*" >&2; exit "$code"; }

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing() { for p in $QEMU $LIBVIRT $GUEST; do installed "$p" || printf '%s ' "$p"; done; }

command -v dpkg-query >/dev/null || fail 3 "不是 Debian 系统,无法自动安装虚拟化组件 (not a Debian system; install QEMU and libvirt by hand)"
need=$(missing)
[ -n "$need" ] || { say "虚拟化组件齐备 (QEMU, libvirt and guest tools are installed)"; exit 0; }
[ "${1:-}" = --check ] && fail 3 "缺少 (missing): $need— scripts/install-engine.sh"

if [ "$(id -u)" = 0 ]; then as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo -n)
else fail 3 "缺少 (missing): $need— 需要管理员权限 (needs root): sudo scripts/install-engine.sh"
fi

# Daemons that packages would start are not wanted: liyun runs its own libvirtd under its data directory.
apt_install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -q --no-install-recommends "$@" >"$log" 2>&1
}

log=$(mktemp) || fail 4 "mktemp"
trap 'rm -f "$log"' EXIT
say "安装 (installing): $need"
"${as_root[@]}" apt-get update -q >"$log" 2>&1 || say "软件源更新失败,继续用现有索引 (apt-get update failed, going on with what is known)"

# Trap: an image may carry a newer qemu-utils (backports) than the qemu-system-x86 on offer; both must have one
# version, and apt only says "held broken packages". Taking qemu-utils down to the candidate is what works.
candidate=$(apt-cache policy qemu-system-x86 | awk '/Candidate:/{print $2}')
[ -n "$candidate" ] && [ "$candidate" != "(none)" ] || fail 4 "软件源里没有 qemu-system-x86 (no candidate for qemu-system-x86)"
apt_install --allow-downgrades "qemu-system-x86=$candidate" "qemu-utils=$candidate" $GUEST $LIBVIRT \
  || { tail -15 "$log" >&2; fail 4 "安装失败 (apt-get failed)"; }

need=$(missing)
[ -z "$need" ] || fail 4 "仍缺少 (still missing): $need"
say "完成 (done): $(qemu-system-x86_64 --version | head -1); libvirt $(libvirtd --version | awk '{print $NF}')"
