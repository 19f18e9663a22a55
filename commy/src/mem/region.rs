//! A mapped byte range, seen as atomic words.

use core::hint;
use std::fs::File;
use std::io;

use memmap2::{MmapOptions, MmapRaw};

use super::wide;
use crate::format::PAGE;
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::sys;

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
    /// 1. The mapping is readable for its whole length, and writable if `access` says so; it stays
    ///    mapped until it is dropped.
    /// 2. It starts at a multiple of [`PAGE`].
    map: MmapRaw,
    access: Access,
}

impl Region {
    /// Maps the first `len` bytes of `file`, which the caller found to be at least that long.
    ///
    /// # Errors
    ///
    /// What `mmap` refused; `InvalidInput` when `len` is 0.
    pub(crate) fn map(file: &File, len: usize, access: Access) -> io::Result<Self> {
        Self::map_at(file, 0, len, access)
    }

    /// Maps `len` bytes of `file` from `start` on, a multiple of 4096.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    pub(crate) fn map_at(file: &File, start: u64, len: usize, access: Access) -> io::Result<Self> {
        if len == 0 || !start.is_multiple_of(PAGE) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an empty or odd region"));
        }
        let mut options = MmapOptions::new();
        options.offset(start).len(len);
        let map = match access {
            Access::ReadOnly => options.map_raw_read_only(file)?,
            Access::ReadWrite => options.map_raw(file)?,
        };
        wide::detect();
        Ok(Self { map, access })
    }

    /// The length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.map.len()
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
        let word = unsafe { self.map.as_ptr().add(offset) };
        #[allow(clippy::cast_ptr_alignment, reason = "a multiple of 4 from a page boundary")]
        let word = word.cast::<AtomicU32>();
        // SAFETY: within the mapping (checked above) at a multiple of 4 from a page boundary
        // (invariant 2), hence aligned; the rest as in `words`.
        Some(unsafe { &*word })
    }

    /// The `count` words from byte `offset` on, if they lie within the region.
    pub(crate) fn words(&self, offset: usize, count: usize) -> Option<&[AtomicU64]> {
        let end = count.checked_mul(8).and_then(|bytes| bytes.checked_add(offset))?;
        if end > self.len() || !offset.is_multiple_of(8) {
            return None;
        }
        // SAFETY: `offset <= end <= len`, within the mapping by invariant 1.
        let first = unsafe { self.map.as_ptr().add(offset) };
        #[allow(clippy::cast_ptr_alignment, reason = "a multiple of 8 from a page boundary")]
        let first = first.cast::<AtomicU64>();
        // SAFETY: `count` words lie within the mapping (checked above) at a multiple of 8 from a
        // page boundary (invariant 2), hence aligned; `AtomicU64` is valid for any bytes and may
        // change at any time; relaxed loads of at most 8 bytes are allowed on read-only pages
        // (std, `core::sync::atomic`, "Atomic accesses to read-only memory").
        Some(unsafe { core::slice::from_raw_parts(first, count) })
    }

    /// Makes the system have a page for every byte from `start` to `end`, which lie within the
    /// region, as loads of them would.
    ///
    /// # Errors
    ///
    /// What the system refuses, where a load would end the process; `InvalidInput` where it cannot
    /// be asked.
    pub(crate) fn populate(&self, start: u64, end: u64) -> io::Result<()> {
        let outside = |_| io::Error::from(io::ErrorKind::InvalidInput);
        let start = usize::try_from(start / PAGE * PAGE).map_err(outside)?;
        let end = usize::try_from(end).map_err(outside)?.min(self.len());
        populate(&self.map, start, end.saturating_sub(start))
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
                if !sys::prefault_for_stores(self.map.as_mut_ptr(), self.len()) {
                    self.store_pages();
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

    /// Stores to every page what is there, if nobody has stored something else since it was loaded:
    /// so nothing is lost. The first word of a page is nowhere one that is used by halves.
    fn store_pages(&self) {
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
        self.map.flush()
    }
}

#[cfg(target_os = "linux")]
fn populate(map: &MmapRaw, start: usize, len: usize) -> io::Result<()> {
    map.advise_range(memmap2::Advice::PopulateRead, start, len)
}

#[cfg(not(target_os = "linux"))]
fn populate(_: &MmapRaw, _: usize, _: usize) -> io::Result<()> {
    Err(io::ErrorKind::InvalidInput.into())
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
            for (how, prefault) in [
                ("by the kernel", Region::prefault as fn(&Region)),
                ("one by one", Region::store_pages),
            ] {
                let warm = faults_after(Access::ReadWrite, prefault, store);
                assert!(warm * 10 < cold, "{warm} of {cold} faults are left {how}");
            }
        }
    }

    #[test]
    fn an_empty_region_is_an_error() {
        let file = tempfile::tempfile().unwrap();
        assert!(Region::map(&file, 0, Access::ReadOnly).is_err());
        assert!(Region::map_at(&file, 8, 8, Access::ReadOnly).is_err());
    }
}
