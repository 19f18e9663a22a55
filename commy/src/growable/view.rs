//! One generation, for as long as it is held.

use core::fmt;
use core::marker::PhantomData;
use core::sync::atomic::AtomicBool;
use std::path::Path;
use std::sync::Arc;

use super::at::At;
use super::cell::Cell;
use super::core::{PinnedRoot, ReaderCore, pin_latest};
use super::fault::Fault;
use super::file::ViewFile;
use super::record::GrowableRecord;
use super::save::save;
use super::snap::{RootPart, Snap, SnapGuard};
use super::source::{Part, Source, ViewSource, sealed};
use crate::error::{ReadError, SaveError, WriteError};
use crate::file::FilePins;
use crate::format::control::Word;
use crate::mem::{Control, HeapMap, HeapWords, Slots};
use crate::publish::reclaim::{Lost, Pin, ReclaimWords, is_overtaken};
use crate::publish::{Proven, SlotMemory as _};
use crate::sync::Ordering;

/// A view without its record's type.
#[doc(hidden)]
pub struct ViewCore<'v> {
    pub(super) held: Held<'v>,
    pub(super) root: Root<'v>,
    pub(super) generation: u64,
    /// When that was published, in nanoseconds since 1970; 0 for not known, and for what is staged.
    pub(super) time: u64,
    pub(super) guard: Guard<'v>,
    /// How much memory one value may take.
    pub(super) max_load: u64,
}

/// Whose heap it is.
pub(super) enum Held<'v> {
    /// That of a reader which outlives the view, so that no count is touched that threads share.
    Reader(&'v ReaderCore),
    /// That of a reader which belongs to the view.
    Owned(Box<ReaderCore>),
    /// The writer's own.
    Writer(Arc<HeapMap>),
    /// What a writer shares with a view that it has pinned.
    Shared(Box<Shared>),
}

/// What a view needs that a writer has pinned.
pub(super) struct Shared {
    pub(super) heap: Arc<HeapMap>,
    pub(super) control: Control,
    pub(super) slots: Slots,
    pub(super) pins: FilePins,
}

impl Shared {
    #[inline]
    fn words(&self) -> ReclaimWords<'_> {
        ReclaimWords {
            reclaimed: self.control.word(Word::Reclaimed),
            evicted: self.control.word(Word::Evicted),
        }
    }

    pub(super) fn pin_root(&self) -> Result<PinnedRoot, ReadError> {
        pin_latest(&self.slots, self.words(), &self.pins)
    }
}

/// A copy of the root.
pub(super) enum Root<'v> {
    Owned(Box<[u64]>),
    Borrowed(&'v [u64]),
}

/// Why what is read counts.
pub(super) enum Guard<'v> {
    /// The writer's own state. What has failed in its transaction makes reads fail, too.
    Writer(Option<Box<WriteError>>),
    /// Nothing is held: RECLAIMED says whether it lasts, and this whether it has not.
    Unpinned(&'v AtomicBool),
    /// It is held by a lock.
    Pinned(Pin<Proven, FilePins>),
}

/// What a view has for every read: where its heap is, and what tells whether it lasts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'f> {
    heap: HeapWords<'f>,
    guard: SnapGuard<'f>,
}

