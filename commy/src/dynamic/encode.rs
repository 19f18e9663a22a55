//! Bytes of values, by what the schema says of their type: the opposite of `load::fixed`.
//!
//! All bytes that hold nothing are zero. What has no bytes of fixed size is refused, and so is what only
//! the program knows how to write.

use super::load::fixed::{TAG, is_byte};
use super::load::usize_of;
use super::schema::shown;
use super::value::Value;
use crate::format::schema::{Cells, Field, Form, Scalar, Type, Variant};

/// How deep types may lie in each other: schema texts are bounded by the same.
const MAX_DEPTH: u32 = 128;

/// Why a value has no bytes of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unfit {
    /// The way from the value to the part of it: `[2].x`; empty for all of it.
    pub(super) path: String,
    pub(super) why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// It is no value of the type.
    Value { found: String, expected: String },
    /// No value of the type can be written here.
    Type { found: String, reason: &'static str },
}

impl Unfit {
    fn value(found: &Value, expected: impl Into<String>) -> Self {
        let why = Why::Value { found: told(found), expected: expected.into() };
        Self { path: String::new(), why }
    }

    fn ty(ty: &Type, reason: &'static str) -> Self {
        Self { path: String::new(), why: Why::Type { found: ty.to_string(), reason } }
    }

    /// The same of a part of a value.
    fn within(mut self, step: impl core::fmt::Display) -> Self {
        self.path = format!("{step}{}", self.path);
        self
    }
}

/// Writes a value over `bytes`, which are zero and as many as the type has. Afterwards, after an error,
/// they are anything.
///
/// # Errors
///
/// The first part that is no value of its type.
pub(super) fn encode(ty: &Type, value: &Value, bytes: &mut [u8]) -> Result<(), Unfit> {
    Encode { depth: 0 }.value(ty, value, bytes)
}

struct Encode {
    depth: u32,
}

impl Encode {
    fn value(&mut self, ty: &Type, value: &Value, bytes: &mut [u8]) -> Result<(), Unfit> {
        if self.depth > MAX_DEPTH {
            return Err(Unfit::ty(ty, "its types lie more than 128 deep in each other"));
        }
        self.depth += 1;
        self.try_value(ty, value, bytes)?;
        self.depth -= 1;
        Ok(())
    }

    fn try_value(&mut self, ty: &Type, value: &Value, bytes: &mut [u8]) -> Result<(), Unfit> {
        match ty {
            Type::Scalar(of) => scalar(*of, value, bytes),
            Type::Enum { repr, variants } => variant(*repr, variants, value, bytes),
            Type::String { capacity, len, data } => {
                let text = match value {
                    Value::Str(text) => text.as_bytes(),
                    Value::Char(char) => return self.text(&char.to_string(), ty, bytes),
                    _ => {
                        return Err(Unfit::value(
                            value,
                            format!("text of at most {capacity} bytes"),
                        ));
                    }
                };
                let count = count(text.len(), *capacity, "bytes", value)?;
                put_length(bytes, 0, *len, count);
                put(bytes, *data, text);
                Ok(())
            }
            Type::Vec { capacity, len, data, stride, item } => {
                let items = items(value, item)?;
                put_length(bytes, 0, *len, count(items.len(), *capacity, "elements", value)?);
                self.items(item, &items, (*data, *stride), bytes)
            }
            Type::FixedDeque { capacity, head, len, data, stride, item } => {
                let items = items(value, item)?;
                // From the first cell on: the head is 0.
                put_length(bytes, *head, *len, count(items.len(), *capacity, "elements", value)?);
                self.items(item, &items, (*data, *stride), bytes)
            }
            Type::Array { capacity, stride, item } => {
                let items = items(value, item)?;
                if items.len() as u64 != *capacity {
                    let expected = format!("{capacity} elements");
                    return Err(Unfit::value(value, format!("{expected}, not {}", items.len())));
                }
                self.items(item, &items, (0, *stride), bytes)
            }
            Type::FixedSet { capacity, len, data, stride, item } => {
                let keys = sorted(item, items(value, item)?, |key| key)?;
                put_length(bytes, 0, *len, count(keys.len(), *capacity, "elements", value)?);
                self.items(item, &keys, (*data, *stride), bytes)
            }
            Type::FixedMap { capacity, len, keys, values } => {
                let entries = sorted(&keys.item, entries(value)?, |(key, _)| key)?;
                put_length(bytes, 0, *len, count(entries.len(), *capacity, "entries", value)?);
                let (of_keys, of_values): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
                self.cells(keys, &of_keys, bytes)?;
                self.cells(values, &of_values, bytes)
            }
            Type::Struct { fields, .. } => self.structure(fields, value, bytes),
            Type::Option { tag, data, item } => match value {
                Value::Null | Value::Maybe(None) => Ok(()),
                Value::Maybe(Some(value)) => self.some(item, value, (*tag, *data), bytes),
                value => self.some(item, value, (*tag, *data), bytes),
            },
            Type::Pod { size, .. } => {
                let given = match value {
                    Value::Bytes(bytes) => Some(bytes.clone()),
                    Value::Opaque(value) => Some(value.bytes.clone()),
                    Value::Str(text) => hex(text),
                    _ => None,
                };
                match given {
                    Some(given) if given.len() as u64 == *size => {
                        put(bytes, 0, &given);
                        Ok(())
                    }
                    _ => Err(Unfit::value(value, format!("{size} bytes in hexadecimal digits"))),
                }
            }
            Type::Encoded { .. } => match value {
                // No length, and no mark of a codec: all is zero.
                Value::Null | Value::Maybe(None) => Ok(()),
                _ => Err(Unfit::ty(ty, "only its program can serialize it")),
            },
            Type::Other { .. } => Err(Unfit::ty(ty, "its kind is not known here")),
            Type::Text { .. }
            | Type::Bytes { .. }
            | Type::Coded { .. }
            | Type::Box { .. }
            | Type::Optional { .. }
            | Type::List { .. }
            | Type::Deque { .. }
            | Type::Variants { .. }
            | Type::Map { .. }
            | Type::Outer { .. } => {
                Err(Unfit::ty(ty, "it grows, and only its program can write it"))
            }
        }
    }

