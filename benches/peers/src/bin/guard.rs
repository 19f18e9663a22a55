//! `cargo run --release -p commy-peers --bin guard`: counts the instructions of the hot
//! operations under valgrind and compares them with what `instructions.txt` expects.
//!
//! Counts do not depend on what else the machine does, so that a regression shows where times
//! are too noisy. They do depend on compiler and C library: after a change of those, or of an
//! operation, `-- --store` writes what was counted. Without valgrind it says so and succeeds.
//!
//! Valgrind has no AVX-512, so copies take AVX here on every machine that has it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program for developers: a failed step may end it"
)]

use core::fmt::Write as _;
use core::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use commy::__private::{FieldPlace, FieldSource as _};
use commy::{Reader, Writer};
use commy_peers::payload::{
    Bytes1K, Bytes1M, Bytes8, Bytes8K, Bytes40, Bytes64, Bytes128, Large, Note, Payload, Realistic,
    RealisticReader, RealisticWriter, Small, Trace, fill,
};
use commy_peers::peers::WORDS;
use commy_peers::place::Place;

/// The operations are counted over so many rounds: what a run of twice as many takes more than a
/// run of so many, so that first times, which touch everything, do not count.
const ROUNDS: u64 = 1000;

/// How far a count may be above the stored one, in percent.
const TOLERANCE: u64 = 3;

type Operation = fn(u64);

const OPERATIONS: [(&str, Operation); 26] = [
    ("snapshot_64", snapshot_64),
    ("snapshot_8k", snapshot_8k),
    ("snapshot_realistic", snapshot_realistic),
    ("snapshot_by_value_8", snapshot_by_value::<Bytes8>),
    ("snapshot_by_value_40", snapshot_by_value::<Bytes40>),
    ("snapshot_by_value_64", snapshot_by_value::<Bytes64>),
    ("snapshot_by_value_128", snapshot_by_value::<Bytes128>),
    ("field_of_1m", field_of_1m),
    ("read_short_string", read_short_string),
    ("read_short_string_by_closure", read_short_string_by_closure),
    ("read_short_string_into", read_short_string_into),
    ("set_short_string", set_short_string),
    ("set_short_encoded", set_short_encoded),
    ("read_two_fields", read_two_fields),
    ("cached_unchanged", cached_unchanged),
    ("publish_64", publish_64),
    ("publish_ends_of_1k", publish_ends_of_1k),
    ("publish_ends_of_8k", publish_ends_of_8k),
    ("publish_8k", publish_8k),
    ("publish_whole_1k", publish_whole::<Bytes1K, 128>),
    ("publish_whole_8k", publish_whole::<Bytes8K, 1024>),
    ("publish_realistic", publish_realistic),
    ("publish_changed_realistic", publish_changed_realistic),
    ("set_in_64", set_in_64),
    ("set_in_1m", set_in_1m),
    ("push_onto_10k", push_onto_10k),
];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--run", name, rounds] => {
            let operation = OPERATIONS.iter().find(|(known, _)| known == name).unwrap().1;
            on_an_aligned_stack(operation, rounds.parse().unwrap());
            ExitCode::SUCCESS
        }
        ["--store"] => guard(true),
        _ => guard(false),
    }
}

/// Calls the operation on a stack that begins at a page. Without it the begin depends on the
/// length of the environment and of the program's path, and with it how many instructions the C
/// library takes to copy a value from the stack.
#[inline(never)]
fn on_an_aligned_stack(operation: Operation, rounds: u64) {
    #[repr(align(4096))]
    struct Page(u8);
    let page = Page(0);
    black_box(&page.0);
    operation(rounds);
    black_box(&page.0); // still in use, so that the call above cannot take this frame's place
}

fn expectations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt")
}

