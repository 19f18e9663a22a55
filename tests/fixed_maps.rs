//! Maps and sets of fixed size, from the accessors of a writer to those of a reader.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use commy::{
    CapacityError, FixedMap, FixedOption, FixedSet, FixedString, FixedVec, InvalidReason, Mappable,
    ReadError, create_reader, create_writer,
};

#[derive(Debug, Clone, Copy, PartialEq, Default, Mappable)]
#[repr(C)]
struct Quote {
    bid: f64,
    ask: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Mappable)]
#[repr(u8)]
enum Side {
    Buy,
    Sell,
}

/// A key of two parts, in the order of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Mappable)]
#[repr(C)]
struct Level {
    side: Side,
    price: u32,
}

type Name = FixedString<12>;

#[create_writer(filename = "book.bin")]
#[create_reader(filename = "book.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Book {
    quotes: FixedMap<FixedString<12>, Quote, 500>,
    halted: FixedSet<FixedString<12>, 50>,
    levels: FixedMap<Level, u64, 4>,
    counts: FixedMap<u16, u32, 6>,
    history: FixedVec<FixedMap<u8, FixedOption<bool>, 3>, 2>,
}

fn book() -> (tempfile::TempDir, BookWriter, BookReader) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("book.bin");
    let mut writer = BookWriter::create_at(&path).unwrap();
    writer.publish(&Book {
        quotes: FixedMap::new(),
        halted: FixedSet::new(),
        levels: FixedMap::new(),
        counts: FixedMap::new(),
        history: FixedVec::new(),
    });
    let reader = BookReader::open_at(&path).unwrap();
    (dir, writer, reader)
}

fn quote(bid: f64) -> Quote {
    Quote { bid, ask: bid + 0.5 }
}

#[test]
fn what_was_inserted_is_found_by_its_key() {
    let (_dir, mut writer, reader) = book();
    for (name, bid) in [("EURUSD", 1.0), ("AUDNZD", 2.0), ("USDJPY", 3.0)] {
        assert_eq!(writer.insert_quotes(name.try_into().unwrap(), quote(bid)), Ok(None));
    }
    assert_eq!(reader.quotes_get("AUDNZD").unwrap(), Some(quote(2.0)));
    assert_eq!(reader.quotes_get("GBPUSD").unwrap(), None);
    assert!(reader.quotes_contains("USDJPY").unwrap());
    assert!(!reader.quotes_contains("").unwrap());
    assert_eq!(reader.quotes_len().unwrap(), 3);
    let (key, value) = reader.quotes_first().unwrap().unwrap();
    assert_eq!((key.as_str(), value), ("AUDNZD", quote(2.0)));
    assert_eq!(reader.quotes_last().unwrap().unwrap().0, "USDJPY");
    assert_eq!(reader.quotes_at(1).unwrap().unwrap().0, "EURUSD");
    assert_eq!(reader.quotes_at(3).unwrap(), None);

    let old = writer.insert_quotes("EURUSD".try_into().unwrap(), quote(9.0)).unwrap();
    assert_eq!(old, Some(quote(1.0)));
    assert_eq!(writer.set_quotes_value("AUDNZD", quote(8.0)), Some(quote(2.0)));
    assert_eq!(writer.set_quotes_value("XXXYYY", quote(8.0)), None);
    assert_eq!(writer.remove_quotes("USDJPY"), Some(quote(3.0)));
    let names = reader.quotes_with(|quotes| {
        quotes.iter().map(|(name, quote)| (name.to_string(), quote.bid)).collect::<Vec<_>>()
    });
    assert_eq!(names.unwrap(), [("AUDNZD".to_owned(), 8.0), ("EURUSD".to_owned(), 9.0)]);
    assert_eq!(&reader.quotes().unwrap(), &writer.get().quotes);
    let mut quotes = FixedMap::new();
    reader.quotes_read_into(&mut quotes).unwrap();
    assert_eq!(&quotes, &writer.get().quotes);
}

#[test]
fn a_set_says_what_is_new_and_what_was_there() {
    let (_dir, mut writer, reader) = book();
    let name = |text: &str| Name::try_from(text).unwrap();
    assert_eq!(writer.insert_halted(name("b")), Ok(true));
    assert_eq!(writer.insert_halted(name("a")), Ok(true));
    assert_eq!(writer.insert_halted(name("b")), Ok(false));
    assert!(reader.halted_contains("a").unwrap() && !reader.halted_contains("c").unwrap());
    assert_eq!(reader.halted_len().unwrap(), 2);
    assert_eq!(reader.halted_first().unwrap().unwrap(), "a");
    assert_eq!(reader.halted_last().unwrap().unwrap(), "b");
    assert_eq!(reader.halted_at(2).unwrap(), None);
    assert!(writer.remove_halted("a") && !writer.remove_halted("a"));
    assert_eq!(reader.halted_with(FixedSet::len).unwrap(), 1);
    writer.set_halted(&[name("x"), name("w")].into_iter().collect());
    assert_eq!(reader.halted().unwrap(), ["w", "x"]);
}

