//! Opens a file for reading.
//!
//! The wait page is mapped by the first wait, through a descriptor of its own: a reader that never
//! waits never opens anything for writing. The path is opened again, so identity is compared;
//! another file's words would be watched by nobody.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::claim::Claim;
use super::fault::{At as _, Fault};
use super::holder::writer_pid;
use super::inspect::{Front, Inspected, check_regular};
use super::lock::{WriterState, is_vouched_for, writer_state};
use super::mapped::Mapped;
use super::path::{absolute, checkpoints_beside};
use super::pins::{FilePins, PinError};
use super::recover::{Kept, load_checkpoint};
use super::whereabouts::{Whereabouts, is_cut_off};
use crate::error::{OpenError, ReadError};
use crate::format::layout::Layout;
use crate::format::{RecordSpec, State};
use crate::mem::{Access, HeapMap, SharedWord, Slots};
use crate::publish::Belief;
use crate::publish::reclaim::ReclaimWords;
use crate::sync::{AtomicU64, Ordering};
use crate::sys::{self, FileSystem};
use crate::wake::WaitWords;

/// What a reader asks of a file besides its schema.
#[derive(Debug, Clone)]
pub(crate) struct ReadOptions {
    /// The user who must own the file.
    pub(crate) owner: Option<u32>,
    /// Permission bits that must not be set, such as `0o022`.
    pub(crate) refused_mode: u32,
    /// Where the checkpoints are; beside the file if not asked otherwise.
    pub(crate) checkpoint_path: Option<PathBuf>,
    /// Never ask for the right to write, not even to register as a sleeper.
    pub(crate) polling: bool,
    /// Whether every page is touched before the first read.
    pub(crate) prefault: bool,
    /// Whether generations of a record that grows can be pinned: that takes two descriptors more.
    pub(crate) pins: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            owner: None,
            refused_mode: 0,
            checkpoint_path: None,
            polling: false,
            prefault: false,
            pins: true,
        }
    }
}

/// A file that is open for reading.
#[derive(Debug)]
pub(crate) struct OpenedReader {
    mapped: Mapped,
    file: File,
    whereabouts: Whereabouts,
    options: ReadOptions,
    /// The voucher for which there was no lock, so that a read makes no system call while nothing
    /// has changed; 0 at first, which stands for no voucher.
    refused: AtomicU64,
    /// What to show until a writer publishes.
    kept: Option<Kept>,
    wait_words: WaitWords,
    /// Of a record that grows, for which they were asked for. What was refused at open is kept: most
    /// reads do without.
    pins: Option<Result<FilePins, PinError>>,
}

/// Opens the file at `path`, which must hold the record that `spec` describes.
///
/// Never blocks, whatever is at the path, and never maps what the file does not have.
///
/// # Errors
///
/// See [`OpenError`].
pub(crate) fn open_reader(
    path: &Path,
    spec: &RecordSpec,
    options: ReadOptions,
) -> Result<OpenedReader, OpenError> {
    let found = Found::at(path, &options)?;
    found.front.expect(spec).at(&found.path)?;
    found.open(spec, options)
}

/// Opens the file at `path`, whatever record it holds, and tells which one that is.
///
/// # Errors
///
/// See [`OpenError`]; no `SchemaMismatch`.
pub(crate) fn open_any_reader(
    path: &Path,
    options: ReadOptions,
) -> Result<(OpenedReader, RecordSpec), OpenError> {
    let found = Found::at(path, &options)?;
    let spec = found.front.spec();
    Ok((found.open(&spec, options)?, spec))
}

/// A file that may be read, as far as its front tells.
struct Found {
    /// From the root.
    path: PathBuf,
    file: File,
    layout: Layout,
    front: Front,
}

impl Found {
    fn at(path: &Path, options: &ReadOptions) -> Result<Self, OpenError> {
        let path = absolute(path);
        // Opening a device may do something; so look first, and once more when it is open.
        let metadata = fs::metadata(&path).map_err(Fault::io("look at")).at(&path)?;
        check_regular(metadata.file_type()).at(&path)?;
        let file = sys::open(&path, sys::Rights::Read, sys::Links::Follow);
        let file = file.map_err(Fault::io("open")).at(&path)?;
        let Inspected { layout, front } = Inspected::of(&file).at(&path)?;
        options.check(&front.metadata).at(&path)?;
        Ok(Self { path, file, layout, front })
    }

