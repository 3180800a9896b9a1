//! 移交清单 and 数据清除证明: the end of a subscription on paper (A10_7).

use super::{Field, OpinionBox};
use serde::{Deserialize, Serialize};

/// 终止与资源回收移交清单.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandoverList {
    pub summary: Vec<Field>,
    pub data: Vec<HandedData>,
    pub resources: Vec<ReclaimedRow>,
    /// 移交方, 接收方 …
    pub opinions: Vec<OpinionBox>,
}

/// 移交的数据.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandedData {
    pub name: String,
    pub format: String,
    /// With its unit.
    pub size: String,
    pub records: String,
    /// SM3 in hexadecimal.
    pub digest: String,
    pub medium: String,
    pub receiver: String,
}

/// 回收的资源.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReclaimedRow {
    pub name: String,
    pub identifier: String,
    pub specification: String,
    /// `2026-01-05 09:30`, blank while it stands.
    pub reclaimed_at: String,
    /// 已回收 …
    pub disposal: String,
    /// Last day of the remainder given to the pool; blank where none.
    pub pool_until: String,
}

/// 数据清除证明.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErasureCertificate {
    pub objects: Vec<ErasedObject>,
    /// 执行人, 监督人, 抽检结果 …
    pub verification: Vec<Field>,
    /// 剩余副本说明.
    pub residue: String,
    pub opinions: Vec<OpinionBox>,
}

/// 清除对象.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErasedObject {
    /// 实例, 卷, 快照 …
    pub kind: String,
    pub name: String,
    pub identifier: String,
    /// With its unit.
    pub size: String,
    /// 逻辑覆写≥3次, 密钥销毁, 消磁, 物理销毁.
    pub method: String,
    /// `2026-01-05 09:30`.
    pub erased_at: String,
}
