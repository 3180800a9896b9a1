//! 登录方式: by which protocols an account or a grant opens the way, and in which directions files may go.

use crate::application::form::{BastionLine, BastionProtocol, FileTransfer};
use crate::term::Term;

/// What an account or a grant allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    pub protocols: Vec<BastionProtocol>,
    pub transfers: Vec<FileTransfer>,
}

impl Ways {
    /// Of a row of 附件2-2.
    pub fn of_line(line: &BastionLine) -> Self {
        Self { protocols: line.protocols.clone(), transfers: line.transfers.clone() }
    }

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

    /// In words: `SSH`, `SFTP`, `文件上传`.
    pub fn terms(&self) -> Vec<Term> {
        let transfers = self.transfers.iter().map(|transfer| transfer.term());
        self.protocols.iter().map(|protocol| protocol.term()).chain(transfers).collect()
    }
}
