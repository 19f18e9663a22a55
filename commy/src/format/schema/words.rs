//! The words for what differs in two layouts.

use core::fmt;

use super::relation::{Change, Placed, Relation, relations};
use super::types::{Schema, Variant};
use crate::format::{RecordSpec, Shown};

/// More differences than this are not told.
const MAX_TOLD: usize = 1000;

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
    /// The one field of the file that has this type, and that the program does not have.
    similar: Option<String>,
}

/// Compares the schema text of a file with `spec`: what is of another type first, then what has only
/// moved. None if the text is not readable as a schema.
pub(crate) fn differences(schema: &[u8], spec: &RecordSpec) -> Vec<Difference> {
    let (Ok(file), Ok(program)) = (Schema::parse(schema), Schema::of(spec)) else {
        return Vec::new();
    };
    let relations = relations(&file, &program);
    let (moved, others): (Vec<_>, Vec<_>) =
        relations.iter().partition(|relation| relation.change == Change::Moved);
    let all = others.into_iter().chain(moved);
    all.filter_map(Difference::of).take(MAX_TOLD).collect()
}

impl Difference {
    /// What makes a reader refuse the file that accepts no other layout; `None` for a relation that
    /// does not, or whose parts have their own.
    fn of(relation: &Relation<'_>) -> Option<Self> {
        let Relation { path, file, program, change } = relation;
        let (mut found, mut expected) = (file.map(placed), program.map(placed));
        let mut similar = None;
        match *change {
            Change::Same | Change::Within | Change::Unit { .. } => return None,
            Change::Added { similar: Some(name) } => similar = Some(Shown(name).to_string()),
            Change::Renamed { was } => found = Some(format!("`{}`", Shown(was))),
            Change::VariantAdded(variant) => (found, expected) = (None, Some(told(variant))),
            Change::VariantRemoved(variant) => (found, expected) = (Some(told(variant)), None),
            Change::VariantRenumbered { file, program }
            | Change::VariantRenamed { file, program } => {
                (found, expected) = (Some(told(file)), Some(told(program)));
            }
            Change::Growable { file } => {
                (found, expected) = (Some(kind_of_record(file)), Some(kind_of_record(!file)));
            }
            // In words there is nothing to see: it is in the distances of what it holds.
            Change::Resized if found == expected => return None,
            _ => {}
        }
        Some(Self { field: path.to_string(), found, expected, similar })
    }

    /// The field: `points[].x`. Empty when the record itself differs.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What the file has, such as "f32 at offset 940"; `None` if it has no such field.
    #[must_use]
    pub fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// What the program expects; `None` if it has no such field.
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
            Some(expected) => write!(f, "this program expects {expected}")?,
            None => f.write_str("this program expects none")?,
        }
        match &self.similar {
            Some(name) => write!(f, " (renamed? the file has `{name}` of that type)"),
            None => Ok(()),
        }
    }
}

/// A type with its place, if it has one of its own.
fn placed(Placed { ty, offset }: Placed<'_>) -> String {
    match offset {
        Some(offset) => format!("{ty} at offset {offset}"),
        None => ty.to_string(),
    }
}

fn kind_of_record(is_growable: bool) -> String {
    let kind = if is_growable { "a growable record" } else { "a record of fixed size" };
    kind.to_owned()
}

fn told(variant: &Variant) -> String {
    format!("variant {} = {}", Shown(&variant.name), variant.number)
}

/// What a reader that accepts other layouts would do, or why it could not.
impl fmt::Display for Relation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.change {
            Change::Same => f.write_str("the same"),
            Change::Moved | Change::Resized => f.write_str("found by name"),
            Change::Within => f.write_str("differs within"),
            Change::Renamed { was } => write!(f, "called `{}` in the file", Shown(was)),
            Change::Widened => f.write_str("widens without loss"),
            Change::Narrowed => f.write_str("does not fit without loss"),
            Change::Grown { from, to } => write!(f, "fits: {from} in the file, {to} here"),
            Change::Shrunk { from, to } => {
                write!(f, "a longer value does not fit: {from} in the file, {to} here")
            }
            Change::Length { from, to } => {
                write!(f, "another length, {from} in the file, {to} here: use FixedVec")
            }
            Change::Added { similar: Some(name) } => {
                write!(f, "not in the file, which has `{}` of that type: renamed?", Shown(name))
            }
            Change::Added { .. } if self.is_optional() => f.write_str("not in the file: none"),
            Change::Added { .. } => f.write_str("not in the file: needs a default"),
            Change::Removed => f.write_str("ignored"),
            Change::VariantAdded(variant) => {
                write!(f, "{} is not in the file, and never found there", told(variant))
            }
            Change::VariantRemoved(variant) => {
                write!(f, "{} is not known here: such a value is invalid", told(variant))
            }
            Change::VariantRenumbered { file, program } => write!(
                f,
                "variant {} is {} in the file, {} here",
                Shown(&file.name),
                file.number,
                program.number
            ),
            Change::VariantRenamed { file, program } => write!(
                f,
                "{} is variant {} in the file, {} here",
                file.number,
                Shown(&file.name),
                Shown(&program.name)
            ),
            Change::Unit { file, program } => {
                write!(f, "unit {} in the file, {} here", Shown(file), Shown(program))
            }
            Change::Codec => f.write_str("another codec"),
            Change::Declared => f.write_str("another serialized type"),
            Change::Wrapped => f.write_str("is there: some"),
            Change::Growable { file: true } => f.write_str("growable in the file, fixed here"),
            Change::Growable { file: false } => f.write_str("fixed in the file, growable here"),
            Change::Type => f.write_str("another type"),
        }
    }
}
