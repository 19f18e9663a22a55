//! Parses items and types whose array lengths are expressions of any kind.
//!
//! syn reads blocks, `if`, `match` and closures with its feature "full" only, which takes more than
//! a second of processor time more to compile. A length is not looked into here, so those that syn cannot read
//! are taken out before it parses, and put back as they were written.
//!
//! `cargo build` of syn alone, with and without "full", shows 1.1 to 1.7 s of processor time more
//! in a debug build.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, TokenStreamExt as _};
use syn::spanned::Spanned as _;
use syn::{
    Data, DeriveInput, Expr, GenericArgument, Path, PathArguments, ReturnType, Type, TypeParamBound,
};

/// What stands for a length, followed by its index.
const STAND_IN: &str = "__commy_length_";

/// Parses an item with a derive.
pub(crate) fn parse_item(tokens: TokenStream) -> syn::Result<DeriveInput> {
    let mut taken = Vec::new();
    let mut input: DeriveInput = syn::parse2(take_from_item(tokens, &mut taken))?;
    let restore = |field: &mut syn::Field| put_back(&mut field.ty, &taken);
    match &mut input.data {
        Data::Struct(data) => data.fields.iter_mut().for_each(restore),
        Data::Enum(data) => data.variants.iter_mut().flat_map(|v| &mut v.fields).for_each(restore),
        Data::Union(data) => data.fields.named.iter_mut().for_each(restore),
    }
    Ok(input)
}

/// Parses a type.
pub(crate) fn parse_type(tokens: TokenStream) -> syn::Result<Type> {
    let mut taken = Vec::new();
    let mut ty: Type = syn::parse2(take_out(tokens, &mut taken))?;
    put_back(&mut ty, &taken);
    Ok(ty)
}

/// Takes lengths out of the fields: types stand in other places, too, but the expansion does not
/// look at those.
fn take_from_item(tokens: TokenStream, taken: &mut Vec<TokenStream>) -> TokenStream {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let is_enum = tokens.iter().any(|token| matches!(token, TokenTree::Ident(i) if i == "enum"));
    let is_group = |token: &TokenTree, wanted| matches!(token, TokenTree::Group(group) if group.delimiter() == wanted);
    // A tuple struct has its fields between parentheses; others have them at the end.
    let braced = tokens.iter().rposition(|token| is_group(token, Delimiter::Brace));
    let body = |index: usize, token: &TokenTree| match braced {
        Some(last) => index == last,
        None => is_group(token, Delimiter::Parenthesis),
    };
    let mut out = TokenStream::new();
    for (index, token) in tokens.into_iter().enumerate() {
        out.append(match token {
            TokenTree::Group(group) if body(index, &group.clone().into()) => {
                let inner = group.stream();
                let inner = match is_enum {
                    true => take_from_variants(inner, taken),
                    false => take_out(inner, taken),
                };
                with_content(&group, inner)
            }
            token => token,
        });
    }
    out
}

/// What follows `=` is a number, in which types have nothing to do with fields.
fn take_from_variants(tokens: TokenStream, taken: &mut Vec<TokenStream>) -> TokenStream {
    let mut out = TokenStream::new();
    let mut in_number = false;
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '=' => in_number = true,
            TokenTree::Punct(punct) if punct.as_char() == ',' => in_number = false,
            TokenTree::Group(group) if !in_number && group.delimiter() != Delimiter::Bracket => {
                out.append(with_content(group, take_out(group.stream(), taken)));
                continue;
            }
            _ => {}
        }
        out.append(token);
    }
    out
}

/// Takes lengths out of types. Blocks are constants, not types, and stay.
fn take_out(tokens: TokenStream, taken: &mut Vec<TokenStream>) -> TokenStream {
    let mut out = TokenStream::new();
    let mut before = None;
    for token in tokens {
        let is_marked = matches!(before, Some('#' | '!'));
        before = match &token {
            TokenTree::Punct(punct) => Some(punct.as_char()),
            _ => None,
        };
        out.append(match token {
            TokenTree::Group(group) if !is_marked => match group.delimiter() {
                Delimiter::Bracket => with_content(&group, take_length(group.stream(), taken)),
                Delimiter::Brace => group.into(),
                Delimiter::Parenthesis | Delimiter::None => {
                    with_content(&group, take_out(group.stream(), taken))
                }
            },
            token => token,
        });
    }
    out
}

/// What stands between the brackets of an array or slice.
fn take_length(tokens: TokenStream, taken: &mut Vec<TokenStream>) -> TokenStream {
    let mut tokens = tokens.into_iter();
    let mut semicolon = None;
    let element: TokenStream = tokens
        .by_ref()
        .take_while(|token| {
            let is_semicolon = matches!(token, TokenTree::Punct(p) if p.as_char() == ';');
            semicolon = is_semicolon.then(|| token.clone());
            !is_semicolon
        })
        .collect();
    let mut out = take_out(element, taken);
    out.extend(semicolon);
    let length: TokenStream = tokens.collect();
    if length.is_empty() || syn::parse2::<Expr>(length.clone()).is_ok() {
        out.extend(length);
        return out;
    }
    let span = Span::call_site().located_at(length.span());
    out.append(Ident::new(&format!("{STAND_IN}{}", taken.len()), span));
    taken.push(length);
    out
}

