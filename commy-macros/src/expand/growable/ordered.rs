//! The order of a struct or enum within a growable record, for those that are keys: that of its type.

use proc_macro2::TokenStream;
use quote::quote;

use super::parts;
use crate::model::Model;

/// Implements the order of the type's cell, if the type has one.
pub(super) fn order(model: &Model) -> TokenStream {
    let Model { ident, .. } = model;
    let (parts, core) = (parts(model), model.core());
    quote! {
        // A condition with a lifetime may be one that does not hold.
        #[automatically_derived]
        impl #parts::OrdCell for #ident
        where
            for<'__any> #ident: #core::cmp::Ord,
        {
            const IS_NATURAL: #core::primitive::bool = false;
            fn order(
                __left: &Self::Held<'_>,
                __right: &Self::Held<'_>,
            ) -> #core::cmp::Ordering {
                <Self as #core::cmp::Ord>::cmp(__left, __right)
            }
        }
    }
}
