//! The same for the fields of growable records, which take more: text, bytes, vectors, options, boxes,
//! tuples, and arrays of all these.
//!
//! What one of commy's fixed types holds is stored in place, there as anywhere.

use syn::{Ident, Type, TypePath};

use super::{Family, Refusal, is_path, type_arguments};
use crate::spell::spell;

/// Finds the outermost type in `ty` that a field of a growable record cannot have.
pub(crate) fn refusal(ty: &Type) -> Option<Refusal<'_>> {
    match ty {
        Type::Group(group) => return refusal(&group.elem),
        Type::Paren(paren) => return refusal(&paren.elem),
        Type::Array(array) => return refusal(&array.elem),
        _ => {}
    }
    match Family::of(ty) {
        Some(family) => match fits_around(ty, &family) {
            Fits::Alone => None,
            Fits::Around(inner) => {
                key(ty).and_then(no_key).or_else(|| inner.into_iter().find_map(refusal))
            }
            Fits::Not => Some(Refusal { ty, reason: reason(ty, &family), help: help(ty, &family) }),
        },
        None => match ty {
            // Another name of a container, for all that is known: then what it holds may grow.
            Type::Path(path) if !super::holds_others(ty) && super::holds_in_place(path) => {
                type_arguments(path).into_iter().find_map(refusal)
            }
            _ => super::refusal(ty),
        },
    }
}

/// The type that can stand in the place of `ty`, spelled; `None` if there is no simple one.
pub(crate) fn replacement(ty: &Type) -> Option<String> {
    match ty {
        Type::Group(group) => return replacement(&group.elem),
        Type::Paren(paren) => return replacement(&paren.elem),
        Type::Array(array) => {
            return Some(format!("[{}; {}]", replacement(&array.elem)?, spell(&array.len)));
        }
        _ => {}
    }
    let Some(family) = Family::of(ty) else { return super::replacement(ty) };
    if key(ty).and_then(no_key).is_some() {
        return None;
    }
    match (fits_around(ty, &family), &family) {
        (Fits::Alone, _) => Some(spell(ty)),
        (Fits::Around(inner), family) => {
            let inner: Option<Vec<_>> = inner.into_iter().map(replacement).collect();
            let inner = inner?.join(", ");
            Some(match family {
                Family::Optional(_) => format!("Option<{inner}>"),
                Family::Sequence(_) | Family::Deque(_) | Family::Map(..) | Family::Set(_) => {
                    format!("{}<{inner}>", container(ty)?)
                }
                Family::Tuple(types) if types.len() == 1 => format!("({inner},)"),
                Family::Tuple(_) => format!("({inner})"),
                _ => format!("Box<{inner}>"),
            })
        }
        (Fits::Not, Family::Text | Family::FileName | Family::Unsized(None)) => {
            Some("String".to_owned())
        }
        (
            Fits::Not,
            Family::Pointer(inner)
            | Family::MaybeBorrowed(inner)
            | Family::Changing(inner)
            | Family::Lock(inner),
        ) => replacement((*inner)?),
        (Fits::Not, Family::Reference(inner)) => replacement(inner),
        (Fits::Not, Family::Map(..) | Family::Set(_)) if has_hasher(ty) => {
            let Type::Path(path) = ty else { return None };
            let types = type_arguments(path).into_iter().take(kept_types(path)?);
            let types: Option<Vec<_>> = types.map(replacement).collect();
            Some(format!("{}<{}>", container(ty)?, types?.join(", ")))
        }
        (
            Fits::Not,
            Family::Sequence(inner)
            | Family::Deque(inner)
            | Family::Set(inner)
            | Family::Unsized(inner),
        ) => Some(format!("Vec<{}>", replacement((*inner)?)?)),
        (Fits::Not, Family::Map(..)) => entries(ty).and_then(|entries| replacement(&entries)),
        (Fits::Not, Family::Tuple(_)) => None,
        (Fits::Not, family) => family.replacement(),
    }
}

/// Whether the written type is `Vec<u8>`, by whatever path.
pub(crate) fn is_vec_of_bytes(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_vec_of_bytes(&group.elem),
        Type::Paren(paren) => is_vec_of_bytes(&paren.elem),
        Type::Path(path) => {
            is_last(path, "Vec") && type_arguments(path).first().is_some_and(|ty| is_path(ty, "u8"))
        }
        _ => false,
    }
}

