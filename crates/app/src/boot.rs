//! 启动: from a data directory or a database address to a wired [`App`].
//!
//! Here, and not in `server`, because only this crate knows `store`. Opening the private database is
//! synchronous and done before the runtime starts; everything else is asynchronous.

use crate::clock::Clock;
use crate::{App, Options};
use anyhow::Context;
use domain::regulation::Regulation;
use std::path::PathBuf;
use store::Store;
use store::private_postgres::{self, PrivatePostgres};

/// 启动参数. With `database_url` empty a private PostgreSQL is brought along under `data_dir`.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub data_dir: PathBuf,
    /// Address for the serving role `liyun`, of a PostgreSQL somebody else runs.
    pub database_url: Option<String>,
    /// Address for `liyun_owner`; without it the schema must already be up to date.
    pub owner_database_url: Option<String>,
    pub demo: bool,
    /// Address people reach this server at, for the verification code on documents.
    pub public_url: Option<String>,
}

/// Where no address was given: the one `serve` listens at unless told otherwise.
const PUBLIC_URL_DEFAULT: &str = "http://127.0.0.1:8080";

/// The database in reach: ours, or somebody else's.
pub struct Database {
    private: Option<PrivatePostgres>,
    url: String,
    owner_url: Option<String>,
}

impl Database {
    /// For the server: owns the private PostgreSQL while it lives.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        Self::with(config, PrivatePostgres::start)
    }

    /// For a command beside a running server: uses its PostgreSQL, or starts one for the moment.
    pub fn open_or_join(config: &Config) -> anyhow::Result<Self> {
        Self::with(config, PrivatePostgres::start_or_join)
    }

    fn with(
        config: &Config,
        start: fn(&private_postgres::Options) -> Result<PrivatePostgres, private_postgres::PrivatePostgresError>,
    ) -> anyhow::Result<Self> {
        if let Some(url) = &config.database_url {
            return Ok(Self { private: None, url: url.clone(), owner_url: config.owner_database_url.clone() });
        }
        let postgres = start(&private_postgres::Options::new(&config.data_dir))?;
        Ok(Self { url: postgres.url(), owner_url: Some(postgres.owner_url()), private: Some(postgres) })
    }

    /// Address for the serving role.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Address for the owner of the schema, where it is known.
    pub fn owner_url(&self) -> Option<&str> {
        self.owner_url.as_deref()
    }

    /// The private PostgreSQL, where there is one.
    pub fn private(&self) -> Option<&PrivatePostgres> {
        self.private.as_ref()
    }

    /// Brings the schema up to date as its owner, or checks that it is.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        match &self.owner_url {
            Some(owner) => store::migrate::run(owner).await?,
            None => store::migrate::check(&self.store()?).await?,
        }
        Ok(())
    }

    /// A pool as the serving role; connects at the first query.
    pub fn store(&self) -> anyhow::Result<Store> {
        Store::connect(&self.url).context("the database address does not read")
    }

    /// Ends the private PostgreSQL in order. Without one, nothing.
    pub fn close(mut self) {
        if let Some(postgres) = self.private.take() {
            postgres.stop();
        }
    }
}

/// Migrates and wires: the running system over `database`, with what was imported taken up and the engines every
/// installation has. A demonstration city gets its engines when it is opened, on its own date.
pub async fn start(config: &Config, database: &Database) -> anyhow::Result<App> {
    database.migrate().await?;
    let app = wire(database.store()?, Clock::of_process(), config);
    crate::background::refresh(&app).await?;
    if database.private().is_some_and(PrivatePostgres::is_ours) {
        // Ours alone: whoever held a lease is dead.
        store::job::release_all(&app.store.pool).await?;
    }
    if !config.demo {
        crate::provisioning::engines::establish(&app, false).await?;
    }
    Ok(app)
}

/// The parts together, over a migrated database. Tests give their own clock.
pub fn wire(store: Store, clock: Clock, config: &Config) -> App {
    let public_url = config.public_url.as_deref().unwrap_or(PUBLIC_URL_DEFAULT).trim_end_matches('/').to_owned();
    let options = Options { demo: config.demo, data_dir: config.data_dir.clone(), public_url };
    App::new(store, clock, Regulation::guilin().clone(), options)
}

impl App {
    /// 健康: the database answers.
    pub async fn ping(&self) -> Result<(), crate::AppError> {
        Ok(self.store.ping().await?)
    }
}

/// True where we run as root; the data directory then lies under /var/lib.
pub fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}

/// The newest schema this program knows.
pub fn schema_version() -> i64 {
    store::migrate::latest()
}
