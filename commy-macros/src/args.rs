//! Parses macro arguments into typed structs; every problem is reported, none ends the parse.

use core::fmt;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Path, Token, Type};

use crate::ctxt::Ctxt;
use crate::model::tokens_of;

/// Which of the two attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Writer,
    Reader,
}

impl Role {
    /// The attribute as users write it.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::Writer => "create_writer",
            Self::Reader => "create_reader",
        }
    }

    /// The inert marker that carries the arguments to the derive.
    pub(crate) const fn marker(self) -> &'static str {
        match self {
            Self::Writer => "__commy_writer",
            Self::Reader => "__commy_reader",
        }
    }

    /// What the name of the generated type ends with.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Writer => "Writer",
            Self::Reader => "Reader",
        }
    }

    /// The right form of the attribute, around a filename literal.
    fn form(self, filename: &str) -> String {
        format!("#[{}(filename = {filename})]", self.attribute())
    }
}

/// The arguments of `create_writer` or `create_reader`.
pub(crate) struct RoleArgs {
    /// A string literal, or an expression that the type checker will judge.
    pub(crate) filename: Option<Expr>,
    /// The path under which the user knows commy.
    pub(crate) krate: Option<Path>,
    /// Another name than `XWriter` or `XReader`.
    pub(crate) name: Option<Ident>,
    /// The word that makes the record growable.
    pub(crate) growable: Option<Ident>,
    /// The place of the attribute.
    pub(crate) span: Span,
}

impl RoleArgs {
    /// Parses what stands between the parentheses of the attribute.
    pub(crate) fn parse(role: Role, tokens: TokenStream, span: Span, ctxt: &Ctxt) -> Self {
        let mut args = Self { filename: None, krate: None, name: None, growable: None, span };
        let mut seen = Vec::new();
        // A filename that was given in a wrong way is not reported as missing too.
        let mut attempted = false;
        for argument in split(tokens) {
            let Some(key) = argument.key(&seen, ctxt) else {
                attempted = true;
                let given = argument.tokens.to_string();
                let literal = if given.starts_with('"') { given } else { EXAMPLE.to_owned() };
                let form = role.form(&literal);
                ctxt.error_on(
                    &argument.tokens,
                    format_args!("expected `name = value`, as in `{form}`"),
                );
                continue;
            };
            match key.to_string().as_str() {
                "filename" => {
                    attempted = true;
                    args.filename =
                        argument.expression(&key, EXAMPLE, ctxt).filter(|f| names_file(f, ctxt));
                }
                "crate" => args.krate = argument.value(&key, "::commy", ctxt),
                "name" => {
                    let example = format!("\"My{}\"", role.suffix());
                    let name: Option<LitStr> = argument.value(&key, &example, ctxt);
                    args.name = name.and_then(|name| type_name(&name, role, ctxt));
                }
                "growable" => {
                    argument.is_alone(&key, ctxt);
                    args.growable = Some(key.clone());
                }
                other => {
                    let hint = hint(other);
                    attempted |= matches!(hint, Hint::Meant("filename"));
                    let form = role.form(EXAMPLE);
                    ctxt.error_at(
                        key.span(),
                        format_args!("unknown argument `{other}`{hint}\n\nthe form is `{form}`"),
                    );
                }
            }
            seen.push(key);
        }
        if !attempted {
            let form = role.form(EXAMPLE);
            ctxt.error_at(span, format_args!("the filename is missing: write `{form}`"));
        }
        args
    }
}

const EXAMPLE: &str = "\"example.bin\"";

/// A literal that can be no filename is refused here, an expression by the type checker.
fn names_file(filename: &Expr, ctxt: &Ctxt) -> bool {
    let Expr::Lit(ExprLit { lit, .. }) = filename else { return true };
    let problem = match lit {
        Lit::Str(text) => match text.value() {
            name if name.is_empty() => "the filename is empty",
            name if name.contains('\0') => "a filename holds no NUL character",
            name if name.ends_with('/') => "this filename names a directory",
            _ => return true,
        },
        _ => "the filename is a string",
    };
    ctxt.error_on(lit, format_args!("{problem}, for example `filename = {EXAMPLE}`"));
    false
}

