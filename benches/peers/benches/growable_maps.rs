//! `cargo bench -p commy-peers --bench growable_maps`: what maps that grow cost, beside those of std in
//! private memory, LMDB and redb.
//!
//! Keys come in no order. Texts are 16 letters, alone or behind an address that all have in common.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark")]
#![allow(unsafe_code, reason = "heed opens by an unsafe function")]

use core::hint::black_box;
use core::ops::Bound;
use core::time::Duration;
use std::collections::BTreeMap;
use std::path::Path;

use commy::{create_reader, create_writer};
use commy_peers::background::{FRONT, pin};
use commy_peers::place::Place;
use commy_peers::report;
use criterion::Criterion;
use heed::byteorder::NativeEndian;
use heed::types::{Bytes, Str, U64};
use heed::{Env, EnvFlags, EnvOpenOptions};
use redb::{ReadableDatabase, ReadableTable};

const LEN: usize = 100_000;
const PREFIX: &str = "https://example.com/";

type Value = [u8; 48];

fn main() {
    pin(FRONT);
    let mut criterion = Criterion::default()
        .output_directory(&report::directory().join("growable_maps"))
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(20)
        .nresamples(2000)
        .configure_from_args();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let numbers = (0..LEN as u64).map(|_| random.next()).collect();
    ordered_numbers::measure(&mut criterion, "ordered, u64", numbers);
    let names: Vec<String> = (0..LEN).map(|_| random.letters()).collect();
    let addresses = names.iter().map(|name| format!("{PREFIX}{name}")).collect();
    ordered_texts::measure(&mut criterion, "ordered, 16 letters", names);
    ordered_texts::measure(&mut criterion, "ordered, 16 letters behind https", addresses);
    criterion.final_summary();
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

fn heed(path: &Path) -> Env {
    std::fs::create_dir_all(path).unwrap();
    let mut options = EnvOpenOptions::new();
    options.map_size(1 << 30).max_dbs(2);
    // SAFETY: the flags give up durability, which tmpfs has none of.
    unsafe { options.flags(EnvFlags::WRITE_MAP | EnvFlags::NO_SYNC | EnvFlags::NO_META_SYNC) };
    // SAFETY: only this process touches the files, through LMDB.
    unsafe { options.open(path) }.unwrap()
}

/// A map of these types in all of them.
macro_rules! maps {
    (
        $name:ident: $Map:ident<$K:ty, $V:ty>, by $key:expr, $value:expr, $sum:expr, $make:expr;
        heed $HeedKey:ty, $HeedValue:ty, $heed_key:expr, $heed_value:expr,
        $heed_sum:expr, $($comparator:ident)?;
        redb $RedbKey:ty, $RedbValue:ty, $redb_key:expr, $redb_value:expr, $redb_sum:expr;
    ) => {
        mod $name {
            use super::*;

            type Map = $Map<$K, $V>;
            type Table = heed::Database<$HeedKey, $HeedValue $(, heed::$comparator)?>;

            const REDB: redb::TableDefinition<'_, $RedbKey, $RedbValue> =
                redb::TableDefinition::new("map");

            #[create_writer(filename = "map.bin", growable)]
            #[create_reader(filename = "map.bin", growable)]
            struct Mapped {
                map: Map,
            }

            fn table(env: &Env) -> Table {
                let mut transaction = env.write_txn().unwrap();
                let options = env.database_options().types::<$HeedKey, $HeedValue>();
                $(let options = options.key_comparator::<heed::$comparator>();)?
                let mut options = options;
                let table = options.name("map").create(&mut transaction).unwrap();
                transaction.commit().unwrap();
                table
            }

            fn redb(path: &Path) -> redb::Database {
                let database = redb::Database::create(path).unwrap();
                let transaction = write_redb(&database);
                transaction.open_table(REDB).unwrap();
                transaction.commit().unwrap();
                database
            }

            fn write_redb(database: &redb::Database) -> redb::WriteTransaction {
                let mut transaction = database.begin_write().unwrap();
                transaction.set_durability(redb::Durability::None).unwrap();
                transaction
            }

            pub(super) fn measure(criterion: &mut Criterion, title: &str, keys: Vec<$K>) {
                let place = Place::new();
                let key = $key;
                let value = $value;
                let sum = $sum;
                let make = $make;
                let (heed_key, heed_value, heed_sum) = ($heed_key, $heed_value, $heed_sum);
                let (redb_key, redb_value, redb_sum) = ($redb_key, $redb_value, $redb_sum);

                let mut group =
                    criterion.benchmark_group(format!("{title}: insert {LEN} in one transaction"));
                group.sample_size(10);
                let env = super::heed(&place.path("heed"));
                let table = table(&env);
                let database = redb(&place.path("redb"));
                let mut writer = MappedWriter::create_at(place.path("commy")).unwrap();
                let mut private = Map::new();
                let insert_all = |writer: &mut MappedWriter| {
                    writer
                        .transaction(|tx| {
                            tx.map_mut().clear()?;
                            let mut map = tx.map_mut();
                            (keys.iter().enumerate())
                                .try_for_each(|(n, k)| map.insert(key(k), value(&make(n))))
                        })
                        .unwrap();
                };
                insert_all(&mut writer);
                group.bench_function("commy", |bencher| bencher.iter(|| insert_all(&mut writer)));
                let mut insert_all = || {
                    let mut transaction = env.write_txn().unwrap();
                    table.clear(&mut transaction).unwrap();
                    for (n, k) in keys.iter().enumerate() {
                        table.put(&mut transaction, heed_key(k), heed_value(&make(n))).unwrap();
                    }
                    transaction.commit().unwrap();
                };
                insert_all();
                group.bench_function("heed", |bencher| bencher.iter(&mut insert_all));
                let mut insert_all = || {
                    let transaction = write_redb(&database);
                    transaction.delete_table(REDB).unwrap();
                    let mut table = transaction.open_table(REDB).unwrap();
                    for (n, k) in keys.iter().enumerate() {
                        table.insert(redb_key(k), redb_value(&make(n))).unwrap();
                    }
                    drop(table);
                    transaction.commit().unwrap();
                };
                insert_all();
                group.bench_function("redb", |bencher| bencher.iter(&mut insert_all));
                let mut insert_all = || {
                    private.clear();
                    private.extend(keys.iter().enumerate().map(|(n, k)| (k.clone(), make(n))));
                };
                insert_all();
                group.bench_function("std", |bencher| bencher.iter(&mut insert_all));
                group.finish();

                let reader = MappedReader::open_at(place.path("commy")).unwrap();
                let view = reader.pin().unwrap();
                let snapshot = env.read_txn().unwrap();
                let redb_snapshot = database.begin_read().unwrap();
                let redb_table = redb_snapshot.open_table(REDB).unwrap();
                let mut index = 0;

                let mut group = criterion.benchmark_group(format!("{title}: get one of {LEN}"));
                group.bench_function("commy, reader", |bencher| {
                    bencher.iter(|| reader.map().get(key(next(&mut index, &keys))).unwrap().unwrap());
                });
                group.bench_function("commy, view", |bencher| {
                    bencher.iter(|| view.map().get(key(next(&mut index, &keys))).unwrap().unwrap());
                });
                group.bench_function("heed, one transaction", |bencher| {
                    bencher.iter(|| {
                        let found = table.get(&snapshot, heed_key(next(&mut index, &keys)));
                        heed_sum(found.unwrap().unwrap())
                    });
                });
                group.bench_function("redb, one transaction", |bencher| {
                    bencher.iter(|| {
                        let found = redb_table.get(redb_key(next(&mut index, &keys)));
                        redb_sum(found.unwrap().unwrap().value())
                    });
                });
                group.bench_function("std", |bencher| {
                    bencher.iter(|| sum(&black_box(&private)[next(&mut index, &keys)]));
                });
                group.finish();

                let mut group = criterion.benchmark_group(format!("{title}: range of 100 of {LEN}"));
                group.bench_function("commy, range", |bencher| {
                    bencher.iter(|| {
                        let start = key(next(&mut index, &keys));
                        let range = view.map().range((Bound::Included(start), Bound::Unbounded));
                        range.take(100).map(|entry| sum(&entry.unwrap().1)).sum::<u64>()
                    });
                });
                group.bench_function("heed", |bencher| {
                    bencher.iter(|| {
                        let start = heed_key(next(&mut index, &keys));
                        let range = (Bound::Included(start), Bound::Unbounded);
                        let range = table.range(&snapshot, &range).unwrap();
                        range.take(100).map(|entry| heed_sum(entry.unwrap().1)).sum::<u64>()
                    });
                });
                group.bench_function("redb", |bencher| {
                    bencher.iter(|| {
                        let start = redb_key(next(&mut index, &keys));
                        let range = redb_table.range(start..).unwrap();
                        range.take(100).map(|entry| redb_sum(entry.unwrap().1.value())).sum::<u64>()
                    });
                });
                group.bench_function("std", |bencher| {
                    bencher.iter(|| {
                        let range = private.range::<$K, _>(next(&mut index, &keys)..);
                        range.take(100).map(|(_, value)| sum(value)).sum::<u64>()
                    });
                });
                group.finish();

                let mut group = criterion.benchmark_group(format!("{title}: iterate over {LEN}"));
                group.bench_function("commy, iter", |bencher| {
                    bencher.iter(|| {
                        view.map().iter().map(|entry| sum(&entry.unwrap().1)).sum::<u64>()
                    });
                });
                group.bench_function("commy, for_each", |bencher| {
                    bencher.iter(|| {
                        let mut all = 0_u64;
                        view.map().for_each(|_, value| all = all.wrapping_add(sum(&value))).unwrap();
                        all
                    });
                });
                group.bench_function("heed", |bencher| {
                    bencher.iter(|| {
                        let entries = table.iter(&snapshot).unwrap();
                        entries.map(|entry| heed_sum(entry.unwrap().1)).sum::<u64>()
                    });
                });
                group.bench_function("redb", |bencher| {
                    bencher.iter(|| {
                        let entries = redb_table.iter().unwrap();
                        entries.map(|entry| redb_sum(entry.unwrap().1.value())).sum::<u64>()
                    });
                });
                group.bench_function("std", |bencher| {
                    bencher.iter(|| black_box(&private).values().map(sum).sum::<u64>());
                });
                group.finish();
                drop((redb_table, redb_snapshot, snapshot, view));

                for (size, count) in [("one", 1), ("1000", 1000)] {
                    let mut serial = 0;
                    let group_title = format!("{title}: update {size} of {LEN}, and commit");
                    let mut group = criterion.benchmark_group(group_title);
                    group.bench_function("commy", |bencher| {
                        bencher.iter(|| {
                            writer
                                .transaction(|tx| {
                                    let mut map = tx.map_mut();
                                    for _ in 0..count {
                                        serial += 1;
                                        let k = next(&mut index, &keys);
                                        map.insert(key(k), value(&make(serial)))?;
                                    }
                                    Ok(())
                                })
                                .unwrap();
                        });
                    });
                    group.bench_function("heed", |bencher| {
                        bencher.iter(|| {
                            let mut transaction = env.write_txn().unwrap();
                            for _ in 0..count {
                                serial += 1;
                                let k = heed_key(next(&mut index, &keys));
                                let value = make(serial);
                                table.put(&mut transaction, k, heed_value(&value)).unwrap();
                            }
                            transaction.commit().unwrap();
                        });
                    });
                    group.bench_function("redb", |bencher| {
                        bencher.iter(|| {
                            let transaction = write_redb(&database);
                            let mut table = transaction.open_table(REDB).unwrap();
                            for _ in 0..count {
                                serial += 1;
                                let k = redb_key(next(&mut index, &keys));
                                table.insert(k, redb_value(&make(serial))).unwrap();
                            }
                            drop(table);
                            transaction.commit().unwrap();
                        });
                    });
                    group.bench_function("std", |bencher| {
                        bencher.iter(|| {
                            for _ in 0..count {
                                serial += 1;
                                let k = next(&mut index, &keys).clone();
                                private.insert(k, make(serial));
                            }
                        });
                    });
                    group.finish();
                }
            }
        }
    };
}

maps! {
    ordered_numbers: BTreeMap<u64, u64>, by
        |k: &u64| *k, |v: &u64| *v, |v: &u64| *v & 0xff, |n: usize| n as u64;
    heed U64<NativeEndian>, U64<NativeEndian>, itself, itself, |v: u64| v & 0xff, IntegerComparator;
    redb u64, u64, |k: &u64| *k, |v: &u64| *v, |v: u64| v & 0xff;
}

maps! {
    ordered_texts: BTreeMap<String, Value>, by
        text, |v: &Value| *v, |v: &Value| u64::from(v[7]), |n: usize| [n as u8; 48];
    heed Str, Bytes, text, bytes, |v: &[u8]| u64::from(v[7]), ;
    redb &'static str, &'static [u8], text, bytes, |v: &[u8]| u64::from(v[7]);
}

fn itself(number: &u64) -> &u64 {
    number
}

fn text(text: &String) -> &str {
    text
}

fn bytes(value: &Value) -> &[u8] {
    value
}
