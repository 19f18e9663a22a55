//! The attribute and derive macros of commy.
//!
//! Use them through the crate `commy`, which re-exports them and holds what their expansions call.
//! [`macro@create_writer`] and [`macro@create_reader`] turn a struct into the record of a file;
//! [`macro@Mappable`] makes nested structs and fieldless enums fit into one, and [`macro@Growable`]
//! nested structs into one that grows.
//!
//! # Refusals
//!
//! A type that cannot be shared is refused on its field, with the reason and with the line that
//! replaces it; all fields of a struct at once, and without errors that only follow from others:
//!
//! ```text
//! error: field `name`: `String` keeps its text on this process's heap, which the reading process cannot see
//!
//!        help: use `FixedString<N>`, which stores up to N bytes of UTF-8 in place, for example
//!                  name: FixedString<64>,
//!  --> src/main.rs:9:11
//!   |
//! 9 |     name: String,
//!   |           ^^^^^^
//! ```
//!
//! Three layers see to it. The macros judge the type as written; they name the field and write its
//! replacement. The trait `Mappable` judges what an alias or a container hides, with messages of
//! the same content. Constant assertions judge what only the compiler knows: a `Drop`
//! implementation, the number of an enum's variant that a constant gives.
//!
//! [`macro@create_writer`] ends with what that looks like beside other crates, and what it costs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed test may panic"))]

mod args;
mod attribute;
mod lengths;
mod model;
mod ctxt;
mod check;
mod refuse;
mod known;
mod spell;
mod expand;
mod fallback;
mod derive;
mod schema_name;

use proc_macro::TokenStream;

use crate::args::Role;

