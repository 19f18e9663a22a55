//! A mapped byte range, seen as atomic words.
//!
//! Pages must be there before they are touched. A writer reserves all of a file and unshares it
//! (`sys::reserve_holes`). A reader can reserve nothing: in memory it asks for the pages of holes
//! when it opens (`MADV_POPULATE_READ`), which fails where a load would end the process.
//!
//! `prefault` of a reader reads one word of every page. That of a writer asks the kernel to prepare
//! them for stores (`MADV_POPULATE_WRITE`): a file system that has to know what was changed maps a
//! page that was only loaded for loads, and the first store faults again. Before Linux 5.14 it
//! exchanges one word of each page with itself; an addition of 0 would be made a load by the
//! compiler.

use core::hint;
use std::fs::{File, Metadata};
use std::io;
use std::sync::{Mutex, PoisonError};

use super::vectors;
use crate::format::PAGE;
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::sys::{self, FileSystem, Mapping, Rights};

/// What a mapping permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Loads only: a store ends the process.
    ReadOnly,
    /// Loads and stores.
    ReadWrite,
}

/// The first bytes of a file, mapped and shared with every process that maps them.
///
/// No reference to the bytes is ever formed, only to atomic words (I7).
#[derive(Debug)]
pub(crate) struct Region {
    /// # Invariants
    ///
    /// 1. The first `len` bytes are mapped, readable, and writable if `access` says so. They stay
    ///    mapped, at the same addresses and to the same bytes of the file, until this is dropped:
    ///    growing touches no page that has one of them.
    /// 2. The mapping starts at a multiple of [`PAGE`].
    /// 3. `len` never shrinks, and never exceeds the addresses that the mapping has reserved.
    mapping: Mapping,
    len: AtomicU64,
    /// Where in the file the first byte is.
    file_start: u64,
    access: Access,
    /// Held by who grows it, so that no two map the same addresses.
    growing: Mutex<()>,
}

impl Region {
    /// Maps the first `len` bytes of `file`, which the caller found to be at least that long.
    ///
    /// # Errors
    ///
    /// What `mmap` refused; `InvalidInput` when `len` is 0.
    pub(crate) fn map(file: &File, len: usize, access: Access) -> io::Result<Self> {
        Self::reserve(file, len, len, access)
    }

    /// The same, and keeps addresses free behind them, so that it can [`grow`](Self::grow) to
    /// `reserved` bytes. Addresses cost nothing until then.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map); `InvalidInput` when `reserved` is less than `len`.
    pub(crate) fn reserve(
        file: &File,
        len: usize,
        reserved: usize,
        access: Access,
    ) -> io::Result<Self> {
        Self::new(file, 0, len, reserved, access)
    }

