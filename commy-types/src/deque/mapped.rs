//! What lets [`FixedDeque`] live in a commy file.
//!
//! Unused cells of checked elements must be zero: they are elements of an array, too. An empty deque
//! has its head at 0, so that a value has one encoding for each place of its first element.

use core::mem::offset_of;

use super::{FixedDeque, Ring, cells};
use crate::capacity::CapacityError;
use crate::image::Image;
use crate::invalid::Invalid;
use crate::mappable::{Element, Mappable};
use crate::schema::{Note, TypeSchema};

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `repr(C)` of eight bytes and an array of elements whose all-zero value is valid.
unsafe impl<T: Element, const N: usize> bytemuck::Zeroable for FixedDeque<T, N> {}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: by the contract of `Element`, `T` is `Pod` and its alignment divides 8, so the
// data starts at 8 and ends at a multiple of the alignment: no padding, and every byte
// pattern is valid.
unsafe impl<T: Element, const N: usize> bytemuck::Pod for FixedDeque<T, N> {}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `repr(C)` of eight bytes and an array of `T`, so the promises of `T` carry over:
// a fixed layout, no drop, bytewise copies, zero valid. `check` accepts only lengths within the
// capacity, heads that are a cell, and cells that are valid values, used or not. `encode` writes both
// numbers and the used elements, and zeros over what an earlier encoding had besides; unused cells
// are not part of equality.
unsafe impl<T: Mappable, const N: usize> Mappable for FixedDeque<T, N> {
    const SCHEMA: &'static TypeSchema = {
        let () = Self::HAS_FEW_CELLS;
        &TypeSchema::Deque {
            capacity: N,
            data: offset_of!(Self, data),
            stride: size_of::<T>(),
            item: T::SCHEMA,
        }
    };
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = false;
    // Unused cells of elements that need a check are checked, too.
    const USED: Option<fn([u8; 8]) -> usize> = match T::NEEDS_CHECK {
        true => None,
        false => Some(|prefix| {
            let [first, second] = Ring::of(prefix, N).ranges();
            let end = if second.is_empty() { first.end } else { N };
            offset_of!(Self, data) + end * size_of::<T>()
        }),
    };
    const NOTES_WITHIN: &'static [Note] = T::NOTES_WITHIN;
    type Arg<'a> = &'a [T];
    type Output = Result<(), CapacityError>;

    #[inline]
    fn assign(&mut self, value: &[T]) -> Self::Output {
        self.edit().assign(value)
    }

    #[inline]
    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        cells::check::<T>(bytes, offset_of!(Self, data), N)
    }

    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        let data_offset = offset_of!(Self, data);
        cells::encode((self.ring(), &self.data), data_offset, at, image);
    }
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: the alignment is that of `T`, at most 8; the rest is argued above.
unsafe impl<T: Element, const N: usize> Element for FixedDeque<T, N> {}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;
    use std::vec::Vec;

    use super::*;
    use crate::image::Touched;
    use crate::invalid::InvalidReason;

    const CELL: usize = 100;
    type Wide = FixedDeque<[u8; CELL], 8>;

    /// What an encoding of `deque` over `bytes` touches, within `window` or as a whole.
    fn touched(
        deque: &Wide,
        bytes: &mut [u8],
        window: Option<&Touched>,
    ) -> Vec<core::ops::Range<usize>> {
        let mut touched = Touched::new();
        let image = Image::new(bytes, &mut touched);
        match window {
            Some(window) => deque.encode(0, &mut image.within(window)),
            None => deque.encode(0, &mut { image }),
        }
        assert!(Wide::check(bytes).is_ok());
        touched.as_slice().to_vec()
    }

    #[test]
    fn a_push_over_the_oldest_touches_one_cell_and_the_ends() {
        let mut bytes = std::vec![0; size_of::<Wide>()];
        let mut deque = Wide::new();
        (0..8).for_each(|byte| deque.push_back([byte; CELL]).unwrap());
        touched(&deque, &mut bytes, None);
        for round in 10..30 {
            let cell = usize::from(round - 10) % 8;
            deque.push_over([round; CELL]);
            let mut window = Touched::new();
            let range = 8 + cell * CELL..8 + (cell + 1) * CELL;
            window.mark(range.clone());
            let found = touched(&deque, &mut bytes, Some(&window));
            let expected = match cell {
                0 => std::vec![0..range.end],
                _ => std::vec![0..8, range],
            };
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_the_image_lacks_is_encoded_whatever_the_window_says() {
        let mut bytes = std::vec![0; size_of::<Wide>()];
        let (mut deque, mut window) = (Wide::new(), Touched::new());
        window.mark(0..8);
        (1..=3).for_each(|byte| deque.push_back([byte; CELL]).unwrap());
        deque.push_front([9; CELL]).unwrap();
        touched(&deque, &mut bytes, Some(&window));
        let mut whole = std::vec![0; size_of::<Wide>()];
        deque.encode(0, &mut Image::untracked(&mut whole));
        assert_eq!(bytes, whole);
        // And what it has too many is zero.
        deque.pop_front().unwrap();
        deque.pop_back().unwrap();
        assert_eq!(touched(&deque, &mut bytes, Some(&window)).len(), 3);
        whole.fill(0);
        deque.encode(0, &mut Image::untracked(&mut whole));
        assert_eq!(bytes, whole);
        deque.clear();
        touched(&deque, &mut bytes, Some(&window));
        assert!(bytes.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_head_that_is_no_cell_is_refused() {
        type Three = FixedDeque<u8, 3>;
        let checked = |head, len| Three::check(&[head, 0, 0, 0, len, 0, 0, 0, 0, 0, 0]);
        assert!(checked(2, 3).is_ok() && checked(0, 0).is_ok());
        let refused = checked(3, 1).unwrap_err();
        assert_eq!(refused.reason, InvalidReason::Head { found: 3, capacity: 3 });
        assert_eq!(refused.reason.to_string(), "head 3 is not below the capacity of 3");
        let refused = checked(1, 0).unwrap_err();
        assert_eq!(refused.reason, InvalidReason::Head { found: 1, capacity: 0 });
        assert_eq!(refused.reason.to_string(), "head 1 of an empty deque is not 0");
        let refused = checked(0, 4).unwrap_err();
        assert_eq!(
            (refused.offset, refused.reason),
            (4, InvalidReason::Length { found: 4, capacity: 3 })
        );
        assert!(FixedDeque::<u8, 0>::check(&[0; 8]).is_ok());
        assert!(FixedDeque::<u8, 0>::check(&[1, 0, 0, 0, 0, 0, 0, 0]).is_err());
        assert!(Three::check(&[0; 7]).is_err());
    }

    #[test]
    fn unused_cells_of_checked_elements_are_zero() {
        type Flags = FixedDeque<bool, 4>;
        let checked = |cells: [u8; 4]| {
            Flags::check(&[3, 0, 0, 0, 2, 0, 0, 0, cells[0], cells[1], cells[2], cells[3]])
        };
        assert!(checked([1, 0, 0, 1]).is_ok());
        let refused = checked([1, 0, 1, 1]).unwrap_err();
        assert_eq!((refused.offset, refused.reason), (9, InvalidReason::Tail));
        let refused = checked([1, 0, 0, 2]).unwrap_err();
        assert_eq!((refused.offset, refused.reason), (11, InvalidReason::Bool { found: 2 }));
        assert!(Flags::check(&[3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]).is_err());
    }
}
