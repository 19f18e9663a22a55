//! A snapshot with a timeout goes on when every copy was overtaken, until there is one or its time is
//! over.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::thread;
use std::time::Instant;

use commy::{ReadError, create_reader, create_writer};
use support::format::file::LATEST;

#[create_writer(filename = "table.bin")]
#[create_reader(filename = "table.bin")]
struct Table {
    number: u64,
    cells: [u64; 16_384],
}

/// What is copied is of generation 1, whatever `latest` names.
fn name_generation(path: &Path, latest: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(&latest.to_ne_bytes(), LATEST as u64).unwrap();
}

#[test]
fn a_value_that_comes_to_rest_in_time_is_read() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("table.bin");
    let mut writer = TableWriter::create_at(&path).unwrap();
    writer.set_number(7);
    let reader = TableReader::open_at(&path).unwrap();
    let mut value = reader.snapshot_boxed().unwrap();
    for _ in 0..3 {
        // As if every copy were overtaken: the slot of generation 5 is that of generation 1.
        name_generation(&path, 5);
        assert!(matches!(reader.snapshot(), Err(ReadError::Contended { .. })));
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(30));
                name_generation(&path, 1);
            });
            assert_eq!(reader.snapshot_timeout(Duration::MAX).unwrap().number, 7);
        });
        name_generation(&path, 5);
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(30));
                name_generation(&path, 1);
            });
            value.number = 0;
            reader.snapshot_into_timeout(&mut value, Duration::from_secs(50)).unwrap();
            assert_eq!(value.number, 7);
        });
    }
}

#[test]
fn when_the_time_is_over_it_says_how_often_it_tried() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("table.bin");
    let mut writer = TableWriter::create_at(&path).unwrap();
    writer.set_number(7);
    let reader = TableReader::open_at(&path).unwrap();
    name_generation(&path, 5);
    let Err(ReadError::Contended { tries: once, .. }) = reader.snapshot() else { panic!("read") };
    let tries = |timeout| match reader.snapshot_timeout(timeout) {
        Err(ReadError::Contended { tries, .. }) => tries,
        other => panic!("{:?}", other.map(|table| table.number)),
    };
    assert_eq!(tries(Duration::ZERO), once);
    let started = Instant::now();
    let many = tries(Duration::from_millis(20));
    assert!(started.elapsed() >= Duration::from_millis(20));
    assert!(many > once && many.is_multiple_of(once), "{many} tries, {once} of them a round");
    let mut value = Box::new(Table { number: 9, cells: [9; 16_384] });
    let refused = reader.snapshot_into_timeout(&mut value, Duration::from_millis(1));
    assert!(matches!(refused, Err(ReadError::Contended { tries, .. }) if tries > once));
    assert_eq!((value.number, value.cells[7]), (0, 0));
}

#[test]
fn other_errors_are_told_at_once() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("table.bin");
    let _writer = TableWriter::create_at(&path).unwrap();
    let reader = TableReader::open_at(&path).unwrap();
    assert!(matches!(reader.snapshot_timeout(Duration::MAX), Err(ReadError::Empty)));
}

#[create_writer(filename = "sheet.bin")]
#[create_reader(filename = "sheet.bin")]
struct Sheet {
    number: u64,
    cells: [u64; 131_072],
}

#[test]
#[ignore = "a role of the count below"]
fn writer_flat_out() {
    let Some(path) = support::role_path() else { return };
    let mut writer = SheetWriter::create_at(path).unwrap();
    for number in 1.. {
        writer.set_cells_at(number as usize % 131_072, number);
    }
}

#[test]
#[ignore = "a role of the count below"]
fn busy() {
    if support::role_path().is_some() {
        loop {
            core::hint::spin_loop();
        }
    }
}

/// How often a snapshot of 1 MiB is contended beside a writer that publishes one cell after the other
/// without a pause, on a machine that has more to do than it has processors.
///
/// A copy is then overtaken by hundreds of publishes, and comes to its end while the writer has no
/// processor, or from the slot outside the ring.
#[test]
#[ignore = "a count: cargo test --release --test patient_snapshots -- --ignored --exact contended_snapshots --nocapture"]
fn contended_snapshots() {
    const SNAPSHOTS: u32 = 20_000;
    let _watchdog = support::watchdog(Duration::from_secs(3600));
    let directory = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = directory.path().join("sheet.bin");
    let _writer = support::Reaped(support::start("writer_flat_out", &path));
    let processors = thread::available_parallelism().unwrap().get();
    let _busy: Vec<_> =
        (0..2 * processors).map(|_| support::Reaped(support::start("busy", &path))).collect();
    let reader = SheetReader::options().path(&path).open_wait(Duration::MAX).unwrap();
    while reader.file().generation() == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    let mut value = Box::new(Sheet { number: 0, cells: [0; 131_072] });
    let mut count = |name: &str, read: &mut dyn FnMut(&mut Sheet) -> Result<(), ReadError>| {
        let (started, from) = (Instant::now(), reader.file().generation());
        let (mut contended, mut longest) = (0, Duration::ZERO);
        for _ in 0..SNAPSHOTS {
            let begun = Instant::now();
            match read(&mut value) {
                Ok(()) => {}
                Err(ReadError::Contended { .. }) => contended += 1,
                Err(error) => panic!("{error}"),
            }
            longest = longest.max(begun.elapsed());
        }
        let publishes = reader.file().generation() - from;
        let seconds = started.elapsed().as_secs_f64();
        eprintln!(
            "{name}: {contended} of {SNAPSHOTS} contended, {publishes} publishes meanwhile, \
             {seconds:.0} s, the longest took {longest:?}"
        );
    };
    eprintln!("{processors} processors, {} busy processes", 2 * processors);
    count("snapshot_into", &mut |value| reader.snapshot_into(value));
    let timeout = Duration::from_millis(10);
    count("snapshot_into_timeout(10 ms)", &mut |value| {
        reader.snapshot_into_timeout(value, timeout)
    });
    let timeout = Duration::from_millis(100);
    count("snapshot_into_timeout(100 ms)", &mut |value| {
        reader.snapshot_into_timeout(value, timeout)
    });
}
