//! Bytes put into a part of a file, and taken from it, at offsets that its table bounds.

/// Writes `value` at `at`; what would reach beyond the end is a mistake in a table, and left out.
pub(super) fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    debug_assert!(at + value.len() <= bytes.len());
    if let Some(to) = bytes.get_mut(at..).and_then(|rest| rest.get_mut(..value.len())) {
        to.copy_from_slice(value);
    }
}

/// The `N` bytes at `at`; zeros for those that are not there.
pub(super) fn take<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk());
    found.copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_taken_and_nothing_is_taken_from_beyond_the_end() {
        let mut bytes = [0; 12];
        put(&mut bytes, 3, &[1, 2, 3, 4]);
        assert_eq!(take(&bytes, 3), [1, 2, 3, 4]);
        assert_eq!(bytes.iter().filter(|byte| **byte != 0).count(), 4);
        for at in [9, 12, 13, usize::MAX] {
            assert_eq!(take(&bytes, at), [0; 4]);
        }
    }
}
