//! The writing end of a file: it makes an image the next generation.

use core::ops::Range;
use std::path::Path;

use commy_types::{InvalidReason, Touched};

use crate::error::{CreateError, FlushError, OpenError};
use crate::file::{self, FileOptions, Flushed, OpenedWriter, Recovered, Recovery};
use crate::format::RecordSpec;
use crate::mem::{Extent, Part, Slots, load_words, store_around, store_range, store_words};
use crate::publish::{self, MAX_GENERATION, Proven, SlotMemory as _, Stale, Steady};
use crate::sync::{AtomicU64, Ordering};
use crate::wake::Bell;

/// A value on its way to the slots, in the form that they have.
pub(crate) trait Source {
    /// Takes over the words of a slot or a checkpoint of `file`, which were copied from there and are of
    /// this generation. Nothing may be stored there: who is refused leaves the file as it was.
    ///
    /// # Errors
    ///
    /// Why they are no value.
    fn restore(
        &mut self,
        file: &OpenedWriter,
        generation: u64,
        words: &[u64],
    ) -> Result<(), Refused>;

    /// The words of the value.
    fn image(&self) -> &[u64];
}

/// Why words are no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The bytes of this field are no value of its type.
    Invalid(String, InvalidReason),
    /// What the words lead to, in a file that grows, is not what a writer stores.
    Corrupt {
        /// What is wrong.
        what: &'static str,
        found: u64,
        expected: Box<str>,
        /// Where it is in the file, in bytes.
        offset: u64,
    },
}

/// A file that is open for writing, and what was published to it.
#[derive(Debug)]
pub(crate) struct WriterCore {
    slots: Slots,
    /// Not used for a record that is [copied whole](publish::is_copied_whole).
    stale: Stale,
    /// `None` for a record that is too small to need the steady slot.
    steady: Option<Steady>,
    /// # Invariants
    ///
    /// 1. At least as high as every generation the file has ever spoken of (I5).
    generation: u64,
    /// Up to which generation a publish asks for nothing else: 0 where times are kept, so that others do
    /// not have to look whether they are.
    plain_up_to: u64,
    /// What it was before the first publish of this writer.
    counts_from: u64,
    /// Whether the session word is already that of this boot and file.
    session_stored: bool,
    recovered: Recovered,
    /// Whether the file was marked as in use; before that, a failure leaves it as it was.
    is_live: bool,
    /// Whether a close says nothing of the heap.
    quick_close: bool,
    bell: Bell,
    file: OpenedWriter,
}

impl WriterCore {
    /// Creates the file at `path`, or opens the one that is there, and takes its value into `source`.
    ///
    /// # Errors
    ///
    /// As [`file::open_writer`], and `Invalid` for a value that `source` refuses.
    pub(crate) fn open(
        path: &Path,
        spec: &RecordSpec,
        options: &FileOptions,
        source: &mut dyn Source,
    ) -> Result<Self, CreateError> {
        let mut file = file::open_writer(path, spec, options)?;
        let found = match Self::restore(&mut file, source) {
            // Under the same locks: nobody gets in between.
            Err(refused) if options.replaces_value(&refused) => {
                file = file::replace(file)?;
                Self::restore(&mut file, source)?
            }
            found => found?,
        };
        Self::start(file, options, &found, source)
    }

    /// Takes the value in `file` into `source`, and tells where it is from. Nothing is stored: who is
    /// refused leaves the file as it was.
    fn restore(file: &mut OpenedWriter, source: &mut dyn Source) -> Result<Recovery, CreateError> {
        let found = file.recover()?;
        if let Some(stored) = &found.payload {
            source.restore(file, found.generation, stored).map_err(|refused| match refused {
                Refused::Invalid(field, reason) => file.invalid_value(field, reason),
                Refused::Corrupt { what, found, expected, offset } => {
                    let path = file.path().into();
                    let corrupt = OpenError::Corrupt { path, what, found, expected, offset };
                    CreateError::Unusable(corrupt)
                }
            })?;
        }
        Ok(found)
    }

