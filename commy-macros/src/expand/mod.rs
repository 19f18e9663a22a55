//! Expands a checked item.
//!
//! Names. `core` is `commy::__private::core`, so that one path has to be right. Variables begin
//! with two underscores. A macro's variables are hygienic. Yet a constant, static or unit struct of
//! that name in the user's crate turns a pattern into a test all the same. Expansions are of this
//! crate's edition, so a field called `async` in a crate of edition 2015 is made raw. There, a
//! message of the macros reads
//! ``cannot find `core` in the crate root``, on the right field, unless the crate declares `extern
//! crate core`: a path from the crate's edition would have each message drag a note along in all
//! others.
//!
//! Lints. Generated code allows what the user allowed on the item and its parts, because types
//! stand in it once more. It allows no group: a program that forbids a lint may not even allow it.
//! `tests/consumer/strict` denies every lint there is.
//!
//! Time. One function with a statement per field, and one constant with an operand per field, took
//! time that grew with the square of the fields. So did many `offset_of!` in one body of an
//! incremental compilation: each has a constant of its own. Fields are chains of 16, and chains of
//! these. One chain, or one nested tuple, of hundreds of types is too deep for the compiler.
//!
//! The fingerprint takes each byte of nested types as often as they occur. The line is written in
//! few steps, because the compiler interprets it. `FINGERPRINT` stands in the expansion, because
//! the lint on long evaluations can be set in the crate that is compiled only.
//! `benches/compile_time.sh` measures it.

mod elements;
mod enumeration;
mod forms;
mod growable;
mod keyed;
pub(crate) mod plain;
mod reader;
mod record;
mod refused;
mod schema;
mod size;
mod writer;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned as _;

pub(crate) use self::record::record as record_impl;
pub(crate) use self::schema::plain as plain_cell;
pub(crate) use self::size::{aliases, if_sized};
use crate::model::{Field, Item, Model};

/// Expands a record of which nothing is wrong.
pub(crate) fn checked_record(model: &Model) -> TokenStream {
    if model.is_growable {
        return growable::checked(model);
    }
    let mappable = schema::mappable(model, model.fields());
    let record = record::record(model);
    wrappers(model, &quote!(#mappable #record))
}

/// What stands in for a growable record in which something is wrong.
pub(crate) fn refused_growable(model: &Model) -> TokenStream {
    growable::refused(model)
}

/// Expands a struct or enum that stands in growable records and of which nothing is wrong.
pub(crate) fn checked_growable(model: &Model) -> TokenStream {
    growable::checked_nested(model)
}

/// What stands in for one in which something is wrong, with or without its proxies.
pub(crate) fn refused_nested(model: &Model, has_proxies: bool) -> TokenStream {
    growable::refused_nested(model, has_proxies)
}

/// Expands an item that is no record and of which nothing is wrong.
pub(crate) fn checked_mappable(model: &Model) -> TokenStream {
    match &model.item {
        Item::Struct(fields) => {
            let aliases = aliases(model);
            let mappable = schema::mappable(model, fields);
            hidden(model, &quote!(#aliases #mappable))
        }
        Item::Enum(variants) => hidden(model, &enumeration::mappable(model, variants)),
        Item::Variants(..) | Item::Other(..) => TokenStream::new(),
    }
}

/// The writer and the reader beside the implementations they need.
pub(crate) fn wrappers(model: &Model, implementations: &TokenStream) -> TokenStream {
    let (aliases, outside) = (aliases(model), size::name_outside(model));
    let writer = model.writer.as_ref().map(|args| writer::writer(model, args));
    let reader = model.reader.as_ref().map(|args| reader::reader(model, args));
    let types = model.writer.as_ref().map(|_| writer::types(model));
    let types = [types, model.reader.as_ref().map(|_| reader::types(model))];
    let hidden = hidden(model, &quote!(#aliases #outside #implementations #writer #reader));
    quote!(#(#types)* #hidden)
}

/// Items in a scope of their own, under the lints of generated code.
fn hidden(model: &Model, items: &TokenStream) -> TokenStream {
    let allowed = allowed(model);
    quote! {
        #allowed
        const _: () = { #items };
    }
}

/// The lints that generated code would set off in a program that has turned them on.
///
/// No more than are needed, because a program that forbids a lint may not even allow it: those
/// that the user allowed where a type was written, which stands here once more; that of items
/// that are out of use; and that of the user's path to commy, whatever is imported from there.
fn allowed(model: &Model) -> TokenStream {
    let own = &model.allowed;
    let qualified = model.has_own_path.then(|| quote!(unused_qualifications,));
    quote! {
        #[allow(
            #(#own,)*
            #qualified
            unused_lifetimes,
            clippy::arbitrary_source_item_ordering,
            reason = "nobody can change generated code"
        )]
    }
}

/// The field's type under one name that stands at the place of the type.
///
/// The compiler drops a diagnostic that is equal to an earlier one, place included. So whatever
/// needs the trait of a field's type says it with this one word at this one place, through
/// [`assoc`], and a type that cannot be shared is reported once, however often it is mentioned.
fn alias(index: usize, field: &Field) -> Ident {
    format_ident!("__T{index}", span = type_span(&field.ty))
}

/// `<Type as Mappable>::name` for the type of a field, or what serves plain old data in its place.
pub(crate) fn assoc(model: &Model, index: usize, field: &Field, name: &str) -> TokenStream {
    let span = type_span(&field.ty);
    let (alias, name) = (alias(index, field), Ident::new(name, span));
    let krate = at(span, model.krate.to_token_stream());
    match field.args.pod {
        None => quote_spanned!(span=> <#alias as #krate::Mappable>::#name),
        Some(_) => quote_spanned!(span=> <#alias as #krate::__private::PodField>::#name),
    }
}

/// The place of a field, by which a getter names it to what it reads from.
fn field_place(model: &Model, index: usize, field: &Field) -> TokenStream {
    let (krate, core, owner, ident) =
        (&model.krate, model.core(), size::record(model), &field.ident);
    let index = Literal::usize_unsuffixed(index);
    quote!(#krate::__private::FieldPlace::new(#index, #core::mem::offset_of!(#owner, #ident)))
}

/// The field of `record`, to be changed; if fields of the struct cannot be borrowed, which is
/// reported already, an expression of that type.
fn place(model: &Model, index: usize, field: &Field) -> TokenStream {
    let (ident, ty, span) = (&field.ident, alias(index, field), type_span(&field.ty));
    let core = model.core();
    match model.is_packed() {
        true => quote_spanned! {span=>
            { let _ = __record; #core::option::Option::<&mut #ty>::None.unwrap() }
        },
        false => quote_spanned!(span=> &mut __record.#ident),
    }
}

/// The word of a type that a message underlines: the name of a path, else the beginning.
fn type_span(ty: &Type) -> Span {
    match ty {
        Type::Path(path) => {
            path.path.segments.last().map_or_else(|| ty.span(), |segment| segment.ident.span())
        }
        Type::Group(group) => type_span(&group.elem),
        Type::Paren(paren) => type_span(&paren.elem),
        _ => ty.span(),
    }
}

/// `tokens` with their places moved to `span`; groups do not occur in a path without arguments.
fn at(span: Span, tokens: TokenStream) -> TokenStream {
    let moved = |mut token: TokenTree| {
        // A lifted `crate` keeps its rules of resolution and takes the place only.
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.into_iter().map(moved).collect()
}