fn guard(store: bool) -> ExitCode {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("notice: valgrind is not installed, so no instructions were counted");
        return ExitCode::SUCCESS;
    }
    let stored = fs::read_to_string(expectations()).unwrap_or_default();
    let expected = |name: &str| -> Option<u64> {
        let mut lines = stored.lines().filter_map(|line| line.split_once(' '));
        lines.find(|(known, _)| *known == name).and_then(|(_, count)| count.trim().parse().ok())
    };
    let (mut counted, mut is_worse) = (String::new(), false);
    for (name, _) in OPERATIONS {
        let count = (instructions(name, 2 * ROUNDS) - instructions(name, ROUNDS)) / ROUNDS;
        writeln!(counted, "{name} {count}").unwrap();
        let verdict = match expected(name) {
            None => String::from("nothing is stored"),
            Some(limit) if count > limit + (limit * TOLERANCE).div_ceil(100) => {
                is_worse = true;
                format!("WORSE than {limit}")
            }
            Some(limit) => format!("expected {limit}"),
        };
        println!("{name:28} {count:8} instructions, {verdict}");
    }
    if store {
        fs::write(expectations(), counted).unwrap();
    }
    if is_worse && !store { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// All instructions of a process that does so many rounds. It is told nothing that differs
/// between machines, neither by its environment nor by its path, because lengths shift the heap.
fn instructions(name: &str, rounds: u64) -> u64 {
    let program = env::current_exe().unwrap();
    let search_path = env::var_os("PATH").unwrap_or_default();
    let output = Command::new("valgrind")
        .env_clear()
        .env("PATH", search_path)
        .current_dir(program.parent().unwrap())
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(Path::new(".").join(program.file_name().unwrap()))
        .args(["--run", name, &rounds.to_string()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    let count = text.lines().find_map(|line| line.split_once("Collected :")).unwrap().1;
    count.trim().parse().unwrap()
}

/// A writer with one publish, and a reader of it. Both are on the heap: on the stack, their sizes
/// would shift what is copied there, and with that how many instructions a copy takes. Out of line,
/// lest what opens files takes the registers of what is counted.
#[inline(never)]
fn pair<T: commy::FixedRecord>() -> (Place, Box<Writer<T>>, Box<Reader<T>>) {
    let place = Place::new();
    let path = place.path("guard");
    let mut writer = Box::new(Writer::<T>::create_at(&path).unwrap());
    writer.update(|_| ());
    let reader = Box::new(Reader::<T>::open_at(&path).unwrap());
    (place, writer, reader)
}

/// A value that begins at a cache line, wherever it stands: a copy's count depends on it.
#[repr(align(64))]
struct Aligned<T>(T);

fn snapshots<T: commy::FixedRecord>(rounds: u64, reader: &Reader<T>) {
    let mut value = Aligned(reader.snapshot().unwrap());
    for _ in 0..rounds {
        reader.snapshot_into(black_box(&mut value.0)).unwrap();
    }
}

fn snapshot_64(rounds: u64) {
    let (_place, _writer, reader) = pair::<Bytes64>();
    snapshots(rounds, &reader);
}

fn snapshot_8k(rounds: u64) {
    let (_place, _writer, reader) = pair::<Bytes8K>();
    snapshots(rounds, &reader);
}

fn snapshot_realistic(rounds: u64) {
    let (_place, mut writer, reader) = pair::<Realistic>();
    writer.update(fill);
    snapshots(rounds, &reader);
}

fn snapshot_by_value<T: commy::FixedRecord>(rounds: u64) {
    let (_place, _writer, reader) = pair::<T>();
    for _ in 0..rounds {
        black_box(reader.snapshot().unwrap());
    }
}

fn field_of_1m(rounds: u64) {
    let (_place, _writer, reader) = pair::<Bytes1M>();
    for index in 0..rounds {
        black_box(reader.field::<u64>(FieldPlace::new(0, black_box(index as usize * 8))).unwrap());
    }
}

fn read_short_string(rounds: u64) {
    let (_place, mut writer, reader) = pair::<Realistic>();
    writer.set(|record| &mut record.description, "ten bytes.").unwrap();
    let offset = core::mem::offset_of!(Realistic, description);
    for _ in 0..rounds {
        black_box(reader.field::<commy::SmartString>(FieldPlace::new(0, offset)).unwrap());
    }
}

/// A reader as it is generated, of a description of ten bytes.
#[inline(never)]
fn short_description() -> (Place, Box<RealisticReader>) {
    let place = Place::new();
    let path = place.path("guard");
    RealisticWriter::create_at(&path).unwrap().set_description("ten bytes.").unwrap();
    let reader = Box::new(RealisticReader::open_at(&path).unwrap());
    (place, reader)
}

fn read_short_string_by_closure(rounds: u64) {
    let (_place, reader) = short_description();
    for _ in 0..rounds {
        black_box(reader.description_with(|text| black_box(text).len()).unwrap());
    }
}

fn read_short_string_into(rounds: u64) {
    let (_place, reader) = short_description();
    let mut target = String::with_capacity(64);
    for _ in 0..rounds {
        reader.description_read_into(black_box(&mut target)).unwrap();
    }
}

fn set_short_string(rounds: u64) {
    let (_place, mut writer, _reader) = pair::<Realistic>();
    for round in 0..rounds {
        let text = if round % 2 == 0 { "ten bytes." } else { "ten others" };
        writer.set(|record| &mut record.description, black_box(text)).unwrap();
    }
}

/// Sets a short value in a large field.
fn set_short_encoded(rounds: u64) {
    let (_place, mut writer, _reader) = pair::<Note>();
    for round in 0..rounds {
        let text = if round % 2 == 0 { "ten bytes." } else { "ten others" };
        writer.set(|record| &mut record.text, black_box(text)).unwrap();
    }
}

fn read_two_fields(rounds: u64) {
    let (_place, _writer, reader) = pair::<Bytes8K>();
    for _ in 0..rounds {
        let two = reader.read(|view| {
            Ok((
                view.field::<u64>(FieldPlace::new(0, 0))?,
                view.field::<f64>(FieldPlace::new(0, 800))?,
            ))
        });
        black_box(two.unwrap());
    }
}

fn cached_unchanged(rounds: u64) {
    let (_place, _writer, reader) = pair::<Bytes8K>();
    let mut cached = reader.cached();
    for _ in 0..=rounds {
        black_box(cached.refresh().unwrap());
    }
}

fn publish_64(rounds: u64) {
    let (_place, mut writer, reader) = pair::<Bytes64>();
    let mut value = reader.snapshot_boxed().unwrap();
    for round in 0..rounds {
        value.words[3] = round;
        writer.publish(black_box(&value));
    }
}

/// Publishes a value of which the first and the last word change.
fn publish_ends<T: Payload<W>, const W: usize>(rounds: u64) {
    let (_place, mut writer, reader) = pair::<T>();
    let mut value = reader.snapshot_boxed().unwrap();
    for round in 0..rounds {
        let words = value.words();
        (words[0], words[W - 1]) = (round, round);
        writer.publish_changed(black_box(&value));
    }
}

fn publish_ends_of_1k(rounds: u64) {
    publish_ends::<Bytes1K, 128>(rounds);
}

fn publish_ends_of_8k(rounds: u64) {
    publish_ends::<Bytes8K, 1024>(rounds);
}

fn publish_8k(rounds: u64) {
    let (_place, mut writer, reader) = pair::<Bytes8K>();
    let mut value = reader.snapshot_boxed().unwrap();
    for round in 0..rounds {
        value.words.fill(round);
        writer.publish(black_box(&value));
    }
}

/// Publishes two values in turn, which differ in all words.
fn publish_whole<T: Payload<W>, const W: usize>(rounds: u64) {
    let (_place, mut writer, reader) = pair::<T>();
    let values = WORDS.map(|word| {
        let mut value = Box::new(Aligned(reader.snapshot().unwrap()));
        value.0.words().fill(word);
        value
    });
    for round in 0..rounds {
        writer.publish(black_box(&values[(round % 2) as usize].0));
    }
}

type Two<T> = [Box<Aligned<T>>; 2];

/// Two values that differ in title and number.
#[inline(never)]
fn two_realistic() -> (Place, Box<Writer<Realistic>>, Two<Realistic>) {
    let (place, mut writer, reader) = pair::<Realistic>();
    writer.update(fill);
    let values = ["Weekly totals of station 7", "Monthly totals of station 9"].map(|title| {
        let mut value = Box::new(Aligned(reader.snapshot().unwrap()));
        value.0.title = title.parse().unwrap();
        value.0.count = title.len() as u64;
        value
    });
    (place, writer, values)
}

fn publish_realistic(rounds: u64) {
    let (_place, mut writer, values) = two_realistic();
    for round in 0..rounds {
        writer.publish(black_box(&values[(round % 2) as usize].0));
    }
}

fn publish_changed_realistic(rounds: u64) {
    let (_place, mut writer, values) = two_realistic();
    for round in 0..rounds {
        writer.publish_changed(black_box(&values[(round % 2) as usize].0));
    }
}

/// Adds to a vector of ten thousand elements.
fn push_onto_10k(rounds: u64) {
    let (_place, mut writer, _reader) = pair::<Trace>();
    writer.update(|trace| (0..10_000).try_for_each(|row| trace.rows.push(row)).unwrap());
    for round in 0..rounds {
        writer.push(|trace| &mut trace.rows, black_box(round)).unwrap();
    }
}

fn set_in_64(rounds: u64) {
    let (_place, mut writer, _reader) = pair::<Small>();
    for round in 0..rounds {
        writer.set(|record| &mut record.number, black_box(round as f64));
    }
}

fn set_in_1m(rounds: u64) {
    let (_place, mut writer, _reader) = pair::<Large>();
    for round in 0..rounds {
        writer.set(|record| &mut record.number, black_box(round as f64));
    }
}
