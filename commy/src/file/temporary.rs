//! A new record file under a temporary name.

use std::fs::Metadata;
use std::io;
use std::path::Path;

use super::control::fresh_control;
use super::create::{FileOptions, Locked, mode_of};
use super::layout::Layout;
use super::schema_text::schema_text;
use super::spec::RecordSpec;
use super::unnamed::{Contents, Unnamed, now_ns};
use crate::error::CreateError;

/// A complete record file that has not got its name yet. Removed again unless it gets one.
#[derive(Debug)]
pub(crate) struct Temporary {
    unnamed: Unnamed,
    metadata: Metadata,
    layout: Layout,
}

impl Temporary {
    /// Writes the file that will be at `target`; its first publish will be the one after
    /// `base_generation`.
    ///
    /// # Errors
    ///
    /// `StorageFull`, `TooLarge`, `Permission`, `NotFound`, `WriterBusy`, `Io`.
    pub(crate) fn write(
        target: &Path,
        spec: &RecordSpec,
        options: &FileOptions,
        base_generation: u64,
    ) -> Result<Self, CreateError> {
        let slots = options.slots();
        let schema = schema_text(spec);
        let header = Layout::plan(spec, slots, schema.len(), base_generation, now_ns())
            .ok_or(CreateError::TooLarge { size: spec.size, slots })?;
        let layout = Layout::check(&header, target)?;
        let parts: [(u64, &[u8]); 3] = [
            (0, &header.encode(schema.as_bytes())),
            (header.control, &fresh_control(header.file_len)),
            (header.schema, schema.as_bytes()),
        ];
        let contents = Contents {
            len: header.file_len,
            parts: &parts,
            mode: options.mode(),
            durable: options.durable,
        };
        let unnamed = Unnamed::write(target, &contents)?;
        let metadata =
            unnamed.file.metadata().map_err(|e| CreateError::io(target, "look at", e))?;
        Ok(Self { unnamed, metadata, layout })
    }

    /// Its permission bits.
    pub(crate) fn mode(&self) -> u32 {
        mode_of(&self.metadata)
    }

    /// See [`Unnamed::appear`].
    pub(crate) fn appear(self, target: &Path) -> io::Result<Locked> {
        let Self { unnamed, metadata, layout } = self;
        let (presence, file) = unnamed.appear(target)?;
        Ok(Locked { presence, file, metadata, layout })
    }

    /// See [`Unnamed::replace`].
    pub(crate) fn replace(self, target: &Path) -> io::Result<Locked> {
        let Self { unnamed, metadata, layout } = self;
        let (presence, file) = unnamed.replace(target)?;
        Ok(Locked { presence, file, metadata, layout })
    }
}
