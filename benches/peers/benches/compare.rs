//! `cargo bench -p commy-peers --bench compare`: every operation through every peer, once for each width
//! of registers that this machine has, the widest first.
//!
//! ```text
//! cargo bench -p commy-peers --bench compare                      all of it
//! cargo bench -p commy-peers --bench compare -- 'snapshot 8 KiB'  some rows, which are not kept
//! cargo bench ... -- --sample-size=10 --measurement-time=0.1      all of it, less exactly
//! COMMY_VECTORS=avx cargo bench -p commy-peers --bench compare    one width, `none` too
//! COMMY_BENCH_CORES=1,0 cargo bench ...                           other cores than the first two
//! RUSTFLAGS="--cfg commy_subetha" cargo bench --ignore-rust-version -p commy-peers --bench compare
//!                                                                 with a peer that asks for a newer rustc
//! ```
//!
//! Rows with nobody else at work are timed by the processor's time of the one thread, so that other work on
//! the machine disturbs less. Rows beside a reader or a writer, and opening, are timed by the clock on the
//! wall, because there it counts who sleeps until another is done.
//!
//! Only commy's copies are narrowed: a `memcpy`, and with it all peers, go on with what the processor
//! has. That favours them, and never commy.
//!
//! Each row names commy's call and what changes between two publishes: `commy_peers::rows` has all of
//! them, and what is not there is not measured.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark, which prints its table"
)]

use core::hint::black_box;
use core::time::Duration;
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use std::{env, fs, thread};

use commy::__private::{Vectors, vectors_in_use};
use commy::Mappable as _;
use commy_peers::background::{Background, Clock, FRONT, pin, timed};
use commy_peers::machine::Facts;
use commy_peers::payload::{
    Bytes1K, Bytes1M, Bytes6M, Bytes8, Bytes8K, Bytes8KWriter, Bytes40, Bytes64, Bytes64Reader,
    Bytes128, FrameWriter, LINES, LargeReader, LargeWriter, LongWriter, MediumReader, MediumWriter,
    Payload, REALISTIC_WORDS, ROWS, ROWS_MOST, Realistic, RealisticReader, RealisticWriter,
    SheetReader, SheetWriter, SmallReader, SmallWriter, fill, text,
};
#[cfg(commy_subetha)]
use commy_peers::peers::Subetha;
use commy_peers::peers::{
    Commy, Heed, Iceoryx2, Memcpy, MmapSync, MmapSyncChecked, MmapSyncInPlace, Peer, Read,
    ReadByValue, Ringfire, SharedMutex, Write, bare_open, boxed, values,
};
use commy_peers::place::Place;
use commy_peers::recorded::{Recorded, Run, leave};
use commy_peers::{report, rows};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};

const LIMIT: &str = "COMMY_VECTORS";

/// What the other core does while a snapshot is timed.
#[derive(Clone, Copy, PartialEq)]
enum Company {
    Nobody,
    Reader,
    Writer(Option<Duration>),
}

fn main() {
    let Some(limit) = env::var_os(LIMIT) else { return at_each_level() };
    let level = vectors_in_use();
    assert!(limit == level.name(), "{LIMIT} is {} here, not {}", level.name(), limit.display());
    // Some peers hand a mebibyte over by value.
    let bench = thread::Builder::new().stack_size(256 << 20).spawn(run);
    bench.unwrap().join().unwrap();
}

/// Starts this program once for each width of registers that there is.
fn at_each_level() {
    let widest = vectors_in_use();
    let none = [Vectors::None];
    let all = Vectors::ALL.into_iter().rev();
    let levels: Vec<_> = all.filter(|level| *level <= widest && *level != Vectors::None).collect();
    for level in if levels.is_empty() { none.as_slice() } else { &levels } {
        println!("\ncopies with {level}\n");
        let mut run = Command::new(env::current_exe().unwrap());
        let run = run.args(env::args_os().skip(1)).env(LIMIT, level.name());
        assert!(run.status().unwrap().success());
    }
}

