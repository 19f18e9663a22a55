//! The names by which types of serialized values are known in a file.
//!
//! `TypeName` (commy-types) is a const tree, because the name of `Vec<Event>` cannot be
//! concatenated in a const. The writer of the schema line spells it, the parts of a type once,
//! where its name first occurs. Each std type has its own name, `Box<T>` another than `T`: under
//! rkyv they differ in their bytes.
//!
//! `derive(SchemaName)` makes five constants: `NAME` tells the fields by the `WITHIN_3` of their
//! types, that by `WITHIN_2`, and so on; `WITHIN_0` tells none. So a type that holds itself refers
//! to its own next constant, never to the one that is being evaluated, which the compiler refuses.
//! Statics do not help: constants that refer to one are checked through it.
//!
//! A type without a name is found out by an inherent constant that shadows a trait's (`NameOf`),
//! and told as written, without paths.

use commy_types::schema::TypeName;

/// A type with a name that does not depend on the program: part of the fingerprint of every file
/// that holds an [`Encoded`](super::Encoded) of it.
///
/// Derive it. The name is the type's own, without its path, then what it consists of: fields and
/// variants with the names of their types. So two programs that declare other fields, or the same in
/// another order, are told at opening. Arguments of a generic type follow in angle brackets.
///
/// With `#[commy(name = "...")]` that name stands alone. Give one when programs may declare the
/// fields differently, as codecs with field names allow, and another one when old bytes are not to
/// be read by a new program.
///
/// The fields of one type are told once, where it first occurs; a type may hold itself. They are
/// told of four types within each other, and of no more than 64. A type of another crate, which has no
/// `SchemaName`, is told as it is written, without paths. What serde's attributes change is not seen.
///
/// It is implemented for what std has and serde reads, except for atomics. Each type has its own name, `Box<str>`
/// another than `String`: with some codecs they differ in their bytes, too.
///
/// # Examples
///
/// ```
/// use std::collections::HashMap;
///
/// use commy::encoded::SchemaName;
///
/// #[derive(SchemaName)]
/// enum Event {
///     Joined { player: String },
///     Left,
/// }
///
/// assert_eq!(<[Event]>::NAME.to_string(), "[Event { Joined { player: String }, Left }]");
///
/// #[derive(SchemaName)]
/// #[commy(name = "game/Board.v2")]
/// enum Board<T, const N: usize> {
///     Empty,
///     Full([T; N]),
/// }
///
/// type Boards = HashMap<String, Vec<Board<u8, 9>>>;
/// assert_eq!(Boards::NAME.to_string(), "HashMap<String, Vec<game/Board.v2<u8, 9>>>");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no name for the schema of a file",
    label = "needs a `SchemaName`",
    note = "if `{Self}` is your own type, add `#[derive(commy::encoded::SchemaName)]` to it"
)]
pub trait SchemaName {
    /// The name.
    const NAME: &'static TypeName;
    /// The same, with the fields of one type fewer within each other, and so on: of four types
    /// within each other the derive tells the fields, and of the fifth the name.
    #[doc(hidden)]
    const WITHIN_3: &'static TypeName = Self::NAME;
    #[doc(hidden)]
    const WITHIN_2: &'static TypeName = Self::NAME;
    #[doc(hidden)]
    const WITHIN_1: &'static TypeName = Self::NAME;
    #[doc(hidden)]
    const WITHIN_0: &'static TypeName = Self::NAME;
}

/// Expands a macro for the names of each depth.
macro_rules! at_each_depth {
    ($constant:ident!($($arguments:tt)*)) => {
        $constant!(NAME; $($arguments)*);
        $constant!(WITHIN_3; $($arguments)*);
        $constant!(WITHIN_2; $($arguments)*);
        $constant!(WITHIN_1; $($arguments)*);
        $constant!(WITHIN_0; $($arguments)*);
    };
}

macro_rules! some_name {
    ($depth:ident;) => {
        /// The name.
        pub const $depth: Option<&'static TypeName> = Some(T::$depth);
    };
}

macro_rules! no_name {
    ($depth:ident;) => {
        /// No name.
        const $depth: Option<&'static TypeName> = None;
    };
}

/// Asks whether a type has a name: `NameOf::<T>::NAME` is `Some` if so, and else, with [`NoName`] in
/// scope, `None`.
#[doc(hidden)]
#[derive(Debug)]
pub struct NameOf<T: ?Sized>(core::marker::PhantomData<T>);

impl<T: SchemaName + ?Sized> NameOf<T> {
    at_each_depth!(some_name!());
}

/// The answer for a type without a name.
#[doc(hidden)]
pub trait NoName {
    at_each_depth!(no_name!());
}

impl<T: ?Sized> NoName for NameOf<T> {}

macro_rules! plain {
    ($($ty:ty => $name:literal,)*) => {$(
        impl SchemaName for $ty {
            const NAME: &'static TypeName = &TypeName::Plain($name);
        }
    )*};
}

