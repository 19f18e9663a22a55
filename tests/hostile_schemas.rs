//! Files whose schema text may be anything: of records that grow, with kinds within each other as often as
//! the text has room for.
//!
//! A program is told what differs, or that the text is none. It needs no more stack than for a text of its
//! own, no more memory than a few times the text, and it ends.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/schema_text.rs"]
mod schema_text;
mod support;

use core::fmt::Display;
use core::time::Duration;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs;
use std::path::Path;
use std::thread;

use commy::{CreateError, Growable, OpenError, create_reader, create_writer};

use schema_text::{LONGEST, nested, with_schema};
use support::format::{self, file, header};
use support::{Random, watchdog};

#[derive(Debug, Clone, PartialEq, Default, Growable)]
enum Step {
    #[default]
    End,
    To(Box<Step>),
    Many(BTreeMap<String, VecDeque<Step>>),
}

#[create_writer(filename = "deep.bin", growable)]
#[create_reader(filename = "deep.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Deep {
    f: Vec<Vec<u64>>,
    step: Step,
    names: HashSet<String>,
}

/// A valid file of the record.
fn good(path: &Path) -> Vec<u8> {
    let mut w = DeepWriter::create_at(path).unwrap();
    w.set_f(&[vec![1, 2], vec![]]).unwrap();
    drop(w);
    fs::read(path).unwrap()
}

fn text_of(good: &[u8]) -> Vec<u8> {
    let len = format::offset(good, header::SCHEMA_LEN);
    good[file::SCHEMA..file::SCHEMA + len].to_vec()
}

/// What must not reach a terminal as it is, is not in it.
fn presentable(error: &impl Display) -> String {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    text
}

/// Opens the file with this text as a reader and as a writer does; returns how many differences they are
/// told.
///
/// By a thread with as much stack as one has by default.
fn refused(path: &Path, bytes: &[u8], text: &[u8], what: &str) -> usize {
    fs::write(path, with_schema(bytes, text)).unwrap();
    // What is read, what is made of it, and its words.
    let memory = 64 * text.len() + (1 << 20);
    thread::scope(|scope| {
        let open = || {
            let (peak, read) = counting::peak(|| DeepReader::open_at(path).map(drop));
            assert!(peak <= memory, "{what}: {peak} bytes for a text of {}", text.len());
            let (peak, written) = counting::peak(|| DeepWriter::create_at(path).map(drop));
            assert!(peak <= memory, "{what}: {peak} bytes for a text of {}", text.len());
            (read, written)
        };
        let (read, written) = scope.spawn(open).join().unwrap();
        let (told, differences) = match read.unwrap_err() {
            OpenError::SchemaMismatch(mismatch) => {
                (presentable(&mismatch), mismatch.differences().len())
            }
            error @ OpenError::Corrupt { .. } => (presentable(&error), 0),
            error => panic!("{what}: {error}"),
        };
        match written.unwrap_err() {
            CreateError::SchemaMismatch(mismatch) => {
                assert_eq!(presentable(&mismatch), told, "{what}");
            }
            CreateError::Unusable(OpenError::Corrupt { .. }) => {}
            error => panic!("{what}: {error}"),
        }
        differences
    })
}

#[test]
fn a_text_that_is_the_programs_own_differs_in_nothing() {
    let (_directory, path) = support::place("deep.bin");
    let good = good(&path);
    assert_eq!(refused(&path, &good, &text_of(&good), "its own"), 0);
}

#[test]
fn kinds_within_each_other_as_often_as_the_text_has_room_for_are_refused() {
    let _watchdog = watchdog(Duration::from_secs(300));
    let (_directory, path) = support::place("deep.bin");
    let good = good(&path);
    for kind in 0..20_u8 {
        // So often: 4, 64 and 1024 times, and as often as there is room for, some of it left open.
        for (times, rest) in [(1, 0), (3, 100), (5, 200), (7, 0), (7, 130)] {
            let mut steps = vec![times << 5 | kind, 24];
            if times == 7 {
                steps = steps.repeat(5);
            }
            steps.push(rest);
            let text = nested(&steps);
            if times == 7 && !matches!(kind, 17) {
                assert!(text.len() > 80_000, "{kind}: {}", text.len());
            }
            refused(&path, &good, &text, &format!("kind {kind}, {times}, {rest}"));
        }
    }
}