    fn text(&mut self, text: &str, ty: &Type, bytes: &mut [u8]) -> Result<(), Unfit> {
        self.value(ty, &Value::Str(text.into()), bytes)
    }

    fn some(
        &mut self,
        item: &Type,
        value: &Value,
        (tag, data): (u64, u64),
        bytes: &mut [u8],
    ) -> Result<(), Unfit> {
        put_length(bytes, tag, TAG, 1);
        self.value(item, value, part(bytes, data, item.bytes()))
    }

    fn structure(
        &mut self,
        fields: &[Field],
        value: &Value,
        bytes: &mut [u8],
    ) -> Result<(), Unfit> {
        let expected = || {
            let names: Vec<_> = fields.iter().map(|field| shown(&field.name)).collect();
            format!("all of the fields {}", names.join(", "))
        };
        let given: Vec<(&str, &Value)> = match value {
            Value::Struct(given) => given.iter().map(|(name, value)| (&**name, value)).collect(),
            // The fields of a tuple are numbered.
            Value::List(given) if fields.iter().enumerate().all(is_numbered) => {
                fields.iter().map(|field| &*field.name).zip(given).collect()
            }
            _ => return Err(Unfit::value(value, expected())),
        };
        let is_all = given.len() == fields.len();
        for field in fields {
            let mut named = given.iter().filter(|(name, _)| *name == field.name);
            let (Some((_, value)), None, true) = (named.next(), named.next(), is_all) else {
                return Err(Unfit::value(value, expected()));
            };
            self.value(&field.ty, value, part(bytes, field.offset, field.size))
                .map_err(|unfit| unfit.within(format_args!(".{}", shown(&field.name))))?;
        }
        Ok(())
    }

    fn items(
        &mut self,
        item: &Type,
        items: &[Value],
        (data, stride): (u64, u64),
        bytes: &mut [u8],
    ) -> Result<(), Unfit> {
        for (index, value) in items.iter().enumerate() {
            let at = data.saturating_add((index as u64).saturating_mul(stride));
            self.value(item, value, part(bytes, at, stride))
                .map_err(|unfit| unfit.within(format_args!("[{index}]")))?;
        }
        Ok(())
    }

    fn cells(&mut self, cells: &Cells, values: &[Value], bytes: &mut [u8]) -> Result<(), Unfit> {
        self.items(&cells.item, values, (cells.at, cells.stride), bytes)
    }
}

/// A part of bytes; what the schema places behind their end is nowhere, and schemas are checked.
fn part(bytes: &mut [u8], at: u64, size: u64) -> &mut [u8] {
    let end = bytes.len();
    let start = usize_of(at).min(end);
    let end = usize_of(at.saturating_add(size)).clamp(start, end);
    bytes.get_mut(start..end).unwrap_or_default()
}

fn put(bytes: &mut [u8], at: u64, stored: &[u8]) {
    part(bytes, at, stored.len() as u64).copy_from_slice(stored);
}

/// A length of `size` bytes, from the lowest.
fn put_length(bytes: &mut [u8], at: u64, size: u64, len: u64) {
    let wide = len.to_le_bytes();
    part(bytes, at, size).iter_mut().zip(wide).for_each(|(to, from)| *to = from);
}

