//! A file that is open for writing.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use commy_types::InvalidReason;

use super::disbelief::RefusedCheckpoint;
use super::durable::Durable;
use super::earlier::Earlier;
use super::fault::At as _;
use super::lock::{Locks, SideLock};
use super::mapped::Mapped;
use super::names::Names;
use super::old::Old;
use super::pins::{FilePins, PinError, PinProbe};
use super::place::Place;
use super::recover::{FoundCheckpoint, Recovered, Recovery};
use super::unnamed::now_ns;
use super::whereabouts::{Whereabouts, is_cut_off};
use crate::error::{CreateError, FlushError};
use crate::format::checkpoint::{Checkpoint, HeapMark};
use crate::format::control::{State, Word};
use crate::format::{FormatError, PAGE};
use crate::mem::{Control, HeapMap, Slots, store_words};
use crate::publish::MAX_GENERATION;
use crate::publish::reclaim::ReclaimWords;
use crate::publish::{self, Proven, Steps as _};
use crate::sys::{self, FileSystem};
use crate::wake::Bell;

/// Whether the heap is on the disk before a checkpoint that leads there; else it is a control, which a
/// test has to find (`tests/scripts/controls.sh`).
const CHECKPOINT_LAST: bool = !cfg!(commy_mutation = "early_checkpoint");

/// A file that this process alone may write, for as long as this lives.
#[derive(Debug)]
pub(crate) struct OpenedWriter {
    mapped: Mapped,
    whereabouts: Whereabouts,
    /// The number by which readers tell this writer from those before it; not 0.
    voucher: u64,
    /// What has yet to get its name. Before the locks: it is taken away while they are held.
    names: Option<Box<Names>>,
    locks: Locks,
    durable: Option<Durable>,
    /// The newest checkpoint, until it was compared with the slots.
    checkpoint: Option<(PathBuf, Checkpoint)>,
    /// The generation of a checkpoint on the disk that this writer's file is believed by after a power
    /// cut; 0 for none.
    flushed: u64,
    /// Why the checkpoint that was found is not.
    refused: Option<RefusedCheckpoint>,
    /// Whether the kernel may take pages for written that the disk does not have: after a failed sync,
    /// of this writer's or of an earlier one's.
    is_suspect: bool,
    newest_generation: u64,
    /// Of a record that grows, where locks can be asked for: which generations readers hold.
    probe: Option<PinProbe>,
    /// What had no room of the heap of a record that grows.
    holes: Vec<(u64, u64)>,
    /// The writer's own pins, once there were some.
    pins: OnceLock<FilePins>,
}

/// What was found of a file when it was opened for writing.
#[derive(Debug)]
pub(super) struct Found {
    /// The newest checkpoint, and where it is.
    pub(super) checkpoint: Option<(PathBuf, Checkpoint)>,
    /// The highest generation that anything speaks of.
    pub(super) newest_generation: u64,
    /// The look at what readers pin, of a record that grows.
    pub(super) probe: Option<PinProbe>,
    /// The parts of its heap that have no room on the disk.
    pub(super) holes: Vec<(u64, u64)>,
}

/// Where an image is after a flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// In a checkpoint, on the disk.
    ToCheckpoint,
    /// In the slots alone: this writer keeps no checkpoints.
    Nowhere,
}

/// What a file that is closed before it has a name leaves to another one in its place.
#[derive(Debug)]
pub(crate) struct Yielded {
    pub(crate) place: Place,
    pub(crate) side: SideLock,
    /// The data file that is there.
    pub(crate) old: Option<Old>,
    /// The checkpoint file that is there.
    pub(crate) earlier: Option<Earlier>,
}

impl OpenedWriter {
    pub(super) fn new(
        mapped: Mapped,
        metadata: &Metadata,
        locks: Locks,
        durable: Option<Durable>,
        found: Found,
        names: Names,
    ) -> Self {
        let Found { checkpoint, newest_generation, probe, holes } = found;
        let whereabouts = Whereabouts::new(names.place.path.clone(), metadata);
        let voucher = now_ns().max(1);
        // What an earlier writer could not sync, nobody knows.
        let is_suspect = names.data.is_none();
        let names = Some(Box::new(names));
        Self {
            mapped,
            whereabouts,
            voucher,
            names,
            locks,
            durable,
            checkpoint,
            flushed: 0,
            refused: None,
            is_suspect,
            newest_generation,
            probe,
            holes,
            pins: OnceLock::new(),
        }
    }

