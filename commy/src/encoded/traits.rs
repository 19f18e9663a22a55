//! What an [`Encoded`] has in common with every value: copies, comparison, a debug form.

use core::fmt;

use super::{Codec, Encoded};

impl<T: ?Sized, C, const N: usize, A: Copy> Clone for Encoded<T, C, N, A> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized, C, const N: usize, A: Copy> Copy for Encoded<T, C, N, A> {}

impl<T: ?Sized, C, const N: usize, A> Default for Encoded<T, C, N, A> {
    /// Holds nothing yet.
    fn default() -> Self {
        Self::new()
    }
}

/// Equal when the encoded bytes are.
///
/// Equal values can have different bytes: those of a `HashMap` stand in no certain order.
impl<T: ?Sized, C: Codec, const N: usize, A> PartialEq for Encoded<T, C, N, A> {
    fn eq(&self, other: &Self) -> bool {
        self.is_empty() == other.is_empty() && self.as_bytes() == other.as_bytes()
    }
}

impl<T: ?Sized, C: Codec, const N: usize, A> Eq for Encoded<T, C, N, A> {}

impl<T: ?Sized, C: Codec, const N: usize, A> core::hash::Hash for Encoded<T, C, N, A> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.is_empty().hash(state);
        self.as_bytes().hash(state);
    }
}

/// Shows the codec and how many bytes are in use, not the value.
impl<T: ?Sized, C: Codec, const N: usize, A> fmt::Debug for Encoded<T, C, N, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("codec", &C::NAME)
            .field("len", &self.len())
            .field("capacity", &N)
            .finish()
    }
}