    /// Brings a writer to life on `file`, which it has locked and which is whole.
    fn start(
        file: OpenedWriter,
        options: &FileOptions,
        found: &Recovery,
        source: &dyn Source,
    ) -> Result<Self, CreateError> {
        let mut core = Self::on(file);
        // Before anything is stored: what the system cannot give is refused while nothing has changed.
        if options.prefault {
            core.slots.region().prefault();
            if let Some(heap) = core.file.heap() {
                heap.prefault();
            }
        }
        core.recovered = found.source;
        core.quick_close = options.quick_close;
        // Names come last of what can fail, so that nobody finds a file that its writer gave up.
        core.file.give_names()?;
        // Before a block is used again that such a checkpoint leads to.
        core.file.give_up_checkpoints(found.source)?;
        // Waiting readers learn how this writer rings before there is anything to ring for.
        core.bell.set_rings(true);
        // What an earlier boot left in the steady slot may be torn. Readers come there only through
        // a publish of this writer, so that they see this store before.
        publish::clear_steady::<Proven>(&core.slots);
        // What an earlier writer has vouched for by its lock is taken back before this one takes the
        // lock: else a reader would take the lock as a word for slots that nobody has looked at. Here
        // and not in the first publish, which makes no system call (I4).
        core.file.begin_session();
        // What was found is whole, or there is nothing that could be torn. That has to be said before
        // the first publish, which makes the clean record worth nothing: a writer that is killed
        // right after it leaves a value that is believed. In all other cases the publish comes first.
        let is_whole = matches!(found.source, Recovered::Live | Recovered::Clean);
        if is_whole || core.slots.latest().load(Ordering::Relaxed) == 0 {
            core.vouch();
        }
        // From here on the file is closed in good order: what a close says would not be true before.
        core.is_live = true;
        core.file.mark_live();
        // A value from a checkpoint is in no slot yet. This is a publish like all others, and so it
        // comes when the writer is complete.
        if found.is_hidden {
            // It was published when it was: to open a file makes no value newer.
            core.slots = core.slots.at(found.time);
            core.commit(source.image(), Extent::Ranges(&Touched::new()));
            core.slots = core.file.slots().clone();
        }
        Ok(core)
    }

    fn on(file: OpenedWriter) -> Self {
        let slots = file.slots().clone();
        let (slot_count, size) = (slots.count(), slots.payload_words() * 8);
        let counts_from = publish::counts_from::<Proven>(&slots, file.newest_generation());
        Self {
            stale: Stale::all(slot_count, size),
            steady: Steady::new(size),
            generation: counts_from,
            plain_up_to: if slots.keeps_times() { 0 } else { MAX_GENERATION },
            counts_from,
            session_stored: false,
            recovered: Recovered::Fresh,
            is_live: false,
            quick_close: false,
            bell: file.bell(),
            slots,
            file,
        }
    }

    /// The file.
    pub(crate) const fn file(&self) -> &OpenedWriter {
        &self.file
    }

    /// The slots.
    pub(crate) const fn slots(&self) -> &Slots {
        &self.slots
    }

    /// The count of publishes that the file has seen.
    #[inline]
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    /// Where the first value came from.
    pub(crate) const fn recovered(&self) -> Recovered {
        self.recovered
    }

    /// Sets whether publishes wake sleepers.
    pub(crate) fn set_notifies(&mut self, notifies: bool) {
        self.bell.set_rings(notifies);
    }

    /// Makes `image` the next generation; `extent` is what differs from the one before.
    ///
    /// In line, since the caller mostly knows the extent, and how long the image is: else a small copy is a
    /// loop, and each setter of a small record takes twice its instructions.
    #[inline(always)]
    pub(crate) fn commit(&mut self, image: &[u64], extent: Extent<'_>) {
        match extent {
            Extent::Whole => self.commit_by(|words| store_words(image, words)),
            Extent::All => self.commit_all(|words| store_words(image, words)),
            Extent::Ranges(touched) => {
                let generation = self.next();
                self.publish_ranges(generation, touched, |range, payload| {
                    store_range(range, image, payload)
                });
                self.published(generation);
            }
        }
    }

    /// Makes what `fill` stores the next generation: all of it, whatever was there.
    #[inline]
    pub(crate) fn commit_by(&mut self, fill: impl FnOnce(&[AtomicU64])) {
        let generation = self.generation + 1;
        if generation > self.plain_up_to {
            let mut fill = Some(fill);
            return self.commit_timed(&mut |words| {
                if let Some(fill) = fill.take() {
                    fill(words);
                }
            });
        }
        publish::publish::<Proven>(&self.slots.timeless(), generation, fill);
        self.published(generation);
    }

    /// The same where times are kept: in one place, so that it is not once more in each setter.
    #[cold]
    fn commit_timed(&mut self, fill: &mut dyn FnMut(&[AtomicU64])) {
        let generation = self.next();
        publish::publish::<Proven>(&self.slots, generation, fill);
        self.published(generation);
    }

    /// The same for a record of which is known what each slot lacks; `fill` may be called twice.
    #[inline]
    pub(crate) fn commit_all(&mut self, fill: impl Fn(&[AtomicU64])) {
        let generation = self.next();
        let Self { slots, stale, steady, .. } = self;
        stale.changed_all(generation);
        publish::publish::<Proven>(slots, generation, &fill);
        if let Some(steady) = steady
            && steady.published_all()
        {
            steady.take();
            publish::publish_steady::<Proven>(slots, generation, fill);
        }
        self.published(generation);
    }

    /// Makes `image` with `part` in it the next generation: nothing else has changed.
    pub(crate) fn commit_part(&mut self, image: &[u64], part: &Part<'_>) {
        let generation = self.next();
        let mut touched = Touched::new();
        touched.mark(part.range().clone());
        self.publish_ranges(generation, &touched, |range, payload| {
            store_around(range, image, part.words(), payload)
        });
        self.published(generation);
    }