/// All rows, at one level.
fn run() {
    pin(FRONT);
    let started = Instant::now();
    let mut facts = Facts::now();
    let arguments: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    // Settings leave no row out; they are told with the load.
    let is_whole = arguments.iter().all(|arg| arg.starts_with("--") && arg.contains('='));
    let directory = report::target().join("criterion").join(match is_whole {
        true => facts.vectors.clone(),
        false => format!("some-{}", facts.vectors),
    });
    if is_whole && directory.exists() {
        fs::remove_dir_all(&directory).unwrap();
    }
    let mut criterion = Criterion::default()
        .output_directory(&directory)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .sample_size(20)
        .nresamples(1000)
        .without_plots()
        .configure_from_args();
    size::<Bytes8, 1>(&mut criterion, "8 B");
    size::<Bytes40, 5>(&mut criterion, "40 B");
    size::<Bytes64, 8>(&mut criterion, "64 B");
    size::<Bytes128, 16>(&mut criterion, "128 B");
    size::<Bytes1K, 128>(&mut criterion, "1 KiB");
    size::<Bytes8K, 1024>(&mut criterion, "8 KiB");
    size::<Bytes1M, 131_072>(&mut criterion, "1 MiB");
    size::<Bytes6M, 750_000>(&mut criterion, "6 MB");
    by_value::<Bytes8, 1>(&mut criterion, "8 B");
    by_value::<Bytes40, 5>(&mut criterion, "40 B");
    by_value::<Bytes64, 8>(&mut criterion, "64 B");
    by_value::<Bytes128, 16>(&mut criterion, "128 B");
    ringfire::<1>(&mut criterion, "8 B");
    ringfire::<5>(&mut criterion, "40 B");
    ringfire::<8>(&mut criterion, "64 B");
    ringfire::<16>(&mut criterion, "128 B");
    #[cfg(commy_subetha)]
    {
        subetha::<1>(&mut criterion, "8 B");
        subetha::<5>(&mut criterion, "40 B");
    }
    realistic(&mut criterion);
    fields(&mut criterion);
    setters(&mut criterion);
    slots(&mut criterion);
    large(&mut criterion);
    open(&mut criterion);
    criterion.final_summary();
    facts.end();
    if !arguments.is_empty() {
        facts.load = format!("{}, with {}", facts.load, arguments.join(" "));
    }
    let run = Run { facts, medians: report::medians(&directory) };
    println!("\n{}\n\n{}", report::facts(&run), report::table(&run, &[]));
    println!("\nall of it took {:.0} s", started.elapsed().as_secs_f64());
    if is_whole {
        let missing: Vec<_> = rows::rows()
            .into_iter()
            .filter(|row| run.median(&row.name, "commy").is_none())
            .collect();
        assert!(missing.is_empty(), "not measured: {missing:?}");
        leave(&run);
        let recorded = Recorded { now: vec![run], before: Vec::new(), killed: Vec::new() };
        println!("\n{}", report::wanted_table(&recorded));
    }
}

/// A group of a row that is known.
fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    static NAMES: OnceLock<BTreeSet<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| rows::rows().into_iter().map(|row| row.name).collect());
    assert!(names.contains(name), "the row `{name}` does not say what it is");
    criterion.benchmark_group(name)
}

/// Times what commy does in a row.
fn commy(criterion: &mut Criterion, name: &str, mut measured: impl FnMut()) {
    group(criterion, name).bench_function("commy", |bencher| {
        bencher.iter_custom(|iterations| timed(Clock::Thread, iterations, &mut measured));
    });
}

/// The operations on plain words of one size.
fn size<T: Payload<W>, const W: usize>(criterion: &mut Criterion, size: &str) {
    peer::<Memcpy, W>(criterion, size);
    peer::<Commy<T>, W>(criterion, size);
    peer::<MmapSync, W>(criterion, size);
    reader::<MmapSyncChecked, W>(criterion, size);
    reader::<MmapSyncInPlace, W>(criterion, size);
    peer::<Iceoryx2, W>(criterion, size);
    peer::<Heed, W>(criterion, size);
    peer::<SharedMutex, W>(criterion, size);
}

fn peer<P: Peer<W> + 'static, const W: usize>(criterion: &mut Criterion, size: &str) {
    reader::<P, W>(criterion, size);
    publishes::<P, W>(criterion, size);
    if rows::IN_COMPANY.contains(&size) {
        publish::<P, W>(criterion, &format!("publish {size} beside a reader"), true);
    }
}

