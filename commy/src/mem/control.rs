//! The live words of a mapped file, found once.

use core::ptr::NonNull;
use std::sync::Arc;

use super::region::Region;
use super::shared::SharedWord;
use crate::format::control::{CONTROL_LEN, HalfWord, Word};
use crate::sync::{AtomicU32, AtomicU64};

/// The words of the control page.
type Words = [AtomicU64; CONTROL_LEN / 8];

/// The control page of a mapped file.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    /// # Invariants
    ///
    /// 1. Points to aligned words of `region`, all of them within it, which this value keeps mapped.
    words: NonNull<Words>,
    /// Where they are in `region`, in bytes.
    start: usize,
    region: Arc<Region>,
}

// SAFETY: the pointer is to words of `region`, which is itself `Send`, stays mapped as long as
// this value lives (invariant 1), and is only accessed atomically.
unsafe impl Send for Control {}
// SAFETY: as above: every access through a shared reference is atomic.
unsafe impl Sync for Control {}

impl Control {
    /// The control page at byte `start` of `region`, if all of it is within.
    pub(crate) fn new(region: &Arc<Region>, start: usize) -> Option<Self> {
        let words: &Words = region.words(start, CONTROL_LEN / 8)?.first_chunk()?;
        Some(Self { words: NonNull::from_ref(words), start, region: Arc::clone(region) })
    }

    /// A live word.
    #[inline]
    pub(crate) const fn word(&self, word: Word) -> &AtomicU64 {
        // SAFETY: aligned words that stay mapped as long as `self`, by invariant 1.
        let words = unsafe { self.words.as_ref() };
        #[allow(clippy::indexing_slicing, reason = "every `Word` is within the page")]
        &words[word.offset() / 8]
    }

    /// A live half word, which is never accessed as part of a whole one.
    pub(crate) fn half(&self, half: HalfWord) -> Option<SharedWord<AtomicU32>> {
        SharedWord::half(&self.region, self.start + half.offset())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::mem::Access;
    use crate::sync::Ordering;

    #[test]
    fn every_word_is_where_the_format_has_it() {
        let mut file = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..8192_u64).flat_map(u64::to_ne_bytes).collect();
        file.write_all(&bytes).unwrap();
        let region = Arc::new(Region::map(&file, 8192, Access::ReadOnly).unwrap());
        let control = Control::new(&region, 4096).unwrap();
        for word in [Word::Latest, Word::Voucher, Word::FileLen, Word::CleanChecksum] {
            let found = control.word(word).load(Ordering::Relaxed);
            assert_eq!(found, (4096 + word.offset() as u64) / 8);
        }
        assert!(control.half(HalfWord::Wake).is_some());
        for outside in [4097, 4104, 8192, usize::MAX] {
            assert!(Control::new(&region, outside).is_none());
        }
    }
}
