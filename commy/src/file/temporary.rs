//! A new record file under a temporary name.

use std::path::Path;

use super::create::{FileOptions, Locked};
use super::fault::At as _;
use super::unnamed::{Contents, Instead, Unnamed, now_ns};
use crate::error::CreateError;
use crate::format::RecordSpec;
use crate::format::control::fresh_control;
use crate::format::layout::Layout;

/// Writes the file that will be at `target`, where now is what `instead` says; its first publish
/// will be the one after `base_generation`.
///
/// # Errors
///
/// `TooLarge`, and those of [`Unnamed::write`].
pub(crate) fn write_record(
    target: &Path,
    spec: &RecordSpec,
    options: &FileOptions,
    base_generation: u64,
    instead: Instead,
) -> Result<Locked, CreateError> {
    let slots = options.slots();
    let schema = &spec.text;
    let header = Layout::plan(spec, slots, schema.len(), base_generation, now_ns())
        .ok_or(CreateError::TooLarge { size: spec.size, slots })?;
    let layout = Layout::check(&header).at(target)?;
    let parts: [(u64, &[u8]); 3] = [
        (0, &header.encode(schema)),
        (header.control, &fresh_control(header.file_len)),
        (header.schema, schema),
    ];
    let contents = Contents {
        len: header.file_len,
        parts: &parts,
        mode: options.mode(),
        durable: options.durable,
    };
    let Unnamed { name, presence, file } = Unnamed::write(target, &contents, instead)?;
    let metadata = file.metadata().map_err(|e| CreateError::io(target, "look at", e))?;
    let created_ns = header.created_ns;
    Ok(Locked { name: Some(name), presence, file, metadata, layout, created_ns })
}
