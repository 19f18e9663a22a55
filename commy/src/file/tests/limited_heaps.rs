//! Heaps that grow where there is little room: for files, for addresses, on a disk; and in a forked
//! child. Each limit is set in a process of its own, which ends well or by a signal.
#![allow(unsafe_code, reason = "limits of a process")]

use std::io::ErrorKind;

use super::growing::{growing_reader, growing_spec, growing_writer, publish_heap, words};
use super::pins_of_processes::is_true_in_a_child;
use super::*;
use crate::mem::{Access, NoRoom, Region};
use crate::publish::reclaim::PinLocks as _;
use crate::sys::SizeLimit;

const PAGE: u64 = 4096;
const ROLE: &str = "COMMY_TEST_LIMITED_HEAP";

/// Runs the role of this name in a process of its own, in this directory; which must end well.
fn succeeds(role: &str, dir: &Path, in_front: &[&str]) {
    let name = format!("file::tests::limited_heaps::{role}");
    let program = env::current_exe().unwrap();
    let mut command = match in_front {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    let status = command
        .args(["--exact", &name, "--nocapture", "--quiet"])
        .env(ROLE, dir)
        .stdout(Stdio::null())
        .status();
    let status = status.unwrap();
    assert!(status.success(), "{role}: {status}");
}

/// The directory of a role, and the file in it; `None` in a run of all tests.
fn role() -> Option<(PathBuf, PathBuf)> {
    let dir = PathBuf::from(env::var_os(ROLE)?);
    let path = dir.join("data.bin");
    Some((dir, path))
}

fn limit(resource: libc::__rlimit_resource_t, value: u64) {
    let limit = libc::rlimit { rlim_cur: value, rlim_max: value };
    // SAFETY: the pointer is to one structure, which the call reads.
    assert_eq!(unsafe { libc::setrlimit(resource, &raw const limit) }, 0);
}

#[test]
fn a_file_does_not_grow_beyond_the_limit_of_the_process() {
    let dir = tempfile::tempdir().unwrap();
    succeeds("role_with_a_limit_for_files", dir.path(), &[]);
}

/// Not a test by itself.
#[test]
fn role_with_a_limit_for_files() {
    let Some((_, path)) = role() else { return };
    let writer = growing_writer(&path).unwrap();
    publish_heap(&writer, 1, 4, 1);
    let len = writer.load(Word::FileLen);
    limit(libc::RLIMIT_FSIZE, len + 8 * PAGE);
    for pages in [9, 10, 1000] {
        // Beyond the limit the kernel would end this process.
        let refused = writer.grow_heap(len + pages * PAGE).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::FileTooLarge);
        let told = refused.get_ref().unwrap().downcast_ref::<SizeLimit>().unwrap();
        assert_eq!(*told, SizeLimit(len + 8 * PAGE));
        assert!(refused.to_string().contains("RLIMIT_FSIZE"), "{refused}");
        assert_eq!(writer.load(Word::FileLen), len);
    }
    publish_heap(&writer, 2, 8, 2);
    assert!(writer.grow_heap(len + 9 * PAGE).is_err());
}

#[test]
fn a_heap_is_mapped_where_addresses_are_few() {
    let dir = tempfile::tempdir().unwrap();
    succeeds("role_with_a_limit_for_addresses", dir.path(), &[]);
}

/// Not a test by itself.
#[test]
fn role_with_a_limit_for_addresses() {
    let Some((_, path)) = role() else { return };
    let status = fs::read_to_string("/proc/self/statm").unwrap();
    let used: u64 = status.split(' ').next().unwrap().parse().unwrap();
    limit(libc::RLIMIT_AS, used * 4096 + (64 << 20));
    // The control: what is asked for first cannot be had.
    let file = tempfile::tempfile_in(path.parent().unwrap()).unwrap();
    file.set_len(4096).unwrap();
    let asked = Region::reserve(&file, 4096, 64 << 30, Access::ReadOnly);
    assert_eq!(asked.unwrap_err().kind(), ErrorKind::OutOfMemory);

    let writer = growing_writer(&path).unwrap();
    let reader = growing_reader(&path).unwrap();
    for generation in 1..10 {
        publish_heap(&writer, generation, 256, generation);
        let end = writer.load(Word::FileLen);
        let words = words(reader.heap().unwrap(), end);
        assert!(words.iter().all(|word| word.load(Ordering::Relaxed) == generation));
    }
    // More than there are addresses for is an error, and what was there goes on.
    let len = writer.load(Word::FileLen);
    let refused = writer.grow_heap(len + (80 << 20)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OutOfMemory);
    assert_eq!(writer.load(Word::FileLen), len);
    publish_heap(&writer, 10, 1, 10);
}

