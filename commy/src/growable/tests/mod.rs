//! The runtime of growable records, with a record as the attributes would expand it.

mod converted;
mod deque_ends;
mod deques;
mod hash_chains;
mod hashes;
mod lists;
mod model;
mod note;
mod orders;
mod random;
mod rules;
mod trees;

use std::path::PathBuf;

use self::note::{AT, Bytes, Note, Text};
use super::cell::{Arg, BytesRef, Cell, Read};
use super::writer::Sink;
use super::{Reader, Writer};
use crate::error::WriteError;
use crate::growable::at::At;

/// A file that removes itself.
pub(super) struct Place {
    _directory: tempfile::TempDir,
    pub(super) path: PathBuf,
}

pub(super) fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("note.bin");
    Place { _directory: directory, path }
}

fn set_text(sink: &mut impl Sink, text: Arg<'_, String>) -> Result<(), WriteError> {
    Text::set(sink.cursor(AT[1]), text)
}

fn set_bytes(sink: &mut impl Sink, bytes: &[u8]) -> Result<(), WriteError> {
    Bytes::set(sink.cursor(AT[2]), bytes)
}

fn text(reader: &Reader<Note>) -> Read<'_, String, Reader<Note>> {
    Text::field(reader, At::root(AT[1]))
}

fn bytes(reader: &Reader<Note>) -> BytesRef<'_, Reader<Note>> {
    Bytes::field(reader, At::root(AT[2]))
}

#[test]
fn what_is_set_is_read() {
    let place = place();
    let mut writer = Writer::<Note>::create_at(&place.path).unwrap();
    let reader = Reader::<Note>::open_at(&place.path).unwrap();
    for len in [0, 1, 11, 12, 13, 100, 4088, 4089, 10_000, 1_000_000] {
        set_text(&mut writer, &"x".repeat(len)).unwrap();
        set_bytes(&mut writer, &vec![7; len]).unwrap();
        assert_eq!(text(&reader).unwrap(), "x".repeat(len));
        assert_eq!(bytes(&reader).load().unwrap(), vec![7; len]);
        reader.pin().unwrap().verify().unwrap();
    }
    assert_eq!(writer.file().generation(), 20);
}
