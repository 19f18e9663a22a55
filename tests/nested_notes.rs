//! The second line of a file's schema text tells units and docs of nested fields by path.

use core::error::Error;

use commy::{FixedOption, FixedVec, Mappable, Record, SmartVec, create_reader, create_writer};

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct Point {
    /// To the right.
    #[commy(unit = "m")]
    x: f64,
    /// How "sure" it is.
    sure: Sure,
    plain: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Mappable)]
#[repr(u8)]
enum Sure {
    /// Nobody knows.
    Unknown,
    Certain,
}

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct Station {
    #[commy(unit = "degC")]
    air: f32,
    last: FixedOption<Point>,
}

#[create_writer(filename = "notes.bin")]
#[create_reader(filename = "notes.bin")]
struct Site {
    /// Where it is.
    place: Point,
    points: FixedVec<Point, 2>,
    grid: [[SmartVec<Station, 1>; 2]; 2],
    r#type: Sure,
    #[commy(unit = "s")]
    uptime: u64,
}

/// A struct of the same layout without a note.
#[create_reader(filename = "notes.bin")]
struct Bare {
    place: BarePoint,
}

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct BarePoint {
    x: f64,
    sure: Sure,
    plain: u8,
}

#[create_reader(filename = "notes.bin")]
struct Noted {
    place: Point,
}

#[test]
fn notes_of_nested_fields_stand_under_their_path() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("notes.bin");
    let _writer = SiteWriter::create_at(&path)?;
    let bytes = std::fs::read(&path)?;
    let text = String::from_utf8_lossy(&bytes);
    let notes = text.split("\"fields\":{\"place\"").nth(1).ok_or("no notes in the file")?;
    let notes = notes.split("}}\n").next().ok_or("no end of the notes")?;
    assert_eq!(
        format!("\"place\"{notes}"),
        concat!(
            r#""place":{"doc":"Where it is."},"uptime":{"unit":"s"},"#,
            r#""place.x":{"unit":"m","doc":"To the right."},"#,
            r#""place.sure":{"doc":"How \"sure\" it is."},"#,
            r#""place.sure.Unknown":{"doc":"Nobody knows."},"#,
            r#""points.x":{"unit":"m","doc":"To the right."},"#,
            r#""points.sure":{"doc":"How \"sure\" it is."},"#,
            r#""points.sure.Unknown":{"doc":"Nobody knows."},"#,
            r#""grid.air":{"unit":"degC"},"#,
            r#""grid.last.x":{"unit":"m","doc":"To the right."},"#,
            r#""grid.last.sure":{"doc":"How \"sure\" it is."},"#,
            r#""grid.last.sure.Unknown":{"doc":"Nobody knows."},"#,
            r#""type.Unknown":{"doc":"Nobody knows."}"#,
        )
    );
    Ok(())
}

#[test]
fn notes_are_no_part_of_the_fingerprint() {
    assert_eq!(Bare::FINGERPRINT, Noted::FINGERPRINT);
    assert!(!Site::SCHEMA.line().contains("degC"));
    let names: Vec<_> = Site::NOTES.iter().map(|note| note.name).collect();
    assert_eq!(names, ["place", "uptime"]);
}