#[test]
fn a_heap_is_mapped_where_all_memory_is_locked() {
    // SAFETY: the call has no arguments and cannot fail.
    if unsafe { libc::geteuid() } != 0 {
        eprintln!("skipped: only root can become somebody whose locked memory is limited");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    succeeds("role_with_all_memory_locked", dir.path(), &[]);
}

/// Not a test by itself.
#[test]
fn role_with_all_memory_locked() {
    const NOBODY: libc::uid_t = 65_534;
    let Some((dir, path)) = role() else { return };
    std::os::unix::fs::chown(&dir, Some(NOBODY), None).unwrap();
    // Not more than there is: who may not raise it is in a container.
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to one structure, which the call fills.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut old) }, 0);
    limit(libc::RLIMIT_MEMLOCK, old.rlim_max.min(64 << 20));
    // SAFETY: the call touches no memory. Without root's rights the limit counts.
    assert_eq!(unsafe { libc::setuid(NOBODY) }, 0);
    // SAFETY: as above; as programs do that must never wait for a page.
    assert_eq!(unsafe { libc::mlockall(libc::MCL_FUTURE) }, 0);
    // The control: what is asked for first cannot be had.
    let file = tempfile::tempfile_in(&dir).unwrap();
    file.set_len(4096).unwrap();
    let asked = Region::reserve(&file, 4096, 64 << 30, Access::ReadOnly);
    assert_eq!(asked.unwrap_err().kind(), ErrorKind::WouldBlock);

    let writer = growing_writer(&path).unwrap();
    let reader = growing_reader(&path).unwrap();
    for generation in 1..5 {
        publish_heap(&writer, generation, 64, generation);
        let end = writer.load(Word::FileLen);
        let words = words(reader.heap().unwrap(), end);
        assert!(words.iter().all(|word| word.load(Ordering::Relaxed) == generation));
    }
}

#[test]
fn a_full_file_system_refuses_growth_and_ends_nobody() {
    let can_mount =
        Command::new("unshare").args(["--mount", "true"]).stderr(Stdio::null()).status();
    // SAFETY: the call has no arguments and cannot fail.
    let is_root = unsafe { libc::geteuid() } == 0;
    if !is_root || !can_mount.is_ok_and(|status| status.success()) {
        eprintln!("skipped: only root can mount, and not in every container");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let unshare = ["unshare", "--mount", "--propagation", "private"];
    succeeds("role_on_a_full_file_system", dir.path(), &unshare);
}

/// Not a test by itself.
#[test]
fn role_on_a_full_file_system() {
    let Some((dir, path)) = role() else { return };
    let mount = ["-t", "tmpfs", "-o", "size=1m", "tmpfs"];
    assert!(Command::new("mount").args(mount).arg(&dir).status().unwrap().success());
    let writer = growing_writer(&path).unwrap();
    publish_heap(&writer, 1, 40, 0);
    let len = writer.load(Word::FileLen);
    // The zeros of the heap are holes in the copy, as a backup may have them.
    let sparse = dir.join("sparse.bin");
    let start = usize::try_from(writer.heap().unwrap().start()).unwrap();
    fs::write(&sparse, &fs::read(&path).unwrap()[..start]).unwrap();
    File::options().write(true).open(&sparse).unwrap().set_len(len).unwrap();
    let filler = dir.join("filler");
    let mut file = File::create(&filler).unwrap();
    while std::io::Write::write_all(&mut file, &[1; 4096]).is_ok() {}

    let refused = writer.grow_heap(len + 4 * PAGE).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::StorageFull);
    assert_eq!((writer.load(Word::FileLen), fs::metadata(&path).unwrap().len()), (len, len));
    // What is there can be stored to, and published.
    for word in words(writer.heap().unwrap(), len) {
        word.store(2, Ordering::Relaxed);
    }
    super::growing::publish_root(&writer, 2, len);
    let reader = growing_reader(&sparse).unwrap();
    let refused = reader.heap().unwrap().reach(len).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::StorageFull);
    let told = refused.get_ref().unwrap().downcast_ref::<NoRoom>().unwrap();
    assert!(told.hole >= reader.heap().unwrap().start());
    assert!(matches!(growing_writer(&sparse), Err(CreateError::StorageFull { .. })));

    drop(file);
    fs::remove_file(&filler).unwrap();
    publish_heap(&writer, 3, 4, 3);
    assert_eq!(
        words(reader.heap().unwrap(), len).len() as u64 * 8,
        len - reader.heap().unwrap().start()
    );
    assert!(growing_writer(&sparse).is_ok());
}

#[test]
fn a_forked_child_lets_its_parent_keep_heap_pins_and_locks() {
    let (_dir, path) = place();
    let writer = growing_writer(&path).unwrap();
    publish_heap(&writer, 1, 2, 5);
    let reader = growing_reader(&path).unwrap();
    let end = writer.load(Word::FileLen);
    reader.pins().unwrap().lock(1).unwrap();
    writer.pins().unwrap().lock(2).unwrap();
    let (mut writer, mut reader) = (Some(writer), Some(reader));
    assert!(is_true_in_a_child(|| {
        let (writer, reader) = (writer.take().unwrap(), reader.take().unwrap());
        let is_refused = writer.in_fork()
            && reader.pins().unwrap().lock(3).is_err()
            && writer.pins().unwrap().lock(3).is_err();
        let is_readable = words(reader.heap().unwrap(), end)[0].load(Ordering::Relaxed) == 5;
        drop((reader, writer));
        is_refused && is_readable
    }));
    let (writer, reader) = (writer.unwrap(), reader.unwrap());
    let probe = writer.probe().unwrap();
    let is_pinned = |at| crate::publish::reclaim::Pins::pinned(probe, at, at).is_some();
    assert_eq!([1, 2, 3].map(is_pinned), [true, true, false]);
    assert!(is_busy(opened(&path, &growing_spec(), &FileOptions::default())));
    publish_heap(&writer, 2, 2, 6);
    let end = writer.load(Word::FileLen);
    assert_eq!(words(reader.heap().unwrap(), end)[0].load(Ordering::Relaxed), 6);
}
