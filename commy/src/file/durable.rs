//! The writer's side of the checkpoint file: opened with the data file, written by each flush.
//!
//! A flush writes the area that is not the newest, in one write, and syncs. Only then the areas
//! change roles, so a power cut at any time leaves the other one as it was. After a failed write or
//! sync nothing counts as durable: the same area is written again as a whole, and the other one
//! stays.
//!
//! A kernel may drop pages after a failed sync and still show them to readers. So a durable writer
//! writes the newest checkpoint once more in place, and syncs, when it opens the file. It syncs the
//! directory too: the file's creator may have been refused that, or killed before it.
//!
//! The checkpoint file has its own PRESENCE lock, so two live files cannot share one at a time.
//! That they do not share one after the other is what `claim.rs` is for.
//!
//! Dropping a durable writer flushes, unless it published nothing and found slots it does not
//! believe. Errors are then not reported.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::checkpoints::{self, Spoken, areas_of};
use super::claim::Claim;
use super::earlier::Earlier;
use super::fault::At as _;
use super::inspect::Front;
use super::lock::Presence;
use super::options::mode_of;
use super::path::directory;
use super::place::{Place, Room};
use super::unnamed::{Contents, Instead, Name, Unnamed, now_ns, remove_left_over};
use crate::error::CreateError;
use crate::format::FormatError;
use crate::format::checkpoint::{AREA_COUNT, Areas, Checkpoint, HeapMark, Newest};
use crate::format::header::KIND_CHECKPOINT;
use crate::format::schema::checkpoint_text;
use crate::sys;

/// How often a race with somebody who moves files about is run again.
const TRIES: u32 = 100;

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
    /// The name that a new file has yet to get.
    pub(crate) name: Option<Name>,
    /// The file that has that name and makes room.
    pub(crate) earlier: Option<Earlier>,
    /// The file that has that name and the same contents.
    pub(crate) copied: Option<Presence>,
}

/// What is where the checkpoints go.
enum There {
    /// Checkpoints to go on from.
    Usable(Box<OpenedDurable>),
    /// Room for a new file, or what has to make it.
    Room(Instead, Option<Earlier>),
    /// A file that is no longer there.
    Gone,
}

impl Durable {
    /// Opens the checkpoint file at `place`, or writes one with the permission bits `mode`, as
    /// durable as its contents will be; that has yet to get its name.
    ///
    /// # Errors
    ///
    /// See [`CreateError`]; `Corrupt` when both checkpoints are damaged, which no power cut does.
    pub(crate) fn open(
        place: &Place,
        mode: u32,
        base_generation: u64,
        claim: &Claim,
    ) -> Result<OpenedDurable, CreateError> {
        has_directory(place)?;
        remove_left_over(&place.target)?;
        for _ in 0..TRIES {
            match Self::existing(place, base_generation, claim)? {
                There::Usable(opened) => return Ok(*opened),
                There::Room(instead, earlier) => {
                    return Self::create(place, mode, base_generation, claim, instead, earlier);
                }
                There::Gone => {}
            }
        }
        Err(CreateError::busy(&place.path))
    }

    /// Writes a checkpoint file that has yet to get its name, which `earlier` has until then.
    ///
    /// # Errors
    ///
    /// See [`CreateError`].
    pub(crate) fn create(
        place: &Place,
        mode: u32,
        base_generation: u64,
        claim: &Claim,
        instead: Instead,
        earlier: Option<Earlier>,
    ) -> Result<OpenedDurable, CreateError> {
        has_directory(place)?;
        let (unnamed, areas) = new_file(place, mode, base_generation, claim, instead, &[])?;
        let Unnamed { name, presence, file } = unnamed;
        let durable = Self::new(place, file, areas);
        let name = Some(name);
        // What makes room has counted, too: this file goes on above it (I5).
        let generation = earlier.as_ref().map_or(0, Earlier::generation);
        let (checkpoint, copied) = (None, None);
        Ok(OpenedDurable { durable, presence, checkpoint, generation, name, earlier, copied })
    }

