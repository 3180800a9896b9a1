//! 价格: the catalogue with its dated prices, and importing a new version.
//!
//! What ships with the program is one version; what is imported since stands in the database. A version is
//! imported whole or not at all, is never changed afterwards, and never overlaps another for one product.

use std::collections::BTreeMap;

use domain::calendar::Date;
use domain::catalog::{CatalogLine, Product};
use domain::clause;
use domain::finding::Finding;
use domain::identifiers;
use domain::money::Fen;
use domain::price::{PriceError, PriceLine, PriceList, PriceVersion};
use domain::regulation::price_lines;
use domain::term::Term;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::price::{LineRow, VersionRow};

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::mechanism::{Entry, Unit};
use crate::{App, AppError};

/// 价格版本 as shown.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct VersionView {
    pub code: String,
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    #[schema(value_type = String, format = "date")]
    pub to: Date,
    /// False: not the official 附件3, and marked so wherever it is shown.
    pub official: bool,
    pub ratified_number: Option<String>,
    pub note: String,
    pub products: usize,
    /// True where it holds on the city's present day.
    pub in_force: bool,
}

/// 价格表的一行.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PriceRow {
    pub version: String,
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    #[schema(value_type = String, format = "date")]
    pub to: Date,
    #[serde(flatten)]
    pub product: Product,
    pub class_term: Option<Term>,
    pub basis_term: Term,
    pub source_term: Term,
    /// Price of one unit and year, or once.
    pub price_fen: Fen,
}

/// What of the price list is asked for. Everything is optional; without `version`, what holds on `on` or today.
#[derive(Clone, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PriceFilter {
    /// 价格版本.
    pub version: Option<String>,
    /// A day instead of a version.
    #[param(value_type = Option<String>, format = "date")]
    pub on: Option<Date>,
    /// `S01`…`S22`.
    pub category: Option<String>,
    /// One of the seven classes.
    pub class: Option<String>,
    /// Part of a name, code or note.
    pub q: Option<String>,
    /// SKU of the last row seen.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500.
    pub limit: Option<usize>,
}

/// A page of the price list.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PricePage {
    pub versions: Vec<VersionView>,
    pub items: Vec<PriceRow>,
    pub next_cursor: Option<String>,
    pub count: usize,
}

/// 导入 of a catalogue file as one version.
#[derive(Clone, Debug)]
pub struct CatalogImport<'a> {
    pub file_name: &'a str,
    pub text: &'a str,
    /// `None`: the file's name, e.g. `2027A.csv`.
    pub version: Option<&'a str>,
    /// `None`: 1 January of the year the version's code begins with.
    pub from: Option<Date>,
    /// `None`: two budget years (第十二条).
    pub to: Option<Date>,
    /// 审定文号; makes it the official 附件3.
    pub ratified_number: Option<&'a str>,
    /// Check only; nothing is stored.
    pub dry_run: bool,
}

/// What an import did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct CatalogImported {
    pub version: String,
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    #[schema(value_type = String, format = "date")]
    pub to: Date,
    pub products: usize,
    pub official: bool,
    pub dry_run: bool,
}

/// A version with its lines, whoever brought it.
struct Edition {
    version: PriceVersion,
    ratified_number: Option<String>,
    lines: Vec<CatalogLine>,
}

const PAGE: usize = 200;
const PAGE_MAX: usize = 500;

/// 价格版本, by their first day.
pub async fn versions(app: &App, actor: &Actor) -> Result<Vec<VersionView>, AppError> {
    authz::visible(actor, Action::PriceView)?;
    let today = app.clock.today();
    Ok(editions(app).await?.iter().map(|edition| version_view(edition, today)).collect())
}

/// The price list as filtered, newest version first where several are asked for.
pub async fn list(app: &App, actor: &Actor, filter: &PriceFilter) -> Result<PricePage, AppError> {
    authz::visible(actor, Action::PriceView)?;
    let editions = editions(app).await?;
    let today = app.clock.today();
    let day = filter.on.unwrap_or(today);
    let shown = editions.iter().filter(|edition| match &filter.version {
        Some(code) => edition.version.code == *code,
        None => edition.version.from <= day && day <= edition.version.to,
    });
    let mut rows: Vec<PriceRow> = shown.flat_map(rows_of).filter(|row| matches(row, filter)).collect();
    let count = rows.len();
    let limit = filter.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    if let Some(cursor) = &filter.cursor {
        let after = rows.iter().position(|row| row.product.sku == *cursor).map_or(0, |at| at + 1);
        rows.drain(..after);
    }
    let next_cursor = (rows.len() > limit).then(|| rows[limit - 1].product.sku.clone());
    rows.truncate(limit);
    Ok(PricePage {
        versions: editions.iter().map(|edition| version_view(edition, today)).collect(),
        items: rows,
        next_cursor,
        count,
    })
}

