//! Getters that pass on what they have read, or put it into what the caller has.

use core::error::Error;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use commy::{
    FixedString, FixedVec, FlatString, Mappable, ReadError, SmartString, SmartVec, create_reader,
    create_writer,
};

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct Point {
    x: f64,
    valid: bool,
}

type Name = FixedString<16>;

#[create_writer(filename = "forms.bin")]
#[create_reader(filename = "forms.bin")]
#[derive(Debug, Clone)]
struct Forms {
    title: FixedString<64>,
    notes: SmartString,
    flat: FlatString,
    by_path: commy::FixedString<8>,
    behind_alias: Name,
    points: FixedVec<Point, 4>,
    levels: SmartVec<u16, 8>,
    names: FixedVec<FixedString<8>, 3>,
    corners: [f32; 4],
    grid: [[bool; 2]; 2],
    r#type: FixedString<4>,
    /// Not an accessor of `title`'s, though it looks like one.
    titles_with: u8,
}

type Ends = (tempfile::TempDir, FormsWriter, FormsReader);

fn ends() -> Result<Ends, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("forms.bin");
    let writer = FormsWriter::create_at(&path)?;
    let reader = FormsReader::open_at(&path)?;
    Ok((directory, writer, reader))
}

#[test]
fn text_is_passed_on_and_put_into_a_string() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    writer.set_title("Wochenübersicht")?;
    writer.set_notes("wet")?;
    writer.set_flat("flat")?;
    writer.set_by_path("path")?;
    writer.set_type("raw")?;
    assert_eq!(reader.title_with(str::len)?, 16);
    assert_eq!(reader.title_with(|title| title.to_uppercase())?, "WOCHENÜBERSICHT");
    assert!(reader.notes_with(|notes| notes == "wet")?);
    assert_eq!(reader.flat_with(str::to_owned)?, "flat");
    assert_eq!(reader.by_path_with(str::to_owned)?, "path");
    assert_eq!(reader.type_with(str::to_owned)?, "raw");
    let mut target = String::from("what was there before, longer than what comes");
    let room = target.capacity();
    reader.title_read_into(&mut target)?;
    assert_eq!((target.as_str(), target.capacity()), ("Wochenübersicht", room));
    reader.flat_read_into(&mut target)?;
    assert_eq!(target, "flat");
    reader.behind_alias()?; // of an alias nobody knows what it is, so it has the plain getter
    Ok(())
}

#[test]
fn elements_are_passed_on_and_put_into_a_vec() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    let point = |x| Point { x, valid: true };
    writer.set_points(&[point(1.0), point(2.0)])?;
    writer.set_levels(&[7, 8, 9])?;
    writer.push_names("one".try_into()?)?;
    assert_eq!(reader.points_with(|points| points.iter().map(|p| p.x).sum::<f64>())?, 3.0);
    assert_eq!(reader.names_with(|names| names.first().map(|name| name.len()))?, Some(3));
    let mut levels = vec![1; 100];
    reader.levels_read_into(&mut levels)?;
    assert_eq!((levels.as_slice(), levels.capacity()), (&[7, 8, 9][..], 100));
    let mut points = Vec::new();
    reader.points_read_into(&mut points)?;
    assert_eq!(points, [point(1.0), point(2.0)]);
    Ok(())
}

#[test]
fn arrays_are_put_into_arrays() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    writer.set_corners([1.0, 2.0, 3.0, 4.0]);
    writer.set_grid_at(1, [true, false]);
    let (mut corners, mut grid) = ([9.0; 4], [[true; 2]; 2]);
    reader.corners_read_into(&mut corners)?;
    reader.grid_read_into(&mut grid)?;
    assert_eq!(corners, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(grid, [[false, false], [true, false]]);
    Ok(())
}

#[test]
fn a_view_has_the_same_forms_of_one_generation() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    writer.batch(|batch| {
        batch.set_title("first")?;
        batch.set_levels(&[1])
    })?;
    let (mut title, mut levels, mut corners) = (String::new(), Vec::new(), [1.0; 4]);
    let (len, sum) = reader.read(|view| {
        view.title_read_into(&mut title)?;
        view.levels_read_into(&mut levels)?;
        view.corners_read_into(&mut corners)?;
        let sum = view.levels_with(|levels| levels.iter().sum::<u16>())?;
        Ok((view.title_with(str::len)?, sum))
    })?;
    assert_eq!((title.as_str(), levels.as_slice(), corners), ("first", &[1][..], [0.0; 4]));
    assert_eq!((len, sum), (5, 1));
    Ok(())
}

