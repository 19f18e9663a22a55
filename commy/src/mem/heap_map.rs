//! The heap of a growable record in memory: it is mapped as far as it is needed, and further when the
//! file has grown.
//!
//! Addresses are reserved when it is first mapped, so that it can grow in place. Where they are used
//! up, or cannot be had, it is mapped once more, at other addresses; what was mapped before stays,
//! because somebody may be looking at it.

use core::fmt;
use std::fs::File;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::region::{Access, Region};
use crate::sync::AtomicU64;
use crate::sys::{self, FileSystem};

/// More addresses are not reserved at first, whatever was asked for.
const MAX_RESERVED: u64 = 64 << 30;

/// Mappings begin at multiples of this, which every page size divides. What lies in front of the
/// heap there is mapped, too, and never looked at.
const GRANULE: u64 = 64 << 10;

/// The heap of a growable record: mapped as far as it is needed, and further when it grows.
#[derive(Debug)]
pub(crate) struct HeapMap {
    file: File,
    /// Where in the file the heap begins.
    start: u64,
    access: Access,
    /// How many bytes it may get to have, as far as is known.
    reserved: u64,
    system: FileSystem,
    /// Each maps more than the one before it.
    first: Next,
    /// Held by who maps more.
    growing: Mutex<()>,
}

/// A mapping that may come, and then stays.
type Next = OnceLock<Box<Part>>;

/// All of the heap that was needed when it was mapped, and a bit of what is in front of it.
#[derive(Debug)]
struct Part {
    region: Region,
    next: Next,
}

/// The file is shorter than it would have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file has {found} bytes, expected {needed}")]
pub(crate) struct TooShort {
    /// Its length in bytes.
    pub(crate) found: u64,
    /// The least length in bytes.
    pub(crate) needed: u64,
}

/// A part of the file is a hole that there is no room to fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file has a hole at byte {hole} and no room to fill it")]
pub(crate) struct NoRoom {
    /// Where the hole begins.
    pub(crate) hole: u64,
}

impl HeapMap {
    /// A heap that begins at byte `start` of `file`, a multiple of 4096, and of which nothing is mapped
    /// yet. Addresses for `reserved` bytes are kept free, if they can be had.
    pub(crate) fn new(file: File, start: u64, access: Access, reserved: u64) -> Self {
        let system = sys::file_system(&file);
        let (first, growing) = (Next::new(), Mutex::new(()));
        Self { file, start, access, reserved, system, first, growing }
    }