/// The name of the generated type.
fn type_name(name: &LitStr, role: Role, ctxt: &Ctxt) -> Option<Ident> {
    let value = name.value();
    if let Ok(mut ident) = syn::parse_str::<Ident>(&value) {
        ident.set_span(Span::call_site().located_at(name.span()));
        return Some(ident);
    }
    let file = match value.contains(['.', '/']) {
        true => format!("; the file's name is `filename = \"{value}\"`"),
        false => String::new(),
    };
    let suffix = role.suffix();
    ctxt.error_on(
        name,
        format_args!("expected the name of a type, as in `name = \"My{suffix}\"`{file}"),
    );
    None
}

/// What an unknown argument probably means.
enum Hint {
    Meant(&'static str),
    Option,
    None,
}

fn hint(key: &str) -> Hint {
    match key {
        "file" | "file_name" | "fileName" | "path" | "filname" | "filenames" => {
            Hint::Meant("filename")
        }
        "rename" | "type_name" | "writer" | "reader" | "struct_name" => Hint::Meant("name"),
        "krate" | "crate_path" | "crate_name" => Hint::Meant("crate"),
        "grows" | "growing" | "grow" | "dynamic" => Hint::Meant("growable"),
        "slots" | "slot_count" | "mode" | "durable" | "durability" | "notify" | "max_size"
        | "garbage_budget" | "max_load" => Hint::Option,
        _ => Hint::None,
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meant(key) => write!(f, ", did you mean `{key}`?"),
            Self::Option => f.write_str(", that is chosen at run time with `options()`"),
            Self::None => f.write_str(", known are `filename`, `name`, `growable` and `crate`"),
        }
    }
}

/// The arguments of `#[commy(...)]` on a field.
#[derive(Default)]
pub(crate) struct FieldArgs {
    /// The unit of the value, for the notes in the file.
    pub(crate) unit: Option<LitStr>,
    /// The name of the accessors.
    pub(crate) rename: Option<Ident>,
    /// The declared id of a foreign plain-old-data type.
    pub(crate) pod: Option<LitStr>,
    /// The word that stores a `Vec<u8>` as one run of bytes.
    pub(crate) bytes: Option<Ident>,
    /// The type that says how the field's own is stored.
    pub(crate) conversion: Option<Conversion>,
    /// Whether there is to be one that was not understood.
    pub(crate) lacks_conversion: bool,
}

/// What stands in `as = path` and in `encoded = path`.
pub(crate) struct Conversion {
    /// The word `as` or `encoded`.
    pub(crate) word: Ident,
    /// The type behind it.
    pub(crate) ty: Type,
}

impl Conversion {
    /// Whether it is a codec.
    pub(crate) fn is_codec(&self) -> bool {
        self.word == "encoded"
    }
}

impl FieldArgs {
    /// Parses what stands between the parentheses.
    pub(crate) fn parse(tokens: TokenStream, ctxt: &Ctxt) -> Self {
        let mut args = Self::default();
        let mut seen = Vec::new();
        let (mut pod, mut id): (_, Option<LitStr>) = (None, None);
        for argument in split(tokens) {
            let Some(key) = argument.key(&seen, ctxt) else {
                ctxt.error_on(&argument.tokens, "expected `name = value`, as in `unit = \"degC\"`");
                continue;
            };
            match key.to_string().as_str() {
                "unit" => args.unit = argument.value(&key, "\"degC\"", ctxt),
                "rename" => {
                    args.rename =
                        argument.value(&key, "\"kind\"", ctxt).and_then(|name| ident(&name, ctxt))
                }
                "id" => id = argument.value(&key, "\"uuid\"", ctxt),
                "pod" => pod = Some(key.clone()),
                "bytes" => {
                    argument.is_alone(&key, ctxt);
                    args.bytes = Some(key.clone());
                }
                "as" => args.convert(&argument, &key, "Seconds", ctxt),
                "encoded" => args.convert(&argument, &key, "Postcard", ctxt),
                other => ctxt.error_at(
                    key.span(),
                    format_args!(
                        "unknown field argument `{other}`, known are `unit = \"degC\"`, \
                         `rename = \"kind\"`, `pod, id = \"uuid\"`, `bytes`, `as = Seconds` and \
                         `encoded = Postcard`"
                    ),
                ),
            }
            seen.push(key);
        }
        let form = "`#[commy(pod, id = \"uuid\")]`: the id names the type in the file";
        args.pod = match (pod, id) {
            (Some(_), Some(id)) if !id.value().is_empty() => Some(id),
            (Some(_), Some(id)) => {
                ctxt.error_on(&id, format_args!("the id is empty, write {form}"));
                Some(id)
            }
            (Some(pod), None) => {
                let given = seen.iter().any(|key| key == "id");
                if !given {
                    ctxt.error_at(pod.span(), format_args!("`pod` needs an id, write {form}"));
                }
                Some(LitStr::new("?", pod.span()))
            }
            (None, Some(id)) => {
                ctxt.error_on(&id, format_args!("an `id` belongs to `pod`, write {form}"));
                None
            }
            (None, None) => None,
        };
        if let (Some(_), Some(bytes)) = (&args.pod, args.bytes.take_if(|_| args.pod.is_some())) {
            let message =
                "a field is `pod` or `bytes`: plain old data has a fixed size, bytes grow";
            ctxt.error_at(bytes.span(), message);
        }
        args.one_form(ctxt);
        args
    }
}

