//! Reads a schema from text that may be anything.
//!
//! The length of the text bounds memory and time, the parser its depth, and what is read is checked
//! here once: whoever has a [`Schema`] adds its numbers without looking.

use std::collections::BTreeSet;

use nojson::{JsonValueKind, RawJson, RawJsonValue as Value};

use super::json::{member, text};
use super::notes::Notes;
use super::scope::{Scope, Way};
use super::types::{Field, Form, Order, Scalar, Schema, Type, Variant};
use crate::format::{FormatError, RecordSpec};

/// A type with more fields or variants than this is not read.
const MAX_PARTS: usize = 4096;

/// The bytes of an option's tag.
const OPTION_TAG: u64 = 8;
/// The bytes of a codec's mark, behind the length of a serialized value.
const CODEC_MARK: u64 = 4;
/// The bytes in front of the cells of a growable record.
pub(super) const PREFIX: u64 = 16;
/// What a growable record's text says of that, in this version of it.
const GROWABLE: u64 = 1;
/// The bytes of the cell of text or bytes of any length, of an address, and of an optional's tag.
const RUN_CELL: u64 = 16;
const ADDRESS: u64 = 8;
const OPTIONAL_TAG: u64 = 1;
/// The bytes of the cell of a list: the address of a node, and the length.
const LIST_CELL: u64 = 16;
/// That of a deque: where its first element is, besides.
const DEQUE_CELL: u64 = 24;
/// The bytes of the largest element that stands in a node; a larger one is in a box.
const LARGEST_ITEM: u64 = 128;
/// The bytes of the largest key that stands in a node; a larger one is in a box.
const LARGEST_KEY: u64 = 64;

impl Schema {
    /// Reads both lines of a schema text.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a first line that is none, or speaks of parts that are not within what holds
    /// them. Notes that cannot be read say nothing.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, FormatError> {
        let end = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| end + 1);
        let (line, notes) = text.split_at_checked(end).unwrap_or((text, &[]));
        let line = core::str::from_utf8(line).map_err(|error| unreadable(error.valid_up_to()))?;
        let json = RawJson::parse(line).map_err(|error| unreadable(error.position()))?;
        let root = json.value();
        let ty = match member(root, "type") {
            Some(ty) => Type::of(ty, &mut Scope::default())?,
            None if root.kind() == JsonValueKind::Object => Type::of(root, &mut Scope::default())?,
            None => return Err(unreadable(root.position())),
        };
        let is_growable = match member(root, "growable") {
            Some(_) => cells_are_behind_the_prefix(root, &ty)?,
            None => false,
        };
        Ok(Self { root: ty, is_growable, notes: Notes::parse(notes) })
    }

    /// What the program says, as it would write it into a file.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a record of more parts than are read.
    pub(crate) fn of(spec: &RecordSpec) -> Result<Self, FormatError> {
        Self::parse(&spec.text)
    }
}

impl Type {
    /// Reads a type that is within these structs.
    fn of(value: Value<'_, '_>, scope: &mut Scope) -> Result<Self, FormatError> {
        let other = |kind: &str| Self::Other { kind: kind.into(), text: value.as_raw_str().into() };
        if let Ok(name) = value.to_unquoted_string_str() {
            return Ok(Scalar::named(&name).map_or_else(|| other(&name), Self::Scalar));
        }
        let number = |key| number(value, key);
        let mut part = |key, step: Way| {
            let part = required(value, key)?;
            scope.step(step, |scope| Self::of(part, scope)).map(Box::new)
        };
        let mut item = |step: Way| part("item", step);
        let kind = text(value, "kind").ok_or_else(|| unreadable(value.position()))?;
        let ty = match kind.as_str() {
            "string" => Self::String {
                capacity: number("capacity")?,
                len: number("len")?,
                data: number("data")?,
            },
            "vec" => Self::Vec {
                capacity: number("capacity")?,
                len: number("len")?,
                data: number("data")?,
                stride: number("stride")?,
                item: item(Way::IN_PLACE)?,
            },
            "array" => Self::Array {
                capacity: number("capacity")?,
                stride: number("stride")?,
                item: item(Way::IN_PLACE)?,
            },
            "struct" => Self::Struct {
                size: number("size")?,
                align: number("align")?,
                fields: scope.structure(number("size")?, |scope| fields(value, scope))?,
            },
            "enum" => {
                let repr = required_text(value, "repr")?;
                match Scalar::named(&repr) {
                    Some(repr) if matches!(repr.form, Form::Unsigned | Form::Signed) => {
                        Self::Enum { repr, variants: variants(value)? }
                    }
                    _ => other(&kind),
                }
            }
            "option" => Self::Option {
                tag: number("tag")?,
                data: number("data")?,
                item: item(Way::IN_PLACE)?,
            },
            "pod" => Self::Pod {
                id: required_text(value, "id")?,
                size: number("size")?,
                align: number("align")?,
            },
            "encoded" => Self::Encoded {
                codec: required_text(value, "codec")?,
                name: required_text(value, "name")?,
                capacity: number("capacity")?,
                len: number("len")?,
                data: number("data")?,
            },
            "text" => Self::Text { size: number("size")? },
            "bytes" => Self::Bytes { size: number("size")? },
            "coded" => Self::Coded {
                size: number("size")?,
                codec: required_text(value, "codec")?,
                name: required_text(value, "name")?,
            },
            "box" => Self::Box { size: number("size")?, item: item(Way::BOX)? },
            "optional" => Self::Optional {
                size: number("size")?,
                value_at: number("value_at")?,
                item: item(Way::OPTIONAL)?,
            },
            "list" => Self::List {
                size: number("size")?,
                stride: number("stride")?,
                item: item(Way::LIST)?,
            },
            "deque" => Self::Deque {
                size: number("size")?,
                stride: number("stride")?,
                item: item(Way::LIST)?,
            },
            "variant" => match Scalar::named(&required_text(value, "tag")?) {
                Some(tag @ Scalar { name: "u8" | "u16", .. }) => {
                    let size = number("size")?;
                    let (variants, fields) =
                        scope.structure(size, |scope| tagged(value, tag, scope))?;
                    Self::Variants { size, tag, variants, fields }
                }
                _ => other(&kind),
            },
            "map" | "set" => match Order::named(&required_text(value, "order")?) {
                Some(order) => {
                    let size = number("size")?;
                    // They lie in the same nodes as elements of a list would.
                    let key = part("key", Way::LIST)?;
                    let value = match kind.as_str() {
                        "map" => Some(part("value", Way::LIST)?),
                        _ => None,
                    };
                    Self::Map { order, size, key, value }
                }
                None => other(&kind),
            },
            "outer" => scope.outer(number("levels")?)?,
            _ => other(&kind),
        };
        ty.check().map(|()| ty)
    }

