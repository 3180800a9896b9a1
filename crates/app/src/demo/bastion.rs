//! 演示城市的堡垒机: a jump host, certificates and sessions of a few accounts, the supplier's grants in every state, and an
//! alarm. Accounts are there already: they followed the servers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::access_grant::{Command, Request};
use domain::application::form::{BastionProtocol, FileTransfer};
use domain::bastion::Cut;
use domain::ids::{AccessGrantId, ApplicationId, BastionAccountId, OrgId};
use domain::opinion::Opinion;
use domain::org::Role;
use jiff::ToSpan;
use uuid::Uuid;

use super::play::Play;
use crate::actor::Actor;
use crate::bastion::certificate::{self, Certificate, CertificateRequest};
use crate::bastion::session::{self, SessionBegin, SessionFinish};
use crate::jump_host::{self, JumpHostForm, Machine};
use crate::{AppError, access_grant};

/// A key nobody holds the other half of.
const PUBLIC_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOkxUDpykGnqUG4kpCR9sxwGFc7NKkEUc9NkxVKEqmUE demo";
/// What a session of files leaves behind, as `sftp-server` words it; names beyond ASCII stand as bytes.
const FILES: &str = r#"{minute}:07 open "/opt/app/update-2.3.1.tar.gz" flags WRITE,CREATE,TRUNCATE mode 0644
{minute}:19 close "/opt/app/update-2.3.1.tar.gz" bytes read 0 written 18874368
{minute}:25 opendir "/opt/app/backup"
{minute}:42 open "/opt/app/backup/\345\217\260\350\264\246.xlsx" flags READ mode 0666
{minute}:43 close "/opt/app/backup/\345\217\260\350\264\246.xlsx" bytes read 462336 written 0
{minute}:50 remove name "/etc/app.conf"
{minute}:50 sent status Permission denied
"#;

/// Cases that are shown with it; each stands in service.
const SHOWN: usize = 5;

