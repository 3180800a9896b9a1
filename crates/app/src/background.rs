//! 后台: what a running server does besides answering: outbox workers, the minute's ticker, a look at the engines,
//! the sealing of audit entries.
//!
//! Every part may run in any number of instances and may be cut off anywhere. A database that is away is met by
//! trying again; nothing here ends by itself.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::provisioning::Extent;
use crate::{App, audit, calendar, outbox, price, provisioning, timers};

/// Jobs carried out at once by one instance.
const WORKERS_DEFAULT: usize = 3;
const TICK: Duration = Duration::from_secs(60);
/// How long the stop waits for a job that is being done; what is cut off is taken up again, as after a crash.
const PATIENCE: Duration = Duration::from_secs(5);
/// Every so many turns the engines are listed, too.
const LISTING_TURNS: u64 = 10;

/// The running parts; they end when this is dropped.
pub struct Background {
    workers: JoinSet<()>,
    tickers: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// Begins all parts.
pub fn begin(app: &App) -> Background {
    let (stop, told) = watch::channel(false);
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS_DEFAULT {
        workers.spawn(outbox::work(app.clone(), told.clone()));
    }
    let mut tickers = JoinSet::new();
    tickers.spawn(tick(app.clone()));
    tickers.spawn(watch_engines(app.clone()));
    tickers.spawn(audit::work(app.clone()));
    Background { workers, tickers, stop }
}

impl Background {
    /// Ends all parts, the workers between two jobs.
    pub async fn end(mut self, app: &App) {
        let _ = self.stop.send(true);
        self.tickers.shutdown().await;
        let all = async { while self.workers.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            self.workers.shutdown().await;
        }
        if let Err(error) = provisioning::engines::rest(app).await {
            tracing::warn!(%error, "the engines of this machine were not put to rest");
        }
        // What was written last is sealed and signed before the server is gone.
        if let Err(error) = audit::seal(app, audit::Sealing::Closing).await {
            tracing::warn!(%error, "the last audit entries wait for the next start to be sealed");
        }
    }
}

/// What falls due by itself, and what other instances or a command imported. The demonstration's date is moved by
/// hand, and runs its timers then.
async fn tick(app: App) {
    loop {
        if let Err(error) = refresh(&app).await {
            tracing::warn!(%error, "prices and calendar could not be read, to be tried again");
        }
        if !app.clock.is_set() {
            timers::tick(&app).await;
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Takes up prices and calendars that were imported elsewhere.
pub(crate) async fn refresh(app: &App) -> Result<(), crate::AppError> {
    price::refresh(app).await?;
    calendar::refresh(app).await
}

async fn watch_engines(app: App) {
    for turn in 0_u64.. {
        // A listing reads all that a cloud holds.
        let extent = if turn.is_multiple_of(LISTING_TURNS) { Extent::Listing } else { Extent::Stale };
        if let Err(error) = provisioning::engines::examine_all(&app, extent).await {
            tracing::warn!(%error, "the engines could not be looked at");
        }
        tokio::time::sleep(TICK).await;
    }
}
