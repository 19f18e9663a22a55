//! `cargo bench -p commy-peers --bench growable_hashes`: what hash maps and queues that grow cost,
//! beside those of std in private memory; the map beside LMDB as well.
//!
//! Keys come in no order. Texts are 16 letters.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark")]
#![allow(unsafe_code, reason = "heed opens by an unsafe function")]

use core::hint::black_box;
use core::time::Duration;
use std::collections::{HashMap, VecDeque};

use commy::{create_reader, create_writer};
use commy_peers::background::{FRONT, pin};
use commy_peers::place::Place;
use commy_peers::report;
use criterion::Criterion;
use heed::byteorder::NativeEndian;
use heed::types::{Bytes, Str, U64};
use heed::{Env, EnvFlags, EnvOpenOptions, IntegerComparator};

const LEN: usize = 100_000;

type Value = [u8; 48];

#[create_writer(filename = "hashes.bin", growable)]
#[create_reader(filename = "hashes.bin", growable)]
struct Hashed {
    numbers: HashMap<u64, u64>,
    texts: HashMap<String, Value>,
    queue: VecDeque<u64>,
}

fn main() {
    pin(FRONT);
    let mut criterion = Criterion::default()
        .output_directory(&report::directory().join("growable_hashes"))
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(20)
        .nresamples(2000)
        .configure_from_args();
    let place = Place::new();
    let mut writer = HashedWriter::create_at(place.path("commy")).unwrap();
    let env = heed(&place);
    numbers(&mut criterion, &mut writer, &place, &env);
    texts(&mut criterion, &mut writer, &place, &env);
    queue(&mut criterion, &mut writer);
    criterion.final_summary();
}

fn heed(place: &Place) -> Env {
    let path = place.path("heed");
    std::fs::create_dir_all(&path).unwrap();
    let mut options = EnvOpenOptions::new();
    options.map_size(1 << 30).max_dbs(2);
    // SAFETY: the flags give up durability, which tmpfs has none of.
    unsafe { options.flags(EnvFlags::WRITE_MAP | EnvFlags::NO_SYNC | EnvFlags::NO_META_SYNC) };
    // SAFETY: only this process touches the files, through LMDB.
    unsafe { options.open(path) }.unwrap()
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn letters(&mut self) -> String {
        (0..16).map(|_| char::from(b'a' + (self.next() % 26) as u8)).collect()
    }
}

/// One key after the other, in no order.
fn next<'k, K>(index: &mut usize, keys: &'k [K]) -> &'k K {
    *index = (*index + 61_803) % keys.len();
    &keys[*index]
}

fn numbers(criterion: &mut Criterion, writer: &mut HashedWriter, place: &Place, env: &Env) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let keys: Vec<u64> = (0..LEN).map(|_| random.next()).collect();
    let mut transaction = env.write_txn().unwrap();
    let table = env
        .database_options()
        .types::<U64<NativeEndian>, U64<NativeEndian>>()
        .key_comparator::<IntegerComparator>()
        .name("numbers")
        .create(&mut transaction)
        .unwrap();
    transaction.commit().unwrap();
    let mut private = HashMap::new();

    let mut group =
        criterion.benchmark_group(format!("hash, u64: insert {LEN} in one transaction"));
    group.sample_size(10);
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            let fill = |tx: &mut HashedTransaction<'_>| {
                tx.numbers_mut().clear()?;
                let mut map = tx.numbers_mut();
                keys.iter().try_for_each(|key| map.insert(*key, 1))
            };
            writer.transaction(fill).unwrap();
        });
    });
    group.bench_function("heed", |bencher| {
        bencher.iter(|| {
            let mut transaction = env.write_txn().unwrap();
            table.clear(&mut transaction).unwrap();
            keys.iter().for_each(|key| table.put(&mut transaction, key, &1).unwrap());
            transaction.commit().unwrap();
        });
    });
    group.bench_function("std", |bencher| {
        bencher.iter(|| {
            private = HashMap::new();
            private.extend(keys.iter().map(|key| (*key, 1)));
        });
    });
    group.finish();

    let reader = HashedReader::open_at(place.path("commy")).unwrap();
    let view = reader.pin().unwrap();
    let snapshot = env.read_txn().unwrap();
    let mut index = 0;
    let mut group = criterion.benchmark_group(format!("hash, u64: get one of {LEN}"));
    group.bench_function("commy, reader", |bencher| {
        bencher.iter(|| reader.numbers().get(*next(&mut index, &keys)).unwrap().unwrap());
    });
    group.bench_function("commy, view", |bencher| {
        bencher.iter(|| view.numbers().get(*next(&mut index, &keys)).unwrap().unwrap());
    });
    group.bench_function("heed, one transaction", |bencher| {
        bencher.iter(|| table.get(&snapshot, next(&mut index, &keys)).unwrap().unwrap());
    });
    group.bench_function("std", |bencher| {
        bencher.iter(|| black_box(&private)[next(&mut index, &keys)]);
    });
    group.finish();
    let mut group = criterion.benchmark_group(format!("hash, u64: iterate over {LEN}"));
    group.bench_function("commy, iter", |bencher| {
        bencher.iter(|| view.numbers().iter().map(|entry| entry.unwrap().1).sum::<u64>());
    });
    group.bench_function("commy, for_each", |bencher| {
        bencher.iter(|| {
            let mut sum = 0_u64;
            view.numbers().for_each(|_, value| sum += value).unwrap();
            sum
        });
    });
    group.bench_function("std", |bencher| bencher.iter(|| private.values().sum::<u64>()));
    group.finish();
    drop(snapshot);
    drop(view);

    for (size, count) in [("one", 1), ("1000", 1000)] {
        let mut group =
            criterion.benchmark_group(format!("hash, u64: update {size} of {LEN}, and commit"));
        group.bench_function("commy", |bencher| {
            bencher.iter(|| {
                let change = |tx: &mut HashedTransaction<'_>| {
                    let mut map = tx.numbers_mut();
                    (0..count).try_for_each(|n| map.insert(*next(&mut index, &keys), n))
                };
                writer.transaction(change).unwrap();
            });
        });
        group.bench_function("heed", |bencher| {
            bencher.iter(|| {
                let mut transaction = env.write_txn().unwrap();
                (0..count).for_each(|n| {
                    table.put(&mut transaction, next(&mut index, &keys), &n).unwrap();
                });
                transaction.commit().unwrap();
            });
        });
        group.bench_function("std", |bencher| {
            bencher.iter(|| {
                (0..count).for_each(|n| _ = private.insert(*next(&mut index, &keys), n));
            });
        });
        group.finish();
    }
}

