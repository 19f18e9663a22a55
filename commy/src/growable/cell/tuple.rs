//! Values of several types: their cells in order, each at its alignment.

use core::cmp::Ordering;

use super::{Arg, ArrayCell, Cell, CellOf, Growable, KeyHash, OrdCell, ValueMut};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::{Fault, in_field};
use crate::growable::record::Layout;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// Where the elements of a tuple lie.
trait Elements<const N: usize> {
    const LAYOUT: Layout<N>;
}

/// The part of a cell that holds an element.
fn part<C: Cell>(cell: &mut [u8], offset: usize) -> &mut [u8] {
    cell.split_at_mut(offset).1.split_at_mut(C::SIZE).0
}

macro_rules! tuples {
    ($($len:literal: $($T:ident $value:ident $held:ident $index:literal),+;)+) => {$(
        impl<$($T: Growable),+> Elements<$len> for ($($T,)+) {
            const LAYOUT: Layout<$len> =
                Layout::new(0, [$((CellOf::<$T>::SIZE, CellOf::<$T>::ALIGN)),+]);
        }

        impl<$($T: Growable),+> Growable for ($($T,)+) {
            type Cell = Self;
            type Key = Self;
        }

        impl<$($T: Growable),+> Cell for ($($T,)+) {
            type Value = Self;
            type Array<const N: usize> = ArrayCell<Self, N>;
            const SIZE: usize = <Self as Elements<$len>>::LAYOUT.size;
            const ALIGN: usize = <Self as Elements<$len>>::LAYOUT.align;
            const ZERO_DEPTH: usize = deepest([$(CellOf::<$T>::ZERO_DEPTH),+]);
            const HAS_BLOCKS: bool = $(CellOf::<$T>::HAS_BLOCKS)||+;
            type Field<'a, S: Source + 'a> = Result<($(S::Value<'a, CellOf<$T>>,)+), ReadError>;
            type Ref<'v> = ($(<CellOf<$T> as Cell>::Ref<'v>,)+);
            type Mut<'t> = ValueMut<'t, Self>;
            type Arg<'a> = ($(Arg<'a, $T>,)+);
            type Held<'a> = ($(<CellOf<$T> as Cell>::Held<'a>,)+);

            fn hold(($($value,)+): Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
                Ok(($(CellOf::<$T>::hold($value)?,)+))
            }

            fn lend(($($value,)+): &Self) -> Self::Held<'_> {
                ($(CellOf::<$T>::lend($value),)+)
            }

            fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Self::Field<'a, S> {
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets.map(|to| at.plus(to));
                source.run(Part::of(at, Self::SIZE), |snap| {
                    Ok(($(source.value::<CellOf<$T>>(snap, $value)?,)+))
                })
            }

            fn reference<'v>(
                view: &'v ViewCore<'v>,
                snap: &Snap<'_>,
                at: At,
            ) -> Result<Self::Ref<'v>, Fault> {
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets.map(|to| at.plus(to));
                Ok(($(CellOf::<$T>::reference(view, snap, $value)?,)+))
            }

            fn change(cursor: Cursor<'_>) -> ValueMut<'_, Self> {
                ValueMut::new(cursor)
            }

            fn store(
                ($($held,)+): &Self::Held<'_>,
                edit: &mut Edit,
                cell: &mut [u8],
            ) -> Result<(), WriteError> {
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets;
                $(CellOf::<$T>::store($held, edit, part::<CellOf<$T>>(cell, $value))?;)+
                Ok(())
            }

            fn load(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets.map(|to| at.plus(to));
                Ok(($(CellOf::<$T>::load(snap, $value)?,)+))
            }

            fn load_into(
                snap: &Snap<'_>,
                at: At,
                ($($held,)+): &mut Self,
            ) -> Result<(), Fault> {
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets.map(|to| at.plus(to));
                $(CellOf::<$T>::load_into(snap, $value, $held)?;)+
                Ok(())
            }

            fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets.map(|to| at.plus(to));
                $(CellOf::<$T>::trace(snap, $value, trace)?;)+
                Ok(())
            }

            fn same(
                ($($held,)+): &Self::Held<'_>,
                snap: &Snap<'_>,
                at: At,
            ) -> Result<bool, Fault> {
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets.map(|to| at.plus(to));
                $(if !CellOf::<$T>::same($held, snap, $value)? {
                    return Ok(false);
                })+
                Ok(true)
            }

            fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets.map(|to| at.plus(to));
                $(in_field($index, CellOf::<$T>::verify(snap, $value))?;)+
                Ok(())
            }

            fn describe(schema: &mut SchemaText) {
                if !schema.open_struct::<Self>(Self::SIZE, Self::ALIGN) {
                    return;
                }
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets;
                $(schema.field($index, $value, CellOf::<$T>::SIZE, CellOf::<$T>::describe);)+
                schema.close_struct();
            }

            fn reconcile(
                ($($held,)+): &Self,
                mut cursor: Cursor<'_>,
            ) -> Result<(), WriteError> {
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets;
                $(CellOf::<$T>::reconcile($held, cursor.reborrow().field($value))?;)+
                Ok(())
            }

            fn feed(($($held,)+): &Self::Held<'_>, hash: &mut KeyHash) {
                let mut end = 0;
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets;
                $(
                    hash.gap(end, $value);
                    CellOf::<$T>::feed($held, hash);
                    end = $value + CellOf::<$T>::SIZE;
                )+
                hash.gap(end, Self::SIZE);
            }
        }

        impl<$($T: Growable<Cell: OrdCell>),+> OrdCell for ($($T,)+) {
            const IS_NATURAL: bool = $(CellOf::<$T>::IS_NATURAL)&&+;

            fn order(
                ($($held,)+): &Self::Held<'_>,
                ($($value,)+): &Self::Held<'_>,
            ) -> Ordering {
                $(let order = CellOf::<$T>::order($held, $value);
                if order.is_ne() {
                    return order;
                })+
                Ordering::Equal
            }

            fn compare(
                ($($held,)+): &Self::Held<'_>,
                snap: &Snap<'_>,
                at: At,
            ) -> Result<Ordering, Fault> {
                let [$($value),+] = <Self as Elements<$len>>::LAYOUT.offsets.map(|to| at.plus(to));
                $(let order = CellOf::<$T>::compare($held, snap, $value)?;
                if order.is_ne() {
                    return Ok(order);
                })+
                Ok(Ordering::Equal)
            }
        }

    )+};
}

