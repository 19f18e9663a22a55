//! What of a container of fixed size is part of the layout: who expects another one is refused in the
//! words of the guide's page, in whichever direction it has changed.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::path::Path;

use commy::{
    CreateError, FixedDeque, FixedMap, FixedSet, FixedString, FixedVec, OnMismatch, OpenError,
    create_reader, create_writer,
};

/// The page that says so, with the words of each row.
const PAGE: &str = include_str!("../commy/docs/changing.md");

/// A record with one field of this type, behind a count.
macro_rules! records {
    ($($name:ident: $held:ty;)*) => {
        $(
            #[create_writer(filename = "held.bin")]
            #[create_reader(filename = "held.bin")]
            struct $name {
                count: u64,
                held: $held,
            }
        )*
    };
}

records! {
    Map: FixedMap<u16, u32, 6>;
    LargerMap: FixedMap<u16, u32, 7>;
    OtherKeys: FixedMap<i16, u32, 6>;
    OtherValues: FixedMap<u16, f32, 6>;
    TextKeys: FixedMap<FixedString<12>, u32, 6>;
    Set: FixedSet<u16, 4>;
    LargerSet: FixedSet<u16, 5>;
    OtherElements: FixedSet<char, 4>;
    Deque: FixedDeque<u32, 4>;
    LargerDeque: FixedDeque<u32, 8>;
    OtherCells: FixedDeque<f32, 4>;
    Vector: FixedVec<u16, 4>;
    Cells: FixedVec<u32, 4>;
    Nested: FixedVec<FixedMap<u8, FixedSet<u8, 2>, 3>, 2>;
    LargerNested: FixedVec<FixedMap<u8, FixedSet<u8, 3>, 3>, 2>;
}

/// What each of two programs is told of a file of the other one.
macro_rules! differ {
    ($one:ident $one_writer:ident $one_reader:ident: $one_words:literal;
     $other:ident $other_writer:ident $other_reader:ident: $other_words:literal) => {{
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("held.bin");
        check(
            &path,
            || drop($one_writer::create_at(&path).unwrap()),
            || $other_reader::open_at(&path).map(drop),
            || $other_writer::create_at(&path).map(drop),
            [$one_words, $other_words],
        );
        // It may be replaced, and then the first one is told the same.
        let replacing = $other_writer::options().path(&path).on_mismatch(OnMismatch::Replace);
        check(
            &path,
            || drop(replacing.create().unwrap()),
            || $one_reader::open_at(&path).map(drop),
            || $one_writer::create_at(&path).map(drop),
            [$other_words, $one_words],
        );
    }};
}

fn check(
    path: &Path,
    create: impl FnOnce(),
    read: impl FnOnce() -> Result<(), OpenError>,
    write: impl FnOnce() -> Result<(), CreateError>,
    [file, program]: [&str; 2],
) {
    create();
    let before = std::fs::read(path).unwrap();
    let refused = read().unwrap_err();
    // Of a part that differs, the part is named: "held[].key: u16".
    let (part, found) = file.split_once(": ").unwrap_or(("held", file));
    let wanted = program.split_once(": ").map_or(program, |(_, wanted)| wanted);
    let at = if part == "held" { " at offset 8" } else { "" };
    let expected =
        format!("field `{part}`: file has {found}{at}, this program expects {wanted}{at}");
    assert!(refused.to_string().contains(&expected), "expected {expected}\nfound {refused}");
    assert!(matches!(refused, OpenError::SchemaMismatch(_)));
    let refused = write().unwrap_err();
    assert!(matches!(refused, CreateError::SchemaMismatch(_)), "{refused}");
    assert!(refused.to_string().contains(&expected), "{refused}");
    assert!(std::fs::read(path).unwrap() == before, "who was refused has changed the file");
    for words in [found, wanted] {
        assert!(PAGE.contains(&format!("`{words}`")), "the page does not say {words}");
    }
    assert!(PAGE.contains(&format!("`{part}`")), "the page does not say {part}");
}

#[test]
fn another_capacity_is_another_layout_larger_or_smaller() {
    differ!(Map MapWriter MapReader: "fixed_map of up to 6 u16 to u32";
            LargerMap LargerMapWriter LargerMapReader: "fixed_map of up to 7 u16 to u32");
    differ!(Set SetWriter SetReader: "fixed_set of up to 4 u16";
            LargerSet LargerSetWriter LargerSetReader: "fixed_set of up to 5 u16");
    differ!(Deque DequeWriter DequeReader: "fixed_deque of up to 4 u32";
            LargerDeque LargerDequeWriter LargerDequeReader: "fixed_deque of up to 8 u32");
    differ!(Nested NestedWriter NestedReader:
                "held[][].value: fixed_set of up to 2 u8";
            LargerNested LargerNestedWriter LargerNestedReader:
                "held[][].value: fixed_set of up to 3 u8");
}

#[test]
fn other_keys_values_or_elements_are_another_layout_also_of_the_same_size() {
    differ!(Map MapWriter MapReader: "held[].key: u16";
            OtherKeys OtherKeysWriter OtherKeysReader: "held[].key: i16");
    differ!(Map MapWriter MapReader: "held[].value: u32";
            OtherValues OtherValuesWriter OtherValuesReader: "held[].value: f32");
    differ!(Map MapWriter MapReader: "held[].key: u16";
            TextKeys TextKeysWriter TextKeysReader:
                "held[].key: string of up to 12 bytes");
    differ!(Set SetWriter SetReader: "held[]: u16";
            OtherElements OtherElementsWriter OtherElementsReader: "held[]: char");
    differ!(Deque DequeWriter DequeReader: "held[]: u32";
            OtherCells OtherCellsWriter OtherCellsReader: "held[]: f32");
}

#[test]
fn another_container_is_another_layout_also_of_the_same_bytes() {
    differ!(Set SetWriter SetReader: "fixed_set of up to 4 u16";
            Vector VectorWriter VectorReader: "vec of up to 4 u16");
    differ!(Deque DequeWriter DequeReader: "fixed_deque of up to 4 u32";
            Cells CellsWriter CellsReader: "vec of up to 4 u32");
}
