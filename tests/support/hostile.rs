//! Files and peers that mean harm: what a test, or a fuzzer, makes of a valid file, and everything
//! that a program may then do with it.
#![allow(dead_code, unreachable_pub, reason = "a module of a test and of fuzz targets")]

use core::sync::atomic::{AtomicBool, Ordering};
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::thread;

use commy::ReadError;
use xxhash_rust::xxh3::xxh3_64;

use crate::kinds::{Kinds, KindsReader, KindsWriter, example};

/// Offsets of the format.
const HEADER_FIELDS: usize = 160;
const CHECKSUM: usize = 4088;
const CONTROL: usize = 4096;
const CONTROL_WORDS: usize = 1024;
const SCHEMA: usize = 12288;
const SLOTS: usize = 16384;

/// The bytes that one edit takes from the input.
pub const EDIT_LEN: usize = 12;
/// Bits of the first byte of an input.
pub const RAW: u8 = 1;
pub const REPAIR: u8 = 2;
pub const CUT: u8 = 4;

/// A valid file with two slots, published twice and closed in good order.
pub fn good(path: &Path) -> Vec<u8> {
    let mut writer = KindsWriter::options().path(path).slots(2).create().unwrap();
    writer.set_small(1);
    writer.publish(&example());
    drop(writer);
    fs::read(path).unwrap()
}

/// What `input` makes of the file `good`.
///
/// The first byte says whether the rest is a file by itself ([`RAW`]) or edits, of which the last
/// one may be followed by a checksum that fits ([`REPAIR`]) and a cut ([`CUT`]).
pub fn mutated(good: &[u8], input: &[u8]) -> Vec<u8> {
    let Some((flags, rest)) = input.split_first() else { return Vec::new() };
    if flags & RAW != 0 {
        return rest.to_vec();
    }
    let mut bytes = good.to_vec();
    let (edits, _) = rest.as_chunks::<EDIT_LEN>();
    for edit in edits {
        apply(&mut bytes, edit);
    }
    if flags & REPAIR != 0 {
        repair(&mut bytes);
    }
    if let (true, Some([.., low, high])) = (flags & CUT != 0, edits.last()) {
        bytes.truncate(usize::from(u16::from_le_bytes([*low, *high])));
    }
    bytes
}

/// Where an edit goes, and the number that it writes there in how many bytes.
fn decode(
    [operation, a, b, c, number @ ..]: &[u8; EDIT_LEN],
    len: usize,
) -> (usize, [u8; 8], usize) {
    let offset = u32::from_le_bytes([*a, *b, *c, 0]) as usize;
    let word = offset / 8 * 8;
    let at = match operation >> 5 {
        0 | 1 => word % HEADER_FIELDS,
        2 | 3 => CONTROL + word % CONTROL_WORDS,
        4 => SCHEMA + offset % (SLOTS - SCHEMA),
        5 | 6 => SLOTS + word % (len - SLOTS),
        _ => offset % len,
    };
    (at, *number, [1, 2, 4, 8][usize::from(operation & 3)])
}

fn apply(bytes: &mut [u8], edit: &[u8; EDIT_LEN]) {
    let (at, number, width) = decode(edit, bytes.len());
    for (to, from) in bytes[at..].iter_mut().zip(&number[..width]) {
        *to = *from;
    }
}

/// Makes the header's checksum right again, so that what is behind it is reached.
pub fn repair(bytes: &mut [u8]) {
    let len = u64::from_le_bytes(bytes[136..144].try_into().unwrap());
    let at = u64::from_le_bytes(bytes[128..136].try_into().unwrap());
    let range = usize::try_from(at).ok().zip(usize::try_from(at.saturating_add(len)).ok());
    let schema = range.and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default();
    let mut covered = bytes[..CHECKSUM].to_vec();
    covered.extend([0; 8]);
    covered.extend(schema);
    let sum = xxh3_64(&covered);
    bytes[CHECKSUM..CHECKSUM + 8].copy_from_slice(&sum.to_le_bytes());
}

