//! The step of the attributes: prepares the item for the derive, which does all the work.
//!
//! Attributes see fields that a `#[cfg]` will remove, and each of the two attributes sees the item
//! alone; the derive sees neither problem. So an attribute adds `repr(C)`, the internal derive and
//! its own arguments as an inert marker, and judges nothing.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Path};

use crate::args::{Role, RoleArgs};
use crate::ctxt::Ctxt;

/// The name of the internal derive.
pub(crate) const DERIVE: &str = "__CommyRecord";

/// Expands `#[create_writer(args)] item` and `#[create_reader(args)] item`.
pub(crate) fn expand(role: Role, args: TokenStream, item: TokenStream) -> TokenStream {
    let Ok((mut attributes, rest)) = split_attributes.parse2(item.clone()) else { return item };
    if !is_data(&rest) {
        let message = format!("`#[{}]` belongs on a struct with named fields", role.attribute());
        // The line of the attribute would do, but the item is what is wrong.
        let error = syn::Error::new_spanned(rest.clone().into_iter().next(), message);
        let error = error.into_compile_error();
        return quote!(#error #item);
    }
    // The derive reports what is wrong with the arguments; here only the path matters.
    let krate = RoleArgs::parse(role, args.clone(), Span::call_site(), &Ctxt::default()).krate;
    let krate = krate.map_or_else(|| quote!(::commy), |path: Path| path.to_token_stream());
    if !attributes.iter().any(fixes_layout) {
        attributes.push(syn::parse_quote!(#[repr(C)]));
    }
    if !attributes.iter().any(is_internal_derive) {
        let derive = Ident::new(DERIVE, Span::call_site());
        attributes.push(syn::parse_quote!(#[derive(#krate::__private::#derive)]));
    }
    // After the derive that declares it: a helper attribute before its derive is on its way out
    // of the language.
    let marker = Ident::new(role.marker(), Span::call_site());
    quote!(#(#attributes)* #[#marker(#args)] #rest)
}

fn split_attributes(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, TokenStream)> {
    Ok((Attribute::parse_outer(input)?, input.parse()?))
}

/// Whether a derive can be put on the item; its keyword is preceded by the visibility only.
fn is_data(rest: &TokenStream) -> bool {
    let words = rest.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    words.take(2).any(|word| matches!(word.as_str(), "struct" | "enum" | "union"))
}

/// Whether `repr(C)` is there or would contradict what is there.
fn fixes_layout(attribute: &Attribute) -> bool {
    let mut fixed = false;
    if attribute.path().is_ident("repr") {
        // What the compiler does not understand it reports itself.
        let _ = attribute.parse_nested_meta(|meta| {
            fixed |= meta.path.is_ident("C") || meta.path.is_ident("transparent");
            if meta.input.peek(syn::token::Paren) {
                let _: proc_macro2::Group = meta.input.parse()?;
            }
            Ok(())
        });
    }
    fixed
}

fn is_internal_derive(attribute: &Attribute) -> bool {
    let holds = |tokens: TokenStream| {
        tokens.into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == DERIVE))
    };
    attribute.path().is_ident("derive")
        && attribute.meta.require_list().is_ok_and(|list| holds(list.tokens.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(role: Role, args: &str, item: &str) -> String {
        expand(role, args.parse().unwrap(), item.parse().unwrap()).to_string()
    }

    fn tokens(source: &str) -> String {
        source.parse::<TokenStream>().unwrap().to_string()
    }

    #[test]
    fn the_marker_follows_the_derive() {
        let item = "#[derive(Debug)] pub struct A { a: u8 }";
        let expected = "#[derive(Debug)] #[repr(C)] #[derive(::commy::__private::__CommyRecord)]
            #[__commy_writer(filename = \"a\")] pub struct A { a: u8 }";
        assert_eq!(expanded(Role::Writer, "filename = \"a\"", item), tokens(expected));
    }

    #[test]
    fn the_second_attribute_adds_its_marker_only() {
        let first = expanded(Role::Writer, "filename = \"a\"", "struct A { a: u8 }");
        let second = expanded(Role::Reader, "filename = \"a\"", &first);
        assert_eq!(second.matches("__CommyRecord").count(), 1);
        assert_eq!(second.matches("repr").count(), 1);
        assert!(second.contains("__commy_writer") && second.contains("__commy_reader"));
    }

    #[test]
    fn a_layout_that_is_fixed_stays() {
        for repr in ["#[repr(C, align(16))]", "#[repr(align(16), C)]", "#[repr(transparent)]"] {
            let item = format!("{repr} struct A {{ a: u8 }}");
            assert_eq!(expanded(Role::Writer, "", &item).matches("repr").count(), 1, "{repr}");
        }
        let aligned = expanded(Role::Writer, "", "#[repr(align(16))] struct A { a: u8 }");
        assert_eq!(aligned.matches("repr").count(), 2);
    }

    #[test]
    fn an_item_that_is_no_struct_is_left_alone() {
        let output = expanded(Role::Reader, "filename = \"a\"", "pub fn f() {}");
        assert!(output.contains("`#[create_reader]` belongs on a struct"), "{output}");
        assert!(output.ends_with(&tokens("pub fn f() {}")));
    }

    #[test]
    fn the_crate_path_is_used_even_when_another_argument_is_wrong() {
        let output =
            expanded(Role::Writer, "crate = shared::commy, file = 1", "struct A { a: u8 }");
        assert!(output.contains(&tokens("shared::commy::__private::__CommyRecord")), "{output}");
    }
}