plain! {
    bool => "bool", char => "char", str => "str",
    u8 => "u8", u16 => "u16", u32 => "u32", u64 => "u64", u128 => "u128", usize => "usize",
    i8 => "i8", i16 => "i16", i32 => "i32", i64 => "i64", i128 => "i128", isize => "isize",
    f32 => "f32", f64 => "f64",
    String => "String",
    std::path::Path => "Path",
    std::path::PathBuf => "PathBuf",
    core::ffi::CStr => "CStr",
    std::ffi::CString => "CString",
    std::ffi::OsStr => "OsStr",
    std::ffi::OsString => "OsString",
    core::time::Duration => "Duration",
    std::time::SystemTime => "SystemTime",
    core::net::IpAddr => "IpAddr",
    core::net::Ipv4Addr => "Ipv4Addr",
    core::net::Ipv6Addr => "Ipv6Addr",
    core::net::SocketAddr => "SocketAddr",
    core::net::SocketAddrV4 => "SocketAddrV4",
    core::net::SocketAddrV6 => "SocketAddrV6",
    core::num::NonZeroU8 => "NonZero<u8>",
    core::num::NonZeroU16 => "NonZero<u16>",
    core::num::NonZeroU32 => "NonZero<u32>",
    core::num::NonZeroU64 => "NonZero<u64>",
    core::num::NonZeroU128 => "NonZero<u128>",
    core::num::NonZeroUsize => "NonZero<usize>",
    core::num::NonZeroI8 => "NonZero<i8>",
    core::num::NonZeroI16 => "NonZero<i16>",
    core::num::NonZeroI32 => "NonZero<i32>",
    core::num::NonZeroI64 => "NonZero<i64>",
    core::num::NonZeroI128 => "NonZero<i128>",
    core::num::NonZeroIsize => "NonZero<isize>",
}

macro_rules! name_with_arguments {
    ($depth:ident; $name:literal, $($argument:ty),*) => {
        const $depth: &'static TypeName =
            &TypeName::Generic { name: $name, arguments: &[$(<$argument>::$depth),*] };
    };
}

macro_rules! generic {
    ($($name:literal: [$($params:tt)*] $ty:ty, [$($argument:ty),*];)*) => {$(
        impl<$($params)*> SchemaName for $ty {
            at_each_depth!(name_with_arguments!($name, $($argument),*));
        }
    )*};
}

generic! {
    "Vec": [T: SchemaName] Vec<T>, [T];
    "VecDeque": [T: SchemaName] std::collections::VecDeque<T>, [T];
    "LinkedList": [T: SchemaName] std::collections::LinkedList<T>, [T];
    "BinaryHeap": [T: SchemaName] std::collections::BinaryHeap<T>, [T];
    // A hasher leaves no trace in the bytes.
    "HashMap": [K: SchemaName, V: SchemaName, S] std::collections::HashMap<K, V, S>, [K, V];
    "HashSet": [T: SchemaName, S] std::collections::HashSet<T, S>, [T];
    "BTreeMap": [K: SchemaName, V: SchemaName] std::collections::BTreeMap<K, V>, [K, V];
    "BTreeSet": [T: SchemaName] std::collections::BTreeSet<T>, [T];
    "Option": [T: SchemaName] Option<T>, [T];
    "Result": [T: SchemaName, E: SchemaName] Result<T, E>, [T, E];
    "Box": [T: SchemaName + ?Sized] Box<T>, [T];
    "Rc": [T: SchemaName + ?Sized] std::rc::Rc<T>, [T];
    "Arc": [T: SchemaName + ?Sized] std::sync::Arc<T>, [T];
    "Cow": [T: SchemaName + ToOwned + ?Sized] std::borrow::Cow<'_, T>, [T];
    "Range": [T: SchemaName] core::ops::Range<T>, [T];
    "RangeInclusive": [T: SchemaName] core::ops::RangeInclusive<T>, [T];
    "RangeFrom": [T: SchemaName] core::ops::RangeFrom<T>, [T];
    "RangeTo": [T: SchemaName] core::ops::RangeTo<T>, [T];
    "Bound": [T: SchemaName] core::ops::Bound<T>, [T];
    "Wrapping": [T: SchemaName] core::num::Wrapping<T>, [T];
    "Saturating": [T: SchemaName] core::num::Saturating<T>, [T];
    "Reverse": [T: SchemaName] core::cmp::Reverse<T>, [T];
    "Cell": [T: SchemaName] core::cell::Cell<T>, [T];
    "RefCell": [T: SchemaName + ?Sized] core::cell::RefCell<T>, [T];
    "Mutex": [T: SchemaName + ?Sized] std::sync::Mutex<T>, [T];
    "RwLock": [T: SchemaName + ?Sized] std::sync::RwLock<T>, [T];
}

macro_rules! name_of_target {
    ($depth:ident;) => {
        const $depth: &'static TypeName = T::$depth;
    };
}

macro_rules! name_of_slice {
    ($depth:ident;) => {
        const $depth: &'static TypeName = &TypeName::Slice(T::$depth);
    };
}

