//! `docs/format.md`, the table of offsets that tests use, and the reader in Python say the same.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

#[path = "support/format.rs"]
mod format;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use format::{area, file, hash, header, heap, list, slot, tree};

/// The offsets of the page, by section and name: `Header: kind`.
fn page() -> BTreeMap<String, usize> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/format.md");
    let (mut offsets, mut section) = (BTreeMap::new(), "");
    for line in fs::read_to_string(path).unwrap().leak().lines() {
        section = line.strip_prefix("## ").unwrap_or(section);
        let mut cells = line.split('|').skip(1).map(str::trim);
        if let (Some(Ok(offset)), Some(name)) = (cells.next().map(str::parse), cells.next()) {
            offsets.insert(format!("{section}: {name}"), offset);
        }
    }
    offsets
}

#[test]
fn the_table_of_the_tests_has_the_offsets_of_the_page() {
    let mut page = page();
    let control = |at| at - file::CONTROL;
    for (name, offset) in [
        ("Header: magic", header::MAGIC),
        ("Header: format version", header::VERSION),
        ("Header: kind", header::KIND),
        ("Header: compatible flags", header::COMPATIBLE),
        ("Header: incompatible flags", header::INCOMPATIBLE),
        ("Header: header length", header::HEADER_LEN),
        ("Header: minimum file length", header::FILE_LEN),
        ("Header: endianness mark", header::ENDIANNESS),
        ("Header: fingerprint", header::FINGERPRINT),
        ("Header: base generation", header::BASE_GENERATION),
        ("Header: record size", header::ROOT_SIZE),
        ("Header: record alignment", header::ROOT_ALIGN),
        ("Header: slot count", header::SLOT_COUNT),
        ("Header: slot stride", header::SLOT_STRIDE),
        ("Header: offset of control", header::CONTROL),
        ("Header: offset of wait page", header::WAIT_PAGE),
        ("Header: offset of schema", header::SCHEMA),
        ("Header: length of schema", header::SCHEMA_LEN),
        ("Header: offset of slots", header::SLOTS),
        ("Header: creation time", header::CREATED),
        ("Header: heap id", header::HEAP_ID),
        ("Header: offset of heap", header::HEAP),
        ("Header: heap layout version", header::HEAP_VERSION),
        ("Header: reserved", header::RESERVED),
        ("Header: checksum", header::CHECKSUM),
        ("Header: end", header::LEN),
        ("Control: latest", control(file::LATEST)),
        ("Control: birth", control(file::BIRTH)),
        ("Control: handle", control(file::HANDLE)),
        ("Control: kernel", control(file::KERNEL)),
        ("Control: number", control(file::NUMBER)),
        ("Control: voucher", control(file::VOUCHER)),
        ("Control: state", control(file::STATE)),
        ("Control: steady", control(file::STEADY)),
        ("Control: file length", control(file::FILE_LEN)),
        ("Control: clean generation", control(file::CLEAN)),
        ("Control: clean checksum", control(file::CLEAN_CHECKSUM)),
        ("Control: wake", control(file::WAKE)),
        ("Control: ringing", control(file::RINGING)),
        ("Control: reclaimed", control(file::RECLAIMED)),
        ("Control: evicted", control(file::EVICTED)),
        ("Control: oldest pin", control(file::OLDEST_PIN)),
        ("Control: length at oldest pin", control(file::LEN_AT_OLDEST_PIN)),
        ("Control: durable", control(file::DURABLE)),
        ("Control: synced", control(file::SYNCED)),
        ("Control: reserved", control(file::WORDS_END)),
        ("Control: end", control(file::WAIT_PAGE)),
        ("Wait page: sleepers", file::SLEEPERS - file::WAIT_PAGE),
        ("Wait page: end", file::SCHEMA - file::WAIT_PAGE),
        ("Slot: sequence", slot::SEQUENCE),
        ("Slot: time", slot::TIME),
        ("Slot: payload", slot::PAYLOAD),
        ("Growable record: heap length", heap::LENGTH),
        ("Growable record: prefix reserved", heap::RESERVED),
        ("Growable record: fields", heap::FIELDS),
        ("Block header: kind", heap::KIND_BIT),
        ("Block header: class", heap::CLASS_BIT),
        ("Block header: birth", heap::BIRTH_BIT),
        ("Lists: block header", list::HEADER),
        ("Lists: items ever written", list::WRITTEN),
        ("Lists: items", list::ITEMS),
        ("Lists: end of a full node", list::NODE),
        ("Lists: bytes of items in a full node", list::ITEM_BYTES),
        ("Lists: addresses in a full inner node", list::FAN_OUT),
        ("Lists: bytes of the longest element", list::LARGEST_ITEM),
        ("Lists: the highest level", list::MAX_LEVEL),
        ("Ordered maps and sets: block header", tree::HEADER),
        ("Ordered maps and sets: places in use", tree::LEN),
        ("Ordered maps and sets: level of the node", tree::LEVEL),
        ("Ordered maps and sets: bytes of the prefix", tree::PREFIX),
        ("Ordered maps and sets: unused", tree::UNUSED),
        ("Ordered maps and sets: keys", tree::KEYS),
        ("Ordered maps and sets: end of a node", tree::NODE),
        ("Ordered maps and sets: bytes of the longest key", tree::LARGEST_KEY),
        ("Ordered maps and sets: bytes of the longest value", tree::LARGEST_VALUE),
        ("Ordered maps and sets: bytes of the longest prefix", tree::LONGEST_PREFIX),
        ("Ordered maps and sets: the highest level", tree::MAX_LEVEL),
        ("Hash maps and sets: block header", hash::HEADER),
        ("Hash maps and sets: length, words of tags, and depth", hash::LEN),
        ("Hash maps and sets: tags", hash::TAGS),
        ("Hash maps and sets: end of a full leaf", hash::LEAF),
        ("Hash maps and sets: unused", hash::LEN),
        ("Hash maps and sets: slots", hash::SLOTS),
        ("Hash maps and sets: end", hash::INNER),
        ("Hash maps and sets: most entries of a leaf", hash::MOST_ENTRIES),
        ("Hash maps and sets: most words of tags", hash::MOST_TAG_WORDS),
        ("Hash maps and sets: slots of an inner node", hash::FAN_OUT),
        ("Hash maps and sets: the last depth", hash::LAST_DEPTH),
        ("Hash maps and sets: bytes of the longest key", hash::LARGEST_KEY),
        ("Hash maps and sets: bytes of the longest value", hash::LARGEST_VALUE),
        ("Checkpoint file: generation", area::GENERATION),
        ("Checkpoint file: length", area::LENGTH),
        ("Checkpoint file: fingerprint", area::FINGERPRINT),
        ("Checkpoint file: checksum", area::CHECKSUM),
        ("Checkpoint file: time", area::TIME),
        ("Checkpoint file: time check", area::TIME_CHECK),
        ("Checkpoint file: image", area::IMAGE),
        ("Checkpoint file of a growable record: publish time", area::PUBLISHED),
        ("Checkpoint file of a growable record: time", area::TIME_OF_ROOT),
        ("Checkpoint file of a growable record: heap id", area::HEAP_ID),
        ("Checkpoint file of a growable record: birth", area::BIRTH),
        ("Checkpoint file of a growable record: handle", area::HANDLE),
        ("Checkpoint file of a growable record: rest reserved", area::HANDLE + 8),
        ("Checkpoint file of a growable record: image", area::ROOT),
    ] {
        assert_eq!(page.remove(name), Some(offset), "{name}");
    }
    for (class, size) in heap::SIZES.iter().enumerate() {
        assert_eq!(page.remove(&format!("Size classes: {size}")), Some(class));
    }
    for (kind, holds) in (1..).zip(heap::KINDS) {
        assert_eq!(page.remove(&format!("Kinds of blocks: {holds}")), Some(kind));
    }
    assert_eq!(page, BTreeMap::new(), "offsets that the tests' table lacks");
}

