//! The types of accessors as people write them, where the written type of the field tells them.
//!
//! The general form, `<T as Mappable>::Arg<'_>`, is right for every type and tells a reader nothing.
//! For numbers, texts and vectors the macro writes what it stands for, in the words of the field. A
//! type of another kind that has one of these names is not taken for what it is not: the value is
//! passed on to the trait, so that a wrong guess does not compile.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Path, Type};

use crate::known::{Known, known};
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
    Some(match known(ty)? {
        Known::Value => Signature::infallible(quote!(#ty)),
        Known::Text => {
            Signature::fallible(quote!(&#krate::__private::core::primitive::str), krate, span)
        }
        Known::Keyed => Signature::infallible(quote!(&#ty)),
        Known::Elements(item) => Signature::fallible(quote!(&[#item]), krate, span),
        Known::Optional(item) => {
            Signature::infallible(quote!(#krate::__private::core::option::Option<#item>))
        }
    })
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
            ("FixedMap<FixedString<4>, f64, 4>", "&FixedMap<FixedString<4>, f64, 4>", false),
            ("commy::FixedSet<[u8; 2], N>", "&commy::FixedSet<[u8; 2], N>", false),
            ("FixedSet<FixedVec<u8, LEN>, 4>", "&FixedSet<FixedVec<u8, LEN>, 4>", false),
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
            "FixedMap<f64, u8, 4>",
            "FixedMap<u8, Point, 4>",
            "FixedSet<FixedOption<f32>, 4>",
            "[Point; 2]",
            "Encoded<u8, Json, 4>",
            "<A as B>::C",
        ] {
            assert_eq!(setter(ty), None, "{ty}");
        }
    }
}
