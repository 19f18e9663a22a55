//! Serialized fields travel through a file like all others: through setter and getter, with every
//! codec, and what cannot be stored changes nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed test may panic"
)]

#[path = "support/state.rs"]
mod state;

use core::panic::AssertUnwindSafe;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::panic::catch_unwind;
use std::path::Path;

use commy::encoded::{
    BinaryData, Cbor, Codec, DecodeError, EncodeError, Encoded, EncodedAligned, Json, JsonData,
    MessagePack, Postcard, Rkyv, SchemaName, Wincode,
};
use commy::{InvalidReason, OpenError, ReadError, create_reader, create_writer};
use serde::{Deserialize, Serialize, Serializer};
use state::{State, state};

#[create_writer(filename = "all.bin")]
#[create_reader(filename = "all.bin")]
#[derive(Debug, Clone, PartialEq)]
struct All {
    before: u8,
    postcard: Encoded<State, Postcard, 256>,
    json: Encoded<State, Json, 256>,
    messagepack: Encoded<State, MessagePack, 256>,
    cbor: Encoded<State, Cbor, 256>,
    wincode: Encoded<State, Wincode, 256>,
    rkyv: Encoded<State, Rkyv, 256>,
    aligned: EncodedAligned<State, Rkyv, 256>,
    several: [JsonData<u8, 8>; 2],
    after: u64,
}

#[test]
fn a_value_comes_back_through_every_codec() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("all.bin");
    let mut writer = AllWriter::create_at(&path).unwrap();
    let reader = AllReader::open_at(&path).unwrap();
    let state = state();
    writer.set_postcard(&state).unwrap();
    writer.set_json(&state).unwrap();
    writer.set_messagepack(&state).unwrap();
    writer.set_cbor(&state).unwrap();
    writer.set_wincode(&state).unwrap();
    writer.set_rkyv(&state).unwrap();
    writer.set_aligned(&state).unwrap();
    writer.set_after(7);
    assert_eq!(writer.file().generation(), 8);

    assert_eq!(reader.postcard().unwrap().decode().unwrap(), state);
    assert_eq!(reader.json().unwrap().decode().unwrap(), state);
    assert_eq!(reader.messagepack().unwrap().decode().unwrap(), state);
    assert_eq!(reader.cbor().unwrap().decode().unwrap(), state);
    assert_eq!(reader.wincode().unwrap().decode().unwrap(), state);
    assert_eq!(reader.rkyv().unwrap().decode().unwrap(), state);
    let aligned = reader.aligned().unwrap();
    assert_eq!(aligned.decode().unwrap(), state);
    let archived = aligned.access().unwrap();
    assert_eq!(archived.name, "größe");
    assert_eq!(archived.scores["grace"], 70_000);

    let all = reader.snapshot().unwrap();
    assert_eq!(all, *writer.get());
    assert_eq!(all.cbor.decode().unwrap(), state);
    assert_eq!((all.before, all.after), (0, 7));
    assert!(all.several[1].is_empty());
}

#[test]
fn a_value_may_be_set_in_a_batch_and_in_an_update() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("all.bin");
    let mut writer = AllWriter::create_at(&path).unwrap();
    let reader = AllReader::open_at(&path).unwrap();
    let state = state();
    writer
        .batch(|batch| {
            batch.set_after(1);
            batch.set_json(&state)
        })
        .unwrap();
    writer.try_update(|all| all.several[1].set(&200)).unwrap();
    assert_eq!(writer.file().generation(), 2);
    let all = reader.snapshot().unwrap();
    assert_eq!(all.json.decode().unwrap(), state);
    assert_eq!(all.several[1].decode().unwrap(), 200);
    assert!(matches!(all.several[0].decode(), Err(DecodeError::Empty)));
}

/// A value that is awkward to serialize.
#[derive(SchemaName)]
enum Awkward {
    Long,
    Refuses,
    Panics,
    Fits,
}