fn reader<P: Peer<W> + 'static, const W: usize>(criterion: &mut Criterion, size: &str) {
    snapshot::<P, W>(criterion, &format!("snapshot {size}"), Company::Nobody);
    let reads_in_company = P::NAME != "heed" && P::NAME != "mmap-sync checked";
    if !reads_in_company || !rows::IN_COMPANY.contains(&size) {
        return;
    }
    let group = |with: &str| format!("snapshot {size} {with}");
    snapshot::<P, W>(criterion, &group("beside a reader"), Company::Reader);
    let busy = [
        ("beside a writer, flat out", None),
        ("beside a writer, 1 MHz", Some(Duration::from_micros(1))),
        ("beside a writer, 1 kHz", Some(Duration::from_millis(1))),
    ];
    for (with, period) in busy {
        snapshot::<P, W>(criterion, &group(with), Company::Writer(period));
    }
}

/// Publishes with nobody else at work.
fn publishes<P: Peer<W> + 'static, const W: usize>(criterion: &mut Criterion, size: &str) {
    if size != "8 B" && size != "6 MB" {
        publish::<P, W>(criterion, &format!("publish {size}, two words"), false);
    }
    publish_all::<P, W>(criterion, &format!("publish {size}, all"));
}

/// A value that is returned, as programs ask for small ones.
fn by_value<T: Payload<W>, const W: usize>(criterion: &mut Criterion, size: &str) {
    read_by_value::<Memcpy, W>(criterion, size);
    read_by_value::<Commy<T>, W>(criterion, size);
    read_by_value::<Iceoryx2, W>(criterion, size);
}

/// ringfire moves values of the size of a message.
fn ringfire<const W: usize>(criterion: &mut Criterion, size: &str) {
    snapshot::<Ringfire, W>(criterion, &format!("snapshot {size}"), Company::Nobody);
    read_by_value::<Ringfire, W>(criterion, size);
    publishes::<Ringfire, W>(criterion, size);
}

/// A cell has room for 52 bytes.
#[cfg(commy_subetha)]
fn subetha<const W: usize>(criterion: &mut Criterion, size: &str) {
    read_by_value::<Subetha, W>(criterion, size);
    publishes::<Subetha, W>(criterion, size);
}

fn read_by_value<P: Peer<W>, const W: usize>(criterion: &mut Criterion, size: &str)
where
    P::Reader: ReadByValue<W>,
{
    let place = Place::new();
    let _writer = P::writer(&place);
    let mut reader = P::reader(&place);
    let mut read = || reader.read_by_value();
    group(criterion, &format!("snapshot {size}, by value")).bench_function(P::NAME, |bencher| {
        bencher.iter_custom(|iterations| timed(Clock::Thread, iterations, &mut read));
    });
}

/// All words differ from one publish to the next.
fn publish_all<P: Peer<W>, const W: usize>(criterion: &mut Criterion, name: &str) {
    let place = Place::new();
    let mut writer = P::writer(&place);
    let values = values();
    let mut turn = 0;
    let mut publish = || {
        turn = 1 - turn;
        writer.publish_all(turn, &values);
    };
    group(criterion, name).bench_function(P::NAME, |bencher| {
        bencher.iter_custom(|iterations| timed(Clock::Thread, iterations, &mut publish));
    });
}

fn snapshot<P: Peer<W> + 'static, const W: usize>(
    criterion: &mut Criterion,
    name: &str,
    company: Company,
) {
    let place = Arc::new(Place::new());
    let writer = P::writer(&place);
    let background = match company {
        Company::Nobody => None,
        Company::Reader => Some(other_reader::<P, W>(&place)),
        Company::Writer(period) => {
            drop(writer);
            let place = Arc::clone(&place);
            Some(Background::start(period, move || rewriter::<P, W>(&place)))
        }
    };
    let mut reader = P::reader(&place);
    let mut read = || {
        reader.read();
    };
    group(criterion, name).bench_function(P::NAME, |bencher| match &background {
        None => bencher.iter_custom(|iterations| timed(Clock::Thread, iterations, &mut read)),
        Some(background) => {
            bencher.iter_custom(|iterations| background.overlapped(iterations, &mut read));
        }
    });
}

/// Reads without a pause on the other core.
fn other_reader<P: Peer<W>, const W: usize>(place: &Arc<Place>) -> Background {
    let place = Arc::clone(place);
    Background::start(None, move || {
        let mut reader = P::reader(&place);
        move || {
            reader.read();
        }
    })
}

