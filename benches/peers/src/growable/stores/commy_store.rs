//! commy: records that grow, with the options that they have by default.

use core::ops::Bound;
use std::collections::{BTreeMap, HashMap};

use commy::{create_reader, create_writer};

use crate::growable::kinds::{Hashed, HashedTexts, Kind, Listed, Nested, Numbers, Texts, Words};
use crate::growable::store::{Store, View, sum};
use crate::place::Place;

macro_rules! stores {
    ($(
        $module:ident, $store:ident, $view:ident: $kind:ident, $Map:ty;
        insert |$map:ident, $key:ident, $value:ident| $insert:expr;
        replace |$old:ident, $old_key:ident, $new:ident| $replace:expr;
        get |$view_map:ident, $view_key:ident| $get:expr;
        newest |$reader:ident, $reader_key:ident| $newest:expr;
        range |$ranged:ident, $start:ident, $count:ident| $range:expr;
        iterate |$all:ident| $iterate:expr;
        for_each |$every:ident, $add:ident| $for_each:expr;
    )*) => {$(
        pub use self::$module::$store;

        pub mod $module {
            use super::*;

            #[create_writer(filename = "map.bin", growable)]
            #[create_reader(filename = "map.bin", growable)]
            #[derive(Debug)]
            pub struct Mapped {
                pub map: $Map,
            }

            /// A writer, and a reader of its file.
            #[derive(Debug)]
            pub struct $store {
                pub writer: MappedWriter,
                pub reader: MappedReader,
            }

            #[derive(Debug)]
            pub struct $view<'s>(pub MappedView<'s>);

            impl Store<$kind> for $store {
                const NAME: &'static str = "commy";
                type View<'s> = $view<'s>;

                fn create(place: &Place) -> Self {
                    let path = place.path("commy");
                    let mut writer = MappedWriter::create_at(&path).unwrap();
                    writer.map_mut().clear().unwrap();
                    Self { writer, reader: MappedReader::open_at(path).unwrap() }
                }

                fn insert_all(&mut self, keys: &[<$kind as Kind>::Key]) {
                    self.writer
                        .transaction(|tx| {
                            let mut $map = tx.map_mut();
                            for (index, $key) in keys.iter().enumerate() {
                                let $value = <$kind>::value(index as u64);
                                $insert?;
                            }
                            Ok(())
                        })
                        .unwrap();
                }

                fn update(&mut self, keys: &[<$kind as Kind>::Key], first: u64) {
                    self.writer
                        .transaction(|tx| {
                            let mut $old = tx.map_mut();
                            keys.iter().zip(first..).try_for_each(|($old_key, number)| {
                                let $new = <$kind>::value(number);
                                $replace
                            })
                        })
                        .unwrap();
                }

                fn view(&mut self) -> $view<'_> {
                    $view(self.reader.pin().unwrap())
                }

                #[inline]
                fn get(
                    &mut self,
                    $reader_key: &<$kind as Kind>::Key,
                ) -> Option<<$kind as Kind>::Value> {
                    let $reader = &self.reader;
                    $newest.unwrap()
                }

                fn live(&mut self) -> Option<u64> {
                    Some(self.writer.file().stats().live)
                }
            }

            impl View<$kind> for $view<'_> {
                #[inline]
                fn get(
                    &self,
                    $view_key: &<$kind as Kind>::Key,
                ) -> Option<<$kind as Kind>::Value> {
                    let $view_map = self.0.map();
                    $get.unwrap()
                }

                #[inline]
                fn range(&self, $start: &<$kind as Kind>::Key, $count: usize) -> u64 {
                    let $ranged = self.0.map();
                    $range
                }

                #[inline]
                fn iterate(&self) -> u64 {
                    let $all = self.0.map();
                    sum($iterate)
                }

                #[inline]
                fn for_each(&self) -> u64 {
                    let mut all = 0_u64;
                    let mut $add = |digest: u64| all = all.wrapping_add(digest);
                    let $every = self.0.map();
                    $for_each;
                    all
                }
            }
        }
    )*};
}

