//! The whole server in this process, over its own database, with a clock to move.

use app::App;
use app::boot::{self, Config};
use app::clock::Clock;
use jiff::civil::Date;
use server::AppState;
use store::Store;
use store::private_postgres::PrivatePostgres;
use tokio::net::TcpListener;

use crate::client::Client;
use crate::database::TestDatabase;

/// The day a test begins at unless it says otherwise: a Monday with no holiday near.
pub const DEFAULT_DAY: Date = jiff::civil::date(2025, 3, 3);

/// A running server. Dropping it ends everything it made.
pub struct TestApp {
    /// The running system, for tests below HTTP.
    pub app: App,
    /// `http://127.0.0.1:<port>`.
    pub base: String,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    // Dropped after the server, in this order.
    database: Option<TestDatabase>,
    data_dir: tempfile::TempDir,
}

impl TestApp {
    /// On [`DEFAULT_DAY`].
    pub async fn start() -> Self {
        Self::start_on(DEFAULT_DAY).await
    }

    /// On `day`.
    pub async fn start_on(day: Date) -> Self {
        let database = TestDatabase::create().await;
        let store = Store::connect(database.url()).expect("the address of a test database reads");
        Self::over(store, Some(database), day).await
    }

    /// Served with `--demo`, with nobody in it yet.
    pub async fn start_demo() -> Self {
        Self::start_as(Config { demo: true, ..Config::default() }, false).await
    }

    /// As behind a TLS-terminating proxy.
    pub async fn start_behind_tls() -> Self {
        Self::start_as(Config::default(), true).await
    }

    async fn start_as(config: Config, behind_tls: bool) -> Self {
        let database = TestDatabase::create().await;
        let store = Store::connect(database.url()).expect("the address of a test database reads");
        Self::wired(store, Some(database), DEFAULT_DAY, (config, behind_tls)).await
    }

    /// Over a PostgreSQL of its own, for tests that stop it.
    pub async fn start_with_own_postgres() -> (Self, PrivatePostgres) {
        let postgres = crate::database::free_slot();
        // A cluster is used again and again; this test begins with nobody in it.
        crate::database::execute(&postgres.owner_url(), "DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
        store::migrate::run(&postgres.owner_url()).await.expect("the migrations run");
        let store = Store::connect(&postgres.url()).expect("the address reads");
        (Self::over(store, None, DEFAULT_DAY).await, postgres)
    }

    async fn over(store: Store, database: Option<TestDatabase>, day: Date) -> Self {
        Self::wired(store, database, day, (Config::default(), false)).await
    }

    async fn wired(
        store: Store,
        database: Option<TestDatabase>,
        day: Date,
        (config, behind_tls): (Config, bool),
    ) -> Self {
        let data_dir = tempfile::tempdir().expect("a temporary folder");
        let config = Config { data_dir: data_dir.path().to_owned(), ..config };
        let app = boot::wire(store, Clock::standing_at(day), &config);
        app::provisioning::engines::establish(&app, true).await.expect("the engines of a new installation");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let state = AppState { app: app.clone(), behind_tls };
        let server = tokio::spawn(server::serve::serve(listener, state, std::future::pending()));
        Self { app, base, server, database, data_dir }
    }

    /// Moves the clock.
    pub fn set_day(&self, day: Date) {
        self.app.clock.set(day);
    }

    /// A client without a session.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base)
    }

    /// The database of this test.
    pub fn database(&self) -> &TestDatabase {
        self.database.as_ref().expect("asked only where the test has a database of its own")
    }

    /// Where keys and files lie.
    pub fn data_dir(&self) -> &std::path::Path {
        self.data_dir.path()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}
