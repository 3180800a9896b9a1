//! A file on its way in: written to disk as it arrives, never held whole in memory.

use std::io::{Read, Seek, SeekFrom};

use documents::inspection::{self, Format, Rejection};
use domain::application::material::MaterialKind;
use domain::limits::Mebibytes;
use sm3::{Digest, Sm3};
use tokio::io::AsyncWriteExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use crate::error::Reason;
use crate::mechanism::Unit;
use crate::{App, AppError};

/// As many files are received at once; others wait for a place.
static PLACES: Semaphore = Semaphore::const_new(8);
/// As many are inspected at once: unpacking is what costs.
static INSPECTORS: Semaphore = Semaphore::const_new(2);

/// A file being received.
pub struct Incoming {
    kind: MaterialKind,
    name: String,
    file: tokio::fs::File,
    size: u64,
    digest: Sm3,
    /// 单件上限.
    largest: Mebibytes,
    _place: SemaphorePermit<'static>,
}

/// A file that was looked at and may be kept.
pub(super) struct Looked {
    pub name: String,
    pub format: Format,
    pub size: u64,
    pub sm3: String,
    file: std::fs::File,
    _place: SemaphorePermit<'static>,
}

impl Incoming {
    /// Ready for the first bytes of a file called `name` by its sender.
    pub async fn begin(app: &App, kind: MaterialKind, name: &str) -> Result<Self, AppError> {
        let place = PLACES.acquire().await.map_err(AppError::fault)?;
        let dir = &app.options.data_dir;
        // Beside the database rather than under /tmp, which may be memory.
        let file = tempfile::tempfile_in(dir).or_else(|_| tempfile::tempfile()).map_err(AppError::fault)?;
        Ok(Self {
            kind,
            name: name.to_owned(),
            file: tokio::fs::File::from_std(file),
            size: 0,
            digest: Sm3::new(),
            largest: app.regulation.limits.attachment_max.value,
            _place: place,
        })
    }

    /// The next bytes; refuses the first one beyond the bound.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        self.size += bytes.len() as u64;
        if self.size > self.largest.bytes() {
            let Mebibytes(most) = self.largest;
            return Err(AppError::TooLarge(Reason::new(
                "attachment.too_large",
                format!("单个附件不能超过 {most} MB,请压缩或拆分后上传"),
                format!("a file may have at most {most} MiB"),
            )));
        }
        self.digest.update(bytes);
        self.file.write_all(bytes).await.map_err(AppError::fault)
    }

    pub(super) fn kind(&self) -> MaterialKind {
        self.kind
    }

    pub(super) fn given_name(&self) -> &str {
        &self.name
    }

    /// Looks at the whole file, on a thread of its own.
    pub(super) async fn inspect(mut self) -> Result<Result<Looked, Rejection>, AppError> {
        self.file.flush().await.map_err(AppError::fault)?;
        let mut file = self.file.into_std().await;
        let _inspector = INSPECTORS.acquire().await.map_err(AppError::fault)?;
        let (name, size, sm3, place) = (self.name, self.size, hex::encode(self.digest.finalize()), self._place);
        tokio::task::spawn_blocking(move || {
            let name = inspection::clean_name(&name)?;
            let format = inspection::inspect(&mut file, &name)?;
            Ok(Looked { name, format, size, sm3, file, _place: place })
        })
        .await
        .map_err(AppError::fault)
    }
}

impl Looked {
    /// Writes the content, piece by piece, into the change.
    pub(super) async fn pieces(mut self, unit: &mut Unit<'_>, id: Uuid) -> Result<(), AppError> {
        self.file.seek(SeekFrom::Start(0)).map_err(AppError::fault)?;
        for position in 0.. {
            let mut piece = Vec::with_capacity(store::attachment::PIECE_BYTES);
            let limit = store::attachment::PIECE_BYTES as u64;
            self.file.by_ref().take(limit).read_to_end(&mut piece).map_err(AppError::fault)?;
            if piece.is_empty() {
                break;
            }
            store::attachment::insert_piece(&mut unit.tx, id, position, &piece).await?;
        }
        Ok(())
    }
}
