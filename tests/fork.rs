//! A forked child has its parent's memory and locks, but is not the writer.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(unsafe_code, reason = "fork and a bare exit")]

mod support;

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use commy::{
    CreateError, FlushError, Follow, ReadError, WaitOutcome, WriterState, create_reader,
    create_writer,
};

#[create_writer(filename = "family.bin")]
#[create_reader(filename = "family.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Family {
    number: u64,
}

/// Larger than what is copied in one go.
#[create_writer(filename = "wide.bin")]
#[create_reader(filename = "wide.bin")]
struct Wide {
    numbers: [u64; 4000],
}

#[create_writer(filename = "family.bin", growable)]
#[create_reader(filename = "family.bin", growable)]
struct Names {
    names: String,
}

/// Runs `child` in a forked child of this process, which must return true.
fn in_a_forked_child(child: impl FnOnce() -> bool) {
    // SAFETY: the roles that call this are alone in their process but for the test harness, which
    // waits; the C library makes its allocator usable in the child.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid == 0 {
        let code = i32::from(!catch_unwind(AssertUnwindSafe(child)).unwrap_or(false));
        // SAFETY: ends the process without running what belongs to the parent.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: waits for the child made above; the pointer is to a local.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "status {status:#x}");
}

/// Runs a role to its end in a process that has no other threads than its own.
fn succeeds(role: &str) {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let directory = tempfile::tempdir().unwrap();
    let mut child = support::start(role, &directory.path().join("family.bin"));
    assert!(child.wait().unwrap().success());
}

fn role() -> Option<(PathBuf, FamilyWriter, FamilyReader)> {
    let path = support::role_path()?;
    let mut writer = FamilyWriter::create_at(&path).unwrap();
    writer.set_number(1);
    let reader = FamilyReader::open_at(&path).unwrap();
    Some((path, writer, reader))
}

fn panics<R>(action: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(action)).is_err()
}

fn is_busy(path: &Path) -> bool {
    matches!(FamilyWriter::create_at(path), Err(CreateError::WriterBusy { .. }))
}

#[test]
#[ignore = "a role of the test below"]
fn parent_whose_child_writes() {
    let Some((path, mut writer, reader)) = role() else { return };
    in_a_forked_child(|| {
        panics(|| writer.set_number(2))
            && panics(|| writer.update(|family| family.number = 2))
            && panics(|| writer.batch(|family| family.set_number(2)))
            && panics(|| writer.publish(&Family { number: 2 }))
            && panics(|| {
                writer.try_update(|family| -> Result<(), ()> {
                    family.number = 2;
                    Ok(())
                })
            })
            && matches!(writer.flush(), Err(FlushError::Forked { .. }))
            && reader.number() == Ok(1)
            && is_busy(&path)
    });
    // The parent is the writer as before.
    assert_eq!(reader.snapshot().unwrap(), Family { number: 1 });
    assert_eq!(reader.file().generation(), 1);
    writer.set_number(3);
    assert_eq!(reader.number().unwrap(), 3);
}

#[test]
fn a_forked_child_cannot_write_with_its_parents_writer() {
    succeeds("parent_whose_child_writes");
}

#[test]
#[ignore = "a role of the test below"]
fn parent_that_forks_within_its_changes() {
    let Some((_path, mut writer, reader)) = role() else { return };
    for within in ["a closure that picks", "an update", "a batch", "set_pod"] {
        let (generation, before) = (writer.file().generation(), writer.get().number);
        let mut pid = 0;
        let changed = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: as in `in_a_forked_child`.
            let mut fork = || pid = unsafe { libc::fork() };
            match within {
                "a closure that picks" => {
                    writer.set(|family| (fork(), &mut family.number).1, 3);
                }
                "an update" => writer.update(|family| (fork(), family.number = 4)).1,
                "a batch" => writer.batch(|family| (fork(), family.set_number(5))).1,
                _ => writer.set_pod(|family| (fork(), &mut family.number).1, 6),
            }
        }));
        if pid == 0 {
            // The child: nothing of it may reach the file.
            let is_refused = changed.is_err() && reader.file().generation() <= generation + 1;
            // What a setter has changed in the child's own memory stays there.
            let is_undone = writer.get().number == before || within == "a closure that picks";
            // SAFETY: ends the process without running what belongs to the parent.
            unsafe { libc::_exit(i32::from(!(is_refused && is_undone))) };
        }
        let mut status = 0;
        // SAFETY: waits for the child made above; the pointer is to a local.
        assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
        assert_eq!(status, 0, "within {within}");
        assert!(changed.is_ok());
        assert_eq!(
            reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap().0,
            generation + 1
        );
    }
}

