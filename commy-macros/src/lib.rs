//! The attribute and derive macros of commy.
//!
//! Use them through the crate `commy`, which re-exports them and holds what their expansions call.
//! [`macro@create_writer`] and [`macro@create_reader`] turn a struct into the record of a file;
//! [`macro@Mappable`] makes nested structs and fieldless enums fit into one.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed test may panic"))]

mod args;
mod attribute;
mod model;
mod ctxt;
mod check;
mod refuse;
mod spell;
mod expand;
mod fallback;
mod schema_name;

use proc_macro::TokenStream;

use crate::args::Role;

/// Generates the writer of a struct: `MyDataWriter` with a setter per field, and `MyData::writer()`.
///
/// # Examples
///
/// ```ignore
/// use commy::{FixedString, create_writer};
///
/// #[create_writer(filename = "example.bin")]
/// pub struct MyData {
///     /// Outside air.
///     #[commy(unit = "degC")]
///     pub temperature: f64,
///     pub title: FixedString<64>,
/// }
///
/// let mut writer = MyDataWriter::create()?;
/// writer.set_temperature(21.5);
/// writer.set_title("Weekly totals")?;
/// ```
///
/// # Arguments
///
/// - `filename = "example.bin"`: required. A relative name is relative to the current directory, or
///   to the directory that the environment variable `COMMY_DIR` names. A constant expression will
///   do, too.
/// - `shorthands = false`: no `MyData::writer()`.
/// - `crate = path`: where to find commy when it has another name.
///
/// # Field arguments
///
/// - `#[commy(unit = "degC")]`: a note that goes into the file beside the field's doc comment.
/// - `#[commy(rename = "kind")]`: the name of the accessors; the name in the file stays.
/// - `#[commy(pod, id = "uuid")]`: the field's type is a foreign `bytemuck::Pod`, which the file
///   knows by this id.
#[proc_macro_attribute]
pub fn create_writer(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(Role::Writer, args.into(), item.into()).into()
}

/// Generates the reader of a struct: `MyDataReader` with a getter per field, and `MyData::reader()`.
///
/// # Examples
///
/// ```ignore
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
/// ```
///
/// # Arguments
///
/// Those of [`macro@create_writer`]; both attributes may stand on one struct, in either order.
#[proc_macro_attribute]
pub fn create_reader(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(Role::Reader, args.into(), item.into()).into()
}

/// Implements `Mappable` for a nested `#[repr(C)]` struct or a fieldless enum with a fixed repr.
///
/// # Examples
///
/// ```ignore
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
/// ```
///
/// An enum needs a variant with the number 0, because every value of a new file begins as zero.
///
/// # Arguments
///
/// - `#[commy(crate = path)]` on the item: where to find commy when it has another name.
/// - `#[commy(pod, id = "uuid")]` on a field, as for [`macro@create_writer`].
#[proc_macro_derive(Mappable, attributes(commy))]
pub fn derive_mappable(item: TokenStream) -> TokenStream {
    expand::mappable(item.into()).into()
}

/// Gives a type that is stored in serialized form a name for the schema.
///
/// # Examples
///
/// ```ignore
/// use commy::encoded::SchemaName;
///
/// #[derive(serde::Serialize, serde::Deserialize, SchemaName)]
/// #[commy(name = "Event.v2")]
/// enum Event {
///     Joined { player: String },
///     Left,
/// }
/// ```
///
/// # Arguments
///
/// - `#[commy(name = "Event.v2")]`: another name than the type's own.
/// - `#[commy(crate = path)]`: where to find commy when it has another name.
#[proc_macro_derive(SchemaName, attributes(commy))]
pub fn derive_schema_name(item: TokenStream) -> TokenStream {
    schema_name::expand(item.into()).into()
}

/// The part that both attributes share; they add it themselves.
#[doc(hidden)]
#[proc_macro_derive(__CommyRecord, attributes(commy, __commy_writer, __commy_reader))]
pub fn derive_record(item: TokenStream) -> TokenStream {
    expand::record(item.into()).into()
}
