//! A value that knows what it is.

use std::sync::Arc;

/// A value of a file, of whatever kind.
///
/// `Display` shows it for people, with every character escaped that could do anything to a terminal.
/// `Serialize` writes it in every format of serde; integers stay exact whatever their width.
///
/// | kind in the schema | value |
/// |---|---|
/// | numbers | [`U64`](Self::U64), [`I64`](Self::I64), [`U128`](Self::U128), [`I128`](Self::I128), [`F32`](Self::F32), [`F64`](Self::F64) |
/// | string, text | [`Str`](Self::Str) |
/// | array, vec, list, deque, set | [`List`](Self::List); of `u8` [`Bytes`](Self::Bytes) |
/// | struct, tuple | [`Struct`](Self::Struct) |
/// | option, optional | [`Maybe`](Self::Maybe) |
/// | box | what is in it |
/// | encoded, coded | what the codec has written: JSON, CBOR and MessagePack, with these features; [`Null`](Self::Null) where nothing is stored; else [`Opaque`](Self::Opaque) |
/// | pod, and kinds of later versions | [`Opaque`](Self::Opaque) |
///
/// # Examples
///
/// ```
/// use commy::dynamic::Value;
///
/// let value = Value::List(vec![Value::F64(1.0), Value::Str("two\n".into())]);
/// assert_eq!(value.to_string(), r#"[1.0, "two\n"]"#);
/// assert_eq!(value.as_list().unwrap()[0].as_f64(), Some(1.0));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing: a serialized value that is not there, or that a format calls null.
    Null,
    /// A truth value.
    Bool(bool),
    /// An unsigned number of up to 64 bits.
    U64(u64),
    /// A signed number of up to 64 bits.
    I64(i64),
    /// An unsigned number of 128 bits.
    U128(u128),
    /// A signed number of 128 bits.
    I128(i128),
    /// A number with a fraction, of 32 bits.
    F32(f32),
    /// A number with a fraction, of 64 bits.
    F64(f64),
    /// A character.
    Char(char),
    /// Text.
    Str(String),
    /// Bytes: of a field of bytes, or elements that are `u8`.
    Bytes(Vec<u8>),
    /// Elements in their order; those of a set.
    List(Vec<Value>),
    /// Fields by their names, in their order. Those of a tuple are called `0`, `1` and so on.
    Struct(Vec<(Arc<str>, Value)>),
    /// A variant of an enum.
    Enum(Box<EnumValue>),
    /// A value, or none.
    Maybe(Option<Box<Value>>),
    /// Keys and values, in the order in which they are stored.
    Map(Vec<(Value, Value)>),
    /// Bytes that are known by a name alone.
    Opaque(Box<OpaqueValue>),
    /// Bytes that are no value of their type: the writer is broken, or the file damaged.
    Invalid(Box<InvalidValue>),
}

// Lists of millions are made of these.
const _: () = assert!(size_of::<Value>() <= 32);

/// A variant of an enum, with its fields if it has some.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EnumValue {
    /// The name of the variant.
    pub name: Arc<str>,
    /// The number that is stored for it.
    pub number: i128,
    /// Its fields; those without names are called `0`, `1` and so on.
    pub fields: Vec<(Arc<str>, Value)>,
}

/// Bytes that are known by a name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpaqueValue {
    /// What the schema calls it: the id of a pod, codec and type of a serialized value, a kind.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Bytes that are no value of their type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidValue {
    /// What is wrong with them.
    pub reason: String,
    /// The first of them, as far as they could be read.
    pub bytes: Vec<u8>,
}

impl Value {
    pub(super) fn invalid(reason: impl ToString, bytes: &[u8]) -> Self {
        let bytes = bytes.iter().take(SHOWN_BYTES).copied().collect();
        Self::Invalid(Box::new(InvalidValue { reason: reason.to_string(), bytes }))
    }

    pub(super) fn opaque(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::Opaque(Box::new(OpaqueValue { name: name.into(), bytes }))
    }

