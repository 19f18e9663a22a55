//! Writes types the way people write them, for messages and docs.

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};
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

/// Words that became keywords after edition 2015.
const NEW_KEYWORDS: &[&str] = &["async", "await", "dyn", "gen", "try"];

/// The item with those names of fields and variants made raw that are keywords by now.
///
/// They can only be there in a crate of an older edition, where both forms are the same name.
pub(crate) fn with_raw_names(item: TokenStream) -> TokenStream {
    let mut tokens: Vec<_> = item.into_iter().collect();
    let is_enum = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "enum");
    let is_enum = tokens.iter().any(is_enum);
    if let Some(TokenTree::Group(body)) = tokens.last_mut()
        && body.delimiter() == Delimiter::Brace
    {
        *body = with_raw_parts(body, is_enum);
    }
    tokens.into_iter().collect()
}

/// The same for what is between the braces: variants, which may have fields, or fields.
fn with_raw_parts(body: &Group, are_variants: bool) -> Group {
    let mut inner: Vec<_> = body.stream().into_iter().collect();
    // What has been read of a part so far are attributes.
    let mut begins = true;
    for index in 0..inner.len() {
        let next = inner.get(index + 1);
        let ends_name = next.is_none_or(|next| {
            matches!(next, TokenTree::Punct(punct) if [':', ',', '='].contains(&punct.as_char())
                && punct.spacing() == Spacing::Alone)
        });
        let has_fields = are_variants && begins && matches!(next, Some(TokenTree::Group(_)));
        match inner.get_mut(index) {
            Some(TokenTree::Ident(ident)) => {
                if (ends_name || has_fields) && NEW_KEYWORDS.contains(&ident.to_string().as_str()) {
                    *ident = Ident::new_raw(&ident.to_string(), ident.span());
                }
                begins = false;
            }
            Some(TokenTree::Group(fields))
                if are_variants && !begins && fields.delimiter() == Delimiter::Brace =>
            {
                *fields = with_raw_parts(fields, false);
            }
            Some(TokenTree::Punct(punct)) if punct.as_char() == ',' => begins = true,
            _ => {}
        }
    }
    let mut group = Group::new(body.delimiter(), inner.into_iter().collect());
    group.set_span(body.span());
    group
}

/// The same name at another place, under the rules of this crate's edition.
pub(crate) fn in_this_edition(ident: &Ident, span: Span) -> Ident {
    let name = plain_name(ident);
    match NEW_KEYWORDS.contains(&name.as_str()) {
        true => Ident::new_raw(&name, span),
        false => {
            let mut ident = ident.clone();
            ident.set_span(span);
            ident
        }
    }
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
    fn names_that_became_keywords_are_raw() {
        for (name, expected) in [("async", "r#async"), ("gen", "r#gen"), ("kind", "kind")] {
            let ident = Ident::new(name, Span::call_site());
            assert_eq!(in_this_edition(&ident, Span::call_site()).to_string(), expected);
        }
        let item = "struct A { async: u8, pub dyn : [dyn; 2], kind: a::try, gen:u8 }";
        let raw = with_raw_names(item.parse().unwrap()).to_string();
        let expected = "struct A { r#async: u8, pub r#dyn : [dyn; 2], kind: a::r#try, r#gen:u8 }";
        assert_eq!(raw, expected.parse::<TokenStream>().unwrap().to_string());
        let item = "enum A { async, #[try] dyn { try: u8 }, gen (a::try), B (dyn), C = 4 }";
        let raw = with_raw_names(item.parse().unwrap()).to_string();
        let expected =
            "enum A { r#async, #[try] r#dyn { r#try: u8 }, r#gen (a::try), B (dyn), C = 4 }";
        assert_eq!(raw, expected.parse::<TokenStream>().unwrap().to_string());
        let raw = Ident::new_raw("type", Span::call_site());
        assert_eq!(in_this_edition(&raw, Span::call_site()).to_string(), "r#type");
    }

    #[test]
    fn self_in_a_field_type_becomes_the_name_of_the_struct() {
        let tokens = "[u8; Self::N]".parse().unwrap();
        let name = syn::parse_str::<Ident>("Point").unwrap();
        assert_eq!(spell(&without_self(tokens, &name)), "[u8; Point::N]");
    }
}
