//! What a type is, as a schema tells it.

use core::fmt;

use super::schema::{Field, Schema, shown};
use crate::format::Order;
use crate::format::schema as format;

/// A type in a schema.
///
/// `Display` is short, and like Rust where it can be: `f64`, `string<64>`, `i32[<=100]`, `[i16; 3]`.
#[derive(Clone)]
pub struct Type<'a> {
    schema: &'a Schema,
    ty: &'a format::Type,
    path: String,
}

/// What a type is, and what it is made of. Capacities are in bytes for text and serialized values, else
/// in elements.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
/// use commy::dynamic::Kind;
///
/// #[create_writer(filename = "tank.bin")]
/// struct Tank {
///     levels: [u16; 4],
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("tank.bin");
/// let _writer = TankWriter::create_at(&path)?;
/// let file = commy::dynamic::open(&path)?;
/// let Kind::Array { len, item } = file.schema().field("levels").unwrap().kind() else { panic!() };
/// assert_eq!((len, item.kind()), (4, Kind::Primitive { name: "u16" }));
/// # Ok(())
/// # }
/// ```
// No variant is called as a type of std or of commy is: beside such public names the compiler writes
// `std::string::String` in each of its messages.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Kind<'a> {
    /// A number, a truth value or a character.
    Primitive {
        /// Its name in Rust: "u8".
        name: &'static str,
    },
    /// Text of a bounded length.
    FixedText {
        /// The most bytes.
        capacity: u64,
    },
    /// Elements, up to a number of them.
    FixedList {
        /// The most elements.
        capacity: u64,
        /// Their type.
        item: Type<'a>,
    },
    /// Elements, up to a number of them, which come and go at both ends.
    FixedRing {
        /// The most elements.
        capacity: u64,
        /// Their type.
        item: Type<'a>,
    },
    /// Keys in their order, up to a number of them, and the value of each.
    FixedTable {
        /// The most entries.
        capacity: u64,
        /// The type of the keys.
        key: Type<'a>,
        /// The type of the values.
        value: Type<'a>,
    },
    /// Keys in their order, up to a number of them.
    FixedSorted {
        /// The most elements.
        capacity: u64,
        /// Their type.
        key: Type<'a>,
    },
    /// So many elements.
    Array {
        /// How many.
        len: u64,
        /// Their type.
        item: Type<'a>,
    },
    /// A struct, or a tuple, whose fields are called `0`, `1` and so on.
    Struct {
        /// Its fields, in order.
        fields: Vec<Field<'a>>,
    },
    /// An enum without fields.
    Enum {
        /// The primitive type of its number.
        repr: &'static str,
        /// The names of its variants, and their numbers.
        variants: Vec<(&'a str, i128)>,
    },
    /// A value of fixed size, or none.
    FixedOptional {
        /// Its type.
        item: Type<'a>,
    },
    /// A type of another crate that is known by a name.
    Pod {
        /// That name.
        id: &'a str,
    },
    /// What a codec has written, up to a number of bytes.
    Serialized {
        /// The name of the codec.
        codec: &'a str,
        /// The name of the type.
        name: &'a str,
        /// The most bytes; `None` for any number of them.
        capacity: Option<u64>,
    },
    /// Text of any length.
    Text,
    /// Bytes of any length.
    Bytes,
    /// A value in a block of its own.
    Boxed {
        /// Its type.
        item: Type<'a>,
    },
    /// A value that grows, or none.
    Optional {
        /// Its type.
        item: Type<'a>,
    },
    /// Any number of elements.
    List {
        /// Their type.
        item: Type<'a>,
    },
    /// Any number of elements, which come and go at both ends.
    Deque {
        /// Their type.
        item: Type<'a>,
    },
    /// Keys and their values.
    Map {
        /// Whether they are in an order: else they are found by a hash.
        is_ordered: bool,
        /// The type of the keys.
        key: Type<'a>,
        /// The type of the values.
        value: Type<'a>,
    },
    /// Keys without values.
    Set {
        /// Whether they are in an order: else they are found by a hash.
        is_ordered: bool,
        /// Their type.
        key: Type<'a>,
    },
    /// An enum whose variants have fields.
    Variants {
        /// Name, number and fields of each.
        variants: Vec<(&'a str, i128, Vec<Field<'a>>)>,
    },
    /// A struct or enum that this type is in.
    Outer {
        /// How many levels out: 1 for the one around it.
        levels: u64,
    },
    /// A kind that this version does not know.
    Other {
        /// Its name.
        kind: &'a str,
    },
}

impl<'a> Type<'a> {
    pub(super) const fn new(schema: &'a Schema, ty: &'a format::Type, path: String) -> Self {
        Self { schema, ty, path }
    }

    fn of(&self, ty: &'a format::Type) -> Self {
        Self { ty, path: self.path.clone(), ..*self }
    }

