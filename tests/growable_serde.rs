//! Fields of records that grow which a codec serializes: values of any type and any length.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::panic::AssertUnwindSafe;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use commy::encoded::{
    Cbor, Codec, Decode, DecodeError, Encode, EncodeError, Encoded, Json, MessagePack, Postcard,
    Rkyv, SchemaName, Sink, Wincode,
};
use commy::{Growable, ReadError, WriteError, create_reader, create_writer};
use serde::{Deserialize, Serialize, Serializer};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, SchemaName)]
struct Settings {
    title: String,
    scores: HashMap<String, u32>,
}

#[create_writer(filename = "game.bin", growable)]
#[create_reader(filename = "game.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Game {
    #[commy(encoded = Postcard)]
    settings: Settings,
    #[commy(encoded = Json)]
    notes: serde_json::Value,
    chat: String,
}

fn settings(title: &str) -> Settings {
    Settings { title: title.into(), scores: [("ada".to_owned(), 3)].into() }
}

fn pair() -> (tempfile::TempDir, PathBuf, GameWriter, GameReader) {
    let (directory, path) = support::place("game.bin");
    let mut writer = GameWriter::create_at(&path).unwrap();
    writer.set_chat("hello").unwrap();
    let reader = GameReader::open_at(&path).unwrap();
    (directory, path, writer, reader)
}

#[test]
fn a_value_of_any_length_travels_and_a_view_keeps_it() {
    let (_directory, path, mut writer, reader) = pair();
    for len in [0, 1, 2, 3, 7, 8, 9, 100, 4091, 4092, 5000, 70_000, 3 << 20] {
        let value = settings(&"x".repeat(len));
        writer.set_settings(&value).unwrap();
        assert!(
            writer.settings().unwrap() == value && reader.settings().unwrap() == value,
            "{len}"
        );
        let view = reader.pin().unwrap();
        writer.set_settings(&settings("other")).unwrap();
        assert!(view.settings().unwrap() == value && reader.settings().unwrap() != value, "{len}");
        view.verify().unwrap();
        assert!(view.snapshot().unwrap().settings == value, "{len}");
    }
    let notes = serde_json::json!({ "a": [1, null, 2.5], "b": { "c": "d" } });
    writer.set_notes(&notes).unwrap();
    drop(writer);
    assert_eq!(reader.notes().unwrap(), notes);
    let writer = GameWriter::create_at(&path).unwrap();
    assert_eq!((writer.notes().unwrap(), writer.settings().unwrap()), (notes, settings("other")));
}

#[test]
fn a_field_that_was_never_set_is_the_default_of_its_type() {
    let (_directory, _path, mut writer, reader) = pair();
    assert_eq!(reader.settings().unwrap(), Settings::default());
    assert_eq!(reader.notes().unwrap(), serde_json::Value::Null);
    let mut game = Game { chat: "hello".into(), ..Game::default() };
    assert_eq!(reader.snapshot().unwrap(), game);
    // To publish what is there already changes nothing, however it is stored.
    let before = writer.file().generation();
    writer.publish(&game).unwrap();
    assert_eq!(writer.settings_mut().load().unwrap(), Settings::default());
    writer.settings_mut().update(|_| ()).unwrap();
    assert_eq!(writer.file().generation(), before);
    writer.set_settings(&Settings::default()).unwrap();
    game.notes = false.into();
    writer.publish(&game).unwrap();
    assert_eq!((writer.file().generation(), reader.snapshot().unwrap()), (before + 2, game));
}

