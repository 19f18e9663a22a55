//! The one `unsafe impl` of a struct: its layout, its check, its encoding.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::at_type;
use crate::model::{Field, Model};

/// Implements `Mappable` for a struct with named fields.
pub(crate) fn mappable(model: &Model, fields: &[Field]) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let schemas = fields.iter().map(|field| schema(model, field));
    let needs_check = fields.iter().map(|field| constant(model, field, "NEEDS_CHECK", false));
    let plain = fields.iter().map(|field| constant(model, field, "PLAIN", true));
    let sizes = fields.iter().map(|Field { ty, .. }| quote!(+ ::core::mem::size_of::<#ty>()));
    let checks = fields.iter().filter_map(|field| check(model, field));
    let encodes = fields.iter().map(|field| encode(model, field));
    let names = fields.iter().map(|field| &field.ident);
    let no_drop = format!(
        "`{ident}` implements `Drop` or has a field that does, but a shared value is copied as bytes"
    );
    quote! {
        // SAFETY: the layout is fixed by `repr(C)` and described by `SCHEMA`; every field is
        // `Mappable`, or `Pod`, and keeps the promises; there is no drop, by the assertion below.
        #[automatically_derived]
        unsafe impl #krate::Mappable for #ident {
            const SCHEMA: &'static #krate::__private::TypeSchema =
                &#krate::__private::TypeSchema::Struct {
                    size: ::core::mem::size_of::<#ident>(),
                    align: ::core::mem::align_of::<#ident>(),
                    fields: &[#(#schemas),*],
                };
            const NEEDS_CHECK: ::core::primitive::bool = false #(|| #needs_check)*;
            const PLAIN: ::core::primitive::bool =
                0 #(#sizes)* == ::core::mem::size_of::<#ident>() #(&& #plain)*;
            type Arg<'a> = #ident;
            type Output = ();
            #[inline]
            fn assign(&mut self, value: #ident) {
                *self = value;
            }
            #[inline]
            fn check(
                bytes: &[::core::primitive::u8],
            ) -> ::core::result::Result<(), #krate::__private::Invalid> {
                #(#checks)*
                ::core::result::Result::Ok(())
            }
            #[inline]
            fn encode(&self, at: ::core::primitive::usize, image: &mut #krate::__private::Image<'_>) {
                // A field that a later macro added would be missing here.
                let #ident { #(#names: _),* } = self;
                #(#encodes)*
            }
        }
        const _: () = ::core::assert!(!::core::mem::needs_drop::<#ident>(), #no_drop);
    }
}

fn schema(model: &Model, field: &Field) -> TokenStream {
    let Model { ident: owner, krate, .. } = model;
    let Field { ident, name, ty, .. } = field;
    let schema = match &field.args.pod {
        None => quote_spanned!(at_type(field)=> <#ty as #krate::Mappable>::SCHEMA),
        Some(id) => quote! {
            &#krate::__private::TypeSchema::Pod {
                id: #id,
                size: ::core::mem::size_of::<#ty>(),
                align: ::core::mem::align_of::<#ty>(),
            }
        },
    };
    quote! {
        #krate::__private::FieldSchema {
            name: #name,
            offset: ::core::mem::offset_of!(#owner, #ident),
            size: ::core::mem::size_of::<#ty>(),
            ty: #schema,
        }
    }
}

/// A constant of the field's type; `of_pod` for plain old data.
fn constant(model: &Model, field: &Field, name: &str, of_pod: bool) -> TokenStream {
    let (krate, ty) = (&model.krate, &field.ty);
    let name = quote::format_ident!("{name}");
    if field.args.pod.is_some() {
        return quote!(#of_pod);
    }
    quote_spanned!(at_type(field)=> <#ty as #krate::Mappable>::#name)
}

fn check(model: &Model, field: &Field) -> Option<TokenStream> {
    if field.args.pod.is_some() {
        return None;
    }
    let Model { ident: owner, krate, .. } = model;
    let Field { ident, ty, .. } = field;
    Some(quote_spanned! {at_type(field)=>
        <#ty as #krate::Mappable>::check_at(bytes, ::core::mem::offset_of!(#owner, #ident))?;
    })
}

fn encode(model: &Model, field: &Field) -> TokenStream {
    let Model { ident: owner, krate, .. } = model;
    let Field { ident, ty, .. } = field;
    let at = quote!(at + ::core::mem::offset_of!(#owner, #ident));
    if field.args.pod.is_some() {
        return quote_spanned! {at_type(field)=>
            image.put(#at, #krate::__private::bytemuck::bytes_of::<#ty>(&self.#ident));
        };
    }
    quote_spanned! {at_type(field)=>
        if image.wants(#at, ::core::mem::size_of::<#ty>()) {
            <#ty as #krate::Mappable>::encode(&self.#ident, #at, image);
        }
    }
}
