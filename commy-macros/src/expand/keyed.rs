//! Accessors of the keys and values of a field, for maps and sets as far as the written type tells.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::Type;

use super::{alias, field_place, place, size, type_span};
use crate::known;
use crate::model::{Field, Model};

/// What the accessors of one field share.
struct Keyed<'a> {
    model: &'a Model,
    index: usize,
    field: &'a Field,
    key: Type,
    /// That of a map.
    value: Option<Type>,
    /// The field's type.
    alias: Ident,
    span: Span,
}

impl<'a> Keyed<'a> {
    fn new(model: &'a Model, index: usize, field: &'a Field) -> Option<Self> {
        let keyed = field.keyed()?;
        let (alias, span) = (alias(index, field), type_span(&field.ty));
        // A set asks for the size of its element; a map asks for nothing.
        let key = match keyed.value {
            None => size::with_size(model, index, keyed.key),
            Some(_) => keyed.key.clone(),
        };
        Some(Self { model, index, field, key, value: keyed.value.cloned(), alias, span })
    }

    /// Makes an accessor that cannot be called of one for what cannot be shared; see that of elements.
    /// The condition on what a key may be asked for by stands beside it.
    fn condition(&self, asked: bool) -> Option<TokenStream> {
        let Self { model, field, key, value, alias, span, .. } = self;
        let (krate, core) = (&model.krate, model.core());
        let asked = asked.then(|| quote_spanned!(*span=> #key: #core::borrow::Borrow<__Q>,));
        let certain = (!known::is_certain(&field.ty)).then(|| match value {
            Some(value) => quote_spanned! {*span=>
                for<'__x> #alias: #krate::__private::Keyed<Key = #key>
                    + #krate::__private::KeyedValues<Value = #value>,
            },
            None => quote_spanned! {*span=>
                for<'__x> #alias: #krate::__private::Keyed<Key = #key>
                    + #krate::__private::KeyedAlone,
            },
        });
        (asked.is_some() || certain.is_some())
            .then(|| quote_spanned!(*span=> where #asked #certain))
    }
}

/// The getters: the number of keys, what is under one, the first and the last, and all in place.
pub(crate) fn getters(model: &Model, index: usize, field: &Field) -> Option<TokenStream> {
    let keyed = Keyed::new(model, index, field)?;
    let Keyed { key, value, alias, span, .. } = &keyed;
    let Field { name, vis, .. } = field;
    let (krate, core) = (&model.krate, model.core());
    let (accessor, place) = (field.accessor(), field_place(model, index, field));
    let (condition, asked) = (keyed.condition(false), keyed.condition(true));
    let [with, into, len, contains, at, first, last, get] =
        ["with", "read_into", "len", "contains", "at", "first", "last", "get"]
            .map(|suffix| format_ident!("{accessor}_{suffix}"));
    let (what, each) = match value {
        Some(_) => ("keys", "entry"),
        None => ("elements", "element"),
    };
    let entry = match value {
        Some(value) => quote_spanned!(*span=> (#key, #value)),
        None => quote_spanned!(*span=> #key),
    };
    let nth = format_ident!("{}", if value.is_some() { "entry_at" } else { "key_at" });
    let with_doc = format!("Reads `{name}` and calls `read` with it.");
    let into_doc = format!("Reads `{name}` and puts it in the place of `target`.");
    let len_doc = format!("Reads how many {what} `{name}` has, without copying them.");
    let contains_doc = format!("Returns whether `{name}` has `key`, of which it reads few {what}.");
    let nth_of = |which: TokenStream| {
        quote_spanned! {*span=>
            #krate::__private::#nth::<#alias, __Source>(&self.0, #place, #krate::__private::Nth::#which)
        }
    };
    let by_place = [
        (
            at,
            "number `index`",
            Some(quote_spanned!(*span=> __index: #core::primitive::usize,)),
            nth_of(quote_spanned!(*span=> Index(__index))),
        ),
        (first, "with the smallest key", None, nth_of(quote_spanned!(*span=> Index(0)))),
        (last, "with the largest key", None, nth_of(quote_spanned!(*span=> Last))),
    ];
    let by_place = by_place.into_iter().map(|(getter, which, argument, body)| {
        let which = if value.is_some() { which } else { which_of_set(which) };
        let doc = format!("Reads the {each} {which} of `{name}`, or `None` when there is none.");
        quote_spanned! {*span=>
            #[doc = #doc]
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`.
            #[inline]
            #vis fn #getter(
                &self,
                #argument
            ) -> #core::result::Result<#core::option::Option<#entry>, #krate::ReadError> #condition {
                #body
            }
        }
    });
    let get = value.as_ref().map(|value| {
        let doc =
            format!("Reads the value of `key` in `{name}`, or `None` when it has no such key.");
        quote_spanned! {*span=>
            #[doc = #doc]
            ///
            /// It reads log2(N) + 1 keys and the value, all of one generation.
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`.
            #[inline]
            #vis fn #get<__Q: #core::cmp::Ord + ?#core::marker::Sized>(
                &self,
                __key: &__Q,
            ) -> #core::result::Result<#core::option::Option<#value>, #krate::ReadError> #asked {
                #krate::__private::value_of::<#alias, __Source, __Q>(&self.0, #place, __key)
            }
        }
    });
    Some(quote_spanned! {*span=>
        #[doc = #with_doc]
        ///
        /// A field of more than 256 KiB has memory of its own meanwhile.
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`; `read` is not called then.
        #[inline]
        #vis fn #with<__R, __F: #core::ops::FnOnce(&#alias) -> __R>(
            &self,
            __read: __F,
        ) -> #core::result::Result<__R, #krate::ReadError> #condition {
            self.0.field_with::<#alias, __R>(#place, __read)
        }
        #[doc = #into_doc]
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`; `target` is empty then.
        #[inline]
        #vis fn #into(
            &self,
            __target: &mut #alias,
        ) -> #core::result::Result<(), #krate::ReadError> #condition {
            self.0.field_into::<#alias>(#place, __target)
        }
        #[doc = #len_doc]
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`.
        #[inline]
        #vis fn #len(
            &self,
        ) -> #core::result::Result<#core::primitive::usize, #krate::ReadError> #condition {
            self.0.key_count::<#alias>(#place)
        }
        #[doc = #contains_doc]
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`.
        #[inline]
        #vis fn #contains<__Q: #core::cmp::Ord + ?#core::marker::Sized>(
            &self,
            __key: &__Q,
        ) -> #core::result::Result<#core::primitive::bool, #krate::ReadError> #asked {
            #krate::__private::contains_key::<#alias, __Source, __Q>(&self.0, #place, __key)
        }
        #(#by_place)*
        #get
    })
}

/// The same words of a set, whose elements are its keys.
fn which_of_set(which: &str) -> &str {
    match which {
        "with the smallest key" => "that is the smallest",
        "with the largest key" => "that is the largest",
        which => which,
    }
}

/// The setters of entries, for the writer and for the batch.
pub(crate) fn setters(
    model: &Model,
    index: usize,
    field: &Field,
) -> Option<(TokenStream, TokenStream)> {
    let keyed = Keyed::new(model, index, field)?;
    Some((keyed.setters(" and publishes"), keyed.setters("")))
}

impl Keyed<'_> {
    /// The wrapper's first field is what it wraps, whichever wrapper it is.
    fn setters(&self, and_publishes: &str) -> TokenStream {
        let Self { model, index, field, key, value, alias, span } = self;
        let Field { name, vis, .. } = field;
        let (owner, krate, core) = (size::record(model), &model.krate, model.core());
        let (condition, asked) = (self.condition(false), self.condition(true));
        let (accessor, place) = (field.accessor(), place(model, *index, field));
        let pick = quote_spanned!(*span=> |__record: &mut #owner| #place);
        let insert = format_ident!("insert_{accessor}");
        let remove = format_ident!("remove_{accessor}");
        let set_value = format_ident!("set_{accessor}_value");
        let sink = quote_spanned!(*span=> &mut self.0);
        let Some(value) = value else {
            let insert_doc = format!(
                "Inserts an element into `{name}`{and_publishes}. Returns whether it is new."
            );
            let remove_doc = format!(
                "Removes an element of `{name}`{and_publishes}. Returns whether it was there."
            );
            return quote_spanned! {*span=>
                #[doc = #insert_doc]
                ///
                /// # Errors
                ///
                /// `commy::CapacityError` when it is new and there is no room; nothing changes then.
                #[inline]
                #vis fn #insert(
                    &mut self,
                    __value: #key,
                ) -> #core::result::Result<#core::primitive::bool, #krate::CapacityError> #condition {
                    #krate::__private::insert_element::<#alias, _>(#sink, #pick, __value)
                }
                #[doc = #remove_doc]
                #[inline]
                #vis fn #remove<__Q: #core::cmp::Ord + ?#core::marker::Sized>(
                    &mut self,
                    __value: &__Q,
                ) -> #core::primitive::bool #asked {
                    #krate::__private::remove_element::<#alias, _, __Q>(#sink, #pick, __value)
                }
            };
        };
        let insert_doc = format!(
            "Gives `key` this value in `{name}`{and_publishes}. Returns the one that it had."
        );
        let remove_doc =
            format!("Removes `key` from `{name}`{and_publishes}. Returns the value that it had.");
        let set_doc = format!(
            "Gives `key` this value in `{name}`, if it is there{and_publishes}. Returns the one that it \
             had."
        );
        quote_spanned! {*span=>
            #[doc = #insert_doc]
            ///
            /// It costs what it moves: a new key moves those above it.
            ///
            /// # Errors
            ///
            /// `commy::CapacityError` when the key is new and there is no room; nothing changes then.
            #[inline]
            #vis fn #insert(
                &mut self,
                __key: #key,
                __value: #value,
            ) -> #core::result::Result<#core::option::Option<#value>, #krate::CapacityError>
            #condition {
                #krate::__private::insert_entry::<#alias, _>(#sink, #pick, __key, __value)
            }
            #[doc = #remove_doc]
            ///
            /// Without such a key nothing changes.
            #[inline]
            #vis fn #remove<__Q: #core::cmp::Ord + ?#core::marker::Sized>(
                &mut self,
                __key: &__Q,
            ) -> #core::option::Option<#value> #asked {
                #krate::__private::remove_entry::<#alias, _, __Q>(#sink, #pick, __key)
            }
            #[doc = #set_doc]
            ///
            /// Without such a key nothing changes.
            #[inline]
            #vis fn #set_value<__Q: #core::cmp::Ord + ?#core::marker::Sized>(
                &mut self,
                __key: &__Q,
                __value: #value,
            ) -> #core::option::Option<#value> #asked {
                #krate::__private::set_value::<#alias, _, __Q>(#sink, #pick, __key, __value)
            }
        }
    }
}
