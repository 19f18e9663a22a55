//! The accessors of a field: a getter for whatever can be read, a setter and a proxy for what can be
//! written.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::Lifetime;

use super::super::{alias, at, type_span};
use super::record::offset;
use super::{has_cell, of_cell, parts, written};
use crate::model::{Field, Model};

/// From what a getter reads.
#[derive(Clone, Copy)]
pub(super) enum From<'a> {
    /// The source that the wrapper holds, of this type.
    Source(&'a TokenStream),
    /// The state of a writer or a transaction.
    Sink,
}

/// What lints take for an attempt at a trait, or for a name that a trait of the wrapper's has.
const METHODS_OF_TRAITS: &[&str] = &[
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "clone",
    "deref",
    "deref_mut",
    "drop",
    "fmt",
    "from",
    "next",
];

/// For a function of this name, which is that of a field.
pub(super) fn named_as_a_method(field: &Field, name: &Ident) -> Option<TokenStream> {
    let span = type_span(&field.ty);
    METHODS_OF_TRAITS.iter().any(|method| name == method).then(|| {
        quote_spanned! {span=>
            #[allow(
                clippy::same_name_method,
                clippy::should_implement_trait,
                reason = "named as its field"
            )]
        }
    })
}

/// For a setter that takes a value by reference, whatever its size.
pub(super) fn takes_a_reference(field: &Field) -> Option<TokenStream> {
    let span = type_span(&field.ty);
    field.args.conversion.is_some().then(|| {
        quote_spanned! {span=>
            #[allow(clippy::trivially_copy_pass_by_ref, reason = "as every value that is converted")]
        }
    })
}

