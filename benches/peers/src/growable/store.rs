//! What is asked of each library that holds a table.

use super::kinds::Kind;
use crate::place::Place;

/// A table of one library.
pub trait Store<K: Kind>: Sized {
    /// What tables and plots call the library.
    const NAME: &'static str;
    /// Whether a view has ranges.
    const RANGES: bool = K::ORDERED;
    /// Whether a snapshot for each get is another thing than a view.
    const SHARED: bool = true;
    type View<'s>: View<K>
    where
        Self: 's;

    /// An empty table.
    fn create(place: &Place) -> Self;

    /// Inserts all keys, in one transaction. The value of each is made from its index.
    fn insert_all(&mut self, keys: &[K::Key]);

    /// Replaces the values of these keys, which are there, in one transaction. The first value is
    /// made from `first`, the next ones from the numbers after it.
    fn update(&mut self, keys: &[K::Key], first: u64);

    /// One state of the table, for many reads.
    fn view(&mut self) -> Self::View<'_>;

    /// One value of the newest state, which is looked up for this get.
    fn get(&mut self, key: &K::Key) -> Option<K::Value>;

    /// The bytes in use, as far as the library can tell.
    fn live(&mut self) -> Option<u64> {
        None
    }
}

/// One state of a table.
pub trait View<K: Kind> {
    /// Copies a value.
    fn get(&self, key: &K::Key) -> Option<K::Value>;

    /// The sum of the digests of `count` entries from `key` on, or as many as there are.
    fn range(&self, key: &K::Key, count: usize) -> u64;

    /// The sum of the digests of all entries, by an iterator.
    fn iterate(&self) -> u64;

    /// The same by a closure, where the library has that.
    fn for_each(&self) -> u64 {
        self.iterate()
    }
}

/// The digests of entries.
pub fn sum(digests: impl Iterator<Item = u64>) -> u64 {
    digests.fold(0, u64::wrapping_add)
}
