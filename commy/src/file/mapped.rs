//! A checked file in memory: its live words, its slots, and whether they can be believed.

use core::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::control::{SLEEPERS, State, WAIT_LEN, Word};
use super::layout::Layout;
use super::session::session;
use crate::error::OpenError;
use crate::mem::{Access, Region, SharedWord, Slots};
use crate::notify::{self, Bell, WaitWords};
use crate::publish::{self, Belief, MAX_GENERATION, Proven};
use crate::sync::{AtomicU64, Ordering};

/// A mapped file whose header was checked.
#[derive(Clone)]
pub(crate) struct Mapped {
    region: Arc<Region>,
    layout: Layout,
    session: u64,
}

impl Mapped {
    /// Maps `file`, which `layout` was checked against.
    ///
    /// # Errors
    ///
    /// `Io` for what the system refuses, `Corrupt` for live words that no writer stores.
    pub(crate) fn new(
        file: &File,
        metadata: &Metadata,
        layout: Layout,
        access: Access,
        path: &Path,
    ) -> Result<Self, OpenError> {
        let refused =
            |doing| move |source: io::Error| OpenError::Io { path: path.into(), doing, source };
        let region = Region::map(file, layout.file_len(), access).map_err(refused("map"))?;
        let session = session(file, metadata).map_err(refused("find out the boot id for"))?;
        let mapped = Self { region: Arc::new(region), layout, session };
        mapped.check_words(path)?;
        Ok(mapped)
    }

    /// Refuses words that no writer stores (I5 bounds generations).
    fn check_words(&self, path: &Path) -> Result<(), OpenError> {
        let bounded = |what, found| {
            let expected = || format!("at most {MAX_GENERATION}");
            if found <= MAX_GENERATION {
                Ok(())
            } else {
                Err(OpenError::corrupt(path, what, found, expected()))
            }
        };
        bounded("latest generation", self.load(Word::Latest))?;
        bounded("generation of the clean record", self.load(Word::CleanGeneration))?;
        bounded("generation in a slot", self.newest_generation(path)?)?;
        let state = self.load(Word::State);
        if State::from_word(state).is_none() {
            return Err(OpenError::corrupt(path, "state", state, "1, 2 or 3"));
        }
        let (found, expected) = (self.load(Word::FileLen), self.layout.file_len());
        if found != expected as u64 {
            return Err(OpenError::corrupt(path, "live file length", found, expected.to_string()));
        }
        Ok(())
    }

    /// The slot ring.
    ///
    /// # Errors
    ///
    /// `Corrupt` if the region does not hold it, which the check of the layout rules out.
    pub(crate) fn slots(&self, path: &Path) -> Result<Slots, OpenError> {
        let slots = Slots::new(
            Arc::clone(&self.region),
            [self.offset(Word::Latest), self.offset(Word::Steady)],
            self.layout.slots(),
            self.layout.slot_stride(),
            self.layout.root_size(),
            self.layout.slot_count(),
        );
        let stride = self.layout.slot_stride() as u64;
        slots.ok_or_else(|| OpenError::corrupt(path, "slot stride", stride, "a smaller number"))
    }

    /// The highest generation that the file has ever spoken of (I5).
    ///
    /// # Errors
    ///
    /// As [`slots`](Self::slots).
    pub(crate) fn newest_generation(&self, path: &Path) -> Result<u64, OpenError> {
        let slots = self.slots(path)?;
        Ok(publish::highest_generation(&slots, slots.ring())
            .max(self.layout.base_generation())
            .max(self.load(Word::CleanGeneration)))
    }

    /// Returns whether a writer has vouched for this file since the machine was started.
    pub(crate) fn is_of_this_session(&self) -> bool {
        self.belief() == Belief::Vouched
    }

    /// What writers have said of the slots.
    pub(crate) fn belief(&self) -> Belief {
        let word = self.region.word(self.offset(Word::Session));
        word.map_or(Belief::Never, |word| publish::belief::<Proven>(word, self.session))
    }

    /// Vouches for what `latest` names.
    pub(crate) fn store_session(&self) {
        if let Some(word) = self.region.word(self.offset(Word::Session)) {
            publish::vouch::<Proven>(word, self.session);
        }
    }

    /// Tells readers that another file has taken the place of this one, and wakes them.
    pub(crate) fn mark_superseded(&self) {
        self.store_state(State::Superseded);
    }

    /// Stores the state and wakes those who wait for another one.
    pub(crate) fn store_state(&self, state: State) {
        if let Some(word) = self.region.word(self.offset(Word::State)) {
            notify::store_state(word, state.word());
        }
        if let Some(bell) = self.bell() {
            bell.ring_fenced(self.load(Word::Latest));
        }
    }

    /// The state, if it is one; who sees that the file is closed sees the last publish after that.
    pub(crate) fn state(&self) -> Option<State> {
        let word = self.region.word(self.offset(Word::State))?;
        State::from_word(notify::load_state(word))
    }

    /// The words for waking, in a mapping that can be written.
    pub(crate) fn bell(&self) -> Option<Bell> {
        Some(Bell::new(
            SharedWord::half(&self.region, self.offset(Word::Wake))?,
            SharedWord::new(&self.region, self.layout.wait_page())?,
            SharedWord::half(&self.region, self.offset(Word::Quiet))?,
        ))
    }

    /// Maps the page that a waiting reader writes, and no other; returns its one word.
    pub(crate) fn map_sleepers(&self, file: &File) -> Option<SharedWord<AtomicU64>> {
        let start = self.layout.wait_page() as u64;
        let page = Region::map_at(file, start, WAIT_LEN, Access::ReadWrite).ok()?;
        SharedWord::new(&Arc::new(page), SLEEPERS)
    }

    /// The words for waiting, in a mapping that can only be read.
    ///
    /// # Errors
    ///
    /// `Corrupt` if the region does not hold them, which the check of the layout rules out.
    pub(crate) fn wait_words(&self, path: &Path) -> Result<WaitWords, OpenError> {
        let half = |word| {
            let word = SharedWord::half(&self.region, self.offset(word));
            let control = self.layout.control() as u64;
            word.ok_or_else(|| OpenError::corrupt(path, "offset of control", control, "less"))
        };
        Ok(WaitWords::new(half(Word::Wake)?, half(Word::Quiet)?))
    }

    /// Loads a live word.
    pub(crate) fn load(&self, word: Word) -> u64 {
        let word = self.region.word(self.offset(word));
        // The layout puts the control page within the region, so the word is there.
        word.map_or(0, |word| word.load(Ordering::Relaxed))
    }

    /// Stores a live word.
    pub(crate) fn store(&self, word: Word, value: u64) {
        if let Some(word) = self.region.word(self.offset(word)) {
            word.store(value, Ordering::Relaxed);
        }
    }

    /// Where the file that this one replaced stopped counting, or 0.
    pub(crate) const fn base_generation(&self) -> u64 {
        self.layout.base_generation()
    }

    const fn offset(&self, word: Word) -> usize {
        self.layout.control() + word.offset()
    }
}

impl fmt::Debug for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region: _, layout, session } = self;
        f.debug_struct("Mapped").field("layout", layout).field("session", session).finish()
    }
}
