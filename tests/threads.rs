//! Readers and writers between the threads of one process.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::fs;
use std::thread;

use commy::{FixedVec, OnChange, Reader, WaitOutcome, Writer, create_reader, create_writer};

#[create_writer(filename = "shared.bin")]
#[create_reader(filename = "shared.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Shared {
    number: u64,
    squares: FixedVec<u64, 32>,
    negative: i64,
}

impl Shared {
    fn of(number: u64) -> Self {
        let squares = (0..number % 32).map(|index| number.wrapping_mul(index)).collect();
        Self { number, squares, negative: -(number as i64) }
    }
}

const fn is_send<T: Send>() {}
const fn is_shared<T: Send + Sync + Clone + 'static>() {}
const _: () = {
    is_shared::<Reader<Shared>>();
    is_shared::<SharedReader>();
    is_send::<Writer<Shared>>();
    is_send::<SharedWriter>();
    is_send::<OnChange>();
    is_send::<commy::ChangeIter<Shared>>();
    is_send::<commy::ChangeStream<Shared>>();
};

#[test]
fn many_threads_read_through_one_reader_and_through_clones() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("shared.bin");
    let mut writer = SharedWriter::options().path(&path).create_with(Shared::of(1)).unwrap();
    let reader = SharedReader::open_at(&path).unwrap();
    thread::scope(|scope| {
        let readers: Vec<_> = (0..8)
            .map(|index| {
                let (shared, own) = (&reader, reader.clone());
                scope.spawn(move || {
                    let reader = if index % 2 == 0 { shared } else { &own };
                    let (mut seen, mut snapshots) = (0, 0_u64);
                    // Until the close, which comes after the last value.
                    while let WaitOutcome::Newer(_) =
                        reader.wait_newer(seen, Duration::from_secs(60))
                    {
                        let Ok((generation, value)) =
                            reader.read(|view| Ok((view.file().generation(), view.snapshot()?)))
                        else {
                            continue;
                        };
                        assert_eq!(value, Shared::of(value.number), "a mix of two values");
                        assert!(generation > seen);
                        seen = generation;
                        snapshots += 1;
                    }
                    assert_eq!(reader.number().unwrap(), 5000);
                    snapshots
                })
            })
            .collect();
        for number in 2..=5000 {
            writer.publish(&Shared::of(number));
            if number % 50 == 0 {
                thread::yield_now();
            }
        }
        // The writer may end its life on another thread than it began.
        scope.spawn(move || drop(writer));
        for reader in readers {
            assert!(reader.join().unwrap() > 0);
        }
    });
}

#[test]
fn a_writer_goes_on_in_another_thread() {
    let (_directory, path) = support::place("shared.bin");
    let mut writer = SharedWriter::create_at(&path).unwrap();
    writer.set_number(1);
    let mut writer = thread::spawn(move || {
        writer.set_number(2);
        writer
    })
    .join()
    .unwrap();
    writer.set_number(3);
    assert_eq!(SharedReader::open_at(&path).unwrap().number().unwrap(), 3);
    assert_eq!(writer.file().generation(), 3);
}

#[test]
fn a_clone_maps_and_opens_nothing() {
    let (_directory, path) = support::place("shared.bin");
    let _writer = SharedWriter::options().path(&path).create_with(Shared::of(1)).unwrap();
    let reader = SharedReader::open_at(&path).unwrap();
    let of_this_file = |text: &str| text.contains(path.to_str().unwrap());
    let mapped = || {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        maps.lines().filter(|line| of_this_file(line)).count()
    };
    let opened = || {
        let open = fs::read_dir("/proc/self/fd").unwrap();
        let links = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
        links.filter(|link| of_this_file(link.to_str().unwrap())).count()
    };
    let before = (mapped(), opened());
    let clones: Vec<_> = (0..1000).map(|_| reader.clone()).collect();
    assert_eq!((mapped(), opened()), before);
    drop(reader);
    // The mapping lives as long as the last of them.
    assert_eq!(clones.last().unwrap().number().unwrap(), 1);
    let parts = (mapped(), opened());
    drop(clones);
    assert!(mapped() < parts.0 && opened() < parts.1);
}
