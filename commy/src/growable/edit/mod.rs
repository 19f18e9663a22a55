//! The writer's transaction: a staged root, and blocks that no reader knows of yet.
//!
//! A block that a published generation reaches is never changed: it is copied, and the copy's
//! address written where that of the block was, in a copy again, up to the root. Two things are
//! done in place: changes to blocks of the running transaction, and bytes behind the length of a
//! value, which no generation exposes.
//!
//! Whether a block is of the running transaction, the private books say, and never the file.

mod compact;
mod cursor;
mod durable;
mod file;
mod nodes;
mod open;
mod scope;

pub use self::compact::Compaction;
pub use self::cursor::Cursor;
pub(super) use self::scope::Scope;

use core::fmt;
use core::ops::Range;
use std::sync::Arc;

use self::cursor::Step;
use self::durable::DurablePins;
use self::file::GrowingFile;
use super::at::{At, Base};
use super::fault::Fault;
use super::snap::{BLOCK_HEADER, Depth, MAX_HOPS, Snap};
use super::trace::{Trace, Walk};
use super::view::{Guard, Held, Root, ViewCore};
use crate::error::WriteError;
use crate::format::heap::{Address, BlockHeader, Extent, Kind};
use crate::heap::corrupt::Corrupt;
use crate::heap::space::Heap;
use crate::mem::{self, HeapMap, HeapWords};
use crate::publish;
use crate::sync::{AtomicU64, Ordering};
use crate::untyped::WriterCore;
use commy_types::Touched;

