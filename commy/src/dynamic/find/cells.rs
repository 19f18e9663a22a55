//! Parts of a growable record: the way leads through cells and blocks.

use core::cmp::Ordering;

use crate::dynamic::load::cells::{Cells, Here, Instead, Scope};
use crate::dynamic::load::usize_of;
use crate::dynamic::path::{PathError, Step, Way};
use crate::dynamic::value::Value;
use crate::format::schema::{Form, Order, Scalar, Type};
use crate::growable::by_schema::{At, Fault, KeyHash, by_size};

/// What is found at the end of a way, which was checked; nothing of it counts before who reads has found
/// out that it is of one generation.
type Found = Result<Result<Value, PathError>, Fault>;

/// The value that a path leads to.
///
/// # Errors
///
/// Only those that say nothing of the bytes.
pub(in crate::dynamic) fn find<'s>(
    cells: &Cells<'_, 's>,
    ty: &'s Type,
    here: Here<'_, 's>,
    way: Way<'_>,
) -> Found {
    match go(cells, ty, here, way) {
        Ok(found) => Ok(found),
        Err(instead) => Ok(super::in_value(&cells.settle(instead, here)?, way)),
    }
}

fn go<'s>(
    cells: &Cells<'_, 's>,
    ty: &'s Type,
    here: Here<'_, 's>,
    way: Way<'_>,
) -> Result<Result<Value, PathError>, Instead> {
    let Some((step, behind)) = way.next() else { return Ok(Ok(cells.value(ty, here)?)) };
    let (snap, at) = (cells.snap, here.at);
    match ty {
        Type::Box { item, .. } => {
            let size = item.bytes();
            Ok(by_size::boxed(snap, at, usize_of(size), |at| {
                find(cells, item, here.at(at, size), way)
            })?)
        }
        Type::Optional { value_at, item, .. } => match cells.is_some(at)? {
            true => Ok(find(cells, item, here.part(*value_at, item.bytes()), way)?),
            false => Ok(Ok(Value::Maybe(None))),
        },
        Type::Outer { levels, .. } => match Scope::outer(here.scope, *levels) {
            Some((ty, around)) => {
                let size = ty.bytes();
                Ok(find(cells, ty, Here { size, scope: around, ..here }, way)?)
            }
            None => Ok(Err(way.no_step("a type that is in no other", "nothing"))),
        },
        Type::Struct { fields, .. } => match super::field(fields, step, way) {
            Ok(field) => {
                let scope = Scope::within(ty, here.scope);
                let part = here.within(&scope).part(field.offset, field.size);
                Ok(find(cells, &field.ty, part, behind)?)
            }
            Err(error) => Ok(Err(error)),
        },
        Type::Variants { tag, variants, fields, .. } => {
            let (variant, fields) = cells.variant(*tag, (variants, fields), at)?;
            let name = super::name_of(step).unwrap_or_default();
            let Some(field) = fields.iter().find(|field| *field.name == *name) else {
                let (path, found) = (way.path(), variant.name.clone());
                return Ok(Err(PathError::OtherVariant { path, found, name: name.into() }));
            };
            let scope = Scope::within(ty, here.scope);
            let part = here.within(&scope).part(field.offset, field.size);
            Ok(find(cells, &field.ty, part, behind)?)
        }
        Type::Array { capacity, stride, item } => {
            let range = match way.range(step, *capacity) {
                Ok(range) => range,
                Err(error) => return Ok(Err(error)),
            };
            let first = here.part(range.start.saturating_mul(*stride), *stride);
            if let Step::Range(..) = step {
                let count = range.end - range.start;
                let mut each = |read: &mut dyn FnMut(At, usize) -> Result<(), Fault>| {
                    read(first.at, usize_of(count))
                };
                return Ok(Ok(cells.items(item, first, *stride, count, &mut each)?));
            }
            Ok(find(cells, item, first, behind)?)
        }
        Type::List { stride, item, .. } => {
            let len = by_size::list::len(snap, at, usize_of(*stride))?;
            let range = match way.range(step, len) {
                Ok(range) => range,
                Err(error) => return Ok(Err(error)),
            };
            if let Step::Range(..) = step {
                return Ok(Ok(cells.list(item, here, *stride, range)?));
            }
            let mut found = None;
            by_size::list::each(snap, at, usize_of(*stride), range, &mut |at, _| {
                found = Some(find(cells, item, here.at(at, *stride), behind)?);
                Ok(())
            })?;
            Ok(found.unwrap_or_else(|| Err(way.no_key(step))))
        }
        Type::Deque { stride, item, .. } => {
            let len = by_size::deque::len(snap, at, usize_of(*stride))?;
            let range = match way.range(step, len) {
                Ok(range) => range,
                Err(error) => return Ok(Err(error)),
            };
            if let Step::Range(..) = step {
                return Ok(Ok(cells.deque(item, here, *stride, range)?));
            }
            let mut found = None;
            by_size::deque::each(snap, at, usize_of(*stride), range, &mut |at, _| {
                found = Some(find(cells, item, here.at(at, *stride), behind)?);
                Ok(())
            })?;
            Ok(found.unwrap_or_else(|| Err(way.no_key(step))))
        }
        Type::Bytes { .. } => {
            let len = by_size::bytes_len(snap, at)? as u64;
            let range = match way.range(step, len) {
                Ok(range) => range,
                Err(error) => return Ok(Err(error)),
            };
            cells.load.bytes(range.end - range.start)?;
            let mut bytes = vec![0; usize_of(range.end - range.start)];
            by_size::bytes_into(snap, at, usize_of(range.start), &mut bytes)?;
            Ok(Ok(match (step, bytes.as_slice()) {
                (Step::Range(..), _) | (_, []) => Value::Bytes(bytes),
                (_, [byte, ..]) => Value::U64((*byte).into()),
            }))
        }
        Type::Map { order, key, value: Some(value), .. } => {
            entry(cells, *order, (key, value), here, (step, way, behind))
        }
        // What is left is known when it is loaded.
        _ => Ok(super::in_value(&cells.value(ty, here)?, way)),
    }
}

