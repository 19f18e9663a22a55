//! Reads checkpoint files, of this record or of any.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::fault::Fault;
use super::inspect::Front;
use crate::format::checkpoint::{AREA_COUNT, AREA_HEAD, Areas, Newest};
use crate::format::header::KIND_CHECKPOINT;
use crate::format::{FormatError, RecordSpec};
use crate::sys;

/// Reads both areas of `file` and compares them.
///
/// # Errors
///
/// What the system refuses.
pub(crate) fn read(areas: &Areas, file: &File) -> io::Result<Newest> {
    let mut bytes = vec![0; areas.used()];
    let mut area = |index| {
        sys::read_at(file, &mut bytes, areas.offset(index))?;
        Ok::<_, io::Error>(areas.decode(&bytes))
    };
    Ok(Newest::of([area(0)?, area(1)?]))
}

/// Both areas as they are, whole or not.
///
/// # Errors
///
/// What the system refuses.
pub(crate) fn read_bytes(areas: &Areas, file: &File) -> io::Result<[Vec<u8>; AREA_COUNT]> {
    let mut both = [vec![0; areas.stride()], vec![0; areas.stride()]];
    for (index, area) in both.iter_mut().enumerate() {
        sys::read_at(file, area, areas.offset(index))?;
    }
    Ok(both)
}

/// What a checkpoint file says of its contents, whole or not; the default is that of one which is
/// damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spoken {
    /// The highest generation that it speaks of (I5).
    pub(crate) generation: u64,
    /// Whether nothing was ever written to it.
    pub(crate) is_blank: bool,
}

/// What the heads of the areas say, however large these are.
pub(crate) fn spoken(front: &Front, file: &File) -> Spoken {
    let Ok(areas) = Areas::check(&front.header) else { return Spoken::default() };
    let heads = || {
        let mut heads = [[0; AREA_HEAD]; AREA_COUNT];
        for (area, head) in heads.iter_mut().enumerate() {
            sys::read_at(file, head, areas.offset(area))?;
        }
        Ok::<_, io::Error>(heads)
    };
    let Ok(heads) = heads() else { return Spoken::default() };
    let generations = heads.iter().map(|head| areas.decode(head).generation());
    let is_blank = heads.iter().flatten().all(|byte| *byte == 0);
    Spoken { generation: generations.max().unwrap_or(0), is_blank }
}

/// Reads and checks the front of a checkpoint file, which must be of the record that `spec`
/// describes.
///
/// # Errors
///
/// As [`Front::read`] and [`areas_of`].
pub(crate) fn inspect(file: &File, spec: &RecordSpec) -> Result<(Front, Areas), Fault> {
    let front = Front::read(file, KIND_CHECKPOINT)?;
    let areas = areas_of(&front, spec)?;
    Ok((front, areas))
}

/// The areas of a checkpoint file, which must be of the record that `spec` describes.
///
/// # Errors
///
/// As [`Front::expect`], and `Corrupt` for impossible areas.
pub(crate) fn areas_of(front: &Front, spec: &RecordSpec) -> Result<Areas, FormatError> {
    front.expect(spec)?;
    Areas::of(&front.header, spec)
}

/// The highest generation that the checkpoint file at `path` speaks of, of whatever record; 0 for
/// a file that is none, or of another user (I5).
pub(crate) fn spoken_generation(path: &Path) -> u64 {
    own(path).map_or(0, |(front, file)| spoken(&front, &file).generation)
}

/// The same, if it is of another record than `spec` describes; else 0.
pub(crate) fn outdated_generation(path: &Path, spec: &RecordSpec) -> u64 {
    let found = own(path).filter(|(front, _)| {
        let areas = areas_of(front, spec);
        matches!(areas, Err(FormatError::Schema { .. }))
    });
    found.map_or(0, |(front, file)| spoken(&front, &file).generation)
}

/// The checkpoint file of this user's at `path`, if there is one.
fn own(path: &Path) -> Option<(Front, File)> {
    // Opening a device may do something.
    fs::metadata(path).ok().filter(|metadata| metadata.is_file())?;
    let file = sys::open(path, sys::Rights::Read, sys::Links::Follow).ok()?;
    let front = Front::read(&file, KIND_CHECKPOINT).ok()?;
    match (sys::owner(&front.metadata), sys::effective_user()) {
        (Some(owner), Some(user)) if owner != user => None,
        _ => Some((front, file)),
    }
}
