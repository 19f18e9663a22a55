//! A path that leads elsewhere by now, or to what is no file: nothing is written there, and what
//! is no file is not even opened.
#![cfg(all(target_os = "linux", target_endian = "little"))]
#![allow(unsafe_code, reason = "std has no inotify")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/place.rs"]
mod place;
mod support;

use core::time::Duration;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;

use commy::{CreateError, FlushError, OpenError, Recovered, WaitOutcome};
use ledger::{Ledger, LedgerReader, LedgerWriter};
use place::Place;
use support::format::file::SLEEPERS;

/// Where readers register that wait for a publish.
/// Long enough to register.
const SHORT: Duration = Duration::from_millis(20);

fn sleepers(path: &Path) -> u64 {
    u64::from_ne_bytes(fs::read(path).unwrap()[SLEEPERS..][..8].try_into().unwrap())
}

/// Tells whether something was opened, whoever did it.
struct Watch(File);

impl Watch {
    fn new(path: &Path) -> Self {
        let name = CString::new(path.as_os_str().as_bytes()).unwrap();
        // SAFETY: takes a number and makes a descriptor.
        let descriptor = unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) };
        assert!(descriptor >= 0, "{}", io::Error::last_os_error());
        // SAFETY: the descriptor was made just now, and nobody else knows of it.
        let events = unsafe { File::from_raw_fd(descriptor) };
        // SAFETY: the name ends in a zero byte and lives until the call returns.
        let watched =
            unsafe { libc::inotify_add_watch(events.as_raw_fd(), name.as_ptr(), libc::IN_OPEN) };
        assert!(watched >= 0, "{}", io::Error::last_os_error());
        Self(events)
    }

    fn has_seen_one(&mut self) -> bool {
        match self.0.read(&mut [0; 4096]) {
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Puts a named pipe there, and watches it.
fn pipe(path: &Path) -> Watch {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let mut watch = Watch::new(path);
    let flags = libc::O_NONBLOCK;
    drop(File::options().read(true).write(true).custom_flags(flags).open(path).unwrap());
    assert!(watch.has_seen_one());
    watch
}

#[test]
fn a_reader_whose_path_leads_to_another_file_does_not_register_there() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (place, other) = (Place::new(), Place::new());
    let (mut writer, mut another) = (place.writer(), other.writer());
    writer.publish(&Ledger::of(1));
    another.publish(&Ledger::of(1));
    let (reader, staying) = (place.reader(), place.reader());
    let moved = place.dir.path().join("moved.bin");
    fs::rename(place.path(), &moved).unwrap();
    fs::copy(other.path(), place.path()).unwrap();
    let _ = reader.wait(SHORT);
    assert_eq!((sleepers(&place.path()), sleepers(&moved)), (0, 0));

    fs::rename(&moved, place.path()).unwrap();
    while sleepers(&place.path()) == 0 {
        let _ = staying.wait(SHORT);
    }
}

#[test]
fn a_reader_whose_path_leads_to_a_pipe_does_not_open_it() {
    let place = Place::new();
    let mut writer = place.writer();
    writer.publish(&Ledger::of(1));
    let reader = place.reader();
    let moved = place.dir.path().join("moved.bin");
    fs::rename(place.path(), &moved).unwrap();
    let mut watch = pipe(&place.path());
    let _ = reader.wait(SHORT);
    assert!(reader.file().is_superseded());
    assert!(!watch.has_seen_one());
    assert_eq!(reader.snapshot().unwrap(), Ledger::of(1));
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_an_error_and_is_not_opened() {
    let place = Place::new();
    let mut watch = pipe(&place.path());
    let refused = LedgerReader::open_at(place.path()).unwrap_err();
    assert!(matches!(refused, OpenError::NotRegular { .. }), "{refused}");
    let is_refused = |made: Result<LedgerWriter, CreateError>| {
        let refused = made.unwrap_err();
        let expected = matches!(refused, CreateError::Unusable(OpenError::NotRegular { .. }));
        assert!(expected, "{refused}");
    };
    is_refused(LedgerWriter::create_at(place.path()));
    is_refused(place.replacing().create());
    assert!(!watch.has_seen_one());

    // In the place of checkpoints it is as none for those who need none.
    let place = Place::new();
    let mut watch = pipe(&place.checkpoints());
    is_refused(place.try_writer());
    let writer = LedgerWriter::create_at(place.path()).unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Fresh);
    drop(writer);
    drop(place.replacing().create().unwrap());
    let cut = Place::new();
    fs::copy(place.path(), cut.path()).unwrap();
    let options = LedgerReader::options().path(cut.path());
    drop(options.checkpoint_path(place.checkpoints()).open().unwrap());
    assert!(!watch.has_seen_one());
}

/// Moves, removes, replaces or cuts off the file of a writer that lives.
const LOSSES: [fn(&Place); 5] = [
    |place| fs::rename(place.path(), place.path().with_extension("moved")).unwrap(),
    |place| fs::remove_file(place.path()).unwrap(),
    |place| {
        let copy = place.path().with_extension("copy");
        fs::copy(place.path(), &copy).unwrap();
        fs::rename(copy, place.path()).unwrap();
    },
    |place| File::options().write(true).open(place.path()).unwrap().set_len(4096).unwrap(),
    |place| drop(File::create(place.path()).unwrap()),
];

#[test]
fn a_writer_learns_that_readers_no_longer_find_its_file() {
    for (index, lose) in LOSSES.into_iter().enumerate() {
        for is_durable in [false, true] {
            let place = Place::new();
            let options = LedgerWriter::options().path(place.path()).durable(is_durable);
            let mut writer = options.create().unwrap();
            writer.publish(&Ledger::of(1));
            let reader = place.reader();
            assert!(!writer.file().is_superseded() && !reader.file().is_superseded());
            writer.flush().unwrap();
            lose(&place);
            assert!(writer.file().is_superseded(), "{index}");
            // Two of them were cut off: nothing of the file is touched, which would end the process.
            assert!(reader.file().is_superseded(), "{index}");
            let refused = writer.flush().unwrap_err();
            assert!(matches!(refused, FlushError::Superseded { .. }), "{index}: {refused}");
            drop(writer);
            if is_durable {
                let _ = fs::remove_file(place.path());
                assert_eq!(*place.writer().get(), Ledger::of(1), "{index}");
            }
        }
    }
}

#[test]
fn a_flush_tells_nothing_of_a_path_that_cannot_be_seen_any_more() {
    let place = Place::new();
    let inside = place.dir.path().join("inside");
    fs::create_dir(&inside).unwrap();
    let mut writer = LedgerWriter::create_at(inside.join("ledger.bin")).unwrap();
    writer.publish(&Ledger::of(1));
    // As after a change of the root directory.
    fs::rename(&inside, place.dir.path().join("elsewhere")).unwrap();
    assert!(writer.file().is_superseded());
    writer.flush().unwrap();
}

/// Whoever waited got "closed" for ever, though another file had taken the place.
#[test]
fn a_file_that_was_closed_and_then_moved_away_is_superseded_for_those_who_wait() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let place = Place::new();
    let mut writer = place.writer();
    writer.publish(&Ledger::of(1));
    let reader = place.reader();
    drop(writer);
    assert_eq!(reader.wait(SHORT), WaitOutcome::Closed);
    fs::rename(place.path(), place.path().with_extension("moved")).unwrap();
    assert_eq!(reader.wait(SHORT), WaitOutcome::Superseded);
    assert_eq!(reader.wait_newer(1, SHORT), WaitOutcome::Superseded);
    // A newer value still comes first.
    assert_eq!(reader.wait_newer(0, SHORT), WaitOutcome::Newer(1));

    place.writer().publish(&Ledger::of(2));
    assert_eq!(reader.wait(SHORT), WaitOutcome::Superseded);
    let guard = reader.on_change(|_| {}).unwrap();
    while guard.is_running() {
        std::thread::sleep(Duration::from_millis(1));
    }
}
