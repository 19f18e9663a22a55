//! The writer's side of the checkpoint file: opened with the data file, written by each flush.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::checkpoint::{AREA_COUNT, Areas, Checkpoint, Newest, inspect};
use super::create::{Old, Place};
use super::header::KIND_CHECKPOINT;
use super::inspect::Front;
use super::lock::Presence;
use super::path::{beside, directory};
use super::schema_text::schema_text;
use super::unnamed::{Contents, Unnamed, now_ns, remove_left_over};
use crate::error::{CreateError, OpenError};
use crate::sys;

/// How often a race with somebody who moves files about is run again.
const TRIES: u32 = 100;

/// Where the checkpoints of the file at `target` are unless asked otherwise.
pub(crate) fn default_path(target: &Path) -> PathBuf {
    beside(target, "", ".ckpt")
}

/// A checkpoint file that this process alone may write.
#[derive(Debug)]
pub(crate) struct Durable {
    file: File,
    path: PathBuf,
    areas: Areas,
    /// The bytes of an area, kept so that a flush allocates nothing.
    bytes: Vec<u8>,
    /// The generation that is known to be on the disk. After a failed sync none is: the kernel
    /// may have dropped what it could not write, and still show it to those who read.
    synced: Option<u64>,
    /// The area that the next flush writes: not the one that was synced last.
    next: usize,
}

/// A checkpoint file as it was found or created.
#[derive(Debug)]
pub(crate) struct OpenedDurable {
    pub(crate) durable: Durable,
    pub(crate) presence: Presence,
    /// The newest checkpoint.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// The highest generation that the file speaks of (I5).
    pub(crate) generation: u64,
}

impl Durable {
    /// Opens the checkpoint file at `place` or creates it with the permission bits `mode`, as
    /// durable as its contents will be.
    ///
    /// # Errors
    ///
    /// See [`CreateError`]; `Corrupt` when both checkpoints are damaged, which no power cut does.
    pub(crate) fn open(
        place: &Place<'_>,
        mode: u32,
        base_generation: u64,
    ) -> Result<OpenedDurable, CreateError> {
        has_directory(place)?;
        remove_left_over(&place.target)?;
        for _ in 0..TRIES {
            if let Some(opened) = Self::existing(place)? {
                return Ok(opened);
            }
            let (unnamed, areas) = new_file(place, mode, base_generation)?;
            match unnamed.appear(&place.target) {
                Ok((presence, file)) => return Self::created(place, presence, file, areas),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(place.io("create", error)),
            }
        }
        Err(CreateError::WriterBusy { path: place.path.clone() })
    }

    /// Writes a checkpoint file to be put in the place of the one at `place`, which stays until
    /// [`Replacement::take_place`].
    ///
    /// # Errors
    ///
    /// See [`CreateError`]. A file that is no commy file is left alone.
    pub(crate) fn replacement(
        place: &Place<'_>,
        mode: u32,
        base_generation: u64,
    ) -> Result<Replacement, CreateError> {
        has_directory(place)?;
        let old = place.old()?;
        let (unnamed, areas) = new_file(place, mode, base_generation)?;
        Ok(Replacement { _old: old, unnamed, areas })
    }

    /// The file that is there, checked and locked; `None` if there is none, or no longer.
    fn existing(place: &Place<'_>) -> Result<Option<OpenedDurable>, CreateError> {
        if place.look()?.is_none() {
            return Ok(None);
        }
        let Some(file) = place.open()? else { return Ok(None) };
        let (front, areas) = inspect(&file, place.spec, &place.path)?;
        let Some(presence) = place.lock(&file)? else { return Ok(None) };
        // A copied file may have holes, which a full disk could not fill any more.
        let needed = front.header.file_len;
        sys::reserve_holes(&file, needed)
            .map_err(|e| CreateError::space(&place.path, needed, e))?;
        let newest = areas.read(&file).map_err(|e| place.io("read", e))?;
        let Newest { whole, generation, damaged } = newest;
        if whole.is_none() && damaged == AREA_COUNT {
            let what = "number of damaged checkpoints";
            let expected = "at most 1";
            return Err(OpenError::corrupt(&place.path, what, damaged as u64, expected).into());
        }
        let mut durable = Self::new(place, file, areas);
        if let Some((index, checkpoint)) = &whole {
            // An earlier writer's sync may have failed: then what is read here is what the kernel
            // still remembers, and the disk does not. So it is written once more.
            durable.next = *index;
            durable
                .flush(checkpoint.generation, &checkpoint.payload)
                .map_err(|e| place.io("flush", e))?;
        }
        // Nor is the name known to be on the disk: its sync may have failed, or its creator died
        // before that.
        sync_name(place)?;
        let checkpoint = whole.map(|(_, checkpoint)| checkpoint);
        Ok(Some(OpenedDurable { durable, presence, checkpoint, generation }))
    }

    /// The new file, whose name is made durable.
    fn created(
        place: &Place<'_>,
        presence: Presence,
        file: File,
        areas: Areas,
    ) -> Result<OpenedDurable, CreateError> {
        sync_name(place)?;
        let durable = Self::new(place, file, areas);
        Ok(OpenedDurable { durable, presence, checkpoint: None, generation: 0 })
    }

