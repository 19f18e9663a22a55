//! The rules of enums that stand in growable records.

use crate::ctxt::Ctxt;
use crate::model::{Field, Model, Variant};
use crate::refuse;
use crate::spell::spell;

/// A schema with more variants than this is not read.
const MOST_VARIANTS: usize = 4096;

/// Checks what concerns the variants, and their fields as parts of them.
pub(super) fn check(model: &Model, variants: &[Variant], fields: &[Field], ctxt: &Ctxt) {
    countable(model, variants, ctxt);
    one_default(variants, ctxt);
    one_proxy(model, fields, ctxt);
    fields.iter().for_each(|field| no_accessor(field, ctxt));
    if let Some(first) = Variant::of_zero(variants) {
        let of_first = fields.get(first.fields.clone()).unwrap_or_default();
        of_first.iter().for_each(|field| ends_somewhere(model, first, field, ctxt));
    }
}

/// There is a value, and every tag is one of a schema that is read.
fn countable(model: &Model, variants: &[Variant], ctxt: &Ctxt) {
    let (name, count) = (&model.ident, variants.len());
    if count == 0 {
        ctxt.error_on(name, format_args!("`{name}` has no variants, so no value of it exists"));
    } else if count > MOST_VARIANTS {
        ctxt.error_on(
            name,
            format_args!(
                "`{name}` has {count} variants, and a file describes {MOST_VARIANTS} at most\n\n\
                 help: put some of them into an enum of their own, and that into a variant"
            ),
        );
    }
}

/// A new value is of one variant.
fn one_default(variants: &[Variant], ctxt: &Ctxt) {
    let mut marked =
        variants.iter().filter_map(|variant| Some((variant, variant.default.as_ref()?)));
    let Some((first, _)) = marked.next() else { return };
    for (second, word) in marked {
        let (first, second) = (&first.name, &second.name);
        ctxt.error_on(
            word,
            format_args!(
                "`{first}` and `{second}` are both `#[default]`, and a new value is of one variant\n\n\
                 help: leave one of them"
            ),
        );
    }
}

/// What is changed as a whole needs no type of its own for that, and what has no fields none to read.
fn one_proxy(model: &Model, fields: &[Field], ctxt: &Ctxt) {
    let name = &model.ident;
    if let Some(given) = &model.given_mut {
        ctxt.error_on(
            given,
            format_args!(
                "`{name}` is an enum, which `ValueMut` changes as a whole: there is no type to name\n\n\
                 help: remove `mut`"
            ),
        );
    }
    if let Some(given) = model.given_ref.as_ref().filter(|_| fields.is_empty()) {
        ctxt.error_on(
            given,
            format_args!(
                "`{name}` has no fields, so views have the enum itself: there is no type to name\n\n\
                 help: remove `ref`"
            ),
        );
    }
}

/// The fields of a variant are matched on.
fn no_accessor(field: &Field, ctxt: &Ctxt) {
    let Some(rename) = &field.args.rename else { return };
    ctxt.error_on(
        rename,
        format_args!(
            "field `{}`: `rename` names accessors, and a field of a variant has none\n\n\
             help: remove `rename`",
            field.shown()
        ),
    );
}

/// A new value is all zero, and a box of zeros holds a value of zeros: there must be an end.
///
/// The same around a corner is a cycle for the compiler.
fn ends_somewhere(model: &Model, first: &Variant, field: &Field, ctxt: &Ctxt) {
    let Some(boxed) = refuse::growable::endless(&field.ty, &model.ident) else { return };
    let (name, owner, ty, first) = (field.shown(), &model.ident, spell(boxed), &first.name);
    ctxt.error_on(
        boxed,
        format_args!(
            "field `{name}`: `{ty}` makes a new `{owner}` a value without end: it is `{first}`, and \
             holds another\n\n\
             help: write `#[default]` on a variant without a `{owner}` in it, or use `Option<{ty}>`, \
             which is `None` in a new one"
        ),
    );
}
