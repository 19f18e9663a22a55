//! Writes types the way people write them, for messages and docs.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;

/// The source text of `tokens`: `FixedVec<u8, 16>` and not `FixedVec < u8 , 16 >`.
pub(crate) fn spell(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text.trim_end().to_owned()
}

fn write(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.truncate(text.trim_end().len());
                text.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                character @ (',' | ';') => text.extend([character, ' ']),
                '+' => text.push_str(" + "),
                // The arrow of a function type, whose `-` came just before.
                '>' if text.ends_with('-') => {
                    text.pop();
                    text.push_str(" -> ");
                }
                character => text.push(character),
            },
            word @ (TokenTree::Ident(_) | TokenTree::Literal(_)) => {
                if text.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
            }
        }
    }
}

/// The name as it is spelled in prose and in the schema: without `r#`.
pub(crate) fn plain_name(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// `tokens` with each `Self` replaced, for use outside the item they were written in.
pub(crate) fn without_self(tokens: TokenStream, name: &Ident) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            let mut name = name.clone();
            name.set_span(ident.span());
            TokenTree::Ident(name)
        }
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), without_self(group.stream(), name));
            inner.set_span(group.span());
            TokenTree::Group(inner)
        }
        token => token,
    };
    tokens.into_iter().map(replace).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(source: &str) -> String {
        spell(&source.parse::<TokenStream>().unwrap())
    }

    #[test]
    fn types_are_spelled_as_people_write_them() {
        for source in [
            "FixedVec<u8, 16>",
            "[String; 4]",
            "&'static str",
            "*const u8",
            "Box<dyn Fn(u8) -> u8 + Send>",
            "std::collections::HashMap<String, Vec<u8>>",
            "(u32, u32)",
            "[u8; { 4 }]",
        ] {
            assert_eq!(spelled(source), source);
        }
    }

    #[test]
    fn self_in_a_field_type_becomes_the_name_of_the_struct() {
        let tokens = "[u8; Self::N]".parse().unwrap();
        let name = syn::parse_str::<Ident>("Point").unwrap();
        assert_eq!(spell(&without_self(tokens, &name)), "[u8; Point::N]");
    }
}
