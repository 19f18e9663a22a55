//! Each kind of damage to a file gives its own error; none gives a panic, a hang or a signal.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed test may panic"
)]

mod support;

use core::time::Duration;
use std::env;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use commy::{CreateError, FixedString, OpenError, ReadError, create_reader, create_writer};
use support::format::file::{CLEAN, CONTROL, SCHEMA, SESSION};
use support::format::header::{self, ENDIANNESS, INCOMPATIBLE, LEN as HEADER_LEN, VERSION};
use support::format::slot;
use tempfile::TempDir;

#[create_writer(filename = "reading.bin")]
#[create_reader(filename = "reading.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Reading {
    count: u64,
    ok: bool,
    name: FixedString<16>,
}

/// Where the slots of the file are, and how far from each other.
const SLOTS: usize = 16384;
const STRIDE: usize = slot::ALIGN;

/// A file that was closed in good order after one publish, its path and its bytes.
fn good() -> (TempDir, PathBuf, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("reading.bin");
    let mut writer = ReadingWriter::create_at(&path).unwrap();
    writer.update(|reading| {
        reading.count = 7;
        reading.ok = true;
        reading.name = FixedString::try_from("seven").unwrap();
    });
    drop(writer);
    let bytes = fs::read(&path).unwrap();
    assert!(ReadingReader::open_at(&path).unwrap().snapshot().is_ok());
    (dir, path, bytes)
}

fn open(path: &Path) -> Result<ReadingReader, OpenError> {
    ReadingReader::open_at(path)
}

fn create(path: &Path) -> Result<ReadingWriter, CreateError> {
    ReadingWriter::create_at(path)
}

/// The error of a file with these bytes, for a reader; a writer must refuse it for the same
/// reason and leave it as it is.
fn error_of(path: &Path, bytes: &[u8]) -> OpenError {
    fs::write(path, bytes).unwrap();
    let error = open(path).unwrap_err();
    match create(path) {
        Err(CreateError::Unusable(other)) => assert_eq!(other.to_string(), error.to_string()),
        other => panic!("a reader is told {error}, a writer {other:?}"),
    }
    assert_eq!(fs::read(path).unwrap(), bytes, "a refused file was changed");
    error
}

/// The bytes with `new` at `at`.
fn with(bytes: &[u8], at: usize, new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

#[test]
fn an_absent_file_or_directory_is_not_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("absent.bin");
    assert!(
        matches!(open(&path), Err(OpenError::NotFound { path: at, directory: None, .. }) if at == path)
    );
    let told = |error: String| error.replace(&format!("{}/", dir.path().display()), "");
    assert_eq!(told(open(&path).err().unwrap().to_string()), "no file at `absent.bin`");
    // What is a file can be no directory.
    let within = dir.path().join("file/reading.bin");
    fs::write(dir.path().join("file"), "text").unwrap();
    let expected = "no directory at `file` for the file `file/reading.bin`";
    assert_eq!(told(open(&within).err().unwrap().to_string()), expected);
    assert_eq!(told(create(&within).err().unwrap().to_string()), expected);
    let deep = dir.path().join("no/such/reading.bin");
    assert!(
        matches!(open(&deep), Err(OpenError::NotFound { directory: Some(at), .. }) if at.ends_with("such"))
    );
    assert!(
        matches!(create(&deep), Err(CreateError::NotFound { directory, .. }) if directory.ends_with("such"))
    );
}

#[test]
fn an_empty_file_is_said_to_be_empty_and_is_none_for_a_writer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("reading.bin");
    fs::write(&path, "").unwrap();
    let error = open(&path).unwrap_err();
    assert!(error.to_string().ends_with("is not a commy file: it is empty"), "{error}");
    assert_eq!(create(&path).unwrap().file().generation(), 0);
}

#[test]
fn a_foreign_file_is_told_by_its_first_bytes() {
    let (_dir, path, _) = good();
    let foreign: [&[u8]; 5] =
        [b"x", b"a letter\n", &[0; 5000], b"\x7fELF\x02\x01\x01\0", &[b'\x89'; 5000]];
    for bytes in foreign {
        let error = error_of(&path, bytes);
        let OpenError::NotCommy { found, .. } = &error else { panic!("{error:?}") };
        assert_eq!(found[..], bytes[..bytes.len().min(8)]);
        assert!(error.to_string().is_ascii() && !error.to_string().contains('\n'));
    }
}

