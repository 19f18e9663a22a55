//! `cargo bench -p commy-peers --bench growable`: what records that grow cost, beside LMDB, beside
//! records of fixed size, and beside a copy of the same bytes.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark, which prints its table"
)]
#![allow(unsafe_code, reason = "heed opens, and memmap2 maps, by unsafe functions")]

use core::hint::black_box;
use core::time::Duration;
use std::fs::File;
use std::time::Instant;

use commy::{create_reader, create_writer};
use commy_peers::background::{FRONT, pin};
use commy_peers::payload::text;
use commy_peers::place::Place;
use commy_peers::report;
use criterion::Criterion;
use heed::types::Str;
use heed::{Database, Env, EnvFlags, EnvOpenOptions};
use memmap2::MmapMut;

#[create_writer(filename = "note.bin", growable)]
#[create_reader(filename = "note.bin", growable)]
struct Note {
    serial: u64,
    text: String,
    #[commy(bytes)]
    frame: Vec<u8>,
}

#[create_writer(filename = "fixed.bin")]
#[create_reader(filename = "fixed.bin")]
struct Fixed {
    serial: u64,
    other: [u64; 4],
}

/// What a camera makes of two megapixels: three bytes for each.
const FRAME: usize = 6_000_000;
/// Measured one by one, in turn.
const FRAME_ROUNDS: usize = 200;

fn main() {
    pin(FRONT);
    let mut criterion = Criterion::default()
        .output_directory(&report::directory().join("growable"))
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(30)
        .nresamples(2000)
        .configure_from_args();
    for (size, len) in [("16 B", 16), ("1 KiB", 1 << 10), ("1 MiB", 1 << 20)] {
        texts(&mut criterion, size, len);
    }
    plain(&mut criterion);
    push(&mut criterion);
    pins(&mut criterion);
    criterion.final_summary();
    frames();
}

fn pair(place: &Place) -> (NoteWriter, NoteReader) {
    let path = place.path("note");
    let mut writer = NoteWriter::create_at(&path).unwrap();
    writer.set_serial(1).unwrap();
    (writer, NoteReader::open_at(&path).unwrap())
}

/// A text under one key: as with commy, each set is one commit, and each get makes a `String` of what
/// it has checked to be text.
fn texts(criterion: &mut Criterion, size: &str, len: usize) {
    let place = Place::new();
    let (mut writer, reader) = pair(&place);
    let (env, database) = heed(&place);
    let (one, two) = (text(len), text(len).to_uppercase());
    let mut turn = false;
    let mut group = criterion.benchmark_group(format!("set a text of {size}"));
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            turn = !turn;
            writer.set_text(black_box(if turn { &one } else { &two })).unwrap();
        });
    });
    group.bench_function("heed", |bencher| {
        bencher.iter(|| {
            turn = !turn;
            let text = black_box(if turn { &one } else { &two });
            let mut transaction = env.write_txn().unwrap();
            database.put(&mut transaction, "text", text).unwrap();
            transaction.commit().unwrap();
        });
    });
    group.finish();
    let mut group = criterion.benchmark_group(format!("get a text of {size}"));
    group.bench_function("commy", |bencher| bencher.iter(|| reader.text().unwrap()));
    group.bench_function("heed", |bencher| {
        bencher.iter(|| {
            let transaction = env.read_txn().unwrap();
            database.get(&transaction, "text").unwrap().unwrap().to_owned()
        });
    });
    group.finish();
}

fn heed(place: &Place) -> (Env, Database<Str, Str>) {
    let path = place.path("heed");
    std::fs::create_dir_all(&path).unwrap();
    let mut options = EnvOpenOptions::new();
    options.map_size(1 << 30).max_dbs(1);
    // SAFETY: the flags give up durability, which tmpfs has none of.
    unsafe { options.flags(EnvFlags::WRITE_MAP | EnvFlags::NO_SYNC | EnvFlags::NO_META_SYNC) };
    // SAFETY: only this process touches the files, through LMDB.
    let env = unsafe { options.open(&path) }.unwrap();
    let mut transaction = env.write_txn().unwrap();
    let database = env.create_database(&mut transaction, Some("latest")).unwrap();
    transaction.commit().unwrap();
    (env, database)
}

