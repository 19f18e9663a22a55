//! The schema text of a new file: the canonical line, then a line of notes.

use core::fmt::Write as _;

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
        let noted = spec.notes.iter().filter(|note| !note.doc.is_empty() || !note.unit.is_empty());
        for (index, note) in noted.enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(line, "{comma}{}:{{", quoted(note.name))?;
            if !note.unit.is_empty() {
                write!(line, "\"unit\":{}", quoted(note.unit))?;
            }
            if !note.doc.is_empty() {
                let comma = if note.unit.is_empty() { "" } else { "," };
                write!(line, "{comma}\"doc\":{}", quoted(note.doc))?;
            }
            line.push('}');
        }
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

fn quoted(text: &str) -> nojson::Json<&str> {
    nojson::Json(text)
}

#[cfg(test)]
mod tests {
    use commy_types::Mappable;

    use super::*;
    use crate::format::FieldNote;

    #[test]
    fn the_second_line_has_its_keys_in_the_documented_order() {
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
        };
        let text = schema_text(&spec);
        let (first, second) = text.split_once('\n').unwrap();
        assert_eq!(format!("{first}\n"), spec.schema.line());
        assert_eq!(
            second,
            "{\"name\":\"MyData\",\"writer\":{\"package\":\"telemetry\",\"version\":\"1.4.0\"},\
             \"fields\":{\"temperature\":{\"unit\":\"degC\",\"doc\":\"outside \\\"air\\\"\"},\
             \"title\":{\"doc\":\"a title\"}}}\n",
        );
        assert!(nojson::RawJson::parse(second).is_ok());
    }
}