/// The value of an entry: by a search where the schema tells how keys are ordered or hashed, else by a
/// look at each.
fn entry<'s>(
    cells: &Cells<'_, 's>,
    order: Order,
    (key, value): (&'s Type, &'s Type),
    here: Here<'_, 's>,
    (step, way, behind): (&Step, Way<'_>, Way<'_>),
) -> Result<Result<Value, PathError>, Instead> {
    let (snap, at) = (cells.snap, here.at);
    let sizes = Cells::sizes(key, Some(value))?;
    let key_at = |at: At| cells.value(key, here.at(at, sizes.0 as u64));
    let value_at = |at: At| find(cells, value, here.at(at, sizes.1 as u64), behind);
    let found = match (order, Sought::of(key, step)) {
        (_, Sought::Nothing) => None,
        (Order::Natural, Sought::Key(sought)) => {
            let compare = |at| Ok(sought.compare(&key_at(at)?));
            by_size::tree::get(snap, at, sizes, compare, value_at)?
        }
        (Order::Hash, Sought::Key(sought)) => {
            let is_same = |at| Ok(sought.compare(&key_at(at)?).is_eq());
            by_size::hash::get(snap, at, sizes, |hash| sought.feed(hash), is_same, value_at)?
        }
        (Order::User, _) | (_, Sought::Any) => {
            let mut found = None;
            let mut read = |key: At, value: At| {
                if found.is_none() && !cells.load.is_spent() && step.is_key(&key_at(key)?) {
                    found = Some(value_at(value)?);
                }
                Ok(())
            };
            match order {
                Order::Hash => by_size::hash::each(snap, at, sizes, &mut read)?,
                _ => by_size::tree::each(snap, at, sizes, &mut read)?,
            }
            if found.is_none() && cells.load.is_spent() {
                return Err(cells.load.too_much().into());
            }
            found
        }
    };
    Ok(found.unwrap_or_else(|| Err(way.no_key(step))))
}

/// A key that is looked for.
enum Sought<'k> {
    /// It can be searched for.
    Key(SoughtKey<'k>),
    /// No key of the type is this one.
    Nothing,
    /// Keys have to be looked at, one by one.
    Any,
}

enum SoughtKey<'k> {
    Text(&'k str),
    Number(Scalar, i128),
    /// Beyond what fits the other one.
    Large(u128),
}

impl<'k> Sought<'k> {
    fn of(ty: &Type, step: &'k Step) -> Self {
        let text = match step {
            Step::Key(text) | Step::Name(text) => Some(text.as_str()),
            _ => None,
        };
        match (ty, text, step) {
            (Type::Text { .. }, Some(text), _) => Self::Key(SoughtKey::Text(text)),
            (Type::Text { .. }, None, _) => Self::Nothing,
            (Type::Scalar(of), text, _) => {
                let number = match (of.form, text, step) {
                    (Form::Unsigned | Form::Signed, None, Step::Number(number)) => Some(*number),
                    (Form::Unsigned | Form::Signed, Some(text), _) => match text.parse() {
                        Ok(number) => Some(number),
                        Err(_) => match text.parse() {
                            Ok(large) => return Self::Key(SoughtKey::Large(large)),
                            Err(_) => None,
                        },
                    },
                    (Form::Bool, Some(text), _) => text.parse::<bool>().ok().map(i128::from),
                    (Form::Char, Some(text), _) => {
                        text.parse::<char>().ok().map(|char| u32::from(char).into())
                    }
                    _ => None,
                };
                match number {
                    Some(number) => Self::Key(SoughtKey::Number(*of, number)),
                    None => Self::Nothing,
                }
            }
            _ => Self::Any,
        }
    }
}

impl SoughtKey<'_> {
    /// How a key that is there stands to this one.
    fn compare(&self, key: &Value) -> Ordering {
        match (self, key) {
            (Self::Text(sought), Value::Str(key)) => key.as_bytes().cmp(sought.as_bytes()),
            (Self::Number(_, sought), Value::U64(key)) => i128::from(*key).cmp(sought),
            (Self::Number(_, sought), Value::I64(key)) => i128::from(*key).cmp(sought),
            (Self::Number(_, sought), Value::I128(key)) => key.cmp(sought),
            (Self::Number(_, sought), Value::U128(key)) => match u128::try_from(*sought) {
                Ok(sought) => key.cmp(&sought),
                Err(_) => Ordering::Greater,
            },
            (Self::Large(sought), Value::U128(key)) => key.cmp(sought),
            (Self::Number(_, sought), Value::Bool(key)) => i128::from(*key).cmp(sought),
            (Self::Number(_, sought), Value::Char(key)) => i128::from(u32::from(*key)).cmp(sought),
            // What is no value is not the one, wherever that leads.
            _ => Ordering::Less,
        }
    }

    /// Feeds it as a key of its type is fed.
    fn feed(&self, hash: &mut KeyHash) {
        match self {
            Self::Text(text) => {
                hash.len(text.len());
                hash.bytes(text.as_bytes());
            }
            Self::Number(of, number) => {
                let (little, big) = (number.to_le_bytes(), number.to_be_bytes());
                let size = usize_of(of.size).min(16);
                let stored = match cfg!(target_endian = "little") {
                    true => little.get(..size),
                    false => big.get(16 - size..),
                };
                hash.bytes(stored.unwrap_or_default());
            }
            Self::Large(number) => hash.bytes(&number.to_ne_bytes()),
        }
    }
}