/// One number, beside that of a record of fixed size.
fn plain(criterion: &mut Criterion) {
    let place = Place::new();
    let (mut writer, reader) = pair(&place);
    let mut fixed = FixedWriter::create_at(place.path("fixed")).unwrap();
    fixed.set_serial(1);
    let fixed_reader = FixedReader::open_at(place.path("fixed")).unwrap();
    let mut serial = 0;
    let mut group = criterion.benchmark_group("set a u64");
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            serial += 1;
            writer.set_serial(black_box(serial)).unwrap();
        });
    });
    group.bench_function("fixed", |bencher| {
        bencher.iter(|| {
            serial += 1;
            fixed.set_serial(black_box(serial));
        });
    });
    group.finish();
    let mut group = criterion.benchmark_group("get a u64");
    group.bench_function("commy", |bencher| bencher.iter(|| reader.serial().unwrap()));
    group.bench_function("fixed", |bencher| bencher.iter(|| fixed_reader.serial().unwrap()));
    group.finish();
}

/// Text that grows to 64 KiB by pieces of 16 bytes, each published, and then begins anew.
fn push(criterion: &mut Criterion) {
    let place = Place::new();
    let (mut writer, _) = pair(&place);
    let piece = text(16);
    let mut pushed = 0_u32;
    criterion.benchmark_group("push 16 B of text").bench_function("commy", |bencher| {
        bencher.iter(|| {
            pushed += 1;
            if pushed.is_multiple_of(4096) {
                writer.set_text("").unwrap();
            }
            writer.text_mut().push_str(black_box(&piece)).unwrap();
        });
    });
}

fn pins(criterion: &mut Criterion) {
    let place = Place::new();
    let (_writer, reader) = pair(&place);
    criterion.benchmark_group("pin and let go").bench_function("commy", |bencher| {
        bencher.iter(|| drop(black_box(reader.pin().unwrap())));
    });
}

/// Frames from a buffer to a buffer, through the record and through as many other buffers as it
/// rotates through. Each round does all of it in turn, so that whatever else the machine does
/// meanwhile hits all alike.
fn frames() {
    let place = Place::new();
    let (mut writer, reader) = pair(&place);
    let mut frame = vec![7_u8; FRAME];
    let mut seen = vec![1_u8; FRAME];
    for round in 0..20 {
        frame[0] = round;
        writer.set_frame(&frame).unwrap();
    }
    let buffers = usize::try_from(writer.file().stats().file_len).unwrap() / FRAME;
    let mut private = vec![vec![1_u8; FRAME]; buffers];
    let mut mapped: Vec<MmapMut> = (0..buffers).map(|buffer| mapped(&place, buffer)).collect();
    let mut times = [const { Vec::new() }; 6];
    for round in 0..FRAME_ROUNDS {
        let buffer = round % buffers;
        frame[0] = round as u8;
        let mut time = |row: usize, copy: &mut dyn FnMut()| {
            let started = Instant::now();
            copy();
            times[row].push(started.elapsed());
        };
        time(0, &mut || writer.set_frame(black_box(&frame)).unwrap());
        time(3, &mut || {
            reader.frame().read_into(0, black_box(&mut seen)).unwrap();
        });
        assert_eq!(seen[0], frame[0]);
        time(1, &mut || mapped[buffer].copy_from_slice(black_box(&frame)));
        time(4, &mut || black_box(&mut seen).copy_from_slice(&mapped[buffer]));
        time(2, &mut || private[buffer].copy_from_slice(black_box(&frame)));
        time(5, &mut || black_box(&mut seen).copy_from_slice(&private[buffer]));
    }
    let medians = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e6
    });
    println!("\nA frame of 6 MB; {buffers} buffers; medians of {FRAME_ROUNDS} rounds\n");
    println!("| | commy | memcpy, mapped file | memcpy, private memory |\n|---|--:|--:|--:|");
    for (what, row) in ["set", "read"].iter().zip(medians.chunks(3)) {
        let beside = |peer: f64| format!("{peer:.0} us ({:.2}x)", row[0] / peer);
        println!("| {what} | {:.0} us | {} | {} |", row[0], beside(row[1]), beside(row[2]));
    }
}

/// A file of a frame beside the record, all of whose pages are there.
fn mapped(place: &Place, buffer: usize) -> MmapMut {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    let file = options.open(place.path(&format!("buffer {buffer}"))).unwrap();
    file.set_len(FRAME as u64).unwrap();
    // SAFETY: nobody else has the file.
    let mut mapped = unsafe { MmapMut::map_mut(&file) }.unwrap();
    mapped.fill(1);
    mapped
}
