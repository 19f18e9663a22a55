//! The one `unsafe impl` of a struct: its layout, its check, its encoding.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{alias, assoc, record, type_span};
use crate::model::{Field, Model};

/// Implements `Mappable` for a struct with named fields.
pub(crate) fn mappable(model: &Model, fields: &[Field]) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let schemas = each(model, fields, schema);
    let needs_check = each(model, fields, |model, index, field| match &field.args.pod {
        None => assoc(model, index, field, "NEEDS_CHECK"),
        Some(_) => quote!(false),
    });
    let plain = each(model, fields, |model, index, field| match &field.args.pod {
        None => assoc(model, index, field, "PLAIN"),
        Some(_) => quote!(true),
    });
    let uses = each(model, fields, field_use);
    let (checks, encodes) = (each(model, fields, check), each(model, fields, encode));
    let aliases: Vec<_> = each(model, fields, |_, index, field| {
        let alias = alias(index, field);
        quote!(#alias)
    })
    .collect();
    let names = fields.iter().map(|field| &field.ident);
    let notes = record::notes_within(model);
    let no_drop = format!("`{ident}` implements `Drop`, but a shared value is copied as bytes");
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
            const PLAIN: ::core::primitive::bool = true #(&& #plain)*
                && 0 #(+ ::core::mem::size_of::<#aliases>())* == ::core::mem::size_of::<#ident>();
            const FIELDS: &'static [#krate::__private::FieldUse] = &[#(#uses),*];
            const NOTES_WITHIN: &'static [#krate::__private::Note] = #notes;
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
        // A field that needs drop is refused by its type, and not once more here.
        const _: () = ::core::assert!(
            !::core::mem::needs_drop::<#ident>() #(|| ::core::mem::needs_drop::<#aliases>())*,
            #no_drop
        );
    }
}

fn each<'a>(
    model: &'a Model,
    fields: &'a [Field],
    expand: impl Fn(&Model, usize, &Field) -> TokenStream + 'a,
) -> impl Iterator<Item = TokenStream> + 'a {
    fields.iter().enumerate().map(move |(index, field)| expand(model, index, field))
}

fn schema(model: &Model, index: usize, field: &Field) -> TokenStream {
    let Model { ident: owner, krate, .. } = model;
    let Field { ident, name, .. } = field;
    let alias = alias(index, field);
    let schema = match &field.args.pod {
        None => assoc(model, index, field, "SCHEMA"),
        Some(id) => quote! {
            &#krate::__private::TypeSchema::Pod {
                id: #id,
                size: ::core::mem::size_of::<#alias>(),
                align: ::core::mem::align_of::<#alias>(),
            }
        },
    };
    quote! {
        #krate::__private::FieldSchema {
            name: #name,
            offset: ::core::mem::offset_of!(#owner, #ident),
            size: ::core::mem::size_of::<#alias>(),
            ty: #schema,
        }
    }
}

fn field_use(model: &Model, index: usize, field: &Field) -> TokenStream {
    let Model { ident: owner, krate, .. } = model;
    let (ident, alias) = (&field.ident, alias(index, field));
    let used = match &field.args.pod {
        None => assoc(model, index, field, "USED"),
        Some(_) => quote!(::core::option::Option::None),
    };
    quote! {
        #krate::__private::FieldUse {
            offset: ::core::mem::offset_of!(#owner, #ident),
            size: ::core::mem::size_of::<#alias>(),
            used: #used,
        }
    }
}

fn check(model: &Model, index: usize, field: &Field) -> TokenStream {
    if field.args.pod.is_some() {
        return TokenStream::new();
    }
    let (owner, ident) = (&model.ident, &field.ident);
    let check_at = assoc(model, index, field, "check_at");
    let arguments = quote!(bytes, ::core::mem::offset_of!(#owner, #ident));
    let check = quote_spanned!(type_span(&field.ty)=> #check_at(#arguments));
    quote!(#check?;)
}

fn encode(model: &Model, index: usize, field: &Field) -> TokenStream {
    let (owner, ident, alias) = (&model.ident, &field.ident, alias(index, field));
    let at = quote!(at + ::core::mem::offset_of!(#owner, #ident));
    let encode = assoc(model, index, field, "encode");
    let arguments = quote!(&self.#ident, #at, image);
    let encode = quote_spanned!(type_span(&field.ty)=> #encode(#arguments));
    // Through the trait that is implemented here, which is commy's wherever `crate` leads. Behind
    // the call above, so that the compiler has nothing new to say of a type that has no such trait.
    let krate = &model.krate;
    let is_pod = field.args.pod.as_ref().map(
        |_| quote_spanned!(type_span(&field.ty)=> <Self as #krate::Mappable>::is_pod::<#alias>();),
    );
    quote! {
        // The field is of the type that is checked: pointers, unlike references, lead nowhere else.
        let _: *const #alias = &raw const self.#ident;
        if image.wants(#at, ::core::mem::size_of::<#alias>()) {
            #encode;
            #is_pod
        }
    }
}
