//! The description of a type's layout, from which the schema text and the fingerprint are made.
//!
//! # Examples
//!
//! ```
//! use commy_types::schema::TypeSchema;
//! use commy_types::{FixedOption, Mappable};
//!
//! let TypeSchema::Option { data, item } = *<FixedOption<u128>>::SCHEMA else { unreachable!() };
//! assert_eq!((data, item), (align_of::<u128>().max(8), u128::SCHEMA));
//! ```
//!
//! The layout is the target's, and the schema tells it: `u64` is aligned to 4 in structs on i686,
//! `u128` to 8 on s390x and ARMv7. Lengths and tags are little-endian everywhere.

mod line;
mod note;
mod type_name;

use core::fmt;

pub use self::note::Note;
pub use self::type_name::{Parts, TypeName};

/// The layout of a [`Mappable`](crate::Mappable) type, as the canonical schema line tells it.
///
/// Sizes, offsets and strides are in bytes, capacities in bytes for strings and in elements
/// otherwise.
///
/// # Examples
///
/// ```
/// use commy_types::schema::TypeSchema;
/// use commy_types::{FixedVec, Mappable};
///
/// assert_eq!(
///     <FixedVec<i32, 100>>::SCHEMA,
///     &TypeSchema::Vec { capacity: 100, data: 8, stride: 4, item: i32::SCHEMA },
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeSchema {
    /// A primitive: `u8`-`u128`, `i8`-`i128`, `f32`, `f64`, `bool`, `char`.
    Scalar {
        /// Rust's name of it.
        name: &'static str,
    },
    /// A length of eight bytes, then UTF-8 text: a `FixedString`.
    String {
        /// The most bytes of text.
        capacity: usize,
    },
    /// A length of eight bytes, then elements: a `FixedVec`.
    Vec {
        /// The most elements.
        capacity: usize,
        /// The offset of the first element.
        data: usize,
        /// The distance of two elements.
        stride: usize,
        /// The type of the elements.
        item: &'static Self,
    },
    /// A head and a length of four bytes each, then cells of elements: a `FixedDeque`.
    Deque {
        /// The most elements.
        capacity: usize,
        /// The offset of the first cell.
        data: usize,
        /// The distance of two cells.
        stride: usize,
        /// The type of the elements.
        item: &'static Self,
    },
    /// A length of eight bytes, then elements in ascending order: a `FixedSet`.
    Set {
        /// The most elements.
        capacity: usize,
        /// The offset of the first element.
        data: usize,
        /// The distance of two elements.
        stride: usize,
        /// The type of the elements.
        item: &'static Self,
    },
    /// A length of eight bytes, then keys in ascending order, then as many values: a `FixedMap`.
    Map {
        /// The most entries.
        capacity: usize,
        /// The offset of the first key.
        keys: usize,
        /// The distance of two keys.
        key_stride: usize,
        /// The offset of the first value.
        values: usize,
        /// The distance of two values.
        value_stride: usize,
        /// The type of the keys.
        key: &'static Self,
        /// The type of the values.
        value: &'static Self,
    },
    /// `[T; N]`.
    Array {
        /// The number of elements.
        capacity: usize,
        /// The distance of two elements.
        stride: usize,
        /// The type of the elements.
        item: &'static Self,
    },
    /// A struct with named fields.
    Struct {
        /// The size of the struct.
        size: usize,
        /// Its alignment.
        align: usize,
        /// Its fields, in the order in which they are declared.
        fields: &'static [FieldSchema],
    },
    /// A fieldless enum.
    Enum {
        /// The primitive that holds the number.
        repr: &'static str,
        /// The variants and their numbers.
        variants: &'static [(&'static str, i128)],
    },
    /// A tag of eight bytes (0 or 1), then the value: `FixedOption`.
    Option {
        /// The offset of the value.
        data: usize,
        /// The type of the value.
        item: &'static Self,
    },
    /// A foreign plain-old-data type under an id its user declared.
    Pod {
        /// The declared id.
        id: &'static str,
        /// The size of the type.
        size: usize,
        /// Its alignment.
        align: usize,
    },
    /// A length of four bytes, the codec's id of four bytes, then a serialized value.
    Encoded {
        /// The name of the codec.
        codec: &'static str,
        /// The declared name of the type that is serialized.
        name: &'static TypeName,
        /// The most bytes of serialized data.
        capacity: usize,
        /// The offset of the first of them.
        data: usize,
    },
}

