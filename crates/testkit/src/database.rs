//! One private PostgreSQL per test process (or per run, see `with-postgres`), one database per test.
//!
//! A database is copied from a migrated template, which takes about 40 ms. The clusters live in
//! numbered folders under the temporary folder and are used again by later runs: making one costs a second.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::private_postgres::{Options, PrivatePostgres, PrivatePostgresError};

/// Set by `with-postgres`: the data directory of the PostgreSQL for the whole run.
pub const SHARED_POSTGRES: &str = "LIYUN_TEST_POSTGRES";

/// The cluster of this process: the run's, or the first free slot of this machine.
fn postgres() -> &'static PrivatePostgres {
    static POSTGRES: OnceLock<PrivatePostgres> = OnceLock::new();
    POSTGRES.get_or_init(|| match std::env::var_os(SHARED_POSTGRES) {
        Some(dir) => PrivatePostgres::start_or_join(&fast(Path::new(&dir))).expect("the PostgreSQL of this run"),
        None => free_slot(),
    })
}

fn fast(dir: &Path) -> Options {
    Options { data_dir: dir.to_owned(), unsafe_sync: true }
}

/// Takes the first slot nobody uses. A cluster that does not start (a machine that crashed with
/// `fsync=off`) is thrown away and made anew.
pub fn free_slot() -> PrivatePostgres {
    slot_for_run().0
}

/// A slot and its data directory, for a process that lends it to others.
pub fn slot_for_run() -> (PrivatePostgres, PathBuf) {
    for slot in 0.. {
        let dir = postgres_data_dir(slot);
        match PrivatePostgres::start(&fast(&dir)) {
            Ok(postgres) => return (postgres, dir),
            Err(PrivatePostgresError::InUse { .. }) => {}
            Err(PrivatePostgresError::DidNotStart { .. } | PrivatePostgresError::WrongVersion { .. }) => {
                std::fs::remove_dir_all(&dir).expect("our own test folder can be removed");
                return (PrivatePostgres::start(&fast(&dir)).expect("a new cluster starts"), dir);
            }
            Err(error) => panic!("no PostgreSQL for the tests: {error}"),
        }
    }
    unreachable!("slots are endless")
}

/// Folder of a numbered test cluster: per user, outside `target/`, which user `postgres` may not enter.
pub fn postgres_data_dir(slot: usize) -> PathBuf {
    std::env::temp_dir().join(format!("liyun-test-{}-{slot}", nix::unistd::Uid::effective()))
}

/// A database of its own, gone with the value.
pub struct TestDatabase {
    name: String,
    url: String,
}

impl TestDatabase {
    /// A fresh, migrated, empty database.
    pub async fn create() -> Self {
        let template = template().await;
        let name = format!("t_{}", uuid::Uuid::now_v7().simple());
        run(&format!("CREATE DATABASE {name} TEMPLATE {template} OWNER liyun_owner")).await;
        // Rights on a database are not copied from the template.
        run(&format!("GRANT CONNECT, TEMPORARY ON DATABASE {name} TO liyun")).await;
        Self { url: postgres().url_for("liyun", &name), name }
    }

    /// Address as the serving role, which may not rewrite audit entries.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Address as the owner of the schema: for tests of what even the owner may not do, or must break.
    pub fn owner_url(&self) -> String {
        postgres().url_for("liyun_owner", &self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Its own thread and runtime: a test's runtime may be ending. What is not dropped here
        // (a killed test) is dropped when the slot is next prepared.
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async {
                    if let Ok(mut admin) = PgConnection::connect(&postgres().url_for("postgres", "postgres")).await {
                        let _ = admin.execute(AssertSqlSafe(sql)).await;
                    }
                });
            }
        });
        let _ = dropping.join();
    }
}

async fn admin() -> PgConnection {
    PgConnection::connect(&postgres().url_for("postgres", "postgres")).await.expect("the test PostgreSQL answers")
}

