//! Making the cluster, its authentication, its roles and its database. Once in a lifetime.

use super::layout::Layout;
use super::process::command;
use super::{DATABASE, OWNER_ROLE, PrivatePostgresError as Error, SERVER_ROLE, io};
use nix::unistd::{Uid, User};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// Runs `initdb` where there is no cluster yet; true where it did.
///
/// `PG_VERSION` is written last by `initdb`'s bootstrap, yet a killed `initdb` leaves a folder that
/// looks half made; so a file of ours, written at the very end, tells a finished cluster.
pub(super) fn make_if_missing(layout: &Layout) -> Result<bool, Error> {
    let finished = layout.data_dir.join("postgres.made");
    if finished.exists() {
        return Ok(false);
    }
    empty(&layout.cluster_dir)?;
    tracing::info!(dir = %layout.cluster_dir.display(), "making the private PostgreSQL");
    let mut initdb = command(layout, "initdb");
    initdb.arg("-D").arg(&layout.cluster_dir).args([
        "--username=postgres",
        "--auth-local=peer",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--data-checksums",
    ]);
    if layout.unsafe_sync {
        initdb.arg("--no-sync");
    }
    run(initdb, "initdb", None)?;
    write_authentication(layout)?;
    Ok(true)
}

/// Peer only, through a map: the present user (and root, and `postgres`) may be any of our roles.
fn write_authentication(layout: &Layout) -> Result<(), Error> {
    let hba = "local all postgres peer map=own\n\
               local all liyun_owner peer map=own\n\
               local all liyun peer map=own\n";
    let me = User::from_uid(Uid::effective()).ok().flatten().map_or_else(|| Uid::effective().to_string(), |u| u.name);
    let mut users = vec![me];
    if let Some(user) = &layout.run_as {
        users.push(user.name.clone());
    }
    let mut map = String::new();
    for user in &users {
        for role in ["postgres", OWNER_ROLE, SERVER_ROLE] {
            map.push_str(&format!("own \"{user}\" {role}\n"));
        }
    }
    for (name, text) in [("pg_hba.conf", hba.to_owned()), ("pg_ident.conf", map)] {
        let path = layout.cluster_dir.join(name);
        fs::write(&path, text).map_err(io("cannot write", &path))?;
        layout.hand_over(&path)?;
    }
    Ok(())
}

/// The two roles and the database; marks the cluster as finished.
pub(super) fn make_roles(layout: &Layout) -> Result<(), Error> {
    let sql = format!(
        "CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB;\n\
         CREATE ROLE {SERVER_ROLE} LOGIN;\n\
         CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE};\n\
         REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;\n\
         GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {SERVER_ROLE};\n"
    );
    let mut psql = command(layout, "psql");
    psql.arg("-h").arg(&layout.socket_dir).args([
        "-U",
        "postgres",
        "-d",
        "postgres",
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
    ]);
    run(psql, "psql", Some(&sql))?;
    let finished = layout.data_dir.join("postgres.made");
    fs::write(&finished, "").map_err(io("cannot write", finished))
}

/// Runs a program to its end; its output is the error text where it fails.
fn run(mut command: std::process::Command, program: &str, input: Option<&str>) -> Result<(), Error> {
    let failed = |output: String| Error::Program { program: program.to_owned(), output };
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|e| failed(e.to_string()))?;
    if let (Some(text), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(text.as_bytes()).map_err(|e| failed(e.to_string()))?;
    }
    let output = child.wait_with_output().map_err(|e| failed(e.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// Clears the remains of an `initdb` that did not finish; the folder itself stays.
fn empty(dir: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(dir).map_err(io("cannot read", dir))? {
        let path = entry.map_err(io("cannot read", dir))?.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(io("cannot remove", path))?;
    }
    Ok(())
}