/// Takes up what another instance or a command imported meanwhile.
pub async fn refresh(app: &App) -> Result<(), AppError> {
    let stored = store::price::count(&app.store.pool).await?;
    let held = app.prices();
    let shipped = |code: &str| app.regulation.versions.iter().any(|version| version.code == code);
    let mut codes: Vec<&str> =
        held.lines().iter().map(|line| line.version.as_str()).filter(|code| !shipped(code)).collect();
    codes.dedup();
    if i64::try_from(codes.len()).unwrap_or(0) == stored {
        return Ok(());
    }
    app.set_prices(price_list(&editions(app).await?)?);
    Ok(())
}

/// 导入: every fault of the file is answered by row and column, and then nothing is stored (A12).
pub async fn import(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    import: &CatalogImport<'_>,
) -> Result<CatalogImported, AppError> {
    authz::check(actor, Action::PriceImport, &Target::city())?;
    let version = version_of(app, import)?;
    let lines = domain::catalog::parse_csv(import.text, &app.regulation.categories).map_err(|errors| {
        AppError::Invalid(
            errors.into_iter().map(|error| row_finding(error.row, &error.column, error.zh, error.en)).collect(),
        )
    })?;
    let mut unit = app.begin(actor, meta).await?;
    store::price::lock(&mut unit.tx).await?;
    let mut editions = editions(app).await?;
    if editions.iter().any(|edition| edition.version.code == version.code) {
        return Err(invalid("version", "price.version_exists", format!("价格版本 {} 已存在,不能修改", version.code)));
    }
    let edition = Edition { version, ratified_number: import.ratified_number.map(str::to_owned), lines };
    editions.push(edition);
    let prices = price_list(&editions)?;
    let edition = editions.pop().expect("pushed above");
    let report = CatalogImported {
        version: edition.version.code.clone(),
        from: edition.version.from,
        to: edition.version.to,
        products: edition.lines.len(),
        official: edition.version.official,
        dry_run: import.dry_run,
    };
    if import.dry_run {
        return Ok(report);
    }
    save(&mut unit, &edition).await?;
    let report = unit.commit(report).await?;
    app.set_prices(prices);
    Ok(report)
}

async fn save(unit: &mut Unit<'_>, edition: &Edition) -> Result<(), AppError> {
    let version = &edition.version;
    let row = VersionRow {
        code: version.code.clone(),
        valid_from: version.from.to_sqlx(),
        valid_to: version.to.to_sqlx(),
        official: version.official,
        ratified_number: edition.ratified_number.clone(),
        note: version.note.clone(),
        file_name: version.file.clone(),
        imported_at: unit.now().to_sqlx(),
        imported_by_name: unit.actor().name.clone(),
    };
    let lines: Vec<LineRow> =
        edition.lines.iter().enumerate().map(|(at, line)| line_row(&version.code, at, line)).collect();
    store::price::insert(&mut unit.tx, &row, &lines).await?;
    unit.audit(Entry {
        action: Action::PriceImport.code(),
        object: ("price_version", version.code.clone()),
        case: None,
        clause: Some(clause::A12),
        summary: format!("导入价格版本 {}({} 至 {},{} 项)", version.code, version.from, version.to, lines.len()),
        before: None,
        after: Some(
            json!({ "from": version.from, "to": version.to, "products": lines.len(), "official": version.official }),
        ),
    })
    .await
}

/// 版本: from what was given, else from the file's name and the two-year rule.
fn version_of(app: &App, import: &CatalogImport<'_>) -> Result<PriceVersion, AppError> {
    let stem = || std::path::Path::new(import.file_name).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let code = import.version.unwrap_or_else(stem).to_owned();
    let shaped = code.len() <= 20 && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    if code.is_empty() || !shaped {
        let zh = format!("版本号“{code}”应为大写字母、数字和连字符,如 2027A;可用 --version 指定");
        return Err(invalid("version", "price.version_code", zh));
    }
    let year: Option<i16> =
        code.get(..4).and_then(|digits| digits.parse().ok()).filter(|year| (2020..2100).contains(year));
    let from = import.from.or_else(|| year.map(|year| jiff::civil::date(year, 1, 1)));
    let Some(from) = from else {
        return Err(invalid("from", "price.from_missing", "版本号不以年份开头,请用 --from 指定起始日".to_owned()));
    };
    let years = i64::from(app.regulation.limits.price_adjustment_years.value.0);
    let to = import.to.unwrap_or_else(|| {
        from.saturating_add(jiff::Span::new().years(years)).saturating_sub(jiff::Span::new().days(1))
    });
    if let Some(number) = import.ratified_number.filter(|number| !identifiers::is_document_number(number)) {
        return Err(invalid(
            "ratified_number",
            "price.ratified_number",
            format!("审定文号“{number}”应如 市政函〔2026〕12号"),
        ));
    }
    let official = import.ratified_number.is_some();
    let note = if official { "市人民政府审定的附件3" } else { "未附审定文号,不是官方附件3" };
    Ok(PriceVersion { code, from, to, file: import.file_name.to_owned(), official, note: note.to_owned() })
}

