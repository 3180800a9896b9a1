//! 机构 and 人员. Numbers of persons are masked, as in the list (E32).

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::actor::{Actor, Meta};
use crate::{App, AppError, org, person};

/// 机构列表.
pub async fn orgs(app: &App, actor: &Actor, meta: &Meta, filter: org::Filter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = org::page(app, actor, filter, None, ROWS_MAX).await?;
    let row = |item: &org::Org| {
        vec![
            (&item.name).into(),
            (&item.short_name).into(),
            item.kind.as_ref().map(|kind| kind.zh).into(),
            item.level.as_ref().map(|level| level.zh).into(),
            item.office.as_ref().map(|office| office.zh).into(),
            (&item.credit_code).into(),
            item.county_name.as_ref().into(),
            item.parent_name.as_ref().into(),
            (&item.budget_code).into(),
            (&item.address).into(),
            if item.active { "在用" } else { "停用" }.into(),
        ]
    };
    let list = List {
        title: "机构列表".to_owned(),
        columns: columns([
            ("名称", 36),
            ("简称", 16),
            ("机构类型", 14),
            ("预算级次", 12),
            ("职能", 24),
            ("统一社会信用代码", 24),
            ("区划", 16),
            ("上级单位", 30),
            ("预算编码", 16),
            ("地址", 36),
            ("状态", 8),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

/// 人员列表.
pub async fn people(app: &App, actor: &Actor, meta: &Meta, filter: person::Filter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = person::page(app, actor, filter, None, ROWS_MAX).await?;
    let row = |item: &person::PersonItem| {
        let roles: Vec<&str> = item.roles.iter().map(|role| role.zh).collect();
        vec![
            (&item.username).into(),
            (&item.name).into(),
            (&item.org_name).into(),
            roles.join("、").into(),
            (&item.mobile).into(),
            (&item.email).into(),
            item.state.zh.into(),
            if item.second_factor { "已绑定" } else { "未绑定" }.into(),
            item.last_login_at.map(|at| app.clock.minute_of(at)).into(),
        ]
    };
    let list = List {
        title: "人员列表".to_owned(),
        columns: columns([
            ("用户名", 22),
            ("姓名", 12),
            ("单位", 32),
            ("角色", 40),
            ("手机", 16),
            ("邮箱", 28),
            ("状态", 10),
            ("动态令牌", 12),
            ("最近登录", 18),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}
