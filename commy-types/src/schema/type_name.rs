//! The declared name of a type that is stored in serialized form.

use core::fmt;

use super::line::Line;

/// The name of a type, composed at compile time without allocation.
///
/// Serialized bytes have no layout that a schema could describe, so the file names the type that
/// was serialized: `Vec<Event>`, `HashMap<String, [u8; 16]>`. A type whose name was derived is named
/// with its fields, so that two programs that declare them differently have different names.
///
/// # Examples
///
/// ```
/// use commy_types::schema::{Parts, TypeName};
///
/// const EVENT: TypeName = TypeName::Plain("Event");
/// const LIST: TypeName = TypeName::Generic { name: "Vec", arguments: &[&EVENT] };
/// assert_eq!(LIST.to_string(), "Vec<Event>");
/// assert_eq!(TypeName::Array { item: &LIST, len: 2 }.to_string(), "[Vec<Event>; 2]");
///
/// // A type may hold itself. The parts of a type are written once, where it first occurs.
/// static TREE: TypeName = TypeName::Struct {
///     name: "Tree",
///     arguments: &[],
///     parts: Parts::Named(&[("children", &TREES)]),
/// };
/// static TREES: TypeName = TypeName::Generic { name: "Vec", arguments: &[&TREE] };
/// assert_eq!(TREE.to_string(), "Tree { children: Vec<Tree> }");
/// ```
#[derive(Clone, Copy)]
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
    /// A struct and what it consists of: `Point { x: f64, y: f64 }`.
    Struct {
        /// What stands before the arguments.
        name: &'static str,
        /// The arguments, if there are any.
        arguments: &'static [&'static Self],
        /// Its fields.
        parts: Parts,
    },
    /// An enum and what it consists of: `Event { Joined { player: String }, Left }`.
    Enum {
        /// What stands before the arguments.
        name: &'static str,
        /// The arguments, if there are any.
        arguments: &'static [&'static Self],
        /// The variants, in the order in which they are declared, each with its fields.
        variants: &'static [(&'static str, Parts)],
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

/// The fields of a struct or of a variant, in the order in which they are declared.
#[derive(Clone, Copy)]
pub enum Parts {
    /// None.
    Unit,
    /// Types: `(f64, f64)`.
    Unnamed(&'static [&'static TypeName]),
    /// Names and types: `{ x: f64, y: f64 }`.
    Named(&'static [(&'static str, &'static TypeName)]),
}

/// The types whose parts have been written, by their names: these are written once, so that a type
/// that holds itself has an end, and one that is held by many does not fill the line.
struct Written {
    names: [&'static str; Self::MAX],
    len: usize,
}

impl Written {
    /// Beyond these, types are written without their parts.
    const MAX: usize = 64;

    const fn new() -> Self {
        Self { names: [""; Self::MAX], len: 0 }
    }