impl ViewCore<'_> {
    /// The heap as far as this generation reaches.
    #[inline]
    fn heap(&self) -> Result<HeapWords<'_>, Fault> {
        let end = self.root_words().first().copied().unwrap_or(0);
        match &self.held {
            Held::Reader(core) => core.heap_up_to(end),
            Held::Owned(core) => core.heap_up_to(end),
            Held::Writer(heap) => Ok(heap.mapped().up_to(end)),
            Held::Shared(shared) => Ok(shared.heap.mapped().up_to(end)),
        }
    }

    #[inline]
    pub(super) fn root_words(&self) -> &[u64] {
        match &self.root {
            Root::Owned(words) => words,
            Root::Borrowed(words) => words,
        }
    }

    /// For one try.
    pub(super) fn snap(&self) -> Result<Snap<'_>, Fault> {
        let (frame, root) = (self.frame()?, RootPart { start: 0, words: self.root_words() });
        Ok(Snap::new(frame.heap, root, frame.guard, self.max_load))
    }

    /// What each read needs of the view: the same for all of them.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a heap that the file does not have.
    #[inline]
    pub(super) fn frame(&self) -> Result<Frame<'_>, Fault> {
        Ok(Frame { heap: self.heap()?, guard: self.snap_guard() })
    }

    #[inline]
    fn snap_guard(&self) -> SnapGuard<'_> {
        match (&self.guard, self.words()) {
            (Guard::Unpinned(_), Some(words)) => {
                SnapGuard::Unpinned { words, generation: self.generation, may_pin: false }
            }
            (Guard::Pinned(pin), Some(words)) => SnapGuard::Pinned { words, pin },
            _ => SnapGuard::None,
        }
    }

    /// RECLAIMED and EVICTED, which the writer's own state does not depend on.
    #[inline]
    fn words(&self) -> Option<ReclaimWords<'_>> {
        match &self.held {
            Held::Reader(core) => Some(core.words()),
            Held::Owned(core) => Some(core.words()),
            Held::Shared(shared) => Some(shared.words()),
            Held::Writer(_) => None,
        }
    }

    /// Pins the latest generation.
    fn pin_root(&self) -> Option<Result<PinnedRoot, ReadError>> {
        match &self.held {
            Held::Reader(core) => Some(core.pin_root()),
            Held::Owned(core) => Some(core.pin_root()),
            Held::Shared(shared) => Some(shared.pin_root()),
            Held::Writer(_) => None,
        }
    }

    /// The slots of the file, unless it is the writer's own.
    pub(super) fn slots(&self) -> Option<&Slots> {
        match &self.held {
            Held::Reader(core) => Some(core.untyped().slots()),
            Held::Owned(core) => Some(core.untyped().slots()),
            Held::Shared(shared) => Some(&shared.slots),
            Held::Writer(_) => None,
        }
    }

    /// The latest generation.
    fn latest(&self) -> u64 {
        match &self.held {
            Held::Reader(core) => core.untyped().generation(),
            Held::Owned(core) => core.untyped().generation(),
            Held::Shared(shared) => shared.slots.latest().load(Ordering::Relaxed),
            Held::Writer(_) => self.generation,
        }
    }

    /// Reads, and says afterwards whether that counts.
    #[inline]
    pub(super) fn read<R>(
        &self,
        read: impl FnOnce(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        match self.frame() {
            Ok(frame) => self.read_in(&frame, read),
            Err(fault) => self.failed(fault),
        }
    }

    /// The same for who reads often, and has asked for the frame once.
    #[inline]
    pub(super) fn read_in<'f, R>(
        &'f self,
        frame: &Frame<'f>,
        read: impl FnOnce(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        if let Guard::Writer(Some(error)) = &self.guard {
            return Err(ReadError::Failed(error.clone()));
        }
        let root = RootPart { start: 0, words: self.root_words() };
        let result = read(&Snap::new(frame.heap, root, frame.guard, self.max_load));
        // Whether the result counts, and be it an error.
        match frame.guard {
            SnapGuard::Unpinned { words, generation, .. }
                if is_overtaken::<Proven>(words, generation) =>
            {
                return Err(self.overtaken());
            }
            SnapGuard::Pinned { words, pin } => {
                if let Err(lost) = pin.check(words) {
                    return Err(self.lost(lost));
                }
            }
            _ => {}
        }
        match result {
            Ok(value) => Ok(value),
            Err(fault) => Err(fault.into()),
        }
    }

    /// What a read returns that has found no heap.
    #[cold]
    fn failed<R>(&self, fault: Fault) -> Result<R, ReadError> {
        let frame = Frame { heap: HeapWords::EMPTY, guard: self.snap_guard() };
        self.read_in(&frame, |_| Err(fault))
    }

    #[cold]
    fn overtaken(&self) -> ReadError {
        if let Guard::Unpinned(is_over) = &self.guard {
            is_over.store(true, Ordering::Relaxed);
        }
        ReadError::Overtaken
    }

    #[cold]
    const fn lost(&self, lost: Lost) -> ReadError {
        match lost {
            Lost::Evicted => ReadError::Evicted { generation: self.generation },
            Lost::Forked => ReadError::Forked,
        }
    }
}

