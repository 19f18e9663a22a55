//! Writes the canonical schema line, byte by byte, at compile time and at run time alike.

use super::{FieldSchema, TypeSchema};
use crate::fingerprint::Fingerprint;

/// Takes the bytes of a schema line: hashes and counts all of them, keeps those that fit.
pub(crate) struct Line<'a> {
    hash: Fingerprint,
    len: usize,
    out: &'a mut [u8],
}

impl<'a> Line<'a> {
    /// A line that only hashes and counts.
    pub(crate) const fn counting() -> Self {
        Self::into(&mut [])
    }

    /// A line that also keeps its bytes in `out`.
    pub(crate) const fn into(out: &'a mut [u8]) -> Self {
        Self { hash: Fingerprint::EMPTY, len: 0, out }
    }

    /// How many bytes were written, kept or not.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The hash of what was written.
    pub(crate) const fn fingerprint(&self) -> Fingerprint {
        self.hash
    }

    /// Writes the whole line of a record.
    pub(crate) const fn record(&mut self, schema: &TypeSchema) {
        self.text("{\"commy\":1,");
        match schema {
            TypeSchema::Struct { size, align, fields } => self.structure(*size, *align, fields),
            _ => {
                self.text("\"type\":");
                self.ty(schema);
            }
        }
        self.text("}\n");
    }

