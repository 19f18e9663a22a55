//! Expands a growable record: its cells, and the writer, the reader and the view around them.
//!
//! The layout of the struct does not matter here: each field has a cell, which the runtime's `Cell`
//! stores, loads and describes. So there is no `unsafe` in the expansion, and no logic: a call of the
//! cell for each field and purpose.
//!
//! A struct within such a record is one more cell, made of those of its fields, and two proxies. An
//! enum is a cell, too, and a type to match on in views.
//!
//! One error for a type that does not fit: whatever needs its trait says so by the alias of the
//! type, or by that of its cell, both at the place of the type (see [`alias`]).

mod field;
mod matched;
mod nested;
mod ordered;
mod proxies;
mod reader;
mod record;
mod variants;
mod writer;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::Type;

use super::{alias, hidden, type_span};
use crate::attribute;
use crate::model::{Field, Item, Model};
use crate::refuse;
use crate::schema_name;

/// A cell of more bytes than this lies in a block of its own.
const LARGEST_CELL: usize = 512;

/// Expands a record of which nothing is wrong.
pub(super) fn checked(model: &Model) -> TokenStream {
    whole(model, &record::record(model))
}

/// Expands what keeps the rest of a program meaningful beside errors: the types, with the accessors
/// that there will be when the mistakes are corrected.
pub(super) fn refused(model: &Model) -> TokenStream {
    whole(model, &record::stand_in(model))
}

