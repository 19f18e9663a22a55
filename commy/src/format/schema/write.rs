//! The schema text of a new file: the canonical line, then a line of notes.

use core::fmt::Write as _;

use commy_types::schema::Note;

use super::Owner;
use crate::format::RecordSpec;

/// Both lines. The first is what the fingerprint hashes, the second is never compared.
pub(crate) fn schema_text(spec: &RecordSpec) -> String {
    schema_text_with(spec, None)
}

/// The same for a checkpoint file, whose notes say whose it is.
pub(crate) fn checkpoint_text(spec: &RecordSpec, owner: &Owner) -> String {
    schema_text_with(spec, Some(owner))
}

fn schema_text_with(spec: &RecordSpec, owner: Option<&Owner>) -> String {
    let mut text = spec.schema.line();
    let notes = || -> Result<String, core::fmt::Error> {
        let mut line = String::new();
        write!(line, "{{\"name\":{}", quoted(spec.name))?;
        write!(line, ",\"writer\":{{\"package\":{}", quoted(spec.package))?;
        write!(line, ",\"version\":{}}}", quoted(spec.package_version))?;
        line.push_str(",\"fields\":{");
        let mut notes = Notes { line, first: true };
        for note in spec.notes {
            notes.note(note.name, note.unit, note.doc)?;
        }
        let within_fields = notes.line.len() + MAX_NESTED;
        for field in spec.notes_within {
            notes.within(field.name, field.within, within_fields)?;
        }
        let Notes { mut line, .. } = notes;
        line.push('}');
        if let Some(owner) = owner {
            write!(line, ",{}", owner.note())?;
        }
        line.push_str("}\n");
        Ok(line)
    };
    // A `String` takes everything, so there is always a second line.
    text.push_str(&notes().unwrap_or_default());
    text
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
        let spec = RecordSpec {
            schema: u32::SCHEMA,
            fingerprint: u32::FINGERPRINT,
            size: 4,
            align: 4,
            name: "Many",
            package: "",
            package_version: "",
            notes: &[],
            notes_within: MANY,
        };
        let text = schema_text(&spec);
        assert!(text.len() > MAX_NESTED && text.len() < MAX_NESTED + 1000, "{}", text.len());
        assert!(nojson::RawJson::parse(text.lines().nth(1).unwrap()).is_ok());
    }

    #[test]
    fn the_second_line_has_its_keys_in_the_documented_order() {
        const NOTES_WITHIN: &[Note] = &[
            Note::new("plain", "", "", &[WITHIN]),
            Note::new("temperature", "outside \"air\"", "degC", &[]),
        ];
        let spec = RecordSpec {
            schema: <[u32; 2]>::SCHEMA,
            fingerprint: <[u32; 2]>::FINGERPRINT,
            size: 8,
            align: 4,
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
        let text = schema_text(&spec);
        let (first, second) = text.split_once('\n').unwrap();
        assert_eq!(format!("{first}\n"), spec.schema.line());
        assert_eq!(
            second,
            "{\"name\":\"MyData\",\"writer\":{\"package\":\"telemetry\",\"version\":\"1.4.0\"},\
             \"fields\":{\"temperature\":{\"unit\":\"degC\",\"doc\":\"outside \\\"air\\\"\"},\
             \"title\":{\"doc\":\"a title\"},\"plain.inner\":{\"doc\":\"what is in it\"},\
             \"plain.inner.leaf\":{\"unit\":\"m\"}}}\n",
        );
        assert!(nojson::RawJson::parse(second).is_ok());
    }
}
