//! 服务器资源需求表 (附件2-1) as a workbook: the template with its drop-downs, and what comes back filled in.

mod reading;
mod template;

pub use reading::{Read, ReadError, read};
pub use template::template;

/// Name of the sheet, by which it is found again.
pub const SHEET: &str = "服务器资源需求表";
/// Rows of servers a form may have.
pub const ROWS: usize = 200;
/// Marks the row that only shows how to fill in.
const EXAMPLE: &str = "示例";

domain::terms! {
    /// 列 of the table. The code is the field of the form it fills.
    pub enum Column {
        Serial = "serial", "序号", "no.";
        Role = "role", "用途", "role";
        HostName = "host_name", "主机名称", "host name";
        Tenancy = "tenancy", "类型", "type";
        Zone = "zone", "云区", "zone";
        Network = "network", "网络区", "network";
        Architecture = "architecture", "CPU架构", "architecture";
        Vcpu = "vcpu", "vCPU(核)", "vCPU";
        Memory = "memory_gib", "内存(GB)", "memory (GB)";
        OperatingSystem = "operating_system", "操作系统", "operating system";
        SystemDisk = "system_disk_gib", "系统盘(GB)", "system disk (GB)";
        SystemDiskKind = "system_disk_kind", "系统盘类型", "kind of system disk";
        DataDiskA = "data_disks[0].size_gib", "数据盘1(GB)", "data disk 1 (GB)";
        DataDiskAKind = "data_disks[0].kind", "数据盘1类型", "kind of data disk 1";
        DataDiskACount = "data_disks[0].quantity", "数据盘1块数", "number of data disks 1";
        DataDiskB = "data_disks[1].size_gib", "数据盘2(GB)", "data disk 2 (GB)";
        DataDiskBKind = "data_disks[1].kind", "数据盘2类型", "kind of data disk 2";
        DataDiskBCount = "data_disks[1].quantity", "数据盘2块数", "number of data disks 2";
        Quantity = "quantity", "数量(台)", "quantity";
        PublicAddress = "public_address", "公网IP", "public address";
        Bandwidth = "bandwidth_mbps", "公网带宽(Mbps)", "bandwidth (Mbps)";
        Ports = "ports", "开放端口", "open ports";
        Basis = "basis", "测算依据", "basis";
        Remark = "remark", "备注", "remark";
    }
}

impl Column {
    /// The column a finding of the form's check belongs to, by the field's path below the row.
    pub fn of_field(path: &str) -> Option<Self> {
        let exact = Self::ALL.iter().copied().find(|column| column.code() == path);
        exact.or_else(|| {
            Self::ALL.iter().copied().find(|column| path.starts_with(column.code().split('[').next().unwrap_or("")))
        })
    }
}

#[cfg(test)]
mod tests;