/// Expands a struct or an enum that stands in growable records.
pub(super) fn checked_nested(model: &Model) -> TokenStream {
    let order = ordered::order(model);
    if let Item::Variants(variants, _) = &model.item {
        let declared = matched::declared(model, variants);
        let (cells, cell) = (cells(model), variants::cell(model, variants));
        let implemented = matched::implemented(model, variants);
        let hidden = hidden(model, &quote!(#cells #cell #order #implemented));
        return quote!(#declared #hidden);
    }
    let types = proxies::types(model);
    let (cells, places, cell) = (cells(model), record::places(model), nested::cell(model));
    let proxies = proxies::proxies(model);
    let hidden = hidden(model, &quote!(#cells #places #cell #order #proxies));
    quote!(#types #hidden)
}

/// The same beside errors.
pub(super) fn refused_nested(model: &Model, has_proxies: bool) -> TokenStream {
    let order = ordered::order(model);
    if !has_proxies || model.fields().is_empty() {
        let cell = nested::stand_in(model, nested::Stand::Alone);
        return hidden(model, &quote!(#cell #order));
    }
    if let Item::Variants(variants, _) = &model.item {
        let declared = matched::declared(model, variants);
        let (cells, cell) = (cells(model), nested::stand_in(model, nested::Stand::Matched));
        let implemented = matched::implemented(model, variants);
        let hidden = hidden(model, &quote!(#cells #cell #order #implemented));
        return quote!(#declared #hidden);
    }
    let types = proxies::types(model);
    let cells = cells(model);
    let (places, cell) = (record::places(model), nested::stand_in(model, nested::Stand::Beside));
    let proxies = proxies::proxies(model);
    let hidden = hidden(model, &quote!(#cells #places #cell #order #proxies));
    quote!(#types #hidden)
}

fn whole(model: &Model, record: &TokenStream) -> TokenStream {
    let (cells, places) = (cells(model), record::places(model));
    let writer = model.writer.as_ref().map(|args| writer::writer(model, args));
    let reader = model.reader.as_ref().map(|args| reader::reader(model, args));
    let view = reader::view(model);
    let types = [
        model.writer.as_ref().map(|_| writer::types(model)),
        model.reader.as_ref().map(|_| reader::types(model)),
        Some(reader::view_type(model)),
    ];
    let hidden = hidden(model, &quote!(#cells #places #record #view #writer #reader));
    quote!(#(#types)* #hidden)
}

/// What expansions name of the runtime's.
fn parts(model: &Model) -> TokenStream {
    let krate = &model.krate;
    quote!(#krate::__private::parts)
}

/// Whether the field has a cell: not if its type was refused and nothing can stand in for it.
fn has_cell(field: &Field) -> bool {
    !field.is_refused()
}

/// The fields that have cells, with their numbers.
fn with_cells(model: &Model) -> impl Iterator<Item = (usize, &Field)> {
    model.fields().iter().enumerate().filter(|(_, field)| has_cell(field))
}

/// The name of a field's cell, at the place of its type.
fn cell(index: usize, field: &Field) -> Ident {
    format_ident!("__C{index}", span = type_span(&field.ty))
}

/// `<Cell as Cell>::name` for the cell of a field.
fn of_cell(model: &Model, index: usize, field: &Field, name: &str) -> TokenStream {
    let (parts, cell, span) = (parts(model), cell(index, field), type_span(&field.ty));
    let parts = super::at(span, parts);
    let name = Ident::new(name, span);
    quote_spanned!(span=> <#cell as #parts::Cell>::#name)
}

/// What a getter returns; of a field that is converted, errors name the field.
fn named_get(model: &Model, field: &Field, get: TokenStream) -> TokenStream {
    if field.args.conversion.is_none() {
        return get;
    }
    let (span, name) = (type_span(&field.ty), &field.name);
    let parts = super::at(span, parts(model));
    quote_spanned!(span=> #parts::of_field(#name, #get))
}

/// The names of the fields' types and of their cells.
fn cells(model: &Model) -> TokenStream {
    let cells = with_cells(model).map(|(index, field)| {
        let (span, ty) = (type_span(&field.ty), &field.ty);
        let (alias, cell) = (alias(index, field), cell(index, field));
        let parts = super::at(span, parts(model));
        let held = held(model, index, field);
        let name = name_of_pod(model, index, field);
        let conversion = conversion(model, index, field);
        let is_asked = field.args.pod.is_none()
            && field.args.bytes.is_none()
            && field.args.conversion.is_none()
            && !refuse::growable::is_certain(ty);
        let named = match is_asked {
            true => asked(model, index, field),
            false => quote_spanned!(span=> type #alias = #ty;),
        };
        // Within a nested struct everything lies in place.
        let placed = match model.proxies.is_some() {
            true => held,
            false => quote_spanned!(span=> #parts::Placed<#held, #LARGEST_CELL>),
        };
        quote_spanned! {span=>
            #named
            #name
            #conversion
            type #cell = #placed;
        }
    });
    cells.collect()
}

/// The name of a type of which only the compiler can tell whether it fits.
///
/// The constant asks, and has the one error if it does not. A type that depends on a constant which
/// is an error is an error itself, of which the compiler says nothing more.
fn asked(model: &Model, index: usize, field: &Field) -> TokenStream {
    let (span, ty, alias) = (type_span(&field.ty), &field.ty, alias(index, field));
    let krate = super::at(span, model.krate.to_token_stream());
    let bool = super::at(span, {
        let core = model.core();
        quote!(#core::primitive::bool)
    });
    let written = format_ident!("__Written{index}", span = span);
    let fits = format_ident!("__FITS_{index}", span = span);
    quote_spanned! {span=>
        type #written = #ty;
        const #fits: #bool = <#written as #krate::growable::Growable>::FITS;
        #[cfg(not(doc))]
        type #alias = <#written as #krate::__private::parts::Fitting<#fits>>::Itself;
        #[cfg(doc)]
        type #alias = #ty;
    }
}

/// What is in the cell of a field.
fn held(model: &Model, index: usize, field: &Field) -> TokenStream {
    let (span, ty) = (type_span(&field.ty), alias(index, field));
    let krate = super::at(span, model.krate.to_token_stream());
    if field.args.pod.is_some() {
        let name = format_ident!("__Id{index}");
        return quote_spanned!(span=> #krate::__private::parts::PodCell<#ty, #name>);
    }
    if let Some(conversion) = &field.args.conversion {
        let by = conversion_name(index, field);
        return match conversion.is_codec() {
            true => quote_spanned!(span=> #krate::__private::parts::Coded<#ty, #by>),
            false => quote_spanned!(span=> #krate::__private::parts::Converted<#ty, #by>),
        };
    }
    match field.args.bytes {
        Some(_) => quote_spanned!(span=> #krate::__private::parts::BytesCell),
        None => quote_spanned!(span=> <#ty as #krate::growable::Growable>::Cell),
    }
}

/// The name of the type that converts a field's.
fn conversion_name(index: usize, field: &Field) -> Ident {
    format_ident!("__By{index}", span = type_span(&field.ty))
}

/// Names the type that converts a field's. Whether it does, a constant asks, as [`asked`] does.
fn conversion(model: &Model, index: usize, field: &Field) -> Option<TokenStream> {
    let conversion = field.args.conversion.as_ref()?;
    if conversion.is_codec() {
        return Some(codec(model, index, field, &conversion.ty));
    }
    let by = &conversion.ty;
    let (span, alias) = (type_span(by), alias(index, field));
    let krate = super::at(span, model.krate.to_token_stream());
    let bool = super::at(span, {
        let core = model.core();
        quote!(#core::primitive::bool)
    });
    let name = conversion_name(index, field);
    let written = format_ident!("__WrittenBy{index}", span = span);
    let fits = format_ident!("__CONVERTS_{index}", span = span);
    Some(quote_spanned! {span=>
        type #written = #by;
        const #fits: #bool = <#written as #krate::growable::Convert<#alias>>::FITS;
        type #name = <#written as #krate::__private::parts::Fitting<#fits>>::Itself;
    })
}

/// Names the codec of a field. That it is one, and that it takes the field's type, constants ask one
/// after the other, each of which depends on the one before: so one error is one error.
fn codec(model: &Model, index: usize, field: &Field, codec: &Type) -> TokenStream {
    let (span, by, alias) = (type_span(&field.ty), type_span(codec), alias(index, field));
    let bool = {
        let core = model.core();
        quote!(#core::primitive::bool)
    };
    let (krate, bool_by) = (&model.krate, super::at(by, bool.clone()));
    let (krate_by, krate_at) = (super::at(by, quote!(#krate)), super::at(span, quote!(#krate)));
    let bool_at = super::at(span, bool);
    let named = |what: &str, span| format_ident!("__{what}{index}", span = span);
    let (written, name) = (named("WrittenBy", by), named("Name", Span::call_site()));
    let (is_codec, codec_name) = (named("IS_CODEC_", by), named("Codec", by));
    let codec_at = named("Codec", span);
    let (encodes, encoder) = (named("ENCODES_", span), named("Encoder", span));
    let (decodes, decoder) = (named("DECODES_", span), named("Decoder", span));
    let (unset, whole) = (named("UNSET_", span), named("Whole", span));
    let coded_by = conversion_name(index, field);
    let depth = Ident::new("NAME", Span::call_site());
    let type_name = schema_name::name_of(krate, &alias, &field.ty, &depth);
    let asks_codec = quote_spanned! {by=>
        type #written = #codec;
        const #is_codec: #bool_by = <#written as #krate_by::encoded::Codec>::IS_CODEC;
        type #codec_name = <#written as #krate_by::__private::parts::Fitting<#is_codec>>::Itself;
    };
    let asks_type = quote_spanned! {span=>
        const #encodes: #bool_at = <#codec_at as #krate_at::encoded::Encode<#alias>>::FITS;
        type #encoder = <#codec_at as #krate_at::__private::parts::Fitting<#encodes>>::Itself;
        const #decodes: #bool_at = <#encoder as #krate_at::encoded::DecodeOwned<#alias>>::FITS;
        type #decoder = <#encoder as #krate_at::__private::parts::Fitting<#decodes>>::Itself;
        type #whole = <#alias as #krate_at::__private::parts::Fitting<#decodes>>::Itself;
        const #unset: #bool_at = <#whole as #krate_at::encoded::Unset>::FITS;
        type #coded_by = #krate_at::encoded::CodedBy<
            <#decoder as #krate_at::__private::parts::Fitting<#unset>>::Itself,
            #name,
        >;
    };
    quote! {
        #asks_codec
        #asks_type
        enum #name {}
        #[automatically_derived]
        impl #krate::encoded::CodedName for #name {
            const NAME: &'static #krate::encoded::TypeName = {
                #[allow(unused_imports, reason = "the type may have a name")]
                use #krate::__private::NoName as _;
                #type_name
            };
        }
    }
}

/// A type that says under which name the file knows a foreign type.
fn name_of_pod(model: &Model, index: usize, field: &Field) -> Option<TokenStream> {
    let id = field.args.pod.as_ref()?;
    let (parts, core, name) = (parts(model), model.core(), format_ident!("__Id{index}"));
    // As visible as accessors may be that name it.
    Some(quote! {
        #[doc(hidden)]
        #[allow(
            unnameable_types,
            missing_copy_implementations,
            missing_debug_implementations,
            reason = "nobody has a value of it"
        )]
        pub enum #name {}
        #[automatically_derived]
        impl #parts::PodId for #name {
            const ID: &'static #core::primitive::str = #id;
        }
    })
}

/// The type of a field that no cell stands for, as signatures can have it.
fn written(model: &Model, ty: &Type) -> TokenStream {
    let mut ty = ty.clone();
    attribute::put_stand_ins(&mut ty, &model.krate.to_token_stream());
    ty.into_token_stream()
}
