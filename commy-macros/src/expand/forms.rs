//! The getters of texts, vectors and arrays that pass on what they have read, or put it into what
//! the caller has.

use proc_macro2::TokenStream;
use quote::{format_ident, quote_spanned};

use super::{alias, elements, field_place, size, type_span};
use crate::known;
use crate::model::{Field, Forms, Model};

/// `x_with` and `x_read_into`, as far as the field has them.
pub(crate) fn getters(model: &Model, index: usize, field: &Field) -> Option<TokenStream> {
    let forms = field.forms()?;
    let (krate, core, span) = (&model.krate, model.core(), type_span(&field.ty));
    let (ty, place) = (alias(index, field), field_place(model, index, field));
    let Field { name, vis, .. } = field;
    // Without it, a type that only has the name of one of commy's would be an error here, too.
    let condition = match forms {
        Forms::Text if !known::is_certain(&field.ty) => Some(quote_spanned! {span=>
            where for<'__x> #ty: #krate::__private::Text
        }),
        Forms::Text => None,
        Forms::Vector | Forms::Array | Forms::Deque => elements::condition(model, index, field),
    };
    let element = field.sequence().map(|sequence| size::with_size(model, index, sequence.element));
    let (with, into, seen, target, what) = match forms {
        Forms::Text => (
            Some(format_ident!("text_with")),
            Some(format_ident!("text_into")),
            quote_spanned!(span=> &#core::primitive::str),
            quote_spanned!(span=> #krate::__private::String),
            "text",
        ),
        Forms::Vector => (
            Some(format_ident!("elements_with")),
            Some(format_ident!("elements_into")),
            quote_spanned!(span=> &[#element]),
            quote_spanned!(span=> #krate::__private::Vec<#element>),
            "elements",
        ),
        Forms::Array => (None, None, TokenStream::new(), quote_spanned!(span=> #ty), "elements"),
        Forms::Deque => (
            Some(format_ident!("field_with")),
            None,
            quote_spanned!(span=> &#ty),
            quote_spanned!(span=> #ty),
            "elements",
        ),
    };
    let with = with.map(|function| {
        let getter = format_ident!("{}_with", field.accessor());
        let call = match forms {
            Forms::Deque => quote_spanned!(span=> self.0.field_with::<#ty, __R>(#place, __read)),
            _ => quote_spanned! {span=>
                #krate::__private::#function::<#ty, __Source, __R>(&self.0, #place, __read)
            },
        };
        let doc = format!("Reads `{name}` and calls `read` with its {what}.");
        quote_spanned! {span=>
            #[doc = #doc]
            ///
            /// A field of more than 256 KiB has memory of its own meanwhile.
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`; `read` is not called then.
            #[inline]
            #vis fn #getter<__R, __F: #core::ops::FnOnce(#seen) -> __R>(
                &self,
                __read: __F,
            ) -> #core::result::Result<__R, #krate::ReadError> #condition {
                #call
            }
        }
    });
    let getter = format_ident!("{}_read_into", field.accessor());
    let doc = format!("Reads `{name}` and puts its {what} in the place of those in `target`.");
    let (read, left) = match into {
        Some(function) => (
            quote_spanned! {span=>
                #krate::__private::#function::<#ty, __Source>(&self.0, #place, __target)
            },
            "See `commy::ReadError`; `target` is empty then.",
        ),
        None => (
            quote_spanned!(span=> self.0.field_into::<#ty>(#place, __target)),
            "See `commy::ReadError`; `target` is all zero then.",
        ),
    };
    Some(quote_spanned! {span=>
        #with
        #[doc = #doc]
        ///
        /// # Errors
        ///
        #[doc = #left]
        #[inline]
        #vis fn #getter(
            &self,
            __target: &mut #target,
        ) -> #core::result::Result<(), #krate::ReadError> #condition {
            #read
        }
    })
}
