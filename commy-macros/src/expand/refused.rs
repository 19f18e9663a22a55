//! The types of the accessors of a field whose own type is refused: those that they will have when the
//! mistake is corrected.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::Type;

use crate::attribute;
use crate::model::Model;
use crate::refuse::{self, Corrected};

/// The argument and the outcome of the setter of a field whose type is refused.
pub(crate) fn setter_signature(model: &Model, ty: &Type) -> (TokenStream, TokenStream) {
    let (krate, core) = (&model.krate, model.core());
    let fallible = quote!(#core::result::Result<(), #krate::CapacityError>);
    match refuse::signature(ty) {
        Corrected::Text => (quote!(&#core::primitive::str), fallible),
        Corrected::Sequence(element) => {
            let element = with_size(model, element);
            (quote!(&[#element]), fallible)
        }
        Corrected::Unsized => (quote!(&#ty), quote!(())),
        Corrected::Lent => {
            let ty = with_size(model, ty);
            (quote!(&#ty), quote!(()))
        }
        Corrected::Written => (with_size(model, ty), quote!(())),
    }
}

/// What the getter of a field returns whose type is refused.
pub(crate) fn getter_value(model: &Model, ty: &Type) -> TokenStream {
    match refuse::signature(ty) {
        Corrected::Unsized => quote!(&#ty),
        _ => with_size(model, ty),
    }
}

/// The written type; what has no size in it would be reported wherever the type stands.
fn with_size(model: &Model, ty: &Type) -> TokenStream {
    let mut ty = ty.clone();
    attribute::put_stand_ins(&mut ty, &model.krate.to_token_stream());
    ty.into_token_stream()
}