    /// Closes a file that has turned out not to fit, and leaves its place to another one. Every lock
    /// is handed on, and new files that have no name yet go.
    ///
    /// # Errors
    ///
    /// `WriterBusy` once new files have their names; what the system refuses.
    pub(crate) fn make_room(mut self) -> Result<Yielded, CreateError> {
        let Some(names) = self.names.take() else {
            return Err(CreateError::busy(self.path()));
        };
        let Names { place, claim, data, old, checkpoints, name, earlier, copied } = *names;
        let handed = self.locks.hand_over().map_err(|e| place.io("lock", e))?;
        let (side, presence, on_checkpoints) = handed;
        let old = match (data, old) {
            (None, _) => Some(Old::new(Some(self.mapped), claim.created_ns(), presence)),
            (Some(name), None) => name.give_up().map(Old::empty),
            (Some(_), old) => old,
        };
        let earlier = match (name, earlier, copied) {
            (_, Some(earlier), _) => Some(earlier),
            // The copy goes, and what it was made of is still there.
            (Some(_), None, Some(copied)) => Some(Earlier::locked(&checkpoints, copied)),
            (Some(name), None, None) => {
                name.give_up().map(|presence| Earlier::empty(&checkpoints.target, presence))
            }
            (None, None, _) => match on_checkpoints {
                Some(presence) => Some(Earlier::locked(&checkpoints, presence)),
                // Of a writer that keeps none: those of an earlier one, if nobody has them.
                None => Earlier::of(&checkpoints, &claim).ok().flatten(),
            },
        };
        Ok(Yielded { place, side, old, earlier })
    }

    /// Gives new files their names, when nothing can be refused any more: see [`Names::give`].
    ///
    /// # Errors
    ///
    /// `WriterBusy`, `Permission`, `StorageFull`, `Io`; no name is left behind then.
    pub(crate) fn give_names(&mut self) -> Result<(), CreateError> {
        if let Some(names) = self.names.take() {
            names.give()?;
        }
        self.locks.keep_side_file();
        Ok(())
    }

    /// Makes a new file, into whose heap the blocks of another one were copied, whole: `root` is its
    /// one generation, which was published at `time` (0 for not known). The file is closed, and written
    /// to the disk. Then it gets its name.
    ///
    /// # Errors
    ///
    /// `WriterBusy` if somebody has taken the name meanwhile; what the system refuses. Nothing is
    /// left then.
    pub(crate) fn complete_copy(
        &mut self,
        (generation, time): (u64, u64),
        root: &[u64],
    ) -> Result<(), CreateError> {
        self.begin_session();
        publish::publish::<Proven>(&self.mapped.slots().at(time), generation, |words| {
            store_words(root, words);
        });
        // No writer is behind it: by that number a copy without a name is told from somebody's file.
        self.mapped.store_session(0);
        let checksum = self.clean_checksum(generation, root);
        self.mark_closed(checksum.map(|checksum| (generation, checksum)));
        let heap = self.heap().map_or(Ok(()), |heap| heap.flush());
        let written = heap
            .and_then(|()| self.mapped.slots().region().flush())
            .and_then(|()| self.locks.file().sync_all());
        written.map_err(|e| CreateError::io(self.path(), "write", e))?;
        // The side file goes, which was made for this: nobody writes the copy as yet.
        self.names.take().map_or(Ok(()), |names| names.give_for_good())
    }

    /// The slot ring.
    pub(crate) const fn slots(&self) -> &Slots {
        self.mapped.slots()
    }

    /// The heap of a record that grows: all that the file has of it is mapped.
    pub(crate) const fn heap(&self) -> Option<&Arc<HeapMap>> {
        self.mapped.heap()
    }

