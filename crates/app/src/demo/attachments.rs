//! 演示办件的材料: a one-page PDF for each kind, uploaded as its clerk would. It says that it is made up.

use domain::application::material::MaterialKind;
use domain::ids::ApplicationId;

use super::play::Play;
use crate::AppError;
use crate::actor::Actor;
use crate::attachment::{Incoming, add};

impl Play<'_> {
    /// 上传 a material of the case in this line.
    pub(super) async fn attach(&self, index: usize, actor: &Actor, kind: MaterialKind) -> Result<(), AppError> {
        let case = &self.city.cases[index];
        let name = format!("{}-{}.pdf", case.system.chars().take(20).collect::<String>(), short_zh(kind));
        let mut file = Incoming::begin(self.app, kind, &name).await?;
        file.push(&page(&format!("Demonstration only: {} of case {}", kind.code(), case.key))).await?;
        add(self.app, actor, &self.meta, ApplicationId(self.case(index)?), file).await.map(drop)
    }
}

fn short_zh(kind: MaterialKind) -> &'static str {
    match kind {
        MaterialKind::ProjectPlan => "建设方案",
        other => other.zh(),
    }
}

/// The smallest PDF that every reader opens: one A4 page with a line of Latin text.
fn page(text: &str) -> Vec<u8> {
    let drawing = format!("BT /F1 14 Tf 72 760 Td ({text}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{drawing}\nendstream", drawing.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut places = String::new();
    for (number, object) in (1..).zip(&objects) {
        places.push_str(&format!("{:010} 00000 n \n", pdf.len()));
        pdf.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = pdf.len();
    let count = objects.len() + 1;
    pdf.push_str(&format!("xref\n0 {count}\n0000000000 65535 f \n{places}"));
    pdf.push_str(&format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    pdf.into_bytes()
}
