//! A compact copy of one generation, as a file of its own.
//!
//! The blocks are counted by a first walk. A second one copies each into its place, before those
//! that it leads to, and writes the new address into the copy of the block that leads there. So
//! neither needs more memory than the list of what is still to be visited. Bytes are not decoded,
//! and what lies behind the length of a value stays behind.

use core::ops::Range;
use std::path::Path;

use super::at::Base;
use super::fault::Fault;
use super::record::{GrowableRecord, RootField};
use super::snap::{BLOCK_HEADER, Snap, outside};
use super::trace::{Found, Trace};
use super::view::ViewCore;
use crate::error::{CreateError, SaveError};
use crate::file::{self, FileOptions};
use crate::format::PAGE;
use crate::format::heap::{
    Address, BadHeader, BlockHeader, CLASSES, Class, Extent, Kind, SizeClass,
};
use crate::mem::{self, HeapWords, Slots};
use crate::sync::{AtomicU64, Ordering};

/// Copies the generation of a view to a new file.
pub(super) fn save<T: GrowableRecord>(view: &ViewCore<'_>, path: &Path) -> Result<(), SaveError> {
    let mut counts = Counts { classes: [0; CLASSES], run_pages: 0 };
    view.read(|snap| {
        walk::<T>(snap, view.generation, |found, _| {
            counts.add(room_of(&found)).ok_or_else(|| too_many(&found))
        })
    })?;
    let slots = view.slots();
    let options = FileOptions {
        slots: slots.and_then(|slots| u32::try_from(slots.count()).ok()),
        timestamps: slots.map(Slots::keeps_times),
        ..FileOptions::default()
    };
    // The copy goes on counting where this generation is.
    let base = view.generation.saturating_sub(1);
    let mut copy = file::create_copy(path, T::spec(), &options, base)?;
    let no_heap = || Fault::corrupt("offset of the heap", 0, "a heap", 0);
    let start =
        copy.heap().map(|heap| heap.start()).ok_or_else(|| SaveError::Read(no_heap().into()))?;
    let places = u32::try_from(start.div_ceil(PAGE)).ok().and_then(|first| counts.places(first));
    let (mut places, end) = places.ok_or_else(|| {
        let fault = Fault::corrupt("pages of a heap", counts.run_pages.into(), "less than 2^32", 0);
        SaveError::Read(fault.into())
    })?;
    copy.grow_heap(end).map_err(|source| CreateError::space(path, end, source))?;
    let heap = copy.heap().map_or(HeapWords::EMPTY, |heap| heap.mapped());
    let root = view.read(|snap| {
        let mut root = view.root_words().to_vec();
        if let Some(heap_len) = root.first_mut() {
            *heap_len = if end > start { end } else { 0 };
        }
        walk::<T>(snap, view.generation, |found, leads_here| {
            let place = places.take(room_of(&found)).ok_or_else(|| changed(&found))?;
            copy_block(snap, &found, heap, place)?;
            lead_to(place, &found, leads_here, heap, &mut root)?;
            Ok(place)
        })?;
        Ok(root)
    })?;
    copy.complete_copy((view.generation, view.time), &root)?;
    Ok(())
}

/// Visits all blocks of a record; what `visit` returns for one is told with those that it leads to.
fn walk<T: GrowableRecord>(
    snap: &Snap<'_>,
    latest: u64,
    visit: impl FnMut(Found, u64) -> Result<u64, Fault>,
) -> Result<(), Fault> {
    let begin = |snap: &Snap<'_>, trace: &mut Trace| RootField::trace_all(T::FIELDS, snap, trace);
    Trace::default().run_marked(snap, begin, latest, visit)
}

/// The room of a block in the copy: text and bytes leave behind what they were to grow into.
fn room_of(found: &Found) -> Extent {
    match found.kind {
        Kind::Bytes | Kind::BigBytes => {
            Extent::of(found.bytes + BLOCK_HEADER as u64).unwrap_or(found.extent)
        }
        _ => found.extent,
    }
}

/// Copies a block to `place`.
fn copy_block(
    snap: &Snap<'_>,
    found: &Found,
    heap: HeapWords<'_>,
    place: u64,
) -> Result<(), Fault> {
    let (word, block) = (snap.header(found.block)?, found.block);
    let bad =
        |wrong: BadHeader| Fault::corrupt("first word of a block", word, wrong.to_string(), block);
    let class = room_of(found).class();
    let kind = match (found.kind, class) {
        (Kind::BigBytes, Class::Small(_)) => Kind::Bytes,
        (kind, _) => kind,
    };
    let birth = BlockHeader::from_word(word).map_err(bad)?.birth();
    let header = BlockHeader::new(birth, class, kind).map_err(bad)?;
    let first = heap.words(place, 1).and_then(<[AtomicU64]>::first);
    first.ok_or_else(|| changed(found))?.store(header.word(), Ordering::Relaxed);
    let len = usize::try_from(found.bytes).map_err(|_| outside(block))?;
    let (from, _) = snap.content(block, 0, len)?;
    let to = heap.words(place + BLOCK_HEADER as u64, from.len()).ok_or_else(|| changed(found))?;
    let (mut buffer, mut left) = ([0; PAGE as usize], len);
    for (from, to) in from.chunks(buffer.len() / 8).zip(to.chunks(buffer.len() / 8)) {
        let bytes = buffer.split_at_mut(left.min(from.len() * 8)).0;
        if !mem::load_into(from, 0, bytes) {
            return Err(outside(block));
        }
        mem::store_bytes(bytes, to);
        left -= bytes.len();
    }
    Ok(())
}

