//! 运维会话, 访问授权, 访问告警.

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::access_alarm::{self, AlarmItem};
use crate::access_grant::view::GrantItem;
use crate::actor::{Actor, Meta};
use crate::bastion::record::{self, SessionItem};
use crate::{App, AppError, access_grant};
use documents::sheet::Cell;

/// 运维会话列表 as filtered.
pub async fn bastion_sessions(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    filter: record::Filter,
) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = record::page(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "运维会话列表".to_owned(),
        columns: columns([
            ("开始时间", 18),
            ("结束时间", 18),
            ("人员", 30),
            ("账号或授权", 24),
            ("使用单位", 30),
            ("系统名称", 36),
            ("云主机", 36),
            ("登录方式", 10),
            ("来源地址", 18),
            ("跳板机", 18),
            ("结果", 20),
            ("退出码", 8),
            ("记录字节", 10),
            ("证书序号", 10),
        ]),
        rows: page.items.iter().map(|item| session(app, item)).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn session(app: &App, item: &SessionItem) -> Vec<Cell> {
    let result = item.barred.as_ref().or(item.cut.as_ref()).map_or("已放行", |why| why.zh);
    vec![
        app.clock.minute_of(item.started_at).into(),
        item.ended_at.map(|at| app.clock.minute_of(at)).as_ref().into(),
        (&item.person_name).into(),
        item.basis_number.as_ref().into(),
        item.agency_name.as_ref().into(),
        item.system_name.as_ref().into(),
        (&item.host).into(),
        item.protocol.zh.into(),
        (&item.source).into(),
        (&item.jump_host).into(),
        result.into(),
        item.exit_code.map_or(Cell::Blank, |code| Cell::Number(code.into())),
        item.record_bytes.map_or(Cell::Blank, |bytes| Cell::Number(bytes.into())),
        Cell::Number(item.serial),
    ]
}

/// 访问授权列表 as filtered.
pub async fn access_grants(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    filter: access_grant::Filter,
) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = access_grant::page(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "供应商访问授权列表".to_owned(),
        columns: columns([
            ("授权编号", 24),
            ("使用单位", 30),
            ("系统名称", 36),
            ("办件单号", 24),
            ("申请人", 14),
            ("所属单位", 26),
            ("云主机", 30),
            ("文件传输", 20),
            ("来源地址", 18),
            ("开始时间", 18),
            ("结束时间", 18),
            ("事由", 40),
            ("状态", 10),
            ("决定人", 14),
            ("意见", 40),
        ]),
        rows: page.items.iter().map(|item| grant(app, item)).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn grant(app: &App, item: &GrantItem) -> Vec<Cell> {
    let one = &item.grant;
    vec![
        (&one.number).into(),
        (&item.agency_name).into(),
        (&item.system_name).into(),
        (&item.case_number).into(),
        (&one.person_name).into(),
        (&one.org_name).into(),
        one.hosts.join("、").into(),
        one.transfers.iter().map(|one| one.zh).collect::<Vec<_>>().join("、").into(),
        (&one.source).into(),
        app.clock.minute_of(one.from).into(),
        app.clock.minute_of(one.until).into(),
        (&one.purpose).into(),
        one.state.zh.into(),
        one.decided_by.as_ref().into(),
        one.opinion.as_ref().into(),
    ]
}

/// 访问告警列表 as filtered.
pub async fn access_alarms(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    filter: access_alarm::Filter,
) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = access_alarm::page(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "访问告警列表".to_owned(),
        columns: columns([
            ("告警编号", 24),
            ("种类", 18),
            ("使用单位", 30),
            ("系统名称", 36),
            ("人员", 30),
            ("来源地址", 18),
            ("情况", 50),
            ("次数", 8),
            ("首次发生", 18),
            ("最近发生", 18),
            ("状态", 10),
            ("处置情况", 40),
        ]),
        rows: page.items.iter().map(|item| alarm(app, item)).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn alarm(app: &App, item: &AlarmItem) -> Vec<Cell> {
    vec![
        (&item.number).into(),
        item.kind.zh.into(),
        item.agency_name.as_ref().into(),
        item.system_name.as_ref().into(),
        (&item.person_name).into(),
        (&item.source).into(),
        (&item.detail).into(),
        Cell::Number(item.occurrences.into()),
        app.clock.minute_of(item.first_at).into(),
        app.clock.minute_of(item.last_at).into(),
        item.state.zh.into(),
        item.opinion.as_ref().into(),
    ]
}
