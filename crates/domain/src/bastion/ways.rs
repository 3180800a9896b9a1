//! 登录方式: by which protocols an account or a grant opens the way, and in which directions files may go.

use super::Refusal;
use crate::application::form::{BastionProtocol, FileTransfer};

/// What an account or a grant allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    pub protocols: Vec<BastionProtocol>,
    pub transfers: Vec<FileTransfer>,
}

impl Ways {
    /// Of a supplier's grant: a terminal, and files where the agency lets them go.
    pub fn of_grant(transfers: Vec<FileTransfer>) -> Self {
        let protocols = match transfers[..] {
            [] => vec![BastionProtocol::Ssh],
            _ => vec![BastionProtocol::Ssh, BastionProtocol::Sftp],
        };
        Self { protocols, transfers }
    }

    /// 可用的登录方式: those a jump host of ours serves. Without a direction SFTP carries nothing.
    pub fn served(&self) -> impl Iterator<Item = BastionProtocol> + '_ {
        let carries = |protocol: &BastionProtocol| match protocol {
            BastionProtocol::Ssh => true,
            BastionProtocol::Sftp => !self.transfers.is_empty(),
            BastionProtocol::Rdp | BastionProtocol::Database => false,
        };
        self.protocols.iter().copied().filter(carries)
    }

    /// Whether a session of this kind may begin.
    pub fn carries(&self, protocol: BastionProtocol) -> bool {
        self.served().any(|served| served == protocol)
    }

    /// Refuses what no certificate can be issued for.
    pub(super) fn any_served(&self) -> Result<(), Refusal> {
        self.served().next().map(drop).ok_or(Refusal::NotServed)
    }
}
