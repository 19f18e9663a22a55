//! What a writer and a reader of a growable record do once its heap is as long as it gets: what
//! costs no system call, and no allocation but of what is returned.
#![allow(unreachable_pub, reason = "a module of several tests")]

use std::path::Path;

use commy::{create_reader, create_writer};

#[create_writer(filename = "grown.bin", growable)]
#[create_reader(filename = "grown.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
pub struct Grown {
    pub serial: u64,
    pub short: String,
    pub long: String,
    pub owner: Option<String>,
    pub limit: Option<u32>,
    #[commy(bytes)]
    pub picture: Vec<u8>,
    pub log: String,
}

/// So small that all of it is in the root but one text.
#[create_writer(filename = "short.bin", growable)]
#[create_reader(filename = "short.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
pub struct Short {
    pub serial: u64,
    pub name: String,
    pub note: Option<String>,
}

fn short() -> Short {
    Short { serial: 1, name: "name".into(), note: Some("a note of several words".into()) }
}

/// What the paths work on.
pub struct GrownEnds {
    pub writer: GrownWriter,
    reader: GrownReader,
    into: Grown,
    buffer: [u8; 700],
    round: u64,
    _small_writer: ShortWriter,
    small_reader: ShortReader,
}

/// Opens a file at `path`, with a value, and does what makes the heap as long as it gets.
pub fn open_grown(path: &Path) -> GrownEnds {
    let mut writer = GrownWriter::create_at(path).unwrap();
    let value = Grown {
        serial: 0,
        short: "short".into(),
        long: "l".repeat(1000),
        owner: Some("the name of an owner".into()),
        limit: Some(9),
        picture: vec![7; 3000],
        log: "l".repeat(100_000),
    };
    writer.publish(&value).unwrap();
    // Room to append to: that of a block that had to grow has as much again.
    writer.log_mut().push_str(&"more".repeat(1000)).unwrap();
    let reader = GrownReader::open_at(path).unwrap();
    let mut into = reader.snapshot().unwrap();
    into.log.reserve(100_000);
    let small = path.with_extension("small");
    let mut small_writer = ShortWriter::create_at(&small).unwrap();
    small_writer.publish(&short()).unwrap();
    let small_reader = ShortReader::open_at(small).unwrap();
    // Maps the heap.
    small_reader.snapshot().unwrap();
    GrownEnds {
        writer,
        reader,
        into,
        buffer: [0; 700],
        round: 0,
        _small_writer: small_writer,
        small_reader,
    }
}

/// One of them, with its name, and how many allocations what it returns may take.
pub type GrownPath = (&'static str, u64, fn(&mut GrownEnds));

/// In an order in which each also finds what it looks for.
pub const GROWN_PATHS: &[GrownPath] = &[
    ("a plain setter", 0, |ends| {
        ends.round += 1;
        ends.writer.set_serial(ends.round).unwrap();
    }),
    ("a plain getter", 0, |ends| assert_eq!(ends.reader.serial().unwrap(), ends.round)),
    ("a setter of an option", 0, |ends| ends.writer.set_limit(Some(ends.round as u32)).unwrap()),
    ("a getter of an option", 0, |ends| {
        assert_eq!(ends.reader.limit().unwrap(), Some(ends.round as u32));
    }),
    ("a getter of an inline text", 1, |ends| assert_eq!(ends.reader.short().unwrap(), "short")),
    ("a getter of a long text", 1, |ends| assert_eq!(ends.reader.long().unwrap().len(), 1000)),
    ("a getter of an optional text", 1, |ends| {
        assert_eq!(ends.reader.owner().unwrap().unwrap(), "the name of an owner");
    }),
    ("the length of bytes", 0, |ends| assert_eq!(ends.reader.picture().len().unwrap(), 3000)),
    ("an element of bytes", 0, |ends| {
        assert_eq!(ends.reader.picture().get(2999).unwrap(), Some(7));
    }),
    ("bytes into a buffer", 0, |ends| {
        let read = ends.reader.picture().read_into(9, &mut ends.buffer).unwrap();
        assert_eq!((read, ends.buffer[699]), (700, 7));
    }),
    ("a view", 0, |ends| {
        let buffer = &mut ends.buffer;
        let seen = ends.reader.read(|view| {
            Ok((view.serial()?, view.picture().len()?, view.picture().read_into(0, buffer)?))
        });
        assert_eq!(seen.unwrap(), (ends.round, 3000, 700));
    }),
    ("a snapshot of a small record", 2, |ends| {
        let small = ends.small_reader.snapshot().unwrap();
        let read = (small.serial, &*small.name, small.note.as_deref());
        assert_eq!(read, (1, "name", Some("a note of several words")));
    }),
    ("a push", 0, |ends| ends.writer.log_mut().push_str("sixteen bytes...").unwrap()),
    ("a push of a character", 0, |ends| ends.writer.log_mut().push('x').unwrap()),
    ("pushes in a transaction", 0, |ends| {
        let change = ends.writer.transaction(|tx| {
            tx.set_serial(tx.serial()? + 1)?;
            tx.log_mut().push_str("two")?;
            tx.log_mut().push_str("of them")
        });
        change.unwrap();
        ends.round += 1;
    }),
    ("an inline text that grows and stays inline", 0, |ends| {
        ends.writer.set_short("short").unwrap();
        ends.writer.short_mut().push_str(" text").unwrap();
        ends.writer.set_short("short").unwrap();
    }),
];

/// A snapshot into a value that has room for it.
pub fn snapshot(ends: &mut GrownEnds) {
    ends.reader.snapshot_into(&mut ends.into).unwrap();
    assert_eq!((ends.into.serial, ends.into.long.len()), (ends.round, 1000));
}
