//! What the generated accessors do, beyond what every other test uses them for.

use core::cell::RefCell;
use core::error::Error;
use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, set_hook, take_hook};

use commy::{
    CapacityError, FixedOption, FixedString, FixedVec, Mappable, ReadError, Record, SmartString,
    SmartVec, create_reader, create_writer,
};

/// A trace of measurements.
#[create_writer(filename = "trace.bin")]
#[create_reader(filename = "trace.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Trace {
    /// Where it was taken.
    ///
    /// As the users call it.
    #[commy(unit = "name")]
    place: FixedString<16>,
    points: FixedVec<Point, 4>,
    names: FixedVec<FixedString<8>, 3>,
    levels: SmartVec<u16, 4>,
    corners: [f32; 4],
    #[commy(unit = "bar")]
    r#type: u8,
    r#match: [u8; 3],
    r#loop: FixedVec<u8, 2>,
    #[commy(rename = "opened")]
    open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct Point {
    x: f64,
    valid: bool,
}

type Ends = (tempfile::TempDir, TraceWriter, TraceReader);

fn ends() -> Result<Ends, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("trace.bin");
    let writer = TraceWriter::create_at(&path)?;
    let reader = TraceReader::open_at(&path)?;
    Ok((directory, writer, reader))
}

#[test]
fn elements_are_read_without_the_sequence() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    let point = |x| Point { x, valid: true };
    writer.set_points(&[point(1.0), point(2.0)])?;
    assert_eq!(reader.points_len()?, 2);
    assert_eq!(reader.points_at(1)?, Some(point(2.0)));
    assert_eq!(reader.points_at(2)?, None);
    assert_eq!(reader.points_at(usize::MAX)?, None);
    assert_eq!(reader.corners_at(3)?, Some(0.0));
    assert_eq!(reader.corners_at(4)?, None);
    Ok(())
}

#[test]
fn elements_of_an_empty_file_are_an_error() -> Result<(), Box<dyn Error>> {
    let (_directory, _writer, reader) = ends()?;
    assert!(matches!(reader.points_len(), Err(ReadError::Empty)));
    assert!(matches!(reader.points_at(0), Err(ReadError::Empty)));
    assert!(matches!(reader.corners_at(9), Err(ReadError::Empty)));
    Ok(())
}

#[test]
fn an_element_is_set_and_published_once() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    writer.set_levels(&[1, 2, 3])?;
    writer.set_levels_at(1, 20);
    writer.push_levels(4)?;
    assert_eq!(writer.file().generation(), 3);
    assert_eq!(reader.levels()?, [1, 20, 3, 4]);
    assert_eq!(writer.push_levels(5), Err(CapacityError { needed: 5, capacity: 4 }));
    assert_eq!(writer.file().generation(), 3);

    writer.set_corners_at(2, 0.5);
    assert_eq!(reader.corners()?, [0.0, 0.0, 0.5, 0.0]);
    Ok(())
}

#[test]
fn an_element_takes_what_its_own_setter_would() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    writer.push_names("one".try_into()?)?;
    writer.set_names_at(0, "two")?;
    let refused = writer.set_names_at(0, "far too long");
    assert_eq!(refused, Err(CapacityError { needed: 12, capacity: 8 }));
    assert_eq!(reader.names_at(0)?.as_deref(), Some("two"));
    assert_eq!(writer.file().generation(), 2);
    Ok(())
}

#[test]
fn a_batch_of_elements_is_one_publish() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    writer
        .batch(|batch| {
            for level in 0..4 {
                batch.push_levels(level)?;
            }
            batch.set_levels_at(0, 9);
            batch.push_levels(4)
        })
        .expect_err("a fifth does not fit");
    assert_eq!((writer.file().generation(), reader.levels()?.as_slice()), (1, &[9, 1, 2, 3][..]));
    Ok(())
}

#[test]
fn an_index_out_of_bounds_panics_like_a_slice_and_changes_nothing() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    writer.set_levels(&[1, 2, 3])?;
    let panic = catch_unwind(AssertUnwindSafe(|| writer.set_levels_at(3, 7)))
        .expect_err("there is no element 3");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert_eq!(message, "index out of bounds: the len is 3 but the index is 3");
    assert_eq!((writer.file().generation(), reader.levels()?.as_slice()), (1, &[1, 2, 3][..]));
    writer.set_levels_at(2, 8);
    assert_eq!(reader.levels()?, [1, 2, 8]);
    Ok(())
}

#[test]
fn renamed_accessors_keep_the_name_in_the_file() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    writer.set_opened(true);
    assert!(reader.opened()?);
    let line = Trace::SCHEMA.line();
    assert!(line.contains("\"name\":\"open\""), "{line}");
    assert!(!line.contains("opened"), "{line}");
    Ok(())
}

