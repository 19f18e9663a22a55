//! `commy prune`: what writers have left, and only that.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;
#[path = "support/writers.rs"]
mod writers;

use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread;

use commy::CreateError;
use serde_json::json;
use support::{TankWriter, commy, is_harmless, parsed, place, tank};

#[test]
#[ignore = "a role of other tests"]
fn writes() {
    writers::write();
}

fn names(at: &Path) -> BTreeSet<String> {
    let names = fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

/// A file and its checkpoints, made and closed in good order.
fn durable(path: &Path) {
    drop(TankWriter::options().path(path).durable(true).create_with(tank()).unwrap());
}

/// One leftover of each kind, and files that are none.
fn littered(at: &Path) {
    drop(TankWriter::options().path(at.join("kept.bin")).create_with(tank()).unwrap());
    drop(TankWriter::options().path(at.join("gone.bin")).create_with(tank()).unwrap());
    fs::remove_file(at.join("gone.bin")).unwrap();
    durable(&at.join("lost.bin"));
    fs::remove_file(at.join("lost.bin")).unwrap();
    fs::remove_file(at.join("lost.bin.lock")).unwrap();
    fs::write(at.join(".half.bin.commy-new"), vec![0; 4096]).unwrap();
    writers::killed(&at.join("killed.bin"));
    // Of other programs, or not to be touched.
    fs::write(at.join("Cargo.lock"), "version = 4").unwrap();
    fs::write(at.join("other.ckpt"), "weights").unwrap();
    fs::write(at.join(".foreign.commy-new"), "something else").unwrap();
    fs::write(at.join("linked"), "").unwrap();
    symlink("linked", at.join("link.lock")).unwrap();
    fs::hard_link(at.join("linked"), at.join("second-name.lock")).unwrap();
}

const FOREIGN: [&str; 6] =
    ["Cargo.lock", "other.ckpt", ".foreign.commy-new", "linked", "link.lock", "second-name.lock"];

#[test]
fn it_tells_of_all_kinds_and_removes_nothing_unasked() {
    let (_directory, at) = place();
    littered(&at);
    let before = names(&at);
    let told = commy(&at, &["prune", "."]).good();
    for name in ["gone.bin.lock", "lost.bin.ckpt", ".half.bin.commy-new", "killed.bin"] {
        assert!(told.contains(name), "{name}: {told}");
    }
    for name in FOREIGN.iter().chain(&["kept.bin"]) {
        assert!(!told.contains(&format!("./{name} ")), "{name}: {told}");
    }
    assert!(told.contains("nothing was removed: `--yes` removes"), "{told}");
    let told = parsed(&commy(&at, &["prune", ".", "--json"]).good());
    let kinds: Vec<_> =
        told["leftovers"].as_array().unwrap().iter().map(|left| &left["kind"]).collect();
    assert_eq!(kinds, ["temporary", "abandoned", "checkpoints", "lock"]);
    assert_eq!(names(&at), before);
}

#[test]
fn yes_removes_what_has_no_value_and_values_the_rest() {
    let (_directory, at) = place();
    littered(&at);
    let before = names(&at);
    let told = commy(&at, &["prune", ".", "--yes"]).good();
    assert!(told.contains("stays: has a value") && told.contains("`--yes --values`"), "{told}");
    let gone: Vec<_> = before.difference(&names(&at)).cloned().collect();
    assert_eq!(gone, [".half.bin.commy-new", "gone.bin.lock"]);
    commy(&at, &["prune", ".", "--yes", "--values"]).good();
    let gone: Vec<_> = before.difference(&names(&at)).cloned().collect();
    assert_eq!(
        gone,
        [".half.bin.commy-new", "gone.bin.lock", "killed.bin", "killed.bin.lock", "lost.bin.ckpt"]
    );
    for name in FOREIGN {
        assert!(names(&at).contains(name), "{name}");
    }
    assert_eq!(commy(&at, &["prune", "."]).good(), "nothing is left over\n");
    assert_eq!(commy(&at, &["prune", ".", "--values"]).code, Some(2));
    let told = commy(&at, &["prune", "nowhere"]).failed(3);
    assert!(told.contains("no directory or file at `nowhere`") && is_harmless(&told), "{told}");
}

#[test]
fn what_is_in_use_is_no_leftover() {
    let (_directory, at) = place();
    let writer = writers::alive(&at.join("live.bin"));
    writers::killed(&at.join("read.bin"));
    let reader = support::started(&at, &["get", "read.bin", "--wait"]);
    support::takes_interrupts(&reader);
    let maps = format!("/proc/{}/maps", reader.id());
    while !fs::read_to_string(&maps).unwrap().contains("read.bin") {
        thread::yield_now();
    }
    // Somebody has removed the name of a file that is written: its lock file is no leftover.
    fs::rename(at.join("live.bin"), at.join("moved.bin")).unwrap();
    let told = commy(&at, &["prune", ".", "--yes", "--values"]).good();
    assert_eq!(told, "nothing is left over\n");
    // Checkpoints whose writer has its file elsewhere.
    let elsewhere = at.join("memory");
    fs::create_dir(&elsewhere).unwrap();
    let options = TankWriter::options().path(elsewhere.join("a.bin")).durable(true);
    let durable = options.checkpoint_path(at.join("a.bin.ckpt")).create_with(tank()).unwrap();
    assert_eq!(commy(&at, &["prune", ".", "--yes", "--values"]).good(), "nothing is left over\n");
    drop(durable);
    assert_eq!(commy(&at, &["prune", "."]).good(), "nothing is left over\n");
    support::interrupt(&reader);
    support::ended(reader);
    let told = parsed(&commy(&at, &["prune", ".", "--json"]).good());
    assert_eq!(told["leftovers"][0]["file"], json!("./read.bin"));
    writers::kill(writer);
}

/// A writer that begins while its lock file is removed is refused, or begins again: never are there two, and
/// what it has made is never removed.
#[test]
fn a_writer_that_begins_meanwhile_keeps_its_file() {
    let (_directory, at) = place();
    let path = at.join("tank.bin");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let pruning = scope.spawn(|| {
            let mut removed = 0;
            while !is_over.load(Ordering::Relaxed) {
                for left in commy::dynamic::leftovers(&at).unwrap() {
                    removed +=
                        u32::from(left.remove().unwrap() == commy::dynamic::Removal::Removed);
                }
            }
            removed
        });
        let mut refused = 0;
        for _ in 0..300 {
            let writer = loop {
                match TankWriter::options().path(&path).create_with(tank()) {
                    Ok(writer) => break writer,
                    Err(CreateError::WriterBusy { .. }) => refused += 1,
                    Err(error) => panic!("{error}"),
                }
            };
            // Its lock is the one that others find.
            let second = TankWriter::create_at(&path);
            assert!(matches!(second, Err(CreateError::WriterBusy { .. })), "{second:?}");
            assert!(path.exists(), "a file in use was removed");
            drop(writer);
            fs::remove_file(&path).unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        let removed = pruning.join().unwrap();
        assert!(removed > 0, "nothing to prune; {refused} were refused");
    });
}
