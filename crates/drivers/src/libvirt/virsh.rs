//! Speaking to libvirtd through `virsh`, a process for each call.
//!
//! Not the `virt` crate: it would link libvirt.so, so that on a machine without it `liyun` could not start and
//! not even say what is missing; its calls block and cannot be given up, while a process can be killed when a
//! daemon hangs. XML goes in by standard input; what exists is decided by listing, never by reading an error.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::DriverError;

/// No single call to libvirt takes longer on a machine that works.
const CALL_LIMIT: Duration = Duration::from_secs(60);

/// A way to one libvirtd.
#[derive(Clone, Debug)]
pub struct Virsh {
    uri: String,
}

impl Virsh {
    /// Speaks to the libvirtd behind `uri`.
    pub fn new(uri: String) -> Self {
        Self { uri }
    }

    /// Runs one virsh command and answers what it printed.
    pub async fn call(&self, arguments: &[&str]) -> Result<String, DriverError> {
        self.call_with(arguments, "").await
    }

    /// The same with XML on standard input; the command names it `/dev/stdin`.
    pub async fn call_with(&self, arguments: &[&str], input: &str) -> Result<String, DriverError> {
        let mut command = Command::new("virsh");
        command.args(["--quiet", "--connect", &self.uri]).args(arguments);
        let output = run(command, input, CALL_LIMIT).await?;
        tracing::debug!(?arguments, ok = output.ok, error = output.error, "virsh");
        if output.ok { Ok(output.text) } else { Err(classify(arguments, &output.error)) }
    }

    /// The words of a list, one a line.
    pub async fn names(&self, arguments: &[&str]) -> Result<Vec<String>, DriverError> {
        let text = self.call(arguments).await?;
        Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }
}

/// What a command left.
pub struct Output {
    pub ok: bool,
    pub text: String,
    pub error: String,
}

/// Runs a command to its end or kills it at the limit. Its words are English whatever the locale.
pub async fn run(mut command: Command, input: &str, limit: Duration) -> Result<Output, DriverError> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    command.env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|cause| DriverError::retry(format!("无法运行 {name}"), format!("cannot run {name}: {cause}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read its input closes it early, which is no fault.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = tokio::time::timeout(limit, child.wait_with_output()).await.map_err(|_| {
        DriverError::retry(format!("{name} 超时未响应"), format!("{name} gave no answer within {limit:?}"))
    })?;
    let output = output.map_err(DriverError::bug)?;
    Ok(Output {
        ok: output.status.success(),
        text: String::from_utf8_lossy(&output.stdout).into_owned(),
        error: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// Which kind of failure it was. Unknown ones may pass, so they are tried again; the step keeps the words.
fn classify(arguments: &[&str], error: &str) -> DriverError {
    let en = format!("virsh {}: {error}", arguments.first().unwrap_or(&""));
    if ["Domain not found", "Network not found", "failed to get domain", "failed to get network"]
        .iter()
        .any(|gone| error.contains(gone))
    {
        return DriverError::gone(en);
    }
    if ["XML error", "unsupported configuration", "XML document failed to validate"]
        .iter()
        .any(|bad| error.contains(bad))
    {
        return DriverError::refused("虚拟化引擎不接受该配置", en);
    }
    DriverError::retry("虚拟化引擎暂时未能执行", en)
}