#[test]
fn structs_and_enums_are_keys_in_their_derived_order() {
    let (_dir, mut writer, reader) = book();
    let level = |side, price| Level { side, price };
    for (side, price) in [(Side::Sell, 7), (Side::Buy, 300), (Side::Buy, 2)] {
        writer.insert_levels(level(side, price), u64::from(price)).unwrap();
    }
    let keys = reader.levels_with(|levels| levels.keys().copied().collect::<Vec<_>>()).unwrap();
    assert_eq!(keys, [level(Side::Buy, 2), level(Side::Buy, 300), level(Side::Sell, 7)]);
    assert_eq!(reader.levels_get(&level(Side::Sell, 7)).unwrap(), Some(7));
}

#[test]
fn a_full_map_refuses_a_new_key_and_publishes_nothing() {
    let (_dir, mut writer, reader) = book();
    for key in 0..6 {
        writer.insert_counts(key * 10, 1).unwrap();
    }
    let generation = writer.file().generation();
    assert_eq!(writer.insert_counts(5, 2), Err(CapacityError { needed: 7, capacity: 6 }));
    assert_eq!(writer.remove_counts(&5), None);
    assert_eq!(writer.set_counts_value(&5, 5), None);
    assert_eq!(writer.file().generation(), generation);
    assert_eq!(writer.insert_counts(50, 2), Ok(Some(1)), "of a key that is there");
    assert_eq!(writer.file().generation(), generation + 1);
    assert_eq!(reader.counts_get(&50).unwrap(), Some(2));
}

#[test]
fn a_batch_and_an_update_are_one_publish() {
    let (_dir, mut writer, reader) = book();
    let generation = writer.file().generation();
    let removed = writer.batch(|book| {
        book.insert_counts(3, 30)?;
        book.insert_counts(1, 10)?;
        book.insert_counts(2, 20)?;
        let removed = book.remove_counts(&3);
        book.set_counts_value(&1, 11);
        Ok::<_, CapacityError>(removed)
    });
    assert_eq!(removed, Ok(Some(30)));
    assert_eq!(reader.counts().unwrap(), [(1, 11), (2, 20)]);
    assert_eq!(writer.file().generation(), generation + 1);
    writer
        .try_update(|book| {
            *book.counts.entry(2).or_insert(0)? += 1;
            book.quotes.insert("EURUSD".try_into()?, quote(1.0))?;
            let mut history = FixedMap::new();
            history.insert(7, FixedOption::some(true))?;
            book.history.push(history)
        })
        .unwrap();
    assert_eq!(reader.counts_get(&2).unwrap(), Some(21));
    assert_eq!(reader.history_at(0).unwrap().unwrap()[&7], FixedOption::some(true));
    assert_eq!(reader.snapshot().unwrap(), *writer.get());
}

#[test]
fn a_view_looks_up_in_one_generation() {
    let (_dir, mut writer, reader) = book();
    writer.insert_counts(1, 10).unwrap();
    writer.insert_halted("x".try_into().unwrap()).unwrap();
    let both = reader.read(|book| Ok((book.counts_get(&1)?, book.halted_contains("x")?)));
    assert_eq!(both.unwrap(), (Some(10), true));
}

#[test]
fn random_changes_leave_what_a_new_reader_and_a_new_writer_find() {
    let (dir, mut writer, reader) = book();
    let mut twin = std::collections::BTreeMap::new();
    let mut state = 1_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    for round in 0..2000_u32 {
        let key = random(9) as u16;
        match random(4) {
            0 => assert_eq!(writer.remove_counts(&key), twin.remove(&key)),
            1 => {
                let old = twin.get_mut(&key).map(|value| std::mem::replace(value, round));
                assert_eq!(writer.set_counts_value(&key, round), old);
            }
            _ if twin.len() == 6 && !twin.contains_key(&key) => {
                assert!(writer.insert_counts(key, round).is_err());
            }
            _ => assert_eq!(writer.insert_counts(key, round), Ok(twin.insert(key, round))),
        }
        assert_eq!(reader.counts().unwrap(), twin);
        assert_eq!(reader.counts_get(&key).unwrap(), twin.get(&key).copied());
    }
    drop(writer);
    let writer = BookWriter::create_at(dir.path().join("book.bin")).unwrap();
    assert_eq!(writer.get().counts, twin);
}

