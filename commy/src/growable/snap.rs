//! One try to read one generation: bounds, budgets, and the words.

use core::cell::Cell;
use core::marker::PhantomData;

use commy_types::Mappable;

use super::at::{At, Base};
use super::fault::Fault;
use crate::file::FilePins;
use crate::format::heap::{Address, BLOCK_ALIGN};
use crate::mem::{self, Arrival, ArrivalInto, HeapWords};
use crate::publish::Proven;
use crate::publish::reclaim::{Pin, ReclaimWords, is_settled};
use crate::sync::{AtomicU64, Ordering};

/// The bytes in front of what is in a block.
pub(crate) const BLOCK_HEADER: usize = 8;

/// How many handles lie at most between the record and the innermost value; counted alike by those
/// who write and those who read.
pub(crate) const MAX_HOPS: u32 = 128;
/// What they may weigh together: each one unit, and one for each 256 bytes of its cell. A value is
/// built on the stack, so that large cells count for more.
pub(crate) const MAX_WEIGHT: u32 = 256;

/// A try without a pin that wants more than this at once is not made: it would likely be overtaken,
/// and beside it the system calls of a pin cost nothing.
const MUCH: u64 = 256 << 10;

/// One try to read one generation.
#[doc(hidden)]
#[derive(Debug)]
pub struct Snap<'s> {
    heap: HeapWords<'s>,
    root: RootPart<'s>,
    guard: SnapGuard<'s>,
    /// How many bytes of blocks may still be visited: no value has more of them than the heap, so
    /// that blocks which contain themselves end.
    to_visit: Cell<u64>,
    /// How many bytes of memory may still be taken.
    to_own: Cell<u64>,
    max_load: u64,
    depth: Cell<Depth>,
}

/// Those bytes of the root that are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RootPart<'s> {
    /// Where in the root it begins, in bytes, a multiple of 8.
    pub(crate) start: usize,
    pub(crate) words: &'s [u64],
}

/// What tells whether words that were loaded are still those of the generation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SnapGuard<'s> {
    /// Nobody else changes what is read, or who reads asks at the end.
    None,
    /// A try without a pin.
    Unpinned {
        words: ReclaimWords<'s>,
        generation: u64,
        /// Whether it may be done again with a pin.
        may_pin: bool,
    },
    /// A try through a pin, which the writer may have overridden.
    Pinned { words: ReclaimWords<'s>, pin: &'s Pin<Proven, FilePins> },
}

/// How deep a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Depth {
    pub(crate) hops: u32,
    pub(crate) weight: u32,
}

impl Depth {
    /// One hop deeper, to a cell of so many bytes; `None` if that is too deep.
    #[inline]
    pub(crate) fn deeper(self, size: usize) -> Option<Self> {
        let units = u32::try_from(size / 256).unwrap_or(u32::MAX).saturating_add(1);
        let (hops, weight) = (self.hops + 1, self.weight.saturating_add(units));
        // One large cell alone is no recursion.
        let fits = hops <= MAX_HOPS && (weight <= MAX_WEIGHT || self.weight == 0);
        fits.then_some(Self { hops, weight: weight.min(MAX_WEIGHT) })
    }
}

impl<'s> Snap<'s> {
    pub(crate) const fn new(
        heap: HeapWords<'s>,
        root: RootPart<'s>,
        guard: SnapGuard<'s>,
        max_load: u64,
    ) -> Self {
        let to_visit = Cell::new(heap.end().saturating_sub(heap.start()));
        let (to_own, depth) = (Cell::new(max_load), Cell::new(Depth { hops: 0, weight: 0 }));
        Self { heap, root, guard, to_visit, to_own, max_load, depth }
    }

