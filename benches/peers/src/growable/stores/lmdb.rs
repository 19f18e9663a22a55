//! LMDB by heed: a writable map and no syncing, its fastest mode.
//!
//! Keys that are numbers have the order that LMDB itself knows for them (`MDB_INTEGERKEY`), and no
//! comparison in Rust. Keys that are texts are checked to be text, as heed's `Str` does.
#![allow(unsafe_code, reason = "heed opens by an unsafe function")]

use core::marker::PhantomData;
use core::ops::Bound;
use std::path::Path;

use heed::types::Bytes;
use heed::{Database, Env, EnvFlags, EnvOpenOptions, RoTxn, WithTls};

use crate::growable::kinds::{KEY_ROOM, Kind};
use crate::growable::store::{Store, View, sum};
use crate::place::Place;

type Table<K> = Database<Bytes, Bytes, <K as Kind>::Order>;

/// Its fastest mode; what it gives up is worth nothing on tmpfs.
pub const FAST: EnvFlags =
    EnvFlags::WRITE_MAP.union(EnvFlags::NO_SYNC).union(EnvFlags::NO_META_SYNC);

/// More than any run needs; a file is as large as what was written to it.
const MAP_SIZE: usize = 64 << 30;

#[expect(missing_debug_implementations, reason = "the crate has none for a table in its order")]
pub struct Lmdb<K: Kind> {
    env: Env,
    table: Table<K>,
}

#[expect(missing_debug_implementations, reason = "as above")]
pub struct LmdbView<'s, K: Kind> {
    transaction: RoTxn<'s, WithTls>,
    table: Table<K>,
    kind: PhantomData<K>,
}

/// An environment in a directory of its own.
#[must_use]
pub fn environment(path: &Path, flags: EnvFlags) -> Env {
    std::fs::create_dir_all(path).unwrap();
    let mut options = EnvOpenOptions::new();
    options.map_size(MAP_SIZE).max_dbs(2);
    // SAFETY: flags that give up durability are used on tmpfs, which has none.
    unsafe { options.flags(flags) };
    // SAFETY: only this process touches the files, through LMDB.
    unsafe { options.open(path) }.unwrap()
}

fn table<K: Kind>(env: &Env) -> Table<K> {
    let mut transaction = env.write_txn().unwrap();
    let mut options = env.database_options().types::<Bytes, Bytes>().key_comparator::<K::Order>();
    let table = options.name("table").create(&mut transaction).unwrap();
    transaction.commit().unwrap();
    table
}

impl<K: Kind> Lmdb<K> {
    /// An empty table in an environment with these flags.
    #[must_use]
    pub fn with_flags(place: &Place, flags: EnvFlags) -> Self {
        let env = environment(&place.path("lmdb"), flags);
        let table = table::<K>(&env);
        Self { env, table }
    }
}

impl<K: Kind> Store<K> for Lmdb<K> {
    const NAME: &'static str = "LMDB";
    type View<'s> = LmdbView<'s, K>;

    fn create(place: &Place) -> Self {
        Self::with_flags(place, FAST)
    }

    fn insert_all(&mut self, keys: &[K::Key]) {
        self.update(keys, 0);
    }

    fn update(&mut self, keys: &[K::Key], first: u64) {
        let mut transaction = self.env.write_txn().unwrap();
        let mut bytes = [0; KEY_ROOM];
        for (key, number) in keys.iter().zip(first..) {
            let key = K::key_bytes(key, &mut bytes);
            let value = K::value(number);
            self.table.put(&mut transaction, key, K::value_bytes(&value)).unwrap();
        }
        transaction.commit().unwrap();
    }

    fn view(&mut self) -> LmdbView<'_, K> {
        let transaction = self.env.read_txn().unwrap();
        LmdbView { transaction, table: self.table, kind: PhantomData }
    }

    #[inline]
    fn get(&mut self, key: &K::Key) -> Option<K::Value> {
        let transaction = self.env.read_txn().unwrap();
        let mut bytes = [0; KEY_ROOM];
        let key = K::key_bytes(key, &mut bytes);
        Some(K::value_of(self.table.get(&transaction, key).unwrap()?))
    }

    fn live(&mut self) -> Option<u64> {
        self.env.non_free_pages_size().ok()
    }
}

impl<K: Kind> View<K> for LmdbView<'_, K> {
    #[inline]
    fn get(&self, key: &K::Key) -> Option<K::Value> {
        let mut bytes = [0; KEY_ROOM];
        let key = K::key_bytes(key, &mut bytes);
        Some(K::value_of(self.table.get(&self.transaction, key).unwrap()?))
    }

    #[inline]
    fn range(&self, start: &K::Key, count: usize) -> u64 {
        let mut bytes = [0; KEY_ROOM];
        let from = (Bound::Included(K::key_bytes(start, &mut bytes)), Bound::Unbounded);
        let entries = self.table.range(&self.transaction, &from).unwrap();
        let entries = entries.map(|entry| {
            let (key, value) = entry.unwrap();
            (K::key_of(key), K::value_of(value))
        });
        let within = entries.take_while(|(key, _)| K::same_range(K::borrow(start), *key));
        sum(within.take(count).map(|(key, value)| K::digest(key, &value)))
    }

    #[inline]
    fn iterate(&self) -> u64 {
        let entries = self.table.iter(&self.transaction).unwrap();
        sum(entries.map(|entry| {
            let (key, value) = entry.unwrap();
            K::digest(K::key_of(key), &K::value_of(value))
        }))
    }
}
