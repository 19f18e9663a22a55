//! One pass over a vector that keeps some elements: `retain_mut` and `dedup_by`.

use super::cells::CellsMut;
use crate::mappable::Mappable;

/// Keeps the elements for which `keep` returns true; when it panics, those it was not asked about
/// stay too.
pub(super) fn retain_mut<T: Mappable>(vec: CellsMut<'_, T>, mut keep: impl FnMut(&mut T) -> bool) {
    let mut pass = Pass::starting_at(vec, 0);
    while let Some(element) = pass.element() {
        let keeps = keep(element);
        pass.step(keeps);
    }
}

/// Removes each element that is the same as the one kept before it; when `same` panics, those it
/// was not asked about stay.
pub(super) fn dedup_by<T: Mappable>(
    vec: CellsMut<'_, T>,
    mut same: impl FnMut(&mut T, &mut T) -> bool,
) {
    let mut pass = Pass { vec, kept: 1, read: 1 };
    while let Some((before, after)) = pass.vec.used().split_at_mut_checked(pass.read) {
        let (Some(kept), Some(element)) = (before.get_mut(pass.kept - 1), after.first_mut()) else {
            break;
        };
        let is_same = same(element, kept);
        pass.step(!is_same);
    }
}

/// How far the pass is. Elements before `kept` stay, those from `kept` to `read` go.
///
/// The vector keeps its length until the drop, so a leaked pass leaves no element behind the end.
pub(super) struct Pass<'a, T: Mappable> {
    vec: CellsMut<'a, T>,
    kept: usize,
    read: usize,
}

impl<'a, T: Mappable> Pass<'a, T> {
    /// A pass over the elements from `start` on.
    #[inline]
    pub(super) fn starting_at(vec: CellsMut<'a, T>, start: usize) -> Self {
        Self { vec, kept: start, read: start }
    }

    /// Where the pass is.
    #[inline]
    pub(super) fn read(&self) -> usize {
        self.read
    }

    /// The element at `read`.
    #[inline]
    pub(super) fn element(&mut self) -> Option<&mut T> {
        self.vec.used().get_mut(self.read)
    }

    /// Goes past the element at `read`.
    #[inline]
    pub(super) fn step(&mut self, keeps: bool) {
        if keeps {
            if self.kept < self.read {
                self.vec.used().swap(self.kept, self.read);
            }
            self.kept += 1;
        }
        self.read += 1;
    }
}

impl<T: Mappable> Drop for Pass<'_, T> {
    fn drop(&mut self) {
        // Nothing was read of an empty vector, and then there is nothing to remove.
        let read = self.read.min(self.vec.len());
        self.vec.remove(self.kept.min(read)..read);
    }
}
