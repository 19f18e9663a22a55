//! A part of a value that is there.

use crate::dynamic::path::{PathError, Step, Way};
use crate::dynamic::value::Value;

/// The part of a value that a path leads to.
///
/// # Errors
///
/// Where it leads nowhere.
pub(in crate::dynamic) fn in_value(value: &Value, way: Way<'_>) -> Result<Value, PathError> {
    let Some((step, behind)) = way.next() else { return Ok(value.clone()) };
    match value {
        Value::Maybe(Some(inner)) => in_value(inner, way),
        // Nothing has no parts, but may have some another time.
        Value::Maybe(None) | Value::Null => Ok(value.clone()),
        Value::Struct(fields) => match super::name_of(step) {
            Some(name) => match value.field(name) {
                Some(value) => in_value(value, behind),
                None => Err(way.no_field(name, fields.iter().map(|(name, _)| &**name))),
            },
            None => Err(way.no_step(value.kind(), "`.field`")),
        },
        Value::Enum(of) => match super::name_of(step) {
            Some(name) => match value.field(name) {
                Some(value) => in_value(value, behind),
                None => Err(PathError::OtherVariant {
                    path: way.path(),
                    found: of.name.as_ref().into(),
                    name: name.into(),
                }),
            },
            None => Err(way.no_step(value.kind(), "`.field`")),
        },
        Value::List(items) => {
            let range = way.range(step, items.len() as u64)?;
            let found = items.get(range.start as usize..range.end as usize).unwrap_or_default();
            match (step, found) {
                (Step::Range(..), found) => {
                    behind.expect_end()?;
                    Ok(Value::List(found.into()))
                }
                (_, [item]) => in_value(item, behind),
                _ => Err(way.no_step(value.kind(), "`[index]`")),
            }
        }
        Value::Bytes(bytes) => {
            let range = way.range(step, bytes.len() as u64)?;
            let found = bytes.get(range.start as usize..range.end as usize).unwrap_or_default();
            behind.expect_end()?;
            match (step, found) {
                (Step::Range(..), found) => Ok(Value::Bytes(found.into())),
                (_, [byte]) => Ok(Value::U64((*byte).into())),
                _ => Err(way.no_step(value.kind(), "`[index]`")),
            }
        }
        Value::Map(entries) => match entries.iter().find(|(key, _)| step.is_key(key)) {
            Some((_, value)) => in_value(value, behind),
            None => Err(way.no_key(step)),
        },
        Value::Invalid(invalid) => {
            Err(PathError::Invalid { path: way.path(), reason: invalid.reason.clone() })
        }
        Value::Bool(_)
        | Value::U64(_)
        | Value::I64(_)
        | Value::U128(_)
        | Value::I128(_)
        | Value::F32(_)
        | Value::F64(_)
        | Value::Char(_)
        | Value::Str(_)
        | Value::Opaque(_) => Err(way.no_step(value.kind(), "the end of the path")),
    }
}
