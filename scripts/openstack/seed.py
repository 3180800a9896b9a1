"""What the control plane holds before a test begins. Every step looks first, so it can be run again."""
import os, sys, time, subprocess
import openstack

root = os.environ["ROOT"]
os.environ["OS_CLIENT_CONFIG_FILE"] = f"{root}/clouds.yaml"
password = open(f"{os.environ['STATE']}/password").read().strip()
port = lambda name: os.environ["P_" + name]
c = openstack.connect(cloud="admin")
ident = c.identity

def catalog():
    domain = "default"
    role = {r.name: r for r in ident.roles()}
    for name in ("service", "member", "reader"):
        role.setdefault(name, ident.find_role(name) or ident.create_role(name=name))
    project = {n: ident.find_project(n) or ident.create_project(name=n, domain_id=domain) for n in ("service", "demo")}
    def user(name, proj, roles):
        u = ident.find_user(name) or ident.create_user(name=name, password=password, domain_id=domain, default_project_id=proj.id)
        for r in roles:
            ident.assign_project_role_to_user(proj, u, role[r])
        return u
    for name in ("glance", "placement", "nova", "neutron", "cinder", "barbican"):
        user(name, project["service"], ("admin", "service"))
    demo = user("demo", project["demo"], ("member",))
    admin = ident.find_user("admin")
    ident.assign_project_role_to_user(project["demo"], admin, role["admin"])
    have = {s.type: s for s in ident.services()}
    ends = {(e.service_id, e.interface) for e in ident.endpoints()}
    for typ, name, url in (
        ("image", "glance", f"http://127.0.0.1:{port('GLANCE')}"),
        ("placement", "placement", f"http://127.0.0.1:{port('PLACEMENT')}"),
        ("compute", "nova", f"http://127.0.0.1:{port('NOVA')}/v2.1"),
        ("network", "neutron", f"http://127.0.0.1:{port('NEUTRON')}"),
        ("volumev3", "cinder", f"http://127.0.0.1:{port('CINDER')}/v3"),
        ("key-manager", "barbican", f"http://127.0.0.1:{port('BARBICAN')}"),
        ("block-storage", "cinder-block", f"http://127.0.0.1:{port('CINDER')}/v3"),
    ):
        s = have.get(typ) or ident.create_service(type=typ, name=name)
        for i in ("public", "internal", "admin"):
            if (s.id, i) not in ends:
                ident.create_endpoint(service_id=s.id, interface=i, region_id="RegionOne", url=url)

def wait():
    end = time.time() + 180
    while True:
        try:
            n = {s.binary for s in c.compute.services() if s.state == "up"}
            v = {s.binary for s in c.block_storage.services() if s.state == "up"}
            a = {x.binary for x in c.network.agents() if x.is_alive} if os.environ["NET"] == "ovn" else {"ovn-controller"}
            there = {s.host for s in c.compute.services() if s.binary == "nova-compute" and s.state == "up"}
            missing = set(os.environ["FAKES"].split()) - there | ({"nova-compute", "nova-conductor", "nova-scheduler"} - n) | ({"cinder-volume", "cinder-scheduler", "cinder-backup"} - v)
            if not missing and any("ovn-controller" in x for x in a):
                return
            why = f"{missing} agents={a}"
        except Exception as e:
            why = repr(e)[:300]
        if time.time() > end:
            sys.exit("not all services came up: " + why)
        time.sleep(1)

def liyun():
    """The account that liyun is given: an administrator in a project of its own."""
    proj = ident.find_project("liyun") or ident.create_project(name="liyun", domain_id="default")
    user = ident.find_user("liyun") or ident.create_user(name="liyun", password=password, domain_id="default", default_project_id=proj.id)
    ident.assign_project_role_to_user(proj, user, ident.find_role("admin"))

def spare():
    """Hosts that can be dedicated: until they are, nobody gets in but liyun's own project, in which no server is ever made."""
    mine = ident.find_project("liyun").id
    for host in os.environ["SPARES"].split():
        a = next((a for a in c.compute.aggregates() if a.name == host), None) or c.compute.create_aggregate(name=host)
        c.compute.set_aggregate_metadata(a, {"filter_tenant_id": mine})
        if host not in (a.hosts or []):
            c.compute.add_host_to_aggregate(a, host)

def cloud():
    liyun()
    spare()
    for name, ram, vcpus, disk in (("t1.nano", 128, 1, 1), ("t1.small", 256, 1, 2), ("s6.medium", 2048, 1, 20), ("s6.large", 4096, 2, 40)):
        c.compute.find_flavor(name) or c.compute.create_flavor(name=name, ram=ram, vcpus=vcpus, disk=disk)
    if not list(c.block_storage.types()) or not any(t.name == "file" for t in c.block_storage.types()):
        t = c.block_storage.create_type(name="file")
        c.block_storage.update_type_extra_specs(t, volume_backend_name="file")
    if not any(t.name == "encrypted" for t in c.block_storage.types()):
        t = c.block_storage.create_type(name="encrypted")
        c.block_storage.update_type_extra_specs(t, volume_backend_name="file")
        c.block_storage.create_type_encryption(t, provider="luks", cipher="aes-xts-plain64", key_size=256, control_location="front-end")
    if not c.image.find_image("test"):
        if os.environ["COMPUTE"] == "libvirt":
            work = f"{os.environ['STATE']}/boot"
            subprocess.run(["bash", os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest.sh"), work], check=True)
            path = f"{work}/disk.qcow2"
        else:
            path = f"{os.environ['STATE']}/test.qcow2"
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "64M"], check=True)
        c.create_image("test", filename=path, disk_format="qcow2", container_format="bare", visibility="public", min_ram=128, wait=True)
    if not c.network.find_network("public"):
        flat = {"provider_network_type": "flat", "provider_physical_network": "public"} if os.environ["NET"] == "ovn" else {}
        net = c.network.create_network(name="public", is_router_external=True, is_shared=False, **flat)
        c.network.create_subnet(network_id=net.id, ip_version=4, cidr="198.51.100.0/24", gateway_ip="198.51.100.1", is_dhcp_enabled=False, name="public")

{"catalog": catalog, "wait": wait, "cloud": cloud}[sys.argv[1]]()
