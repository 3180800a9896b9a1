//! 报价: the lines of a form at the prices of a day, as shown while one types and as frozen in a plan.

use domain::application::form::Form;
use domain::application::pricing::order_lines;
use domain::calendar::Date;
use domain::finding::Finding;
use domain::money::Fen;
use domain::price::PriceList;
use domain::regulation::Regulation;

use crate::AppError;

/// 报价行.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PricedLine {
    pub line: String,
    pub sku: String,
    pub name: String,
    pub unit: String,
    pub quantity: u64,
    /// 核定量; absent until the review has granted.
    pub granted_quantity: Option<u64>,
    /// Price of one unit for a year; absent where the product has no price that day.
    pub fen_per_year_each: Option<i64>,
    pub fen_per_year: i64,
}

/// A form's price on a day.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Quote {
    pub lines: Vec<PricedLine>,
    pub fee_fen_per_year: i64,
    /// 价格版本 in force that day.
    pub price_version: Option<String>,
    /// 年费达到 10万元: the estimate is due (A10_1).
    pub estimate_required: bool,
}

/// Prices `form` on `day`. A product without a price that day counts nothing and is found by [`unpriced`].
pub fn quote(form: &Form, day: Date, prices: &PriceList, regulation: &Regulation) -> Result<Quote, AppError> {
    let mut lines = Vec::new();
    let mut version = None;
    for order in order_lines(form) {
        let price = prices.on(&order.sku, day);
        let product = regulation.product(&order.sku);
        let each = price.map(|line| line.fen_per_year);
        version = version.or_else(|| price.map(|line| line.version.clone()));
        let fen = each.unwrap_or(Fen(0)).times(order.quantity).map_err(|_| too_dear(&order.line))?;
        lines.push(PricedLine {
            name: product.map_or_else(|| order.sku.clone(), |line| line.product.zh.clone()),
            unit: product.map(|line| line.product.unit_zh.clone()).unwrap_or_default(),
            line: order.line,
            sku: order.sku,
            quantity: order.quantity,
            granted_quantity: None,
            fen_per_year_each: each.map(|fen| fen.0),
            fen_per_year: fen.0,
        });
    }
    let fee = Fen::sum(lines.iter().map(|line| Fen(line.fen_per_year))).map_err(|_| too_dear("servers"))?;
    let estimate_required = fee >= regulation.limits.estimate_from.value;
    Ok(Quote { lines, fee_fen_per_year: fee.0, price_version: version, estimate_required })
}

/// Findings for products without a price on `day`.
pub fn unpriced(quote: &Quote) -> Vec<Finding> {
    quote
        .lines
        .iter()
        .filter(|line| line.fen_per_year_each.is_none())
        .map(|line| {
            Finding::error(
                &*line.line,
                "price.none",
                format!("「{}」当日没有有效限价", line.name),
                "no price in force that day",
            )
            .under(domain::clause::A11)
        })
        .collect()
}

fn too_dear(field: &str) -> AppError {
    AppError::Invalid(vec![Finding::error(field, "price.overflow", "金额超出可计算范围", "the amount is out of range")])
}
