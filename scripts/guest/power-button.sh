#!/bin/busybox sh
# Run by acpid when the power button is pressed from outside: what was written is on the disk before it goes dark.
/bin/busybox sync
echo LIYUN-DOWN >/dev/console
/bin/busybox poweroff -f