/// Publishes words of which the first and the last change.
fn rewriter<P: Peer<W>, const W: usize>(place: &Place) -> impl FnMut() + use<P, W> {
    let mut writer = P::writer(place);
    let mut words = boxed::<W>();
    move || {
        words[0] = words[0].wrapping_add(1);
        words[W - 1] = words[0];
        writer.publish(&words);
    }
}

fn publish<P: Peer<W> + 'static, const W: usize>(
    criterion: &mut Criterion,
    name: &str,
    in_company: bool,
) {
    let place = Arc::new(Place::new());
    let mut publish = rewriter::<P, W>(&place);
    let background = in_company.then(|| other_reader::<P, W>(&place));
    group(criterion, name).bench_function(P::NAME, |bencher| match &background {
        None => bencher.iter_custom(|iterations| timed(Clock::Thread, iterations, &mut publish)),
        Some(background) => {
            bencher.iter_custom(|iterations| background.overlapped(iterations, &mut publish));
        }
    });
}

/// A record with strings and a vector; peers move its bytes.
fn realistic(criterion: &mut Criterion) {
    let place = Place::new();
    let path = place.path("realistic");
    let mut writer = RealisticWriter::create_at(&path).unwrap();
    writer.update(fill);
    let reader = RealisticReader::open_at(&path).unwrap();
    let mut value = reader.snapshot_boxed().unwrap();

    commy(criterion, "snapshot realistic", || {
        reader.snapshot_into(black_box(&mut *value)).unwrap();
    });
    commy(criterion, "snapshot realistic, by value", || {
        black_box(reader.snapshot().unwrap());
    });
    {
        let mut cached = reader.cached();
        commy(criterion, "cached realistic", || {
            black_box(cached.refresh().unwrap().count);
        });
    }
    let mut round = 0_u64;
    let titles: [commy::FixedString<64>; 2] =
        ["Weekly totals of station 7", "Monthly totals of station 9"]
            .map(|title| title.parse().unwrap());
    commy(criterion, "publish realistic, two fields", || {
        round += 1;
        value.title.clone_from(&titles[(round % 2) as usize]);
        value.count = round;
        writer.publish_changed(black_box(&value));
    });
    let other = other_realistic(&value);
    commy(criterion, "publish realistic, all", || {
        round += 1;
        writer.publish(black_box(if round.is_multiple_of(2) { &value } else { &other }));
    });
    realistic_bytes::<Memcpy>(criterion);
    realistic_bytes::<MmapSync>(criterion);
    realistic_bytes::<Iceoryx2>(criterion);
    realistic_bytes::<Heed>(criterion);
    realistic_bytes::<SharedMutex>(criterion);

    commy(criterion, "update of realistic", || {
        writer.update(|record| {
            record.count += 1;
            record.temperature += 0.5;
            record.pressure -= 0.5;
        });
    });
    commy(criterion, "try_update of realistic", || {
        let changed = writer.try_update(|record| {
            let number = record.numbers.get_mut(7).ok_or("no such number")?;
            *number = number.wrapping_add(1);
            Ok::<_, &str>(())
        });
        changed.unwrap();
    });
    commy(criterion, "set the title of realistic", || {
        round += 1;
        let title = ["Weekly totals", "Monthly totals"][(round % 2) as usize];
        writer.set_title(black_box(title)).unwrap();
    });
    for len in [10, 1000] {
        texts(criterion, &mut writer, &reader, len);
    }
}

/// A value that differs in each field, and in each byte of its text.
fn other_realistic(value: &Realistic) -> Box<Realistic> {
    let mut other = Box::new(Realistic {
        title: "MONTHLY TOTALS OF STATION 9".parse().unwrap(),
        numbers: (1000..1060).collect::<Vec<i32>>().as_slice().try_into().unwrap(),
        description: text(180).to_uppercase().parse().unwrap(),
        temperature: -value.temperature,
        pressure: -value.pressure,
        count: !value.count,
        active: !value.active,
    });
    other.count = !value.count;
    other
}