impl FieldArgs {
    /// Takes `as = path` or `encoded = path`.
    fn convert(&mut self, argument: &Argument, key: &Ident, example: &str, ctxt: &Ctxt) {
        let Some(ty) = argument.value(key, example, ctxt) else {
            self.lacks_conversion = true;
            return;
        };
        match &self.conversion {
            Some(first) if first.word != *key => {
                // Which of them is meant nobody knows, so neither is asked anything.
                (self.conversion, self.lacks_conversion) = (None, true);
                ctxt.error_at(
                    key.span(),
                    "a field has `as` or `encoded`: a codec takes the value as it is\n\n\
                     help: remove one of them",
                );
            }
            None if self.lacks_conversion => {}
            _ => self.conversion = Some(Conversion { word: key.clone(), ty }),
        }
    }

    /// What is converted is stored as the conversion says, and neither as plain old data nor as bytes.
    fn one_form(&mut self, ctxt: &Ctxt) {
        let Some(conversion @ Conversion { word, .. }) = &self.conversion else { return };
        let what = match conversion.is_codec() {
            true => "what is serialized is stored as the codec says",
            false => "what is converted is stored as the conversion says",
        };
        // The conversion stays, which asks nothing of the type itself.
        let other = match (self.pod.take(), self.bytes.take()) {
            (Some(_), _) => "pod",
            (None, Some(_)) => "bytes",
            (None, None) => return,
        };
        ctxt.error_at(
            word.span(),
            format_args!("a field has `{word}` or `{other}`: {what}\n\nhelp: remove one of them"),
        );
    }
}

/// The arguments of `#[commy(...)]` on an item.
#[derive(Default)]
pub(crate) struct ItemArgs {
    /// The path under which the user knows commy.
    pub(crate) krate: Option<Path>,
    /// The name of the proxy that reads.
    pub(crate) reads: Option<Ident>,
    /// The name of the one that changes.
    pub(crate) changes: Option<Ident>,
}

impl ItemArgs {
    /// Finds and parses the attribute; only an item whose fields grow has proxies.
    pub(crate) fn of(attributes: &[Attribute], has_proxies: bool, ctxt: &Ctxt) -> Self {
        let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("commy"));
        let Some(attribute) = attribute else { return Self::default() };
        let (mut args, mut seen) = (Self::default(), Vec::new());
        for argument in split(tokens_of(attribute, ctxt)) {
            let Some(key) = argument.key(&seen, ctxt) else {
                unknown(&argument, has_proxies, ctxt);
                continue;
            };
            match key.to_string().as_str() {
                "crate" => args.krate = argument.value(&key, "::commy", ctxt),
                "ref" if has_proxies => args.reads = proxy_name(&argument, &key, "Ref", ctxt),
                "mut" if has_proxies => args.changes = proxy_name(&argument, &key, "Mut", ctxt),
                _ => unknown(&argument, has_proxies, ctxt),
            }
            seen.push(key);
        }
        args
    }
}

fn unknown(argument: &Argument, has_proxies: bool, ctxt: &Ctxt) {
    let known = match has_proxies {
        true => "`crate = path::to::commy`, `ref = \"MyRef\"` and `mut = \"MyMut\"`",
        false => "`crate = path::to::commy`",
    };
    let verb = if has_proxies { "are" } else { "is" };
    ctxt.error_on(
        &argument.tokens,
        format_args!(
            "unknown argument, known here {verb} {known}; `unit`, `rename` and `pod` belong to a field"
        ),
    );
}