/// Whether the written type certainly fits, so that nothing is reported of it.
pub(crate) fn is_certain(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => return is_certain(&group.elem),
        Type::Paren(paren) => return is_certain(&paren.elem),
        Type::Array(array) => return is_certain(&array.elem),
        _ => {}
    }
    match Family::of(ty) {
        Some(family) => match fits_around(ty, &family) {
            Fits::Alone => true,
            // Whether a key has an order, only the compiler knows.
            Fits::Around(inner) => key(ty).is_none() && inner.into_iter().all(is_certain),
            Fits::Not => false,
        },
        None => crate::known::is_certain(ty),
    }
}

/// Whether the written type is one that holds values of others: a list, an option, a tuple.
pub(crate) fn holds_values(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => return holds_values(&group.elem),
        Type::Paren(paren) => return holds_values(&paren.elem),
        Type::Array(_) | Type::Tuple(_) | Type::Slice(_) => return true,
        _ => {}
    }
    let family = Family::of(ty);
    family.is_some_and(|family| match fits_around(ty, &family) {
        Fits::Around(inner) => !inner.is_empty(),
        Fits::Alone | Fits::Not => false,
    })
}

/// Whether the written type may be another name of `Vec<u8>`.
pub(crate) fn may_be_bytes(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => may_be_bytes(&group.elem),
        Type::Paren(paren) => may_be_bytes(&paren.elem),
        Type::Path(path) => {
            let is_alias = path.path.segments.last().is_some_and(|last| last.arguments.is_none());
            is_vec_of_bytes(ty)
                || path.qself.is_some()
                || (is_alias && Family::of(ty).is_none() && !crate::known::is_certain(ty))
        }
        Type::Macro(_) | Type::Verbatim(_) => true,
        _ => false,
    }
}

/// Whether a type of a family fits.
enum Fits<'a> {
    /// As it is.
    Alone,
    /// If all that it holds does.
    Around(Vec<&'a Type>),
    Not,
}

/// The tuples with the most elements, as in std.
const LONGEST_TUPLE: usize = 12;

fn fits_around<'a>(ty: &'a Type, family: &Family<'a>) -> Fits<'a> {
    if let Family::Tuple(types) = family
        && (1..=LONGEST_TUPLE).contains(&types.len())
    {
        return Fits::Around(types.clone());
    }
    let Type::Path(path) = ty else { return Fits::Not };
    match family {
        Family::Text if is_last(path, "String") => Fits::Alone,
        Family::Optional(Some(inner)) => Fits::Around(vec![inner]),
        Family::Pointer(Some(inner)) if is_last(path, "Box") => Fits::Around(vec![inner]),
        Family::Sequence(_) | Family::Deque(_) | Family::Map(..) | Family::Set(_) => {
            let types = type_arguments(path);
            match kept_types(path) {
                Some(count) if types.len() == count => Fits::Around(types),
                _ => Fits::Not,
            }
        }
        _ => Fits::Not,
    }
}

/// The containers that grow and fit, and how many types each holds.
const CONTAINERS: [(&str, usize); 6] =
    [("Vec", 1), ("VecDeque", 1), ("BTreeMap", 2), ("BTreeSet", 1), ("HashMap", 2), ("HashSet", 1)];

/// The name of such a container.
fn container(ty: &Type) -> Option<&'static str> {
    let Type::Path(path) = ty else { return None };
    CONTAINERS.iter().find(|(name, _)| is_last(path, name)).map(|(name, _)| *name)
}

/// How many types it holds.
fn kept_types(path: &TypePath) -> Option<usize> {
    CONTAINERS.iter().find(|(name, _)| is_last(path, name)).map(|(_, count)| *count)
}

/// Whether it is a container that hashes, by a hasher that is written there.
fn has_hasher(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let is_hashed = is_last(path, "HashMap") || is_last(path, "HashSet");
    is_hashed && kept_types(path).is_some_and(|count| type_arguments(path).len() > count)
}

/// The type of the keys of a map or set.
fn key(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    match container(ty)? {
        "Vec" | "VecDeque" => None,
        _ => type_arguments(path).first().copied(),
    }
}

