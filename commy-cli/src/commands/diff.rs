//! `diff`: how the fields of two files, or of two stored schemas, relate; and which values differ.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use anstyle::Style;
use commy::dynamic::{self, DynReader, FieldVerdict, Fit, Schema, Value};
use commy::{OpenError, ReadError};
use serde::Serialize;

use super::get::patiently;
use crate::cli::Diff;
use crate::exit::{Exit, Failure};
use crate::output::escape::{Escaped, path_text, shortened};
use crate::output::table::{Align, Cell, Table};
use crate::output::{BAD, GOOD, NAME, ODD, Output};

/// Longer texts are no schema of a record that anybody has.
const MAX_TEXT: u64 = 64 << 20;
/// More values that differ are counted, and not shown.
const MAX_SHOWN: usize = 100;

pub(crate) fn run(asked: &Diff, output: &mut Output) -> Result<Exit, Failure> {
    let (first, second) = (Side::of(&asked.first)?, Side::of(&asked.second)?);
    let fields = first.schema.compare(&second.schema);
    let mut values = Values::default();
    if !asked.schema {
        // Before anything is printed: a file that cannot be read has no answer.
        let (a, b) = (first.values()?, second.values()?);
        if let (Some(a), Some(b)) = (&a, &b) {
            values.compare_fields(a, b, &fields);
        }
    }
    let found = Found { first: &first, second: &second, fields, values };
    if output.is_json {
        output.json(&found.object())?;
    } else {
        found.print(output)?;
    }
    Ok(if found.is_same() { Exit::Yes } else { Exit::No })
}

/// One of the two.
struct Side<'a> {
    path: &'a Path,
    schema: Schema,
    /// `None` for a text.
    file: Option<DynReader>,
}

