//! How far a file grows when its heap is full.

use crate::format::PAGE;

/// The first step of a heap that has no page yet: small records stay small files.
const FIRST_STEP: u64 = 16 << 10;
/// Every other step is at least this long.
const MIN_STEP: u64 = 64 << 10;
/// No step is longer than this, unless more is needed: it is done within a commit.
pub(crate) const MAX_STEP: u64 = 16 << 20;
/// The same where room is made by writing zeros, which takes half a millisecond for each MiB.
pub(crate) const MAX_STEP_IN_MEMORY: u64 = 1 << 20;

/// The length of a file that grows.
#[derive(Debug)]
pub(crate) struct Growth {
    /// The length of the file in bytes, a multiple of a page.
    len: u64,
    /// Where the heap starts in the file.
    start: u64,
    /// The file never grows beyond this, in whole pages.
    max_size: u64,
    max_step: u64,
}

/// The lengths to try, in this order, until one works: a good step, then what is needed.
pub(crate) type Lengths = core::iter::Flatten<core::array::IntoIter<Option<u64>, 2>>;

impl Growth {
    /// For a file of `len` bytes, which may grow to `max_size`, in steps of `max_step` unless more is
    /// needed, and whose heap starts at `start`.
    pub(crate) const fn new(start: u64, len: u64, max_size: u64, max_step: u64) -> Self {
        Self { len, start, max_size: max_size / PAGE * PAGE, max_step }
    }

    /// The length of the file in bytes.
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// The lengths to try when `needed` bytes are missing and `live` are in use. None is left if
    /// all of them fail, or if not even what is needed is allowed.
    ///
    /// The step follows the live bytes and not the file's length, which would feed on itself
    /// where writers are killed again and again: each of them has to leave what is free alone.
    pub(crate) fn lengths(&self, needed: u64, live: u64) -> Lengths {
        let step = if self.len <= self.start { FIRST_STEP } else { MIN_STEP.max(live / 8) };
        let needed = needed.checked_next_multiple_of(PAGE);
        let least = needed.and_then(|needed| self.len.checked_add(needed));
        let least = least.filter(|least| *least <= self.max_size);
        let good = least.map(|least| {
            let step = step.min(self.max_step).next_multiple_of(PAGE);
            self.len.saturating_add(step).min(self.max_size).max(least)
        });
        [good, least.filter(|least| Some(*least) != good)].into_iter().flatten()
    }

    /// Notes that the file has this length now; returns how many pages that added.
    pub(crate) fn grew(&mut self, len: u64) -> u32 {
        let added = len.saturating_sub(self.len) / PAGE;
        self.len += added * PAGE;
        u32::try_from(added).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 5 * PAGE;
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;

    fn lengths(len: u64, max_size: u64, needed: u64, live: u64) -> Vec<u64> {
        let len = START + len;
        let growth = Growth::new(START, len, START + max_size, MAX_STEP);
        growth.lengths(needed, live).map(|longer| longer - len).collect()
    }

    #[test]
    fn the_step_is_an_eighth_of_what_is_live_between_64_kib_and_16_mib() {
        let huge = 1 << 40;
        assert_eq!(lengths(0, huge, PAGE, 0), [16 * KIB, PAGE], "the first");
        assert_eq!(lengths(16 * KIB, huge, PAGE, 9 * KIB), [64 * KIB, PAGE]);
        assert_eq!(lengths(4 * MIB, huge, PAGE, 2 * MIB), [256 * KIB, PAGE]);
        assert_eq!(lengths(4 * MIB, huge, PAGE, 2 * MIB + 8), [256 * KIB + PAGE, PAGE]);
        assert_eq!(lengths(1 << 33, huge, PAGE, 1 << 33), [16 * MIB, PAGE]);
        assert_eq!(lengths(1 << 33, huge, PAGE, 0), [64 * KIB, PAGE], "not of the length");
        let in_memory = Growth::new(START, START + MIB, huge, MAX_STEP_IN_MEMORY);
        assert_eq!(in_memory.lengths(PAGE, 1 << 33).next(), Some(START + 2 * MIB));
    }

    #[test]
    fn it_is_at_least_what_is_needed_and_not_more_than_is_allowed() {
        assert_eq!(lengths(0, MIB, 100 * KIB, 0), [100 * KIB]);
        assert_eq!(lengths(0, MIB, 100 * KIB - 7, 0), [100 * KIB], "in whole pages");
        assert_eq!(lengths(MIB, 1 << 40, 64 * MIB, MIB), [64 * MIB]);
        assert_eq!(lengths(MIB - 8 * KIB, MIB, PAGE, MIB), [8 * KIB, PAGE], "what is left");
        assert_eq!(lengths(MIB - PAGE, MIB, PAGE, MIB), [PAGE]);
        assert_eq!(lengths(MIB - PAGE, MIB, PAGE + 1, MIB), [0; 0]);
        assert_eq!(lengths(MIB, MIB, PAGE, MIB), [0; 0]);
        assert_eq!(lengths(MIB, KIB, PAGE, MIB), [0; 0], "longer than allowed already");
        assert_eq!(lengths(MIB, u64::MAX - START, u64::MAX, MIB), [0; 0]);
        let growth = Growth::new(START, START + MIB, START + 2 * MIB - 1, MAX_STEP);
        assert_eq!(growth.lengths(MIB, 0).count(), 0, "whole pages only");
    }

    #[test]
    fn what_worked_counts_and_what_failed_does_not() {
        let mut growth = Growth::new(START, START, START + MIB, MAX_STEP);
        let first: Vec<_> = growth.lengths(PAGE, 0).collect();
        assert_eq!(growth.lengths(PAGE, 0).collect::<Vec<_>>(), first, "tried in vain");
        assert_eq!(growth.grew(first[0]), 4);
        assert_eq!(growth.len(), START + 16 * KIB);
        assert_eq!(growth.lengths(PAGE, 0).next(), Some(START + 80 * KIB));
        assert_eq!(growth.grew(START), 0, "files do not shrink");
        assert_eq!(growth.len(), START + 16 * KIB);
    }
}
