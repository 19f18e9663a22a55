//! The one `unsafe impl` of a struct: its fields, and where they are.
//!
//! The user's crate decides where the paths in an expansion lead. So nothing is computed here that
//! unsafe code relies on: the trait does it, from the types of the fields and from a shape, which
//! only a macro of the trait's own crate can make.

use proc_macro2::TokenStream;
use quote::quote;

use super::{alias, assoc, if_sized, record, size};
use crate::model::{Field, Model};
use crate::spell::plain_name;

/// How many fields or groups are in a group: few enough for the compiler's depth, and many enough
/// for few groups.
const GROUP: usize = 16;

/// Implements `Mappable` for a struct with named fields.
pub(crate) fn mappable(model: &Model, fields: &[Field]) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (core, name, owner) = (model.core(), plain_name(ident), size::record(model));
    let (types, groups) = grouped(model, fields);
    let names = fields.iter().map(|field| &field.ident);
    let schemas = fields.iter().enumerate().map(|(index, field)| schema(model, index, field));
    let shape = quote! {
        &#krate::__private::shape_of_fields!(#name #owner { #(#names)* } #types, #groups)
    };
    let schema = quote! {
        &#krate::__private::TypeSchema::Struct {
            size: #core::mem::size_of::<#owner>(),
            align: #core::mem::align_of::<#owner>(),
            fields: &[#(#schemas),*],
        }
    };
    let notes = record::notes_within(model);
    if size::may_lack(model) {
        return outside_of_the_condition(model, &shape, &schema, &notes);
    }
    let (implementation, proof) =
        (implementation(model, &shape, &schema, &notes, &TokenStream::new()), proof(model));
    let plain = plain(model);
    quote!(#implementation #proof #plain)
}

/// What lets a growable record have the type in a field: nothing else says that of it.
pub(crate) fn plain(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    if_sized(model, |condition| quote!(#krate::__private::growable_plain!(#ident #condition);))
}

/// The implementation for a struct that may have no size, which is given under that condition.
///
/// The items are evaluated outside of it: the condition is an assumption there, which takes the
/// compiler time for each type that it looks at. A constant outside of an implementation is
/// evaluated, whether it is used or not, so the shape is proved.
fn outside_of_the_condition(
    model: &Model,
    shape: &TokenStream,
    schema: &TokenStream,
    notes: &TokenStream,
) -> TokenStream {
    let (krate, core, owner) = (&model.krate, model.core(), size::record(model));
    let implementation = if_sized(model, |condition| {
        // Called, because the documentation would show the name of a constant.
        let schema = quote!(#core::convert::identity(__SCHEMA));
        implementation(model, &quote!(__SHAPE), &schema, &quote!(__NOTES), condition)
    });
    let plain = plain(model);
    quote! {
        const __SHAPE: &'static #krate::__private::Shape<#owner> = #shape;
        const __SCHEMA: &'static #krate::__private::TypeSchema = #schema;
        const __NOTES: &'static [#krate::__private::Note] = #notes;
        #implementation
        #plain
    }
}

fn implementation(
    model: &Model,
    shape: &TokenStream,
    schema: &TokenStream,
    notes: &TokenStream,
    condition: &TokenStream,
) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let fingerprint = fingerprint(model);
    quote! {
        // SAFETY: every field is `Mappable` or `Pod` and keeps the promises; that these are the
        // fields is what the shape proves, which is made below in any case.
        #[automatically_derived]
        unsafe impl #krate::Mappable for #ident #condition {
            const SHAPE: &'static #krate::__private::Shape<Self> = #shape;
            const SCHEMA: &'static #krate::__private::TypeSchema = #schema;
            #fingerprint
            const NOTES_WITHIN: &'static [#krate::__private::Note] = #notes;
            type Arg<'a> = Self;
            type Output = ();
            #[inline]
            fn assign(&mut self, __value: Self) {
                *self = __value;
            }
        }
    }
}

/// Makes the compiler evaluate the shape, whether it is used or not.
pub(crate) fn proof(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    quote! {
        const _: &'static #krate::__private::Shape<#ident> = <#ident as #krate::Mappable>::SHAPE;
    }
}

/// The fingerprint, as the trait would compute it.
///
/// The compiler complains of a long evaluation where the lint is set at the innermost place in the
/// crate that it compiles, which is this constant.
pub(crate) fn fingerprint(model: &Model) -> TokenStream {
    let krate = &model.krate;
    quote! {
        #[allow(long_running_const_eval, reason = "as long as the schema")]
        const FINGERPRINT: #krate::Fingerprint =
            #krate::Fingerprint::of_schema(<Self as #krate::Mappable>::SCHEMA);
    }
}

/// The types of the fields in groups of groups, and in the same groups each field with what its
/// type says of it.
fn grouped(model: &Model, fields: &[Field]) -> (TokenStream, TokenStream) {
    let krate = &model.krate;
    let part = |(index, field): (usize, &Field)| {
        let (ident, ty, leaf) =
            (&field.ident, alias(index, field), assoc(model, index, field, "LEAF"));
        (quote!(#krate::__private::Leaf<#ty>), quote!(#ident = #leaf,))
    };
    let parts: Vec<_> = fields.iter().enumerate().map(part).collect();
    let chain = |parts: &[(TokenStream, TokenStream)]| {
        let empty = quote!(#krate::__private::Chain<(), ()>);
        let chained =
            |before, (ty, _): &(TokenStream, _)| quote!(#krate::__private::Chain<#before, #ty>);
        let parts_of = parts.iter().map(|(_, part)| part);
        (parts.iter().fold(empty, chained), quote!(#(#parts_of)*))
    };
    let of_fields = parts.chunks(GROUP).map(chain);
    let mut groups: Vec<_> = of_fields.map(|(types, parts)| (types, quote!([#parts]))).collect();
    while groups.len() > 1 {
        let of_groups = groups.chunks(GROUP).map(chain);
        groups = of_groups.map(|(types, parts)| (types, quote!((#parts)))).collect();
    }
    groups.pop().unwrap_or_else(|| (quote!(#krate::__private::Chain<(), ()>), quote!([])))
}

fn schema(model: &Model, index: usize, field: &Field) -> TokenStream {
    let krate = &model.krate;
    let Field { ident, name, .. } = field;
    let (core, alias, owner) = (model.core(), alias(index, field), size::record(model));
    let schema = match &field.args.pod {
        None => assoc(model, index, field, "SCHEMA"),
        Some(id) => quote! {
            &#krate::__private::TypeSchema::Pod {
                id: #id,
                size: #core::mem::size_of::<#alias>(),
                align: #core::mem::align_of::<#alias>(),
            }
        },
    };
    quote! {
        {
            // On its own, because the compiler takes quadratic time for many in one body.
            const __FIELD: #krate::__private::FieldSchema = #krate::__private::FieldSchema::new(
                #name,
                #core::mem::offset_of!(#owner, #ident),
                #core::mem::size_of::<#alias>(),
                #schema,
            );
            __FIELD
        }
    }
}
