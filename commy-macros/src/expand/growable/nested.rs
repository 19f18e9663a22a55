//! What a struct within a growable record is to the runtime: a cell of the cells of its fields.

use proc_macro2::TokenStream;
use quote::quote;

use super::record::offset;
use super::{matched, of_cell, parts, with_cells};
use crate::args::Role;
use crate::model::{Field, Model};

/// Implements `Growable` and the cell of the struct.
pub(super) fn cell(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (parts, core, types) = (parts(model), model.core(), types(model));
    let each = |part: &dyn Fn(usize, &Field) -> TokenStream| -> Vec<TokenStream> {
        with_cells(model).map(|(index, field)| part(index, field)).collect()
    };
    let depths = each(&|index, field| of_cell(model, index, field, "ZERO_DEPTH"));
    let blocks = each(&|index, field| of_cell(model, index, field, "HAS_BLOCKS"));
    let stores = each(&|index, field| {
        let (member, offset) = (&field.member, offset(index));
        let (store, lend) =
            (of_cell(model, index, field, "store"), of_cell(model, index, field, "lend"));
        let size = of_cell(model, index, field, "SIZE");
        let cell = quote!(#parts::structs::part(__cell, #offset, #size));
        quote!(#store(&#lend(&__held.#member), __edit, #cell)?;)
    });
    let loads = each(&|index, field| {
        let (member, name, load) =
            (&field.member, &field.name, of_cell(model, index, field, "load"));
        let at = place(index);
        quote!(#member: #parts::in_field(#name, #load(__snap, #at))?,)
    });
    let loads_into = each(&|index, field| {
        let (member, name, load) =
            (&field.member, &field.name, of_cell(model, index, field, "load_into"));
        let at = place(index);
        quote!(#parts::in_field(#name, #load(__snap, #at, &mut __value.#member))?;)
    });
    let traces = each(&|index, field| {
        let (trace, at) = (of_cell(model, index, field, "trace"), place(index));
        quote!(#trace(__snap, #at, __trace)?;)
    });
    let compares = each(&|index, field| {
        let (member, at) = (&field.member, place(index));
        let (same, lend) =
            (of_cell(model, index, field, "same"), of_cell(model, index, field, "lend"));
        quote! {
            if !#same(&#lend(&__held.#member), __snap, #at)? {
                return #core::result::Result::Ok(false);
            }
        }
    });
    let feeds = each(&|index, field| {
        let (member, offset) = (&field.member, offset(index));
        let (feed, lend) =
            (of_cell(model, index, field, "feed"), of_cell(model, index, field, "lend"));
        let size = of_cell(model, index, field, "SIZE");
        quote! {
            __hash.gap(__end, #offset);
            #feed(&#lend(&__held.#member), __hash);
            __end = #offset + #size;
        }
    });
    let verifies = each(&|index, field| {
        let (name, verify, at) =
            (&field.name, of_cell(model, index, field, "verify"), place(index));
        quote!(#parts::in_field(#name, #verify(__snap, #at))?;)
    });
    let describes = each(&|index, field| {
        let (name, offset) = (&field.name, offset(index));
        let (size, describe) =
            (of_cell(model, index, field, "SIZE"), of_cell(model, index, field, "describe"));
        quote!(__schema.field(#name, #offset, #size, #describe);)
    });
    let reconciles = each(&|index, field| {
        let (member, offset) = (&field.member, offset(index));
        let reconcile = of_cell(model, index, field, "reconcile");
        quote!(#reconcile(&__value.#member, __cursor.reborrow().field(#offset))?;)
    });
    quote! {
        // One without end is a cycle for the compiler, here and not where it is first used.
        const _: #core::primitive::usize = <#ident as #parts::Cell>::ZERO_DEPTH;
        #[automatically_derived]
        impl #krate::growable::Growable for #ident {
            type Cell = Self;
            type Key = Self;
        }
        #[automatically_derived]
        impl #parts::Cell for #ident {
            const SIZE: #core::primitive::usize = __LAYOUT.size;
            const ALIGN: #core::primitive::usize = __LAYOUT.align;
            const ZERO_DEPTH: #core::primitive::usize = #parts::structs::deepest([#(#depths),*]);
            const HAS_BLOCKS: #core::primitive::bool = false #(|| #blocks)*;
            #types
            fn store(
                __held: &Self::Held<'_>,
                __edit: &mut #parts::Edit,
                __cell: &mut [#core::primitive::u8],
            ) -> #core::result::Result<(), #krate::WriteError> {
                #(#stores)*
                #core::result::Result::Ok(())
            }
            fn load(
                __snap: &#parts::Snap<'_>,
                __at: #parts::At,
            ) -> #core::result::Result<Self, #parts::Fault> {
                #core::result::Result::Ok(Self { #(#loads)* })
            }
            fn load_into(
                __snap: &#parts::Snap<'_>,
                __at: #parts::At,
                __value: &mut Self,
            ) -> #core::result::Result<(), #parts::Fault> {
                #(#loads_into)*
                #core::result::Result::Ok(())
            }
            fn trace(
                __snap: &#parts::Snap<'_>,
                __at: #parts::At,
                __trace: &mut #parts::Trace,
            ) -> #core::result::Result<(), #parts::Fault> {
                #(#traces)*
                #core::result::Result::Ok(())
            }
            fn same(
                __held: &Self::Held<'_>,
                __snap: &#parts::Snap<'_>,
                __at: #parts::At,
            ) -> #core::result::Result<#core::primitive::bool, #parts::Fault> {
                #(#compares)*
                #core::result::Result::Ok(true)
            }
            fn feed(__held: &Self::Held<'_>, __hash: &mut #parts::KeyHash) {
                let mut __end: #core::primitive::usize = 0;
                #(#feeds)*
                __hash.gap(__end, <Self as #parts::Cell>::SIZE);
            }
            fn verify(
                __snap: &#parts::Snap<'_>,
                __at: #parts::At,
            ) -> #core::result::Result<(), #parts::Fault> {
                #(#verifies)*
                #core::result::Result::Ok(())
            }
            fn describe(__schema: &mut #krate::__private::SchemaText) {
                if __schema.open_struct::<Self>(__LAYOUT.size, __LAYOUT.align) {
                    #(#describes)*
                    __schema.close_struct();
                }
            }
            fn reconcile(
                __value: &Self,
                __cursor: #parts::Cursor<'_>,
            ) -> #core::result::Result<(), #krate::WriteError> {
                #parts::structs::whole(__cursor, |mut __cursor| {
                    #(#reconciles)*
                    #core::result::Result::Ok(())
                })
            }
        }
    }
}

