//! 后台: what a running server does besides answering: outbox workers, the ticker of timers, a look at the engines,
//! the sealing of audit entries.
//!
//! Every part may run in any number of instances and may be cut off anywhere.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::{App, audit, outbox, provisioning, timers};

/// Jobs carried out at once by one instance.
const WORKERS_DEFAULT: usize = 3;
const TICK: Duration = Duration::from_secs(60);

/// The running parts; they end when this is dropped.
pub struct Background {
    tasks: JoinSet<()>,
}

/// Begins all parts.
pub fn begin(app: &App) -> Background {
    let mut tasks = JoinSet::new();
    for _ in 0..WORKERS_DEFAULT {
        tasks.spawn(outbox::work(app.clone()));
    }
    tasks.spawn(tick(app.clone()));
    tasks.spawn(watch_engines(app.clone()));
    tasks.spawn(audit::work(app.clone()));
    Background { tasks }
}

impl Background {
    /// Ends all parts. What was being done is taken up again at the next start, as after a crash.
    pub async fn end(mut self, app: &App) {
        self.tasks.shutdown().await;
        if let Err(error) = provisioning::engines::rest(app).await {
            tracing::warn!(%error, "the engines of this machine were not put to rest");
        }
        // What was written last is sealed and signed before the server is gone.
        if let Err(error) = audit::seal(app, audit::Sealing::Closing).await {
            tracing::warn!(%error, "the last audit entries wait for the next start to be sealed");
        }
    }
}

/// What falls due by itself. The demonstration's date is moved by hand, and runs its timers then.
async fn tick(app: App) {
    loop {
        if !app.clock.is_set() {
            timers::tick(&app).await;
        }
        tokio::time::sleep(TICK).await;
    }
}

async fn watch_engines(app: App) {
    loop {
        if let Err(error) = provisioning::engines::examine_all(&app).await {
            tracing::warn!(%error, "the engines could not be looked at");
        }
        tokio::time::sleep(TICK).await;
    }
}
