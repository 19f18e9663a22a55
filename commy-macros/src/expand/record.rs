//! What a file says about its record beyond the layout.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{Field, Model};
use crate::spell::plain_name;

/// Implements `Record`.
pub(crate) fn record(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (core, name) = (model.core(), plain_name(ident));
    let notes = model.fields().iter().filter_map(|field| note(model, field));
    let variable = |name| {
        quote! {
            match #core::option_env!(#name) {
                #core::option::Option::Some(__value) => __value,
                #core::option::Option::None => "",
            }
        }
    };
    let (package, version) = (variable("CARGO_PKG_NAME"), variable("CARGO_PKG_VERSION"));
    quote! {
        #[automatically_derived]
        impl #krate::Record for #ident {
            const NAME: &'static #core::primitive::str = #name;
            const PACKAGE: &'static #core::primitive::str = #package;
            const PACKAGE_VERSION: &'static #core::primitive::str = #version;
            const NOTES: &'static [#krate::FieldNote] = &[#(#notes),*];
        }
    }
}

/// The doc comment and the unit of a field that has either.
fn note(model: &Model, field: &Field) -> Option<TokenStream> {
    let (krate, name, doc) = (&model.krate, &field.name, field.summary());
    let unit = field.args.unit.as_ref().map(syn::LitStr::value).unwrap_or_default();
    let is_empty = doc.is_empty() && unit.is_empty();
    (!is_empty).then(|| quote!(#krate::FieldNote { name: #name, doc: #doc, unit: #unit }))
}