/// Writes the address of a copied block where that of the block was, in the root or in the copy of
/// the block that leads to it; the low bits of the word stay.
fn lead_to(
    place: u64,
    found: &Found,
    leads_here: u64,
    heap: HeapWords<'_>,
    root: &mut [u64],
) -> Result<(), Fault> {
    let offset = found.place.offset();
    let moved = |word: u64| {
        let old = Address::from_word(word);
        old.moved_to(place).filter(|_| old.offset() == found.block).ok_or_else(|| changed(found))
    };
    match found.place.base() {
        Base::Root => {
            let word = root.get_mut(offset / 8).filter(|_| offset.is_multiple_of(8));
            let word = word.ok_or_else(|| changed(found))?;
            *word = moved(*word)?.word();
        }
        Base::Block(_) => {
            let at = leads_here + (BLOCK_HEADER + offset) as u64;
            let word = heap.words(at, 1).and_then(<[AtomicU64]>::first);
            let word = word.ok_or_else(|| changed(found))?;
            word.store(moved(word.load(Ordering::Relaxed))?.word(), Ordering::Relaxed);
        }
        Base::Apart(_) | Base::Missing => return Err(changed(found)),
    }
    Ok(())
}

/// What is visited is not what was there a moment ago.
#[cold]
fn changed(found: &Found) -> Fault {
    let expected = "that of the same block as before: somebody writes into published blocks";
    Fault::corrupt("address of a block", found.block, expected, found.block)
}

/// More blocks than a file has pages.
#[cold]
fn too_many(found: &Found) -> Fault {
    Fault::corrupt("bytes of a block", found.bytes, "blocks of less than 2^32 pages", found.block)
}

/// How many blocks there are.
#[derive(Debug)]
struct Counts {
    /// Of each class, by its number.
    classes: [u32; CLASSES],
    /// The pages of runs.
    run_pages: u32,
}

impl Counts {
    /// Counts one more; returns 0, or `None` if they are more than a number can tell.
    fn add(&mut self, extent: Extent) -> Option<u64> {
        let (count, more) = match extent {
            Extent::Small(class) => (self.classes.get_mut(usize::from(class.number()))?, 1),
            Extent::Run(pages) => (&mut self.run_pages, pages),
        };
        *count = count.checked_add(more)?;
        Some(0)
    }

    /// Places for all of them from this page on, and where in the file they end.
    fn places(&self, first: u32) -> Option<(Places, u64)> {
        let mut next = first;
        let mut take = |pages: u32| {
            let start = next;
            next = next.checked_add(pages)?;
            Some(start..next)
        };
        let mut places = Places { classes: Vec::new(), runs: take(self.run_pages)? };
        for (count, number) in self.classes.iter().zip(0..) {
            let class = SizeClass::from_number(number)?;
            let pages = take(count.div_ceil(class.per_page()))?;
            places.classes.push(Shelf { class, pages, given: 0 });
        }
        Some((places, u64::from(next) * PAGE))
    }
}

/// Where the blocks of a copy go: those of one class side by side, so that at most the last page of
/// each class has room left.
#[derive(Debug)]
struct Places {
    /// By the number of the class.
    classes: Vec<Shelf>,
    /// The pages that are left for runs.
    runs: Range<u32>,
}

/// The pages of one class.
#[derive(Debug)]
struct Shelf {
    class: SizeClass,
    pages: Range<u32>,
    /// How many of the blocks were handed out.
    given: u32,
}

impl Places {
    /// The next place of this extent; `None` if fewer were counted.
    fn take(&mut self, extent: Extent) -> Option<u64> {
        match extent {
            Extent::Small(class) => {
                let shelf = self.classes.get_mut(usize::from(class.number()))?;
                let (page, index) =
                    (shelf.given / shelf.class.per_page(), shelf.given % shelf.class.per_page());
                let page = shelf.pages.start.checked_add(page)?;
                if page >= shelf.pages.end {
                    return None;
                }
                shelf.given += 1;
                class.offset(page, index)
            }
            Extent::Run(pages) => {
                let start = self.runs.start;
                self.runs.start = start.checked_add(pages).filter(|end| *end <= self.runs.end)?;
                Some(u64::from(start) * PAGE)
            }
        }
    }
}