impl sealed::Source for ViewCore<'_> {}

impl Source for ViewCore<'_> {
    type Proxied = Self;

    #[inline]
    fn proxied(&self) -> &Self {
        self
    }

    type Value<'a, C: Cell>
        = C::Ref<'a>
    where
        Self: 'a;

    #[inline]
    fn run<R>(
        &self,
        _: Part,
        mut read: impl FnMut(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        self.read(|snap| read(snap))
    }

    #[inline]
    fn value<'a, C: Cell>(&'a self, snap: &Snap<'_>, at: At) -> Result<C::Ref<'a>, Fault> {
        C::reference(self, snap, at)
    }
}

impl ViewSource for ViewCore<'_> {
    #[inline]
    fn core(&self) -> &ViewCore<'_> {
        self
    }
}

impl fmt::Debug for ViewCore<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewCore").field("generation", &self.generation).finish_non_exhaustive()
    }
}

/// One generation of a growable record.
///
/// [`pin`](super::Reader::pin) gives one that stays for as long as it is held: the writer publishes
/// on, and does not use the room of what this generation reaches. The writer may take that room
/// back when too much of it is held; then every call returns [`ReadError::Evicted`].
/// [`read`](super::Reader::read) gives one for the length of a call.
///
/// The accessors are on the generated type around it.
pub struct View<'v, T> {
    core: ViewCore<'v>,
    record: PhantomData<fn() -> T>,
}

impl<'v, T: GrowableRecord> View<'v, T> {
    pub(super) const fn new(core: ViewCore<'v>) -> Self {
        Self { core, record: PhantomData }
    }