    const fn byte(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    const fn bytes(&mut self, bytes: &[u8]) {
        self.hash = self.hash.fed(bytes);
        if self.len < self.out.len() {
            let room = self.out.split_at_mut(self.len).1;
            let kept = if bytes.len() < room.len() { bytes.len() } else { room.len() };
            room.split_at_mut(kept).0.copy_from_slice(bytes.split_at(kept).0);
        }
        self.len += bytes.len();
    }

    pub(super) const fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A JSON string: quotes and backslashes escaped, control characters as `\u00xx`.
    const fn string(&mut self, text: &str) {
        self.byte(b'"');
        self.escaped(text);
        self.byte(b'"');
    }

    /// What stands between the quotes of a JSON string.
    pub(super) const fn escaped(&mut self, text: &str) {
        const HEX: [u8; 16] = *b"0123456789abcdef";
        if is_plain(text.as_bytes()) {
            return self.text(text);
        }
        let mut bytes = text.as_bytes();
        while let [byte, rest @ ..] = bytes {
            match *byte {
                b'"' | b'\\' => self.bytes(&[b'\\', *byte]),
                0..0x20 | 0x7f => {
                    self.text("\\u00");
                    #[allow(clippy::indexing_slicing, reason = "a nibble is below 16")]
                    self.bytes(&[HEX[(*byte >> 4) as usize], HEX[(*byte & 15) as usize]]);
                }
                byte => self.byte(byte),
            }
            bytes = rest;
        }
    }

    pub(super) const fn number(&mut self, number: i128) {
        if number < 0 {
            self.byte(b'-');
        }
        let number = number.unsigned_abs();
        // Almost all are small, and the compiler takes longer for wide ones.
        if number < 10 {
            return self.byte(b'0' + number as u8);
        }
        let mut power = 10u128;
        while number / power >= 10 {
            power *= 10;
        }
        while power > 0 {
            self.byte(b'0' + (number / power % 10) as u8);
            power /= 10;
        }
    }

    /// `,"key":number`, of which `key` is all but the number.
    const fn entry(&mut self, key: &str, number: usize) {
        self.text(key);
        self.number(number as i128);
    }

    const fn kind(&mut self, kind: &str) {
        self.text("{\"kind\":");
        self.string(kind);
    }

    const fn item(&mut self, item: &TypeSchema) {
        self.text(",\"item\":");
        self.ty(item);
        self.byte(b'}');
    }

    /// A struct without its outer braces, which the record line shares with its own keys.
    const fn structure(&mut self, size: usize, align: usize, mut fields: &[FieldSchema]) {
        self.text("\"kind\":\"struct\"");
        self.entry(",\"size\":", size);
        self.entry(",\"align\":", align);
        self.text(",\"fields\":[");
        let mut first = true;
        while let [field, rest @ ..] = fields {
            if !first {
                self.byte(b',');
            }
            first = false;
            self.text("{\"name\":\"");
            self.escaped(field.name);
            self.entry("\",\"offset\":", field.offset);
            self.entry(",\"size\":", field.size);
            self.text(",\"type\":");
            self.ty(field.ty);
            self.byte(b'}');
            fields = rest;
        }
        self.byte(b']');
    }

    /// The variants by number, so that the order of declaration does not matter.
    const fn variants(&mut self, variants: &[(&str, i128)]) {
        let mut written: Option<i128> = None;
        let mut left = variants.len();
        while left > 0 {
            let Some((name, number)) = next_variant(variants, written) else { return };
            if written.is_some() {
                self.byte(b',');
            }
            self.string(name);
            self.byte(b':');
            self.number(number);
            written = Some(number);
            left -= 1;
        }
    }

    pub(crate) const fn ty(&mut self, schema: &TypeSchema) {
        match schema {
            TypeSchema::Scalar { name } => self.string(name),
            TypeSchema::String { capacity } => {
                self.kind("string");
                self.entry(",\"capacity\":", *capacity);
                self.entry(",\"len\":", 8);
                self.entry(",\"data\":", 8);
                self.byte(b'}');
            }
            TypeSchema::Vec { capacity, data, stride, item } => {
                self.kind("vec");
                self.entry(",\"capacity\":", *capacity);
                self.entry(",\"len\":", 8);
                self.entry(",\"data\":", *data);
                self.entry(",\"stride\":", *stride);
                self.item(item);
            }
            TypeSchema::Deque { capacity, data, stride, item } => {
                self.kind("fixed_deque");
                self.entry(",\"capacity\":", *capacity);
                self.entry(",\"head\":", 4);
                self.entry(",\"len\":", 4);
                self.entry(",\"data\":", *data);
                self.entry(",\"stride\":", *stride);
                self.item(item);
            }
            TypeSchema::Set { capacity, data, stride, item } => {
                self.kind("fixed_set");
                self.entry(",\"capacity\":", *capacity);
                self.entry(",\"len\":", 8);
                self.entry(",\"data\":", *data);
                self.entry(",\"stride\":", *stride);
                self.item(item);
            }
            TypeSchema::Map { capacity, keys, key_stride, values, value_stride, key, value } => {
                self.kind("fixed_map");
                self.entry(",\"capacity\":", *capacity);
                self.entry(",\"len\":", 8);
                self.entry(",\"keys\":", *keys);
                self.entry(",\"key_stride\":", *key_stride);
                self.entry(",\"values\":", *values);
                self.entry(",\"value_stride\":", *value_stride);
                self.text(",\"key\":");
                self.ty(key);
                self.text(",\"value\":");
                self.ty(value);
                self.byte(b'}');
            }
            TypeSchema::Array { capacity, stride, item } => {
                self.kind("array");
                self.entry(",\"capacity\":", *capacity);
                self.entry(",\"stride\":", *stride);
                self.item(item);
            }
            TypeSchema::Struct { size, align, fields } => {
                self.byte(b'{');
                self.structure(*size, *align, fields);
                self.byte(b'}');
            }
            TypeSchema::Enum { repr, variants } => {
                self.kind("enum");
                self.text(",\"repr\":");
                self.string(repr);
                self.text(",\"variants\":{");
                self.variants(variants);
                self.text("}}");
            }
            TypeSchema::Option { data, item } => {
                self.kind("option");
                self.entry(",\"tag\":", 0);
                self.entry(",\"data\":", *data);
                self.item(item);
            }
            TypeSchema::Pod { id, size, align } => {
                self.kind("pod");
                self.text(",\"id\":");
                self.string(id);
                self.entry(",\"size\":", *size);
                self.entry(",\"align\":", *align);
                self.byte(b'}');
            }
            TypeSchema::Encoded { codec, name, capacity, data } => {
                self.kind("encoded");
                self.text(",\"codec\":");
                self.string(codec);
                self.text(",\"name\":\"");
                name.write(self);
                self.byte(b'"');
                self.entry(",\"capacity\":", *capacity);
                self.entry(",\"len\":", 4);
                self.entry(",\"data\":", *data);
                self.byte(b'}');
            }
        }
    }
}

impl TypeSchema {
    /// Writes the canonical schema line of a record, its newline included, into `out` as far as
    /// that reaches, and returns the whole length of the line in bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::schema::{FieldSchema, TypeSchema};
    ///
    /// const X: FieldSchema =
    ///     FieldSchema::new("x", 0, 8, &TypeSchema::Scalar { name: "f64" });
    /// let point = TypeSchema::Struct { size: 8, align: 8, fields: &[X] };
    /// let mut line = vec![0; point.write_line(&mut [])];
    /// point.write_line(&mut line);
    /// assert_eq!(
    ///     core::str::from_utf8(&line).unwrap(),
    ///     "{\"commy\":1,\"kind\":\"struct\",\"size\":8,\"align\":8,\"fields\":[\
    ///      {\"name\":\"x\",\"offset\":0,\"size\":8,\"type\":\"f64\"}]}\n",
    /// );
    /// ```
    pub const fn write_line(&self, out: &mut [u8]) -> usize {
        let mut line = Line::into(out);
        line.record(self);
        line.len()
    }

