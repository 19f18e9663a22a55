//! What users do with records that grow.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::std_instead_of_core, reason = "imports what users would import")]
#![allow(clippy::box_collection, reason = "text in a block of its own is a kind of its own")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use commy::{FixedString, ReadError, WriteError, create_reader, create_writer};

#[create_writer(filename = "notebook.bin", growable)]
#[create_reader(filename = "notebook.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Notebook {
    serial: u64,
    title: String,
    #[commy(bytes)]
    picture: Vec<u8>,
    code: FixedString<8>,
    owner: Option<String>,
    limit: Option<u32>,
    footer: Option<Box<String>>,
    boxed: Box<u64>,
    point: [f64; 3],
    /// Larger than what lies in the root.
    table: [u64; 200],
    is_open: bool,
}

struct Place {
    _directory: tempfile::TempDir,
    path: std::path::PathBuf,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notebook.bin");
    Place { _directory: directory, path }
}

fn pair() -> (Place, NotebookWriter, NotebookReader) {
    let place = place();
    let writer = NotebookWriter::create_at(&place.path).unwrap();
    let reader = NotebookReader::open_at(&place.path).unwrap();
    (place, writer, reader)
}

fn sample() -> Notebook {
    let mut table = [0; 200];
    table[199] = 7;
    Notebook {
        serial: 3,
        title: "a title that is longer than twelve bytes".into(),
        picture: (0..100_000_u32).map(|byte| byte as u8).collect(),
        code: FixedString::literal("code"),
        owner: Some("Ada".into()),
        limit: Some(9),
        footer: Some(Box::new("a footer, in a box".into())),
        boxed: Box::new(5),
        point: [1.0, 2.0, 3.0],
        table,
        is_open: true,
    }
}

#[test]
fn what_is_set_is_read() {
    let (_place, mut w, r) = pair();
    assert!(matches!(r.title(), Err(ReadError::Empty)));
    w.set_serial(1).unwrap();
    assert_eq!(r.title().unwrap(), "", "the zero value");
    assert_eq!(r.snapshot().unwrap(), Notebook { serial: 1, ..Notebook::default_of_zeros() });
    w.set_title("short").unwrap();
    assert_eq!(r.title().unwrap(), "short");
    w.set_title(&"long ".repeat(10_000)).unwrap();
    assert_eq!(r.title().unwrap(), "long ".repeat(10_000));
    w.set_picture(&[7; 5000]).unwrap();
    assert_eq!(r.picture().load().unwrap(), [7; 5000]);
    assert_eq!(r.picture().len().unwrap(), 5000);
    w.set_owner(Some("Grace")).unwrap();
    assert_eq!(r.owner().unwrap().as_deref(), Some("Grace"));
    w.set_footer(Some("in a box")).unwrap();
    assert_eq!(*r.footer().unwrap().unwrap(), "in a box");
    w.set_boxed(8).unwrap();
    assert_eq!(*r.boxed().unwrap(), 8);
    w.set_code("abc").unwrap();
    assert_eq!(r.code().unwrap(), "abc");
    w.set_table([3; 200]).unwrap();
    assert_eq!(r.table().unwrap(), [3; 200]);
    w.set_is_open(true).unwrap();
    assert!(r.is_open().unwrap());
    assert_eq!(w.file().generation(), 10);
}

impl Notebook {
    fn default_of_zeros() -> Self {
        Self {
            serial: 0,
            title: String::new(),
            picture: Vec::new(),
            code: FixedString::default(),
            owner: None,
            limit: None,
            footer: None,
            boxed: Box::new(0),
            point: [0.0; 3],
            table: [0; 200],
            is_open: false,
        }
    }
}

#[test]
fn a_value_goes_there_and_back_and_equal_values_publish_nothing() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    assert_eq!(r.snapshot().unwrap(), sample());
    assert_eq!(w.snapshot().unwrap(), sample());
    w.publish(&sample()).unwrap();
    assert_eq!(w.file().generation(), 1);
    w.update(|notebook| notebook.title.push('!')).unwrap();
    assert_eq!(w.file().generation(), 2);
    w.update(|_| ()).unwrap();
    assert_eq!(w.file().generation(), 2);
    let mut value = Notebook::default_of_zeros();
    r.snapshot_into(&mut value).unwrap();
    assert_eq!(value.title, sample().title + "!");
}

#[test]
fn text_and_bytes_change_in_place() {
    let (_place, mut w, r) = pair();
    let mut text = String::new();
    for round in 0..200 {
        w.title_mut().push_str("word ").unwrap();
        text.push_str("word ");
        if round % 7 == 0 {
            let at = ((round / 2).min(text.len())..).find(|at| text.is_char_boundary(*at)).unwrap();
            w.title_mut().insert_str(at, "ä").unwrap();
            text.insert(at, 'ä');
        }
        if round % 11 == 0 {
            let len = (text.len() / 2..).find(|len| text.is_char_boundary(*len)).unwrap();
            w.title_mut().truncate(len).unwrap();
            text.truncate(len);
        }
        assert_eq!(r.title().unwrap(), text);
    }
    write!(w.title_mut(), "{}-{}", 1, 2).unwrap();
    text.push_str("1-2");
    assert_eq!(w.title_mut().pop().unwrap(), text.pop());
    assert_eq!(r.title().unwrap(), text);

    let mut bytes: Vec<u8> = Vec::new();
    for round in 0..300_usize {
        w.picture_mut().extend_from_slice(&[round as u8; 37]).unwrap();
        bytes.extend_from_slice(&[round as u8; 37]);
        let at = round * 5 % (bytes.len() - 9);
        w.picture_mut().write_at(at, b"123456789").unwrap();
        bytes[at..at + 9].copy_from_slice(b"123456789");
        if round % 50 == 49 {
            w.picture_mut().splice(3..1000, b"new").unwrap();
            bytes.splice(3..1000, *b"new");
        }
        assert_eq!(r.picture().load().unwrap(), bytes);
    }
    let mut part = [0; 100];
    assert_eq!(r.picture().read_into(17, &mut part).unwrap(), 100);
    assert_eq!(part, bytes[17..117]);
    assert_eq!(r.picture().read_into(bytes.len() - 3, &mut part).unwrap(), 3);
    assert_eq!(r.picture().get(bytes.len()).unwrap(), None);
}

