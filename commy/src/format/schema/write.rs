//! The schema text of a new file: the canonical line, then a line of notes.
//!
//! `Mappable::NOTES_WITHIN` is a tree of the notes in a type; containers pass on those of their
//! elements. They are written after those of the record's fields, by path, up to 64 KiB: a struct
//! that is nested in many fields has its notes under each. `Record::NOTES` holds the fields' own.

use core::fmt::Write as _;

use nojson::{JsonValueKind, RawJson};

use commy_types::schema::{Note, TypeSchema};

use super::Owner;
use crate::format::{About, RecordSpec};

/// Both lines. The first is what the fingerprint hashes, the second is never compared.
pub(crate) fn schema_text(schema: &TypeSchema, about: &About) -> String {
    let mut text = schema.line();
    // A `String` takes everything, so there is always a second line.
    text.push_str(&notes_line(about).unwrap_or_default());
    text
}

/// The same for a checkpoint file, whose notes say whose it is.
pub(crate) fn checkpoint_text(spec: &RecordSpec, owner: &Owner) -> Vec<u8> {
    let mut text = spec.text.clone();
    let note = owner.note();
    if text.ends_with(b"}\n") && !text.ends_with(b"{}\n") && has_notes(&text) {
        text.truncate(text.len() - 2);
        text.push(b',');
    } else {
        // Notes of somebody else, which are none.
        let line = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |line| line + 1);
        text.truncate(line);
        if !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        text.push(b'{');
    }
    text.extend_from_slice(note.as_bytes());
    text.extend_from_slice(b"}\n");
    text
}

/// Returns whether the second line is an object, so that a member can be added to it.
fn has_notes(text: &[u8]) -> bool {
    let notes = text.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    let parsed = core::str::from_utf8(notes).ok().and_then(|notes| RawJson::parse(notes).ok());
    parsed.is_some_and(|json| json.value().kind() == JsonValueKind::Object)
}

fn notes_line(about: &About) -> Result<String, core::fmt::Error> {
    let mut line = String::new();
    write!(line, "{{\"name\":{}", quoted(about.name))?;
    write!(line, ",\"writer\":{{\"package\":{}", quoted(about.package))?;
    write!(line, ",\"version\":{}}}", quoted(about.package_version))?;
    line.push_str(",\"fields\":{");
    let mut notes = Notes { line, first: true };
    for note in about.notes {
        notes.note(note.name, note.unit, note.doc)?;
    }
    let within_fields = notes.line.len() + MAX_NESTED;
    for field in about.notes_within {
        notes.within(field.name, field.within, within_fields)?;
    }
    let Notes { mut line, .. } = notes;
    line.push_str("}}\n");
    Ok(line)
}

/// The most bytes of notes on what is in the fields. A struct that is nested in many fields has its
/// notes under each of them; beyond this, they are left out.
const MAX_NESTED: usize = 64 * 1024;

/// The notes as far as they are written.
struct Notes {
    line: String,
    first: bool,
}

impl Notes {
    /// Writes what there is to say about `path`.
    fn note(&mut self, path: &str, unit: &str, doc: &str) -> core::fmt::Result {
        if unit.is_empty() && doc.is_empty() {
            return Ok(());
        }
        let comma = if self.first { "" } else { "," };
        self.first = false;
        write!(self.line, "{comma}{}:{{", quoted(path))?;
        if !unit.is_empty() {
            write!(self.line, "\"unit\":{}", quoted(unit))?;
        }
        if !doc.is_empty() {
            let comma = if unit.is_empty() { "" } else { "," };
            write!(self.line, "{comma}\"doc\":{}", quoted(doc))?;
        }
        self.line.push('}');
        Ok(())
    }

    /// Writes the notes of what is in `path`, until the line is `max` bytes long.
    fn within(&mut self, path: &str, notes: &[Note], max: usize) -> core::fmt::Result {
        for note in notes {
            if self.line.len() >= max {
                return Ok(());
            }
            let path = format!("{path}.{}", note.name);
            self.note(&path, note.unit, note.doc)?;
            self.within(&path, note.within, max)?;
        }
        Ok(())
    }
}

fn quoted(text: &str) -> nojson::Json<&str> {
    nojson::Json(text)
}

#[cfg(test)]
mod tests {
    use commy_types::Mappable;

    use super::*;
    use crate::format::FieldNote;

    const LEAF: Note = Note::new("leaf", "", "m", &[]);
    const WITHIN: Note = Note::new("inner", "what is in it", "", &[LEAF]);

    #[test]
    fn nested_notes_end_before_they_outgrow_the_file() {
        const MANY: &[Note] = &[Note::new("many", "", "", &[WITHIN; 4000])];
        let about = About {
            name: "Many",
            package: "",
            package_version: "",
            notes: &[],
            notes_within: MANY,
        };
        let text = schema_text(u32::SCHEMA, &about);
        assert!(text.len() > MAX_NESTED && text.len() < MAX_NESTED + 1000, "{}", text.len());
        assert!(nojson::RawJson::parse(text.lines().nth(1).unwrap()).is_ok());
    }

    #[test]
    fn the_second_line_has_its_keys_in_the_documented_order() {
        const NOTES_WITHIN: &[Note] = &[
            Note::new("plain", "", "", &[WITHIN]),
            Note::new("temperature", "outside \"air\"", "degC", &[]),
        ];
        let about = About {
            name: "MyData",
            package: "telemetry",
            package_version: "1.4.0",
            notes: &[
                FieldNote { name: "temperature", doc: "outside \"air\"", unit: "degC" },
                FieldNote { name: "plain", doc: "", unit: "" },
                FieldNote { name: "title", doc: "a title", unit: "" },
            ],
            notes_within: NOTES_WITHIN,
        };
        let text = schema_text(<[u32; 2]>::SCHEMA, &about);
        let (first, second) = text.split_once('\n').unwrap();
        assert_eq!(format!("{first}\n"), <[u32; 2]>::SCHEMA.line());
        assert_eq!(
            second,
            "{\"name\":\"MyData\",\"writer\":{\"package\":\"telemetry\",\"version\":\"1.4.0\"},\
             \"fields\":{\"temperature\":{\"unit\":\"degC\",\"doc\":\"outside \\\"air\\\"\"},\
             \"title\":{\"doc\":\"a title\"},\"plain.inner\":{\"doc\":\"what is in it\"},\
             \"plain.inner.leaf\":{\"unit\":\"m\"}}}\n",
        );
        assert!(nojson::RawJson::parse(second).is_ok());
    }

    #[test]
    fn a_checkpoint_says_whose_it_is_whatever_the_notes_are() {
        let about = About {
            name: "MyData",
            package: "",
            package_version: "",
            notes: &[],
            notes_within: &[],
        };
        let owner = Owner { created_ns: 7, path: None };
        let spec = |text: &str| RecordSpec {
            text: text.into(),
            fingerprint: u32::FINGERPRINT,
            size: 4,
            align: 4,
            is_growable: false,
        };
        let own = schema_text(u32::SCHEMA, &about);
        for text in [own.as_str(), "x\n", "x", "x\n[]\n", "x\n{}\n", "x\n{\"a\":}\n", "x\n7}\n"] {
            let text = checkpoint_text(&spec(text), &owner);
            let notes = text.split(|byte| *byte == b'\n').nth(1).unwrap();
            assert_eq!(Owner::read(notes).as_ref(), Some(&owner), "{}", notes.escape_ascii());
        }
        let text = checkpoint_text(&spec(&own), &owner);
        assert!(text.starts_with(own.trim_end_matches("}\n").as_bytes()));
    }
}