#[test]
fn a_child_forked_within_a_change_cannot_publish_it() {
    succeeds("parent_that_forks_within_its_changes");
}

#[test]
#[ignore = "a role of the test below"]
fn parent_that_publishes_while_its_child_looks() {
    let Some(path) = support::role_path() else { return };
    let mut writer = WideWriter::create_at(&path).unwrap();
    let reader = WideReader::open_at(&path).unwrap();
    let mut value = Box::new(Wide { numbers: [0; 4000] });
    for _ in 0..30 {
        value.numbers = [value.numbers[0] + 1; 4000];
        writer.publish(&value);
        let generation = writer.file().generation();
        // SAFETY: as in `in_a_forked_child`.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0);
        if pid == 0 {
            // The slot of what was published before the fork is used again by then.
            while reader.file().generation() < generation + 10 {}
            let first = writer.get().numbers[0];
            let is_whole = writer.get().numbers.iter().all(|number| *number == first);
            let is_refused = panics(|| writer.set_numbers_at(1, 0))
                && panics(|| writer.publish(&value))
                && matches!(writer.flush(), Err(FlushError::Forked { .. }));
            // SAFETY: ends the process without running what belongs to the parent.
            unsafe { libc::_exit(i32::from(!(is_whole && first >= generation && is_refused))) };
        }
        let mut status = 0;
        // SAFETY: looks for the child made above; the pointer is to a local.
        while unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) } == 0 {
            value.numbers = [value.numbers[0] + 1; 4000];
            writer.publish(&value);
        }
        assert_eq!(status, 0);
    }
}

#[test]
fn a_forked_child_sees_a_whole_value_while_its_parent_publishes() {
    succeeds("parent_that_publishes_while_its_child_looks");
}

#[test]
#[ignore = "a role of the test below"]
fn parent_whose_child_drops_the_writer() {
    let Some((path, writer, reader)) = role() else { return };
    let mut writer = Some(writer);
    in_a_forked_child(|| {
        drop(writer.take());
        true
    });
    // Neither closed nor unlocked.
    assert_eq!(reader.wait(Duration::ZERO), WaitOutcome::TimedOut);
    assert_eq!(reader.file().writer_state(), WriterState::Alive);
    assert!(is_busy(&path));
    writer.as_mut().unwrap().set_number(4);
    assert_eq!(reader.number().unwrap(), 4);
    drop(writer);
    assert_eq!(reader.wait(Duration::ZERO), WaitOutcome::Closed);
}

#[test]
fn a_forked_child_that_drops_the_writer_closes_and_unlocks_nothing() {
    succeeds("parent_whose_child_drops_the_writer");
}

#[test]
#[ignore = "a role of the test below"]
fn parent_whose_child_reads() {
    let Some((_path, mut writer, reader)) = role() else { return };
    // With the wait page of the parent's mapping, too.
    assert_eq!(reader.wait(Duration::from_millis(1)), WaitOutcome::TimedOut);
    let guard = reader.on_change(|_| {}).unwrap();
    let mut guard = Some(guard);
    in_a_forked_child(|| {
        // The thread of the guard is not in the child; it must not be waited for.
        drop(guard.take());
        reader.number() == Ok(1)
            && reader.wait(Duration::from_millis(1)) == WaitOutcome::TimedOut
            && FamilyReader::open_at(reader.file().path()).unwrap().number() == Ok(1)
    });
    assert!(guard.as_ref().unwrap().is_running());
    writer.set_number(2);
    assert_eq!(reader.wait_newer(1, Duration::from_secs(60)), WaitOutcome::Newer(2));
}

