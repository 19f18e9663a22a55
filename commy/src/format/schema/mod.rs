//! The schema text: written for a new file, read from any, compared.

mod bounds;
mod check;
mod json;
mod notes;
mod number;
mod owner;
mod parse;
#[cfg(test)]
mod recursion;
mod relation;
#[cfg(test)]
mod rows;
mod scope;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod types;
mod words;
mod write;

pub use self::text::SchemaText;
pub use self::words::Difference;

#[cfg(feature = "dynamic")]
pub(crate) use self::check::MARKS;
pub(crate) use self::check::{Reason, Refused};
#[cfg(feature = "dynamic")]
pub(crate) use self::number::length_in;
pub(crate) use self::owner::Owner;
#[cfg(feature = "dynamic")]
pub(crate) use self::relation::{Change, Placed, Relation, Remedy};
#[cfg(any(test, feature = "dynamic"))]
pub(crate) use self::relation::{Verdict, relations};
#[cfg(feature = "dynamic")]
pub(crate) use self::types::{Cells, Field, Form, Scalar, Type, Variant};
pub(crate) use self::types::{Order, Schema};
pub(crate) use self::words::differences;
pub(crate) use self::write::{checkpoint_text, growable_text, schema_text};
