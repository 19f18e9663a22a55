//! `set`: other values for some fields, all in one publish.

use std::io::{Read as _, stdin};
use std::path::Path;

use commy::dynamic::{DynWriter, Kind, SetError, Type, Value};
use commy::{CreateError, OpenError};
use serde::Serialize;

use super::given;
use crate::cli::Set;
use crate::exit::{Exit, Failure, chain};
use crate::output::escape::path_text;
use crate::output::{NAME, Output, units};

/// Longer input is no value of a record that anybody has.
const MAX_INPUT: u64 = 256 << 20;

pub(crate) fn run(asked: &Set, output: &mut Output) -> Result<Exit, Failure> {
    // All that is wrong with the arguments comes before the file is touched.
    let given = Given::of(asked)?;
    let mut writer = DynWriter::open(&asked.file).map_err(refused)?;
    let mut set = Vec::new();
    for (path, value) in given.values {
        let value = match value {
            Wanted::Text(text) => {
                let ty = writer.schema().type_at(&path);
                let ty = ty.map_err(|error| Failure::path(&asked.file, &error))?;
                of_text(&ty, &path, &text)?
            }
            Wanted::Value(value) => value,
        };
        writer.set(&path, &value).map_err(|error| not_set(&asked.file, &error))?;
        set.push(path);
    }
    let generation = writer.publish().map_err(|error| not_set(&asked.file, &error))?;
    if output.is_json {
        let file = asked.file.to_string_lossy().into_owned();
        output.json(&Object { file, generation, set })?;
    } else {
        let path = path_text(&asked.file);
        let generation = units::grouped(generation);
        output.line_in(NAME, format_args!("{path}: generation {generation}"))?;
    }
    Ok(Exit::Yes)
}

#[derive(Serialize)]
struct Object {
    file: String,
    generation: u64,
    set: Vec<String>,
}

/// What is to be set, in this order.
struct Given {
    values: Vec<(String, Wanted)>,
}

enum Wanted {
    /// To be read as what the field is.
    Text(String),
    Value(Value),
}

impl Given {
    fn of(asked: &Set) -> Result<Self, Failure> {
        let mut values = Vec::new();
        if asked.reads_stdin() {
            values.extend(of_input()?);
        }
        for assignment in asked.values.iter().filter(|text| *text != "-") {
            let Some((path, text)) = split(assignment) else {
                let text = format!("expected `path=value`, found `{assignment}`");
                return Err(Failure::usage(text).with_hint("as in `temperature=21.5`"));
            };
            values.push((path.to_owned(), Wanted::Text(text.to_owned())));
        }
        if values.is_empty() {
            return Err(Failure::usage("nothing to set")
                .with_hint("name a path and its value, as in `temperature=21.5`"));
        }
        Ok(Self { values })
    }
}

/// Path and value, at the first `=` that is in no key of a path.
fn split(assignment: &str) -> Option<(&str, &str)> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, char) in assignment.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '=' if !is_quoted => return Some((assignment.get(..at)?, assignment.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

/// The members of an object of JSON on the standard input, by their paths.
fn of_input() -> Result<Vec<(String, Wanted)>, Failure> {
    let mut text = String::new();
    stdin().take(MAX_INPUT).read_to_string(&mut text).map_err(|error| {
        Failure::usage(format_args!("cannot read the values from the input: {error}"))
    })?;
    let hint = "give an object of paths and values: {\"temperature\": 21.5}";
    match given::parse(&text) {
        Ok(Value::Struct(members)) => Ok(members
            .into_iter()
            .map(|(path, value)| (path.to_string(), Wanted::Value(value)))
            .collect()),
        Ok(_) => Err(Failure::usage("the input is no object of JSON").with_hint(hint)),
        Err(error) => {
            Err(Failure::usage(format_args!("the input is no JSON: {error}")).with_hint(hint))
        }
    }
}

/// Reads text as a value of a type: bare where that is one word, else JSON.
fn of_text(ty: &Type<'_>, path: &str, text: &str) -> Result<Value, Failure> {
    match ty.kind() {
        Kind::FixedOptional { .. } | Kind::Serialized { .. }
            if text == "none" || text == "null" =>
        {
            Ok(Value::Null)
        }
        Kind::FixedOptional { item } => of_text(&item, path, text),
        Kind::Primitive { .. } | Kind::FixedText { .. } | Kind::Enum { .. } | Kind::Pod { .. } => {
            Ok(Value::Str(text.into()))
        }
        Kind::FixedList { .. } | Kind::Array { .. } | Kind::FixedRing { .. }
            if text.starts_with("0x") =>
        {
            Ok(Value::Str(text.into()))
        }
        Kind::FixedList { .. }
        | Kind::Array { .. }
        | Kind::FixedRing { .. }
        | Kind::FixedTable { .. }
        | Kind::FixedSorted { .. }
        | Kind::Struct { .. } => given::parse(text).map_err(|error| {
            let text = format!("`{path}` is {ty}, and `{text}` is no JSON: {error}");
            Failure::new(Exit::Usage, "no_value", text)
                .with_hint("as in `[1, 2]` or `{\"x\": 0.5}`, in quotes of the shell")
        }),
        // Refused by its type, whatever it is.
        _ => Ok(Value::Str(text.into())),
    }
}

/// A part was not set, so nothing is.
fn not_set(path: &Path, error: &SetError) -> Failure {
    let told = format!("`{}`: {error}", path_text(path));
    match error {
        SetError::Path(error) => Failure::path(path, error),
        SetError::Value { .. } => Failure::new(Exit::Usage, "no_value", told),
        SetError::Unset { .. } => Failure::new(Exit::No, "unset", told)
            .with_hint("set that field, too: all goes into the same publish"),
        SetError::Empty => {
            Failure::new(Exit::NothingYet, "empty", told).with_hint("start its program first")
        }
        _ => Failure::new(Exit::No, "unsettable", told)
            .with_hint("let the program that has the type change it"),
    }
}

/// This cannot be the writer of the file.
fn refused(error: CreateError) -> Failure {
    match error {
        CreateError::Unusable(error) => error.into(),
        CreateError::WriterBusy { .. } => Failure::new(Exit::No, "writer_busy", &error)
            .with_hint("stop that one first, or let it change the value"),
        CreateError::Permission { .. } | CreateError::NotOwner { .. } => {
            Failure::new(Exit::Unreadable, "permission", chain(&error))
                .with_hint("run this as the user who owns the file")
        }
        CreateError::SchemaMismatch(mismatch) => OpenError::SchemaMismatch(mismatch).into(),
        CreateError::Invalid { .. } => Failure::new(Exit::Unreadable, "invalid", chain(&error))
            .with_hint("see with `commy check` what else is wrong"),
        error => Failure::new(Exit::Unreadable, "io", chain(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_have_an_equals_sign_in_its_key() {
        assert_eq!(split("a=b=c"), Some(("a", "b=c")));
        assert_eq!(split("quotes[\"a=\\\"b\"].bid=1"), Some(("quotes[\"a=\\\"b\"].bid", "1")));
        assert_eq!(split("name="), Some(("name", "")));
        assert_eq!(split("name"), None);
        assert_eq!(split("quotes[\"a=b"), None);
    }
}
