//! overlayfs: the first who opens a file for writing copies it into the upper layer, and who reads
//! the lower one is not told. Device and number of the inode stay the same.
#![cfg(all(target_os = "linux", target_endian = "little"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/mounts.rs"]
mod mounts;
#[path = "support/place.rs"]
mod place;
mod support;

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};

use commy::{ReadError, Recovered, WaitOutcome, create_reader, create_writer};
use ledger::{Ledger, LedgerReader, LedgerWriter};
use place::Place;

const LIMIT: Duration = Duration::from_secs(60);
/// Long enough to register as a sleeper.
const SHORT: Duration = Duration::from_millis(20);

/// Directories one above the other, in memory.
struct Layers {
    lower: PathBuf,
    upper: PathBuf,
    merged: PathBuf,
}

impl Layers {
    /// `None`, and a word about it, where there can be none.
    fn new(beside: &Path) -> Option<Self> {
        let memory = beside.with_file_name("memory");
        let layers = Self {
            lower: memory.join("lower"),
            upper: memory.join("upper"),
            merged: memory.join("merged"),
        };
        if !mounts::mount(&["-t", "tmpfs", "tmpfs"], &memory) {
            return None;
        }
        fs::create_dir(&layers.lower).unwrap();
        fs::create_dir(&layers.upper).unwrap();
        fs::create_dir(memory.join("work")).unwrap();
        Some(layers)
    }

    fn mount(&self) -> bool {
        let work = self.lower.with_file_name("work");
        let [lower, upper, work] = [&self.lower, &self.upper, &work].map(|at| at.display());
        let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
        mounts::mount(&["-t", "overlay", "overlay", "-o", &options], &self.merged)
    }

    fn is_copied_up(&self) -> bool {
        self.upper.join("ledger.bin").exists()
    }
}