/// Where the cell of a field is.
fn place(index: usize) -> TokenStream {
    let offset = offset(index);
    quote!(__at.plus(#offset))
}

/// The types of the cell, and what makes values of them.
fn types(model: &Model) -> TokenStream {
    let (krate, parts, core) = (&model.krate, parts(model), model.core());
    let (reads, changes) = (model.wrapper(Role::Reader), model.wrapper(Role::Writer));
    let arguments = arguments(model);
    quote! {
        type Field<'a, __Source: #krate::growable::Source + 'a> = #reads<'a, __Source>;
        type Ref<'v> = #reads<'v>;
        type Mut<'t> = #changes<'t>;
        #arguments
        fn field<'a, __Source: #krate::growable::Source + 'a>(
            __source: &'a __Source,
            __at: #parts::At,
        ) -> Self::Field<'a, __Source> {
            #reads(__source, __at)
        }
        fn reference<'v>(
            __view: &'v #parts::ViewCore<'v>,
            _: &#parts::Snap<'_>,
            __at: #parts::At,
        ) -> #core::result::Result<Self::Ref<'v>, #parts::Fault> {
            #core::result::Result::Ok(#reads(__view, __at))
        }
        fn change(__cursor: #parts::Cursor<'_>) -> Self::Mut<'_> {
            #changes(__cursor)
        }
    }
}

/// What setters take.
pub(super) fn arguments(model: &Model) -> TokenStream {
    let (krate, core, parts) = (&model.krate, model.core(), parts(model));
    quote! {
        type Value = Self;
        type Array<const N: #core::primitive::usize> = #parts::ArrayCell<Self, N>;
        type Arg<'a> = &'a Self;
        type Held<'a> = &'a Self;
        fn hold(
            __arg: Self::Arg<'_>,
        ) -> #core::result::Result<Self::Held<'_>, #krate::WriteError> {
            #core::result::Result::Ok(__arg)
        }
        fn lend(__value: &Self) -> Self::Held<'_> {
            __value
        }
    }
}

/// What there is beside an implementation of which nobody asks more than that it is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// The proxies.
    Beside,
    /// What views have of an enum.
    Matched,
    /// Nothing: it may be no struct, or have no names for them.
    Alone,
}

/// The same for an item in which something is wrong: nobody runs it.
pub(super) fn stand_in(model: &Model, stand: Stand) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (parts, core) = (parts(model), model.core());
    let types = match stand {
        Stand::Beside => types(model),
        Stand::Matched => matched::types(model, None),
        Stand::Alone => {
            let arguments = arguments(model);
            quote! {
                type Field<'a, __Source: #krate::growable::Source + 'a> =
                    #core::result::Result<Self, #krate::ReadError>;
                type Ref<'v> = Self;
                type Mut<'t> = #krate::growable::ValueMut<'t, Self>;
                #arguments
                fn field<'a, __Source: #krate::growable::Source + 'a>(
                    _: &'a __Source,
                    _: #parts::At,
                ) -> Self::Field<'a, __Source> {
                    #core::unreachable!()
                }
                fn reference<'v>(
                    _: &'v #parts::ViewCore<'v>,
                    _: &#parts::Snap<'_>,
                    _: #parts::At,
                ) -> #core::result::Result<Self, #parts::Fault> {
                    #core::unreachable!()
                }
                fn change(_: #parts::Cursor<'_>) -> Self::Mut<'_> {
                    #core::unreachable!()
                }
            }
        }
    };
    quote! {
        #[automatically_derived]
        impl #krate::growable::Growable for #ident {
            type Cell = Self;
            type Key = Self;
        }
        #[automatically_derived]
        impl #parts::Cell for #ident {
            const SIZE: #core::primitive::usize = 8;
            const ALIGN: #core::primitive::usize = 8;
            #types
            fn store(
                _: &Self::Held<'_>,
                _: &mut #parts::Edit,
                _: &mut [#core::primitive::u8],
            ) -> #core::result::Result<(), #krate::WriteError> {
                #core::unreachable!()
            }
            fn load(
                _: &#parts::Snap<'_>,
                _: #parts::At,
            ) -> #core::result::Result<Self, #parts::Fault> {
                #core::unreachable!()
            }
            fn trace(
                _: &#parts::Snap<'_>,
                _: #parts::At,
                _: &mut #parts::Trace,
            ) -> #core::result::Result<(), #parts::Fault> {
                #core::unreachable!()
            }
            fn same(
                _: &Self::Held<'_>,
                _: &#parts::Snap<'_>,
                _: #parts::At,
            ) -> #core::result::Result<#core::primitive::bool, #parts::Fault> {
                #core::unreachable!()
            }
            fn describe(_: &mut #krate::__private::SchemaText) {}
        }
    }
}
