//! A schema as a tree of its own: what a file, or a program, says of a record.

use core::fmt;

use super::notes::Notes;
use crate::format::Shown;

/// The layout of a record and what is noted about it.
///
/// Checked when it was read: each part lies within what holds it, and no name is there twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) root: Type,
    /// Whether the record is growable: its fields are cells, behind a prefix of the payload.
    pub(crate) is_growable: bool,
    pub(crate) notes: Notes,
}

/// The order of the keys of a map or set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// That of the type as the schema tells it.
    Natural,
    /// One that only the program knows.
    User,
    /// None: a key is where its hash leads.
    Hash,
}

impl Order {
    const ALL: [Self; 3] = [Self::Natural, Self::User, Self::Hash];

    /// The word for it in a schema text.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Natural => "natural",
            Self::User => "user",
            Self::Hash => "hash",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }

    /// The bytes of the cell of such a map: an address and a length, and the seed of a hash.
    pub(super) const fn cell(self) -> u64 {
        match self {
            Self::Natural | Self::User => 16,
            Self::Hash => 24,
        }
    }
}

/// The layout of a type: sizes, offsets and strides in bytes, capacities in bytes for text and
/// serialized values, else in elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Scalar(Scalar),
    /// A length of `len` bytes, then text from `data` on.
    String {
        capacity: u64,
        len: u64,
        data: u64,
    },
    /// A length of `len` bytes, then elements from `data` on.
    Vec {
        capacity: u64,
        len: u64,
        data: u64,
        stride: u64,
        item: Box<Self>,
    },
    /// A head of `head` bytes, a length of `len` bytes behind it, then a ring of cells from `data` on.
    FixedDeque {
        capacity: u64,
        head: u64,
        len: u64,
        data: u64,
        stride: u64,
        item: Box<Self>,
    },
    Array {
        capacity: u64,
        stride: u64,
        item: Box<Self>,
    },
    /// A length of `len` bytes, then elements from `data` on, which ascend.
    FixedSet {
        capacity: u64,
        len: u64,
        data: u64,
        stride: u64,
        item: Box<Self>,
    },
    /// A length of `len` bytes, then keys, which ascend, then the value of each.
    FixedMap {
        capacity: u64,
        len: u64,
        keys: Cells,
        values: Cells,
    },
    Struct {
        size: u64,
        align: u64,
        fields: Vec<Field>,
    },
    Enum {
        repr: Scalar,
        variants: Vec<Variant>,
    },
    /// A tag of eight bytes at `tag`, the value at `data`.
    Option {
        tag: u64,
        data: u64,
        item: Box<Self>,
    },
    /// A type of another crate under a name that its users have agreed on.
    Pod {
        id: String,
        size: u64,
        align: u64,
    },
    /// A length of `len` bytes, the mark of the codec, then bytes from `data` on.
    Encoded {
        codec: String,
        name: String,
        capacity: u64,
        len: u64,
        data: u64,
    },
    /// Text of any length, in a cell of `size` bytes and a block of the heap.
    Text {
        size: u64,
    },
    /// The same for bytes.
    Bytes {
        size: u64,
    },
    /// The mark of the codec, then serialized bytes, of any length, stored as these.
    Coded {
        size: u64,
        codec: String,
        name: String,
    },
    /// A cell of the item in a block of the heap, whose address takes `size` bytes.
    Box {
        size: u64,
        item: Box<Self>,
    },
    /// A tag of one byte at 0, the cell of the item at `value_at`, in `size` bytes.
    Optional {
        size: u64,
        value_at: u64,
        item: Box<Self>,
    },
    /// Any number of items in blocks of the heap, `stride` bytes apart; `size` bytes lead there.
    List {
        size: u64,
        stride: u64,
        item: Box<Self>,
    },
    /// The same, which also grow and shrink at their front.
    Deque {
        size: u64,
        stride: u64,
        item: Box<Self>,
    },
    /// Keys, and if there is a value, one beside each, in blocks of the heap; `size` bytes lead there.
    Map {
        order: Order,
        size: u64,
        key: Box<Self>,
        value: Option<Box<Self>>,
    },
    /// A tag at 0, and the fields of the variant that it names: for each variant those that are in the
    /// same place of `fields`.
    Variants {
        size: u64,
        tag: Scalar,
        variants: Vec<Variant>,
        fields: Vec<Vec<Field>>,
    },
    /// The struct or enum that this is in, so many of them out, of so many bytes: never the record.
    Outer {
        levels: u64,
        size: u64,
    },
    /// A kind that this version does not know; all that is said of it.
    Other {
        kind: String,
        text: String,
    },
}

/// Values at a fixed distance: the keys or the values of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cells {
    /// Where the first one is.
    pub(crate) at: u64,
    pub(crate) stride: u64,
    pub(crate) item: Box<Type>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) ty: Type,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) number: i128,
}

