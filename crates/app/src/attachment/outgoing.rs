//! A file on its way out, piece by piece; taking one away leaves an entry (E13).

use domain::clause;
use futures::Stream;
use futures::stream::try_unfold;
use serde_json::json;
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::mechanism::Entry;
use crate::{App, AppError};

/// A file to be sent.
pub struct Outgoing {
    pub file_name: String,
    pub content_type: &'static str,
    pub size_bytes: i64,
    /// SM3 of the content, in hexadecimal.
    pub sm3: String,
    app: App,
    id: Uuid,
}

impl Outgoing {
    /// The content; ends with an error where the database goes away in between.
    pub fn pieces(self) -> impl Stream<Item = Result<Vec<u8>, AppError>> + Send + 'static {
        try_unfold((self.app, self.id, 0), |(app, id, position)| async move {
            let piece = store::attachment::piece(&app.store.pool, id, position).await?;
            Ok(piece.map(|bytes| (bytes, (app, id, position + 1))))
        })
    }
}

/// 下载.
pub async fn content(app: &App, actor: &Actor, meta: &Meta, id: Uuid) -> Result<Outgoing, AppError> {
    let row = super::visible(app, actor, id).await?;
    let mut unit = app.begin(actor, meta).await?;
    unit.audit(Entry {
        action: Action::AttachmentView.code(),
        object: ("attachment", id.to_string()),
        case: None, // reading is logged, but is no step of the case
        clause: Some(clause::A10_1),
        summary: format!("下载材料 {}", row.file_name),
        before: None,
        after: Some(json!({ "case_id": row.case_id })),
    })
    .await?;
    unit.commit(()).await?;
    Ok(Outgoing {
        content_type: super::content_type(&row.format),
        file_name: row.file_name,
        size_bytes: row.size_bytes,
        sm3: row.sm3,
        app: app.clone(),
        id,
    })
}
