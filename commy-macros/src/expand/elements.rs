//! Accessors of the elements of a field, for arrays, vectors and deques as far as the written type
//! tells.

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
    is_ring: bool,
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
            is_ring: sequence.is_ring,
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
        let (kind, counted) = match self {
            Self { is_ring: true, .. } => ("Overwriting", "Indexed"),
            Self { grows: true, .. } => ("Growing", "Sequence"),
            Self { .. } => ("Sequence", "Sequence"),
        };
        let (kind, counted) = (format_ident!("{kind}"), format_ident!("{counted}"));
        Some(quote_spanned! {*span=>
            where
                for<'__x> #alias:
                    #krate::__private::#kind + #krate::__private::#counted<Item = #element>,
                for<'__x> #element: #krate::Mappable,
        })
    }
}

/// The condition under which accessors of a field's elements can be called.
pub(crate) fn condition(model: &Model, index: usize, field: &Field) -> Option<TokenStream> {
    Elements::new(model, index, field)?.condition()
}

/// The getters: the number of elements, one of them, a part of one, and several.
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
    let part = elements.part();
    let range = elements.range();
    let last = elements.is_ring.then(|| elements.last());
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
        #part
        #range
        #last
    })
}

/// The setters of elements, for the writer and for the batch.
pub(crate) fn setters(
    model: &Model,
    index: usize,
    field: &Field,
) -> Option<(TokenStream, TokenStream)> {
    let elements = Elements::new(model, index, field)?;
    Some((elements.setters(" and publishes"), elements.setters("")))
}

