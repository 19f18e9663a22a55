//! What a file says about its record beyond the layout.

use proc_macro2::TokenStream;
use quote::quote;

use super::{assoc, if_sized};
use crate::known;
use crate::model::{Field, Model, Variant};
use crate::spell::plain_name;

/// Implements `Record` and `FixedRecord`.
pub(crate) fn record(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let record = described(model, &quote!(__SPEC.fixed::<Self>()));
    let fixed = if_sized(model, |condition| {
        quote! {
            #[automatically_derived]
            impl #krate::FixedRecord for #ident #condition {}
        }
    });
    quote!(#record #fixed)
}

/// Implements `Record`, whose specification is what `made` makes once, to be kept in `__SPEC`.
pub(crate) fn described(model: &Model, made: &TokenStream) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (core, name) = (model.core(), plain_name(ident));
    let notes = model.fields().iter().filter_map(|field| note(model, field));
    let notes: Vec<_> = notes.collect();
    let variable = |name| {
        quote! {
            match #core::option_env!(#name) {
                #core::option::Option::Some(__value) => __value,
                #core::option::Option::None => "",
            }
        }
    };
    let (package, version) = (variable("CARGO_PKG_NAME"), variable("CARGO_PKG_VERSION"));
    if_sized(model, |condition| {
        quote! {
            #[automatically_derived]
            impl #krate::Record for #ident #condition {
                const NAME: &'static #core::primitive::str = #name;
                const PACKAGE: &'static #core::primitive::str = #package;
                const PACKAGE_VERSION: &'static #core::primitive::str = #version;
                const NOTES: &'static [#krate::FieldNote] = &[#(#notes),*];
                fn spec() -> &'static #krate::__private::RecordSpec {
                    static __SPEC: #krate::__private::SpecCell = #krate::__private::SpecCell::new();
                    #made
                }
            }
        }
    })
}

/// The doc comment and the unit of a field that has either.
fn note(model: &Model, field: &Field) -> Option<TokenStream> {
    let (krate, name, doc) = (&model.krate, &field.name, field.summary());
    let unit = field.args.unit.as_ref().map(syn::LitStr::value).unwrap_or_default();
    let is_empty = doc.is_empty() && unit.is_empty();
    (!is_empty).then(|| quote!(#krate::FieldNote::new(#name, #doc, #unit)))
}

/// The notes of a struct's fields and of what is in them.
pub(crate) fn notes_within(model: &Model) -> TokenStream {
    let krate = &model.krate;
    let notes = model.fields().iter().enumerate().filter_map(|(index, field)| {
        let (name, doc) = (&field.name, field.summary());
        let unit = field.args.unit.as_ref().map(syn::LitStr::value).unwrap_or_default();
        // Nothing is in a number; of other types only the compiler knows.
        let is_leaf = field.args.pod.is_some() || known::is_scalar(&field.ty);
        let is_empty = is_leaf && doc.is_empty() && unit.is_empty();
        let within = match is_leaf {
            true => quote!(&[]),
            false => assoc(model, index, field, "NOTES_WITHIN"),
        };
        (!is_empty).then(|| quote!(#krate::__private::Note::new(#name, #doc, #unit, #within)))
    });
    quote!(&[#(#notes),*])
}

/// The notes of an enum's variants.
pub(crate) fn notes_of_variants(model: &Model, variants: &[Variant]) -> TokenStream {
    let krate = &model.krate;
    let noted = variants.iter().filter(|variant| !variant.summary.is_empty());
    let notes = noted.map(|Variant { name, summary, .. }| {
        quote!(#krate::__private::Note::new(#name, #summary, "", &[]))
    });
    quote!(&[#(#notes),*])
}
