//! The all-zero value of a record, on which a reader's closure picks a part.
//!
//! A closure names a part of a record as the compiler checks it, and the address of what it returns
//! tells the place. It runs on a value that nobody fills: only its address is asked for. So a large
//! one costs no memory but what a closure looks at, where the system gives zero pages when they are
//! touched.

use core::fmt;
use std::sync::Arc;

use commy_types::Mappable;

use super::within::range_within;

/// The all-zero value of a record; a copy of the handle is to the same one.
pub(crate) struct Zeros<T>(
    /// # Invariants
    ///
    /// 1. All bytes of the value are initialised, and zero. Nobody writes there.
    Arc<T>,
);

// SAFETY: by the contract of `Mappable`, a value holds no pointer, no handle and nothing else that
// means something in one place only, and has no interior mutability: any thread may look at one, and
// any may free it, which needs no drop. Every thread can make such a value itself, by a snapshot.
unsafe impl<T: Mappable> Send for Zeros<T> {}
// SAFETY: as above.
unsafe impl<T: Mappable> Sync for Zeros<T> {}

impl<T: Mappable> Zeros<T> {
    /// Makes the value; a large one is never on the stack.
    pub(crate) fn new() -> Self {
        // SAFETY: by the contract of `Mappable`, zero bytes are a valid value.
        Self(unsafe { Arc::new_zeroed().assume_init() })
    }

    /// At which byte of the record the part is that `part` picks.
    ///
    /// # Panics
    ///
    /// When that is no part of the record.
    #[inline]
    pub(crate) fn offset_of<F>(&self, part: impl FnOnce(&T) -> &F) -> usize {
        offset_within(&*self.0, part)
    }

    /// At which byte of the record the part is that `part` picks from the element at byte `at`.
    ///
    /// # Panics
    ///
    /// When there is no such element, or that is no part of it.
    #[inline]
    pub(crate) fn offset_of_part<E: Mappable, F>(
        &self,
        at: usize,
        part: impl FnOnce(&E) -> &F,
    ) -> usize {
        let is_there = at.checked_add(size_of::<E>()).is_some_and(|end| end <= size_of::<T>());
        let ptr = Arc::as_ptr(&self.0).cast::<u8>();
        let ptr = ptr.wrapping_add(at).cast::<E>();
        assert!(is_there && ptr.is_aligned(), "the element is no part of the record");
        // SAFETY: so many bytes are there, aligned (both just checked), initialised and zero for as
        // long as `self` lives (invariant 1); by the contract of `Mappable`, zero bytes are a value.
        let element = unsafe { &*ptr };
        at + offset_within(element, part)
    }
}

/// Where in `value` the part is that `part` picks.
///
/// # Panics
///
/// When it is none.
#[inline]
fn offset_within<T, F>(value: &T, part: impl FnOnce(&T) -> &F) -> usize {
    range_within::<T, F>(core::ptr::from_ref(value).addr(), part(value)).start
}

impl<T> Clone for Zeros<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Zeros<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Zeros")
    }
}

#[cfg(test)]
mod tests {
    use commy_types::FixedVec;

    use super::*;

    /// What the derive makes of a struct, as far as it is needed here.
    #[derive(Debug, Clone, Copy)]
    #[repr(C)]
    struct Row {
        id: u32,
        levels: [u16; 2],
    }

    // SAFETY: the layout is fixed, without padding, and any bytes are a value.
    unsafe impl Mappable for Row {
        const SCHEMA: &'static commy_types::schema::TypeSchema =
            &commy_types::schema::TypeSchema::Struct { size: 8, align: 4, fields: &[] };
        const NEEDS_CHECK: bool = false;
        const PLAIN: bool = true;
        type Arg<'a> = Self;
        type Output = ();

        fn assign(&mut self, value: Self) {
            *self = value;
        }

        fn check(_: &[u8]) -> Result<(), commy_types::Invalid> {
            Ok(())
        }

        fn encode(&self, at: usize, image: &mut commy_types::Image<'_>) {
            self.id.encode(at, image);
            self.levels.encode(at + 4, image);
        }
    }

    #[test]
    fn the_address_of_a_part_tells_its_place() {
        let zeros = Zeros::<[Row; 3]>::new();
        assert_eq!(zeros.offset_of(|rows| rows), 0);
        assert_eq!(zeros.offset_of(|rows| &rows[2].levels[1]), 22);
        assert_eq!(zeros.clone().offset_of(|rows| &rows[1]), 8);
        assert_eq!(zeros.offset_of_part::<Row, u16>(16, |row| &row.levels[1]), 22);
    }

    #[test]
    fn elements_of_a_vector_that_is_empty_have_places_too() {
        let zeros = Zeros::<FixedVec<Row, 3>>::new();
        assert_eq!(zeros.offset_of(|rows| rows), 0);
        assert_eq!(zeros.offset_of_part::<Row, _>(24, |row| &row.id), 24);
    }

    #[test]
    #[should_panic(expected = "the field is no part of the record")]
    fn what_is_elsewhere_is_refused() {
        static ELSEWHERE: u32 = 7;
        Zeros::<[Row; 3]>::new().offset_of(|_| &ELSEWHERE);
    }

    #[test]
    #[should_panic(expected = "the field is no part of the record")]
    fn what_is_in_another_value_of_the_type_is_refused() {
        static OTHER: [Row; 3] = [Row { id: 0, levels: [0; 2] }; 3];
        Zeros::<[Row; 3]>::new().offset_of(|_| &OTHER[1]);
    }

    #[test]
    #[should_panic(expected = "the element is no part of the record")]
    fn an_element_beyond_the_record_is_refused() {
        Zeros::<[Row; 3]>::new().offset_of_part::<Row, _>(24, |row| &row.id);
    }

    #[test]
    #[should_panic(expected = "the element is no part of the record")]
    fn an_element_at_an_odd_place_is_refused() {
        Zeros::<[Row; 3]>::new().offset_of_part::<Row, _>(2, |row| &row.id);
    }

    #[test]
    fn a_reader_may_go_to_any_thread() {
        fn check<T: Send + Sync>() {}
        check::<Zeros<[Row; 3]>>();
    }
}
