//! What views have of an enum with fields: an enum of the same variants, to match on.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Lifetime;

use super::super::{allowed, at, type_span};
use super::field::within;
use super::{has_cell, nested, parts, written};
use crate::args::Role;
use crate::model::{Field, Model, Variant};
use crate::refuse;
use crate::spell::plain_name;

/// Its name.
pub(super) fn name(model: &Model) -> Ident {
    model.wrapper(Role::Reader)
}

/// Declares it, unless there is nothing in it that a view would have another way.
pub(super) fn declared(model: &Model, variants: &[Variant]) -> TokenStream {
    let Model { ident, vis, .. } = model;
    if model.fields().is_empty() {
        return TokenStream::new();
    }
    let (name, allowed) = (name(model), allowed(model));
    let of_reads = format!("A [`{}`] where it stands in a view, to match on.", plain_name(ident));
    let variants = variants.iter().map(|variant| {
        let Variant { ident, docs, fields, .. } = variant;
        let fields = model.fields().get(fields.clone()).unwrap_or_default();
        let fields = fields.iter().map(|field| self::field(model, field));
        let fields = match (fields.len(), variant.is_named) {
            (0, _) => None,
            (_, true) => Some(quote!({ #(#fields)* })),
            (_, false) => Some(quote!((#(#fields)*))),
        };
        quote!(#(#docs)* #ident #fields,)
    });
    let non_exhaustive = model.is_non_exhaustive.then(|| quote!(#[non_exhaustive]));
    quote! {
        #[doc = #of_reads]
        ///
        /// Its fields are what elements of their types are in a view.
        #[allow(dead_code, reason = "generated whether used or not")]
        #allowed
        #non_exhaustive
        #vis enum #name<'v> {
            #(#variants)*
        }
    }
}

/// Declares a field; for documentation as it is used, else so that a type that does not fit is one
/// error.
fn field(model: &Model, field: &Field) -> TokenStream {
    let Field { ty, docs, .. } = field;
    let span = type_span(ty);
    let krate = at(span, model.krate.to_token_stream());
    let parts = at(span, parts(model));
    let lifetime = within(span, &Lifetime::new("'v", Span::call_site()));
    let name = field.variant_member();
    let whole = |docs: TokenStream, ty: TokenStream| quote!(#docs #name #ty,);
    let docs = quote!(#(#docs)*);
    // The lifetime has to be used, even if there is nothing else that is read in a view.
    let is_used = model.fields().iter().any(is_read);
    let itself = |ty: TokenStream| match is_used {
        true => ty,
        false => quote_spanned!(span=> <#ty as #parts::variants::During<#lifetime>>::Itself),
    };
    if !has_cell(field) {
        return whole(docs, itself(written(model, ty)));
    }
    if !is_read(field) {
        return whole(docs, itself(ty.to_token_stream()));
    }
    if field.args.bytes.is_some() {
        let view = quote_spanned!(span=> #parts::ViewCore<#lifetime>);
        return whole(docs, quote_spanned!(span=> #krate::growable::BytesRef<#lifetime, #view>));
    }
    let plain = quote_spanned!(span=> #krate::growable::Ref<#lifetime, #ty>);
    if refuse::growable::is_certain(ty) {
        return whole(docs, plain);
    }
    // At the one place at which all that is said of the type is said.
    let placed = at(span, ty.to_token_stream());
    let asked = quote_spanned! {span=>
        <#placed as #parts::Fitting<{ <#placed as #krate::growable::Growable>::FITS }>>::Itself
    };
    let asked = quote_spanned!(span=> #krate::growable::Ref<#lifetime, #asked>);
    let in_docs = whole(quote!(#docs #[cfg(doc)]), plain);
    let in_code = whole(quote!(#docs #[cfg(not(doc))]), asked);
    quote!(#in_docs #in_code)
}

/// Whether a view may have it another way than as its value.
fn is_read(field: &Field) -> bool {
    has_cell(field) && field.args.pod.is_none() && field.args.conversion.is_none()
}

/// Implements what every type has.
pub(super) fn implemented(model: &Model, variants: &[Variant]) -> TokenStream {
    if model.fields().is_empty() {
        return TokenStream::new();
    }
    let (core, name) = (model.core(), name(model));
    let told = variants.iter().map(|variant| {
        let (ident, told) = (&variant.ident, format!("{}::{}", plain_name(&name), variant.name));
        quote!(Self::#ident { .. } => #told,)
    });
    quote! {
        #[automatically_derived]
        impl #core::fmt::Debug for #name<'_> {
            fn fmt(&self, __f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #core::fmt::Formatter::write_str(__f, match self { #(#told)* })
            }
        }
    }
}

/// The types of the cell, and what makes values of them; of a cell that only stands in, nothing does.
pub(super) fn types(model: &Model, reference: Option<&TokenStream>) -> TokenStream {
    let (krate, parts, core) = (&model.krate, parts(model), model.core());
    let arguments = nested::arguments(model);
    let reads = match model.fields().is_empty() {
        true => quote!(Self),
        false => {
            let name = name(model);
            quote!(#name<'v>)
        }
    };
    let never = quote!(#core::unreachable!());
    let view = match (reference, model.fields().is_empty()) {
        (Some(_), false) => quote!(__view),
        _ => quote!(_),
    };
    let (snap, place) = match reference {
        Some(_) => (quote!(__snap), quote!(__at)),
        None => (quote!(_), quote!(_)),
    };
    let reference = reference.unwrap_or(&never);
    quote! {
        type Field<'a, __Source: #krate::growable::Source + 'a> = #core::result::Result<
            <__Source as #krate::growable::Source>::Value<'a, Self>,
            #krate::ReadError,
        >;
        type Ref<'v> = #reads;
        type Mut<'t> = #krate::growable::ValueMut<'t, Self>;
        #arguments
        fn field<'a, __Source: #krate::growable::Source + 'a>(
            __source: &'a __Source,
            __at: #parts::At,
        ) -> Self::Field<'a, __Source> {
            #parts::variants::field::<Self, __Source>(__source, __at)
        }
        fn reference<'v>(
            #view: &'v #parts::ViewCore<'v>,
            #snap: &#parts::Snap<'_>,
            #place: #parts::At,
        ) -> #core::result::Result<Self::Ref<'v>, #parts::Fault> {
            #reference
        }
        fn change(__cursor: #parts::Cursor<'_>) -> Self::Mut<'_> {
            #krate::growable::ValueMut::new(__cursor)
        }
    }
}