/// `x()`.
pub(super) fn getter(model: &Model, index: usize, field: &Field, from: From<'_>) -> TokenStream {
    let Field { name, vis, docs, .. } = field;
    let (krate, core, span) = (&model.krate, model.core(), type_span(&field.ty));
    let (getter, place) = (field.accessor(), offset(index));
    let lint = named_as_a_method(field, &getter);
    let what = match from {
        From::Source(_) => format!("Reads `{name}`: its value, or a proxy that reads parts of it."),
        From::Sink => format!("Reads `{name}` as it is now, with what is staged."),
    };
    let (value, body) = if has_cell(field) {
        let (parts, sink) = (at(span, parts(model)), quote!(#krate::growable::Sink));
        let get = of_cell(model, index, field, "field");
        let source = match from {
            From::Source(_) => {
                let source = at(span, quote!(#krate::growable::Source));
                quote_spanned!(span=> #source::proxied(&self.0))
            }
            From::Sink => quote_spanned!(span=> #sink::view(&self.0)),
        };
        let body = quote_spanned!(span=> #get(#source, #parts::At::root(#place)));
        (read(model, index, field, from), super::named_get(model, field, body))
    } else {
        let ty = written(model, &field.ty);
        (quote!(#core::result::Result<#ty, #krate::ReadError>), quote!(#core::unreachable!()))
    };
    quote_spanned! {span=>
        #[doc = #what]
        #[doc = ""]
        #(#docs)*
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`.
        #lint
        #[inline]
        #vis fn #getter(&self) -> #value {
            #body
        }
    }
}

/// `set_x(value)` and `x_mut()`.
pub(super) fn setters(model: &Model, index: usize, field: &Field) -> TokenStream {
    let Field { name, vis, docs, .. } = field;
    let (krate, core, span) = (&model.krate, model.core(), type_span(&field.ty));
    let (setter, place) = (field.setter(), offset(index));
    let change = format_ident!("{}_mut", field.accessor());
    let lint = named_as_a_method(field, &change);
    let by_reference = takes_a_reference(field);
    let sets = format!("Sets `{name}`; outside a transaction that publishes.");
    let changes = format!("Changes `{name}` in place; outside a transaction each call publishes.");
    let error = at(span, quote!(#krate::WriteError));
    let result = at(span, quote!(#core::result::Result));
    let (generics, argument, proxy, set, changed) = if has_cell(field) {
        let sink = at(span, quote!(#krate::growable::Sink));
        let cursor = quote_spanned!(span=> #sink::cursor(&mut self.0, #place));
        let set = of_cell(model, index, field, "set");
        let change = of_cell(model, index, field, "change");
        (
            None,
            argument(model, index, field),
            proxy(model, index, field, &elided()),
            quote_spanned!(span=> #set(#cursor, __value)),
            quote_spanned!(span=> #change(#cursor)),
        )
    } else {
        let (ty, never) = (written(model, &field.ty), quote!(#core::unreachable!()));
        let set = quote_spanned!(span=> let _ = __value; #never);
        (Some(quote!(<__V>)), quote!(__V), quote!(&mut #ty), set, never)
    };
    quote_spanned! {span=>
        #[doc = #sets]
        #[doc = ""]
        #(#docs)*
        ///
        /// # Errors
        ///
        /// See `commy::WriteError`; nothing changes then.
        #by_reference
        #[inline]
        #vis fn #setter #generics(&mut self, __value: #argument) -> #result<(), #error> {
            #set
        }
        #[doc = #changes]
        #[doc = ""]
        #(#docs)*
        #lint
        #[inline]
        #vis fn #change(&mut self) -> #proxy {
            #changed
        }
    }
}

/// What the getter returns.
fn read(model: &Model, index: usize, field: &Field, from: From<'_>) -> TokenStream {
    let (span, ty) = (type_span(&field.ty), alias(index, field));
    let krate = at(span, model.krate.to_token_stream());
    let core = at(span, model.core());
    let source = match from {
        From::Source(source) => source.clone(),
        From::Sink => quote_spanned!(span=> #krate::__private::parts::ViewCore<'_>),
    };
    if field.args.pod.is_some() || field.args.conversion.is_some() {
        return quote_spanned!(span=> #core::result::Result<#ty, #krate::ReadError>);
    }
    match (&field.args.bytes, from) {
        (Some(_), From::Source(_)) => {
            let source = proxied(model, field, &source);
            quote_spanned!(span=> #krate::growable::BytesRef<'_, #source>)
        }
        (Some(_), From::Sink) => quote_spanned!(span=> #krate::growable::BytesRef<'_, #source>),
        (None, From::Source(_)) => quote_spanned!(span=> #krate::growable::Read<'_, #ty, #source>),
        (None, From::Sink) => quote_spanned!(span=> #krate::growable::Read<'_, #ty>),
    }
}

/// The lifetime that need not be named.
pub(super) fn elided() -> Lifetime {
    Lifetime::new("'_", Span::call_site())
}

/// The same lifetime at a place.
pub(super) fn within(span: Span, lifetime: &Lifetime) -> Lifetime {
    Lifetime::new(&lifetime.to_string(), lifetime.span().located_at(span))
}

/// What proxies hold of a source of this type.
pub(super) fn proxied(model: &Model, field: &Field, source: &TokenStream) -> TokenStream {
    let span = type_span(&field.ty);
    let krate = at(span, model.krate.to_token_stream());
    quote_spanned!(span=> <#source as #krate::growable::Source>::Proxied)
}

/// What the setter takes.
pub(super) fn argument(model: &Model, index: usize, field: &Field) -> TokenStream {
    let (span, ty) = (type_span(&field.ty), alias(index, field));
    let krate = at(span, model.krate.to_token_stream());
    let core = at(span, model.core());
    if field.args.pod.is_some() {
        return quote_spanned!(span=> #ty);
    }
    if field.args.conversion.is_some() {
        return quote_spanned!(span=> &#ty);
    }
    match field.args.bytes {
        Some(_) => quote_spanned!(span=> &[#core::primitive::u8]),
        None => quote_spanned!(span=> #krate::growable::Arg<'_, #ty>),
    }
}

/// What changes the field in place, for so long.
pub(super) fn proxy(
    model: &Model,
    index: usize,
    field: &Field,
    lifetime: &Lifetime,
) -> TokenStream {
    let (span, ty) = (type_span(&field.ty), alias(index, field));
    let lifetime = within(span, lifetime);
    let krate = at(span, model.krate.to_token_stream());
    if field.args.pod.is_some() {
        let held = super::held(model, index, field);
        return quote_spanned!(span=> #krate::growable::ValueMut<#lifetime, #held>);
    }
    if field.args.conversion.is_some() {
        return quote_spanned!(span=> #krate::growable::ConvertedMut<#lifetime, #ty>);
    }
    match field.args.bytes {
        Some(_) => quote_spanned!(span=> #krate::growable::BytesMut<#lifetime>),
        None => quote_spanned!(span=> #krate::growable::Write<#lifetime, #ty>),
    }
}
