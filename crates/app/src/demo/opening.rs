//! 演示城市的打开: at the start of a server with `--demo` the city is taken up where it stood, or laid out.
//!
//! Laying out is all or nothing: it is marked when it begins and when it is complete. What was interrupted is
//! emptied and begun anew; what is not ours (an installation with real people) is never touched.

use domain::calendar::Date;

use crate::boot::Database;
use crate::{App, AppError};

/// What was found, or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// 续用: the city of an earlier start, on its date.
    Resumed(Date),
    /// 新建: laid out just now.
    LaidOut(Date),
}

/// Opens the demonstration city. `told` hears in words what takes its time.
pub async fn open(app: &App, database: &Database, told: &mut dyn FnMut(&str)) -> anyhow::Result<Opened> {
    match store::demo::city(&app.store.pool).await? {
        Some(city) if city.ready => {
            let today = city.today.to_jiff();
            app.clock.set(today);
            crate::provisioning::engines::establish(app, true).await?;
            return Ok(Opened::Resumed(today));
        }
        Some(_) => {
            told("上次布置演示城市未完成,清空重来 (an interrupted demonstration city is laid out anew)");
            let owner = database.owner_url().ok_or_else(|| {
                anyhow::anyhow!("演示城市不完整,请设置 LIYUN_OWNER_DATABASE_URL 或换一个空数据库 (the demonstration city is incomplete; set LIYUN_OWNER_DATABASE_URL or use an empty database)")
            })?;
            store::migrate::reset(owner).await?;
        }
        None if store::person::any(&app.store.pool).await? => anyhow::bail!(
            "该数据目录已有正式账号,不能以 --demo 启动;请换一个 --data-dir (real accounts exist here; use another --data-dir for --demo)"
        ),
        None => {}
    }
    let hasty = app.over(store::Store::connect_hasty(database.url())?);
    lay_out(&hasty, told).await.map_err(|error| {
        anyhow::Error::new(error).context("演示城市未能布置 (the demonstration city could not be laid out)")
    })
}

/// Lays the city out in an empty database.
pub async fn lay_out(app: &App, told: &mut dyn FnMut(&str)) -> Result<Opened, AppError> {
    told("布置演示城市 (laying out the demonstration city)…");
    super::seed::seed(app).await.map(Opened::LaidOut)
}

/// Whether the database holds a demonstration city, whole or half.
pub async fn is_demo_city(app: &App) -> Result<bool, AppError> {
    Ok(store::demo::city(&app.store.pool).await?.is_some())
}