#[test]
fn a_forked_child_can_read_and_wait_with_its_parents_reader() {
    succeeds("parent_whose_child_reads");
}

#[test]
#[ignore = "a role of the test below"]
fn parent_whose_child_follows() {
    let Some((_path, mut writer, reader)) = role() else { return };
    let mut follower = reader.follow();
    let is_value = |told: Option<Follow<Family>>, expected: u64| match told {
        Some(Follow::Value(family)) => family.number == expected,
        _ => false,
    };
    assert!(is_value(follower.next(), 1));
    let mut guard = Some(reader.on_follow(|_| {}).unwrap());
    let mut stream = Some(reader.follow_stream().unwrap());
    writer.set_number(2);
    in_a_forked_child(|| {
        // The threads of these are not in the child; they must not be waited for.
        drop((guard.take(), stream.take()));
        is_value(follower.next(), 2)
            && follower.next_timeout(Duration::from_millis(150)).is_none()
            && is_value(reader.follow().next(), 2)
    });
    assert!(guard.as_ref().unwrap().is_running());
    writer.set_number(3);
    assert!(is_value(follower.next(), 3));
    drop(writer);
    assert!(matches!(follower.next(), Some(Follow::WriterGone)));
}

#[test]
fn a_forked_child_can_follow_what_its_parent_follows() {
    succeeds("parent_whose_child_follows");
}

#[test]
#[ignore = "a role of the test below"]
fn parent_whose_child_makes_its_own_writer() {
    let Some((path, mut writer, reader)) = role() else { return };
    let other = path.with_extension("other");
    in_a_forked_child(|| {
        let mut own = FamilyWriter::create_at(&other).unwrap();
        own.set_number(9);
        own.file().generation() == 1
    });
    assert_eq!(FamilyReader::open_at(&other).unwrap().number().unwrap(), 9);
    writer.set_number(2);
    assert_eq!(reader.number().unwrap(), 2);
}

#[test]
fn a_forked_child_can_make_a_writer_of_its_own() {
    succeeds("parent_whose_child_makes_its_own_writer");
}

#[test]
#[ignore = "a role of the test below"]
fn parent_whose_child_waits_for_views() {
    let Some(path) = support::role_path() else { return };
    let mut writer = NamesWriter::create_at(&path).unwrap();
    writer.set_names("ada").unwrap();
    let reader = NamesReader::open_at(&path).unwrap();
    let mut changes = reader.changes();
    let view = changes.next().unwrap().unwrap();
    let guard = reader.on_change(|_| {}).unwrap();
    let (mut guard, mut kept) = (Some(guard), reader.cached());
    writer.set_names("grace").unwrap();
    in_a_forked_child(|| {
        // The thread of the guard is not in the child; it must not be waited for.
        drop(guard.take());
        let own = NamesReader::open_at(&path).unwrap();
        matches!(changes.next(), Some(Err(ReadError::Forked)))
            && view.names() == Err(ReadError::Forked)
            // What pins nothing goes on.
            && kept.refresh().unwrap().names == "grace"
            && own.changes().next().unwrap().unwrap().names().unwrap() == "grace"
    });
    assert!(guard.as_ref().unwrap().is_running());
    // The child has let go of nothing of the parent's.
    for number in 0..200 {
        writer.set_names(&format!("{number}").repeat(1000)).unwrap();
    }
    assert_eq!(view.names().unwrap(), "ada");
    assert_eq!(changes.next().unwrap().unwrap().names().unwrap(), "199".repeat(1000));
}

#[test]
fn a_forked_child_is_told_that_views_are_its_parents() {
    succeeds("parent_whose_child_waits_for_views");
}