/// A primitive type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// The bytes it takes.
    pub(crate) size: u64,
}

/// What the bytes of a primitive type stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Unsigned,
    Signed,
    Float,
    Bool,
    Char,
}

/// The primitive types of format version 1.
const SCALARS: [Scalar; 14] = [
    Scalar { name: "u8", form: Form::Unsigned, size: 1 },
    Scalar { name: "u16", form: Form::Unsigned, size: 2 },
    Scalar { name: "u32", form: Form::Unsigned, size: 4 },
    Scalar { name: "u64", form: Form::Unsigned, size: 8 },
    Scalar { name: "u128", form: Form::Unsigned, size: 16 },
    Scalar { name: "i8", form: Form::Signed, size: 1 },
    Scalar { name: "i16", form: Form::Signed, size: 2 },
    Scalar { name: "i32", form: Form::Signed, size: 4 },
    Scalar { name: "i64", form: Form::Signed, size: 8 },
    Scalar { name: "i128", form: Form::Signed, size: 16 },
    Scalar { name: "f32", form: Form::Float, size: 4 },
    Scalar { name: "f64", form: Form::Float, size: 8 },
    Scalar { name: "bool", form: Form::Bool, size: 1 },
    Scalar { name: "char", form: Form::Char, size: 4 },
];

impl Scalar {
    /// The primitive type of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        SCALARS.into_iter().find(|scalar| scalar.name == name)
    }

    /// Returns whether it is a number, which may fit into another type of number.
    pub(crate) const fn is_number(self) -> bool {
        matches!(self.form, Form::Unsigned | Form::Signed | Form::Float)
    }

    /// Returns whether every value of it is one of `wider`, which is another type.
    pub(crate) const fn widens_to(self, wider: Self) -> bool {
        match (self.form, wider.form) {
            (Form::Unsigned, Form::Unsigned | Form::Signed)
            | (Form::Signed, Form::Signed)
            | (Form::Float, Form::Float) => self.size < wider.size,
            // 53 bits of mantissa.
            (Form::Unsigned | Form::Signed, Form::Float) => self.size <= 4 && wider.size == 8,
            _ => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => f.write_str(scalar.name),
            Self::String { capacity, .. } => write!(f, "string of up to {capacity} bytes"),
            Self::Vec { capacity, item, .. } => write!(f, "vec of up to {capacity} {item}"),
            Self::FixedDeque { capacity, item, .. } => {
                write!(f, "fixed_deque of up to {capacity} {item}")
            }
            Self::Array { capacity, item, .. } => write!(f, "array of {capacity} {item}"),
            Self::FixedSet { capacity, item, .. } => {
                write!(f, "fixed_set of up to {capacity} {item}")
            }
            Self::FixedMap { capacity, keys, values, .. } => {
                write!(f, "fixed_map of up to {capacity} {} to {}", keys.item, values.item)
            }
            Self::Struct { size, align, fields } => {
                write!(f, "struct of {} fields, {size} bytes aligned to {align}", fields.len())
            }
            Self::Enum { repr, variants } => {
                write!(f, "{} enum of {} variants", repr.name, variants.len())
            }
            Self::Option { item, .. } => write!(f, "option of {item}"),
            Self::Pod { id, size, align } => {
                write!(f, "pod \"{}\" of {size} bytes aligned to {align}", Shown(id))
            }
            Self::Encoded { codec, name, capacity, data, .. } => {
                write!(f, "{} as {} of up to {capacity} bytes", Shown(name), Shown(codec))?;
                if *data == 8 { Ok(()) } else { write!(f, " aligned to {data}") }
            }
            Self::Text { .. } => f.write_str("text of any length"),
            Self::Bytes { .. } => f.write_str("bytes of any length"),
            Self::Coded { codec, name, .. } => {
                write!(f, "{} as {} of any length", Shown(name), Shown(codec))
            }
            Self::Box { item, .. } => write!(f, "box of {item}"),
            Self::Optional { item, .. } => write!(f, "optional {item}"),
            Self::List { item, .. } => write!(f, "list of {item}"),
            Self::Deque { item, .. } => write!(f, "deque of {item}"),
            Self::Map { order, key, value, .. } => {
                let hash = if *order == Order::Hash { "hash " } else { "" };
                match value {
                    Some(value) => write!(f, "{hash}map of {key} to {value}"),
                    None => write!(f, "{hash}set of {key}"),
                }
            }
            Self::Variants { size, variants, .. } => {
                write!(f, "enum of {} variants, {size} bytes", variants.len())
            }
            Self::Outer { levels: 1, .. } => f.write_str("the type around it"),
            Self::Outer { levels, .. } => write!(f, "the type {levels} levels out"),
            Self::Other { kind, .. } => write!(f, "{}", Shown(kind)),
        }
    }
}