#[test]
fn a_change_is_published_only_if_the_bytes_differ() {
    let (_directory, _path, mut writer, reader) = pair();
    writer.set_settings(&settings("cave")).unwrap();
    let before = writer.file().generation();
    let title = writer.settings_mut().update(|settings| settings.title.clone()).unwrap();
    assert_eq!((title.as_str(), writer.file().generation()), ("cave", before));
    writer.settings_mut().update(|settings| settings.title.push('!')).unwrap();
    assert_eq!(
        (reader.settings().unwrap(), writer.file().generation()),
        (settings("cave!"), before + 1)
    );
    writer.settings_mut().assign(&settings("hall")).unwrap();
    assert_eq!(writer.settings_mut().load().unwrap(), settings("hall"));
    // A setter publishes, as every setter does.
    writer.set_settings(&settings("hall")).unwrap();
    assert_eq!(writer.file().generation(), before + 3);
    writer
        .transaction(|tx| {
            tx.set_settings(&settings("tower"))?;
            assert_eq!(tx.settings()?, settings("tower"));
            tx.notes_mut().update(|notes| *notes = 5.into())
        })
        .unwrap();
    assert_eq!(writer.file().generation(), before + 4);
    assert_eq!(
        (reader.settings().unwrap().title.as_str(), reader.notes().unwrap()),
        ("tower", 5.into())
    );
}

#[test]
fn values_that_are_replaced_give_their_room_back() {
    let (_directory, path, mut writer, _reader) = pair();
    let long = |index: u64| settings(&format!("{index:08}").repeat(2000));
    for index in 0..50 {
        writer.set_settings(&long(index)).unwrap();
    }
    let before = fs::metadata(&path).unwrap().len();
    for index in 0..2000 {
        writer.set_settings(&long(index)).unwrap();
        writer.notes_mut().assign(&index.into()).unwrap();
    }
    assert_eq!(fs::metadata(&path).unwrap().len(), before);
    assert_eq!(writer.settings().unwrap(), long(1999));
}

/// What [`Text`] writes: an empty one takes no bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Label(String);

impl Default for Label {
    fn default() -> Self {
        Self("untitled".into())
    }
}

/// A codec of the user's own.
#[derive(Debug)]
enum Text {}

#[derive(Debug, PartialEq)]
struct TextError;

impl core::fmt::Display for TextError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("not the text of a label")
    }
}

impl core::error::Error for TextError {}

impl Codec for Text {
    const ID: [u8; 4] = *b"text";
    const NAME: &'static str = "text";
    type Error = TextError;
}

impl Encode<Label> for Text {
    fn encode(value: &Label, place: &mut [u8]) -> Result<usize, EncodeError<TextError>> {
        if value.0 == "refused" {
            return Err(EncodeError::Codec(TextError));
        }
        let mut sink = Sink::new(place);
        sink.put(value.0.as_bytes());
        sink.finish()
    }
}

impl Decode<'_, Label> for Text {
    fn decode(bytes: &[u8]) -> Result<Label, DecodeError<TextError>> {
        let text = String::from_utf8(bytes.to_vec());
        text.map(Label).map_err(|_| DecodeError::Malformed(TextError))
    }
}

#[derive(Growable, Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
struct Tag {
    level: u8,
    #[commy(encoded = Text)]
    label: Label,
}

#[derive(Growable, Debug, Clone, PartialEq, Default)]
enum Event {
    #[default]
    Quiet,
    Named {
        #[commy(encoded = Text)]
        label: Label,
        times: u32,
    },
    Said(#[commy(encoded = Json)] Vec<Option<bool>>),
}

#[create_writer(filename = "nested.bin", growable)]
#[create_reader(filename = "nested.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Nested {
    #[commy(encoded = Text, unit = "words")]
    label: Label,
    tag: Tag,
    spare: Option<Box<Tag>>,
    tags: Vec<Tag>,
    pair: [Tag; 2],
    by_name: BTreeMap<String, Tag>,
    events: Vec<Event>,
    ordered: BTreeSet<Tag>,
    hashed: HashMap<Tag, u8>,
    #[commy(encoded = Json)]
    maybe: Option<Vec<Option<String>>>,
    #[commy(encoded = Cbor)]
    cbor: (u8, String),
    #[commy(encoded = MessagePack)]
    message: BTreeMap<String, u64>,
    #[commy(encoded = Rkyv)]
    rkyv: Vec<u32>,
    #[commy(encoded = Wincode)]
    wincode: String,
}

fn tag(level: u8, label: &str) -> Tag {
    Tag { level, label: Label(label.into()) }
}

