//! Says in which fields two record layouts differ, from their canonical schema lines.

use core::fmt;
use std::path::{Path, PathBuf};

use commy_types::Fingerprint;

use super::shape::{Field, Kind, Shape};
use super::spec::RecordSpec;
use crate::error::Shown;

/// More differences than this are counted in the message and not told.
const SHOWN: usize = 3;

/// A file's record has another layout than the program expects.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{OpenError, create_reader};
///
/// mod yesterday {
///     #[commy::create_writer(filename = "weather.bin")]
///     pub struct Weather {
///         pub temperature: f32,
///     }
/// }
///
/// #[create_reader(filename = "weather.bin")]
/// struct Weather {
///     temperature: f64,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("weather.bin");
/// let _writer = yesterday::WeatherWriter::create_at(&path)?;
/// let Err(OpenError::SchemaMismatch(mismatch)) = WeatherReader::open_at(&path) else {
///     panic!("the layouts differ");
/// };
/// assert!(mismatch.to_string().ends_with(
///     "weather.bin`: field `temperature`: file has f32 at offset 0, \
///      this program expects f64 at offset 0",
/// ));
/// assert_eq!(mismatch.path(), path);
/// assert_ne!(mismatch.found(), mismatch.expected()); // two fingerprints
///
/// let difference = &mismatch.differences()[0];
/// assert_eq!(difference.field(), "temperature");
/// assert_eq!(difference.found(), Some("f32 at offset 0"));
/// assert_eq!(difference.expected(), Some("f64 at offset 0"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaMismatch {
    path: PathBuf,
    found: Fingerprint,
    expected: Fingerprint,
    differences: Vec<Difference>,
}

/// One field in which two layouts differ.
///
/// # Examples
///
/// ```
/// use commy::{Difference, SchemaMismatch};
///
/// /// The fields that a new version of the program has added.
/// fn added(mismatch: &SchemaMismatch) -> Vec<&str> {
///     let is_new = |difference: &&Difference| difference.found().is_none();
///     mismatch.differences().iter().filter(is_new).map(Difference::field).collect()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    field: String,
    found: Option<String>,
    expected: Option<String>,
}

impl SchemaMismatch {
    /// Compares the schema text of the file at `path` with `spec`.
    pub(crate) fn between(
        path: &Path,
        found: Fingerprint,
        schema: &[u8],
        spec: &RecordSpec,
    ) -> Self {
        let first_line = schema.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        let differences =
            match (Shape::parse(first_line), Shape::parse(spec.schema.line().as_bytes())) {
                (Some(file), Some(program)) => compare_roots(&file, &program),
                _ => Vec::new(),
            };
        Self { path: path.into(), found, expected: spec.fingerprint, differences }
    }

    /// The file.
    ///
    /// # Examples
    ///
    /// See [`SchemaMismatch`].
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The fingerprint of the record in the file.
    ///
    /// # Examples
    ///
    /// See [`SchemaMismatch`].
    #[must_use]
    pub const fn found(&self) -> Fingerprint {
        self.found
    }

    /// The fingerprint of the record that the program expects.
    ///
    /// # Examples
    ///
    /// See [`SchemaMismatch`].
    #[must_use]
    pub const fn expected(&self) -> Fingerprint {
        self.expected
    }

    /// The fields that differ: those of other types first, then those that have only moved.
    ///
    /// Empty when the text in the file is not readable as a schema.
    ///
    /// # Examples
    ///
    /// See [`SchemaMismatch`].
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

impl fmt::Display for SchemaMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schema mismatch in `{}`: ", self.path.display())?;
        if self.differences.is_empty() {
            let Self { found, expected, .. } = self;
            return write!(
                f,
                "file has fingerprint {found}, this program expects {expected}, and the schema \
                 text in the file does not say why"
            );
        }
        for (index, difference) in self.differences.iter().take(SHOWN).enumerate() {
            write!(f, "{}{difference}", if index == 0 { "" } else { "; " })?;
        }
        match self.differences.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl core::error::Error for SchemaMismatch {}

impl Difference {
    /// The field: `points[].x`. Empty when the record itself differs.
    ///
    /// # Examples
    ///
    /// See [`SchemaMismatch`].
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What the file has, such as "f32 at offset 940"; `None` if it has no such field.
    ///
    /// # Examples
    ///
    /// See [`SchemaMismatch`].
    #[must_use]
    pub fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// What the program expects; `None` if it has no such field.
    ///
    /// # Examples
    ///
    /// See [`SchemaMismatch`].
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str("record: ")?,
            field => write!(f, "field `{field}`: ")?,
        }
        match &self.found {
            Some(found) => write!(f, "file has {found}, ")?,
            None => f.write_str("file has none, ")?,
        }
        match &self.expected {
            Some(expected) => write!(f, "this program expects {expected}"),
            None => f.write_str("this program expects none"),
        }
    }
}