#[test]
fn a_file_cut_off_anywhere_says_how_much_is_missing() {
    let (_dir, path, bytes) = good();
    let near = [HEADER_LEN, CONTROL, SCHEMA, SLOTS, bytes.len()];
    let near = near.iter().flat_map(|at| at.saturating_sub(2)..at + 2);
    let lengths = (1..200).chain((200..bytes.len()).step_by(61)).chain(near);
    for len in lengths.filter(|len| *len < bytes.len()) {
        let least = if len < HEADER_LEN { HEADER_LEN } else { bytes.len() };
        match error_of(&path, &bytes[..len]) {
            OpenError::Truncated { found, expected, .. } => {
                assert_eq!((found, expected), (len as u64, least as u64));
            }
            other => panic!("cut off at {len}: {other}"),
        }
    }
}

#[test]
fn another_format_version_is_named_with_ours() {
    let (_dir, path, bytes) = good();
    let error = error_of(&path, &with(&bytes, VERSION, &2u32.to_le_bytes()));
    assert!(matches!(error, OpenError::FormatVersion { found: 2, expected: 1, .. }));
    assert!(error.to_string().ends_with("has format version 2, expected 1"));
}

#[test]
fn unknown_features_are_named_by_their_flags() {
    let (_dir, path, bytes) = good();
    let error = error_of(&path, &with(&bytes, INCOMPATIBLE, &0x13u64.to_le_bytes()));
    assert!(matches!(error, OpenError::Unsupported { flags: 0x12, .. }));
}

#[test]
fn the_other_byte_order_is_named_with_ours() {
    let (_dir, path, bytes) = good();
    let mut mark = bytes[ENDIANNESS..ENDIANNESS + 8].to_vec();
    mark.reverse();
    let error = error_of(&path, &with(&bytes, ENDIANNESS, &mark));
    let OpenError::Endianness { found, expected, .. } = error else { panic!("{error:?}") };
    assert_ne!(found, expected);
}

#[test]
fn every_changed_byte_of_header_and_schema_is_an_error() {
    let (_dir, path, bytes) = good();
    let schema_len = bytes[SCHEMA..SLOTS].iter().take_while(|byte| **byte != 0).count();
    assert!(schema_len > 200);
    let file = File::options().write(true).open(&path).unwrap();
    for at in (0..HEADER_LEN).chain(SCHEMA..SCHEMA + schema_len) {
        file.write_all_at(&[!bytes[at]], at as u64).unwrap();
        assert!(open(&path).is_err(), "byte {at}");
        assert!(matches!(create(&path), Err(CreateError::Unusable(_))), "byte {at}");
        file.write_all_at(&bytes[at..=at], at as u64).unwrap();
    }
    assert!(open(&path).is_ok());
}

#[test]
fn impossible_sizes_and_offsets_are_errors() {
    let (_dir, path, bytes) = good();
    for at in (header::HEADER_LEN..header::RESERVED).step_by(8) {
        for number in [u64::MAX, u64::MAX / 2, 1 << 62, 1 << 40, 0] {
            if bytes[at..at + 8] != number.to_le_bytes() {
                error_of(&path, &with(&bytes, at, &number.to_le_bytes()));
            }
        }
    }
}

#[test]
fn a_sparse_file_of_enormous_length_is_an_error_and_no_allocation() {
    let (_dir, path, bytes) = good();
    for start in
        [b"".as_slice(), &bytes[..8], &with(&bytes, header::SCHEMA_LEN, &[0xff; 8])[..HEADER_LEN]]
    {
        fs::write(&path, start).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        let error = open(&path).unwrap_err();
        assert!(matches!(
            error,
            OpenError::NotCommy { .. }
                | OpenError::FormatVersion { .. }
                | OpenError::Corrupt { .. }
        ));
        assert!(matches!(create(&path), Err(CreateError::Unusable(_))));
    }
}

#[test]
fn a_file_that_grew_is_as_good_as_before() {
    let (_dir, path, _) = good();
    File::options().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
    assert_eq!(open(&path).unwrap().count().unwrap(), 7);
}

/// Calls `run` on another thread and panics when it does not return.
fn within_a_minute<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let _thread = thread::spawn(move || sender.send(run()));
    receiver.recv_timeout(Duration::from_secs(60)).expect("the call hangs")
}

#[test]
fn what_is_no_regular_file_is_told_and_never_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let _listener = UnixListener::bind(at("socket")).unwrap();
    let cases = [
        (at("pipe"), "a pipe"),
        (at("socket"), "a socket"),
        (dir.path().into(), "a directory"),
        (PathBuf::from("/dev/zero"), "a device"),
        (PathBuf::from("/dev/null"), "a device"),
    ];
    for (path, kind) in cases {
        let reader = within_a_minute({
            let path = path.clone();
            move || open(&path)
        });
        match reader {
            Err(OpenError::NotRegular { found, .. }) => assert_eq!(found, kind),
            other => panic!("{kind}: {other:?}"),
        }
        let lock = PathBuf::from(format!("{}.lock", path.display()));
        let writer = within_a_minute(move || create(&path));
        match writer {
            Err(CreateError::Unusable(OpenError::NotRegular { found, .. })) => {
                assert_eq!(found, kind);
            }
            other => panic!("{kind}: {other:?}"),
        }
        assert!(!lock.exists(), "a lock file beside {kind}");
    }
}