/// One field of a struct.
///
/// # Examples
///
/// ```
/// use commy_types::Mappable;
/// use commy_types::schema::{FieldSchema, TypeSchema};
///
/// const Y: FieldSchema = FieldSchema::new("y", 8, 8, f64::SCHEMA);
/// const POINT: TypeSchema = TypeSchema::Struct { size: 16, align: 8, fields: &[Y] };
/// assert_eq!(POINT.path_at(11).to_string(), "y");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldSchema {
    /// The field's name, without `r#`.
    pub name: &'static str,
    /// Its offset from the start of the struct in bytes.
    pub offset: usize,
    /// Its size in bytes.
    pub size: usize,
    /// Its type.
    pub ty: &'static TypeSchema,
}

impl FieldSchema {
    /// A field of `size` bytes at byte `offset` of its struct.
    #[must_use]
    pub const fn new(
        name: &'static str,
        offset: usize,
        size: usize,
        ty: &'static TypeSchema,
    ) -> Self {
        Self { name, offset, size, ty }
    }
}

impl TypeSchema {
    /// Names the innermost field or element at byte `offset`: `points[2].x`.
    ///
    /// An offset outside every field names nothing and displays as the empty string.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::Mappable;
    ///
    /// assert_eq!(<[[u16; 4]; 2]>::SCHEMA.path_at(10).to_string(), "[1][1]");
    /// ```
    #[must_use]
    pub const fn path_at(&'static self, offset: usize) -> PathAt {
        PathAt { schema: self, offset }
    }
}

/// The name of the field at a byte offset; made by [`TypeSchema::path_at`].
#[derive(Debug, Clone, Copy)]
pub struct PathAt {
    schema: &'static TypeSchema,
    offset: usize,
}

impl fmt::Display for PathAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mut schema, mut offset } = *self;
        let mut outermost = true;
        loop {
            match *schema {
                TypeSchema::Struct { fields, .. } => {
                    let holds = |field: &&FieldSchema| {
                        offset.checked_sub(field.offset).is_some_and(|within| within < field.size)
                    };
                    let Some(field) = fields.iter().find(holds) else { return Ok(()) };
                    write!(f, "{}{}", if outermost { "" } else { "." }, field.name)?;
                    (schema, offset) = (field.ty, offset - field.offset);
                }
                TypeSchema::Vec { data, stride, item, .. }
                | TypeSchema::Set { data, stride, item, .. } => {
                    let Some(index) = offset.checked_sub(data).and_then(|o| o.checked_div(stride))
                    else {
                        return Ok(());
                    };
                    write!(f, "[{index}]")?;
                    (schema, offset) = (item, offset - data - index * stride);
                }
                TypeSchema::Deque { data, stride, item, .. } => {
                    let Some(cell) = offset.checked_sub(data).and_then(|o| o.checked_div(stride))
                    else {
                        return Ok(());
                    };
                    // Which element that is depends on the head.
                    write!(f, "[cell {cell}]")?;
                    (schema, offset) = (item, offset - data - cell * stride);
                }
                TypeSchema::Map { keys, key_stride, values, value_stride, key, value, .. } => {
                    let (name, first, stride, item) = match offset < values {
                        true => ("key", keys, key_stride, key),
                        false => ("value", values, value_stride, value),
                    };
                    let Some(index) = offset.checked_sub(first).and_then(|o| o.checked_div(stride))
                    else {
                        return Ok(());
                    };
                    write!(f, "[{index}].{name}")?;
                    (schema, offset) = (item, offset - first - index * stride);
                }
                TypeSchema::Array { stride, item, .. } => {
                    let Some(index) = offset.checked_div(stride) else { return Ok(()) };
                    write!(f, "[{index}]")?;
                    (schema, offset) = (item, offset - index * stride);
                }
                TypeSchema::Option { data, item } => {
                    let Some(within) = offset.checked_sub(data) else { return Ok(()) };
                    (schema, offset) = (item, within);
                }
                _ => return Ok(()),
            }
            outermost = false;
        }
    }
}