fn nested() -> Nested {
    let long = "label ".repeat(1000);
    let named = |label: &str| Event::Named { label: Label(label.into()), times: 3 };
    Nested {
        label: Label("record".into()),
        tag: tag(1, "in place"),
        spare: Some(Box::new(tag(2, "boxed"))),
        tags: (0..100).map(|level| tag(level, &format!("tag {level}"))).collect(),
        pair: [tag(3, ""), tag(4, &long)],
        by_name: [("a".into(), tag(5, "a")), ("b".into(), tag(6, &long))].into(),
        events: vec![named("ada"), Event::Quiet, Event::Said(vec![None, Some(true)]), named("")],
        ordered: [tag(7, "z"), tag(7, "a"), tag(0, &long)].into(),
        hashed: [(tag(8, "x"), 1), (tag(8, ""), 2), (tag(9, &long), 3)].into(),
        maybe: Some(vec![Some("x".into()), None]),
        cbor: (7, "seven".into()),
        message: [("nine".into(), 9)].into(),
        rkyv: (0..1000).collect(),
        wincode: "w".repeat(5000),
    }
}

fn nested_pair() -> (tempfile::TempDir, PathBuf, NestedWriter, NestedReader) {
    let (directory, path) = support::place("nested.bin");
    let mut writer = NestedWriter::create_at(&path).unwrap();
    writer.set_tags(&[]).unwrap();
    let reader = NestedReader::open_at(&path).unwrap();
    (directory, path, writer, reader)
}

#[test]
fn a_serialized_field_stands_wherever_structs_and_variants_do() {
    let (directory, path, mut writer, reader) = nested_pair();
    assert_eq!(reader.snapshot().unwrap(), Nested::default());
    let value = nested();
    writer.publish(&value).unwrap();
    assert!(reader.snapshot().unwrap() == value);
    let before = writer.file().generation();
    writer.publish(&value).unwrap();
    assert_eq!(writer.file().generation(), before);
    writer.tags_mut().get_mut(99).unwrap().unwrap().set_label(&Label("last".into())).unwrap();
    let mut entry = writer.by_name_mut();
    let mut entry = entry.get_mut("b").unwrap().unwrap();
    entry.label_mut().update(|label| label.0.truncate(5)).unwrap();
    assert_eq!(entry.label().unwrap(), Label("label".into()));
    writer.by_name_mut().entry("c").unwrap().or_default().unwrap().set_level(3).unwrap();
    assert!(writer.ordered_mut().remove(&tag(7, "z")).unwrap());
    assert!(!writer.ordered_mut().insert(&tag(7, "a")).unwrap());
    let view = reader.pin().unwrap();
    assert_eq!(view.tags().get(99).unwrap().unwrap().label().unwrap(), Label("last".into()));
    assert_eq!(view.by_name().get("c").unwrap().unwrap().label().unwrap(), Label::default());
    assert_eq!(view.hashed().get(&tag(8, "")).unwrap(), Some(2));
    assert_eq!(view.hashed().get(&tag(8, "untitled")).unwrap(), None);
    let mut labels = Vec::new();
    for event in view.events().iter() {
        if let EventRef::Named { label, times } = event.unwrap() {
            labels.push((label, times));
        }
    }
    assert_eq!(labels, [(Label("ada".into()), 3), (Label(String::new()), 3)]);
    view.verify().unwrap();
    let copy = directory.path().join("copy.bin");
    view.save_as(&copy).unwrap();
    let expected = view.snapshot().unwrap();
    drop(view);
    writer.compact(u64::MAX).unwrap();
    drop(writer);
    for path in [&path, &copy] {
        let writer = NestedWriter::create_at(path).unwrap();
        assert!(writer.snapshot().unwrap() == expected);
        writer.pin().unwrap().verify().unwrap();
    }
}

