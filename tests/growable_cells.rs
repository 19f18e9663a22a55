//! Fields that hold several values, or are stored as another type: tuples, arrays, conversions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::std_instead_of_core, reason = "imports what users would import")]

use std::fs;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use commy::growable::Convert;
use commy::{FixedString, ReadError, WriteError, create_reader, create_writer};

enum Seconds {}

impl Convert<Duration> for Seconds {
    type As = f64;

    fn to_stored(value: &Duration) -> f64 {
        assert_ne!(*value, UNLUCKY, "a conversion that panics");
        value.as_secs_f64()
    }

    fn from_stored(stored: f64) -> Option<Duration> {
        Duration::try_from_secs_f64(stored).ok()
    }
}

/// A value whose conversion panics.
const UNLUCKY: Duration = Duration::from_secs(13);

/// Anything that has a form as text.
enum AsText {}

impl Convert<PathBuf> for AsText {
    type As = String;

    fn to_stored(value: &PathBuf) -> String {
        value.to_string_lossy().into_owned()
    }

    fn from_stored(stored: String) -> Option<PathBuf> {
        Some(stored.into())
    }
}

/// 0 stands for the smallest one, so that a new record has a value.
enum LessOne {}

impl Convert<NonZero<u32>> for LessOne {
    type As = u32;

    fn to_stored(value: &NonZero<u32>) -> u32 {
        value.get() - 1
    }

    fn from_stored(stored: u32) -> Option<NonZero<u32>> {
        NonZero::new(stored.checked_add(1)?)
    }
}

type Inner = (String, [u16; 3]);

#[create_writer(filename = "several.bin", growable)]
#[create_reader(filename = "several.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Several {
    serial: u64,
    pair: (u32, String),
    maybe: Option<(u32, String)>,
    deep: ((u8, char), Option<Inner>),
    names: [String; 2],
    grid: [[Option<u32>; 3]; 2],
    boxed: Box<[String; 3]>,
    pairs: [(u16, String); 2],
    /// Larger than what lies in the root.
    wide: [String; 40],
    /// One value of a fixed type.
    codes: [FixedString<8>; 2],
    plain: [u32; 4],
    none: [String; 0],
    #[commy(as = Seconds)]
    timeout: Duration,
    #[commy(as = [Option<Seconds>; 2])]
    pauses: [Option<Duration>; 2],
    #[commy(as = AsText)]
    path: PathBuf,
    #[commy(as = Option<Box<AsText>>)]
    parent: Option<Box<PathBuf>>,
    #[commy(as = LessOne, unit = "pieces")]
    count: NonZero<u32>,
}

struct Place {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("several.bin");
    Place { _directory: directory, path }
}

fn pair() -> (Place, SeveralWriter, SeveralReader) {
    let place = place();
    let writer = SeveralWriter::create_at(&place.path).unwrap();
    let reader = SeveralReader::open_at(&place.path).unwrap();
    (place, writer, reader)
}

fn zero() -> Several {
    Several {
        serial: 0,
        pair: Default::default(),
        maybe: None,
        deep: Default::default(),
        names: Default::default(),
        grid: Default::default(),
        boxed: Default::default(),
        pairs: Default::default(),
        wide: std::array::from_fn(|_| String::new()),
        codes: Default::default(),
        plain: [0; 4],
        none: [],
        timeout: Duration::ZERO,
        pauses: [None; 2],
        path: PathBuf::new(),
        parent: None,
        count: NonZero::<u32>::MIN,
    }
}

fn long(text: &str) -> String {
    format!("{text}, which is longer than what lies in a cell")
}

fn sample() -> Several {
    Several {
        serial: 3,
        pair: (7, long("a pair")),
        maybe: Some((8, long("maybe"))),
        deep: ((1, 'ß'), Some((long("deep"), [1, 2, 3]))),
        names: ["short".into(), long("a name")],
        grid: [[Some(1), None, Some(3)], [None, Some(5), None]],
        boxed: Box::new([long("first"), String::new(), long("third")]),
        pairs: [(1, long("one")), (2, long("two"))],
        wide: std::array::from_fn(|index| long(&index.to_string())),
        codes: [FixedString::literal("abc"), FixedString::literal("")],
        plain: [1, 2, 3, 4],
        none: [],
        timeout: Duration::from_millis(2500),
        pauses: [Some(Duration::from_secs(1)), None],
        path: "/srv/data/some/long/path".into(),
        parent: Some(Box::new("/srv/data/another/long/path".into())),
        count: NonZero::new(9).unwrap(),
    }
}