impl Serialize for Awkward {
    fn serialize<S: Serializer>(&self, format: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Long => "a text of more than sixteen bytes".serialize(format),
            Self::Refuses => Err(serde::ser::Error::custom("not today")),
            Self::Panics => panic!("in the middle of it"),
            Self::Fits => "fits".serialize(format),
        }
    }
}

fn refused_values_change_nothing_with<C: Codec + commy::encoded::Encode<Awkward>>() {
    let mut field = Encoded::<Awkward, C, 16>::try_new(&Awkward::Fits).unwrap();
    let before = field;
    match field.set(&Awkward::Long) {
        Err(EncodeError::Full { needed, capacity: 16, .. }) => assert!(needed > 33, "{needed}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(field, before);
    assert!(matches!(field.set(&Awkward::Refuses), Err(EncodeError::Codec(_))));
    assert_eq!(field, before);
    catch_unwind(AssertUnwindSafe(|| field.set(&Awkward::Panics))).unwrap_err();
    assert_eq!(bytemuck::bytes_of(&field), bytemuck::bytes_of(&before));
}

#[test]
fn refused_values_change_nothing() {
    refused_values_change_nothing_with::<Postcard>();
    refused_values_change_nothing_with::<Json>();
    refused_values_change_nothing_with::<MessagePack>();
    refused_values_change_nothing_with::<Cbor>();
}

#[test]
fn the_needed_size_is_the_one_that_suffices() {
    fn with<C>()
    where
        C: commy::encoded::Encode<State>,
    {
        let state = State { scores: HashMap::new(), ..state() };
        let Err(EncodeError::Full { needed, capacity: 8, .. }) =
            Encoded::<_, C, 8>::try_new(&state)
        else {
            panic!("eight bytes suffice for {}", C::NAME)
        };
        assert_eq!(Encoded::<_, C, 512>::try_new(&state).unwrap().len(), needed, "{}", C::NAME);
    }
    with::<Postcard>();
    with::<Json>();
    with::<MessagePack>();
    with::<Cbor>();
    with::<Wincode>();
    with::<Rkyv>();
}

#[create_writer(filename = "note.bin")]
#[create_reader(filename = "note.bin")]
#[derive(Debug)]
struct Note {
    text: JsonData<String, 64>,
}

#[test]
fn a_refused_value_is_not_published() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("note.bin");
    let mut writer = NoteWriter::create_at(&path).unwrap();
    writer.set_text(&"kept".to_owned()).unwrap();
    let refused = writer.set_text(&"x".repeat(63)).unwrap_err();
    assert!(matches!(refused, EncodeError::Full { needed: 65, capacity: 64, .. }));
    assert_eq!(writer.file().generation(), 1);
    let text = NoteReader::open_at(&path).unwrap().text().unwrap();
    assert_eq!(text.decode_as::<&str>().unwrap(), "kept");
}

#[test]
fn a_shorter_value_leaves_nothing_of_the_longer_one_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("note.bin");
    let mut writer = NoteWriter::create_at(&path).unwrap();
    writer.set_text(&"only the secret at the end".to_owned()).unwrap();
    assert!(contains(&path, b"the secret"));
    for round in 0..8 {
        writer.set_text(&format!("{round}")).unwrap();
    }
    assert!(!contains(&path, b"secret"));
    writer.update(|note| note.text.clear());
    assert!(matches!(
        NoteReader::open_at(&path).unwrap().text().unwrap().decode(),
        Err(DecodeError::Empty)
    ));
}

fn contains(path: &Path, wanted: &[u8]) -> bool {
    fs::read(path).unwrap().windows(wanted.len()).any(|window| window == wanted)
}

