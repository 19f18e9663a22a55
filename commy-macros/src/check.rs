//! The rules of what can be shared, one function each; all that is wrong is reported at once.

mod variants;

use proc_macro2::{Ident, Span};
use quote::ToTokens as _;
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use crate::args::{Conversion, Role};
use crate::ctxt::Ctxt;
use crate::model::{Field, Item, Model, Proxies, Variant};
use crate::refuse;
use crate::spell::{plain_name, spell};

/// Checks an item with `create_writer` or `create_reader`.
pub(crate) fn record(model: &Model, ctxt: &Ctxt) {
    let role = if model.writer.is_some() { Role::Writer } else { Role::Reader };
    one_file(model, ctxt);
    one_storage(model, ctxt);
    different_names(model, ctxt);
    match &model.item {
        Item::Struct(fields) => {
            structure(model, fields, ctxt);
            accessor_names(model, ctxt);
        }
        Item::Enum(_) | Item::Variants(..) => ctxt.error_on(
            &model.ident,
            format_args!(
                "`#[{}]` belongs on a struct with named fields; an enum can be the type of a field",
                role.attribute()
            ),
        ),
        Item::Other(found, span) => not_named(role.attribute(), found, *span, ctxt),
    }
}

/// Checks an item with `derive(Mappable)`.
pub(crate) fn mappable(model: &Model, ctxt: &Ctxt) {
    match &model.item {
        Item::Struct(fields) => {
            structure(model, fields, ctxt);
            fixed_layout(model, ctxt);
        }
        Item::Enum(variants) => {
            not_generic(model, ctxt);
            fieldless(variants, ctxt);
            fixed_repr(model, variants, ctxt);
            has_a_zero(model, variants, ctxt);
        }
        Item::Variants(..) => {}
        Item::Other(found, span) => not_named("derive(Mappable)", found, *span, ctxt),
    }
}

/// Checks an item with `derive(Growable)`.
pub(crate) fn growable(model: &Model, ctxt: &Ctxt) {
    match &model.item {
        Item::Struct(fields) => {
            different_names(model, ctxt);
            structure(model, fields, ctxt);
            fields.iter().for_each(|field| ends_somewhere(model, field, ctxt));
            accessor_names(model, ctxt);
        }
        Item::Variants(variants, fields) => {
            not_generic(model, ctxt);
            different_names(model, ctxt);
            variants::check(model, variants, fields, ctxt);
            fields.iter().for_each(|field| one_field(model, field, ctxt));
        }
        Item::Enum(_) => {}
        Item::Other(found, span) => ctxt.error_at(
            *span,
            format_args!(
                "`#[derive(Growable)]` needs a struct with fields or an enum, this is {found}\n\n\
                 help: give it a field, for example `struct Reading {{ value: f64 }}`"
            ),
        ),
    }
}

/// A new value is all zero, and a box of zeros holds a value of zeros: there must be an end.
///
/// The same around a corner is a cycle for the compiler.
fn ends_somewhere(model: &Model, field: &Field, ctxt: &Ctxt) {
    let Some(boxed) = refuse::growable::endless(&field.ty, &model.ident) else { return };
    let (name, owner, ty) = (&field.name, &model.ident, spell(boxed));
    let mut message = format!(
        "field `{name}`: `{ty}` makes `{owner}` a value without end: each holds another\n\n\
         help: use `Option<{ty}>`, which is `None` in a new one"
    );
    if spell(&field.ty) == ty {
        message += &format!(", for example\n          {}", field.line(&format!("Option<{ty}>")));
    }
    ctxt.error_on(boxed, message);
}

/// Writer and reader of one struct are of one file, found by one path of the crate; two of either
/// are a slip that compiles.
fn one_file(model: &Model, ctxt: &Ctxt) {
    let (Some(writer), Some(reader)) = (&model.writer, &model.reader) else { return };
    if let (Some(first), Some(second)) = (&writer.filename, &reader.filename) {
        let (written, read) = (spell(first), spell(second));
        let text = |name: &Expr| match name {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        };
        // Of expressions the values are compared, by the expansion.
        if text(first).is_some() && text(second).is_some() && text(first) != text(second) {
            let name = &model.ident;
            ctxt.error_on(
                second,
                format_args!(
                    "the writer of `{name}` has the file {written}, its reader {read}\n\n\
                     help: give both the same filename; a program that reads another file says so \
                     with `open_at`"
                ),
            );
        }
    }
    if let (Some(first), Some(second)) = (&writer.krate, &reader.krate) {
        let (first, own) = (spell(first), spell(second));
        if first != own {
            ctxt.error_on(
                second,
                format_args!("commy is `{first}` for the writer and `{own}` for the reader"),
            );
        }
    }
}

