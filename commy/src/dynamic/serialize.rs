//! How values are written by the formats of serde.

use core::fmt::Write as _;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use super::value::{EnumValue, Value, is_tuple};

/// As `serde` derives it for the type in the program, as far as the format is for people:
///
/// - An enum without fields is the name of its variant; else a map of that name to what it has.
/// - A tuple is a sequence, a set, too. The keys of a map are text.
/// - `NaN`, `inf` and `-inf` are text, because JSON has no such numbers. Formats of bytes keep them.
/// - Bytes are what the format makes of them: numbers in JSON, bytes elsewhere. What is known by a name
///   alone is its bytes in hexadecimal digits.
/// - What is [`Invalid`](Value::Invalid) is a map of `$invalid` to the reason.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::U64(value) => serializer.serialize_u64(*value),
            Self::I64(value) => serializer.serialize_i64(*value),
            Self::U128(value) => serializer.serialize_u128(*value),
            Self::I128(value) => serializer.serialize_i128(*value),
            Self::F32(value) if is_text(value.is_finite(), &serializer) => {
                serializer.collect_str(value)
            }
            Self::F32(value) => serializer.serialize_f32(*value),
            Self::F64(value) if is_text(value.is_finite(), &serializer) => {
                serializer.collect_str(value)
            }
            Self::F64(value) => serializer.serialize_f64(*value),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Str(value) => serializer.serialize_str(value),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::List(items) => serializer.collect_seq(items),
            Self::Struct(fields) => Parts(fields).serialize(serializer),
            Self::Enum(value) => variant(value, serializer),
            Self::Maybe(None) => serializer.serialize_none(),
            Self::Maybe(Some(value)) => serializer.serialize_some(value),
            Self::Map(entries) => {
                let are_texts = serializer.is_human_readable();
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    match key {
                        Self::Str(_) => map.serialize_entry(key, value)?,
                        _ if are_texts => map.serialize_entry(&key.to_string(), value)?,
                        _ => map.serialize_entry(key, value)?,
                    }
                }
                map.end()
            }
            Self::Opaque(value) if serializer.is_human_readable() => {
                serializer.serialize_str(&hex(&value.bytes))
            }
            Self::Opaque(value) => serializer.serialize_bytes(&value.bytes),
            Self::Invalid(value) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("$invalid", &value.reason)?;
                map.serialize_entry("bytes", &hex(&value.bytes))?;
                map.end()
            }
        }
    }
}

/// Fields by their names; those of a tuple one after the other.
struct Parts<'a>(&'a [(Arc<str>, Value)]);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if is_tuple(self.0) {
            let mut tuple = serializer.serialize_seq(Some(self.0.len()))?;
            for (_, value) in self.0 {
                tuple.serialize_element(value)?;
            }
            return tuple.end();
        }
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(&**name, value)?;
        }
        map.end()
    }
}

fn variant<S: Serializer>(value: &EnumValue, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fields.is_empty() {
        return serializer.serialize_str(&value.name);
    }
    let mut map = serializer.serialize_map(Some(1))?;
    match value.fields.as_slice() {
        // As serde has it for a variant with one value.
        [(name, only)] if **name == *"0" => map.serialize_entry(&*value.name, only)?,
        fields => map.serialize_entry(&*value.name, &Parts(fields))?,
    }
    map.end()
}

/// Whether a number is none for a format that is for people.
fn is_text(is_finite: bool, serializer: &impl Serializer) -> bool {
    !is_finite && serializer.is_human_readable()
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // A `String` takes everything.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
