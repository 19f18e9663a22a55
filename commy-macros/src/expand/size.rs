//! Types of which only the compiler can tell whether they have a size.
//!
//! It complains of one that has none wherever that stands, and of a record that ends in one, too.
//! So the expansion names both through `KnownSize`, by a constant that asks. If the answer is no,
//! the constant is the one error, and of a type that depends on it nothing is said.
//!
//! The constant is as little to be trusted as any path: what unsafe code relies on names the record
//! itself. And `rustdoc` would show these names, so it gets what they stand for.
//!
//! `SizeOf::<T>::IS_KNOWN` is an inherent constant if `T` is sized, else a trait's. The bound that
//! needs the answer has the one error. A type of which a constant is an error is an error itself,
//! and the compiler says nothing of those, in the user's code either.
//!
//! Only the implementations for the record name it as it is, if its last field is asked about. They
//! are given under `for<'x> Record: Sized`, which is assumed in them and asked for nowhere. Their
//! constants stand outside, since a condition costs time for each type that is looked at.
//!
//! Each such item has a twin for `cfg(doc)`, without these names. All this takes the compiler time,
//! least for fields and most for structs that end in one (the last rows of
//! `benches/compile_time.sh`). Numbers, arrays of them and commy's containers are known by how they
//! are written, and take none.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{GenericArgument, PathArguments, Type};

use super::{alias, at, type_span};
use crate::model::{Field, Model};
use crate::refuse;

/// Whether the size of the type of a field, or of what is in it in place, has to be asked for.
fn is_asked(model: &Model, index: usize) -> bool {
    model.asked.binary_search(&index).is_ok()
}

/// Whether only the compiler can tell if the struct has a size: it has that of its last field, and
/// an array or a container always has one.
pub(crate) fn may_lack(model: &Model) -> bool {
    let Some((index, last)) = model.fields().iter().enumerate().next_back() else { return false };
    is_asked(model, index) && !holds_elements(&last.ty)
}

/// The constant that is an error if the type of a field has no size.
fn known(index: usize, span: Span) -> Ident {
    format_ident!("__KNOWN_{index}", span = span)
}