    /// Whether the parts of the type called `name` are to be written, which they are once.
    #[allow(clippy::indexing_slicing, reason = "below the length; `get` is not const")]
    const fn first(&mut self, name: &'static str) -> bool {
        let mut index = 0;
        while index < self.len {
            if is_same(self.names[index], name) {
                return false;
            }
            index += 1;
        }
        if self.len == Self::MAX {
            return false;
        }
        self.names[self.len] = name;
        self.len += 1;
        true
    }
}

const fn is_same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    while let ([a, one_rest @ ..], [b, other_rest @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

impl TypeName {
    /// Writes the name into a schema line, inside a JSON string.
    pub(super) const fn write(&self, line: &mut Line<'_>) {
        self.write_after(&mut Written::new(), line);
    }

    const fn write_after(&self, written: &mut Written, line: &mut Line<'_>) {
        match self {
            Self::Plain(name) => line.escaped(name),
            Self::Generic { name, arguments } => write_head(name, arguments, written, line),
            Self::Struct { name, arguments, parts } => {
                let first = written.first(name);
                write_head(name, arguments, written, line);
                if first {
                    parts.write(written, line);
                }
            }
            Self::Enum { name, arguments, variants } => {
                let first = written.first(name);
                write_head(name, arguments, written, line);
                if first {
                    write_variants(variants, written, line);
                }
            }
            Self::Slice(item) => {
                line.text("[");
                item.write_after(written, line);
                line.text("]");
            }
            Self::Array { item, len } => {
                line.text("[");
                item.write_after(written, line);
                line.text("; ");
                line.number(*len as i128);
                line.text("]");
            }
            Self::Tuple(items) => {
                line.text("(");
                write_list(items, written, line);
                // As Rust writes it: `(u8,)`.
                if items.len() == 1 {
                    line.text(",");
                }
                line.text(")");
            }
            Self::Const(value) => line.number(*value),
        }
    }

    /// The length of the name and a hash of it, by which names are compared: a name may lead to
    /// itself.
    const fn digest(&self) -> (usize, u128) {
        let mut line = Line::counting();
        self.write(&mut line);
        (line.len(), line.fingerprint().0)
    }

    fn show(&self, written: &mut Written, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::Generic { name, arguments } => show_head(name, arguments, written, f),
            Self::Struct { name, arguments, parts } => {
                let first = written.first(name);
                show_head(name, arguments, written, f)?;
                if first { parts.show(written, f) } else { Ok(()) }
            }
            Self::Enum { name, arguments, variants } => {
                let first = written.first(name);
                show_head(name, arguments, written, f)?;
                if !first {
                    return Ok(());
                }
                for (index, (name, parts)) in variants.iter().enumerate() {
                    write!(f, "{}{name}", if index == 0 { " { " } else { ", " })?;
                    parts.show(written, f)?;
                }
                f.write_str(if variants.is_empty() { " {}" } else { " }" })
            }
            Self::Slice(item) => {
                f.write_str("[")?;
                item.show(written, f)?;
                f.write_str("]")
            }
            Self::Array { item, len } => {
                f.write_str("[")?;
                item.show(written, f)?;
                write!(f, "; {len}]")
            }
            Self::Tuple(items) => {
                f.write_str("(")?;
                show_list(items, written, f)?;
                f.write_str(if items.len() == 1 { ",)" } else { ")" })
            }
            Self::Const(value) => write!(f, "{value}"),
        }
    }
}

impl Parts {
    const fn write(&self, written: &mut Written, line: &mut Line<'_>) {
        match self {
            Self::Unit => {}
            Self::Unnamed(types) => {
                line.text("(");
                write_list(types, written, line);
                line.text(")");
            }
            Self::Named(fields) => {
                let mut fields = *fields;
                line.text(if fields.is_empty() { " {" } else { " { " });
                while let [(name, ty), rest @ ..] = fields {
                    line.escaped(name);
                    line.text(": ");
                    ty.write_after(written, line);
                    line.text(if rest.is_empty() { " " } else { ", " });
                    fields = rest;
                }
                line.text("}");
            }
        }
    }

    fn show(&self, written: &mut Written, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => Ok(()),
            Self::Unnamed(types) => {
                f.write_str("(")?;
                show_list(types, written, f)?;
                f.write_str(")")
            }
            Self::Named(fields) => {
                for (index, (name, ty)) in fields.iter().enumerate() {
                    write!(f, "{}{name}: ", if index == 0 { " { " } else { ", " })?;
                    ty.show(written, f)?;
                }
                f.write_str(if fields.is_empty() { " {}" } else { " }" })
            }
        }
    }
}

const fn write_head(
    name: &'static str,
    arguments: &[&TypeName],
    written: &mut Written,
    line: &mut Line<'_>,
) {
    line.escaped(name);
    if !arguments.is_empty() {
        line.text("<");
        write_list(arguments, written, line);
        line.text(">");
    }
}

const fn write_variants(
    mut variants: &[(&'static str, Parts)],
    written: &mut Written,
    line: &mut Line<'_>,
) {
    line.text(if variants.is_empty() { " {" } else { " { " });
    while let [(name, parts), rest @ ..] = variants {
        line.escaped(name);
        parts.write(written, line);
        line.text(if rest.is_empty() { " " } else { ", " });
        variants = rest;
    }
    line.text("}");
}

const fn write_list(mut items: &[&TypeName], written: &mut Written, line: &mut Line<'_>) {
    let mut first = true;
    while let [item, rest @ ..] = items {
        if !first {
            line.text(", ");
        }
        first = false;
        item.write_after(written, line);
        items = rest;
    }
}

fn show_head(
    name: &str,
    arguments: &[&TypeName],
    written: &mut Written,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.write_str(name)?;
    if arguments.is_empty() {
        return Ok(());
    }
    f.write_str("<")?;
    show_list(arguments, written, f)?;
    f.write_str(">")
}

fn show_list(
    items: &[&TypeName],
    written: &mut Written,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        item.show(written, f)?;
    }
    Ok(())
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(&mut Written::new(), f)
    }
}

/// The name, since a type that holds itself has no end otherwise.
impl fmt::Debug for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypeName({self})")
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts(")?;
        self.show(&mut Written::new(), f)?;
        f.write_str(")")
    }
}

