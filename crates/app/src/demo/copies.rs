//! 演示城市的快照与备份: a few agencies have taken copies of their servers' disks, one backup has passed its restore test.
//! Their capacity came with their servers.

use domain::disk_copy::Command;
use domain::disk_copy::schedule::Schedule;
use domain::ids::{DiskCopyId, ResourceId};
use domain::org::Role;
use domain::provisioning::{CopyKind, DiskId, EngineKind};
use store::resource::ResourceRow;

use super::play::Play;
use crate::actor::Actor;
use crate::disk_copy::{self, Order, schedule};
use crate::{AppError, outbox};

/// Cases that are shown with copies; each stands in service on the simulated engine.
const SHOWN: usize = 4;

impl Play<'_> {
    /// What was done on the first day the city is shown on.
    pub(super) async fn play_copies(&self) -> Result<(), AppError> {
        let mut shown = 0;
        for index in 0..self.city.cases.len() {
            let Some(case) = self.cases[index].filter(|_| shown < SHOWN) else { continue };
            let servers = store::resource::of_case(&self.app.store.pool, case).await?;
            let simulated = |row: &&ResourceRow| row.engine_kind == EngineKind::Simulated.code() && row.opened;
            let Some(server) = servers.iter().find(simulated) else { continue };
            shown += usize::from(self.copy_disks(index, server, shown == 0).await?);
        }
        Ok(())
    }

    /// A backup of the system disk, tested where `tested`, and a snapshot of it. False where nothing of it was approved,
    /// or nobody of the agency may.
    async fn copy_disks(&self, index: usize, server: &ResourceRow, tested: bool) -> Result<bool, AppError> {
        let seat = self.seat(index).map(|seat| seat.id);
        let Ok(sysadmin) = seat.and_then(|seat| self.holder(Role::AgencySysadmin, Some(seat), 0)) else {
            return Ok(false);
        };
        let mut taken = false;
        for kind in [CopyKind::Backup, CopyKind::Snapshot] {
            let order = Order { disk_id: DiskId(server.id), kind };
            match disk_copy::order(self.app, &sysadmin, &self.meta, ResourceId(server.id), &order).await {
                Err(AppError::Refused(_)) => continue,
                Err(error) => return Err(error),
                Ok(copy) => {
                    outbox::drain(self.app).await?;
                    taken = true;
                    if tested && kind == CopyKind::Backup {
                        let engineer = self.holder(Role::SupplierEngineer, None, index)?;
                        let (id, prove) = (DiskCopyId(copy.id), Command::Prove);
                        disk_copy::execute(self.app, &engineer, &self.meta, id, copy.version + 1, prove).await?;
                        outbox::drain(self.app).await?;
                    }
                }
            }
        }
        if taken {
            self.schedule_backups(&sysadmin, ResourceId(server.id)).await?;
        }
        Ok(taken)
    }

    /// Weekly, where what was approved has room for it.
    async fn schedule_backups(&self, sysadmin: &Actor, server: ResourceId) -> Result<(), AppError> {
        let weekly = Schedule { every_days: 7, hour: 2, keep: 1 };
        match schedule::set(self.app, sysadmin, &self.meta, server, (0, weekly)).await {
            Ok(_) | Err(AppError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
