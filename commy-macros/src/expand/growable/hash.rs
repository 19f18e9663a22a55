//! What makes a struct that has `Hash` a key of hash maps: its fields are fed in their order.

use proc_macro2::TokenStream;
use quote::quote;

use super::record::offset;
use super::{of_cell, parts, with_cells};
use crate::model::Model;

/// Implements what is asked of keys, for a struct that has `Hash`.
pub(super) fn cell(model: &Model) -> TokenStream {
    let (ident, parts, core) = (&model.ident, parts(model), model.core());
    let feeds = with_cells(model).map(|(index, field)| {
        let (member, lend) = (&field.member, of_cell(model, index, field, "lend"));
        let cell = super::cell(index, field);
        let (offset, size) = (offset(index), of_cell(model, index, field, "SIZE"));
        quote! {
            __hash.gap(__end, #offset);
            <#cell as #parts::HashCell>::feed(&#lend(&__held.#member), __hash);
            __end = #offset + #size;
        }
    });
    let usize = quote!(#core::primitive::usize);
    quote! {
        // A bound that may be false: with a lifetime, it is asked where the key is.
        #[automatically_derived]
        impl #parts::HashCell for #ident
        where
            for<'__x> #ident: #core::hash::Hash,
        {
            fn feed(__held: &Self::Held<'_>, __hash: &mut #parts::KeyHash) {
                let mut __end: #usize = 0;
                #(#feeds)*
                __hash.gap(__end, <Self as #parts::Cell>::SIZE);
            }
        }
    }
}

/// The same for an item in which something is wrong: nobody runs it.
pub(super) fn stand_in(model: &Model) -> TokenStream {
    let (ident, parts) = (&model.ident, parts(model));
    quote! {
        #[automatically_derived]
        impl #parts::HashCell for #ident {}
    }
}