/// One text, set and read in each way that there is.
fn texts(
    criterion: &mut Criterion,
    writer: &mut RealisticWriter,
    reader: &RealisticReader,
    len: usize,
) {
    let (one, two) = (text(len), text(len).to_uppercase());
    let mut turn = false;
    commy(criterion, &format!("set a SmartString of {len} bytes"), || {
        turn = !turn;
        let text = if turn { &one } else { &two };
        writer.set_description(black_box(text.as_str())).unwrap();
    });
    let name = |how: &str| format!("read a SmartString of {len} bytes, {how}");
    commy(criterion, &name("by value"), || {
        black_box(reader.description().unwrap());
    });
    commy(criterion, &name("by a closure"), || {
        black_box(reader.description_with(|text| black_box(text).len()).unwrap());
    });
    let mut target = String::new();
    commy(criterion, &name("into a String"), || {
        reader.description_read_into(black_box(&mut target)).unwrap();
        black_box(&target);
    });
}

/// The bytes of the realistic record, which no peer looks into.
fn realistic_bytes<P: Peer<REALISTIC_WORDS> + 'static>(criterion: &mut Criterion) {
    snapshot::<P, REALISTIC_WORDS>(criterion, "snapshot realistic", Company::Nobody);
    publish::<P, REALISTIC_WORDS>(criterion, "publish realistic, two fields", false);
    publish_all::<P, REALISTIC_WORDS>(criterion, "publish realistic, all");
}

/// One number out of records of several sizes.
fn fields(criterion: &mut Criterion) {
    let place = Place::new();
    let (small, medium, large) = (place.path("s"), place.path("m"), place.path("l"));
    let mut small_writer = SmallWriter::create_at(&small).unwrap();
    small_writer.set_number(1.0);
    let mut medium_writer = MediumWriter::create_at(&medium).unwrap();
    medium_writer.set_number(1.0);
    let mut large_writer = LargeWriter::create_at(&large).unwrap();
    large_writer.set_number(1.0);
    let small = SmallReader::open_at(&small).unwrap();
    let medium = MediumReader::open_at(&medium).unwrap();
    let large = LargeReader::open_at(&large).unwrap();
    commy(criterion, "one field of 64 B", || {
        black_box(small.number().unwrap());
    });
    commy(criterion, "one field of 8 KiB", || {
        black_box(medium.number().unwrap());
    });
    commy(criterion, "one field of 1 MiB", || {
        black_box(large.number().unwrap());
    });
    snapshot::<MmapSyncInPlace, 8>(criterion, "one field of 64 B", Company::Nobody);
    snapshot::<MmapSyncInPlace, 1024>(criterion, "one field of 8 KiB", Company::Nobody);
    snapshot::<MmapSyncInPlace, 131_072>(criterion, "one field of 1 MiB", Company::Nobody);
}

/// One number into records of several sizes.
fn setters(criterion: &mut Criterion) {
    let place = Place::new();
    let mut small = SmallWriter::create_at(place.path("s")).unwrap();
    let mut medium = MediumWriter::create_at(place.path("m")).unwrap();
    let mut large = LargeWriter::create_at(place.path("l")).unwrap();
    let mut number = 0.0;
    commy(criterion, "set one f64 in 64 B", || {
        number += 1.0;
        small.set_number(black_box(number));
    });
    commy(criterion, "set one f64 in 8 KiB", || {
        number += 1.0;
        medium.set_number(black_box(number));
    });
    commy(criterion, "set one f64 in 1 MiB", || {
        number += 1.0;
        large.set_number(black_box(number));
    });
}

/// A publish goes through all slots in turn, and it counts whether the nearest cache holds them.
fn slots(criterion: &mut Criterion) {
    let place = Place::new();
    let values: [Box<Bytes8K>; 2] = [1, 2].map(|word| {
        let mut value = Box::new(Bytes8K { words: [0; 1024] });
        value.words.fill(word);
        value
    });
    for slots in rows::SLOTS {
        let path = place.path(&format!("slots{slots}"));
        let mut writer = Bytes8KWriter::options().path(path).slots(slots).create().unwrap();
        let mut turn = 0;
        commy(criterion, &format!("publish 8 KiB, all, in {slots} slots"), || {
            turn = 1 - turn;
            writer.publish(black_box(&values[turn]));
        });
    }
}

