//! Keys: values that have an order.

use core::cmp::Ordering;
use core::hint::select_unpredictable;
use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use commy_types::Mappable;
use commy_types::schema::TypeSchema;

use super::prefix::Prefix;
use super::{ArrayCell, Cell, CellOf, Growable, Placed, Plain};
use crate::error::WriteError;
use crate::format::Order;
use crate::growable::at::At;
use crate::growable::edit::Edit;
use crate::growable::fault::Fault;
use crate::growable::snap::{Row, Snap};

/// A cell whose values have an order: that of their type, in the file as well.
#[doc(hidden)]
pub trait OrdCell: Cell {
    /// Whether the order follows from the type as the schema tells it. A user's own does not: who does
    /// not know the type cannot search by it.
    const IS_NATURAL: bool;

    /// Compares two values.
    fn order(left: &Self::Held<'_>, right: &Self::Held<'_>) -> Ordering;

    /// Compares a value with one that is stored.
    ///
    /// # Errors
    ///
    /// As [`load`](Cell::load).
    fn compare(held: &Self::Held<'_>, snap: &Snap<'_>, at: At) -> Result<Ordering, Fault> {
        let stored = Self::load(snap, at)?;
        if !Self::IS_NATURAL {
            // The user's own code should see nothing that was never published.
            snap.settle()?;
        }
        Ok(Self::order(held, &Self::lend(&stored)))
    }

    /// What a search wants of a value, made once for all nodes.
    #[inline]
    fn sought(_: &Self::Held<'_>) -> Sought {
        Sought::default()
    }

    /// Searches keys that lie in order, one behind the other, those in these slots: the first one that is
    /// not below, and whether that is equal.
    ///
    /// # Errors
    ///
    /// As [`load`](Cell::load).
    #[inline]
    fn search(
        (held, _): (&Self::Held<'_>, &Sought),
        snap: &Snap<'_>,
        keys: At,
        slots: Range<usize>,
    ) -> Result<(usize, bool), Fault> {
        bisect(slots, |slot| Self::compare(held, snap, keys.plus(slot * Self::SIZE)))
    }

    /// Whether keys of a leaf may be stored without what they all begin with.
    const IS_CUT: bool = false;

    /// Writes a key into a cell of zeros of a leaf with this prefix, which the cell need not repeat.
    ///
    /// # Errors
    ///
    /// As [`store`](Cell::store).
    fn store_behind(
        held: &Self::Held<'_>,
        _: &Prefix,
        edit: &mut Edit,
        cell: &mut [u8],
    ) -> Result<(), WriteError> {
        Self::store(held, edit, cell)
    }

    /// What keys in order begin with, if storing that once is worth it. Their cells were taken out of a
    /// leaf with this prefix.
    ///
    /// # Errors
    ///
    /// What is wrong with the bytes.
    fn common(_: &Edit, _: &[u8], _: &Prefix) -> Result<Prefix, WriteError> {
        Ok(Prefix::NONE)
    }

    /// Writes keys anew whose cells were taken out of a leaf with one prefix, for a leaf with another.
    ///
    /// # Errors
    ///
    /// What is wrong with the bytes; what the edit is refused.
    fn recut(_: &mut Edit, _: &mut [u8], _: &Prefix, _: &Prefix) -> Result<(), WriteError> {
        Ok(())
    }

    /// Writes into a cell of zeros what is above the value at `left`, and not above that at `right`.
    ///
    /// # Errors
    ///
    /// What is wrong with the bytes; what the edit is refused.
    fn separate(_: At, right: At, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        let value = edit.look(|snap| Self::load(snap, right))?;
        Self::store(&Self::lend(&value), edit, cell)
    }
}

/// A text that is searched as numbers which compare as its first bytes do; nothing for other keys.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Sought {
    /// Bytes 0 to 3, 4 to 11 and 12 to 19: what is in the cell of a text of any length.
    pub(super) parts: [u64; 3],
    /// Bytes 20 to 27, which are in the cell of a text that is no longer.
    pub(super) last: u64,
}

/// A type that may be the key of a `BTreeMap`, or stand in a `BTreeSet`: one that fits a growable
/// record and has an order.
///
/// Integers, `bool`, `char`, `String`, `FixedString`, and tuples, arrays, `Option`, `Vec` and `Box` of
/// keys are; and so are structs with `#[derive(Growable)]` or `#[derive(Mappable)]` that implement
/// `Ord`. Their order in the file is that of the type, also if it is not that of the fields.
///
/// A program with another order for the same type finds nothing by it, and inserts into the wrong
/// places; [`View::verify`](crate::growable::View::verify) tells.
///
/// # Examples
///
/// ```
/// use commy::growable::Key;
///
/// fn is_key<T: Key>() {}
///
/// is_key::<u64>();
/// is_key::<String>();
/// is_key::<(u32, Option<String>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key of an ordered map or set in a commy record",
    label = "has no order that commy can keep",
    note = "a key fits a growable record and implements `Ord`: integers, `bool`, `char`, `String`, tuples, arrays and options of these, and structs that derive `Ord`; `f32` and `f64` have no `Ord`: store their bits, or scale them to integers"
)]
pub trait Key: Growable<Key: OrdCell> + Ord {}

