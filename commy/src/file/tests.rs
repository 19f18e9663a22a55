//! The file layer as a whole: creating, opening, locking, replacing, believing.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use commy_types::Mappable;
use tempfile::TempDir;

use super::control::{State, Word};
use super::create::replace;
use super::lock::Presence;
use super::path::beside;
use super::session::tests::FAKE_BOOT_ID;
use super::temporary::Temporary;
use super::*;
use crate::error::{CreateError, OpenError, ReadError};
use crate::mem::load_words;
use crate::publish::{self, Proven, SlotMemory as _};
use crate::sync::Ordering;
use crate::writer::clean_checksum;

fn spec_of<T: Mappable>() -> RecordSpec {
    RecordSpec {
        schema: T::SCHEMA,
        fingerprint: T::FINGERPRINT,
        size: size_of::<T>(),
        align: align_of::<T>(),
        name: "Test",
        package: "commy",
        package_version: "1",
        notes: &[],
    }
}

fn spec() -> RecordSpec {
    spec_of::<[u64; 3]>()
}

fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.bin");
    (dir, path)
}

fn writer(path: &Path) -> Result<OpenedWriter, CreateError> {
    open_writer(path, &spec(), &FileOptions::default())
}

fn reader(path: &Path) -> Result<OpenedReader, OpenError> {
    open_reader(path, &spec(), ReadOptions::default())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Publishes `content` in every word as `generation`.
fn publish(writer: &OpenedWriter, generation: u64, content: u64) {
    publish::publish::<Proven>(&writer.slots().unwrap(), generation, |_, payload| {
        for word in payload {
            word.store(content, Ordering::Relaxed);
        }
    });
    writer.store_session();
}

/// Closes as an orderly writer does.
fn close(writer: OpenedWriter) {
    let slots = writer.slots().unwrap();
    let mut words = vec![0; slots.payload_words()];
    let copied = publish::read::<Proven>(&slots, |payload| load_words(payload, &mut words));
    writer.mark_closed(copied.ok().map(|latest| (latest, clean_checksum(latest, &words))));
}

fn believes(reader: &OpenedReader) -> bool {
    reader.believes_slots(&reader.slots().unwrap())
}

fn is_busy<T>(result: Result<T, CreateError>) -> bool {
    matches!(result, Err(CreateError::WriterBusy { .. }))
}

#[test]
fn a_new_file_is_private_complete_and_empty() {
    let (dir, path) = place();
    let writer = writer(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&beside(&path, "", ".lock")), 0o600);
    let mut names: Vec<_> = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["data.bin", "data.bin.lock"]);
    let metadata = fs::metadata(&path).unwrap();
    assert!(metadata.blocks() * 512 >= metadata.len());

    let reader = reader(&path).unwrap();
    assert!(!believes(&reader));
    assert_eq!(reader.vouched(), Err(ReadError::Empty));
    assert_eq!(reader.writer_state(), WriterState::Alive);
    drop(writer);
    assert_eq!(reader.writer_state(), WriterState::Dead);
}

#[test]
fn the_mode_is_what_was_asked_for_and_the_lock_file_is_for_those_who_may_write() {
    let (_dir, path) = place();
    let options = FileOptions { mode: Some(0o664), durable: true, ..FileOptions::default() };
    let _writer = open_writer(&path, &spec(), &options).unwrap();
    assert_eq!(mode(&path), 0o664);
    assert_eq!(mode(&beside(&path, "", ".lock")) & 0o717, 0o600);
}

#[test]
fn a_second_writer_is_refused_by_whatever_name_it_comes() {
    let (dir, path) = place();
    let first = writer(&path).unwrap();
    assert!(is_busy(writer(&path)));

    let link = dir.path().join("symbolic");
    symlink("data.bin", &link).unwrap();
    assert!(is_busy(writer(&link)));

    let link = dir.path().join("hard");
    fs::hard_link(&path, &link).unwrap();
    assert!(is_busy(writer(&link)));

    fs::remove_file(beside(&path, "", ".lock")).unwrap();
    assert!(is_busy(writer(&path)));

    drop(first);
    assert!(writer(&path).is_ok());
}

#[test]
fn a_reader_cannot_keep_a_writer_out() {
    let (_dir, path) = place();
    drop(writer(&path).unwrap());
    let stranger = File::open(&path).unwrap();
    assert!(crate::sys::try_lock_byte(&stranger, 1 << 62, crate::sys::ByteLock::Shared).unwrap());
    let writer = writer(&path).unwrap();
    assert_eq!(reader(&path).unwrap().writer_state(), WriterState::Unknown);
    drop(writer);
}