/// Collects differences; those that are a mere consequence of others come last.
#[derive(Default)]
struct Differences {
    types: Vec<Difference>,
    moves: Vec<Difference>,
}

fn compare_roots(file: &Shape, program: &Shape) -> Vec<Difference> {
    let mut differences = Differences::default();
    differences.shapes(String::new(), None, file, program);
    let Differences { mut types, moves } = differences;
    types.extend(moves);
    types
}

/// A type with its place, if it has one of its own.
fn placed(shape: &Shape, offset: Option<u64>) -> Option<String> {
    Some(match offset {
        Some(offset) => format!("{shape} at offset {offset}"),
        None => shape.to_string(),
    })
}

impl Differences {
    /// Compares two types at the same path; `offsets` are where they are in file and program.
    fn shapes(
        &mut self,
        field: String,
        offsets: Option<(u64, u64)>,
        file: &Shape,
        program: &Shape,
    ) {
        let before = self.types.len();
        match (&file.kind, &program.kind) {
            (Kind::Struct { fields: in_file, .. }, Kind::Struct { fields: in_program, .. }) => {
                self.fields(&field, in_file, in_program);
            }
            (Kind::Vec { capacity: a, item: x }, Kind::Vec { capacity: b, item: y })
            | (Kind::Array { capacity: a, item: x }, Kind::Array { capacity: b, item: y })
                if a == b =>
            {
                self.shapes(format!("{field}[]"), None, x, y);
            }
            (Kind::Option { item: x }, Kind::Option { item: y }) => {
                self.shapes(field.clone(), None, x, y);
            }
            (Kind::Enum { variants: a, repr: x }, Kind::Enum { variants: b, repr: y })
                if x == y =>
            {
                self.variants(&field, a, b);
            }
            _ => {}
        }
        let moved = offsets.is_some_and(|(file, program)| file != program);
        let (at_file, at_program) = offsets.unzip();
        let difference = || Difference {
            field: field.clone(),
            found: placed(file, at_file),
            expected: placed(program, at_program),
        };
        let explained = self.types.len() > before;
        if explained || (file == program && !moved) {
            return;
        }
        // What is equal in words differs in something the words leave out, such as the offsets of
        // a nested struct's fields; those are told by their own entries.
        if file.to_string() == program.to_string() {
            if moved {
                self.moves.push(difference());
            }
        } else {
            self.types.push(difference());
        }
    }

    fn fields(&mut self, path: &str, file: &[Field], program: &[Field]) {
        let full = |name: &str| match path {
            "" => Shown(name).to_string(),
            _ => format!("{path}.{}", Shown(name)),
        };
        for expected in program {
            match file.iter().find(|found| found.name == expected.name) {
                Some(found) => {
                    let offsets = Some((found.offset, expected.offset));
                    self.shapes(full(&expected.name), offsets, &found.shape, &expected.shape);
                }
                None => self.types.push(Difference {
                    field: full(&expected.name),
                    found: None,
                    expected: placed(&expected.shape, Some(expected.offset)),
                }),
            }
        }
        for found in file {
            if !program.iter().any(|expected| expected.name == found.name) {
                self.types.push(Difference {
                    field: full(&found.name),
                    found: placed(&found.shape, Some(found.offset)),
                    expected: None,
                });
            }
        }
    }

