//! The encoded value: bytes with zero padding and zero tails, and what changed in them.
//!
//! A container touches only its used part: it reads its old length from the image, and clears only
//! what shrank.

use core::ops::Range;

/// How many bytes are compared at once when a long run is written.
const BLOCK: usize = 64;

/// A long run is compared by so many bytes first: the C library does that several times as fast as
/// blocks can be compared here, but does not tell where they differ.
const STRETCH: usize = 1024;

/// The private, encoded form of a value: the bytes that go to the file.
///
/// A writer keeps one image for as long as it lives. Encoding writes only what differs, so the
/// ranges it collects say what the next publish must copy.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::{Touched, Image, Mappable};
///
/// let mut bytes = [0u8; 16];
/// let mut touched = Touched::new();
/// let mut image = Image::new(&mut bytes, &mut touched);
/// 7u32.encode(8, &mut image);
/// 0u32.encode(12, &mut image);
/// assert_eq!(touched.as_slice(), &[8..12]);
/// ```
#[derive(Debug)]
pub struct Image<'a> {
    bytes: &'a mut [u8],
    /// `None`: nobody asks what changed.
    touched: Option<&'a mut Touched>,
    window: Option<&'a Touched>,
    compares: bool,
}

impl<'a> Image<'a> {
    /// An image over `bytes`, which hold an earlier encoding or zeros.
    #[inline]
    pub fn new(bytes: &'a mut [u8], touched: &'a mut Touched) -> Self {
        Self { bytes, touched: Some(touched), window: None, compares: true }
    }

    /// The same where nobody asks what changed: writes everything, and compares nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{Image, Mappable};
    ///
    /// let mut bytes = [9; 6];
    /// 0x0102_u16.encode(4, &mut Image::untracked(&mut bytes));
    /// assert_eq!(bytes, [9, 9, 9, 9, 2, 1]);
    /// ```
    #[inline]
    pub fn untracked(bytes: &'a mut [u8]) -> Self {
        Self { bytes, touched: None, window: None, compares: false }
    }

    /// The same, but a run of more than 64 bytes that is written counts as changed: for what is known to
    /// differ, which takes longer to compare than to copy.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{Touched, Image, Mappable};
    ///
    /// let (mut bytes, mut touched) = ([0; 100], Touched::new());
    /// [0_u8; 80].encode(0, &mut Image::new(&mut bytes, &mut touched).overwriting());
    /// assert_eq!(touched.as_slice(), &[0..80]);
    /// ```
    #[inline]
    #[must_use]
    pub fn overwriting(self) -> Self {
        Self { compares: false, ..self }
    }

    /// The same, for an encoding of only those fields that touch a range of `window`. Of an array or a
    /// vector, it is the elements that touch one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{Touched, Image, Mappable};
    ///
    /// let (mut bytes, mut touched, mut window) = ([0; 8], Touched::new(), Touched::new());
    /// window.mark(4..8);
    /// let mut image = Image::new(&mut bytes, &mut touched).within(&window);
    /// assert!(!image.wants(0, 4) && image.wants(4, 4));
    /// ```
    #[inline]
    #[must_use]
    pub fn within(self, window: &'a Touched) -> Self {
        Self { window: Some(window), ..self }
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

    /// Whether what is written is compared with what is there.
    #[inline]
    pub(crate) const fn compares(&self) -> bool {
        self.compares
    }

    /// What is to be encoded, if that is not all.
    #[inline]
    pub(crate) const fn window(&self) -> Option<&'a Touched> {
        self.window
    }

    /// The same image, for an encoding of all: of a part that the image does not hold yet.
    #[inline]
    pub(crate) fn whole(&mut self) -> Image<'_> {
        let touched = self.touched.as_deref_mut();
        Image { bytes: self.bytes, touched, window: None, compares: self.compares }
    }

    /// Writes `bytes` at `at`, where they differ from what is there.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{Touched, Image};
    ///
    /// let (mut bytes, mut touched) = (*b"north", Touched::new());
    /// let mut image = Image::new(&mut bytes, &mut touched);
    /// image.put(0, b"no");
    /// assert!(image.holds(2, b"rth"));
    /// image.put(0, b"fo");
    /// assert_eq!(touched.as_slice(), &[0..2]);
    /// assert_eq!(&bytes, b"forth");
    /// ```
    ///
    /// # Panics
    ///
    /// When the range is outside the image: an encoder with a wrong offset.
    // A call would cost more than most fields, whose size the compiler knows.
    #[inline(always)]
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        #[allow(clippy::indexing_slicing, reason = "documented panic of a wrong encoder")]
        let old = &mut self.bytes[at..at + bytes.len()];
        match self.touched.as_deref_mut() {
            None => old.copy_from_slice(bytes),
            Some(touched) if bytes.len() <= BLOCK => {
                if *old != *bytes {
                    old.copy_from_slice(bytes);
                    touched.mark(at..at + bytes.len());
                }
            }
            Some(touched) if self.compares => put_long(at, bytes, old, touched),
            Some(touched) => overwrite(at, bytes, old, touched),
        }
    }

    /// Writes zeros over `range`, all of which counts as changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{Touched, Image};
    ///
    /// let (mut bytes, mut touched) = ([7; 4], Touched::new());
    /// Image::new(&mut bytes, &mut touched).clear(1..3);
    /// assert_eq!(bytes, [7, 0, 0, 7]);
    /// assert_eq!(touched.as_slice(), &[1..3]);
    /// ```
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
        if let Some(touched) = self.touched.as_deref_mut() {
            touched.mark(range);
        }
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
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedString, Image, Mappable};
    ///
    /// let mut bytes = [0; 16];
    /// let mut image = Image::untracked(&mut bytes);
    /// FixedString::<8>::literal("north").encode(0, &mut image);
    /// assert_eq!(image.length(0), 5);
    /// ```
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