    /// Where the heap of this generation ends.
    pub(crate) const fn heap(&self) -> HeapWords<'s> {
        self.heap
    }

    /// Whether what was loaded until now is of this generation: before code of the user's sees it,
    /// which should not have to expect what was never published.
    ///
    /// # Errors
    ///
    /// If it is not.
    #[inline]
    pub(crate) fn settle(&self) -> Result<(), Fault> {
        match self.guard {
            SnapGuard::Unpinned { words, generation, .. }
                if !is_settled::<Proven>(words, generation) =>
            {
                Err(Fault::gone())
            }
            SnapGuard::Pinned { words, pin } if pin.settle(words).is_err() => Err(Fault::gone()),
            _ => Ok(()),
        }
    }

    /// The same before bytes are checked: that may be the user's own code.
    #[inline]
    fn settle_for<T: Mappable>(&self) -> Result<(), Fault> {
        if T::NEEDS_CHECK { self.settle() } else { Ok(()) }
    }

    /// Copies as many bytes as `out` has.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a place outside the heap of this generation.
    #[inline]
    pub(crate) fn read(&self, at: At, out: &mut [u8]) -> Result<(), Fault> {
        let Base::Block(block) = at.base() else { return self.read_elsewhere(at, out) };
        let (words, skip) = self.content(block, at.offset(), out.len())?;
        if mem::load_into(words, skip, out) { Ok(()) } else { Err(outside(block)) }
    }

    #[inline(never)]
    fn read_elsewhere(&self, at: At, out: &mut [u8]) -> Result<(), Fault> {
        match at.base() {
            Base::Apart(root) => return self.read(self.apart(root, at.offset())?, out),
            Base::Missing => out.fill(0),
            _ => out.copy_from_slice(self.root_bytes(at, out.len())?),
        }
        Ok(())
    }

    /// The word at a place that is a multiple of 8 bytes.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline]
    pub(crate) fn word(&self, at: At) -> Result<u64, Fault> {
        if let (Base::Block(block), 0) = (at.base(), at.offset() % 8) {
            let word = self.content(block, at.offset(), 8)?.0.first();
            return word.map(|word| word.load(Ordering::Relaxed)).ok_or_else(|| outside(block));
        }
        self.word_elsewhere(at)
    }

    #[inline(never)]
    fn word_elsewhere(&self, at: At) -> Result<u64, Fault> {
        let mut bytes = [0; 8];
        self.read(at, &mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    /// Words that are one behind the other: those of a cell, at a multiple of 8 bytes.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline(always)]
    pub(crate) fn words<const N: usize>(&self, at: At) -> Result<[u64; N], Fault> {
        if at.offset().is_multiple_of(8) {
            match at.base() {
                Base::Root => {
                    let first = at.offset().checked_sub(self.root.start).map(|start| start / 8);
                    let words = first.and_then(|first| self.root.words.get(first..));
                    let words = words.and_then(<[u64]>::first_chunk);
                    return words.copied().ok_or_else(|| outside_root(at.offset()));
                }
                Base::Block(block) => {
                    let words = self.content(block, at.offset(), N * 8)?.0.first_chunk();
                    let words = words.map(|words: &[AtomicU64; N]| {
                        words.each_ref().map(|word| word.load(Ordering::Relaxed))
                    });
                    return words.ok_or_else(|| outside(block));
                }
                _ => {}
            }
        }
        self.words_elsewhere(at)
    }

    #[inline(never)]
    fn words_elsewhere<const N: usize>(&self, at: At) -> Result<[u64; N], Fault> {
        let mut words = [0; N];
        self.read(at, bytemuck::cast_slice_mut(&mut words))?;
        Ok(words)
    }

    /// The value of a fixed type.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); `Invalid` for bytes that are no value.
    #[inline(always)]
    pub(crate) fn plain<T: Mappable>(&self, at: At) -> Result<T, Fault> {
        match at.base() {
            Base::Block(block) => {
                let (words, skip) = self.content(block, at.offset(), size_of::<T>())?;
                let mut arrival = Arrival::new();
                if !arrival.load(words, skip) {
                    return Err(outside(block));
                }
                self.settle_for::<T>()?;
                arrival.check(Fault::invalid)
            }
            Base::Root => {
                let bytes = self.root_bytes(at, size_of::<T>())?;
                self.settle_for::<T>()?;
                mem::value_of(bytes).map_err(Fault::invalid)
            }
            Base::Apart(root) => self.plain_apart(root, at.offset()),
            Base::Missing => Ok(mem::zeroed()),
        }
    }

    #[inline(never)]
    fn plain_apart<T: Mappable>(&self, root: u32, offset: usize) -> Result<T, Fault> {
        let at = self.apart(root, offset)?;
        match at.base() {
            Base::Block(_) => self.plain(at),
            _ => Ok(mem::zeroed()),
        }
    }

    /// Values that are one behind the other, to be loaded one by one.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline]
    pub(crate) fn row<T: Mappable>(
        &self,
        at: At,
        count: usize,
        stride: usize,
    ) -> Result<Row<'s, T>, Fault> {
        let Base::Block(block) = at.base() else { return Err(outside(0)) };
        let (words, skip) = self.content(block, at.offset(), count * stride)?;
        Ok(Row { words, skip, stride, block, value: PhantomData })
    }

    /// The same for values that are one behind the other.
    ///
    /// # Errors
    ///
    /// As [`plain`](Self::plain).
    pub(crate) fn plains<T: Mappable>(
        &self,
        at: At,
        count: usize,
        values: &mut Vec<T>,
    ) -> Result<(), Fault> {
        let Base::Block(block) = at.base() else {
            for index in 0..count {
                values.push(self.plain(at.plus(index * size_of::<T>()))?);
            }
            return Ok(());
        };
        let (words, skip) = self.content(block, at.offset(), count * size_of::<T>())?;
        // The check may be the user's own code.
        let settle = || self.settle();
        match mem::load_values(words, skip, count, values, settle, Fault::invalid)? {
            true => Ok(()),
            false => Err(outside(block)),
        }
    }

    /// The same for values that are so many bytes apart.
    ///
    /// # Errors
    ///
    /// As [`plain`](Self::plain).
    #[inline]
    pub(crate) fn plains_apart<T: Mappable>(
        &self,
        at: At,
        (count, stride): (usize, usize),
        values: &mut Vec<T>,
    ) -> Result<(), Fault> {
        if T::NEEDS_CHECK {
            // Each is looked at where it stands: the check may be the user's own code.
            for index in 0..count {
                values.push(self.plain(at.plus(index * stride))?);
            }
            return Ok(());
        }
        let bytes = count.saturating_sub(1) * stride + size_of::<T>();
        let Base::Block(block) = at.base() else { return Err(outside(0)) };
        let (words, skip) = self.content(block, at.offset(), bytes)?;
        values.reserve(count);
        for index in 0..count {
            let mut arrival = Arrival::new();
            if !arrival.load(words, skip + index * stride) {
                return Err(outside(block));
            }
            values.push(arrival.check(Fault::invalid)?);
        }
        Ok(())
    }

    /// The same in a box: a large value never crosses the stack.
    ///
    /// # Errors
    ///
    /// As [`plain`](Self::plain).
    pub(crate) fn plain_boxed<T: Mappable>(&self, at: At) -> Result<Box<T>, Fault> {
        let Base::Block(block) = at.base() else {
            return match at.base() {
                Base::Missing => Ok(mem::zeroed_box()),
                _ => self.plain_to_box(at),
            };
        };
        let (words, skip) = self.content(block, at.offset(), size_of::<T>())?;
        let mut value = mem::zeroed_box::<T>();
        let mut arrival = ArrivalInto::new(&mut *value);
        if !arrival.load(words, skip) {
            return Err(outside(block));
        }
        self.settle_for::<T>()?;
        arrival.check().map_err(Fault::invalid)?;
        Ok(value)
    }

    /// A value that crosses the stack, but no frame of those that do not.
    #[inline(never)]
    fn plain_to_box<T: Mappable>(&self, at: At) -> Result<Box<T>, Fault> {
        self.plain(at).map(Box::new)
    }

    /// The words of the bytes from `offset` to `offset + len` of what is in a block, and how many
    /// bytes to skip in the first of them.
    #[inline(always)]
    pub(crate) fn content(
        &self,
        block: u64,
        offset: usize,
        len: usize,
    ) -> Result<(&'s [AtomicU64], usize), Fault> {
        let skip = offset % 8;
        let start = block.checked_add((BLOCK_HEADER + offset - skip) as u64);
        let count = len.checked_add(skip).map(|bytes| bytes.div_ceil(8));
        let words = start.zip(count).and_then(|(start, count)| self.heap.words(start, count));
        words.map(|words| (words, skip)).ok_or_else(|| outside(block))
    }

    /// Asks for the first bytes of a block, its header included, which are read soon.
    #[inline]
    pub(crate) fn prefetch(&self, block: u64, bytes: usize) {
        self.heap.prefetch(block, bytes);
    }

    /// The first word of a block.
    #[inline]
    pub(crate) fn header(&self, block: u64) -> Result<u64, Fault> {
        let word = self.heap.words(block, 1).and_then(<[AtomicU64]>::first);
        word.map(|word| word.load(Ordering::Relaxed)).ok_or_else(|| outside(block))
    }

    /// The bytes of a part of the root.
    #[inline]
    pub(crate) fn root_bytes(&self, at: At, len: usize) -> Result<&'s [u8], Fault> {
        let bytes: &[u8] = bytemuck::cast_slice(self.root.words);
        let start = at.offset().checked_sub(self.root.start);
        let part = start.and_then(|start| bytes.get(start..)).and_then(|rest| rest.get(..len));
        part.ok_or_else(|| outside_root(at.offset()))
    }

    /// A place in a block whose address is in the root.
    #[inline(never)]
    fn apart(&self, root: u32, offset: usize) -> Result<At, Fault> {
        Ok(self.follow(At::root(root as usize))?.plus(offset))
    }

    /// Where the address at `at` leads; a cell that lies in a block of its own begins there.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); `Corrupt` for what cannot be an address.
    #[inline]
    pub(crate) fn follow(&self, at: At) -> Result<At, Fault> {
        let address = Address::from_word(self.word(at)?);
        let block = address.offset();
        if block == 0 {
            return Ok(At::block(0));
        }
        if block < self.heap.start() || block >= self.heap.end() {
            return Err(outside(block));
        }
        Ok(At::block(block))
    }

    /// Takes note that a value needs so many bytes of memory, of which so many are in blocks.
    ///
    /// # Errors
    ///
    /// `TooLarge`; `Corrupt` if more is visited than there is; `WantsPin`.
    #[inline]
    pub(crate) fn spend(&self, visited: u64, owned: u64) -> Result<(), Fault> {
        let Some(left) = self.to_visit.get().checked_sub(visited) else {
            return Err(self.visited_too_much(visited));
        };
        self.to_visit.set(left);
        let Some(left) = self.to_own.get().checked_sub(owned) else {
            return Err(self.owned_too_much(owned));
        };
        self.to_own.set(left);
        match self.guard {
            SnapGuard::Unpinned { may_pin: true, .. } if visited > MUCH => Err(Fault::wants_pin()),
            _ => Ok(()),
        }
    }

    #[cold]
    fn visited_too_much(&self, visited: u64) -> Fault {
        let expected = format!("at most the heap of {} bytes", self.len());
        Fault::corrupt("bytes of blocks", visited, expected, 0)
    }

    #[cold]
    fn owned_too_much(&self, owned: u64) -> Fault {
        let needed = (self.max_load - self.to_own.get()).saturating_add(owned);
        Fault::too_large(needed, self.max_load)
    }

    /// Reads what was counted before, or is no more than who reads has at hand: it is not counted, but
    /// bounded by itself.
    #[inline]
    pub(crate) fn uncounted<R>(&self, read: impl FnOnce() -> R) -> R {
        let before = (self.to_visit.get(), self.to_own.get());
        self.renew();
        let result = read();
        self.to_visit.set(before.0);
        self.to_own.set(before.1);
        result
    }

    /// Makes room for values, but no more than a heap of this length fills: what is only said to be
    /// there takes no memory.
    pub(crate) fn reserve<T>(&self, values: &mut Vec<T>, count: u64) {
        let most = self.len() / size_of::<T>().max(1) as u64;
        values.reserve_exact(usize::try_from(count.min(most)).unwrap_or(0));
    }

    /// Begins to count anew what is visited.
    #[inline]
    pub(crate) fn renew(&self) {
        self.to_visit.set(self.len());
        self.to_own.set(self.max_load);
    }

    /// Reads what lies behind a handle, in a cell of so many bytes.
    ///
    /// # Errors
    ///
    /// What `read` returns; `Corrupt` if it is deeper than writers go.
    #[inline]
    pub(crate) fn deeper<R>(
        &self,
        size: usize,
        read: impl FnOnce() -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let depth = self.depth.get();
        let Some(deeper) = depth.deeper(size) else { return Err(too_deep(depth)) };
        self.depth.set(deeper);
        let result = read();
        self.depth.set(depth);
        result
    }

    /// The bytes of the heap.
    pub(crate) const fn len(&self) -> u64 {
        self.heap.end().saturating_sub(self.heap.start())
    }
}

