//! rkyv and mmap-sync: the whole state is serialized and written by each commit, and read in place.
//!
//! The writer keeps the state as a collection of std. Reads are unchecked, which is the faster of
//! the two that mmap-sync has. An archived `BTreeMap` of rkyv 0.7 has no ranges.
#![allow(unsafe_code, reason = "reading is an unsafe function of that crate")]

use core::fmt;
use core::time::Duration;

use mmap_sync::guard::ReadResult;
use mmap_sync::locks::LockDisabled;
use mmap_sync::synchronizer::Synchronizer;
use wyhash::WyHash;

use super::private::{Private, PrivateKind};
use crate::growable::kinds::{Hashed, HashedTexts, Kind, Listed, Nested, Numbers, Texts};
use crate::growable::store::{Store, View, sum};
use crate::place::Place;

type Sync = Synchronizer<WyHash, LockDisabled, 1024, 1_000>;

/// The state, and the two ends of the file.
pub struct MmapSync<K: PrivateKind> {
    private: Private<K>,
    writer: Sync,
    reader: Sync,
}

impl<K: PrivateKind> fmt::Debug for MmapSync<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MmapSync").finish_non_exhaustive()
    }
}

/// The archive of one generation.
#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct MmapSyncView<'s, K: PrivateKind>(ReadResult<'s, K::Map>)
where
    K::Map: rkyv::Archive;

macro_rules! kinds {
    ($(
        $kind:ident:
        $(range |$ranged:ident, $start:ident, $count:ident| $range:expr;)?
        get |$map:ident, $key:ident| $get:expr;
        iterate |$all:ident| $iterate:expr;
    )*) => {$(
        impl Store<$kind> for MmapSync<$kind> {
            const NAME: &'static str = "rkyv + mmap-sync";
            const RANGES: bool = !concat!($(stringify!($ranged))?).is_empty();
            type View<'s> = MmapSyncView<'s, $kind>;

            fn create(place: &Place) -> Self {
                let path = place.path("mmap-sync");
                let (writer, reader) =
                    (Sync::with_params(path.as_os_str()), Sync::with_params(path.as_os_str()));
                Self { private: Store::<$kind>::create(place), writer, reader }
            }

            fn insert_all(&mut self, keys: &[<$kind as Kind>::Key]) {
                self.private.insert_all(keys);
                self.write();
            }

            fn update(&mut self, keys: &[<$kind as Kind>::Key], first: u64) {
                self.private.update(keys, first);
                self.write();
            }

            fn view(&mut self) -> MmapSyncView<'_, $kind> {
                // SAFETY: what is read was written as this type, by this thread.
                MmapSyncView(unsafe { self.reader.read(false) }.unwrap())
            }

            #[inline]
            fn get(&mut self, key: &<$kind as Kind>::Key) -> Option<<$kind as Kind>::Value> {
                Store::<$kind>::view(self).get(key)
            }
        }

        impl MmapSync<$kind> {
            fn write(&mut self) {
                self.writer.write(&self.private.map, Duration::from_micros(1)).unwrap();
            }
        }

        impl View<$kind> for MmapSyncView<'_, $kind> {
            #[inline]
            fn get(&self, $key: &<$kind as Kind>::Key) -> Option<<$kind as Kind>::Value> {
                let $map = &*self.0;
                $get
            }

            fn range(&self, _start: &<$kind as Kind>::Key, _count: usize) -> u64 {
                $(
                    let ($ranged, $start, $count) = (&*self.0, _start, _count);
                    return $range;
                )?
                #[allow(unreachable_code, reason = "for the kinds that have ranges")]
                {
                    unreachable!("an archived map has no ranges")
                }
            }

            #[inline]
            fn iterate(&self) -> u64 {
                let $all = &*self.0;
                sum($iterate)
            }
        }
    )*};
}

kinds! {
    Numbers:
        get |map, key| map.get(key).copied();
        iterate |map| map.iter().map(|(key, value)| Numbers::digest(*key, value));
    Hashed:
        get |map, key| map.get(key).copied();
        iterate |map| map.iter().map(|(key, value)| Hashed::digest(*key, value));
    Texts:
        get |map, key| map.get(key.as_str()).copied();
        iterate |map| map.iter().map(|(key, value)| Texts::digest(key, value));
    HashedTexts:
        get |map, key| map.get(key.as_str()).copied();
        iterate |map| map.iter().map(|(key, value)| HashedTexts::digest(key, value));
    Listed:
        range |list, start, count| {
            let elements = list.iter().skip(*start as usize).take(count);
            sum((*start..).zip(elements).map(|(index, value)| Listed::digest(index, value)))
        };
        get |list, index| list.get(*index as usize).copied();
        iterate |list| (0..).zip(list.iter()).map(|(index, value)| Listed::digest(index, value));
    Nested:
        get |map, key| map.get(key.0.as_str())?.get(&key.1).copied();
        iterate |map| map.iter().flat_map(|(group, entries)| {
            entries.iter().map(|(key, value)| Nested::digest((group, *key), value))
        });
}