fn with_content(group: &Group, content: TokenStream) -> TokenTree {
    let mut new = Group::new(group.delimiter(), content);
    new.set_span(group.span());
    new.into()
}

fn put_back(ty: &mut Type, taken: &[TokenStream]) {
    if taken.is_empty() {
        return;
    }
    match ty {
        Type::Array(array) => {
            put_back(&mut array.elem, taken);
            if let Some(length) = stood_for(&array.len, taken) {
                array.len = Expr::Verbatim(length);
            }
        }
        Type::Slice(slice) => put_back(&mut slice.elem, taken),
        Type::Group(group) => put_back(&mut group.elem, taken),
        Type::Paren(paren) => put_back(&mut paren.elem, taken),
        Type::Ptr(pointer) => put_back(&mut pointer.elem, taken),
        Type::Reference(reference) => put_back(&mut reference.elem, taken),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(|ty| put_back(ty, taken)),
        Type::Path(path) => {
            if let Some(qself) = &mut path.qself {
                put_back(&mut qself.ty, taken);
            }
            put_back_in_path(&mut path.path, taken);
        }
        Type::FnPtr(function) => {
            function.inputs.iter_mut().for_each(|input| put_back(&mut input.ty, taken));
            if let ReturnType::Type(_, ty) = &mut function.output {
                put_back(ty, taken);
            }
        }
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    put_back_in_path(&mut bound.path, taken);
                }
            }
        }
        _ => {}
    }
}

fn put_back_in_path(path: &mut Path, taken: &[TokenStream]) {
    for segment in &mut path.segments {
        match &mut segment.arguments {
            PathArguments::None => {}
            PathArguments::AngleBracketed(arguments) => {
                for argument in &mut arguments.args {
                    match argument {
                        GenericArgument::Type(ty) => put_back(ty, taken),
                        GenericArgument::AssocType(assoc) => put_back(&mut assoc.ty, taken),
                        _ => {}
                    }
                }
            }
            PathArguments::Parenthesized(arguments) => {
                arguments.inputs.iter_mut().for_each(|input| put_back(&mut input.ty, taken));
                if let ReturnType::Type(_, ty) = &mut arguments.output {
                    put_back(ty, taken);
                }
            }
        }
    }
}

/// The length that was taken out and for which `length` stands.
fn stood_for(length: &Expr, taken: &[TokenStream]) -> Option<TokenStream> {
    let name = length.to_token_stream().to_string();
    let index: usize = name.strip_prefix(STAND_IN)?.parse().ok()?;
    taken.get(index).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(source: &str) -> TokenStream {
        source.parse().unwrap()
    }

    /// Each is refused by syn without "full", or was thought to be.
    const LENGTHS: &[&str] = &[
        "{ N + 1 }",
        "if WIDE { 8 } else { 4 }",
        "match N { 0 => 1, n => n }",
        "size_of::<[u8; { 2 }]>()",
        "{ const fn two() -> usize { 2 } two() }",
        "[0u8; { 3 }].len()",
        "const { 2 }",
        "unsafe { f() }",
        "loop { break 3 }",
        "N",
        "2 * N",
    ];

    #[test]
    fn a_length_of_any_kind_is_kept_as_it_was_written() {
        for length in LENGTHS {
            for source in [
                format!("[u8; {length}]"),
                format!("[[u8; {length}]; {length}]"),
                format!("FixedVec<[u8; {length}], 4>"),
                format!("<[u8; {length}] as Trait>::Type"),
                format!("&'static [(u8, *const [u8; {length}])]"),
                format!("fn([u8; {length}]) -> [u8; {length}]"),
                format!("Box<dyn Fn([u8; {length}]) -> Vec<[u8; {length}]>>"),
            ] {
                let ty = parse_type(tokens(&source)).unwrap().to_token_stream().to_string();
                assert_eq!(ty.replace(' ', ""), source.replace(' ', ""));
            }
        }
    }

    #[test]
    fn items_of_all_kinds_have_such_fields() {
        for length in LENGTHS {
            for source in [
                format!("struct S {{ #[doc = \"x\"] a: [u8; {length}], b: FixedString<{{ 4 }}> }}"),
                format!("pub(crate) struct S([u8; {length}], u8);"),
                format!("enum E {{ A = {{ [0; {{ 3 }}].len() }}, B([u8; {length}]), C }}"),
                format!("enum E {{ A = if X {{ [0; {length}].len() }} else {{ 1 }}, B, C }}"),
                format!("enum E {{ A {{ a: [u8; {length}] }}, B }}"),
                format!("union U {{ a: [u8; {length}] }}"),
            ] {
                let item = parse_item(tokens(&source)).unwrap_or_else(|e| panic!("{source}: {e}"));
                let again = item.to_token_stream().to_string();
                assert_eq!(again.replace(' ', ""), source.replace(' ', ""), "{source}");
            }
        }
    }

    #[test]
    fn attributes_and_macro_calls_are_left_alone() {
        for source in ["ty![u8; if A { 1 } else { 2 }]", "[u8]", "[u8; 4]"] {
            let mut taken = Vec::new();
            assert_eq!(
                take_out(tokens(source), &mut taken).to_string(),
                tokens(source).to_string()
            );
            assert!(taken.is_empty(), "{source}");
        }
    }
}
