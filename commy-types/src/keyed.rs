//! Fields whose entries have accessors of their own, by key: maps and sets.

use core::borrow::Borrow;
use core::ops::Range;

use crate::access::{FieldPlace, FieldSink, FieldSource};
use crate::by_value::ByValue;
use crate::capacity::CapacityError;
use crate::image::Touched;
use crate::length;
use crate::map::FixedMap;
use crate::mappable::Mappable;
use crate::set::FixedSet;
use crate::sorted;

/// A value of ascending keys at a fixed distance: a map or a set, by whatever name.
///
/// The runtime reads single keys of it. Their number is in its first eight bytes, little-endian.
///
/// # Examples
///
/// ```
/// use commy_types::{FixedMap, Keyed, KeyedValues};
///
/// type Stock = FixedMap<u16, f64, 3>;
/// assert_eq!((Stock::CAPACITY, Stock::FIRST_KEY, Stock::FIRST_VALUE), (3, 8, 16));
/// assert_eq!(Stock::try_from([(2, 0.5), (1, 1.0)])?.keys().as_slice(), [1, 2]);
/// # Ok::<(), commy_types::CapacityError>(())
/// ```
pub trait Keyed: Mappable + sealed::Sealed {
    /// The type of the keys.
    type Key: Mappable + Ord;

    /// The most keys.
    const CAPACITY: usize;

    /// The offset of the first key in bytes.
    const FIRST_KEY: usize;

    /// The keys that are there.
    fn keys(&self) -> &[Self::Key];
}

/// A [`Keyed`] value that has a value beside each key: a map.
pub trait KeyedValues: Keyed {
    /// The type of the values.
    type Value: Mappable;

    /// The offset of the first value in bytes.
    const FIRST_VALUE: usize;

    /// The values of the keys that are there.
    fn values(&self) -> &[Self::Value];

    /// Gives a key this value, and marks the bytes that have changed.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the key is new and there is no room; nothing changes.
    fn insert(
        &mut self,
        key: Self::Key,
        value: Self::Value,
        touched: &mut Touched,
    ) -> Result<Option<Self::Value>, CapacityError>;

    /// Removes a key, and marks the bytes that have changed.
    fn remove<Q>(&mut self, key: &Q, touched: &mut Touched) -> Option<Self::Value>
    where
        Self::Key: Borrow<Q>,
        Q: Ord + ?Sized;

    /// Gives a key that is there this value, and marks the bytes that have changed.
    fn replace<Q>(
        &mut self,
        key: &Q,
        value: Self::Value,
        touched: &mut Touched,
    ) -> Option<Self::Value>
    where
        Self::Key: Borrow<Q>,
        Q: Ord + ?Sized;
}

/// A key and its value.
pub type EntryOf<S> = (<S as Keyed>::Key, <S as KeyedValues>::Value);

/// Which key or entry is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nth {
    /// That of this number, counted from the smallest key.
    Index(usize),
    /// That with the largest key.
    Last,
}

impl Nth {
    /// The number of the key among so many, if there is one.
    #[inline]
    #[must_use]
    pub fn of(self, len: usize) -> Option<usize> {
        match self {
            Self::Index(index) => Some(index).filter(|index| *index < len),
            Self::Last => len.checked_sub(1),
        }
    }
}

impl<T: Mappable + Ord, const N: usize> Keyed for FixedSet<T, N> {
    type Key = T;
    const CAPACITY: usize = N;
    const FIRST_KEY: usize = length::data_offset::<T>();

    #[inline]
    fn keys(&self) -> &[T] {
        self.as_slice()
    }
}

impl<K: Mappable + Ord, V: Mappable, const N: usize> Keyed for FixedMap<K, V, N> {
    type Key = K;
    const CAPACITY: usize = N;
    const FIRST_KEY: usize = length::data_offset::<K>();

    #[inline]
    fn keys(&self) -> &[K] {
        FixedMap::keys(self).as_slice()
    }
}

impl<K: Mappable + Ord, V: Mappable, const N: usize> KeyedValues for FixedMap<K, V, N> {
    type Value = V;
    const FIRST_VALUE: usize = Self::VALUES_AT;