async fn run(sql: &str) {
    let mut admin = admin().await;
    admin.execute(AssertSqlSafe(sql.to_owned())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The migrated template of these migrations; made by whoever comes first, under a lock.
async fn template() -> String {
    static MADE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    MADE.get_or_init(prepare_template).await.clone()
}

async fn prepare_template() -> String {
    let name = format!("template_{}", store::migrate::fingerprint());
    let mut admin = admin().await;
    admin.execute("SELECT pg_advisory_lock(20260001)").await.expect("lock");
    let made: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)")
        .bind(&name)
        .fetch_one(&mut admin)
        .await
        .expect("catalogue is readable");
    if !made {
        if std::env::var_os(SHARED_POSTGRES).is_none() {
            drop_leftovers(&mut admin).await;
        }
        let statement = |sql: String| AssertSqlSafe(sql);
        admin.execute(statement(format!("DROP DATABASE IF EXISTS {name}"))).await.expect("a half-made template goes");
        admin.execute(statement(format!("CREATE DATABASE {name} OWNER liyun_owner"))).await.expect("create template");
        store::migrate::run(&postgres().url_for("liyun_owner", &name)).await.expect("the migrations run");
        admin.execute(statement(format!("ALTER DATABASE {name} IS_TEMPLATE true"))).await.expect("mark template");
    }
    admin.execute("SELECT pg_advisory_unlock(20260001)").await.expect("unlock");
    name
}

/// Databases of killed tests and templates of older migrations.
async fn drop_leftovers(admin: &mut PgConnection) {
    let old: Vec<String> = sqlx::query_scalar(
        "SELECT datname FROM pg_database
         WHERE (datname LIKE 't\\_%' OR datname LIKE 'template\\_%')
           AND datname NOT IN (SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL)",
    )
    .fetch_all(&mut *admin)
    .await
    .expect("catalogue is readable");
    for name in old {
        let _ = admin.execute(AssertSqlSafe(format!("ALTER DATABASE {name} IS_TEMPLATE false"))).await;
        let _ = admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).await;
    }
}

/// Runs SQL in any database: for facts that no use case can make, such as damage.
pub async fn execute(url: &str, sql: &str) {
    try_execute(url, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The same, where the database is expected to refuse.
pub async fn try_execute(url: &str, sql: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.map(|_| ())
}

/// Everything in a database as text: for what must not stand there in the clear.
pub fn dump(database: &TestDatabase) -> String {
    let mut pg_dump = std::process::Command::new(postgres().program_dir().join("pg_dump"));
    let output = pg_dump.arg(database.owner_url()).output().expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// One number out of any database: for facts no page shows.
pub async fn count(url: &str, sql: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(&mut connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// One column of text out of any database, with NULL as empty.
pub async fn column(url: &str, sql: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    let rows: Vec<Option<String>> = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_all(&mut connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.into_iter().map(Option::unwrap_or_default).collect()
}

/// Waits until a database that was killed answers again.
pub async fn answers(url: &str) {
    let begun = std::time::Instant::now();
    while let Err(error) = PgConnection::connect(url).await {
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it does not come back: {error}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// The schema after all migrations as SQL, without what differs from machine to machine.
pub async fn schema() -> String {
    let database = TestDatabase::create().await;
    let mut pg_dump = std::process::Command::new(postgres().program_dir().join("pg_dump"));
    pg_dump.args(["--schema-only", "--no-owner"]).arg(database.owner_url());
    let output = pg_dump.output().expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("a schema is UTF-8");
    let mut kept = String::new();
    for line in text.lines() {
        let noise = line.starts_with("--")
            || line.starts_with("SET ")
            || line.starts_with('\\')
            || line.starts_with("SELECT pg_catalog.");
        let second_blank = line.is_empty() && kept.ends_with("\n\n");
        if !noise && !second_blank {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.trim().to_owned() + "\n"
}