/// The definitions of the aliases of the fields' types.
///
/// A refused type is not repeated: it may be one that the compiler complains about, too.
pub(crate) fn aliases(model: &Model) -> TokenStream {
    let fields = model.fields();
    let named = fields.iter().enumerate().filter(|(_, field)| !field.is_refused());
    let aliases = named.map(|(index, field)| {
        let (alias, ty, asked) = (alias(index, field), &field.ty, is_asked(model, index));
        let ty = if asked { with_size(model, index, ty) } else { ty.clone() };
        let question = asked.then(|| question(model, index, field));
        quote!(#question type #alias = #ty;)
    });
    let krate = &model.krate;
    let no = (!model.asked.is_empty()).then(|| quote!(use #krate::__private::NoSize as __NoSize;));
    let record = (!model.asked.is_empty()).then(|| name_of_record(model));
    quote!(#no #(#aliases)* #record)
}

/// The name of the record that depends on the sizes of all fields.
fn name_of_record(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (core, all) = (model.core(), all_known(model));
    let known = model.asked.iter().map(|index| known(*index, Span::call_site()));
    let definition = (model.asked.len() > 1)
        .then(|| quote!(const #all: #core::primitive::bool = !<[_]>::is_empty(&[#(#known),*]);));
    let alias = shown(
        model,
        quote!(type __Record = <#ident as #krate::__private::KnownSize<#all>>::Itself;),
        &quote!(type __Record = #ident;),
    );
    quote!(#definition #alias)
}

/// The constant that is an error if the type of any field has no size.
fn all_known(model: &Model) -> Ident {
    match model.asked.as_slice() {
        [only] => known(*only, Span::call_site()),
        _ => format_ident!("__KNOWN"),
    }
}

/// The question whether the type of a field has a size, and the name of the type if it has.
fn question(model: &Model, index: usize, field: &Field) -> TokenStream {
    let ty = innermost(&field.ty);
    let span = type_span(ty);
    let written = format_ident!("__Written{index}", span = span);
    let (known, sized) = (known(index, span), sized(index, span));
    let private = at(span, {
        let krate = &model.krate;
        quote!(#krate::__private)
    });
    let bool = at(span, {
        let core = model.core();
        quote!(#core::primitive::bool)
    });
    let aliases = shown(
        model,
        quote_spanned!(span=> type #sized = <#written as #private::KnownSize<#known>>::Itself;),
        &quote_spanned!(span=> type #sized = #written;),
    );
    let question = quote_spanned! {span=>
        const #known: #bool = <#written as #private::KnownSize<{
            #private::SizeOf::<#written>::IS_KNOWN
                || <#private::SizeOf<#written> as __NoSize>::IS_KNOWN
        }>>::ASKED;
    };
    quote!(type #written = #ty; #question #aliases)
}

/// One for the compiler, and one for `rustdoc`.
fn for_rustc(rustc: &TokenStream, rustdoc: &TokenStream) -> TokenStream {
    quote!(#[cfg(not(doc))] #rustc #[cfg(doc)] #rustdoc)
}

/// The same for a name that occurs in declarations, which are those of the wrappers.
fn shown(model: &Model, rustc: TokenStream, rustdoc: &TokenStream) -> TokenStream {
    match model.writer.is_some() || model.reader.is_some() {
        true => for_rustc(&rustc, rustdoc),
        false => rustc,
    }
}

/// The name of the innermost type of a field, if that has a size.
fn sized(index: usize, span: Span) -> Ident {
    format_ident!("__Sized{index}", span = span)
}

/// The innermost written type of elements: arrays and containers have a size if that has one.
fn innermost(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => innermost(&group.elem),
        Type::Paren(paren) => innermost(&paren.elem),
        Type::Array(array) => innermost(&array.elem),
        _ => refuse::container(ty).map_or(ty, |(_, element)| innermost(element)),
    }
}

/// Whether the written type is an array or a container.
fn holds_elements(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => holds_elements(&group.elem),
        Type::Paren(paren) => holds_elements(&paren.elem),
        _ => matches!(ty, Type::Array(_)) || refuse::container(ty).is_some(),
    }
}

/// A type in a field, which is the field's or that of its elements, by a name that has a size.
pub(crate) fn with_size(model: &Model, index: usize, ty: &Type) -> Type {
    let mut ty = ty.clone();
    if is_asked(model, index) {
        let sized = sized(index, type_span(innermost(&ty)));
        put_innermost(&mut ty, &Type::Verbatim(sized.into_token_stream()));
    }
    ty
}

/// Puts `new` in the place of the innermost type.
fn put_innermost(ty: &mut Type, new: &Type) {
    let is_container = refuse::container(ty).is_some();
    match ty {
        Type::Group(group) => put_innermost(&mut group.elem, new),
        Type::Paren(paren) => put_innermost(&mut paren.elem, new),
        Type::Array(array) => put_innermost(&mut array.elem, new),
        Type::Path(path) if is_container => {
            let last = path.path.segments.last_mut();
            if let Some(PathArguments::AngleBracketed(arguments)) =
                last.map(|segment| &mut segment.arguments)
                && let Some(GenericArgument::Type(element)) = arguments.args.first_mut()
            {
                put_innermost(element, new);
            }
        }
        _ => *ty = new.clone(),
    }
}

/// The record, by a name of which the compiler says nothing more once one of its fields is reported.
pub(crate) fn record(model: &Model) -> Ident {
    match model.asked.is_empty() {
        true => model.ident.clone(),
        false => format_ident!("__Record"),
    }
}

/// A declaration where that name is not known, given another one of the kind.
pub(crate) fn outside(
    model: &Model,
    declaration: impl Fn(&TokenStream) -> TokenStream,
) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let plain = declaration(&ident.to_token_stream());
    match may_lack(model) {
        true => for_rustc(
            &declaration(&quote!(<#ident as #krate::__private::SizedRecord>::Itself)),
            &plain,
        ),
        false => plain,
    }
}

/// What makes the other name known.
pub(crate) fn name_outside(model: &Model) -> Option<TokenStream> {
    let Model { ident, krate, .. } = model;
    may_lack(model).then(|| {
        quote! {
            #[cfg(not(doc))]
            #[automatically_derived]
            impl #krate::__private::SizedRecord for #ident {
                type Itself = __Record;
            }
        }
    })
}

/// What a wrapper leads to, so that calls of its methods are no more errors; with its definition.
pub(crate) fn target(model: &Model, name: &str) -> (TokenStream, TokenStream) {
    let (krate, record, name) = (&model.krate, record(model), format_ident!("{name}"));
    let has_lifetime = ["Batch", "View"].iter().any(|with| name == with);
    let lifetime = has_lifetime.then(|| quote!('a,));
    let written = quote!(#krate::#name<#lifetime #record>);
    if model.asked.is_empty() {
        return (TokenStream::new(), written);
    }
    let known = all_known(model);
    let (alias, parameters) = (format_ident!("__{name}"), lifetime.map(|a| quote!(<#a>)));
    let definition = for_rustc(
        &quote! {
            type #alias #parameters = <#written as #krate::__private::KnownSize<#known>>::Itself;
        },
        &quote!(type #alias #parameters = #written;),
    );
    (definition, quote!(#alias #parameters))
}

/// An implementation for the record, which needs its size, given the condition that it has one.
///
/// Where that does not hold, nothing asks for the implementation; the condition is quantified
/// because a false one without parameters is an error at once.
pub(crate) fn if_sized(model: &Model, item: impl Fn(&TokenStream) -> TokenStream) -> TokenStream {
    let (ident, core) = (&model.ident, model.core());
    match may_lack(model) {
        true => for_rustc(
            &item(&quote!(where for<'__x> #ident: #core::marker::Sized)),
            &item(&TokenStream::new()),
        ),
        false => item(&TokenStream::new()),
    }
}