impl<'a> Side<'a> {
    fn of(path: &'a Path) -> Result<Self, Failure> {
        match dynamic::open(path) {
            Ok(file) => Ok(Self { path, schema: file.schema().clone(), file: Some(file) }),
            Err(OpenError::NotCommy { .. }) => {
                Ok(Self { path, schema: schema_of_text(path)?, file: None })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// All fields, if anything was published.
    fn values(&self) -> Result<Option<Value>, Failure> {
        let Some(file) = &self.file else { return Ok(None) };
        match patiently(|| Ok(file.snapshot()?)) {
            Ok(snapshot) => Ok(Some(snapshot.to_value())),
            Err(dynamic::GetError::Read(ReadError::Empty | ReadError::NeedsWriter)) => Ok(None),
            Err(error) => Err(Failure::get(self.path, &error)),
        }
    }
}

/// A schema text, as `inspect --schema` prints it.
fn schema_of_text(path: &Path) -> Result<Schema, Failure> {
    let told = path_text(path);
    let mut text = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(MAX_TEXT).read_to_end(&mut text));
    read.map_err(|error| {
        let kind = if error.kind() == ErrorKind::PermissionDenied { "permission" } else { "io" };
        Failure::new(Exit::Unreadable, kind, format_args!("cannot read `{told}`: {error}"))
    })?;
    Schema::parse(&text).map_err(|error| {
        let text = format!("`{told}` is neither a commy file nor a stored schema: {error}");
        Failure::new(Exit::Unreadable, "not_commy", text)
            .with_hint("store one with `commy inspect --schema FILE > schema.json`")
    })
}

/// Values that differ where both have the same field.
#[derive(Default)]
struct Values {
    shown: Vec<(String, String, String)>,
    /// How many there are, those shown included.
    count: usize,
    /// How many of the fields that both have are equal.
    equal: usize,
}

impl Values {
    fn compare_fields(&mut self, first: &Value, second: &Value, fields: &[FieldVerdict]) {
        let is_other = |name: &str| {
            fields
                .iter()
                .any(|field| outermost(field.path()) == name && field.fit() == Fit::Incompatible)
        };
        for (name, a) in first.as_struct().unwrap_or_default() {
            if let Some(b) = second.field(name).filter(|_| !is_other(name)) {
                let before = self.count;
                self.compare(name.to_string(), a, b);
                self.equal += usize::from(self.count == before);
            }
        }
    }

    /// Goes as deep as both are structs, or lists of one length.
    fn compare(&mut self, path: String, first: &Value, second: &Value) {
        match (first, second) {
            (Value::Struct(a), Value::Struct(_))
                if a.iter().all(|(name, _)| second.field(name).is_some()) =>
            {
                for (name, a) in a {
                    if let Some(b) = second.field(name) {
                        self.compare(format!("{path}.{name}"), a, b);
                    }
                }
            }
            (Value::List(a), Value::List(b)) if a.len() == b.len() => {
                for (index, (a, b)) in a.iter().zip(b).enumerate() {
                    self.compare(format!("{path}[{index}]"), a, b);
                }
            }
            (Value::Maybe(Some(a)), Value::Maybe(Some(b))) => self.compare(path, a, b),
            _ if is_equal(first, second) => {}
            _ => {
                self.count += 1;
                if self.shown.len() < MAX_SHOWN {
                    self.shown.push((path, shortened(first, 60), shortened(second, 60)));
                }
            }
        }
    }
}

/// Whether two values are the same: a number that was widened included, and one that is none.
fn is_equal(first: &Value, second: &Value) -> bool {
    if first == second {
        return true;
    }
    match (first, second) {
        (Value::F64(a), Value::F64(b)) => a.to_bits() == b.to_bits(),
        (Value::F32(a), Value::F32(b)) => a.to_bits() == b.to_bits(),
        (Value::F32(a), Value::F64(b)) | (Value::F64(b), Value::F32(a)) => {
            f64::from(*a).to_bits() == b.to_bits()
        }
        _ => {
            first.as_i128().is_some_and(|a| second.as_i128() == Some(a))
                && is_number(first)
                && is_number(second)
        }
    }
}

const fn is_number(value: &Value) -> bool {
    matches!(value, Value::U64(_) | Value::I64(_) | Value::U128(_) | Value::I128(_))
}

/// The name of the field of the record that a path is in.
fn outermost(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// The sign in front of a field.
fn sign(field: &FieldVerdict) -> (&'static str, Style) {
    match (field.fit(), field.first(), field.second()) {
        (Fit::Same, ..) => ("=", Style::new()),
        (Fit::Incompatible, ..) => ("!", BAD),
        (_, None, _) => ("+", GOOD),
        (_, _, None) => ("-", ODD),
        _ => ("~", ODD),
    }
}

struct Found<'a> {
    first: &'a Side<'a>,
    second: &'a Side<'a>,
    fields: Vec<FieldVerdict>,
    values: Values,
}

impl Found<'_> {
    fn is_same(&self) -> bool {
        self.values.count == 0 && self.fields.iter().all(|field| field.fit() == Fit::Same)
    }

    /// The fields of the record that are the same, with all that is in them.
    fn same(&self) -> Vec<&str> {
        let same = self.fields.iter().filter(|field| field.fit() == Fit::Same);
        let whole = same
            .filter(|field| !field.path().is_empty() && outermost(field.path()) == field.path());
        whole.map(FieldVerdict::path).collect()
    }

    fn differing(&self) -> impl Iterator<Item = &FieldVerdict> {
        self.fields.iter().filter(|field| field.fit() != Fit::Same)
    }

    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        for (what, side) in [("file", self.first), ("here", self.second)] {
            let name = Escaped(side.schema.name()).to_string();
            let fingerprint = format!("{:032x}", side.schema.fingerprint().0);
            let start = fingerprint.get(..8).unwrap_or_default();
            let path = path_text(side.path);
            output.line_in(NAME, format_args!("{what}  {path}  {name}  {start}…"))?;
        }
        let same = self.same();
        if !same.is_empty() {
            let fields = match same.len() {
                1 => "1 field matches".to_owned(),
                count => format!("{count} fields match"),
            };
            output.line(format_args!("  =  {}  ({fields})", same.join(", ")))?;
        }
        let (left, mut table) = (Align::Left, None);
        for field in self.differing() {
            let table = table.get_or_insert_with(|| {
                Table::new([
                    ("", left),
                    ("field", left),
                    ("in the file", left),
                    ("here", left),
                    ("verdict", left),
                ])
            });
            let (sign, style) = sign(field);
            let path = if field.path().is_empty() { "the record" } else { field.path() };
            let incompatible =
                if field.fit() == Fit::Incompatible { ": NOT COMPATIBLE" } else { "" };
            table.row([
                Cell::new(format!("  {sign}"), style),
                Cell::new(path, NAME),
                field.first().unwrap_or("-").into(),
                field.second().unwrap_or("-").into(),
                Cell::new(format!("{field}{incompatible}"), style),
            ]);
        }
        if let Some(table) = table {
            table.print(output)?;
        }
        self.print_values(output)?;
        let worst = self.fields.iter().map(FieldVerdict::fit).max().unwrap_or(Fit::Same);
        output.line(match (worst, self.values.count) {
            (Fit::Same, 0) => "the same",
            (Fit::Same, _) => "the same schema, and other values",
            (Fit::Reads, _) => "a program that accepts other layouts reads such files",
            (Fit::NeedsDefault, _) => "a program that accepts other layouts needs defaults",
            (Fit::MayNotFit, _) => "not each value of the file has room here",
            _ => "NOT COMPATIBLE",
        })?;
        Ok(())
    }