/// Writer and reader of one struct agree on whether its values grow.
fn one_storage(model: &Model, ctxt: &Ctxt) {
    let (Some(writer), Some(reader)) = (&model.writer, &model.reader) else { return };
    let (said, other, role) = match (&writer.growable, &reader.growable) {
        (Some(said), None) => (said, reader, Role::Reader),
        (None, Some(said)) => (said, writer, Role::Writer),
        _ => return,
    };
    let (name, attribute) = (&model.ident, role.attribute());
    ctxt.error_at(
        other.span,
        format_args!(
            "`{said}` stands in one of the attributes of `{name}`, and not in `#[{attribute}]`\n\n\
             help: write it in both, or in neither"
        ),
    );
}

/// What is generated needs names of its own.
fn different_names(model: &Model, ctxt: &Ctxt) {
    for (name, one, other) in same_names(model) {
        ctxt.error_at(
            name.span(),
            format_args!("`{name}` would be the name of {one} and of {other}"),
        );
    }
}

/// Whether all that is generated has a name of its own.
pub(crate) fn has_different_names(model: &Model) -> bool {
    same_names(model).is_empty()
}

/// The names that two types would have.
fn same_names(model: &Model) -> Vec<(Ident, &'static str, &'static str)> {
    if let Item::Variants(_, fields) = &model.item {
        let reads = model.wrapper(Role::Reader);
        let is_same = !fields.is_empty() && reads == model.ident;
        let same = is_same.then_some((reads, "the enum", "what views have of it"));
        return same.into_iter().collect();
    }
    let mut types = vec![(model.ident.clone(), "the struct")];
    if model.writer.is_some() {
        types.push((model.wrapper(Role::Writer), "its writer"));
        types.push(match model.is_growable {
            true => (model.transaction(), "its writer's transaction"),
            false => (model.batch(), "its writer's batch"),
        });
    }
    if model.reader.is_some() {
        types.push((model.wrapper(Role::Reader), "its reader"));
    }
    if model.is_growable && model.proxies.is_none() {
        types.push((model.view(), "its view"));
    }
    if let Some(Proxies { reads, changes }) = &model.proxies {
        types.push((reads.clone(), "its proxy that reads"));
        types.push((changes.clone(), "its proxy that changes"));
    }
    let mut same = Vec::new();
    for (index, (name, what)) in types.iter().enumerate() {
        if let Some((_, other)) = types.iter().take(index).find(|(other, _)| other == name) {
            same.push((name.clone(), *other, *what));
        }
    }
    same
}

fn structure(model: &Model, fields: &[Field], ctxt: &Ctxt) {
    not_generic(model, ctxt);
    not_packed(model, ctxt);
    not_empty(model, fields, ctxt);
    fields.iter().for_each(|field| one_field(model, field, ctxt));
}

fn one_field(model: &Model, field: &Field, ctxt: &Ctxt) {
    match model.is_growable {
        true => growable_type(field, ctxt),
        false => fitting_type(model, field, ctxt),
    }
    plain_elements(field, ctxt);
    one_run_of_bytes(model, field, ctxt);
    one_conversion(model, field, ctxt);
}

/// Tuple structs have no names for accessors and for the schema; a union's bytes have no one
/// meaning.
fn not_named(macro_name: &str, found: &str, span: Span, ctxt: &Ctxt) {
    ctxt.error_at(
        span,
        format_args!(
            "`#[{macro_name}]` needs a struct with named fields, this is {found}\n\n\
             help: give every field a name, for example `struct Reading {{ value: f64 }}`"
        ),
    );
}

