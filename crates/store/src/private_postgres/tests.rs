//! The supervisor against a real PostgreSQL.

use super::*;
use std::time::Instant;

fn options(dir: &Path) -> Options {
    allow(dir, 0o711); // as root, user `postgres` must be able to pass
    Options { data_dir: dir.to_owned(), unsafe_sync: true }
}

fn allow(dir: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(mode)).expect("chmod of our own folder");
}

async fn one(postgres: &PrivatePostgres) -> Result<i32, sqlx::Error> {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(&postgres.url()).await?;
    sqlx::query_scalar("SELECT 1").fetch_one(&mut connection).await
}

#[tokio::test]
async fn it_starts_serves_stops_and_starts_again_on_the_same_data() {
    let dir = tempfile::tempdir().expect("tempdir");
    let postgres = PrivatePostgres::start(&options(dir.path())).expect("first start");
    assert_eq!(one(&postgres).await.expect("query"), 1);
    postgres.stop();
    let again = PrivatePostgres::start(&options(dir.path())).expect("second start");
    assert_eq!(one(&again).await.expect("query"), 1);
}

#[tokio::test]
async fn it_is_restarted_when_it_dies() {
    let dir = tempfile::tempdir().expect("tempdir");
    let postgres = PrivatePostgres::start(&options(dir.path())).expect("start");
    let before = postgres.pid().expect("ready");
    postgres.interrupt();
    let begun = Instant::now();
    let after = loop {
        match postgres.pid() {
            Some(pid) if pid != before => break pid,
            _ => assert!(begun.elapsed() < Duration::from_secs(20), "not restarted"),
        }
        tokio::task::yield_now().await;
    };
    assert_ne!(before, after);
    assert_eq!(one(&postgres).await.expect("query"), 1);
}

#[test]
fn a_second_owner_is_refused_and_a_command_joins() {
    let dir = tempfile::tempdir().expect("tempdir");
    let postgres = PrivatePostgres::start(&options(dir.path())).expect("start");
    let second = PrivatePostgres::start(&options(dir.path()));
    assert!(matches!(second, Err(PrivatePostgresError::InUse { .. })));
    let joined = PrivatePostgres::start_or_join(&options(dir.path())).expect("join");
    assert!(!joined.is_ours());
    drop(joined);
    assert!(postgres.pid().is_some(), "leaving does not stop it");
}

#[test]
fn a_stale_pid_file_does_not_hinder_the_start() {
    let dir = tempfile::tempdir().expect("tempdir");
    PrivatePostgres::start(&options(dir.path())).expect("start").stop();
    let file = dir.path().join("postgres/postmaster.pid");
    // Process 1 lives, but it is no postmaster of ours.
    std::fs::write(&file, "1\n/elsewhere\n0\n5432\n\n\n\nready\n").expect("write");
    let again = PrivatePostgres::start(&options(dir.path())).expect("start");
    assert_ne!(again.pid(), Some(1));
}

#[test]
fn a_data_directory_postgres_cannot_enter_is_named() {
    if !nix::unistd::Uid::effective().is_root() {
        // Without root PostgreSQL runs as ourselves, and then there is no such case.
        return;
    }
    let dir = tempfile::tempdir().expect("tempdir");
    allow(dir.path(), 0o700);
    let inside = dir.path().join("closed");
    let error = PrivatePostgres::start(&Options::new(&inside)).expect_err("0700 root above it");
    assert!(error.to_string().contains("choose another --data-dir"), "{error}");
}

#[test]
fn a_long_data_directory_has_its_socket_elsewhere() {
    let dir = tempfile::tempdir().expect("tempdir");
    let long = dir.path().join("x".repeat(120));
    options(dir.path());
    let postgres = PrivatePostgres::start(&Options { data_dir: long, unsafe_sync: true }).expect("start");
    assert!(postgres.socket_dir().as_os_str().len() < 89);
    let socket_dir = postgres.socket_dir().to_owned();
    postgres.stop();
    std::fs::remove_dir_all(socket_dir).expect("ours to remove");
}