    /// The truth value, if it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self.plain() {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is an integer that fits.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy::dynamic::Value;
    ///
    /// assert_eq!(Value::I64(7).as_u64(), Some(7));
    /// assert_eq!(Value::I64(-7).as_u64(), None);
    /// assert_eq!(Value::F64(7.0).as_u64(), None);
    /// ```
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_i128().and_then(|number| u64::try_from(number).ok())
    }

    /// The number, if it is an integer that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_i128().and_then(|number| i64::try_from(number).ok())
    }

    /// The number, if it is an integer that fits; of an enum without fields, that of its variant.
    #[must_use]
    pub fn as_i128(&self) -> Option<i128> {
        match self.plain() {
            Self::U64(value) => Some((*value).into()),
            Self::I64(value) => Some((*value).into()),
            Self::U128(value) => i128::try_from(*value).ok(),
            Self::I128(value) => Some(*value),
            Self::Enum(value) if value.fields.is_empty() => Some(value.number),
            _ => None,
        }
    }

    /// The number as the nearest one with 53 bits, if it is a number; 1 and 0 for truth values.
    #[must_use]
    pub const fn as_f64(&self) -> Option<f64> {
        Some(match self.plain() {
            Self::U64(value) => *value as f64,
            Self::I64(value) => *value as f64,
            Self::U128(value) => *value as f64,
            Self::I128(value) => *value as f64,
            Self::F32(value) => *value as f64,
            Self::F64(value) => *value,
            Self::Bool(true) => 1.0,
            Self::Bool(false) => 0.0,
            _ => return None,
        })
    }

    /// The text, or the name of the variant of an enum without fields.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self.plain() {
            Self::Str(value) => Some(value),
            Self::Enum(value) if value.fields.is_empty() => Some(&value.name),
            _ => None,
        }
    }

    /// The bytes, those of text and of what is known by its name alone included.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self.plain() {
            Self::Bytes(value) => Some(value),
            Self::Str(value) => Some(value.as_bytes()),
            Self::Opaque(value) => Some(&value.bytes),
            _ => None,
        }
    }

    /// The elements; not those of [`Bytes`](Self::Bytes).
    #[must_use]
    pub const fn as_list(&self) -> Option<&[Self]> {
        match self.plain() {
            Self::List(value) => Some(value.as_slice()),
            _ => None,
        }
    }

    /// The fields of a struct, or of a variant.
    #[must_use]
    pub const fn as_struct(&self) -> Option<&[(Arc<str>, Self)]> {
        match self.plain() {
            Self::Struct(fields) => Some(fields.as_slice()),
            Self::Enum(value) => Some(value.fields.as_slice()),
            _ => None,
        }
    }

    /// The entries of a map.
    #[must_use]
    pub const fn as_map(&self) -> Option<&[(Self, Self)]> {
        match self.plain() {
            Self::Map(entries) => Some(entries.as_slice()),
            _ => None,
        }
    }

    /// The field of a struct, or of a variant, with this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy::dynamic::Value;
    ///
    /// let point = Value::Struct(vec![("x".into(), Value::F64(0.5))]);
    /// assert_eq!(point.field("x"), Some(&Value::F64(0.5)));
    /// assert_eq!(point.field("y"), None);
    /// ```
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        let fields = self.as_struct()?.iter();
        fields.into_iter().find_map(|(field, value)| (**field == *name).then_some(value))
    }

    /// Returns whether a part of it is [`Invalid`](Self::Invalid).
    #[must_use]
    pub fn has_invalid(&self) -> bool {
        match self {
            Self::Invalid(_) => true,
            Self::List(items) => items.iter().any(Self::has_invalid),
            Self::Struct(fields) => fields.iter().any(|(_, value)| value.has_invalid()),
            Self::Enum(value) => value.fields.iter().any(|(_, value)| value.has_invalid()),
            Self::Maybe(Some(value)) => value.has_invalid(),
            Self::Map(entries) => {
                entries.iter().any(|(key, value)| key.has_invalid() || value.has_invalid())
            }
            _ => false,
        }
    }

    /// The value in options, if there is one.
    const fn plain(&self) -> &Self {
        let mut value = self;
        while let Self::Maybe(Some(inner)) = value {
            value = inner;
        }
        value
    }

    /// What it is, in words.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a truth value",
            Self::U64(_)
            | Self::I64(_)
            | Self::U128(_)
            | Self::I128(_)
            | Self::F32(_)
            | Self::F64(_) => "a number",
            Self::Char(_) => "a character",
            Self::Str(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Struct(_) => "a struct",
            Self::Enum(_) => "an enum",
            Self::Maybe(None) => "none",
            Self::Maybe(Some(_)) => "an option",
            Self::Map(_) => "a map",
            Self::Opaque(_) => "bytes of a type that is not known here",
            Self::Invalid(_) => "no value of its type",
        }
    }
}

/// How many bytes are kept of what is no value.
const SHOWN_BYTES: usize = 64;

/// Returns whether these are the names that the fields of a tuple have.
pub(super) fn is_tuple(fields: &[(Arc<str>, Value)]) -> bool {
    let mut number = [0; 20];
    !fields.is_empty()
        && fields.iter().enumerate().all(|(index, (name, _))| {
            decimal(index, &mut number).is_some_and(|expected| name.as_bytes() == expected)
        })
}

/// The digits of a number.
fn decimal(mut number: usize, digits: &mut [u8; 20]) -> Option<&[u8]> {
    let mut start = digits.len();
    loop {
        start = start.checked_sub(1)?;
        *digits.get_mut(start)? = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return digits.get(start..);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_tuple_are_numbered_from_0() {
        let fields = |names: &[&str]| -> Vec<(Arc<str>, Value)> {
            names.iter().map(|name| (Arc::from(*name), Value::Null)).collect()
        };
        let many: Vec<_> = (0..130).map(|index| index.to_string()).collect();
        assert!(is_tuple(&fields(&many.iter().map(String::as_str).collect::<Vec<_>>())));
        assert!(is_tuple(&fields(&["0"])));
        for names in [&[][..], &["1"], &["0", "2"], &["0", "01"], &["x"], &["1", "0"]] {
            assert!(!is_tuple(&fields(names)), "{names:?}");
        }
    }
}