/// Values that are one behind the other in a block.
pub(crate) struct Row<'s, T> {
    words: &'s [AtomicU64],
    skip: usize,
    stride: usize,
    block: u64,
    value: PhantomData<fn() -> T>,
}

impl<T: Mappable> Row<'_, T> {
    /// Whether [`number`](Self::number) can be asked for: values that need no check, whole within a word.
    pub(crate) const HAS_NUMBERS: bool = !T::NEEDS_CHECK && matches!(size_of::<T>(), 1 | 2 | 4 | 8);

    /// The same for values of which each is within a word and needs no check, side by side from the
    /// start of a word on. Behind the last one they mean nothing.
    #[inline]
    pub(crate) fn number(&self, index: usize) -> Result<T, Fault> {
        let size = size_of::<T>();
        let word = self.words.get(index * size / 8).map_or(0, |word| word.load(Ordering::Relaxed));
        let shift = index * size % 8 * 8;
        let shift = if cfg!(target_endian = "little") { shift } else { 64 - size * 8 - shift };
        let number = word >> shift;
        let value = match size {
            1 => mem::value_of(&(number as u8).to_ne_bytes()),
            2 => mem::value_of(&(number as u16).to_ne_bytes()),
            4 => mem::value_of(&(number as u32).to_ne_bytes()),
            _ => mem::value_of(&number.to_ne_bytes()),
        };
        value.map_err(Fault::invalid)
    }

    /// Loads one of them.
    ///
    /// # Errors
    ///
    /// As [`Snap::plain`].
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Result<T, Fault> {
        let mut arrival = Arrival::new();
        if !arrival.load(self.words, self.skip + index * self.stride) {
            return Err(outside(self.block));
        }
        arrival.check(Fault::invalid)
    }
}

const _: () = assert!(BLOCK_ALIGN.is_multiple_of(8));

/// A block that does not lie within the heap.
#[cold]
pub(crate) fn outside(block: u64) -> Fault {
    let expected = "a block within the heap of this generation";
    Fault::corrupt("address of a block", block, expected, block)
}

#[cold]
fn outside_root(offset: usize) -> Fault {
    Fault::corrupt("offset in the root", offset as u64, "less", 0)
}

#[cold]
fn too_deep(depth: Depth) -> Fault {
    let expected = format!("at most {MAX_HOPS}, of a weight of {MAX_WEIGHT} in all");
    Fault::corrupt("depth", u64::from(depth.hops) + 1, expected, 0)
}