/// Does with the file at `path` all that a reader and a writer do; returns whether each got in.
///
/// # Panics
///
/// When an error is not fit to be shown, or the writer's value does not reach a reader.
pub fn use_all(path: &Path) -> (bool, bool) {
    let reader = match KindsReader::open_at(path) {
        Ok(mut reader) => {
            read_all(&reader);
            let _ = reader.is_superseded();
            let _ = reader.writer_alive();
            reader.reopen().unwrap();
            true
        }
        Err(error) => {
            presentable(&error.to_string());
            false
        }
    };
    let writer = match KindsWriter::create_at(path) {
        Ok(mut writer) => {
            writer.set_small(7);
            writer.batch(|batch| batch.set_flag(false));
            let expected = Kinds { small: 3, ..example() };
            writer.publish(&expected);
            assert_eq!(KindsReader::open_at(path).unwrap().snapshot().unwrap(), expected);
            true
        }
        Err(error) => {
            presentable(&error.to_string());
            false
        }
    };
    (reader, writer)
}

/// Text from a file must not reach a terminal as it is.
fn presentable(text: &str) {
    assert!(!text.is_empty());
    assert!(!text.contains(char::is_control), "{text:?}");
}

/// Reads everything that can be read; returns how many reads gave a value.
pub fn read_all(reader: &KindsReader) -> usize {
    let mut into = example();
    let results = [
        reader.snapshot().map(|value| inspect(&value)),
        reader.snapshot_into(&mut into).map(|()| inspect(&into)),
        reader.flag().map(drop),
        reader.letter().map(|letter| assert!(char::from_u32(u32::from(letter)).is_some())),
        reader.name().map(|name| assert!(core::str::from_utf8(name.as_bytes()).is_ok())),
        reader.text().map(|text| assert!(core::str::from_utf8(text.as_bytes()).is_ok())),
        reader.points().map(|points| assert!(points.len() <= 3)),
        reader.mode().map(drop),
        reader.some().map(|some| drop(format!("{some:?}"))),
        reader.words().map(|words| drop(format!("{words:?}"))),
        reader.matrix().map(drop),
        reader.large().map(drop),
    ];
    let _ = reader.generation();
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        presentable(&error.to_string());
    }
    results.iter().filter(|result| result.is_ok()).count()
}

/// Looks at every byte of a value that passed the check.
fn inspect(value: &Kinds) {
    let shown = format!("{value:?}");
    assert!(shown.len() > 100);
    assert!(core::str::from_utf8(value.text.as_bytes()).is_ok());
    assert!(value.words.iter().all(|word| core::str::from_utf8(word.as_bytes()).is_ok()));
}

/// Reads `rounds` times while another thread applies edits to everything that is mapped, and
/// returns how many reads gave a value and how many did not.
pub fn read_while_scribbling(path: &Path, edits: &[[u8; EDIT_LEN]], rounds: u32) -> (usize, usize) {
    let reader = KindsReader::open_at(path).unwrap();
    let file = File::options().read(true).write(true).open(path).unwrap();
    let good = fs::read(path).unwrap();
    let over = AtomicBool::new(false);
    let scribble = || {
        while !over.load(Ordering::Relaxed) {
            for edit in edits {
                let (at, number, width) = decode(edit, good.len());
                let width = width.min(good.len() - at);
                file.write_all_at(&number[..width], at as u64).unwrap();
            }
            // Now and then all is well again.
            file.write_all_at(&good, 0).unwrap();
        }
    };
    let (values, mut refusals) = thread::scope(|scope| {
        scope.spawn(scribble);
        let mut values = 0;
        let mut refusals = 0;
        for _ in 0..rounds {
            let read = read_all(&reader);
            values += read;
            refusals += 12 - read;
        }
        over.store(true, Ordering::Relaxed);
        (values, refusals)
    });
    // When the scribbler rests with the good bytes in place, the reader is as good as new.
    file.write_all_at(&good, 0).unwrap();
    match reader.snapshot() {
        Ok(value) => inspect(&value),
        Err(error) => {
            assert!(!matches!(error, ReadError::Contended { .. }), "{error}");
            refusals += 1;
        }
    }
    (values, refusals)
}
