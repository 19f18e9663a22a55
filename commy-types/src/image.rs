//! The encoded value: bytes with zero padding and zero tails, and what changed in them.

use core::ops::Range;

/// How many bytes are compared at once when a long run is written.
const BLOCK: usize = 64;

/// Two changed ranges closer than this are kept as one.
const MERGE_GAP: usize = 64;

/// The private, encoded form of a value: the bytes that go to the file.
///
/// A writer keeps one image for as long as it lives. Encoding writes only what differs, so the
/// ranges it collects say what the next publish must copy.
///
/// # Examples
///
/// ```
/// use commy_types::{Changes, Image, Mappable};
///
/// let mut bytes = [0u8; 16];
/// let mut changes = Changes::new();
/// let mut image = Image::new(&mut bytes, &mut changes);
/// 7u32.encode(8, &mut image);
/// 0u32.encode(12, &mut image);
/// assert_eq!(changes.as_slice(), &[8..12]);
/// ```
#[derive(Debug)]
pub struct Image<'a> {
    bytes: &'a mut [u8],
    changes: &'a mut Changes,
    window: Option<&'a Changes>,
}

impl<'a> Image<'a> {
    /// An image over `bytes`, which hold an earlier encoding or zeros.
    pub fn new(bytes: &'a mut [u8], changes: &'a mut Changes) -> Self {
        Self { bytes, changes, window: None }
    }

    /// The same, for an encoding of only those fields that touch a range of `window`.
    pub fn within(bytes: &'a mut [u8], changes: &'a mut Changes, window: &'a Changes) -> Self {
        Self { bytes, changes, window: Some(window) }
    }

    /// Returns whether the field at `at..at + size` is to be encoded.
    #[inline]
    #[must_use]
    pub fn wants(&self, at: usize, size: usize) -> bool {
        match self.window {
            None => true,
            Some(window) => window.touches(&(at..at.saturating_add(size))),
        }
    }

    /// Writes `bytes` at `at`, where they differ from what is there.
    ///
    /// # Panics
    ///
    /// When the range is outside the image: an encoder with a wrong offset.
    #[inline]
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        #[allow(clippy::indexing_slicing, reason = "documented panic of a wrong encoder")]
        let old = &mut self.bytes[at..at + bytes.len()];
        if bytes.len() <= BLOCK {
            if *old != *bytes {
                old.copy_from_slice(bytes);
                self.changes.mark(at..at + bytes.len());
            }
            return;
        }
        let (old_blocks, old_rest) = old.as_chunks_mut::<BLOCK>();
        let (new_blocks, new_rest) = bytes.as_chunks::<BLOCK>();
        // A run of changed blocks is marked once, at its end.
        let (mut end, mut changed_from) = (at, None);
        for (old, new) in old_blocks.iter_mut().zip(new_blocks) {
            if *old != *new {
                *old = *new;
                changed_from.get_or_insert(end);
            } else if let Some(start) = changed_from.take() {
                self.changes.mark(start..end);
            }
            end += BLOCK;
        }
        if *old_rest != *new_rest {
            old_rest.copy_from_slice(new_rest);
            changed_from.get_or_insert(end);
            end += new_rest.len();
        }
        if let Some(start) = changed_from {
            self.changes.mark(start..end);
        }
    }

    /// Writes zeros over `range`, all of which counts as changed.
    ///
    /// # Panics
    ///
    /// When the range is outside the image: an encoder with a wrong offset.
    #[inline]
    pub fn clear(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        #[allow(clippy::indexing_slicing, reason = "documented panic of a wrong encoder")]
        self.bytes[range.clone()].fill(0);
        self.changes.mark(range);
    }

    /// Returns whether `bytes` are what is at `at`.
    ///
    /// # Panics
    ///
    /// When the range is outside the image: an encoder with a wrong offset.
    #[inline]
    #[must_use]
    pub fn holds(&self, at: usize, bytes: &[u8]) -> bool {
        #[allow(clippy::indexing_slicing, reason = "documented panic of a wrong encoder")]
        let held = &self.bytes[at..at + bytes.len()];
        held == bytes
    }

    /// Reads the little-endian length in the eight bytes at `at`.
    ///
    /// # Panics
    ///
    /// When the range is outside the image: an encoder with a wrong offset.
    #[inline]
    #[must_use]
    pub fn length(&self, at: usize) -> u64 {
        let mut length = [0; 8];
        #[allow(clippy::indexing_slicing, reason = "documented panic of a wrong encoder")]
        length.copy_from_slice(&self.bytes[at..at + 8]);
        u64::from_le_bytes(length)
    }
}

