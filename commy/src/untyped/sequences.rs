//! What the sequence words say, for those who look at a file and not at its value.

use super::ReaderCore;
use crate::publish::SlotMemory as _;
use crate::sync::Ordering;

impl ReaderCore {
    /// The sequence of each slot of the ring, then that of the steady slot if there is one.
    ///
    /// Each is what was there at some time, and a writer goes on meanwhile: nothing is proven by them.
    pub(crate) fn sequences(&self) -> (Vec<u64>, Option<u64>) {
        let slots = self.slots();
        // Of the first generations, each has a slot of its own.
        let ring = (0..slots.count() as u64).map(|first| slots.slot_of(first));
        let ring = ring.map(|slot| slot.sequence.load(Ordering::Relaxed)).collect();
        (ring, slots.steady().map(|(_, slot)| slot.sequence.load(Ordering::Relaxed)))
    }
}
