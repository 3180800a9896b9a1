//! A driver on the bench, and the hands that a test needs: orders, planning, carrying out, converging.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use domain::ids::{ChangeId, OrgId, ResourceId, TerminationId};
use domain::provisioning::*;
use drivers::libvirt::Libvirt;
use drivers::openstack::Openstack;
use drivers::shelf::DirectoryShelf;
use drivers::simulated::Simulated;
use drivers::work_order::WorkOrder;
use drivers::{Driver, DriverError, Now, Outcome, Report};
use tempfile::TempDir;
use testcloud::account;
use uuid::Uuid;

/// One engine with its place on disk; clones share both.
#[derive(Clone)]
pub struct Bench {
    kind: EngineKind,
    place: Arc<TempDir>,
    /// The OpenStack driver of the process that is played; it remembers its tokens.
    process: Arc<Mutex<Option<Arc<Openstack>>>>,
    /// The image of its erasing server, on OpenStack.
    eraser: Option<String>,
}

impl Bench {
    pub fn simulated() -> Self {
        Self::of(EngineKind::Simulated)
    }

    pub fn work_order() -> Self {
        Self::of(EngineKind::WorkOrder)
    }

    pub fn libvirt() -> Self {
        Self::of(EngineKind::Libvirt)
    }

    /// Needs an account: see [`testcloud::account`].
    pub fn openstack() -> Self {
        Self::of(EngineKind::Openstack)
    }

    fn of(kind: EngineKind) -> Self {
        // Under /tmp whatever TMPDIR says: a unix socket's path is short.
        let place = tempfile::Builder::new().prefix("ly-contract-").tempdir_in("/tmp").expect("a directory");
        Self { kind, place: Arc::new(place), process: Arc::default(), eraser: None }
    }

    /// The same, with a process of its own that has disks overwritten by a server of this image.
    pub fn erasing_with(&self, image: String) -> Self {
        Self { process: Arc::default(), eraser: Some(image), ..self.clone() }
    }