#[test]
fn another_map_is_a_difference_that_is_named() {
    mod wider {
        use super::{
            FixedMap, FixedOption, FixedSet, FixedString, FixedVec, Level, Quote, create_reader,
        };

        #[create_reader(filename = "book.bin")]
        pub(crate) struct Book {
            quotes: FixedMap<FixedString<12>, Quote, 500>,
            halted: FixedSet<FixedString<12>, 50>,
            levels: FixedMap<Level, u64, 4>,
            counts: FixedMap<u16, u32, 7>,
            history: FixedVec<FixedMap<u8, FixedOption<bool>, 3>, 2>,
        }
    }
    let (dir, _writer, _) = book();
    let error = wider::BookReader::open_at(dir.path().join("book.bin")).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("file has fixed_map of up to 6 u16 to u32"), "{text}");
    assert!(text.contains("this program expects fixed_map of up to 7 u16 to u32"), "{text}");
}

/// Where the map `counts` is in the file's bytes: those of the last publish begin with its length.
fn damage(path: &std::path::Path, from: &[u8], to: &[u8]) {
    use std::os::unix::fs::FileExt as _;

    let bytes = std::fs::read(path).unwrap();
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let mut found = 0;
    for at in 0..=bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            file.write_all_at(to, at as u64).unwrap();
            found += 1;
        }
    }
    assert!(found > 0, "the pattern is in no slot");
}

/// Six bytes of three keys that are nowhere else in the file, behind their number.
fn keys(count: u64, keys: [u16; 3]) -> Vec<u8> {
    let mut bytes = count.to_le_bytes().to_vec();
    keys.iter().for_each(|key| bytes.extend_from_slice(&key.to_ne_bytes()));
    bytes
}

#[test]
fn keys_that_do_not_ascend_are_refused_as_a_whole_and_harmless_one_by_one() {
    let (dir, mut writer, reader) = book();
    let path = dir.path().join("book.bin");
    for key in [0x4141, 0x4242, 0x4343] {
        writer.insert_counts(key, u32::from(key)).unwrap();
    }
    let good = keys(3, [0x4141, 0x4242, 0x4343]);
    let refused = |name: &str, expected: InvalidReason| match reader.snapshot().unwrap_err() {
        ReadError::Invalid { field, reason, .. } => {
            assert_eq!((field.as_str(), reason), (name, expected));
        }
        other => panic!("{other}"),
    };
    damage(&path, &good, &keys(3, [0x4343, 0x4242, 0x4141]));
    refused("counts[1].key", InvalidReason::KeyOrder { index: 1 });
    assert!(reader.counts().is_err() && reader.counts_with(|_| ()).is_err());
    for key in [0x4141, 0x4242, 0x4343, 0, u16::MAX] {
        reader.counts_get(&key).unwrap();
    }
    damage(&path, &keys(3, [0x4343, 0x4242, 0x4141]), &keys(3, [0x4141, 0x4242, 0x4242]));
    refused("counts[2].key", InvalidReason::KeyTwice { index: 2 });
    assert!(reader.counts_get(&0x4242).unwrap().is_some());
    for found in [7, u64::MAX] {
        damage(&path, &keys(3, [0x4141, 0x4242, 0x4242]), &keys(found, [0x4141, 0x4242, 0x4242]));
        refused("counts", InvalidReason::Length { found, capacity: 6 });
        let error = reader.counts_get(&1).unwrap_err().to_string();
        assert!(error.contains("`counts`") && error.contains("capacity of 6"), "{error}");
        assert!(reader.counts_len().is_err() && reader.counts_first().is_err());
        damage(&path, &keys(found, [0x4141, 0x4242, 0x4242]), &keys(3, [0x4141, 0x4242, 0x4242]));
    }
}

#[test]
fn a_key_that_is_no_value_is_an_error_that_names_it() {
    let (dir, mut writer, reader) = book();
    for name in ["aaaa", "bbbb", "cccc"] {
        writer.insert_quotes(name.try_into().unwrap(), quote(1.0)).unwrap();
    }
    damage(&dir.path().join("book.bin"), b"bbbb", b"bb\xffb");
    let error = reader.quotes_get("cccc").unwrap_err();
    let ReadError::Invalid { field, reason, .. } = error else { panic!("{error}") };
    assert_eq!((field.as_str(), reason), ("quotes[1].key", InvalidReason::Utf8 { valid_up_to: 2 }));
    assert!(reader.snapshot().is_err());
}

