//! Enums of every repr, and plain-old-data types of other crates, as fields of a record.

use core::error::Error;

use commy::{FixedVec, InvalidReason, Mappable, create_reader, create_writer};
use uuid::Uuid;

macro_rules! enums {
    ($($name:ident: $repr:ident, $high:literal;)*) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Mappable)]
        #[repr($repr)]
        enum $name {
            Zero,
            High = $high,
        }
    )*};
}

enums! {
    Byte: u8, 0xff;
    Short: u16, 0xffff;
    Word: u32, 0xffff_ffff;
    Long: u64, 0xffff_ffff_ffff_ffff;
    SignedByte: i8, -0x80;
    SignedShort: i16, -0x8000;
    SignedWord: i32, -0x8000_0000;
    SignedLong: i64, -0x8000_0000_0000_0000;
}

#[create_writer(filename = "enums.bin")]
#[create_reader(filename = "enums.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Enums {
    byte: Byte,
    short: Short,
    word: Word,
    long: Long,
    signed_byte: SignedByte,
    signed_short: SignedShort,
    signed_word: SignedWord,
    signed_long: SignedLong,
    list: FixedVec<Short, 3>,
}

#[test]
fn enums_of_every_repr_travel() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("enums.bin");
    let mut writer = EnumsWriter::create_at(&path)?;
    assert_eq!(writer.get().signed_long, SignedLong::Zero);
    let list = FixedVec::try_from([Short::High, Short::Zero])?;
    let high = Enums {
        byte: Byte::High,
        short: Short::High,
        word: Word::High,
        long: Long::High,
        signed_byte: SignedByte::High,
        signed_short: SignedShort::High,
        signed_word: SignedWord::High,
        signed_long: SignedLong::High,
        list,
    };
    writer.publish(&high);
    let reader = EnumsReader::open_at(&path)?;
    assert_eq!(reader.snapshot()?, high);
    assert_eq!((reader.signed_word()?, reader.list_at(1)?), (SignedWord::High, Some(Short::Zero)));
    Ok(())
}

#[test]
fn a_number_without_a_variant_is_invalid() {
    assert!(SignedShort::check(&(-0x8000_i16).to_ne_bytes()).is_ok());
    let invalid = SignedShort::check(&(-1_i16).to_ne_bytes()).expect_err("no variant is -1");
    assert_eq!(invalid.reason, InvalidReason::Variant { found: -1 });
    let invalid = Long::check(&[0; 3]).expect_err("three bytes are no u64");
    assert_eq!(invalid.reason, InvalidReason::Missing { size: 8 });
    let nested = <[Byte; 3]>::check(&[0, 0xff, 1]).expect_err("no variant is 1");
    assert_eq!((nested.offset, nested.reason), (2, InvalidReason::Variant { found: 1 }));
}

#[test]
fn the_schema_names_variants_and_numbers() {
    let line = <Enums as Mappable>::SCHEMA.line();
    for part in [
        r#"{"kind":"enum","repr":"i8","variants":{"High":-128,"Zero":0}}"#,
        r#"{"kind":"enum","repr":"u64","variants":{"Zero":0,"High":18446744073709551615}}"#,
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
}

/// Types that know nothing of commy, but are plain old data.
#[create_writer(filename = "foreign.bin")]
#[create_reader(filename = "foreign.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Foreign {
    ready: bool,
    #[commy(pod, id = "uuid")]
    id: Uuid,
    #[commy(pod, id = "glam.Vec3")]
    position: glam::Vec3,
    #[commy(pod, id = "glam.Mat4")]
    view: glam::Mat4,
    #[commy(pod, id = "f16")]
    weight: half::f16,
    #[commy(pod, id = "f16[4]")]
    weights: [half::f16; 4],
}