/// Both processes must agree on one layout, and one file has one fingerprint.
fn not_generic(model: &Model, ctxt: &Ctxt) {
    if let Some(first) = model.generics.params.first() {
        let name = &model.ident;
        ctxt.error_on(
            first,
            format_args!(
                "a shared type cannot be generic: both processes must agree on one layout\n\n\
                 help: write one type per use, `{name}` with concrete fields"
            ),
        );
    }
}

/// Accessors and encoders borrow fields, which a packed struct does not allow.
fn not_packed(model: &Model, ctxt: &Ctxt) {
    if let Some((_, span)) = model.repr.iter().find(|(word, _)| word == "packed") {
        ctxt.error_at(
            *span,
            "a shared struct cannot be packed: its fields could not be borrowed\n\n\
             help: remove `packed`; padding goes into the file as zero bytes",
        );
    }
}

/// A file without a value is a mistake, and an empty struct as a field says nothing.
fn not_empty(model: &Model, fields: &[Field], ctxt: &Ctxt) {
    if fields.is_empty() {
        ctxt.error_on(&model.ident, format_args!("`{}` has no fields to share", model.ident));
    }
}

/// Without `repr(C)` the order of fields is up to the compiler, which may differ between programs.
fn fixed_layout(model: &Model, ctxt: &Ctxt) {
    let fixed = |(word, _): &(String, Span)| word == "C" || word == "transparent";
    if !model.repr.iter().any(fixed) {
        let name = &model.ident;
        ctxt.error_on(
            name,
            format_args!(
                "the layout of `{name}` is up to the compiler, and another program's may differ\n\n\
                 help: add `#[repr(C)]` to `{name}`"
            ),
        );
    }
}

/// Each written type that can never be shared, with the line that replaces it.
fn fitting_type(model: &Model, field: &Field, ctxt: &Ctxt) {
    // Another rule says what is missing.
    let is_bytes = field.args.bytes.is_some() && refuse::growable::is_vec_of_bytes(&field.ty);
    if is_bytes || field.args.conversion.is_some() || field.args.lacks_conversion {
        return;
    }
    let Some(refusal) = refuse::refusal(&field.ty).filter(|_| field.is_refused()) else { return };
    let (ty, name) = (spell(refusal.ty), &field.name);
    let mut message =
        format!("field `{name}`: `{ty}` {}\n\nhelp: {}", refusal.reason, refusal.help);
    if let Some(replacement) = refuse::replacement(&field.ty) {
        message += &format!(", for example\n          {}: {replacement},", field.ident);
    }
    // Nested structs have a fixed size in every record.
    if model.is_record && field.may_grow() {
        let whole = spell(&field.ty);
        message += &format!(
            "\n\nhelp: or keep `{whole}` in a record that grows: add `growable` to its attributes"
        );
    }
    ctxt.error_on(refusal.ty, message);
}

/// The same for a growable record, which takes more.
fn growable_type(field: &Field, ctxt: &Ctxt) {
    let refusal = refuse::growable::refusal(&field.ty).filter(|_| field.is_refused());
    // Of these, other rules speak.
    let is_told =
        field.args.bytes.is_some() || field.args.lacks_conversion || field.is_encoded_in_parts();
    let Some(refusal) = refusal.filter(|_| !is_told) else { return };
    let (ty, name) = (spell(refusal.ty), field.shown());
    let mut message =
        format!("field `{name}`: `{ty}` {}\n\nhelp: {}", refusal.reason, refusal.help);
    if let Some(replacement) = refuse::growable::replacement(&field.ty) {
        message += ", for example\n          ";
        if replacement == "Vec<u8>" {
            message += "#[commy(bytes)]\n          ";
        }
        message += &field.line(&replacement);
    }
    if let Some(remark) = refuse::growable::remark(refusal.ty) {
        message += &format!("\n\nhelp: {remark}");
    }
    ctxt.error_on(refusal.ty, message);
}

