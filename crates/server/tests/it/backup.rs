//! 备份与恢复: back up, wipe, restore, compare; and what is refused.

use std::path::Path;
use std::process::Command;

use app::backup;
use app::boot::{Config, Database};
use app::clock::Clock;

/// A city with entries, numbers and keys in `dir`.
async fn city(dir: &Path) -> (Config, Database) {
    let config = empty(dir);
    let database = Database::open(&config).expect("a private PostgreSQL");
    database.migrate().await.expect("the migrations run");
    let owner = database.owner_url().expect("ours");
    let entries = "INSERT INTO audit_entry (id, at, actor_name, roles, action, object_kind, object_id, outcome, summary, after)
         SELECT gen_random_uuid(), now(), '张三', '{}', 'test.write', 'test', n::text, 'done', '第' || n || '条', jsonb_build_object('n', n)
         FROM generate_series(1, 500) n";
    testkit::execute(owner, entries).await;
    testkit::execute(owner, "INSERT INTO number_sequence VALUES ('SQ', 2025, 41)").await;
    std::fs::create_dir_all(dir.join("keys")).expect("mkdir");
    std::fs::write(dir.join("keys/seal-0001.key"), "00112233").expect("write");
    (config, database)
}

fn empty(dir: &Path) -> Config {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o711)).expect("chmod");
    Config { data_dir: dir.to_owned(), ..Config::default() }
}

/// The whole database as text. Newer pg_dump writes a random word in two lines, which says nothing.
fn dump(database: &Database) -> String {
    let program = database.private().expect("ours").program_dir().join("pg_dump");
    let output = Command::new(program).arg(database.owner_url().expect("ours")).output().expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().filter(|line| !line.contains("restrict ")).map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn after_backup_wipe_and_restore_everything_is_as_it_was() {
    let (from, into, kept) =
        (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    let file = kept.path().join("city.liyun");
    let (config, database) = city(from.path()).await;
    let before = dump(&database);
    backup::backup(&config, &database, Clock::real().now(), &file).await.expect("a backup");
    database.close();
    drop(from);

    let config = empty(into.path());
    let database = Database::open(&config).expect("an empty PostgreSQL");
    backup::restore(&config, &database, &file).await.expect("restored");
    assert!(before.contains("第500条"), "the comparison has something to compare");
    assert_eq!(dump(&database), before);
    assert_eq!(std::fs::read_to_string(into.path().join("keys/seal-0001.key")).expect("restored key"), "00112233");
    assert_eq!(mode(&into.path().join("keys/seal-0001.key")), 0o600);
    assert_eq!(mode(&file), 0o600);

    // What is there is never overwritten: neither the target nor the file.
    let again = backup::restore(&config, &database, &file).await.expect_err("not empty");
    assert!(again.to_string().contains("不为空"), "{again}");
    let again = backup::backup(&config, &database, Clock::real().now(), &file).await.expect_err("exists");
    assert!(again.to_string().contains("not overwritten"), "{again}");
}

#[tokio::test]
async fn a_damaged_backup_is_refused_and_the_target_stays_empty() {
    let (from, into, kept) =
        (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    let file = kept.path().join("city.liyun");
    let (config, database) = city(from.path()).await;
    backup::backup(&config, &database, Clock::real().now(), &file).await.expect("a backup");
    database.close();
    let mut bytes = std::fs::read(&file).expect("read");
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).expect("write");

    let config = empty(into.path());
    let database = Database::open(&config).expect("an empty PostgreSQL");
    let error = backup::restore(&config, &database, &file).await.expect_err("damaged");
    assert!(format!("{error:#}").contains("damaged"), "{error:#}");
    assert!(!dump(&database).contains("audit_entry"), "nothing was restored");
    assert!(!into.path().join("keys").exists());
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).expect("metadata").permissions().mode() & 0o777
}
