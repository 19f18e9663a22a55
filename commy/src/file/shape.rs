//! A schema line as a tree, read from text that may be anything.

use core::fmt;

use serde_json::{Map, Value};

use crate::error::Shown;

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
        let value: Value = serde_json::from_slice(line).ok()?;
        let map = value.as_object()?;
        match map.get("type") {
            Some(ty) => Self::of(ty),
            None => Self::of(&value),
        }
    }

    fn of(value: &Value) -> Option<Self> {
        let map = match value {
            Value::String(name) => {
                return Some(Self { kind: Kind::Scalar(name.clone()), rest: [0; 3] });
            }
            Value::Object(map) => map,
            _ => return None,
        };
        let number = |key| map.get(key).and_then(Value::as_u64);
        let item = || map.get("item").and_then(Self::of).map(Box::new);
        let kind = match map.get("kind")?.as_str()? {
            "string" => Kind::String { capacity: number("capacity")? },
            "vec" => Kind::Vec { capacity: number("capacity")?, item: item()? },
            "array" => Kind::Array { capacity: number("capacity")?, item: item()? },
            "struct" => Kind::Struct {
                size: number("size")?,
                align: number("align")?,
                fields: fields(map)?,
            },
            "enum" => Kind::Enum { repr: text(map, "repr")?, variants: variants(map)? },
            "option" => Kind::Option { item: item()? },
            "pod" => {
                Kind::Pod { id: text(map, "id")?, size: number("size")?, align: number("align")? }
            }
            "encoded" => Kind::Encoded {
                codec: text(map, "codec")?,
                name: text(map, "name")?,
                capacity: number("capacity")?,
                data: number("data")?,
            },
            other => Kind::Other(other.into()),
        };
        let rest = ["stride", "data", "len"].map(|key| number(key).unwrap_or(0));
        Some(Self { kind, rest })
    }
}

impl Field {
    fn of(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        Some(Self {
            name: text(map, "name")?,
            offset: map.get("offset")?.as_u64()?,
            shape: Shape::of(map.get("type")?)?,
        })
    }
}

fn text(map: &Map<String, Value>, key: &str) -> Option<String> {
    map.get(key)?.as_str().map(String::from)
}

fn fields(map: &Map<String, Value>) -> Option<Vec<Field>> {
    let fields = map.get("fields")?.as_array().filter(|fields| fields.len() <= MAX_PARTS)?;
    fields.iter().map(Field::of).collect()
}

fn variants(map: &Map<String, Value>) -> Option<Vec<(String, i64)>> {
    let variants = map.get("variants")?.as_object().filter(|list| list.len() <= MAX_PARTS)?;
    variants.iter().map(|(name, number)| Some((name.clone(), number.as_i64()?))).collect()
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
