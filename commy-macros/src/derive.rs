//! The derives from the item to the expansion: read, check, expand; on errors, expand what keeps the
//! rest of the program meaningful.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::check;
use crate::ctxt::Ctxt;
use crate::expand;
use crate::fallback;
use crate::lengths;
use crate::model::Model;
use crate::spell;

/// Expands the internal derive of `create_writer` and `create_reader`.
pub(crate) fn record(item: TokenStream) -> TokenStream {
    let (model, ctxt) = match parse(item, Model::new) {
        Ok(parsed) => parsed,
        Err(error) => return error,
    };
    check::record(&model, &ctxt);
    if !ctxt.is_clean() {
        return fallback::record(model, ctxt);
    }
    expand::checked_record(&model)
}

/// Expands `derive(Mappable)`.
pub(crate) fn mappable(item: TokenStream) -> TokenStream {
    let (model, ctxt) = match parse(item, Model::new) {
        Ok(parsed) => parsed,
        Err(error) => return error,
    };
    // A record is mappable by its attributes, and an item has one implementation only.
    if model.is_record {
        return TokenStream::new();
    }
    check::mappable(&model, &ctxt);
    if !ctxt.is_clean() {
        return fallback::mappable(&model, ctxt);
    }
    expand::checked_mappable(&model)
}

/// Expands `derive(Growable)`.
pub(crate) fn growable(item: TokenStream) -> TokenStream {
    let (model, ctxt) = match parse(item, Model::nested) {
        Ok(parsed) => parsed,
        Err(error) => return error,
    };
    // What has a fixed size may stand in a growable record by its attributes.
    if model.is_fixed_record {
        return TokenStream::new();
    }
    check::growable(&model, &ctxt);
    if !ctxt.is_clean() {
        return fallback::growable(model, ctxt);
    }
    expand::checked_growable(&model)
}

fn parse(
    item: TokenStream,
    model: fn(DeriveInput, &Ctxt) -> Model,
) -> Result<(Model, Ctxt), TokenStream> {
    let item = spell::with_raw_names(item);
    let input = lengths::parse_item(item).map_err(syn::Error::into_compile_error)?;
    let ctxt = Ctxt::default();
    Ok((model(input, &ctxt), ctxt))
}

#[cfg(test)]
mod tests;