stores! {
    numbers, NumbersStore, NumbersView: Numbers, BTreeMap<u64, u64>;
    insert |map, key, value| map.insert(*key, value);
    replace |map, key, value| map.insert(*key, value);
    get |map, key| map.get(*key);
    newest |reader, key| reader.map().get(*key);
    range |map, start, count| {
        let range = map.range((Bound::Included(*start), Bound::Unbounded));
        sum(range.take(count).map(|entry| entry.map(|(k, v)| Numbers::digest(k, &v)).unwrap()))
    };
    iterate |map| map.iter().map(|entry| entry.map(|(k, v)| Numbers::digest(k, &v)).unwrap());
    for_each |map, add| map.for_each(|key, value| add(Numbers::digest(*key, &value))).unwrap();

    texts, TextsStore, TextsView: Texts, BTreeMap<String, Words>;
    insert |map, key, value| map.insert(key, value);
    replace |map, key, value| map.insert(key, value);
    get |map, key| map.get(key);
    newest |reader, key| reader.map().get(key);
    range |map, start, count| {
        let range = map.range((Bound::Included(start.as_str()), Bound::Unbounded));
        sum(range.take(count).map(|entry| entry.map(|(k, v)| Texts::digest(&k, &v)).unwrap()))
    };
    iterate |map| map.iter().map(|entry| entry.map(|(k, v)| Texts::digest(&k, &v)).unwrap());
    for_each |map, add| map.for_each(|key, value| add(Texts::digest(key, &value))).unwrap();

    hashed, HashedStore, HashedView: Hashed, HashMap<u64, u64>;
    insert |map, key, value| map.insert(*key, value);
    replace |map, key, value| map.insert(*key, value);
    get |map, key| map.get(*key);
    newest |reader, key| reader.map().get(*key);
    range |_map, _start, _count| unreachable!("a hash map has no ranges");
    iterate |map| map.iter().map(|entry| entry.map(|(k, v)| Hashed::digest(k, &v)).unwrap());
    for_each |map, add| map.for_each(|key, value| add(Hashed::digest(*key, &value))).unwrap();

    hashed_texts, HashedTextsStore, HashedTextsView: HashedTexts, HashMap<String, Words>;
    insert |map, key, value| map.insert(key, value);
    replace |map, key, value| map.insert(key, value);
    get |map, key| map.get(key);
    newest |reader, key| reader.map().get(key);
    range |_map, _start, _count| unreachable!("a hash map has no ranges");
    iterate |map| map.iter().map(|entry| entry.map(|(k, v)| HashedTexts::digest(&k, &v)).unwrap());
    for_each |map, add| map.for_each(|key, value| add(HashedTexts::digest(key, &value))).unwrap();

    listed, ListedStore, ListedView: Listed, Vec<u64>;
    insert |list, _key, value| list.push(value);
    replace |list, index, value| list.set(*index as usize, value);
    get |list, index| list.get(*index as usize);
    newest |reader, index| reader.map().get(*index as usize);
    range |list, start, count| {
        let end = (*start as usize + count).min(list.len().unwrap());
        let elements = list.range(*start as usize..end);
        sum((*start..).zip(elements).map(|(index, value)| Listed::digest(index, &value.unwrap())))
    };
    iterate |list| (0..).zip(list.iter()).map(|(index, value)| Listed::digest(index, &value.unwrap()));
    for_each |list, add| {
        let mut values = Vec::new();
        list.load_into(&mut values).unwrap();
        (0..).zip(&values).for_each(|(index, value)| add(Listed::digest(index, value)));
    };

    nested, NestedStore, NestedView: Nested, HashMap<String, BTreeMap<u64, u64>>;
    insert |map, key, value| match map.get_mut(key.0.as_str())? {
        Some(mut group) => group.insert(key.1, value),
        None => map.entry(key.0.as_str())?.or_default()?.insert(key.1, value),
    };
    replace |map, key, value| map.get_mut(key.0.as_str())?.unwrap().insert(key.1, value);
    get |map, key| match map.get(key.0.as_str()).unwrap() {
        Some(group) => group.get(key.1),
        None => Ok(None),
    };
    newest |reader, key| reader.read(|view| match view.map().get(key.0.as_str())? {
        Some(group) => group.get(key.1),
        None => Ok(None),
    });
    range |map, start, count| {
        let group = map.get(start.0.as_str()).unwrap().unwrap();
        let range = group.range((Bound::Included(start.1), Bound::Unbounded)).take(count);
        sum(range.map(|entry| entry.map(|(k, v)| Nested::digest((&start.0, k), &v)).unwrap()))
    };
    iterate |map| map.iter().map(|entry| {
        let (name, group) = entry.unwrap();
        sum(group.iter().map(|entry| entry.map(|(k, v)| Nested::digest((&name, k), &v)).unwrap()))
    });
    for_each |map, add| map.for_each(|name, group| {
        group.for_each(|key, value| add(Nested::digest((name, *key), &value))).unwrap();
    }).unwrap();
}