#[test]
fn a_value_of_no_bytes_is_another_than_one_that_was_never_set() {
    let (_directory, _path, mut writer, reader) = nested_pair();
    assert_eq!(reader.label().unwrap(), Label("untitled".into()));
    writer.set_label(&Label(String::new())).unwrap();
    assert_eq!(reader.label().unwrap(), Label(String::new()));
    let before = writer.file().generation();
    writer.label_mut().update(|_| ()).unwrap();
    assert_eq!(writer.file().generation(), before);
    writer.label_mut().update(|label| label.0 = "untitled".into()).unwrap();
    assert_eq!(
        (reader.label().unwrap(), writer.file().generation()),
        (Label::default(), before + 1)
    );
}

#[test]
fn what_a_codec_refuses_is_told_in_its_words_and_changes_nothing() {
    let (_directory, _path, mut writer, reader) = nested_pair();
    writer.publish(&nested()).unwrap();
    let (before, refused) = (writer.file().generation(), Label("refused".into()));
    let told = writer.set_label(&refused).unwrap_err().to_string();
    assert!(told.contains("Label` cannot be encoded as text: not the text of a label"), "{told}");
    let is_told =
        |error: WriteError| matches!(error, WriteError::Unencodable { codec: "text", .. });
    assert!(is_told(writer.label_mut().update(|label| *label = refused.clone()).unwrap_err()));
    let within = Tag { level: 1, label: refused.clone() };
    assert!(is_told(writer.set_tag(&within).unwrap_err()));
    assert!(is_told(writer.tags_mut().push(&within).unwrap_err()));
    assert!(is_told(writer.tags_mut().insert(0, &within).unwrap_err()));
    assert!(is_told(writer.by_name_mut().insert("a", &within).unwrap_err()));
    assert!(is_told(writer.hashed_mut().insert(&within, 1).unwrap_err()));
    assert!(is_told(writer.ordered_mut().insert(&within).unwrap_err()));
    let named = Event::Named { label: refused.clone(), times: 1 };
    assert!(is_told(writer.events_mut().push(&named).unwrap_err()));
    assert!(is_told(writer.publish(&Nested { tag: within, ..nested() }).unwrap_err()));
    // Whoever ignores it in a transaction loses all of that.
    let lost = writer.transaction(|tx| {
        tx.set_wincode(&"lost".into())?;
        let _ = tx.set_label(&refused);
        tx.set_cbor(&(1, "lost".into()))
    });
    assert!(is_told(lost.unwrap_err()));
    assert!(reader.snapshot().unwrap() == nested());
    assert_eq!(writer.file().generation(), before);
    reader.pin().unwrap().verify().unwrap();
}

#[test]
fn a_value_that_panics_while_it_is_serialized_leaves_nothing() {
    #[derive(Debug, Default, Deserialize)]
    struct Trap(bool);

    impl Serialize for Trap {
        fn serialize<S: Serializer>(&self, format: S) -> Result<S::Ok, S::Error> {
            assert!(!self.0, "a trap");
            format.serialize_bool(self.0)
        }
    }

    #[derive(Growable, Default)]
    struct Held {
        before: String,
        #[commy(encoded = Postcard)]
        trap: Trap,
    }

    #[create_writer(filename = "trap.bin", growable)]
    #[create_reader(filename = "trap.bin", growable)]
    struct Traps {
        #[commy(encoded = Postcard)]
        trap: Trap,
        held: Held,
        many: Vec<Held>,
        text: String,
    }

    let (_directory, path) = support::place("trap.bin");
    let mut writer = TrapsWriter::create_at(&path).unwrap();
    writer.set_text("kept").unwrap();
    let reader = TrapsReader::open_at(&path).unwrap();
    let held = || Held { before: "long enough for a block of its own".into(), trap: Trap(true) };
    let mut panics = |change: &mut dyn FnMut(&mut TrapsWriter)| {
        let panicked = catch_unwind(AssertUnwindSafe(|| change(&mut writer)));
        assert!(panicked.is_err());
        assert_eq!((writer.file().generation(), writer.text().unwrap().as_str()), (1, "kept"));
        assert!(!writer.trap().unwrap().0 && writer.many().is_empty().unwrap());
        assert_eq!(writer.held().before().unwrap(), "");
    };
    panics(&mut |writer| writer.set_trap(&Trap(true)).unwrap());
    panics(&mut |writer| writer.trap_mut().update(|trap| trap.0 = true).unwrap());
    panics(&mut |writer| writer.set_held(&held()).unwrap());
    panics(&mut |writer| writer.many_mut().push(&held()).unwrap());
    panics(&mut |writer| writer.many_mut().extend(&[Held::default(), held()]).unwrap());
    panics(&mut |writer| {
        let caught = writer.transaction(|tx| {
            tx.set_text("lost")?;
            let caught = catch_unwind(AssertUnwindSafe(|| tx.set_trap(&Trap(true))));
            assert!(caught.is_err());
            Ok(())
        });
        assert!(matches!(caught, Err(WriteError::Aborted)), "{caught:?}");
        panic!("as the others do");
    });
    writer.set_trap(&Trap(false)).unwrap();
    reader.pin().unwrap().verify().unwrap();
}