impl Elements<'_> {
    /// The getter of a part of one element.
    fn part(&self) -> TokenStream {
        let Self { model, index, field, element, alias, span, .. } = self;
        let Field { name, vis, .. } = field;
        let (krate, core) = (&model.krate, model.core());
        let (condition, place) = (self.condition(), field_place(model, *index, field));
        let getter = format_ident!("{}_get", field.accessor());
        let doc = format!(
            "Reads what `part` picks of element `index` of `{name}`, or `None` when there are fewer."
        );
        quote_spanned! {*span=>
            #[doc = #doc]
            ///
            /// `part` only tells the place: it sees an element that is all zero.
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`.
            ///
            /// # Panics
            ///
            /// When `part` picks what is no part of the element.
            #[inline]
            #vis fn #getter<__P: #krate::Mappable, __F: #core::ops::FnOnce(&#element) -> &__P>(
                &self,
                __index: #core::primitive::usize,
                __part: __F,
            ) -> #core::result::Result<#core::option::Option<__P>, #krate::ReadError> #condition {
                #krate::__private::element_part::<#alias, __Source, __P>(
                    &self.0, #place, __index, __part,
                )
            }
        }
    }

    /// The getter of several elements.
    fn range(&self) -> TokenStream {
        let Self { model, index, field, element, alias, span, .. } = self;
        let Field { name, vis, .. } = field;
        let (krate, core) = (&model.krate, model.core());
        let (condition, place) = (self.condition(), field_place(model, *index, field));
        let getter = format_ident!("{}_range_into", field.accessor());
        let doc = format!(
            "Reads elements of `{name}` into `target`, from number `from` on: as many as are there and \
             as `target` holds. Returns how many."
        );
        quote_spanned! {*span=>
            #[doc = #doc]
            ///
            /// All are of one generation. What is behind them in `target` stays, or is zero.
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`; `target` is all zero then.
            #[inline]
            #vis fn #getter(
                &self,
                __from: #core::primitive::usize,
                __target: &mut [#element],
            ) -> #core::result::Result<#core::primitive::usize, #krate::ReadError> #condition {
                self.0.range_into::<#alias>(#place, __from, __target)
            }
        }
    }

    /// The getter of the last elements.
    fn last(&self) -> TokenStream {
        let Self { model, index, field, element, alias, span, .. } = self;
        let Field { name, vis, .. } = field;
        let (krate, core) = (&model.krate, model.core());
        let (condition, place) = (self.condition(), field_place(model, *index, field));
        let getter = format_ident!("{}_last_into", field.accessor());
        let doc = format!(
            "Reads the last elements of `{name}` into `target`, the oldest of them first: as many as are \
             there and as `target` holds. Returns how many."
        );
        quote_spanned! {*span=>
            #[doc = #doc]
            ///
            /// All are of one generation. What is behind them in `target` stays, or is zero.
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`; `target` is all zero then.
            #[inline]
            #vis fn #getter(
                &self,
                __target: &mut [#element],
            ) -> #core::result::Result<#core::primitive::usize, #krate::ReadError> #condition {
                self.0.last_into::<#alias>(#place, __target)
            }
        }
    }

    /// The push over the oldest element.
    fn push_over(&self, and_publishes: &str) -> TokenStream {
        let Self { model, index, field, element, span, .. } = self;
        let Field { name, vis, .. } = field;
        let (owner, core) = (size::record(model), model.core());
        let (condition, place) = (self.condition(), place(model, *index, field));
        let push = format_ident!("push_over_{}", field.accessor());
        let doc = format!(
            "Adds an element at the end of `{name}`, over the oldest one when it is full{and_publishes}."
        );
        quote_spanned! {*span=>
            #[doc = #doc]
            ///
            /// Returns the element that had to go.
            #[inline]
            #vis fn #push(
                &mut self,
                __value: #element,
            ) -> #core::option::Option<#element> #condition {
                self.0.push_over(|__record: &mut #owner| #place, __value)
            }
        }
    }

    /// The setter of several elements.
    fn range_setter(&self, and_publishes: &str) -> TokenStream {
        let Self { model, index, field, element, alias, span, .. } = self;
        let Field { ident, name, vis, .. } = field;
        let (owner, krate, core) = (size::record(model), &model.krate, model.core());
        let (condition, place) = (self.condition(), place(model, *index, field));
        let setter = format_ident!("set_{}_range", field.accessor());
        let doc = format!(
            "Copies `values` over elements of `{name}`, from number `from` on{and_publishes}."
        );
        let check = match self.grows {
            true => quote_spanned! {*span=>
                #krate::__private::check_range(&self.0.get().#ident, __from, __values.len());
            },
            false => quote_spanned! {*span=>
                #krate::__private::check_array_range::<#alias>(__from, __values.len());
            },
        };
        let check = (!model.is_packed()).then_some(check);
        quote_spanned! {*span=>
            #[doc = #doc]
            ///
            /// # Panics
            ///
            /// When there are fewer elements.
            #[inline]
            #[track_caller]
            #vis fn #setter(
                &mut self,
                __from: #core::primitive::usize,
                __values: &[#element],
            ) #condition {
                #check
                #krate::__private::set_range::<#alias, _>(
                    &mut self.0,
                    |__record: &mut #owner| #place,
                    __from,
                    __values,
                );
            }
        }
    }

    /// The setter of an array that takes it by reference.
    fn reference_setter(&self, and_publishes: &str) -> TokenStream {
        let Self { model, index, field, alias, span, .. } = self;
        let Field { name, vis, .. } = field;
        let (owner, krate) = (size::record(model), &model.krate);
        let (condition, place) = (self.condition(), place(model, *index, field));
        let setter = format_ident!("set_{}_from", field.accessor());
        let doc = format!("Copies `value` over `{name}`{and_publishes}.");
        quote_spanned! {*span=>
            #[doc = #doc]
            ///
            /// A large one is not on the stack, and is not compared with what was there.
            #[inline]
            #vis fn #setter(&mut self, __value: &#alias) #condition {
                #krate::__private::set_from::<#alias, _>(
                    &mut self.0,
                    |__record: &mut #owner| #place,
                    __value,
                );
            }
        }
    }

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
        let range = (!self.is_ring).then(|| self.range_setter(and_publishes));
        let push_over = self.is_ring.then(|| self.push_over(and_publishes));
        let reference = (!self.grows).then(|| self.reference_setter(and_publishes));
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
            #range
            #reference
            #push
            #push_over
        }
    }
}
