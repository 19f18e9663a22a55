//! A schema line as a tree, read from text that may be anything.

use core::fmt;

use nojson::{JsonValueKind, RawJson, RawJsonValue as Value};

use crate::format::Shown;

/// A type with more fields or variants than this is not compared: the time that takes grows with
/// the square, and the text may come from anybody.
const MAX_PARTS: usize = 4096;

/// The layout of a type as far as messages speak of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// What [`Kind`] leaves out: strides and offsets within the type.
    rest: [u64; 3],
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar(String),
    String { capacity: u64 },
    Vec { capacity: u64, item: Box<Shape> },
    Array { capacity: u64, item: Box<Shape> },
    Struct { size: u64, align: u64, fields: Vec<Field> },
    Enum { repr: String, variants: Vec<(String, i64)> },
    Option { item: Box<Shape> },
    Pod { id: String, size: u64, align: u64 },
    Encoded { codec: String, name: String, capacity: u64, data: u64 },
    Other(String),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) offset: u64,
    pub(crate) shape: Shape,
}

impl Shape {
    /// Reads a canonical line; `None` if it is none. The parser bounds the depth.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let json = RawJson::parse(core::str::from_utf8(line).ok()?).ok()?;
        match member(json.value(), "type") {
            Some(ty) => Self::of(ty),
            None if json.value().kind() == JsonValueKind::Object => Self::of(json.value()),
            None => None,
        }
    }

    fn of(value: Value<'_, '_>) -> Option<Self> {
        if let Ok(name) = value.to_unquoted_string_str() {
            return Some(Self { kind: Kind::Scalar(name.into_owned()), rest: [0; 3] });
        }
        let number = |key| member(value, key)?.as_integer_str().ok()?.parse().ok();
        let text = |key| text(value, key);
        let item = || member(value, "item").and_then(Self::of).map(Box::new);
        let kind = text("kind")?;
        let kind = match kind.as_str() {
            "string" => Kind::String { capacity: number("capacity")? },
            "vec" => Kind::Vec { capacity: number("capacity")?, item: item()? },
            "array" => Kind::Array { capacity: number("capacity")?, item: item()? },
            "struct" => Kind::Struct {
                size: number("size")?,
                align: number("align")?,
                fields: fields(value)?,
            },
            "enum" => Kind::Enum { repr: text("repr")?, variants: variants(value)? },
            "option" => Kind::Option { item: item()? },
            "pod" => Kind::Pod { id: text("id")?, size: number("size")?, align: number("align")? },
            "encoded" => Kind::Encoded {
                codec: text("codec")?,
                name: text("name")?,
                capacity: number("capacity")?,
                data: number("data")?,
            },
            _ => Kind::Other(kind),
        };
        let rest = ["stride", "data", "len"].map(|key| number(key).unwrap_or(0));
        Some(Self { kind, rest })
    }
}

impl Field {
    fn of(value: Value<'_, '_>) -> Option<Self> {
        Some(Self {
            name: text(value, "name")?,
            offset: member(value, "offset")?.as_integer_str().ok()?.parse().ok()?,
            shape: Shape::of(member(value, "type")?)?,
        })
    }
}

/// The member of an object with this name.
pub(super) fn member<'a, 'b>(object: Value<'a, 'b>, name: &str) -> Option<Value<'a, 'b>> {
    let mut members = object.to_object().ok()?;
    let is_named = |key: Value<'_, '_>| key.to_unquoted_string_str().is_ok_and(|key| key == name);
    members.find_map(|(key, value)| is_named(key).then_some(value))
}

pub(super) fn text(object: Value<'_, '_>, key: &str) -> Option<String> {
    Some(member(object, key)?.to_unquoted_string_str().ok()?.into_owned())
}

fn fields(object: Value<'_, '_>) -> Option<Vec<Field>> {
    let fields = || member(object, "fields")?.to_array().ok();
    if fields()?.count() > MAX_PARTS {
        return None;
    }
    fields()?.map(Field::of).collect()
}

fn variants(object: Value<'_, '_>) -> Option<Vec<(String, i64)>> {
    let variants = || member(object, "variants")?.to_object().ok();
    if variants()?.count() > MAX_PARTS {
        return None;
    }
    let variant = |(name, number): (Value<'_, '_>, Value<'_, '_>)| {
        let name = name.to_unquoted_string_str().ok()?.into_owned();
        Some((name, number.as_integer_str().ok()?.parse().ok()?))
    };
    variants()?.map(variant).collect()
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Scalar(name) => write!(f, "{}", Shown(name)),
            Kind::String { capacity } => write!(f, "string of up to {capacity} bytes"),
            Kind::Vec { capacity, item } => write!(f, "vec of up to {capacity} {item}"),
            Kind::Array { capacity, item } => write!(f, "array of {capacity} {item}"),
            Kind::Struct { size, align, fields } => {
                write!(f, "struct of {} fields, {size} bytes aligned to {align}", fields.len())
            }
            Kind::Enum { repr, variants } => {
                write!(f, "{} enum of {} variants", Shown(repr), variants.len())
            }
            Kind::Option { item } => write!(f, "option of {item}"),
            Kind::Pod { id, size, align } => {
                write!(f, "pod \"{}\" of {size} bytes aligned to {align}", Shown(id))
            }
            Kind::Encoded { codec, name, capacity, data } => {
                write!(f, "{} as {} of up to {capacity} bytes", Shown(name), Shown(codec))?;
                if *data == 8 { Ok(()) } else { write!(f, " aligned to {data}") }
            }
            Kind::Other(kind) => write!(f, "{}", Shown(kind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_of_countless_parts_is_not_compared() {
        let record = |count: usize| {
            let field =
                |n| format!("{{\"name\":\"f{n}\",\"offset\":{n},\"size\":1,\"type\":\"u8\"}}");
            let fields: Vec<String> = (0..count).map(field).collect();
            let fields = fields.join(",");
            format!(
                "{{\"commy\":1,\"kind\":\"struct\",\"size\":9,\"align\":1,\"fields\":[{fields}]}}\n"
            )
        };
        assert!(Shape::parse(record(MAX_PARTS).as_bytes()).is_some());
        assert!(Shape::parse(record(MAX_PARTS + 1).as_bytes()).is_none());
    }
}
