//! sanakirja: two versions, without checksums, and a first mapping that is never too small.
//!
//! Two versions are the fewest that let readers read beside a writer. Each commit syncs its
//! mapping: there is no setting against it, and on tmpfs it costs the system call. What is there
//! under a key is not replaced by `put`, so an update is `del` and `put`, as its own tests do it.
#![allow(unsafe_code, reason = "new pages of another format are made by an unsafe function")]

use core::marker::PhantomData;

use sanakirja::btree::{self, Db_, page, page_unsized};
use sanakirja::{
    Commit as _, Env, MutTxn, RootDb as _, Storable, Txn, UnsizedStorable, direct_repr,
};

use crate::growable::kinds::{
    Hashed, HashedTexts, KEY_ROOM, Kind, Listed, Nested, Numbers, Texts, Words,
};
use crate::growable::store::{Store, View, sum};
use crate::place::Place;

/// A file that has no room where nothing was written.
const LENGTH: u64 = 16 << 30;

/// The value beside a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Beside(Words);

direct_repr!(Beside);

/// As sanakirja has keys and values: of a size of their type, or of their own.
pub trait SanakirjaKind: Kind {
    type StoredKey: Storable + PartialEq + ?Sized + 'static;
    type StoredValue: Storable + PartialEq + 'static;
    type Page: btree::BTreeMutPage<Self::StoredKey, Self::StoredValue> + 'static;

    fn stored_key<'k>(key: &'k Self::Key, bytes: &'k mut [u8; KEY_ROOM]) -> &'k Self::StoredKey;
    fn stored_value(value: Self::Value) -> Self::StoredValue;
    fn of_key(key: &Self::StoredKey) -> Self::Ref<'_>;
    fn of_value(value: &Self::StoredValue) -> Self::Value;
}

macro_rules! sized {
    ($($kind:ident)*) => {$(
        impl SanakirjaKind for $kind {
            type StoredKey = u64;
            type StoredValue = u64;
            type Page = page::Page<u64, u64>;

            fn stored_key<'k>(key: &'k u64, _: &'k mut [u8; KEY_ROOM]) -> &'k u64 {
                key
            }

            fn stored_value(value: u64) -> u64 {
                value
            }

            fn of_key(key: &u64) -> u64 {
                *key
            }

            fn of_value(value: &u64) -> u64 {
                *value
            }
        }
    )*};
}

macro_rules! of_any_size {
    ($($kind:ident, $Stored:ty, $give:expr, $take:expr;)*) => {$(
        impl SanakirjaKind for $kind {
            type StoredKey = [u8];
            type StoredValue = $Stored;
            type Page = page_unsized::Page<[u8], $Stored>;

            fn stored_key<'k>(key: &'k Self::Key, bytes: &'k mut [u8; KEY_ROOM]) -> &'k [u8] {
                Self::key_bytes(key, bytes)
            }

            fn stored_value(value: Self::Value) -> $Stored {
                $give(value)
            }

            fn of_key(key: &[u8]) -> Self::Ref<'_> {
                Self::key_of(key)
            }

            fn of_value(value: &$Stored) -> Self::Value {
                $take(value)
            }
        }
    )*};
}

sized!(Numbers Hashed Listed);
of_any_size! {
    Texts, Beside, Beside, |value: &Beside| value.0;
    HashedTexts, Beside, Beside, |value: &Beside| value.0;
    Nested, u64, |value| value, |value: &u64| *value;
}

type Table<K> = Db_<
    <K as SanakirjaKind>::StoredKey,
    <K as SanakirjaKind>::StoredValue,
    <K as SanakirjaKind>::Page,
>;

#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct Sanakirja {
    env: Env,
}

#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct SanakirjaView<'s, K: SanakirjaKind> {
    transaction: Txn<&'s Env>,
    table: Table<K>,
    kind: PhantomData<K>,
}

impl Sanakirja {
    /// Replaces a value, and commits: waits for a view of the version that it would overwrite.
    pub(in crate::growable) fn update_one(&self, key: u64, value: u64) {
        self.write::<Numbers>(|transaction, table| {
            assert!(btree::del(transaction, table, &key, None).unwrap());
            btree::put(transaction, table, &key, &value).unwrap();
        });
    }

