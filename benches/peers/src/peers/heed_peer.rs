//! heed (LMDB): one key, a writable map, no syncing.
#![allow(unsafe_code, reason = "opening and these flags are unsafe in that crate")]

use core::hint::black_box;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use heed::types::{Bytes, Str};
use heed::{Database, Env, EnvFlags, EnvOpenOptions};

use super::{Peer, Read, Values, Write, boxed, values};
use crate::place::Place;

type Latest = Database<Str, Bytes>;

static OPEN: Mutex<BTreeMap<PathBuf, (Env, Latest)>> = Mutex::new(BTreeMap::new());

/// A database of one key.
#[derive(Debug)]
pub struct Heed;

/// Both ends.
#[derive(Debug)]
pub struct HeedEnd<const W: usize> {
    env: Env,
    database: Latest,
    value: Box<[u64; W]>,
}

impl<const W: usize> HeedEnd<W> {
    fn open(place: &Place) -> Self {
        let path = place.path("heed");
        // LMDB wants one environment per process, which all its threads share.
        let mut open = OPEN.lock().unwrap();
        open.retain(|path, _| path.exists());
        if let Some((env, database)) = open.get(&path) {
            return Self { env: env.clone(), database: *database, value: boxed() };
        }
        std::fs::create_dir_all(&path).unwrap();
        let mut options = EnvOpenOptions::new();
        options.map_size(1 << 30).max_dbs(1);
        // SAFETY: the flags give up durability, which tmpfs has none of.
        unsafe { options.flags(EnvFlags::WRITE_MAP | EnvFlags::NO_SYNC | EnvFlags::NO_META_SYNC) };
        // SAFETY: only this crate touches the files, through LMDB.
        let env = unsafe { options.open(&path) }.unwrap();
        let mut transaction = env.write_txn().unwrap();
        let database = env.create_database(&mut transaction, Some("latest")).unwrap();
        transaction.commit().unwrap();
        open.insert(path, (env.clone(), database));
        Self { env, database, value: boxed() }
    }
}

impl<const W: usize> Peer<W> for Heed {
    const NAME: &'static str = "heed";
    type Writer = HeedEnd<W>;
    type Reader = HeedEnd<W>;

    fn writer(place: &Place) -> HeedEnd<W> {
        let mut end = HeedEnd::open(place);
        end.publish_all(0, &values());
        end
    }

    fn reader(place: &Place) -> HeedEnd<W> {
        HeedEnd::open(place)
    }
}

impl<const W: usize> Write<W> for HeedEnd<W> {
    fn publish(&mut self, words: &[u64; W]) {
        let bytes = bytes_of(black_box(words));
        // A reader that lost its processor keeps every page since its transaction from being
        // used again: the map may be full until it goes on.
        loop {
            let mut transaction = self.env.write_txn().unwrap();
            let put = self.database.put(&mut transaction, "value", bytes);
            match put.and_then(|()| transaction.commit()) {
                Ok(()) => return,
                Err(heed::Error::Mdb(heed::MdbError::MapFull)) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[inline]
    fn publish_all(&mut self, turn: usize, values: &Values<W>) {
        self.publish(&values[turn]);
    }
}

impl<const W: usize> Read<W> for HeedEnd<W> {
    #[inline]
    fn read(&mut self) -> bool {
        let transaction = self.env.read_txn().unwrap();
        let bytes = self.database.get(&transaction, "value").unwrap().unwrap();
        let value = black_box(&mut *self.value);
        // SAFETY: both sides have this size, and any bytes are words.
        unsafe {
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), value.as_mut_ptr().cast(), W * 8);
        };
        black_box(value);
        true
    }

    fn value(&mut self) -> Option<Box<[u64; W]>> {
        self.read().then(|| self.value.clone())
    }
}

fn bytes_of(words: &[u64]) -> &[u8] {
    // SAFETY: words are initialised bytes, aligned more strictly.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}