#[test]
fn what_is_set_is_read() {
    let (_place, mut w, r) = pair();
    w.set_serial(1).unwrap();
    assert_eq!(r.snapshot().unwrap(), Several { serial: 1, ..zero() });
    let all = sample();
    w.set_pair((7, &long("a pair"))).unwrap();
    w.set_maybe(Some((8, &long("maybe")))).unwrap();
    w.set_deep(((1, 'ß'), Some((&long("deep"), [1, 2, 3])))).unwrap();
    w.set_names(["short", &long("a name")]).unwrap();
    w.set_grid([[Some(1), None, Some(3)], [None, Some(5), None]]).unwrap();
    w.set_boxed([&long("first"), "", &long("third")]).unwrap();
    w.set_pairs([(1, &long("one")), (2, &long("two"))]).unwrap();
    w.set_wide(all.wide.each_ref().map(String::as_str)).unwrap();
    w.set_codes(all.codes).unwrap();
    w.set_plain([1, 2, 3, 4]).unwrap();
    w.set_none([]).unwrap();
    w.set_timeout(&all.timeout).unwrap();
    w.set_pauses(&all.pauses).unwrap();
    w.set_path(&all.path).unwrap();
    w.set_parent(&all.parent).unwrap();
    w.set_count(&all.count).unwrap();
    w.set_serial(3).unwrap();
    assert_eq!(r.snapshot().unwrap(), all);
    assert_eq!(w.file().generation(), 18);

    assert_eq!(r.pair().unwrap(), all.pair);
    assert_eq!(r.maybe().unwrap(), all.maybe);
    assert_eq!(r.deep().unwrap(), all.deep);
    assert_eq!(r.names().unwrap(), all.names);
    assert_eq!(r.grid().unwrap(), all.grid);
    assert_eq!(r.boxed().unwrap(), all.boxed);
    assert_eq!(r.wide().unwrap(), all.wide);
    assert_eq!(r.codes().unwrap(), all.codes);
    assert_eq!(r.none().unwrap(), all.none);
    assert_eq!(r.timeout().unwrap(), all.timeout);
    assert_eq!(r.pauses().unwrap(), all.pauses);
    assert_eq!(r.path().unwrap(), all.path);
    assert_eq!(r.parent().unwrap(), all.parent);
    assert_eq!(r.count().unwrap(), all.count);
    assert_eq!(w.pair().unwrap(), all.pair, "a writer reads as a reader does");

    let view = r.pin().unwrap();
    view.verify().unwrap();
    w.publish(&zero()).unwrap();
    assert_eq!(r.snapshot().unwrap(), zero());
    assert_eq!(view.pairs().unwrap(), all.pairs);
    assert_eq!(view.boxed().unwrap().get().unwrap(), *all.boxed);
    assert_eq!(view.snapshot().unwrap(), all, "the view is of its generation");
    assert_eq!(view.path().unwrap(), all.path);
    let mut value = zero();
    view.snapshot_into(&mut value).unwrap();
    assert_eq!(value, all);
}

