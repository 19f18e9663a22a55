//! How values look to people.

use core::fmt;
use core::fmt::Write as _;

use super::value::{Value, is_tuple};

/// For people, on one line: `{x: 1.5, mode: Auto, name: "a\n", image: 0x00ff, none: none}`.
///
/// All characters of the file that are no plain text are escaped.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::U64(value) => write!(f, "{value}"),
            Self::I64(value) => write!(f, "{value}"),
            Self::U128(value) => write!(f, "{value}"),
            Self::I128(value) => write!(f, "{value}"),
            // With a fraction or an exponent, so that they are told from integers.
            Self::F32(value) => write!(f, "{value:?}"),
            Self::F64(value) => write!(f, "{value:?}"),
            Self::Char(value) => quoted(f, '\'', core::iter::once(*value)),
            Self::Str(value) => quoted(f, '"', value.chars()),
            Self::Bytes(bytes) => hex(f, bytes),
            Self::List(items) => {
                f.write_char('[')?;
                separated(f, items, |f, item| write!(f, "{item}"))?;
                f.write_char(']')
            }
            Self::Struct(fields) => parts(f, fields),
            Self::Enum(value) => {
                plain(f, &value.name)?;
                if value.fields.is_empty() { Ok(()) } else { parts(f, &value.fields) }
            }
            Self::Maybe(None) => f.write_str("none"),
            Self::Maybe(Some(value)) => write!(f, "{value}"),
            Self::Map(entries) => {
                f.write_char('{')?;
                separated(f, entries, |f, (key, value)| write!(f, "{key}: {value}"))?;
                f.write_char('}')
            }
            Self::Opaque(value) => {
                plain(f, &value.name)?;
                f.write_char(' ')?;
                hex(f, &value.bytes)
            }
            Self::Invalid(value) => {
                f.write_str("invalid (")?;
                plain(f, &value.reason)?;
                f.write_char(')')
            }
        }
    }
}

/// Fields: in braces with their names, or those of a tuple in parentheses.
fn parts(f: &mut fmt::Formatter<'_>, fields: &[(std::sync::Arc<str>, Value)]) -> fmt::Result {
    if is_tuple(fields) {
        f.write_char('(')?;
        separated(f, fields, |f, (_, value)| write!(f, "{value}"))?;
        return f.write_char(')');
    }
    f.write_char('{')?;
    separated(f, fields, |f, (name, value)| {
        plain(f, name)?;
        write!(f, ": {value}")
    })?;
    f.write_char('}')
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    parts: &[T],
    show: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        show(f, part)?;
    }
    Ok(())
}

fn quoted(
    f: &mut fmt::Formatter<'_>,
    quote: char,
    text: impl Iterator<Item = char>,
) -> fmt::Result {
    f.write_char(quote)?;
    for char in text {
        match char {
            // The other kind of quote needs no escape.
            '\'' | '"' if char != quote => f.write_char(char)?,
            _ => write!(f, "{}", char.escape_debug())?,
        }
    }
    f.write_char(quote)
}

/// Text that is not quoted.
fn plain(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for char in text.chars() {
        match char {
            '\'' | '"' => f.write_char(char)?,
            _ => write!(f, "{}", char.escape_debug())?,
        }
    }
    Ok(())
}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("0x")?;
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamic::EnumValue;

    #[test]
    fn every_kind_is_shown_and_nothing_moves_a_cursor() {
        let field = |name: &str, value| (std::sync::Arc::from(name), value);
        let number = || field("0", Value::U64(1));
        let joined = EnumValue {
            name: "Joined".into(),
            number: 1,
            fields: vec![field("who\u{1b}", Value::Str("\u{1b}[2J\u{202e}'\"".into()))],
        };
        let tuple = EnumValue { name: "Left".into(), number: 2, fields: vec![number()] };
        for (value, expected) in [
            (Value::Null, "null"),
            (Value::U128(u128::MAX), "340282366920938463463374607431768211455"),
            (Value::F32(0.1), "0.1"),
            (Value::F64(1.0), "1.0"),
            (Value::F64(f64::NAN), "NaN"),
            (Value::Char('\''), r"'\''"),
            (Value::Bytes(vec![0, 255]), "0x00ff"),
            (Value::Struct(vec![number(), field("1", Value::Bool(true))]), "(1, true)"),
            (Value::Struct(vec![field("x", Value::I64(-1))]), "{x: -1}"),
            (Value::Enum(Box::new(joined)), r#"Joined{who\u{1b}: "\u{1b}[2J\u{202e}'\""}"#),
            (Value::Enum(Box::new(tuple)), "Left(1)"),
            (Value::Maybe(None), "none"),
            (Value::Maybe(Some(Box::new(Value::U64(3)))), "3"),
            (Value::Map(vec![(Value::Str("a".into()), Value::U64(3))]), r#"{"a": 3}"#),
            (Value::opaque("uuid", vec![1, 2]), "uuid 0x0102"),
            (Value::invalid("9 is\nno bool", &[9]), r"invalid (9 is\nno bool)"),
        ] {
            assert_eq!(value.to_string(), expected);
        }
    }
}
