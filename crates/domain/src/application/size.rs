//! 规格档位: the sizes of servers and disks that are on offer (附件2-1). Asked by the form, the 核减 and the 变更 alike.

/// vCPU sizes on offer.
pub const VCPU_SIZES: [u16; 7] = [1, 2, 4, 8, 16, 32, 64];
/// Memory of one server, in GiB, both ends included.
pub const MEMORY_GIB: (u16, u16) = (1, 512);
/// GiB of memory for each vCPU, both ends included.
pub const MEMORY_GIB_PER_VCPU: (u16, u16) = (1, 8);
/// 系统盘, in GiB.
pub const SYSTEM_DISK_GIB: (u16, u16) = (40, 500);
/// 数据盘, in GiB.
pub const DATA_DISK_GIB: (u16, u16) = (10, 32_768);

/// True where memory and vCPU stand in a ratio that is on offer.
pub fn ratio_fits(vcpu: u16, memory_gib: u16) -> bool {
    let (least, most) = MEMORY_GIB_PER_VCPU;
    (vcpu.saturating_mul(least)..=vcpu.saturating_mul(most)).contains(&memory_gib)
}

/// True where a server of this size can be had.
pub fn on_offer(vcpu: u16, memory_gib: u16) -> bool {
    VCPU_SIZES.contains(&vcpu) && (MEMORY_GIB.0..=MEMORY_GIB.1).contains(&memory_gib) && ratio_fits(vcpu, memory_gib)
}