/// What the getter and `decode` say when the first bytes of the field are changed in the file.
fn damaged(head: [u8; 8], bytes: &[u8]) -> (Option<ReadError>, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("note.bin");
    let mut writer = NoteWriter::create_at(&path).unwrap();
    writer.set_text(&"abcdef".to_owned()).unwrap();
    drop(writer);
    let mut file = fs::read(&path).unwrap();
    let good = *b"\x08\0\0\0json\"abcdef\"";
    let places: Vec<_> =
        (0..file.len() - good.len()).filter(|at| file[*at..*at + good.len()] == good).collect();
    assert!(!places.is_empty());
    for at in places {
        file[at..at + 8].copy_from_slice(&head);
        file[at + 8..at + 8 + bytes.len()].copy_from_slice(bytes);
    }
    let reader = NoteReader::open_at(&path).unwrap();
    fs::write(&path, file).unwrap();
    match reader.text() {
        Ok(text) => (None, text.decode().unwrap_err().to_string()),
        Err(error) => {
            assert_eq!(reader.snapshot().unwrap_err(), error);
            let message = error.to_string();
            (Some(error), message)
        }
    }
}

/// What is wrong with which field, if it is that.
fn invalid(error: Option<ReadError>) -> Option<(String, InvalidReason)> {
    match error? {
        ReadError::Invalid { field, reason, .. } => Some((field, reason)),
        _ => None,
    }
}

#[test]
fn damaged_fields_have_distinct_errors() {
    let (error, message) = damaged(*b"\x41\0\0\0json", b"");
    let reason = InvalidReason::Length { found: 65, capacity: 64 };
    assert_eq!(invalid(error), Some(("text".to_owned(), reason)));
    assert_eq!(message, "field `text`: length 65 is above the capacity of 64");

    let (error, message) = damaged(*b"\x08\0\0\0cb\x1br", b"");
    let reason = InvalidReason::Codec { found: *b"cb\x1br", expected: *b"json" };
    assert_eq!(invalid(error), Some(("text".to_owned(), reason)));
    assert_eq!(message, "field `text`: serialized by codec `cb\\x1br`, not `json`");

    let (error, message) = damaged(*b"\x08\0\0\0json", b"[");
    assert_eq!(error, None);
    assert_eq!(message, "the bytes are no value of the type");

    let (error, message) = damaged([0; 8], b"");
    assert_eq!(error, None);
    assert_eq!(message, "nothing is stored yet");
}

/// What a getter refuses, a program may still have in a value of its own.
#[test]
fn decoding_names_what_is_wrong_with_length_and_codec() {
    let mut field = JsonData::<String, 64>::try_new(&"abc".to_owned()).unwrap();
    let mut with = |len: u32, codec: &[u8; 4]| {
        let head = [len.to_le_bytes(), *codec];
        bytemuck::bytes_of_mut(&mut field)[..8].copy_from_slice(head.as_flattened());
        let error = field.decode().unwrap_err();
        let message = error.to_string();
        (error, message)
    };
    for codec in [*b"cbor", *b"jso\0", [0; 4]] {
        let (error, message) = with(5, &codec);
        let DecodeError::ForeignCodec { found, expected, .. } = error else { panic!("{error:?}") };
        assert_eq!((found, expected), (codec, *b"json"));
        let shown = codec.escape_ascii();
        assert_eq!(message, format!("serialized by codec `{shown}`, not `json`"));
    }
    for len in [65, 66, u32::MAX] {
        let (error, message) = with(len, b"json");
        let DecodeError::Length { found, capacity, .. } = error else { panic!("{error:?}") };
        assert_eq!((found, capacity), (len, 64));
        assert_eq!(message, format!("length {len} is above the capacity of 64"));
    }
    let (error, message) = with(0, &[0; 4]);
    assert!(matches!(error, DecodeError::Empty));
    assert_eq!(message, "nothing is stored yet");
}

#[test]
fn bytes_after_the_value_are_an_error() {
    fn with<C>()
    where
        C: commy::encoded::Encode<u8> + for<'de> commy::encoded::Decode<'de, u8>,
    {
        let mut field = Encoded::<u8, C, 16>::try_new(&1).unwrap();
        let longer = [field.as_bytes(), &[0]].concat();
        field.set_bytes(&longer).unwrap();
        let error = field.decode().unwrap_err();
        // To JSON, a byte after the value is a wrong one; spaces would be none.
        let by_itself = C::NAME == Json::NAME && matches!(error, DecodeError::Malformed(_));
        assert!(by_itself || matches!(error, DecodeError::Trailing), "{}: {error}", C::NAME);
        if !by_itself {
            assert_eq!(error.to_string(), "bytes are left after the value");
        }
        field.set_bytes(&longer[..longer.len() - 1]).unwrap();
        assert_eq!(field.decode().unwrap(), 1, "{}", C::NAME);
    }
    with::<Postcard>();
    with::<Json>();
    with::<MessagePack>();
    with::<Cbor>();
    with::<Wincode>();
}