    #[inline]
    fn values(&self) -> &[V] {
        FixedMap::values(self).as_slice()
    }

    fn insert(
        &mut self,
        key: K,
        value: V,
        touched: &mut Touched,
    ) -> Result<Option<V>, CapacityError> {
        match sorted::search(Keyed::keys(self), &key) {
            Ok(index) => {
                touched.mark(bytes_of::<V>(Self::FIRST_VALUE, index..index + 1));
                Ok(self.replace_at(index, value))
            }
            Err(index) => {
                self.insert_at(index, key, value)?;
                mark_moved::<Self>(index..self.len(), touched);
                Ok(None)
            }
        }
    }

    fn remove<Q>(&mut self, key: &Q, touched: &mut Touched) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let index = sorted::search(Keyed::keys(self), key).ok()?;
        mark_moved::<Self>(index..self.len(), touched);
        self.remove_at(index).map(|(_, value)| value)
    }

    fn replace<Q>(&mut self, key: &Q, value: V, touched: &mut Touched) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let index = sorted::search(Keyed::keys(self), key).ok()?;
        touched.mark(bytes_of::<V>(Self::FIRST_VALUE, index..index + 1));
        self.replace_at(index, value)
    }
}

/// The bytes of those elements of which the first one is at `first`.
fn bytes_of<T>(first: usize, elements: Range<usize>) -> Range<usize> {
    first + elements.start * size_of::<T>()..first + elements.end * size_of::<T>()
}

/// Marks the length, and the keys and values in the places `moved`.
fn mark_moved<S: KeyedValues>(moved: Range<usize>, touched: &mut Touched) {
    touched.mark(0..size_of::<length::Prefix>());
    touched.mark(bytes_of::<S::Key>(S::FIRST_KEY, moved.clone()));
    touched.mark(bytes_of::<S::Value>(S::FIRST_VALUE, moved));
}

/// Nobody else implements the two: the runtime reads memory by what they say.
mod sealed {
    pub trait Sealed {}
    impl<T, const N: usize> Sealed for crate::set::FixedSet<T, N> {}
    impl<K, V, const N: usize> Sealed for crate::map::FixedMap<K, V, N> {}
}

/// Returns whether the map or set at `place` has a key.
///
/// # Errors
///
/// Those of the source.
#[inline]
pub fn contains_key<F: Keyed, S: FieldSource, Q>(
    source: &S,
    place: FieldPlace,
    key: &Q,
) -> Result<bool, S::Error>
where
    F::Key: Borrow<Q>,
    Q: Ord + ?Sized,
{
    let () = ByValue::<F::Key, S>::ELEMENT;
    source.contains_key::<F, Q>(place, key)
}

/// The value of a key in the map at `place`; `None` when it does not have the key.
///
/// # Errors
///
/// Those of the source.
#[inline]
pub fn value_of<F: KeyedValues, S: FieldSource, Q>(
    source: &S,
    place: FieldPlace,
    key: &Q,
) -> Result<Option<F::Value>, S::Error>
where
    F::Key: Borrow<Q>,
    Q: Ord + ?Sized,
{
    let () = ByValue::<F::Key, S>::ELEMENT;
    let () = ByValue::<F::Value, S>::ELEMENT;
    source.value_of::<F, Q>(place, key)
}

/// Key number `index` of the set at `place`; `None` when there are fewer.
///
/// # Errors
///
/// Those of the source.
#[inline]
pub fn key_at<F: Keyed, S: FieldSource>(
    source: &S,
    place: FieldPlace,
    index: Nth,
) -> Result<Option<F::Key>, S::Error> {
    let () = ByValue::<F::Key, S>::ELEMENT;
    source.key_at::<F>(place, index)
}

/// Entry number `index` of the map at `place`; `None` when there are fewer.
///
/// # Errors
///
/// Those of the source.
#[inline]
pub fn entry_at<F: KeyedValues, S: FieldSource>(
    source: &S,
    place: FieldPlace,
    index: Nth,
) -> Result<Option<EntryOf<F>>, S::Error> {
    let () = ByValue::<EntryOf<F>, S>::ELEMENT;
    source.entry_at::<F>(place, index)
}