    /// Maps it; it holds the record that `spec` describes.
    fn open(self, spec: &RecordSpec, options: ReadOptions) -> Result<OpenedReader, OpenError> {
        let Self { path, file, layout, front } = self;
        let mapped = Mapped::new(&file, &front.metadata, layout, Access::ReadOnly, u64::MAX);
        let mapped = mapped.at(&path)?;
        let has_pins = options.pins && mapped.heap().is_some();
        let pins = has_pins.then(|| FilePins::open(&path, &file));
        let wait_words = mapped.wait_words();
        let whereabouts = Whereabouts::new(path, &front.metadata);
        let (refused, kept) = (AtomicU64::new(0), None);
        let mut opened =
            OpenedReader { mapped, file, whereabouts, options, refused, kept, wait_words, pins };
        // Not while a writer vouches for something newer.
        // What a checkpoint of a record that grows leads to, only a writer can hold.
        if opened.heap().is_none() && opened.vouched().is_err() {
            opened.kept = opened.load_kept(spec, &front);
        }
        Ok(opened)
    }
}

impl ReadOptions {
    /// Where the checkpoints of the file at `path` are: beside the file that links lead to.
    fn checkpoint_path(&self, path: &Path) -> PathBuf {
        match &self.checkpoint_path {
            Some(path) => absolute(path),
            None => checkpoints_beside(&fs::canonicalize(path).unwrap_or_else(|_| path.into())),
        }
    }

    fn check(&self, metadata: &Metadata) -> Result<(), Fault> {
        let owner = sys::owner(metadata);
        if let (Some(expected), Some(found)) = (self.owner, owner)
            && found != expected
        {
            return Err(Fault::NotOwner { found, expected });
        }
        let found = sys::mode(metadata).unwrap_or(0);
        let refused = found & self.refused_mode;
        if refused != 0 {
            return Err(Fault::Mode { found, refused });
        }
        Ok(())
    }
}

impl OpenedReader {
    /// The slot ring.
    pub(crate) const fn slots(&self) -> &Slots {
        self.mapped.slots()
    }

    /// The heap of a record that grows.
    #[inline]
    pub(crate) const fn heap(&self) -> Option<&Arc<HeapMap>> {
        self.mapped.heap()
    }

