//! Blocks: finding, filling, copying and retiring them.
//!
//! Only what is of the running transaction is written to, or what is behind the end of a value.

use super::file::GrowingFile;
use super::{Edit, corrupt, outside, unknown};
use crate::error::WriteError;
use crate::format::heap::{Address, BlockHeader, Extent, Kind};
use crate::growable::at::{At, Base};
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap};
use crate::growable::trace::{Trace, Walk};
use crate::mem;
use crate::publish::{Proven, Steps as _};
use crate::sync::{AtomicU64, Ordering};

impl Edit {
    /// Copies bytes of the staged state.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a place that is none.
    #[inline]
    pub(in crate::growable) fn load(&self, at: At, to: &mut [u8]) -> Result<(), WriteError> {
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
    pub(in crate::growable) fn address(&self, at: At) -> Result<Address, WriteError> {
        if let (Base::Block(block), 0) = (at.base(), at.offset() % 8)
            && let Some(word) = self.content(block, at.offset(), 8)?.first()
        {
            return Ok(Address::from_word(word.load(Ordering::Relaxed)));
        }
        let mut word = [0; 8];
        self.load(at, &mut word)?;
        Ok(Address::from_word(u64::from_ne_bytes(word)))
    }

    /// Words of the staged state that are one behind the other: those of a cell.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    #[inline]
    pub(in crate::growable) fn words<const N: usize>(
        &self,
        at: At,
    ) -> Result<[u64; N], WriteError> {
        if let (Base::Root, 0) = (at.base(), at.offset() % 8)
            && let Some(words) = self.view.root_words().get(at.offset() / 8..)
            && let Some(words) = words.first_chunk()
        {
            return Ok(*words);
        }
        let mut words = [0; N];
        self.load(at, bytemuck::cast_slice_mut(&mut words))?;
        Ok(words)
    }

    /// Finds a block for so many bytes; its first word is stored, what is behind is not.
    ///
    /// # Errors
    ///
    /// `NoSpace`, `Full`, `TooLong`.
    pub(in crate::growable) fn alloc(&mut self, kind: Kind, len: usize) -> Result<u64, WriteError> {
        let (block, header) = self.take(kind, len)?;
        let word = self.heap().words(block, 1).and_then(<[AtomicU64]>::first);
        let word = word.ok_or_else(|| outside(block))?;
        Proven::pause_point();
        word.store(header, Ordering::Relaxed);
        Proven::pause_point();
        Ok(block)
    }

    /// Finds a block for so many bytes; returns what its first word is to be, too.
    #[inline]
    fn take(&mut self, kind: Kind, len: usize) -> Result<(u64, u64), WriteError> {
        let needed = (len as u64).saturating_add(BLOCK_HEADER as u64);
        let Some(extent) = Extent::of(needed) else {
            return Err(WriteError::TooLong { len: len as u64, max: u32::MAX.into() });
        };
        let kind = match (kind, extent) {
            (Kind::Bytes, Extent::Run(_)) => Kind::BigBytes,
            (kind, _) => kind,
        };
        let mut file = GrowingFile::new(&self.core);
        let Ok(block) = self.books.alloc(extent, &mut file) else {
            let refused = file.refused();
            return Err(self.no_space(needed, refused));
        };
        self.extend_heap();
        let birth = self.generation();
        let header = BlockHeader::new(birth, extent.class(), kind)
            .map_err(|bad| corrupt("generation", birth, bad.to_string(), 0))?;
        Ok((block, header.word()))
    }

    /// Grows the file until so many bytes are free.
    pub(in crate::growable) fn reserve(&mut self, bytes: u64) -> Result<(), WriteError> {
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
    pub(in crate::growable) fn used(&self, block: u64) -> Result<(usize, bool), WriteError> {
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
    pub(in crate::growable) fn room(&self, block: u64) -> Result<usize, WriteError> {
        self.used(block).map(|(room, _)| room)
    }

    /// A cell says that its value is longer than the block that it leads to.
    #[cold]
    pub(in crate::growable) fn too_long_for(&self, block: u64, len: usize) -> WriteError {
        let room = self.room(block).unwrap_or(0);
        corrupt("length of a value", len as u64, format!("at most {room}"), block)
    }

    /// Those of what is in a block of the running transaction.
    ///
    /// # Errors
    ///
    /// `Corrupt` for any other block, and for what it has no room for.
    #[inline]
    pub(in crate::growable) fn fresh(
        &self,
        block: u64,
        len: usize,
    ) -> Result<&[AtomicU64], WriteError> {
        self.expect_fresh(block, len)?;
        self.content(block, 0, len)
    }

    /// The words of what is in a block, from byte `from` on, a multiple of 8, for so many bytes.
    #[inline]
    pub(super) fn content(
        &self,
        block: u64,
        from: usize,
        len: usize,
    ) -> Result<&[AtomicU64], WriteError> {
        let start = block.saturating_add((BLOCK_HEADER + from) as u64);
        self.heap().words(start, len.div_ceil(8)).ok_or_else(|| outside(block))
    }

    /// Stores bytes into a block of the running transaction, from its start on; behind them are
    /// zeros, up to the end of the word.
    ///
    /// # Errors
    ///
    /// `Corrupt` for any other block.
    pub(in crate::growable) fn fill(&mut self, block: u64, bytes: &[u8]) -> Result<(), WriteError> {
        self.expect_fresh(block, bytes.len())?;
        mem::store_bytes(bytes, self.content(block, 0, bytes.len())?);
        Ok(())
    }

    /// Stores bytes into a block of the running transaction; what is around them stays.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill).
    pub(in crate::growable) fn put(
        &mut self,
        block: u64,
        from: usize,
        bytes: &[u8],
    ) -> Result<(), WriteError> {
        self.expect_fresh(block, from.saturating_add(bytes.len()))?;
        self.store_within(block, from, bytes, true)
    }

    /// Stores bytes behind the end of a value, in whichever block: no generation exposes them. The
    /// word that the value ends in is stored whole, with the bytes that are exposed.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is no such block, or no room.
    pub(in crate::growable) fn append(
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

    #[inline]
    pub(super) fn store_within(
        &self,
        block: u64,
        from: usize,
        bytes: &[u8],
        keeps_behind: bool,
    ) -> Result<(), WriteError> {
        let skip = from % 8;
        let words = self.content(block, from - skip, skip + bytes.len())?;
        mem::store_within(bytes, skip, words);
        let end = (skip + bytes.len()) % 8;
        if !keeps_behind
            && end > 0
            && let Some(last) = words.last()
        {
            // Zeros, up to the end of the word.
            mem::store_within([0; 8].split_at(8 - end).0, end, core::slice::from_ref(last));
        }
        Ok(())
    }

    /// Whoever writes into a published block would show readers half of it.
    #[inline]
    fn expect_fresh(&self, block: u64, len: usize) -> Result<(), WriteError> {
        match self.used(block)? {
            (room, true) if room >= len => Ok(()),
            _ => Err(Self::not_fresh(block)),
        }
    }

    #[cold]
    fn not_fresh(block: u64) -> WriteError {
        let expected = "a block of the running transaction with room for what is stored";
        corrupt("address of a block", block, expected, block)
    }

    /// Copies the first bytes of a block to another one, of the running transaction.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill).
    pub(in crate::growable) fn copy(
        &mut self,
        from: u64,
        to: u64,
        len: usize,
    ) -> Result<(), WriteError> {
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
    #[inline]
    pub(in crate::growable) fn own(
        &mut self,
        block: u64,
        kind: Kind,
        len: usize,
    ) -> Result<u64, WriteError> {
        let (room, is_fresh) = self.used(block)?;
        if is_fresh { Ok(block) } else { self.own_copy(block, kind, (len, room)) }
    }

    /// A copy of a block that is not of the running transaction, which is retired.
    pub(in crate::growable) fn own_copy(
        &mut self,
        block: u64,
        kind: Kind,
        (len, room): (usize, usize),
    ) -> Result<u64, WriteError> {
        if room < len {
            // The file would grow for what is not there.
            return Err(self.too_long_for(block, len));
        }
        let (copy, header) = self.take(kind, len)?;
        let (heap, words) = (self.heap(), len.div_ceil(8) + 1);
        let from = heap.words(block, words).ok_or_else(|| outside(block))?;
        let to = heap.words(copy, words).ok_or_else(|| outside(copy))?;
        let ([old, ..], [new, ..]) = (from, to) else { return Err(outside(block)) };
        let old = old.load(Ordering::Relaxed);
        // The first word, too: nodes begin where lines of the cache do.
        mem::copy_words(from, to);
        new.store(header, Ordering::Relaxed);
        if self.books.retire(block, old).is_err() {
            self.leaked += 1;
        }
        Ok(copy)
    }

    /// Takes a block that the staged state does not reach any more.
    pub(in crate::growable) fn retire(&mut self, block: u64) {
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
    pub(in crate::growable) fn replace(
        &mut self,
        at: At,
        cell: &[u8],
        walk: Walk,
    ) -> Result<(), WriteError> {
        self.retire_all(|snap, trace| walk(snap, at, trace));
        self.write(at, cell)
    }

    /// Retires the blocks that `begin` finds, and those that they lead to.
    pub(in crate::growable) fn retire_all(
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
    pub(in crate::growable) fn write(&mut self, at: At, bytes: &[u8]) -> Result<(), WriteError> {
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

    /// The same for a word.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill).
    #[inline]
    pub(in crate::growable) fn write_word(&mut self, at: At, word: u64) -> Result<(), WriteError> {
        match (at.base(), at.offset() % 8) {
            (Base::Block(block), 0) => {
                self.expect_fresh(block, at.offset() + 8)?;
                let place = self.content(block, at.offset(), 8)?.first();
                place.ok_or_else(|| outside(block))?.store(word, Ordering::Relaxed);
                Ok(())
            }
            _ => self.write(at, &word.to_ne_bytes()),
        }
    }

    /// The same for two words, one behind the other.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill).
    #[inline]
    pub(in crate::growable) fn write_pair(
        &mut self,
        at: At,
        (word, next): (u64, u64),
    ) -> Result<(), WriteError> {
        if let (Base::Root, 0) = (at.base(), at.offset() % 8)
            && let Some(place) = self.root_mut().get_mut(at.offset() / 8..)
            && let [to, to_next, ..] = place
        {
            // Not as an array: that is stored in parts and loaded whole, which waits for both.
            (*to, *to_next) = (word, next);
            self.touched.mark(at.offset()..at.offset() + 16);
            return Ok(());
        }
        self.write(at, bytemuck::cast_slice(&[word, next]))
    }
}
