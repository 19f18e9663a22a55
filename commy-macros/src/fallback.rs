//! What is expanded beside errors, so that one mistake is one message.
//!
//! The struct is there, the rest of the program calls its writer and its reader, and other structs
//! have fields of its type. So it gets an implementation that says nothing, and wrappers whose
//! methods have the signatures that the program will see when the mistake is corrected.

use proc_macro2::TokenStream;
use quote::quote;
use syn::GenericParam;

use crate::check;
use crate::ctxt::Ctxt;
use crate::expand::{self, aliases, assoc, if_sized};
use crate::model::{Item, Model};
use crate::refuse;

/// Stands in for the expansion of a record.
pub(crate) fn record(mut model: Model, ctxt: Ctxt) -> TokenStream {
    // The wrappers hold the record itself, of which there is no single one.
    if !model.generics.params.is_empty() {
        return ctxt.into_tokens();
    }
    if !check::has_different_names(&model) {
        for args in [&mut model.writer, &mut model.reader].into_iter().flatten() {
            args.name = None;
        }
    }
    let errors = ctxt.into_refusal();
    leave_clashes_out(&mut model);
    if model.is_growable {
        model.correct();
        let stand_in = expand::refused_growable(&model);
        return quote!(#errors #stand_in);
    }
    let mappable = stand_in(&model);
    let record = expand::record_impl(&model);
    let wrappers = expand::wrappers(&model, &quote!(#mappable #record));
    quote!(#errors #wrappers)
}

/// Stands in for the expansion of `derive(Growable)`.
pub(crate) fn growable(mut model: Model, ctxt: Ctxt) -> TokenStream {
    // As with a record; and the compiler would say of each part that the struct has no size.
    let is_unsized = match &model.item {
        Item::Variants(_, fields) => fields.iter().any(|field| refuse::is_unsized(&field.ty)),
        _ => model.fields().last().is_some_and(|field| refuse::is_unsized(&field.ty)),
    };
    if !model.generics.params.is_empty() || is_unsized {
        return ctxt.into_tokens();
    }
    // Two types of one name would be an error of their own.
    let has_proxies = check::has_different_names(&model);
    let errors = ctxt.into_refusal();
    leave_clashes_out(&mut model);
    model.correct();
    let stand_in = expand::refused_nested(&model, has_proxies);
    quote!(#errors #stand_in)
}

/// Accessors whose names are taken are not there.
fn leave_clashes_out(model: &mut Model) {
    for clash in check::clashes(model) {
        if let Item::Struct(fields) = &mut model.item
            && let Some(field) = fields.get_mut(clash.field)
        {
            field.clashes.push(clash.role);
        }
    }
}

/// Stands in for the expansion of `derive(Mappable)`.
pub(crate) fn mappable(model: &Model, ctxt: Ctxt) -> TokenStream {
    // The compiler would say of each part of the implementation that the struct has no size.
    let last = model.fields().last();
    if last.is_some_and(|field| refuse::is_unsized(&field.ty)) {
        return ctxt.into_tokens();
    }
    let errors = ctxt.into_refusal();
    // What is said with them is said of fields without parameters only.
    let is_generic = !model.generics.params.is_empty();
    let aliases = (!is_generic).then(|| aliases(model));
    let stand_in = stand_in(model);
    quote!(#errors const _: () = { #aliases #stand_in };)
}

/// An implementation that describes nothing, but asks for the trait of each field that may have
/// it, so that the compiler reports those that do not have it now and not after the correction.
fn stand_in(model: &Model) -> TokenStream {
    let Model { ident, krate, generics, .. } = model;
    let core = model.core();
    let mut generics = generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(syn::parse_quote!('static));
        }
    }
    let has_lifetimes = generics.lifetimes().next().is_some();
    // A value with a lifetime is no `'static` one, so it cannot have the trait at all.
    if has_lifetimes {
        return TokenStream::new();
    }
    let (parameters, arguments, clause) = generics.split_for_impl();
    let asked = if generics.params.is_empty() { model.fields() } else { &[] };
    let asked = asked.iter().enumerate().filter(|(_, field)| field.has_trait());
    let asked = asked.map(|(index, field)| assoc(model, index, field, "NEEDS_CHECK"));
    let asked: Vec<_> = asked.collect();
    let implementation = |condition: &TokenStream| {
        quote! {
            // SAFETY: the program is not compiled.
            #[automatically_derived]
            unsafe impl #parameters #krate::Mappable for #ident #arguments #clause #condition {
                const SCHEMA: &'static #krate::__private::TypeSchema =
                    &#krate::__private::TypeSchema::Struct { size: 0, align: 1, fields: &[] };
                const NEEDS_CHECK: #core::primitive::bool = true #(|| #asked)*;
                const PLAIN: #core::primitive::bool = false;
                type Arg<'a> = Self;
                type Output = ();
                fn assign(&mut self, _: Self) {}
                fn check(
                    _: &[#core::primitive::u8],
                ) -> #core::result::Result<(), #krate::__private::Invalid> {
                    #core::result::Result::Ok(())
                }
                fn encode(&self, _: #core::primitive::usize, _: &mut #krate::__private::Image<'_>) {}
            }
        }
    };
    match generics.params.is_empty() {
        true => {
            let (stand_in, plain) = (if_sized(model, implementation), expand::plain_cell(model));
            quote!(#stand_in #plain)
        }
        false => implementation(&TokenStream::new()),
    }
}