impl<K: Growable<Key: OrdCell> + Ord> Key for K {}

/// Searches in slots of keys that lie in order, where `compare` says how what is searched compares with
/// the key in a slot.
#[inline]
pub(super) fn bisect(
    slots: Range<usize>,
    mut compare: impl FnMut(usize) -> Result<Ordering, Fault>,
) -> Result<(usize, bool), Fault> {
    let (mut low, mut high) = (slots.start, slots.end);
    while low < high {
        let middle = low + (high - low) / 2;
        match compare(middle)? {
            Ordering::Greater => low = middle + 1,
            Ordering::Less => high = middle,
            Ordering::Equal => return Ok((middle, true)),
        }
    }
    Ok((low, false))
}

/// What the schema says of the order of such keys.
pub(super) const fn order_of<C: OrdCell>() -> Order {
    if C::IS_NATURAL { Order::Natural } else { Order::User }
}

/// What stores a `K` as a key.
pub(super) type KeyCell<K> = Placed<<K as Growable>::Key, LARGEST_KEY>;

/// A key with a larger cell lies in a block of its own, and its address in the node.
pub(crate) const LARGEST_KEY: usize = 64;

/// What is passed for a key of type `K`: what a setter of a `K` takes.
pub type KeyArg<'a, K> = <<K as Growable>::Key as Cell>::Arg<'a>;
/// What a key of type `K` is in a view.
pub type KeyRef<'v, K> = <<K as Growable>::Key as Cell>::Ref<'v>;

/// Whether std has the order of values of this type.
const fn is_natural(schema: &TypeSchema) -> bool {
    match schema {
        TypeSchema::Scalar { .. } | TypeSchema::String { .. } => true,
        TypeSchema::Vec { item, .. }
        | TypeSchema::Array { item, .. }
        | TypeSchema::Option { item, .. } => is_natural(item),
        _ => false,
    }
}

impl<T: Mappable + Ord> OrdCell for Plain<T> {
    const IS_NATURAL: bool = is_natural(T::SCHEMA);

    #[inline]
    fn order(left: &Self::Held<'_>, right: &Self::Held<'_>) -> Ordering {
        left.get().cmp(right.get())
    }

    #[inline]
    fn search(
        (held, _): (&Self::Held<'_>, &Sought),
        snap: &Snap<'_>,
        keys: At,
        slots: Range<usize>,
    ) -> Result<(usize, bool), Fault> {
        let (mut start, mut len) = (slots.start, slots.len());
        if !Self::IS_NATURAL || len == 0 {
            return bisect(slots, |slot| Self::compare(held, snap, keys.plus(slot * Self::SIZE)));
        }
        let is_aligned = keys.offset().is_multiple_of(8);
        // Of numbers, that one is above another cannot be guessed: no branch depends on it.
        let (keys, key) = (snap.row::<T>(keys, slots.end, Self::SIZE)?, held.get());
        let found = if Row::<T>::HAS_NUMBERS && is_aligned {
            while len > GROUPS * GROUP {
                let half = len / 2;
                let is_below = keys.number(start + half)? < *key;
                start = select_unpredictable(is_below, start + half, start);
                len -= half;
            }
            start + count_below(|slot| Ok(keys.number(start + slot)? < *key), len)?
        } else {
            while len > 1 {
                let half = len / 2;
                let is_below = keys.get(start + half)? < *key;
                start = select_unpredictable(is_below, start + half, start);
                len -= half;
            }
            start + usize::from(keys.get(start)? < *key)
        };
        Ok((found, found < slots.end && keys.get(found)? == *key))
    }
}

/// A node is searched in so many groups at once ...
const GROUPS: usize = 8;
/// ... of so many keys.
const GROUP: usize = 8;

/// How many of the first `len` keys, at least one and at most as many as are in all groups, are below
/// what is searched: first by the last key of each group, then by those of one. These loads do not wait
/// for each other, as those of a bisection do.
#[inline]
fn count_below(
    is_below: impl Fn(usize) -> Result<bool, Fault>,
    len: usize,
) -> Result<usize, Fault> {
    let last = len - 1;
    let mut group = 0;
    for index in 0..GROUPS {
        group += usize::from(is_below((index * GROUP + GROUP - 1).min(last))?);
    }
    let first = group * GROUP;
    let mut count = first;
    for index in first..first + GROUP {
        count += usize::from(is_below(index.min(last))?);
    }
    // The last one may have been counted several times, if all are below.
    Ok(count.min(len))
}

impl<C: OrdCell, const MAX: usize> OrdCell for Placed<C, MAX> {
    const IS_NATURAL: bool = C::IS_NATURAL;