/// Names are equal when they are written alike.
impl PartialEq for TypeName {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl Eq for TypeName {}

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
    static TREE: TypeName = TypeName::Struct {
        name: "Tree",
        arguments: &[&TypeName::Plain("u8")],
        parts: Parts::Named(&[("leaf", &TypeName::Plain("u8")), ("more", &FOREST)]),
    };
    static FOREST: TypeName = TypeName::Enum {
        name: "Forest",
        arguments: &[],
        variants: &[
            ("None", Parts::Unit),
            ("One", Parts::Unnamed(&[&TREE])),
            ("Two", Parts::Named(&[("left", &TREE), ("right", &FOREST)])),
        ],
    };
    const OF_A_STATIC: &TypeName = &TREE;

    #[test]
    fn types_that_hold_each_other_have_a_name_with_an_end() {
        let expected = "Tree<u8> { leaf: u8, more: Forest { None, One(Tree<u8>), \
                        Two { left: Tree<u8>, right: Forest } } }";
        assert_eq!(std::format!("{TREE}"), expected);
        const SCHEMA: TypeSchema =
            TypeSchema::Encoded { codec: "json", name: OF_A_STATIC, capacity: 16, data: 8 };
        const FINGERPRINT: crate::Fingerprint = crate::Fingerprint::of_schema(&SCHEMA);
        assert!(SCHEMA.line().contains(expected), "{}", SCHEMA.line());
        assert_eq!(FINGERPRINT, crate::Fingerprint::of_schema(&SCHEMA));
        assert_eq!(TREE, *OF_A_STATIC);
        assert_ne!(TREE, FOREST);
        assert_eq!(std::format!("{FOREST:?}").matches("Forest {").count(), 1);
    }

    #[test]
    fn structs_without_fields_and_enums_without_variants_have_names() {
        let named = |parts| TypeName::Struct { name: "S", arguments: &[], parts };
        let empty = TypeName::Enum { name: "E", arguments: &[], variants: &[] };
        for (name, expected) in [
            (named(Parts::Unit), "S"),
            (named(Parts::Unnamed(&[])), "S()"),
            (named(Parts::Unnamed(&[&TypeName::Plain("u8")])), "S(u8)"),
            (named(Parts::Named(&[])), "S {}"),
            (empty, "E {}"),
        ] {
            assert_eq!(std::format!("{name}"), expected);
            let mut bytes = [0; 8];
            let mut line = Line::into(&mut bytes);
            name.write(&mut line);
            let len = line.len();
            assert_eq!(&bytes[..len], expected.as_bytes());
        }
    }
}