    /// Checks that the parts of the type are within it, the parts of its parts having been checked.
    fn check(&self) -> Result<(), FormatError> {
        match self {
            Self::String { len, data, .. } => within("length of text", 0, *len, *data)?,
            Self::Vec { len, data, stride, item, .. } => {
                within("length of a vec", 0, *len, *data)?;
                within("element", 0, item.size()?, *stride)?;
            }
            Self::Array { stride, item, .. } => within("element", 0, item.size()?, *stride)?,
            Self::Struct { size, fields, .. } => {
                for field in fields {
                    within("field", field.offset, field.size, *size)?;
                    within("type of a field", 0, field.ty.size()?, field.size)?;
                }
            }
            Self::Option { tag, data, .. } => within("tag of an option", *tag, OPTION_TAG, *data)?,
            Self::Encoded { len, data, .. } => {
                within("mark of a codec", *len, CODEC_MARK, *data)?;
            }
            Self::Text { size } => within("cell of text", 0, RUN_CELL, *size)?,
            Self::Bytes { size } => within("cell of bytes", 0, RUN_CELL, *size)?,
            Self::Coded { size, .. } => within("cell of serialized bytes", 0, RUN_CELL, *size)?,
            // What is in it lies elsewhere.
            Self::Box { size, .. } => within("address of a box", 0, ADDRESS, *size)?,
            Self::Optional { size, value_at, item } => {
                within("tag of an optional", 0, OPTIONAL_TAG, *value_at)?;
                within("value of an optional", *value_at, item.size()?, *size)?;
            }
            Self::List { size, stride, item } => {
                within("cell of a list", 0, LIST_CELL, *size)?;
                if !(1..=LARGEST_ITEM).contains(stride) {
                    let expected = format!("1 to {LARGEST_ITEM}");
                    let what = "distance of the elements of a list in the schema";
                    return Err(FormatError::corrupt(what, *stride, expected, 0));
                }
                within("element of a list", 0, item.size()?, *stride)?;
            }
            Self::Deque { size, stride, item } => {
                within("cell of a deque", 0, DEQUE_CELL, *size)?;
                if !(1..=LARGEST_ITEM).contains(stride) {
                    let expected = format!("1 to {LARGEST_ITEM}");
                    let what = "distance of the elements of a deque in the schema";
                    return Err(FormatError::corrupt(what, *stride, expected, 0));
                }
                within("element of a deque", 0, item.size()?, *stride)?;
            }
            Self::Variants { size, tag, fields, .. } => {
                within("tag of an enum", 0, tag.size, *size)?;
                for field in fields.iter().flatten() {
                    within("tag of an enum", 0, tag.size, field.offset)?;
                    within("field of a variant", field.offset, field.size, *size)?;
                    within("type of a field", 0, field.ty.size()?, field.size)?;
                }
            }
            Self::Map { order, size, key, value } => {
                within("cell of a map or set", 0, order.cell(), *size)?;
                within_node("key", key.size()?, LARGEST_KEY)?;
                if let Some(value) = value {
                    within_node("value", value.size()?, LARGEST_ITEM)?;
                }
            }
            Self::Scalar(_)
            | Self::Enum { .. }
            | Self::Pod { .. }
            | Self::Outer { .. }
            | Self::Other { .. } => {}
        }
        self.size().map(drop)
    }

