//! Expands `derive(SchemaName)`: the name by which a serialized type is known in a file.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Fields, GenericParam, Path, Type, parse_quote};

use crate::args;
use crate::ctxt::Ctxt;
use crate::lengths;
use crate::model;
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
    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(#krate::encoded::SchemaName));
    }
    let named = Named { krate: &krate, input: &input, name: args.name.as_deref() };
    let names = named.at_each_depth();
    let ident = &input.ident;
    let allowed = model::allowed_lints(&input.attrs, &input.data);
    let (parameters, own_arguments, bounds) = generics.split_for_impl();
    let errors = ctxt.into_tokens();
    quote! {
        #errors
        #[allow(
            unused_imports,
            #(#allowed,)*
            reason = "types of fields stand here once more, with names or without"
        )]
        const _: () = {
            use #krate::__private::NoName as _;
            #[automatically_derived]
            impl #parameters #krate::encoded::SchemaName for #ident #own_arguments #bounds {
                #names
            }
        };
    }
}

/// The names of a type: each tells the fields with the next one of their types, the last one tells
/// none. So a type may hold itself.
const DEPTHS: &[&str] = &["NAME", "WITHIN_3", "WITHIN_2", "WITHIN_1", "WITHIN_0"];

/// What makes the names of a type.
struct Named<'a> {
    krate: &'a Path,
    input: &'a DeriveInput,
    /// The one that was given.
    name: Option<&'a str>,
}

impl Named<'_> {
    fn at_each_depth(&self) -> TokenStream {
        let krate = self.krate;
        let constant = |(index, depth): (usize, &&str)| {
            let depth = Ident::new(depth, Span::call_site());
            let next = DEPTHS.get(index + 1).map(|next| Ident::new(next, Span::call_site()));
            let name = self.at(&depth, next.as_ref());
            quote!(const #depth: &'static #krate::encoded::TypeName = &#name;)
        };
        DEPTHS.iter().enumerate().map(constant).collect()
    }

    fn at(&self, depth: &Ident, next: Option<&Ident>) -> TokenStream {
        let Self { krate, input, name } = self;
        let arguments = input.generics.params.iter();
        let arguments: Vec<_> = arguments.filter_map(|p| argument(p, krate, depth)).collect();
        let own_name = spell::plain_name(&input.ident);
        let (name, next) = match name {
            Some(name) => (*name, None),
            None => (own_name.as_str(), next),
        };
        let (kind, parts) = match (next, &input.data) {
            (Some(next), Data::Enum(data)) => {
                let variants = data.variants.iter().map(|variant| {
                    let name = spell::plain_name(&variant.ident);
                    let parts = self.fields(&variant.fields, next);
                    quote!((#name, #parts))
                });
                (quote!(Enum), quote!(variants: &[#(#variants),*],))
            }
            (Some(next), Data::Struct(data)) => {
                let parts = self.fields(&data.fields, next);
                (quote!(Struct), quote!(parts: #parts,))
            }
            _ if arguments.is_empty() => {
                return quote!(#krate::encoded::TypeName::Plain(#name));
            }
            _ => (quote!(Generic), TokenStream::new()),
        };
        quote! {
            #krate::encoded::TypeName::#kind {
                name: #name,
                arguments: &[#(#arguments),*],
                #parts
            }
        }
    }

    fn fields(&self, fields: &Fields, depth: &Ident) -> TokenStream {
        let krate = self.krate;
        match fields {
            Fields::Unit => quote!(#krate::__private::Parts::Unit),
            Fields::Unnamed(fields) => {
                let types = fields.unnamed.iter().map(|field| self.ty(&field.ty, depth));
                quote!(#krate::__private::Parts::Unnamed(&[#(#types),*]))
            }
            Fields::Named(fields) => {
                let fields = fields.named.iter().map(|field| {
                    let name = field.ident.as_ref().map(spell::plain_name).unwrap_or_default();
                    let ty = self.ty(&field.ty, depth);
                    quote!((#name, #ty))
                });
                quote!(#krate::__private::Parts::Named(&[#(#fields),*]))
            }
        }
    }

    /// The name of a field's type, or how it is written if it has none: nobody can give a name to
    /// a type of another crate.
    fn ty(&self, ty: &Type, depth: &Ident) -> TokenStream {
        name_of(self.krate, ty, ty, depth)
    }
}

/// The name of `ty`, or how it is written.
pub(crate) fn name_of(
    krate: &Path,
    ty: &impl ToTokens,
    written: &Type,
    depth: &Ident,
) -> TokenStream {
    let written = spell::spell(&without_paths(written.to_token_stream()));
    quote! {
        match <#krate::__private::NameOf<#ty>>::#depth {
            #krate::__private::core::option::Option::Some(name) => name,
            #krate::__private::core::option::Option::None => &#krate::encoded::TypeName::Plain(#written),
        }
    }
}

/// `tokens` with the last word of each path, and without lifetimes: two programs may import a type
/// differently.
fn without_paths(tokens: TokenStream) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    let is = |token: &TokenTree, character| matches!(token, TokenTree::Punct(punct) if punct.as_char() == character);
    while let Some(token) = tokens.next() {
        if is(&token, '\'') {
            tokens.next();
            if tokens.peek().is_some_and(|next| is(next, ',')) {
                tokens.next();
            }
            continue;
        }
        if is(&token, ':') && tokens.peek().is_some_and(|next| is(next, ':')) {
            tokens.next();
            if matches!(out.last(), Some(TokenTree::Ident(_))) {
                out.pop();
            }
            continue;
        }
        out.push(match token {
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), without_paths(group.stream())).into()
            }
            token => token,
        });
    }
    out.into_iter().collect()
}

/// The name of an argument of the type; lifetimes leave no trace in serialized bytes.
fn argument(parameter: &GenericParam, krate: &Path, depth: &Ident) -> Option<TokenStream> {
    match parameter {
        GenericParam::Lifetime(_) => None,
        GenericParam::Type(parameter) => {
            let ident = &parameter.ident;
            Some(quote!(<#ident as #krate::encoded::SchemaName>::#depth))
        }
        GenericParam::Const(parameter) => {
            let ident = &parameter.ident;
            Some(
                quote!(&#krate::encoded::TypeName::Const(#ident as #krate::__private::core::primitive::i128)),
            )
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
        assert!(expansion.contains("name:\"Text\", arguments:&[]"), "{expansion}");
        assert!(expansion.contains("NameOf<&'a str>"), "{expansion}");
    }

    #[test]
    fn a_type_without_a_name_is_spelled_without_what_differs_between_programs() {
        let spelled = |ty: &str| spell::spell(&without_paths(ty.parse().unwrap()));
        assert_eq!(spelled("::chrono::DateTime<chrono::Utc>"), "DateTime<Utc>");
        assert_eq!(spelled("std::borrow::Cow<'a, [crate::Item; 3]>"), "Cow<[Item; 3]>");
    }
}