/// Records of megabytes.
fn large(criterion: &mut Criterion) {
    let place = Place::new();
    let mut frame = FrameWriter::create_at(place.path("frame")).unwrap();
    let pixels: [Box<[u8; 6_000_000]>; 2] =
        [1, 2].map(|pixel| vec![pixel; 6_000_000].try_into().unwrap());
    let mut turn = 0;
    commy(criterion, "set a frame of 6 MB, by reference", || {
        turn = 1 - turn;
        frame.set_pixels_from(black_box(&pixels[turn]));
    });
    commy(criterion, "set a frame of 6 MB, by update", || {
        turn = 1 - turn;
        frame.update(|frame| frame.pixels.copy_from_slice(black_box(&pixels[turn][..])));
    });
    drop(frame);
    push(criterion);
    let mut sheet = SheetWriter::create_at(place.path("sheet")).unwrap();
    let mut round = 0_usize;
    let mut slow = group(criterion, "change a cell of 48 MB, by update");
    slow.sampling_mode(SamplingMode::Flat).sample_size(10);
    slow.bench_function("commy", |bencher| {
        let mut update = || {
            round += 1;
            sheet.update(|sheet| sheet.lines[round * 7919 % LINES].x += 1.0);
        };
        bencher.iter_custom(|iterations| timed(Clock::Thread, iterations, &mut update));
    });
    slow.finish();
    commy(criterion, "change a cell of 48 MB, by its path", || {
        round += 1;
        sheet.set(|sheet| &mut sheet.lines[round * 7919 % LINES].x, black_box(round as f64));
    });
    let reader = SheetReader::open_at(place.path("sheet")).unwrap();
    commy(criterion, "read a cell of 48 MB, by its path", || {
        round += 1;
        black_box(reader.get_by(|sheet| &sheet.lines[round * 7919 % LINES].x).unwrap());
    });
}

/// Pushes onto a vector that has [`ROWS`] elements and begins anew when it is full, which is not timed.
fn push(criterion: &mut Criterion) {
    let place = Place::new();
    let mut long = LongWriter::create_at(place.path("long")).unwrap();
    let start = |long: &mut LongWriter| {
        long.update(|long| {
            long.rows.clear();
            (0..ROWS as u64).try_for_each(|row| long.rows.push(row)).unwrap();
        });
    };
    start(&mut long);
    let mut room = ROWS_MOST - ROWS;
    let mut pushes = group(criterion, "push onto a vector of 10^6");
    pushes.sampling_mode(SamplingMode::Flat).sample_size(10);
    pushes.bench_function("commy", |bencher| {
        bencher.iter_custom(|iterations| {
            let (mut rest, mut took) = (usize::try_from(iterations).unwrap(), Duration::ZERO);
            while rest > 0 {
                if room == 0 {
                    start(&mut long);
                    room = ROWS_MOST - ROWS;
                }
                let some = rest.min(room);
                took += timed(Clock::Thread, some as u64, &mut || {
                    long.push_rows(black_box(7)).unwrap()
                });
                (rest, room) = (rest - some, room - some);
            }
            took
        });
    });
}

/// From nothing to the first value.
fn open(criterion: &mut Criterion) {
    const GROUP: &str = "open to first read 64 B";
    let place = Place::new();
    let mut writer = <Commy<Bytes64> as Peer<8>>::writer(&place);
    writer.publish(&[1; 8]);
    let path = place.path("commy");
    let len = usize::try_from(fs::metadata(&path).unwrap().len()).unwrap();
    let mut group = group(criterion, GROUP);
    group.bench_function("bare", |bencher| bencher.iter(|| bare_open(&path, len)));
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            let reader = Bytes64Reader::open_at(&path).unwrap();
            black_box(reader.words().unwrap());
        });
    });
    group.finish();
    opening::<MmapSync>(criterion, GROUP);
    opening::<Iceoryx2>(criterion, GROUP);
    opening::<SharedMutex>(criterion, GROUP);
    opening::<Ringfire>(criterion, GROUP);
    const { assert!(!Bytes64::NEEDS_CHECK) };
}

fn opening<P: Peer<8>>(criterion: &mut Criterion, name: &str) {
    let place = Place::new();
    let mut writer = P::writer(&place);
    writer.publish(&[1; 8]);
    group(criterion, name).bench_function(P::NAME, |bencher| {
        bencher.iter(|| P::reader(&place).read());
    });
}
