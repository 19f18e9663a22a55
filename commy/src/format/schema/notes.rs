//! The second line of a schema text: what is noted for people, and never part of the fingerprint.

use std::collections::BTreeMap;

use nojson::{RawJson, RawJsonValue as Value};

use super::json::{member, text};

/// What a schema says besides the layout, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Notes {
    /// The name of the struct.
    pub(crate) name: String,
    /// The package that has written the file, and its version.
    pub(crate) package: String,
    pub(crate) version: String,
    /// By their names: the fields of the record itself.
    pub(crate) fields: BTreeMap<String, FieldNotes>,
}

/// What is noted about a field; nothing is an empty text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FieldNotes {
    pub(crate) unit: String,
    pub(crate) doc: String,
    /// Names that it had earlier. Only a program says so, never the text.
    pub(crate) was: Vec<String>,
}

impl Notes {
    /// What is noted about the field of the record with this name.
    pub(crate) fn field(&self, name: &str) -> Option<&FieldNotes> {
        self.fields.get(name)
    }

    /// Reads a line, which may be anything.
    pub(super) fn parse(line: &[u8]) -> Self {
        let Some(line) = core::str::from_utf8(line).ok() else { return Self::default() };
        let Ok(json) = RawJson::parse(line) else { return Self::default() };
        let root = json.value();
        let of_writer = |key| text(member(root, "writer")?, key);
        let fields = member(root, "fields").and_then(|fields| fields.to_object().ok());
        Self {
            name: text(root, "name").unwrap_or_default(),
            package: of_writer("package").unwrap_or_default(),
            version: of_writer("version").unwrap_or_default(),
            fields: fields.into_iter().flatten().filter_map(FieldNotes::of).collect(),
        }
    }
}

impl FieldNotes {
    fn of((name, notes): (Value<'_, '_>, Value<'_, '_>)) -> Option<(String, Self)> {
        let name = name.to_unquoted_string_str().ok()?.into_owned();
        let notes = Self {
            unit: text(notes, "unit").unwrap_or_default(),
            doc: text(notes, "doc").unwrap_or_default(),
            was: Vec::new(),
        };
        Some((name, notes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_read_and_what_cannot_be_read_says_nothing() {
        let line = r#"{"name":"MyData","writer":{"package":"telemetry","version":"1.4.0"},
            "fields":{"temperature":{"unit":"degC","doc":"outside air"},"plain":{"doc":"x"}}}"#;
        let notes = Notes::parse(line.as_bytes());
        assert_eq!((notes.name.as_str(), notes.package.as_str()), ("MyData", "telemetry"));
        assert_eq!(notes.version, "1.4.0");
        let field = |name| notes.field(name).map(|notes| (notes.unit.as_str(), notes.doc.as_str()));
        assert_eq!(field("temperature"), Some(("degC", "outside air")));
        assert_eq!((field("plain"), field("other")), (Some(("", "x")), None));
        let deep = b"{\"fields\":".repeat(5000);
        let all: [&[u8]; 6] =
            [b"", b"[]", b"{\"name\":7}", b"\xff", b"{\"writer\":[],\"fields\":7}", &deep];
        for line in all {
            assert_eq!(Notes::parse(line), Notes::default());
        }
    }
}
