# Writes every service's configuration. Sourced by up.
dburl() { echo "mysql+pymysql://os:$PW@127.0.0.1:$P_DB/$1?charset=utf8"; }
auth() { # section user
  cat <<E
[$1]
auth_type = password
auth_url = http://127.0.0.1:$P_KEYSTONE/v3
username = $2
password = $PW
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne
E
}
atm() { auth keystone_authtoken "$1"; printf 'www_authenticate_uri = http://127.0.0.1:%s/v3\nservice_token_roles = service\nservice_token_roles_required = true\n' "$P_KEYSTONE"; }
common() { # service database
  cat <<E
[DEFAULT]
debug = ${OPENSTACK_DEBUG:-false}
transport_url = rabbit://guest:guest@127.0.0.1:$P_MQ/
state_path = $STATE/$1
host = $NODE
my_ip = 127.0.0.1
E
}
tail_conf() { # service database
  cat <<E
[database]
connection = $(dburl "$2")
max_pool_size = 4
max_overflow = 8
[oslo_concurrency]
lock_path = $STATE/$1/lock
[oslo_messaging_rabbit]
heartbeat_in_pthread = false
rabbit_quorum_queue = false
[oslo_messaging_notifications]
driver = noop
E
}
# A host on which nothing computes. Nothing there changes by itself: what goes over every server each minute would only
# cost, and the more of them there are the more.
without_guests() {
  cat <<E
compute_driver = fake.FakeDriverWithoutFakeNodes
update_resources_interval = 600
heal_instance_info_cache_interval = -1
sync_power_state_interval = -1
E
}
keys() { # where a service finds the keys of encrypted volumes
  cat <<E
[key_manager]
backend = barbican
[barbican]
auth_endpoint = http://127.0.0.1:$P_KEYSTONE/v3
barbican_endpoint = http://127.0.0.1:$P_BARBICAN
E
}
key_manager() { # Barbican, with its keys in its own database
  mkdir -p "$ETC/.barbican" "$STATE/barbican/lock"
  [ -s "$STATE/barbican/kek" ] || (umask 077; head -c 32 /dev/urandom | base64 >"$STATE/barbican/kek")
  { common barbican
    cat <<E
host_href = http://127.0.0.1:$P_BARBICAN
db_auto_create = true
[secretstore]
enabled_secretstore_plugins = store_crypto
[crypto]
enabled_crypto_plugins = simple_crypto
[simple_crypto_plugin]
kek = $(cat "$STATE/barbican/kek")
E
    tail_conf barbican barbican; atm barbican; } >"$ETC/.barbican/barbican.conf"
  printf 'from paste import deploy\napplication = deploy.loadapp("config:%s")\n' "$VETC/barbican/barbican-api-paste.ini" >"$ETC/liyun_barbican.py"
}
rc() { # account file
  cat >"$2" <<E
export OS_CLIENT_CONFIG_FILE=$ROOT/clouds.yaml
export OS_CLOUD=$1
export OS_AUTH_URL=http://127.0.0.1:$P_KEYSTONE/v3
export OS_IDENTITY_API_VERSION=3
export OS_REGION_NAME=RegionOne
export OS_USERNAME=$1
export OS_PASSWORD=$PW
export OS_PROJECT_NAME=$1
export OS_USER_DOMAIN_NAME=Default
export OS_PROJECT_DOMAIN_NAME=Default
export LIYUN_SPARE_HOSTS="${SPARE[*]}"
export PATH=$VB:\$PATH
E
}
write_config() {
  local s
  mkdir -p "$ETC"/{nova,neutron,placement,glance} "$STATE"/{keystone,nova/instances,neutron,cinder,glance/images,glance/tasks,glance/staging,placement,rabbit,volumes,backups,mnt}
  for s in nova neutron cinder glance keystone; do mkdir -p "$STATE/$s/lock"; done
  # the services run as root already: no rootwrap in between
  printf '#!/bin/sh\ncase "$1" in *-rootwrap) shift 2;; esac\nexec "$@"\n' >"$SHIM/sudo"; chmod 755 "$SHIM/sudo"
  # No NFS client in many test kernels: an "NFS" mount of this machine's own export becomes a bind mount of it
  cat >"$SHIM/mount" <<E
#!/bin/bash
if [ "\$1" = -t ] && [ "\$2" = nfs ]; then
  for a in "\$@"; do case \$a in 127.0.0.1:*) src=\${a#127.0.0.1:};; esac; dst=\$a; done
  exec $(command -v mount) --bind "\$src" "\$dst"
fi
exec $(command -v mount) "\$@"
E
  printf '#!/bin/bash\nexec %s/mount -t nfs "$@"\n' "$SHIM" >"$SHIM/mount.nfs"; chmod 755 "$SHIM"/mount*

  cat >"$ETC/rabbitmq.conf" <<E
listeners.tcp.1 = 127.0.0.1:$P_MQ
vm_memory_high_watermark.absolute = 400MB
disk_free_limit.absolute = 50MB
log.file.level = warning
E
  echo '[].' >"$ETC/rabbit-plugins"
  cat >"$ETC/uwsgi.ini" <<E
[uwsgi]
master = true
processes = 1
enable-threads = true
thunder-lock = true
lazy-apps = true
die-on-term = true
exit-on-reload = false
need-app = true
http-chunked-input = true
chunked-input-limit = 67108864
chunked-input-timeout = 60
buffer-size = 65535
add-header = Connection: close
disable-logging = ${OPENSTACK_QUIET:-true}
start-time = %t
E

  cat >"$ETC/keystone.conf" <<E
[DEFAULT]
[database]
connection = $(dburl keystone)
max_pool_size = 4
[identity]
password_hash_rounds = 4
[token]
provider = fernet
expiration = 14400
[fernet_tokens]
key_repository = $STATE/keystone/fernet
[credential]
key_repository = $STATE/keystone/credential
[oslo_messaging_notifications]
driver = noop
E

  { cat <<E
[DEFAULT]
enabled_backends = file:file
node_staging_uri = file://$STATE/glance/staging
worker_self_reference_url = http://127.0.0.1:$P_GLANCE
[glance_store]
default_backend = file
[file]
filesystem_store_datadir = $STATE/glance/images
[os_glance_tasks_store]
filesystem_store_datadir = $STATE/glance/tasks
[os_glance_staging_store]
filesystem_store_datadir = $STATE/glance/staging
[paste_deploy]
flavor = keystone
E
    tail_conf glance glance; atm glance; } >"$ETC/glance/glance-api.conf"
  cp "$VETC/glance/glance-api-paste.ini" "$ETC/glance/"; ln -sfn "$VETC/glance/metadefs" "$ETC/glance/metadefs"

  { echo '[placement_database]'; echo "connection = $(dburl placement)"; echo 'max_pool_size = 4'; echo '[api]'; echo 'auth_strategy = keystone'; atm placement; } >"$ETC/placement/placement.conf"

  cp "$VETC/nova/api-paste.ini" "$ETC/nova/"
  { common nova
    cat <<E
allow_resize_to_same_host = true
resize_confirm_window = 0
instances_path = $STATE/nova/instances
[api]
auth_strategy = keystone
[api_database]
connection = $(dburl nova_api)
max_pool_size = 4
[conductor]
workers = 1
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 30
[glance]
api_servers = http://127.0.0.1:$P_GLANCE
[cinder]
os_region_name = RegionOne
catalog_info = volumev3::publicURL
[filter_scheduler]
available_filters = nova.scheduler.filters.all_filters
enabled_filters = ComputeFilter,ComputeCapabilitiesFilter,ImagePropertiesFilter,ServerGroupAntiAffinityFilter,ServerGroupAffinityFilter,AggregateMultiTenancyIsolation,AggregateInstanceExtraSpecsFilter
track_instance_changes = false
[upgrade_levels]
[notifications]
notify_on_state_change = vm_and_task_state
[vnc]
enabled = false
E
    keys; tail_conf nova nova; atm nova; auth placement placement; auth neutron neutron; auth service_user nova; echo 'send_service_user_token = true'
    auth cinder nova; } >"$ETC/nova/nova.conf"
  awk '/^\[/{skip = /database\]/} !skip' "$ETC/nova/nova.conf" >"$ETC/nova/nova-cpu.conf"   # nova-compute may not reach the databases
  if [ "$COMPUTE" = libvirt ]; then
    cat >"$ETC/nova/compute.conf" <<E
[DEFAULT]
compute_driver = libvirt.LibvirtDriver
force_raw_images = false
shutdown_timeout = 5
resume_guests_state_on_host_boot = true
vif_plugging_timeout = 60
reserved_host_memory_mb = 512
cpu_allocation_ratio = 16
ram_allocation_ratio = 1.5
[libvirt]
virt_type = qemu
connection_uri = qemu+unix:///system?socket=$RUN/libvirt/libvirt-sock
cpu_mode = none
images_type = qcow2
nfs_mount_point_base = $STATE/mnt/nova
rx_queue_size = 256
num_pcie_ports = 12
[os_vif_ovs]
ovsdb_connection = tcp:127.0.0.1:$P_OVS
[vif_plug_ovs]
ovsdb_connection = tcp:127.0.0.1:$P_OVS
[workarounds]
skip_cpu_compare_on_dest = true
E
  else
    { echo '[DEFAULT]'; without_guests; } >"$ETC/nova/compute.conf"
  fi

  # Nothing computes on these hosts; they show where Nova puts what.
  local fake
  for fake in "${SPARE[@]}" "${MORE[@]}"; do
    mkdir -p "$STATE/$fake"
    { printf '[DEFAULT]\nhost = %s\nstate_path = %s\n' "$fake" "$STATE/$fake"; without_guests; } >"$ETC/nova/$fake.conf"
  done

  cp "$VETC/neutron/api-paste.ini" "$ETC/neutron/"
  { common neutron
    cat <<E
core_plugin = ml2
service_plugins = $([ "$NET" = ovn ] && echo ovn-router,port_forwarding || echo router),qos,trunk,segments
auth_strategy = keystone
allow_overlapping_ips = true
api_workers = 1
rpc_workers = 0
dns_domain = cloud.test.
notify_nova_on_port_status_changes = true
notify_nova_on_port_data_changes = true
api_paste_config = $ETC/neutron/api-paste.ini
E
    tail_conf neutron neutron; atm neutron; auth nova nova; auth placement placement; } >"$ETC/neutron/neutron.conf"
  cat >"$ETC/neutron/ml2.ini" <<E
[ml2]
mechanism_drivers = $([ "$NET" = ovn ] && echo ovn || echo fake_agent,logger)
type_drivers = local,flat,vlan,geneve,vxlan
tenant_network_types = $([ "$NET" = ovn ] && echo geneve || echo local)
extension_drivers = port_security,qos
overlay_ip_version = 4
[ml2_type_geneve]
vni_ranges = 1:65536
max_header_size = 38
[ml2_type_vxlan]
vni_ranges = 1:4000
[ml2_type_flat]
flat_networks = public
[ml2_type_vlan]
network_vlan_ranges = public:100:200
[securitygroup]
enable_security_group = true
[ovn]
ovn_nb_connection = unix:$RUN/nb.sock
ovn_sb_connection = unix:$RUN/sb.sock
ovn_l3_scheduler = leastloaded
enable_distributed_floating_ip = true
ovn_metadata_enabled = false
[ovs]
ovsdb_connection = tcp:127.0.0.1:$P_OVS
E

  { common cinder
    cat <<E
auth_strategy = keystone
enabled_backends = file
default_volume_type = file
glance_api_servers = http://127.0.0.1:$P_GLANCE
api_paste_config = $ETC/cinder-paste.ini
resource_query_filters_file = $VETC/cinder/resource_filters.json
rootwrap_config = $VETC/cinder/rootwrap.conf
image_conversion_dir = $STATE/cinder/conversion
volumes_dir = $STATE/cinder/volumes
backup_driver = cinder.backup.drivers.posix.PosixBackupDriver
backup_posix_path = $STATE/backups
backup_file_size = 52428800
backup_sha_block_size_bytes = 32768
[file]
volume_backend_name = file
volume_driver = cinder.volume.drivers.nfs.NfsDriver
nas_host = 127.0.0.1
nas_share_path = $STATE/volumes
nas_secure_file_operations = false
nas_secure_file_permissions = false
nfs_mount_point_base = $STATE/mnt/cinder
nfs_qcow2_volumes = false
nfs_sparsed_volumes = true
nfs_snapshot_support = true
max_over_subscription_ratio = 20
E
    keys; tail_conf cinder cinder; atm cinder; auth service_user cinder; echo 'send_service_user_token = true'; auth nova nova; } >"$ETC/cinder.conf"
  key_manager
  cp "$VETC/cinder/api-paste.ini" "$ETC/cinder-paste.ini"
  mkdir -p "$STATE/cinder/conversion" "$STATE/mnt/cinder" "$STATE/mnt/nova"

  (umask 077
    cat >"$ROOT/clouds.yaml" <<E
clouds:
E
    for s in "admin admin admin" "demo demo demo" "liyun liyun liyun"; do set -- $s
      cat >>"$ROOT/clouds.yaml" <<E
  $1:
    region_name: RegionOne
    identity_api_version: 3
    auth:
      auth_url: http://127.0.0.1:$P_KEYSTONE/v3
      username: $2
      project_name: $3
      password: $PW
      user_domain_name: Default
      project_domain_name: Default
E
    done
    rc admin "$ROOT/openrc"  # the cloud's own administrator: for people, and to check what liyun did
    rc liyun "$ROOT/liyunrc" # the account that liyun is given
    # Real guests execute user data: the image that erases disks before they are deleted.
    [ "$COMPUTE" != libvirt ] || echo 'export LIYUN_ERASER_IMAGE=test' >>"$ROOT/liyunrc"
  )
}
mount_volumes() { # a file system of its own behind the volumes, so that they have a capacity that can fill up
  [ "$(stat -c %d "$STATE/volumes")" != "$(stat -c %d "$STATE")" ] && return 0
  [ -e "$STATE/volumes.ext4" ] || { truncate -s "${OPENSTACK_VOLUMES_GB:-200}G" "$STATE/volumes.ext4"; mkfs.ext4 -q -m 0 -E lazy_itable_init=1 "$STATE/volumes.ext4"; }
  mount -o loop,discard "$STATE/volumes.ext4" "$STATE/volumes"
  rmdir "$STATE/volumes/lost+found" 2>/dev/null || true
}
start_libvirt() {
  local other
  other=$(grep -L "$STATE/" /etc/libvirt/qemu/instance-*.xml 2>/dev/null | head -1 || true)
  [ -z "$other" ] || { echo "$other is a guest of another control plane: take that down with --wipe first" >&2; exit 1; }
  mkdir -p "$RUN/libvirt" "$ETC/libvirt"
  cat >"$ETC/libvirt/libvirtd.conf" <<E
listen_tls = 0
listen_tcp = 0
unix_sock_dir = "$RUN/libvirt"
auth_unix_rw = "none"
E
  grep -q '^# test control plane' /etc/libvirt/qemu.conf 2>/dev/null ||
    printf '# test control plane\nuser = "root"\ngroup = "root"\nsecurity_driver = "none"\ncgroup_controllers = []\nnamespaces = []\n' >>/etc/libvirt/qemu.conf
  [ -S /run/libvirt/virtlogd-sock ] && [ -n "$(pidof virtlogd || true)" ] || start virtlogd virtlogd
  start libvirtd libvirtd -f "$ETC/libvirt/libvirtd.conf" -p "$RUN/libvirtd.pidfile"
  wait_for libvirtd 60 virsh -c "qemu+unix:///system?socket=$RUN/libvirt/libvirt-sock" version
}
