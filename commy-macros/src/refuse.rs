//! The written types that can never be shared, each with the reason and the replacement.
//!
//! This looks at what the user wrote, so it can name the field and write the line that replaces
//! it. An alias hides its target from it; those are caught by the trait, whose messages say the
//! same. A path whose name a user's own type may well have (`Path`, `Ordering`) is refused only
//! when it is written with `std::`, `core::` or `alloc::` or has arguments that no mappable struct
//! can have.

pub(crate) mod growable;

use quote::ToTokens;
use syn::{GenericArgument, Ident, PathArguments, Type, TypePath};

use crate::spell::spell;

/// Why a written type is refused.
pub(crate) struct Refusal<'a> {
    /// The type to blame: the field's type or one inside it.
    pub(crate) ty: &'a Type,
    /// What is wrong with it, as the rest of a sentence about the type.
    pub(crate) reason: &'static str,
    /// What to write instead.
    pub(crate) help: String,
}

/// Finds the outermost type in `ty` that is refused.
pub(crate) fn refusal(ty: &Type) -> Option<Refusal<'_>> {
    if let Some(kind) = Family::of(ty) {
        return Some(Refusal { ty, reason: kind.reason(), help: kind.help() });
    }
    match ty {
        Type::Group(group) => refusal(&group.elem),
        Type::Paren(paren) => refusal(&paren.elem),
        Type::Array(array) => refusal(&array.elem),
        Type::Path(path) if !is_serialized(path) => {
            type_arguments(path).into_iter().find_map(refusal)
        }
        _ => None,
    }
}

/// Whether it holds a value in serialized form, which may be of any type.
fn is_serialized(path: &TypePath) -> bool {
    let names =
        ["Encoded", "EncodedAligned", "BinaryData", "CborData", "JsonData", "MessagePackData"];
    path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

/// Whether the written type holds a value in serialized form.
pub(crate) fn is_encoded(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_encoded(&group.elem),
        Type::Paren(paren) => is_encoded(&paren.elem),
        Type::Path(path) => is_serialized(path),
        _ => false,
    }
}

/// Whether the arguments of a written type are judged, too: it is neither refused itself nor holds
/// them in serialized form.
pub(crate) fn holds_in_place(path: &TypePath) -> bool {
    Family::of_path(path).is_none() && !is_serialized(path)
}

/// The container that the type is written as, and the type of its elements.
pub(crate) fn container(ty: &Type) -> Option<(&'static str, &Type)> {
    match ty {
        Type::Group(group) => container(&group.elem),
        Type::Paren(paren) => container(&paren.elem),
        Type::Path(path) => {
            let last = &path.path.segments.last()?.ident;
            let names = ["FixedVec", "SmartVec", "FixedDeque", "FixedSet", "FixedOption"];
            let name = names.into_iter().find(|name| last == name)?;
            Some((name, *type_arguments(path).first()?))
        }
        _ => None,
    }
}

/// Whether the written type is one of commy's that holds others: a container of elements, or a map.
pub(crate) fn holds_others(ty: &Type) -> bool {
    container(ty).is_some() || fixed_map(ty).is_some()
}