const ROLE: &str = "COMMY_TEST_HOLD_WRITER_OF";

/// Not a test by itself: the process that the next test starts and kills.
#[test]
fn role_holds_a_writer_until_it_is_killed() {
    let Some(path) = env::var_os(ROLE) else { return };
    let _writer = writer(Path::new(&path)).unwrap();
    // Past the test harness, which keeps what a test prints.
    std::io::Write::write_all(&mut std::io::stdout(), b"\nholding\n").unwrap();
    loop {
        std::thread::park();
    }
}

#[test]
fn a_writer_that_is_killed_leaves_no_lock() {
    let (_dir, path) = place();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "file::tests::role_holds_a_writer_until_it_is_killed", "--nocapture"])
        .env(ROLE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "holding"), "the child ended early");
    assert!(is_busy(writer(&path)));
    let reader = reader(&path).unwrap();
    assert_eq!(reader.writer_state(), WriterState::Alive);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(reader.writer_state(), WriterState::Dead);
    assert!(writer(&path).is_ok());
}

#[test]
fn options_that_shape_the_file_must_be_those_it_was_created_with() {
    let (_dir, path) = place();
    let options = FileOptions { slots: Some(7), mode: Some(0o640), durable: false };
    drop(open_writer(&path, &spec(), &options).unwrap());
    assert!(open_writer(&path, &spec(), &options).is_ok());
    assert!(writer(&path).is_ok());
    let other = FileOptions { slots: Some(8), ..FileOptions::default() };
    assert!(matches!(
        open_writer(&path, &spec(), &other),
        Err(CreateError::OptionMismatch { option: "slots", file: 7, asked: 8 })
    ));
    let other = FileOptions { mode: Some(0o600), ..FileOptions::default() };
    assert!(matches!(
        open_writer(&path, &spec(), &other),
        Err(CreateError::OptionMismatch { option: "mode", file: 0o640, asked: 0o600 })
    ));
}

#[test]
fn options_that_no_file_can_have_are_refused_before_anything_is_created() {
    let (dir, path) = place();
    for (slots, mode) in [(1, 0o600), (65_537, 0o600), (4, 0o400), (4, 0o1600), (4, 0o066)] {
        let options = FileOptions { slots: Some(slots), mode: Some(mode), durable: false };
        let refused = open_writer(&path, &spec(), &options);
        assert!(matches!(refused, Err(CreateError::InvalidOption { .. })), "{slots} {mode:o}");
    }
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
}

#[test]
fn a_disk_without_room_is_an_error_and_leaves_nothing() {
    let (dir, path) = place();
    // 5 x 64 TiB: more than any disk has that tests run on, less than can be mapped.
    let large = RecordSpec { size: 1 << 46, ..spec() };
    let refused = open_writer(&path, &large, &FileOptions::default());
    assert!(matches!(refused, Err(CreateError::StorageFull { .. })), "{refused:?}");
    let huge = RecordSpec { size: usize::MAX, ..spec() };
    let refused = open_writer(&path, &huge, &FileOptions::default());
    assert!(matches!(refused, Err(CreateError::TooLarge { slots: 4, .. })), "{refused:?}");
    let names: Vec<_> = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["data.bin.lock"]);
}

#[test]
fn what_a_dead_creator_left_is_removed_and_what_a_live_one_writes_is_not() {
    let (_dir, path) = place();
    let left_over = beside(&path, ".", ".commy-new");
    fs::write(&left_over, "half a file").unwrap();
    drop(writer(&path).unwrap());
    assert!(!left_over.exists());

    fs::write(&left_over, "half a file").unwrap();
    let creator = crate::sys::open(&left_over, true, false).unwrap();
    let creator = Presence::take(creator).unwrap().unwrap();
    assert!(is_busy(writer(&path)));
    assert!(left_over.exists());
    drop(creator);
    assert!(writer(&path).is_ok());
    assert!(!left_over.exists());
}

#[test]
fn a_name_that_was_taken_meanwhile_stays_with_its_file() {
    let (_dir, path) = place();
    let temporary = Temporary::write(&path, &spec(), &FileOptions::default(), 0).unwrap();
    fs::write(&path, "somebody else's").unwrap();
    let taken = temporary.appear(&path).unwrap_err();
    assert_eq!(taken.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), b"somebody else's");
    assert!(!beside(&path, ".", ".commy-new").exists());
}