    /// The file that is there, checked and locked.
    fn existing(place: &Place, base_generation: u64, claim: &Claim) -> Result<There, CreateError> {
        if place.look()?.is_none() {
            return Ok(There::Room(Instead::Nothing, None));
        }
        let Some(file) = place.open()? else { return Ok(There::Gone) };
        match place.room(&file)? {
            Room::Taken => {}
            Room::Gone => return Ok(There::Gone),
            Room::Empty(presence) => {
                return Ok(There::Room(Instead::Empty(presence), None));
            }
        }
        let policy = place.options.on_mismatch;
        let front = Front::read(&file, KIND_CHECKPOINT).at(&place.path);
        let front = match front.map_err(CreateError::from) {
            Err(refused) if policy.replaces(&refused) => None,
            front => Some(front?),
        };
        let Some(presence) = place.lock(&file)? else { return Ok(There::Gone) };
        let make_room = |presence, spoken| {
            let earlier = Earlier::new(&place.target, presence, spoken);
            Ok(There::Room(Instead::Old, Some(earlier)))
        };
        let Some(front) = front else { return make_room(presence, Spoken::default()) };
        claim.expect(front.notes(), &place.path)?;
        let areas = areas_of(&front, &place.spec);
        // What a replaced data file has left, if it was not moved aside then.
        let spoken = checkpoints::spoken(&front, &file);
        let Spoken { generation, is_blank } = spoken;
        let is_useless = is_blank && matches!(&areas, Err(FormatError::Schema { .. }));
        let is_left_behind =
            base_generation > 0 && generation <= base_generation && (generation > 0 || is_useless);
        if is_left_behind {
            return make_room(presence, spoken);
        }
        let areas = match areas.at(&place.path).map_err(CreateError::from) {
            Err(refused) if policy.replaces(&refused) => {
                return make_room(presence, spoken);
            }
            areas => areas?,
        };
        // A copied file may have holes, which a full disk could not fill any more.
        let needed = front.header.file_len;
        sys::reserve_holes(&file, needed)
            .map_err(|e| CreateError::space(&place.path, needed, e))?;
        let newest = checkpoints::read(&areas, &file).map_err(|e| place.io("read", e))?;
        let Newest { whole, generation, damaged } = newest;
        if whole.is_none() && damaged == AREA_COUNT {
            let what = "number of damaged checkpoints";
            let corrupt = FormatError::corrupt(what, damaged as u64, "at most 1", areas.offset(0));
            let refused = Err::<(), _>(corrupt).at(&place.path).map_err(CreateError::from);
            return match refused {
                Err(refused) if !policy.replaces(&refused) => Err(refused),
                _ => make_room(presence, spoken),
            };
        }
        let found = OpenedDurable {
            durable: Self::new(place, file, areas),
            presence,
            checkpoint: None,
            generation,
            name: None,
            earlier: None,
            copied: None,
        };
        let found = match claim.is_remembered(front.notes()) {
            true => found,
            false => found.remembering(place, &front, claim, whole.as_ref()),
        };
        found.synced(place, whole).map(|found| There::Usable(Box::new(found)))
    }