/// Gives a key of the map that `field` picks this value; returns the one that it had.
///
/// # Errors
///
/// [`CapacityError`] when the key is new and the map is full; nothing changes then.
#[inline]
pub fn insert_entry<F: KeyedValues, S: FieldSink>(
    sink: &mut S,
    field: impl FnOnce(&mut S::Record) -> &mut F,
    key: F::Key,
    value: F::Value,
) -> Result<Option<F::Value>, CapacityError> {
    let () = ByValue::<EntryOf<F>, S>::NEW_ELEMENT;
    sink.change(field, |map, touched| map.insert(key, value, touched))
}

/// Removes a key of the map that `field` picks; returns its value.
#[inline]
pub fn remove_entry<F: KeyedValues, S: FieldSink, Q>(
    sink: &mut S,
    field: impl FnOnce(&mut S::Record) -> &mut F,
    key: &Q,
) -> Option<F::Value>
where
    F::Key: Borrow<Q>,
    Q: Ord + ?Sized,
{
    let () = ByValue::<EntryOf<F>, S>::NEW_ELEMENT;
    sink.change(field, |map, touched| map.remove(key, touched))
}

/// Gives a key that the map has, which `field` picks, this value; returns the one that it had.
#[inline]
pub fn set_value<F: KeyedValues, S: FieldSink, Q>(
    sink: &mut S,
    field: impl FnOnce(&mut S::Record) -> &mut F,
    key: &Q,
    value: F::Value,
) -> Option<F::Value>
where
    F::Key: Borrow<Q>,
    Q: Ord + ?Sized,
{
    let () = ByValue::<F::Value, S>::NEW_ELEMENT;
    sink.change(field, |map, touched| map.replace(key, value, touched))
}

/// A set, by whatever name.
pub trait KeyedAlone: Keyed {
    /// Inserts an element, and marks the bytes that have changed; returns whether it is new.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when it is new and there is no room; nothing changes.
    fn insert(&mut self, value: Self::Key, touched: &mut Touched) -> Result<bool, CapacityError>;

    /// Removes an element, and marks the bytes that have changed; returns whether it was there.
    fn remove<Q>(&mut self, value: &Q, touched: &mut Touched) -> bool
    where
        Self::Key: Borrow<Q>,
        Q: Ord + ?Sized;
}

impl<T: Mappable + Ord, const N: usize> KeyedAlone for FixedSet<T, N> {
    fn insert(&mut self, value: T, touched: &mut Touched) -> Result<bool, CapacityError> {
        let Some(at) = self.insert_at(value)? else { return Ok(false) };
        touched.mark(0..size_of::<length::Prefix>());
        touched.mark(bytes_of::<T>(Self::FIRST_KEY, at..self.len()));
        Ok(true)
    }

    fn remove<Q>(&mut self, value: &Q, touched: &mut Touched) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let end = self.len();
        let Some(at) = self.remove_at(value) else { return false };
        touched.mark(0..size_of::<length::Prefix>());
        touched.mark(bytes_of::<T>(Self::FIRST_KEY, at..end));
        true
    }
}

/// Inserts an element into the set that `field` picks; returns whether it is new.
///
/// # Errors
///
/// [`CapacityError`] when it is new and the set is full; nothing changes then.
#[inline]
pub fn insert_element<F: KeyedAlone, S: FieldSink>(
    sink: &mut S,
    field: impl FnOnce(&mut S::Record) -> &mut F,
    value: F::Key,
) -> Result<bool, CapacityError> {
    let () = ByValue::<F::Key, S>::NEW_ELEMENT;
    sink.change(field, |set, touched| set.insert(value, touched))
}