    /// What is mapped now; no lock and no system call.
    #[inline]
    pub(crate) fn mapped(&self) -> HeapWords<'_> {
        match self.newest() {
            Some(part) => self.words_of(&part.region),
            None => HeapWords { start: self.start, words: &[] },
        }
    }

    /// What is mapped when all is that lies in front of byte `end` of the file.
    ///
    /// # Errors
    ///
    /// - `UnexpectedEof` with [`TooShort`] for a file that does not reach so far.
    /// - `StorageFull` with [`NoRoom`] for one in memory with a hole, to load from which would end the
    ///   process.
    /// - What the system refuses.
    pub(crate) fn reach(&self, end: u64) -> io::Result<HeapWords<'_>> {
        // Words are whole.
        let end = end / 8 * 8;
        if end <= self.mapped().end() {
            return Ok(self.mapped());
        }
        let _held = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let from = self.mapped().end();
        if end <= from {
            return Ok(self.mapped());
        }
        let metadata = self.file.metadata()?;
        if metadata.len() < end {
            let short = TooShort { found: metadata.len(), needed: end };
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, short));
        }
        let len = usize::try_from(end - self.origin()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        // Pages are there before anybody is shown them.
        let fill = |region: &Region| {
            let holes = region.fill_holes(&self.file, &metadata, self.system, (from, end));
            holes.map_err(|hole| io::Error::new(io::ErrorKind::StorageFull, NoRoom { hole }))
        };
        if let Some(part) = self.newest() {
            match part.region.grow_after(&self.file, len, fill) {
                Err(error) if is_used_up(&error) => {}
                grown => return grown.map(|()| self.mapped()),
            }
        }
        let region = self.map(len)?;
        fill(&region)?;
        let next = self.newest().map_or(&self.first, |part| &part.next);
        // Nobody else sets it: that takes the lock.
        let _ = next.set(Box::new(Part { region, next: Next::new() }));
        Ok(self.mapped())
    }

    /// Maps `len` bytes, with as many addresses behind them as can be had.
    fn map(&self, len: usize) -> io::Result<Region> {
        let asked = match self.newest() {
            // Addresses cost nothing: so this does not come often.
            Some(_) => len.saturating_mul(2),
            None => {
                let asked = self.reserved.min(MAX_RESERVED).saturating_add(GRANULE);
                usize::try_from(asked).unwrap_or(usize::MAX)
            }
        };
        let mut reserved = asked.max(len);
        loop {
            match Region::reserve_at(&self.file, self.origin(), len, reserved, self.access) {
                // A limit for addresses (RLIMIT_AS), or for pages in memory (`mlockall`).
                Err(error) if reserved > len && is_out_of_addresses(&error) => {
                    reserved = (reserved / 2).max(len);
                }
                mapped => return mapped,
            }
        }
    }

    /// Asks the kernel to write changed pages of what is mapped to the disk, and waits for it.
    ///
    /// # Errors
    ///
    /// What `msync` reports.
    pub(crate) fn flush(&self) -> io::Result<()> {
        // All mappings are of the same pages, and the newest has all of them.
        self.newest().map_or(Ok(()), |part| part.region.flush())
    }

    /// Makes the next sync write every page of what is mapped: see [`Region::dirty`].
    pub(crate) fn dirty(&self) {
        if let Some(part) = self.newest() {
            part.region.dirty();
        }
    }

    /// Touches every page of what is mapped: see [`Region::prefault`].
    pub(crate) fn prefault(&self) {
        if let Some(part) = self.newest() {
            part.region.prefault();
        }
    }

    /// How many bytes of the heap are mapped.
    #[cfg(test)]
    pub(crate) fn len_mapped(&self) -> u64 {
        self.mapped().end() - self.start
    }

    /// Where in the file the heap begins.
    pub(crate) const fn start(&self) -> u64 {
        self.start
    }

    /// Where the mappings begin in the file.
    const fn origin(&self) -> u64 {
        self.start / GRANULE * GRANULE
    }

    /// The mapping that has most.
    #[inline]
    fn newest(&self) -> Option<&Part> {
        let mut newest = self.first.get()?;
        while let Some(next) = newest.next.get() {
            newest = next;
        }
        Some(newest)
    }

    #[inline]
    fn words_of<'m>(&self, region: &'m Region) -> HeapWords<'m> {
        let in_front = (self.start - self.origin()) as usize;
        let count = region.len().saturating_sub(in_front) / 8;
        HeapWords { start: self.start, words: region.words(in_front, count).unwrap_or_default() }
    }
}

/// The bytes of a cache line.
const LINE: usize = 64;

/// Asks for the cache line of a word.
#[inline]
fn prefetch(word: &AtomicU64) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a hint about an address, which loads nothing that the program sees, and never faults
        // (Intel, "Software Developer's Manual", volume 2, PREFETCHh).
        unsafe { _mm_prefetch::<_MM_HINT_T0>(core::ptr::from_ref(word).cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = word;
}

/// Whether a mapping has no addresses left to grow.
fn is_used_up(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

/// Whether fewer addresses might be had.
fn is_out_of_addresses(error: &io::Error) -> bool {
    // The latter is what a limit for locked memory says.
    matches!(error.kind(), io::ErrorKind::OutOfMemory | io::ErrorKind::WouldBlock)
}

/// The words of a heap up to some place.
#[derive(Clone, Copy)]
pub(crate) struct HeapWords<'m> {
    /// Where in the file the first word is.
    start: u64,
    words: &'m [AtomicU64],
}

impl<'m> HeapWords<'m> {
    /// No words.
    pub(crate) const EMPTY: Self = Self { start: 0, words: &[] };

    /// The `count` words from byte `offset` of the file on, a multiple of 8; `None` if they are not all
    /// there.
    #[inline]
    pub(crate) fn words(self, offset: u64, count: usize) -> Option<&'m [AtomicU64]> {
        let at = offset.checked_sub(self.start)?;
        if !at.is_multiple_of(8) {
            return None;
        }
        let first = usize::try_from(at / 8).ok()?;
        self.words.get(first..first.checked_add(count)?)
    }

    /// Asks the processor for so many bytes of the file from byte `offset` on, without waiting for them:
    /// they are read soon. What is not among these words is not asked for.
    #[inline]
    pub(crate) fn prefetch(self, offset: u64, bytes: usize) {
        if let Some(words) = self.words(offset / 8 * 8, bytes.div_ceil(8)) {
            words.iter().step_by(LINE / 8).for_each(prefetch);
        }
    }

    /// All of them.
    pub(crate) const fn all(self) -> &'m [AtomicU64] {
        self.words
    }

    /// Where in the file the last word ends.
    #[inline]
    pub(crate) const fn end(self) -> u64 {
        self.start + self.words.len() as u64 * 8
    }

    /// Where in the file the first word begins.
    #[inline]
    pub(crate) const fn start(self) -> u64 {
        self.start
    }

    /// The whole words among these that end in front of byte `end` of the file.
    #[inline]
    pub(crate) fn up_to(self, end: u64) -> Self {
        let count = usize::try_from(end.saturating_sub(self.start) / 8).unwrap_or(usize::MAX);
        Self { words: self.words.split_at(count.min(self.words.len())).0, ..self }
    }
}

