//! How large a value may be that is passed by itself.

/// The most bytes of a record, a field or an element that is passed by value: what is larger does
/// not belong on a stack.
///
/// # Examples
///
/// ```
/// assert_eq!(commy_types::MAX_BY_VALUE, 256 * 1024);
/// ```
pub const MAX_BY_VALUE: usize = 256 * 1024;
