//! Blocks that were announced for reuse and that a pinned generation still reaches.
//!
//! A block [birth, retired) is reached by the generations from its birth on, up to the one before
//! it was retired. So a pin p holds it if birth <= p < retired. It is kept with one pin that holds
//! it, and looked at again when that one is gone: then another may hold it.

use std::collections::BTreeMap;

use super::limbo::Retired;
use super::pin_list::PinList;
use crate::publish::reclaim::ReclaimSteps;

/// Pins that no reader has: of the durable generation, and of one that is being flushed. They are
/// never evicted.
#[derive(Debug, Default)]
pub(crate) struct PrivatePins(
    /// How many times each generation is pinned.
    BTreeMap<u64, u32>,
);

impl PrivatePins {
    /// Pins a generation once more.
    pub(crate) fn hold(&mut self, generation: u64) {
        *self.0.entry(generation).or_default() += 1;
    }

    /// Takes one [`PrivatePins::hold`] back; returns whether there was one.
    pub(crate) fn let_go(&mut self, generation: u64) -> bool {
        let Some(times) = self.0.get_mut(&generation) else { return false };
        *times -= 1;
        if *times == 0 {
            self.0.remove(&generation);
        }
        true
    }

    /// Returns whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lowest pinned generation from this one on.
    pub(crate) fn lowest_from(&self, generation: u64) -> Option<u64> {
        self.0.range(generation..).next().map(|(pinned, _)| *pinned)
    }
}

/// Which pin a block has to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// None: it may be reused.
    Nobody,
    /// A pin of the writer's own, which holds whatever readers do.
    Private(u64),
    /// The lowest pin of readers that holds it; or one that is unknown.
    Reader(u64),
}

impl Holder {
    /// Who holds what was born at `birth` and retired at `retired`.
    pub(crate) fn of<S: ReclaimSteps>(
        birth: u64,
        retired: u64,
        readers: &PinList,
        private: &PrivatePins,
    ) -> Self {
        let birth = birth + u64::from(!S::HELD_FROM_BIRTH);
        let retired = retired - u64::from(!S::HELD_UNTIL_RETIRED);
        let holds = |pin: &u64| *pin < retired;
        if let Some(pin) = private.lowest_from(birth).filter(holds) {
            return Self::Private(pin);
        }
        readers.lowest_from(birth).filter(holds).map_or(Self::Nobody, Self::Reader)
    }
}

/// Held blocks by the pin that holds them.
#[derive(Debug, Default)]
pub(crate) struct Held {
    by_readers: BTreeMap<u64, Vec<Retired>>,
    /// Kept apart: to evict readers would not free them.
    by_writer: BTreeMap<u64, Vec<Retired>>,
    readers_bytes: u64,
    writer_bytes: u64,
}

impl Held {
    /// The bytes that nothing but pins of readers holds.
    pub(crate) const fn readers_bytes(&self) -> u64 {
        self.readers_bytes
    }

    /// The bytes that the writer's own pins hold, whoever else does.
    pub(crate) const fn writer_bytes(&self) -> u64 {
        self.writer_bytes
    }

    /// The bytes that are kept with this pin of a reader. Later pins may hold them, too.
    #[cfg(test)]
    pub(crate) fn bytes_of(&self, pin: u64) -> u64 {
        let blocks = self.by_readers.get(&pin);
        blocks.map_or(0, |blocks| blocks.iter().map(|block| block.extent.bytes()).sum())
    }

    /// The bytes that are kept with pins of readers from `first` to `last`.
    pub(crate) fn bytes_in(&self, first: u64, last: u64) -> u64 {
        self.by_readers.range(first..=last).map(|(_, blocks)| bytes(blocks)).sum()
    }

    /// The oldest pin of a reader that blocks are kept with.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.by_readers.first_key_value().map(|(pin, _)| *pin)
    }

    /// Keeps a block with the pin that holds it; gives it back if nobody does.
    pub(crate) fn keep(&mut self, block: Retired, holder: Holder) -> Option<Retired> {
        let (lists, bytes, pin) = match holder {
            Holder::Nobody => return Some(block),
            Holder::Private(pin) => (&mut self.by_writer, &mut self.writer_bytes, pin),
            Holder::Reader(pin) => (&mut self.by_readers, &mut self.readers_bytes, pin),
        };
        *bytes += block.extent.bytes();
        lists.entry(pin).or_default().push(block);
        None
    }

    /// Takes out all blocks whose pin is gone, to be looked at again.
    pub(crate) fn take_released(
        &mut self,
        readers: &PinList,
        private: &PrivatePins,
    ) -> Vec<Retired> {
        let mut released = Vec::new();
        for gap in readers.gaps() {
            take_range(&mut self.by_readers, gap.start, gap.end, &mut released);
        }
        self.readers_bytes -= bytes(&released);
        let mut own = Vec::new();
        let gone = self.by_writer.keys().filter(|pin| private.lowest_from(**pin) != Some(**pin));
        for pin in gone.copied().collect::<Vec<_>>() {
            own.extend(self.by_writer.remove(&pin).unwrap_or_default());
        }
        self.writer_bytes -= bytes(&own);
        released.append(&mut own);
        released
    }

    /// Takes out all blocks that are kept with readers' pins up to this one, to be looked at again.
    pub(crate) fn take_evicted(&mut self, evicted: u64) -> Vec<Retired> {
        let mut released = Vec::new();
        take_range(&mut self.by_readers, 0, evicted, &mut released);
        self.readers_bytes -= bytes(&released);
        released
    }

    /// All blocks that are in it, and the pin that each is kept with.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &Retired)> {
        let lists = self.by_readers.iter().chain(&self.by_writer);
        lists.flat_map(|(pin, blocks)| blocks.iter().map(|block| (*pin, block)))
    }
}

