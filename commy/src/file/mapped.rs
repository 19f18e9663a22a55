//! A checked file in memory: its live words, its slots, and whether they can be believed.

use core::fmt;
use std::fs::{File, Metadata};
use std::sync::Arc;

use super::disbelief::heap_identity;
use super::fault::Fault;
use super::session::session;
use crate::format::checkpoint::HeapIdentity;
use crate::format::control::{HalfWord, SLEEPERS, State, WAIT_LEN, Word};
use crate::format::header::{AT_CONTROL, AT_SLOT_STRIDE, AT_WAIT_PAGE};
use crate::format::layout::{HeapPlace, Layout};
use crate::format::{CleanChecksum, FormatError, PAGE, clean_checksum};
use crate::mem::{Access, Control, HeapMap, Region, SharedWord, Slots, load_words};
use crate::publish::reclaim::ReclaimWords;
use crate::publish::{
    self, Belief, MAX_GENERATION, Proven, Session, SessionWords, SlotMemory as _, Vouching,
};
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::sys::{self, FileSystem};
use crate::wake::{self, Bell, WaitWords};

/// A mapped file whose header was checked. Its parts are found once, when it is mapped.
#[derive(Clone)]
pub(crate) struct Mapped {
    region: Arc<Region>,
    layout: Layout,
    control: Control,
    slots: Slots,
    /// Of a record that grows: what lies behind the region.
    heap: Option<Arc<HeapMap>>,
    /// What checkpoints of that name it by.
    heap_identity: Option<HeapIdentity>,
    wake: SharedWord<AtomicU32>,
    ringing: SharedWord<AtomicU32>,
    sleepers: SharedWord<AtomicU64>,
    /// What this process knows of the file and of its kernel.
    session: Session,
    system: FileSystem,
}

impl Mapped {
    /// Maps `file`, which `layout` was checked against. Of a record that grows the heap is mapped, too,
    /// if it is to be written; it is expected to have at most `heap_size` bytes one day.
    ///
    /// # Errors
    ///
    /// `Io` for what the system refuses, `Sparse` for holes without room, `Corrupt` for live words that no writer stores.
    pub(crate) fn new(
        file: &File,
        metadata: &Metadata,
        layout: Layout,
        access: Access,
        heap_size: u64,
    ) -> Result<Self, Fault> {
        let region = Region::map(file, layout.file_len(), access).map_err(Fault::io("map"))?;
        let system = sys::file_system(file);
        let session = session(file, metadata, system);
        let mut mapped = Self::parts(Arc::new(region), layout, session, system)?;
        let len = mapped.file_len();
        // First, because the words may lie in a hole.
        let filled = mapped.region.fill_holes(file, metadata, system, (0, len));
        filled.map_err(|hole| Fault::Sparse { hole, needed: len.saturating_sub(hole) })?;
        mapped.check_words()?;
        if let Some(HeapPlace { start, id }) = layout.heap() {
            mapped.check_heap_words(file)?;
            mapped.heap_identity = Some(heap_identity(id, file, metadata, system));
            let file = file.try_clone().map_err(Fault::io("map"))?;
            mapped.heap = Some(Arc::new(HeapMap::new(file, start, access, heap_size)));
        }
        Ok(mapped)
    }

    /// Finds the parts of a file; loads nothing.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a part that is not within the region, which the check of the layout rules out.
    fn parts(
        region: Arc<Region>,
        layout: Layout,
        session: Session,
        system: FileSystem,
    ) -> Result<Self, FormatError> {
        let outside = |what, found: usize, at: usize| {
            move || FormatError::corrupt(what, found as u64, "a part of the file", at as u64)
        };
        let no_control = outside("offset of control", layout.control(), AT_CONTROL);
        let control = Control::new(&region, layout.control()).ok_or_else(&no_control)?;
        let slots = Slots::new(
            Arc::clone(&region),
            [Word::Latest, Word::Steady].map(|word| layout.control() + word.offset()),
            layout.slots(),
            layout.slot_stride(),
            layout.root_size(),
            layout.slot_count(),
            layout.keeps_times(),
        );
        let slots =
            slots.ok_or_else(outside("slot stride", layout.slot_stride(), AT_SLOT_STRIDE))?;
        let wake = control.half(HalfWord::Wake).ok_or_else(&no_control)?;
        let ringing = control.half(HalfWord::Ringing).ok_or_else(&no_control)?;
        let sleepers = SharedWord::new(&region, layout.wait_page());
        let sleepers = sleepers.ok_or_else(outside(
            "offset of wait page",
            layout.wait_page(),
            AT_WAIT_PAGE,
        ))?;
        Ok(Self {
            region,
            layout,
            control,
            slots,
            wake,
            ringing,
            sleepers,
            session,
            system,
            heap: None,
            heap_identity: None,
        })
    }

