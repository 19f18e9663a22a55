//! The step of the attributes: prepares the item for the derive, which does all the work.
//!
//! Attributes see fields that a `#[cfg]` will remove, and each of the two attributes sees the item
//! alone; the derive sees neither problem. So an attribute adds `repr(C)`, the internal derive and
//! its own arguments as an inert marker, and judges nothing. The fields of a growable record are not
//! in the file as they are in memory, so its layout is its own business.
//!
//! One thing only an attribute can do: change a field. A field of a written type without a size,
//! such as `str`, makes a struct without a size, of which the compiler complains wherever the
//! struct is used. So such a type gets a stand-in that has a size, from which the derive takes the
//! written type for its message.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Data, GenericArgument, Path, PathArguments, Type, TypePath};

use crate::args::{Role, RoleArgs};
use crate::ctxt::Ctxt;
use crate::lengths;
use crate::refuse;

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
    let own = RoleArgs::parse(role, args.clone(), Span::call_site(), &Ctxt::default());
    let krate = own.krate.map_or_else(|| quote!(::commy), |path: Path| path.to_token_stream());
    if own.growable.is_none() && !attributes.iter().any(fixes_layout) {
        attributes.push(syn::parse_quote!(#[repr(C)]));
    }
    if !attributes.iter().any(is_internal_derive) {
        let derive = Ident::new(DERIVE, Span::call_site());
        attributes.push(syn::parse_quote!(#[derive(#krate::__private::#derive)]));
    }
    // After the derive that declares it: a helper attribute before its derive is on its way out
    // of the language.
    let marker = Ident::new(role.marker(), Span::call_site());
    let rest = with_sizes(rest, &krate);
    quote!(#(#attributes)* #[#marker(#args)] #rest)
}

fn split_attributes(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, TokenStream)> {
    Ok((Attribute::parse_outer(input)?, input.parse()?))
}

/// The trait of the stand-ins; its one type is `Field`.
const STAND_IN: &str = "WithSize";

/// The item with a stand-in for each written type that has no size.
fn with_sizes(rest: TokenStream, krate: &TokenStream) -> TokenStream {
    let Ok(mut item) = lengths::parse_item(rest.clone()) else { return rest };
    let Data::Struct(data) = &mut item.data else { return rest };
    let mut changed = false;
    for field in &mut data.fields {
        changed |= put_stand_ins(&mut field.ty, krate);
    }
    if changed { item.into_token_stream() } else { rest }
}

/// Puts a stand-in in the place of each type without a size; tells whether there was one.
pub(crate) fn put_stand_ins(ty: &mut Type, krate: &TokenStream) -> bool {
    let mut changed = false;
    replace(ty, &mut |ty| {
        if !refuse::is_unsized(ty) {
            return None;
        }
        changed = true;
        let stand_in = Ident::new(STAND_IN, Span::call_site());
        Some(syn::parse_quote!(<#ty as #krate::__private::#stand_in>::Field))
    });
    changed
}

/// The type as it was written, without stand-ins.
pub(crate) fn without_stand_in(mut ty: Type) -> Type {
    replace(&mut ty, &mut |ty| {
        let Type::Path(TypePath { qself: Some(qself), path, .. }) = ty else { return None };
        let stands_in = path.segments.iter().any(|segment| segment.ident == STAND_IN);
        stands_in.then(|| (*qself.ty).clone())
    });
    ty
}

/// Replaces the outermost types that `new` has something for: `ty`, or what is in it in place.
fn replace(ty: &mut Type, new: &mut impl FnMut(&Type) -> Option<Type>) {
    if let Some(new) = new(ty) {
        *ty = new;
        return;
    }
    match ty {
        Type::Group(group) => replace(&mut group.elem, new),
        Type::Paren(paren) => replace(&mut paren.elem, new),
        Type::Array(array) => replace(&mut array.elem, new),
        // Whatever else is refused as written may well hold a type without a size: a `Box`.
        Type::Path(path) if path.qself.is_none() && refuse::holds_in_place(path) => {
            for segment in &mut path.path.segments {
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
                    continue;
                };
                for argument in &mut arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        replace(ty, new);
                    }
                }
            }
        }
        _ => {}
    }
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
    fn the_layout_of_a_growable_record_stays() {
        let growable = "filename = \"a\", growable";
        let output = expanded(Role::Writer, growable, "struct A { a: String }");
        assert!(!output.contains("repr") && output.contains("growable"), "{output}");
        let aligned = expanded(Role::Writer, growable, "#[repr(align(16))] struct A { a: u8 }");
        assert_eq!(aligned.matches("repr").count(), 1, "{aligned}");
    }

    #[test]
    fn an_item_that_is_no_struct_is_left_alone() {
        let output = expanded(Role::Reader, "filename = \"a\"", "pub fn f() {}");
        assert!(output.contains("`#[create_reader]` belongs on a struct"), "{output}");
        assert!(output.ends_with(&tokens("pub fn f() {}")));
    }

    #[test]
    fn a_written_type_without_a_size_gets_a_stand_in_that_the_derive_sees_through() {
        for (written, unsized_type) in [
            ("str", "str"),
            ("[u8]", "[u8]"),
            ("dyn Send", "dyn Send"),
            ("std::path::Path", "std::path::Path"),
            ("FixedVec<str, 4>", "str"),
            ("FixedOption<[str; 2]>", "str"),
        ] {
            let item = format!("pub struct A {{ a: u8, #[commy(unit = \"m\")] b: {written} }}");
            let output = expanded(Role::Writer, "filename = \"a\"", &item);
            let stand_in = format!("<{unsized_type} as ::commy::__private::WithSize>::Field");
            let changed = written.replace(unsized_type, &stand_in);
            let squeezed = |text: &str| text.replace(' ', "");
            assert!(squeezed(&output).contains(&squeezed(&format!("b: {changed}"))), "{output}");
            // The other attribute leaves that alone.
            let again = expanded(Role::Reader, "filename = \"a\"", &output);
            assert_eq!(again.matches("WithSize").count(), 1, "{again}");
            let restored = without_stand_in(syn::parse_str(&changed).unwrap());
            assert_eq!(restored.to_token_stream().to_string(), tokens(written));
        }
        for ty in
            ["Box<str>", "&'static [u8]", "FixedString<4>", "<A as B>::Field", "Arc<dyn Send>"]
        {
            let item = format!("struct A {{ a: {ty} }}");
            assert!(!expanded(Role::Writer, "", &item).contains("WithSize"), "{ty}");
        }
    }

    #[test]
    fn the_crate_path_is_used_even_when_another_argument_is_wrong() {
        let output =
            expanded(Role::Writer, "crate = shared::commy, file = 1", "struct A { a: u8 }");
        assert!(output.contains(&tokens("shared::commy::__private::__CommyRecord")), "{output}");
    }
}
