//! Uses the macros where every lint is denied: none may have anything to say of generated code.
#![deny(
    warnings,
    unused,
    nonstandard_style,
    future_incompatible,
    keyword_idents,
    let_underscore,
    refining_impl_trait,
    rust_2018_compatibility,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    closure_returning_async_block,
    deprecated_in_future,
    deprecated_safe_2024,
    deref_into_dyn_supertrait,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    ffi_unwind_calls,
    if_let_rescope,
    impl_trait_redundant_captures,
    let_underscore_drop,
    linker_messages,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    missing_unsafe_on_extern,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    tail_expr_drop_order,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    unstable_features,
    unused_crate_dependencies,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    clippy::all,
    clippy::cargo,
    clippy::nursery,
    clippy::pedantic,
    clippy::restriction
)]
#![allow(
    clippy::absolute_paths,
    clippy::allow_attributes,
    clippy::arbitrary_source_item_ordering,
    clippy::blanket_clippy_restriction_lints,
    clippy::cargo_common_metadata,
    clippy::field_scoped_visibility_modifiers,
    clippy::implicit_return,
    clippy::missing_assert_message,
    clippy::missing_docs_in_private_items,
    clippy::multiple_crate_versions,
    clippy::panic_in_result_fn,
    clippy::partial_pub_fields,
    clippy::print_stdout,
    clippy::pub_with_shorthand,
    clippy::pub_without_shorthand,
    clippy::question_mark_used,
    clippy::redundant_pub_crate,
    clippy::shadow_reuse,
    reason = "the style of this program, which many lints contradict that contradict each other"
)]

use core::error::Error;
use std::path::Path;

use commy::{FixedOption, FixedString, FixedVec, Growable, Mappable, SmartString, SmartVec};
use commy::{create_reader, create_writer};

/// What the two ends share.
#[create_writer(filename = "strict.bin")]
#[create_reader(filename = "strict.bin")]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Everything {
    /// A flag.
    pub flag: bool,
    /// A letter.
    pub letter: char,
    /// A number.
    pub number: f32,
    /// A text.
    pub text: FixedString<16>,
    /// Another text.
    pub smart: SmartString,
    /// Bytes.
    pub bytes: FixedVec<u8, 4>,
    /// Points.
    pub points: SmartVec<Point, 4>,
    /// An array.
    #[allow(unused_braces, reason = "as macros write it")]
    pub array: [Point; { 1 + 2 }],
    /// A parenthesis.
    #[allow(unused_parens, reason = "as macros write it")]
    pub paren: (u8),
    /// An option.
    #[commy(unit = "m")]
    pub option: FixedOption<Mode>,
    /// A foreign type.
    #[commy(pod, id = "wrapping")]
    pub wrapping: core::num::Wrapping<u32>,
    /// Old.
    #[allow(deprecated, reason = "the type is, too")]
    #[deprecated(note = "only old readers look at it")]
    pub old: Older,
    private: u8,
}

/// What grows.
#[create_writer(filename = "grown.bin", growable)]
#[create_reader(filename = "grown.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Grown {
    /// A number.
    pub number: u64,
    /// A text.
    pub text: String,
    /// Bytes.
    #[commy(bytes)]
    pub bytes: Vec<u8>,
    /// An option.
    #[commy(unit = "m")]
    pub option: Option<u32>,
    /// A boxed option.
    pub boxed: Box<Option<String>>,
    /// A place.
    pub point: Point,
    /// A foreign type.
    #[commy(pod, id = "wrapping")]
    pub wrapping: core::num::Wrapping<u32>,
    /// Converted, by what nobody else knows.
    #[commy(as = Seconds)]
    pub waited: core::time::Duration,
    /// The same within an array.
    #[commy(as = [Option<Seconds>; 2])]
    pub pauses: [Option<core::time::Duration>; 2],
    /// Serialized, by what nobody else knows.
    #[commy(encoded = Letter)]
    pub letter: char,
    /// Several values.
    pub pair: (u32, [String; 2]),
    /// Named like a method of a trait, as are its proxies.
    pub borrow: u8,
    /// The same.
    pub clone_count: u8,
    /// What grows within it.
    pub trades: Vec<Trade>,
    /// What has happened.
    pub happened: Happening,
    /// Foreign types alone.
    pub foreign: Foreign,
    private: FixedString<4>,
}

/// A duration as what is stored.
enum Seconds {}

impl commy::growable::Convert<core::time::Duration> for Seconds {
    type As = u64;

    fn to_stored(value: &core::time::Duration) -> u64 {
        value.as_secs()
    }

    fn from_stored(stored: u64) -> Option<core::time::Duration> {
        Some(core::time::Duration::from_secs(stored))
    }
}

/// A letter as its text.
enum Letter {}

