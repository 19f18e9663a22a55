//! Accessors of the elements of a field, for arrays and vectors as far as the written type tells.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::Type;

use super::{alias, field_place, place, plain, size, type_span};
use crate::known::CERTAIN;
use crate::model::{Field, Model};
use crate::spell::spell;

/// What the element accessors of one field share.
struct Elements<'a> {
    model: &'a Model,
    index: usize,
    field: &'a Field,
    element: Type,
    grows: bool,
    /// The field's type.
    alias: Ident,
    span: Span,
}

impl<'a> Elements<'a> {
    fn new(model: &'a Model, index: usize, field: &'a Field) -> Option<Self> {
        let sequence = field.sequence()?;
        let (alias, span) = (alias(index, field), type_span(&field.ty));
        Some(Self {
            model,
            index,
            field,
            element: size::with_size(model, index, sequence.element),
            grows: sequence.grows,
            alias,
            span,
        })
    }

    /// Makes an accessor that cannot be called of one for an element that cannot be shared.
    ///
    /// Without it, the compiler would report the element here, and again in the words of the
    /// field's type. It is quantified because a false condition without any parameter is an error
    /// at once.
    fn condition(&self) -> Option<TokenStream> {
        let Self { model, element, alias, span, .. } = self;
        let krate = &model.krate;
        let spelled = spell(element);
        if CERTAIN.contains(&spelled.as_str()) || spelled.starts_with("FixedString<") {
            return None;
        }
        let kind = format_ident!("{}", if self.grows { "Growing" } else { "Sequence" });
        Some(quote_spanned! {*span=>
            where
                for<'__x> #alias:
                    #krate::__private::#kind + #krate::__private::Sequence<Item = #element>,
                for<'__x> #element: #krate::Mappable,
        })
    }
}

/// The condition under which accessors of a field's elements can be called.
pub(crate) fn condition(model: &Model, index: usize, field: &Field) -> Option<TokenStream> {
    Elements::new(model, index, field)?.condition()
}

/// The getters: the number of elements, and one of them.
pub(crate) fn getters(model: &Model, index: usize, field: &Field) -> Option<TokenStream> {
    let elements = Elements::new(model, index, field)?;
    let Elements { element, alias, span, .. } = &elements;
    let Field { name, vis, .. } = field;
    let (krate, core) = (&model.krate, model.core());
    let (accessor, condition) = (field.accessor(), elements.condition());
    let place = field_place(model, index, field);
    let len = elements.grows.then(|| {
        let getter = format_ident!("{}_len", accessor);
        let doc = format!("Reads how many elements `{name}` has, without copying them.");
        quote_spanned! {*span=>
            #[doc = #doc]
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`.
            #[inline]
            #vis fn #getter(
                &self,
            ) -> #core::result::Result<#core::primitive::usize, #krate::ReadError> #condition {
                self.0.sequence_len::<#alias>(#place)
            }
        }
    });
    let getter = format_ident!("{}_at", accessor);
    let doc = format!("Reads element `index` of `{name}`, or `None` when there are fewer.");
    Some(quote_spanned! {*span=>
        #len
        #[doc = #doc]
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`.
        #[inline]
        #vis fn #getter(
            &self,
            __index: #core::primitive::usize,
        ) -> #core::result::Result<#core::option::Option<#element>, #krate::ReadError> #condition {
            #krate::__private::element_at::<#alias, __Source>(&self.0, #place, __index)
        }
    })
}

/// The setters of one element, for the writer and for the batch.
pub(crate) fn setters(
    model: &Model,
    index: usize,
    field: &Field,
) -> Option<(TokenStream, TokenStream)> {
    let elements = Elements::new(model, index, field)?;
    Some((elements.setters(" and publishes"), elements.setters("")))
}

impl Elements<'_> {
    /// The wrapper's first field is what it wraps, whichever wrapper it is.
    fn setters(&self, and_publishes: &str) -> TokenStream {
        let Self { model, index, field, element, span, .. } = self;
        let Field { ident, name, vis, .. } = field;
        let (owner, krate, core) = (size::record(model), &model.krate, model.core());
        let (accessor, condition) = (field.accessor(), self.condition());
        let place = place(model, *index, field);
        let check = quote_spanned! {*span=>
            #krate::__private::check_index(&self.0.get().#ident, __index);
        };
        let check = (!model.is_packed()).then_some(check);
        let setter = format_ident!("set_{}_at", accessor);
        let doc = format!("Sets element `index` of `{name}`{and_publishes}.");
        let plain::Signature { argument, output, errors } = plain::signature(model, element, *span)
            .unwrap_or_else(|| plain::Signature {
                argument: quote_spanned!(*span=> <#element as #krate::Mappable>::Arg<'_>),
                output: quote_spanned!(*span=> <#element as #krate::Mappable>::Output),
                errors: None,
            });
        let push = self.grows.then(|| {
            let push = format_ident!("push_{}", accessor);
            let doc = format!("Adds an element at the end of `{name}`{and_publishes}.");
            quote_spanned! {*span=>
                #[doc = #doc]
                ///
                /// # Errors
                ///
                /// `commy::CapacityError` when it is full; nothing changes then.
                #[inline]
                #vis fn #push(
                    &mut self,
                    __value: #element,
                ) -> #core::result::Result<(), #krate::CapacityError> #condition {
                    self.0.push(|__record: &mut #owner| #place, __value)
                }
            }
        });
        quote_spanned! {*span=>
            #[doc = #doc]
            ///
            /// # Panics
            ///
            /// When there is no such element.
            #errors
            #[inline]
            #[track_caller]
            #vis fn #setter(
                &mut self,
                __index: #core::primitive::usize,
                __value: #argument,
            ) -> #output #condition {
                #check
                self.0.set::<#element>(
                    |__record: &mut #owner| #krate::__private::element(#place, __index),
                    __value,
                )
            }
            #push
        }
    }
}