    pub fn name(&self) -> &'static str {
        self.kind.code()
    }

    pub fn path(&self) -> PathBuf {
        self.place.path().to_owned()
    }

    /// A driver as a freshly started process would have it: nothing in memory, everything on disk. OpenStack's stays
    /// the same until [`Bench::new_process`]: signing in anew at every step would be most of the time.
    pub fn driver(&self) -> Arc<dyn Driver> {
        let now: Now = Arc::new(|| "2026-01-05T08:00:00Z".to_owned());
        let shelf = || Arc::new(DirectoryShelf::new(self.path().join("shelf")));
        match self.kind {
            EngineKind::Simulated => Arc::new(Simulated::new(shelf(), now)),
            EngineKind::WorkOrder => Arc::new(WorkOrder::new(shelf())),
            EngineKind::Libvirt => Arc::new(Libvirt::new(&self.path(), None, now)),
            EngineKind::Openstack => {
                let start = || {
                    let (mut settings, password) = account::settings().expect("an account");
                    settings.eraser_image = self.eraser.clone();
                    Arc::new(Openstack::new(settings, password, shelf(), now))
                };
                self.process.lock().unwrap().get_or_insert_with(start).clone()
            }
        }
    }

    /// From here on another process goes on.
    pub fn new_process(&self) {
        *self.process.lock().unwrap() = None;
    }

    /// Does one step, as an engineer where the driver wants one; what the cloud is at work on is looked at again.
    pub async fn perform(&self, step: &Step) -> Result<Option<Erasure>, DriverError> {
        let driver = self.driver();
        let outcome = loop {
            match driver.carry_out(step).await {
                Ok(Outcome::Waiting) => break driver.report(step, &report()).await?,
                Ok(done @ Outcome::Done { .. }) => break done,
                Err(DriverError::Underway { .. }) => {}
                Err(error) => return Err(error),
            }
        };
        match outcome {
            Outcome::Done { erasure } => Ok(erasure),
            Outcome::Waiting => panic!("a reported step is done"),
        }
    }

    pub async fn observe(&self, desired: &Desired) -> Observed {
        self.driver().observe(desired).await.expect("observable")
    }

    pub async fn plan(&self, desired: &Desired) -> Vec<Step> {
        plan(desired, &self.observe(desired).await, &self.driver().capabilities()).expect("plannable")
    }

    /// Plans and carries out; afterwards there is nothing left to plan. Answers what the cloud shows then. What a
    /// restoring has replaced is seen, and planned to be cleared, only after it.
    pub async fn converge(&self, desired: &Desired) -> Observed {
        let carry_out = async |steps: Vec<Step>| {
            for step in steps {
                self.perform(&step).await.unwrap_or_else(|error| panic!("{step:?}: {error}"));
            }
        };
        carry_out(self.plan(desired).await).await;
        if !desired.copies.is_empty() {
            let steps = self.plan(desired).await.into_iter();
            carry_out(steps.filter(|step| step.kind() == StepKind::EraseReplaced).collect()).await;
        }
        assert_eq!(self.plan(desired).await, [], "a carried-out plan leaves nothing to plan");
        self.observe(desired).await
    }

    /// How many objects of the order the whole cloud holds.
    pub async fn objects(&self, desired: &Desired) -> usize {
        let found = self.driver().inventory().await.expect("listable");
        let ours = |thing: &&Found| {
            (thing.kind == "server" && thing.resource == Some(desired.resource))
                || thing.disk.is_some_and(|id| desired.disk_ids().contains(&id))
        };
        found.iter().filter(ours).count()
    }

    /// Ends whatever a failed case left behind, then the daemons.
    pub async fn take_down(&self) {
        let libvirt = Libvirt::new(&self.path(), None, Arc::new(String::new));
        let uri = libvirt.layout().uri();
        let virsh = |arguments: &[&str]| {
            let output = std::process::Command::new("virsh").args(["-q", "-c", &uri]).args(arguments).output();
            String::from_utf8_lossy(&output.expect("virsh runs").stdout).into_owned()
        };
        for name in virsh(&["list", "--all", "--name"]).split_whitespace() {
            virsh(&["destroy", name]);
            virsh(&["undefine", name]);
        }
        for name in virsh(&["net-list", "--all", "--name"]).split_whitespace() {
            virsh(&["net-destroy", name]);
            virsh(&["net-undefine", name]);
        }
        drivers::libvirt::end_daemons(libvirt.layout());
    }
}

pub fn report() -> Report {
    Report {
        by: "王工".into(),
        evidence: "现场记录 2026-01".into(),
        address: Some("10.9.8.7".into()),
        erasure_method: Some("消磁".into()),
        at: "2026-01-05T09:00:00Z".into(),
    }
}

/// A small approved server with one data disk; every call another resource and another agency.
pub fn order() -> Desired {
    let shape = Shape { vcpu: 1, memory_mib: 192 };
    Desired {
        resource: ResourceId(Uuid::now_v7()),
        name: "web-01".parse().unwrap(),
        agency_code: "450300-测试".into(),
        network: NetworkKey { agency: OrgId(Uuid::now_v7()), segment: "private-government".parse().unwrap() },
        shape,
        platform: None,
        dedicated: None,
        system_disk_gib: 2,
        system_disk_kind: None,
        data_disks: vec![disk(1)],
        access: Access::default(),
        phase: Phase::Trial,
        rest: None,
        opened: false,
        approved: Approved { shape, system_disk_gib: 2, data_disks_gib: vec![1] },
        adopts: None,
        copies: Vec::new(),
    }
}

pub fn disk(size_gib: u32) -> DesiredDisk {
    DesiredDisk { id: DiskId(Uuid::now_v7()), size_gib, kind: None, opened: false, ended: None }
}

/// The order after its hand-over.
pub fn handed_over(mut desired: Desired) -> Desired {
    desired.opened = true;
    desired.data_disks.iter_mut().for_each(|disk| disk.opened = true);
    desired
}

pub fn terminated(mut desired: Desired) -> Desired {
    desired.phase = Phase::Erased { ending: Ending::Termination { termination: TerminationId(Uuid::now_v7()) } };
    desired
}

pub fn change() -> Ending {
    Ending::Change { change: ChangeId(Uuid::now_v7()) }
}