/// How deep the deepest element is.
const fn deepest<const N: usize>(depths: [usize; N]) -> usize {
    let (mut rest, mut deepest): (&[usize], usize) = (&depths, 0);
    while let [depth, behind @ ..] = rest {
        if *depth > deepest {
            deepest = *depth;
        }
        rest = behind;
    }
    deepest
}

// As many as std has its own traits for.
tuples! {
    1: A a held_a "0";
    2: A a held_a "0", B b held_b "1";
    3: A a held_a "0", B b held_b "1", C c held_c "2";
    4: A a held_a "0", B b held_b "1", C c held_c "2", D d held_d "3";
    5: A a held_a "0", B b held_b "1", C c held_c "2", D d held_d "3", E e held_e "4";
    6: A a held_a "0", B b held_b "1", C c held_c "2", D d held_d "3", E e held_e "4", F f held_f "5";
    7: A a held_a "0", B b held_b "1", C c held_c "2", D d held_d "3", E e held_e "4", F f held_f "5", G g held_g "6";
    8: A a held_a "0", B b held_b "1", C c held_c "2", D d held_d "3", E e held_e "4", F f held_f "5", G g held_g "6", H h held_h "7";
    9: A a held_a "0", B b held_b "1", C c held_c "2", D d held_d "3", E e held_e "4", F f held_f "5", G g held_g "6", H h held_h "7", I i held_i "8";
    10: A a held_a "0", B b held_b "1", C c held_c "2", D d held_d "3", E e held_e "4", F f held_f "5", G g held_g "6", H h held_h "7", I i held_i "8", J j held_j "9";
    11: A a held_a "0", B b held_b "1", C c held_c "2", D d held_d "3", E e held_e "4", F f held_f "5", G g held_g "6", H h held_h "7", I i held_i "8", J j held_j "9", K k held_k "10";
    12: A a held_a "0", B b held_b "1", C c held_c "2", D d held_d "3", E e held_e "4", F f held_f "5", G g held_g "6", H h held_h "7", I i held_i "8", J j held_j "9", K k held_k "10", L l held_l "11";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_lie_in_order_each_at_its_alignment() {
        type Three = (u8, String, u16);
        assert_eq!(<Three as Elements<3>>::LAYOUT.offsets, [0, 8, 24]);
        assert_eq!((<Three as Cell>::SIZE, <Three as Cell>::ALIGN), (32, 8));
        assert_eq!((<(u8,) as Cell>::SIZE, <(u8,) as Cell>::ALIGN), (8, 8));
        assert_eq!(<(u8, u128) as Cell>::ALIGN, align_of::<u128>());
        assert_eq!(<([u64; 0], [String; 0]) as Cell>::SIZE, 16);
        type Most = (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, Option<u8>);
        assert_eq!((<Most as Cell>::SIZE, <Most as Cell>::HAS_BLOCKS), (16, false));
        const { assert!(<(u8, (u8, String)) as Cell>::HAS_BLOCKS) };
    }

    #[test]
    fn a_tuple_is_as_deep_as_its_deepest_element() {
        assert_eq!(<(u8, Box<Box<u8>>, Box<u8>) as Cell>::ZERO_DEPTH, 2);
        assert_eq!(<(u8, String) as Cell>::ZERO_DEPTH, 0);
    }

    #[test]
    fn the_schema_has_a_struct_whose_fields_are_numbers() {
        let mut schema = SchemaText::root(48, 8);
        schema.field("f", 16, 32, <(u8, (u16, String)) as Cell>::describe);
        let line = schema.finish();
        let (_, ty) = line.split_once("\"type\":").unwrap();
        assert_eq!(
            ty,
            "{\"kind\":\"struct\",\"size\":32,\"align\":8,\"fields\":[\
             {\"name\":\"0\",\"offset\":0,\"size\":1,\"type\":\"u8\"},\
             {\"name\":\"1\",\"offset\":8,\"size\":24,\"type\":\
             {\"kind\":\"struct\",\"size\":24,\"align\":8,\"fields\":[\
             {\"name\":\"0\",\"offset\":0,\"size\":2,\"type\":\"u16\"},\
             {\"name\":\"1\",\"offset\":8,\"size\":16,\"type\":\
             {\"kind\":\"text\",\"size\":16}}]}}]}}]}\n"
        );
    }
}
