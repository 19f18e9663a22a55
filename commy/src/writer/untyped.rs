//! What a writer does whatever its record is: publish an image, flush it, close the file.

use commy_types::{Mappable, Touched};

use crate::error::{CreateError, FlushError};
use crate::file::{OpenedWriter, Recovered};
use crate::format::clean_checksum;
use crate::mem::{Draft, Plain, Slots, load_words, store_range, store_words};
use crate::publish::{
    self, MAX_GENERATION, Proven, SlotMemory as _, Stale, Steady, is_copied_whole,
};
use crate::record::Record;
use crate::sync::Ordering;
use crate::wake::Bell;

/// What a writer needs whatever its record is.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) slots: Slots,
    /// Not used for a record that is [copied whole](is_copied_whole).
    stale: Stale,
    /// `None` for a record that is too small to need the steady slot.
    steady: Option<Steady>,
    /// The ranges of the image that the running change touched; empty between publishes.
    pub(super) changes: Touched,
    /// # Invariants
    ///
    /// 1. At least as high as every generation the file has ever spoken of (I5).
    pub(super) generation: u64,
    /// What it was before the first publish of this writer.
    counts_from: u64,
    /// Whether the session word is already that of this boot and file.
    session_stored: bool,
    pub(super) recovered: Recovered,
    /// Whether the file was marked as in use; before that, a failure leaves it as it was.
    is_live: bool,
    pub(super) bell: Bell,
    pub(super) file: OpenedWriter,
}

impl Core {
    /// Takes over an opened file.
    pub(super) fn new(file: OpenedWriter) -> Result<Self, CreateError> {
        let slots = file.slots()?;
        let (slot_count, size) = (slots.count(), slots.payload_words() * 8);
        let counts_from = publish::counts_from::<Proven>(&slots, file.newest_generation());
        Ok(Self {
            stale: Stale::all(slot_count, size),
            steady: Steady::new(size),
            changes: Touched::new(),
            generation: counts_from,
            counts_from,
            session_stored: false,
            recovered: Recovered::Fresh,
            is_live: false,
            bell: file.bell()?,
            slots,
            file,
        })
    }

    /// Says what readers may believe by now, and marks the file as in use: from here on it is closed
    /// in good order.
    pub(super) fn go_live(&mut self) {
        self.file.begin_session();
        // What was found is whole, or there is nothing that could be torn. That has to be said before
        // the first publish, which makes the clean record worth nothing: a writer that is killed
        // right after it leaves a value that is believed. In all other cases the publish comes first.
        let is_whole = matches!(self.recovered, Recovered::Live | Recovered::Clean);
        if is_whole || self.slots.latest().load(Ordering::Relaxed) == 0 {
            self.vouch();
        }
        self.is_live = true;
        self.file.mark_live();
    }

    /// The error for a stored value that is none.
    pub(super) fn invalid<T: Record>(&self, invalid: commy_types::Invalid) -> CreateError {
        self.file.invalid_value(T::SCHEMA.path_at(invalid.offset).to_string(), invalid.reason)
    }

    /// Makes the image the next generation.
    #[inline]
    pub(super) fn publish<T: Mappable>(&mut self, draft: &Draft<T>) {
        let (generation, image) = (self.next(), draft.image());
        if is_copied_whole(size_of::<T>()) {
            publish::publish::<Proven>(&self.slots, generation, |words| store_words(image, words));
        } else {
            self.publish_ranges(generation, image);
        }
        self.published(generation);
    }

    /// Makes `value` the next generation of a record that is [copied whole](is_copied_whole), and
    /// the draft.
    #[inline]
    pub(super) fn publish_plain<T: Mappable>(&mut self, value: Plain<'_, T>, draft: &mut Draft<T>) {
        let generation = self.next();
        publish::publish::<Proven>(&self.slots, generation, |words| draft.store(value, words));
        self.published(generation);
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

    /// The publish of a record whose changes are known.
    #[inline(never)]
    fn publish_ranges(&mut self, generation: u64, image: &[u64]) {
        let Self { slots, stale, steady, changes, .. } = self;
        let mut copied = 0;
        publish::publish::<Proven>(slots, generation, |payload| {
            stale.fill(generation, changes, |range| copied += store_range(range, image, payload));
        });
        if let Some(steady) = steady
            && steady.published(changes, copied)
        {
            let stale = steady.take();
            publish::publish_steady::<Proven>(slots, generation, |payload| {
                for range in stale.as_slice() {
                    store_range(range.clone(), image, payload);
                }
            });
        }
        changes.clear();
    }

    /// Says that the latest generation is whole: it was published by this writer, or found to be
    /// whole, or there is none yet.
    #[cold]
    fn vouch(&mut self) {
        self.file.store_session();
        self.session_stored = true;
    }

    /// Returns whether there is a value to keep: one that was published, or found and believed.
    fn has_value(&self) -> bool {
        let is_found = !matches!(self.recovered, Recovered::Fresh | Recovered::Lost);
        is_found || self.generation != self.counts_from
    }

    /// Makes durable what was published, if the file keeps checkpoints; else asks for an `msync`.
    pub(super) fn flush(&mut self, image: &[u64]) -> Result<(), FlushError> {
        let has_value = self.has_value();
        let Self { file, slots, generation, .. } = self;
        if file.in_fork() {
            return Err(FlushError::Forked { path: file.path().into() });
        }
        if !has_value {
            return Ok(());
        }
        let flushed = file.flush(*generation, image);
        flushed.unwrap_or_else(|| {
            let refused = |source| FlushError::Io { path: file.path().into(), source };
            slots.region().flush().map_err(refused)
        })?;
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
    pub(super) fn refuse_fork(&self) {
        if self.file.in_fork() {
            refuse_forked();
        }
    }
}

/// Panics in the name of a forked child.
#[cold]
pub(super) fn refuse_forked() -> ! {
    panic!("a forked process cannot use the writer of its parent: create the writer after the fork")
}

impl Drop for Core {
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
        self.file
            .mark_closed(clean.map(|generation| (generation, clean_checksum(generation, &words))));
    }
}
