//! What needs a process of its own: writers that are killed, and the memory of one that does nothing
//! else.
//!
//! This program is started again, as `ROLE KIND PATH LEN`.
#![allow(unsafe_code, reason = "a process kills itself")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::{env, fs, io};

use super::clock::{median, timed};
use super::figures::{Figure, Unit, Wanted, grouped};
use super::kinds::{Hashed, Kind, Listed, Numbers, Texts, mixed, text};
use super::plot::Point;
use super::stores::commy_store;
use crate::place::Place;

/// Makes a record and waits for its end.
const FILL: &str = "--growable-fill";
/// Opens what a killed writer left, says how long that took, and is killed.
const OPEN: &str = "--growable-open";
/// Makes a record in small transactions, and says what memory that took.
const MEMORY: &str = "--growable-memory";

const ROUNDS: usize = 5;
const AT_ONCE: usize = 1000;

/// Plays the other process, if this one was started as it.
#[must_use]
pub fn role() -> bool {
    let args: Vec<_> = env::args().collect();
    let [_, role, kind, path, len] = args.as_slice() else { return false };
    if ![FILL, OPEN, MEMORY].contains(&role.as_str()) {
        return false;
    }
    let (path, len) = (Path::new(path), len.parse().unwrap());
    match kind.as_str() {
        Numbers::NAME => numbers(role, path, len),
        Texts::NAME => texts(role, path, len),
        Hashed::NAME => hashed(role, path, len),
        Listed::NAME => listed(role, path, len),
        _ => false,
    }
}

macro_rules! roles {
    ($($name:ident: $kind:ident, |$map:ident, $key:ident, $value:ident| $insert:expr, |$old:ident| $replace:expr;)*) => {$(
        fn $name(role: &str, path: &Path, len: usize) -> bool {
            type Writer = commy_store::$name::MappedWriter;
            let insert = |writer: &mut Writer, keys: &[<$kind as Kind>::Key], first: u64| {
                writer
                    .transaction(|tx| {
                        let mut $map = tx.map_mut();
                        for ($key, number) in keys.iter().zip(first..) {
                            let $value = $kind::value(number);
                            $insert?;
                        }
                        Ok(())
                    })
                    .unwrap();
            };
            match role {
                FILL => {
                    let mut writer = Writer::create_at(path).unwrap();
                    insert(&mut writer, &$kind::keys(len), 0);
                    die("ready");
                }
                OPEN => {
                    let (time, mut writer) = timed(|| Writer::create_at(path).unwrap());
                    assert_eq!(writer.map_mut().len().unwrap(), len);
                    let mut $old = writer.map_mut();
                    $replace.unwrap();
                    die(&time.as_nanos().to_string());
                }
                MEMORY => {
                    let keys = $kind::keys(len);
                    let mut writer = Writer::create_at(path).unwrap();
                    let before = private_memory();
                    for (part, keys) in keys.chunks(AT_ONCE).enumerate() {
                        insert(&mut writer, keys, (part * AT_ONCE) as u64);
                    }
                    let taken = private_memory().saturating_sub(before);
                    println!("{taken} {}", writer.file().stats().file_len);
                }
                _ => return false,
            }
            true
        }
    )*};
}

roles! {
    numbers: Numbers, |map, key, value| map.insert(*key, value), |map| map.insert(mixed(0), 7);
    texts: Texts, |map, key, value| map.insert(key, value), |map| map.insert(&text(0), Texts::value(7));
    hashed: Hashed, |map, key, value| map.insert(*key, value), |map| map.insert(mixed(0), 7);
    listed: Listed, |list, _key, value| list.push(value), |list| list.set(0, 7);
}

/// Says something, and is killed: no destructor runs, no file is closed in order.
fn die(last_words: &str) -> ! {
    println!("{last_words}");
    io::stdout().flush().unwrap();
    let this = std::process::id().cast_signed();
    // SAFETY: a signal to this process itself.
    unsafe { libc::kill(this, libc::SIGKILL) };
    unreachable!("it was killed")
}

/// The memory of this process that is of no file and of no other process.
fn private_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
}

fn start(role: &str, kind: &str, path: &Path, len: usize) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([role, kind]).arg(path).arg(len.to_string());
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// What a process says before its end.
fn said(mut child: Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.wait().unwrap();
    assert!(!line.is_empty(), "the other process failed");
    line
}

/// How long it takes to open what a killed writer left.
pub fn opening(len: usize, points: &mut Vec<Point>) -> Vec<Figure> {
    let kinds: [(&str, &str, f64); 4] = [
        (Numbers::NAME, Numbers::FILE, 20e6),
        (Hashed::NAME, Hashed::FILE, 20e6),
        (Listed::NAME, Listed::FILE, 20e6),
        (Texts::NAME, Texts::FILE, 200e6),
    ];
    let figures = kinds.map(|(kind, file, most)| {
        let place = Place::new();
        let path = place.path("killed");
        said(start(FILL, kind, &path, len));
        let times =
            (0..ROUNDS).map(|_| said(start(OPEN, kind, &path, len)).trim().parse().unwrap());
        let time = median(times.collect());
        points.push(Point {
            file,
            panel: "open after a kill",
            unit: Unit::Time,
            len,
            name: "commy",
            value: time,
        });
        let wanted = if len == 1_000_000 { Wanted::AtMost(most) } else { Wanted::Any };
        let what = format!("open after a kill, {kind} of {}", grouped(len));
        Figure::alone(what, Unit::Time, time, wanted)
    });
    figures.into()
}

/// What a writer has in its own memory for a heap.
pub fn memory(len: usize, points: &mut Vec<Point>) -> Vec<Figure> {
    let figures =
        [(Numbers::NAME, Numbers::FILE), (Texts::NAME, Texts::FILE)].map(|(kind, file)| {
            let place = Place::new();
            let said = said(start(MEMORY, kind, &place.path("memory"), len));
            let mut numbers = said.split_whitespace().map(|number| number.parse::<f64>().unwrap());
            let (taken, heap) = (numbers.next().unwrap(), numbers.next().unwrap());
            points.push(Point {
                file,
                panel: "the writer's own memory",
                unit: Unit::Bytes,
                len,
                name: "commy",
                value: taken,
            });
            let what = format!(
                "the writer's own memory for each GiB of heap, {kind} of {} ({} of {})",
                grouped(len),
                Unit::Bytes.show(taken),
                Unit::Bytes.show(heap),
            );
            Figure::alone(what, Unit::Bytes, taken / heap * f64::from(1 << 30), Wanted::Any)
        });
    figures.into()
}