/// A number in the byte order of this machine, in as many bytes as there are.
fn put_number(bytes: &mut [u8], number: i128) {
    let wide = number.to_ne_bytes();
    let spare = wide.len().saturating_sub(bytes.len());
    let skipped = if cfg!(target_endian = "big") { spare } else { 0 };
    bytes.iter_mut().zip(wide.into_iter().skip(skipped)).for_each(|(to, from)| *to = from);
}

fn count(len: usize, capacity: u64, what: &str, value: &Value) -> Result<u64, Unfit> {
    match len as u64 {
        len if len <= capacity => Ok(len),
        len => Err(Unfit::value(value, format!("at most {capacity} {what}, not {len}"))),
    }
}

fn is_numbered((index, field): (usize, &Field)) -> bool {
    field.name == index.to_string()
}

/// Elements: of bytes, the bytes.
fn items(value: &Value, item: &Type) -> Result<Vec<Value>, Unfit> {
    let bytes = |bytes: &[u8]| bytes.iter().map(|byte| Value::U64((*byte).into())).collect();
    match value {
        Value::List(items) => Ok(items.clone()),
        Value::Bytes(given) if is_byte(item) => Ok(bytes(given)),
        Value::Str(text) if is_byte(item) => match hex(text) {
            Some(given) => Ok(bytes(&given)),
            None => Err(Unfit::value(value, "a list of numbers, or bytes as in 0x00ff")),
        },
        _ => Err(Unfit::value(value, "a list")),
    }
}

/// Keys and values: those of an object, whose keys are text, as well.
fn entries(value: &Value) -> Result<Vec<(Value, Value)>, Unfit> {
    match value {
        Value::Map(entries) => Ok(entries.clone()),
        Value::Struct(fields) => {
            let text = |name: &str| Value::Str(name.into());
            Ok(fields.iter().map(|(name, value)| (text(name), value.clone())).collect())
        }
        _ => Err(Unfit::value(value, "an object of keys and values")),
    }
}

/// Sorts by keys, which have to differ: readers search for them.
fn sorted<T>(item: &Type, list: Vec<T>, key: impl Fn(&T) -> &Value) -> Result<Vec<T>, Unfit> {
    let is_natural = match item {
        Type::String { .. } => true,
        Type::Scalar(of) => of.form != Form::Float,
        _ => false,
    };
    if !is_natural {
        return Err(Unfit::ty(item, "as a key it has an order that only its program knows"));
    }
    let mut ranked = Vec::with_capacity(list.len());
    for entry in list {
        ranked.push((rank(item, key(&entry))?, entry));
    }
    ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
    if let Some([(_, twice), _]) =
        ranked.windows(2).find(|pair| matches!(pair, [(a, _), (b, _)] if a == b))
    {
        return Err(Unfit::value(key(twice), "keys of which none is there twice"));
    }
    Ok(ranked.into_iter().map(|(_, entry)| entry).collect())
}

/// What keys are compared by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Number(i128),
    Wide(u128),
    Text(String),
}

fn rank(item: &Type, key: &Value) -> Result<Rank, Unfit> {
    match (item, key) {
        (Type::String { .. }, Value::Str(text)) => Ok(Rank::Text(text.clone())),
        (Type::String { .. }, Value::Char(char)) => Ok(Rank::Text(char.to_string())),
        (Type::String { .. }, _) => Err(Unfit::value(key, "text")),
        (Type::Scalar(of), _) => {
            let bits = number_of(*of, key)?;
            Ok(match (of.form, of.size) {
                (Form::Unsigned, 16) => Rank::Wide(bits as u128),
                _ => Rank::Number(bits),
            })
        }
        _ => Err(Unfit::value(key, "a number or text")),
    }
}

fn scalar(of: Scalar, value: &Value, bytes: &mut [u8]) -> Result<(), Unfit> {
    put_number(part(bytes, 0, of.size), number_of(of, value)?);
    Ok(())
}

/// The bits of a primitive value.
fn number_of(of: Scalar, value: &Value) -> Result<i128, Unfit> {
    let refused = || Unfit::value(value, expected_of(of));
    match of.form {
        Form::Bool => match value {
            Value::Bool(value) => Some((*value).into()),
            Value::Str(text) => match text.as_str() {
                "true" => Some(1),
                "false" => Some(0),
                _ => None,
            },
            _ => None,
        },
        Form::Char => match value {
            Value::Char(char) => Some(u32::from(*char).into()),
            Value::Str(text) => {
                let mut chars = text.chars();
                let char = chars.next().filter(|_| chars.next().is_none());
                char.map(|char| u32::from(char).into())
            }
            _ => None,
        },
        Form::Float => float(of, value),
        Form::Unsigned | Form::Signed => integer(of, value),
    }
    .ok_or_else(refused)
}

