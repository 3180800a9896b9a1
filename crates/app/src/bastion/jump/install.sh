#!/bin/bash
# 漓云跳板机 · 安装(Debian / openEuler / 麒麟,需要 openssh-server、curl、util-linux、procps)。以 root 运行:
#   ./install.sh 机器凭据
# 重复运行即更新配置;已有的主机密钥和凭据保留(给出新凭据时替换)。
set -euo pipefail
cd "$(dirname "$0")"
prefix={prefix}
login={login}
[ "$(id -u)" = 0 ] || { echo '请以 root 运行' >&2; exit 1; }
for program in /usr/sbin/sshd curl script flock pkill ssh-keygen; do
  command -v "$program" >/dev/null || { echo "缺少 $program" >&2; exit 1; }
done
id "$login" >/dev/null 2>&1 || useradd --system --create-home --home-dir "/var/lib/$login" --shell /bin/bash "$login"
install -d -m 755 -o "$login" "$prefix"
install -d -m 700 -o "$login" "$prefix/spool" "$prefix/log"
install -m 644 -o "$login" sshd_config ssh_config settings "$prefix/"
install -m 755 -o "$login" session sync "$prefix/"
as_login() { setpriv --reuid "$login" --regid "$login" --init-groups "$@"; }
[ -e "$prefix/host_ed25519" ] || as_login ssh-keygen -q -t ed25519 -N '' -f "$prefix/host_ed25519"
[ -e "$prefix/target_ed25519" ] || as_login ssh-keygen -q -t ed25519 -N '' -f "$prefix/target_ed25519"
if [ -n "${1:-}" ]; then printf 'Authorization: Bearer %s\n' "$1" >"$prefix/token"; fi
[ -e "$prefix/token" ] || { echo '首次安装须给出机器凭据' >&2; exit 1; }
chown "$login" "$prefix/token"; chmod 600 "$prefix/token"
install -m 644 liyun-jump.service liyun-jump-sync.service /etc/systemd/system/
as_login "$prefix/sync"
systemctl daemon-reload
systemctl enable --now liyun-jump-sync.service liyun-jump.service
systemctl restart liyun-jump-sync.service liyun-jump.service
echo '安装完成。请把下面的公钥放入各云主机目标账号的 authorized_keys,并限定来源为本机:'
cat "$prefix/target_ed25519.pub"
