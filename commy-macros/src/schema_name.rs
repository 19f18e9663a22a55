//! Expands `derive(SchemaName)`: the name by which a serialized type is known in a file.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericParam, parse_quote};

use crate::args;
use crate::ctxt::Ctxt;
use crate::lengths;
use crate::spell;

/// Implements `SchemaName` for any item; errors are expanded beside an implementation that still
/// stands.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let input = match lengths::parse_item(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let ctxt = Ctxt::default();
    let args = args::NameArgs::of(&input.attrs, &ctxt);
    let krate = args.krate.unwrap_or_else(|| parse_quote!(::commy));
    let ident = &input.ident;
    let name = args.name.unwrap_or_else(|| spell::plain_name(ident));

    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(#krate::encoded::SchemaName));
    }
    let arguments: Vec<_> =
        input.generics.params.iter().filter_map(|p| argument(p, &krate)).collect();
    let value = if arguments.is_empty() {
        quote!(#krate::encoded::TypeName::Plain(#name))
    } else {
        quote! {
            #krate::encoded::TypeName::Generic { name: #name, arguments: &[#(#arguments),*] }
        }
    };
    let (parameters, own_arguments, bounds) = generics.split_for_impl();
    let errors = ctxt.into_tokens();
    quote! {
        #errors
        #[automatically_derived]
        impl #parameters #krate::encoded::SchemaName for #ident #own_arguments #bounds {
            const NAME: &'static #krate::encoded::TypeName = &#value;
        }
    }
}

/// The name of an argument of the type; lifetimes leave no trace in serialized bytes.
fn argument(parameter: &GenericParam, krate: &syn::Path) -> Option<TokenStream> {
    match parameter {
        GenericParam::Lifetime(_) => None,
        GenericParam::Type(parameter) => {
            let ident = &parameter.ident;
            Some(quote!(<#ident as #krate::encoded::SchemaName>::NAME))
        }
        GenericParam::Const(parameter) => {
            let ident = &parameter.ident;
            Some(quote!(&#krate::encoded::TypeName::Const(#ident as ::core::primitive::i128)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(item: &str) -> String {
        spell::spell(&expand(item.parse().unwrap()))
    }

    #[test]
    fn wrong_arguments_are_named_and_the_item_still_has_a_name() {
        for (arguments, message) in [
            ("unit = \"m\"", "unknown argument `unit`"),
            ("name = 3", "expected a value, as in `name = \\\"Event\\\"`"),
            ("name = \"\"", "the name is empty"),
            ("name", "expected a value, as in `name = \\\"Event\\\"`"),
        ] {
            let expansion = expanded(&format!("#[commy({arguments})] struct Event;"));
            assert!(expansion.contains(message), "{arguments}: {expansion}");
            assert!(expansion.contains("SchemaName for Event"), "{arguments}: {expansion}");
        }
    }

    #[test]
    fn lifetimes_are_no_part_of_the_name() {
        let expansion = expanded("struct Text<'a>(&'a str);");
        assert!(expansion.contains("TypeName::Plain(\"Text\")"), "{expansion}");
    }
}
