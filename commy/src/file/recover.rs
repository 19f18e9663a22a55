//! Which value a file offers to whoever opens it: what the slots hold now, what an orderly close
//! left, or the newest checkpoint.
//!
//! In this order: the slots, if a writer has vouched for them; the newer of clean record and
//! checkpoint; nothing, which is `Lost` if any generation is spoken of and `Fresh` if none is. The
//! clean record and its slots are never synced: they are whole, but possibly older than the last
//! flush.
//!
//! A value from a clean record, or one that is believed already, is vouched for before the first
//! publish. That publish makes the clean record worth nothing. So is a file to which nothing was
//! published yet. A writer that is killed in its first publish then leaves what `latest` names.
//! Only where there is something not to be believed does the publish come first.
//!
//! A value from a checkpoint is published at once, as of the time that it was published first. Its generation is 1 + the highest that latest,
//! slots, clean record, base or either checkpoint speaks of, damaged ones included (I5). A
//! checkpoint that is not above the file's base generation belongs to a file that was replaced, and
//! does not count.
//!
//! A reader that opened earlier shows the checkpoint from a private copy that was made at open. So
//! reads stay free of system calls and allocation. It is loaded only when nobody vouches, and shown
//! until somebody does.

use std::fs;
use std::path::Path;

use super::checkpoints;
use super::fault::Fault;
use super::inspect::{Front, check_regular};
use super::mapped::Mapped;
use crate::format::RecordSpec;
use crate::format::checkpoint::{Checkpoint, Newest};
use crate::format::control::Word;
use crate::mem::load_words;
use crate::publish::{self, MAX_GENERATION, Proven, ReadFault, Slot, SlotMemory, Stamp};
use crate::sync::{AtomicU64, Ordering};
use crate::sys;

/// How often a checkpoint file is read again that is being written.
const TRIES: u32 = 8;

/// Where a writer has its first value from.
///
/// Pages of a file reach the disk one by one and in any order. So after a power cut, and in a copy
/// that was made while a writer published, the slots may hold a mix of values; they are believed
/// only by who can prove that they are whole.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{Recovered, create_writer};
///
/// #[create_writer(filename = "meter.bin")]
/// struct Meter {
///     litres: u64,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("meter.bin");
/// let mut meter = MeterWriter::options().path(&path).durable(true).create()?;
/// assert_eq!(meter.file().recovered(), Recovered::Fresh);
/// meter.set_litres(7);
/// meter.flush()?;
/// drop(meter);
///
/// // The file is lost, as one on tmpfs is when the machine restarts; its checkpoints are not.
/// std::fs::remove_file(&path)?;
/// let meter = MeterWriter::options().path(&path).durable(true).create()?;
/// assert_eq!(meter.file().recovered(), Recovered::Checkpoint);
/// assert_eq!(meter.get().litres, 7);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovered {
    /// Nothing was ever published: the value is all zero.
    Fresh,
    /// The last published value: the file was written under this kernel, and is not a copy.
    Live,
    /// The last published value: the last writer ended in good order before the machine was
    /// restarted or the file copied.
    Clean,
    /// The value of the last flush: the machine was restarted, or the file copied or removed, and
    /// what was published after that flush is lost.
    Checkpoint,
    /// Values were published and none of them can be proven to be whole: the value is all zero.
    /// [`durable`](crate::WriterOptions::durable) and [`flush`](crate::Writer::flush) prevent
    /// this.
    ///
    /// A process that sees another boot id than the last writer did says so, too, because it cannot
    /// know that no restart lies between: in a container of systemd-nspawn or LXC, or where `/proc`
    /// is not mounted. On tmpfs no boot id is needed.
    Lost,
}

/// What a writer starts with.
#[derive(Debug)]
pub(crate) struct Recovery {
    pub(crate) source: Recovered,
    /// A private copy of the payload; `None` for the all-zero value.
    pub(crate) payload: Option<Vec<u64>>,
    /// The generation that it was; 0 for the all-zero value.
    pub(crate) generation: u64,
    /// When that was published, in nanoseconds since 1970; 0 for not known.
    pub(crate) time: u64,
    /// Whether readers cannot see that value in the slots, so that it is to be published.
    pub(crate) is_hidden: bool,
}

/// The checkpoint that was found.
#[derive(Debug, Default)]
pub(crate) struct FoundCheckpoint {
    /// If it is one of this file.
    pub(crate) believed: Option<Checkpoint>,
    /// The generation that is to be exceeded by what is flushed next: that of a whole checkpoint which
    /// is not of this file; 0 for none.
    pub(crate) exceeded: u64,
}

/// A checkpoint in the form in which readers copy from slots: a ring of one that nobody writes.
#[derive(Debug)]
pub(crate) struct Kept {
    latest: AtomicU64,
    sequence: AtomicU64,
    words: Box<[AtomicU64]>,
    time: AtomicU64,
}

impl Kept {
    fn new(checkpoint: Checkpoint) -> Self {
        let Checkpoint { generation, payload, time, heap: _ } = checkpoint;
        let words = payload.into_iter().map(AtomicU64::new).collect();
        let (latest, sequence) = (AtomicU64::new(generation), AtomicU64::new(2 * generation));
        Self { latest, sequence, words, time: AtomicU64::new(time) }
    }

    /// The generation of the checkpoint.
    pub(crate) fn generation(&self) -> u64 {
        self.latest.load(Ordering::Relaxed)
    }
}

impl SlotMemory for Kept {
    fn latest(&self) -> &AtomicU64 {
        &self.latest
    }