#[test]
fn a_transaction_is_seen_as_a_whole_or_not_at_all() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    let refused = w.transaction(|tx| {
        tx.set_title("x")?;
        tx.picture_mut().truncate(3)?;
        assert_eq!(tx.title()?, "x", "reads see what is staged");
        Err::<(), _>(WriteError::Aborted)
    });
    assert_eq!(refused, Err(WriteError::Aborted));
    assert_eq!((r.snapshot().unwrap(), w.snapshot().unwrap()), (sample(), sample()));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        w.transaction(|tx| {
            tx.set_title("y")?;
            panic!("in the middle");
            #[allow(unreachable_code, reason = "the type of the closure")]
            Ok(())
        })
    }));
    assert!(panicked.is_err());
    assert_eq!((r.snapshot().unwrap(), w.file().generation()), (sample(), 1));
    w.transaction(|tx| {
        tx.set_title("z")?;
        tx.set_serial(tx.serial()? + 1)
    })
    .unwrap();
    assert_eq!((r.title().unwrap(), r.serial().unwrap()), ("z".into(), 4));
    assert_eq!(w.file().generation(), 2);
}

#[test]
fn an_error_that_was_ignored_fails_the_transaction() {
    let (_place, mut w, r) = pair();
    w.set_serial(1).unwrap();
    let result = w.transaction(|tx| {
        let _ = tx.set_code("much too long");
        assert!(matches!(tx.title(), Err(ReadError::Failed(_))));
        let _ = tx.set_title("after it");
        Ok(())
    });
    assert!(matches!(result, Err(WriteError::DoesNotFit { .. })), "{result:?}");
    assert_eq!((r.title().unwrap(), w.file().generation()), (String::new(), 1));
    w.set_title("the next one works").unwrap();
}

#[test]
fn a_view_stays_while_the_writer_goes_on() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    let mut view = r.pin().unwrap();
    let kept = r.clone().into_pinned().unwrap();
    for round in 0..500 {
        w.set_title(&format!("{round}").repeat(1000)).unwrap();
        w.set_picture(&vec![round as u8; 50_000]).unwrap();
    }
    assert_eq!((view.snapshot().unwrap(), kept.snapshot().unwrap()), (sample(), sample()));
    assert_eq!(view.footer().unwrap().unwrap().get().unwrap(), "a footer, in a box");
    assert_eq!(view.table().unwrap()[199], 7);
    view.verify().unwrap();
    let stats = w.file().stats();
    assert!(stats.file_len < 16 << 20, "{stats:?}");
    view.refresh().unwrap();
    assert_eq!(view.picture().load().unwrap(), vec![243; 50_000]);
    drop((view, kept));
    for round in 0..500 {
        w.set_picture(&vec![round as u8; 50_000]).unwrap();
    }
    assert_eq!(w.file().stats().held, 0);
}

#[test]
fn another_writer_continues_from_what_was_published() {
    let place = place();
    let mut w = NotebookWriter::create_at(&place.path).unwrap();
    w.publish(&sample()).unwrap();
    let r = NotebookReader::open_at(&place.path).unwrap();
    drop(w);
    assert_eq!(r.snapshot().unwrap(), sample());
    let mut w = NotebookWriter::create_at(&place.path).unwrap();
    assert_eq!(w.snapshot().unwrap(), sample());
    w.title_mut().push_str(" and more").unwrap();
    assert_eq!(r.title().unwrap(), sample().title + " and more");
    assert_eq!(w.picture().load().unwrap(), sample().picture);
}

#[test]
fn a_writer_keeps_a_view_of_its_own() {
    let (_place, mut w, _r) = pair();
    w.publish(&sample()).unwrap();
    let before = w.pin().unwrap();
    w.set_title("other").unwrap();
    assert_eq!(before.title().unwrap(), sample().title);
}

#[create_writer(filename = "chart.bin", growable)]
#[create_reader(filename = "chart.bin", growable)]
struct Chart {
    points: Box<[u32; 65_536]>,
    serial: u64,
}

#[test]
fn a_large_box_that_was_never_written_is_read_as_zeros() {
    let place = place();
    let mut w = ChartWriter::create_at(&place.path).unwrap();
    w.set_serial(1).unwrap();
    let r = ChartReader::open_at(&place.path).unwrap();
    assert_eq!(*r.points().unwrap(), [0; 65_536], "more than the heap has");
    assert_eq!(r.snapshot().unwrap().serial, 1);
    r.pin().unwrap().verify().unwrap();
    w.update(|chart| chart.points[9] = 7).unwrap();
    assert_eq!(r.points().unwrap()[9], 7);
    let little = ChartReader::options().path(&place.path).max_load(1000).open().unwrap();
    let refused = little.points();
    assert!(matches!(refused, Err(ReadError::TooLarge { needed: 262_144, max: 1000, .. })));
    assert_eq!(little.serial().unwrap(), 1);
}