/// Leaves a file in the lower layer, as an image has it; its writer ended in good order, or not.
fn leave(path: &Path, is_closed: bool) {
    let mut writer = LedgerWriter::create_at(path).unwrap();
    writer.publish(&Ledger::of(1));
    if is_closed {
        return;
    }
    let bytes = fs::read(path).unwrap();
    drop(writer);
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
#[ignore = "a role of the test below"]
fn reader_of_the_lower_layer() {
    let Some(path) = support::role_path() else { return };
    for is_closed in [true, false] {
        let beside = path.with_file_name(format!("closed-{is_closed}")).join("x");
        fs::create_dir(beside.parent().unwrap()).unwrap();
        let Some(layers) = Layers::new(&beside) else { return };
        leave(&layers.lower.join("ledger.bin"), is_closed);
        if !layers.mount() {
            return;
        }
        let path = layers.merged.join("ledger.bin");
        let mut reader = LedgerReader::open_at(&path).unwrap();
        let sleeper = reader.clone();
        match reader.snapshot() {
            Ok(ledger) => assert!(is_closed && ledger == Ledger::of(1)),
            Err(error) => assert!(!is_closed && error == ReadError::NeedsWriter),
        }
        // Waiting is no reason to copy the file.
        let first = reader.wait_newer(1, SHORT);
        assert_eq!(first, if is_closed { WaitOutcome::Closed } else { WaitOutcome::TimedOut });
        assert!(!reader.file().is_superseded() && !layers.is_copied_up());

        let sleeping = std::thread::spawn(move || {
            // Neither woken nor told: by its own looks.
            (0..)
                .map(|_| sleeper.wait_newer(1, LIMIT))
                .find(|outcome| *outcome != WaitOutcome::Closed)
        });
        let mut writer = LedgerWriter::create_at(&path).unwrap();
        assert!(layers.is_copied_up());
        let expected = if is_closed { Recovered::Clean } else { Recovered::Lost };
        assert_eq!(writer.file().recovered(), expected);
        writer.publish(&Ledger::of(2));
        assert!(reader.file().is_superseded());
        assert_eq!(reader.wait_newer(1, LIMIT), WaitOutcome::Superseded);
        assert_eq!(sleeping.join().unwrap(), Some(WaitOutcome::Superseded));
        reader = reader.file().reopen().unwrap();
        assert_eq!(reader.snapshot().unwrap(), Ledger::of(2));
        assert!(!reader.file().is_superseded() && !writer.file().is_superseded());

        // From now on all is in the upper layer.
        writer.publish(&Ledger::of(3));
        assert_eq!(reader.snapshot().unwrap(), Ledger::of(3));
        assert_eq!(LedgerReader::open_at(&path).unwrap().snapshot().unwrap(), Ledger::of(3));
        drop(writer);
        assert!(!reader.file().is_superseded());
        let _ = reader.wait(SHORT);
        assert!(!reader.file().is_superseded());
    }
}

#[test]
fn a_reader_of_a_lower_layer_learns_that_a_writer_has_copied_the_file() {
    let _watchdog = support::watchdog(LIMIT);
    mounts::succeeds("reader_of_the_lower_layer", &Place::new().path());
}

#[test]
#[ignore = "a role of the test below"]
fn writers_on_many_file_systems() {
    let Some(path) = support::role_path() else { return };
    let is_durable = |directory: &Path| {
        let path = directory.join("ledger.bin");
        let mut writer = LedgerWriter::options().path(path).durable(true).create().unwrap();
        writer.publish(&Ledger::of(1));
        writer.flush().unwrap();
        writer.file().is_durable()
    };
    let at = |name: &str| path.with_file_name(name);
    if let Some(layers) = Layers::new(&path) {
        assert!(!is_durable(&layers.lower), "tmpfs");
        assert!(!layers.mount() || !is_durable(&layers.merged), "overlayfs");
    }
    assert!(!mounts::mount(&["-t", "ramfs", "ramfs"], &at("ram")) || !is_durable(&at("ram")));
    assert!(!mounts::mount_image("ext4", 16, &at("disk")) || is_durable(&at("disk")));
}

#[test]
fn what_is_in_memory_or_perhaps_in_memory_is_not_called_durable() {
    let _watchdog = support::watchdog(LIMIT);
    mounts::succeeds("writers_on_many_file_systems", &Place::new().path());
}

#[create_writer(filename = "log.bin", growable)]
#[create_reader(filename = "log.bin", growable)]
struct Log {
    text: String,
    lines: Vec<String>,
}

#[test]
#[ignore = "a role of the test below"]
fn growable_record_in_layers() {
    let Some(path) = support::role_path() else { return };
    let Some(layers) = Layers::new(&path) else { return };
    let lower = layers.lower.join("log.bin");
    LogWriter::create_at(&lower).unwrap().set_text(&"below".repeat(1000)).unwrap();
    if !layers.mount() {
        return;
    }
    let path = layers.merged.join("log.bin");
    let before = LogReader::open_at(&path).unwrap();
    let mut w = LogWriter::create_at(&path).unwrap();
    assert_eq!(w.text().unwrap(), "below".repeat(1000), "it was closed in good order");
    w.lines_mut().extend((0..2000).map(|_| "a line that has a block of its own")).unwrap();
    let view = LogReader::open_at(&path).unwrap().into_pinned().unwrap();
    w.set_text(&"above".repeat(1000)).unwrap();
    w.lines_mut().truncate(10).unwrap();
    assert_eq!(view.text().unwrap(), "below".repeat(1000));
    assert_eq!(view.lines().len().unwrap(), 2000);
    view.verify().unwrap();
    // It still has the one below, and learns that there is another.
    assert!(before.file().is_superseded());
    assert_eq!(before.lines().len().unwrap(), 0);
    drop(view);
    while w.compact(1 << 20).unwrap().is_unfinished() {}
    assert_eq!(w.file().stats().given_back, 0);
    drop(w);
    // What is above may be in memory, which nobody can tell.
    let path = layers.merged.join("durable.bin");
    let mut w = LogWriter::options().path(path).durable(true).create().unwrap();
    w.flush().unwrap();
    assert!(!w.file().is_durable());
}

#[test]
fn a_growable_record_works_in_layers_and_gives_no_room_back() {
    let _watchdog = support::watchdog(LIMIT);
    mounts::succeeds("growable_record_in_layers", &Place::new().path());
}
