//! Which generations readers have pinned, as far as the writer knows. What it does not know counts
//! as pinned.
//!
//! The writer asks the kernel which bytes are locked: one lock per question, and the number of
//! questions of a pass is limited. To list P pins takes 2 P + 1 of them. So a pass that starts anew
//! each time never gets to the end when there are many readers, and the rest stays unknown for
//! ever. But a new pin is valid only if RECLAIMED is no more than its generation. So below the
//! RECLAIMED of the pass before, the pins only become fewer, and what was learnt stays true:
//!
//! - The *list* holds the ranges below that: pinned, or unknown. A pass asks about a few of them
//!   again, and goes on where the pass before has stopped. So none waits for ever behind others
//!   that stay pinned; the first to be asked about is the one that was not for the longest time.
//!   As long as the answer is that nothing is pinned, one question is about ever more of them: readers
//!   that go on with each publish leave more behind than can be asked about one by one.
//! - From there to the latest generation a pass asks anew.

use crate::publish::reclaim::ReclaimSteps;

/// Generations in a row, the last one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PinRange {
    /// The first.
    pub(crate) start: u64,
    /// The last.
    pub(crate) end: u64,
}

/// The ranges that are pinned or unknown. A new writer's is empty, and asks about all.
#[derive(Debug, Default)]
pub(crate) struct PinList {
    /// In order, without overlap, and none reaches across `below`: before it is the list, from it
    /// on what the last pass has found.
    ranges: Vec<PinRange>,
    /// The RECLAIMED of the pass before.
    below: u64,
    /// Where in the list the next pass asks first.
    next: u64,
    /// How many ranges of the list it asks about at once; 0 as 1.
    at_once: usize,
}

/// What a number of questions has shown of some generations.
struct Found {
    /// What is pinned or unknown, in order.
    ranges: Vec<PinRange>,
    /// The first that there was no question left for.
    unknown: Option<u64>,
}

impl PinList {
    /// Asks about pins, after RECLAIMED was stored with this value and the fence behind it.
    ///
    /// `probe(first, last)` answers with one range of pinned generations that overlaps these, if
    /// there is any: what `F_OFD_GETLK` says. Generations up to `evicted` are not asked about, nor
    /// are those after `latest`. At most 16 questions are asked.
    pub(crate) fn pass<S: ReclaimSteps>(
        &mut self,
        reclaimed: u64,
        evicted: u64,
        latest: u64,
        mut probe: impl FnMut(u64, u64) -> Option<(u64, u64)>,
    ) {
        self.forget(evicted);
        // A valid pin of these may have come since.
        self.ranges.truncate(self.ranges.partition_point(|range| range.start < self.below));
        if !S::REMEMBER {
            self.ranges.clear();
        }
        let mut probes = S::NEW_PROBES;
        let known = if S::ASK_FROM_LAST_PASS { self.below } else { self.below.max(reclaimed) };
        // There is no generation 0.
        let start = known.max(evicted.saturating_add(1));
        let new = scan::<S>(PinRange { start, end: latest }, &mut probes, &mut probe);
        probes += S::OLD_PROBES;
        self.ask_again::<S>(probes, &mut probe);
        self.ranges.extend(new.ranges);
        self.below = self.below.max(reclaimed);
        self.split_at(self.below);
    }

    /// Asks about the list again, from where the pass before has stopped.
    fn ask_again<S: ReclaimSteps>(
        &mut self,
        mut probes: u32,
        probe: &mut impl FnMut(u64, u64) -> Option<(u64, u64)>,
    ) {
        for _ in 0..self.ranges.len() {
            if probes == 0 {
                return;
            }
            let after = self.ranges.partition_point(|range| range.end < self.next);
            let at = if after < self.ranges.len() { after } else { 0 };
            let Some(&range) = self.ranges.get(at) else { return };
            let last = at.saturating_add(self.at_once.max(1)).min(self.ranges.len()) - 1;
            if let Some(PinRange { end, .. }) = self.ranges.get(last).filter(|_| last > at).copied()
            {
                probes -= 1;
                if probe(range.start, end).is_none() {
                    self.ranges.drain(at..=last);
                    self.next = end.saturating_add(1);
                    self.at_once = self.at_once.saturating_mul(2);
                } else {
                    self.at_once /= 2;
                }
                continue;
            }
            let found = scan::<S>(range, &mut probes, probe);
            self.at_once = if found.ranges.is_empty() { 2 } else { 1 };
            // Where questions have run out, the next pass goes on.
            self.next = found.unknown.unwrap_or(range.end.saturating_add(1));
            self.ranges.splice(at..=at, found.ranges);
        }
    }

