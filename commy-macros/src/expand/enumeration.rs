//! The one `unsafe impl` of a fieldless enum: its variants.

use proc_macro2::TokenStream;
use quote::quote;

use super::{record, schema};
use crate::model::{Model, Variant};
use crate::spell::plain_name;

/// Implements `Mappable` for a fieldless enum whose repr was checked.
pub(crate) fn mappable(model: &Model, variants: &[Variant]) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let repr = model.repr.first().map_or("u8", |(word, _)| word);
    let (core, name) = (model.core(), plain_name(ident));
    let names = variants.iter().map(|variant| &variant.name);
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let (fingerprint, proof) = (schema::fingerprint(model), schema::proof(model));
    let (notes, plain) = (record::notes_of_variants(model, variants), schema::plain(model));
    quote! {
        // SAFETY: an enum whose variants have no fields is a number, and one of them is zero; that
        // it is such an enum is what the shape proves, which is made below in any case.
        #[automatically_derived]
        unsafe impl #krate::Mappable for #ident {
            // Of every such enum, so that one whose shape is refused is refused once.
            const NEEDS_CHECK: #core::primitive::bool = true;
            const PLAIN: #core::primitive::bool = true;
            const SHAPE: &'static #krate::__private::Shape<Self> =
                &#krate::__private::shape_of_variants!(#name #repr #ident { #(#idents)* });
            const SCHEMA: &'static #krate::__private::TypeSchema =
                &#krate::__private::TypeSchema::Enum {
                    repr: #repr,
                    variants: &[#((#names, Self::#idents as _)),*],
                };
            #fingerprint
            const NOTES_WITHIN: &'static [#krate::__private::Note] = #notes;
            type Arg<'a> = Self;
            type Output = ();
            #[inline]
            fn assign(&mut self, __value: Self) {
                *self = __value;
            }
        }
        #proof
        #plain
    }
}