/// `bytes` is for a list of bytes in a record that grows.
fn one_run_of_bytes(model: &Model, field: &Field, ctxt: &Ctxt) {
    let Some(bytes) = &field.args.bytes else { return };
    let (name, ty) = (field.shown(), spell(&field.ty));
    if !model.is_growable {
        ctxt.error_at(
            bytes.span(),
            format_args!(
                "field `{name}`: `bytes` is for a field of a growable record\n\n\
                 help: add `growable` to the record's attributes, or use `FixedVec<u8, N>` without \
                 `bytes`"
            ),
        );
    } else if !refuse::growable::may_be_bytes(&field.ty) {
        ctxt.error_on(
            &field.ty,
            format_args!(
                "field `{name}`: `bytes` is for a `Vec<u8>`, this is `{ty}`\n\n\
                 help: remove `bytes`, or use it, for example\n          \
                 #[commy(bytes)]\n          {}",
                field.line("Vec<u8>")
            ),
        );
    }
}

/// `as` is for what has no form of its own in a record that grows.
fn one_conversion(model: &Model, field: &Field, ctxt: &Ctxt) {
    let Some(conversion) = &field.args.conversion else { return };
    let (name, ty, word) = (field.shown(), spell(&field.ty), &conversion.word);
    if conversion.is_codec() {
        one_codec(model, field, conversion, ctxt);
    } else if !model.is_growable {
        ctxt.error_at(
            word.span(),
            format_args!(
                "field `{name}`: `{word}` is for a field of a growable record\n\n\
                 help: add `growable` to the record's attributes, or store what `{ty}` converts to, \
                 or use `Encoded<{ty}, Postcard, N>`"
            ),
        );
    } else if refuse::is_encoded(&field.ty) {
        ctxt.error_at(
            word.span(),
            format_args!(
                "field `{name}`: `{ty}` is stored as its codec says, and cannot be converted, too\n\n\
                 help: remove `as`, or give the field the type that is serialized"
            ),
        );
    }
}

/// `encoded` is for what grows; its codec takes all of the field.
fn one_codec(model: &Model, field: &Field, conversion: &Conversion, ctxt: &Ctxt) {
    let (name, ty) = (field.shown(), spell(&field.ty));
    let (codec, word) = (spell(&conversion.ty), &conversion.word);
    if !model.is_growable {
        ctxt.error_at(
            word.span(),
            format_args!(
                "field `{name}`: `{word}` is for a field of a growable record\n\n\
                 help: add `growable` to the record's attributes, or use `Encoded<{ty}, {codec}, \
                 N>` without `{word}`, which takes up to N bytes"
            ),
        );
    } else if refuse::is_encoded(&field.ty) {
        ctxt.error_at(
            word.span(),
            format_args!(
                "field `{name}`: `{ty}` is serialized by a codec of its own\n\n\
                 help: remove `{word}`, or give the field the type that is serialized"
            ),
        );
    } else if field.is_encoded_in_parts() {
        ctxt.error_on(
            &conversion.ty,
            format_args!(
                "field `{name}`: `{codec}` is no codec: one codec takes all of the field, whatever \
                 it holds\n\n\
                 help: write `{word} = Postcard`; to serialize elements one by one, put each into a \
                 struct that derives `Growable`, with `{word}` on the field there"
            ),
        );
    }
}

/// `pod` speaks of the whole field: a container of a foreign type is none, and its methods ask for
/// elements that are `Mappable`. A struct of the user's own around the element is.
fn plain_elements(field: &Field, ctxt: &Ctxt) {
    let Some(id) = field.args.pod.as_ref().map(syn::LitStr::value) else { return };
    let Some((container, element)) = field.foreign_elements() else { return };
    let (name, element) = (field.shown(), spell(element));
    ctxt.error_on(
        &field.ty,
        format_args!(
            "field `{name}`: `pod` cannot speak of the elements of a `{container}`\n\n\
             help: give the element a struct of your own, and the field a `{container}` of that, \
             for example\n          \
             #[derive(Clone, Copy, commy::Mappable)]\n          \
             #[repr(C)]\n          \
             struct Item {{\n              \
             #[commy(pod, id = \"{id}\")]\n              \
             value: {element},\n          \
             }}"
        ),
    );
}

/// Variants with fields have no layout that every program agrees on.
fn fieldless(variants: &[Variant], ctxt: &Ctxt) {
    for variant in variants.iter().filter(|variant| variant.has_fields) {
        let name = &variant.name;
        ctxt.error_on(
            &variant.ident,
            format_args!(
                "variant `{name}` has fields; only fieldless enums can be shared\n\n\
                 help: put the fields into a struct beside the enum, or serialize the enum into a \
                 field of type `commy::encoded::Encoded<T, Postcard, N>`"
            ),
        );
    }
}