    fn order(left: &Self::Held<'_>, right: &Self::Held<'_>) -> Ordering {
        C::order(left, right)
    }

    fn compare(held: &Self::Held<'_>, snap: &Snap<'_>, at: At) -> Result<Ordering, Fault> {
        Self::within(snap, at, |at| C::compare(held, snap, at))
    }

    #[inline]
    fn search(
        (held, sought): (&Self::Held<'_>, &Sought),
        snap: &Snap<'_>,
        keys: At,
        slots: Range<usize>,
    ) -> Result<(usize, bool), Fault> {
        if !Self::IS_APART {
            return C::search((held, sought), snap, keys, slots);
        }
        bisect(slots, |slot| Self::compare(held, snap, keys.plus(slot * Self::SIZE)))
    }

    #[inline]
    fn sought(held: &Self::Held<'_>) -> Sought {
        C::sought(held)
    }

    const IS_CUT: bool = C::IS_CUT && !Self::IS_APART;

    fn store_behind(
        held: &Self::Held<'_>,
        prefix: &Prefix,
        edit: &mut Edit,
        cell: &mut [u8],
    ) -> Result<(), WriteError> {
        match Self::IS_CUT {
            true => C::store_behind(held, prefix, edit, cell),
            false => Self::store(held, edit, cell),
        }
    }

    fn common(edit: &Edit, cells: &[u8], prefix: &Prefix) -> Result<Prefix, WriteError> {
        if Self::IS_CUT { C::common(edit, cells, prefix) } else { Ok(Prefix::NONE) }
    }

    fn recut(
        edit: &mut Edit,
        cells: &mut [u8],
        from: &Prefix,
        to: &Prefix,
    ) -> Result<(), WriteError> {
        if Self::IS_CUT { C::recut(edit, cells, from, to) } else { Ok(()) }
    }

    fn separate(left: At, right: At, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        if !Self::IS_APART {
            return C::separate(left, right, edit, cell);
        }
        let value = edit.look(|snap| Self::load(snap, right))?;
        Self::store(&Self::lend(&value), edit, cell)
    }
}

impl<C: OrdCell, const N: usize> OrdCell for ArrayCell<C, N> {
    const IS_NATURAL: bool = C::IS_NATURAL;

    fn order(left: &Self::Held<'_>, right: &Self::Held<'_>) -> Ordering {
        let mut orders = left.iter().zip(right).map(|(left, right)| C::order(left, right));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl<T: Growable<Cell: OrdCell>> OrdCell for Option<T> {
    const IS_NATURAL: bool = CellOf::<T>::IS_NATURAL;

    fn order(left: &Self::Held<'_>, right: &Self::Held<'_>) -> Ordering {
        match (left, right) {
            (Some(left), Some(right)) => CellOf::<T>::order(left, right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        }
    }
}

impl<T: Growable<Cell: OrdCell>> OrdCell for Box<T> {
    const IS_NATURAL: bool = CellOf::<T>::IS_NATURAL;

    fn order(left: &Self::Held<'_>, right: &Self::Held<'_>) -> Ordering {
        CellOf::<T>::order(left, right)
    }
}

impl<T: Growable<Cell: OrdCell> + Ord> OrdCell for Vec<T> {
    const IS_NATURAL: bool = CellOf::<T>::IS_NATURAL;

    fn order(left: &&[T], right: &&[T]) -> Ordering {
        left.cmp(right)
    }
}

impl<T: Growable<Cell: OrdCell> + Ord> OrdCell for VecDeque<T> {
    const IS_NATURAL: bool = CellOf::<T>::IS_NATURAL;

    fn order(left: &&Self, right: &&Self) -> Ordering {
        left.cmp(right)
    }
}

impl<K: Key, V: Growable<Cell: OrdCell> + Ord> OrdCell for BTreeMap<K, V> {
    const IS_NATURAL: bool = KeyCell::<K>::IS_NATURAL && CellOf::<V>::IS_NATURAL;

    fn order(left: &&Self, right: &&Self) -> Ordering {
        left.cmp(right)
    }
}

impl<K: Key> OrdCell for BTreeSet<K> {
    const IS_NATURAL: bool = KeyCell::<K>::IS_NATURAL;

    fn order(left: &&Self, right: &&Self) -> Ordering {
        left.cmp(right)
    }
}

impl OrdCell for String {
    const IS_NATURAL: bool = true;

    fn order(left: &&str, right: &&str) -> Ordering {
        left.cmp(right)
    }
}