impl fmt::Debug for HeapWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeapWords")
            .field("start", &self.start())
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::thread;

    use super::*;
    use crate::sync::Ordering;

    const PAGE: u64 = 4096;
    /// Not a multiple of the granule, as slots end anywhere.
    const START: u64 = 5 * PAGE;

    /// A file of so many pages, in which each word is its own number.
    fn file_of(pages: u64) -> File {
        let mut file = tempfile::tempfile().unwrap();
        append(&mut file, 0, pages);
        file
    }

    fn append(file: &mut File, from: u64, pages: u64) {
        let words = from * PAGE / 8..(from + pages) * PAGE / 8;
        file.write_all(&words.flat_map(u64::to_ne_bytes).collect::<Vec<_>>()).unwrap();
    }

    fn map(file: &File, access: Access, reserved: u64) -> HeapMap {
        HeapMap::new(file.try_clone().unwrap(), START, access, reserved)
    }

    fn are_numbers(words: HeapWords<'_>) -> bool {
        let first = words.start() / 8;
        words.all().iter().zip(first..).all(|(word, number)| word.load(Ordering::Relaxed) == number)
    }

    /// How many mappings there are.
    fn parts(heap: &HeapMap) -> usize {
        let (mut count, mut next) = (0, &heap.first);
        while let Some(part) = next.get() {
            (count, next) = (count + 1, &part.next);
        }
        count
    }

    #[test]
    fn nothing_is_mapped_until_it_is_needed_and_then_all_that_is() {
        let file = file_of(40);
        let heap = map(&file, Access::ReadOnly, 1 << 30);
        assert_eq!((heap.mapped().start(), heap.mapped().end()), (START, START));
        assert!(heap.mapped().words(START, 1).is_none());
        assert_eq!(heap.mapped().words(START, 0).map(<[_]>::len), Some(0));
        heap.flush().unwrap();
        heap.prefault();
        for pages in [6, 7, 20, 40] {
            let words = heap.reach(pages * PAGE).unwrap();
            assert_eq!((words.end(), heap.len_mapped()), (pages * PAGE, pages * PAGE - START));
            assert!(are_numbers(words));
        }
        assert_eq!(heap.reach(6 * PAGE).unwrap().end(), 40 * PAGE, "what is mapped stays");
        assert_eq!(heap.reach(0).unwrap().end(), 40 * PAGE);
        heap.prefault();
        heap.flush().unwrap();
    }

    #[test]
    fn words_are_found_by_their_place_in_the_file_and_within_their_bounds_only() {
        let file = file_of(10);
        let heap = map(&file, Access::ReadOnly, 0);
        let words = heap.reach(8 * PAGE).unwrap();
        let number = |at, count| words.words(at, count)?.first().map(|w| w.load(Ordering::Relaxed));
        assert_eq!(number(START, 1), Some(START / 8));
        assert_eq!(number(START + 8, 512), Some(START / 8 + 1));
        assert_eq!(number(8 * PAGE - 8, 1), Some(PAGE - 1));
        assert_eq!(words.words(START, 3 * 512).unwrap().len(), 3 * 512);
        assert_eq!(words.words(8 * PAGE, 0).unwrap().len(), 0);
        for (at, count) in [
            (START - 8, 1),
            (0, 1),
            (START + 4, 1),
            (START + 1, 1),
            (8 * PAGE, 1),
            (8 * PAGE - 8, 2),
            (START, 3 * 512 + 1),
            (START, usize::MAX),
            (u64::MAX - 7, 1),
            (1 << 63, usize::MAX),
        ] {
            assert!(words.words(at, count).is_none(), "{count} words at {at}");
        }
        let cut = words.up_to(6 * PAGE + 12);
        assert_eq!((cut.start(), cut.end()), (START, 6 * PAGE + 8));
        assert!(cut.words(6 * PAGE, 1).is_some() && cut.words(6 * PAGE + 8, 1).is_none());
        for end in [0, START - 8, START, START + 7] {
            assert_eq!(words.up_to(end).end(), START);
        }
        assert_eq!(words.up_to(u64::MAX).end(), words.end());
        assert_eq!((HeapWords::EMPTY.end(), HeapWords::EMPTY.words(0, 1).is_none()), (0, true));
    }

    #[test]
    fn a_file_that_is_too_short_is_told_from_what_the_system_refuses() {
        let file = file_of(10);
        let heap = map(&file, Access::ReadOnly, 1 << 20);
        for end in [10 * PAGE + 8, 11 * PAGE, 1 << 40, u64::MAX] {
            let refused = heap.reach(end).unwrap_err();
            let short = refused.get_ref().unwrap().downcast_ref::<TooShort>();
            let needed = end / 8 * 8;
            assert_eq!(short, Some(&TooShort { found: 10 * PAGE, needed }));
            assert_eq!(refused.kind(), io::ErrorKind::UnexpectedEof);
        }
        assert_eq!(parts(&heap), 0);
        // Ends that are no words are of those before.
        assert_eq!(heap.reach(10 * PAGE + 7).unwrap().end(), 10 * PAGE);
    }

    #[test]
    fn what_was_mapped_stays_when_the_addresses_are_used_up() {
        let mut file = file_of(20);
        for reserved in [0, 1, PAGE, 100 * PAGE] {
            let heap = map(&file, Access::ReadOnly, reserved);
            let first = heap.reach(7 * PAGE).unwrap();
            let place = first.all().as_ptr();
            let mut ends = (8..=20).collect::<Vec<_>>();
            if cfg!(miri) {
                ends.truncate(3);
            }
            for pages in ends {
                assert!(are_numbers(heap.reach(pages * PAGE).unwrap()));
            }
            assert!(are_numbers(first) && first.end() == 7 * PAGE);
            assert_eq!(heap.reach(7 * PAGE).unwrap().all().as_ptr() == place, parts(&heap) == 1);
        }
        // Far beyond what was asked for: few mappings all the same.
        let heap = map(&file, Access::ReadOnly, 0);
        for from in (20..2000).step_by(20) {
            append(&mut file, from, 20);
            heap.reach((from + 20) * PAGE).unwrap();
        }
        assert!(are_numbers(heap.mapped()));
        if cfg!(all(target_os = "linux", target_pointer_width = "64")) {
            assert!((2..10).contains(&parts(&heap)), "{} mappings", parts(&heap));
        }
    }

    #[test]
    fn what_one_mapping_stores_another_one_loads() {
        let file = file_of(30);
        let (writer, reader) = (map(&file, Access::ReadWrite, 0), map(&file, Access::ReadOnly, 0));
        writer.reach(10 * PAGE).unwrap();
        for pages in [10, 20, 30] {
            let at = pages * PAGE - 8;
            let word = |heap: &HeapMap| {
                heap.reach(pages * PAGE).unwrap().words(at, 1).unwrap()[0].load(Ordering::Relaxed)
            };
            let written = writer.reach(pages * PAGE).unwrap().words(at, 1).unwrap();
            written[0].store(!pages, Ordering::Relaxed);
            assert_eq!(word(&reader), !pages);
        }
        writer.prefault();
        writer.flush().unwrap();
    }

    #[test]
    fn threads_that_reach_at_the_same_time_see_all_that_they_asked_for() {
        let file = file_of(64);
        for reserved in [0, 1 << 30] {
            let heap = map(&file, Access::ReadOnly, reserved);
            thread::scope(|scope| {
                for step in 1..5 {
                    let heap = &heap;
                    scope.spawn(move || {
                        for pages in (6..=64).step_by(step) {
                            let words = heap.reach(pages * PAGE).unwrap();
                            assert!(words.end() >= pages * PAGE && are_numbers(words));
                        }
                    });
                }
            });
        }
    }

    #[test]
    fn a_heap_is_not_taken_apart_by_its_debug_text() {
        let file = file_of(10);
        let heap = map(&file, Access::ReadOnly, 0);
        assert!(format!("{:?}", heap.reach(10 * PAGE).unwrap()).len() < 100);
    }
}