    /// The words by which the writer says what readers cannot count on any more.
    #[inline]
    pub(crate) const fn reclaim_words(&self) -> ReclaimWords<'_> {
        self.mapped.reclaim_words()
    }

    /// The locks by which this reader, its clones and its views pin generations.
    ///
    /// # Errors
    ///
    /// What was refused when the file was opened; `Unasked`.
    pub(crate) fn pins(&self) -> Result<&FilePins, PinError> {
        match &self.pins {
            Some(Ok(pins)) => Ok(pins),
            Some(Err(refused)) => Err(refused.clone()),
            None => Err(PinError::Unasked { path: self.path().into() }),
        }
    }

    /// The checkpoint to show for as long as nobody vouches for the slots, if there is one that is
    /// newer than what an orderly close has left in them.
    fn load_kept(&self, spec: &RecordSpec, front: &Front) -> Option<Kept> {
        self.mapped.keep(|| {
            let path = self.path();
            let at = self.options.checkpoint_path(path);
            let target = fs::canonicalize(path).unwrap_or_else(|_| path.into());
            let claim = Claim::new(&target, front.header.created_ns, &at);
            // The writer's own: anybody may be able to put a file there.
            load_checkpoint(&at, spec, |found| {
                let owner = sys::owner(&front.metadata);
                sys::owner(&found.metadata) == owner
                    && self.options.check(&found.metadata).is_ok()
                    && claim.is_good(found.notes())
            })
        })
    }

    /// Returns whether the slots hold the value to show, and will: a writer vouches for them, or
    /// they were left by an orderly close and nothing newer was flushed.
    pub(crate) fn believes_slots(&self) -> bool {
        self.vouched().is_ok() || self.kept.is_none() && self.is_clean()
    }

    /// Returns whether the slots are as an orderly close has left them.
    pub(crate) fn is_clean(&self) -> bool {
        self.mapped.clean_generation().is_some()
    }

    /// The checkpoint to show for as long as nobody vouches for the slots.
    pub(crate) const fn kept(&self) -> Option<&Kept> {
        self.kept.as_ref()
    }

    /// Asks again whether the slots can be believed, for a reader that could not when it opened.
    ///
    /// # Errors
    ///
    /// [`ReadError::Empty`] before the first publish, [`ReadError::NeedsWriter`] for slots of
    /// another boot or another file.
    pub(crate) fn vouched(&self) -> Result<(), ReadError> {
        // First: the writer of a new file vouches, and then publishes.
        let has_latest = self.mapped.has_latest();
        match self.mapped.belief() {
            Belief::Vouched => Ok(()),
            Belief::Unproven if self.is_vouched_by_lock() => Ok(()),
            Belief::Unproven | Belief::Another if has_latest => Err(ReadError::NeedsWriter),
            Belief::Unproven | Belief::Another | Belief::Never => Err(ReadError::Empty),
        }
    }

    /// Asks for the lock of whoever has vouched; after a no, not again for the same writer.
    fn is_vouched_by_lock(&self) -> bool {
        let voucher = self.mapped.vouching().voucher;
        if self.refused.load(Ordering::Relaxed) == voucher {
            return false;
        }
        let is_vouched = self.mapped.is_vouched_by_lock(|| is_vouched_for(&self.file));
        if !is_vouched {
            self.refused.store(voucher, Ordering::Relaxed);
        }
        is_vouched
    }

    /// Makes the next look ask for the lock whatever was asked before: a writer may have got it late.
    pub(crate) fn ask_again(&self) {
        self.refused.store(0, Ordering::Relaxed);
    }

    /// Whether this process knows under which kernel it runs.
    pub(crate) const fn knows_kernel(&self) -> bool {
        self.mapped.knows_kernel()
    }

    /// The state, if it is one that writers store.
    pub(crate) fn state(&self) -> Option<State> {
        self.mapped.state()
    }

    /// The words for waiting. A reader that never asks for them opens nothing for writing.
    pub(crate) fn wait_words(&self) -> &WaitWords {
        self.wait_words.with_sleepers(|| if self.options.polling { None } else { self.sleepers() })
    }

    /// Makes sleepers of this process, and of others, look again.
    pub(crate) fn nudge(&self) {
        self.wait_words.nudge();
    }

    /// The word of the wait page, to be written; `None` if this process must not.
    fn sleepers(&self) -> Option<SharedWord<AtomicU64>> {
        // To open a file of a lower layer for writing copies it, and takes it from those who write
        // it there.
        if self.mapped.system() == FileSystem::Layered {
            return None;
        }
        // The path may lead elsewhere by now: to something that must not be opened, or to
        // another file, in whose words nobody would see this reader.
        if !fs::metadata(self.path()).ok()?.is_file() {
            return None;
        }
        let file = sys::open(self.path(), sys::Rights::ReadWrite, sys::Links::Follow).ok()?;
        let identity = |file: &File| file.metadata().ok().map(|m| sys::identity(&m));
        if identity(&file)? != identity(&self.file)? {
            return None;
        }
        self.mapped.map_sleepers(&file)
    }

    /// See [`Whereabouts::is_left`].
    pub(crate) fn is_superseded(&self) -> bool {
        self.whereabouts.is_left(&self.file, &self.mapped)
    }

    /// Returns whether the file is shorter than it was when it was mapped: a load may end the process.
    pub(crate) fn is_cut_off(&self) -> bool {
        is_cut_off(&self.file, &self.mapped)
    }

    /// Returns whether `other` is open on the same file; both are, so their numbers are of use.
    pub(crate) fn is_same_file(&self, other: &Self) -> bool {
        let identity = |file: &File| file.metadata().ok().map(|m| sys::identity(&m));
        identity(&self.file) == identity(&other.file)
            && self.whereabouts.is_born_with(&other.whereabouts)
    }

    /// Returns whether the last writer has closed the file in good order, and no other one has
    /// opened it since.
    pub(crate) fn is_closed(&self) -> bool {
        self.state() == Some(State::Closed)
    }

    /// Tells whether the file has a writer.
    pub(crate) fn writer_state(&self) -> WriterState {
        writer_state(&self.file)
    }

    /// The file itself.
    #[cfg(feature = "dynamic")]
    pub(super) const fn file(&self) -> &File {
        &self.file
    }

    /// The process that is the file's writer, if the system tells and the file is still at its path.
    pub(crate) fn writer_pid(&self) -> Option<u32> {
        if self.is_superseded() { None } else { writer_pid(&self.file, self.path()) }
    }

    /// The absolute path.
    pub(crate) fn path(&self) -> &Path {
        self.whereabouts.path()
    }

    /// What was asked for.
    pub(crate) const fn options(&self) -> &ReadOptions {
        &self.options
    }
}
