//! What is expanded beside errors, so that one mistake is one message.

use proc_macro2::TokenStream;

use crate::model::Model;

pub(crate) fn record(_: &Model) -> TokenStream {
    TokenStream::new()
}

pub(crate) fn mappable(_: &Model) -> TokenStream {
    TokenStream::new()
}