impl Play<'_> {
    /// What happened on the first day the city is shown on.
    pub(super) async fn play_bastion(&self) -> Result<(), AppError> {
        let machine = self.jump_host().await?;
        let mut shown = 0;
        for index in 0..self.city.cases.len() {
            let Some(case) = self.cases[index].filter(|_| shown < SHOWN) else { continue };
            let open = store::bastion::open_of_case(&self.app.store.pool, case).await?;
            let Some((_, host)) = open.first() else { continue };
            let Ok(seat) = self.seat(index).cloned() else { continue };
            // An agency without its own three officers cannot show who decides.
            if self.holder(Role::AgencySecurity, Some(seat.id), 0).is_err() {
                continue;
            }
            self.play_account(case, seat.id, &machine).await?;
            self.play_grant((shown, case), seat.id, host, &machine).await?;
            shown += 1;
        }
        Ok(())
    }

    async fn jump_host(&self) -> Result<Machine, AppError> {
        let admin = self.holder(Role::SystemAdmin, None, 0)?;
        let form = JumpHostForm {
            name: "政务外网一号跳板机".to_owned(),
            address: "jump.zwy.guilin.gov.cn".to_owned(),
            port: 2222,
            login: "liyun-jump".to_owned(),
        };
        let made = jump_host::create(self.app, &admin, &self.meta, &form).await?;
        let token = made.token.ok_or_else(|| AppError::fault("a new jump host has a credential"))?;
        jump_host::authenticate(self.app, &token, Some("10.77.0.2".to_owned())).await
    }

    /// The agency's 系统管理员 has a certificate issued, and its holder looks after the system.
    async fn play_account(&self, case: Uuid, agency: OrgId, machine: &Machine) -> Result<(), AppError> {
        let Ok(sysadmin) = self.holder(Role::AgencySysadmin, Some(agency), 0) else { return Ok(()) };
        let accounts = store::bastion_account::of_case(&self.app.store.pool, case).await?;
        let today = self.app.clock.today();
        let valid = |row: &&store::bastion_account::AccountRow| {
            row.valid_from.to_jiff() <= today && today <= row.valid_to.to_jiff() && row.state["state"] == "active"
        };
        let Some(account) = accounts.iter().find(valid) else { return Ok(()) };
        let request = CertificateRequest { public_key: PUBLIC_KEY.to_owned() };
        let id = BastionAccountId(account.id);
        let issued = certificate::for_account(self.app, &sysadmin, &self.meta, id, &request).await?;
        self.visit(
            machine,
            (&issued, case),
            "df -h",
            "文件系统        容量  已用  可用 已用% 挂载点\n/dev/vda1        40G   11G   27G   29% /\n",
        )
        .await?;
        let session = self.arrive(machine, (&issued, case), (BastionProtocol::Sftp, "")).await?;
        let minute = self.app.clock.minute_of(self.app.clock.now());
        self.leave(machine, session, &FILES.replace("{minute}", &minute), None).await
    }

    /// 已授权 and used; first asked for a certificate without, then 已收回 in the middle of the work; 待授权; 不同意.
    async fn play_grant(
        &self,
        (shown, case): (usize, Uuid),
        agency: OrgId,
        host: &str,
        machine: &Machine,
    ) -> Result<(), AppError> {
        let engineer = self.holder(Role::SupplierEngineer, None, shown)?;
        if shown == 1 {
            // Refused, and that is the point.
            match self.certificate(&engineer, case).await {
                Err(AppError::Refused(_)) => {}
                Err(error) => return Err(error),
                Ok(_) => return Err(AppError::fault("nobody granted it")),
            }
        }
        let id = self.request(&engineer, case, host).await?;
        match shown {
            0 => {
                self.grant(agency, id, "同意,仅限本次维护,操作后请反馈").await?;
                let issued = self.certificate(&engineer, case).await?;
                let shown = "Active: active (running)\n磁盘告警已处置,日志轮转已恢复\n";
                self.visit(machine, (&issued, case), "systemctl status rsyslog", shown).await
            }
            1 => {
                self.grant(agency, id, "同意").await?;
                let issued = self.certificate(&engineer, case).await?;
                let session = self.arrive(machine, (&issued, case), (BastionProtocol::Ssh, "")).await?;
                self.decide(agency, id, 2, Command::Revoke { reason: words("维护提前完成")? }).await?;
                self.leave(machine, session, "$ tail -f /var/log/messages\n", Some(Cut::Revoked)).await
            }
            2 => Ok(()),
            _ => self.decide(agency, id, 1, Command::Refuse { opinion: words("本周为业务高峰,请改期后再申请")? }).await,
        }
    }

    async fn certificate(&self, engineer: &Actor, case: Uuid) -> Result<Certificate, AppError> {
        let request = CertificateRequest { public_key: PUBLIC_KEY.to_owned() };
        certificate::for_supplier(self.app, engineer, &self.meta, ApplicationId(case), &request).await
    }

    async fn grant(&self, agency: OrgId, id: AccessGrantId, opinion: &str) -> Result<(), AppError> {
        self.decide(agency, id, 1, Command::Grant { opinion: words(opinion)? }).await
    }

    async fn request(&self, engineer: &Actor, case: Uuid, host: &str) -> Result<AccessGrantId, AppError> {
        let clock = &self.app.clock;
        let now = clock.civil_of(clock.now());
        let request = Request {
            hosts: vec![host.to_owned()],
            from: now,
            until: now.saturating_add(3.days()),
            purpose: words("处置磁盘空间告警,检查日志轮转配置")?,
            source: "10.77.0.0/24".to_owned(),
            transfers: vec![FileTransfer::Upload],
        };
        let answer = access_grant::create(self.app, engineer, &self.meta, ApplicationId(case), request).await?;
        Ok(AccessGrantId(answer.id))
    }

    async fn decide(&self, agency: OrgId, id: AccessGrantId, version: i32, command: Command) -> Result<(), AppError> {
        let officer = self.holder(Role::AgencySecurity, Some(agency), 0)?;
        access_grant::execute(self.app, &officer, &self.meta, id, version, command).await.map(drop)
    }

    /// One session as the jump host reports it.
    async fn visit(
        &self,
        machine: &Machine,
        holder: (&Certificate, Uuid),
        command: &str,
        shown: &str,
    ) -> Result<(), AppError> {
        let session = self.arrive(machine, holder, (BastionProtocol::Ssh, command)).await?;
        self.leave(machine, session, shown, None).await
    }

    async fn arrive(
        &self,
        machine: &Machine,
        (issued, case): (&Certificate, Uuid),
        (protocol, command): (BastionProtocol, &str),
    ) -> Result<Uuid, AppError> {
        let row = store::case::one(&self.app.store.pool, case).await?;
        let host = issued.hosts.first().map(|host| domain::bastion::principal(host, &row.number)).unwrap_or_default();
        let source = issued.source.split('/').next().unwrap_or_default().to_owned();
        let session = Uuid::now_v7();
        let begin = SessionBegin {
            session,
            serial: issued.serial,
            key_id: issued.key_id.clone(),
            source,
            host,
            protocol,
            command: STANDARD.encode(command),
        };
        session::begin(self.app, machine, &begin).await?;
        Ok(session)
    }

    async fn leave(&self, machine: &Machine, session: Uuid, shown: &str, cut: Option<Cut>) -> Result<(), AppError> {
        let exit_code = if cut.is_some() { 143 } else { 0 };
        let finish = SessionFinish { exit_code, record: STANDARD.encode(shown), truncated: false, cut };
        session::finish(self.app, machine, (session, &finish)).await
    }
}

fn words(text: &str) -> Result<Opinion, AppError> {
    Opinion::new(text).map_err(AppError::fault)
}