#[test]
fn a_proxy_changes_a_part_and_leaves_the_rest() {
    let (place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    w.names_mut().update(|names| names[0].push('!')).unwrap();
    w.deep_mut().update(|deep| deep.1.as_mut().unwrap().0.clear()).unwrap();
    w.timeout_mut().update(|timeout| *timeout *= 2).unwrap();
    w.maybe_mut().as_mut().unwrap().unwrap().assign((9, "nine")).unwrap();
    w.path_mut().assign(&"/tmp".into()).unwrap();
    assert_eq!(w.file().generation(), 6);
    w.names_mut().update(|_| ()).unwrap();
    w.timeout_mut().update(|timeout| timeout.checked_add(Duration::ZERO)).unwrap();
    assert_eq!(w.file().generation(), 6, "nothing differs");
    let mut expected = sample();
    expected.names[0].push('!');
    expected.deep.1.as_mut().unwrap().0.clear();
    expected.timeout *= 2;
    expected.maybe = Some((9, "nine".into()));
    expected.path = "/tmp".into();
    assert_eq!(r.snapshot().unwrap(), expected);
    assert_eq!(w.timeout_mut().load().unwrap(), expected.timeout);
    drop(w);
    let w = SeveralWriter::create_at(&place.path).unwrap();
    assert_eq!(w.snapshot().unwrap(), expected, "the next writer continues from it");
}

#[test]
fn what_failed_or_panicked_leaves_nothing() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    let live = w.file().stats().live;
    let caught = catch_unwind(AssertUnwindSafe(|| w.set_timeout(&UNLUCKY)));
    assert!(caught.is_err());
    let caught = catch_unwind(AssertUnwindSafe(|| {
        w.publish(&Several { pair: (1, long("half")), timeout: UNLUCKY, ..sample() })
    }));
    assert!(caught.is_err());
    let refused = w.transaction(|tx| {
        tx.set_pairs([(9, "staged"), (9, &long("staged"))])?;
        tx.names_mut().update(|names| names[1].clear())?;
        Err::<(), _>(WriteError::Aborted)
    });
    assert_eq!(refused, Err(WriteError::Aborted));
    // A panic that was caught inside: what was staged may be half of a value.
    type Panic = fn(&mut SeveralTransaction<'_>) -> Result<(), WriteError>;
    let panics: [Panic; 3] = [
        |tx| tx.set_timeout(&UNLUCKY),
        |tx| tx.timeout_mut().assign(&UNLUCKY),
        |tx| tx.pauses_mut().update(|pauses| *pauses = [Some(Duration::ZERO), Some(UNLUCKY)]),
    ];
    for panic in panics {
        let refused = w.transaction(|tx| {
            let caught = catch_unwind(AssertUnwindSafe(|| panic(tx)));
            assert!(caught.is_err());
            tx.set_serial(9)
        });
        assert_eq!(refused, Err(WriteError::Aborted));
    }
    assert_eq!(r.snapshot().unwrap(), sample());
    assert_eq!((w.file().generation(), w.file().stats().live), (1, live));
    w.set_timeout(&Duration::from_secs(14)).unwrap();
    assert_eq!(r.timeout().unwrap().as_secs(), 14);
}

#[test]
fn a_publish_writes_only_what_differs() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    w.publish(&sample()).unwrap();
    assert_eq!(w.file().generation(), 1, "equal values publish nothing");
    let mut value = sample();
    value.wide[17].push('!');
    value.pauses[1] = Some(Duration::from_secs(2));
    let view = r.pin().unwrap();
    // The block of the array, and that of the one text: not forty texts of 48 bytes and more.
    let replaces_little = |w: &mut SeveralWriter, change: &dyn Fn(&mut SeveralWriter)| {
        let before = w.file().stats();
        change(w);
        let after = w.file().stats();
        let replaced = after.garbage - before.garbage;
        assert!(replaced <= 1024 + 128, "{replaced} bytes: {before:?} {after:?}");
    };
    replaces_little(&mut w, &|w| w.publish(&value).unwrap());
    assert_eq!((r.snapshot().unwrap(), w.file().generation()), (value.clone(), 2));
    replaces_little(&mut w, &|w| w.wide_mut().update(|wide| wide[3].push('!')).unwrap());
    value.wide[3].push('!');
    assert_eq!((r.snapshot().unwrap(), w.file().generation()), (value, 3));
    drop(view);
}

/// Puts other bytes in the place of all that are `old`; returns how often.
fn replace(path: &Path, old: &[u8], new: &[u8]) -> usize {
    assert_eq!(old.len(), new.len());
    let mut bytes = fs::read(path).unwrap();
    let places: Vec<_> =
        (0..bytes.len() - old.len()).filter(|at| bytes[*at..].starts_with(old)).collect();
    places.iter().for_each(|at| bytes[*at..at + old.len()].copy_from_slice(new));
    fs::write(path, bytes).unwrap();
    places.len()
}