#[test]
fn after_an_error_the_target_is_empty_and_nothing_was_called() -> Result<(), Box<dyn Error>> {
    let (_directory, _writer, reader) = ends()?;
    let (mut text, mut levels, mut corners) = (String::from("old"), vec![1, 2], [1.0; 4]);
    let unread = |_: &str| -> bool { unreachable!("nothing was published") };
    assert_eq!(reader.title_with(unread), Err(ReadError::Empty));
    assert_eq!(reader.title_read_into(&mut text), Err(ReadError::Empty));
    assert_eq!(reader.levels_read_into(&mut levels), Err(ReadError::Empty));
    assert_eq!(reader.corners_read_into(&mut corners), Err(ReadError::Empty));
    assert_eq!((text.as_str(), levels.as_slice(), corners), ("", &[][..], [0.0; 4]));
    Ok(())
}

/// What the field's own getter refuses, the other forms refuse in the same words.
#[test]
fn bytes_that_are_no_value_are_passed_to_nobody() -> Result<(), Box<dyn Error>> {
    #[create_writer(filename = "checked.bin")]
    #[create_reader(filename = "checked.bin")]
    struct Checked {
        text: FixedString<8>,
        marks: FixedVec<bool, 8>,
        flags: [bool; 8],
    }

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("checked.bin");
    let mut writer = CheckedWriter::create_at(&path)?;
    writer.update(|checked| {
        checked.text = FixedString::literal("#mark#");
        checked.marks = FixedVec::literal(&[true, true]);
    });
    let bytes = fs::read(&path)?;
    let mut found = bytes.windows(6).enumerate().filter(|(_, bytes)| *bytes == b"#mark#");
    let (at, _) = found.next().ok_or("the text is in the file")?;
    let file = File::options().write(true).open(&path)?;
    file.write_all_at(&[0xff, 0xfe], at as u64)?; // the text
    file.write_all_at(&[7], at as u64 + 8 + 8 + 1)?; // the second mark
    file.write_all_at(&[9], at as u64 + 8 + 16 + 3)?; // the fourth flag

    let reader = CheckedReader::open_at(&path)?;
    let (mut text, mut marks, mut flags) = (String::from("old"), vec![true], [true; 8]);
    assert_eq!(reader.text_with(|_| ()), reader.text().map(drop));
    assert_eq!(reader.text_read_into(&mut text), reader.text().map(drop));
    assert_eq!(reader.marks_with(|_| ()), reader.marks().map(drop));
    assert_eq!(reader.marks_read_into(&mut marks), reader.marks().map(drop));
    assert_eq!(reader.flags_read_into(&mut flags), reader.flags().map(drop));
    let field = |result| match result {
        Err(ReadError::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(reader.text_with(|_| ())), "text");
    assert_eq!(field(reader.marks_with(|_| ())), "marks[1]");
    assert_eq!(field(reader.flags_read_into(&mut flags)), "flags[3]");
    assert_eq!((text.as_str(), marks.as_slice(), flags), ("", &[][..], [false; 8]));
    Ok(())
}

/// As large as two of the stacks on which they are read.
#[create_writer(filename = "large.bin")]
#[create_reader(filename = "large.bin")]
struct Large {
    pixels: [u32; 1 << 19],
    samples: FixedVec<u32, { 1 << 19 }>,
    text: FixedString<{ 2 << 20 }>,
}

#[test]
fn large_fields_are_never_on_the_stack() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("large.bin");
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let read = small.spawn(move || {
        let mut writer = LargeWriter::create_at(&path).expect("a file");
        writer.set_pixels_at(5, 6);
        writer.push_samples(7).expect("room");
        writer.set_text("long").expect("room");
        let reader = LargeReader::open_at(&path).expect("a file");
        let mut pixels: Box<[u32; 1 << 19]> =
            vec![1; 1 << 19].try_into().expect("as many as the array has");
        let (mut samples, mut text) = (Vec::new(), String::new());
        reader.pixels_read_into(&mut pixels).expect("a value");
        reader.samples_read_into(&mut samples).expect("a value");
        reader.text_read_into(&mut text).expect("a value");
        let seen = reader.samples_with(<[u32]>::len).expect("a value");
        let lens = reader.read(|view| {
            view.pixels_read_into(&mut pixels)?;
            Ok((view.samples_with(<[u32]>::len)?, view.text_with(str::len)?))
        });
        (pixels.get(5..7).map(<[u32]>::to_vec), samples, text, seen, lens)
    })?;
    let read = read.join().expect("the stack sufficed");
    assert_eq!(read, (Some(vec![6, 0]), vec![7], "long".to_owned(), 1, Ok((1, 4))));
    Ok(())
}
