//! Writes the schema line of a growable record, which the cells of its fields describe.
//!
//! It is made at run time: a type that grows may hold itself, and a constant cannot. What has a fixed
//! layout writes itself as in any record.

use core::fmt::Write as _;

use commy_types::schema::TypeSchema;

use super::parse::PREFIX;

/// The schema line of a growable record on its way: what cells write to.
#[doc(hidden)]
#[derive(Debug)]
pub struct SchemaText {
    line: String,
}

impl SchemaText {
    /// A record of this size, its prefix included, and of this alignment.
    #[must_use]
    pub fn root(size: usize, align: usize) -> Self {
        let line = format!(
            "{{\"commy\":1,\"growable\":1,\"prefix\":{PREFIX},\"kind\":\"struct\",\"size\":{size},\
             \"align\":{align},\"fields\":["
        );
        Self { line }
    }

    /// A field: `size` bytes at byte `offset` of the record, of which `describe` says what they mean.
    pub fn field(
        &mut self,
        name: &str,
        offset: usize,
        size: usize,
        describe: impl FnOnce(&mut Self),
    ) {
        let is_first = self.line.ends_with('[');
        self.line.push_str(if is_first { "{\"name\":" } else { ",{\"name\":" });
        self.string(name);
        self.entry("offset", offset);
        self.entry("size", size);
        self.line.push_str(",\"type\":");
        describe(self);
        self.line.push('}');
    }

    /// The whole line, its newline included.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.line.push_str("]}\n");
        self.line
    }

    /// A type of fixed layout.
    pub fn plain(&mut self, schema: &TypeSchema) {
        self.line.push_str(&schema.text());
    }

    /// Plain old data of another crate.
    pub fn pod(&mut self, id: &str, size: usize, align: usize) {
        self.line.push_str("{\"kind\":\"pod\",\"id\":");
        self.string(id);
        self.entry("size", size);
        self.entry("align", align);
        self.close();
    }

    /// Text of any length.
    pub fn text(&mut self) {
        self.line.push_str("{\"kind\":\"text\",\"size\":16}");
    }

    /// Bytes of any length.
    pub fn bytes(&mut self) {
        self.line.push_str("{\"kind\":\"bytes\",\"size\":16}");
    }

    /// A value in a block of its own: what is described next, up to [`close`](Self::close).
    pub fn open_box(&mut self) {
        self.line.push_str("{\"kind\":\"box\",\"size\":8,\"item\":");
    }

    /// A value or none, in a cell of `size` bytes: what is described next, at byte `value_at`, up to
    /// [`close`](Self::close).
    pub fn open_optional(&mut self, size: usize, value_at: usize) {
        self.line.push_str("{\"kind\":\"optional\"");
        self.entry("size", size);
        self.entry("value_at", value_at);
        self.line.push_str(",\"item\":");
    }

    /// So many values one behind the other, `stride` bytes each: what is described next, up to
    /// [`close`](Self::close).
    pub fn open_array(&mut self, len: usize, stride: usize) {
        self.line.push_str("{\"kind\":\"array\"");
        self.entry("capacity", len);
        self.entry("stride", stride);
        self.line.push_str(",\"item\":");
    }

    /// A struct or a tuple, whose fields are described next, up to
    /// [`close_struct`](Self::close_struct).
    pub fn open_struct<T: 'static>(&mut self, size: usize, align: usize) -> bool {
        self.line.push_str("{\"kind\":\"struct\"");
        self.entry("size", size);
        self.entry("align", align);
        self.line.push_str(",\"fields\":[");
        true
    }

    /// Ends the innermost struct.
    pub fn close_struct(&mut self) {
        self.line.push_str("]}");
    }

    /// Ends the innermost box, optional or array.
    pub fn close(&mut self) {
        self.line.push('}');
    }

    fn entry(&mut self, key: &str, number: usize) {
        // A `String` takes everything.
        let _ = write!(self.line, ",\"{key}\":{number}");
    }

    /// A JSON string, escaped as the canonical line of any record is.
    fn string(&mut self, text: &str) {
        self.line.push('"');
        for letter in text.chars() {
            match letter {
                '"' | '\\' => self.line.extend(['\\', letter]),
                '\0'..' ' | '\x7f' => {
                    let _ = write!(self.line, "\\u00{:02x}", u32::from(letter));
                }
                _ => self.line.push(letter),
            }
        }
        self.line.push('"');
    }
}

#[cfg(test)]
mod tests {
    use commy_types::{Fingerprint, FixedVec, Mappable};

    use super::super::types::{Schema, Type};
    use super::*;
    use crate::format::{About, FieldNote, RecordSpec};