/// The line of the schema of a file.
fn schema(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    let start = bytes.windows(11).position(|bytes| bytes == b"{\"commy\":1,").unwrap();
    let line = bytes[start..].split(|byte| *byte == b'\n').next().unwrap();
    String::from_utf8(line.to_vec()).unwrap()
}

#[test]
fn the_schema_names_codec_and_type_as_it_does_for_fixed_fields() {
    #[create_writer(filename = "fixed.bin")]
    struct Fixed {
        settings: Encoded<Settings, Postcard, 8>,
    }

    let (_directory, path, _writer, _reader) = pair();
    let line = schema(&path);
    let name = "\"name\":\"Settings { title: String, scores: HashMap<String, u32> }\"";
    let settings = format!("{{\"kind\":\"coded\",\"size\":16,\"codec\":\"postcard\",{name}}}");
    assert!(line.contains(&settings), "{line}");
    // A type of another crate has no name of its own: it is told as it is written.
    assert!(line.contains("\"codec\":\"json\",\"name\":\"Value\"}"), "{line}");
    let (_directory, path) = support::place("fixed.bin");
    let _writer = FixedWriter::create_at(&path).unwrap();
    assert!(schema(&path).contains(&format!("\"codec\":\"postcard\",{name},\"capacity\"")));
}

#[test]
fn another_codec_or_another_type_does_not_open_the_file() {
    #[create_reader(filename = "game.bin", growable)]
    struct Other {
        #[commy(encoded = Json)]
        settings: Settings,
        #[commy(encoded = Json)]
        notes: Vec<serde_json::Value>,
        chat: String,
    }

    let (_directory, path, _writer, _reader) = pair();
    let told = OtherReader::open_at(&path).unwrap_err().to_string();
    let expected = "this program expects Settings { title: String, scores: HashMap<String, u32> } \
                    as json of any length";
    assert!(told.contains(expected), "{told}");
    assert!(told.contains("expects Vec<Value> as json of any length"), "{told}");
}

/// Puts other bytes in the place of `old`, of which there is one.
fn overwrite(path: &Path, old: &[u8], new: &[u8]) {
    let bytes = fs::read(path).unwrap();
    let mut places = bytes.windows(old.len()).enumerate().filter(|(_, bytes)| *bytes == old);
    let (at, _) = places.next().unwrap();
    assert!(places.next().is_none());
    File::options().write(true).open(path).unwrap().write_all_at(new, at as u64).unwrap();
}

