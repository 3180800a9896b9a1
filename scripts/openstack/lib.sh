# Shared by up and down: where things are, the ports, and how a process is started and ended.
ROOT=${OPENSTACK_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/target/openstack}
mkdir -p "$ROOT"; ROOT=$(cd "$ROOT" && pwd)
ETC=$ROOT/etc STATE=$ROOT/state LOG=$ROOT/log RUN=$ROOT/run SHIM=$ROOT/shim
COMPUTE=${OPENSTACK_COMPUTE:-fake}   # fake | libvirt (QEMU under software emulation)
NET=${OPENSTACK_NET:-ovn}            # ovn | fake
NODE=${OPENSTACK_NODE:-node1}
SPARE=("$NODE-spare1" "$NODE-spare2") # hosts that can be dedicated
MORE=()                               # further hosts without guests: Nova asks for every server of a host before it puts one more there
for ((host = 2; host <= ${OPENSTACK_HOSTS:-1}; host++)); do MORE+=("$NODE-$host"); done
OFF=${OPENSTACK_PORT_OFFSET:-0}
P_KEYSTONE=$((5000 + OFF)) P_GLANCE=$((9292 + OFF)) P_PLACEMENT=$((8778 + OFF)) P_NOVA=$((8774 + OFF)) P_NEUTRON=$((9696 + OFF)) P_CINDER=$((8776 + OFF)) P_BARBICAN=$((9311 + OFF))
P_DB=$((13306 + OFF)) P_MQ=$((15673 + OFF)) P_EPMD=$((14369 + OFF)) P_DIST=$((15674 + OFF)) P_OVS=$((16640 + OFF))
export ROOT ETC STATE P_KEYSTONE P_GLANCE P_PLACEMENT P_NOVA P_NEUTRON P_CINDER P_BARBICAN NODE COMPUTE NET SPARES="${SPARE[*]}" FAKES="${SPARE[*]} ${MORE[*]}"

born() { awk '{sub(/^.*\) /,""); print $20}' "/proc/$1/stat" 2>/dev/null; } # a pid is ours only while its start time is the one noted
alive() {
  local pid when
  read -r pid when 2>/dev/null <"$RUN/$1.pid" || return 1
  [ -n "$pid" ] && [ "$(born "$pid")" = "$when" ]
}
start() {
  local n=$1 pid; shift
  alive "$n" && return 0
  setsid nice -n 5 "$@" >>"$LOG/$n.log" 2>&1 </dev/null &
  pid=$!
  echo "$pid $(born "$pid")" >"$RUN/$n.pid"
  disown
}
wait_for() {
  local n=$1 t=$2 end; shift 2
  end=$(($(date +%s) + t))
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || { echo "$n: not up after ${t}s" >&2; tail -n 5 "$LOG/$n.log" >&2 2>/dev/null || true; exit 1; }
    sleep 0.3
  done
}
port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
http_ok() { local c; c=$(curl -s -o /dev/null -m 20 -w '%{http_code}' "$1") && [ "$c" -ge 200 ] && [ "$c" -lt 500 ]; }