#[test]
fn any_bytes_are_a_value() {
    for pattern in [0, 1, 0x7f, 0xff] {
        let mut field = BinaryData::<String, 8>::new();
        bytemuck::bytes_of_mut(&mut field).fill(pattern);
        assert!(field.as_bytes().len() <= 8);
        assert!(field.decode().is_err());
        assert_eq!(field, field.clone());
        field.set(&"ok".to_owned()).unwrap();
        assert_eq!(field.decode().unwrap(), "ok");
        assert_eq!(bytemuck::bytes_of(&field)[8 + 3..], [0; 5], "the tail of {pattern}");
    }
}

#[test]
fn a_value_of_a_foreign_codec_is_published_as_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("note.bin");
    let mut writer = NoteWriter::create_at(&path).unwrap();
    writer.set_text(&"abc".to_owned()).unwrap();
    writer.update(|note| bytemuck::bytes_of_mut(&mut note.text)[4..8].copy_from_slice(b"cbor"));
    assert!(NoteReader::open_at(&path).unwrap().text().unwrap().is_empty());
    assert!(!contains(&path, b"cbor"));
}

mod other_type {
    #[commy::create_reader(filename = "note.bin")]
    pub(super) struct Note {
        pub(super) text: commy::encoded::JsonData<Vec<u8>, 64>,
    }
}

mod other_codec {
    #[commy::create_reader(filename = "note.bin")]
    pub(super) struct Note {
        pub(super) text: commy::encoded::CborData<String, 64>,
    }
}

mod other_capacity {
    #[commy::create_reader(filename = "note.bin")]
    pub(super) struct Note {
        pub(super) text: commy::encoded::JsonData<String, 65>,
    }
}

#[test]
fn programs_that_disagree_about_type_codec_or_capacity_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("note.bin");
    drop(NoteWriter::create_at(&path).unwrap());
    let message = |error: OpenError| {
        assert!(matches!(error, OpenError::SchemaMismatch(_)), "{error}");
        error.to_string()
    };
    let found = "field `text`: file has String as json of up to 64 bytes at offset 0";
    for (error, expected) in [
        (other_type::NoteReader::open_at(&path).map(drop), "Vec<u8> as json of up to 64 bytes"),
        (other_codec::NoteReader::open_at(&path).map(drop), "String as cbor of up to 64 bytes"),
        (other_capacity::NoteReader::open_at(&path).map(drop), "String as json of up to 65 bytes"),
    ] {
        let message = message(error.unwrap_err());
        assert!(message.contains(found), "{message}");
        assert!(message.contains(&format!("this program expects {expected}")), "{message}");
    }
}

#[test]
#[allow(single_use_lifetimes, reason = "what wincode's derive makes of one that is used twice")]
fn decoded_text_can_be_borrowed() {
    #[derive(Serialize, Deserialize, wincode::SchemaRead, PartialEq, Debug)]
    struct Borrowed<'a> {
        text: &'a str,
        #[serde(borrow)]
        list: Vec<&'a str>,
    }
    #[derive(Serialize, Deserialize, wincode::SchemaWrite, SchemaName)]
    struct Owned {
        text: String,
        list: Vec<String>,
    }
    fn with<C>()
    where
        C: commy::encoded::Encode<Owned> + for<'a> commy::encoded::Decode<'a, Borrowed<'a>>,
    {
        let owned = Owned { text: "text".to_owned(), list: vec!["a".to_owned(), "b".to_owned()] };
        let field = Encoded::<Owned, C, 64>::try_new(&owned).unwrap();
        let borrowed: Borrowed<'_> = field.decode_as().unwrap();
        assert_eq!(borrowed, Borrowed { text: "text", list: vec!["a", "b"] }, "{}", C::NAME);
        let inside = field.as_bytes().as_ptr_range();
        assert!(inside.contains(&borrowed.text.as_ptr()), "{}", C::NAME);
    }
    with::<Postcard>();
    with::<Json>();
    with::<MessagePack>();
    with::<Cbor>();
    with::<Wincode>();
}

