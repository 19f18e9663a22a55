//! `cargo bench -p commy-peers --bench growable_lists`: what a list that grows costs, beside a `Vec` in
//! private memory and beside LMDB with the index as key.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark")]
#![allow(unsafe_code, reason = "heed opens by an unsafe function")]

use core::hint::black_box;
use core::time::Duration;

use commy::{create_reader, create_writer};
use commy_peers::background::{FRONT, pin};
use commy_peers::place::Place;
use commy_peers::report;
use criterion::Criterion;
use heed::byteorder::NativeEndian;
use heed::types::U64;
use heed::{Database, Env, EnvFlags, EnvOpenOptions, IntegerComparator};

type List<T> = Vec<T>;

#[create_writer(filename = "list.bin", growable)]
#[create_reader(filename = "list.bin", growable)]
struct Listed {
    numbers: List<u64>,
}

type Numbers = Database<U64<NativeEndian>, U64<NativeEndian>, IntegerComparator>;

fn main() {
    pin(FRONT);
    let mut criterion = Criterion::default()
        .output_directory(&report::directory().join("growable_lists"))
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(30)
        .nresamples(2000)
        .configure_from_args();
    for (size, len) in [("100 000", 100_000), ("1 000 000", 1_000_000)] {
        let stage = Stage::new(len);
        reads(&mut criterion, size, &stage);
        writes(&mut criterion, size, stage);
    }
    criterion.final_summary();
}

/// The same numbers in all three.
struct Stage {
    place: Place,
    len: u64,
    writer: ListedWriter,
    env: Env,
    numbers: Numbers,
    private: Vec<u64>,
}

/// An index after the other, in no order.
fn next(index: &mut u64, len: u64) -> u64 {
    *index = (*index + 618_033) % len;
    *index
}

impl Stage {
    fn new(len: u64) -> Self {
        let place = Place::new();
        let private: Vec<u64> = (0..len).map(|number| number * 3).collect();
        let mut writer = ListedWriter::create_at(place.path("list")).unwrap();
        writer.set_numbers(&private).unwrap();
        let (env, numbers) = heed(&place);
        let mut transaction = env.write_txn().unwrap();
        for (index, number) in private.iter().enumerate() {
            numbers.put(&mut transaction, &(index as u64), number).unwrap();
        }
        transaction.commit().unwrap();
        Self { place, len, writer, env, numbers, private }
    }
}

fn heed(place: &Place) -> (Env, Numbers) {
    let path = place.path("heed");
    std::fs::create_dir_all(&path).unwrap();
    let mut options = EnvOpenOptions::new();
    options.map_size(1 << 30).max_dbs(1);
    // SAFETY: the flags give up durability, which tmpfs has none of.
    unsafe { options.flags(EnvFlags::WRITE_MAP | EnvFlags::NO_SYNC | EnvFlags::NO_META_SYNC) };
    // SAFETY: only this process touches the files, through LMDB.
    let env = unsafe { options.open(&path) }.unwrap();
    let mut transaction = env.write_txn().unwrap();
    let numbers = env
        .database_options()
        .types::<U64<NativeEndian>, U64<NativeEndian>>()
        .key_comparator::<IntegerComparator>()
        .name("numbers")
        .create(&mut transaction)
        .unwrap();
    transaction.commit().unwrap();
    (env, numbers)
}

