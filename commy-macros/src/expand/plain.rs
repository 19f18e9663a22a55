//! The types of accessors as people write them, where the written type of the field tells them.
//!
//! The general form, `<T as Mappable>::Arg<'_>`, is right for every type and tells a reader nothing.
//! For numbers, texts and vectors the macro writes what it stands for, in the words of the field. A
//! type of another kind that has one of these names is not taken for what it is not: the value is
//! passed on to the trait, so that a wrong guess does not compile.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{GenericArgument, Path, PathArguments, Type, TypePath};

use super::elements::is_scalar;
use crate::model::Model;

/// What a setter takes and returns.
pub(crate) struct Signature {
    pub(crate) argument: TokenStream,
    pub(crate) output: TokenStream,
    /// What its documentation says of errors.
    pub(crate) errors: Option<TokenStream>,
}

impl Signature {
    fn infallible(argument: TokenStream) -> Self {
        Self { argument, output: quote!(()), errors: None }
    }

    fn fallible(argument: TokenStream, krate: &Path, span: Span) -> Self {
        let output = quote!(#krate::__private::core::result::Result<(), #krate::CapacityError>);
        // At the place of the function: a lint looks for docs there.
        let errors = quote_spanned! {span=>
            ///
            /// # Errors
            ///
            /// `commy::CapacityError` when the value does not fit; nothing changes then.
        };
        Self { argument, output, errors: Some(errors) }
    }
}

/// The signature of a setter for a field or an element of the written type.
pub(crate) fn signature(model: &Model, ty: &Type, span: Span) -> Option<Signature> {
    let krate = &model.krate;
    Some(match kind(ty)? {
        Kind::Value => Signature::infallible(quote!(#ty)),
        Kind::Text => {
            Signature::fallible(quote!(&#krate::__private::core::primitive::str), krate, span)
        }
        Kind::Elements(item) => Signature::fallible(quote!(&[#item]), krate, span),
        Kind::Optional(item) => {
            Signature::infallible(quote!(#krate::__private::core::option::Option<#item>))
        }
    })
}

/// Whether the written type certainly has the trait, so that nothing is reported of it and it can be
/// written out.
pub(crate) fn is_certain(ty: &Type) -> bool {
    kind(ty).is_some()
}

enum Kind<'a> {
    Value,
    Text,
    Elements(&'a Type),
    Optional(&'a Type),
}

fn kind(ty: &Type) -> Option<Kind<'_>> {
    match ty {
        Type::Path(path) if path.qself.is_none() => match of_commy(path) {
            Some(("FixedString" | "SmartString", None)) => Some(Kind::Text),
            Some(("FixedVec" | "SmartVec", Some(item))) => kind(item).map(|_| Kind::Elements(item)),
            Some(("FixedOption", Some(item))) => kind(item).map(|_| Kind::Optional(item)),
            _ => is_scalar(ty).then_some(Kind::Value),
        },
        Type::Array(array) => kind(&array.elem).map(|_| Kind::Value),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spell::spell;

    fn setter(ty: &str) -> Option<String> {
        let item = syn::parse_str("struct A { a: u8 }").unwrap();
        let model = Model::new(item, &crate::ctxt::Ctxt::default());
        let signature = signature(&model, &syn::parse_str(ty).unwrap(), Span::call_site())?;
        Some(format!("{} -> {}", spell(&signature.argument), spell(&signature.output)))
    }

    #[test]
    fn setters_take_what_people_would_write() {
        let fallible = "::commy::__private::core::result::Result<(), ::commy::CapacityError>";
        for (ty, argument, fails) in [
            ("f32", "f32", false),
            ("[u16; 4]", "[u16; 4]", false),
            ("FixedString<8>", "&::commy::__private::core::primitive::str", true),
            ("SmartString", "&::commy::__private::core::primitive::str", true),
            ("commy::FixedVec<u8, 4>", "&[u8]", true),
            ("SmartVec<FixedString<4>, 4>", "&[FixedString<4>]", true),
            ("FixedOption<f64>", "::commy::__private::core::option::Option<f64>", false),
        ] {
            let output = if fails { fallible } else { "()" };
            assert_eq!(setter(ty), Some(format!("{argument} -> {output}")), "{ty}");
        }
    }

    #[test]
    fn of_other_types_the_trait_tells() {
        for ty in [
            "Point",
            "my::f32",
            "own::FixedString<4>",
            "FixedString",
            "FixedVec<Point, 4>",
            "[Point; 2]",
            "Encoded<u8, Json, 4>",
            "<A as B>::C",
        ] {
            assert_eq!(setter(ty), None, "{ty}");
        }
    }
}