#[test]
fn the_reader_in_python_has_the_offsets_of_the_page() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/second_reader.py");
    let output = match Command::new("python3").arg(script).arg("offsets").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: no python3 on this machine");
            return;
        }
        output => output.unwrap(),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = page();
    let lines = String::from_utf8(output.stdout).unwrap();
    for line in lines.lines() {
        let (name, offset) = line.rsplit_once(' ').unwrap();
        assert_eq!(page.get(name), Some(&offset.parse().unwrap()), "{name}");
    }
    assert!(lines.lines().count() >= 15, "{lines}");
}

/// The session words of a live file, hashed here from what the system says of it.
#[cfg(target_os = "linux")]
#[test]
fn the_session_words_are_the_hashes_that_the_page_says() {
    use std::os::unix::fs::MetadataExt as _;

    use xxhash_rust::xxh3::xxh3_64;

    #[commy::create_writer(filename = "session.bin")]
    struct Session {
        number: u64,
    }

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session.bin");
    let mut writer = SessionWriter::create_at(&path).unwrap();
    writer.set_number(1);
    let (bytes, metadata) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap());
    let numbers = |numbers: &[u64]| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        xxh3_64(&bytes)
    };
    let (device, inode) = (metadata.dev(), metadata.ino());
    assert_eq!(format::word(&bytes, file::NUMBER), numbers(&[device, inode]));
    if let Ok(boot_id) = fs::read("/proc/sys/kernel/random/boot_id") {
        assert_eq!(format::word(&bytes, file::KERNEL), xxh3_64(&boot_id));
    }
    match metadata.created() {
        Ok(created) => {
            let birth = created.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
            assert_eq!(format::word(&bytes, file::BIRTH), numbers(&[device, inode, birth]));
        }
        Err(_) => eprintln!("skipped: this file system does not say when a file was made"),
    }
    assert_ne!(format::word(&bytes, file::VOUCHER), 0);
}