/// Says why a number with fractions, alone or in a key, is none.
fn no_key(ty: &Type) -> Option<Refusal<'_>> {
    match ty {
        Type::Group(group) => return no_key(&group.elem),
        Type::Paren(paren) => return no_key(&paren.elem),
        Type::Array(array) => return no_key(&array.elem),
        Type::Tuple(tuple) => return tuple.elems.iter().find_map(no_key),
        _ => {}
    }
    if let Some(
        Family::Optional(Some(inner))
        | Family::Sequence(Some(inner))
        | Family::Deque(Some(inner))
        | Family::Pointer(Some(inner)),
    ) = Family::of(ty)
    {
        return no_key(inner);
    }
    (is_path(ty, "f32") || is_path(ty, "f64")).then(|| Refusal {
        ty,
        reason: "cannot be a key: it has no order, and need not be equal to itself",
        help: "use an integer: the number in a smaller unit, or its bits (`to_bits`)".into(),
    })
}

fn is_last(path: &TypePath, name: &str) -> bool {
    path.path.segments.last().is_some_and(|last| last.ident == name)
}

/// Whether the written type is one that keeps a list of bytes.
fn is_bytes(ty: &Type) -> bool {
    let is_byte = |ty: &Type| is_path(ty, "u8");
    match Family::of(ty) {
        Some(
            Family::Sequence(Some(element))
            | Family::Deque(Some(element))
            | Family::Unsized(Some(element)),
        ) => is_byte(element),
        _ => false,
    }
}

