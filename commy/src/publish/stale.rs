//! Which bytes of each slot are older than the image, so that a publish copies only those.
//!
//! One list serves all slots. A slot is filled once in K publishes and lacks what the last K
//! changed. So a range needs only the generation that changed it last. One that is older than K
//! publishes makes room. The list holds 8 ranges; then the last one widens. A range is not merged
//! into a much longer one, which every small change in it would keep alive. The steady slot is
//! filled at no fixed distance, so it has a list of its own.

use core::ops::Range;

use commy_types::Touched;

/// Returns whether a record of so many bytes is copied whole: that is quicker for small ones than
/// to look up what a slot lacks.
pub(crate) const fn is_copied_whole(size: usize) -> bool {
    size <= 256
}

const MERGE_GAP: usize = Touched::MERGE_GAP;

/// What changed lately, and when.
///
/// A slot is filled once in K publishes; what it lacks is what changed in the last K. One list
/// serves all slots: a range that changed longer ago is lacked by none.
#[derive(Debug)]
pub(crate) struct Stale {
    changed: [Changed; Touched::MAX],
    len: usize,
    /// K, the slots of the ring.
    slots: u64,
    /// The bytes of a payload.
    size: usize,
    /// How many slots were not filled yet: a new writer trusts none of them.
    unknown: u64,
}

/// A range and the last generation that changed it.
#[derive(Debug, Clone)]
struct Changed {
    range: Range<usize>,
    at: u64,
}

impl Stale {
    /// A new writer's: all `size` bytes of each of so many slots are stale.
    pub(crate) const fn all(slots: usize, size: usize) -> Self {
        let changed = [const { Changed { range: 0..0, at: 0 } }; Touched::MAX];
        Self { changed, len: 0, slots: slots as u64, size, unknown: slots as u64 }
    }

    /// Notes what `generation` changed, and calls `copy` with the ranges that its slot lacks.
    ///
    /// Generations must follow each other.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        generation: u64,
        touched: &Touched,
        mut copy: impl FnMut(Range<usize>),
    ) {
        // What changed no later than this is in every slot.
        let settled = generation.saturating_sub(self.slots);
        // First, also when all is copied: the slots after this one lack these ranges.
        for range in touched.as_slice() {
            self.note(range, generation, settled);
        }
        // Whatever an earlier writer left in the slot, this one did not write it.
        if self.unknown > 0 {
            self.unknown -= 1;
            return copy(0..self.size);
        }
        for changed in self.changed.iter().take(self.len) {
            if changed.at > settled {
                copy(changed.range.clone());
            }
        }
    }

    /// Notes that `generation` changed everything and was stored whole, into its slot.
    #[inline]
    pub(crate) const fn changed_all(&mut self, generation: u64) {
        // Whatever changed before lies within.
        let [first, ..] = &mut self.changed;
        *first = Changed { range: 0..self.size, at: generation };
        self.len = 1;
        self.unknown = self.unknown.saturating_sub(1);
    }

    #[inline]
    fn note(&mut self, range: &Range<usize>, generation: u64, settled: u64) {
        let known = self.changed.get_mut(..self.len).unwrap_or_default();
        let mut free = None;
        for changed in known {
            let Range { start, end } = changed.range;
            if changed.at <= settled {
                // Every slot has it by now, so nobody needs this place.
                free = Some(changed);
            } else if end - start <= range.len() + 2 * MERGE_GAP
                && range.start <= end + MERGE_GAP
                && start <= range.end + MERGE_GAP
            {
                // Not with a much longer one: it would be copied again for every change in it.
                // The whole of it counts as changed now, which copies too much and never too little.
                changed.range = start.min(range.start)..end.max(range.end);
                changed.at = generation;
                return;
            }
        }
        if let Some(free) = free {
            *free = Changed { range: range.clone(), at: generation };
        } else {
            self.add(range, generation);
        }
    }

    /// Adds a range, or widens the last one when there is no room.
    #[cold]
    fn add(&mut self, range: &Range<usize>, generation: u64) {
        if let Some(next) = self.changed.get_mut(self.len) {
            *next = Changed { range: range.clone(), at: generation };
            self.len += 1;
        } else if let Some(last) = self.changed.last_mut() {
            // No room: to forget a range would leave a slot torn, to widen one copies more.
            let Range { start, end } = last.range;
            *last = Changed { range: start.min(range.start)..end.max(range.end), at: generation };
        }
    }
}

