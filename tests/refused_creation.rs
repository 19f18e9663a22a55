//! Who is refused leaves nothing: no file, no lock file, no checkpoints, nothing half made; and what
//! others have put where a writer works stays as it was.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(unsafe_code, reason = "std sets no limits and makes no nameless files")]

mod support;

use core::time::Duration;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::fs::{
    FileExt as _, MetadataExt as _, PermissionsExt as _, chown, lchown, symlink,
};
use std::path::{Path, PathBuf};

use commy::{
    CreateError, FlushError, OnMismatch, OpenError, Recovered, WriterOptions, create_reader,
    create_writer,
};
use support::format::{area, header};

/// What release 1 of a program has.
mod v1 {
    #[commy::create_writer(filename = "meter.bin")]
    #[commy::create_reader(filename = "meter.bin")]
    #[derive(Debug, PartialEq)]
    pub(crate) struct Meter {
        pub(crate) reading: u32,
    }
}

/// What release 2 has.
#[create_writer(filename = "meter.bin")]
#[create_reader(filename = "meter.bin")]
#[derive(Debug, PartialEq)]
struct Meter {
    reading: u64,
    running: bool,
}

/// Options by which a new file takes the place of what is there.
fn replacing(path: &Path) -> WriterOptions<Meter, MeterWriter> {
    let options = MeterWriter::options().path(path).slots(support::other_slots(path));
    options.on_mismatch(OnMismatch::Replace)
}

fn replacing_frame(path: &Path) -> WriterOptions<Frame, FrameWriter> {
    FrameWriter::options().path(path).on_mismatch(OnMismatch::Replace)
}

fn durable(path: &Path) -> Result<MeterWriter, CreateError> {
    MeterWriter::options().path(path).durable(true).create()
}