/// Generates the writer of a struct: `MyDataWriter` with a setter per field.
///
/// # Examples
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{FixedString, FixedVec, create_writer};
///
/// #[create_writer(filename = "example.bin")]
/// pub struct MyData {
///     /// Outside air.
///     #[commy(unit = "degC")]
///     pub temperature: f64,
///     pub title: FixedString<64>,
///     pub numbers: FixedVec<i32, 100>,
/// }
///
/// let mut writer = MyDataWriter::create()?;
/// writer.set_temperature(21.5);
/// writer.set_title("Weekly totals")?;
/// writer.set_numbers(&[1, 2])?;
/// writer.push_numbers(3)?;
/// writer.batch(|data| {
///     data.set_temperature(22.0);
///     data.set_numbers_at(0, 10);
/// });
/// # Ok(())
/// # }
/// ```
///
/// # Arguments
///
/// - `filename = "example.bin"`: required. A relative name is relative to the current directory, or
///   to the directory that the environment variable `COMMY_DIR` names. A constant expression will
///   do, too.
/// - `name = "MyOutput"`: the name of the generated type, where `MyDataWriter` is taken. The batch is
///   then called `MyOutputBatch`.
/// - `growable`: the record grows, see below. Both attributes of a struct have it, or neither.
/// - `crate = path`: where to find commy when it has another name.
///
/// # What is generated
///
/// - `MyDataWriter::create()`, `create_at(path)`: create the file, or open the one that is there;
///   `create_with(value)` publishes a value at once.
/// - `MyDataWriter::options()`: all that can be asked of the file, a `commy::WriterOptions`; with
///   `on_mismatch`, a new file takes the place of one that does not fit.
/// - `MyDataWriter::FILENAME`: the name of the file.
/// - `batch(|data| ..)`: calls setters, and publishes once; it passes a `MyDataBatch`.
/// - The setters. Everything else is `commy::Writer`'s, to which `MyDataWriter` dereferences:
///   `update`, `try_update`, `publish`, `get`, `flush`, `generation`, ...
///
/// # Accessors
///
/// A field `title` has the setter `set_title`, on the writer and in a batch. It takes `&str` for
/// strings, a slice for vectors, and the value itself otherwise, and returns a `Result` when the
/// value may not fit. A field whose type is written as an array, `FixedVec` or `SmartVec` also has
/// `set_numbers_at(index, value)` and `set_numbers_range(from, &values)`. The vectors have
/// `push_numbers(value)`, and an array has `set_numbers_from(&array)`. Accessors are as visible as
/// their field.
///
/// A `FixedDeque` has `set_samples_at`, `push_samples(value)`, and `push_over_samples(value)`, which puts the
/// value in the place of the oldest one when all of the room is in use, and returns that one.
/// A field whose type is written as `FixedMap` also has `insert_quotes(key, value)`,
/// `set_quotes_value(&key, value)` for a key that is there, and `remove_quotes(&key)`. A `FixedSet` has
/// `insert_names(value)` and `remove_names(&value)`. The setters of both take a reference.
///
/// `set_numbers_at` and `set_numbers_range` panic when there are fewer elements, as indexing does; the
/// reader's `numbers_at` returns `Ok(None)` then. What publishes also panics where `commy::Writer::set`
/// does: in a forked child, and when the file is full of generations.
///
/// A value that is passed by itself is on the stack. One of more than 256 KiB is refused where the
/// accessor is called, at compile time; the message names what takes it by reference. See
/// `commy::guide::large`.
///
/// # Records that grow
///
/// With `growable`, fields may also be `String`, `Vec<u8>` with `#[commy(bytes)]`, structs with
/// [`#[derive(Growable)]`](macro@Growable), and `Vec`, `Option` and `Box`, tuples and arrays of what
/// fits. The struct keeps its layout; `repr(C)` is not needed.
///
/// - Each field `title` has `title()`, `set_title(value)` and `title_mut()`, which changes it in
///   place, on the writer and in a transaction.
/// - `transaction(|data| ..)` and `try_transaction` take the place of `batch`; they pass a
///   `MyDataTransaction`, and nothing remains if the closure fails.
/// - `pin()` and the reader's `read`, `pin` and `into_pinned` give a `MyDataView`: one generation, with
///   the getters.
/// - Everything else is `commy::growable::Writer`'s: `update`, `publish`, `snapshot`, `reserve`, ...
///
/// The fields take at most 4096 bytes in the file beside what grows; one of more than 512 bytes lies
/// apart and takes 8.
///
/// # Field arguments
///
/// - `#[commy(unit = "degC")]`: a note that goes into the file beside the field's doc comment. Notes of
///   nested structs and of enums' variants stand there by path: `points.x`, `mode.Auto`.
/// - `#[commy(rename = "kind")]`: the name of the accessors; the name in the file stays.
/// - `#[commy(pod, id = "uuid")]`: the field's type is a foreign `bytemuck::Pod`, which the file
///   knows by this id. As the element of a container it goes into a struct of your own, which derives
///   `Mappable` and has this attribute on its one field.
/// - `#[commy(bytes)]`: in a record that grows, the `Vec<u8>` is stored as one run of bytes.
/// - `#[commy(as = Seconds)]`: in a record that grows, the field is stored as what `Seconds` converts its
///   type to: see `commy::growable::Convert`.
/// - `#[commy(encoded = Postcard)]`: in a record that grows, the field is stored as this codec writes it,
///   whatever its type and length: see `commy::encoded`. The type needs a `Default`.
///
/// # Compared
///
/// What `cargo check` says about the same five structs, as errors / lines of them; in brackets how
/// many of the errors point at the field, and whether one of them gives a reason that the user can
/// act on and names a replacement. rustc 1.95.0; bytemuck 1.25.2 with `derive(Clone, Copy, Pod,
/// Zeroable)`, zerocopy 0.8.63 with `derive(FromBytes, IntoBytes, Immutable, KnownLayout)`, commy
/// with both attributes:
///
/// | fields | bytemuck | zerocopy | commy |
/// |---|---|---|---|
/// | `String` | 3 / 54 (2, no, no) | 7 / 152 (0, no, no) | 1 / 8 (1, yes, yes) |
/// | `Vec<u8>` | 3 / 57 (2, no, no) | 7 / 145 (0, no, no) | 1 / 8 (1, yes, yes) |
/// | `Option<u32>` | 2 / 48 (2, no, no) | 5 / 107 (0, no, no) | 1 / 8 (1, yes, yes) |
/// | a struct without the derive | 4 / 83 (3, no, no) | 7 / 180 (0, yes, yes) | 1 / 25 (1, yes, yes) |
/// | `String`, `Vec`, `Box`, `&str` at once | 9 / 187 (8, no, no) | 23 / 487 (0, no, no) | 4 / 32 (4, yes, yes) |
///
/// # Cost
///
/// A record of 50 fields of ten different types takes `cargo check` 0.2 s of processor time more
/// than the bare struct with `derive(Debug, Clone, PartialEq)`, one of 500 fields 1.6 s more, without
/// the time to build this crate once: medians of three runs with rustc 1.95.0 on a loaded two-core
/// virtual machine, by `benches/compile_time.sh` in the repository.
#[proc_macro_attribute]
pub fn create_writer(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(Role::Writer, args.into(), item.into()).into()
}