/// Bytes that serde knows as such, as those of the crate `serde_bytes`.
#[derive(SchemaName)]
struct Blob;

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, format: S) -> Result<S::Ok, S::Error> {
        format.serialize_bytes(b"bytes")
    }
}

#[test]
fn decoded_bytes_can_be_borrowed() {
    fn with<T: ?Sized, C>(value: &T)
    where
        C: commy::encoded::Encode<T> + for<'a> commy::encoded::Decode<'a, &'a [u8]>,
    {
        let field = Encoded::<T, C, 64>::try_new(value).unwrap();
        let borrowed: &[u8] = field.decode_as().unwrap();
        assert_eq!(borrowed, b"bytes", "{}", C::NAME);
        let inside = field.as_bytes().as_ptr_range();
        assert!(inside.contains(&borrowed.as_ptr()), "{}", C::NAME);
    }
    with::<_, Postcard>(&Blob);
    with::<_, MessagePack>(&Blob);
    with::<_, Cbor>(&Blob);
    // Where a list of small numbers has the form of bytes, and where bytes have that of a text.
    with::<[u8], Postcard>(b"bytes");
    with::<[u8], Wincode>(b"bytes");
    with::<str, Json>("bytes");
    let list = Encoded::<[u8], MessagePack, 64>::try_new(b"bytes").unwrap();
    assert!(list.decode_as::<&[u8]>().is_err());
}

#[test]
fn text_has_no_infinity() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let field = JsonData::<f64, 32>::try_new(&number).unwrap();
        assert_eq!(field.as_bytes(), b"null");
        assert!(matches!(field.decode(), Err(DecodeError::Malformed(_))));
        let field = JsonData::<Option<f64>, 32>::try_new(&Some(number)).unwrap();
        assert_eq!(field.decode().unwrap(), None);
    }
}

#[test]
fn numbers_come_back_exactly_from_text() {
    let numbers = BTreeMap::from([(1u8, 1.0e-7 / 3.0), (2, f64::MAX), (3, 5e-324), (4, 0.1 + 0.2)]);
    let field = JsonData::<BTreeMap<u8, f64>, 128>::try_new(&numbers).unwrap();
    assert_eq!(field.decode().unwrap(), numbers);
}

#[create_writer(filename = "large.bin")]
#[create_reader(filename = "large.bin")]
#[derive(Debug)]
struct Large {
    before: u64,
    text: JsonData<String, 8000>,
    after: u64,
}

/// A snapshot copies the used bytes of a large field; what is behind them in the file does not come
/// along, whoever left it there.
#[test]
fn a_snapshot_holds_zeros_where_a_large_field_is_not_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.bin");
    let mut writer = LargeWriter::create_at(&path).unwrap();
    writer
        .try_update(|record| {
            (record.before, record.after) = (1, 2);
            record.text.set(&"some words".to_owned())
        })
        .unwrap();

    let file = fs::read(&path).unwrap();
    let at = file.windows(12).position(|bytes| bytes == b"\"some words\"").unwrap();
    let stranger = fs::OpenOptions::new().write(true).open(&path).unwrap();
    stranger.write_all_at(&[0xff; 3000], at as u64 + 100).unwrap();

    let reader = LargeReader::open_at(&path).unwrap();
    let mut into = Large { before: 9, text: reader.text().unwrap(), after: 9 };
    reader.snapshot_into(&mut into).unwrap();
    for snapshot in [reader.snapshot().unwrap(), into] {
        assert_eq!((snapshot.before, snapshot.after), (1, 2));
        assert_eq!(snapshot.text.decode().unwrap(), "some words");
        assert_eq!(bytemuck::bytes_of(&snapshot.text), bytemuck::bytes_of(&writer.get().text));
    }
}