    fn print_values(&self, output: &mut Output) -> Result<(), Failure> {
        if self.values.count == 0 {
            return Ok(());
        }
        let left = Align::Left;
        let mut table = Table::new([("value of", left), ("in the file", left), ("here", left)]);
        for (path, first, second) in &self.values.shown {
            table.row([
                Cell::new(Escaped(path).to_string(), NAME),
                first.as_str().into(),
                second.as_str().into(),
            ]);
        }
        table.print(output)?;
        let more = self.values.count - self.values.shown.len();
        if more > 0 {
            output.line(format_args!("and {more} more values"))?;
        }
        Ok(())
    }

    fn object(&self) -> Object<'_> {
        let field = |field: &FieldVerdict| FieldObject {
            path: field.path().to_owned(),
            sign: sign(field).0,
            first: field.first().map(str::to_owned),
            second: field.second().map(str::to_owned),
            fit: match field.fit() {
                Fit::Same => "same",
                Fit::Reads => "reads",
                Fit::NeedsDefault => "needs_default",
                Fit::MayNotFit => "may_not_fit",
                _ => "incompatible",
            },
            verdict: field.to_string(),
        };
        let value = |(path, first, second): &(String, String, String)| ValueObject {
            path: path.clone(),
            first: first.clone(),
            second: second.clone(),
        };
        Object {
            first: SideObject::of(self.first),
            second: SideObject::of(self.second),
            same: self.is_same(),
            fields: self.fields.iter().map(field).collect(),
            values: self.values.shown.iter().map(value).collect(),
            values_differing: self.values.count,
            values_equal: self.values.equal,
        }
    }
}

#[derive(Serialize)]
struct Object<'a> {
    first: SideObject<'a>,
    second: SideObject<'a>,
    same: bool,
    fields: Vec<FieldObject>,
    /// As people read them; the first ones if there are many.
    values: Vec<ValueObject>,
    values_differing: usize,
    /// Fields of the record that both have with equal values.
    values_equal: usize,
}

#[derive(Serialize)]
struct SideObject<'a> {
    file: String,
    name: &'a str,
    fingerprint: String,
    has_values: bool,
}

impl<'a> SideObject<'a> {
    fn of(side: &'a Side<'a>) -> Self {
        Self {
            file: side.path.to_string_lossy().into_owned(),
            name: side.schema.name(),
            fingerprint: format!("{:032x}", side.schema.fingerprint().0),
            has_values: side.file.as_ref().is_some_and(|file| file.generation() > 0),
        }
    }
}

#[derive(Serialize)]
struct FieldObject {
    path: String,
    sign: &'static str,
    first: Option<String>,
    second: Option<String>,
    fit: &'static str,
    verdict: String,
}

#[derive(Serialize)]
struct ValueObject {
    path: String,
    first: String,
    second: String,
}
