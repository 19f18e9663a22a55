//! The proxies of a struct within a growable record: one reads its fields where it stands, the
//! other changes them there.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::Lifetime;

use super::super::{alias, allowed, at, type_span};
use super::field::{
    argument, elided, named_as_a_method, proxied, proxy, takes_a_reference, within,
};
use super::record::offset;
use super::{has_cell, of_cell, parts, written};
use crate::args::Role;
use crate::model::{Field, Model};
use crate::spell::plain_name;

/// Declares `XRef` and `XMut`.
pub(super) fn types(model: &Model) -> TokenStream {
    let Model { ident, vis, .. } = model;
    let (parts, allowed, name) = (parts(model), allowed(model), plain_name(ident));
    let (reads, changes) = (model.wrapper(Role::Reader), model.wrapper(Role::Writer));
    let of_reads = format!("Reads a [`{name}`] where it stands, all or a part of it.");
    let of_changes = format!("Changes a [`{name}`] where it stands.");
    quote! {
        #[doc = #of_reads]
        ///
        /// On a reader each call reads the newest generation. On a view all are of one.
        #[allow(dead_code, reason = "generated whether used or not")]
        #allowed
        #vis struct #reads<'a, __Source = #parts::ViewCore<'a>>(&'a __Source, #parts::At);
        #[doc = #of_changes]
        ///
        /// Outside a transaction each call that changes something publishes once.
        #[allow(dead_code, reason = "generated whether used or not")]
        #allowed
        #vis struct #changes<'t>(#parts::Cursor<'t>);
    }
}

