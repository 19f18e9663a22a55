//! The error of a value that does not fit.

use core::fmt;

/// A value needs more room than the container has; nothing was changed.
///
/// Counts bytes for strings and elements for vectors.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::{CapacityError, FixedString};
///
/// let refused = FixedString::<4>::try_from("hello").unwrap_err();
/// assert_eq!(refused, CapacityError { needed: 5, capacity: 4 });
/// assert_eq!(refused.to_string(), "5 do not fit in a capacity of 4");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CapacityError {
    /// How many bytes or elements the whole value would have had.
    pub needed: usize,
    /// How many bytes or elements the container holds at most.
    pub capacity: usize,
}

crate::__debug_in_words!(struct CapacityError { needed, capacity });

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} do not fit in a capacity of {}", self.needed, self.capacity)
    }
}

impl core::error::Error for CapacityError {}