    /// Forgets all generations up to this one.
    pub(crate) fn forget(&mut self, evicted: u64) {
        self.ranges.retain(|range| range.end > evicted);
        if let Some(first) = self.ranges.first_mut() {
            first.start = first.start.max(evicted.saturating_add(1));
        }
    }

    fn split_at(&mut self, generation: u64) {
        let at = self.ranges.partition_point(|range| range.end < generation);
        if let Some(range) = self.ranges.get_mut(at)
            && range.start < generation
        {
            let end = core::mem::replace(&mut range.end, generation - 1);
            self.ranges.insert(at + 1, PinRange { start: generation, end });
        }
    }

    /// The lowest generation from this one on that is pinned or unknown.
    pub(crate) fn lowest_from(&self, generation: u64) -> Option<u64> {
        let at = self.ranges.partition_point(|range| range.end < generation);
        self.ranges.get(at).map(|range| range.start.max(generation))
    }

    /// The end of the range that a pinned or unknown generation is in.
    pub(crate) fn end_of(&self, generation: u64) -> u64 {
        let at = self.ranges.partition_point(|range| range.end < generation);
        self.ranges.get(at).filter(|range| range.start <= generation).map_or(generation, |r| r.end)
    }

    /// The ranges between those that are pinned or unknown, the last one without an end.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = PinRange> {
        let starts = self.ranges.iter().map(|range| range.end.saturating_add(1));
        let ends = self.ranges.iter().map(|range| range.start);
        let ends = ends.map(|start| start.checked_sub(1)).chain([Some(u64::MAX)]);
        let gaps = core::iter::once(0).chain(starts).zip(ends);
        gaps.filter_map(|(start, end)| Some(PinRange { start, end: end? }))
            .filter(|gap| gap.start <= gap.end)
    }

    /// All ranges in order.
    pub(crate) fn ranges(&self) -> &[PinRange] {
        &self.ranges
    }
}

