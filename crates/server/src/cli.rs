//! 命令行: every command people and scripts rely on, and where it is carried out.
//!
//! Plain text, or JSON with `--json`; errors go to stderr with a non-zero exit.

use std::net::SocketAddr;
use std::path::PathBuf;

use app::boot::Config;
use clap::{Args, Parser, Subcommand};

/// 漓云: 政务云业务管理系统.
#[derive(Debug, Parser)]
#[command(name = "liyun", version, about, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// 数据目录: database, keys, engine files. [default: /var/lib/liyun as root, else ~/.local/share/liyun]
    #[arg(long, global = true, env = "LIYUN_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Use this PostgreSQL, as role `liyun`, instead of a private one.
    #[arg(long, global = true, env = "LIYUN_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// The same database as role `liyun_owner`; needed only when the schema is to be migrated.
    #[arg(long, global = true, env = "LIYUN_OWNER_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    owner_database_url: Option<String>,
    /// Address people reach this server at; stands on documents as https://…/verify/<code>. [default: where it listens]
    #[arg(long, global = true, env = "LIYUN_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

impl Common {
    /// As `app` wants it.
    pub fn config(&self, demo: bool) -> anyhow::Result<Config> {
        let data_dir = match &self.data_dir {
            Some(dir) => std::path::absolute(dir)?,
            None => default_data_dir()?,
        };
        Ok(Config {
            data_dir,
            database_url: self.database_url.clone(),
            owner_database_url: self.owner_database_url.clone(),
            demo,
            public_url: self.public_url.clone(),
        })
    }
}

/// An address short enough for a legible QR code at 15 mm.
fn public_url(text: &str) -> Result<String, String> {
    let fits = text.len() <= 100 && (text.starts_with("https://") || text.starts_with("http://"));
    if fits { Ok(text.to_owned()) } else { Err("http:// or https://, at most 100 characters".to_owned()) }
}

/// /var/lib/liyun for root, ~/.local/share/liyun (or `$XDG_DATA_HOME`) otherwise.
fn default_data_dir() -> anyhow::Result<PathBuf> {
    if app::boot::is_root() {
        return Ok(PathBuf::from("/var/lib/liyun"));
    }
    let base = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let base = base.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    base.map(|base| base.join("liyun")).ok_or_else(|| anyhow::anyhow!("HOME is not set; give --data-dir"))
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the page and the API.
    Serve(Serve),
    /// What works here and what is missing, with the command that mends it.
    Doctor,
    /// Bring the database schema up to date.
    Migrate,
    /// 工作日历.
    #[command(subcommand)]
    Calendar(Calendar),
    /// 费用.
    #[command(subcommand)]
    Charge(Charge),
    /// 导入: every fault by row, all of the file or nothing.
    #[command(subcommand)]
    Import(Import),
    /// 操作日志.
    #[command(subcommand)]
    Audit(Audit),
    /// 备份: database and keys in one file.
    Backup {
        /// File to write; refused where it exists.
        file: PathBuf,
    },
    /// 恢复 from a backup, into an empty target only; verifies the audit chain afterwards.
    Restore { file: PathBuf },
    /// Print the API as an OpenAPI document.
    Openapi,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// 演示: a demonstration city with log-ins to choose from and a date to move.
    #[arg(long)]
    pub demo: bool,
    /// Address and port to listen at.
    #[arg(long, env = "LIYUN_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// A TLS-terminating proxy stands in front: secure cookies, HSTS, client address from X-Forwarded-For.
    #[arg(long, env = "LIYUN_BEHIND_TLS")]
    pub behind_tls: bool,
}

#[derive(Debug, Subcommand)]
pub enum Calendar {
    /// The last day of a period of working days; the day of the act is not counted (民法典第二百零一条).
    Due {
        /// The day of the act.
        #[arg(long, value_name = "YYYY-MM-DD")]
        from: jiff::civil::Date,
        #[arg(long, value_name = "N")]
        working_days: u16,
    },
}

#[derive(Debug, Subcommand)]
pub enum Import {
    /// 价格目录(附件3): a new price version.
    Catalog {
        /// CSV file in UTF-8.
        file: PathBuf,
        /// Code of the version; the file's name where absent.
        #[arg(long, value_name = "CODE")]
        version: Option<String>,
        /// First day; 1 January of the year the code begins with where absent.
        #[arg(long, value_name = "YYYY-MM-DD")]
        from: Option<jiff::civil::Date>,
        /// Last day; two budget years where absent (第十二条).
        #[arg(long, value_name = "YYYY-MM-DD")]
        to: Option<jiff::civil::Date>,
        /// 审定文号; makes it the official 附件3.
        #[arg(long, value_name = "文号")]
        ratified_number: Option<String>,
        /// Check only; nothing is stored.
        #[arg(long)]
        dry_run: bool,
    },
    /// 工作日历: whole years of one source, or single exceptions.
    Calendar {
        /// CSV file in UTF-8: date,kind,name.
        file: PathBuf,
        /// Whose arrangement it is: national, local or exception.
        #[arg(long, default_value = "national")]
        source: domain::calendar::DaySource,
        /// Check only; nothing is stored.
        #[arg(long)]
        dry_run: bool,
    },
    /// 机构: name,short_name,kind,level,office,credit_code,county,parent,budget_code,address.
    Orgs {
        /// CSV file in UTF-8.
        file: PathBuf,
        /// Check only; nothing is stored.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// 验链: every entry computed again; exit code 1 and the first bad entry where it does not hold.
    Verify {
        /// First position, or first day (YYYY-MM-DD).
        #[arg(long, value_name = "N|DAY")]
        from: Option<Bound>,
        /// Last position or day, inclusive.
        #[arg(long, value_name = "N|DAY")]
        to: Option<Bound>,
    },
}

/// One end of a range of entries.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    Position(i64),
    Day(jiff::civil::Date),
}

impl std::str::FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let position = text.parse::<i64>().ok().filter(|position| *position > 0).map(Self::Position);
        let day = || text.parse::<jiff::civil::Date>().ok().map(Self::Day);
        position.or_else(day).ok_or_else(|| "应为序号(1 起)或日期 YYYY-MM-DD".to_owned())
    }
}

#[derive(Debug, Subcommand)]
pub enum Charge {
    /// 复算: prices, dates and changes in; charge lines and sums out. Pure and offline: what an auditor runs.
    Compute {
        /// JSON file; `-` reads standard input.
        file: PathBuf,
    },
    /// 解释 one charge: formula, inputs, clause, and whether it still comes out the same.
    Explain {
        /// Id of the charge entry.
        id: domain::ids::ChargeId,
    },
}