/// Generates the reader of a struct: `MyDataReader` with a getter per field.
///
/// # Examples
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{FixedString, create_reader};
///
/// #[create_reader(filename = "example.bin")]
/// pub struct MyData {
///     pub temperature: f64,
///     pub title: FixedString<64>,
/// }
///
/// let reader = MyDataReader::open()?;
/// println!("{}: {}", reader.title()?, reader.temperature()?);
/// let all: MyData = reader.snapshot()?;
/// # Ok(())
/// # }
/// ```
///
/// # What is generated
///
/// - `MyDataReader::open()`, `open_at(path)`: open the file. Where an accessor has one of these names,
///   that constructor is left out.
/// - `MyDataReader::options()`: all that can be asked, a `commy::ReaderOptions`; its `open_wait` waits
///   for the file to appear.
/// - `MyDataReader::FILENAME`: the name of the file.
/// - `read(|data| ..)`: several fields of one generation, by the same getters.
/// - The getters. Everything else is `commy::Reader`'s, to which `MyDataReader` dereferences:
///   `snapshot`, `cached`, `wait`, `changes`, `follow`, `on_change`, ...
///
/// # Accessors
///
/// A field `title` has the getter `title()`, which copies that field alone and returns an owned
/// value. A field whose type is written as an array, `FixedVec` or `SmartVec` also has
/// `numbers_at(index)`, which returns `Ok(None)` when there is no such element, and the vectors
/// have `numbers_len()`; neither copies the other elements. `rows_get(index, |row| &row.price)` reads a
/// part of an element, and `numbers_range_into(from, &mut slice)` several elements, and returns how
/// many were there. A `FixedDeque` has all of these, by numbers from the oldest element on, and
/// `samples_last_into(&mut slice)` for the last ones.
///
/// A field whose type is written as `FixedMap` also has `quotes_get(&key)` and `quotes_contains(&key)`,
/// which compare log2(N) + 1 keys in the file and copy no others. `quotes_len()`, `quotes_at(index)`,
/// `quotes_first()` and `quotes_last()` copy an entry at most, and `quotes_with(|map| ..)` and
/// `quotes_read_into(&mut map)` the whole. A `FixedSet` has the same without `_get`.
///
/// A field whose type is written as `FixedString`, `SmartString` or `FlatString` also has
/// `title_with(|text| ..)`, which calls a closure with `&str`, and `title_read_into(&mut string)`. The
/// vectors have `numbers_with(|numbers| ..)` and `numbers_read_into(&mut vec)` likewise, an array has
/// `corners_read_into(&mut array)`, and a deque `samples_with(|deque| ..)` and
/// `samples_read_into(&mut deque)`. What was in the target is replaced; after an error it is empty, or
/// all zero.
///
/// # Arguments
///
/// Those of [`macro@create_writer`]; both attributes may stand on one struct, in either order. Their
/// filenames must then be the same.
#[proc_macro_attribute]
pub fn create_reader(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(Role::Reader, args.into(), item.into()).into()
}

