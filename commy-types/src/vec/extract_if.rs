//! The iterator that removes some elements of a range of a vector.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;

use super::cells::CellsMut;
use super::retain::Pass;
use crate::mappable::Mappable;
use crate::raw;

/// The elements that a test picks out of a vector; made by its `extract_if` method.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FixedVec;
///
/// let mut vec = FixedVec::<u8, 8>::literal(&[1, 2, 3, 4]);
/// let mut even = vec.extract_if(.., |n| *n % 2 == 0);
/// assert_eq!(even.next(), Some(2));
/// drop(even); // nobody asked for the 4, so it stays
/// assert_eq!(vec, [1, 3, 4]);
/// ```
#[must_use = "an element is removed when it is asked for; use `retain_mut` to remove all"]
pub struct ExtractIf<'a, T: Mappable, F> {
    pass: Pass<'a, T>,
    /// Where the range ends; not above the length.
    end: usize,
    picks: F,
}

impl<'a, T: Mappable, F> ExtractIf<'a, T, F> {
    pub(super) fn new(vec: CellsMut<'a, T>, range: Range<usize>, picks: F) -> Self {
        Self { pass: Pass::starting_at(vec, range.start), end: range.end, picks }
    }
}

impl<T: Mappable, F: FnMut(&mut T) -> bool> Iterator for ExtractIf<'_, T, F> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        while self.pass.read() < self.end {
            let element = self.pass.element()?;
            if (self.picks)(element) {
                let picked = raw::copy_of(element);
                self.pass.step(false);
                return Some(picked);
            }
            self.pass.step(true);
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.end.saturating_sub(self.pass.read())))
    }
}

impl<T: Mappable, F: FnMut(&mut T) -> bool> FusedIterator for ExtractIf<'_, T, F> {}

impl<T: Mappable, F> fmt::Debug for ExtractIf<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}
