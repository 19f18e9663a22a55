//! A writer of files whose record is known by their schema alone.

use core::fmt;
use std::path::Path;

use super::encode::{Unfit, Why, encode};
use super::find;
use super::kind::Type;
use super::load::usize_of;
use super::path::{PathError, Step, Way, parse};
use super::reader::schema_of;
use super::schema::{Schema, shown};
use super::value::Value;
use crate::error::CreateError;
use crate::file::{self, FileOptions, ReadOptions};
use crate::format::schema::{Reason, Type as FormatType, length_in};
use crate::untyped::{BytesWriter, ReaderCore};

/// A writer of a file of which nothing is known but its path.
///
/// It is the writer of the file: while it lives there is no other one, and where there is one it cannot be
/// opened. It sets parts of the record that have a fixed size: all of a record of fixed size but serialized
/// values, and the plain fields of one that grows. What it has set becomes one generation by
/// [`publish`](Self::publish); without that it is forgotten.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
/// use commy::dynamic::{DynWriter, Value};
///
/// #[create_writer(filename = "tank.bin")]
/// struct Tank {
///     level: f64,
///     valves: [bool; 3],
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("tank.bin");
/// let _ = TankWriter::create_at(&path)?; // makes the file, and closes it
/// let mut writer = DynWriter::open(&path)?;
/// writer.set("level", &Value::F64(0.5))?;
/// writer.set("valves[1]", &Value::Str("true".into()))?; // text is read as what the field is
/// let refused = writer.set("valves[1]", &Value::U64(7)).unwrap_err();
/// assert_eq!(refused.to_string(), "`valves[1]` cannot be 7: expected true or false");
/// writer.publish()?;
/// let now = commy::dynamic::open(&path)?.snapshot()?;
/// assert_eq!(now.to_string(), "{level: 0.5, valves: [false, true, false]}");
/// # Ok(())
/// # }
/// ```
pub struct DynWriter {
    core: BytesWriter,
    schema: Schema,
}

/// Why a value could not be set or published.
///
/// # Examples
///
/// See [`DynWriter`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// The path leads to nothing.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The value is none of the type that is there.
    #[error("{} cannot be {found}: expected {expected}", subject(path))]
    #[non_exhaustive]
    Value {
        /// The way to the part, in the record.
        path: String,
        /// The value as it is shown, or the begin of a long one.
        found: String,
        /// What is one.
        expected: String,
    },
    /// Nothing can be written there but by the program that has the type.
    #[error("{} is {found}: {reason}", subject(path))]
    #[non_exhaustive]
    Unsettable {
        /// The way to the part, in the record.
        path: String,
        /// Its type.
        found: String,
        /// Why nothing can be written there.
        reason: &'static str,
    },
    /// A part that was not set is no value of its type, because nothing was published as yet.
    #[error("{} has no value as yet, and zeros are none: {reason}", subject(path))]
    #[non_exhaustive]
    Unset {
        /// The way to the part, in the record.
        path: String,
        /// What is wrong with zeros.
        reason: String,
    },
    /// The record grows, and its program has published nothing yet.
    #[error("nothing is published yet: the program of a record that grows has to begin it")]
    Empty,
}

/// What an error is about, in words.
fn subject(path: &str) -> String {
    if path.is_empty() { "the record".into() } else { format!("`{}`", shown(path)) }
}

