//! Which bytes of each slot are older than the image, so that a publish copies only those.

use commy_types::Changes;

/// The stale ranges of every slot of the ring.
///
/// A slot is filled once in K publishes; what it lacks is the union of what those changed.
#[derive(Debug)]
pub(crate) struct Stale {
    slots: Box<[Changes]>,
}

/// Records of so few bytes are copied whole: that is quicker than to look up what a slot lacks.
const WHOLE: usize = 256;

impl Stale {
    /// The ranges of a new writer; `None` for a record that is better copied whole.
    pub(crate) fn of(slot_count: usize, size: usize) -> Option<Self> {
        (size > WHOLE).then(|| Self::all(slot_count, size))
    }

    /// A new writer trusts no slot: all `size` bytes of each are stale.
    fn all(slot_count: usize, size: usize) -> Self {
        Self { slots: vec![Changes::all(size); slot_count].into_boxed_slice() }
    }

    /// Adds what a publish changed to what every slot lacks.
    #[inline]
    pub(crate) fn mark(&mut self, changes: &Changes) {
        for slot in &mut self.slots {
            for range in changes.as_slice() {
                slot.mark(range.clone());
            }
        }
    }

    /// What `slot` lacks; from now on it lacks nothing.
    #[inline]
    pub(crate) fn take(&mut self, slot: usize) -> Changes {
        self.slots.get_mut(slot).map(core::mem::take).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_records_are_copied_whole() {
        assert!(Stale::of(4, 256).is_none());
        assert!(Stale::of(4, 264).is_some());
    }

    #[test]
    fn a_slot_lacks_what_changed_since_it_was_last_filled() {
        let mut stale = Stale::all(2, 1000);
        assert_eq!(stale.take(1).as_slice(), core::slice::from_ref(&(0..1000)));
        let mut changes = Changes::new();
        changes.mark(0..8);
        stale.mark(&changes);
        assert_eq!(stale.take(0).as_slice(), core::slice::from_ref(&(0..1000)));
        changes.clear();
        changes.mark(500..508);
        stale.mark(&changes);
        assert_eq!(stale.take(1).as_slice(), &[0..8, 500..508]);
        assert_eq!(stale.take(0).as_slice(), core::slice::from_ref(&(500..508)));
        assert!(stale.take(0).is_empty());
    }
}