impl commy::encoded::Codec for Letter {
    const ID: [u8; 4] = *b"lett";
    const NAME: &'static str = "letter";
    type Error = core::fmt::Error;
}

impl commy::encoded::Encode<char> for Letter {
    fn encode(
        value: &char,
        place: &mut [u8],
    ) -> Result<usize, commy::encoded::EncodeError<core::fmt::Error>> {
        let mut letter = [0; 4];
        let mut sink = commy::encoded::Sink::new(place);
        sink.put(value.encode_utf8(&mut letter).as_bytes());
        sink.finish()
    }
}

impl commy::encoded::Decode<'_, char> for Letter {
    fn decode(bytes: &[u8]) -> Result<char, commy::encoded::DecodeError<core::fmt::Error>> {
        let text = core::str::from_utf8(bytes).unwrap_or_default();
        text.chars().next().ok_or(commy::encoded::DecodeError::Malformed(core::fmt::Error))
    }
}

/// What grows within another thing.
#[derive(Debug, Clone, PartialEq, Growable)]
#[non_exhaustive]
pub struct Trade {
    /// A name.
    pub who: String,
    /// Bytes.
    #[commy(bytes)]
    pub bytes: Vec<u8>,
    /// A foreign type.
    #[commy(pod, id = "wrapping")]
    pub wrapping: core::num::Wrapping<u32>,
    /// Serialized.
    #[commy(encoded = Letter)]
    pub letter: char,
    /// Itself.
    pub others: Vec<Self>,
    /// Old.
    #[deprecated(note = "now")]
    pub old: u8,
    /// Named like a method of a trait, as are its proxies.
    pub borrow: u8,
    private: Option<Box<Couple>>,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Growable)]
#[non_exhaustive]
pub enum Happening {
    /// Nothing.
    Nothing,
    /// Somebody speaks.
    Said {
        /// What is said.
        text: String,
        /// Bytes.
        #[commy(bytes)]
        bytes: Vec<u8>,
        /// Converted, by what nobody else knows.
        #[commy(as = Seconds)]
        waited: core::time::Duration,
        /// Serialized, by what nobody else knows.
        #[commy(encoded = Letter)]
        letter: char,
        /// A place.
        point: Point,
        /// Old.
        #[deprecated(note = "now")]
        old: u8,
    },
    /// Several of them, and one more.
    All(Vec<Self>, Box<Self>),
    /// Old.
    #[deprecated(note = "now")]
    Past(u8),
}

/// Of other crates.
#[derive(Debug, Clone, PartialEq, Eq, Growable)]
#[non_exhaustive]
pub enum Foreign {
    /// Plain old data.
    Number(#[commy(pod, id = "wrapping")] core::num::Wrapping<u32>),
    /// Converted.
    Waited {
        /// How long.
        #[commy(as = Seconds)]
        long: core::time::Duration,
    },
}

/// Without fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Growable)]
#[non_exhaustive]
pub enum Bare {
    /// The second.
    Second,
    /// The first.
    #[default]
    First,
}

/// Without names.
#[derive(Debug, Clone, PartialEq, Eq, Growable)]
#[commy(ref = "CoupleView", mut = "CoupleEdit")]
#[non_exhaustive]
pub struct Couple(pub String, u8);

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
#[non_exhaustive]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// What it is.
    pub mode: Mode,
    /// Where a point was.
    #[deprecated(note = "now")]
    pub past: f32,
}

/// What goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Mappable)]
#[repr(u8)]
#[non_exhaustive]
pub enum Mode {
    /// Nothing.
    Idle,
    /// Something.
    #[deprecated(note = "nothing does")]
    Auto,
}

/// What ends in a type that the macros do not know.
#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
#[non_exhaustive]
pub struct Way {
    /// How long it takes.
    pub seconds: u32,
    /// Where it ends.
    pub end: Point,
}

/// A record that ends in one.
#[create_writer(filename = "ways.bin")]
#[create_reader(filename = "ways.bin")]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ways {
    /// The first one.
    pub first: Way,
    /// How many there are.
    pub number: u32,
    /// The others.
    pub others: [FixedVec<Way, 2>; 2],
}

/// A record whose fields are called as a constructor, as what is known of a file, and as methods.
#[create_writer(filename = "candle.bin")]
#[create_reader(filename = "candle.bin")]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Candle {
    /// The first price.
    pub open: f32,
    /// The first market.
    pub from: u32,
    /// Where it goes.
    pub path: u32,
    /// How it is.
    pub state: u32,
    /// Which one.
    pub generation: u32,
    /// What is lent.
    pub borrow: u32,
    /// What it points to.
    pub deref: u32,
    /// How much it fell.
    pub drop: u32,
}

/// What was.
#[deprecated(note = "was")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Mappable)]
#[repr(C)]
#[non_exhaustive]
pub struct Older {
    /// A number.
    pub number: u8,
}