    /// Calls `copy` with the words of what this writer has published last. In a forked child, that is
    /// what its parent has published last: `copy` may be called several times, the last of which counts.
    ///
    /// # Panics
    ///
    /// In a forked child, when there is none: the parent is always in the way, or the file is damaged.
    #[cold]
    pub(crate) fn with_latest(&self, copy: &mut dyn FnMut(&[AtomicU64])) {
        if !self.file.in_fork() {
            // Nobody else fills it.
            return copy(self.slots.slot_of(self.generation).payload);
        }
        if publish::read::<Proven>(&self.slots, copy).is_err() {
            refuse_forked();
        }
    }

    #[inline]
    const fn next(&self) -> u64 {
        let generation = self.generation + 1;
        assert!(generation <= MAX_GENERATION, "the file is full of generations");
        generation
    }

    /// Notes and tells that `generation` is the latest.
    #[inline]
    fn published(&mut self, generation: u64) {
        self.generation = generation;
        if !self.session_stored {
            self.vouch();
        }
        // After the session: who is woken finds the value believed.
        self.bell.ring(generation);
    }

    /// The publish of a record of which is known what was touched; `store` stores a range into a payload,
    /// and returns how many bytes that were.
    #[inline(never)]
    fn publish_ranges(
        &mut self,
        generation: u64,
        touched: &Touched,
        store: impl Fn(Range<usize>, &[AtomicU64]) -> usize,
    ) {
        let Self { slots, stale, steady, .. } = self;
        let mut copied = 0;
        publish::publish::<Proven>(slots, generation, |payload| {
            stale.fill(generation, touched, |range| copied += store(range, payload));
        });
        if let Some(steady) = steady
            && steady.published(touched, copied)
        {
            let stale = steady.take();
            publish::publish_steady::<Proven>(slots, generation, |payload| {
                for range in stale.as_slice() {
                    store(range.clone(), payload);
                }
            });
        }
    }

    /// Says that the latest generation is whole: it was published by this writer, or found to be
    /// whole, or there is none yet.
    #[cold]
    fn vouch(&mut self) {
        self.file.store_session();
        self.session_stored = true;
    }

    /// Returns whether there is a value to keep: one that was published, or found and believed.
    pub(crate) fn has_value(&self) -> bool {
        let is_found = !matches!(self.recovered, Recovered::Fresh | Recovered::Lost);
        is_found || self.generation != self.counts_from
    }

    /// Makes the close say nothing of the heap, which it then does not look at.
    pub(crate) const fn close_quickly(&mut self) {
        self.quick_close = true;
    }

    /// Makes durable what was published, if the file keeps checkpoints; else asks for an `msync`.
    pub(crate) fn flush(&mut self, image: &[u64]) -> Result<(), FlushError> {
        let has_value = self.has_value();
        let Self { file, slots, generation, .. } = self;
        if file.in_fork() {
            return Err(FlushError::Forked { path: file.path().into() });
        }
        if !has_value {
            return Ok(());
        }
        match file.flush(*generation, image)? {
            Flushed::ToCheckpoint => {}
            Flushed::Nowhere => {
                let refused = |source| FlushError::Io { path: file.path().into(), source };
                // The root last: it leads to the heap.
                if let Some(heap) = file.heap() {
                    heap.flush().map_err(refused)?;
                }
                slots.region().flush().map_err(refused)?;
            }
        }
        // It costs nothing beside a sync, and who flushes wants the value to be found. Who cannot see
        // the directory any more, having changed its root, cannot tell.
        let has_directory = file.path().parent().is_some_and(std::path::Path::is_dir);
        match has_directory && file.is_superseded() {
            true => Err(FlushError::Superseded { path: file.path().into() }),
            false => Ok(()),
        }
    }

    /// A forked child shares the parent's locks and would be a second writer.
    #[inline]
    pub(crate) fn refuse_fork(&self) {
        if self.file.in_fork() {
            refuse_forked();
        }
    }
}

/// Panics in the name of a forked child.
#[cold]
fn refuse_forked() -> ! {
    panic!("a forked process cannot use the writer of its parent: create the writer after the fork")
}

impl Drop for WriterCore {
    /// An orderly close: a checksum over the latest payload makes it credible after a reboot.
    fn drop(&mut self) {
        // A file that was cut off cannot be closed: to touch it would end the process.
        if self.file.in_fork() || !self.is_live || self.file.is_cut_off() {
            return;
        }
        let mut words = vec![0; self.slots.payload_words()];
        let latest =
            publish::read::<Proven>(&self.slots, |payload| load_words(payload, &mut words));
        // What this writer found and does not believe, it does not vouch for.
        let clean = latest.ok().filter(|_| self.has_value());
        if clean.is_some() {
            // Nobody is left to be told of an error; who wants to know flushes before.
            let _ = self.file.flush(self.generation, &words);
        }
        let clean = clean.filter(|_| !self.quick_close || self.file.heap().is_none());
        let clean = clean.and_then(|generation| {
            Some((generation, self.file.clean_checksum(generation, &words)?))
        });
        self.file.mark_closed(clean);
    }
}
