//! The writer's transaction: a staged root, and blocks that no reader knows of yet.
//!
//! A block that a published generation reaches is never changed: it is copied, and the copy's
//! address written where that of the block was, in a copy again, up to the root. Two things are
//! done in place: changes to blocks of the running transaction, and bytes behind the length of a
//! value, which no generation exposes.
//!
//! Whether a block is of the running transaction, the private books say, and never the file.

mod blocks;
mod compact;
mod cursor;
mod durable;
mod file;
mod nodes;
mod open;
mod scope;

pub use self::compact::Compaction;
pub use self::cursor::Cursor;
pub(super) use self::nodes::Marks;
pub(super) use self::scope::Scope;

use core::fmt;
use core::ops::Range;
use std::sync::Arc;

use self::cursor::Step;
use self::durable::DurablePins;
use self::file::GrowingFile;
use super::fault::Fault;
use super::snap::{Depth, MAX_HOPS, Snap};
use super::trace::Trace;
use super::view::{Guard, Held, Root, ViewCore};
use crate::error::WriteError;
use crate::heap::corrupt::Corrupt;
use crate::heap::space::Heap;
use crate::mem::{self, HeapMap, HeapWords};
use crate::publish::{self, Proven, Steps as _};
use crate::untyped::WriterCore;
use commy_types::Touched;

/// A cell up to this size is made on a small place of the stack.
const SMALL_CELL: usize = 128;
/// One up to this size on a larger one, which takes longer to clear.
const LARGE_CELL: usize = 512;

/// What a writer has staged, and everything it needs to publish that.
#[doc(hidden)]
pub struct Edit {
    pub(super) core: WriterCore,
    /// Which blocks are used, and by whom.
    pub(super) books: Heap,
    /// The staged state, as accessors see it; its root is what is published next.
    view: ViewCore<'static>,
    /// The root of the generation that was published last.
    published: Box<[u64]>,
    /// The bytes of the root that differ from it.
    touched: Touched,
    /// The way to the cell that is being changed.
    path: Vec<Step>,
    /// The memory of looks for the blocks of a value that is replaced; empty in between.
    replaced: (Trace, Vec<u64>),
    /// Whether changes are staged until somebody says that they are complete.
    is_open: bool,
    /// How many operations have begun and not ended. One that panicked never ends: then what is staged
    /// may be half of something, and is not published.
    under_way: u32,
    /// How deep the value lies that is being stored.
    depth: Depth,
    /// How many values were overwritten whose blocks could not be found.
    leaked: u64,
    /// The file never grows beyond so many bytes.
    max_size: u64,
    durable_pins: DurablePins,
    /// The generation of the checkpoint that the value is from, if later ones were published before that;
    /// else 0.
    restored: u64,
}

impl Edit {
    /// For a writer that has just opened its file, with this root.
    fn new(core: WriterCore, books: Heap, heap: Arc<HeapMap>, root: Box<[u64]>, max: u64) -> Self {
        let published = root.clone();
        let generation = core.generation();
        let view = ViewCore {
            held: Held::Writer(heap),
            root: Root::Owned(root),
            generation,
            time: 0,
            guard: Guard::Writer(None),
            max_load: u64::MAX,
        };
        Self {
            core,
            books,
            view,
            published,
            touched: Touched::new(),
            path: Vec::new(),
            replaced: (Trace::default(), Vec::new()),
            is_open: false,
            under_way: 0,
            depth: Depth::default(),
            leaked: 0,
            max_size: max,
            durable_pins: DurablePins::default(),
            restored: 0,
        }
    }

