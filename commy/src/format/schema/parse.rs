//! Reads a schema from text that may be anything.
//!
//! The length of the text bounds memory and time, the parser its depth, and what is read is checked
//! here once: whoever has a [`Schema`] adds its numbers without looking.

use std::collections::BTreeSet;

use nojson::{JsonValueKind, RawJson, RawJsonValue as Value};

use super::bounds::within;
use super::json::{member, text};
use super::notes::Notes;
use super::scope::{Scope, Way};
use super::types::{Cells, Field, Form, Order, Scalar, Schema, Type, Variant};
use crate::format::{FormatError, RecordSpec};

/// A type with more fields or variants than this is not read.
pub(super) const MAX_PARTS: usize = 4096;

/// The bytes in front of the cells of a growable record.
pub(super) const PREFIX: u64 = 16;
/// What a growable record's text says of that, in this version of it.
const GROWABLE: u64 = 1;
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
            "fixed_deque" => Self::fixed_deque(value, item(Way::IN_PLACE)?)?,
            "fixed_set" => Self::fixed_set(value, item(Way::IN_PLACE)?)?,
            "fixed_map" => {
                let key = part("key", Way::IN_PLACE)?;
                Self::fixed_map(value, [key, part("value", Way::IN_PLACE)?])?
            }
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
}

/// Out of line: types are read within each other, and each takes the stack that the largest one needs.
impl Type {
    #[inline(never)]
    fn fixed_deque(value: Value<'_, '_>, item: Box<Self>) -> Result<Self, FormatError> {
        let number = |key| number(value, key);
        let (capacity, head, len) = (number("capacity")?, number("head")?, number("len")?);
        let (data, stride) = (number("data")?, number("stride")?);
        Ok(Self::FixedDeque { capacity, head, len, data, stride, item })
    }

    #[inline(never)]
    fn fixed_set(value: Value<'_, '_>, item: Box<Self>) -> Result<Self, FormatError> {
        let number = |key| number(value, key);
        let (capacity, len) = (number("capacity")?, number("len")?);
        let (data, stride) = (number("data")?, number("stride")?);
        Ok(Self::FixedSet { capacity, len, data, stride, item })
    }

    #[inline(never)]
    fn fixed_map(value: Value<'_, '_>, [key, held]: [Box<Self>; 2]) -> Result<Self, FormatError> {
        let number = |key| number(value, key);
        let (capacity, len) = (number("capacity")?, number("len")?);
        let keys = Cells { at: number("keys")?, stride: number("key_stride")?, item: key };
        let values = Cells { at: number("values")?, stride: number("value_stride")?, item: held };
        Ok(Self::FixedMap { capacity, len, keys, values })
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
pub(super) mod tests {
    use super::super::scope::tests::{boxed, list, optional, outer, structure};
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

    pub(in super::super) fn record(fields: &str, size: u64) -> String {
        format!(
            "{{\"commy\":1,\"kind\":\"struct\",\"size\":{size},\"align\":1,\"fields\":[{fields}]}}\n"
        )
    }

    pub(in super::super) fn field(name: &str, offset: u64, size: u64, ty: &str) -> String {
        format!("{{\"name\":\"{name}\",\"offset\":{offset},\"size\":{size},\"type\":{ty}}}")
    }

    pub(in super::super) fn one(size: u64, ty: &str) -> Result<Schema, FormatError> {
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