    /// The bytes that it takes where it stands; 0 for a kind that is not known.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.ty.bytes()
    }

    /// What it is, to be matched.
    #[must_use]
    pub fn kind(&self) -> Kind<'a> {
        let fields = |fields: &'a [format::Field]| {
            fields.iter().map(|field| Field::new(self.schema, field, &self.path)).collect()
        };
        match self.ty {
            format::Type::Scalar(of) => Kind::Primitive { name: of.name },
            format::Type::String { capacity, .. } => Kind::FixedText { capacity: *capacity },
            format::Type::Vec { capacity, item, .. } => {
                Kind::FixedList { capacity: *capacity, item: self.of(item) }
            }
            format::Type::FixedDeque { capacity, item, .. } => {
                Kind::FixedRing { capacity: *capacity, item: self.of(item) }
            }
            format::Type::FixedMap { capacity, keys, values, .. } => Kind::FixedTable {
                capacity: *capacity,
                key: self.of(&keys.item),
                value: self.of(&values.item),
            },
            format::Type::FixedSet { capacity, item, .. } => {
                Kind::FixedSorted { capacity: *capacity, key: self.of(item) }
            }
            format::Type::Array { capacity, item, .. } => {
                Kind::Array { len: *capacity, item: self.of(item) }
            }
            format::Type::Struct { fields: all, .. } => Kind::Struct { fields: fields(all) },
            format::Type::Enum { repr, variants } => {
                let variants = variants.iter().map(|variant| (&*variant.name, variant.number));
                Kind::Enum { repr: repr.name, variants: variants.collect() }
            }
            format::Type::Option { item, .. } => Kind::FixedOptional { item: self.of(item) },
            format::Type::Pod { id, .. } => Kind::Pod { id },
            format::Type::Encoded { codec, name, capacity, .. } => {
                Kind::Serialized { codec, name, capacity: Some(*capacity) }
            }
            format::Type::Coded { codec, name, .. } => {
                Kind::Serialized { codec, name, capacity: None }
            }
            format::Type::Text { .. } => Kind::Text,
            format::Type::Bytes { .. } => Kind::Bytes,
            format::Type::Box { item, .. } => Kind::Boxed { item: self.of(item) },
            format::Type::Optional { item, .. } => Kind::Optional { item: self.of(item) },
            format::Type::List { item, .. } => Kind::List { item: self.of(item) },
            format::Type::Deque { item, .. } => Kind::Deque { item: self.of(item) },
            format::Type::Map { order, key, value, .. } => {
                let (is_ordered, key) = (*order != Order::Hash, self.of(key));
                match value {
                    Some(value) => Kind::Map { is_ordered, key, value: self.of(value) },
                    None => Kind::Set { is_ordered, key },
                }
            }
            format::Type::Variants { variants, fields: of_each, .. } => {
                let variants = variants.iter().zip(of_each);
                let variants = variants.map(|(variant, all)| {
                    let path = format!("{}.{}", self.path, variant.name);
                    let all = all.iter().map(|field| Field::new(self.schema, field, &path));
                    (&*variant.name, variant.number, all.collect())
                });
                Kind::Variants { variants: variants.collect() }
            }
            format::Type::Outer { levels, .. } => Kind::Outer { levels: *levels },
            format::Type::Other { kind, .. } => Kind::Other { kind },
        }
    }
}

impl PartialEq for Type<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.ty == other.ty
    }
}

impl fmt::Debug for Type<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Type({self})")
    }
}

impl fmt::Display for Type<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::Primitive { name } => f.write_str(name),
            Kind::FixedText { capacity } => write!(f, "string<{capacity}>"),
            Kind::FixedList { capacity, item } => write!(f, "{item}[<={capacity}]"),
            Kind::FixedRing { capacity, item } => write!(f, "deque<{item}>[<={capacity}]"),
            Kind::FixedTable { capacity, key, value } => {
                write!(f, "map<{key}, {value}>[<={capacity}]")
            }
            Kind::FixedSorted { capacity, key } => write!(f, "set<{key}>[<={capacity}]"),
            Kind::Array { len, item } => write!(f, "[{item}; {len}]"),
            Kind::Struct { fields } => {
                f.write_str("{")?;
                some_of(f, fields.iter().map(|field| shown(field.name())))?;
                f.write_str("}")
            }
            Kind::Enum { repr, variants } => {
                write!(f, "enum {repr} (")?;
                let named = |(name, number): &(&str, i128)| format!("{}={number}", shown(name));
                some_of(f, variants.iter().map(named))?;
                f.write_str(")")
            }
            Kind::FixedOptional { item } | Kind::Optional { item } => write!(f, "option<{item}>"),
            Kind::Pod { id } => write!(f, "pod {}", shown(id)),
            Kind::Serialized { codec, name, capacity } => {
                write!(f, "{} {}", shown(codec), shown(name))?;
                capacity.map_or(Ok(()), |capacity| write!(f, "<{capacity}>"))
            }
            Kind::Text => f.write_str("text"),
            Kind::Bytes => f.write_str("bytes"),
            Kind::Boxed { item } => write!(f, "{item}"),
            Kind::List { item } => write!(f, "list<{item}>"),
            Kind::Deque { item } => write!(f, "deque<{item}>"),
            Kind::Map { is_ordered, key, value } => {
                write!(f, "{}map<{key}, {value}>", if is_ordered { "" } else { "hash " })
            }
            Kind::Set { is_ordered, key } => {
                write!(f, "{}set<{key}>", if is_ordered { "" } else { "hash " })
            }
            Kind::Variants { variants } => {
                f.write_str("enum (")?;
                some_of(f, variants.iter().map(|(name, ..)| shown(name)))?;
                f.write_str(")")
            }
            Kind::Outer { levels } => write!(f, "outer({levels})"),
            Kind::Other { kind } => write!(f, "{}", shown(kind)),
        }
    }
}

/// The first few of many names.
fn some_of(f: &mut fmt::Formatter<'_>, names: impl Iterator<Item = String>) -> fmt::Result {
    const MOST: usize = 8;
    for (index, name) in names.take(MOST + 1).enumerate() {
        match index {
            0 => f.write_str(&name)?,
            MOST => f.write_str(" ...")?,
            _ => write!(f, " {name}")?,
        }
    }
    Ok(())
}