    /// The staged state.
    pub(super) const fn view(&self) -> &ViewCore<'static> {
        &self.view
    }

    /// How many values were overwritten whose blocks could not be found.
    pub(super) const fn leaked(&self) -> u64 {
        self.leaked
    }

    /// The generation that the running transaction makes.
    const fn generation(&self) -> u64 {
        self.core.generation() + 1
    }

    fn failed(&self) -> Option<&WriteError> {
        match &self.view.guard {
            Guard::Writer(failed) => failed.as_deref(),
            _ => None,
        }
    }

    /// Remembers the first failure: the transaction cannot be published any more.
    fn fail(&mut self, error: WriteError) {
        if let Guard::Writer(failed @ None) = &mut self.view.guard {
            *failed = Some(Box::new(error));
        }
    }

    /// Reads the staged state.
    ///
    /// # Errors
    ///
    /// What is wrong with the bytes.
    pub(super) fn look<R>(
        &self,
        read: impl FnOnce(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, WriteError> {
        Ok(read(&self.view.snap()?)?)
    }

    #[inline]
    fn heap(&self) -> HeapWords<'_> {
        match &self.view.held {
            Held::Writer(heap) => heap.mapped(),
            _ => HeapWords::EMPTY,
        }
    }

    /// The bytes of the heap, as far as it is mapped.
    #[inline]
    pub(super) fn heap_len(&self) -> u64 {
        let heap = self.heap();
        heap.end().saturating_sub(heap.start())
    }

    fn root_mut(&mut self) -> &mut [u64] {
        match &mut self.view.root {
            Root::Owned(root) => root,
            Root::Borrowed(_) => &mut [],
        }
    }

    /// Replaces bytes of the root, outside a transaction, by what `encode` writes over zeros, and
    /// publishes.
    ///
    /// # Errors
    ///
    /// `Corrupt` for bytes outside the root.
    #[inline]
    fn set_in_root(
        &mut self,
        range: Range<usize>,
        encode: impl FnOnce(&mut [u8]),
    ) -> Result<(), WriteError> {
        self.core.refuse_fork();
        let staged = StagedBytes(self);
        let root: &mut [u8] = bytemuck::cast_slice_mut(staged.0.root_mut());
        let Some(cell) = root.get_mut(range.clone()) else { return Err(outside(0)) };
        cell.fill(0);
        // The user's own code, which may panic, or fork.
        encode(cell);
        staged.0.core.refuse_fork();
        core::mem::forget(staged);
        self.publish_bytes(range);
        Ok(())
    }

    /// Publishes the root, in which nothing has changed but these bytes, and no block.
    #[inline]
    fn publish_bytes(&mut self, range: Range<usize>) {
        let Self { core, view, published, books, .. } = self;
        let Root::Owned(root) = &view.root else { return };
        if !publish::is_copied_whole(size_of_val(&**root)) {
            self.touched.mark(range);
            return self.publish();
        }
        core.commit(root, mem::Extent::Whole);
        keep(root, published, &range);
        let generation = core.generation();
        view.generation = generation;
        // No more waits to be used again than after the publish before.
        books.published_again(generation);
    }

    /// Calls `make` with a cell of zeros.
    #[inline]
    pub(super) fn with_cell<R>(
        &mut self,
        size: usize,
        make: impl FnOnce(&mut Self, &mut [u8]) -> R,
    ) -> R {
        if size <= SMALL_CELL {
            return make(self, [0; SMALL_CELL].split_at_mut(size).0);
        }
        self.with_large_cell(size, make)
    }

    #[inline(never)]
    fn with_large_cell<R>(
        &mut self,
        size: usize,
        make: impl FnOnce(&mut Self, &mut [u8]) -> R,
    ) -> R {
        if size <= LARGE_CELL {
            make(self, [0; LARGE_CELL].split_at_mut(size).0)
        } else {
            make(self, &mut vec![0; size])
        }
    }

    /// Stores what lies behind a handle, in a cell of so many bytes.
    ///
    /// # Errors
    ///
    /// What `store` returns; `TooDeep`, which readers would not read.
    pub(super) fn deeper<R>(
        &mut self,
        size: usize,
        store: impl FnOnce(&mut Self) -> Result<R, WriteError>,
    ) -> Result<R, WriteError> {
        let depth = self.depth;
        self.depth = depth.deeper(size).ok_or(WriteError::TooDeep { max: MAX_HOPS })?;
        let result = store(self);
        self.depth = depth;
        result
    }

    /// Publishes what is staged, if anything is.
    #[inline]
    fn commit(&mut self) {
        if self.touched.is_empty() {
            return;
        }
        self.publish();
    }

    /// Publishes the root, whether or not it differs.
    fn publish(&mut self) {
        let Self { core, view, touched, published, .. } = self;
        let Root::Owned(root) = &view.root else { return };
        let extent = match publish::is_copied_whole(size_of_val(&**root)) {
            true => mem::Extent::Whole,
            false => mem::Extent::Ranges(touched),
        };
        core.commit(root, extent);
        touched.as_slice().iter().for_each(|range| keep(root, published, range));
        touched.clear();
        let generation = core.generation();
        view.generation = generation;
        Proven::pause_point();
        self.books.published(generation);
        self.books.reclaim_if_due(&mut GrowingFile::new(&self.core));
        Proven::pause_point();
    }

    /// Forgets what is staged. Stores nothing that a reader could see.
    fn rollback(&mut self) {
        let Self { view, touched, published, .. } = self;
        if let Root::Owned(root) = &mut view.root {
            root.copy_from_slice(published);
        }
        touched.clear();
        self.depth = Depth::default();
        self.books.rollback();
    }
}

/// Bytes of the root that are being replaced: by what was published, if that does not end well.
struct StagedBytes<'e>(&'e mut Edit);

impl Drop for StagedBytes<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.rollback();
    }
}

/// Copies the words that these bytes are in.
#[inline]
fn keep(from: &[u64], to: &mut [u64], range: &Range<usize>) {
    let words = range.start / 8..range.end.div_ceil(8);
    if let (Some(to), Some(from)) = (to.get_mut(words.clone()), from.get(words)) {
        match (to, from) {
            // What a call would take longer for.
            ([to], [from]) => *to = *from,
            ([to, to_next], [from, from_next]) => (*to, *to_next) = (*from, *from_next),
            (to, from) => to.copy_from_slice(from),
        }
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit")
            .field("path", &self.core.file().path())
            .field("generation", &self.core.generation())
            .finish_non_exhaustive()
    }
}

#[cold]
pub(in crate::growable) fn corrupt(
    what: &'static str,
    found: u64,
    expected: impl Into<Box<str>>,
    offset: u64,
) -> WriteError {
    WriteError::Corrupt { what, found, expected: expected.into(), offset }
}

#[cold]
fn outside(block: u64) -> WriteError {
    super::snap::outside(block).into()
}

/// The books know no such block.
#[cold]
fn unknown(block: u64, wrong: &Corrupt) -> WriteError {
    corrupt("address of a block", block, format!("a block in use: {wrong}"), block)
}