/// Removes an element of the set that `field` picks; returns whether it was there.
#[inline]
pub fn remove_element<F: KeyedAlone, S: FieldSink, Q>(
    sink: &mut S,
    field: impl FnOnce(&mut S::Record) -> &mut F,
    value: &Q,
) -> bool
where
    F::Key: Borrow<Q>,
    Q: Ord + ?Sized,
{
    sink.change(field, |set, touched| set.remove(value, touched))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::TypeSchema;

    #[test]
    fn keys_and_values_are_where_the_schema_says() {
        fn check<S: KeyedValues>() {
            let TypeSchema::Map { capacity, keys, values, .. } = *S::SCHEMA else { unreachable!() };
            assert_eq!((S::CAPACITY, S::FIRST_KEY, S::FIRST_VALUE), (capacity, keys, values));
        }
        check::<FixedMap<u8, u64, 3>>();
        check::<FixedMap<u128, u8, 3>>();
        check::<FixedMap<u16, u128, 5>>();
        let TypeSchema::Set { capacity, data, .. } = *<FixedSet<u128, 3>>::SCHEMA else {
            unreachable!()
        };
        assert_eq!(
            (<FixedSet<u128, 3>>::CAPACITY, <FixedSet<u128, 3>>::FIRST_KEY),
            (capacity, data)
        );
        let set = FixedSet::<u128, 1>::try_from([7]).unwrap();
        let within = set.keys().as_ptr().addr() - core::ptr::from_ref(&set).addr();
        assert_eq!(within, <FixedSet<u128, 1>>::FIRST_KEY);
    }

    #[test]
    fn what_is_marked_of_a_set_covers_what_moves() {
        const SIZE: usize = size_of::<FixedSet<u16, 8>>();
        let mut set = FixedSet::<u16, 8>::try_from([2, 4, 6]).unwrap();
        let mut encoded = [0; SIZE];
        set.encode(0, &mut crate::Image::untracked(&mut encoded));
        for value in [3, 9, 4, 1, 1, 9, 3, 2, 7, 6] {
            let mut touched = Touched::new();
            let len = set.len();
            if !KeyedAlone::remove(&mut set, &value, &mut touched) {
                assert!(touched.is_empty());
                assert_eq!(KeyedAlone::insert(&mut set, value, &mut touched), Ok(true));
            }
            assert_ne!(set.len(), len);
            set.encode(
                0,
                &mut crate::Image::new(&mut encoded, &mut Touched::new()).within(&touched),
            );
            let mut whole = [0; SIZE];
            set.encode(0, &mut crate::Image::untracked(&mut whole));
            assert_eq!(encoded, whole, "{value}");
        }
        assert_eq!(set, [7]);
        let mut touched = Touched::new();
        assert_eq!(KeyedAlone::insert(&mut set, 7, &mut touched), Ok(false));
        assert!(touched.is_empty());
    }

    #[test]
    fn what_is_marked_covers_what_moves() {
        let mut map = FixedMap::<u8, u32, 8>::try_from([(2, 20), (4, 40), (6, 60)]).unwrap();
        let mut encoded = [0; size_of::<FixedMap<u8, u32, 8>>()];
        map.encode(0, &mut crate::Image::untracked(&mut encoded));
        let mut follow = |map: &FixedMap<u8, u32, 8>, touched: &Touched| {
            let mut all = Touched::new();
            map.encode(0, &mut crate::Image::new(&mut encoded, &mut all).within(touched));
            let mut whole = [0; size_of::<FixedMap<u8, u32, 8>>()];
            map.encode(0, &mut crate::Image::untracked(&mut whole));
            assert_eq!(encoded, whole);
        };
        let mut touched = Touched::new();
        KeyedValues::insert(&mut map, 3, 30, &mut touched).unwrap();
        follow(&map, &touched);
        touched.clear();
        assert_eq!(KeyedValues::replace(&mut map, &4, 44, &mut touched), Some(40));
        assert_eq!(touched.as_slice(), [24..28]);
        follow(&map, &touched);
        touched.clear();
        assert_eq!(KeyedValues::remove(&mut map, &2, &mut touched), Some(20));
        follow(&map, &touched);
        assert_eq!(map, [(3, 30), (4, 44), (6, 60)]);
        touched.clear();
        assert_eq!(KeyedValues::remove(&mut map, &2, &mut touched), None);
        assert!(touched.is_empty());
    }
}
