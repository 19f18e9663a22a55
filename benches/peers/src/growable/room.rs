//! What the file takes beside a reader that holds on, and after most was removed; and what it takes
//! to have a commit on a disk.
#![allow(unsafe_code, reason = "the kind of a file system is asked by a system call")]

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::Instant;

use heed::EnvFlags;

use super::clock::median;
use super::figures::{Figure, Unit, Wanted, grouped};
use super::kinds::{Kind, Numbers, Texts};
use super::stage::taken;
use super::store::{Store, View};
use super::stores::commy_store::{numbers, texts};
use super::stores::{Lmdb, NumbersStore};
use crate::place::Place;

const LEN: usize = 100_000;
const UPDATES: usize = 200_000;
const FLUSHES: usize = 100;

/// All of it.
#[must_use]
pub fn measure() -> Vec<Figure> {
    let mut figures = vec![long_reader()];
    figures.extend(shrunk_numbers());
    figures.extend(shrunk_texts());
    figures.push(durable());
    figures
}

fn long_reader() -> Figure {
    let place = Place::new();
    let keys = Numbers::keys(LEN);
    let mut held = NumbersStore::create(&place);
    held.insert_all(&keys);
    let mut writer = held.writer;
    let view = held.reader.pin().unwrap();
    let sum = || view.map().iter().map(|entry| entry.unwrap().1).fold(0, u64::wrapping_add);
    let before = sum();
    for update in 0..UPDATES {
        let key = keys[update * 61_803 % LEN];
        writer.map_mut().insert(key, update as u64).unwrap();
    }
    assert_eq!(sum(), before, "the view has changed");
    let stats = writer.file().stats();
    let what = format!(
        "file to live bytes: {} of {}, a view held through {} commits of one update",
        Numbers::NAME,
        grouped(LEN),
        grouped(UPDATES)
    );
    let times = stats.file_len as f64 / stats.live as f64;
    Figure::alone(what, Unit::Times, times, Wanted::AtMost(3.0))
}

macro_rules! shrunk {
    ($name:ident: $kind:ident, $records:ident, |$key:ident| $look:expr) => {
        /// Grows, loses nine of ten entries, and is compacted.
        fn $name() -> [Figure; 2] {
            let place = Place::on_disk();
            let keys = $kind::keys(LEN);
            let mut writer = $records::MappedWriter::create_at(place.path("shrunk")).unwrap();
            let grow = |writer: &mut $records::MappedWriter| {
                writer
                    .transaction(|tx| {
                        let mut map = tx.map_mut();
                        (keys.iter().zip(0..))
                            .try_for_each(|($key, number)| map.insert($look, $kind::value(number)))
                    })
                    .unwrap();
            };
            grow(&mut writer);
            let before = writer.file().stats();
            writer
                .transaction(|tx| {
                    let mut map = tx.map_mut();
                    (keys.iter().zip(0..))
                        .filter(|(_, number)| number % 10 != 0)
                        .try_for_each(|($key, _)| map.discard($look).map(drop))
                })
                .unwrap();
            while writer.compact(1 << 20).unwrap().is_unfinished() {}
            let stats = writer.file().stats();
            assert_eq!(writer.map_mut().len().unwrap(), LEN / 10);
            let what = |part: &str| {
                format!(
                    "{part} to live bytes: {} of {}, nine of ten removed, compacted, on {}",
                    $kind::NAME,
                    grouped(LEN),
                    file_system(&place.path(""))
                )
            };
            let in_use = (stats.file_len - stats.given_back) as f64 / stats.live as f64;
            let blocks = taken(&place.path("")) as f64 / stats.live as f64;
            let what_before = before.file_len as f64 / stats.live as f64;
            [
                Figure::beside(
                    what("file less what it gave back"),
                    Unit::Times,
                    in_use,
                    vec![("the file before", what_before)],
                    Wanted::AtMost(1.5),
                ),
                Figure::alone(what("room on the disk"), Unit::Times, blocks, Wanted::Any),
            ]
        }
    };
}

shrunk!(shrunk_numbers: Numbers, numbers, |key| *key);
shrunk!(shrunk_texts: Texts, texts, |key| key.as_str());

/// One entry, and it is on the disk; beside LMDB as it is without any flag. By the clock on the wall,
/// since it is the disk that is waited for.
fn durable() -> Figure {
    let place = Place::on_disk();
    let path = place.path("durable");
    let keys = Numbers::keys(1000);
    let mut writer = numbers::MappedWriter::options().path(&path).durable(true).create().unwrap();
    let mut lmdb = Lmdb::<Numbers>::with_flags(&place, EnvFlags::empty());
    lmdb.insert_all(&keys);
    writer.map_mut().extend(keys.iter().map(|key| (*key, 0))).unwrap();
    writer.flush().unwrap();
    let mut times = [const { Vec::new() }; 2];
    for round in 0..FLUSHES {
        let key = &keys[round * 7 % keys.len()..][..1];
        let started = Instant::now();
        writer.map_mut().insert(key[0], round as u64).unwrap();
        writer.flush().unwrap();
        times[0].push(started.elapsed().as_secs_f64() * 1e9);
        let started = Instant::now();
        lmdb.update(key, round as u64);
        times[1].push(started.elapsed().as_secs_f64() * 1e9);
    }
    let last = keys[(FLUSHES - 1) * 7 % keys.len()];
    assert_eq!(lmdb.view().get(&last), Some(FLUSHES as u64 - 1));
    let [commy, lmdb] = times.map(median);
    let what = format!("put one of 1000, and flush, on {}", file_system(&place.path("")));
    Figure::beside(what, Unit::Time, commy, vec![("LMDB", lmdb)], Wanted::OfOther(1.2))
}

/// What kind of file system a path is on, as `statfs` tells it.
fn file_system(path: &Path) -> String {
    let path = CString::new(path.as_os_str().as_bytes()).unwrap();
    // SAFETY: the struct has numbers only, for which zero is valid.
    let mut found: libc::statfs = unsafe { core::mem::zeroed() };
    // SAFETY: a path with its zero, and room for what is found.
    assert_eq!(unsafe { libc::statfs(path.as_ptr(), &raw mut found) }, 0);
    match found.f_type {
        0xef53 => String::from("ext4"),
        0x5846_5342 => String::from("xfs"),
        0x9123_683e => String::from("btrfs"),
        0x2fc1_2fc1 => String::from("zfs"),
        0x794c_7630 => String::from("overlayfs"),
        0x0102_1994 => String::from("tmpfs"),
        other => format!("a file system of kind {other:#x}"),
    }
}
