//! The typesetter: fonts parsed once, templates embedded, its caches kept small.

use std::sync::{Condvar, Mutex, OnceLock};

use typst::foundations::{Dict, IntoValue, Smart};
use typst::text::Font;
use typst_as_lib::{TypstAsLibError, TypstEngine, TypstTemplateCollection};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::model::Kind;

static SONG: &[u8] = include_bytes!("../fonts/song-regular.ttf");
static HEI: &[u8] = include_bytes!("../fonts/hei-bold.ttf");
static RARE: &[u8] = include_bytes!("../fonts/hei-rare.ttf");

/// As many documents are set at once as the smallest machine has cores; more only thrash its memory.
const SET_AT_ONCE: usize = 2;
/// Results of layout unused for this many documents are forgotten, or the cache grows for ever.
const CACHE_AGE_DOCUMENTS: usize = 4;

/// What goes wrong between data and page; only a fault of ours can.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    #[error("typesetting failed: {0}")]
    Compile(#[from] TypstAsLibError),
    #[error("writing the PDF failed: {0}")]
    Write(String),
}

fn template(kind: Kind) -> &'static str {
    match kind {
        Kind::ApplicationForm => "application_form.typ",
        Kind::AcceptanceNotice => "acceptance_notice.typ",
        Kind::SupplementNotice => "supplement_notice.typ",
        Kind::RefusalNotice => "refusal_notice.typ",
        Kind::ReviewOpinion => "review_opinion.typ",
        Kind::TrialNotice => "trial_notice.typ",
        Kind::ActivationConfirmation => "activation_confirmation.typ",
        Kind::ChangeOpinion => "change_opinion.typ",
        Kind::HandoverList => "handover_list.typ",
        Kind::ErasureCertificate => "erasure_certificate.typ",
    }
}

static SOURCES: [(&str, &str); 11] = [
    ("base.typ", include_str!("../templates/base.typ")),
    ("application_form.typ", include_str!("../templates/application_form.typ")),
    ("acceptance_notice.typ", include_str!("../templates/acceptance_notice.typ")),
    ("supplement_notice.typ", include_str!("../templates/supplement_notice.typ")),
    ("refusal_notice.typ", include_str!("../templates/refusal_notice.typ")),
    ("review_opinion.typ", include_str!("../templates/review_opinion.typ")),
    ("trial_notice.typ", include_str!("../templates/trial_notice.typ")),
    ("activation_confirmation.typ", include_str!("../templates/activation_confirmation.typ")),
    ("change_opinion.typ", include_str!("../templates/change_opinion.typ")),
    ("handover_list.typ", include_str!("../templates/handover_list.typ")),
    ("erasure_certificate.typ", include_str!("../templates/erasure_certificate.typ")),
];

struct Press {
    engine: TypstEngine<TypstTemplateCollection>,
    fonts: Vec<Font>,
    free: Mutex<usize>,
    freed: Condvar,
}

fn press() -> &'static Press {
    static PRESS: OnceLock<Press> = OnceLock::new();
    PRESS.get_or_init(|| {
        let bytes = |data: &'static [u8]| typst::foundations::Bytes::new(data);
        let fonts: Vec<Font> = [SONG, HEI, RARE].into_iter().flat_map(|data| Font::iter(bytes(data))).collect();
        let engine = TypstEngine::builder()
            .fonts(fonts.clone())
            .with_static_source_file_resolver(SOURCES)
            .comemo_evict_max_age(Some(CACHE_AGE_DOCUMENTS))
            .build();
        Press { engine, fonts, free: Mutex::new(SET_AT_ONCE), freed: Condvar::new() }
    })
}

/// True where one of the fonts can draw `character`.
pub fn can_draw(character: char) -> bool {
    press().fonts.iter().any(|font| font.info().coverage.contains(u32::from(character)))
}

/// Sets the template of `kind` with `data` (JSON) as PDF/A-2b. `ident` becomes the PDF's own identifier.
pub fn set(kind: Kind, data: String, ident: &str) -> Result<Vec<u8>, SettingError> {
    let press = press();
    let _place = Place::take(press);
    let inputs: Dict = [("data".into(), data.into_value())].into_iter().collect();
    let document: PagedDocument = press.engine.compile_with_input(template(kind), inputs).output?;
    let standards =
        PdfStandards::new(&[PdfStandard::A_2b]).map_err(|error| SettingError::Write(format!("{error:?}")))?;
    let options = PdfOptions {
        ident: Smart::Custom(ident.to_owned()),
        creator: Smart::Custom(Some("漓云 Liyun".to_owned())),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|error| SettingError::Write(format!("{error:?}")))
}

/// One of the places at the press; given back when dropped, also after a panic.
struct Place(&'static Press);

impl Place {
    fn take(press: &'static Press) -> Self {
        let free = press.free.lock().expect("counting cannot panic");
        let mut free = press.freed.wait_while(free, |free| *free == 0).expect("counting cannot panic");
        *free -= 1;
        Self(press)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.free.lock().expect("counting cannot panic") += 1;
        self.0.freed.notify_one();
    }
}
