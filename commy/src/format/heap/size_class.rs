//! The sizes of small blocks: how many of them a page holds, and where in it each one is.

use super::BLOCK_ALIGN;
use crate::format::PAGE;

/// How many sizes of small blocks there are.
pub(crate) const CLASSES: usize = 23;

/// How many blocks of each class a page of 4096 bytes holds.
const PER_PAGE: [u16; CLASSES] =
    [128, 85, 64, 51, 42, 36, 32, 25, 21, 18, 16, 14, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];

/// The bytes of a block of each class: a page by the number of its blocks, rounded down to 16.
const SIZES: [u16; CLASSES] = [
    32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 288, 336, 400, 448, 512, 576, 672, 816, 1024,
    1360, 2048, 4096,
];

/// The class for a block of so many sixteens of bytes.
const CLASS_OF: [u8; 257] = class_of();

#[allow(clippy::indexing_slicing, reason = "what panics in a constant does not compile")]
const _: () = {
    let (mut class, mut smaller) = (0, 0);
    while class < CLASSES {
        let (size, count) = (SIZES[class] as u64, PER_PAGE[class] as u64);
        assert!(size == PAGE / count / BLOCK_ALIGN * BLOCK_ALIGN);
        assert!(smaller < size && size * count <= PAGE);
        // What is left of a page is less than a block.
        assert!(size * (count + 1) > PAGE);
        smaller = size;
        class += 1;
    }
    assert!(smaller == PAGE, "a whole page is the largest small block");
};

/// 2^16 by the sixteens of each class, rounded up: multiplied by it, the sixteens of a page give the
/// index of a block.
const RECIPROCALS: [u32; CLASSES] = reciprocals();

#[allow(clippy::indexing_slicing, reason = "what panics in a constant does not compile")]
const fn reciprocals() -> [u32; CLASSES] {
    let (mut reciprocals, mut class) = ([0; CLASSES], 0);
    while class < CLASSES {
        let sixteens = SIZES[class] as u32 / BLOCK_ALIGN as u32;
        reciprocals[class] = (1_u32 << 16).div_ceil(sixteens);
        let mut place = 0;
        while place < 256 {
            assert!((place * reciprocals[class]) >> 16 == place / sixteens);
            place += 1;
        }
        class += 1;
    }
    reciprocals
}

#[allow(clippy::indexing_slicing, reason = "what panics in a constant does not compile")]
const fn class_of() -> [u8; 257] {
    let (mut classes, mut class, mut sixteens) = ([0; 257], 0, 0);
    while sixteens < classes.len() {
        while (SIZES[class] as usize) < sixteens * BLOCK_ALIGN as usize {
            class += 1;
        }
        classes[sixteens] = class as u8;
        sixteens += 1;
    }
    classes
}

/// One of the 23 sizes of small blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SizeClass(
    /// Below [`CLASSES`]: only `of` and `from_number` make one.
    u8,
);

impl SizeClass {
    /// The class with the smallest blocks of at least so many bytes; `None` above 4096.
    pub(crate) fn of(bytes: u64) -> Option<Self> {
        let sixteens = usize::try_from(bytes.div_ceil(BLOCK_ALIGN)).ok()?;
        CLASS_OF.get(sixteens).copied().map(Self)
    }

    /// The class with this number: 0 to 22, smaller blocks first.
    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        if (number as usize) < CLASSES { Some(Self(number)) } else { None }
    }

    /// Its number.
    pub(crate) const fn number(self) -> u8 {
        self.0
    }

    /// The bytes of a block, a multiple of 16.
    #[allow(clippy::indexing_slicing, reason = "every `SizeClass` is below `CLASSES`")]
    pub(crate) const fn bytes(self) -> u64 {
        SIZES[self.0 as usize] as u64
    }

    /// How many blocks a page holds, 1 to 128.
    #[allow(clippy::indexing_slicing, reason = "every `SizeClass` is below `CLASSES`")]
    pub(crate) const fn per_page(self) -> u32 {
        PER_PAGE[self.0 as usize] as u32
    }

    /// The page (by its number in the file) and the index in it of the block at `offset`; `None`
    /// if no block of this class can start there.
    #[inline]
    pub(crate) fn place(self, offset: u64) -> Option<(u32, u32)> {
        let page = u32::try_from(offset / PAGE).ok()?;
        let within = offset % PAGE;
        let index = self.index(within as u32);
        let is_start = u64::from(index) * self.bytes() == within;
        (is_start && index < self.per_page()).then_some((page, index))
    }

    /// How many blocks are in front of a byte of a page, without a division.
    #[inline]
    #[allow(clippy::indexing_slicing, reason = "every `SizeClass` is below `CLASSES`")]
    const fn index(self, within: u32) -> u32 {
        (within / BLOCK_ALIGN as u32 * RECIPROCALS[self.0 as usize]) >> 16
    }

    /// Where the block of this index in that page starts; `None` for an index beyond the page.
    pub(crate) const fn offset(self, page: u32, index: u32) -> Option<u64> {
        if index < self.per_page() {
            Some(page as u64 * PAGE + index as u64 * self.bytes())
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = SizeClass> {
        (0..CLASSES as u8).filter_map(SizeClass::from_number)
    }

    #[test]
    fn the_class_for_a_size_is_the_smallest_that_holds_it() {
        for bytes in 0..=4096 {
            let class = SizeClass::of(bytes).unwrap();
            assert!(class.bytes() >= bytes);
            let smaller = class.number().checked_sub(1).and_then(SizeClass::from_number);
            assert!(smaller.is_none_or(|smaller| smaller.bytes() < bytes), "{bytes} bytes");
        }
        for bytes in [4097, 8192, u64::MAX - 15, u64::MAX] {
            assert_eq!(SizeClass::of(bytes), None);
        }
        assert_eq!(SizeClass::from_number(23), None);
        assert_eq!(SizeClass::from_number(63), None);
    }

    #[test]
    fn a_block_is_found_by_its_offset_and_only_by_that() {
        for class in all() {
            let mut starts = Vec::new();
            for page in [1, 2, u32::MAX] {
                for index in 0..class.per_page() {
                    let offset = class.offset(page, index).unwrap();
                    assert_eq!(class.place(offset), Some((page, index)));
                    assert!(offset.is_multiple_of(BLOCK_ALIGN));
                    starts.push(offset);
                }
                assert_eq!(class.offset(page, class.per_page()), None);
            }
            for offset in (1..3 * PAGE).filter(|offset| *offset >= PAGE) {
                assert_eq!(class.place(offset).is_some(), starts.contains(&offset), "{offset}");
            }
            assert_eq!(class.place(u64::MAX), None);
            assert_eq!(class.place(1 << 44), None, "a page number of 33 bits");
        }
    }

    #[test]
    fn blocks_of_a_page_neither_overlap_nor_leave_it() {
        for class in all() {
            let starts = (0..class.per_page()).filter_map(|index| class.offset(7, index));
            let ends: Vec<_> = starts.map(|start| (start, start + class.bytes())).collect();
            assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0));
            assert!(ends.first().unwrap().0 == 7 * PAGE && ends.last().unwrap().1 <= 8 * PAGE);
        }
    }
}
