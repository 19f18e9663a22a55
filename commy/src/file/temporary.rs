//! A new record file under a temporary name.

use core::hash::{BuildHasher as _, Hasher as _};
use std::fs::Metadata;
use std::hash::RandomState;

use super::fault::At as _;
use super::lock::Presence;
use super::mapped::Mapped;
use super::place::Place;
use super::unnamed::{Contents, Instead, Name, Unnamed, now_ns};
use crate::error::CreateError;
use crate::format::control::fresh_control;
use crate::format::layout::Layout;
use crate::mem::Access;

/// A data file that is locked for this process, with what is known about it.
#[derive(Debug)]
pub(crate) struct Locked {
    /// The name that a new file has yet to get.
    pub(crate) name: Option<Name>,
    pub(crate) presence: Presence,
    pub(crate) mapped: Mapped,
    pub(crate) metadata: Metadata,
    /// When it was created, in nanoseconds since 1970.
    pub(crate) created_ns: u64,
    /// The parts of its heap that have no room on the disk, as start and end.
    pub(crate) holes: Vec<(u64, u64)>,
}

/// Writes the file that will be at `place`, where now is what `instead` says; its first publish
/// will be the one after `base_generation`.
///
/// # Errors
///
/// `TooLarge`, those of [`Unnamed::write`] and of [`Mapped::new`].
pub(crate) fn write_record(
    place: &Place,
    base_generation: u64,
    instead: Instead,
) -> Result<Locked, CreateError> {
    let Place { path, target, spec, options } = place;
    let slots = options.slots();
    let schema = &spec.text;
    let header = Layout::plan(
        spec,
        (slots, options.timestamps()),
        schema.len(),
        base_generation,
        now_ns(),
        heap_id(),
    )
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
    let heap_size = options.heap_size();
    let mapped = Mapped::new(&file, &metadata, layout, Access::ReadWrite, heap_size).at(path)?;
    let created_ns = header.created_ns;
    let holes = Vec::new();
    Ok(Locked { name: Some(name), presence, mapped, metadata, created_ns, holes })
}

/// A random number that no other heap has, and not 0.
fn heap_id() -> u128 {
    // Each state has random keys of the system's.
    let half = |number: u8| {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u8(number);
        hasher.write_u64(now_ns());
        u128::from(hasher.finish())
    };
    (half(0) << 64 | half(1)).max(1)
}