    fn market() -> SchemaText {
        let mut text = SchemaText::root(112, 8);
        text.field("seq", 16, 8, |text| text.plain(u64::SCHEMA));
        text.field("title", 24, 16, SchemaText::text);
        text.field("frame", 40, 16, SchemaText::bytes);
        text.field("points", 56, 20, |text| text.plain(<FixedVec<u32, 3>>::SCHEMA));
        text.field("caption", 80, 24, |text| {
            text.open_optional(24, 8);
            text.text();
            text.close();
        });
        text.field("extra", 104, 8, |text| {
            text.open_box();
            text.pod("uuid \"4\"", 16, 1);
            text.close();
        });
        text
    }

    #[test]
    fn members_stand_in_the_documented_order() {
        assert_eq!(
            market().finish(),
            "{\"commy\":1,\"growable\":1,\"prefix\":16,\"kind\":\"struct\",\"size\":112,\"align\":8,\
             \"fields\":[{\"name\":\"seq\",\"offset\":16,\"size\":8,\"type\":\"u64\"},\
             {\"name\":\"title\",\"offset\":24,\"size\":16,\"type\":{\"kind\":\"text\",\"size\":16}},\
             {\"name\":\"frame\",\"offset\":40,\"size\":16,\"type\":{\"kind\":\"bytes\",\"size\":16}},\
             {\"name\":\"points\",\"offset\":56,\"size\":20,\"type\":{\"kind\":\"vec\",\
             \"capacity\":3,\"len\":8,\"data\":8,\"stride\":4,\"item\":\"u32\"}},\
             {\"name\":\"caption\",\"offset\":80,\"size\":24,\"type\":{\"kind\":\"optional\",\
             \"size\":24,\"value_at\":8,\"item\":{\"kind\":\"text\",\"size\":16}}},\
             {\"name\":\"extra\",\"offset\":104,\"size\":8,\"type\":{\"kind\":\"box\",\"size\":8,\
             \"item\":{\"kind\":\"pod\",\"id\":\"uuid \\\"4\\\"\",\"size\":16,\"align\":1}}}]}\n",
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let schema = Schema::parse(market().finish().as_bytes()).unwrap();
        assert!(schema.is_growable);
        let Type::Struct { size: 112, align: 8, fields } = schema.root else { panic!() };
        let told: Vec<_> = fields.iter().map(|field| field.ty.to_string()).collect();
        assert_eq!(
            told,
            [
                "u64",
                "text of any length",
                "bytes of any length",
                "vec of up to 3 u32",
                "optional text of any length",
                "box of pod \"uuid \\\"4\\\"\" of 16 bytes aligned to 1",
            ]
        );
        let empty = Schema::parse(SchemaText::root(16, 8).finish().as_bytes()).unwrap();
        assert!(empty.is_growable);
    }

    /// Strings and types are written as the canonical line of a fixed record has them.
    #[test]
    fn types_and_strings_are_those_of_a_fixed_record() {
        const IDS: [&str; 4] = ["a\"b\\c", "\0\u{1f}\u{7f}\n", "déjà \u{202e}", ""];
        for id in IDS {
            let schema = TypeSchema::Pod { id, size: 3, align: 1 };
            let (mut pod, mut plain) = (SchemaText::root(24, 8), SchemaText::root(24, 8));
            pod.field(id, 16, 3, |text| text.pod(id, 3, 1));
            plain.field(id, 16, 3, |text| text.plain(&schema));
            let line = plain.finish();
            assert_eq!(pod.finish(), line, "{id:?}");
            assert_eq!(schema.line(), format!("{{\"commy\":1,\"type\":{}}}\n", schema.text()));
            let Type::Struct { fields, .. } = Schema::parse(line.as_bytes()).unwrap().root else {
                panic!()
            };
            assert_eq!(fields[0].name, id);
        }
    }

    #[test]
    fn the_specification_hashes_the_line_and_adds_notes() {
        let notes = &[FieldNote { name: "title", doc: "any length", unit: "" }];
        let (package, package_version) = ("", "");
        let about = About { name: "Market", package, package_version, notes, notes_within: &[] };
        let spec = RecordSpec::growable(market().finish(), (112, 8), &about);
        assert!(spec.is_growable);
        assert_eq!((spec.size, spec.align), (112, 8));
        assert_eq!(spec.fingerprint, Fingerprint::of_text(market().finish().as_bytes()));
        let schema = Schema::of(&spec).unwrap();
        assert!(schema.is_growable && schema.notes.field("title").is_some());
        let fixed = RecordSpec::of_schema(u32::SCHEMA, u32::FINGERPRINT, (4, 4));
        assert!(!fixed.is_growable && !Schema::of(&fixed).unwrap().is_growable);
    }
}
