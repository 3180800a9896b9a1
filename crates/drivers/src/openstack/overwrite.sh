#!/bin/sh
# What an erasing server executes: it overwrites each disk with zeros to its end, reads it back, and says on its console
# what came of it, again and again, for a console loses lines. Nothing but POSIX and what busybox has.
nonce=@NONCE@
volumes='@VOLUMES@'

say() {
  for tty in console ttyS0 ttyAMA0; do
    # The line break before it ends whatever the kernel has left there unfinished.
    [ ! -w "/dev/$tty" ] || printf '\nLIYUN-ERASE %s %s .\n' "$nonce" "$1" >>"/dev/$tty"
  done 2>/dev/null
}

# Sets `name` to the block device of a volume: its serial number is the volume's id, or the first 20 characters of it.
find_device() {
  serial=$(printf '%.20s' "$1")
  for file in /sys/block/*/serial /sys/block/*/device/serial; do
    case $(cat "$file" 2>/dev/null) in
      "$serial"*) name=${file#/sys/block/} name=${name%%/*}; return 0 ;;
    esac
  done
  for link in /dev/disk/by-id/*"$serial"*; do
    case $link in
      *-part*) ;;
      *) [ ! -e "$link" ] || { name=$(readlink -f "$link") name=${name##*/}; return 0; } ;;
    esac
  done
  return 1
}

# od prints `*` for sectors that are like the one before: of nothing but zeros there are three lines, of which the last is
# how much was read.
is_blank() {
  od -A d -t x8 -w512 "$1" | {
    read -r first
    read -r same
    read -r length more
    case $first in *[!0\ ]* | '') return 1 ;; esac
    [ "$same" = '*' ] && [ "$length" -eq "$bytes" ] && [ -z "$more" ]
  }
}

# Sets `result`, and `bytes` to the size of what was overwritten.
overwrite() {
  bytes=0 tries=30
  until find_device "$1"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { result=no-such-disk; return; }
    sleep 2
  done
  disk=/dev/$name sectors=$(cat "/sys/block/$name/size")
  ! grep -q "^$disk" /proc/mounts || { result=mounted; return; }
  bytes=$((sectors * 512)) rest=$((sectors % 2048))
  dd if=/dev/zero of="$disk" bs=1048576 count=$((sectors / 2048)) conv=notrunc,fsync || { result=not-written; return; }
  [ "$rest" -eq 0 ] || dd if=/dev/zero of="$disk" bs=512 seek=$((sectors - rest)) count="$rest" conv=notrunc,fsync ||
    { result=not-written; return; }
  sync
  # What is read back comes from the disk and not from memory.
  echo 3 >/proc/sys/vm/drop_caches
  if is_blank "$disk"; then result=zeros; else result=not-zeros; fi
}

report=
for volume in $volumes; do
  overwrite "$volume"
  report="$report $volume/$bytes/$result"
done
while :; do
  for line in $report; do say "$(echo "$line" | tr / ' ')"; done
  sleep 5
done