    /// A view that leaves the writer to whoever has the store.
    pub(in crate::growable) fn hold(&self) -> SanakirjaView<'_, Numbers> {
        self.read()
    }

    /// Changes the table, and commits.
    fn write<K: SanakirjaKind>(&self, change: impl FnOnce(&mut MutTxn<&Env, ()>, &mut Table<K>)) {
        let mut transaction = Env::mut_txn_begin(&self.env).unwrap();
        let mut table = transaction.root_db(0).unwrap();
        change(&mut transaction, &mut table);
        transaction.set_root(0, table.db.into());
        transaction.commit().unwrap();
    }

    fn read<K: SanakirjaKind>(&self) -> SanakirjaView<'_, K> {
        let transaction = Env::txn_begin(&self.env).unwrap();
        let table = transaction.root_db(0).unwrap();
        SanakirjaView { transaction, table, kind: PhantomData }
    }
}

impl<K: SanakirjaKind> Store<K> for Sanakirja {
    const NAME: &'static str = "sanakirja";
    type View<'s> = SanakirjaView<'s, K>;

    fn create(place: &Place) -> Self {
        let env = Env::new(place.path("sanakirja"), LENGTH, 2).unwrap();
        let mut transaction = Env::mut_txn_begin(&env).unwrap();
        // SAFETY: the page that is made is of the format that the table is of.
        let table: Table<K> = unsafe { btree::create_db_(&mut transaction) }.unwrap();
        transaction.set_root(0, table.db.into());
        transaction.commit().unwrap();
        Self { env }
    }

    fn insert_all(&mut self, keys: &[K::Key]) {
        self.write::<K>(|transaction, table| {
            let mut bytes = [0; KEY_ROOM];
            for (index, key) in keys.iter().enumerate() {
                let value = K::stored_value(K::value(index as u64));
                let key = K::stored_key(key, &mut bytes);
                assert!(btree::put(transaction, table, key, &value).unwrap());
            }
        });
    }

    fn update(&mut self, keys: &[K::Key], first: u64) {
        self.write::<K>(|transaction, table| {
            let mut bytes = [0; KEY_ROOM];
            for (key, number) in keys.iter().zip(first..) {
                let value = K::stored_value(K::value(number));
                let key = K::stored_key(key, &mut bytes);
                assert!(btree::del(transaction, table, key, None).unwrap());
                btree::put(transaction, table, key, &value).unwrap();
            }
        });
    }

    fn view(&mut self) -> SanakirjaView<'_, K> {
        self.read()
    }

    #[inline]
    fn get(&mut self, key: &K::Key) -> Option<K::Value> {
        View::<K>::get(&self.read::<K>(), key)
    }
}

impl<K: SanakirjaKind> View<K> for SanakirjaView<'_, K> {
    #[inline]
    fn get(&self, key: &K::Key) -> Option<K::Value> {
        let mut bytes = [0; KEY_ROOM];
        let key = K::stored_key(key, &mut bytes);
        let (found, value) = btree::get(&self.transaction, &self.table, key, None).unwrap()?;
        (found == key).then(|| K::of_value(value))
    }

    #[inline]
    fn range(&self, start: &K::Key, count: usize) -> u64 {
        let mut bytes = [0; KEY_ROOM];
        let from = K::stored_key(start, &mut bytes);
        let entries = btree::iter(&self.transaction, &self.table, Some((from, None))).unwrap();
        let entries = entries.map(|entry| {
            let (key, value) = entry.unwrap();
            (K::of_key(key), K::of_value(value))
        });
        let within = entries.take_while(|(key, _)| K::same_range(K::borrow(start), *key));
        sum(within.take(count).map(|(key, value)| K::digest(key, &value)))
    }

    #[inline]
    fn iterate(&self) -> u64 {
        let entries = btree::iter(&self.transaction, &self.table, None).unwrap();
        sum(entries.map(|entry| {
            let (key, value) = entry.unwrap();
            K::digest(K::of_key(key), &K::of_value(value))
        }))
    }
}