    fn variants(&mut self, field: &str, file: &[(String, i64)], program: &[(String, i64)]) {
        let told = |name: &str, number: i64| format!("variant {} = {number}", Shown(name));
        let lookup = |list: &[(String, i64)], name: &str| {
            list.iter().find(|(other, _)| other == name).map(|(_, number)| *number)
        };
        let names =
            program.iter().chain(file.iter().filter(|(name, _)| lookup(program, name).is_none()));
        for (name, _) in names {
            let (found, expected) = (lookup(file, name), lookup(program, name));
            if found != expected {
                self.types.push(Difference {
                    field: field.into(),
                    found: found.map(|number| told(name, number)),
                    expected: expected.map(|number| told(name, number)),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use commy_types::schema::{FieldSchema, TypeSchema};

    use super::*;

    const F32: TypeSchema = TypeSchema::Scalar { name: "f32" };
    const F64: TypeSchema = TypeSchema::Scalar { name: "f64" };
    const BOOL: TypeSchema = TypeSchema::Scalar { name: "bool" };

    const fn field(
        name: &'static str,
        offset: usize,
        size: usize,
        ty: &'static TypeSchema,
    ) -> FieldSchema {
        FieldSchema { name, offset, size, ty }
    }

    fn leak(size: usize, align: usize, fields: &[FieldSchema]) -> &'static TypeSchema {
        let fields = Box::leak(fields.to_vec().into_boxed_slice());
        Box::leak(Box::new(TypeSchema::Struct { size, align, fields }))
    }

    fn compare(file: &TypeSchema, program: &'static TypeSchema) -> SchemaMismatch {
        let spec = RecordSpec {
            schema: program,
            fingerprint: Fingerprint(2),
            size: 0,
            align: 1,
            name: "",
            package: "",
            package_version: "",
            notes: &[],
            notes_within: &[],
        };
        let text = format!("{}{{}}\n", file.line());
        SchemaMismatch::between(Path::new("x"), Fingerprint(1), text.as_bytes(), &spec)
    }

    #[test]
    fn a_field_of_another_type_is_named_with_both_types_and_offsets() {
        let file = leak(948, 4, &[field("temperature", 940, 4, &F32)]);
        let program = leak(952, 8, &[field("temperature", 944, 8, &F64)]);
        assert_eq!(
            compare(file, program).to_string(),
            "schema mismatch in `x`: field `temperature`: file has f32 at offset 940, \
             this program expects f64 at offset 944",
        );
    }

    #[test]
    fn missing_and_extra_fields_come_before_fields_that_only_moved() {
        let file = leak(24, 8, &[field("a", 0, 8, &F64), field("old", 8, 8, &F64)]);
        let program = leak(24, 8, &[field("new", 0, 1, &BOOL), field("a", 8, 8, &F64)]);
        let mismatch = compare(file, program);
        let told: Vec<String> = mismatch.differences().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "field `new`: file has none, this program expects bool at offset 0",
                "field `old`: file has f64 at offset 8, this program expects none",
                "field `a`: file has f64 at offset 0, this program expects f64 at offset 8",
            ]
        );
        assert_eq!(mismatch.differences()[0].field(), "new");
        assert_eq!(mismatch.differences()[0].found(), None);
        assert_eq!(mismatch.differences()[1].found(), Some("f64 at offset 8"));
    }

    #[test]
    fn capacities_variants_and_nested_fields_are_told_in_words() {
        const SHORT: TypeSchema = TypeSchema::String { capacity: 32 };
        const LONG: TypeSchema = TypeSchema::String { capacity: 64 };
        const OLD: TypeSchema =
            TypeSchema::Enum { repr: "u8", variants: &[("Idle", 0), ("Auto", 1), ("Gone", 2)] };
        const NEW: TypeSchema =
            TypeSchema::Enum { repr: "u8", variants: &[("Idle", 0), ("Auto", 3)] };
        let points = |x: &'static TypeSchema| -> &'static TypeSchema {
            let item = leak(16, 8, &[field("x", 8, 8, x)]);
            Box::leak(Box::new(TypeSchema::Array { capacity: 4, stride: 16, item }))
        };
        let record = |name, mode, x| {
            leak(
                200,
                8,
                &[
                    field("name", 0, 72, name),
                    field("mode", 72, 1, mode),
                    field("points", 80, 64, points(x)),
                ],
            )
        };
        let mismatch = compare(record(&SHORT, &OLD, &F32), record(&LONG, &NEW, &F64));
        let told: Vec<String> = mismatch.differences().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "field `name`: file has string of up to 32 bytes at offset 0, \
                 this program expects string of up to 64 bytes at offset 0",
                "field `mode`: file has variant Auto = 1, this program expects variant Auto = 3",
                "field `mode`: file has variant Gone = 2, this program expects none",
                "field `points[].x`: file has f32 at offset 8, \
                 this program expects f64 at offset 8",
            ]
        );
        assert!(mismatch.to_string().ends_with("; and 1 more"));
    }

    #[test]
    fn records_that_are_no_structs_are_compared_as_a_whole() {
        assert_eq!(
            compare(&F32, &F64).to_string(),
            "schema mismatch in `x`: record: file has f32, this program expects f64",
        );
        let aligned = compare(leak(16, 16, &[]), leak(16, 8, &[]));
        assert_eq!(aligned.differences().len(), 1);
    }

    #[test]
    fn text_that_is_no_schema_gives_fingerprints_and_no_differences() {
        let deep = [b"{\"type\":".repeat(5000), b"\n".to_vec()].concat();
        let texts: [&[u8]; 7] =
            [b"", b"\n", b"[]\n", b"{}\n", b"\xff\xfe\n", b"{\"kind\":\"vec\"}\n", &deep];
        for text in texts {
            let spec = RecordSpec {
                schema: &F64,
                fingerprint: Fingerprint(2),
                size: 8,
                align: 8,
                name: "",
                package: "",
                package_version: "",
                notes: &[],
                notes_within: &[],
            };
            let mismatch = SchemaMismatch::between(Path::new("x"), Fingerprint(1), text, &spec);
            assert!(mismatch.differences().is_empty());
            assert!(mismatch.to_string().contains("fingerprint 00000000000000000000000000000001"));
        }
    }

    #[test]
    fn names_from_the_file_are_escaped() {
        let file = leak(8, 8, &[field("a\n\x1b[31m", 0, 8, &F64)]);
        let told = compare(file, leak(8, 8, &[])).to_string();
        assert!(told.contains("`a\\n\\u{1b}[31m`"), "{told}");
    }
}