/// Bytes of the sample, what stands in their place, and what is said of that.
struct Case {
    field: &'static str,
    old: Vec<u8>,
    new: Vec<u8>,
    message: &'static str,
    read: fn(&SeveralReader) -> Result<(), ReadError>,
    mend: fn(&mut SeveralWriter) -> Result<(), WriteError>,
}

#[test]
fn wrong_bytes_are_refused_with_the_field_and_can_be_overwritten() {
    let text = |text: &str| text.as_bytes().to_vec();
    // The tag before the value, and the value.
    let some = |tag: u64, value: f64| [tag.to_ne_bytes(), value.to_ne_bytes()].concat();
    let bits = |value: f64| value.to_ne_bytes().to_vec();
    let cases: [Case; 8] = [
        Case {
            field: "pair",
            old: [text("a pair, "), vec![b'w']].concat(),
            new: [text("a pair, "), vec![0xff]].concat(),
            message: "field `pair`: not UTF-8 after 8 bytes",
            read: |r| r.pair().map(drop),
            mend: |w| w.set_pair((0, "")),
        },
        Case {
            field: "names",
            old: [text("a name, whic"), vec![b'h']].concat(),
            new: [text("a name, whic"), vec![0xff]].concat(),
            message: "field `names`: not UTF-8 after 12 bytes",
            read: |r| r.names().map(drop),
            mend: |w| w.set_names(["", ""]),
        },
        Case {
            field: "boxed",
            old: [text("third, whic"), vec![b'h']].concat(),
            new: [text("third, whic"), vec![0xff]].concat(),
            message: "field `boxed`: not UTF-8 after 11 bytes",
            read: |r| r.boxed().map(drop),
            mend: |w| w.set_boxed(["", "", ""]),
        },
        Case {
            field: "deep",
            old: u32::from('ß').to_ne_bytes().to_vec(),
            new: 0xd800_u32.to_ne_bytes().to_vec(),
            message: "field `deep`: 0xd800 is not a char",
            read: |r| r.deep().map(drop),
            mend: |w| w.set_deep(((0, 'a'), None)),
        },
        Case {
            field: "timeout",
            old: bits(2.5),
            new: bits(-1.0),
            message: "field `timeout`: what is stored converts to no `core::time::Duration`",
            read: |r| r.timeout().map(drop),
            mend: |w| w.set_timeout(&Duration::ZERO),
        },
        Case {
            field: "pauses",
            old: some(1, 1.0),
            new: some(1, f64::NAN),
            message: "field `pauses`: what is stored converts to no \
             `[core::option::Option<core::time::Duration>; 2]`",
            read: |r| r.pauses().map(drop),
            mend: |w| w.set_pauses(&[None, None]),
        },
        Case {
            field: "pauses",
            old: some(1, 1.0),
            new: some(2, 1.0),
            message: "tag of an option at byte 0 is 2, expected 0 or 1",
            read: |r| r.pauses().map(drop),
            mend: |w| w.set_pauses(&[None, None]),
        },
        Case {
            field: "path",
            old: [text("/srv/data/some/lon"), vec![b'g']].concat(),
            new: [text("/srv/data/some/lon"), vec![0xff]].concat(),
            message: "field `path`: not UTF-8 after 18 bytes",
            read: |r| r.path().map(drop),
            mend: |w| w.set_path(&PathBuf::new()),
        },
    ];
    for Case { field, old, new, message, read, mend } in cases {
        let (place, mut w, r) = pair();
        w.publish(&sample()).unwrap();
        assert!(replace(&place.path, &old, &new) > 0, "{field}");
        let error = read(&r).unwrap_err().to_string();
        assert!(error.contains(message), "{field}: {error}");
        let error = r.snapshot().unwrap_err().to_string();
        assert!(error.contains(message), "{field}: {error}");
        assert!(r.pin().unwrap().verify().is_err(), "{field}");
        mend(&mut w).unwrap();
        read(&r).unwrap();
        w.publish(&sample()).unwrap();
        assert_eq!(r.snapshot().unwrap(), sample(), "{field}");
    }
}

/// Whoever knows no conversion reads what is stored.
#[create_writer(filename = "several.bin", growable)]
#[create_reader(filename = "several.bin", growable)]
struct Stored {
    timeout: f64,
    path: Option<String>,
}

