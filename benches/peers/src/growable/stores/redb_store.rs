//! redb: `Durability::None`, which only makes a commit visible, and a cache for all of the table.

use core::fmt;

use redb::{
    Database, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, TableDefinition,
    WriteTransaction,
};

use crate::growable::kinds::{Hashed, HashedTexts, Kind, Listed, Nested, Numbers, Texts, Words};
use crate::growable::store::{Store, View, sum};
use crate::place::Place;

/// As redb has keys and values: typed.
pub trait RedbKind: Kind {
    type RedbKey: redb::Key + 'static;
    type RedbValue: redb::Value + 'static;

    fn redb_key<'k>(key: Self::Ref<'k>) -> <Self::RedbKey as redb::Value>::SelfType<'k>;
    fn redb_value(value: &Self::Value) -> <Self::RedbValue as redb::Value>::SelfType<'_>;
    fn of_redb_key<'k>(key: <Self::RedbKey as redb::Value>::SelfType<'k>) -> Self::Ref<'k>;
    fn of_redb_value(value: <Self::RedbValue as redb::Value>::SelfType<'_>) -> Self::Value;
}

macro_rules! redb_kinds {
    ($($kind:ident: $Key:ty => $Ref:ty, $Value:ty => $Plain:ty, $give:expr, $take:expr;)*) => {$(
        impl RedbKind for $kind {
            type RedbKey = $Key;
            type RedbValue = $Value;

            fn redb_key<'k>(key: Self::Ref<'k>) -> <$Key as redb::Value>::SelfType<'k> {
                key
            }

            fn redb_value(value: &$Plain) -> <$Value as redb::Value>::SelfType<'_> {
                $give(value)
            }

            fn of_redb_key<'k>(key: <$Key as redb::Value>::SelfType<'k>) -> Self::Ref<'k> {
                key
            }

            fn of_redb_value(value: <$Value as redb::Value>::SelfType<'_>) -> $Plain {
                $take(value)
            }
        }
    )*};
}

redb_kinds! {
    Numbers: u64 => u64, u64 => u64, |value: &u64| *value, |value| value;
    Hashed: u64 => u64, u64 => u64, |value: &u64| *value, |value| value;
    Listed: u64 => u64, u64 => u64, |value: &u64| *value, |value| value;
    Texts: &'static str => &str, &'static Words => Words, itself, |value: &Words| *value;
    HashedTexts: &'static str => &str, &'static Words => Words, itself, |value: &Words| *value;
    Nested: (&'static str, u64) => (&str, u64), u64 => u64, |value: &u64| *value, |value| value;
}

fn itself(value: &Words) -> &Words {
    value
}

#[derive(Debug)]
pub struct Redb {
    database: Database,
}

pub struct RedbView<K: RedbKind> {
    table: ReadOnlyTable<K::RedbKey, K::RedbValue>,
}

impl<K: RedbKind> fmt::Debug for RedbView<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbView").finish_non_exhaustive()
    }
}

const fn table<K: RedbKind>() -> TableDefinition<'static, K::RedbKey, K::RedbValue> {
    TableDefinition::new("table")
}

impl Redb {
    fn write(&self) -> WriteTransaction {
        let mut transaction = self.database.begin_write().unwrap();
        transaction.set_durability(Durability::None).unwrap();
        transaction
    }

    fn read<K: RedbKind>(&self) -> RedbView<K> {
        let transaction = self.database.begin_read().unwrap();
        RedbView { table: transaction.open_table(table::<K>()).unwrap() }
    }
}

impl<K: RedbKind> Store<K> for Redb {
    const NAME: &'static str = "redb";
    type View<'s> = RedbView<K>;

    fn create(place: &Place) -> Self {
        let mut builder = Database::builder();
        let database = builder.set_cache_size(4 << 30).create(place.path("redb")).unwrap();
        let redb = Self { database };
        let transaction = redb.write();
        transaction.open_table(table::<K>()).unwrap();
        transaction.commit().unwrap();
        redb
    }

    fn insert_all(&mut self, keys: &[K::Key]) {
        <Self as Store<K>>::update(self, keys, 0);
    }

    fn update(&mut self, keys: &[K::Key], first: u64) {
        let transaction = self.write();
        let mut table = transaction.open_table(table::<K>()).unwrap();
        for (key, number) in keys.iter().zip(first..) {
            let value = K::value(number);
            table.insert(K::redb_key(K::borrow(key)), K::redb_value(&value)).unwrap();
        }
        drop(table);
        transaction.commit().unwrap();
    }

    fn view(&mut self) -> RedbView<K> {
        self.read()
    }

    #[inline]
    fn get(&mut self, key: &K::Key) -> Option<K::Value> {
        View::<K>::get(&self.read::<K>(), key)
    }

    fn live(&mut self) -> Option<u64> {
        let transaction = self.database.begin_write().unwrap();
        let stats = transaction.stats().unwrap();
        let live = stats.allocated_pages() * stats.page_size() as u64;
        transaction.abort().unwrap();
        Some(live)
    }
}

impl<K: RedbKind> View<K> for RedbView<K> {
    #[inline]
    fn get(&self, key: &K::Key) -> Option<K::Value> {
        let value = self.table.get(K::redb_key(K::borrow(key))).unwrap()?;
        Some(K::of_redb_value(value.value()))
    }

    #[inline]
    fn range(&self, start: &K::Key, count: usize) -> u64 {
        let start = K::borrow(start);
        let range = self.table.range(K::redb_key(start)..).unwrap();
        let mut all = 0_u64;
        for entry in range.take(count) {
            let (key, value) = entry.unwrap();
            let key = K::of_redb_key(key.value());
            if !K::same_range(start, key) {
                break;
            }
            all = all.wrapping_add(K::digest(key, &K::of_redb_value(value.value())));
        }
        all
    }

    #[inline]
    fn iterate(&self) -> u64 {
        sum(self.table.iter().unwrap().map(|entry| {
            let (key, value) = entry.unwrap();
            K::digest(K::of_redb_key(key.value()), &K::of_redb_value(value.value()))
        }))
    }
}