    /// Maps `len` bytes of `file` from `start` on, a multiple of 4096.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    pub(crate) fn map_at(file: &File, start: u64, len: usize, access: Access) -> io::Result<Self> {
        Self::new(file, start, len, len, access)
    }

    /// The same from `start` on, with room to grow.
    ///
    /// # Errors
    ///
    /// As [`reserve`](Self::reserve).
    pub(crate) fn reserve_at(
        file: &File,
        start: u64,
        len: usize,
        reserved: usize,
        access: Access,
    ) -> io::Result<Self> {
        Self::new(file, start, len, reserved, access)
    }

    fn new(
        file: &File,
        file_start: u64,
        len: usize,
        reserved: usize,
        access: Access,
    ) -> io::Result<Self> {
        if len == 0 || len > reserved || !file_start.is_multiple_of(PAGE) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an empty or odd region"));
        }
        let rights = match access {
            Access::ReadOnly => Rights::Read,
            Access::ReadWrite => Rights::ReadWrite,
        };
        let mapping = Mapping::new(file, file_start, len, reserved, rights)?;
        vectors::detect();
        let (len, growing) = (AtomicU64::new(len as u64), Mutex::new(()));
        Ok(Self { mapping, len, file_start, access, growing })
    }

    /// Maps more of the same file, which the caller found to be at least `new_len` bytes long from
    /// the region's start on. What was mapped stays where it is, whoever uses it meanwhile; a
    /// `new_len` that is not above the length changes nothing.
    ///
    /// # Errors
    ///
    /// `InvalidInput` beyond what was reserved; `Unsupported` where addresses cannot be; what
    /// `mmap` refuses. The region is as it was then.
    #[cfg(test)]
    pub(crate) fn grow(&self, file: &File, new_len: usize) -> io::Result<()> {
        self.grow_after(file, new_len, |_| Ok(()))
    }

    /// The same; `prepare` is called when more is mapped, and before anybody is shown it.
    ///
    /// # Errors
    ///
    /// As [`grow`](Self::grow), and those of `prepare`.
    pub(crate) fn grow_after(
        &self,
        file: &File,
        new_len: usize,
        prepare: impl FnOnce(&Self) -> io::Result<()>,
    ) -> io::Result<()> {
        let _held = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let len = self.len();
        if new_len <= len {
            return Ok(());
        }
        self.mapping.extend(file, self.file_start, len, new_len)?;
        prepare(self)?;
        // SYNC G1: the pages before the length that says so; pairs with the load in `len`.
        self.len.store(new_len as u64, Ordering::Release);
        Ok(())
    }

    /// The length in bytes.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // It was a `usize` when it was stored. SYNC G1: pairs with the store in `grow`.
        self.len.load(Ordering::Acquire) as usize
    }

    /// The word at byte `offset`, if that is a multiple of 8 within the region.
    pub(crate) fn word(&self, offset: usize) -> Option<&AtomicU64> {
        self.words(offset, 1)?.first()
    }

    /// The half word at byte `offset`, if that is a multiple of 4 within the region.
    ///
    /// Whoever uses a half word uses it as such everywhere: racing accesses of different sizes are
    /// undefined.
    pub(crate) fn half_word(&self, offset: usize) -> Option<&AtomicU32> {
        if offset.checked_add(4)? > self.len() || !offset.is_multiple_of(4) {
            return None;
        }
        // SAFETY: `offset < len`, within the mapping by invariant 1.
        let word = unsafe { self.mapping.start().add(offset) };
        #[allow(clippy::cast_ptr_alignment, reason = "a multiple of 4 from a page boundary")]
        let word = word.cast::<AtomicU32>();
        // SAFETY: within the mapping (checked above) at a multiple of 4 from a page boundary
        // (invariant 2), hence aligned; the rest as in `words`.
        Some(unsafe { &*word })
    }

    /// The `count` words from byte `offset` on, if they lie within the region.
    #[inline]
    pub(crate) fn words(&self, offset: usize, count: usize) -> Option<&[AtomicU64]> {
        let end = count.checked_mul(8).and_then(|bytes| bytes.checked_add(offset))?;
        if end > self.len() || !offset.is_multiple_of(8) {
            return None;
        }
        // SAFETY: `offset <= end <= len`, within the mapping by invariant 1.
        let first = unsafe { self.mapping.start().add(offset) };
        #[allow(clippy::cast_ptr_alignment, reason = "a multiple of 8 from a page boundary")]
        let first = first.cast::<AtomicU64>();
        // SAFETY: `count` words lie within the mapping (checked above) at a multiple of 8 from a
        // page boundary (invariant 2), hence aligned; `AtomicU64` is valid for any bytes and may
        // change at any time; relaxed loads of at most 8 bytes are allowed on read-only pages
        // (std, `core::sync::atomic`, "Atomic accesses to read-only memory").
        Some(unsafe { core::slice::from_raw_parts(first, count) })
    }

    /// Makes the system find room now for what the file has none for, from byte `from` of it to `to`:
    /// to load from a hole of a file in memory takes a page, and ends the process where there is none.
    ///
    /// # Errors
    ///
    /// The start of a hole that there is no room for.
    pub(crate) fn fill_holes(
        &self,
        file: &File,
        metadata: &Metadata,
        system: FileSystem,
        (from, to): (u64, u64),
    ) -> Result<(), u64> {
        let is_in_memory = matches!(system, FileSystem::Memory | FileSystem::Layered);
        let is_whole = sys::allocated(metadata).is_none_or(|allocated| allocated >= metadata.len());
        if !is_in_memory || is_whole {
            return Ok(());
        }
        // Who cannot ask for holes takes all of it for one.
        let holes = sys::holes(file, to).unwrap_or_else(|_| vec![(0, to)]);
        for (start, end) in holes.into_iter().filter(|(_, end)| *end > from) {
            let start = start.max(from);
            let is_filled = match self.populate(start, end) {
                Ok(()) => true,
                // An old kernel, which can only be asked how much room there is.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    sys::has_room(file, end - start)
                }
                Err(_) => false,
            };
            if !is_filled {
                return Err(start);
            }
        }
        Ok(())
    }

    /// Makes the system have a page for every byte of the file from `start` to `end`, which are mapped,
    /// as loads of them would.
    ///
    /// # Errors
    ///
    /// What the system refuses, where a load would end the process; `InvalidInput` where it cannot
    /// be asked.
    fn populate(&self, start: u64, end: u64) -> io::Result<()> {
        let outside = |_| io::Error::from(io::ErrorKind::InvalidInput);
        let within = |at: u64| usize::try_from(at.saturating_sub(self.file_start)).map_err(outside);
        let start = within(start / PAGE * PAGE)?;
        self.mapping.populate(start, within(end)?.saturating_sub(start))
    }

    /// Touches every page, so that no later access has to wait for one: for a store, if the
    /// mapping permits stores. A page that was only loaded is mapped so that the first store to it
    /// faults again, on every file system that has to know which pages were changed.
    ///
    /// No byte changes, whoever else loads or stores meanwhile.
    pub(crate) fn prefault(&self) {
        match self.access {
            Access::ReadOnly => self.load_pages(),
            // What it cannot give now, it refuses now: to try by a store would end the process.
            Access::ReadWrite => {
                if !sys::prefault_for_stores(self.mapping.start(), self.len()) {
                    self.dirty();
                }
            }
        }
    }

    fn load_pages(&self) {
        for offset in (0..self.len()).step_by(PAGE as usize) {
            let word = self.word(offset).map(|word| word.load(Ordering::Relaxed));
            // Nobody wants the value: without this the load would not be made.
            hint::black_box(word);
        }
    }

    /// Makes the next sync write every page, changed or not: a kernel that could not write a page takes
    /// it for written all the same.
    ///
    /// It stores to every page what is there, if nobody has stored something else since it was loaded:
    /// so nothing is lost. The first word of a page is nowhere one that is used by halves.
    pub(crate) fn dirty(&self) {
        for word in (0..self.len()).step_by(PAGE as usize).filter_map(|at| self.word(at)) {
            let mut found = word.load(Ordering::Relaxed);
            // An operation that leaves all values as they are, such as adding 0, would be made a
            // load by the compiler.
            while let Err(newer) = word.compare_exchange(
                found,
                hint::black_box(found),
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                found = newer;
            }
        }
    }

    /// Asks the kernel to write changed pages to the disk and waits for it.
    ///
    /// # Errors
    ///
    /// What `msync` reports.
    pub(crate) fn flush(&self) -> io::Result<()> {
        self.mapping.flush(self.len())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn words_outside_or_unaligned_are_none() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[1; 4096]).unwrap();
        let region = Region::map(&file, 4096, Access::ReadOnly).unwrap();
        assert_eq!(region.word(8).unwrap().load(Ordering::Relaxed), u64::MAX / 255);
        assert!(region.word(4096).is_none());
        assert!(region.word(12).is_none());
        assert!(region.words(4088, 2).is_none());
        assert!(region.words(8, usize::MAX / 8).is_none());
        assert_eq!(region.words(0, 512).unwrap().len(), 512);
        assert_eq!(region.half_word(4092).unwrap().load(Ordering::Relaxed), u32::MAX / 255);
        assert!(region.half_word(4094).is_none());
        assert!(region.half_word(4096).is_none());
        assert!(region.half_word(usize::MAX - 3).is_none());
    }

    #[cfg(target_os = "linux")]
    mod faults {
        use super::*;

        const LEN: usize = 1 << 20;

        fn faults() -> libc::c_long {
            // SAFETY: a structure of numbers, for which zero is valid.
            let mut usage: libc::rusage = unsafe { core::mem::zeroed() };
            // SAFETY: room for one structure.
            unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) };
            usage.ru_minflt
        }

        /// How many faults `access` to the first word of each page takes.
        fn faults_of(region: &Region, access: impl Fn(&AtomicU64)) -> libc::c_long {
            let before = faults();
            (0..LEN).step_by(PAGE as usize).for_each(|at| access(region.word(at).unwrap()));
            faults() - before
        }

        /// How many faults it takes to access a file that was prefaulted so, and whether its bytes
        /// are still there. The kernel may write pages back at any time, and then wants to know of
        /// the next store again; so the least of several runs counts.
        fn faults_after(
            access: Access,
            prefault: impl Fn(&Region),
            touch: impl Fn(&AtomicU64),
        ) -> i64 {
            let run = |_| {
                let mut file = tempfile::tempfile().unwrap();
                file.write_all(&vec![1; LEN]).unwrap();
                file.sync_all().unwrap();
                let region = Region::map(&file, LEN, access).unwrap();
                prefault(&region);
                let mut bytes = vec![0; LEN];
                sys::read_at(&file, &mut bytes, 0).unwrap();
                assert!(bytes.iter().all(|byte| *byte == 1));
                faults_of(&region, &touch)
            };
            (0..5).map(run).min().unwrap()
        }

        #[test]
        fn a_prefaulted_region_is_read_without_page_faults() {
            let load = |word: &AtomicU64| _ = hint::black_box(word.load(Ordering::Relaxed));
            let cold = faults_after(Access::ReadOnly, |_| {}, load);
            assert!(cold > faults_after(Access::ReadOnly, Region::prefault, load));
        }

        #[test]
        fn a_prefaulted_region_is_written_without_page_faults() {
            let store = |word: &AtomicU64| word.store(7, Ordering::Relaxed);
            let cold = faults_after(Access::ReadWrite, |_| {}, store);
            for (how, prefault) in
                [("by the kernel", Region::prefault as fn(&Region)), ("one by one", Region::dirty)]
            {
                let warm = faults_after(Access::ReadWrite, prefault, store);
                assert!(warm * 10 < cold, "{warm} of {cold} faults are left {how}");
            }
        }
    }

    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    mod growth {
        use std::thread;

        use super::*;

        const PAGE: usize = 4096;

        fn file_of(len: usize) -> File {
            let mut file = tempfile::tempfile().unwrap();
            for word in 0..len as u64 / 8 {
                file.write_all(&(word + 1).to_ne_bytes()).unwrap();
            }
            file
        }

        #[test]
        fn what_was_mapped_stays_where_it_is_when_a_region_grows() {
            // Within a page, to its end, over several, and at once to the last byte.
            for (len, steps) in [
                (100 * 8, [101 * 8, PAGE, PAGE + 8, 16 * PAGE]),
                (PAGE, [PAGE + 8, 2 * PAGE - 8, 9 * PAGE, 16 * PAGE]),
                (8, [5 * PAGE + 16, 5 * PAGE + 24, 15 * PAGE + 8, 16 * PAGE]),
            ] {
                let file = file_of(16 * PAGE);
                let region = Region::reserve(&file, len, 16 * PAGE, Access::ReadOnly).unwrap();
                let first = region.word(0).unwrap();
                for step in steps {
                    assert!(region.word(step - 8).is_none());
                    region.grow(&file, step).unwrap();
                    assert_eq!(region.len(), step);
                    for at in (0..step).step_by(8) {
                        let word = region.word(at).unwrap().load(Ordering::Relaxed);
                        assert_eq!(word, at as u64 / 8 + 1);
                    }
                    assert!(region.word(step).is_none());
                    assert!(core::ptr::eq(first, region.word(0).unwrap()));
                }
            }
        }

        #[test]
        fn beyond_the_reservation_nothing_grows_and_nothing_shrinks() {
            let file = file_of(8 * PAGE);
            let region = Region::reserve(&file, PAGE, 3 * PAGE, Access::ReadWrite).unwrap();
            for len in [3 * PAGE + 1, 8 * PAGE, usize::MAX] {
                let refused = region.grow(&file, len).unwrap_err();
                assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
                assert_eq!(region.len(), PAGE);
            }
            region.grow(&file, 3 * PAGE).unwrap();
            region.grow(&file, 8).unwrap();
            assert_eq!(region.len(), 3 * PAGE);
            // A map of today has nothing reserved.
            let whole = Region::map(&file, PAGE, Access::ReadOnly).unwrap();
            assert!(whole.grow(&file, PAGE + 1).is_err());
            assert!(Region::reserve(&file, PAGE, PAGE - 1, Access::ReadOnly).is_err());
            // Behind the mapping of a file that cannot be mapped stands nothing, either.
            let pipe = std::io::pipe().unwrap().0;
            let pipe = File::from(std::os::fd::OwnedFd::from(pipe));
            let region = Region::reserve(&file, PAGE, 3 * PAGE, Access::ReadOnly).unwrap();
            assert!(region.grow(&pipe, 2 * PAGE).is_err());
            assert_eq!(region.len(), PAGE);
            assert!(region.word(PAGE).is_none());
        }

        #[test]
        fn readers_read_on_while_a_region_grows() {
            const PAGES: usize = 512;
            let file = file_of(PAGES * PAGE);
            let region = Region::reserve(&file, 8, PAGES * PAGE, Access::ReadOnly).unwrap();
            thread::scope(|scope| {
                let reader = || {
                    let mut loads = 0_u64;
                    loop {
                        let len = region.len();
                        let words = region.words(0, len / 8).unwrap();
                        // The first, one in the middle and the last, which has just come.
                        for at in [0, words.len() / 2, words.len() - 1] {
                            assert_eq!(words[at].load(Ordering::Relaxed), at as u64 + 1);
                            loads += 1;
                        }
                        if len == PAGES * PAGE {
                            return loads;
                        }
                    }
                };
                let readers = [scope.spawn(reader), scope.spawn(reader)];
                // Two who grow it, by steps that are no pages.
                let grow = |step: usize| {
                    let region = &region;
                    let file = &file;
                    move || {
                        (8..PAGES * PAGE)
                            .step_by(step)
                            .for_each(|to| region.grow(file, to).unwrap());
                    }
                };
                let writers = [scope.spawn(grow(1000 * 8)), scope.spawn(grow(777 * 8))];
                writers.into_iter().for_each(|writer| writer.join().unwrap());
                region.grow(&file, PAGES * PAGE).unwrap();
                readers.into_iter().for_each(|reader| assert!(reader.join().unwrap() > 0));
            });
        }

        #[test]
        fn what_is_stored_in_a_part_that_has_grown_is_in_the_file() {
            let file = file_of(4 * PAGE);
            let region = Region::reserve(&file, PAGE, 1 << 40, Access::ReadWrite).unwrap();
            region.grow(&file, 4 * PAGE).unwrap();
            region.word(3 * PAGE).unwrap().store(7, Ordering::Relaxed);
            let mut word = [0; 8];
            sys::read_at(&file, &mut word, 3 * PAGE as u64).unwrap();
            assert_eq!(u64::from_ne_bytes(word), 7);
            region.flush().unwrap();
        }
    }

    #[test]
    fn an_empty_region_is_an_error() {
        let file = tempfile::tempfile().unwrap();
        assert!(Region::map(&file, 0, Access::ReadOnly).is_err());
        assert!(Region::map_at(&file, 8, 8, Access::ReadOnly).is_err());
    }
}
