//! The declared name of a type that is stored in serialized form.

use super::line::Line;

/// The name of a type, composed at compile time without allocation.
///
/// Serialized bytes have no layout that a schema could describe, so the file names the type that
/// was serialized: `Vec<Event>`, `HashMap<String, [u8; 16]>`.
///
/// # Examples
///
/// ```
/// use commy_types::schema::TypeName;
///
/// const EVENT: TypeName = TypeName::Plain("Event");
/// const LIST: TypeName = TypeName::Generic { name: "Vec", arguments: &[&EVENT] };
/// assert_eq!(LIST.to_string(), "Vec<Event>");
/// assert_eq!(TypeName::Array { item: &LIST, len: 2 }.to_string(), "[Vec<Event>; 2]");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeName {
    /// A type without arguments: `Event`.
    Plain(&'static str),
    /// A type with arguments: `HashMap<String, u32>`.
    Generic {
        /// What stands before the arguments.
        name: &'static str,
        /// The arguments, in the order in which they are declared.
        arguments: &'static [&'static Self],
    },
    /// `[item]`.
    Slice(&'static Self),
    /// `[item; len]`.
    Array {
        /// The type of the elements.
        item: &'static Self,
        /// How many there are.
        len: usize,
    },
    /// `(first, second)`; `()` has no items.
    Tuple(&'static [&'static Self]),
    /// The value of a const parameter.
    Const(i128),
}

impl TypeName {
    /// Writes the name into a schema line, inside a JSON string.
    pub(super) const fn write(&self, line: &mut Line<'_>) {
        match self {
            Self::Plain(name) => line.escaped(name),
            Self::Generic { name, arguments } => {
                line.escaped(name);
                line.text("<");
                write_list(arguments, line);
                line.text(">");
            }
            Self::Slice(item) => {
                line.text("[");
                item.write(line);
                line.text("]");
            }
            Self::Array { item, len } => {
                line.text("[");
                item.write(line);
                line.text("; ");
                line.number(*len as i128);
                line.text("]");
            }
            Self::Tuple(items) => {
                line.text("(");
                write_list(items, line);
                // As Rust writes it: `(u8,)`.
                if items.len() == 1 {
                    line.text(",");
                }
                line.text(")");
            }
            Self::Const(value) => line.number(*value),
        }
    }
}

const fn write_list(mut items: &[&TypeName], line: &mut Line<'_>) {
    let mut first = true;
    while let [item, rest @ ..] = items {
        if !first {
            line.text(", ");
        }
        first = false;
        item.write(line);
        items = rest;
    }
}

impl core::fmt::Display for TypeName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let list = |f: &mut core::fmt::Formatter<'_>, items: &[&Self]| {
            for (index, item) in items.iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                write!(f, "{comma}{item}")?;
            }
            Ok(())
        };
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::Generic { name, arguments } => {
                write!(f, "{name}<")?;
                list(f, arguments)?;
                f.write_str(">")
            }
            Self::Slice(item) => write!(f, "[{item}]"),
            Self::Array { item, len } => write!(f, "[{item}; {len}]"),
            Self::Tuple(items) => {
                f.write_str("(")?;
                list(f, items)?;
                f.write_str(if items.len() == 1 { ",)" } else { ")" })
            }
            Self::Const(value) => write!(f, "{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::TypeSchema;

    const TEXT: TypeName = TypeName::Plain("a\"b");
    const PAIR: TypeName = TypeName::Tuple(&[&TEXT, &TypeName::Plain("u8")]);
    const NAME: TypeName = TypeName::Generic {
        name: "Grid",
        arguments: &[&TypeName::Slice(&PAIR), &TypeName::Const(-3), &TypeName::Tuple(&[&TEXT])],
    };

    #[test]
    fn the_schema_line_and_display_spell_a_name_alike() {
        let schema = TypeSchema::Encoded { codec: "json", name: &NAME, capacity: 16, data: 8 };
        assert_eq!(
            schema.line(),
            "{\"commy\":1,\"type\":{\"kind\":\"encoded\",\"codec\":\"json\",\
             \"name\":\"Grid<[(a\\\"b, u8)], -3, (a\\\"b,)>\",\
             \"capacity\":16,\"len\":4,\"data\":8}}\n",
        );
        assert_eq!(std::format!("{NAME}"), "Grid<[(a\"b, u8)], -3, (a\"b,)>");
        assert_eq!(std::format!("{}", TypeName::Tuple(&[])), "()");
    }
}