impl DynWriter {
    /// Opens the file at `path` for writing, whatever record it holds. It has to be there. Times of publishes
    /// and checkpoints are kept if they were before.
    ///
    /// # Errors
    ///
    /// As [`WriterOptions::create`](crate::WriterOptions::create); above all [`CreateError::WriterBusy`]
    /// while there is a writer, and [`CreateError::Unusable`] for a file that is absent or damaged.
    ///
    /// # Examples
    ///
    /// See [`DynWriter`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CreateError> {
        Self::open_at(path.as_ref()).map_err(file::with_holder)
    }

    fn open_at(path: &Path) -> Result<Self, CreateError> {
        let reading = ReadOptions { polling: true, pins: false, ..ReadOptions::default() };
        let (reader, spec) = ReaderCore::open_any(path, reading)?;
        let schema = schema_of(reader.file().path(), &spec)?;
        drop(reader);
        let has_checkpoints = file::checkpoints_beside(&file::absolute(path)).is_file();
        let mut options =
            FileOptions { must_exist: true, durable: has_checkpoints, ..FileOptions::default() };
        let opened = BytesWriter::open(path, &spec, schema.clone(), &options);
        let core = match opened {
            // What lies beside it can never be its checkpoints.
            Err(CreateError::OptionMismatch { option: "durable", .. }) => {
                options.durable = false;
                BytesWriter::open(path, &spec, schema.clone(), &options)?
            }
            opened => opened?,
        };
        Ok(Self { core, schema: Schema::new(schema, spec.text) })
    }

    /// What the file says of its record.
    #[must_use]
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The generation that was published last.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.core.core().generation()
    }

    /// Sets the part at a path, as [`DynReader::get`](super::DynReader::get) has paths, but for ranges and
    /// entries of maps: such a map is set as a whole.
    ///
    /// | type | values |
    /// |---|---|
    /// | integers | numbers that are in the range; text in base 10, or 16 behind `0x` |
    /// | numbers with a fraction | numbers, rounded if need be, and text |
    /// | truth values, characters, text | the same, and text; of text as much as there is room for |
    /// | enums | the name of a variant, or its number |
    /// | elements | lists; of bytes also [`Bytes`](Value::Bytes), and hexadecimal digits behind `0x` |
    /// | structs | all fields by their names; of tuples also lists |
    /// | maps, sets | entries in any order, with keys that are text, integers, characters or truth values |
    /// | options | a value, or [`Null`](Value::Null) |
    /// | pods | exactly their bytes, also in hexadecimal digits behind `0x` |
    /// | serialized values | [`Null`](Value::Null) for none |
    ///
    /// # Errors
    ///
    /// - [`SetError::Path`]: the path leads nowhere.
    /// - [`SetError::Value`]: the value is none of that type.
    /// - [`SetError::Unsettable`]: no value of that type can be written here.
    /// - [`SetError::Empty`]: nothing is published yet in a record that grows.
    ///
    /// Then nothing has changed.
    pub fn set(&mut self, path: &str, value: &Value) -> Result<(), SetError> {
        let steps = parse(path)?;
        let tree = self.schema.tree();
        if tree.is_growable && !self.core.core().has_value() {
            return Err(SetError::Empty);
        }
        find::check(&tree.root, Way::new(&steps))?;
        if steps.is_empty() && tree.is_growable {
            return Err(unsettable(&tree.root, Way::new(&steps)));
        }
        let Found { ty, at, size } = find(&tree.root, self.core.staged(), Way::new(&steps))?;
        let mut bytes = vec![0; size];
        encode(ty, value, &mut bytes).map_err(|unfit| refusal(path, unfit))?;
        self.core.stage(at, &bytes);
        Ok(())
    }

    /// Publishes what was set, as one generation, which is returned.
    ///
    /// # Errors
    ///
    /// - [`SetError::Unset`]: nothing was published before, and a part that was not set cannot be zero.
    /// - [`SetError::Empty`]: nothing is published yet in a record that grows.
    ///
    /// Then nothing is published, and what was set is still set.
    ///
    /// # Panics
    ///
    /// In a forked child; after 2^62 publishes.
    pub fn publish(&mut self) -> Result<u64, SetError> {
        if self.schema.is_growable() && !self.core.core().has_value() {
            return Err(SetError::Empty);
        }
        self.core.commit().map_err(|refused| {
            let reason = match refused.reason {
                Reason::Invalid(reason) => reason.to_string(),
                Reason::Kind(kind) => kind,
            };
            SetError::Unset { path: refused.path, reason }
        })
    }
}

impl Schema {
    /// The type of the part at a path: what values have that can be read or set there.
    ///
    /// # Errors
    ///
    /// [`PathError`] if it leads nowhere, as far as the schema can say, and for a range.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "tank.bin")]
    /// struct Tank {
    ///     levels: [f32; 3],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let _writer = TankWriter::create_at(&path)?;
    /// let file = commy::dynamic::open(&path)?;
    /// assert_eq!(file.schema().type_at("levels")?.to_string(), "[f32; 3]");
    /// assert_eq!(file.schema().type_at("levels[0]")?.to_string(), "f32");
    /// # Ok(())
    /// # }
    /// ```
    pub fn type_at(&self, path: &str) -> Result<Type<'_>, PathError> {
        let steps = parse(path)?;
        let root = &self.tree().root;
        find::check(root, Way::new(&steps))?;
        let mut way = Way::new(&steps);
        let mut ty = root;
        while let Some((step, behind)) = way.next() {
            (ty, way) = match ty {
                FormatType::Option { item, .. }
                | FormatType::Optional { item, .. }
                | FormatType::Box { item, .. } => (&**item, way),
                FormatType::Struct { fields, .. } => (&find::field(fields, step, way)?.ty, behind),
                _ if matches!(step, Step::Range(..)) => {
                    return Err(way.no_step("a range", "one part"));
                }
                FormatType::Array { item, .. }
                | FormatType::Vec { item, .. }
                | FormatType::FixedDeque { item, .. }
                | FormatType::List { item, .. }
                | FormatType::Deque { item, .. }
                | FormatType::Map { value: Some(item), .. } => (&**item, behind),
                FormatType::FixedMap { values, .. } => (&*values.item, behind),
                other => return Err(way.no_step(other, "the end of the path")),
            };
        }
        Ok(Type::new(self, ty, String::new()))
    }
}