/// The name of a proxy.
fn proxy_name(argument: &Argument, key: &Ident, suffix: &str, ctxt: &Ctxt) -> Option<Ident> {
    let name: LitStr = argument.value(key, &format!("\"My{suffix}\""), ctxt)?;
    if let Ok(mut ident) = syn::parse_str::<Ident>(&name.value()) {
        ident.set_span(Span::call_site().located_at(name.span()));
        return Some(ident);
    }
    let message = format!("expected the name of a type, as in `{key} = \"My{suffix}\"`");
    ctxt.error_on(&name, message);
    None
}

/// The arguments of `#[commy(...)]` on an item that derives `SchemaName`.
#[derive(Default)]
pub(crate) struct NameArgs {
    /// The name in the schema.
    pub(crate) name: Option<String>,
    /// The path under which the user knows commy.
    pub(crate) krate: Option<Path>,
}

impl NameArgs {
    /// Finds and parses the attributes.
    pub(crate) fn of(attributes: &[Attribute], ctxt: &Ctxt) -> Self {
        let mut args = Self::default();
        let mut seen = Vec::new();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("commy")) {
            let syn::Meta::List(list) = &attribute.meta else {
                ctxt.error_on(attribute, "expected arguments, as in `#[commy(name = \"Event\")]`");
                continue;
            };
            for argument in split(list.tokens.clone()) {
                let Some(key) = argument.key(&seen, ctxt) else {
                    let form = "expected `name = value`, as in `name = \"Event\"`";
                    ctxt.error_on(&argument.tokens, form);
                    continue;
                };
                match key.to_string().as_str() {
                    "name" => {
                        let name: Option<LitStr> = argument.value(&key, "\"Event\"", ctxt);
                        if let Some(empty) = name.as_ref().filter(|name| name.value().is_empty()) {
                            ctxt.error_on(empty, "the name is empty, write the type's own or none");
                        }
                        args.name = name.map(|name| name.value());
                    }
                    "crate" => args.krate = argument.value(&key, "::commy", ctxt),
                    other => ctxt.error_at(
                        key.span(),
                        format_args!(
                            "unknown argument `{other}`, known here are `name = \"Event\"` and \
                             `crate = path::to::commy`"
                        ),
                    ),
                }
                seen.push(key);
            }
        }
        args
    }
}

fn ident(name: &LitStr, ctxt: &Ctxt) -> Option<Ident> {
    let parsed = Ident::parse_any.parse_str(&name.value());
    if parsed.is_err() || name.value() == "_" {
        ctxt.error_on(name, "expected the name of a function, as in `rename = \"kind\"`");
        return None;
    }
    // Keywords become raw identifiers, as the field itself would be written.
    let parsed = syn::parse_str::<Ident>(&name.value())
        .or_else(|_| syn::parse_str::<Ident>(&format!("r#{}", name.value())));
    match parsed {
        Ok(mut ident) => {
            ident.set_span(name.span());
            Some(ident)
        }
        Err(_) => {
            ctxt.error_on(name, "this word can be no function's name");
            None
        }
    }
}

/// What stands between two commas.
struct Argument {
    tokens: TokenStream,
}

impl Argument {
    /// The word before `=`; reports a word that was there before.
    fn key(&self, seen: &[Ident], ctxt: &Ctxt) -> Option<Ident> {
        let mut tokens = self.tokens.clone().into_iter();
        let Some(TokenTree::Ident(key)) = tokens.next() else { return None };
        let is_pair = match tokens.next() {
            None => true,
            Some(TokenTree::Punct(punct)) => punct.as_char() == '=',
            Some(_) => false,
        };
        if is_pair && seen.contains(&key) {
            ctxt.error_at(key.span(), format_args!("`{key}` is given twice"));
        }
        is_pair.then_some(key)
    }

    /// Reports a value behind a word that takes none.
    fn is_alone(&self, key: &Ident, ctxt: &Ctxt) {
        if self.tokens.clone().into_iter().count() > 1 {
            ctxt.error_on(&self.tokens, format_args!("`{key}` takes no value, write `{key}`"));
        }
    }