/// Without a repr the size of the number is up to the compiler.
fn fixed_repr(model: &Model, variants: &[Variant], ctxt: &Ctxt) {
    // The compiler allows no repr there, and no value is what the user hears about.
    if variants.is_empty() {
        return;
    }
    let name = &model.ident;
    let help = format!("help: add `#[repr({})]` to `{name}`", smallest_repr(variants));
    if let Some((_, span)) = model.repr.iter().find(|(word, _)| word == "align") {
        ctxt.error_at(
            *span,
            "a shared enum cannot be aligned: it would be larger than its number\n\n\
             help: remove `align`; the struct around it can have it",
        );
    }
    let Some((word, span)) = model.repr.iter().find(|(word, _)| word != "align") else {
        ctxt.error_on(
            name,
            format_args!("the size of `{name}` in memory is up to the compiler\n\n{help}"),
        );
        return;
    };
    match word.as_str() {
        "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" => {}
        "usize" | "isize" => ctxt.error_at(
            *span,
            format_args!("`{word}` has a different size in 32-bit and 64-bit processes\n\n{help}"),
        ),
        _ => ctxt.error_at(
            *span,
            format_args!("`repr({word})` does not say how large the number is\n\n{help}"),
        ),
    }
}

fn smallest_repr(variants: &[Variant]) -> &'static str {
    let literals: Vec<_> =
        variants.iter().filter_map(|variant| literal(variant.discriminant.as_ref()?)).collect();
    if literals.iter().any(|number| *number < 0) {
        return if literals.iter().all(|number| i8::try_from(*number).is_ok()) {
            "i8"
        } else {
            "i64"
        };
    }
    let largest = literals.into_iter().max().unwrap_or(0).saturating_add(variants.len() as i128);
    match largest {
        0..=255 => "u8",
        256..=65_535 => "u16",
        _ => "u64",
    }
}

/// A new file is all zero, so zero must be a variant.
///
/// Numbers that are no literals are not known here; the expansion asserts the rule for them.
fn has_a_zero(model: &Model, variants: &[Variant], ctxt: &Ctxt) {
    let name = &model.ident;
    if variants.is_empty() {
        ctxt.error_on(name, format_args!("`{name}` has no variants, so no value of it exists"));
        return;
    }
    let mut next = Some(0);
    for variant in variants {
        let number = match &variant.discriminant {
            None => next,
            Some(number) => literal(number),
        };
        match number {
            Some(0) | None => return,
            Some(number) => next = number.checked_add(1),
        }
    }
    ctxt.error_on(
        name,
        format_args!(
            "no variant of `{name}` has the number 0, with which every value of a new file begins\n\n\
             help: add a variant, for example `Unknown = 0,`"
        ),
    );
}

fn literal(number: &Expr) -> Option<i128> {
    match number {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Byte(number), .. }) => Some(number.value().into()),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr)?.checked_neg(),
        Expr::Group(group) => literal(&group.expr),
        Expr::Paren(paren) => literal(&paren.expr),
        _ => None,
    }
}

/// What a getter would hide: what the reader or the view has, and what a reader is cloned by; and
/// what would hide the getter, methods of traits in every scope that take a reader by value.
///
/// These are all: whatever else there is to know of a file goes behind `file`, and a constructor
/// gives way to a field of its name.
const READER_NAMES: &[&str] = &[
    "FILENAME",
    "options",
    "file",
    "read",
    "snapshot",
    "snapshot_into",
    "snapshot_boxed",
    "snapshot_timeout",
    "snapshot_into_timeout",
    "get_by",
    "get_into",
    "get_boxed",
    "cached",
    "wait",
    "wait_newer",
    "wait_changed",
    "wait_changed_by",
    "changes",
    "on_change",
    "stream",
    "follow",
    "on_follow",
    "follow_stream",
    "pin",
    "into_pinned",
    "clone",
    "into",
    "try_into",
];

/// What a setter would hide; no other method of the writer begins like one.
const WRITER_NAMES: &[&str] = &["set_pod", "push_over"];