    fn new(place: &Place, file: File, areas: Areas) -> Self {
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

    /// Returns whether `generation` is known to be on the disk.
    pub(crate) fn has(&self, generation: u64) -> bool {
        self.synced == Some(generation)
    }

    /// What is on the disk is of another file: nothing of this one is.
    pub(crate) const fn forget(&mut self) {
        self.synced = None;
    }

    /// Makes the image durable as `generation`, unless it is already; one write, one sync. `time` is when
    /// it was published, 0 for not known; `heap` is what a root leads to, which has to be on the disk by
    /// now.
    ///
    /// # Errors
    ///
    /// What the system refuses. The checkpoint that was durable before is untouched, and the next
    /// call writes the whole image again.
    pub(crate) fn flush(
        &mut self,
        (generation, time): (u64, u64),
        image: &[u64],
        heap: Option<&HeapMark>,
    ) -> io::Result<()> {
        if self.has(generation) {
            return Ok(());
        }
        // Before the write: after a failure nothing is known of what the disk has.
        self.synced = None;
        self.areas.encode((generation, time), image, heap, &mut self.bytes);
        // Never the area that is known to be whole: a power cut leaves that one.
        let at = self.areas.offset(self.next);
        #[cfg(test)]
        tests::fault(&self.file, &self.bytes, at)?;
        sys::write_at(&self.file, &self.bytes, at)?;
        self.file.sync_data()?;
        // Only now do they change roles; after an error the next call writes the same area.
        self.synced = Some(generation);
        self.next = (self.next + 1) % AREA_COUNT;
        Ok(())
    }
}

impl OpenedDurable {
    /// The same checkpoints in a new file that says whose they are; this file if there is no room
    /// for it.
    fn remembering(
        self,
        place: &Place,
        front: &Front,
        claim: &Claim,
        whole: Option<&(usize, Checkpoint)>,
    ) -> Self {
        let copy = || {
            let bytes = checkpoints::read_bytes(&self.durable.areas, &self.durable.file).ok()?;
            let (mode, base) = (mode_of(&front.metadata), front.header.base_generation);
            new_file(place, mode, base, claim, Instead::Old, &bytes).ok()
        };
        let Some((unnamed, areas)) = copy() else { return self };
        let Unnamed { name, presence, file } = unnamed;
        let mut durable = Durable::new(place, file, areas);
        if let Some((index, checkpoint)) = whole {
            durable.next = (index + 1) % AREA_COUNT;
            durable.synced = Some(checkpoint.generation);
        }
        let copied = Some(self.presence);
        Self { durable, presence, name: Some(name), copied, ..self }
    }

    /// The same with its newest checkpoint and its name on the disk.
    fn synced(
        mut self,
        place: &Place,
        whole: Option<(usize, Checkpoint)>,
    ) -> Result<Self, CreateError> {
        if self.name.is_none() {
            if let Some((index, checkpoint)) = &whole {
                // An earlier writer's sync may have failed: then what is read here is what the
                // kernel still remembers, and the disk does not. So it is written once more.
                self.durable.next = *index;
                let Checkpoint { generation, payload, time, heap } = checkpoint;
                let flushed = self.durable.flush((*generation, *time), payload, heap.as_ref());
                flushed.map_err(|e| place.io("flush", e))?;
            }
            // Nor is the name known to be on the disk: its sync may have failed, or its creator
            // died before that.
            sys::sync_directory(directory(&place.target)).map_err(|e| place.io("write", e))?;
        }
        self.checkpoint = whole.map(|(_, checkpoint)| checkpoint);
        Ok(self)
    }
}

/// Refuses a place in a directory that is not there.
fn has_directory(place: &Place) -> Result<(), CreateError> {
    let directory = directory(&place.target);
    match directory.is_dir() {
        true => Ok(()),
        false => {
            Err(CreateError::NotFound { path: place.path.clone(), directory: directory.into() })
        }
    }
}

/// A new checkpoint file for `place`, without its name, with these areas or blank ones.
fn new_file(
    place: &Place,
    mode: u32,
    base_generation: u64,
    claim: &Claim,
    instead: Instead,
    bytes: &[Vec<u8>],
) -> Result<(Unnamed, Areas), CreateError> {
    let schema = checkpoint_text(&place.spec, &claim.owner());
    let slots = AREA_COUNT as u32;
    let header = Areas::plan(&place.spec, schema.len(), base_generation, now_ns())
        .ok_or(CreateError::TooLarge { size: place.spec.size, slots })?;
    let areas = Areas::check(&header).at(&place.path)?;
    let front = header.encode(&schema);
    let mut parts: Vec<(u64, &[u8])> = vec![(0, &front), (header.schema, &schema)];
    parts.extend(bytes.iter().enumerate().map(|(at, area)| (areas.offset(at), area.as_slice())));
    let contents = Contents { len: header.file_len, parts: &parts, mode, durable: true };
    Ok((Unnamed::write(&place.target, &contents, instead)?, areas))
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