    fn slot_of(&self, _: u64) -> Slot<'_> {
        Slot { sequence: &self.sequence, payload: &self.words }
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        None
    }

    fn stamp_of<'m>(&'m self, slot: Slot<'m>) -> Option<Stamp<'m>> {
        let is_this = core::ptr::eq(slot.sequence, &raw const self.sequence);
        is_this.then_some(Stamp { time: &self.time, generation: &self.latest })
    }
}

impl Mapped {
    /// What a writer starts with; `newest` is the highest generation that any file speaks of.
    ///
    /// # Errors
    ///
    /// When the latest generation of slots that can be believed is in none of them.
    pub(crate) fn recover(
        &self,
        found: FoundCheckpoint,
        newest: u64,
    ) -> Result<Recovery, ReadFault> {
        let FoundCheckpoint { believed: checkpoint, exceeded } = found;
        let slots = self.slots();
        let flushed = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.generation);
        // First the slots: under the kernel that wrote them nothing is newer.
        if slots.latest().load(Ordering::Relaxed) != 0 && self.is_of_this_session() {
            let mut payload = vec![0; slots.payload_words()];
            let copy = |words: &[AtomicU64]| load_words(words, &mut payload);
            let (latest, (), time) =
                publish::read_stamped::<Proven, _>(slots, MAX_GENERATION, copy)?;
            // A flush is behind its publish, unless it is of another file than this one, which
            // was here before: what is flushed next has to be above it.
            let is_hidden = flushed > latest || exceeded >= latest;
            let (source, payload, generation) = (Recovered::Live, Some(payload), latest);
            return Ok(Recovery { source, payload, generation, time, is_hidden });
        }
        // Neither is synced with the other, so the newer of two whole values counts.
        match (self.clean(), checkpoint) {
            (Some((generation, payload)), _) if generation >= flushed => {
                let source = Recovered::Clean;
                let is_hidden = exceeded >= generation;
                // Nobody else writes it: the time is of that generation still.
                let time = publish::time_of_latest(slots);
                Ok(Recovery { source, payload: Some(payload), generation, time, is_hidden })
            }
            // Hidden: readers that believe the file's slots would not see it there.
            (_, Some(Checkpoint { payload, generation, time, heap: _ })) => {
                let source = Recovered::Checkpoint;
                Ok(Recovery { source, payload: Some(payload), generation, time, is_hidden: true })
            }
            (_, None) => {
                // To say "fresh" of a file that had a value would hide the loss.
                let was_published = newest > self.base_generation();
                let source = if was_published { Recovered::Lost } else { Recovered::Fresh };
                Ok(Recovery { source, payload: None, generation: 0, time: 0, is_hidden: false })
            }
        }
    }

    /// The checkpoint that a reader shows that does not believe the slots, until a writer vouches
    /// for them.
    pub(crate) fn keep(&self, load: impl FnOnce() -> Option<Checkpoint>) -> Option<Kept> {
        let checkpoint = load().filter(|checkpoint| self.may_follow(checkpoint))?;
        // After a power cut the slots and the clean record may be of an earlier time than the
        // checkpoint, each of them whole.
        let clean = self.clean_generation().unwrap_or(0);
        (checkpoint.generation > clean).then(|| Kept::new(checkpoint))
    }

    /// The generation that an orderly close left, if it is there and whole.
    pub(crate) fn clean_generation(&self) -> Option<u64> {
        self.clean().map(|(generation, _)| generation)
    }

    /// The value that an orderly close left, if it is there and whole.
    fn clean(&self) -> Option<(u64, Vec<u64>)> {
        let clean = self.load(Word::CleanGeneration);
        if clean == 0 {
            return None;
        }
        let slots = self.slots();
        let mut payload = vec![0; slots.payload_words()];
        let copied = publish::read::<Proven>(slots, |words| load_words(words, &mut payload));
        // A writer that went on after the close and died leaves a newer latest generation: what it
        // wrote may be torn, and to show the older value would turn time back.
        let is_whole = copied == Ok(clean)
            && self.clean_checksum(clean, &payload) == Some(self.load(Word::CleanChecksum));
        is_whole.then_some((clean, payload))
    }

    /// A file that took the place of another one begins above everything that was flushed there.
    pub(super) const fn may_follow(&self, checkpoint: &Checkpoint) -> bool {
        checkpoint.generation > self.base_generation()
    }
}

/// The newest checkpoint in the file at `path`; `None` for a file that is not there, not fit, or
/// not admitted by `admits`.
pub(crate) fn load_checkpoint(
    path: &Path,
    spec: &RecordSpec,
    admits: impl FnOnce(&Front) -> bool,
) -> Option<Checkpoint> {
    let load = || {
        // Opening a device may do something; so look first, and once more when it is open.
        check_regular(fs::metadata(path).map_err(Fault::io("look at"))?.file_type())?;
        let file =
            sys::open(path, sys::Rights::Read, sys::Links::Follow).map_err(Fault::io("open"))?;
        let (front, areas) = checkpoints::inspect(&file, spec)?;
        if !admits(&front) {
            return Ok(None);
        }
        for _ in 0..TRIES {
            let newest = checkpoints::read(&areas, &file).map_err(Fault::io("read"))?;
            match newest {
                Newest { whole: Some((_, checkpoint)), .. } => return Ok(Some(checkpoint)),
                // Both were being written when they were read: a writer is at work.
                Newest { damaged: 1.., .. } => {}
                Newest { .. } => break,
            }
        }
        Ok::<_, Fault>(None)
    };
    load().ok().flatten()
}