    /// Makes the file of a record that grows `len` bytes long, a multiple of 4096, and maps that. A
    /// length that it has already changes nothing.
    ///
    /// # Errors
    ///
    /// `StorageFull`, or `FileTooLarge` with [`SizeLimit`](sys::SizeLimit), if there is no room for
    /// it, or the process must not make a file of that length; `InvalidInput` for a length that is
    /// none, and for a record that does not grow; what else the system refuses. The file may be
    /// longer than before then, and its length as readers know it is the same.
    pub(crate) fn grow_heap(&self, len: u64) -> io::Result<()> {
        let Some(heap) = self.heap().filter(|_| len.is_multiple_of(PAGE)) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        // Whoever may write the file can make the word say anything.
        let said = self.mapped.load(Word::FileLen).min(self.locks.file().metadata()?.len());
        let old = said.max(heap.mapped().end());
        if len <= old {
            return Ok(());
        }
        sys::reserve_more(self.locks.file(), old, len)?;
        heap.reach(len)?;
        // Before the publish that needs it.
        self.mapped.store(Word::FileLen, len);
        Ok(())
    }

    /// Gets room for so many bytes of the heap from `from` on, whose pages are free: a store to a
    /// page without room ends the process on a full disk.
    ///
    /// # Errors
    ///
    /// `StorageFull`; what else the system refuses.
    pub(crate) fn fill_heap(&self, from: u64, len: u64) -> io::Result<()> {
        sys::fill_range(self.locks.file(), from, len)
    }

    /// Gives the room of so many bytes of the heap back to the file system, whose pages are free. They
    /// read as zeros then.
    ///
    /// # Errors
    ///
    /// `Unsupported` where that is not possible, and on file systems in memory: there a load from such
    /// a page takes a new one, and ends the process where there is none.
    pub(crate) fn punch_heap(&self, from: u64, len: u64) -> io::Result<()> {
        if !self.mapped.may_have_holes() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        sys::punch_range(self.locks.file(), from, len)
    }

    /// The parts of the heap that had no room on the disk when it was opened: start and end of each.
    pub(crate) fn holes(&self) -> &[(u64, u64)] {
        &self.holes
    }