    /// The generation.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.core.generation
    }

    /// What is known of the generation besides its value.
    #[must_use]
    pub const fn file(&self) -> ViewFile<'_> {
        ViewFile::new(self.core.generation, self.core.time)
    }

    /// The whole value, as it was in this generation.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Evicted`]: the writer has taken the room back.
    /// - [`ReadError::Overtaken`]: of a view that is not pinned: pass it on.
    /// - [`ReadError::TooLarge`]: it takes more memory than the reader's
    ///   [`max_load`](super::ReaderOptions::max_load).
    /// - [`ReadError::Corrupt`], [`ReadError::Invalid`]: the file is damaged.
    /// - [`ReadError::Forked`]: the view is that of the parent process.
    pub fn snapshot(&self) -> Result<T, ReadError> {
        self.core.read(T::load)
    }

    /// The same into a value that is there, whose buffers are used again.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot); `value` may then have fields of both values.
    pub fn snapshot_into(&self, value: &mut T) -> Result<(), ReadError> {
        self.core.read(|snap| T::load_into(snap, value))
    }

    /// Goes over to the newest generation.
    ///
    /// Nothing that was read through this view can be alive. If it fails, the view is as it was.
    ///
    /// # Errors
    ///
    /// As [`Reader::pin`](super::Reader::pin).
    pub fn refresh(&mut self) -> Result<(), ReadError> {
        let Guard::Pinned(_) = &self.core.guard else { return Ok(()) };
        if self.core.latest() == self.core.generation && self.core.read(|_| Ok(())).is_ok() {
            return Ok(());
        }
        let Some(pinned) = self.core.pin_root() else { return Ok(()) };
        let (pin, root) = pinned?;
        self.core.generation = pin.generation();
        self.core.time = pin.time();
        self.core.root = Root::Owned(root);
        self.core.guard = Guard::Pinned(pin);
        Ok(())
    }

    /// Saves this generation as a record file of its own at `path`, which the writer's does not
    /// touch: it publishes on.
    ///
    /// The copy is compact: it has no garbage, and no room that values were to grow into. It is
    /// closed in good order, so that readers open it at once, and a writer goes on from it. It
    /// counts on from this generation, has as many slots, and keeps times if this file does, that of
    /// this generation too. Only its owner may open it (mode 0600).
    ///
    /// The file is written under a temporary name in the same directory, and to the disk. Only then it
    /// gets its name: a process that is killed leaves nothing at `path`. What is there is not
    /// replaced, but for an empty file. Whoever wants that saves beside it and renames.
    ///
    /// Two walks over all blocks and one copy of each, on this thread, and little memory. Pin the
    /// view if there is much to copy. Within [`Reader::try_read`](super::Reader::try_read) a view that was
    /// overtaken is tried again with a pin.
    ///
    /// # Errors
    ///
    /// - [`SaveError::Exists`]: something is at `path`.
    /// - [`SaveError::Read`]: the view was evicted or overtaken meanwhile, is that of the parent process,
    ///   or the file is damaged.
    /// - [`SaveError::Create`]: the new file could not be made, or written to the disk.
    ///
    /// There is nothing at `path` then.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "page.bin", growable)]
    /// #[create_reader(filename = "page.bin", growable)]
    /// struct Page {
    ///     text: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("page.bin");
    /// # let copy = dir.path().join("copy.bin");
    /// let mut page = PageWriter::create_at(&path)?;
    /// page.set_text("one")?;
    /// let view = PageReader::open_at(&path)?.into_pinned()?;
    /// page.set_text("two")?;
    /// view.save_as(&copy)?;
    /// assert_eq!(PageReader::open_at(&copy)?.text()?, "one");
    ///
    /// let mut other = PageWriter::create_at(&copy)?; // an independent record from here on
    /// other.set_text("three")?;
    /// assert_eq!(PageReader::open_at(&path)?.text()?, "two");
    /// # Ok(())
    /// # }
    /// ```
    pub fn save_as(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        save::<T>(&self.core, path.as_ref())
    }

    /// Checks all of this generation: each block, and that one cell alone leads to it, each text and each
    /// value, the order of maps and sets, and that hashes lead to their keys.
    ///
    /// Reads and opening a file check only what they use. It visits each block twice at most, and takes
    /// 40 bytes or so for each 4 KiB of blocks that it finds, whatever the file says of their number.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot), for the first thing that is wrong. The error says where it is, in
    /// bytes from the start of the file, and on which way it was found: `shelves[1][2].title`. In maps,
    /// entries are counted as iterators visit them.
    pub fn verify(&self) -> Result<(), ReadError> {
        self.core.read(|snap| super::verify::<T>(snap, self.core.generation))
    }
}

impl<T> sealed::Source for View<'_, T> {}

impl<'v, T: GrowableRecord> Source for View<'v, T> {
    type Proxied = ViewCore<'v>;

    #[inline]
    fn proxied(&self) -> &ViewCore<'v> {
        &self.core
    }

    type Value<'a, C: Cell>
        = C::Ref<'a>
    where
        Self: 'a;

    #[inline]
    fn run<R>(
        &self,
        part: Part,
        read: impl FnMut(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        self.core.run(part, read)
    }

    #[inline]
    fn value<'a, C: Cell>(&'a self, snap: &Snap<'_>, at: At) -> Result<C::Ref<'a>, Fault> {
        self.core.value::<C>(snap, at)
    }
}

impl<T: GrowableRecord> ViewSource for View<'_, T> {
    fn core(&self) -> &ViewCore<'_> {
        &self.core
    }
}

impl<T: GrowableRecord> fmt::Debug for View<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("record", &T::NAME)
            .field("generation", &self.generation())
            .finish_non_exhaustive()
    }
}