#[test]
fn raw_identifiers_are_plain_in_the_file() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    writer.set_type(3);
    assert_eq!(reader.r#type()?, 3);
    assert!(Trace::SCHEMA.line().contains("\"name\":\"type\""));
    writer.set_match([1, 2, 3]);
    writer.set_match_at(1, 5);
    writer.push_loop(7)?;
    writer.batch(|trace| {
        trace.set_loop_at(0, 8);
        trace.push_loop(9)
    })?;
    assert_eq!((reader.r#match()?, reader.match_at(1)?), ([1, 5, 3], Some(5)));
    assert_eq!((reader.r#loop()?.as_slice(), reader.loop_len()?), (&[8, 9][..], 2));
    assert_eq!(reader.loop_at(0)?, Some(8));
    Ok(())
}

#[test]
fn an_index_out_of_bounds_is_blamed_on_the_caller() -> Result<(), Box<dyn Error>> {
    thread_local! {
        static BLAMED: RefCell<String> = const { RefCell::new(String::new()) };
    }
    let (_directory, mut writer, _reader) = ends()?;
    let before = take_hook();
    set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        BLAMED.set(place.unwrap_or_default());
    }));
    let set = AssertUnwindSafe(|| writer.set_corners_at(4, 1.0));
    let (result, line) = (catch_unwind(set), line!() - 1);
    set_hook(before);
    assert!(result.is_err());
    let (blamed, expected) = (BLAMED.take(), format!("{}:{line}:", file!()));
    assert!(blamed.starts_with(&expected), "{blamed} and not {expected}");
    Ok(())
}

#[test]
fn a_view_has_the_getters_and_what_a_view_has() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    writer.set_type(3);
    let mut whole = writer.get().clone();
    let seen = reader.read(|view| {
        view.snapshot_into(&mut whole)?;
        Ok((view.file().generation(), view.r#type()?))
    })?;
    assert_eq!((seen, whole.r#type), ((1, 3), 3));
    Ok(())
}

#[test]
fn notes_come_from_docs_and_units() {
    assert_eq!((Trace::NAME, Trace::PACKAGE), ("Trace", env!("CARGO_PKG_NAME")));
    let notes: Vec<_> = Trace::NOTES.iter().map(|note| (note.name, note.doc, note.unit)).collect();
    assert_eq!(notes, [("place", "Where it was taken.", "name"), ("type", "", "bar")]);
}

#[test]
fn aliases_and_their_targets_have_one_fingerprint() {
    type Place = FixedString<16>;
    type Points<const N: usize> = FixedVec<Point, N>;

    #[create_reader(filename = "other.bin")]
    struct Trail {
        place: Place,
        points: Points<4>,
        names: FixedVec<FixedString<8>, 3>,
        levels: SmartVec<u16, 4>,
        corners: [f32; 4],
        r#type: u8,
        r#match: [u8; 3],
        r#loop: FixedVec<u8, 2>,
        #[commy(rename = "opened")]
        open: bool,
    }

    assert_eq!(Trail::SCHEMA.line(), Trace::SCHEMA.line());
    assert_eq!(Trail::FINGERPRINT, Trace::FINGERPRINT);
}

/// A type that is written without its capacity, in each place where accessors write it too.
#[test]
fn smart_strings_of_the_default_capacity_have_the_accessors_of_fixed_ones()
-> Result<(), Box<dyn Error>> {
    #[create_writer(filename = "notes.bin")]
    #[create_reader(filename = "notes.bin")]
    #[derive(Debug)]
    struct Notes {
        first: SmartString,
        latest: FixedOption<SmartString>,
        pair: [SmartString; 2],
        all: SmartVec<SmartString, 3>,
    }
    #[create_reader(filename = "notes.bin")]
    #[derive(Debug)]
    struct Written {
        first: FixedString<1024>,
        latest: FixedOption<FixedString<1024>>,
        pair: [FixedString<1024>; 2],
        all: FixedVec<FixedString<1024>, 3>,
    }

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("notes.bin");
    let mut writer = NotesWriter::create_at(&path)?;
    writer.set_first("warm")?;
    writer.set_latest(Some("cold".parse()?));
    writer.set_pair_at(1, "dry")?;
    writer.set_all(&["damp".parse()?])?;
    writer.push_all("wet".parse()?)?;
    let reader = WrittenReader::open_at(&path)?;
    assert_eq!(reader.first()?, "warm");
    assert_eq!(reader.latest()?.as_deref(), Some("cold"));
    assert_eq!(reader.pair()?, ["", "dry"]);
    assert_eq!(reader.all()?, ["damp", "wet"]);
    Ok(())
}

#[test]
fn wrappers_can_be_moved_to_other_threads() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    std::thread::spawn(move || writer.set_type(1)).join().expect("no panic");
    let clone = reader.clone();
    let read = std::thread::spawn(move || clone.r#type()).join().expect("no panic");
    assert_eq!((read?, reader.r#type()?), (1, 1));
    Ok(())
}
