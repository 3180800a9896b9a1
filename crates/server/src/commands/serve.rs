//! `liyun serve`.

use std::process::ExitCode;

use anyhow::Context;
use app::boot::{self, Database};
use server::AppState;
use tokio::net::TcpListener;

use crate::cli::{Common, Serve};

/// Serves until SIGTERM or Ctrl-C, then ends requests, then the database.
pub fn run(common: &Common, arguments: &Serve) -> anyhow::Result<ExitCode> {
    let mut config = common.config(arguments.demo)?;
    config.public_url.get_or_insert_with(|| format!("http://{}", arguments.listen));
    let database = Database::open(&config)?;
    let runtime = super::runtime()?;
    let served = runtime.block_on(async {
        // Bound before anything long happens, so that a taken port is told at once.
        let listener = TcpListener::bind(arguments.listen).await.with_context(|| {
            format!("{} 端口已被占用或不可用 (cannot listen at {})", arguments.listen, arguments.listen)
        })?;
        let app = boot::start(&config, &database).await?;
        let background = app::background::begin(&app);
        let state = AppState { app: app.clone(), behind_tls: arguments.behind_tls };
        tracing::info!(address = %listener.local_addr()?, data_dir = %config.data_dir.display(), "serving");
        super::line(&format!("漓云 http://{}", listener.local_addr()?))?;
        announce_setup(&app, &listener).await?;
        let served = server::serve::serve(listener, state, server::serve::stop_signal()).await;
        background.end(&app).await;
        anyhow::Ok(served?)
    });
    drop(runtime);
    database.close();
    served.map(|()| ExitCode::SUCCESS)
}

/// Where nobody exists yet: the one-time link that makes the three officers. There is no default password.
async fn announce_setup(app: &app::App, listener: &TcpListener) -> anyhow::Result<()> {
    if let Some(path) = app::session::setup_link(app).await? {
        super::line(&format!("初次设置(一次有效): http://{}{path}", listener.local_addr()?))?;
    }
    Ok(())
}