    /// Whether the file is on a file system in memory, which makes room by writing zeros.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.mapped.system() == FileSystem::Memory
    }

    /// The live words.
    pub(crate) const fn control(&self) -> &Control {
        self.mapped.control()
    }

    /// The words by which this writer says what readers cannot count on any more.
    pub(crate) const fn reclaim_words(&self) -> ReclaimWords<'_> {
        self.mapped.reclaim_words()
    }

    /// Which generations readers hold; `None` where nobody can hold any, because there are no locks
    /// on bytes, and for a record that does not grow.
    pub(crate) const fn probe(&self) -> Option<&PinProbe> {
        self.probe.as_ref()
    }

    /// Pins of the writer's own, made on first use.
    ///
    /// # Errors
    ///
    /// As [`FilePins::open`].
    pub(crate) fn pins(&self) -> Result<FilePins, PinError> {
        if let Some(pins) = self.pins.get() {
            return Ok(pins.clone());
        }
        let pins = FilePins::open(self.path(), self.locks.file())?;
        // Another thread may have been quicker: its pins are as good, and all use the same.
        Ok(self.pins.get_or_init(|| pins).clone())
    }

    /// Loads a live word.
    pub(crate) fn load(&self, word: Word) -> u64 {
        self.mapped.load(word)
    }

    /// Stores a live word.
    pub(crate) fn store(&self, word: Word, value: u64) {
        self.mapped.store(word, value);
    }

    /// Where a live word is in the file.
    pub(crate) const fn place_of(&self, word: Word) -> u64 {
        self.mapped.place_of(word)
    }

    /// See [`Mapped::clean_checksum`].
    pub(crate) fn clean_checksum(&self, generation: u64, payload: &[u64]) -> Option<u64> {
        self.mapped.clean_checksum(generation, payload)
    }

    /// The words for waking sleepers.
    pub(crate) fn bell(&self) -> Bell {
        self.mapped.bell()
    }

    /// The absolute path.
    pub(crate) fn path(&self) -> &Path {
        self.whereabouts.path()
    }

    /// Returns whether readers that open the path now do not see what is published here: see
    /// [`Whereabouts::is_left`].
    pub(crate) fn is_superseded(&self) -> bool {
        self.whereabouts.is_left(self.locks.file(), &self.mapped)
    }

    /// Returns whether the file was made shorter, so that to load from it ends the process.
    pub(crate) fn is_cut_off(&self) -> bool {
        is_cut_off(self.locks.file(), &self.mapped)
    }

    /// Where the file that this one replaced stopped counting, or 0.
    #[cfg(test)]
    pub(crate) const fn base_generation(&self) -> u64 {
        self.mapped.base_generation()
    }

    /// The highest generation that the file and its checkpoints have ever spoken of (I5).
    pub(crate) const fn newest_generation(&self) -> u64 {
        self.newest_generation
    }

    /// See [`Mapped::recover`].
    ///
    /// # Errors
    ///
    /// `Corrupt` for a latest generation that no slot holds.
    pub(crate) fn recover(&mut self) -> Result<Recovery, CreateError> {
        let found = self.judge_checkpoint();
        let recovered = self.mapped.recover(found, self.newest_generation);
        let recovered = recovered.map_err(|_| {
            let latest = self.mapped.load(Word::Latest);
            let at = self.mapped.place_of(Word::Latest);
            FormatError::corrupt("latest generation", latest, "one that a slot holds", at)
        });
        let recovered = recovered.at(self.path())?;
        if self.flushed != 0 && self.flushed == recovered.generation {
            // A checkpoint names what was synced.
            self.is_suspect = false;
        }
        Ok(recovered)
    }

    /// Decides whether the checkpoint that was found is one of this file.
    fn judge_checkpoint(&mut self) -> FoundCheckpoint {
        let mut found = FoundCheckpoint::default();
        let newest = self.checkpoint.take();
        if let Some((path, checkpoint)) =
            newest.filter(|(_, checkpoint)| self.mapped.may_follow(checkpoint))
        {
            match self.mapped.expect_heap_of(&checkpoint, &path) {
                Ok(()) => {
                    self.flushed = checkpoint.generation;
                    found.believed = Some(checkpoint);
                }
                Err(refused) => {
                    self.refused = Some(refused);
                    found.exceeded = checkpoint.generation;
                }
            }
        }
        let durable = self.durable.as_mut().filter(|_| self.mapped.heap().is_some());
        if let (Some(durable), None) = (durable, &found.believed) {
            // What is in the file is not of this one, whatever its generation is.
            durable.forget();
            if self.mapped.load(Word::Durable) != 0 {
                // There are others somewhere else, which must not be believed once this writer keeps
                // blocks for those that it makes: these have to be of later generations.
                found.exceeded = MAX_GENERATION;
            }
        }
        found
    }

    /// The generation of the checkpoint by which the value outlasts a power cut; 0 for none.
    pub(crate) const fn flushed(&self) -> u64 {
        self.flushed
    }

    /// Why the checkpoint that was found is not one of this file.
    pub(crate) const fn refused_checkpoint(&self) -> Option<&RefusedCheckpoint> {
        self.refused.as_ref()
    }

    /// Whether this writer keeps checkpoints.
    pub(crate) const fn keeps_checkpoints(&self) -> bool {
        self.durable.is_some()
    }

    /// Makes checkpoints of a record that grows worth nothing, if this writer uses blocks again that
    /// they lead to: it keeps none, or does not know them. `source` is where its value is from.
    ///
    /// # Errors
    ///
    /// `Io` if the disk refuses it: the word is as it was then.
    pub(crate) fn give_up_checkpoints(&self, source: Recovered) -> Result<(), CreateError> {
        let word = self.mapped.load(Word::Durable);
        // One that has a value flushes it before anything else.
        let flushes = self.durable.is_some()
            && (self.flushed != 0 || matches!(source, Recovered::Live | Recovered::Clean));
        if self.heap().is_none() || word == 0 || flushes {
            return Ok(());
        }
        self.mapped.store(Word::Durable, 0);
        self.locks.file().sync_data().map_err(|error| {
            self.mapped.store(Word::Durable, word);
            CreateError::io(self.path(), "flush", error)
        })
    }

    /// The length of the file of a record that grows, as far as it is there.
    pub(crate) fn file_len(&self) -> u64 {
        self.mapped.load(Word::FileLen).min(self.mapped.len_mapped())
    }

    /// Whether there are checkpoints, on a file system that is known to outlast a power cut.
    pub(crate) fn is_durable(&self) -> bool {
        self.durable.as_ref().is_some_and(Durable::outlasts_power_cuts)
    }

    /// Makes the image of `generation` durable, if there are checkpoints.
    ///
    /// # Errors
    ///
    /// [`FlushError::Io`].
    pub(crate) fn flush(&mut self, generation: u64, image: &[u64]) -> Result<Flushed, FlushError> {
        // Slow anyway: a stranger may have been in the way before.
        self.locks.vouch();
        let Some(durable) = &mut self.durable else { return Ok(Flushed::Nowhere) };
        if durable.has(generation) {
            return Ok(Flushed::ToCheckpoint);
        }
        let heap = self.mapped.heap_identity();
        if heap.is_some() && CHECKPOINT_LAST {
            self.sync_heap(generation)?;
        }
        Proven::pause_point();
        let mark = heap.map(|of| HeapMark { published_ns: now_ns(), of });
        let Some(durable) = &mut self.durable else { return Ok(Flushed::Nowhere) };
        let time = publish::time_of_latest(self.mapped.slots());
        if let Err(source) = durable.flush((generation, time), image, mark.as_ref()) {
            return Err(FlushError::Io { path: durable.path().into(), source });
        }
        if heap.is_some() && !CHECKPOINT_LAST {
            self.sync_heap(generation)?;
        }
        Proven::pause_point();
        self.flushed = generation;
        if heap.is_some() {
            // It need not be on the disk: what is there says that an older one counts, too, and this one
            // is newer.
            self.mapped.store(Word::Durable, generation);
        }
        Ok(Flushed::ToCheckpoint)
    }

    /// Makes the disk have the heap, and with it all that the root of this generation leads to, before
    /// a checkpoint names that.
    ///
    /// # Errors
    ///
    /// [`FlushError::Io`]. What the kernel could not write, it takes for written: so all of it is
    /// written again by the next call.
    fn sync_heap(&mut self, generation: u64) -> Result<(), FlushError> {
        // The older one counts until the newer one is there.
        let counts = if self.flushed == 0 { generation } else { self.flushed };
        self.mapped.store(Word::Durable, counts);
        Proven::pause_point();
        self.mapped.store(Word::Synced, generation);
        Proven::pause_point();
        if self.is_suspect {
            self.mapped.dirty();
        }
        // With it the length of the file, and its control page.
        match self.locks.file().sync_data() {
            Ok(()) => {
                self.is_suspect = false;
                Ok(())
            }
            Err(source) => {
                self.is_suspect = true;
                Err(FlushError::Io { path: self.path().into(), source })
            }
        }
    }

    /// Returns whether this process is a forked child, which must not write.
    #[inline]
    pub(crate) fn in_fork(&self) -> bool {
        self.locks.in_child()
    }

    /// Marks the file as in use.
    pub(crate) fn mark_live(&self) {
        self.mapped.store_state(State::Live);
    }

    /// Takes back, before this writer has decided what it believes, what an earlier one has vouched
    /// for by its lock, and takes that lock.
    ///
    /// Here and not in the first publish, which makes no system call (I4).
    pub(crate) fn begin_session(&mut self) {
        let len = self.file_len();
        let Self { mapped, locks, .. } = self;
        if mapped.heap().is_some() && mapped.load(Word::FileLen) > len {
            // As a power cut left it; who believes the file wants to find that length.
            mapped.store(Word::FileLen, len);
        }
        mapped.begin_session(|| locks.vouch());
    }

    /// Vouches for the slots.
    pub(crate) fn store_session(&self) {
        self.mapped.store_session(self.voucher);
    }

    /// Marks the file as closed in good order; `clean` is the latest generation and the checksum
    /// of its payload.
    pub(crate) fn mark_closed(&self, clean: Option<(u64, u64)>) {
        // A writer that published nothing does not know whether the slots it found are torn: its
        // checksum would vouch for them. What an earlier close left stays.
        if let Some((generation, checksum)) = clean
            && self.mapped.is_of_this_session()
        {
            self.mapped.store(Word::CleanGeneration, generation);
            self.mapped.store(Word::CleanChecksum, checksum);
        }
        self.mapped.store_state(State::Closed);
    }

    /// The error for a stored value with a bad field.
    pub(crate) fn invalid_value(&self, field: String, reason: InvalidReason) -> CreateError {
        CreateError::Invalid { path: self.path().into(), field, reason }
    }
}
