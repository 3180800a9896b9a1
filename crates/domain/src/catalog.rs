//! 服务目录: what can be applied for. Category → product (SKU) with its specification.
//!
//! 第四条 lists 21 services and says 等; 其他 is the 22nd. A product is taken off the list, never
//! deleted, because old charges name it. What it costs on a day is `price`.

use std::collections::BTreeMap;

use crate::money::Fen;

mod reading;
pub use reading::{CatalogFileError, Imported, parse_categories, parse_csv};

crate::terms! {
    /// 云资源七类 (第四条).
    pub enum ResourceClass {
        Compute = "compute", "云计算资源", "compute";
        Storage = "storage", "云存储资源", "storage";
        Network = "network", "云网络资源", "network";
        Security = "security", "云安全资源", "security";
        Management = "management", "云管理与部署资源", "management and deployment";
        Database = "database", "云数据库资源", "database";
        BareMetal = "bare_metal", "专用物理机资源", "bare metal";
    }
}

crate::terms! {
    /// 计费方式: how a product's price turns into a charge.
    pub enum BillingBasis {
        UnitYear = "unit_year", "按量包年", "per unit and year";
        PackYear = "pack_year", "年包", "pack per year";
        Included = "included", "随附免费", "included free of charge";
        OneOff = "one_off", "一次性", "one-off";
    }
}

impl BillingBasis {
    /// True where days count: everything but a one-off, which is owed in full when carried out (D20).
    pub const fn is_annual(self) -> bool {
        !matches!(self, Self::OneOff)
    }
}

crate::terms! {
    /// 价格出处, so that nobody takes an estimate for the official annex 3.
    pub enum PriceSource {
        Official = "official", "官方附件3", "official annex 3";
        List = "list", "公开目录价", "public list price";
        Derived = "derived", "折算价", "derived";
        Estimate = "estimate", "估计价", "estimate";
    }
}

crate::terms! {
    /// 规格轴.
    pub enum SpecAxis {
        Vcpu = "vcpu", "vCPU(核)", "vCPU";
        MemoryGb = "memory_gb", "内存(GB)", "memory (GB)";
        DiskGb = "disk_gb", "磁盘(GB)", "disk (GB)";
        Iops = "iops", "最大IOPS", "max IOPS";
        BandwidthMbps = "bandwidth_mbps", "带宽(Mbps)", "bandwidth (Mbps)";
        Connections = "connections", "并发连接", "connections";
        Qps = "qps", "QPS", "QPS";
        Assets = "assets", "资产/源/实例数", "assets";
        Gb = "gb", "容量(GB)", "capacity (GB)";
    }
}

/// 目录分类 S01–S22. A prefix row gives a part of a category its own resource class.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Category {
    /// `S01`…`S22`.
    pub code: String,
    /// Products whose code begins so; empty for the whole category.
    pub sku_prefix: String,
    pub zh: String,
    pub en: String,
    /// `None` where 第四条 counts it to none of the seven classes (应用软件, 托管).
    pub class: Option<ResourceClass>,
}

/// 产品 one line of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Product {
    pub sku: String,
    pub category: String,
    pub category_zh: String,
    pub class: Option<ResourceClass>,
    pub zh: String,
    pub en: String,
    /// 计量单位, e.g. 元/台·年.
    pub unit_zh: String,
    pub basis: BillingBasis,
    pub source: PriceSource,
    pub note: String,
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    pub spec: BTreeMap<SpecAxis, u64>,
}

/// 目录行: a product with the price the file gives it, in fen per year (or once).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct CatalogLine {
    #[serde(flatten)]
    pub product: Product,
    pub price_fen: Fen,
}

/// Finds a product's class: the longest prefix row of its category wins.
pub fn classify(categories: &[Category], category: &str, sku: &str) -> Option<Category> {
    categories
        .iter()
        .filter(|row| row.code == category && sku.starts_with(&row.sku_prefix))
        .max_by_key(|row| row.sku_prefix.len())
        .cloned()
}

#[cfg(test)]
mod tests;
