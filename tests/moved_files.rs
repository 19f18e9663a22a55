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

use commy::{CreateError, OpenError, Recovered};
use ledger::{Ledger, LedgerReader, LedgerWriter};
use place::Place;

/// Where readers register that wait for a publish.
const SLEEPERS: usize = 8192;
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
    assert!(reader.is_superseded());
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
    is_refused(LedgerWriter::options().path(place.path()).replace());
    assert!(!watch.has_seen_one());

    // In the place of checkpoints it is as none for those who need none.
    let place = Place::new();
    let mut watch = pipe(&place.checkpoints());
    is_refused(place.try_writer());
    let writer = LedgerWriter::create_at(place.path()).unwrap();
    assert_eq!(writer.recovered(), Recovered::Fresh);
    drop(writer);
    drop(LedgerWriter::options().path(place.path()).replace().unwrap());
    let cut = Place::new();
    fs::copy(place.path(), cut.path()).unwrap();
    let options = LedgerReader::options().path(cut.path());
    drop(options.checkpoint_path(place.checkpoints()).open().unwrap());
    assert!(!watch.has_seen_one());
}