/// Implements them.
pub(super) fn proxies(model: &Model) -> TokenStream {
    let (reads, changes) = (reads(model), changes(model));
    quote!(#reads #changes)
}

/// The fields with accessors on a proxy.
fn accessible(model: &Model, role: Role) -> impl Iterator<Item = (usize, &Field)> {
    let fields = model.fields().iter().enumerate();
    fields.filter(move |(_, field)| !field.lacks_accessors(role))
}

/// Implements `XRef`.
fn reads(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (parts, core, reads) = (parts(model), model.core(), model.wrapper(Role::Reader));
    let getters = accessible(model, Role::Reader).map(|(index, field)| {
        let (ty, get) = match has_cell(field) {
            true => (read(model, index, field, &quote!(__Source), &lifetime("'a")), {
                let (get, offset) = (of_cell(model, index, field, "field"), offset(index));
                let span = type_span(&field.ty);
                let source = at(span, quote!(#krate::growable::Source));
                let get =
                    quote_spanned!(span=> #get(#source::proxied(self.0), self.1.plus(#offset)));
                super::named_get(model, field, get)
            }),
            false => {
                let ty = written(model, &field.ty);
                (
                    quote!(#core::result::Result<#ty, #krate::ReadError>),
                    quote!(#core::unreachable!()),
                )
            }
        };
        let errors = "See `commy::ReadError`.";
        let getter =
            getter(field, "its value, or a proxy that reads parts of it", errors, &ty, &get);
        // A lint asks for it where it does not see that the type is a `Result`.
        let is_result = field.args.pod.is_some() || field.args.conversion.is_some();
        let must_use = (has_cell(field) && !is_result).then(|| quote!(#[must_use]));
        quote!(#must_use #getter)
    });
    let getters: Vec<_> = getters.collect();
    let name = reads.to_string();
    quote! {
        #[automatically_derived]
        impl<__Source> #core::clone::Clone for #reads<'_, __Source> {
            fn clone(&self) -> Self {
                *self
            }
        }
        #[automatically_derived]
        impl<__Source> #core::marker::Copy for #reads<'_, __Source> {}
        #[automatically_derived]
        impl<__Source> #core::fmt::Debug for #reads<'_, __Source> {
            fn fmt(&self, __f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #core::fmt::Formatter::write_str(__f, #name)
            }
        }
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl<'a, __Source: #krate::growable::Source + 'a> #reads<'a, __Source> {
            /// All of it, as an ordinary value.
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`.
            pub fn load(&self) -> #core::result::Result<#ident, #krate::ReadError> {
                #parts::structs::load::<#ident, __Source>(self.0, self.1)
            }
            #(#getters)*
        }
    }
}

/// Implements `XMut`.
fn changes(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (parts, core) = (parts(model), model.core());
    let (reads, changes) = (model.wrapper(Role::Reader), model.wrapper(Role::Writer));
    let accessors = accessible(model, Role::Writer).map(|(index, field)| {
        let getter = staged(model, index, field);
        let setters = setters(model, index, field);
        quote!(#getter #setters)
    });
    let accessors: Vec<_> = accessors.collect();
    let name = changes.to_string();
    quote! {
        #[automatically_derived]
        impl #core::fmt::Debug for #changes<'_> {
            fn fmt(&self, __f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #core::fmt::Formatter::write_str(__f, #name)
            }
        }
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl<'t> #changes<'t> {
            /// All of it as it is now, as an ordinary value.
            ///
            /// # Errors
            ///
            /// See `commy::WriteError`.
            pub fn load(&self) -> #core::result::Result<#ident, #krate::WriteError> {
                #parts::structs::load_staged::<#ident>(&self.0)
            }
            /// What reads it, as it is now.
            ///
            /// # Errors
            ///
            /// See `commy::WriteError`.
            #[allow(clippy::should_implement_trait, reason = "named as the others have it")]
            pub fn as_ref(&self) -> #core::result::Result<#reads<'_>, #krate::WriteError> {
                #parts::structs::get::<#ident>(&self.0, 0)
            }
            /// Puts another value in its place.
            ///
            /// # Errors
            ///
            /// See `commy::WriteError`; nothing changes then.
            pub fn assign(
                &mut self,
                __value: &#ident,
            ) -> #core::result::Result<(), #krate::WriteError> {
                <#ident as #parts::Cell>::set(self.0.reborrow(), __value)
            }
            /// Loads the value, calls `change` with it, and stores what differs then: one publish, or
            /// none if nothing does.
            ///
            /// # Errors
            ///
            /// See `commy::WriteError`; nothing changes then.
            pub fn update<__R, __F: #core::ops::FnOnce(&mut #ident) -> __R>(
                &mut self,
                __change: __F,
            ) -> #core::result::Result<__R, #krate::WriteError> {
                #parts::structs::update::<#ident, __R>(self.0.reborrow(), __change)
            }
            #(#accessors)*
        }
    }
}

/// A function that reads a field.
fn getter(
    field: &Field,
    what: &str,
    errors: &str,
    value: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let Field { name, vis, docs, .. } = field;
    let (getter, span) = (field.accessor(), type_span(&field.ty));
    let lint = named_as_a_method(field, &getter);
    let reads = format!("Reads `{name}`: {what}.");
    quote_spanned! {span=>
        #[doc = #reads]
        #[doc = ""]
        #(#docs)*
        ///
        /// # Errors
        ///
        #[doc = #errors]
        #lint
        #[inline]
        #vis fn #getter(&self) -> #value {
            #body
        }
    }
}

/// `x()` of the proxy that changes.
fn staged(model: &Model, index: usize, field: &Field) -> TokenStream {
    let span = type_span(&field.ty);
    let (krate, core) = (at(span, model.krate.to_token_stream()), at(span, model.core()));
    let result = quote_spanned!(span=> #core::result::Result);
    let error = quote_spanned!(span=> #krate::WriteError);
    let (value, body) = if has_cell(field) {
        let parts = at(span, parts(model));
        let (cell, offset) = (super::cell(index, field), offset(index));
        let ty = alias(index, field);
        let value = match (&field.args.pod, &field.args.bytes) {
            _ if field.args.conversion.is_some() => quote_spanned!(span=> #ty),
            (Some(_), _) => quote_spanned!(span=> #ty),
            (None, Some(_)) => {
                quote_spanned!(span=> #krate::growable::BytesRef<'_, #parts::ViewCore<'_>>)
            }
            (None, None) => quote_spanned!(span=> #krate::growable::Ref<'_, #ty>),
        };
        let get = quote_spanned!(span=> #parts::structs::get::<#cell>(&self.0, #offset));
        (value, get)
    } else {
        (written(model, &field.ty), quote!(#core::unreachable!()))
    };
    let value = quote_spanned!(span=> #result<#value, #error>);
    getter(field, "its value, or a proxy, as it is now", "See `commy::WriteError`.", &value, &body)
}

/// `set_x(value)`, `x_mut()` and `into_x()`.
fn setters(model: &Model, index: usize, field: &Field) -> TokenStream {
    let Field { name, vis, docs, .. } = field;
    let span = type_span(&field.ty);
    let (krate, core) = (at(span, model.krate.to_token_stream()), at(span, model.core()));
    let (setter, place) = (field.setter(), offset(index));
    let accessor = field.accessor();
    let (change, into) = (format_ident!("{}_mut", accessor), format_ident!("into_{}", accessor));
    let lint = named_as_a_method(field, &change);
    let by_reference = takes_a_reference(field);
    let sets = format!("Sets `{name}`; outside a transaction that publishes.");
    let changes = format!("Changes `{name}` in place; outside a transaction each call publishes.");
    let keeps = format!("The same as `{change}`, for as long as the record was borrowed.");
    let error = quote_spanned!(span=> #krate::WriteError);
    let result = quote_spanned!(span=> #core::result::Result);
    let (generics, argument, bodies) = if has_cell(field) {
        let set = of_cell(model, index, field, "set");
        let to_mut = of_cell(model, index, field, "change");
        let cursor = quote_spanned!(span=> self.0.reborrow().field(#place));
        let bodies = [
            quote_spanned!(span=> #set(#cursor, __value)),
            quote_spanned!(span=> #to_mut(#cursor)),
            quote_spanned!(span=> #to_mut(self.0.field(#place))),
        ];
        (None, argument(model, index, field), bodies)
    } else {
        let never = quote_spanned!(span=> #core::unreachable!());
        let set = quote_spanned!(span=> let _ = __value; #never);
        (Some(quote!(<__V>)), quote!(__V), [set, never.clone(), never])
    };
    let proxy = |lifetime: &Lifetime| match has_cell(field) {
        true => proxy(model, index, field, lifetime),
        false => {
            let (ty, lifetime) = (written(model, &field.ty), within(span, lifetime));
            quote_spanned!(span=> &#lifetime mut #ty)
        }
    };
    let (for_now, kept) = (proxy(&elided()), proxy(&lifetime("'t")));
    let [set, to_mut, into_mut] = bodies;
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
        #vis fn #change(&mut self) -> #for_now {
            #to_mut
        }
        #[doc = #keeps]
        #[doc = ""]
        #(#docs)*
        #[must_use]
        #[inline]
        #vis fn #into(self) -> #kept {
            #into_mut
        }
    }
}

fn lifetime(name: &str) -> Lifetime {
    Lifetime::new(name, Span::call_site())
}

/// What a getter of a field returns that reads from a source of this type.
fn read(
    model: &Model,
    index: usize,
    field: &Field,
    source: &TokenStream,
    lifetime: &Lifetime,
) -> TokenStream {
    let (span, ty) = (type_span(&field.ty), alias(index, field));
    let (krate, core) = (at(span, model.krate.to_token_stream()), at(span, model.core()));
    let lifetime = within(span, lifetime);
    if field.args.conversion.is_some() {
        return quote_spanned!(span=> #core::result::Result<#ty, #krate::ReadError>);
    }
    match (&field.args.pod, &field.args.bytes) {
        (Some(_), _) => quote_spanned!(span=> #core::result::Result<#ty, #krate::ReadError>),
        (None, Some(_)) => {
            let source = proxied(model, field, source);
            quote_spanned!(span=> #krate::growable::BytesRef<#lifetime, #source>)
        }
        (None, None) => quote_spanned!(span=> #krate::growable::Read<#lifetime, #ty, #source>),
    }
}
