//! A mapped byte range, seen as atomic words.

use std::fs::File;
use std::io;

use memmap2::{MmapOptions, MmapRaw};

use super::wide;
use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// The smallest page there is; larger ones are multiples of it.
const PAGE: u64 = 4096;

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
    /// 1. The mapping is readable for its whole length, and stays mapped until it is dropped.
    /// 2. It starts at a multiple of [`PAGE`].
    map: MmapRaw,
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
        Ok(Self { map })
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

    /// Touches every page, so that no later access has to wait for one.
    pub(crate) fn prefault(&self) {
        for offset in (0..self.len()).step_by(PAGE as usize) {
            let word = self.word(offset).map(|word| word.load(Ordering::Relaxed));
            // Nobody wants the value: without this the load would not be made.
            core::hint::black_box(word);
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
    #[test]
    fn a_prefaulted_region_is_read_without_page_faults() {
        const LEN: usize = 1 << 20;

        fn faults() -> libc::c_long {
            // SAFETY: a structure of numbers, for which zero is valid.
            let mut usage: libc::rusage = unsafe { core::mem::zeroed() };
            // SAFETY: room for one structure.
            unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) };
            usage.ru_minflt
        }

        fn faults_of_reading(region: &Region) -> libc::c_long {
            let before = faults();
            for offset in (0..LEN).step_by(PAGE as usize) {
                core::hint::black_box(region.word(offset).unwrap().load(Ordering::Relaxed));
            }
            faults() - before
        }

        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![1; LEN]).unwrap();
        let cold = Region::map(&file, LEN, Access::ReadOnly).unwrap();
        let warm = Region::map(&file, LEN, Access::ReadOnly).unwrap();
        warm.prefault();
        assert!(faults_of_reading(&cold) > faults_of_reading(&warm));
    }

    #[test]
    fn an_empty_region_is_an_error() {
        let file = tempfile::tempfile().unwrap();
        assert!(Region::map(&file, 0, Access::ReadOnly).is_err());
        assert!(Region::map_at(&file, 8, 8, Access::ReadOnly).is_err());
    }
}