#[test]
fn links_lead_to_the_file_and_loops_to_an_error() {
    let (dir, path, _) = good();
    let at = |name: &str| dir.path().join(name);
    symlink(&path, at("link")).unwrap();
    assert_eq!(open(&at("link")).unwrap().count().unwrap(), 7);
    assert_eq!(create(&at("link")).unwrap().get().count, 7);
    symlink(at("nothing"), at("dangling")).unwrap();
    assert!(matches!(open(&at("dangling")), Err(OpenError::NotFound { .. })));
    symlink(at("loop"), at("loop")).unwrap();
    assert!(matches!(open(&at("loop")), Err(OpenError::Io { .. })));
    assert!(matches!(create(&at("loop")), Err(CreateError::Io { .. })));
}

#[test]
fn a_writer_creates_the_file_that_a_dangling_link_names() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    symlink("real.bin", at("link")).unwrap();
    drop(create(&at("link")).unwrap());
    assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    assert!(fs::symlink_metadata(at("real.bin")).unwrap().is_file());
}

const ROLE: &str = "COMMY_TEST_OPEN_WITHOUT_PERMISSION";
const REFUSED: i32 = 42;

/// Not a test by itself: what the next test runs as a user without rights.
#[test]
fn role_opens_without_permission() {
    let Some(path) = env::var_os(ROLE) else { return };
    let path = Path::new(&path);
    let reader = matches!(open(path), Err(OpenError::Permission { .. }));
    // For a writer it comes first whose file it is.
    let writer =
        matches!(create(path), Err(CreateError::Permission { .. } | CreateError::NotOwner { .. }));
    std::process::exit(if reader && writer { REFUSED } else { 1 });
}

#[test]
fn a_file_that_must_not_be_read_is_a_matter_of_permission() {
    let (dir, path, _) = good();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let program = dir.path().join("program");
    support::copy_program(&program);
    let mut command = Command::new(&program);
    command.args(["--exact", "role_opens_without_permission"]).env(ROLE, &path);
    if File::open(&path).is_ok() {
        // Root may read everything; so be somebody else.
        command.uid(65_534).gid(65_534);
    }
    match command.output() {
        Ok(output) => assert_eq!(output.status.code(), Some(REFUSED), "{output:?}"),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            eprintln!("skipped: cannot become another user: {error}");
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_bad_value_is_invalid_and_names_the_field() {
    let (_dir, path, bytes) = good();
    let payload = SLOTS + STRIDE + slot::PAYLOAD;
    fs::write(&path, with(&bytes, payload + 8, &[2])).unwrap();
    let reader = open(&path).unwrap();
    match reader.snapshot() {
        Err(ReadError::Invalid { field, .. }) => assert_eq!(field, "ok"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(reader.ok(), Err(ReadError::Invalid { .. })));
    assert_eq!(reader.count().unwrap(), 7);
}

#[test]
fn slots_without_a_session_need_a_writer_unless_the_close_was_clean() {
    let (_dir, path, bytes) = good();
    let strange = with(&bytes, SESSION, &[0x55; 8]);
    fs::write(&path, &strange).unwrap();
    assert_eq!(open(&path).unwrap().snapshot().unwrap().count, 7);

    for (at, new) in [(CLEAN, [0; 8]), (CLEAN + 8, [0; 8])] {
        fs::write(&path, with(&strange, at, &new)).unwrap();
        let reader = open(&path).unwrap();
        assert_eq!(reader.snapshot(), Err(ReadError::NeedsWriter));
        let mut writer = create(&path).unwrap();
        assert_eq!(reader.snapshot(), Err(ReadError::NeedsWriter));
        writer.set_count(8);
        assert_eq!(reader.snapshot().unwrap().count, 8);
        assert!(writer.file().generation() > 1);
    }
}

#[test]
fn any_damage_behind_the_schema_gives_a_value_or_an_error() {
    let (_dir, path, bytes) = good();
    let file = File::options().write(true).open(&path).unwrap();
    let places = (CONTROL..CONTROL + 1024).step_by(8).chain(SLOTS..SLOTS + 5 * STRIDE);
    for at in places {
        for new in [0x00, 0x01, 0x80, 0xff] {
            file.write_all_at(&bytes, 0).unwrap();
            file.write_all_at(&[new], at as u64).unwrap();
            let Ok(reader) = open(&path) else { continue };
            let _ = reader.snapshot();
            let _ = reader.ok();
            let _ = reader.name();
            if let Ok(mut writer) = create(&path) {
                writer.set_count(9);
                assert_eq!(reader.count(), Ok(9), "byte {at} set to {new}");
            }
        }
    }
}