#[test]
fn a_sparse_copy_gets_its_space_when_a_writer_opens_it() {
    let (dir, path) = place();
    let large = RecordSpec { size: 1 << 20, ..spec() };
    drop(open_writer(&path, &large, &FileOptions::default()).unwrap());
    let copy = dir.path().join("copy.bin");
    let bytes = fs::read(&path).unwrap();
    let sparse = File::create(&copy).unwrap();
    sparse.set_len(bytes.len() as u64).unwrap();
    sparse.write_all_at(&bytes[..16384], 0).unwrap();
    sparse.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
    assert!(sparse.metadata().unwrap().blocks() * 512 < bytes.len() as u64);
    drop(open_writer(&copy, &large, &FileOptions::default()).unwrap());
    assert!(sparse.metadata().unwrap().blocks() * 512 >= bytes.len() as u64);
}

#[test]
fn slots_of_a_copy_are_believed_only_after_an_orderly_close() {
    let (dir, path) = place();
    let opened = writer(&path).unwrap();
    publish(&opened, 1, 11);
    assert!(believes(&reader(&path).unwrap()));
    let copied = |name: &str| {
        let copy = dir.path().join(name);
        fs::copy(&path, &copy).unwrap();
        reader(&copy).unwrap()
    };
    let torn = copied("torn.bin");
    assert!(!believes(&torn));
    assert_eq!(torn.vouched(), Err(ReadError::NeedsWriter));
    close(opened);
    assert!(believes(&copied("clean.bin")));

    // A later writer dies: the clean record is of an older generation than the slots.
    publish(&writer(&path).unwrap(), 2, 22);
    assert!(!believes(&copied("later.bin")));
}

#[test]
fn a_clean_record_with_another_payload_is_not_believed() {
    let (dir, path) = place();
    let opened = writer(&path).unwrap();
    publish(&opened, 1, 11);
    let slot_1 = opened.slots().unwrap();
    close(opened);
    slot_1.payload(1)[2].store(12, Ordering::Relaxed);
    let copy = dir.path().join("copy.bin");
    fs::copy(&path, &copy).unwrap();
    assert!(!believes(&reader(&copy).unwrap()));
}

#[test]
fn a_writer_that_published_nothing_does_not_vouch_for_what_it_found() {
    let (dir, path) = place();
    publish(&writer(&path).unwrap(), 1, 11);
    let copy = dir.path().join("copy.bin");
    fs::copy(&path, &copy).unwrap();
    close(writer(&copy).unwrap());
    assert!(!believes(&reader(&copy).unwrap()));
    let opened = writer(&copy).unwrap();
    publish(&opened, 2, 22);
    assert!(believes(&reader(&copy).unwrap()));
    assert_eq!(reader(&copy).unwrap().vouched(), Ok(()));
}

#[test]
fn slots_of_an_earlier_boot_are_not_believed() {
    let (_dir, path) = place();
    publish(&writer(&path).unwrap(), 1, 11);
    // On tmpfs no file is of an earlier boot, and the boot id is not asked for.
    let is_volatile = crate::sys::is_volatile(&File::open(&path).unwrap());
    FAKE_BOOT_ID.set(Some(b"the boot after".to_vec()));
    assert_eq!(believes(&reader(&path).unwrap()), is_volatile);
    FAKE_BOOT_ID.take();
    assert!(believes(&reader(&path).unwrap()));
}

#[test]
fn a_replaced_file_is_superseded_and_the_new_one_counts_on() {
    let (_dir, path) = place();
    let first = writer(&path).unwrap();
    publish(&first, 41, 1);
    assert!(is_busy(replace(&path, &spec(), &FileOptions::default())));
    let old_reader = reader(&path).unwrap();
    assert!(!old_reader.is_superseded());
    drop(first);

    let other = spec_of::<[u32; 9]>();
    assert!(matches!(
        open_writer(&path, &other, &FileOptions::default()),
        Err(CreateError::SchemaMismatch(_))
    ));
    let second = replace(&path, &other, &FileOptions::default()).unwrap();
    assert_eq!(second.base_generation(), 41);
    assert!(old_reader.is_superseded());
    assert!(believes(&old_reader));
    assert!(matches!(reader(&path), Err(OpenError::SchemaMismatch(_))));
    let new_reader = open_reader(&path, &other, ReadOptions::default()).unwrap();
    assert!(!new_reader.is_superseded());
    assert_eq!(new_reader.vouched(), Err(ReadError::Empty));
    assert!(is_busy(open_writer(&path, &other, &FileOptions::default())));
}

