//! The methods that take names from users' fields: nothing may be added to these lists by accident.
//!
//! `TankReader` dereferences to `Reader<Tank>`, and a field cannot have the name of a method there
//! (`tests/macro_names.rs`): so a method that is added later breaks programs that have such a field.
//! What is known of a file stands behind `file()` for that reason, and is not listed here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Of a reader of a record of fixed size.
const READER: &[&str] = &[
    "cached",
    "changes",
    "file",
    "follow",
    "follow_stream",
    "get_boxed",
    "get_by",
    "get_into",
    "on_change",
    "on_follow",
    "open_at",
    "options",
    "read",
    "snapshot",
    "snapshot_boxed",
    "snapshot_into",
    "snapshot_into_timeout",
    "snapshot_timeout",
    "stream",
    "wait",
    "wait_changed",
    "wait_changed_by",
    "wait_newer",
];

/// Of one generation, in the closure of `read`.
const VIEW: &[&str] = &["file", "get_by", "get_into", "snapshot", "snapshot_into"];

/// Of a writer of a record of fixed size.
const WRITER: &[&str] = &[
    "assign",
    "assign_range",
    "batch",
    "create_at",
    "file",
    "flush",
    "get",
    "options",
    "publish",
    "publish_changed",
    "push",
    "push_over",
    "set",
    "set_pod",
    "try_update",
    "update",
];

/// Of the setters without the publish.
const BATCH: &[&str] = &["assign", "assign_range", "get", "push", "push_over", "set", "set_pod"];

/// Of a reader of a growable record, but for what its wrapper has besides.
const GROWABLE_READER: &[&str] = &[
    "cached",
    "changes",
    "file",
    "follow",
    "follow_stream",
    "into_pinned",
    "on_change",
    "on_follow",
    "open_at",
    "pin",
    "read",
    "snapshot",
    "snapshot_into",
    "stream",
    "try_read",
    "wait",
    "wait_changed_by",
    "wait_newer",
];

/// The public methods of a type in the blocks that begin with one of `heads`, but for hidden ones.
fn methods(directory: &Path, heads: &[&str], found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            methods(&path, heads, found);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if !heads.contains(&line) {
                continue;
            }
            let mut is_hidden = false;
            for line in lines.by_ref().take_while(|line| *line != "}") {
                is_hidden |= line == "    #[doc(hidden)]";
                let line = line.replace("const fn", "fn");
                let Some(method) = line.strip_prefix("    pub fn ") else { continue };
                let name = method.split(['(', '<']).next().unwrap();
                if !core::mem::take(&mut is_hidden) {
                    found.insert(name.to_string());
                }
            }
        }
    }
}

#[track_caller]
fn compare(heads: &[&str], expected: &[&str]) {
    let mut found = BTreeSet::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("commy/src");
    methods(&source, heads, &mut found);
    let expected: BTreeSet<_> = expected.iter().map(|name| (*name).to_string()).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_reader_takes_these_names() {
    compare(&["impl<T: FixedRecord> Reader<T> {"], READER);
}

#[test]
fn a_reader_of_a_growable_record_takes_these_names() {
    compare(&["impl<T: GrowableRecord> Reader<T> {"], GROWABLE_READER);
}

#[test]
fn a_view_takes_these_names() {
    compare(
        &["impl<'a, T: FixedRecord> View<'a, T> {", "impl<T: FixedRecord> View<'_, T> {"],
        VIEW,
    );
}

#[test]
fn a_writer_takes_these_names() {
    compare(&["impl<T: FixedRecord> Writer<T> {"], WRITER);
}

#[test]
fn a_batch_takes_these_names() {
    compare(&["impl<'a, T: Mappable> Batch<'a, T> {", "impl<T: Mappable> Batch<'_, T> {"], BATCH);
}