fn bytes(blocks: &[Retired]) -> u64 {
    blocks.iter().map(|block| block.extent.bytes()).sum()
}

fn take_range(
    lists: &mut BTreeMap<u64, Vec<Retired>>,
    start: u64,
    end: u64,
    taken: &mut Vec<Retired>,
) {
    let pins: Vec<_> = lists.range(start..=end).map(|(pin, _)| *pin).collect();
    for pin in pins {
        taken.append(&mut lists.remove(&pin).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::heap::Extent;
    use crate::publish::Proven;

    fn list(pins: &[u64]) -> PinList {
        let mut list = PinList::default();
        list.pass::<Proven>(1000, 0, 1000, |lo, hi| {
            pins.iter().find(|pin| lo <= **pin && **pin <= hi).map(|pin| (*pin, *pin))
        });
        list
    }

    fn block(birth: u64, retired: u64) -> Retired {
        Retired { offset: birth << 12, birth, retired, extent: Extent::of(64).unwrap() }
    }

    #[test]
    fn a_pin_holds_what_was_born_and_not_yet_retired() {
        let (readers, mut private) = (list(&[10, 20]), PrivatePins::default());
        let of = |birth, retired, private: &PrivatePins| {
            Holder::of::<Proven>(birth, retired, &readers, private)
        };
        assert_eq!(of(5, 10, &private), Holder::Nobody, "retired by the one that is pinned");
        assert_eq!(of(5, 11, &private), Holder::Reader(10));
        assert_eq!(of(10, 11, &private), Holder::Reader(10));
        assert_eq!(of(11, 20, &private), Holder::Nobody, "between the pins");
        assert_eq!(of(11, 21, &private), Holder::Reader(20));
        assert_eq!(of(21, 900, &private), Holder::Nobody);
        private.hold(15);
        assert_eq!(of(5, 21, &private), Holder::Private(15), "it stays whatever readers do");
        assert_eq!(of(16, 21, &private), Holder::Reader(20));
        assert!(private.let_go(15) && !private.let_go(15));
        assert_eq!(of(5, 21, &private), Holder::Reader(10));
    }

    #[test]
    fn a_generation_that_is_held_twice_is_held_until_both_let_go() {
        let mut private = PrivatePins::default();
        private.hold(5);
        private.hold(5);
        assert!(private.let_go(5));
        assert_eq!(private.lowest_from(0), Some(5));
        assert!(private.let_go(5));
        assert_eq!(private.lowest_from(0), None);
    }

    #[test]
    fn what_is_released_is_what_was_kept_with_the_pins_that_are_gone() {
        let (mut held, mut private) = (Held::default(), PrivatePins::default());
        private.hold(30);
        let before = list(&[10, 20]);
        for block in [block(5, 15), block(9, 25), block(15, 25), block(25, 35)] {
            let holder = Holder::of::<Proven>(block.birth, block.retired, &before, &private);
            assert_eq!(held.keep(block, holder), None);
        }
        assert_eq!((held.readers_bytes(), held.writer_bytes()), (3 * 64, 64));
        assert_eq!((held.bytes_of(10), held.bytes_of(20), held.oldest()), (128, 64, Some(10)));
        let after = list(&[20]);
        assert_eq!(held.take_released(&after, &private), [block(5, 15), block(9, 25)]);
        assert_eq!(held.take_released(&after, &private), []);
        private.let_go(30);
        assert_eq!(held.take_released(&after, &private), [block(25, 35)]);
        assert_eq!(held.take_evicted(19), []);
        assert_eq!(held.take_evicted(20), [block(15, 25)]);
        assert_eq!((held.readers_bytes(), held.writer_bytes(), held.oldest()), (0, 0, None));
    }
}
