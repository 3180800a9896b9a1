#!/usr/bin/env bash
# Installs what is missing, by package name: scripts/setup.sh run|test|bench
#
# Idempotent; looks first and touches nothing that is there. As root or through sudo. Rust and Node.js
# are expected (README): they come from their own installers, in the version the user wants.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-run}
say() { printf '\033[36m[setup]\033[0m %s\n' "$*"; }
fail() { printf '\033[31m[setup]\033[0m %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- what cannot be installed for the user ---------------------------------------------------------
have cargo || [ -x "$HOME/.cargo/bin/cargo" ] || fail "没有 Rust (cargo not found): https://rustup.rs"
have node || fail "没有 Node.js (node not found); version 20.19 or newer is needed"
node -e 'const [a,b]=process.versions.node.split(".").map(Number); process.exit(a>20||(a===20&&b>=19)?0:1)' ||
  fail "Node.js $(node --version) 过旧 (too old); version 20.19 or newer is needed"
have npm || fail "没有 npm (npm not found)"

# --- Debian packages, each only where its own sign is absent ----------------------------------------
packages=()
need() { packages+=("$@"); }
have cc || need build-essential
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need postgresql
if [ "$purpose" = test ] || [ "$purpose" = bench ]; then
  have chromium || need chromium
  have fc-list && [ -n "$(fc-list :lang=zh 2>/dev/null | head -1)" ] || need fontconfig fonts-wqy-microhei
  have pdftotext || need poppler-utils
  # The jump host of the tests is a real OpenSSH server, run by an ordinary user on a port of its own.
  [ -x /usr/sbin/sshd ] || need openssh-server
  have ssh || need openssh-client
  have curl || need curl
fi
[ "$purpose" != bench ] || have wrk || need wrk

if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ]; then as_root=()
  elif have sudo; then as_root=(sudo)
  else fail "缺少软件包,且没有管理员权限 (missing, and neither root nor sudo): ${packages[*]}"; fi
  have apt-get || fail "缺少 (missing): ${packages[*]}; this is not Debian, install them by hand"
  say "安装 (installing): ${packages[*]}"
  # Debian's package would start a server of its own on port 5432; ours is private and needs none.
  if [[ " ${packages[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  # Debian's package would start a log-in service for the whole machine; the tests need the program alone.
  if [[ " ${packages[*]} " == *" openssh-server "* ]]; then
    "${as_root[@]}" mkdir -p /etc/systemd/system
    for unit in ssh.service ssh.socket; do
      [ -e "/etc/systemd/system/$unit" ] || "${as_root[@]}" ln -s /dev/null "/etc/systemd/system/$unit"
    done
  fi
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" >"$log" 2>&1; }
  apt update || say "软件源更新失败,继续用现有索引 (apt-get update failed, going on with what is known)"
  apt install -y --no-install-recommends -o Dpkg::Options::=--force-confold "${packages[@]}" ||
    { tail -20 "$log" >&2; fail "安装失败 (apt-get install failed): ${packages[*]}"; }
fi

# --- the libvirt engine: wanted, not needed; `liyun doctor` and the engine page say what is missing -----
if [ -x scripts/install-engine.sh ]; then
  scripts/install-engine.sh --check >/dev/null 2>&1 || scripts/install-engine.sh ||
    say "虚拟化引擎暂不可用,其余功能不受影响 (going on without the libvirt engine; see: liyun doctor)"
fi

# --- the page's libraries: again only when the lock changed ------------------------------------------
stamp=web/node_modules/.lock-installed
if ! cmp -s web/package-lock.json "$stamp"; then
  say "安装网页依赖,约 20 秒 (npm ci)"
  npm ci --prefix web --no-audit --no-fund --loglevel=error
  cp web/package-lock.json "$stamp"
fi
say "齐备 (ready for: make $purpose)"
