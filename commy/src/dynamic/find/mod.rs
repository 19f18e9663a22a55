//! Goes the way of a path: first by the schema alone, which tells of every wrong step, then to the bytes.

pub(super) mod cells;
pub(super) mod fixed;
mod value;

pub(super) use self::value::in_value;

use super::load::cells::Scope;
use super::path::{PathError, Step, Way};
use crate::format::schema::{Field, Type};

/// Checks that a path leads somewhere, as far as the schema can say.
///
/// # Errors
///
/// `NoField`, `NoStep`; `OutOfBounds` for arrays.
pub(super) fn check(root: &Type, way: Way<'_>) -> Result<(), PathError> {
    step(root, None, way)
}

fn step<'s>(ty: &'s Type, around: Option<&Scope<'_, 's>>, way: Way<'_>) -> Result<(), PathError> {
    let Some((next, behind)) = way.next() else { return Ok(()) };
    match ty {
        // What lies in them is reached without a step.
        Type::Box { item, .. } | Type::Optional { item, .. } | Type::Option { item, .. } => {
            step(item, around, way)
        }
        Type::Outer { levels, .. } => match Scope::outer(around, *levels) {
            Some((ty, around)) => step(ty, around, way),
            None => Err(way.no_step("a type that is in no other", "nothing")),
        },
        Type::Struct { fields, .. } => {
            let field = field(fields, next, way)?;
            step(&field.ty, Some(&Scope::within(ty, around)), behind)
        }
        Type::Variants { fields, .. } => {
            let name = name_of(next).ok_or_else(|| way.no_step(ty, "`.field`"))?;
            // Variants may have fields of one name: the way has to lead on from one of them.
            let scope = Scope::within(ty, around);
            let named = fields.iter().flatten().filter(|field| *field.name == *name);
            let mut refused = None;
            for field in named {
                match step(&field.ty, Some(&scope), behind) {
                    Ok(()) => return Ok(()),
                    Err(error) => refused = Some(error),
                }
            }
            let names = || fields.iter().flatten().map(|field| &*field.name);
            Err(refused.unwrap_or_else(|| way.no_field(name, names())))
        }
        Type::Array { item, capacity, .. } => {
            element(ty, next, way)?;
            way.range(next, *capacity)?;
            items(item, around, (next, behind))
        }
        Type::Vec { item, .. }
        | Type::FixedDeque { item, .. }
        | Type::List { item, .. }
        | Type::Deque { item, .. } => {
            element(ty, next, way)?;
            items(item, around, (next, behind))
        }
        Type::Bytes { .. } => {
            element(ty, next, way)?;
            match behind.next() {
                None => Ok(()),
                Some(_) => Err(behind.no_step("bytes", "nothing behind a byte")),
            }
        }
        Type::Map { value: Some(value), .. } => entry(ty, value, around, (next, way, behind)),
        Type::FixedMap { values, .. } => entry(ty, &values.item, around, (next, way, behind)),
        Type::Map { value: None, .. } | Type::FixedSet { .. } => {
            Err(way.no_step(ty, "nothing: a set has no values"))
        }
        // What a codec has written is known when it is read.
        Type::Encoded { .. } | Type::Coded { .. } => Ok(()),
        Type::Scalar(_)
        | Type::String { .. }
        | Type::Enum { .. }
        | Type::Pod { .. }
        | Type::Text { .. }
        | Type::Other { .. } => Err(way.no_step(ty, "the end of the path")),
    }
}

/// The value of an entry of a map.
fn entry<'s>(
    ty: &Type,
    value: &'s Type,
    around: Option<&Scope<'_, 's>>,
    (next, way, behind): (&Step, Way<'_>, Way<'_>),
) -> Result<(), PathError> {
    match next {
        Step::Range(..) | Step::Name(_) => Err(way.no_step(ty, "`[\"key\"]` or `[number]`")),
        Step::Number(_) | Step::Key(_) => step(value, around, behind),
    }
}

/// The name of a field that a step means.
fn name_of(step: &Step) -> Option<&str> {
    match step {
        Step::Name(name) | Step::Key(name) => Some(name),
        Step::Number(_) | Step::Range(..) => None,
    }
}

/// The field that a step means.
pub(super) fn field<'s>(
    fields: &'s [Field],
    step: &Step,
    way: Way<'_>,
) -> Result<&'s Field, PathError> {
    let Some(name) = name_of(step) else {
        return Err(way.no_step("a struct", "`.field`"));
    };
    let found = fields.iter().find(|field| *field.name == *name);
    found.ok_or_else(|| way.no_field(name, fields.iter().map(|field| &*field.name)))
}

/// That a step is one to an element, or to some.
fn element(ty: &Type, step: &Step, way: Way<'_>) -> Result<(), PathError> {
    match step {
        Step::Number(number) if *number >= 0 => Ok(()),
        Step::Range(..) => Ok(()),
        _ => Err(way.no_step(ty, "`[index]` or `[start..end]`")),
    }
}

fn items<'s>(
    item: &'s Type,
    around: Option<&Scope<'_, 's>>,
    (next, behind): (&Step, Way<'_>),
) -> Result<(), PathError> {
    match next {
        Step::Range(..) => behind.expect_end(),
        _ => step(item, around, behind),
    }
}