    /// Refuses words that no writer stores (I5 bounds generations).
    fn check_words(&self) -> Result<(), FormatError> {
        let bounded = |what, found, at| {
            let expected = || format!("at most {MAX_GENERATION}");
            if found <= MAX_GENERATION {
                Ok(())
            } else {
                Err(FormatError::corrupt(what, found, expected(), at))
            }
        };
        let word = |what, word| bounded(what, self.load(word), self.place_of(word));
        word("latest generation", Word::Latest)?;
        word("generation of the clean record", Word::CleanGeneration)?;
        if self.layout.heap().is_some() {
            word("generation up to which blocks are reclaimed", Word::Reclaimed)?;
            word("generation up to which pins are evicted", Word::Evicted)?;
            word("generation from which on checkpoints count", Word::Durable)?;
            word("generation up to which checkpoints count", Word::Synced)?;
        }
        bounded("generation in a slot", self.newest_generation(), self.layout.slots() as u64)?;
        let state = self.load(Word::State);
        if State::from_word(state).is_none() {
            let at = self.place_of(Word::State);
            return Err(FormatError::corrupt("state", state, "1, 2 or 3", at));
        }
        let (found, expected) = (self.load(Word::FileLen), self.layout.file_len());
        if found != expected as u64 && self.layout.heap().is_none() {
            let at = self.place_of(Word::FileLen);
            return Err(FormatError::corrupt("live file length", found, expected, at));
        }
        Ok(())
    }

    /// Refuses a length that the file of a record that grows cannot have, or does not have any more.
    ///
    /// # Errors
    ///
    /// `Corrupt`; `Io`.
    fn check_heap_words(&self, file: &File) -> Result<(), Fault> {
        let (found, start) = (self.load(Word::FileLen), self.file_len());
        // Asked after the word was loaded: the file may be growing.
        let len = file.metadata().map_err(Fault::io("look at"))?.len();
        // A power cut may leave the word and not the length that it speaks of. What was synced is there,
        // and nothing else is believed.
        let is_within = found <= len || !self.is_of_this_session();
        if found < start || !is_within || !found.is_multiple_of(PAGE) {
            let expected = format!("a multiple of {PAGE} from {start} to {len}");
            let at = self.place_of(Word::FileLen);
            return Err(FormatError::corrupt("live file length", found, expected, at).into());
        }
        Ok(())
    }

    /// The slot ring.
    pub(crate) const fn slots(&self) -> &Slots {
        &self.slots
    }

    /// The highest generation that the file has ever spoken of (I5).
    pub(crate) fn newest_generation(&self) -> u64 {
        publish::highest_generation(&self.slots, self.slots.ring())
            .max(self.layout.base_generation())
            .max(self.load(Word::CleanGeneration))
            .max(self.reclaim_generation())
    }

    /// The highest generation that was announced for reuse, evicted or flushed; 0 for a record that
    /// does not grow.
    fn reclaim_generation(&self) -> u64 {
        match self.layout.heap() {
            Some(_) => [Word::Reclaimed, Word::Evicted, Word::Durable, Word::Synced]
                .into_iter()
                .fold(0, |highest, word| highest.max(self.load(word))),
            None => 0,
        }
    }

    /// What checkpoints of a record that grows name its heap by.
    pub(crate) const fn heap_identity(&self) -> Option<HeapIdentity> {
        self.heap_identity
    }

    /// Makes all that is mapped be written by the next sync, changed or not.
    pub(crate) fn dirty(&self) {
        self.region.dirty();
        if let Some(heap) = &self.heap {
            heap.dirty();
        }
    }

    /// The heap of a record that grows.
    #[inline]
    pub(crate) const fn heap(&self) -> Option<&Arc<HeapMap>> {
        self.heap.as_ref()
    }

    /// The live words.
    pub(crate) const fn control(&self) -> &Control {
        &self.control
    }