fn texts(criterion: &mut Criterion, writer: &mut HashedWriter, place: &Place, env: &Env) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let keys: Vec<String> = (0..LEN).map(|_| random.letters()).collect();
    let value = |number: u64| -> Value { [number as u8; 48] };
    let mut transaction = env.write_txn().unwrap();
    let table = env.database_options().types::<Str, Bytes>().name("texts").create(&mut transaction);
    let table = table.unwrap();
    keys.iter().for_each(|key| table.put(&mut transaction, key, &value(1)).unwrap());
    transaction.commit().unwrap();
    let private: HashMap<String, Value> = keys.iter().map(|key| (key.clone(), value(1))).collect();

    let mut group =
        criterion.benchmark_group(format!("hash, 16 letters: insert {LEN} in one transaction"));
    group.sample_size(10);
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            let fill = |tx: &mut HashedTransaction<'_>| {
                tx.texts_mut().clear()?;
                let mut map = tx.texts_mut();
                keys.iter().try_for_each(|key| map.insert(key, value(1)))
            };
            writer.transaction(fill).unwrap();
        });
    });
    group.bench_function("std", |bencher| {
        bencher.iter(|| {
            let all: HashMap<_, _> = keys.iter().map(|key| (key.clone(), value(1))).collect();
            all.len()
        });
    });
    group.finish();

    let reader = HashedReader::open_at(place.path("commy")).unwrap();
    let view = reader.pin().unwrap();
    let snapshot = env.read_txn().unwrap();
    let mut index = 0;
    let mut group = criterion.benchmark_group(format!("hash, 16 letters: get one of {LEN}"));
    group.bench_function("commy, reader", |bencher| {
        bencher.iter(|| reader.texts().get(next::<String>(&mut index, &keys)).unwrap().unwrap()[7]);
    });
    group.bench_function("commy, view", |bencher| {
        bencher.iter(|| view.texts().get(next::<String>(&mut index, &keys)).unwrap().unwrap()[7]);
    });
    group.bench_function("heed, one transaction", |bencher| {
        bencher
            .iter(|| table.get(&snapshot, next::<String>(&mut index, &keys)).unwrap().unwrap()[7]);
    });
    group.bench_function("std", |bencher| {
        bencher.iter(|| black_box(&private)[next(&mut index, &keys)][7]);
    });
    group.finish();
}

/// A queue of always as many.
fn queue(criterion: &mut Criterion, writer: &mut HashedWriter) {
    writer.queue_mut().extend(0..LEN as u64).unwrap();
    let mut private: VecDeque<u64> = (0..LEN as u64).collect();
    for (size, count) in [("one", 1), ("1000", 1000)] {
        let mut group =
            criterion.benchmark_group(format!("queue of {LEN}: push and pop {size}, and commit"));
        group.bench_function("commy", |bencher| {
            bencher.iter(|| {
                let turn = |tx: &mut HashedTransaction<'_>| {
                    let mut queue = tx.queue_mut();
                    (0..count).try_for_each(|number| {
                        queue.push_back(number)?;
                        queue.pop_front().map(drop)
                    })
                };
                writer.transaction(turn).unwrap();
            });
        });
        group.bench_function("std", |bencher| {
            bencher.iter(|| {
                for number in 0..count {
                    private.push_back(number);
                    black_box(private.pop_front());
                }
            });
        });
        group.finish();
    }
}