/// All files below a directory and what they hold.
fn contents(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap();
        if kind.is_dir() {
            found.push((path.clone(), Vec::new()));
            found.extend(contents(&path));
        } else if kind.is_symlink() {
            let leads_to = fs::read_link(&path).unwrap();
            found.push((path, leads_to.into_os_string().into_encoded_bytes()));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

/// Runs `create`, which is refused, and shows that the directory is as it was.
fn refused<T: core::fmt::Debug>(
    directory: &Path,
    create: impl FnOnce() -> Result<T, CreateError>,
) -> CreateError {
    let before = contents(directory);
    let error = create().unwrap_err();
    assert!(before == contents(directory), "something has changed: {error}");
    error
}

#[test]
fn a_release_that_finds_the_checkpoints_of_another_one_does_not_lock_that_out() {
    let (directory, path) = support::place("meter.bin");
    let release_1 = || v1::MeterWriter::options().path(&path).durable(true);
    let mut writer = release_1().create().unwrap();
    writer.set_reading(42);
    writer.flush().unwrap();
    drop(writer);
    // A restart of the machine: the live file was in memory.
    fs::remove_file(&path).unwrap();
    fs::remove_file(path.with_extension("bin.lock")).unwrap();
    let error = refused(directory.path(), || durable(&path));
    assert!(matches!(error, CreateError::SchemaMismatch(_)), "{error}");
    let writer = release_1().create().unwrap();
    assert_eq!((writer.file().recovered(), writer.get().reading), (Recovered::Checkpoint, 42));
    drop(writer);

    // Release 2 takes over, as the error's documentation advises, and release 1 comes back.
    let mut writer = replacing(&path).durable(true).create().unwrap();
    writer.set_reading(1 << 40);
    drop(writer);
    let kept = path.with_extension("bin.ckpt.old-2");
    assert!(kept.exists(), "{:?}", contents(directory.path()));
    for name in ["bin", "bin.ckpt"] {
        fs::remove_file(path.with_extension(name)).unwrap();
    }
    fs::rename(kept, path.with_extension("bin.ckpt")).unwrap();
    assert_eq!(release_1().create().unwrap().get().reading, 42);
}

#[test]
fn whatever_is_wrong_with_the_checkpoints_no_file_is_left() {
    let (directory, path) = support::place("meter.bin");
    let checkpoints = path.with_extension("bin.ckpt");
    let (elsewhere, other) = support::place("other.bin");
    let mut writer = durable(&other).unwrap();
    for reading in 1..3 {
        writer.set_reading(reading);
        writer.flush().unwrap();
    }
    let good = fs::read(other.with_extension("bin.ckpt")).unwrap();
    drop(writer);
    let mut both = good.clone();
    let last = both.len() - area::ALIGN + area::IMAGE;
    both[last] ^= 1;
    both[last - area::ALIGN] ^= 1;
    let mut invalid = durable(&elsewhere.path().join("invalid.bin")).unwrap();
    invalid.set_reading(3);
    drop(invalid);
    for (what, bytes) in [
        ("a document", b"a letter, longer than a magic number".to_vec()),
        ("a record", fs::read(&other).unwrap()),
        ("cut off", good[..5000].to_vec()),
        ("damaged", both),
        ("another header", [&good[..100], b"x", &good[101..]].concat()),
    ] {
        fs::write(&checkpoints, bytes).unwrap();
        let error = refused(directory.path(), || durable(&path));
        assert!(matches!(error, CreateError::Unusable(_)), "{what}: {error}");
    }
    fs::remove_file(&checkpoints).unwrap();
    fs::create_dir(&checkpoints).unwrap();
    let error = refused(directory.path(), || durable(&path));
    assert!(matches!(error, CreateError::Unusable(OpenError::NotRegular { .. })), "{error}");
    fs::remove_dir(&checkpoints).unwrap();

    // One that a writer has.
    let held = directory.path().join("held.bin");
    let _held = durable(&held).unwrap();
    let shared = || {
        let options = MeterWriter::options().path(&path);
        options.checkpoint_path(held.with_extension("bin.ckpt")).create()
    };
    let error = refused(directory.path(), shared);
    assert!(matches!(error, CreateError::WriterBusy { .. }), "{error}");
    // No directory, and the live file itself.
    let options = MeterWriter::options().path(&path);
    let missing = directory.path().join("no/meter.ckpt");
    let error = refused(directory.path(), || options.checkpoint_path(missing).create());
    assert!(matches!(error, CreateError::NotFound { .. }), "{error}");
    let options = MeterWriter::options().path(&path);
    let error = refused(directory.path(), || options.checkpoint_path(&path).create());
    assert!(matches!(error, CreateError::Unusable(OpenError::Kind { .. })), "{error}");
}

#[test]
fn a_value_that_is_none_leaves_neither_a_live_file_nor_its_lock() {
    use xxhash_rust::xxh3::Xxh3;

    let (directory, path) = support::place("meter.bin");
    let mut writer = durable(&path).unwrap();
    writer.set_running(true);
    drop(writer);
    let checkpoints = path.with_extension("bin.ckpt");
    let mut bytes = fs::read(&checkpoints).unwrap();
    // The image of the first area has a flag that is none, and a right checksum all the same.
    let first = bytes.len() - 2 * area::ALIGN;
    let image = first + area::IMAGE;
    bytes[image + 8] = 2;
    let mut hash = Xxh3::new();
    hash.update(&bytes[first..first + area::CHECKSUM]);
    hash.update(&bytes[image..image + 16]);
    bytes[first + area::CHECKSUM..first + area::CHECKSUM_END]
        .copy_from_slice(&hash.digest128().to_le_bytes());
    fs::write(&checkpoints, bytes).unwrap();
    fs::remove_file(&path).unwrap();
    fs::remove_file(path.with_extension("bin.lock")).unwrap();
    let error = refused(directory.path(), || durable(&path));
    assert!(matches!(error, CreateError::Invalid { .. }), "{error}");
}

#[test]
fn a_writer_that_refuses_the_value_of_a_file_makes_no_checkpoints_for_it() {
    let (directory, path) = support::place("meter.bin");
    MeterWriter::create_at(&path).unwrap().set_running(true);
    // The flag in the slot of generation 1.
    let flag = support::payload_of_generation_1(&path) + 8;
    assert_eq!(fs::read(&path).unwrap()[flag as usize], 1);
    File::options().write(true).open(&path).unwrap().write_all_at(&[2], flag).unwrap();
    fs::remove_file(path.with_extension("bin.lock")).unwrap();
    let error = refused(directory.path(), || durable(&path));
    assert!(matches!(error, CreateError::Invalid { .. }), "{error}");
}

#[test]
fn paths_that_name_directories_leave_nothing_beside_them() {
    let (directory, path) = support::place("zz");
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("dir")).unwrap();
    symlink("dir", at("to_dir")).unwrap();
    symlink("zz/", at("to_nothing")).unwrap();
    fs::write(at("file"), "text").unwrap();
    for name in ["zz/", "zz/.", "dir", "dir/", "dir/.", "dir/..", "to_dir", "to_nothing", "file/"] {
        let text = format!("{}/{name}", directory.path().display());
        let error = refused(directory.path(), || MeterWriter::create_at(&text));
        let is_told = matches!(&error, CreateError::Unusable(OpenError::NotRegular { .. }));
        assert!(is_told, "{name}: {error}");
        let options = MeterWriter::options().path(&path);
        let error = refused(directory.path(), || options.checkpoint_path(&text).create());
        assert!(matches!(&error, CreateError::Unusable(OpenError::NotRegular { .. })), "{error}");
        let error = refused(directory.path(), || replacing(Path::new(&text)).create());
        assert!(matches!(&error, CreateError::Unusable(OpenError::NotRegular { .. })), "{error}");
    }
    let long = at(&"x".repeat(248));
    assert!(matches!(refused(directory.path(), || durable(&long)), CreateError::Io { .. }));
}

#[test]
fn other_refusals_leave_the_lock_file_as_it_was_too() {
    let (directory, path) = support::place("meter.bin");
    fs::write(&path, "somebody's document").unwrap();
    let error = refused(directory.path(), || MeterWriter::create_at(&path));
    assert!(matches!(error, CreateError::Unusable(_)), "{error}");
    refused(directory.path(), || replacing(&path).create());
    fs::remove_file(&path).unwrap();
    drop(v1::MeterWriter::create_at(&path).unwrap());
    let lock = path.with_extension("bin.lock");
    assert!(lock.exists());
    refused(directory.path(), || MeterWriter::create_at(&path));
    fs::remove_file(&lock).unwrap();
    refused(directory.path(), || MeterWriter::create_at(&path));
    let many = || v1::MeterWriter::options().path(&path).slots(9).create();
    let error = refused(directory.path(), many);
    assert!(matches!(error, CreateError::OptionMismatch { .. }), "{error}");
    // A lock file that a cleaner has removed does not come back for who is refused.
    let _writer = v1::MeterWriter::create_at(&path).unwrap();
    fs::remove_file(&lock).unwrap();
    let error = refused(directory.path(), || v1::MeterWriter::create_at(&path));
    assert!(matches!(error, CreateError::WriterBusy { .. }), "{error}");
}

/// Sets a limit of this process.
fn limit(resource: libc::__rlimit_resource_t, bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: reads one structure, which the pointer is to.
    assert_eq!(unsafe { libc::setrlimit(resource, &raw const limit) }, 0);
}

fn succeeds(role: &str) {
    let (_directory, path) = support::place("meter.bin");
    assert!(support::Reaped(support::start(role, &path)).0.wait().unwrap().success(), "{role}");
}

#[create_writer(filename = "frame.bin")]
struct Frame {
    pixels: [u64; 1 << 20],
}

#[test]
fn a_file_that_cannot_be_mapped_is_not_left() {
    succeeds("creator_without_address_space");
}

#[test]
#[ignore = "a role of the test above"]
fn creator_without_address_space() {
    let Some(path) = support::role_path() else { return };
    let directory = path.parent().unwrap();
    let status = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = status.split(' ').next().unwrap().parse().unwrap();
    // Room for the value and its image, 8 MiB each, and not for the file.
    limit(libc::RLIMIT_AS, pages * 4096 + (30 << 20));
    for is_durable in [false, true] {
        let create = || FrameWriter::options().path(&path).durable(is_durable).create();
        let error = refused(directory, || create().map(|_| ()));
        assert!(matches!(error, CreateError::Io { doing: "map", .. }), "{error}");
        let replace = || replacing_frame(&path).durable(is_durable).create();
        let error = refused(directory, || replace().map(|_| ()));
        assert!(matches!(error, CreateError::Io { doing: "map", .. }), "{error}");
    }
    limit(libc::RLIMIT_AS, libc::RLIM_INFINITY);
    v1::MeterWriter::create_at(&path).unwrap().set_reading(42);
    limit(libc::RLIMIT_AS, pages * 4096 + (30 << 20));
    let error = refused(directory, || replacing_frame(&path).create().map(|_| ()));
    assert!(matches!(error, CreateError::Io { doing: "map", .. }), "{error}");
    assert_eq!(v1::MeterReader::open_at(&path).unwrap().reading().unwrap(), 42);
}

#[test]
fn a_limit_for_the_size_of_files_is_an_error_and_no_signal() {
    succeeds("creator_with_a_limit");
}

#[test]
#[ignore = "a role of the test above"]
fn creator_with_a_limit() {
    let Some(path) = support::role_path() else { return };
    let directory = path.parent().unwrap();
    for bytes in [0, 1, 4096, 16383] {
        limit(libc::RLIMIT_FSIZE, bytes);
        for is_durable in [false, true] {
            let create = || MeterWriter::options().path(&path).durable(is_durable).create();
            let error = refused(directory, create);
            let CreateError::SizeLimit { limit, needed, .. } = error else { panic!("{error}") };
            assert!(limit == bytes && needed > 16384);
        }
    }
    limit(libc::RLIMIT_FSIZE, libc::RLIM_INFINITY);
    let mut writer = durable(&path).unwrap();
    writer.set_reading(7);
    writer.flush().unwrap();
    limit(libc::RLIMIT_FSIZE, 4096);
    // A flush, a replacement, and opening what is longer than the limit.
    writer.set_reading(8);
    let error = writer.flush().unwrap_err();
    let FlushError::Io { source, .. } = &error else { panic!("{error}") };
    assert!(source.to_string().contains("at most 4096 bytes (RLIMIT_FSIZE)"), "{source}");
    drop(writer);
    let error = refused(directory, || replacing(&path).create());
    assert!(matches!(error, CreateError::SizeLimit { .. }), "{error}");
    let error = refused(directory, || durable(&path));
    assert!(matches!(error, CreateError::Io { doing: "flush", .. }), "{error}");
    assert_eq!(MeterWriter::create_at(&path).unwrap().get().reading, 8);
    // A sparse copy, whose holes are written where they cannot be reserved, is within its length.
    limit(libc::RLIMIT_FSIZE, libc::RLIM_INFINITY);
    assert_eq!(durable(&path).unwrap().get().reading, 8);
}

#[test]
fn what_others_have_under_a_temporary_name_stays() {
    let (directory, path) = support::place("meter.bin");
    let temporary = directory.path().join(".meter.bin.commy-new");
    let of_checkpoints = directory.path().join(".meter.bin.ckpt.commy-new");
    let other = directory.path().join("other.bin");
    MeterWriter::options().path(&other).durable(true).create().unwrap().set_reading(1);
    let file = |bytes: Vec<u8>| move |at: &Path| fs::write(at, &bytes).unwrap();
    type Put = Box<dyn Fn(&Path)>;
    let (record, checkpoints) = (other.clone(), other.with_extension("bin.ckpt"));
    let puts: [(&str, Put); 9] = [
        ("a document", Box::new(file(b"my notes".to_vec()))),
        ("a document behind zeros", Box::new(file([vec![0; 5000], vec![1]].concat()))),
        ("a link to nothing", Box::new(|at| symlink("nowhere", at).unwrap())),
        ("a link to a file", Box::new(move |at| symlink("other.bin", at).unwrap())),
        ("a directory", Box::new(|at| fs::create_dir(at).unwrap())),
        ("another name of a file", Box::new(move |at| fs::hard_link(&record, at).unwrap())),
        ("a record", Box::new(file(fs::read(&other).unwrap()))),
        ("checkpoints", Box::new(file(fs::read(&checkpoints).unwrap()))),
        ("a socket", Box::new(|at| drop(std::os::unix::net::UnixListener::bind(at).unwrap()))),
    ];
    for (what, put) in puts {
        for at in [&temporary, &of_checkpoints] {
            put(at);
            let socket = fs::symlink_metadata(at).unwrap();
            if !(socket.is_file() || socket.is_dir() || socket.is_symlink()) {
                // Not to be read by `contents`.
                let error = durable(&path).unwrap_err();
                assert!(matches!(error, CreateError::TemporaryTaken { .. }), "{what}: {error}");
                fs::remove_file(at).unwrap();
                continue;
            }
            for make in [
                || MeterWriter::options().durable(true),
                || MeterWriter::options().checkpoint_path("meter.bin.ckpt"),
            ] {
                let make = make().path(&path).checkpoint_path(path.with_extension("bin.ckpt"));
                let error = refused(directory.path(), || make.clone().create());
                let told = error.to_string();
                let CreateError::TemporaryTaken { path, .. } = error else {
                    panic!("{what}: {told}")
                };
                assert_eq!(path, *at, "{what}: {told}");
                refused(directory.path(), || {
                    make.slots(8).on_mismatch(OnMismatch::Replace).create()
                });
            }
            // Nor is it in the way of a writer that has to create nothing.
            fs::rename(at, directory.path().join("aside")).unwrap();
            drop(durable(&path).unwrap());
            fs::rename(directory.path().join("aside"), at).unwrap();
            drop(durable(&path).unwrap());
            if at.is_dir() { fs::remove_dir(at) } else { fs::remove_file(at) }.unwrap();
            for name in ["bin", "bin.ckpt", "bin.lock"] {
                fs::remove_file(path.with_extension(name)).unwrap();
            }
        }
    }
    fs::write(&temporary, "").unwrap();
    if chown(&temporary, Some(12345), None).is_err() {
        eprintln!("skipped: only root can give a file to a stranger");
        return;
    }
    let error = refused(directory.path(), || MeterWriter::create_at(&path));
    assert!(error.to_string().contains("a file of another user"), "{error}");
}

#[test]
fn what_a_dead_writer_has_left_under_a_temporary_name_is_removed() {
    let (directory, path) = support::place("meter.bin");
    let temporary = directory.path().join(".meter.bin.commy-new");
    drop(durable(&path).unwrap());
    let whole = fs::read(&path).unwrap();
    let checkpoints = fs::read(path.with_extension("bin.ckpt")).unwrap();
    let states = [
        Vec::new(),
        vec![0; 20_000],
        whole[..header::VERSION].to_vec(),
        [&whole[..header::VERSION], &vec![0; 20_000]].concat(),
        whole[..header::LEN].to_vec(),
        whole,
        checkpoints,
    ];
    for state in states {
        for name in ["bin", "bin.ckpt"] {
            fs::remove_file(path.with_extension(name)).unwrap();
        }
        fs::write(&temporary, &state).unwrap();
        drop(durable(&path).unwrap());
        assert!(!temporary.exists(), "{} bytes", state.len());
    }
}

/// Rotating logs by copying and truncating leaves an empty file, which no program can open again.
#[test]
fn an_empty_file_is_none() {
    let (directory, path) = support::place("meter.bin");
    let checkpoints = path.with_extension("bin.ckpt");
    let mut writer = durable(&path).unwrap();
    writer.set_reading(5);
    drop(writer);
    let empty = |path: &Path| File::create(path).unwrap().set_len(0).unwrap();
    empty(&path);
    let writer = durable(&path).unwrap();
    assert_eq!((writer.file().recovered(), writer.get().reading), (Recovered::Checkpoint, 5));
    drop(writer);
    // Who is refused for another reason leaves it there.
    let whole = fs::read(&checkpoints).unwrap();
    for (file, other) in [(&path, &checkpoints), (&checkpoints, &path)] {
        let before = fs::read(other).unwrap();
        empty(file);
        fs::write(other, "a document of somebody's").unwrap();
        refused(directory.path(), || durable(&path));
        fs::write(other, before).unwrap();
    }
    fs::write(&checkpoints, whole).unwrap();
    drop(durable(&path).unwrap());
    // The live file still has the value.
    empty(&checkpoints);
    let mut writer = durable(&path).unwrap();
    assert_eq!((writer.file().recovered(), writer.get().reading), (Recovered::Live, 5));
    writer.flush().unwrap();
    drop(writer);
    for path in [&path, &checkpoints] {
        empty(path);
    }
    let writer = durable(&path).unwrap();
    assert_eq!((writer.file().recovered(), writer.file().generation()), (Recovered::Fresh, 0));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    drop(writer);
    empty(&path);
    replacing(&path).create().unwrap().set_reading(9);
    assert_eq!(MeterReader::open_at(&path).unwrap().reading().unwrap(), 9);

    // Files that are empty because they are locked are not.
    let lock = path.with_extension("bin.lock");
    for policy in [OnMismatch::Refuse, OnMismatch::Replace] {
        let options = MeterWriter::options().path(&lock).on_mismatch(policy);
        let error = refused(directory.path(), || options.create());
        assert!(matches!(error, CreateError::Unusable(OpenError::NotCommy { .. })), "{error}");
    }
    let options = MeterWriter::options().path(directory.path().join("other.bin"));
    let error = refused(directory.path(), || options.checkpoint_path(&lock).create());
    assert!(matches!(error, CreateError::Unusable(OpenError::NotCommy { .. })), "{error}");
    let pid = directory.path().join("program.pid");
    empty(&pid);
    let locked = File::open(&pid).unwrap();
    locked.lock().unwrap();
    let error = refused(directory.path(), || MeterWriter::create_at(&pid));
    assert!(matches!(error, CreateError::WriterBusy { .. }), "{error}");
}

#[test]
fn a_file_system_without_room_for_a_lock_file_is_full() {
    let (directory, _) = support::place("meter.bin");
    let Some(disk) = support::mount(directory.path(), "size=1m,nr_inodes=2") else { return };
    let path = disk.0.join("meter.bin");
    fs::write(disk.0.join("hog"), "").unwrap();
    let error = refused(&disk.0, || MeterWriter::create_at(&path));
    let CreateError::StorageFull { path: at, needed: 0, .. } = &error else { panic!("{error}") };
    assert!(at.ends_with("meter.bin.lock"), "{error}");
    assert!(error.to_string().ends_with(".lock`"), "{error}");
    // Room for the lock file, and for nothing else.
    fs::remove_file(disk.0.join("hog")).unwrap();
    let error = refused(&disk.0, || MeterWriter::create_at(&path));
    assert!(matches!(error, CreateError::StorageFull { .. }), "{error}");
}

#[test]
fn a_disk_with_room_for_one_of_two_files_gets_neither() {
    let (directory, _) = support::place("meter.bin");
    // A record file takes five pages, its checkpoints six.
    let Some(disk) = support::mount(directory.path(), "size=36k") else { return };
    let path = disk.0.join("meter.bin");
    let error = refused(&disk.0, || durable(&path));
    assert!(matches!(error, CreateError::StorageFull { .. }), "{error}");
    let _watchdog = support::watchdog(Duration::from_secs(60));
    // A child that another test is just starting keeps the pages of what was refused, until it runs
    // its program.
    while let Err(error) = MeterWriter::create_at(&path) {
        assert!(matches!(error, CreateError::StorageFull { .. }), "{error}");
        std::thread::sleep(Duration::from_millis(1));
    }
    let error = refused(&disk.0, || durable(&path));
    assert!(matches!(error, CreateError::StorageFull { .. }), "{error}");
}

/// A file in memory that has no name.
fn memfd() -> File {
    // SAFETY: the string ends in a zero byte.
    let fd = unsafe { libc::memfd_create(c"x".as_ptr(), 0) };
    assert!(fd >= 0);
    // SAFETY: the kernel has just made the descriptor, and nobody else knows of it.
    File::from(unsafe { OwnedFd::from_raw_fd(fd) })
}

#[test]
fn a_link_to_a_file_without_a_name_is_not_followed() {
    let (directory, path) = support::place("meter.bin");
    let deleted = File::create(directory.path().join("deleted")).unwrap();
    fs::remove_file(directory.path().join("deleted")).unwrap();
    let mut moved = File::create(directory.path().join("moved")).unwrap();
    moved.write_all(b"text").unwrap();
    fs::rename(directory.path().join("moved"), directory.path().join("elsewhere")).unwrap();
    let (memory, pipe) = (memfd(), std::io::pipe().unwrap());
    // Where such a text would lead, there may be something.
    let decoy = directory.path().join("deleted (deleted)");
    fs::write(&decoy, "decoy").unwrap();
    for fd in [memory.as_raw_fd(), deleted.as_raw_fd(), pipe.0.as_raw_fd()] {
        for at in [format!("/proc/self/fd/{fd}"), format!("/dev/fd/{fd}")] {
            for policy in [OnMismatch::Refuse, OnMismatch::Replace] {
                let options = MeterWriter::options().path(&at).on_mismatch(policy);
                let error = refused(directory.path(), || options.create());
                assert!(matches!(error, CreateError::Nameless { .. }), "{at}: {error}");
                assert!(error.to_string().contains("does not name"), "{error}");
            }
            let options = MeterWriter::options().path(&path);
            let error = refused(directory.path(), || options.checkpoint_path(&at).create());
            assert!(matches!(error, CreateError::Nameless { .. }), "{at}: {error}");
        }
    }
    assert!(!Path::new("/memfd:x (deleted)").exists());
    // A link of our own that leads to one does no better.
    let link = directory.path().join("link");
    symlink(format!("/proc/self/fd/{}", memory.as_raw_fd()), &link).unwrap();
    let error = refused(directory.path(), || MeterWriter::create_at(&link));
    assert!(matches!(error, CreateError::Nameless { .. }), "{error}");
    // What the kernel names is followed.
    drop(MeterWriter::create_at(&path).unwrap());
    let named = File::open(&path).unwrap();
    let at = format!("/proc/self/fd/{}", named.as_raw_fd());
    MeterWriter::create_at(at).unwrap().set_reading(4);
    assert_eq!(MeterReader::open_at(&path).unwrap().reading().unwrap(), 4);
    let here = File::open(directory.path()).unwrap();
    let at = format!("/proc/self/fd/{}/meter.bin", here.as_raw_fd());
    assert_eq!(MeterWriter::create_at(at).unwrap().get().reading, 4);
}

#[test]
fn links_of_strangers_are_followed_nowhere_where_they_may_put_them() {
    const STRANGER: Option<u32> = Some(12345);

    let (directory, _) = support::place("meter.bin");
    let at = |name: &str| directory.path().join(name);
    for name in ["open", "victim", "open/real"] {
        fs::create_dir(at(name)).unwrap();
    }
    symlink("../victim/meter.bin", at("open/meter.bin")).unwrap();
    symlink("../victim", at("open/way")).unwrap();
    // Our own links that lead over theirs.
    symlink("open/way/meter.bin", at("over")).unwrap();
    symlink("open/way", at("over_way")).unwrap();
    let ways = ["open/meter.bin", "open/way/meter.bin", "over", "over_way/meter.bin"];
    let set_mode = |mode| {
        fs::set_permissions(at("open"), fs::Permissions::from_mode(mode)).unwrap();
    };
    for mode in [0o777, 0o1777, 0o775, 0o755] {
        set_mode(mode);
        for way in ways {
            assert!(MeterWriter::create_at(at(way)).is_ok(), "{way} in {mode:o}");
        }
    }
    fs::remove_file(at("victim/meter.bin")).unwrap();
    fs::remove_file(at("victim/meter.bin.lock")).unwrap();
    for link in ["open/meter.bin", "open/way"] {
        if lchown(at(link), STRANGER, None).is_err() {
            eprintln!("skipped: only root can give a link to a stranger");
            return;
        }
    }
    for mode in [0o777, 0o1777, 0o775, 0o1770] {
        set_mode(mode);
        for way in ways {
            let error = refused(directory.path(), || MeterWriter::create_at(at(way)));
            assert!(matches!(error, CreateError::Permission { .. }), "{way} in {mode:o}: {error}");
            let options = MeterWriter::options().path(at("live.bin"));
            let error = refused(directory.path(), || options.checkpoint_path(at(way)).create());
            assert!(matches!(error, CreateError::Permission { .. }), "{way} in {mode:o}: {error}");
        }
    }
    // Where only its owner can have put them, they are as good as he is.
    set_mode(0o755);
    for way in ways {
        assert!(MeterWriter::create_at(at(way)).is_ok(), "{way}");
    }
    set_mode(0o777);
    chown(at("open"), STRANGER, None).unwrap();
    assert!(MeterWriter::create_at(at("open/meter.bin")).is_ok());
}

#[test]
fn space_of_a_sparse_copy_beyond_the_limit_is_no_signal() {
    succeeds("opener_of_a_sparse_copy_with_a_limit");
}

#[test]
#[ignore = "a role of the test above"]
fn opener_of_a_sparse_copy_with_a_limit() {
    let Some(path) = support::role_path() else { return };
    MeterWriter::create_at(&path).unwrap().set_reading(3);
    let bytes = fs::read(&path).unwrap();
    let copy = path.with_extension("copy");
    let sparse = File::options().write(true).create_new(true).open(&copy).unwrap();
    sparse.set_len(bytes.len() as u64).unwrap();
    for (index, page) in bytes.chunks(4096).enumerate() {
        if page.iter().any(|byte| *byte != 0) {
            sparse.write_all_at(page, index as u64 * 4096).unwrap();
        }
    }
    limit(libc::RLIMIT_FSIZE, 4096);
    assert_eq!(MeterWriter::create_at(&copy).unwrap().get().reading, 3);
}