#[test]
fn bytes_that_do_not_decode_are_told_with_field_codec_and_place() {
    let (_directory, path, mut writer, reader) = pair();
    let notes = serde_json::json!(["a marked value", 1]);
    writer.set_notes(&notes).unwrap();
    writer.set_settings(&settings("cave")).unwrap();
    overwrite(&path, b"[\"a marked value\",1]", b"[\"a marked value\",?]");
    let told = reader.notes().unwrap_err();
    let ReadError::Undecodable { field, codec, offset, reason, .. } = &told else {
        panic!("{told:?}");
    };
    assert_eq!((&**field, *codec), ("notes", "json"));
    assert!(*offset > 0 && reason.contains("expected value at line 1 column 19"), "{reason}");
    let words = told.to_string();
    let place = format!("field `notes`: the json bytes at {offset} are no value of the type: ");
    assert!(words.starts_with(&place), "{words}");
    let at = fs::read(&path).unwrap()[*offset as usize..].starts_with(b"[\"a marked");
    assert!(at, "{offset}");
    assert_eq!(reader.pin().unwrap().notes().unwrap_err(), told);
    assert_eq!(reader.snapshot().unwrap_err(), told);
    assert_eq!(reader.pin().unwrap().verify().unwrap_err(), told);
    assert_eq!(writer.notes().unwrap_err(), told);
    let loaded = writer.notes_mut().load().unwrap_err().to_string();
    assert_eq!(loaded, words.strip_prefix("field `notes`: ").unwrap());
    assert_eq!(reader.settings().unwrap(), settings("cave"));
    // Setting it, or publishing all of the record, repairs it.
    let repaired = Game { notes, settings: settings("cave"), chat: "hello".into() };
    writer.publish(&repaired).unwrap();
    assert_eq!(reader.snapshot().unwrap(), repaired);
}

#[test]
fn the_field_is_named_by_the_way_to_it() {
    let (_directory, path, mut writer, reader) = nested_pair();
    writer.tags_mut().push(&tag(1, "a label that is a mark")).unwrap();
    let pair = [tag(1, ""), tag(2, "another label that is a mark")];
    writer.set_pair(pair.each_ref()).unwrap();
    overwrite(&path, b"texta label that is a mark", b"texta label that is a m\xffrk");
    overwrite(&path, b"textanother label that is a mark", b"noneanother label that is a mark");
    let told = reader.read(|view| view.tags().get(0)?.unwrap().label()).unwrap_err();
    let place = told.to_string();
    assert!(place.starts_with("field `label`: the text bytes at "), "{place}");
    let whole = reader.snapshot().unwrap_err().to_string();
    assert!(whole.starts_with("field `tags.label`: the text bytes at "), "{whole}");
    assert!(
        whole.ends_with("the bytes are no value of the type: not the text of a label"),
        "{whole}"
    );
    writer.tags_mut().clear().unwrap();
    let foreign = reader.snapshot().unwrap_err().to_string();
    assert_eq!(foreign, "field `pair.label`: serialized by codec `none`, not `text`");
}

#[test]
fn hostile_bytes_end_in_an_error_or_a_value() {
    let (_directory, path, mut writer, reader) = nested_pair();
    writer.publish(&nested()).unwrap();
    let whole = fs::read(&path).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    let marks: Vec<_> = whole
        .windows(4)
        .enumerate()
        .filter(|(_, bytes)| {
            [b"text", b"json", b"cbor", b"msgp", b"rkyv", b"winc"].iter().any(|id| bytes == *id)
        })
        .map(|(at, _)| at)
        .collect();
    assert!(marks.len() > 100, "{}", marks.len());
    let (mut state, mut refused) = (1_u64, 0);
    for round in 0..3000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mark = marks[(state >> 33) as usize % marks.len()];
        // The length in front of the mark, the mark, or what is behind it.
        let at = mark - 4 + (state >> 20) as usize % 24;
        file.write_all_at(&[(state >> 56) as u8], at as u64).unwrap();
        refused += u32::from(reader.snapshot().is_err());
        let _ = reader.pin().unwrap().verify();
        let _ = writer.label_mut().update(|label| label.0.push('x'));
        let _ = writer
            .tags_mut()
            .get_mut(0)
            .map(|tag| tag.map(|mut tag| tag.set_label(&Label::default())));
        if round % 10 == 9 {
            let _ = writer.publish(&nested());
            for mark in &marks {
                let start = mark - 4;
                let end = (start + 24).min(whole.len());
                file.write_all_at(&whole[start..end], start as u64).unwrap();
            }
        }
    }
    assert!(refused > 100, "{refused}");
}