/// Asks about a range until all of it is known or no question is left; the lower part first.
fn scan<S: ReclaimSteps>(
    range: PinRange,
    probes: &mut u32,
    probe: &mut impl FnMut(u64, u64) -> Option<(u64, u64)>,
) -> Found {
    let (mut open, mut found) = (vec![range], Found { ranges: Vec::new(), unknown: None });
    while let Some(range) = open.pop() {
        let PinRange { start, end } = range;
        if start > end {
            continue;
        }
        if *probes == 0 {
            found.unknown = Some(found.unknown.map_or(start, |unknown| unknown.min(start)));
            if S::UNKNOWN_IS_PINNED {
                found.ranges.push(range);
            }
            continue;
        }
        *probes -= 1;
        let Some((first, last)) = probe(start, end) else { continue };
        let pinned = PinRange { start: first.max(start), end: last.min(end) };
        if pinned.start > pinned.end {
            // No answer to the question: as good as unknown.
            found.ranges.push(range);
            continue;
        }
        found.ranges.push(pinned);
        if pinned.end < end {
            open.push(PinRange { start: pinned.end + 1, end });
        }
        if start < pinned.start {
            open.push(PinRange { start, end: pinned.start - 1 });
        }
    }
    found.ranges.sort_unstable_by_key(|range| range.start);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::Proven;

    /// Answers as a kernel that has these locks, in the order of its list.
    fn kernel(locks: &[(u64, u64)]) -> impl FnMut(u64, u64) -> Option<(u64, u64)> {
        move |lo, hi| locks.iter().copied().find(|(start, end)| *start <= hi && lo <= *end)
    }

    fn ranges(list: &PinList) -> Vec<(u64, u64)> {
        list.ranges().iter().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn few_pins_are_known_exactly_after_one_pass() {
        let mut list = PinList::default();
        list.pass::<Proven>(50, 0, 100, kernel(&[(70, 70), (3, 3), (40, 45), (101, 101)]));
        assert_eq!(ranges(&list), [(3, 3), (40, 45), (70, 70)]);
        assert_eq!(list.lowest_from(0), Some(3));
        assert_eq!(list.lowest_from(3), Some(3));
        assert_eq!(list.lowest_from(4), Some(40));
        assert_eq!(list.lowest_from(43), Some(43));
        assert_eq!(list.lowest_from(71), None);
        assert_eq!((list.end_of(43), list.end_of(70)), (45, 70));
        let gaps: Vec<_> = list.gaps().map(|gap| (gap.start, gap.end)).collect();
        assert_eq!(gaps, [(0, 2), (4, 39), (46, 69), (71, u64::MAX)]);
    }

    #[test]
    fn what_there_is_no_question_left_for_counts_as_pinned() {
        let pins: Vec<_> = (1..=40).map(|pin| (pin * 10, pin * 10)).collect();
        let mut list = PinList::default();
        let mut asked = 0;
        let mut kernel = kernel(&pins);
        list.pass::<Proven>(300, 0, 400, |lo, hi| {
            asked += 1;
            kernel(lo, hi)
        });
        assert!(asked <= 16);
        for (pin, _) in &pins {
            assert_eq!(list.lowest_from(*pin), Some(*pin), "{pin}");
        }
        // And it becomes known in later passes.
        (0..20).for_each(|_| list.pass::<Proven>(300, 0, 400, &mut kernel));
        assert_eq!(list.lowest_from(11), Some(20), "{:?}", list.ranges());
        assert_eq!(list.lowest_from(281), Some(290));
    }

    #[test]
    fn no_pin_is_ever_missed_and_no_pass_asks_more_than_sixteen_times() {
        let mut state = 7_u64;
        let mut random = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            (state >> 33) % below
        };
        for _ in 0..200 {
            let (mut list, mut pins) = (PinList::default(), Vec::new());
            let (mut latest, mut reclaimed, mut evicted) = (1, 0, 0);
            for _ in 0..60 {
                latest += random(20);
                for _ in 0..random(8) {
                    // A valid pin is not below RECLAIMED.
                    let start = reclaimed.max(1) + random(latest + 1 - reclaimed.max(1));
                    pins.push((start, start + if random(5) == 0 { random(9) } else { 0 }));
                }
                pins.retain(|_| random(6) > 0);
                // The kernel's list has no order that anybody promises.
                for at in (1..pins.len()).rev() {
                    pins.swap(at, random(at as u64 + 1) as usize);
                }
                reclaimed += random(latest + 1 - reclaimed);
                if random(15) == 0 {
                    evicted += random(latest - evicted);
                }
                let (mut asked, mut kernel) = (0, kernel(&pins));
                list.pass::<Proven>(reclaimed, evicted, latest, |lo, hi| {
                    asked += 1;
                    assert!(evicted < lo && lo <= hi && hi <= latest);
                    kernel(lo, hi)
                });
                assert!(asked <= 16);
                let pinned = pins.iter().flat_map(|(start, end)| *start..=*end);
                for pin in pinned.filter(|pin| evicted < *pin && *pin <= latest) {
                    assert_eq!(list.lowest_from(pin), Some(pin), "{:?}", list.ranges());
                }
                let ordered = list.ranges().windows(2).all(|pair| pair[0].end < pair[1].start);
                assert!(ordered && list.ranges().iter().all(|range| range.start <= range.end));
            }
        }
    }

    #[test]
    fn a_pin_of_the_reclaimed_generation_itself_is_seen() {
        let mut list = PinList::default();
        list.pass::<Proven>(10, 0, 20, kernel(&[]));
        // Valid, since RECLAIMED is not above it.
        list.pass::<Proven>(15, 0, 25, kernel(&[(10, 10)]));
        assert_eq!(ranges(&list), [(10, 10)]);
    }

    #[test]
    fn what_is_pinned_for_ever_does_not_keep_others_from_being_asked_about() {
        // Eight old views, and after them 20 that end.
        let mut pins: Vec<_> = (1..=28).map(|pin| (pin * 2, pin * 2)).collect();
        let mut list = PinList::default();
        (0..40).for_each(|_| list.pass::<Proven>(60, 0, 60, kernel(&pins)));
        assert_eq!(ranges(&list), pins);
        pins.truncate(8);
        (0..10).for_each(|_| list.pass::<Proven>(60, 0, 60, kernel(&pins)));
        assert_eq!(ranges(&list), pins);
    }

    #[test]
    fn an_answer_that_answers_nothing_leaves_all_of_it_unknown() {
        for answer in [(0, 0), (200, 300), (60, 40), (u64::MAX, 0)] {
            let mut list = PinList::default();
            list.pass::<Proven>(50, 0, 100, |_, _| Some(answer));
            assert_eq!(ranges(&list), [(1, 49), (50, 100)], "{answer:?}");
        }
        let mut list = PinList::default();
        list.pass::<Proven>(50, 0, 100, |_, _| Some((0, u64::MAX)));
        assert_eq!(ranges(&list), [(1, 49), (50, 100)]);
        list.pass::<Proven>(u64::MAX, u64::MAX, u64::MAX, |_, _| None);
        assert!(list.ranges().is_empty());
    }

    #[test]
    fn what_is_evicted_is_forgotten() {
        let mut list = PinList::default();
        list.pass::<Proven>(60, 0, 100, kernel(&[(10, 30), (50, 50), (70, 90)]));
        list.forget(20);
        assert_eq!(ranges(&list), [(21, 30), (50, 50), (70, 90)]);
        list.forget(80);
        assert_eq!(ranges(&list), [(81, 90)]);
    }
}