/// The same for what is made of a growable record: what its reader or a view of it has.
const GROWABLE_READER_NAMES: &[&str] = &[
    "FILENAME",
    "options",
    "file",
    "read",
    "try_read",
    "snapshot",
    "snapshot_into",
    "cached",
    "wait",
    "wait_newer",
    "wait_changed_by",
    "changes",
    "on_change",
    "stream",
    "follow",
    "on_follow",
    "follow_stream",
    "pin",
    "into_pinned",
    "refresh",
    "generation",
    "verify",
    "save_as",
    "clone",
    "into",
    "try_into",
];

/// What its writer or a transaction has; both read by the names of the fields, too.
const GROWABLE_WRITER_NAMES: &[&str] = &[
    "FILENAME",
    "options",
    "file",
    "transaction",
    "try_transaction",
    "update",
    "publish",
    "assign",
    "snapshot",
    "snapshot_into",
    "pin",
    "reserve",
    "compact",
    "reborrow",
    "flush",
    "quick_close",
    "into",
    "try_into",
];

/// What the proxies of a nested struct have: that which reads, and that which changes.
const PROXY_NAMES: [&[&str]; 2] = [
    &["load", "clone", "into", "try_into"],
    &["load", "as_ref", "assign", "update", "into", "try_into"],
];

/// An accessor that cannot have its name.
pub(crate) struct Clash {
    /// The index of the field.
    pub(crate) field: usize,
    pub(crate) role: Role,
    problem: String,
}

/// Accessors that hide a method, or have the name of another one: a trap, or an error far from its
/// cause.
pub(crate) fn clashes(model: &Model) -> Vec<Clash> {
    let (mut clashes, mut taken) = (Vec::new(), Vec::new());
    for (index, field) in model.fields().iter().enumerate() {
        let names = field.accessors(model);
        for (role, name) in &names {
            if let Some(problem) = clash(model, *role, name, &taken) {
                clashes.push(Clash { field: index, role: *role, problem });
            }
        }
        taken.extend(names.into_iter().map(|(_, name)| (name, field.name.as_str())));
    }
    clashes
}

/// What is wrong with the name of an accessor, if others are `taken` by fields.
fn clash(model: &Model, role: Role, name: &str, taken: &[(String, &str)]) -> Option<String> {
    let [of_reads, of_changes] = PROXY_NAMES;
    let is_nested = model.proxies.is_some();
    let methods = match (role, model.is_growable) {
        (Role::Reader, _) if is_nested => of_reads,
        (Role::Writer, _) if is_nested => of_changes,
        (Role::Reader, false) => READER_NAMES,
        (Role::Writer, false) => WRITER_NAMES,
        (Role::Reader, true) => GROWABLE_READER_NAMES,
        (Role::Writer, true) => GROWABLE_WRITER_NAMES,
    };
    // A program may read only what it writes: the writer has views, too.
    let is_of_view = model.is_growable && !is_nested && GROWABLE_READER_NAMES.contains(&name);
    if methods.contains(&name) || is_of_view {
        let wrapper = if methods.contains(&name) { model.wrapper(role) } else { model.view() };
        return Some(format!("its accessor would hide `{wrapper}::{name}`"));
    }
    let (_, other) = taken.iter().find(|(taken, _)| taken == name)?;
    Some(format!("its accessor `{name}` is there already, for field `{other}`"))
}

/// Reports the first clash of each field.
fn accessor_names(model: &Model, ctxt: &Ctxt) {
    let mut clashes = clashes(model);
    clashes.dedup_by_key(|clash| clash.field);
    for Clash { field, problem, .. } in clashes {
        if let Some(field) = model.fields().get(field) {
            name_error(field, &problem, ctxt);
        }
    }
}

fn name_error(field: &Field, problem: &str, ctxt: &Ctxt) {
    let Field { name, ident, .. } = field;
    let place = field.args.rename.as_ref().map_or(ident.span(), |rename| rename.span());
    let line = field.line(&spell(&field.ty.to_token_stream()));
    ctxt.error_at(
        place,
        format_args!(
            "field `{name}`: {problem}\n\n\
             help: give its accessors another name, for example\n          \
             #[commy(rename = \"{}_value\")]\n          {line}",
            plain_name(ident)
        ),
    );
}