#[cfg(test)]
mod tests {
    use core::slice;

    use super::*;

    /// What the slot of `generation` lacks, which changed `ranges`.
    fn filled(stale: &mut Stale, generation: u64, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
        let (mut touched, mut copied) = (Touched::new(), Vec::new());
        ranges.iter().for_each(|range| touched.mark(range.clone()));
        stale.fill(generation, &touched, |range| copied.push(range));
        copied
    }

    #[test]
    fn a_slot_lacks_what_changed_since_it_was_last_filled() {
        let (one, other, third) = (0..8, 500..508, 900..908);
        let mut stale = Stale::all(2, 1000);
        assert_eq!(filled(&mut stale, 1, slice::from_ref(&one)), slice::from_ref(&(0..1000)));
        assert_eq!(filled(&mut stale, 2, slice::from_ref(&other)), slice::from_ref(&(0..1000)));
        // Slot 1 has generation 1, so it lacks what 2 and 3 changed; and so on.
        let lacks = filled(&mut stale, 3, slice::from_ref(&third));
        assert!(lacks.contains(&other) && lacks.contains(&third) && lacks.len() == 2);
        let lacks = filled(&mut stale, 4, slice::from_ref(&third));
        assert_eq!(lacks, slice::from_ref(&third));
        assert!(filled(&mut stale, 6, &[]).is_empty());
    }

    #[test]
    fn every_slot_gets_every_change_whatever_changes() {
        for slots in [2, 3, 4, 7] {
            let mut stale = Stale::all(slots, 10_000);
            let (mut image, mut ring) = (vec![0_u64; 10_000], vec![vec![0; 10_000]; slots]);
            let mut state = 1_u64;
            let mut random = move |below: u64| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                ((state >> 33) % below) as usize
            };
            for generation in 1..3000 {
                let mut touched = Touched::new();
                for _ in 0..random(12) {
                    let start = random(9_900);
                    let range = start..start + 1 + random(90);
                    image.get_mut(range.clone()).unwrap().fill(generation);
                    touched.mark(range);
                }
                let slot = ring.get_mut((generation % slots as u64) as usize).unwrap();
                stale.fill(generation, &touched, |range| {
                    slot.get_mut(range.clone())
                        .unwrap()
                        .clone_from_slice(image.get(range).unwrap());
                });
                assert!(*slot == image, "generation {generation} with {slots} slots");
            }
        }
    }

    #[test]
    fn slots_lack_all_of_a_whole_change_until_they_are_filled() {
        let mut stale = Stale::all(3, 1000);
        // The first slots are filled whole by it, so that nothing in them is unknown.
        (1..=3).for_each(|generation| stale.changed_all(generation));
        let all = slice::from_ref(&(0..1000));
        let lacks = |stale: &mut Stale, generation| filled(stale, generation, &[8..16, 500..508]);
        assert_eq!(lacks(&mut stale, 4), [0..1000, 8..16, 500..508]);
        assert_eq!(lacks(&mut stale, 5), [0..1000, 8..16, 500..508]);
        assert_eq!(lacks(&mut stale, 6), [8..16, 500..508]);
        stale.changed_all(7);
        assert_eq!(filled(&mut stale, 8, &[]), all);
        assert_eq!(filled(&mut stale, 9, &[]), all);
        assert!(filled(&mut stale, 10, &[]).is_empty());
    }

    #[test]
    fn a_small_change_after_a_large_one_is_small_again() {
        let mut stale = Stale::all(4, 1 << 20);
        for generation in 1..=8 {
            filled(&mut stale, generation, slice::from_ref(&(0..1 << 20)));
        }
        for generation in 9..20 {
            let copied = filled(&mut stale, generation, slice::from_ref(&(4096..4104)));
            let bytes: usize = copied.iter().map(ExactSizeIterator::len).sum();
            assert_eq!(bytes >= 1 << 20, generation < 12, "{copied:?} for {generation}");
        }
    }

    #[test]
    fn one_field_that_is_set_again_and_again_is_all_that_is_copied() {
        let mut stale = Stale::all(4, 1 << 20);
        for generation in 1..100 {
            let copied = filled(&mut stale, generation, slice::from_ref(&(4096..4104)));
            assert!(generation <= 4 || copied == slice::from_ref(&(4096..4104)));
        }
    }
}