    fn new(place: &Place<'_>, file: File, areas: Areas) -> Self {
        let bytes = vec![0; areas.stride()];
        Self { file, path: place.path.clone(), areas, bytes, synced: None, next: 0 }
    }

    /// The path of the checkpoint file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a power cut leaves what is synced, as far as the file system is known.
    pub(crate) fn outlasts_power_cuts(&self) -> bool {
        sys::file_system(&self.file).is_durable()
    }

    /// Makes the image durable as `generation`, unless it is already; one write, one sync.
    ///
    /// # Errors
    ///
    /// What the system refuses. The checkpoint that was durable before is untouched, and the next
    /// call writes the whole image again.
    pub(crate) fn flush(&mut self, generation: u64, image: &[u64]) -> io::Result<()> {
        if self.synced == Some(generation) {
            return Ok(());
        }
        self.synced = None;
        self.areas.encode(generation, image, &mut self.bytes);
        let at = self.areas.offset(self.next);
        #[cfg(test)]
        tests::fault(&self.file, &self.bytes, at)?;
        sys::write_at(&self.file, &self.bytes, at)?;
        self.file.sync_data()?;
        self.synced = Some(generation);
        self.next = (self.next + 1) % AREA_COUNT;
        Ok(())
    }
}

/// A complete checkpoint file that has not got its name yet, and the locked one that has it.
#[derive(Debug)]
pub(crate) struct Replacement {
    _old: Option<Old>,
    unnamed: Unnamed,
    areas: Areas,
}

impl Replacement {
    /// Gives the file its name.
    ///
    /// # Errors
    ///
    /// What the system refuses.
    pub(crate) fn take_place(self, place: &Place<'_>) -> Result<OpenedDurable, CreateError> {
        let Self { _old, unnamed, areas } = self;
        let (presence, file) = unnamed.replace(&place.target).map_err(|e| place.io("create", e))?;
        Durable::created(place, presence, file, areas)
    }
}

/// Refuses a place in a directory that is not there.
fn has_directory(place: &Place<'_>) -> Result<(), CreateError> {
    let directory = directory(&place.target);
    match directory.is_dir() {
        true => Ok(()),
        false => Err(CreateError::NotFound { path: directory.into() }),
    }
}

/// Makes the name of the file at `place` durable.
fn sync_name(place: &Place<'_>) -> Result<(), CreateError> {
    sys::sync_directory(directory(&place.target)).map_err(|e| place.io("write", e))
}

/// A new checkpoint file for `place`, without its name.
fn new_file(
    place: &Place<'_>,
    mode: u32,
    base_generation: u64,
) -> Result<(Unnamed, Areas), CreateError> {
    let schema = schema_text(place.spec);
    let slots = AREA_COUNT as u32;
    let header = Areas::plan(place.spec, schema.len(), base_generation, now_ns())
        .ok_or(CreateError::TooLarge { size: place.spec.size, slots })?;
    let areas = Areas::check(&header, &place.path)?;
    let parts: [(u64, &[u8]); 2] =
        [(0, &header.encode(schema.as_bytes())), (header.schema, schema.as_bytes())];
    let contents = Contents { len: header.file_len, parts: &parts, mode, durable: true };
    Ok((Unnamed::write(&place.target, &contents)?, areas))
}

/// The highest generation that the checkpoint file at `path` speaks of, of whatever record; 0 for
/// a file that is none, or of another user (I5).
pub(crate) fn spoken_generation(path: &Path) -> u64 {
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    if !is_file {
        return 0;
    }
    let Ok(file) = sys::open(path, false, true) else { return 0 };
    let Ok(front) = Front::read(&file, KIND_CHECKPOINT, path) else { return 0 };
    if let (Some(owner), Some(user)) = (sys::owner(&front.metadata), sys::effective_user())
        && owner != user
    {
        return 0;
    }
    let areas = Areas::check(&front.header, path).ok();
    areas.and_then(|areas| areas.spoken(&file).ok()).unwrap_or(0)
}

#[cfg(test)]
pub(super) mod tests {
    use core::cell::Cell;

    use super::*;

    /// How the next write of a checkpoint fails, with which error number.
    #[derive(Debug, Clone, Copy)]
    pub(in super::super) enum Fault {
        /// Nothing is written.
        Write(i32),
        /// This many bytes are written, then no more.
        ShortWrite(usize, i32),
        /// Everything is written, and the disk refuses it.
        Sync(i32),
    }

    std::thread_local! {
        /// Taken by the next flush of this thread.
        pub(in super::super) static FAULT: Cell<Option<Fault>> = const { Cell::new(None) };
    }

    pub(super) fn fault(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        let error = match FAULT.take() {
            None => return Ok(()),
            Some(Fault::Write(error)) => error,
            Some(Fault::ShortWrite(len, error)) => {
                sys::write_at(file, &bytes[..len], at)?;
                error
            }
            Some(Fault::Sync(error)) => {
                sys::write_at(file, bytes, at)?;
                error
            }
        };
        Err(io::Error::from_raw_os_error(error))
    }
}
