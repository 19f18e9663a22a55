//! The types that are known as they are written: numbers, flags, letters, and commy's containers of
//! these.

use syn::{GenericArgument, PathArguments, Type, TypePath};

use crate::refuse::{fixed_map, type_arguments};
use crate::spell::spell;

/// Types that have the trait, whatever else is wrong.
pub(crate) const CERTAIN: &[&str] = &[
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "f32",
    "f64",
    "bool",
    "char",
    "SmartString",
];

/// Whether the type is one of numbers, flags or letters as it is written.
pub(crate) fn is_scalar(ty: &Type) -> bool {
    CERTAIN.contains(&spell(ty).as_str())
}

/// Whether the written type certainly has the trait, so that nothing is reported of it and it can be
/// written out.
pub(crate) fn is_certain(ty: &Type) -> bool {
    known(ty).is_some()
}

/// What a setter of such a type takes.
pub(crate) enum Known<'a> {
    Value,
    Text,
    Elements(&'a Type),
    Optional(&'a Type),
    /// A map or a set, which is passed by reference.
    Keyed,
}

/// What the written type is, if it is one of those that every program has.
pub(crate) fn known(ty: &Type) -> Option<Known<'_>> {
    match ty {
        Type::Path(path) if path.qself.is_none() => match of_commy(path) {
            Some(("FixedSet", Some(item))) => is_ordered(item).then_some(Known::Keyed),
            Some(("FixedMap", Some(key))) => {
                let (_, value) = fixed_map(ty)?;
                known(value).filter(|_| is_ordered(key)).map(|_| Known::Keyed)
            }
            Some(("FixedString" | "SmartString", None)) => Some(Known::Text),
            Some(("FixedVec" | "SmartVec" | "FixedDeque", Some(item))) => {
                known(item).map(|_| Known::Elements(item))
            }
            Some(("FixedOption", Some(item))) => known(item).map(|_| Known::Optional(item)),
            _ => is_scalar(ty).then_some(Known::Value),
        },
        Type::Array(array) => known(&array.elem).map(|_| Known::Value),
        _ => None,
    }
}

/// Whether the type is known and has an order: it has no floats in it.
fn is_ordered(ty: &Type) -> bool {
    let is_float = |ty: &Type| matches!(spell(ty).as_str(), "f32" | "f64");
    match ty {
        Type::Array(array) => is_ordered(&array.elem),
        Type::Path(path) => {
            let inner = type_arguments(path);
            known(ty).is_some()
                && !is_float(ty)
                && inner.into_iter().all(|ty| match ty {
                    // A bare constant, as in `FixedString<N>`, parses as a type.
                    Type::Path(path) if path.path.get_ident().is_some() && known(ty).is_none() => {
                        true
                    }
                    ty => is_ordered(ty),
                })
        }
        _ => false,
    }
}

/// The name of a container and the type of what is in it, if the path is that of one of commy's:
/// alone, or behind a word that leads there.
fn of_commy(path: &TypePath) -> Option<(&'static str, Option<&Type>)> {
    const NAMES: &[(&str, bool)] = &[
        ("FixedString", false),
        ("SmartString", false),
        ("FixedVec", true),
        ("SmartVec", true),
        ("FixedDeque", true),
        ("FixedSet", true),
        ("FixedMap", true),
        ("FixedOption", true),
    ];
    let segments = &path.path.segments;
    let last = segments.last()?;
    let is_qualified = segments.len() == 2 && segments.first()?.ident == "commy";
    if segments.len() > 1 && !is_qualified {
        return None;
    }
    let (name, has_item) = NAMES.iter().find(|(name, _)| last.ident == name)?;
    match (&last.arguments, has_item) {
        (PathArguments::AngleBracketed(arguments), true) => match arguments.args.first()? {
            GenericArgument::Type(item) => Some((name, Some(item))),
            _ => None,
        },
        // Without its capacity only one of them is a type of commy's.
        (PathArguments::None, false) => (*name == "SmartString").then_some((*name, None)),
        (PathArguments::AngleBracketed(_), false) => Some((name, None)),
        _ => None,
    }
}