/// Implements `Mappable` for a nested `#[repr(C)]` struct or a fieldless enum with a fixed repr.
///
/// # Examples
///
/// ```
/// use commy::Mappable;
///
/// #[derive(Clone, Copy, Mappable)]
/// #[repr(C)]
/// struct Point {
///     x: f64,
///     y: f64,
/// }
///
/// #[derive(Clone, Copy, Mappable)]
/// #[repr(u8)]
/// enum Mode {
///     Idle,
///     Auto,
///     Fault = 7,
/// }
///
/// assert!(Mode::check(&[7]).is_ok());
/// assert!(Mode::check(&[2]).is_err());
/// ```
///
/// An enum needs a variant with the number 0, because every value of a new file begins as zero.
///
/// # Arguments
///
/// - `#[commy(crate = path)]` on the item: where to find commy when it has another name.
/// - `#[commy(pod, id = "uuid")]` and `#[commy(unit = "degC")]` on a field, as for
///   [`macro@create_writer`].
#[proc_macro_derive(Mappable, attributes(commy))]
pub fn derive_mappable(item: TokenStream) -> TokenStream {
    derive::mappable(item.into()).into()
}

/// Implements `Growable` for a struct or an enum: it may stand in a record that grows, and hold what
/// grows.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{Growable, create_reader, create_writer};
///
/// #[derive(Debug, Clone, PartialEq, Growable)] // no repr, and nothing of commy in its fields
/// struct Trade {
///     who: String,
///     lots: u32,
/// }
///
/// #[create_writer(filename = "desk.bin", growable)]
/// #[create_reader(filename = "desk.bin", growable)]
/// struct Desk {
///     current: Trade,
///     last: Option<Trade>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("desk.bin");
/// let mut desk = DeskWriter::create_at(&path)?;
/// desk.set_current(&Trade { who: "Ada".into(), lots: 3 })?;
/// desk.current_mut().who_mut().push_str(" Lovelace")?; // costs what is added
/// desk.current_mut().update(|trade| trade.lots += 1)?; // stores what differs
///
/// let reader = DeskReader::open_at(&path)?;
/// assert_eq!(reader.current().lots()?, 4); // reads this field alone
/// assert_eq!(reader.current().load()?, Trade { who: "Ada Lovelace".into(), lots: 4 });
/// assert_eq!(reader.last()?, None);
/// # Ok(())
/// # }
/// ```
///
/// # What is generated
///
/// - `TradeRef<'a>`, which reads: a getter `who()` for each field, and `load()` for all of it. It is
///   `Copy`. The accessor of a field of this type returns it; behind an `Option` a reader returns the
///   value, a view the proxy.
/// - `TradeMut<'t>`, which changes: `who()`, `set_who(value)`, `who_mut()` and `into_who()` for each
///   field; `load()`, `as_ref()`, `assign(&trade)` and `update(|trade| ..)` for all of it.
///
/// Accessors are as visible as their field. A field of a tuple struct is called `field_0` there.
/// Setters of the struct take `&Trade`.
///
/// The struct lies in the cell of whatever holds it, and its fields one behind the other: it costs no
/// block of its own. It may hold itself by way of an `Option<Box<Self>>`.
///
/// # Arguments
///
/// - `#[commy(ref = "TradeView", mut = "TradeEdit")]` on the struct: other names of the two types.
/// - `#[commy(crate = path)]` on the struct: where to find commy when it has another name.
/// - `#[commy(rename = "kind")]`, `#[commy(pod, id = "uuid")]`, `#[commy(bytes)]`, `#[commy(as = Seconds)]`
///   and `#[commy(encoded = Postcard)]` on a field, as for [`macro@create_writer`]. A field called `load`, `assign`, `update` or `as_ref` needs the first.
///
/// A struct of fixed layout has [`macro@Mappable`] instead, which fits in records of both kinds; a
/// type has one of these derives. A fieldless enum has either.
///
/// # Enums
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{Growable, create_reader, create_writer};
///
/// #[derive(Debug, Clone, PartialEq, Default, Growable)]
/// enum Event {
///     Joined { name: String },
///     Left(u64),
///     #[default] // what a new record has
///     Tick,
/// }
///
/// #[create_writer(filename = "room.bin", growable)]
/// #[create_reader(filename = "room.bin", growable)]
/// struct Room {
///     last: Event,
///     all: Vec<Event>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("room.bin");
/// let mut room = RoomWriter::create_at(&path)?;
/// room.set_last(&Event::Joined { name: "Ada".into() })?;
/// room.all_mut().push(&Event::Left(7))?;
/// room.last_mut().update(|event| {
///     if let Event::Joined { name } = event {
///         name.push_str(" Lovelace"); // stores what differs in the field
///     }
/// })?;
///
/// let reader = RoomReader::open_at(&path)?;
/// assert_eq!(reader.last()?, Event::Joined { name: "Ada Lovelace".into() });
/// let view = reader.pin()?;
/// for event in view.all().iter() {
///     match event? {
///         EventRef::Joined { name } => println!("{name} joined"),
///         EventRef::Left(id) => println!("{id} left"),
///         EventRef::Tick => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// - A reader returns the value. A view returns an `EventRef<'v>` with the same variants, whose fields
///   are what elements are in a view: small ones are values, others read in parts. `ref = ".."` renames
///   it. An enum without fields is itself there.
/// - It is changed as a whole, by `commy::growable::ValueMut`. `update` writes what differs in the
///   fields if the variant stays. Setters take `&Event`.
/// - The variant of a new value is the one with `#[default]`, else the first. The numbers in the file
///   are counted from that one in the order of declaration; those in the source mean nothing. So another
///   order, or another `#[default]`, is another schema.
/// - It takes the room of its largest variant, and a byte for the number (two from 257 variants on), up
///   to the alignment.
/// - It may hold itself in a `Vec`, and in a `Box` in every variant but that of a new value.
#[proc_macro_derive(Growable, attributes(commy, default))]
pub fn derive_growable(item: TokenStream) -> TokenStream {
    derive::growable(item.into()).into()
}

