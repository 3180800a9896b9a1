//! 专享云主机: whether the hosts of a form suffice for its servers, and whether an engine can give them.

use domain::application::dedicated::{demands, host_sku};
use domain::application::form::{Architecture, Form};
use domain::clause;
use store::engine::EngineRow;

use super::account::settings_of;
use super::engines::capabilities_of;
use crate::case::refuse;
use crate::{App, AppError};

/// Refuses a form whose 专享宿主机 and 专享云主机 do not go together: as cut by the review, or as a change leaves it.
pub(crate) fn suffice(app: &App, form: &Form) -> Result<(), AppError> {
    for demand in demands(form) {
        let size = app.regulation.host_size(host_sku(demand.architecture));
        if let Some(mismatch) = demand.mismatch(size) {
            return Err(refuse(mismatch.code(), &demand.zh(mismatch), mismatch.en(), clause::A10_3));
        }
    }
    Ok(())
}

/// Refuses an engine that cannot give the hosts. Where a person carries out the steps, that person sees to it.
pub(super) fn may_give(app: &App, engine: &EngineRow, form: &Form) -> Result<(), AppError> {
    let demands = demands(form);
    if demands.iter().all(|demand| demand.hosts == 0) {
        return Ok(());
    }
    if !capabilities_of(app, engine)?.dedicated {
        let zh = format!("云引擎“{}”不能配备专享宿主机,请另选云引擎,或由系统管理员在“云引擎”中配置", engine.name);
        return Err(refuse("engine.no_dedicated_hosts", &zh, "the engine gives no dedicated hosts", clause::A10_4));
    }
    let Some(settings) = settings_of(engine)? else { return Ok(()) };
    let named = |architecture: Architecture| {
        settings.dedicated_hosts.iter().filter(|choice| choice.architecture == architecture).count() as u64
    };
    match demands.into_iter().find(|demand| demand.hosts > named(demand.architecture)) {
        None => Ok(()),
        Some(demand) => {
            let (kind, has) = (demand.architecture.zh(), named(demand.architecture));
            let zh = format!(
                "本申请核定 {kind} 专享宿主机 {} 台,云引擎“{}”只配置了 {has} 台,请先在“云引擎”中补充",
                demand.hosts, engine.name,
            );
            Err(refuse("engine.no_dedicated_hosts", &zh, "the engine has too few dedicated hosts", clause::A10_4))
        }
    }
}