/// Where a part is in a record.
struct Found<'s> {
    ty: &'s FormatType,
    at: usize,
    size: usize,
}

/// Goes the way to a part of a record, whose bytes say how many elements there are.
fn find<'s>(root: &'s FormatType, bytes: &[u8], way: Way<'_>) -> Result<Found<'s>, SetError> {
    let (mut ty, mut at, mut size, mut way) = (root, 0_u64, bytes.len() as u64, way);
    let length = |at: u64, size: u64| {
        let stored = bytes.get(usize_of(at)..).unwrap_or_default();
        length_in(stored.get(..usize_of(size)).unwrap_or(stored))
    };
    while let Some((step, behind)) = way.next() {
        match ty {
            FormatType::Struct { fields, .. } => {
                let field = find::field(fields, step, way)?;
                (ty, at, size) = (&field.ty, at.saturating_add(field.offset), field.size);
            }
            FormatType::Option { tag, data, item } => {
                if length(at.saturating_add(*tag), 8) != 1 {
                    return Err(way.no_step("none", "nothing: set all of it").into());
                }
                (ty, at, size) = (item, at.saturating_add(*data), item.bytes());
                continue;
            }
            FormatType::Array { .. } | FormatType::Vec { .. } | FormatType::FixedDeque { .. } => {
                if let Step::Range(..) = step {
                    return Err(way.no_step("several elements", "one, or all of them").into());
                }
                let (data, stride, item, cell) = match ty {
                    FormatType::Vec { len, data, stride, item, capacity } => {
                        let len = length(at, *len).min(*capacity);
                        (*data, *stride, item, way.range(step, len)?.start)
                    }
                    FormatType::FixedDeque { head, len, data, stride, item, capacity } => {
                        let len = length(at.saturating_add(*head), *len).min(*capacity);
                        let index = way.range(step, len)?.start;
                        let cell = length(at, *head).saturating_add(index);
                        (*data, *stride, item, cell % (*capacity).max(1))
                    }
                    FormatType::Array { capacity, stride, item } => {
                        (0, *stride, item, way.range(step, *capacity)?.start)
                    }
                    other => return Err(unsettable(other, way)),
                };
                at = at.saturating_add(data).saturating_add(cell.saturating_mul(stride));
                (ty, size) = (item, stride);
            }
            other => return Err(unsettable(other, way)),
        }
        way = behind;
    }
    // A hostile schema was refused when it was read; what is not within the record is nowhere.
    let (start, end) = (usize_of(at), usize_of(at.saturating_add(size)));
    match bytes.get(start..end) {
        Some(part) => Ok(Found { ty, at: start, size: part.len() }),
        None => Err(unsettable(ty, way)),
    }
}

fn unsettable(ty: &FormatType, way: Way<'_>) -> SetError {
    let reason = match ty {
        FormatType::FixedMap { .. } | FormatType::FixedSet { .. } => "it can be set as a whole",
        FormatType::Encoded { .. } => "only its program can serialize it",
        _ => "it grows, and only its program can write it",
    };
    SetError::Unsettable { path: way.path(), found: ty.to_string(), reason }
}

/// A refusal of the encoder, which knows the way from the value on.
fn refusal(path: &str, unfit: Unfit) -> SetError {
    let path = format!("{path}{}", unfit.path);
    let path = path.strip_prefix('.').unwrap_or(&path).to_owned();
    match unfit.why {
        Why::Value { found, expected } => SetError::Value { path, found, expected },
        Why::Type { found, reason } => SetError::Unsettable { path, found, reason },
    }
}

impl fmt::Debug for DynWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynWriter")
            .field("schema", &self.schema)
            .field("generation", &self.generation())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
