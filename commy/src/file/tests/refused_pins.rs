//! Strangers' locks, and pins that are refused.

use std::io;
use std::thread;

use super::super::pins::{FilePins, PinError, PinProbe};
use super::pins::Pinned;
use super::*;
use crate::format::locks::{LAST_PIN, PIN_BASE};
use crate::publish::reclaim::{PinLocks as _, Pins as _};
use crate::sys::{self, ByteLock, TO_THE_END};

#[path = "../../../../tests/support/seccomp.rs"]
mod seccomp;

/// A stranger's handle that holds a lock on so many bytes.
fn stranger(path: &Path, start: u64, len: u64, lock: ByteLock) -> File {
    let file = File::options().read(true).write(true).open(path).unwrap();
    assert!(sys::try_lock_bytes(&file, start, len, lock).unwrap());
    file
}

#[test]
fn a_lock_over_everything_pins_everything_and_stops_nobody() {
    let pinned = Pinned::new();
    for (start, lock) in [(0, ByteLock::Shared), (1 << 62, ByteLock::Shared)] {
        let stranger = stranger(&pinned.path, start, TO_THE_END, lock);
        assert_eq!(pinned.probe.pinned(3, 90), Some((3, 90)));
        assert_eq!(pinned.probe.pinned(3, u64::MAX), Some((3, LAST_PIN)));
        pinned.pins.lock(7).unwrap();
        drop(pinned.pins.lock_from(8).unwrap());
        drop(stranger);
        assert_eq!(pinned.ranges(3, 90), [(7, 7)]);
        pinned.pins.unlock(7);
    }
    // Only who may write the file can lock readers out, and they are told.
    let stranger = stranger(&pinned.path, 0, TO_THE_END, ByteLock::Exclusive);
    for refused in [pinned.pins.lock(7), pinned.pins.lock_from(7).map(drop)] {
        let refused = refused.unwrap_err();
        assert!(matches!(refused, PinError::Taken { generation: 7, .. }), "{refused}");
        assert!(refused.to_string().contains("is locked for writing"), "{refused}");
    }
    assert_eq!(pinned.probe.pinned(3, 90), Some((3, 90)));
    drop(stranger);
    pinned.pins.lock(7).unwrap();
    assert_eq!(pinned.ranges(3, 90), [(7, 7)]);
}

#[test]
fn a_lock_in_front_of_the_pins_is_none_of_them() {
    let pinned = Pinned::new();
    let _stranger = stranger(&pinned.path, 0, PIN_BASE, ByteLock::Exclusive);
    let _writer = stranger(&pinned.path, PIN_BASE + 5, 3, ByteLock::Shared);
    assert_eq!(pinned.ranges(0, LAST_PIN), [(5, 7)]);
    assert_eq!(pinned.probe.pinned(6, 6), Some((6, 6)), "as far as it was asked for");
    assert_eq!(pinned.probe.pinned(8, 5), None);
}

#[test]
fn a_generation_beyond_the_last_byte_is_refused() {
    let pinned = Pinned::new();
    for generation in [LAST_PIN + 1, 1 << 62, u64::MAX] {
        for refused in [pinned.pins.lock(generation), pinned.pins.lock_from(generation).map(drop)] {
            let refused = refused.unwrap_err();
            assert!(matches!(refused, PinError::Generation { found, .. } if found == generation));
            assert!(refused.to_string().contains("at most 4611686018427387839"), "{refused}");
        }
        assert_eq!(pinned.probe.pinned(generation, u64::MAX), None);
    }
    pinned.pins.lock(LAST_PIN).unwrap();
    assert_eq!(pinned.ranges(0, u64::MAX), [(LAST_PIN, LAST_PIN)]);
}

#[test]
fn locks_that_the_system_refuses_are_an_error_and_count_as_pins() {
    let pinned = Pinned::new();
    for error in [libc::EPERM, libc::EINVAL, libc::ENOLCK, libc::ENOSYS] {
        thread::scope(|scope| {
            scope.spawn(|| {
                seccomp::forbid(&[(libc::SYS_fcntl, error)]);
                for refused in [pinned.pins.lock(7), pinned.pins.lock_from(7).map(drop)] {
                    let refused = refused.unwrap_err();
                    let PinError::Refused { generation: 7, source, .. } = &refused else {
                        panic!("{refused}");
                    };
                    let said = io::Error::from_raw_os_error(error);
                    let is_named = source.to_string() == said.to_string()
                        && refused.to_string().contains("read without a pin");
                    assert!(is_named, "{refused}: {source}");
                }
                assert_eq!(pinned.probe.pinned(3, 90), Some((3, 90)), "it may be pinned");
                let file = File::open(&pinned.path).unwrap();
                let blind = PinProbe::open(&pinned.path, &file);
                assert!(matches!(blind, Err(PinError::Refused { .. })));
            });
        });
    }
    assert_eq!(pinned.ranges(3, 90), [], "nothing is left of what was refused");
    pinned.pins.lock(7).unwrap();
}

#[test]
fn another_file_at_the_path_is_refused() {
    let pinned = Pinned::new();
    let file = File::open(&pinned.path).unwrap();
    fs::rename(&pinned.path, pinned.path.with_extension("old")).unwrap();
    let refused = FilePins::open(&pinned.path, &file).unwrap_err();
    assert!(matches!(refused, PinError::Open { .. }), "{refused}");
    fs::write(&pinned.path, "y").unwrap();
    let refused = FilePins::open(&pinned.path, &file).unwrap_err();
    assert!(matches!(refused, PinError::Replaced { .. }), "{refused}");
    let refused = PinProbe::open(&pinned.path, &file).unwrap_err();
    assert!(matches!(refused, PinError::Replaced { .. }), "{refused}");
}

#[test]
fn the_locks_have_descriptors_of_their_own_to_read_and_to_close_in_other_programs() {
    let pinned = Pinned::new();
    let mut found = 0;
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !fs::read_link(format!("/proc/self/fd/{name}")).is_ok_and(|path| path == pinned.path) {
            continue;
        }
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{name}")).unwrap();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
        let flags = i32::from_str_radix(flags.trim(), 8).unwrap();
        assert_eq!(flags & libc::O_ACCMODE, libc::O_RDONLY);
        assert_eq!(flags & libc::O_CLOEXEC, libc::O_CLOEXEC);
        found += 1;
    }
    assert_eq!(found, 3, "two for the pins, one for the probe");
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    assert!(!maps.contains(pinned.path.to_str().unwrap()));
}
