//! Records that grow where there is no room for them: an error that says why, nothing changed, and
//! readers and later writes that go on. And readers where there are no locks.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(unsafe_code, reason = "limits of a process")]

#[path = "support/mounts.rs"]
mod mounts;
#[path = "support/seccomp.rs"]
mod seccomp;
mod support;

use core::time::Duration;
use std::path::Path;
use std::{fs, thread};

use commy::{ReadError, WriteError, create_reader, create_writer};

#[create_writer(filename = "blob.bin", growable)]
#[create_reader(filename = "blob.bin", growable)]
struct Blob {
    #[commy(bytes)]
    data: Vec<u8>,
    text: String,
}

const LIMIT: Duration = Duration::from_secs(120);

/// A writer whose data cannot become so long, and a reader that must not notice.
fn refused(writer: &mut BlobWriter, path: &Path, len: usize) {
    let reader = BlobReader::open_at(path).unwrap();
    let before = (writer.file().generation(), writer.data().load().unwrap());
    let live = writer.file().stats().live;
    let no_space = |result: Result<(), WriteError>| match result {
        Err(WriteError::NoSpace { path: told, needed, reason, .. }) => {
            assert_eq!(*told, *path);
            assert!(needed > len as u64, "{needed}");
            assert!(!reason.is_empty());
        }
        other => panic!("{other:?}"),
    };
    let large = vec![2; len];
    no_space(writer.set_data(&large));
    no_space(writer.transaction(|tx| {
        tx.set_text("staged")?;
        tx.data_mut().extend_from_slice(&large)
    }));
    no_space(writer.reserve(len as u64 + 1));
    assert_eq!((writer.file().generation(), reader.data().load().unwrap()), before);
    assert_eq!(reader.text().unwrap(), "");
    assert_eq!(writer.file().stats().live, live, "nothing leaks");
    for round in 0..20 {
        writer.set_data(&[round; 50_000]).unwrap();
    }
    assert_eq!(reader.data().load().unwrap(), [19; 50_000]);
}

#[test]
#[ignore = "a role of the test below"]
fn writer_with_a_limit_for_files() {
    let Some(path) = support::role_path() else { return };
    let limit = libc::rlimit { rlim_cur: 1 << 20, rlim_max: 1 << 20 };
    // SAFETY: the pointer is to one structure, which the call reads.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) }, 0);
    let mut writer = BlobWriter::create_at(&path).unwrap();
    writer.set_data(&[1; 100_000]).unwrap();
    refused(&mut writer, &path, 2 << 20);
}

#[test]
fn a_process_that_must_not_make_long_files_is_told_so_and_not_ended() {
    let _watchdog = support::watchdog(LIMIT);
    let (_directory, path) = support::place("blob.bin");
    let mut child = support::start("writer_with_a_limit_for_files", &path);
    let status = child.wait().unwrap();
    assert!(status.success(), "{status}");
}

#[test]
#[ignore = "a role of the test below"]
fn writer_on_a_full_tmpfs() {
    let Some(path) = support::role_path() else { return };
    let at = path.with_file_name("disk");
    if !mounts::mount(&["-t", "tmpfs", "-o", "size=4m", "tmpfs"], &at) {
        return;
    }
    let path = at.join("blob.bin");
    let mut writer = BlobWriter::create_at(&path).unwrap();
    writer.set_data(&[1; 100_000]).unwrap();
    // What a writer has reserved, nobody takes from it.
    writer.reserve(200_000).unwrap();
    let filler = mounts::fill(&at);
    refused(&mut writer, &path, 2 << 20);
    fs::remove_file(filler).unwrap();
    writer.set_data(&vec![3; 2 << 20]).unwrap();
    assert_eq!(BlobReader::open_at(&path).unwrap().data().len().unwrap(), 2 << 20);
}

#[test]
fn a_full_file_system_changes_nothing() {
    let _watchdog = support::watchdog(LIMIT);
    let (_directory, path) = support::place("blob.bin");
    mounts::succeeds("writer_on_a_full_tmpfs", &path);
}

#[test]
fn a_value_of_more_than_four_gibibytes_is_refused_before_anything_is_done() {
    let (_directory, path) = support::place("blob.bin");
    let mut writer = BlobWriter::create_at(&path).unwrap();
    writer.set_text("before").unwrap();
    // Zeros that nobody touches take no memory.
    let huge = vec![0; 1 << 32];
    let refused = writer.set_data(&huge);
    let (len, max) = (1 << 32, u64::from(u32::MAX));
    assert!(
        matches!(refused, Err(WriteError::TooLong { len: found, max: most, .. }) if (found, most) == (len, max)),
        "{refused:?}"
    );
    writer.set_data(&[1; 100]).unwrap();
    let refused = writer.data_mut().extend_from_slice(&huge[..(1 << 32) - 100]);
    assert!(matches!(refused, Err(WriteError::TooLong { .. })), "{refused:?}");
    assert_eq!(writer.data().load().unwrap(), [1; 100]);
    assert!(fs::metadata(&path).unwrap().len() < 1 << 20);
}

#[test]
fn where_there_are_no_locks_reads_go_on_and_pins_are_refused() {
    let _watchdog = support::watchdog(LIMIT);
    let (_directory, path) = support::place("blob.bin");
    let mut writer = BlobWriter::create_at(&path).unwrap();
    writer.set_data(&vec![7; 1 << 20]).unwrap();
    let reader = BlobReader::open_at(&path).unwrap();
    let reading = thread::spawn(move || {
        seccomp::forbid(&[(libc::SYS_fcntl, libc::ENOLCK)]);
        // So much that a reader pins it if it can.
        assert_eq!(reader.data().load().unwrap(), vec![7; 1 << 20]);
        assert_eq!(reader.snapshot().unwrap().data.len(), 1 << 20);
        let refused = reader.pin().map(|view| view.generation());
        match refused {
            Err(ReadError::PinRefused { reason, .. }) => {
                assert!(reason.contains("No locks available"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    });
    reading.join().unwrap();
}
