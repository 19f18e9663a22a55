//! Collects the errors of one item, so that all of them are reported at once.

use core::cell::RefCell;
use core::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};

/// The errors found so far.
#[derive(Default)]
pub(crate) struct Ctxt {
    errors: RefCell<Vec<syn::Error>>,
}

impl Ctxt {
    /// Reports an error that underlines `tokens`.
    pub(crate) fn error_on(&self, tokens: &impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports an error at `span`.
    pub(crate) fn error_at(&self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Takes over an error of the parser.
    pub(crate) fn push(&self, error: syn::Error) {
        self.errors.borrow_mut().push(error);
    }

    /// Returns whether nothing was reported.
    pub(crate) fn is_clean(&self) -> bool {
        self.errors.borrow().is_empty()
    }

    /// One `compile_error!` per report.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.errors.into_inner().iter().map(syn::Error::to_compile_error).collect()
    }

    /// The same, of which the program cannot make nothing.
    ///
    /// What `compile_error!` is depends on the user's crate, too. Beside an implementation that
    /// only stands in for the right one, the program must not compile: the last report is in the
    /// place of a value of a type that has none.
    pub(crate) fn into_refusal(self) -> TokenStream {
        let errors: Vec<_> =
            self.errors.into_inner().iter().map(syn::Error::to_compile_error).collect();
        let Some((last, errors)) = errors.split_last() else { return TokenStream::new() };
        quote! {
            #(#errors)*
            const _: () = {
                enum __Never {}
                let _: __Never = #last;
            };
        }
    }
}