/// A short list of byte ranges that changed; it never misses a changed byte.
///
/// Holds eight ranges; what comes beyond widens the last one.
///
/// # Examples
///
/// ```
/// use commy_types::Changes;
///
/// let mut changes = Changes::new();
/// changes.mark(0..8);
/// changes.mark(8..16);
/// changes.mark(4096..4104);
/// assert_eq!(changes.as_slice(), &[0..16, 4096..4104]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Changes {
    ranges: [Range<usize>; Self::MAX],
    len: usize,
}

impl Changes {
    /// How many separate ranges are kept.
    pub const MAX: usize = 8;

    /// No range.
    #[must_use]
    pub const fn new() -> Self {
        Self { ranges: [const { 0..0 }; Self::MAX], len: 0 }
    }

    /// The one range `0..len`.
    #[must_use]
    pub fn all(len: usize) -> Self {
        let mut changes = Self::new();
        changes.mark(0..len);
        changes
    }

    /// Forgets every range.
    pub const fn clear(&mut self) {
        self.len = 0;
    }

    /// Returns whether no byte is marked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The ranges, in the order in which they were marked.
    #[must_use]
    pub fn as_slice(&self) -> &[Range<usize>] {
        self.ranges.get(..self.len).unwrap_or_default()
    }

    /// Returns whether a marked byte lies in `range`.
    #[must_use]
    pub fn touches(&self, range: &Range<usize>) -> bool {
        self.as_slice().iter().any(|marked| marked.start < range.end && range.start < marked.end)
    }

    /// Marks the bytes of `range`; an empty range marks nothing.
    #[inline]
    pub fn mark(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let full = self.len == Self::MAX;
        if let Some(last) = self.len.checked_sub(1).and_then(|last| self.ranges.get_mut(last)) {
            let near = range.start <= last.end.saturating_add(MERGE_GAP)
                && last.start <= range.end.saturating_add(MERGE_GAP);
            if near || full {
                last.start = last.start.min(range.start);
                last.end = last.end.max(range.end);
                return;
            }
        }
        if let Some(free) = self.ranges.get_mut(self.len) {
            *free = range;
            self.len += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn a_ninth_range_widens_the_last_one() {
        let mut changes = Changes::new();
        for index in 0..9 {
            changes.mark(index * 1000..index * 1000 + 8);
        }
        assert_eq!(changes.as_slice().len(), Changes::MAX);
        assert_eq!(changes.as_slice().last(), Some(&(7000..8008)));
    }

    #[test]
    fn a_range_before_the_last_one_is_merged_or_kept_but_never_lost() {
        let mut changes = Changes::new();
        changes.mark(5000..5008);
        changes.mark(0..8);
        changes.mark(4..40);
        assert_eq!(changes.as_slice(), &[5000..5008, 0..40]);
        assert!(changes.touches(&(5007..6000)));
        assert!(!changes.touches(&(40..5000)));
    }

    #[test]
    fn put_marks_only_blocks_that_differ() {
        let mut bytes = [0u8; 640];
        let mut changes = Changes::new();
        let mut new = [0u8; 640];
        new[300] = 1;
        Image::new(&mut bytes, &mut changes).put(0, &new);
        assert_eq!(changes.as_slice(), &[256..320]);
        assert_eq!(bytes, new);
    }

    #[test]
    fn put_marks_every_byte_that_differs_and_no_distant_one() {
        for len in [65, 128, 200, 1000] {
            for changed in [vec![0], vec![len - 1], vec![63, 64], vec![0, len / 2, len - 1]] {
                let (mut bytes, mut changes) = (vec![0u8; len + 8], Changes::new());
                let mut new = vec![0u8; len];
                changed.iter().for_each(|at| new[*at] = 1);
                Image::new(&mut bytes, &mut changes).put(8, &new);
                assert_eq!(bytes[8..], new);
                for at in &changed {
                    assert!(changes.touches(&(at + 8..at + 9)), "byte {at} of {len}");
                }
                let marked: usize = changes.as_slice().iter().map(ExactSizeIterator::len).sum();
                let near = 3 * BLOCK + MERGE_GAP;
                assert!(marked <= changed.len() * near, "{marked} of {len} for {changed:?}");
                assert!(
                    changes.as_slice().iter().all(|range| range.start >= 8 && range.end <= len + 8)
                );
            }
        }
    }

    #[test]
    fn a_window_names_the_fields_that_are_wanted() {
        let (mut bytes, mut changes) = ([0u8; 64], Changes::new());
        let mut window = Changes::new();
        window.mark(8..16);
        let image = Image::within(&mut bytes, &mut changes, &window);
        assert!(image.wants(12, 1));
        assert!(!image.wants(16, 8));
        assert!(!image.wants(0, 8));
    }
}