#[create_writer(filename = "several.bin", growable)]
#[create_reader(filename = "several.bin", growable)]
struct Converted {
    #[commy(as = Seconds)]
    timeout: Duration,
    #[commy(as = Option<AsText>)]
    path: Option<PathBuf>,
}

#[test]
fn the_file_has_the_stored_type_and_says_nothing_of_the_other() {
    let place = place();
    let mut w = ConvertedWriter::create_at(&place.path).unwrap();
    w.set_timeout(&Duration::from_millis(1500)).unwrap();
    w.set_path(&Some("/srv".into())).unwrap();
    let r = StoredReader::open_at(&place.path).unwrap();
    assert_eq!(r.timeout().unwrap(), 1.5);
    assert_eq!(r.path().unwrap().as_deref(), Some("/srv"));
    drop(w);
    let mut w = StoredWriter::create_at(&place.path).unwrap();
    w.set_timeout(-1.0).unwrap();
    w.set_path(None).unwrap();
    let r = ConvertedReader::open_at(&place.path).unwrap();
    assert!(matches!(r.timeout(), Err(ReadError::Invalid { field, .. }) if field == "timeout"));
    assert_eq!(r.path().unwrap(), None);
}

/// Takes no 0, which every number of a new record is.
enum NotZero {}

impl Convert<NonZero<u32>> for NotZero {
    type As = u32;

    fn to_stored(value: &NonZero<u32>) -> u32 {
        value.get()
    }

    fn from_stored(stored: u32) -> Option<NonZero<u32>> {
        NonZero::new(stored)
    }
}

#[create_writer(filename = "strict.bin", growable)]
#[create_reader(filename = "strict.bin", growable)]
struct Strict {
    title: String,
    #[commy(as = NotZero)]
    count: NonZero<u32>,
}

#[test]
fn a_conversion_that_takes_no_zeros_is_an_error_until_the_field_is_set() {
    let place = place();
    let mut w = StrictWriter::create_at(&place.path).unwrap();
    w.set_title("new").unwrap();
    let r = StrictReader::open_at(&place.path).unwrap();
    assert_eq!(r.title().unwrap(), "new");
    let refused = r.count().unwrap_err().to_string();
    assert!(refused.starts_with("field `count`: what is stored converts to no "), "{refused}");
    assert!(matches!(r.snapshot(), Err(ReadError::Invalid { field, .. }) if field == "count"));
    assert!(matches!(w.count_mut().load(), Err(WriteError::Read(ReadError::Invalid { .. }))));
    drop(w);
    let mut w = StrictWriter::create_at(&place.path).unwrap();
    w.publish(&Strict { title: "set".into(), count: NonZero::<u32>::MIN }).unwrap();
    assert_eq!(r.snapshot().unwrap().count.get(), 1);
}

#[create_writer(filename = "large.bin", growable)]
#[create_reader(filename = "large.bin", growable)]
struct Large {
    bytes: Box<[u8; 1 << 20]>,
    texts: Box<[String; 20_000]>,
}

/// Runs on a stack of so many bytes.
fn on_stack<R: Send>(size: usize, run: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(size);
        thread.spawn_scoped(scope, run).unwrap().join().unwrap()
    })
}

#[test]
fn a_large_array_in_a_box_never_crosses_the_stack_of_who_reads_it() {
    let place = place();
    on_stack(64 << 20, || {
        let mut w = LargeWriter::create_at(&place.path).unwrap();
        let texts: Vec<_> = (0..20_000).map(|index| index.to_string()).collect();
        let texts = texts.try_into().unwrap();
        w.publish(&Large { bytes: Box::new([7; 1 << 20]), texts }).unwrap();
    });
    on_stack(256 << 10, || {
        let r = LargeReader::open_at(&place.path).unwrap();
        assert!(r.bytes().unwrap().iter().all(|byte| *byte == 7));
        let texts = r.texts().unwrap();
        assert!(texts.iter().enumerate().all(|(index, text)| *text == index.to_string()));
        let all = r.snapshot().unwrap();
        assert_eq!((all.bytes[5], all.texts[19_999].as_str()), (7, "19999"));
    });
}