    /// The canonical schema line of a record, its newline included.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedString, Mappable};
    ///
    /// let line = FixedString::<8>::SCHEMA.line();
    /// assert!(line.starts_with("{\"commy\":1,") && line.ends_with("}\n"));
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn line(&self) -> alloc::string::String {
        let mut line = alloc::vec![0; self.write_line(&mut [])];
        self.write_line(&mut line);
        alloc::string::String::from_utf8_lossy(&line).into_owned()
    }

    /// The type as it stands in the schema line of a record that has a field of it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedString, Mappable};
    ///
    /// assert_eq!(f64::SCHEMA.text(), "\"f64\"");
    /// assert_eq!(
    ///     FixedString::<8>::SCHEMA.text(),
    ///     "{\"kind\":\"string\",\"capacity\":8,\"len\":8,\"data\":8}",
    /// );
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn text(&self) -> alloc::string::String {
        let mut counted = Line::counting();
        counted.ty(self);
        let mut text = alloc::vec![0; counted.len()];
        Line::into(&mut text).ty(self);
        alloc::string::String::from_utf8_lossy(&text).into_owned()
    }
}

impl Fingerprint {
    /// The fingerprint of a record with this schema.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{Fingerprint, Mappable};
    ///
    /// let schema = <[u32; 2]>::SCHEMA;
    /// let mut line = [0; 256];
    /// let len = schema.write_line(&mut line);
    /// assert_eq!(Fingerprint::of_schema(schema), Fingerprint::of_text(&line[..len]));
    /// ```
    #[must_use]
    pub const fn of_schema(schema: &TypeSchema) -> Self {
        let mut line = Line::counting();
        line.record(schema);
        line.fingerprint()
    }
}

/// Whether nothing in `text` has to be escaped.
const fn is_plain(mut text: &[u8]) -> bool {
    while let [byte, rest @ ..] = text {
        if matches!(*byte, 0..0x20 | b'"' | b'\\' | 0x7f) {
            return false;
        }
        text = rest;
    }
    true
}

/// The variant with the smallest number above `after`.
const fn next_variant<'v>(
    mut variants: &[(&'v str, i128)],
    after: Option<i128>,
) -> Option<(&'v str, i128)> {
    let mut next: Option<(&'v str, i128)> = None;
    while let [(name, number), rest @ ..] = variants {
        let is_after = match after {
            Some(after) => *number > after,
            None => true,
        };
        let is_nearest = match next {
            Some((_, nearest)) => *number < nearest,
            None => true,
        };
        if is_after && is_nearest {
            next = Some((name, *number));
        }
        variants = rest;
    }
    next
}