    /// The words by which a writer says what readers cannot count on any more.
    #[inline]
    pub(crate) const fn reclaim_words(&self) -> ReclaimWords<'_> {
        ReclaimWords {
            reclaimed: self.control.word(Word::Reclaimed),
            evicted: self.control.word(Word::Evicted),
        }
    }

    /// The checksum of the clean record for this generation and payload: of the heap that it reaches,
    /// too, if the record grows. `None` if that is not there.
    pub(crate) fn clean_checksum(&self, generation: u64, payload: &[u64]) -> Option<u64> {
        let Some(heap) = &self.heap else { return Some(clean_checksum(generation, payload)) };
        let end = payload.first().copied().unwrap_or(0);
        if end > self.load(Word::FileLen) {
            return None;
        }
        let mut sum = CleanChecksum::new(generation);
        sum.add(payload);
        if end > heap.start() {
            let mut words = [0; PAGE as usize / 8];
            let heap = heap.reach(end).ok()?.up_to(end);
            for from in heap.all().chunks(words.len()) {
                let words = words.split_at_mut(from.len()).0;
                load_words(from, words);
                sum.add(words);
            }
        }
        Some(sum.finish())
    }

    /// Returns whether a writer has vouched for this file under this kernel, as far as the words of
    /// the file say.
    pub(crate) fn is_of_this_session(&self) -> bool {
        self.belief() == Belief::Vouched
    }

    /// What writers have said of the slots.
    pub(crate) fn belief(&self) -> Belief {
        let any_kernel = self.system == FileSystem::Memory;
        publish::belief(self.session, any_kernel, self.vouching())
    }

    /// What the words hold by which writers vouch.
    pub(crate) fn vouching(&self) -> Vouching {
        self.session_words().load::<Proven>()
    }

    /// Whether a writer that lives has vouched for this file: `is_locked` asks for its lock.
    pub(crate) fn is_vouched_by_lock(&self, is_locked: impl FnOnce() -> bool) -> bool {
        // Elsewhere a lock may be held on another machine, under another kernel.
        self.system.has_own_locks()
            && publish::is_vouched_by_lock::<Proven>(self.session_words(), self.session, is_locked)
    }

    /// Takes back what an earlier writer has vouched for by a lock, and takes that lock.
    pub(crate) fn begin_session(&self, lock: impl FnOnce()) {
        publish::begin::<Proven>(self.session_words(), lock);
    }

    /// Vouches for what `latest` names; `voucher` is another number for each writer, and not 0.
    pub(crate) fn store_session(&self, voucher: u64) {
        publish::vouch::<Proven>(self.session_words(), self.session, voucher);
    }

    /// Whether anything was published: see [`publish::has_latest`].
    pub(crate) fn has_latest(&self) -> bool {
        publish::has_latest::<Proven>(self.slots.latest())
    }

    /// Whether this process knows under which kernel it runs.
    pub(crate) const fn knows_kernel(&self) -> bool {
        self.session.kernel != 0
    }

    /// The file system that it is on.
    pub(crate) const fn system(&self) -> FileSystem {
        self.system
    }

    /// Whether a load from a part of the file that has no room on the disk is harmless there, as far as
    /// is known: layers may be in memory.
    pub(crate) const fn may_have_holes(&self) -> bool {
        matches!(self.system, FileSystem::Local | FileSystem::Other)
    }

    const fn session_words(&self) -> SessionWords<'_> {
        SessionWords {
            birth: self.control.word(Word::Birth),
            handle: self.control.word(Word::Handle),
            kernel: self.control.word(Word::Kernel),
            number: self.control.word(Word::Number),
            voucher: self.control.word(Word::Voucher),
        }
    }

    /// Tells readers that another file has taken the place of this one, and wakes them.
    pub(crate) fn mark_superseded(&self) {
        self.store_state(State::Superseded);
    }

    /// Stores the state and wakes those who wait for another one.
    pub(crate) fn store_state(&self, state: State) {
        wake::store_state(self.control.word(Word::State), state.word());
        self.bell().ring_fenced(self.load(Word::Latest));
    }

    /// The state, if it is one; who sees that the file is closed sees the last publish after that.
    pub(crate) fn state(&self) -> Option<State> {
        State::from_word(wake::load_state(self.control.word(Word::State)))
    }

    /// The words for waking, in a mapping that can be written.
    pub(crate) fn bell(&self) -> Bell {
        Bell::new(self.wake.clone(), self.sleepers.clone(), self.ringing.clone())
    }

    /// Maps the page that a waiting reader writes, and no other; returns its one word.
    pub(crate) fn map_sleepers(&self, file: &File) -> Option<SharedWord<AtomicU64>> {
        let start = self.layout.wait_page() as u64;
        let page = Region::map_at(file, start, WAIT_LEN, Access::ReadWrite).ok()?;
        SharedWord::new(&Arc::new(page), SLEEPERS)
    }

    /// The words for waiting, in a mapping that can only be read.
    pub(crate) fn wait_words(&self) -> WaitWords {
        WaitWords::new(self.wake.clone(), self.ringing.clone())
    }

    /// Loads a live word.
    pub(crate) fn load(&self, word: Word) -> u64 {
        self.control.word(word).load(Ordering::Relaxed)
    }

    /// Stores a live word.
    pub(crate) fn store(&self, word: Word, value: u64) {
        self.control.word(word).store(value, Ordering::Relaxed);
    }

    /// The length of the file; of a record that grows, without its heap.
    pub(crate) const fn file_len(&self) -> u64 {
        self.layout.file_len() as u64
    }

    /// How many bytes of the file are mapped, from its start on.
    pub(crate) fn len_mapped(&self) -> u64 {
        self.heap.as_ref().map_or(self.file_len(), |heap| heap.mapped().end())
    }

    /// Where a live word is in the file.
    pub(crate) const fn place_of(&self, word: Word) -> u64 {
        (self.layout.control() + word.offset()) as u64
    }

    /// Where the file that this one replaced stopped counting, or 0.
    pub(crate) const fn base_generation(&self) -> u64 {
        self.layout.base_generation()
    }
}

impl fmt::Debug for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layout, session, system, .. } = self;
        f.debug_struct("Mapped")
            .field("layout", layout)
            .field("session", session)
            .field("system", system)
            .finish_non_exhaustive()
    }
}