/// A cell up to this size is made on a small place of the stack.
const SMALL_CELL: usize = 64;
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

    /// Copies bytes of the staged state.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a place that is none.
    #[inline]
    pub(super) fn load(&self, at: At, to: &mut [u8]) -> Result<(), WriteError> {
        let is_there = match at.base() {
            Base::Root => {
                let root: &[u8] = bytemuck::cast_slice(self.view.root_words());
                let bytes = root.get(at.offset()..).and_then(|rest| rest.get(..to.len()));
                bytes.map(|bytes| to.copy_from_slice(bytes)).is_some()
            }
            Base::Block(block) => {
                let skip = at.offset() % 8;
                let words = self.content(block, at.offset() - skip, skip + to.len())?;
                mem::load_into(words, skip, to)
            }
            Base::Apart(_) | Base::Missing => false,
        };
        if is_there { Ok(()) } else { Err(outside(0)) }
    }

    /// The address at a place of the staged state.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    #[inline]
    pub(super) fn address(&self, at: At) -> Result<Address, WriteError> {
        let mut word = [0; 8];
        self.load(at, &mut word)?;
        Ok(Address::from_word(u64::from_ne_bytes(word)))
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

    /// Finds a block for so many bytes; its first word is stored, what is behind is not.
    ///
    /// # Errors
    ///
    /// `NoSpace`, `Full`, `TooLong`.
    pub(super) fn alloc(&mut self, kind: Kind, len: usize) -> Result<u64, WriteError> {
        let needed = (len as u64).saturating_add(BLOCK_HEADER as u64);
        let Some(extent) = Extent::of(needed) else {
            return Err(WriteError::TooLong { len: len as u64, max: u32::MAX.into() });
        };
        let kind = match (kind, extent) {
            (Kind::Bytes, Extent::Run(_)) => Kind::BigBytes,
            (kind, _) => kind,
        };
        let mut file = GrowingFile::new(&self.core);
        let found = self.books.alloc(extent, &mut file);
        let refused = file.refused();
        let block = found.map_err(|_| self.no_space(needed, refused))?;
        self.extend_heap();
        let birth = self.generation();
        let header = BlockHeader::new(birth, extent.class(), kind)
            .map_err(|bad| corrupt("generation", birth, bad.to_string(), 0))?;
        let word = self.heap().words(block, 1).and_then(<[AtomicU64]>::first);
        let word = word.ok_or_else(|| outside(block))?;
        word.store(header.word(), Ordering::Relaxed);
        Ok(block)
    }

    /// Grows the file until so many bytes are free.
    pub(super) fn reserve(&mut self, bytes: u64) -> Result<(), WriteError> {
        let mut file = GrowingFile::new(&self.core);
        let is_there = self.books.reserve(bytes, &mut file);
        let refused = file.refused();
        if is_there { Ok(()) } else { Err(self.no_space(bytes, refused)) }
    }

    #[cold]
    fn no_space(&self, needed: u64, refused: Option<String>) -> WriteError {
        match refused {
            Some(reason) => {
                let path = self.core.file().path().into();
                WriteError::NoSpace { path, needed, reason: reason.into() }
            }
            None => WriteError::Full { needed, max_size: self.max_size },
        }
    }

    /// The root says how far the heap reaches, before it names a block there.
    fn extend_heap(&mut self) {
        let len = self.books.file_len();
        if let Some(heap_len) = self.root_mut().first_mut()
            && *heap_len != len
        {
            *heap_len = len;
            self.touched.mark(0..8);
        }
    }

    /// How many bytes a block has room for, and whether it is of the running transaction.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is no such block.
    #[inline]
    pub(super) fn used(&self, block: u64) -> Result<(usize, bool), WriteError> {
        match self.books.used(block) {
            Ok((size, is_fresh)) => Ok((size as usize - BLOCK_HEADER, is_fresh)),
            Err(wrong) => Err(unknown(block, &wrong)),
        }
    }

    /// How many bytes a block has room for.
    ///
    /// # Errors
    ///
    /// As [`used`](Self::used).
    pub(super) fn room(&self, block: u64) -> Result<usize, WriteError> {
        self.used(block).map(|(room, _)| room)
    }

    /// A cell says that its value is longer than the block that it leads to.
    #[cold]
    pub(super) fn too_long_for(&self, block: u64, len: usize) -> WriteError {
        let room = self.room(block).unwrap_or(0);
        corrupt("length of a value", len as u64, format!("at most {room}"), block)
    }

    /// The words of what is in a block, from byte `from` on, a multiple of 8, for so many bytes.
    fn content(&self, block: u64, from: usize, len: usize) -> Result<&[AtomicU64], WriteError> {
        let start = block.saturating_add((BLOCK_HEADER + from) as u64);
        self.heap().words(start, len.div_ceil(8)).ok_or_else(|| outside(block))
    }

    /// Stores bytes into a block of the running transaction, from its start on; behind them are
    /// zeros, up to the end of the word.
    ///
    /// # Errors
    ///
    /// `Corrupt` for any other block.
    pub(super) fn fill(&mut self, block: u64, bytes: &[u8]) -> Result<(), WriteError> {
        self.expect_fresh(block, bytes.len())?;
        mem::store_bytes(bytes, self.content(block, 0, bytes.len())?);
        Ok(())
    }

    /// Stores bytes into a block of the running transaction; what is around them stays.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill).
    pub(super) fn put(&mut self, block: u64, from: usize, bytes: &[u8]) -> Result<(), WriteError> {
        self.expect_fresh(block, from.saturating_add(bytes.len()))?;
        self.store_within(block, from, bytes, true)
    }

    /// Stores bytes behind the end of a value, in whichever block: no generation exposes them. The
    /// word that the value ends in is stored whole, with the bytes that are exposed.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is no such block, or no room.
    pub(super) fn append(
        &mut self,
        block: u64,
        len: usize,
        bytes: &[u8],
    ) -> Result<(), WriteError> {
        if self.room(block)? < len.saturating_add(bytes.len()) {
            return Err(outside(block));
        }
        self.store_within(block, len, bytes, false)
    }

    fn store_within(
        &self,
        block: u64,
        from: usize,
        bytes: &[u8],
        keeps_behind: bool,
    ) -> Result<(), WriteError> {
        let skip = from % 8;
        let words = self.content(block, from - skip, skip + bytes.len())?;
        let part = |word: &AtomicU64, at: usize, bytes: &[u8]| {
            let mut filled = word.load(Ordering::Relaxed).to_ne_bytes();
            if !keeps_behind {
                filled.iter_mut().skip(at).for_each(|byte| *byte = 0);
            }
            filled.iter_mut().skip(at).zip(bytes).for_each(|(to, byte)| *to = *byte);
            word.store(u64::from_ne_bytes(filled), Ordering::Relaxed);
        };
        let (mut words, mut bytes) = (words, bytes);
        if skip > 0
            && let Some((first, rest)) = words.split_first()
        {
            let (head, behind) = bytes.split_at(bytes.len().min(8 - skip));
            part(first, skip, head);
            (words, bytes) = (rest, behind);
        }
        let (whole, tail) = bytes.split_at(bytes.len() / 8 * 8);
        mem::store_bytes(whole, words);
        if let Some(last) = words.get(whole.len() / 8).filter(|_| !tail.is_empty()) {
            part(last, 0, tail);
        }
        Ok(())
    }

    /// Whoever writes into a published block would show readers half of it.
    fn expect_fresh(&self, block: u64, len: usize) -> Result<(), WriteError> {
        if let (room, true) = self.used(block)?
            && room >= len
        {
            return Ok(());
        }
        let expected = "a block of the running transaction with room for what is stored";
        Err(corrupt("address of a block", block, expected, block))
    }

    /// Copies the first bytes of a block to another one, of the running transaction.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill).
    pub(super) fn copy(&mut self, from: u64, to: u64, len: usize) -> Result<(), WriteError> {
        self.room(from)?;
        self.expect_fresh(to, len)?;
        self.copy_within(from, to, len)
    }

    fn copy_within(&self, from: u64, to: u64, len: usize) -> Result<(), WriteError> {
        let words = len.div_ceil(8);
        mem::copy_words(self.content(from, 0, words * 8)?, self.content(to, 0, words * 8)?);
        Ok(())
    }

    /// Returns a block of the running transaction with the same first bytes: this one, or a copy, in
    /// which case this one is retired.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is no such block; what [`alloc`](Self::alloc) is refused.
    pub(super) fn own(&mut self, block: u64, kind: Kind, len: usize) -> Result<u64, WriteError> {
        let (room, is_fresh) = self.used(block)?;
        if is_fresh {
            return Ok(block);
        }
        if room < len {
            // The file would grow for what is not there.
            return Err(self.too_long_for(block, len));
        }
        let copy = self.alloc(kind, len)?;
        self.copy_within(block, copy, len)?;
        self.retire(block);
        Ok(copy)
    }

    /// Takes a block that the staged state does not reach any more.
    pub(super) fn retire(&mut self, block: u64) {
        let header = self.heap().words(block, 1).and_then(<[AtomicU64]>::first);
        let header = header.map(|word| word.load(Ordering::Relaxed));
        let retired = header.map(|header| self.books.retire(block, header));
        if !matches!(retired, Some(Ok(()))) {
            // Its first word is damaged, or it was retired through another cell: it stays as it is,
            // until a new writer finds out that nothing leads there.
            self.leaked += 1;
        }
    }

    /// Puts another cell in the place of one, whose blocks are retired.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub(super) fn replace(&mut self, at: At, cell: &[u8], walk: Walk) -> Result<(), WriteError> {
        self.retire_all(|snap, trace| walk(snap, at, trace));
        self.write(at, cell)
    }

    /// Retires the blocks that `begin` finds, and those that they lead to.
    pub(super) fn retire_all(
        &mut self,
        begin: impl FnOnce(&Snap<'_>, &mut Trace) -> Result<(), Fault>,
    ) {
        let (mut trace, mut blocks) = core::mem::take(&mut self.replaced);
        let generation = self.generation();
        let found = self.look(|snap| {
            trace.run_again(snap, begin, generation, |found| {
                blocks.push(found.block);
                Ok(())
            })
        });
        match found {
            Ok(()) => blocks.iter().for_each(|block| self.retire(*block)),
            // A value that is damaged can be overwritten, or nothing would repair it.
            Err(_) => self.leaked += 1,
        }
        blocks.clear();
        self.replaced = (trace, blocks);
    }

    /// Writes bytes into the staged root, or into a block of the running transaction.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill).
    pub(super) fn write(&mut self, at: At, bytes: &[u8]) -> Result<(), WriteError> {
        match at.base() {
            Base::Root => {
                let range = at.offset()..at.offset() + bytes.len();
                let root: &mut [u8] = bytemuck::cast_slice_mut(self.root_mut());
                let Some(place) = root.get_mut(range.clone()) else { return Err(outside(0)) };
                place.copy_from_slice(bytes);
                self.touched.mark(range);
                Ok(())
            }
            Base::Block(block) => self.put(block, at.offset(), bytes),
            Base::Apart(_) | Base::Missing => Err(outside(0)),
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
        let staged = StagedBytes { edit: self, range, is_over: false };
        staged.encode_and_publish(encode)
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
        for range in touched.as_slice() {
            let words = range.start / 8..range.end.div_ceil(8);
            if let (Some(to), Some(from)) = (published.get_mut(words.clone()), root.get(words)) {
                to.copy_from_slice(from);
            }
        }
        touched.clear();
        let generation = core.generation();
        view.generation = generation;
        self.books.published(generation);
        self.books.reclaim_if_due(&mut GrowingFile::new(&self.core));
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
struct StagedBytes<'e> {
    edit: &'e mut Edit,
    range: Range<usize>,
    is_over: bool,
}

impl StagedBytes<'_> {
    #[inline]
    fn encode_and_publish(mut self, encode: impl FnOnce(&mut [u8])) -> Result<(), WriteError> {
        let root: &mut [u8] = bytemuck::cast_slice_mut(self.edit.root_mut());
        let Some(cell) = root.get_mut(self.range.clone()) else { return Err(outside(0)) };
        cell.fill(0);
        // The user's own code, which may panic, or fork.
        encode(cell);
        self.edit.core.refuse_fork();
        self.edit.touched.mark(self.range.clone());
        self.is_over = true;
        self.edit.publish();
        Ok(())
    }
}

impl Drop for StagedBytes<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_over {
            self.edit.rollback();
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