/// Gives a type that is stored in serialized form a name for the schema: its own, with its fields
/// or variants, or the one that is given.
///
/// # Examples
///
/// ```
/// use commy::encoded::SchemaName;
///
/// #[derive(SchemaName)] // beside the derives of the codec: `Serialize` and `Deserialize`
/// #[commy(name = "Event.v2")]
/// enum Event {
///     Joined { player: String },
///     Left,
/// }
///
/// assert_eq!(<Vec<Event>>::NAME.to_string(), "Vec<Event.v2>");
/// ```
///
/// # Arguments
///
/// - `#[commy(name = "Event.v2")]`: another name than the type's own; the fields are not told then.
/// - `#[commy(crate = path)]`: where to find commy when it has another name.
#[proc_macro_derive(SchemaName, attributes(commy))]
pub fn derive_schema_name(item: TokenStream) -> TokenStream {
    schema_name::expand(item.into()).into()
}

/// The part that both attributes share; they add it themselves.
#[doc(hidden)]
#[proc_macro_derive(__CommyRecord, attributes(commy, __commy_writer, __commy_reader))]
pub fn derive_record(item: TokenStream) -> TokenStream {
    derive::record(item.into()).into()
}

/// The examples of the readme.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[allow(dead_code, reason = "only its documentation is compiled")]
struct Readme;