    /// The expression after `=`; one that syn reads with its feature "full" only is not looked into.
    fn expression(&self, key: &Ident, example: &str, ctxt: &Ctxt) -> Option<Expr> {
        let value: TokenStream = self.tokens.clone().into_iter().skip(2).collect();
        let is_block = match value.clone().into_iter().next() {
            Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
            Some(TokenTree::Ident(word)) => {
                ["if", "match", "const", "unsafe", "loop"].iter().any(|known| word == known)
            }
            _ => false,
        };
        if is_block && syn::parse2::<Expr>(value.clone()).is_err() {
            return Some(Expr::Verbatim(value));
        }
        self.value(key, example, ctxt)
    }

    /// The value after `=`; reports a missing or unfit one.
    fn value<T: syn::parse::Parse>(&self, key: &Ident, example: &str, ctxt: &Ctxt) -> Option<T> {
        let parser = |input: ParseStream<'_>| {
            Ident::parse_any(input)?;
            input.parse::<Token![=]>()?;
            input.parse::<T>()
        };
        match parser.parse2(self.tokens.clone()) {
            Ok(value) => Some(value),
            Err(_) => {
                ctxt.error_on(
                    &self.tokens,
                    format_args!("expected a value, as in `{key} = {example}`"),
                );
                None
            }
        }
    }
}

