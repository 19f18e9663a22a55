//! Expands a checked item; on errors, expands what keeps the rest of the program meaningful.

mod enumeration;
mod reader;
mod record;
mod schema;
mod writer;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::DeriveInput;
use syn::spanned::Spanned as _;

use crate::check;
use crate::ctxt::Ctxt;
use crate::fallback;
use crate::model::{Field, Model, Shape};

/// Expands the internal derive of `create_writer` and `create_reader`.
pub(crate) fn record(item: TokenStream) -> TokenStream {
    let (model, ctxt) = match parse(item) {
        Ok(parsed) => parsed,
        Err(error) => return error,
    };
    check::record(&model, &ctxt);
    if !ctxt.is_clean() {
        let fallback = fallback::record(&model);
        let errors = ctxt.into_tokens();
        return quote!(#errors #fallback);
    }
    let mappable = schema::mappable(&model, model.fields());
    let record = record::record(&model);
    let writer = model.writer.as_ref().map(|args| writer::writer(&model, args));
    let reader = model.reader.as_ref().map(|args| reader::reader(&model, args));
    quote!(#mappable #record #writer #reader)
}

/// Expands `derive(Mappable)`.
pub(crate) fn mappable(item: TokenStream) -> TokenStream {
    let (model, ctxt) = match parse(item) {
        Ok(parsed) => parsed,
        Err(error) => return error,
    };
    // A record is mappable by its attributes, and an item has one implementation only.
    if model.is_record {
        return TokenStream::new();
    }
    check::mappable(&model, &ctxt);
    if !ctxt.is_clean() {
        let fallback = fallback::mappable(&model);
        let errors = ctxt.into_tokens();
        return quote!(#errors #fallback);
    }
    match &model.shape {
        Shape::Struct(fields) => schema::mappable(&model, fields),
        Shape::Enum(variants) => enumeration::mappable(&model, variants),
        Shape::Other(..) => TokenStream::new(),
    }
}

fn parse(item: TokenStream) -> Result<(Model, Ctxt), TokenStream> {
    let input: DeriveInput = syn::parse2(item).map_err(syn::Error::into_compile_error)?;
    let ctxt = Ctxt::default();
    Ok((Model::new(input, &ctxt), ctxt))
}

/// The span for what mentions the field's type.
///
/// The compiler drops a diagnostic that is equal to an earlier one, place included. So everything
/// that needs the trait of a field's type stands at the place of the type, and a type that cannot
/// be shared is reported once, however often it is mentioned.
fn at_type(field: &Field) -> Span {
    Span::call_site().located_at(field.ty.span())
}
