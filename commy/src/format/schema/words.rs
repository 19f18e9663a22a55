//! Says in which fields two record layouts differ, from their canonical schema lines.

use core::fmt;

use super::shape::{Field, Kind, Shape};
use crate::format::{RecordSpec, Shown};

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

/// Compares the schema text of a file with `spec`: the fields of other types first, then those that
/// have only moved. None if the text is not readable as a schema.
pub(crate) fn differences(schema: &[u8], spec: &RecordSpec) -> Vec<Difference> {
    let first_line = schema.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    match (Shape::parse(first_line), Shape::parse(spec.schema.line().as_bytes())) {
        (Some(file), Some(program)) => compare_roots(&file, &program),
        _ => Vec::new(),
    }
}

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