/// Every version: shipped and imported, by first day.
async fn editions(app: &App) -> Result<Vec<Edition>, AppError> {
    let mut lines: BTreeMap<String, Vec<CatalogLine>> = BTreeMap::new();
    for row in store::price::lines(&app.store.pool).await? {
        lines.entry(row.version.clone()).or_default().push(catalog_line(row)?);
    }
    let stored = store::price::versions(&app.store.pool).await?.into_iter().map(|row| Edition {
        lines: lines.remove(&row.code).unwrap_or_default(),
        ratified_number: row.ratified_number,
        version: PriceVersion {
            code: row.code,
            from: row.valid_from.to_jiff(),
            to: row.valid_to.to_jiff(),
            file: row.file_name,
            official: row.official,
            note: row.note,
        },
    });
    let shipped = app.regulation.versions.iter().map(|version| Edition {
        version: version.clone(),
        ratified_number: None,
        lines: app.regulation.catalogue.clone(),
    });
    let mut editions: Vec<Edition> = shipped.chain(stored).collect();
    editions.sort_by(|a, b| (a.version.from, &a.version.code).cmp(&(b.version.from, &b.version.code)));
    Ok(editions)
}

/// All lines of all versions as one list; an overlap is answered as a finding of the import.
fn price_list(editions: &[Edition]) -> Result<PriceList, AppError> {
    let lines: Vec<PriceLine> =
        editions.iter().flat_map(|edition| price_lines(&edition.version, &edition.lines)).collect();
    PriceList::new(lines).map_err(|errors| AppError::Invalid(errors.iter().map(overlap_finding).collect()))
}

fn overlap_finding(error: &PriceError) -> Finding {
    let field = if matches!(error, PriceError::Reversed { .. }) { "to" } else { "from" };
    Finding::error(field, "price.overlap", error.to_string(), error.to_string()).under(clause::A12)
}

fn matches(row: &PriceRow, filter: &PriceFilter) -> bool {
    let same = |wanted: &Option<String>, value: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted.is_empty() || wanted == value)
    };
    let words = filter.q.as_deref().map(|q| q.trim().to_lowercase()).unwrap_or_default();
    let product = &row.product;
    let found = [&product.sku, &product.zh, &product.en, &product.note, &product.category_zh];
    same(&filter.category, &product.category)
        && same(&filter.class, product.class.map_or("", |class| class.code()))
        && (words.is_empty() || found.iter().any(|text| text.to_lowercase().contains(&words)))
}

fn rows_of(edition: &Edition) -> impl Iterator<Item = PriceRow> + '_ {
    edition.lines.iter().map(|line| PriceRow {
        version: edition.version.code.clone(),
        from: edition.version.from,
        to: edition.version.to,
        class_term: line.product.class.map(|class| class.term()),
        basis_term: line.product.basis.term(),
        source_term: line.product.source.term(),
        product: line.product.clone(),
        price_fen: line.price_fen,
    })
}

fn version_view(edition: &Edition, today: Date) -> VersionView {
    let version = &edition.version;
    VersionView {
        code: version.code.clone(),
        from: version.from,
        to: version.to,
        official: version.official,
        ratified_number: edition.ratified_number.clone(),
        note: version.note.clone(),
        products: edition.lines.len(),
        in_force: version.from <= today && today <= version.to,
    }
}

fn line_row(version: &str, at: usize, line: &CatalogLine) -> LineRow {
    let product = &line.product;
    LineRow {
        version: version.to_owned(),
        position: i32::try_from(at).unwrap_or(i32::MAX),
        sku: product.sku.clone(),
        category: product.category.clone(),
        category_zh: product.category_zh.clone(),
        class: product.class.map(|class| class.code().to_owned()),
        zh: product.zh.clone(),
        en: product.en.clone(),
        unit_zh: product.unit_zh.clone(),
        basis: product.basis.code().to_owned(),
        source: product.source.code().to_owned(),
        note: product.note.clone(),
        spec: json!(product.spec),
        price_fen: line.price_fen.0,
    }
}

fn catalog_line(row: LineRow) -> Result<CatalogLine, AppError> {
    Ok(CatalogLine {
        price_fen: Fen(row.price_fen),
        product: Product {
            sku: row.sku,
            category: row.category,
            category_zh: row.category_zh,
            class: row.class.map(|class| class.parse()).transpose().map_err(AppError::fault)?,
            zh: row.zh,
            en: row.en,
            unit_zh: row.unit_zh,
            basis: row.basis.parse().map_err(AppError::fault)?,
            source: row.source.parse().map_err(AppError::fault)?,
            note: row.note,
            spec: serde_json::from_value(row.spec).map_err(AppError::fault)?,
        },
    })
}

/// A fault of one cell: `rows[3].sku`, the heading being row 1.
pub(crate) fn row_finding(row: u64, column: &str, zh: String, en: String) -> Finding {
    let field = if column.is_empty() { format!("rows[{row}]") } else { format!("rows[{row}].{column}") };
    Finding::error(field, "import.row", zh, en)
}

fn invalid(field: &str, code: &'static str, zh: String) -> AppError {
    AppError::Invalid(vec![Finding::error(field, code, zh.clone(), zh).under(clause::A12)])
}