/// A key that counts how often one was checked, which is how often one was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
struct Counted(u32);

std::thread_local! {
    static LOADED: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: transparent over a number, to which all is delegated.
unsafe impl Mappable for Counted {
    const SCHEMA: &'static commy::__private::TypeSchema = u32::SCHEMA;
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = true;
    type Arg<'a> = Self;
    type Output = ();

    fn assign(&mut self, value: Self) {
        *self = value;
    }

    fn check(bytes: &[u8]) -> Result<(), commy::__private::Invalid> {
        LOADED.set(LOADED.get() + 1);
        u32::check(bytes)
    }

    fn encode(&self, at: usize, image: &mut commy::__private::Image<'_>) {
        self.0.encode(at, image);
    }
}

#[create_writer(filename = "counted.bin")]
#[create_reader(filename = "counted.bin")]
struct Table {
    rows: FixedMap<Counted, [u64; 4], 1000>,
    names: FixedSet<Counted, 1000>,
}

#[test]
fn a_look_up_loads_ten_of_a_thousand_keys() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("counted.bin");
    let mut writer = TableWriter::create_at(&path).unwrap();
    writer.update(|table| {
        table.rows = (0..1000).map(|key| (Counted(key * 2), [u64::from(key); 4])).collect();
        table.names = (0..1000).map(|key| Counted(key * 2)).collect();
    });
    let reader = TableReader::open_at(&path).unwrap();
    for key in [0, 1, 2, 777, 998, 1000, 1997, 1998, 1999, u32::MAX] {
        LOADED.set(0);
        let found = reader.rows_get(&Counted(key)).unwrap();
        let is_there = key.is_multiple_of(2) && key < 2000;
        assert_eq!(found, is_there.then(|| [u64::from(key / 2); 4]));
        assert!((1..=10).contains(&LOADED.get()), "{} keys for {key}", LOADED.get());
        LOADED.set(0);
        assert_eq!(reader.names_contains(&Counted(key)).unwrap(), is_there);
        assert!((1..=10).contains(&LOADED.get()), "{} keys for {key}", LOADED.get());
    }
    LOADED.set(0);
    assert_eq!(reader.rows_len().unwrap(), 1000);
    assert_eq!(LOADED.get(), 0);
    assert_eq!(reader.rows_last().unwrap().unwrap().0, Counted(1998));
    assert_eq!(LOADED.get(), 1);
    reader.rows_with(|_| ()).unwrap();
    assert!(LOADED.get() > 1000, "the counter counts");
}

/// Key and value, and all keys, belong to one generation, also while the writer moves them.
#[test]
fn a_look_up_beside_a_writer_is_of_one_generation() {
    #[create_writer(filename = "moving.bin")]
    #[create_reader(filename = "moving.bin")]
    struct Moving {
        round: u64,
        counts: FixedMap<u64, u64, 64>,
    }

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("moving.bin");
    let mut writer = MovingWriter::create_at(&path).unwrap();
    // Of round r there are the keys r..r + 40, each with the value r * 1000 + key, and 5000 always.
    let mut publish = |round: u64| {
        writer.update(|moving| {
            moving.round = round;
            moving.counts = (round..round + 40).map(|key| (key, round * 1000 + key)).collect();
            moving.counts.insert(5000, round).unwrap();
        });
    };
    publish(0);
    let reader = MovingReader::open_at(&path).unwrap();
    let over = core::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1.. {
                if over.load(core::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                publish(round % 900);
            }
        });
        let (mut seen, mut rounds) = (0, std::collections::BTreeSet::new());
        for _ in 0..20_000 {
            // A reader that is overtaken in all its tries says so.
            let Ok(found) = reader.counts_get(&5000) else { continue };
            rounds.insert(found.expect("it is in every generation"));
            let both = reader.read(|moving| {
                let round = moving.round()?;
                Ok((
                    round,
                    moving.counts_get(&(round + 39))?,
                    moving.counts_contains(&(round + 40))?,
                ))
            });
            let Ok((round, value, above)) = both else { continue };
            assert_eq!((value, above), (Some(round * 1001 + 39), false));
            seen += 1;
        }
        over.store(true, core::sync::atomic::Ordering::Relaxed);
        assert!(
            seen > 100 && rounds.len() > 10,
            "{seen} reads, {} rounds show nothing",
            rounds.len()
        );
    });
}