#[test]
fn only_files_of_commy_are_replaced() {
    let (_dir, path) = place();
    fs::write(&path, "a letter").unwrap();
    let refused = replace(&path, &spec(), &FileOptions::default());
    assert!(matches!(refused, Err(CreateError::Unusable(OpenError::NotCommy { .. }))));
    assert_eq!(fs::read(&path).unwrap(), b"a letter");
    for damaged in ["", "\u{89}"] {
        fs::write(&path, damaged).unwrap();
        let done = replace(&path, &spec(), &FileOptions::default());
        assert_eq!(done.is_ok(), damaged.is_empty());
        fs::remove_file(&path).unwrap();
    }
    drop(replace(&path, &spec(), &FileOptions::default()).unwrap());
    File::options().write(true).open(&path).unwrap().set_len(5000).unwrap();
    drop(replace(&path, &spec(), &FileOptions::default()).unwrap());
    assert!(reader(&path).is_ok());
}

#[test]
fn a_removed_file_is_superseded() {
    let (_dir, path) = place();
    drop(writer(&path).unwrap());
    let reader = reader(&path).unwrap();
    assert!(!reader.is_superseded());
    fs::remove_file(&path).unwrap();
    assert!(reader.is_superseded());
    drop(writer(&path).unwrap());
    assert!(reader.is_superseded());
}

#[test]
fn live_words_that_no_writer_stores_are_corrupt() {
    let (_dir, path) = place();
    drop(writer(&path).unwrap());
    let good = fs::read(&path).unwrap();
    let slots = reader(&path).unwrap().slots().unwrap();
    drop(slots);
    let first_slot = good.len() / 4096 * 4096 - 4096;
    for (at, value, what) in [
        (4096 + Word::Latest.offset(), (1 << 62) + 1, "latest generation"),
        (4096 + Word::CleanGeneration.offset(), u64::MAX, "generation of the clean record"),
        (first_slot, u64::MAX, "generation in a slot"),
        (first_slot + 128, (1 << 63) + 1, "generation in a slot"),
        (4096 + Word::State.offset(), 0, "state"),
        (4096 + Word::State.offset(), 4, "state"),
        (4096 + Word::FileLen.offset(), 1, "live file length"),
    ] {
        let mut bad = good.clone();
        bad[at..at + 8].copy_from_slice(&value.to_ne_bytes());
        fs::write(&path, bad).unwrap();
        match reader(&path) {
            Err(OpenError::Corrupt { what: found, .. }) => assert_eq!(found, what),
            other => panic!("{what}: {other:?}"),
        }
        assert!(matches!(writer(&path), Err(CreateError::Unusable(OpenError::Corrupt { .. }))));
    }
    let mut bad = good;
    bad[4096..4104].copy_from_slice(&(1u64 << 62).to_ne_bytes());
    fs::write(&path, &bad).unwrap();
    assert!(reader(&path).is_ok());
    // A writer must be able to count on.
    assert!(matches!(writer(&path), Err(CreateError::Unusable(OpenError::Corrupt { .. }))));
    bad[4096..4104].copy_from_slice(&(1u64 << 61).to_ne_bytes());
    fs::write(&path, &bad).unwrap();
    assert!(writer(&path).is_ok());
}

#[test]
fn readers_may_insist_on_owner_and_mode() {
    let (_dir, path) = place();
    let options = FileOptions { mode: Some(0o620), ..FileOptions::default() };
    drop(open_writer(&path, &spec(), &options).unwrap());
    let owner = fs::metadata(&path).unwrap().uid();
    let open = |owner, refused_mode| {
        open_reader(&path, &spec(), ReadOptions { owner: Some(owner), refused_mode })
    };
    assert!(open(owner, 0o002).is_ok());
    assert!(matches!(open(owner + 1, 0), Err(OpenError::NotOwner { .. })));
    let refused = open(owner, 0o022).unwrap_err();
    assert!(matches!(refused, OpenError::Mode { found: 0o620, refused: 0o020, .. }));
    assert!(refused.to_string().contains("has mode 0620, expected none of the bits 0020"));
}

