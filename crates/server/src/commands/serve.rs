//! `liyun serve`.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context;
use app::App;
use app::boot::{self, Database};
use app::demo::Opened;
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
        let address = listener.local_addr()?;
        let app = boot::start(&config, &database).await?;
        let say = if config.demo { open_demo(&app, &database).await? } else { set_up(&app, address).await? };
        let background = app::background::begin(&app);
        let state = AppState { app: app.clone(), behind_tls: arguments.behind_tls };
        tracing::info!(%address, data_dir = %config.data_dir.display(), "serving");
        super::line(&format!("漓云 http://{address}\n{say}"))?;
        let served = server::serve::serve(listener, state, server::serve::stop_signal()).await;
        background.end(&app).await;
        anyhow::Ok(served?)
    });
    drop(runtime);
    database.close();
    served.map(|()| ExitCode::SUCCESS)
}

/// Takes up or lays out the demonstration city; says what to do next.
async fn open_demo(app: &App, database: &Database) -> anyhow::Result<String> {
    let mut told = |text: &str| {
        let _ = super::line(text);
    };
    let opened = app::demo::open(app, database, &mut told).await?;
    let (Opened::Resumed(today) | Opened::LaidOut(today)) = opened;
    Ok(format!(
        "演示日期 {today}。用浏览器打开上面的地址,从名单中选一个人登录;Ctrl-C 停止。\n\
         (demonstration city: open the address, choose a person from the list; Ctrl-C ends it)"
    ))
}

/// The one-time link where nobody exists yet.
async fn set_up(app: &App, address: SocketAddr) -> anyhow::Result<String> {
    if app::demo::is_demo_city(app).await? {
        tracing::warn!("the data directory holds a demonstration city; its people can only be chosen under --demo");
    }
    Ok(match app::session::setup_link(app).await? {
        Some(link) => format!(
            "尚无账号,请打开链接建立系统管理员、安全保密管理员、安全审计员 (nobody exists yet: set up the three officers)\n\
             初次设置(一次有效): http://{address}{link}"
        ),
        None => "Ctrl-C 停止 (Ctrl-C ends it)".to_owned(),
    })
}
