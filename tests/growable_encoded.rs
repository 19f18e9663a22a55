//! Serialized fields in records that grow.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use std::collections::HashMap;

use commy::encoded::{Encoded, EncodedAligned, Json, Postcard, Rkyv, SchemaName};
use commy::{ReadError, WriteError, create_reader, create_writer};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, SchemaName)]
struct State {
    level: String,
    scores: HashMap<String, u32>,
}

#[create_writer(filename = "game.bin", growable)]
#[create_reader(filename = "game.bin", growable)]
struct Game {
    state: Encoded<State, Postcard, 64>,
    name: Encoded<str, Json, 16>,
    spare: Option<Encoded<State, Postcard, 64>>,
    /// Larger than what lies in the root.
    long: Box<Encoded<str, Postcard, 5000>>,
    archive: EncodedAligned<Vec<u32>, Rkyv, 64>,
    chat: String,
}

fn state(level: &str) -> State {
    State { level: level.into(), scores: [("ada".to_owned(), 3)].into() }
}

fn pair() -> (tempfile::TempDir, std::path::PathBuf, GameWriter, GameReader) {
    let (directory, path) = support::place("game.bin");
    let writer = GameWriter::create_at(&path).unwrap();
    let reader = GameReader::open_at(&path).unwrap();
    (directory, path, writer, reader)
}

#[test]
fn a_serialized_field_travels_and_a_view_keeps_it() {
    let (_directory, path, mut writer, reader) = pair();
    writer
        .transaction(|tx| {
            tx.set_state(&state("cave"))?;
            tx.set_name("ada")?;
            tx.set_long(&"long ".repeat(900))?;
            tx.set_archive(&vec![1, 2, 3])?;
            tx.chat_mut().push_str("hello")
        })
        .unwrap();
    assert_eq!(reader.state().unwrap().decode().unwrap(), state("cave"));
    assert_eq!(reader.name().unwrap().decode_as::<String>().unwrap(), "ada");
    let view = reader.pin().unwrap();
    writer.set_spare(Some(&state("spare"))).unwrap();
    writer.set_state(&state("hall")).unwrap();
    assert_eq!(view.state().unwrap().decode().unwrap(), state("cave"));
    assert!(view.spare().unwrap().is_none());
    view.verify().unwrap();
    drop(writer);
    let writer = GameWriter::create_at(&path).unwrap();
    assert_eq!(writer.state().unwrap().decode().unwrap(), state("hall"));
    let game = reader.snapshot().unwrap();
    assert_eq!(game.spare.unwrap().decode().unwrap(), state("spare"));
    assert_eq!(game.long.decode_as::<String>().unwrap(), "long ".repeat(900));
    assert_eq!(game.archive.decode().unwrap(), [1, 2, 3]);
}

#[test]
fn a_value_beyond_its_capacity_is_refused_and_changes_nothing() {
    let (_directory, _path, mut writer, reader) = pair();
    writer.set_state(&state("cave")).unwrap();
    let refused = writer.set_state(&state(&"x".repeat(64)));
    assert!(matches!(refused, Err(WriteError::DoesNotFit { .. })), "{refused:?}");
    let refused = writer.transaction(|tx| {
        tx.set_chat("with it")?;
        tx.set_name("much longer than sixteen bytes")
    });
    assert!(matches!(refused, Err(WriteError::DoesNotFit { .. })), "{refused:?}");
    assert_eq!(reader.state().unwrap().decode().unwrap(), state("cave"));
    assert_eq!((reader.chat().unwrap(), writer.file().generation()), (String::new(), 1));
}

#[test]
fn bytes_of_another_codec_are_told_as_such() {
    let (_directory, path, mut writer, reader) = pair();
    writer.set_name("ada").unwrap();
    let file = std::fs::read(&path).unwrap();
    // The codec's id is behind the length, and in front of the text.
    let at = file.windows(5).position(|bytes| bytes == b"\"ada\"").unwrap() - 4;
    let changed = std::fs::File::options().write(true).open(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&changed, b"none", at as u64).unwrap();
    let told = reader.name().map(|_| ());
    assert!(matches!(&told, Err(ReadError::Invalid { field, .. }) if field == "name"), "{told:?}");
    assert!(reader.state().is_ok());
}