#[test]
fn many_parts_side_by_side_are_refused_or_compared() {
    let _watchdog = watchdog(Duration::from_secs(300));
    let (_directory, path) = support::place("deep.bin");
    let good = good(&path);
    let record = |fields: &str| {
        format!(
            r#"{{"commy":1,"growable":1,"prefix":16,"kind":"struct","size":4096,"align":16,"fields":[{fields}]}}"#
        )
    };
    let field = |n: usize, ty: &str| {
        format!(r#"{{"name":"f{n}","offset":{},"size":8,"type":{ty}}}"#, 16 + n % 500 * 8)
    };
    for count in [1, 100, 4096, 4097, 40_000] {
        let fields = (0..count).map(|n| field(n, "\"u64\"")).collect::<Vec<_>>().join(",");
        let told = refused(&path, &good, record(&fields).as_bytes(), "fields");
        // Those of the program, and no more than a thousand.
        assert_eq!(told, if count <= 4096 { (count + 3).min(1000) } else { 0 }, "{count}");
    }
    // As many structs of as many fields as a text of the greatest length has.
    let inner = (0..4000)
        .map(|n| format!(r#"{{"name":"{n}","offset":0,"size":8,"type":"u64"}}"#))
        .collect::<Vec<_>>()
        .join(",");
    let inner = format!(r#"{{"kind":"struct","size":8,"align":8,"fields":[{inner}]}}"#);
    let fields = (0..LONGEST / (inner.len() + 100)).map(|n| field(n, &inner));
    let text = record(&fields.collect::<Vec<_>>().join(","));
    assert!(text.len() > LONGEST / 2 && text.len() <= LONGEST);
    refused(&path, &good, text.as_bytes(), "structs");
    // Members that nobody asks for, and the one that is asked for behind them.
    let others = (0..300_000).map(|n| format!(r#""{n}":0,"#)).collect::<String>();
    let text = format!("{{{others}{}", &record(&field(0, "\"u64\""))[1..]);
    assert!(text.len() <= LONGEST);
    refused(&path, &good, text.as_bytes(), "members");
    let deep = r#"{"kind":"box","size":8,"item":"#;
    let ty = format!(r#"{}{{{others}"kind":"u64"}}{}"#, deep.repeat(60), "}".repeat(60));
    refused(&path, &good, record(&field(0, &ty)).as_bytes(), "members in a deep one");
    // One more byte than is read.
    let mut bytes = with_schema(&good, &vec![b' '; LONGEST]);
    let len = (LONGEST as u64 + 1).to_le_bytes();
    bytes[header::SCHEMA_LEN..][..8].copy_from_slice(&len);
    format::repair(&mut bytes);
    fs::write(&path, bytes).unwrap();
    assert!(matches!(DeepReader::open_at(&path), Err(OpenError::Corrupt { .. })));
}

#[test]
fn texts_in_which_bytes_were_changed_are_refused_or_compared() {
    let _watchdog = watchdog(Duration::from_secs(300));
    let (_directory, path) = support::place("deep.bin");
    let good = good(&path);
    let text = text_of(&good);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let parts = [
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "\\u0000",
        "\u{1b}[2J",
        "0",
        "18446744073709551615",
        "-1",
        "1e9",
        "\"outer\"",
        "\"levels\":1",
        "\"map\"",
        "\"user\"",
        "\n",
        "null",
        "4294967296",
    ];
    let mut compared = 0;
    for round in 0..3000 {
        let mut text = text.clone();
        for _ in 0..1 + random.below(4) {
            let at = random.below(text.len() as u64 - 20) as usize;
            let part = parts[random.below(parts.len() as u64) as usize];
            let cut = random.below(12) as usize;
            text.splice(at..at + cut, part.bytes());
        }
        let told = refused(&path, &good, &text, &format!("round {round}"));
        compared += u32::from(told > 0);
    }
    assert!(compared > 30, "only {compared} were read");
}
