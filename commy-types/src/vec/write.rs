//! Writing to a [`FixedVec`] of bytes.

use core::fmt;

use super::FixedVec;

/// Adds the bytes of each piece of text, or none of it when it does not fit.
///
/// Where `std::io::Write` is in scope too, `write!` must be told which one is meant.
impl<const N: usize> fmt::Write for FixedVec<u8, N> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.extend_from_slice(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

/// Writes as much as fits; a full vector takes zero bytes, which `write_all` reports as
/// `WriteZero`.
#[cfg(feature = "std")]
impl<const N: usize> std::io::Write for FixedVec<u8, N> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(self.remaining_capacity());
        let taken = self.extend_from_slice(bytes.get(..count).unwrap_or_default());
        Ok(taken.map_or(0, |()| count))
    }

    #[inline]
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