/// Writes a long run of `bytes` over `old`, whatever that is.
#[inline(never)]
fn overwrite(at: usize, bytes: &[u8], old: &mut [u8], touched: &mut Touched) {
    old.copy_from_slice(bytes);
    touched.mark(at..at + bytes.len());
}

/// Writes a long run of `bytes` over `old` where they differ.
#[inline(never)]
fn put_long(at: usize, bytes: &[u8], old: &mut [u8], touched: &mut Touched) {
    let mut at = at;
    for (old, bytes) in old.chunks_mut(STRETCH).zip(bytes.chunks(STRETCH)) {
        if *old != *bytes {
            put_blocks(at, bytes, old, touched);
        }
        at += bytes.len();
    }
}

/// Writes `bytes` over `old`, block by block where they differ.
fn put_blocks(at: usize, bytes: &[u8], old: &mut [u8], touched: &mut Touched) {
    let (old_blocks, old_rest) = old.as_chunks_mut::<BLOCK>();
    let (new_blocks, new_rest) = bytes.as_chunks::<BLOCK>();
    // A run of changed blocks is marked once, at its end.
    let (mut end, mut changed_from) = (at, None);
    for (old, new) in old_blocks.iter_mut().zip(new_blocks) {
        if differ(old, new) {
            *old = *new;
            changed_from.get_or_insert(end);
        } else if let Some(start) = changed_from.take() {
            touched.mark(start..end);
        }
        end += BLOCK;
    }
    if *old_rest != *new_rest {
        old_rest.copy_from_slice(new_rest);
        changed_from.get_or_insert(end);
        end += new_rest.len();
    }
    if let Some(start) = changed_from {
        touched.mark(start..end);
    }
}

/// Returns whether two blocks differ. Written out, because `!=` calls a function of the C library,
/// which takes longer than the comparison.
#[inline]
fn differ(one: &[u8; BLOCK], other: &[u8; BLOCK]) -> bool {
    let (one, other) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
    let difference =
        |(one, other): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*one) ^ u64::from_ne_bytes(*other);
    one.iter().zip(other).map(difference).fold(0, |all, one| all | one) != 0
}

/// A short list of byte ranges of an image that were touched; it never misses a changed byte.
///
/// Holds eight ranges; what comes beyond widens the last one.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::Touched;
///
/// let mut touched = Touched::new();
/// touched.mark(0..8);
/// touched.mark(8..16);
/// touched.mark(4096..4104);
/// assert_eq!(touched.as_slice(), &[0..16, 4096..4104]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Touched {
    ranges: [Range<usize>; Self::MAX],
    len: usize,
}

impl Touched {
    /// How many separate ranges are kept.
    pub const MAX: usize = 8;

    /// Two changed ranges closer than so many bytes are kept as one.
    pub const MERGE_GAP: usize = 64;

    /// No range.
    #[must_use]
    pub const fn new() -> Self {
        Self { ranges: [const { 0..0 }; Self::MAX], len: 0 }
    }

    /// The one range `0..len`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::Touched::all(100).as_slice(), &[0..100]);
    /// assert!(commy::Touched::all(0).is_empty());
    /// ```
    #[must_use]
    pub fn all(len: usize) -> Self {
        let mut touched = Self::new();
        touched.mark(0..len);
        touched
    }

    /// Forgets every range.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut touched = commy::Touched::all(8);
    /// touched.clear();
    /// assert!(touched.is_empty());
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let touched = commy::Touched::all(8);
    /// assert!(touched.touches(&(7..20)));
    /// assert!(!touched.touches(&(8..20)));
    /// ```
    #[must_use]
    pub fn touches(&self, range: &Range<usize>) -> bool {
        self.as_slice().iter().any(|marked| marked.start < range.end && range.start < marked.end)
    }