    /// The bytes that the type takes at least; 0 for one that is not known.
    pub(super) fn size(&self) -> Result<u64, FormatError> {
        let size = match self {
            Self::Scalar(scalar) | Self::Enum { repr: scalar, .. } => Some(scalar.size),
            Self::String { capacity, data, .. } | Self::Encoded { capacity, data, .. } => {
                data.checked_add(*capacity)
            }
            Self::Vec { capacity, data, stride, .. } => {
                capacity.checked_mul(*stride).and_then(|len| len.checked_add(*data))
            }
            Self::Array { capacity, stride, .. } => capacity.checked_mul(*stride),
            Self::Struct { size, .. }
            | Self::Pod { size, .. }
            | Self::Text { size }
            | Self::Bytes { size }
            | Self::Coded { size, .. }
            | Self::Box { size, .. }
            | Self::Optional { size, .. }
            | Self::List { size, .. }
            | Self::Deque { size, .. }
            | Self::Variants { size, .. }
            | Self::Map { size, .. }
            | Self::Outer { size, .. } => Some(*size),
            Self::Option { data, item, .. } => data.checked_add(item.size()?),
            Self::Other { .. } => Some(0),
        };
        let is_possible = |size: &u64| isize::try_from(*size).is_ok();
        size.filter(is_possible).ok_or_else(|| {
            FormatError::corrupt("size of a type", u64::MAX, format!("at most {}", isize::MAX), 0)
        })
    }
}

/// Checks what the text of a growable record says besides that of a struct.
fn cells_are_behind_the_prefix(root: Value<'_, '_>, ty: &Type) -> Result<bool, FormatError> {
    for (key, what, expected) in [
        ("growable", "version of the cells in the schema", GROWABLE),
        ("prefix", "bytes in front of the cells in the schema", PREFIX),
    ] {
        let found = number(root, key)?;
        if found != expected {
            return Err(FormatError::corrupt(what, found, expected, 0));
        }
    }
    let Type::Struct { fields, size, .. } = ty else { return Err(unreadable(root.position())) };
    within("prefix of a growable record", 0, PREFIX, *size)?;
    match fields.iter().find(|field| field.offset < PREFIX) {
        None => Ok(true),
        Some(field) => Err(FormatError::Corrupt {
            what: "offset of a cell in the schema",
            found: field.offset,
            expected: format!("at least {PREFIX}").into(),
            offset: 0,
        }),
    }
}

/// Checks that a part of an entry is not larger than what stands in a node.
fn within_node(what: &'static str, size: u64, largest: u64) -> Result<(), FormatError> {
    within(what, 0, size, largest)
}

/// Checks that a part of `size` bytes at `offset` is within the first `bound` bytes.
fn within(what: &'static str, offset: u64, size: u64, bound: u64) -> Result<(), FormatError> {
    match offset.checked_add(size) {
        Some(end) if end <= bound => Ok(()),
        end => Err(FormatError::Corrupt {
            what: "end of a part in the schema",
            found: end.unwrap_or(u64::MAX),
            expected: format!("at most {bound} for the {what}").into(),
            offset: 0,
        }),
    }
}

fn unreadable(position: usize) -> FormatError {
    let position = position as u64;
    FormatError::corrupt("first unreadable byte of the schema text", position, "none", position)
}

fn required<'a, 'b>(object: Value<'a, 'b>, key: &str) -> Result<Value<'a, 'b>, FormatError> {
    member(object, key).ok_or_else(|| unreadable(object.position()))
}

fn required_text(object: Value<'_, '_>, key: &str) -> Result<String, FormatError> {
    text(object, key).ok_or_else(|| unreadable(object.position()))
}

fn number(object: Value<'_, '_>, key: &str) -> Result<u64, FormatError> {
    let value = required(object, key)?;
    let number = value.as_integer_str().ok().and_then(|number| number.parse().ok());
    number.ok_or_else(|| unreadable(value.position()))
}

fn fields(object: Value<'_, '_>, scope: &mut Scope) -> Result<Vec<Field>, FormatError> {
    let value = required(object, "fields")?;
    let fields = || value.to_array().map_err(|error| unreadable(error.position()));
    few(fields()?.count(), "number of fields")?;
    let mut names = BTreeSet::new();
    fields()?
        .map(|field| {
            let name = required_text(field, "name")?;
            if !names.insert(name.clone()) {
                return Err(unreadable(field.position()));
            }
            Ok(Field {
                name,
                offset: number(field, "offset")?,
                size: number(field, "size")?,
                ty: Type::of(required(field, "type")?, scope)?,
            })
        })
        .collect()
}