#[test]
fn plain_old_data_of_other_crates_travels() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("foreign.bin");
    let mut writer = ForeignWriter::create_at(&path)?;
    assert_eq!(writer.get().id, Uuid::nil());

    let id = Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0);
    let position = glam::Vec3::new(1.0, -2.0, 3.5);
    let view = glam::Mat4::from_translation(position);
    let weight = half::f16::from_f32(0.25);
    writer.set_id(id);
    writer.batch(|batch| {
        batch.set_position(position);
        batch.set_view(view);
        batch.set_weight(weight);
        batch.set_weights([weight; 4]);
        batch.set_ready(true);
    });
    assert_eq!(writer.file().generation(), 2);

    let reader = ForeignReader::open_at(&path)?;
    assert_eq!((reader.id()?, reader.position()?, reader.view()?), (id, position, view));
    assert_eq!((reader.weight()?, reader.weights()?), (weight, [weight; 4]));
    assert_eq!(&reader.snapshot()?, writer.get());

    drop(writer);
    assert_eq!(ForeignWriter::create_at(&path)?.get().view, view);
    Ok(())
}

#[test]
fn the_schema_holds_the_declared_id() {
    let line = <Foreign as Mappable>::SCHEMA.line();
    assert!(line.contains(r#""type":{"kind":"pod","id":"uuid","size":16,"align":1}"#), "{line}");
    assert!(
        line.contains(r#""type":{"kind":"pod","id":"glam.Vec3","size":12,"align":4}"#),
        "{line}"
    );
}

const WIDE: bool = true;

const fn three() -> usize {
    3
}

/// Lengths as programs compute them, and a name of the file that is computed, too.
#[create_writer(filename = if WIDE { "wide.bin" } else { "narrow.bin" })]
#[create_reader(filename = { "wide.bin" })]
#[allow(unused_braces, reason = "some stand for longer ones")]
struct Lengths {
    block: [u8; { three() + 1 }],
    choice: [u16; if WIDE { 2 } else { 1 }],
    size: [u8; size_of::<[u32; { 1 + 1 }]>()],
    matched: FixedVec<
        [u8; match WIDE {
            true => 5,
            false => 6,
        }],
        2,
    >,
    own: [u8; { Self::OWN }],
    nested: Grid,
}

impl Lengths {
    const OWN: usize = 2;
}

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
#[allow(unused_braces, reason = "they stand for longer ones")]
struct Grid {
    rows: [[u8; { three() + 1 }]; const { 2 }],
}

#[test]
fn array_lengths_may_be_expressions_of_any_kind() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join(LengthsWriter::FILENAME);
    let mut writer = LengthsWriter::create_at(&path)?;
    writer.set_block([1; 4]);
    writer.set_choice_at(1, 2);
    writer.set_size([3; 8]);
    writer.push_matched([4; 5])?;
    writer.set_own([5; 2]);
    writer.set_nested(Grid { rows: [[6; 4]; 2] });
    let reader = LengthsReader::open_at(&path)?;
    assert_eq!((reader.block()?, reader.choice()?, reader.size()?), ([1; 4], [0, 2], [3; 8]));
    assert_eq!((reader.matched_at(0)?, reader.own()?), (Some([4; 5]), [5; 2]));
    assert_eq!(reader.nested()?, Grid { rows: [[6; 4]; 2] });
    Ok(())
}

/// A foreign type as the element of containers: in a struct of the user's own.
#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(transparent)]
struct Place {
    #[commy(pod, id = "glam.Vec3")]
    value: glam::Vec3,
}

#[create_writer(filename = "places.bin")]
#[create_reader(filename = "places.bin")]
struct Places {
    route: FixedVec<Place, 4>,
    last: commy::FixedOption<Place>,
    corners: [Place; 2],
    #[commy(pod, id = "three bytes")]
    bytes: FixedVec<u8, 3>,
}

#[test]
fn foreign_types_are_elements_in_a_struct_of_their_own() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("places.bin");
    let place = Place { value: glam::Vec3::new(1.0, 2.0, 3.0) };
    let mut writer = PlacesWriter::create_at(&path)?;
    writer.set_route(&[place])?;
    writer.push_route(place)?;
    writer.set_last(Some(place));
    writer.set_corners_at(1, place);
    let reader = PlacesReader::open_at(&path)?;
    assert_eq!((reader.route_at(1)?, reader.last()?), (Some(place), Some(place).into()));
    assert_eq!(reader.corners()?[1], place);
    Ok(())
}
