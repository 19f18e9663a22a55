//! Files and peers that mean harm: what a test, or a fuzzer, makes of a valid file, and everything
//! that a program may then do with it.
//!
//! Edits of a valid file, with the header's checksum repaired so that what is behind it is reached.
//! The fuzz targets and their stable twin share this module. A file a writer accepts must carry its
//! next value to a reader; an error's text must hold no control character.
#![allow(dead_code, unreachable_pub, reason = "a module of a test and of fuzz targets")]

use core::sync::atomic::{AtomicUsize, Ordering};
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use crate::format::file::{CONTROL, SCHEMA};
pub use crate::format::repair;
use crate::format::{self, header};
use crate::kinds::{Kinds, KindsReader, KindsWriter, example};

/// The bytes of the header that hold something, besides its checksum.
const HEADER_FIELDS: usize = header::RESERVED;
/// More of the control page than is used, in whole words.
const CONTROL_WORDS: usize = 1024;
/// Where the slots of the valid file are.
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
    let bytes = fs::read(path).unwrap();
    assert_eq!(format::offset(&bytes, header::SLOTS), SLOTS);
    bytes
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

/// Does with the file at `path` all that a reader and a writer do; returns whether each got in.
///
/// # Panics
///
/// When an error is not fit to be shown, or the writer's value does not reach a reader.
pub fn use_all(path: &Path) -> (bool, bool) {
    let reader = match KindsReader::open_at(path) {
        Ok(reader) => {
            read_all(&reader);
            let _ = reader.file().is_superseded();
            let _ = reader.file().writer_state();
            let again = reader.file().reopen().unwrap();
            read_all(&again);
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

/// How many reads [`read_all`] makes.
const READS: usize = 12;

/// Reads everything that can be read; returns how many reads gave a value.
pub fn read_all(reader: &KindsReader) -> usize {
    let mut into = example();
    let results: [_; READS] = [
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
    let _ = reader.file().generation();
    let _ = reader.file().age();
    let _ = reader.read(|view| view.file().published_at());
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

/// A peer with write permission: a thread that applies edits to a valid file and takes them back,
/// again and again, while this one reads.
pub struct Scribbler {
    peer: Arc<Peer>,
    path: PathBuf,
    reader: KindsReader,
}

struct Peer {
    file: File,
    good: Vec<u8>,
    /// The edits of the moment; locked unless everything in the file is well.
    edits: Mutex<Vec<[u8; EDIT_LEN]>>,
    /// Told when the peer is to go on.
    roused: Condvar,
    /// How often the edits are still to be applied, and how often any were.
    passes_left: AtomicUsize,
    passes: AtomicUsize,
}

impl Scribbler {
    /// Makes a valid file at `path` and a peer that does nothing as yet.
    pub fn new(path: &Path) -> Self {
        let good = good(path);
        let file = File::options().read(true).write(true).open(path).unwrap();
        let reader = KindsReader::open_at(path).unwrap();
        let (edits, roused) = (Mutex::default(), Condvar::new());
        let (passes_left, passes) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let peer = Arc::new(Peer { file, good, edits, roused, passes_left, passes });
        let thread = Arc::clone(&peer);
        // For as long as the process lives.
        thread::spawn(move || thread.scribble());
        Self { peer, path: path.into(), reader }
    }

    /// Reads `rounds` times, and until all edits were applied once, while the peer applies them;
    /// returns how many reads gave a value and how many did not.
    pub fn read_while_scribbling(&self, edits: &[[u8; EDIT_LEN]], rounds: usize) -> (usize, usize) {
        let Self { peer, path, reader } = self;
        peer.rouse(peer.edits.lock().unwrap(), edits, usize::MAX);
        let before = peer.passes.load(Ordering::Acquire);
        let (mut values, mut refusals, mut round) = (0, 0, 0);
        while round < rounds || peer.passes.load(Ordering::Acquire) == before {
            round += 1;
            let read = read_all(reader);
            values += read;
            refusals += READS - read;
        }
        // A file that changes while it is looked at.
        match KindsReader::open_at(path) {
            Ok(reader) => drop(read_all(&reader)),
            Err(error) => presentable(&error.to_string()),
        }
        // Returns when the last pass is over.
        peer.passes_left.store(0, Ordering::Release);
        drop(peer.edits.lock().unwrap());
        self.is_as_new();
        (values, refusals)
    }

    /// Reads everything a few times, and lets the peer apply the edits for a while as soon as it
    /// gets to it: nobody is waited for.
    pub fn read_beside(&self, edits: &[[u8; EDIT_LEN]]) {
        if let Ok(current) = self.peer.edits.try_lock() {
            self.peer.rouse(current, edits, 64);
        }
        for _ in 0..8 {
            read_all(&self.reader);
        }
        match KindsReader::open_at(&self.path) {
            Ok(reader) => drop(read_all(&reader)),
            Err(error) => presentable(&error.to_string()),
        }
    }

    /// Reads everything after each of the first edits and after the last one, unless the peer is
    /// at work.
    pub fn read_after_each(&self, edits: &[[u8; EDIT_LEN]]) {
        let current = self.peer.edits.try_lock();
        if current.is_err() || self.peer.passes_left.load(Ordering::Acquire) > 0 {
            read_all(&self.reader);
            return;
        }
        for (index, edit) in edits.iter().enumerate() {
            self.peer.apply(edit);
            if index < 3 || index + 1 == edits.len() {
                read_all(&self.reader);
            }
        }
        self.peer.make_good();
        self.is_as_new();
    }

    /// With the good bytes in place, the reader is as good as new.
    fn is_as_new(&self) {
        inspect(&self.reader.snapshot().unwrap());
        assert_eq!(read_all(&self.reader), READS);
    }
}

impl Peer {
    fn scribble(&self) {
        let mut edits = self.edits.lock().unwrap();
        loop {
            while self.passes_left.load(Ordering::Acquire) == 0 {
                edits = self.roused.wait(edits).unwrap();
            }
            edits.iter().for_each(|edit| self.apply(edit));
            self.make_good();
            self.passes.fetch_add(1, Ordering::Release);
            let one_less = |left: usize| left.checked_sub(1);
            let _ = self.passes_left.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
        }
    }

    fn apply(&self, edit: &[u8; EDIT_LEN]) {
        let (at, number, width) = decode(edit, self.good.len());
        let width = width.min(self.good.len() - at);
        self.file.write_all_at(&number[..width], at as u64).unwrap();
    }

    fn make_good(&self) {
        self.file.write_all_at(&self.good, 0).unwrap();
    }

    fn rouse(
        &self,
        mut current: MutexGuard<'_, Vec<[u8; EDIT_LEN]>>,
        edits: &[[u8; EDIT_LEN]],
        passes: usize,
    ) {
        current.clear();
        current.extend_from_slice(edits);
        self.passes_left.store(passes, Ordering::Release);
        self.roused.notify_one();
    }
}