    /// Marks the bytes of `range`; an empty range marks nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::Touched;
    ///
    /// let mut touched = Touched::new();
    /// touched.mark(1000..1008);
    /// touched.mark(0..8);
    /// touched.mark(8 + Touched::MERGE_GAP..80); // near: widens `0..8`
    /// assert_eq!(touched.as_slice(), &[1000..1008, 0..80]);
    /// (0..20).for_each(|index| touched.mark(5000 + index * 100..5001 + index * 100));
    /// assert_eq!(touched.as_slice().len(), Touched::MAX);
    /// assert_eq!(touched.as_slice().last(), Some(&(5500..6901)));
    /// ```
    #[inline]
    pub fn mark(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let marked = self.ranges.get_mut(..self.len).unwrap_or_default();
        // What is set again and again is marked already, mostly by the last range.
        for known in marked.iter_mut().rev() {
            if known.start <= range.start && range.end <= known.end {
                return;
            }
            let near = range.start <= known.end.saturating_add(Self::MERGE_GAP)
                && known.start <= range.end.saturating_add(Self::MERGE_GAP);
            if near {
                widen(known, &range);
                return;
            }
        }
        if let (Self::MAX, Some(last)) = (self.len, marked.last_mut()) {
            widen(last, &range);
            return;
        }
        if let Some(free) = self.ranges.get_mut(self.len) {
            *free = range;
            self.len += 1;
        }
    }
}

#[inline]
fn widen(known: &mut Range<usize>, range: &Range<usize>) {
    known.start = known.start.min(range.start);
    known.end = known.end.max(range.end);
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn a_ninth_range_widens_the_last_one() {
        let mut touched = Touched::new();
        for index in 0..9 {
            touched.mark(index * 1000..index * 1000 + 8);
        }
        assert_eq!(touched.as_slice().len(), Touched::MAX);
        assert_eq!(touched.as_slice().last(), Some(&(7000..8008)));
    }

    #[test]
    fn a_range_before_the_last_one_is_merged_or_kept_but_never_lost() {
        let mut touched = Touched::new();
        touched.mark(5000..5008);
        touched.mark(0..8);
        touched.mark(4..40);
        assert_eq!(touched.as_slice(), &[5000..5008, 0..40]);
        assert!(touched.touches(&(5007..6000)));
        assert!(!touched.touches(&(40..5000)));
    }

    #[test]
    fn ranges_that_change_by_turns_are_marked_once_each() {
        let mut touched = Touched::new();
        for round in 0..20 {
            touched.mark(0..8);
            touched.mark(1000..1008 + round);
            touched.mark(500..508);
        }
        assert_eq!(touched.as_slice(), &[0..8, 1000..1027, 500..508]);
    }

    #[test]
    fn put_marks_only_blocks_that_differ() {
        let mut bytes = [0u8; 640];
        let mut touched = Touched::new();
        let mut new = [0u8; 640];
        new[300] = 1;
        Image::new(&mut bytes, &mut touched).put(0, &new);
        assert_eq!(touched.as_slice(), &[256..320]);
        assert_eq!(bytes, new);
    }

    #[test]
    fn put_marks_every_byte_that_differs_and_no_distant_one() {
        for len in [65, 128, 200, 1000] {
            for changed in [vec![0], vec![len - 1], vec![63, 64], vec![0, len / 2, len - 1]] {
                let (mut bytes, mut touched) = (vec![0u8; len + 8], Touched::new());
                let mut new = vec![0u8; len];
                changed.iter().for_each(|at| new[*at] = 1);
                Image::new(&mut bytes, &mut touched).put(8, &new);
                assert_eq!(bytes[8..], new);
                for at in &changed {
                    assert!(touched.touches(&(at + 8..at + 9)), "byte {at} of {len}");
                }
                let marked: usize = touched.as_slice().iter().map(ExactSizeIterator::len).sum();
                let near = 3 * BLOCK + Touched::MERGE_GAP;
                assert!(marked <= changed.len() * near, "{marked} of {len} for {changed:?}");
                assert!(
                    touched.as_slice().iter().all(|range| range.start >= 8 && range.end <= len + 8)
                );
            }
        }
    }

    #[test]
    fn a_window_names_the_fields_that_are_wanted() {
        let (mut bytes, mut touched) = ([0u8; 64], Touched::new());
        let mut window = Touched::new();
        window.mark(8..16);
        let image = Image::new(&mut bytes, &mut touched).within(&window);
        assert!(image.wants(12, 1));
        assert!(!image.wants(16, 8));
        assert!(!image.wants(0, 8));
    }
}