/// The bits of a number with a fraction.
fn float(of: Scalar, value: &Value) -> Option<i128> {
    if let (Value::F32(number), 4) = (value, of.size) {
        return Some(number.to_bits().into());
    }
    let number = match value {
        Value::Str(text) if of.size == 4 => return Some(parse_f32(text)?.to_bits().into()),
        Value::Str(text) => parse_f64(text)?,
        Value::Bool(_) => return None,
        value => value.as_f64()?,
    };
    if of.size != 4 {
        return Some(number.to_bits().into());
    }
    let narrow = number as f32;
    (narrow.is_finite() || !number.is_finite()).then(|| narrow.to_bits().into())
}

/// A number that is written; one beyond all finite ones is none.
fn parse_f64(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (number.is_finite() || !text.bytes().any(|byte| byte.is_ascii_digit())).then_some(number)
}

fn parse_f32(text: &str) -> Option<f32> {
    let number: f32 = text.parse().ok()?;
    (number.is_finite() || !text.bytes().any(|byte| byte.is_ascii_digit())).then_some(number)
}

/// The bits of an integer that is in the range of its type.
fn integer(of: Scalar, value: &Value) -> Option<i128> {
    if (of.form, of.size) == (Form::Unsigned, 16) {
        let wide = match value {
            Value::U128(number) => *number,
            Value::Str(text) => {
                let (is_negative, magnitude) = parse_integer(text)?;
                return (!is_negative || magnitude == 0).then_some(magnitude as i128);
            }
            value if is_integer(value) => u128::try_from(value.as_i128()?).ok()?,
            _ => return None,
        };
        return Some(wide as i128);
    }
    let number = match value {
        Value::Str(text) => match parse_integer(text)? {
            (false, magnitude) => i128::try_from(magnitude).ok()?,
            (true, magnitude) => 0_i128.checked_sub_unsigned(magnitude)?,
        },
        value if is_integer(value) => value.as_i128()?,
        _ => return None,
    };
    let bits = of.size.saturating_mul(8).min(128) as u32;
    let (least, most) = match of.form {
        Form::Signed => (i128::MIN >> (128 - bits), i128::MAX >> (128 - bits)),
        _ => (0, i128::MAX >> (127 - bits)),
    };
    (least..=most).contains(&number).then_some(number)
}

const fn is_integer(value: &Value) -> bool {
    matches!(value, Value::U64(_) | Value::I64(_) | Value::U128(_) | Value::I128(_))
}

/// A sign, and digits in base 10, or 16 behind `0x`; `_` may stand between them.
fn parse_integer(text: &str) -> Option<(bool, u128)> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, digits) = match digits.strip_prefix("0x") {
        Some(digits) => (16, digits),
        None => (10, digits),
    };
    let digits: String = digits.chars().filter(|char| *char != '_').collect();
    // A second sign is none.
    let is_number = digits.chars().all(|char| char.is_digit(base));
    let magnitude = u128::from_str_radix(&digits, base).ok().filter(|_| is_number)?;
    Some((is_negative, magnitude))
}

/// Bytes in pairs of hexadecimal digits, behind `0x`.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    let digit = |digit: &u8| char::from(*digit).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    };
    digits.chunks(2).map(byte).collect()
}

fn variant(
    repr: Scalar,
    variants: &[Variant],
    value: &Value,
    bytes: &mut [u8],
) -> Result<(), Unfit> {
    let number = match value {
        Value::Str(name) => variants
            .iter()
            .find(|variant| variant.name == *name)
            .map(|variant| variant.number)
            .or_else(|| integer(repr, value)),
        Value::Enum(value) if value.fields.is_empty() => Some(value.number),
        value => integer(repr, value),
    };
    match number.filter(|number| variants.iter().any(|variant| variant.number == *number)) {
        Some(number) => {
            put_number(part(bytes, 0, repr.size), number);
            Ok(())
        }
        None => {
            let named = |variant: &Variant| format!("{}={}", shown(&variant.name), variant.number);
            let mut names: Vec<_> = variants.iter().take(16).map(named).collect();
            if variants.len() > 16 {
                names.push("...".into());
            }
            Err(Unfit::value(value, format!("one of {}", names.join(" "))))
        }
    }
}

/// What a primitive type has room for, in words.
fn expected_of(of: Scalar) -> String {
    let bits = of.size.saturating_mul(8).min(128) as u32;
    match of.form {
        Form::Bool => "true or false".into(),
        Form::Char => "one character".into(),
        Form::Float => format!("a number that fits {}", of.name),
        Form::Unsigned => format!("a number from 0 to {}", u128::MAX >> (128 - bits)),
        Form::Signed => {
            let (least, most) = (i128::MIN >> (128 - bits), i128::MAX >> (128 - bits));
            format!("a number from {least} to {most}")
        }
    }
}

/// A value as a refusal shows it: the begin of a long one.
fn told(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