macro_rules! name_of_array {
    ($depth:ident;) => {
        const $depth: &'static TypeName = &TypeName::Array { item: T::$depth, len: N };
    };
}

/// A reference is known by what it refers to.
impl<T: SchemaName + ?Sized> SchemaName for &T {
    at_each_depth!(name_of_target!());
}

impl<T: SchemaName> SchemaName for [T] {
    at_each_depth!(name_of_slice!());
}

impl<T: SchemaName, const N: usize> SchemaName for [T; N] {
    at_each_depth!(name_of_array!());
}

impl<T: ?Sized> SchemaName for core::marker::PhantomData<T> {
    const NAME: &'static TypeName = &TypeName::Plain("PhantomData");
}

macro_rules! name_of_tuple {
    ($depth:ident; $($item:ident)*) => {
        const $depth: &'static TypeName = &TypeName::Tuple(&[$($item::$depth),*]);
    };
}

macro_rules! tuple {
    ($($item:ident)*) => {
        impl<$($item: SchemaName),*> SchemaName for ($($item,)*) {
            at_each_depth!(name_of_tuple!($($item)*));
        }
    };
}

tuple!();
tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
tuple!(A B C D E F G H I);
tuple!(A B C D E F G H I J);
tuple!(A B C D E F G H I J K);
tuple!(A B C D E F G H I J K L);
tuple!(A B C D E F G H I J K L M);
tuple!(A B C D E F G H I J K L M N);
tuple!(A B C D E F G H I J K L M N O);
tuple!(A B C D E F G H I J K L M N O P);

/// The length of an array or the capacity of a container, as an argument.
struct Number<const N: usize>;

impl<const N: usize> SchemaName for Number<N> {
    const NAME: &'static TypeName = &TypeName::Const(N as i128);
}

generic! {
    "FixedString": [const N: usize] commy_types::FixedString<N>, [Number<N>];
    "FixedVec": [T: SchemaName, const N: usize] commy_types::FixedVec<T, N>, [T, Number<N>];
    "FixedDeque": [T: SchemaName, const N: usize] commy_types::FixedDeque<T, N>, [T, Number<N>];
    "FixedMap": [K: SchemaName, V: SchemaName, const N: usize] commy_types::FixedMap<K, V, N>, [K, V, Number<N>];
    "FixedSet": [T: SchemaName, const N: usize] commy_types::FixedSet<T, N>, [T, Number<N>];
    "FixedOption": [T: SchemaName] commy_types::FixedOption<T>, [T];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name<T: SchemaName + ?Sized>() -> String {
        T::NAME.to_string()
    }

    #[test]
    fn names_of_std_types_are_what_programs_write_without_paths() {
        type Nested = std::collections::HashMap<(u8, String), Option<Vec<[f64; 3]>>>;
        assert_eq!(name::<Nested>(), "HashMap<(u8, String), Option<Vec<[f64; 3]>>>");
        assert_eq!(name::<Box<[&str]>>(), "Box<[str]>");
        assert_eq!(name::<()>(), "()");
        assert_eq!(name::<(u8,)>(), "(u8,)");
        assert_eq!(name::<commy_types::FixedVec<u16, 4>>(), "FixedVec<u16, 4>");
        assert_eq!(name::<commy_types::FixedDeque<u16, 4>>(), "FixedDeque<u16, 4>");
        assert_eq!(name::<commy_types::FixedMap<u8, f64, 4>>(), "FixedMap<u8, f64, 4>");
        assert_eq!(name::<commy_types::FixedSet<u8, 4>>(), "FixedSet<u8, 4>");
        assert_eq!(name::<commy_types::SmartString>(), "FixedString<1024>");
        type Limits = (core::ops::Bound<core::num::NonZeroI128>, core::ops::RangeFrom<usize>);
        assert_eq!(name::<Limits>(), "(Bound<NonZero<i128>>, RangeFrom<usize>)");
        type Shared = std::sync::RwLock<core::cell::RefCell<core::num::Saturating<u8>>>;
        assert_eq!(name::<Shared>(), "RwLock<RefCell<Saturating<u8>>>");
    }

    /// Said by the compiler: what serde reads has a name.
    #[test]
    #[cfg(feature = "postcard")]
    fn whatever_serde_reads_of_std_has_a_name() {
        use core::cell::{Cell, RefCell};
        use core::num::*;
        use core::ops::{Bound, RangeFrom, RangeTo};
        use std::sync::{Mutex, RwLock};

        fn both<T: SchemaName + serde::de::DeserializeOwned + serde::Serialize>() {
            assert!(!name::<T>().is_empty());
        }
        both::<(std::ffi::CString, std::ffi::OsString, Cell<u8>, RefCell<u8>)>();
        both::<(Mutex<u8>, RwLock<u8>, Bound<u8>, RangeFrom<u8>, RangeTo<u8>)>();
        both::<(NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize)>();
        both::<(NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize)>();
        both::<(Saturating<u8>, Wrapping<u8>)>();
        both::<(u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8)>();
    }
}
