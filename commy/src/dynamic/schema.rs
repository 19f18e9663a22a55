//! What a file says of its record, for programs that do not have the struct.

use core::fmt;
use std::sync::Arc;

use commy_types::Fingerprint;

use super::kind::{Kind, Type};
use crate::format::FormatError;
use crate::format::schema::{self as format, Field as FormatField};

/// The schema of a record: names, offsets, sizes, kinds, and what is noted for people.
///
/// It is checked: every part lies within what holds it. `Display` writes one line per field.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
/// use commy::dynamic::Schema;
///
/// #[create_writer(filename = "weather.bin")]
/// struct Weather {
///     /// Outside air.
///     #[commy(unit = "degC")]
///     temperature: f64,
///     gusts: [f32; 3],
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("weather.bin");
/// let _writer = WeatherWriter::create_at(&path)?;
/// let file = commy::dynamic::open(&path)?;
/// let schema = file.schema();
/// assert_eq!((schema.name(), schema.size()), ("Weather", 24));
/// let field = schema.field("temperature").unwrap();
/// assert_eq!((field.offset(), field.size(), field.unit()), (0, 8, "degC"));
/// assert_eq!(field.doc(), "Outside air.");
/// assert_eq!(schema.field("gusts").unwrap().ty().to_string(), "[f32; 3]");
///
/// // Also of a text that was kept somewhere.
/// assert_eq!(&Schema::parse(schema.text())?, schema);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Schema {
    inner: Arc<Inner>,
}

struct Inner {
    tree: format::Schema,
    text: Vec<u8>,
    fingerprint: Fingerprint,
}

/// Why a text is no schema.
///
/// # Examples
///
/// ```
/// let refused = commy::dynamic::Schema::parse("{}").unwrap_err();
/// assert!(refused.to_string().starts_with("no schema text"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no schema text: {what} is {found}, expected {expected}")]
#[non_exhaustive]
pub struct SchemaError {
    /// What is wrong.
    pub what: &'static str,
    /// What was found, or where in the text: in bytes.
    pub found: u64,
    /// What would be right.
    pub expected: Box<str>,
}

impl Schema {
    /// Reads a schema text: both lines of it, or the first alone.
    ///
    /// The text may be anything. Memory and time are bounded by its length, and its depth by 128.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] for a first line that is no schema, or speaks of parts that are not within what
    /// holds them. Notes that cannot be read say nothing.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, SchemaError> {
        let text = text.as_ref();
        let tree = format::Schema::parse(text).map_err(|error| match error {
            FormatError::Corrupt { what, found, expected, .. } => {
                SchemaError { what, found, expected }
            }
            _ => SchemaError { what: "it", found: 0, expected: "a line of JSON".into() },
        })?;
        Ok(Self::new(tree, text.to_vec()))
    }

    pub(super) fn new(tree: format::Schema, text: Vec<u8>) -> Self {
        let line = text.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        let fingerprint = Fingerprint::of_text(line);
        Self { inner: Arc::new(Inner { tree, text, fingerprint }) }
    }

    pub(super) fn tree(&self) -> &format::Schema {
        &self.inner.tree
    }

    /// The name of the struct, as its notes have it; empty if they do not say.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.tree().notes.name
    }

    /// The package of the program that has made the file; empty if the notes do not say.
    #[must_use]
    pub fn package(&self) -> &str {
        &self.tree().notes.package
    }

    /// The release of that package; empty if the notes do not say.
    #[must_use]
    pub fn package_version(&self) -> &str {
        &self.tree().notes.version
    }

    /// The hash of the first line of the text, by which two programs know that they agree.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.inner.fingerprint
    }

    /// Whether the record grows: its fields are cells, which lead to a heap behind the slots.
    #[must_use]
    pub fn is_growable(&self) -> bool {
        self.tree().is_growable
    }

    /// The bytes of the record.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree().root.bytes()
    }

    /// The type of the record: almost always a struct.
    #[must_use]
    pub fn root(&self) -> Type<'_> {
        Type::new(self, &self.tree().root, String::new())
    }

    /// The fields of the record, in order; none of a record that is no struct.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        let fields = match &self.tree().root {
            format::Type::Struct { fields, .. } => fields.as_slice(),
            _ => &[],
        };
        fields.iter().map(|field| Field::new(self, field, ""))
    }

    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field<'_>> {
        self.fields().find(|field| field.name() == name)
    }

    /// The text, as it stands in the file. Everything in it is somebody's: escape it before it is shown.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.inner.text
    }
}

impl PartialEq for Schema {
    /// Whether both have the same fields, and say the same of them.
    fn eq(&self, other: &Self) -> bool {
        self.tree() == other.tree()
    }
}

impl Eq for Schema {}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema")
            .field("name", &self.name())
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = self.fields().peekable();
        if fields.peek().is_none() {
            return write!(f, "{}", self.root());
        }
        let width = self.fields().map(|field| shown(field.name()).chars().count()).max();
        let width = width.unwrap_or(0).min(24);
        while let Some(field) = fields.next() {
            let name = shown(field.name());
            let (offset, size, ty) = (field.offset(), field.size(), field.ty());
            write!(f, "{offset:>6} {size:>6}  {name:<width$}  {ty}")?;
            if !field.unit().is_empty() {
                write!(f, "  {}", shown(field.unit()))?;
            }
            if !field.doc().is_empty() {
                write!(f, "  // {}", shown(field.doc()))?;
            }
            if fields.peek().is_some() {
                f.write_str("\n")?;
            }
        }
        Ok(())
    }
}

/// Text of a file, as it may be shown.
pub(super) fn shown(text: &str) -> String {
    crate::format::Shown(text).to_string()
}

/// A field of a record, or of a struct or variant in it.
#[derive(Clone)]
pub struct Field<'a> {
    schema: &'a Schema,
    field: &'a FormatField,
    /// The way to it, by which the notes call it.
    path: String,
}

impl<'a> Field<'a> {
    pub(super) fn new(schema: &'a Schema, field: &'a FormatField, within: &str) -> Self {
        let path = match within {
            "" => field.name.clone(),
            within => format!("{within}.{}", field.name),
        };
        Self { schema, field, path }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.field.name
    }

    /// The way to it from the record, without indices: `points.x`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where it is, in bytes from the start of what it is a field of.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.field.offset
    }

    /// The bytes that it takes there. What grows leads to more of them.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.field.size
    }

    /// Its type.
    #[must_use]
    pub fn ty(&self) -> Type<'a> {
        Type::new(self.schema, &self.field.ty, self.path.clone())
    }

    /// The same as [`ty`](Self::ty), to be matched.
    #[must_use]
    pub fn kind(&self) -> Kind<'a> {
        self.ty().kind()
    }

    /// The unit of its values; empty if there is none.
    #[must_use]
    pub fn unit(&self) -> &'a str {
        self.schema.tree().notes.field(&self.path).map_or("", |notes| notes.unit.as_str())
    }

    /// The first line of its documentation; empty if there is none.
    #[must_use]
    pub fn doc(&self) -> &'a str {
        self.schema.tree().notes.field(&self.path).map_or("", |notes| notes.doc.as_str())
    }
}

impl PartialEq for Field<'_> {
    /// Whether both have one name, place and type, whatever is noted about them.
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field")
            .field("path", &self.path)
            .field("offset", &self.offset())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