/// A map as a vector of its keys and values.
fn entries(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let types = type_arguments(path);
    let (key, value) = (types.first()?, types.get(1)?);
    Some(syn::parse_quote!(Vec<(#key, #value)>))
}

/// What there is to say of a type that another version may store: what this one does.
pub(crate) fn remark(ty: &Type) -> Option<&'static str> {
    let family = Family::of(ty)?;
    let is_moment = || matches!(ty, Type::Path(path) if is_last(path, "SystemTime"));
    if matches!(family, Family::FileName | Family::Time)
        || matches!(family, Family::Clock if is_moment())
    {
        return Some(
            "or keep the type and say how it is stored: `#[commy(as = path)]`, with what implements \
             `commy::growable::Convert`",
        );
    }
    let grows =
        matches!(family, Family::Sequence(_) | Family::Deque(_) | Family::Map(..) | Family::Set(_));
    (grows && !is_bytes(ty) && !has_hasher(ty)).then_some(
        "what grows and fits is `String`, `Vec`, `VecDeque`, `BTreeMap`, `BTreeSet`, `HashMap`, `HashSet`, \
         `Option` and `Box` of what fits, and structs and enums with `#[derive(commy::Growable)]`",
    )
}

fn reason(ty: &Type, family: &Family<'_>) -> &'static str {
    let is = |name| matches!(ty, Type::Path(path) if is_last(path, name));
    match family {
        Family::Text | Family::FileName => "need not be UTF-8, so programs may not agree on it",
        Family::Map(..) | Family::Set(_) if has_hasher(ty) => {
            "has a hasher of its own, but the file has its own hash"
        }
        Family::Sequence(_) | Family::Deque(_) | Family::Map(..) | Family::Set(_) => {
            "grows in a way that this version of commy does not store"
        }
        Family::Tuple(types) if types.is_empty() => "has no value to store",
        Family::Tuple(_) => "has more than the 12 elements that a tuple in a record may have",
        Family::Fallible => "is not stored by this version of commy",
        Family::Pointer(_) if is("Rc") || is("Arc") => {
            "shares its value inside this process, which another process cannot"
        }
        Family::Pointer(_) => {
            "is a pointer to this process's memory, which the reading process cannot see"
        }
        Family::MaybeBorrowed(_) => "may borrow from memory of this process only",
        Family::Reference(_) => {
            "borrows from this process's memory, which the reading process cannot see"
        }
        Family::Time | Family::Clock => "means nothing outside this process",
        family => family.reason(),
    }
}

fn help(ty: &Type, family: &Family<'_>) -> String {
    let owned = |ty: &Type| replacement(ty).unwrap_or_else(|| "T".to_owned());
    if has_hasher(ty) {
        return "leave the hasher out: keys are found in the file by the file's own".into();
    }
    match family {
        Family::Text | Family::FileName => {
            "use `String`, or `Vec<u8>` with `#[commy(bytes)]` for what need not be UTF-8".into()
        }
        Family::Sequence(_) | Family::Deque(_) | Family::Unsized(Some(_)) if is_bytes(ty) => {
            "use `Vec<u8>` with `#[commy(bytes)]` on the field".into()
        }
        Family::Sequence(Some(element))
        | Family::Deque(Some(element))
        | Family::Unsized(Some(element)) => {
            format!("use `Vec<{}>`", owned(element))
        }
        Family::Set(Some(element)) => format!("use a sorted `Vec<{}>`", owned(element)),
        Family::Map(..) => match replacement(ty) {
            Some(entries) => format!("use `{entries}`, sorted by key"),
            None => "use a `Vec` of its keys and values, sorted by key".into(),
        },
        Family::Pointer(Some(inner)) => {
            let inner = owned(inner);
            format!("store the value itself: `{inner}`, or `Box<{inner}>`")
        }
        Family::Pointer(None) => "store the value itself".into(),
        Family::Reference(inner) | Family::MaybeBorrowed(Some(inner)) => {
            format!("store a value that is owned: `{}`", owned(inner))
        }
        Family::MaybeBorrowed(None) => "store a value that is owned".into(),
        Family::Unsized(None) => "use `String`".into(),
        Family::Fallible => {
            "store an `Option` of the value, and what went wrong as a fieldless enum \
                             that has `#[derive(commy::Mappable)]` and `#[repr(u8)]`"
                .into()
        }
        Family::NonZero(Some(number)) => {
            let number = owned(number);
            format!("use the plain number, or `Option<{number}>`")
        }
        Family::NonZero(None) => "use the plain number, or `Option` of it".into(),
        Family::Tuple(types) if types.is_empty() => "remove the field, or use a `bool`".into(),
        Family::Tuple(_) => "put some of them in a tuple within it".into(),
        Family::Handle => "let each process open its own, from a name in a `String`".into(),
        family => family.help(),
    }
}

/// The box in `ty` by which a struct of this name holds itself without end, as it is written.
pub(crate) fn endless<'a>(ty: &'a Type, owner: &Ident) -> Option<&'a Type> {
    match ty {
        Type::Group(group) => endless(&group.elem, owner),
        Type::Paren(paren) => endless(&paren.elem, owner),
        Type::Array(array) => endless(&array.elem, owner),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(|ty| endless(ty, owner)),
        _ => {
            let Some(Family::Pointer(Some(inner))) = Family::of(ty) else { return None };
            let is_box = matches!(ty, Type::Path(path) if is_last(path, "Box"));
            let is_it = matches!(inner, Type::Path(path) if path.path.is_ident(owner));
            (is_box && (is_it || endless(inner, owner).is_some())).then_some(ty)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(ty: &str) -> Type {
        syn::parse_str(ty).unwrap()
    }

    const TOO_LONG: &str = "(u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8)";

    #[test]
    fn what_grows_fits() {
        for written in [
            "String",
            "std::string::String",
            "Option<String>",
            "Box<Option<String>>",
            "Option<Box<u64>>",
            "[f64; 4]",
            "[String; 4]",
            "[[Option<String>; 2]; 2]",
            "(u8, String)",
            "(u8,)",
            "Option<(u32, [Point; 2])>",
            "(u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, String)",
            "FixedVec<u8, 4>",
            "Vec<u8>",
            "std::vec::Vec<Vec<String>>",
            "VecDeque<u32>",
            "Option<std::collections::VecDeque<Vec<String>>>",
            "Option<Vec<Option<Box<Point>>>>",
            "Point",
            "my::Rc<u8>",
            "Option<FixedString<4>>",
            "BTreeMap<String, f64>",
            "std::collections::BTreeMap<(u8, Option<String>), Vec<BTreeSet<u32>>>",
            "BTreeSet<Point>",
            "HashMap<String, u32>",
            "std::collections::HashMap<(u8, Option<String>), HashMap<u64, Vec<f64>>>",
            "HashSet<[u8; 4]>",
        ] {
            assert!(refusal(&parsed(written)).is_none(), "{written}");
        }
    }

    #[test]
    fn refused_types_have_a_reason_and_a_replacement() {
        for (written, blamed, expected) in [
            ("Rc<u8>", "Rc<u8>", Some("u8")),
            ("Option<Arc<String>>", "Arc<String>", Some("Option<String>")),
            ("&'static str", "&'static str", Some("String")),
            ("Cow<'static, str>", "Cow<'static, str>", Some("String")),
            ("&'static [u8]", "&'static [u8]", Some("Vec<u8>")),
            ("usize", "usize", Some("u64")),
            ("Box<isize>", "isize", Some("Box<i64>")),
            ("Mutex<String>", "Mutex<String>", Some("String")),
            ("AtomicBool", "AtomicBool", Some("bool")),
            ("std::time::Instant", "std::time::Instant", Some("u64")),
            ("PathBuf", "PathBuf", Some("String")),
            ("Box<str>", "Box<str>", Some("String")),
            ("Vec<Rc<u8>>", "Rc<u8>", Some("Vec<u8>")),
            ("Vec<Option<Rc<String>>>", "Rc<String>", Some("Vec<Option<String>>")),
            ("LinkedList<u32>", "LinkedList<u32>", Some("Vec<u32>")),
            ("Option<LinkedList<String>>", "LinkedList<String>", Some("Option<Vec<String>>")),
            ("VecDeque<usize>", "usize", Some("VecDeque<u64>")),
            ("VecDeque<Rc<String>>", "Rc<String>", Some("VecDeque<String>")),
            ("BinaryHeap<usize>", "BinaryHeap<usize>", Some("Vec<u64>")),
            ("Box<[String]>", "Box<[String]>", Some("Vec<String>")),
            ("&'static [String]", "&'static [String]", Some("Vec<String>")),
            ("BTreeSet<usize>", "usize", Some("BTreeSet<u64>")),
            ("BTreeMap<String, Rc<u8>>", "Rc<u8>", Some("BTreeMap<String, u8>")),
            ("BTreeMap<&'static str, u8>", "&'static str", Some("BTreeMap<String, u8>")),
            ("BTreeMap<f64, u8>", "f64", None),
            ("Vec<BTreeSet<(u8, [f32; 2])>>", "f32", None),
            ("BTreeMap<Option<f64>, u8>", "f64", None),
            ("HashMap<Rc<u8>, usize>", "Rc<u8>", Some("HashMap<u8, u64>")),
            ("HashSet<&'static str>", "&'static str", Some("HashSet<String>")),
            ("()", "()", None),
            ("(u8, Rc<u8>)", "Rc<u8>", Some("(u8, u8)")),
            ("(usize,)", "usize", Some("(u64,)")),
            (TOO_LONG, TOO_LONG, None),
            ("Result<u8, u8>", "Result<u8, u8>", None),
            ("[&'static str; 2]", "&'static str", Some("[String; 2]")),
            ("[(Option<isize>, [u8; 2]); 2]", "isize", Some("[(Option<i64>, [u8; 2]); 2]")),
            // What has a fixed size takes what it takes anywhere.
            ("FixedVec<String, 2>", "String", Some("FixedVec<FixedString<64>, 2>")),
            ("FixedMap<u8, String, 2>", "String", Some("FixedMap<u8, FixedString<64>, 2>")),
            ("Option<FixedOption<usize>>", "usize", Some("Option<FixedOption<u64>>")),
        ] {
            let ty = parsed(written);
            let refusal = refusal(&ty).unwrap_or_else(|| panic!("{written} is accepted"));
            assert_eq!(spell(refusal.ty), spell(&parsed(blamed)), "{written}");
            assert!(!refusal.help.is_empty());
            assert_eq!(replacement(&ty).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn what_keeps_a_container_from_having_keys_is_said() {
        for (written, reason, help) in [
            ("HashMap<f64, u8>", "cannot be a key", "`to_bits`"),
            ("HashSet<(u8, Option<[f32; 2]>)>", "cannot be a key", "`to_bits`"),
            ("BTreeMap<Box<f32>, u8>", "cannot be a key", "`to_bits`"),
            ("HashMap<u8, u8, RandomState>", "hasher", "leave the hasher out"),
            ("Option<HashSet<u8, FxHasher>>", "hasher", "leave the hasher out"),
        ] {
            let ty = parsed(written);
            let refusal = refusal(&ty).unwrap_or_else(|| panic!("{written} is accepted"));
            assert!(refusal.reason.contains(reason), "{written}: {}", refusal.reason);
            assert!(refusal.help.contains(help), "{written}: {}", refusal.help);
        }
    }

    #[test]
    fn bytes_may_hide_behind_a_name() {
        for ty in ["Vec<u8>", "std::vec::Vec<u8>", "Frame", "<A as B>::C"] {
            assert!(may_be_bytes(&parsed(ty)), "{ty}");
        }
        for ty in ["Vec<u16>", "String", "[u8; 4]", "FixedVec<u8, 4>", "Option<Vec<u8>>", "u8"] {
            assert!(!may_be_bytes(&parsed(ty)), "{ty}");
        }
    }
}