/// The types of keys and values, if the type is written as a map of fixed size.
pub(crate) fn fixed_map(ty: &Type) -> Option<(&Type, &Type)> {
    match ty {
        Type::Group(group) => fixed_map(&group.elem),
        Type::Paren(paren) => fixed_map(&paren.elem),
        Type::Path(path) if path.path.segments.last()?.ident == "FixedMap" => {
            match *type_arguments(path).as_slice() {
                [key, value, ..] => Some((key, value)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the written type is a reference.
pub(crate) fn is_reference(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_reference(&group.elem),
        Type::Paren(paren) => is_reference(&paren.elem),
        ty => matches!(ty, Type::Reference(_)),
    }
}

/// Whether the written type has no size.
pub(crate) fn is_unsized(ty: &Type) -> bool {
    // A pointer to such a type has one.
    let points = matches!(ty, Type::Path(path) if !type_arguments(path).is_empty());
    !points && matches!(signature(ty), Corrected::Unsized)
}

/// The type that can stand in the place of `ty`, spelled; `None` if there is no simple one.
pub(crate) fn replacement(ty: &Type) -> Option<String> {
    if let Some(kind) = Family::of(ty) {
        return kind.replacement();
    }
    match ty {
        Type::Group(group) => replacement(&group.elem),
        Type::Paren(paren) => replacement(&paren.elem),
        Type::Array(array) => {
            Some(format!("[{}; {}]", replacement(&array.elem)?, spell(&array.len)))
        }
        Type::Path(path) if !is_serialized(path) => {
            let Some(PathArguments::AngleBracketed(arguments)) =
                path.path.segments.last().map(|segment| &segment.arguments)
            else {
                return Some(spell(ty));
            };
            let mut name = path.path.clone();
            if let Some(last) = name.segments.last_mut() {
                last.arguments = PathArguments::None;
            }
            let argument = |argument: &GenericArgument| match argument {
                GenericArgument::Type(ty) => replacement(ty),
                other => Some(spell(other)),
            };
            let arguments: Option<Vec<_>> = arguments.args.iter().map(argument).collect();
            Some(format!("{}<{}>", spell(&name), arguments?.join(", ")))
        }
        _ => Some(spell(ty)),
    }
}

/// What accessors of a field take and give when its written type is refused.
pub(crate) enum Corrected<'a> {
    /// `&str`, and it may not fit.
    Text,
    /// A slice, and it may not fit.
    Sequence(&'a Type),
    /// A reference to the type, which has no size of its own.
    Unsized,
    /// A reference to the type, which is large.
    Lent,
    /// The type itself.
    Written,
}

/// The signature that accessors will have when the written type is replaced as suggested.
pub(crate) fn signature(ty: &Type) -> Corrected<'_> {
    match (ty, Family::of(ty)) {
        (Type::Group(group), _) => signature(&group.elem),
        (Type::Paren(paren), _) => signature(&paren.elem),
        (_, Some(Family::Text | Family::FileName)) => Corrected::Text,
        (_, Some(Family::Sequence(Some(element)) | Family::Deque(Some(element)))) => {
            Corrected::Sequence(element)
        }
        (_, Some(Family::Map(..) | Family::Set(_))) => Corrected::Lent,
        (_, Some(Family::Unsized(_) | Family::Object)) => Corrected::Unsized,
        _ => Corrected::Written,
    }
}

/// A family of types that are refused for one reason.
enum Family<'a> {
    Text,
    FileName,
    Sequence(Option<&'a Type>),
    Deque(Option<&'a Type>),
    Map(Option<&'a Type>, Option<&'a Type>),
    Set(Option<&'a Type>),
    Pointer(Option<&'a Type>),
    MaybeBorrowed(Option<&'a Type>),
    Optional(Option<&'a Type>),
    Fallible,
    Width(&'static str),
    Reference(&'a Type),
    RawPointer,
    Function,
    Object,
    Unsized(Option<&'a Type>),
    Changing(Option<&'a Type>),
    Atomic(&'static str),
    Lock(Option<&'a Type>),
    NonZero(Option<&'a Type>),
    Tuple(Vec<&'a Type>),
    Time,
    Clock,
    Handle,
    Macro,
}

impl<'a> Family<'a> {
    fn of(ty: &'a Type) -> Option<Self> {
        Some(match ty {
            Type::Reference(reference) => Self::Reference(&reference.elem),
            Type::Ptr(_) => Self::RawPointer,
            Type::FnPtr(_) => Self::Function,
            Type::TraitObject(_) => Self::Object,
            Type::Slice(slice) => Self::Unsized(Some(&slice.elem)),
            Type::Tuple(tuple) => Self::Tuple(tuple.elems.iter().collect()),
            Type::Macro(_) => Self::Macro,
            Type::Path(path) if path.qself.is_none() => return Self::of_path(path),
            _ => return None,
        })
    }

    fn of_path(path: &'a TypePath) -> Option<Self> {
        let segments = &path.path.segments;
        let name = segments.last()?.ident.to_string();
        let root = segments.first().map(|segment| &segment.ident);
        let is_std = |root: &Ident| ["std", "core", "alloc"].iter().any(|name| root == name);
        let is_std = segments.len() > 1 && root.is_some_and(is_std);
        // `collections::HashMap` says as much as `HashMap`; `my::String` may be anything.
        let modules =
            ["collections", "sync", "rc", "cell", "path", "borrow", "num", "string", "vec"];
        let is_module = |root: &Ident| modules.iter().any(|name| root == name);
        if !is_std && segments.len() > 1 && !root.is_some_and(is_module) {
            return None;
        }
        let types = type_arguments(path);
        let first = types.first().copied();
        let kind = match (name.as_str(), types.len()) {
            ("String" | "OsString" | "CString", 0) => Self::Text,
            ("PathBuf", 0) => Self::FileName,
            ("usize", 0) => Self::Width("u64"),
            ("isize", 0) => Self::Width("i64"),
            ("str", 0) => Self::Unsized(None),
            ("Vec" | "BinaryHeap", 1..) => Self::Sequence(first),
            ("VecDeque" | "LinkedList", 1..) => Self::Deque(first),
            ("HashMap" | "BTreeMap" | "IndexMap", 2..) => Self::Map(first, types.get(1).copied()),
            ("HashSet" | "BTreeSet" | "IndexSet", 1..) => Self::Set(first),
            ("Box" | "Rc" | "Arc" | "Weak" | "NonNull" | "Pin", 1..) => Self::pointer(first),
            ("Cow", 1..) => Self::MaybeBorrowed(first),
            ("Option", 1) => Self::Optional(first),
            ("Result", 1..) => Self::Fallible,
            ("Cell" | "RefCell" | "UnsafeCell" | "OnceCell" | "LazyCell", 1..) => {
                Self::Changing(first)
            }
            ("Mutex" | "RwLock" | "OnceLock" | "LazyLock", 1..) => Self::Lock(first),
            ("NonZero", 1) => Self::NonZero(first),
            (atomic, 0) if atomic_value(atomic).is_some() => Self::Atomic(atomic_value(atomic)?),
            (
                "NonZeroU8" | "NonZeroU16" | "NonZeroU32" | "NonZeroU64" | "NonZeroI8"
                | "NonZeroI16" | "NonZeroI32" | "NonZeroI64" | "NonZeroUsize",
                0,
            ) => Self::NonZero(None),
            ("Duration", 0) if is_std => Self::Time,
            ("Instant" | "SystemTime", 0) if is_std => Self::Clock,
            ("File" | "TcpStream" | "TcpListener" | "UdpSocket" | "OwnedFd" | "Thread", 0)
                if is_std =>
            {
                Self::Handle
            }
            ("Path" | "OsStr" | "CStr", 0) if is_std => Self::Unsized(None),
            _ => return None,
        };
        Some(kind)
    }

    /// A pointer to a value of unknown size is refused for what it points to.
    fn pointer(target: Option<&'a Type>) -> Self {
        match target {
            Some(Type::Slice(slice)) => Self::Sequence(Some(&slice.elem)),
            Some(Type::TraitObject(_)) => Self::Object,
            Some(ty) if is_path(ty, "str") => Self::Text,
            target => Self::Pointer(target),
        }
    }

    const fn reason(&self) -> &'static str {
        match self {
            Self::Text | Self::FileName => {
                "keeps its text on this process's heap, which the reading process cannot see"
            }
            Self::Sequence(_) | Self::Deque(_) => {
                "keeps its elements on this process's heap, which the reading process cannot see"
            }
            Self::Map(..) | Self::Set(_) => {
                "keeps its table on this process's heap, which the reading process cannot see"
            }
            Self::Pointer(_) => {
                "is a pointer to this process's memory, which the reading process cannot see"
            }
            Self::MaybeBorrowed(_) => {
                "is a pointer or a heap value of this process, which the reading process cannot see"
            }
            Self::Optional(_) | Self::Fallible => {
                "has no fixed layout: where its tag lies is up to the compiler"
            }
            Self::Width(_) => "has a different size in 32-bit and 64-bit processes",
            Self::Reference(_) | Self::RawPointer => {
                "is an address inside this process, which another process cannot follow"
            }
            Self::Function => "is the address of code in this process",
            Self::Object => {
                "leads to code of this process, which the reading process does not have"
            }
            Self::Unsized(_) => "has no size that is known at compile time",
            Self::Changing(_) | Self::Atomic(_) => {
                "changes behind a shared reference, which a published value must not"
            }
            Self::Lock(_) => "is a lock for the threads of one process",
            Self::NonZero(_) => "cannot be zero, but every value of a new file begins as zero",
            Self::Tuple(_) => "has no fixed layout: the order of its fields is up to the compiler",
            Self::Time => "has no fixed layout",
            Self::Clock => "has no fixed layout and no meaning outside this system",
            Self::Handle => "is a handle that the kernel gave to this process only",
            Self::Macro => "is a macro call, which may expand to another type each time it is read",
        }
    }

    fn help(&self) -> String {
        let element = |ty: &Option<&Type>| ty.map_or_else(|| "T".to_owned(), spell_plain);
        match self {
            Self::Text => {
                "use `FixedString<N>`, which stores up to N bytes of UTF-8 in place".into()
            }
            Self::FileName => {
                "use `FixedString<N>`, or `FixedVec<u8, N>` for names that need not be \
                               UTF-8; both store up to N bytes in place"
                    .into()
            }
            Self::Sequence(ty) => {
                let element = element(ty);
                format!("use `FixedVec<{element}, N>`, which stores up to N elements in place")
            }
            Self::Deque(ty) => {
                let element = element(ty);
                format!(
                    "use `FixedDeque<{element}, N>`, a ring that stores up to N elements in place"
                )
            }
            Self::Map(key, value) => {
                let (key, value) = (element(key), element(value));
                format!(
                    "use `FixedMap<{key}, {value}, N>`, which stores up to N entries in place, \
                     sorted by key"
                )
            }
            Self::Set(ty) => {
                let element = element(ty);
                format!(
                    "use `FixedSet<{element}, N>`, which stores up to N elements in place, sorted"
                )
            }
            Self::Pointer(_) => "store the value in place".into(),
            Self::Reference(_) | Self::Unsized(_) | Self::MaybeBorrowed(_) => {
                "store the data in place: `FixedString<N>` for text, `FixedVec<T, N>` for sequences"
                    .into()
            }
            Self::RawPointer => "store the value in place, or an index or offset as `u64`".into(),
            Self::Function | Self::Object => "store what to do as a fieldless enum that has \
                                              `#[derive(commy::Mappable)]` and `#[repr(u8)]`"
                .into(),
            Self::Optional(ty) => {
                let value = element(ty);
                format!("use `FixedOption<{value}>`, or a value that means none")
            }
            Self::Fallible => "store the value and a fieldless enum that has \
                               `#[derive(commy::Mappable)]` and `#[repr(u8)]`"
                .into(),
            Self::Width(width) => format!("use `{width}`"),
            Self::Changing(_) | Self::Atomic(_) | Self::Lock(_) => {
                "store the value itself; the writer's setters change it".into()
            }
            Self::NonZero(ty) => match ty.and_then(replacement) {
                Some(number) => format!("use the plain number, or `FixedOption<{number}>`"),
                None => "use the plain number, or `FixedOption` of it".into(),
            },
            Self::Tuple(_) => "use an array when the types are the same, or a struct that has \
                            `#[derive(commy::Mappable)]` and `#[repr(C)]`"
                .into(),
            Self::Time => "store a number, in nanoseconds or what you count in".into(),
            Self::Clock => "store a number, such as the nanoseconds since 1970".into(),
            Self::Handle => {
                "let each process open its own, from a name in a `FixedString<N>`".into()
            }
            Self::Macro => {
                "write the type out, or give the call a name with `type Name = ...;`".into()
            }
        }
    }

    fn replacement(&self) -> Option<String> {
        let inner = |ty: &Option<&Type>| replacement((*ty)?);
        Some(match self {
            Self::Text | Self::Unsized(None) => "FixedString<64>".into(),
            Self::FileName => "FixedString<255>".into(),
            Self::Sequence(ty) | Self::Unsized(ty @ Some(_)) => {
                format!("FixedVec<{}, 16>", inner(ty)?)
            }
            Self::Deque(ty) => format!("FixedDeque<{}, 16>", inner(ty)?),
            Self::Set(ty) => format!("FixedSet<{}, 16>", inner(ty)?),
            Self::Map(key, value) => format!("FixedMap<{}, {}, 16>", inner(key)?, inner(value)?),
            Self::Pointer(ty) | Self::MaybeBorrowed(ty) | Self::Changing(ty) | Self::Lock(ty) => {
                inner(ty)?
            }
            Self::Reference(ty) => replacement(ty)?,
            Self::Optional(ty) => format!("FixedOption<{}>", inner(ty)?),
            Self::Width(ty) | Self::Atomic(ty) => (*ty).into(),
            Self::NonZero(ty) => inner(ty)?,
            Self::Tuple(types) => {
                let first = replacement(types.first()?)?;
                let same = types.iter().all(|ty| replacement(ty).as_ref() == Some(&first));
                return same.then(|| format!("[{first}; {}]", types.len()));
            }
            Self::RawPointer | Self::Time | Self::Clock => "u64".into(),
            Self::Function | Self::Object | Self::Fallible | Self::Handle | Self::Macro => {
                return None;
            }
        })
    }
}

/// The value inside an atomic, as the type that replaces it.
fn atomic_value(name: &str) -> Option<&'static str> {
    Some(match name {
        "AtomicBool" => "bool",
        "AtomicU8" => "u8",
        "AtomicU16" => "u16",
        "AtomicU32" => "u32",
        "AtomicU64" | "AtomicUsize" => "u64",
        "AtomicI8" => "i8",
        "AtomicI16" => "i16",
        "AtomicI32" => "i32",
        "AtomicI64" | "AtomicIsize" => "i64",
        _ => return None,
    })
}

/// The type arguments of the last segment of a path.
pub(crate) fn type_arguments(path: &TypePath) -> Vec<&Type> {
    let Some(PathArguments::AngleBracketed(arguments)) =
        path.path.segments.last().map(|segment| &segment.arguments)
    else {
        return Vec::new();
    };
    // A bare constant, as in `FixedString<N>`, parses as a type and is judged as one: harmless.
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

fn is_path(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(name))
}

fn spell_plain(ty: &Type) -> String {
    replacement(ty).unwrap_or_else(|| spell(&ty.to_token_stream()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestion(ty: &str) -> Option<String> {
        let ty = syn::parse_str(ty).unwrap();
        assert!(refusal(&ty).is_some(), "{} is accepted", spell(&ty));
        replacement(&ty)
    }

    #[test]
    fn refused_types_have_replacements_inside_what_surrounds_them() {
        for (written, expected) in [
            ("String", "FixedString<64>"),
            ("std::string::String", "FixedString<64>"),
            ("Vec<u8>", "FixedVec<u8, 16>"),
            ("Vec<String>", "FixedVec<FixedString<64>, 16>"),
            ("[String; 4]", "[FixedString<64>; 4]"),
            ("FixedVec<usize, 4>", "FixedVec<u64, 4>"),
            ("Option<Box<isize>>", "FixedOption<i64>"),
            ("Box<[u16]>", "FixedVec<u16, 16>"),
            ("Arc<str>", "FixedString<64>"),
            ("&'static str", "FixedString<64>"),
            ("&'static [u8]", "FixedVec<u8, 16>"),
            ("Cow<'static, str>", "FixedString<64>"),
            ("VecDeque<usize>", "FixedDeque<u64, 16>"),
            ("FixedDeque<usize, 4>", "FixedDeque<u64, 4>"),
            ("std::collections::HashMap<String, u32>", "FixedMap<FixedString<64>, u32, 16>"),
            ("BTreeSet<u32>", "FixedSet<u32, 16>"),
            ("FixedMap<String, Vec<u8>, 4>", "FixedMap<FixedString<64>, FixedVec<u8, 16>, 4>"),
            ("std::sync::Mutex<u32>", "u32"),
            ("AtomicUsize", "u64"),
            ("NonZero<u32>", "u32"),
            ("*const u8", "u64"),
            ("std::time::Duration", "u64"),
            ("(u32, u32)", "[u32; 2]"),
            ("PathBuf", "FixedString<255>"),
        ] {
            assert_eq!(suggestion(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn some_refused_types_have_no_simple_replacement() {
        for written in ["fn(u8) -> u8", "dyn Send", "(u32, f32)", "()", "Result<u8, u8>", "ty!()"] {
            assert_eq!(suggestion(written), None, "{written}");
        }
    }

    #[test]
    fn types_that_may_be_the_users_own_are_left_to_the_trait() {
        for written in [
            "Path",
            "Duration",
            "Option",
            "Vec",
            "Cell",
            "my::String",
            "self::String",
            "Instant",
            "f64",
            "FixedVec<u8, N>",
            "[[u8; 4]; 4]",
            "SmartString",
            "<A as B>::C",
            "Encoded<std::collections::HashMap<String, Vec<u8>>, Postcard, 64>",
            "[commy::encoded::JsonData<Vec<String>, 64>; 2]",
        ] {
            assert!(refusal(&syn::parse_str(written).unwrap()).is_none(), "{written}");
        }
    }
}