/// The variants of an enum with a tag, and the fields of each.
fn tagged(
    object: Value<'_, '_>,
    tag: Scalar,
    scope: &mut Scope,
) -> Result<(Vec<Variant>, Vec<Vec<Field>>), FormatError> {
    let value = required(object, "variants")?;
    let members = || value.to_object().map_err(|error| unreadable(error.position()));
    few(members()?.count(), "number of variants")?;
    let (mut names, mut tags) = (BTreeSet::new(), BTreeSet::new());
    let (mut variants, mut of_each) = (Vec::new(), Vec::new());
    for (name, variant) in members()? {
        let at = name.position();
        let name = name.to_unquoted_string_str().map_err(|_| unreadable(at))?.into_owned();
        let found = number(variant, "tag")?;
        let largest = (1 << (8 * tag.size)) - 1;
        if found > largest {
            let expected = format!("at most {largest}");
            return Err(FormatError::corrupt("tag in the schema", found, expected, 0));
        }
        if !names.insert(name.clone()) || !tags.insert(found) {
            return Err(unreadable(at));
        }
        // A value of zeros is of variant 0; whether one is of another, only its bytes tell.
        let way = if found == 0 { Way::IN_PLACE } else { Way::VARIANT };
        of_each.push(scope.step(way, |scope| fields(variant, scope))?);
        variants.push(Variant { name, number: found.into() });
    }
    if !tags.contains(&0) {
        let first = tags.first().copied().unwrap_or(u64::MAX);
        return Err(FormatError::corrupt("lowest tag in the schema", first, "0", 0));
    }
    Ok((variants, of_each))
}

fn variants(object: Value<'_, '_>) -> Result<Vec<Variant>, FormatError> {
    let value = required(object, "variants")?;
    let variants = || value.to_object().map_err(|error| unreadable(error.position()));
    few(variants()?.count(), "number of variants")?;
    let mut names = BTreeSet::new();
    variants()?
        .map(|(name, number)| {
            let at = name.position();
            let name = name.to_unquoted_string_str().map_err(|_| unreadable(at))?.into_owned();
            let number = number.as_integer_str().ok().and_then(|number| number.parse().ok());
            match number {
                Some(number) if names.insert(name.clone()) => Ok(Variant { name, number }),
                _ => Err(unreadable(at)),
            }
        })
        .collect()
}

