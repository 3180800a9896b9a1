#!/usr/bin/env bash
# Builds the small guest that the libvirt engine boots: Debian's cloud kernel (unpacked, not installed) and an
# initramfs of busybox. Boots in seconds under software emulation.
#
#   scripts/guest/build.sh [DIR]     DIR: default $LIYUN_GUEST_IMAGE, else ${XDG_CACHE_HOME:-~/.cache}/liyun/guest
#
# Writes DIR/vmlinuz, DIR/initrd.gz and DIR/version. Nothing is done when DIR/version is that of this script and
# kernel. Needs no root. Exit: 0 built or up to date · 3 a tool is missing (scripts/install-engine.sh) · 4 failed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-${LIYUN_GUEST_IMAGE:-${XDG_CACHE_HOME:-$HOME/.cache}/liyun/guest}}
say() { printf '[guest] %s\n' "$*"; }
fail() { code=$1; shift; printf '[guest] %s\n' "$*" >&2; exit "$code"; }

for tool in cpio gzip dpkg-deb apt-get sha256sum flock; do
  command -v "$tool" >/dev/null || fail 3 "缺少 (missing) $tool: scripts/install-engine.sh"
done
busybox=/bin/busybox
[ -x $busybox ] && ! ldd $busybox >/dev/null 2>&1 || fail 3 "缺少静态 busybox (missing busybox-static): scripts/install-engine.sh"

mkdir -p "$out"
exec 9>"$out/.lock"; flock 9   # two builds at once would mix their files

# The version is of what we wrote and of the tools' binary. A newer kernel package alone does not rebuild: the
# guest stands for the supplier's image and need not follow Debian's every release.
version=$(cat "$here/build.sh" "$here/init" "$here/udhcpc.sh" "$here/power-button.sh" $busybox | sha256sum | cut -c1-16)
if [ -s "$out/vmlinuz" ] && [ -s "$out/initrd.gz" ] && [ "$(cat "$out/version" 2>/dev/null)" = "$version" ]; then
  say "已是最新 (up to date): $out"; exit 0
fi

work=$(mktemp -d "$out/.build.XXXXXX"); trap 'rm -rf "$work"' EXIT
kernel=$(ls "$out"/linux-image-*.deb 2>/dev/null | head -1 || true)
if [ -z "$kernel" ]; then
  package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/{print $2; exit}')
  [ -n "$package" ] || fail 4 "软件源里没有 linux-image-cloud-amd64 (no candidate; try apt-get update)"
  say "下载内核 (downloading) $package"
  (cd "$work" && apt-get download -q "$package" >/dev/null 2>"$work/apt.log") || { cat "$work/apt.log" >&2; fail 4 "下载失败 (download failed)"; }
  mv "$work"/linux-image-*.deb "$out/"
  kernel=$(ls "$out"/linux-image-*.deb | head -1)
fi
dpkg-deb -x "$kernel" "$work/kernel"
modules=$(echo "$work"/kernel/lib/modules/*/kernel)

root=$work/root; mkdir -p "$root"/{bin,lib,proc,sys,dev,www,etc/acpi/PWRF}
cp $busybox "$root/bin/"; cp "$here/init" "$root/init"; cp "$here/udhcpc.sh" "$root/udhcpc.sh"
cp "$here/power-button.sh" "$root/etc/acpi/PWRF/00000080"
chmod 755 "$root/init" "$root/udhcpc.sh" "$root/etc/acpi/PWRF/00000080"
# Virtio is modular in the cloud kernel. The order is that of insmod: each module after those it needs.
n=10
for module in drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_legacy_dev \
  drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci net/core/failover drivers/net/net_failover \
  drivers/net/virtio_net drivers/block/virtio_blk drivers/input/evdev drivers/acpi/button; do
  cp "$modules/$module.ko" "$root/lib/$n-${module##*/}.ko"; n=$((n + 1))
done
(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio -0 -o -H newc --quiet -R 0:0) | gzip -9n >"$work/initrd.gz"

mv "$work"/kernel/boot/vmlinuz-* "$out/vmlinuz"; mv "$work/initrd.gz" "$out/initrd.gz"
chmod 644 "$out/vmlinuz" "$out/initrd.gz"
echo "$version" >"$out/version"
say "完成 (built): $out ($(du -ch "$out/vmlinuz" "$out/initrd.gz" | tail -1 | cut -f1))"
