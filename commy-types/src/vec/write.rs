//! Writing to a [`FixedVec`] of bytes.

use super::FixedVec;

/// Writes as much as fits; a full vector takes zero bytes, which `write_all` reports as
/// `WriteZero`.
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