/// A record that is out of use.
#[deprecated(note = "was")]
#[create_writer(filename = "old.bin")]
#[create_reader(filename = "old.bin")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OldRecord {
    /// A number.
    pub number: u8,
}

/// Modules without documentation, private types.
mod inner {
    use commy::{Mappable, create_reader, create_writer};

    #[derive(Debug, Clone, Copy, Mappable)]
    #[repr(C)]
    struct Hidden {
        number: u8,
        inner: Innermost,
    }

    #[derive(Debug, Clone, Copy, Mappable)]
    #[repr(C)]
    pub(super) struct Innermost {
        pub(super) number: u8,
    }

    #[create_writer(filename = "ends.bin")]
    #[create_reader(filename = "ends.bin")]
    #[derive(Debug)]
    pub(crate) struct Ends {
        pub(super) first: Innermost,
        hidden: Hidden,
    }

    /// Only written.
    #[create_writer(filename = "written.bin", growable)]
    pub(crate) struct Written {
        pub(super) text: String,
        hidden: Innermost,
    }

    /// Only read.
    #[create_reader(filename = "written.bin", growable)]
    pub(crate) struct Read {
        pub(super) text: String,
        hidden: Innermost,
    }

    #[create_writer(filename = "inner.bin")]
    #[create_reader(filename = "inner.bin")]
    #[derive(Debug)]
    pub(crate) struct Inner {
        pub(super) number: u8,
        pub(in crate::inner) text: commy::FixedString<4>,
        list: commy::FixedVec<commy::FixedString<4>, 2>,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).ok_or("which directory?")?;
    let directory = Path::new(&directory);
    let mut writer = EverythingWriter::create_at(directory.join("strict.bin"))?;
    writer.set_number(1.5);
    let reader = EverythingReader::open_at(directory.join("strict.bin"))?;
    assert!(reader.number()? > 1.0);
    let mut inner = inner::InnerWriter::create_at(directory.join("inner.bin"))?;
    inner.set_number(1);
    let mut ends = inner::EndsWriter::create_at(directory.join("ends.bin"))?;
    ends.update(|ends| ends.first.number = 1);
    let mut ways = WaysWriter::create_at(directory.join("ways.bin"))?;
    ways.set_number(2);
    let way = Way { seconds: 1, end: Point { mode: Mode::Idle, ..ways.get().first.end } };
    ways.batch(|batch| batch.set_first(way));
    assert_eq!(WaysReader::open_at(directory.join("ways.bin"))?.first()?.seconds, 1);
    let mut candles = CandleWriter::create_at(directory.join("candle.bin"))?;
    candles.set_open(0.5);
    let candle = CandleReader::options().path(directory.join("candle.bin")).open()?;
    assert!(candle.open()? < 1.0);
    assert_eq!((candle.from()?, candle.generation()?, candle.borrow()?), (0, 0, 0));
    let grown = directory.join("grown.bin");
    let mut growing = GrownWriter::create_at(&grown)?;
    growing.transaction(|changes| {
        changes.set_text("any length")?;
        changes.set_point(Point { x: 0.5, ..ways.get().first.end })?;
        changes.set_waited(&core::time::Duration::from_secs(3))?;
        changes.set_letter(&'x')?;
        changes.letter_mut().assign(&'y')?;
        changes.set_pair((1, ["one", "two"]))?;
        changes.trades_mut().push(&Trade {
            who: "A".to_owned(),
            bytes: Vec::new(),
            wrapping: core::num::Wrapping(3),
            letter: 'l',
            others: Vec::new(),
            #[allow(deprecated, reason = "all of it")]
            old: 0,
            borrow: 0,
            private: Some(Box::new(Couple("B".to_owned(), 1))),
        })?;
        changes.set_happened(&Happening::All(Vec::new(), Box::new(Happening::Nothing)))?;
        changes.set_foreign(&Foreign::Number(core::num::Wrapping(6)))?;
        changes.set_boxed(Some("x"))
    })?;
    let seen = GrownReader::open_at(&grown)?;
    assert_eq!(seen.text()?, "any length");
    assert_eq!((seen.waited()?.as_secs(), seen.pair()?.0), (3, 1));
    assert!(seen.pin()?.snapshot()?.wrapping.0 == 0);
    if let HappeningRef::All(list, _) = seen.pin()?.happened()? {
        assert!(list.is_empty()?);
    }
    assert!(matches!(seen.pin()?.foreign()?, ForeignRef::Number(number) if number.0 == 6));
    let mut written = inner::WrittenWriter::create_at(directory.join("written.bin"))?;
    written.set_text("x")?;
    let read = inner::ReadReader::open_at(directory.join("written.bin"))?;
    assert_eq!(read.read(|view| Ok(view.text()?.len()))?, written.pin()?.text()?.len());
    println!("strict: all right");
    Ok(())
}
