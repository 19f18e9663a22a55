//! Values of the containers for fuzz targets.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::mappable::Mappable;
use crate::{FixedDeque, FixedMap, FixedOption, FixedSet, FixedString, FixedVec};

impl<'a, const N: usize> Arbitrary<'a> for FixedString<N> {
    fn arbitrary(data: &mut Unstructured<'a>) -> Result<Self> {
        data.arbitrary().map(Self::from_str_truncated)
    }

    fn size_hint(depth: usize) -> (usize, Option<usize>) {
        <&str>::size_hint(depth)
    }
}

impl<'a, T: Mappable + Arbitrary<'a>, const N: usize> Arbitrary<'a> for FixedVec<T, N> {
    fn arbitrary(data: &mut Unstructured<'a>) -> Result<Self> {
        data.arbitrary_iter()?.take(N).collect()
    }

    fn size_hint(_: usize) -> (usize, Option<usize>) {
        (0, None)
    }
}

/// Elements in any cells: some were pushed over others.
impl<'a, T: Mappable + Arbitrary<'a>, const N: usize> Arbitrary<'a> for FixedDeque<T, N> {
    fn arbitrary(data: &mut Unstructured<'a>) -> Result<Self> {
        let mut deque = Self::new();
        for element in data.arbitrary_iter()? {
            deque.push_over(element?);
        }
        Ok(deque)
    }

    fn size_hint(_: usize) -> (usize, Option<usize>) {
        (0, None)
    }
}

impl<'a, T: Mappable + Ord + Arbitrary<'a>, const N: usize> Arbitrary<'a> for FixedSet<T, N> {
    fn arbitrary(data: &mut Unstructured<'a>) -> Result<Self> {
        data.arbitrary_iter()?.take(N).collect()
    }

    fn size_hint(_: usize) -> (usize, Option<usize>) {
        (0, None)
    }
}

impl<'a, K, V, const N: usize> Arbitrary<'a> for FixedMap<K, V, N>
where
    K: Mappable + Ord + Arbitrary<'a>,
    V: Mappable + Arbitrary<'a>,
{
    fn arbitrary(data: &mut Unstructured<'a>) -> Result<Self> {
        data.arbitrary_iter()?.take(N).collect()
    }

    fn size_hint(_: usize) -> (usize, Option<usize>) {
        (0, None)
    }
}

impl<'a, T: Mappable + Arbitrary<'a>> Arbitrary<'a> for FixedOption<T> {
    fn arbitrary(data: &mut Unstructured<'a>) -> Result<Self> {
        data.arbitrary().map(Self::from_option)
    }

    fn size_hint(depth: usize) -> (usize, Option<usize>) {
        Option::<T>::size_hint(depth)
    }
}
