//! What a growable record is to the runtime: its cells, and how to load and change all of them.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::super::{record, type_span};
use super::{cell, of_cell, parts, with_cells};
use crate::model::{Field, Model};

/// The offset of a field's cell.
pub(super) fn offset(index: usize) -> Ident {
    format_ident!("__O{index}")
}

/// Where the cells lie.
pub(super) fn places(model: &Model) -> TokenStream {
    let (parts, core) = (parts(model), model.core());
    let sizes = with_cells(model).map(|(index, field)| {
        let (size, align) =
            (of_cell(model, index, field, "SIZE"), of_cell(model, index, field, "ALIGN"));
        quote!((#size, #align))
    });
    let sizes: Vec<_> = sizes.collect();
    let count = Literal::usize_unsuffixed(sizes.len());
    let offsets = with_cells(model).enumerate().map(|(place, (index, _))| {
        let (offset, place) = (offset(index), Literal::usize_unsuffixed(place));
        quote!(const #offset: #core::primitive::usize = __LAYOUT.offsets[#place];)
    });
    // The root has a prefix, and a limit.
    let layout = match model.proxies.is_some() {
        true => quote!(new(0, [#(#sizes),*])),
        false => quote!(root([#(#sizes),*])),
    };
    quote! {
        const __LAYOUT: #parts::Layout<#count> = #parts::Layout::#layout;
        #(#offsets)*
    }
}

/// Implements `Record`.
fn described(model: &Model) -> TokenStream {
    let parts = parts(model);
    let spec = quote!(#parts::spec::<Self>(&__SPEC, __LAYOUT.size, __LAYOUT.align));
    record::described(model, &spec)
}

/// Implements `Record` and `GrowableRecord`.
pub(super) fn record(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (parts, core, record) = (parts(model), model.core(), described(model));
    let view = model.view();
    let each = |part: &dyn Fn(usize, &Field) -> TokenStream| -> TokenStream {
        with_cells(model).map(|(index, field)| part(index, field)).collect()
    };
    let fields = each(&|index, field| {
        let (name, cell, offset) = (&field.name, cell(index, field), offset(index));
        let span = type_span(&field.ty);
        let new = quote_spanned!(span=> new::<#cell>);
        quote!(#parts::RootField::#new(#name, #offset),)
    });
    let loads = each(&|index, field| {
        let (ident, offset) = (&field.ident, offset(index));
        let load = of_cell(model, index, field, "load");
        let name = &field.name;
        quote!(#ident: #parts::in_field(#name, #load(__snap, #parts::At::root(#offset)))?,)
    });
    let loads_into = each(&|index, field| {
        let (ident, offset) = (&field.ident, offset(index));
        let load = of_cell(model, index, field, "load_into");
        let name = &field.name;
        let load = quote!(#load(__snap, #parts::At::root(#offset), &mut __value.#ident));
        quote!(#parts::in_field(#name, #load)?;)
    });
    let reconciles = each(&|index, field| {
        let (ident, offset) = (&field.ident, offset(index));
        let reconcile = of_cell(model, index, field, "reconcile");
        quote!(#reconcile(&self.#ident, __cursor.reborrow().field(#offset))?;)
    });
    quote! {
        #record
        #[automatically_derived]
        impl #krate::growable::GrowableRecord for #ident {
            type View<'v> = #view<'v>;
            const FIELDS: &'static [#parts::RootField] = &[#fields];
            fn load(__snap: &#parts::Snap<'_>) -> #core::result::Result<Self, #parts::Fault> {
                #core::result::Result::Ok(Self { #loads })
            }
            fn load_into(
                __snap: &#parts::Snap<'_>,
                __value: &mut Self,
            ) -> #core::result::Result<(), #parts::Fault> {
                #loads_into
                #core::result::Result::Ok(())
            }
            fn reconcile(
                &self,
                mut __cursor: #parts::Cursor<'_>,
            ) -> #core::result::Result<(), #krate::WriteError> {
                #reconciles
                #core::result::Result::Ok(())
            }
        }
    }
}

/// The same for a record in which something is wrong: nobody runs it.
pub(super) fn stand_in(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (parts, core, record) = (parts(model), model.core(), described(model));
    let view = model.view();
    quote! {
        #record
        #[automatically_derived]
        impl #krate::growable::GrowableRecord for #ident {
            type View<'v> = #view<'v>;
            const FIELDS: &'static [#parts::RootField] = &[];
            fn load(_: &#parts::Snap<'_>) -> #core::result::Result<Self, #parts::Fault> {
                #core::unreachable!()
            }
            fn load_into(
                _: &#parts::Snap<'_>,
                _: &mut Self,
            ) -> #core::result::Result<(), #parts::Fault> {
                #core::unreachable!()
            }
            fn reconcile(
                &self,
                _: #parts::Cursor<'_>,
            ) -> #core::result::Result<(), #krate::WriteError> {
                #core::unreachable!()
            }
        }
    }
}