fn few(found: usize, what: &'static str) -> Result<(), FormatError> {
    if found <= MAX_PARTS {
        return Ok(());
    }
    Err(FormatError::corrupt(what, found as u64, format!("at most {MAX_PARTS}"), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An enum with these tags and fields.
    fn tagged(size: u64, tag: &str, variants: &[(&str, &str, &str)]) -> String {
        let variants = variants
            .iter()
            .map(|(name, tag, fields)| format!(r#""{name}":{{"tag":{tag},"fields":[{fields}]}}"#));
        let variants = variants.collect::<Vec<_>>().join(",");
        format!(r#"{{"kind":"variant","size":{size},"tag":"{tag}","variants":{{{variants}}}}}"#)
    }

    #[test]
    fn variants_have_names_tags_and_fields_of_their_own_behind_the_tag() {
        let number = |offset| field("n", offset, 8, "\"u64\"");
        let both = [("A", "0", ""), ("B", "1", &*number(8)), ("C", "2", &*number(8))];
        let Type::Struct { fields, .. } = one(16, &tagged(16, "u8", &both)).unwrap().root else {
            panic!()
        };
        assert_eq!(fields[0].ty.to_string(), "enum of 3 variants, 16 bytes");
        let Type::Variants { size: 16, tag, variants, fields } = &fields[0].ty else { panic!() };
        assert_eq!((tag.name, variants[1].number, fields[1][0].offset), ("u8", 1, 8));
        for good in [
            tagged(2, "u16", &[("A", "300", ""), ("B", "0", "")]),
            tagged(2, "u16", &[("A", "65535", ""), ("B", "0", "")]),
            // One of a later version.
            tagged(0, "u32", &[]),
            tagged(9, "u8", &[("A", "0", &number(1))]),
        ] {
            assert!(one(16, &good).is_ok(), "{good}");
        }
        for bad in [
            tagged(0, "u8", &[("A", "0", "")]),
            tagged(1, "u16", &[("A", "0", "")]),
            tagged(16, "u8", &[]),
            tagged(16, "u8", &[("A", "1", "")]),
            tagged(16, "u8", &[("A", "0", ""), ("A", "1", "")]),
            tagged(16, "u8", &[("A", "0", ""), ("B", "0", "")]),
            tagged(16, "u8", &[("A", "0", ""), ("B", "256", "")]),
            tagged(16, "u16", &[("A", "0", ""), ("B", "65536", "")]),
            tagged(16, "u8", &[("A", "-1", "")]),
            tagged(16, "u8", &[("A", "0", &number(0))]),
            tagged(16, "u16", &[("A", "0", &number(1))]),
            tagged(16, "u8", &[("A", "0", ""), ("B", "1", &number(9))]),
            tagged(16, "u8", &[("A", "0", &number(u64::MAX))]),
            tagged(16, "u8", &[("A", "0", &format!("{},{}", number(8), number(8)))]),
            tagged(16, "u8", &[("A", "0", &field("n", 8, 4, "\"u64\""))]),
            r#"{"kind":"variant","size":16,"tag":"u8"}"#.into(),
            r#"{"kind":"variant","size":16,"variants":{"A":{"tag":0,"fields":[]}}}"#.into(),
            r#"{"kind":"variant","size":16,"tag":"u8","variants":{"A":0}}"#.into(),
            r#"{"kind":"variant","size":16,"tag":"u8","variants":{"A":{"tag":0}}}"#.into(),
            r#"{"kind":"variant","size":16,"tag":"u8","variants":{"A":{"fields":[]}}}"#.into(),
        ] {
            assert!(one(16, &bad).is_err(), "{bad}");
        }
    }

    /// A variant counts as a level. One that a value need not be of is an end, that of zeros is none.
    #[test]
    fn an_enum_may_be_within_itself_but_for_the_variant_of_zeros() {
        let boxed = r#"{"kind":"box","size":8,"item":{"kind":"outer","levels":1}}"#;
        let boxed = field("0", 8, 8, boxed);
        assert!(one(16, &tagged(16, "u8", &[("A", "0", ""), ("B", "1", &boxed)])).is_ok());
        let endless = one(16, &tagged(16, "u8", &[("A", "1", ""), ("B", "0", &boxed)]));
        let expected = |refused: Result<Schema, FormatError>| match refused.unwrap_err() {
            FormatError::Corrupt { expected, .. } => expected.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(expected(endless), "a list, an optional or a variant on the way");
        let own = field("0", 8, 8, r#"{"kind":"outer","levels":1}"#);
        let within = one(16, &tagged(16, "u8", &[("A", "0", ""), ("B", "1", &own)]));
        assert_eq!(expected(within), "a list or a box on the way");
        let outside = field("0", 8, 8, r#"{"kind":"outer","levels":2}"#);
        assert!(one(16, &tagged(16, "u8", &[("A", "0", ""), ("B", "1", &outside)])).is_err());
    }

    fn record(fields: &str, size: u64) -> String {
        format!(
            "{{\"commy\":1,\"kind\":\"struct\",\"size\":{size},\"align\":1,\"fields\":[{fields}]}}\n"
        )
    }

    fn field(name: &str, offset: u64, size: u64, ty: &str) -> String {
        format!("{{\"name\":\"{name}\",\"offset\":{offset},\"size\":{size},\"type\":{ty}}}")
    }

    fn one(size: u64, ty: &str) -> Result<Schema, FormatError> {
        Schema::parse(record(&field("f", 0, size, ty), size).as_bytes())
    }

    #[test]
    fn a_type_of_countless_parts_is_not_read() {
        let fields = |count: u64| {
            let fields = (0..count).map(|n| field(&format!("f{n}"), n, 1, "\"u8\""));
            record(&fields.collect::<Vec<_>>().join(","), count)
        };
        assert!(Schema::parse(fields(MAX_PARTS as u64).as_bytes()).is_ok());
        assert!(Schema::parse(fields(MAX_PARTS as u64 + 1).as_bytes()).is_err());
    }

    #[test]
    fn parts_lie_within_what_holds_them() {
        for (size, ty) in [
            (8, "\"f64\""),
            (24, r#"{"kind":"string","capacity":16,"len":8,"data":8}"#),
            (20, r#"{"kind":"vec","capacity":3,"len":8,"data":8,"stride":4,"item":"i32"}"#),
            (12, r#"{"kind":"array","capacity":3,"stride":4,"item":"i32"}"#),
            (2, r#"{"kind":"enum","repr":"i16","variants":{"A":0,"B":-7}}"#),
            (8, r#"{"kind":"enum","repr":"u64","variants":{"A":0,"Z":18446744073709551615}}"#),
            (16, r#"{"kind":"option","tag":0,"data":8,"item":"f64"}"#),
            (16, r#"{"kind":"pod","id":"uuid","size":16,"align":1}"#),
            (24, r#"{"kind":"encoded","codec":"json","name":"T","capacity":16,"len":4,"data":8}"#),
            (16, r#"{"kind":"text","size":16}"#),
            (16, r#"{"kind":"bytes","size":16}"#),
            (16, r#"{"kind":"coded","size":16,"codec":"json","name":"T"}"#),
            (8, r#"{"kind":"box","size":8,"item":{"kind":"pod","id":"x","size":9999,"align":1}}"#),
            (24, r#"{"kind":"optional","size":24,"value_at":8,"item":{"kind":"text","size":16}}"#),
            (3, r#"{"kind":"optional","size":3,"value_at":1,"item":"u16"}"#),
            (16, r#"{"kind":"list","size":16,"stride":2,"item":"u16"}"#),
            (24, r#"{"kind":"deque","size":24,"stride":2,"item":"u16"}"#),
            (16, r#"{"kind":"list","size":16,"stride":16,"item":{"kind":"text","size":16}}"#),
            (1, r#"{"kind":"variant","size":1,"tag":"u8","variants":{"A":{"tag":0,"fields":[]}}}"#),
            (16, r#"{"kind":"set","order":"user","size":16,"key":"u64"}"#),
            (
                16,
                r#"{"kind":"map","order":"natural","size":16,"key":{"kind":"text","size":32},"value":"u8"}"#,
            ),
            (24, r#"{"kind":"map","order":"hash","size":24,"key":"u16","value":"u8"}"#),
            (24, r#"{"kind":"set","order":"hash","size":24,"key":{"kind":"text","size":16}}"#),
        ] {
            assert!(one(size, ty).is_ok(), "{ty}");
            let small = one(size - 1, ty);
            assert!(matches!(small, Err(FormatError::Corrupt { .. })), "{ty}: {small:?}");
        }
        // A kind of a later version takes what its field says.
        assert!(one(3, r#"{"kind":"table","rows":7}"#).is_ok());
        let outside = record(&field("f", u64::MAX, 8, "\"f64\""), 8);
        assert!(Schema::parse(outside.as_bytes()).is_err());
    }

    #[test]
    fn impossible_parts_are_refused_and_never_overflow() {
        let max = u64::MAX;
        for ty in [
            format!(r#"{{"kind":"string","capacity":{max},"len":8,"data":8}}"#),
            r#"{"kind":"string","capacity":1,"len":9,"data":8}"#.into(),
            format!(
                r#"{{"kind":"vec","capacity":{max},"len":8,"data":8,"stride":4,"item":"i32"}}"#
            ),
            r#"{"kind":"vec","capacity":1,"len":8,"data":8,"stride":3,"item":"i32"}"#.into(),
            format!(r#"{{"kind":"array","capacity":{max},"stride":{max},"item":"i32"}}"#),
            r#"{"kind":"array","capacity":0,"stride":3,"item":"i32"}"#.into(),
            r#"{"kind":"option","tag":1,"data":8,"item":"u8"}"#.into(),
            r#"{"kind":"encoded","codec":"json","name":"T","capacity":1,"len":4,"data":7}"#.into(),
            format!(r#"{{"kind":"pod","id":"x","size":{max},"align":1}}"#),
            r#"{"kind":"enum","repr":"u8","variants":{"A":0,"A":1}}"#.into(),
            r#"{"kind":"text","size":15}"#.into(),
            r#"{"kind":"bytes","size":8}"#.into(),
            r#"{"kind":"coded","size":8,"codec":"json","name":"T"}"#.into(),
            r#"{"kind":"coded","size":16,"codec":"json"}"#.into(),
            r#"{"kind":"coded","size":16,"name":"T"}"#.into(),
            format!(r#"{{"kind":"text","size":{max}}}"#),
            r#"{"kind":"box","size":7,"item":"u8"}"#.into(),
            r#"{"kind":"box","size":8}"#.into(),
            r#"{"kind":"optional","size":9,"value_at":0,"item":"u64"}"#.into(),
            r#"{"kind":"optional","size":15,"value_at":8,"item":"u64"}"#.into(),
            format!(r#"{{"kind":"optional","size":16,"value_at":{max},"item":"u64"}}"#),
            format!(r#"{{"kind":"optional","size":{max},"value_at":8,"item":"u64"}}"#),
            r#"{"kind":"list","size":15,"stride":4,"item":"i32"}"#.into(),
            r#"{"kind":"list","size":16,"stride":0,"item":{"kind":"later"}}"#.into(),
            r#"{"kind":"list","size":16,"stride":3,"item":"i32"}"#.into(),
            r#"{"kind":"list","size":16,"stride":129,"item":"i32"}"#.into(),
            format!(r#"{{"kind":"list","size":16,"stride":{max},"item":"i32"}}"#),
            format!(r#"{{"kind":"list","size":{max},"stride":4,"item":"i32"}}"#),
            r#"{"kind":"list","size":16,"item":"i32"}"#.into(),
            r#"{"kind":"map","order":"natural","size":15,"key":"u8","value":"u8"}"#.into(),
            r#"{"kind":"map","order":"natural","size":16,"key":"u8"}"#.into(),
            r#"{"kind":"map","order":"natural","size":16,"value":"u8"}"#.into(),
            r#"{"kind":"map","size":16,"key":"u8","value":"u8"}"#.into(),
            r#"{"kind":"map","order":"natural","size":16,"key":{"kind":"pod","id":"x","size":65,"align":1},"value":"u8"}"#.into(),
            r#"{"kind":"map","order":"natural","size":16,"key":"u8","value":{"kind":"pod","id":"x","size":129,"align":1}}"#.into(),
            r#"{"kind":"set","order":"user","size":15,"key":"u8"}"#.into(),
            format!(r#"{{"kind":"set","order":"user","size":{max},"key":"u8"}}"#),
            r#"{"kind":"set","order":"user","size":16}"#.into(),
            r#"{"kind":"list","size":16,"stride":4}"#.into(),
            r#"{"kind":"deque","size":23,"stride":4,"item":"i32"}"#.into(),
            r#"{"kind":"deque","size":24,"stride":0,"item":{"kind":"later"}}"#.into(),
            r#"{"kind":"deque","size":24,"stride":3,"item":"i32"}"#.into(),
            r#"{"kind":"deque","size":24,"stride":129,"item":"i32"}"#.into(),
            format!(r#"{{"kind":"deque","size":24,"stride":{max},"item":"i32"}}"#),
            format!(r#"{{"kind":"deque","size":{max},"stride":4,"item":"i32"}}"#),
            r#"{"kind":"deque","size":24,"item":"i32"}"#.into(),
            r#"{"kind":"deque","size":24,"stride":4}"#.into(),
            r#"{"kind":"map","order":"hash","size":23,"key":"u16","value":"u8"}"#.into(),
            r#"{"kind":"map","order":"hash","size":24,"key":"u16"}"#.into(),
            r#"{"kind":"map","order":"hash","size":24,"value":"u16"}"#.into(),
            r#"{"kind":"map","order":"hash","key":"u16","value":"u8"}"#.into(),
            r#"{"kind":"set","order":"hash","size":16,"key":"u16"}"#.into(),
            r#"{"kind":"set","order":"hash","size":24}"#.into(),
            r#"{"kind":"set","order":"hash","size":24,"key":{"kind":"text","size":65}}"#.into(),
            r#"{"kind":"map","order":"hash","size":24,"key":"u8","value":{"kind":"text","size":129}}"#
                .into(),
            format!(r#"{{"kind":"set","order":"hash","size":{max},"key":"u8"}}"#),
            r#"{"kind":"outer"}"#.into(),
            r#"{"kind":"outer","levels":1}"#.into(),
            "7".into(),
            r#"{"kind":"vec"}"#.into(),
            r#"{"kind":"string","capacity":-1,"len":8,"data":8}"#.into(),
        ] {
            assert!(one(i64::MAX as u64, &ty).is_err(), "{ty}");
        }
        let twice = format!("{},{}", field("f", 0, 1, "\"u8\""), field("f", 1, 1, "\"u8\""));
        assert!(Schema::parse(record(&twice, 2).as_bytes()).is_err());
    }

    /// `item` in a list, a box, an optional.
    fn list(stride: u64, item: &str) -> String {
        format!(r#"{{"kind":"list","size":16,"stride":{stride},"item":{item}}}"#)
    }

    fn boxed(item: &str) -> String {
        format!(r#"{{"kind":"box","size":8,"item":{item}}}"#)
    }

    fn optional(size: u64, value_at: u64, item: &str) -> String {
        format!(r#"{{"kind":"optional","size":{size},"value_at":{value_at},"item":{item}}}"#)
    }

    fn outer(levels: u64) -> String {
        format!(r#"{{"kind":"outer","levels":{levels}}}"#)
    }

    /// A struct of 24 bytes with a field of the first 16 of them.
    fn structure(ty: &str) -> String {
        let field = field("f", 0, 16, ty);
        format!(r#"{{"kind":"struct","size":24,"align":8,"fields":[{field}]}}"#)
    }

    fn refusal(ty: &str) -> (&'static str, String) {
        match one(4096, ty) {
            Err(FormatError::Corrupt { what, expected, .. }) => (what, expected.into()),
            other => panic!("{ty}: {other:?}"),
        }
    }

    #[test]
    fn a_struct_within_itself_is_named_by_levels_that_are_there() {
        let array =
            |item: &str| format!(r#"{{"kind":"array","capacity":2,"stride":8,"item":{item}}}"#);
        for item in [
            list(24, &outer(1)),
            list(8, &boxed(&outer(1))),
            list(24, &structure(&list(24, &outer(2)))),
            list(25, &optional(25, 1, &outer(1))),
            optional(16, 8, &boxed(&outer(1))),
            boxed(&optional(32, 8, &outer(1))),
            boxed(&structure(&optional(16, 8, &boxed(&outer(2))))),
            array(&boxed(&list(24, &outer(1)))),
            list(24, &structure(&list(24, &structure(&list(24, &outer(3)))))),
        ] {
            assert!(one(4096, &structure(&item)).is_ok(), "{item}");
        }
        let what = "levels of an outer struct in the schema";
        for (levels, item) in [(0, 1), (2, 1), (3, 1), (u64::MAX, 1), (3, 2), (1 << 32 | 1, 1)] {
            // The record is around it, too, and never meant.
            let item = match item {
                1 => list(24, &outer(levels)),
                _ => list(24, &structure(&list(24, &outer(levels)))),
            };
            let expected = if item.contains("struct") { "1 to 2" } else { "1 to 1" };
            assert_eq!(refusal(&structure(&item)), (what, expected.into()), "{item}");
        }
        // What is over is not around it any more.
        let beside = format!("{},{}", field("a", 0, 24, &structure("\"u8\"")), {
            field("b", 24, 16, &list(24, &outer(1)))
        });
        assert!(Schema::parse(record(&beside, 4096).as_bytes()).is_err());
        for levels in ["-1", "1.5", "\"1\"", "null", "18446744073709551616"] {
            let item = format!(r#"{{"kind":"outer","levels":{levels}}}"#);
            assert!(one(4096, &structure(&list(24, &item))).is_err(), "{levels}");
        }
        // It takes as many bytes as it says.
        let short = structure(&list(23, &outer(1)));
        assert_eq!(refusal(&short).1, "at most 23 for the element of a list");
        let short = structure(&boxed(&optional(31, 8, &outer(1))));
        assert_eq!(refusal(&short).1, "at most 31 for the value of an optional");
    }

    #[test]
    fn a_struct_within_its_own_bytes_or_without_an_end_is_refused() {
        let in_place = (
            "levels of a struct that is within itself in the schema",
            "a list or a box on the way",
        );
        let endless = (
            "levels of a struct without an end in the schema",
            "a list, an optional or a variant on the way",
        );
        let array = |capacity: u64, item: &str| {
            format!(r#"{{"kind":"array","capacity":{capacity},"stride":24,"item":{item}}}"#)
        };
        for (item, (what, expected)) in [
            (outer(1), in_place),
            (structure(&outer(2)), in_place),
            (optional(32, 8, &outer(1)), in_place),
            (array(0, &outer(1)), in_place),
            (
                r#"{"kind":"option","tag":0,"data":8,"item":{"kind":"outer","levels":1}}"#.into(),
                in_place,
            ),
            // The way from the record leads through a list; that from the struct does not.
            (list(24, &structure(&outer(1))), in_place),
            (boxed(&outer(1)), endless),
            (boxed(&boxed(&outer(1))), endless),
            (boxed(&structure(&boxed(&outer(2)))), endless),
            (list(24, &structure(&boxed(&outer(1)))), endless),
            (array(1, &boxed(&outer(1))), endless),
        ] {
            let refused = refusal(&list(24, &structure(&item)));
            assert_eq!(refused, (what, expected.into()), "{item}");
        }
    }

    #[test]
    fn types_in_types_end_before_the_stack_does() {
        type Wrap = fn(&str) -> String;
        let wraps: [Wrap; 4] = [
            |item| list(16, item),
            boxed,
            |item| optional(1 << 40, 8, item),
            |item| {
                format!(r#"{{"kind":"array","capacity":1,"stride":{},"item":{item}}}"#, 1_u64 << 40)
            },
        ];
        for wrap in wraps {
            let deep = |levels: usize| {
                let inner = r#"{"kind":"text","size":16}"#.to_owned();
                (0..levels).fold(inner, |item, _| wrap(&item))
            };
            let _ = one(1 << 50, &deep(100));
            assert!(one(1 << 50, &deep(500)).is_err());
        }
        // As many as fit into the longest text: each is looked at once.
        let outers =
            (0..MAX_PARTS as u64).map(|n| field(&format!("f{n}"), 0, 16, &list(24, &outer(1))));
        let wide = format!(
            r#"{{"kind":"struct","size":24,"align":8,"fields":[{}]}}"#,
            outers.collect::<Vec<_>>().join(",")
        );
        let many: Vec<_> = (0..10).map(|n| field(&format!("f{n}"), 0, 24, &wide)).collect();
        let text = record(&many.join(","), 24);
        assert!(text.len() > 3 << 20);
        assert!(Schema::parse(text.as_bytes()).is_ok());
    }

    #[test]
    fn cells_of_a_growable_record_lie_behind_its_prefix() {
        let line = |members: &str, offset: u64, size: u64| {
            let fields = field("f", offset, 8, "\"u64\"");
            let own = format!("\"size\":{size},\"align\":8,\"fields\":[{fields}]");
            format!("{{\"commy\":1,{members}\"kind\":\"struct\",{own}}}\n")
        };
        let read = |line: &str| Schema::parse(line.as_bytes());
        let growable = "\"growable\":1,\"prefix\":16,";
        assert!(read(&line(growable, 16, 24)).unwrap().is_growable);
        assert!(!read(&line("", 8, 16)).unwrap().is_growable);
        for (members, offset, size, found) in [
            (growable, 8, 24, Some(8)),
            (growable, 15, 24, Some(15)),
            ("\"growable\":2,\"prefix\":16,", 16, 24, Some(2)),
            ("\"growable\":1,\"prefix\":8,", 16, 24, Some(8)),
            ("\"growable\":true,\"prefix\":16,", 16, 24, None),
            ("\"growable\":1,", 16, 24, None),
        ] {
            let error = read(&line(members, offset, size)).unwrap_err();
            let FormatError::Corrupt { found: told, .. } = &error else { panic!("{error:?}") };
            assert!(found.is_none_or(|found| found == *told), "{members}: {error:?}");
        }
        let no_struct = format!("{{\"commy\":1,{growable}\"type\":\"u64\"}}\n");
        assert!(read(&no_struct).is_err());
        let short = "\"kind\":\"struct\",\"size\":15,\"align\":8,\"fields\":[]}\n";
        assert!(read(&format!("{{\"commy\":1,{growable}{short}")).is_err());
    }

    /// Whatever a byte is changed to, there is a schema or an error.
    #[test]
    fn no_changed_byte_does_harm() {
        let item = r#"{"kind":"vec","capacity":3,"len":8,"data":8,"stride":4,"item":"i32"}"#;
        let tree = structure(&list(24, &structure(&optional(16, 8, &boxed(&outer(2))))));
        let fields = [field("points", 0, 20, item), field("tree", 24, 24, &tree)].join(",");
        let text = record(&fields, 48) + "{\"name\":\"x\",\"fields\":{}}\n";
        let (mut read, mut refused) = (0, 0);
        for at in 0..text.len() {
            for new in [0, b'"', b'{', b'}', b',', b'9', b'-', b'\n', 0xff] {
                let mut text = text.clone().into_bytes();
                text[at] = new;
                match Schema::parse(&text) {
                    Ok(_) => read += 1,
                    Err(_) => refused += 1,
                }
            }
        }
        let line = text.find('\n').unwrap();
        assert!((0..line).all(|end| Schema::parse(&text.as_bytes()[..end]).is_err()));
        assert!(read > 100 && refused > 100, "{read} {refused}");
    }
}
