//! Erasing a container in a way that the compiler keeps.
//!
//! This erases the value in memory; what was published is in the file until the next publishes.

use zeroize::Zeroize;

use crate::mappable::Mappable;
use crate::{FixedDeque, FixedMap, FixedOption, FixedSet, FixedString, FixedVec};

impl<const N: usize> Zeroize for FixedString<N> {
    fn zeroize(&mut self) {
        let (len, data) = self.parts_mut();
        data.zeroize();
        len.zeroize();
    }
}

/// Erases all cells, also those that are not in use.
impl<T: Mappable + Zeroize, const N: usize> Zeroize for FixedVec<T, N> {
    fn zeroize(&mut self) {
        let (len, data) = self.parts_mut();
        data.iter_mut().zeroize();
        len.zeroize();
    }
}

/// Erases all cells, also those that are not in use.
impl<T: Mappable + Zeroize, const N: usize> Zeroize for FixedDeque<T, N> {
    fn zeroize(&mut self) {
        let (ends, data) = self.parts_mut();
        data.iter_mut().zeroize();
        ends.zeroize();
    }
}

impl<T: Mappable + Zeroize, const N: usize> Zeroize for FixedSet<T, N> {
    fn zeroize(&mut self) {
        self.elements_mut().zeroize();
    }
}

/// Erases all cells, also those that are not in use.
impl<K: Mappable + Zeroize, V: Mappable + Zeroize, const N: usize> Zeroize for FixedMap<K, V, N> {
    fn zeroize(&mut self) {
        let (keys, values) = self.parts_mut();
        values.iter_mut().zeroize();
        keys.zeroize();
    }
}

impl<T: Mappable + Zeroize> Zeroize for FixedOption<T> {
    fn zeroize(&mut self) {
        let (tag, value) = self.parts_mut();
        value.zeroize();
        tag.zeroize();
    }
}
