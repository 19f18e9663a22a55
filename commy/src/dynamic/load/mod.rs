//! Makes values of bytes, by what the schema says of them.
//!
//! The bytes are hostile, and the schema may be. So whoever loads counts the memory of what is made, and
//! how deep it lies; and where bytes are no value, that part is [`Value::Invalid`], not the whole.

pub(super) mod cells;
mod decode;
pub(super) mod fixed;

use core::cell::{Cell, RefCell};
use core::marker::PhantomData;
use std::collections::HashMap;
use std::sync::Arc;

use commy_types::InvalidReason;

use super::value::Value;
use crate::format::schema::{Form, MARKS, Scalar, Schema};

/// How deep types may lie in each other, boxes and all. Deeper ones are not shown: they would take more
/// of the stack than a thread has.
pub(super) const MAX_DEPTH: u32 = 512;

/// What one load may do, and what it has done.
pub(super) struct Load<'s> {
    /// The memory that values may still take, in bytes.
    left: Cell<u64>,
    max: u64,
    is_spent: Cell<bool>,
    /// Names are in the schema once, and in values as often as there are values: so these share them.
    /// By the address that a name has in the schema, which outlives this.
    names: RefCell<HashMap<usize, Arc<str>>>,
    schema: PhantomData<&'s Schema>,
}

impl<'s> Load<'s> {
    pub(super) fn new(_: &'s Schema, max: u64) -> Self {
        let (left, is_spent, names) = (Cell::new(max), Cell::new(false), RefCell::default());
        Self { left, max, is_spent, names, schema: PhantomData }
    }

    /// A name of the schema.
    pub(super) fn name(&self, name: &'s str) -> Arc<str> {
        let mut names = self.names.borrow_mut();
        Arc::clone(names.entry(name.as_ptr().addr()).or_insert_with(|| name.into()))
    }

    /// Takes memory for so many values.
    ///
    /// # Errors
    ///
    /// What stands in their place if there is no more.
    pub(super) fn values(&self, count: u64) -> Result<(), Value> {
        self.bytes(count.saturating_mul(size_of::<Value>() as u64))
    }

    /// Takes so much memory.
    ///
    /// # Errors
    ///
    /// What stands in the place of a value that takes more than is left.
    pub(super) fn bytes(&self, bytes: u64) -> Result<(), Value> {
        match self.left.get().checked_sub(bytes) {
            Some(left) if !self.is_spent() => {
                self.left.set(left);
                Ok(())
            }
            _ => {
                self.is_spent.set(true);
                Err(self.too_much())
            }
        }
    }

    /// Whether something was too much: then all is that comes behind it.
    pub(super) const fn is_spent(&self) -> bool {
        self.is_spent.get()
    }

    /// What stands in the place of what is too much.
    #[cold]
    pub(super) fn too_much(&self) -> Value {
        let max = self.max;
        Value::invalid(format!("not loaded: all together takes more than {max} bytes"), &[])
    }
}

/// What stands in the place of what is too deep.
#[cold]
pub(super) fn too_deep() -> Value {
    Value::invalid(format!("not loaded: it lies more than {MAX_DEPTH} types deep"), &[])
}

/// The value of a primitive type; all bytes of it are there.
pub(super) fn scalar(scalar: Scalar, bytes: &[u8]) -> Result<Value, InvalidReason> {
    let number = scalar.number_in(bytes);
    Ok(match (scalar.form, scalar.size) {
        (Form::Bool, _) => match number {
            0 => Value::Bool(false),
            1 => Value::Bool(true),
            _ => return Err(InvalidReason::Bool { found: number as u8 }),
        },
        (Form::Char, _) => match char::from_u32(number as u32) {
            Some(char) => Value::Char(char),
            None => return Err(InvalidReason::Char { found: number as u32 }),
        },
        (Form::Float, 4) => Value::F32(f32::from_bits(number as u32)),
        (Form::Float, _) => Value::F64(f64::from_bits(number as u64)),
        // The bits of a number that fills all 128.
        (Form::Unsigned, 16) => Value::U128(number as u128),
        (Form::Unsigned, _) => Value::U64(number as u64),
        (Form::Signed, 16) => Value::I128(number),
        (Form::Signed, _) => Value::I64(number as i64),
    })
}

/// A serialized value: the mark of its codec, and what that has written.
pub(super) fn coded(
    load: &Load<'_>,
    (codec, name): (&str, &str),
    mark: [u8; 4],
    bytes: &[u8],
) -> Value {
    let declared = MARKS.into_iter().find(|(named, _)| *named == codec);
    if let Some((_, expected)) = declared
        && mark != expected
    {
        return Value::invalid(InvalidReason::Codec { found: mark, expected }, bytes);
    }
    decode::decode(load, (codec, name), bytes)
}

/// Text, if it is.
pub(super) fn text(bytes: Vec<u8>) -> Value {
    match String::from_utf8(bytes) {
        Ok(text) => Value::Str(text),
        Err(error) => {
            let valid_up_to = error.utf8_error().valid_up_to();
            Value::invalid(InvalidReason::Utf8 { valid_up_to }, error.as_bytes())
        }
    }
}

/// Offsets and sizes of a schema: what no memory has room for is nowhere.
pub(super) fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
