//! Checks that what a schema text says is possible: parts lie within what holds them.

use super::types::{Cells, Type};
use crate::format::FormatError;

/// The bytes of an option's tag.
const OPTION_TAG: u64 = 8;
/// The bytes of a codec's mark, behind the length of a serialized value.
const CODEC_MARK: u64 = 4;
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

impl Type {
    /// Checks that the parts of the type are within it, the parts of its parts having been checked.
    pub(super) fn check(&self) -> Result<(), FormatError> {
        match self {
            Self::String { len, data, .. } => within("length of text", 0, *len, *data)?,
            Self::Vec { len, data, stride, item, .. } => {
                within("length of a vec", 0, *len, *data)?;
                within("element", 0, item.size()?, *stride)?;
            }
            Self::FixedDeque { head, len, data, stride, item, .. } => {
                within("head and length of a fixed deque", *head, *len, *data)?;
                within("element", 0, item.size()?, *stride)?;
            }
            Self::Array { stride, item, .. } => within("element", 0, item.size()?, *stride)?,
            Self::FixedSet { len, data, stride, item, .. } => {
                within("length of a fixed_set", 0, *len, *data)?;
                within("element", 0, item.size()?, *stride)?;
            }
            Self::FixedMap { capacity, len, keys, values } => {
                within("length of a fixed_map", 0, *len, keys.at)?;
                within("key", 0, keys.item.size()?, keys.stride)?;
                within("value", 0, values.item.size()?, values.stride)?;
                within("keys of a fixed_map", 0, end_of(keys, *capacity)?, values.at)?;
            }
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
                apart(*stride, "distance of the elements of a list in the schema")?;
                within("element of a list", 0, item.size()?, *stride)?;
            }
            Self::Deque { size, stride, item } => {
                within("cell of a deque", 0, DEQUE_CELL, *size)?;
                apart(*stride, "distance of the elements of a deque in the schema")?;
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
                within("key", 0, key.size()?, LARGEST_KEY)?;
                if let Some(value) = value {
                    within("value", 0, value.size()?, LARGEST_ITEM)?;
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

    /// The bytes that a type takes which was checked, or 0 for one that is not known.
    #[cfg(feature = "dynamic")]
    pub(crate) fn bytes(&self) -> u64 {
        self.size().unwrap_or(0)
    }

    /// The bytes that the type takes at least; 0 for one that is not known.
    pub(super) fn size(&self) -> Result<u64, FormatError> {
        let size = match self {
            Self::Scalar(scalar) | Self::Enum { repr: scalar, .. } => Some(scalar.size),
            Self::String { capacity, data, .. } | Self::Encoded { capacity, data, .. } => {
                data.checked_add(*capacity)
            }
            Self::Vec { capacity, data, stride, .. }
            | Self::FixedDeque { capacity, data, stride, .. }
            | Self::FixedSet { capacity, data, stride, .. } => {
                capacity.checked_mul(*stride).and_then(|len| len.checked_add(*data))
            }
            Self::Array { capacity, stride, .. } => capacity.checked_mul(*stride),
            Self::FixedMap { capacity, values, .. } => Some(end_of(values, *capacity)?),
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
        possible(size)
    }
}

/// A size that something in memory can have.
fn possible(size: Option<u64>) -> Result<u64, FormatError> {
    let is_possible = |size: &u64| isize::try_from(*size).is_ok();
    size.filter(is_possible).ok_or_else(|| {
        FormatError::corrupt("size of a type", u64::MAX, format!("at most {}", isize::MAX), 0)
    })
}

/// Where so many cells end.
fn end_of(cells: &Cells, count: u64) -> Result<u64, FormatError> {
    possible(count.checked_mul(cells.stride).and_then(|len| len.checked_add(cells.at)))
}

/// Checks that elements of a node are so far apart as they can be.
fn apart(stride: u64, what: &'static str) -> Result<(), FormatError> {
    if (1..=LARGEST_ITEM).contains(&stride) {
        return Ok(());
    }
    Err(FormatError::corrupt(what, stride, format!("1 to {LARGEST_ITEM}"), 0))
}

/// Checks that a part of `size` bytes at `offset` is within the first `bound` bytes.
pub(super) fn within(
    what: &'static str,
    offset: u64,
    size: u64,
    bound: u64,
) -> Result<(), FormatError> {
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

#[cfg(test)]
mod tests {
    use super::super::parse::tests::{field, one, record};
    use super::super::types::Schema;
    use super::*;

    /// A map of so many entries: its length, keys and their distance, values and theirs.
    fn fixed_map(capacity: u64, keys: (u64, u64, u64), values: (u64, u64)) -> String {
        let ((len, at, stride), (values, value_stride)) = (keys, values);
        format!(
            r#"{{"kind":"fixed_map","capacity":{capacity},"len":{len},"keys":{at},"key_stride":{stride},"values":{values},"value_stride":{value_stride},"key":"u32","value":"u32"}}"#
        )
    }

    #[test]
    fn parts_lie_within_what_holds_them() {
        for (size, ty) in [
            (8, "\"f64\""),
            (24, r#"{"kind":"string","capacity":16,"len":8,"data":8}"#),
            (20, r#"{"kind":"vec","capacity":3,"len":8,"data":8,"stride":4,"item":"i32"}"#),
            (12, r#"{"kind":"array","capacity":3,"stride":4,"item":"i32"}"#),
            (20, r#"{"kind":"fixed_set","capacity":3,"len":8,"data":8,"stride":4,"item":"i32"}"#),
            (
                32,
                r#"{"kind":"fixed_map","capacity":2,"len":8,"keys":8,"key_stride":4,"values":16,"value_stride":8,"key":"u32","value":"f64"}"#,
            ),
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
            r#"{"kind":"fixed_set","capacity":1,"len":9,"data":8,"stride":4,"item":"i32"}"#.into(),
            r#"{"kind":"fixed_set","capacity":1,"len":8,"data":8,"stride":3,"item":"i32"}"#.into(),
            format!(
                r#"{{"kind":"fixed_set","capacity":{max},"len":8,"data":8,"stride":4,"item":"i32"}}"#
            ),
            fixed_map(1, (9, 8, 4), (12, 4)),
            fixed_map(1, (8, 8, 3), (12, 4)),
            fixed_map(1, (8, 8, 4), (12, 3)),
            fixed_map(2, (8, 8, 4), (15, 4)),
            fixed_map(max, (8, 8, 4), (16, 4)),
            fixed_map(1 << 62, (8, 8, 4), (max, 4)),
            fixed_map(2, (8, max, 4), (16, 4)),
            fixed_map(2, (8, 8, max), (max, 4)),
            fixed_map(2, (8, 8, 4), (16, max)),
            r#"{"kind":"fixed_map","capacity":1,"len":8,"keys":8,"key_stride":1,"values":16,"value_stride":1,"key":"u8"}"#.into(),
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
}