fn split(tokens: TokenStream) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while tokens.peek().is_some() {
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        let mut argument = TokenStream::new();
        for token in tokens.by_ref().take_while(|token| !is_comma(token)) {
            token.to_tokens(&mut argument);
        }
        arguments.push(Argument { tokens: argument });
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(args: &str) -> String {
        let ctxt = Ctxt::default();
        RoleArgs::parse(Role::Writer, args.parse().unwrap(), Span::call_site(), &ctxt);
        ctxt.into_tokens().to_string().replace("\\\"", "\"")
    }

    #[test]
    fn right_arguments_are_accepted() {
        assert_eq!(messages(r#"filename = "a.bin""#), "");
        assert_eq!(messages(r#"filename = "a.bin", crate = shared::commy, name = "Out","#), "");
        assert_eq!(messages(r#"filename = concat!("a", ".bin")"#), "");
        assert_eq!(messages("filename = crate::FILE"), "");
        assert_eq!(messages(r#"filename = if BIG { "a" } else { "b" }, name = "Out""#), "");
        assert_eq!(messages(r#"filename = { const N: &str = "a"; N }"#), "");
    }

    #[test]
    fn the_generated_type_has_the_name_that_is_given() {
        assert_eq!(messages(r#"filename = "a.bin", name = "Output""#), "");
        let message = messages(r#"filename = "a", name = "b.bin""#);
        assert!(message.contains(r#"expected the name of a type, as in `name = "MyWriter"`"#));
        assert!(message.contains(r#"the file's name is `filename = "b.bin"`"#), "{message}");
        assert!(messages(r#"filename = "a", name = "struct""#).contains("the name of a type"));
        assert!(messages(r#"filename = "a", rename = "b""#).contains("did you mean `name`?"));
    }

    #[test]
    fn a_missing_filename_shows_the_form() {
        assert!(messages("").contains(r#"write `#[create_writer(filename = "example.bin")]`"#));
        assert!(messages("crate = commy").contains("the filename is missing"));
    }

    #[test]
    fn a_bare_string_is_shown_with_its_name() {
        let message = messages(r#""status.bin""#);
        assert!(message.contains(r#"`#[create_writer(filename = "status.bin")]`"#), "{message}");
        assert!(!message.contains("missing"));
    }

    #[test]
    fn an_unknown_argument_names_the_known_ones() {
        assert!(messages(r#"file = "a.bin""#).contains("did you mean `filename`?"));
        assert!(messages(r#"filename = "a", slots = 4"#).contains("`options()`"));
        assert!(messages(r#"filename = "a", x = 4"#).contains("known are `filename`"));
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let message = messages(r#"filename = 5, filename = "", size, 1 + 2"#);
        for part in [
            "is a string",
            "given twice",
            "is empty",
            "unknown argument `size`",
            "expected `name = value`",
        ] {
            assert!(message.contains(part), "{part} in {message}");
        }
    }

    #[test]
    fn words_without_a_value_stand_alone() {
        assert_eq!(messages(r#"filename = "a.bin", growable"#), "");
        assert!(messages(r#"filename = "a", growable = true"#).contains("takes no value"));
        assert!(messages(r#"filename = "a", growable, growable"#).contains("given twice"));
        assert!(messages(r#"filename = "a", dynamic"#).contains("did you mean `growable`?"));
        assert!(messages("growable").contains("the filename is missing"));
        let field = |args: &str| {
            let ctxt = Ctxt::default();
            let bytes = FieldArgs::parse(args.parse().unwrap(), &ctxt).bytes;
            (bytes.is_some(), ctxt.into_tokens().to_string())
        };
        assert_eq!(field(r#"bytes, unit = "px""#), (true, String::new()));
        assert!(field("bytes = 4").1.contains("takes no value"));
        assert!(field(r#"pod, id = "x", bytes"#).1.contains("`pod` or `bytes`"));
    }

    #[test]
    fn a_conversion_is_a_type_and_stands_for_itself() {
        let field = |args: &str| {
            let ctxt = Ctxt::default();
            let conversion = FieldArgs::parse(args.parse().unwrap(), &ctxt).conversion;
            let ty = conversion.map(|conversion| crate::spell::spell(&conversion.ty));
            (ty.unwrap_or_default(), ctxt.into_tokens().to_string())
        };
        for ty in ["Seconds", "crate::time::Seconds", "Option<[Seconds; 2]>", "<A as B>::C"] {
            assert_eq!(field(&format!("as = {ty}, unit = \"s\"")), (ty.into(), String::new()));
        }
        for wrong in ["as", "as = \"Seconds\"", "as = 5", "as Seconds"] {
            let (ty, message) = field(wrong);
            assert!(ty.is_empty() && message.contains("as in"), "{wrong}: {message}");
        }
        assert!(field("as = A, as = B").1.contains("given twice"));
        assert!(field("as = A, bytes").1.contains("`as` or `bytes`"));
        assert!(field(r#"pod, id = "x", as = A"#).1.contains("`as` or `pod`"));
        assert!(field("with = A").1.contains("`as = Seconds` and `encoded = Postcard`"));
    }

    #[test]
    fn a_codec_is_a_type_and_stands_for_itself() {
        let field = |args: &str| {
            let ctxt = Ctxt::default();
            let args = FieldArgs::parse(args.parse().unwrap(), &ctxt);
            let codec = args.conversion.filter(Conversion::is_codec);
            let ty = codec.map(|codec| crate::spell::spell(&codec.ty));
            (ty.unwrap_or_default(), args.lacks_conversion, ctxt.into_tokens().to_string())
        };
        for ty in ["Json", "crate::codecs::Text", "<A as B>::C"] {
            let read = field(&format!("encoded = {ty}, unit = \"s\""));
            assert_eq!(read, (ty.into(), false, String::new()));
        }
        for wrong in ["encoded", "encoded = \"json\"", "encoded Json"] {
            let (ty, _, message) = field(wrong);
            assert!(ty.is_empty() && message.contains("as in"), "{wrong}: {message}");
        }
        assert!(field("encoded").1 && field("encoded").2.contains("`encoded = Postcard`"));
        assert!(field("encoded = A, encoded = B").2.contains("given twice"));
        assert!(field("encoded = A, bytes").2.contains("`encoded` or `bytes`"));
        assert!(field(r#"pod, id = "x", encoded = A"#).2.contains("`encoded` or `pod`"));
        for both in ["encoded = A, as = B", "as = B, encoded = A", "as = B, encoded = A, as = C"] {
            let (ty, lacks, message) = field(both);
            assert!(ty.is_empty() && lacks, "{both}");
            assert!(message.contains("`as` or `encoded`"), "{both}: {message}");
        }
    }

    #[test]
    fn pod_and_id_belong_together() {
        let messages = |args: &str| {
            let ctxt = Ctxt::default();
            FieldArgs::parse(args.parse().unwrap(), &ctxt);
            ctxt.into_tokens().to_string()
        };
        assert_eq!(messages(r#"pod, id = "uuid", unit = "m", rename = "type""#), "");
        assert!(messages("pod").contains("needs an id"));
        assert!(messages(r#"id = "uuid""#).contains("belongs to `pod`"));
        assert!(messages(r#"pod, id = """#).contains("the id is empty"));
        assert!(messages(r#"rename = "a b""#).contains("the name of a function"));
        assert!(messages(r#"rename = "self""#).contains("can be no function"));
    }
}