fn reads(criterion: &mut Criterion, size: &str, stage: &Stage) {
    let Stage { place, len, env, numbers, private, .. } = stage;
    let reader = ListedReader::open_at(place.path("list")).unwrap();
    let view = reader.pin().unwrap();
    let snapshot = env.read_txn().unwrap();

    let mut group = criterion.benchmark_group(format!("get one of {size}"));
    let mut index = 0;
    group.bench_function("commy, reader", |bencher| {
        bencher.iter(|| reader.numbers().get(next(&mut index, *len) as usize).unwrap().unwrap());
    });
    group.bench_function("commy, view", |bencher| {
        bencher.iter(|| view.numbers().get(next(&mut index, *len) as usize).unwrap().unwrap());
    });
    group.bench_function("heed, one transaction", |bencher| {
        bencher.iter(|| numbers.get(&snapshot, &next(&mut index, *len)).unwrap().unwrap());
    });
    group.bench_function("std", |bencher| {
        bencher.iter(|| black_box(private)[next(&mut index, *len) as usize]);
    });
    group.finish();

    let mut group = criterion.benchmark_group(format!("range of 100 of {size}"));
    group.bench_function("commy, view", |bencher| {
        bencher.iter(|| {
            let start = next(&mut index, *len - 100) as usize;
            view.numbers().range(start..start + 100).map(Result::unwrap).sum::<u64>()
        });
    });
    let mut copy = Vec::new();
    group.bench_function("commy, load_range", |bencher| {
        bencher.iter(|| {
            let start = next(&mut index, *len - 100) as usize;
            copy.clear();
            reader.numbers().load_range(start..start + 100, &mut copy).unwrap();
            copy.iter().sum::<u64>()
        });
    });
    group.bench_function("heed", |bencher| {
        bencher.iter(|| {
            let start = next(&mut index, *len - 100);
            let range = numbers.range(&snapshot, &(start..start + 100)).unwrap();
            range.map(|entry| entry.unwrap().1).sum::<u64>()
        });
    });
    group.bench_function("std", |bencher| {
        bencher.iter(|| {
            let start = next(&mut index, *len - 100) as usize;
            black_box(private)[start..start + 100].iter().sum::<u64>()
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group(format!("iterate over {size}"));
    group.bench_function("commy, view", |bencher| {
        bencher.iter(|| view.numbers().iter().map(Result::unwrap).sum::<u64>());
    });
    group.bench_function("commy, load_into", |bencher| {
        bencher.iter(|| {
            view.numbers().load_into(&mut copy).unwrap();
            copy.iter().sum::<u64>()
        });
    });
    group.bench_function("heed", |bencher| {
        bencher
            .iter(|| numbers.iter(&snapshot).unwrap().map(|entry| entry.unwrap().1).sum::<u64>());
    });
    group.bench_function("std", |bencher| bencher.iter(|| black_box(private).iter().sum::<u64>()));
    group.finish();
}

fn writes(criterion: &mut Criterion, size: &str, stage: Stage) {
    let Stage { place, len, mut writer, env, numbers, mut private } = stage;
    let (mut index, mut value) = (0, 0);
    let mut group = criterion.benchmark_group(format!("set one of {size}, and commit"));
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            value += 1;
            writer.numbers_mut().set(next(&mut index, len) as usize, value).unwrap();
        });
    });
    group.bench_function("heed", |bencher| {
        bencher.iter(|| {
            value += 1;
            let mut transaction = env.write_txn().unwrap();
            numbers.put(&mut transaction, &next(&mut index, len), &value).unwrap();
            transaction.commit().unwrap();
        });
    });
    group.bench_function("std", |bencher| {
        bencher.iter(|| {
            value += 1;
            black_box(&mut private)[next(&mut index, len) as usize] = value;
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group(format!("set 1000 of {size}, and commit"));
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            writer
                .transaction(|tx| {
                    for _ in 0..1000 {
                        value += 1;
                        tx.numbers_mut().set(next(&mut index, len) as usize, value)?;
                    }
                    Ok(())
                })
                .unwrap();
        });
    });
    group.bench_function("heed", |bencher| {
        bencher.iter(|| {
            let mut transaction = env.write_txn().unwrap();
            for _ in 0..1000 {
                value += 1;
                numbers.put(&mut transaction, &next(&mut index, len), &value).unwrap();
            }
            transaction.commit().unwrap();
        });
    });
    group.finish();

    let mut pushed = len;
    let mut group = criterion.benchmark_group(format!("push to {size}, and commit"));
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            value += 1;
            writer.numbers_mut().push(value).unwrap();
        });
    });
    group.bench_function("heed", |bencher| {
        bencher.iter(|| {
            pushed += 1;
            let mut transaction = env.write_txn().unwrap();
            numbers
                .put_with_flags(&mut transaction, heed::PutFlags::APPEND, &pushed, &value)
                .unwrap();
            transaction.commit().unwrap();
        });
    });
    group.bench_function("std", |bencher| {
        bencher.iter(|| {
            value += 1;
            black_box(&mut private).push(value);
        });
    });
    group.finish();

    let all: Vec<u64> = (0..len).collect();
    let mut group = criterion.benchmark_group(format!("push {size} in one transaction"));
    group.sample_size(10);
    let path = place.path("filled");
    group.bench_function("commy, push", |bencher| {
        let mut writer = ListedWriter::create_at(&path).unwrap();
        bencher.iter(|| {
            writer
                .transaction(|tx| {
                    tx.numbers_mut().clear()?;
                    let mut numbers = tx.numbers_mut();
                    all.iter().try_for_each(|number| numbers.push(*number))
                })
                .unwrap();
        });
    });
    group.bench_function("commy, extend", |bencher| {
        let mut writer = ListedWriter::create_at(&path).unwrap();
        bencher.iter(|| {
            writer
                .transaction(|tx| {
                    tx.numbers_mut().clear()?;
                    tx.numbers_mut().extend(all.iter().copied())
                })
                .unwrap();
        });
    });
    group.bench_function("commy, assign", |bencher| {
        let mut writer = ListedWriter::create_at(&path).unwrap();
        bencher.iter(|| writer.set_numbers(&all).unwrap());
    });
    group.bench_function("heed, append", |bencher| {
        bencher.iter(|| {
            let mut transaction = env.write_txn().unwrap();
            numbers.clear(&mut transaction).unwrap();
            for number in &all {
                numbers
                    .put_with_flags(&mut transaction, heed::PutFlags::APPEND, number, number)
                    .unwrap();
            }
            transaction.commit().unwrap();
        });
    });
    group.bench_function("std", |bencher| {
        bencher.iter(|| {
            let mut numbers = Vec::new();
            all.iter().for_each(|number| numbers.push(black_box(*number)));
            numbers
        });
    });
    group.finish();
}