#[test]
fn a_file_of_another_user_is_not_written() {
    let (_dir, path) = place();
    drop(writer(&path).unwrap());
    if std::os::unix::fs::chown(&path, Some(65_533), None).is_err() {
        eprintln!("skipped: only root can give a file away");
        return;
    }
    let refused = writer(&path);
    assert!(matches!(refused, Err(CreateError::NotOwner { found: 65_533, .. })), "{refused:?}");
}

#[test]
fn a_closed_file_is_live_again_when_a_writer_says_so() {
    let (_dir, path) = place();
    let state = |path: &Path| {
        let mut word = [0; 8];
        let at = 4096 + Word::State.offset() as u64;
        File::open(path).unwrap().read_exact_at(&mut word, at).unwrap();
        State::from_word(u64::from_ne_bytes(word))
    };
    let opened = writer(&path).unwrap();
    assert_eq!(state(&path), Some(State::Live));
    close(opened);
    assert_eq!(state(&path), Some(State::Closed));
    writer(&path).unwrap().mark_live();
    assert_eq!(state(&path), Some(State::Live));
}

#[test]
fn a_sound_header_with_enormous_sizes_is_no_danger() {
    let (_dir, path) = place();
    drop(writer(&path).unwrap());
    let good = fs::read(&path).unwrap();
    let bytes: &header::HeaderBytes = good[..4096].try_into().unwrap();
    let header = header::Header::decode(bytes, &path).unwrap();
    let schema = &good[12288..12288 + header.schema_len as usize];
    let tib = 1 << 40;
    let hostile = [
        header::Header { file_len: u64::MAX, ..header },
        header::Header { file_len: 2 * tib, ..header },
        header::Header { root_size: tib, slot_stride: 2 * tib, file_len: 20 * tib, ..header },
        header::Header { slot_count: u64::MAX, slot_stride: u64::MAX - 127, ..header },
        header::Header { root_size: 0, ..header },
        header::Header { root_align: 1 << 63, ..header },
        header::Header { schema_len: 1 << 50, slots: 1 << 51, file_len: 1 << 52, ..header },
        header::Header { control: 1 << 63, wait_page: 1 << 63, ..header },
    ];
    for header in hostile {
        let bytes = [header.encode(schema).as_slice(), &good[4096..]].concat();
        fs::write(&path, &bytes).unwrap();
        // As long as a sparse file may be; where the file system has no such, it stays short.
        let _ = File::options().write(true).open(&path).unwrap().set_len(2 * tib);
        match reader(&path) {
            Err(OpenError::Truncated { .. } | OpenError::Corrupt { .. } | OpenError::Io { .. }) => {
            }
            Ok(reader) => {
                assert_eq!(header.file_len, 2 * tib, "{header:?} was accepted");
                assert!(!believes(&reader));
            }
            Err(other) => panic!("{header:?}: {other}"),
        }
    }
}

#[test]
fn a_link_that_a_stranger_put_into_a_shared_directory_is_not_followed() {
    let (dir, path) = place();
    let link = dir.path().join("link");
    symlink(&path, &link).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(writer(&link).is_ok());
    fs::remove_file(&path).unwrap();
    if std::os::unix::fs::lchown(&link, Some(65_533), None).is_err() {
        eprintln!("skipped: only root can give a link away");
        return;
    }
    assert!(matches!(writer(&link), Err(CreateError::Permission { .. })));
    assert!(!path.exists());
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(writer(&link).is_ok());
}

#[test]
fn racing_creators_make_one_file_and_one_writer() {
    let (_dir, path) = place();
    let mut files = 0;
    for _ in 0..20 {
        let start = std::sync::Barrier::new(4);
        let winners: Vec<OpenedWriter> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        // As a cleaner would, so that the side file alone decides nothing.
                        let _ = fs::remove_file(beside(&path, "", ".lock"));
                        writer(&path)
                    })
                })
                .collect();
            let results = racers.into_iter().map(|racer| racer.join().unwrap());
            results
                .filter_map(|result| match result {
                    Ok(writer) => Some(writer),
                    Err(CreateError::WriterBusy { .. }) => None,
                    Err(other) => panic!("{other}"),
                })
                .collect()
        });
        assert!(winners.len() <= 1, "{} writers of one file", winners.len());
        if let [winner] = winners.as_slice() {
            files += 1;
            publish(winner, 1, 5);
            assert!(believes(&reader(&path).unwrap()));
        }
        drop(winners);
        let _ = fs::remove_file(&path);
    }
    assert!(files > 0, "nobody ever won");
}
