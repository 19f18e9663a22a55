//! What the description says of enums with fields is enough: a reader in another language, made from
//! that alone, reads files that were laid out by hand from it, and those of a live writer.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/laid_out.rs"]
mod laid_out;
#[path = "support/python.rs"]
mod python;
mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use commy::{Growable, create_writer};

use laid_out::{LaidOut, TEXT, field, list_of, pair};
use python::python;

/// What the script says of files with these bytes: a line for each.
fn tried(files: &[Vec<u8>]) -> Option<Vec<String>> {
    let _watchdog = support::watchdog(Duration::from_secs(300));
    let directory = tempfile::tempdir().unwrap();
    let write = |(index, bytes): (usize, &Vec<u8>)| -> PathBuf {
        let path = directory.path().join(format!("{index}.bin"));
        fs::write(&path, bytes).unwrap();
        path
    };
    let paths: Vec<_> = files.iter().enumerate().map(write).collect();
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let lines: Vec<_> = python(&["try"], &paths, &[])?.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), files.len());
    Some(lines)
}

/// An enum in a schema text, with its variants: name, tag, fields.
fn variants(size: usize, tag: &str, variants: &[(&str, u64, &[String])]) -> String {
    let variants = variants.iter().map(|(name, tag, fields)| {
        format!(r#""{name}":{{"tag":{tag},"fields":[{}]}}"#, fields.join(","))
    });
    let variants = variants.collect::<Vec<_>>().join(",");
    format!(r#"{{"kind":"variant","size":{size},"tag":"{tag}","variants":{{{variants}}}}}"#)
}

/// `enum Expr { Zero, Text(u8, String), Add(Box<Expr>, Box<Expr>), Sum { terms: Vec<Expr> } }`.
enum Expr {
    Zero,
    Text(u8, &'static str),
    Add(Box<Self>, Box<Self>),
    Sum(Vec<Self>),
}

const EXPR: usize = 32;

fn expr_schema() -> String {
    let outer = r#"{"kind":"outer","levels":1}"#;
    let boxed = format!(r#"{{"kind":"box","size":8,"item":{outer}}}"#);
    variants(
        EXPR,
        "u8",
        &[
            ("Zero", 0, &[]),
            ("Text", 1, &[field("0", 8, 1, "\"u8\""), field("1", 16, 16, TEXT)]),
            ("Add", 2, &[field("0", 8, 8, &boxed), field("1", 16, 8, &boxed)]),
            ("Sum", 3, &[field("terms", 8, 16, &list_of(EXPR, outer))]),
        ],
    )
}

impl Expr {
    fn cell(&self, file: &mut LaidOut) -> Vec<u8> {
        let mut cell = vec![0; 8];
        match self {
            Self::Zero => {}
            Self::Text(number, text) => {
                cell[0] = 1;
                cell.extend([*number, 0, 0, 0, 0, 0, 0, 0]);
                cell.extend(file.text(text));
            }
            Self::Add(left, right) => {
                cell[0] = 2;
                for side in [left, right] {
                    let side = side.cell(file);
                    cell.extend(file.boxed(&side));
                }
            }
            Self::Sum(terms) => {
                cell[0] = 3;
                let terms: Vec<_> = terms.iter().flat_map(|term| term.cell(file)).collect();
                cell.extend(file.list(EXPR, &terms));
            }
        }
        cell.resize(EXPR, 0);
        cell
    }

    fn json(&self) -> String {
        match self {
            Self::Zero => r#""Zero""#.to_owned(),
            Self::Text(number, text) => format!(r#"{{"Text":{{"0":{number},"1":"{text}"}}}}"#),
            Self::Add(left, right) => {
                format!(r#"{{"Add":{{"0":{},"1":{}}}}}"#, left.json(), right.json())
            }
            Self::Sum(terms) => {
                let terms: Vec<_> = terms.iter().map(Self::json).collect();
                format!(r#"{{"Sum":{{"terms":[{}]}}}}"#, terms.join(","))
            }
        }
    }
}

fn expr() -> Expr {
    let text = || Expr::Text(200, "a text that lies in a block");
    Expr::Add(
        Box::new(Expr::Sum(vec![text(), Expr::Zero, Expr::Text(1, "short")])),
        Box::new(Expr::Add(Box::new(Expr::Sum(vec![])), Box::new(text()))),
    )
}

#[test]
fn an_enum_that_is_in_itself_is_read_from_bytes_laid_out_by_hand() {
    let mut file = LaidOut::new(16 + EXPR, &field("expr", 16, EXPR, &expr_schema()));
    let cell = expr().cell(&mut file);
    let whole = file.finish(&cell);
    let mut zeros = LaidOut::new(16 + EXPR, &field("expr", 16, EXPR, &expr_schema()));
    zeros.block(laid_out::CELL, &[0; EXPR]);
    let zeros = zeros.finish(&[0; EXPR]);
    let Some(lines) = tried(&[whole, zeros]) else { return };
    assert_eq!(lines[0], format!(r#"value {{"expr":{}}}"#, expr().json()));
    assert_eq!(lines[1], r#"value {"expr":"Zero"}"#);
}

#[test]
fn tags_that_none_has_and_values_without_an_end_are_refused() {
    let schema = field("expr", 16, EXPR, &expr_schema());
    let with_tag = |tag: u8| {
        let mut file = LaidOut::new(16 + EXPR, &schema);
        let mut cell = Expr::Text(1, "a text that lies in a block").cell(&mut file);
        cell[0] = tag;
        file.finish(&cell)
    };
    let own_child = {
        let mut file = LaidOut::new(16 + EXPR, &schema);
        let own = file.end();
        let mut cell = vec![2, 0, 0, 0, 0, 0, 0, 0];
        cell.extend(pair(own, own));
        cell.resize(EXPR, 0);
        file.block(laid_out::CELL, &cell);
        file.finish(&cell)
    };
    let cases = [
        (with_tag(4), "4 is no variant"),
        (with_tag(255), "255 is no variant"),
        // Another variant's fields, in the same bytes.
        (with_tag(2), "end of the heap"),
        (with_tag(3), "list without a node"),
        (own_child, "heap"),
    ];
    let files: Vec<_> = cases.iter().map(|(file, _)| file.clone()).collect();
    let Some(lines) = tried(&files) else { return };
    for (line, (_, reason)) in lines.iter().zip(&cases) {
        assert!(line.starts_with("refused ") && line.contains(reason), "{reason}: {line:.300}");
    }
}

#[test]
fn schemas_that_no_enum_can_have_are_refused() {
    let number = |offset| field("0", offset, 8, "\"u64\"");
    let outer = r#"{"kind":"outer","levels":1}"#;
    let boxed = field("0", 8, 8, &format!(r#"{{"kind":"box","size":8,"item":{outer}}}"#));
    let one = |tag: &str, tags: &[u64], of_last: &[String]| {
        let names = ["A", "B", "C"];
        let all: Vec<(&str, u64, &[String])> = names
            .into_iter()
            .zip(tags)
            .enumerate()
            .map(|(index, (name, tag))| {
                let fields = if index + 1 == tags.len() { of_last } else { &[] };
                (name, *tag, fields)
            })
            .collect();
        variants(16, tag, &all)
    };
    let cases = [
        (one("u32", &[0], &[]), "type of a tag"),
        (one("u8", &[], &[]), "tags"),
        (one("u8", &[1], &[]), "tags"),
        (one("u8", &[0, 0], &[]), "tags"),
        (one("u8", &[0, 256], &[]), "largest tag"),
        (one("u8", &[0, 1], &[number(0)]), "place of a field"),
        (one("u16", &[0, 1], &[number(1)]), "place of a field"),
        (one("u8", &[0, 1], &[number(9)]), "size of an enum"),
        (one("u8", &[1, 0], core::slice::from_ref(&boxed)), "ends on the way"),
        (one("u8", &[0, 1], &[field("0", 8, 8, outer)]), "blocks on the way"),
    ];
    let file = |ty: &str| LaidOut::new(32, &field("f", 16, 16, ty)).finish(&[0; 16]);
    let good = one("u8", &[0, 1], &[boxed]);
    let files: Vec<_> = cases.iter().map(|(ty, _)| file(ty)).chain([file(&good)]).collect();
    let Some(lines) = tried(&files) else { return };
    for (line, (ty, reason)) in lines.iter().zip(&cases) {
        assert!(line.starts_with("refused ") && line.contains(reason), "{ty:.200}: {line:.300}");
    }
    assert_eq!(lines[cases.len()], r#"value {"f":"A"}"#);
}

#[derive(Growable)]
enum Value {
    Nothing,
    Number(u64),
    List(Vec<Value>),
    Named { name: String, value: Box<Value> },
}

#[create_writer(filename = "live.bin", growable)]
struct Live {
    number: u64,
    value: Value,
    fixed: Level,
}

#[derive(Growable)]
enum Level {
    Low,
    High,
}

impl Value {
    /// What follows from the number alone.
    fn of(number: u64) -> Self {
        let named = |number: u64| Self::Named {
            name: format!("the value with the number {number}"),
            value: Box::new(Self::Number(number)),
        };
        match number % 4 {
            0 => Self::Nothing,
            1 => named(number),
            2 => Self::List((0..number % 40).map(named).collect()),
            _ => Self::List(vec![Self::List(vec![]), Self::Number(number), Self::Nothing]),
        }
    }

    fn json(&self) -> String {
        match self {
            Self::Nothing => r#""Nothing""#.to_owned(),
            Self::Number(number) => format!(r#"{{"Number":{{"0":{number}}}}}"#),
            Self::List(values) => {
                let values: Vec<_> = values.iter().map(Self::json).collect();
                format!(r#"{{"List":{{"0":[{}]}}}}"#, values.join(","))
            }
            Self::Named { name, value } => {
                format!(r#"{{"Named":{{"name":"{name}","value":{}}}}}"#, value.json())
            }
        }
    }
}

#[test]
fn every_value_of_a_writer_that_goes_on_is_read_whole() {
    let _watchdog = support::watchdog(Duration::from_secs(300));
    let (_dir, path) = support::place("live.bin");
    let mut writer = LiveWriter::create_at(&path).unwrap();
    let mut publish = |number: u64| {
        let fixed = if number.is_multiple_of(2) { Level::Low } else { Level::High };
        writer.publish(&Live { number, value: Value::of(number), fixed }).unwrap();
    };
    publish(1);
    let ends = AtomicBool::new(false);
    let shown = thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 1;
            while !ends.load(Ordering::Relaxed) {
                number += 1;
                publish(number);
                thread::sleep(Duration::from_micros(200));
            }
        });
        let shown = python(&["try"], &[path.as_path(); 200], &[]);
        ends.store(true, Ordering::Relaxed);
        shown
    });
    let Some(shown) = shown else { return };
    let mut numbers = Vec::new();
    for line in shown.lines() {
        let rest = line.strip_prefix(r#"value {"number":"#).unwrap_or_else(|| panic!("{line}"));
        let number: u64 = rest.split(',').next().unwrap().parse().unwrap();
        let level = if number.is_multiple_of(2) { "Low" } else { "High" };
        let value = Value::of(number).json();
        assert_eq!(rest, format!(r#"{number},"value":{value},"fixed":"{level}"}}"#));
        numbers.push(number);
    }
    numbers.dedup();
    assert!(numbers.len() > 10, "{numbers:?}");
}
