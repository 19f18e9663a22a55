//! How the fields of a file relate to those of a program, and what a reader could do about it.
//!
//! One relation for each field path, and one more for what a path has besides: another name, a
//! variant, a unit. The names of the changes are the program's view: what is `Added` is there in
//! the program and not in the file.
//!
//! A reader that accepts no other layout prints those that differ (`words.rs`). The verdicts are for
//! readers that do, and for people who compare two files.
//!
//! A number that means another variant is refused: the name of each may be new, but the value would
//! be taken for another one. `rows.rs` has a test for each row of the table of verdicts.

use core::fmt;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::types::{Field, Schema, Type, Variant};
use crate::format::Shown;

/// Of more fields than this on one side nobody guesses which were renamed.
const MAX_GUESSED: usize = 64;

/// How a field of the file relates to that of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Relation<'a> {
    /// As the program calls it, or the file what only that has.
    pub(crate) path: FieldPath<'a>,
    /// What the file has there.
    pub(crate) file: Option<Placed<'a>>,
    /// What the program expects.
    pub(crate) program: Option<Placed<'a>>,
    pub(crate) change: Change<'a>,
}

/// A type, and where it is in the struct that has it as a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed<'a> {
    pub(crate) ty: &'a Type,
    pub(crate) offset: Option<u64>,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    /// Nothing.
    Same,
    /// The offset alone.
    Moved,
    /// Size, alignment or the distances within it, and nothing that has a relation of its own.
    Resized,
    /// Parts of it, which have relations of their own.
    Within,
    /// The name: the file calls it by an earlier one.
    Renamed { was: &'a str },
    /// Every value of the file's type of number is one of the program's.
    Widened,
    /// Not every one is.
    Narrowed,
    /// The program has room for more.
    Grown { from: u64, to: u64 },
    /// The program has room for less.
    Shrunk { from: u64, to: u64 },
    /// The length of an array.
    Length { from: u64, to: u64 },
    /// The file has no such field; perhaps it has it under this name, whose type is the same.
    Added { similar: Option<&'a str> },
    /// The program has no such field.
    Removed,
    /// The file knows no such variant.
    VariantAdded(&'a Variant),
    /// The program knows no such variant.
    VariantRemoved(&'a Variant),
    /// The number of a variant.
    VariantRenumbered { file: &'a Variant, program: &'a Variant },
    /// The variant of a number.
    VariantRenamed { file: &'a Variant, program: &'a Variant },
    /// The unit, which both state.
    Unit { file: &'a str, program: &'a str },
    /// The codec of a serialized value.
    Codec,
    /// The declared type of a serialized value.
    Declared,
    /// The program has an option of what the file has.
    Wrapped,
    /// Which of the two is growable; of two records of which one is, nothing else is compared.
    Growable { file: bool },
    /// The type, in another way than those above.
    Type,
}

/// What a reader that accepts other layouts could do, the worse the later.
#[allow(dead_code, reason = "for readers that accept other layouts, and for people who compare")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Copy the bytes.
    Exact,
    /// Make the program's value of the file's.
    Projected,
    /// The same, if the program says what to do when there is nothing to make it of.
    Needs(Remedy),
    /// Nothing.
    Refused,
}

/// What a program has to say.
#[allow(dead_code, reason = "for readers that accept other layouts, and for people who compare")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Remedy {
    /// What the value is of a field that the file does not have.
    Default,
    /// That a value may not fit.
    MayNotFit,
}

impl Relation<'_> {
    /// What a reader could do about it.
    #[allow(dead_code, reason = "as the verdict is")]
    pub(crate) fn verdict(&self) -> Verdict {
        match self.change {
            Change::Same => Verdict::Exact,
            Change::Moved
            | Change::Resized
            | Change::Within
            | Change::Renamed { .. }
            | Change::Widened
            | Change::Grown { .. }
            | Change::Removed
            | Change::VariantAdded(_)
            | Change::VariantRemoved(_)
            | Change::Wrapped => Verdict::Projected,
            Change::Added { .. } if self.is_optional() => Verdict::Projected,
            Change::Added { .. } => Verdict::Needs(Remedy::Default),
            Change::Shrunk { .. } => Verdict::Needs(Remedy::MayNotFit),
            Change::Narrowed
            | Change::Length { .. }
            | Change::VariantRenumbered { .. }
            | Change::VariantRenamed { .. }
            | Change::Unit { .. }
            | Change::Codec
            | Change::Declared
            | Change::Growable { .. }
            | Change::Type => Verdict::Refused,
        }
    }
}

impl Relation<'_> {
    /// Returns whether the program can do without a value.
    pub(super) const fn is_optional(&self) -> bool {
        matches!(self.program, Some(Placed { ty: Type::Option { .. } | Type::Optional { .. }, .. }))
    }
}

/// The place of a field: the names that lead to it, from the outermost one.
///
/// A chain, because a hostile text can have many fields at the end of a long path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FieldPath<'a>(Option<Rc<Step<'a>>>);

#[derive(Debug, PartialEq, Eq)]
struct Step<'a> {
    before: FieldPath<'a>,
    /// `None` for the elements of a vec or an array.
    name: Option<&'a str>,
}

impl<'a> FieldPath<'a> {
    fn field(&self, name: &'a str) -> Self {
        Self(Some(Rc::new(Step { before: self.clone(), name: Some(name) })))
    }

    fn elements(&self) -> Self {
        Self(Some(Rc::new(Step { before: self.clone(), name: None })))
    }

    /// The name of a field of the record itself: of these there are notes.
    fn outermost(&self) -> Option<&'a str> {
        self.0.as_ref().filter(|step| step.before.0.is_none())?.name
    }
}

/// `points[].x`; nothing for the record itself. Names are escaped.
impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(step) = &self.0 else { return Ok(()) };
        step.before.fmt(f)?;
        match step.name {
            None => f.write_str("[]"),
            Some(name) if step.before.0.is_none() => write!(f, "{}", Shown(name)),
            Some(name) => write!(f, ".{}", Shown(name)),
        }
    }
}

/// Compares what a file says of its record with what a program says, outermost parts first.
pub(crate) fn relations<'a>(file: &'a Schema, program: &'a Schema) -> Vec<Relation<'a>> {
    let mut relations = Relations { file, program, list: Vec::new() };
    let at = |ty| Placed { ty, offset: None };
    let (in_file, in_program) = (at(&file.root), at(&program.root));
    if file.is_growable == program.is_growable {
        relations.types(FieldPath::default(), in_file, in_program);
    } else {
        let change = Change::Growable { file: file.is_growable };
        relations.push(&FieldPath::default(), Some(in_file), Some(in_program), change);
    }
    relations.list
}

struct Relations<'a> {
    file: &'a Schema,
    program: &'a Schema,
    list: Vec<Relation<'a>>,
}

/// How deep a difference goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    Same,
    /// Bytes lie elsewhere.
    Places,
    /// What they mean differs.
    Types,
}

impl<'a> Relations<'a> {
    fn push(
        &mut self,
        path: &FieldPath<'a>,
        file: Option<Placed<'a>>,
        program: Option<Placed<'a>>,
        change: Change<'a>,
    ) {
        self.list.push(Relation { path: path.clone(), file, program, change });
    }

    /// Compares two types at the same path, and their parts.
    fn types(&mut self, path: FieldPath<'a>, file: Placed<'a>, program: Placed<'a>) -> Depth {
        let index = self.list.len();
        // Before those of its parts, which decide what it is.
        self.push(&path, Some(file), Some(program), Change::Same);
        let (own, parts) = self.parts(&path, file.ty, program.ty);
        let is_moved = file.offset != program.offset;
        let change = match (own, parts) {
            (Change::Same, Depth::Types) => Change::Within,
            (Change::Same, _) if is_moved => Change::Moved,
            (Change::Same, Depth::Places) => Change::Within,
            (own, _) => own,
        };
        if let Some(relation) = self.list.get_mut(index) {
            relation.change = change;
        }
        match change {
            Change::Same => Depth::Same,
            Change::Moved | Change::Within => parts.max(Depth::Places),
            _ => Depth::Types,
        }
    }

    /// What differs in two types themselves, and how deep what differs in their parts goes.
    fn parts(
        &mut self,
        path: &FieldPath<'a>,
        file: &'a Type,
        program: &'a Type,
    ) -> (Change<'a>, Depth) {
        let at = |ty: &'a Type| Placed { ty, offset: None };
        let resized = |is_same| if is_same { Change::Same } else { Change::Resized };
        match (file, program) {
            (
                Type::Struct { size: a, align: x, fields: in_file },
                Type::Struct { size: b, align: y, fields: in_program },
            ) => {
                let parts = self.fields(path, in_file, in_program);
                // What differs in meaning is the reason for another size.
                let own = resized((a, x) == (b, y) || parts == Depth::Types);
                (own, parts)
            }
            (
                Type::Vec { capacity: a, data: c, stride: m, item: x, .. },
                Type::Vec { capacity: b, data: d, stride: n, item: y, .. },
            ) => {
                let parts = self.types(path.elements(), at(x), at(y));
                let own = match capacity(*a, *b) {
                    Change::Same => resized((c, m) == (d, n) || parts != Depth::Same),
                    other => other,
                };
                (own, parts)
            }
            (
                Type::FixedDeque { capacity: a, data: c, stride: m, item: x, .. },
                Type::FixedDeque { capacity: b, data: d, stride: n, item: y, .. },
            )
            | (
                Type::FixedSet { capacity: a, data: c, stride: m, item: x, .. },
                Type::FixedSet { capacity: b, data: d, stride: n, item: y, .. },
            ) => {
                let parts = self.types(path.elements(), at(x), at(y));
                let own = match capacity(*a, *b) {
                    Change::Same => resized((c, m) == (d, n) || parts != Depth::Same),
                    other => other,
                };
                (own, parts)
            }
            (
                Type::FixedMap { capacity: a, keys: x, values: v, .. },
                Type::FixedMap { capacity: b, keys: y, values: w, .. },
            ) => {
                let keys = path.elements().field("key");
                let mut parts = self.types(keys, at(&x.item), at(&y.item));
                let values = path.elements().field("value");
                parts = parts.max(self.types(values, at(&v.item), at(&w.item)));
                let is_same = (x.at, x.stride, v.at, v.stride) == (y.at, y.stride, w.at, w.stride);
                let own = match capacity(*a, *b) {
                    Change::Same => resized(is_same || parts != Depth::Same),
                    other => other,
                };
                (own, parts)
            }
            (
                Type::Array { capacity: a, stride: m, item: x },
                Type::Array { capacity: b, stride: n, item: y },
            ) => {
                if a != b {
                    return (Change::Length { from: *a, to: *b }, Depth::Same);
                }
                let parts = self.types(path.elements(), at(x), at(y));
                (resized(m == n || parts != Depth::Same), parts)
            }
            (Type::Option { data: a, item: x, .. }, Type::Option { data: b, item: y, .. }) => {
                let parts = self.types(path.clone(), at(x), at(y));
                (resized(a == b || parts != Depth::Same), parts)
            }
            (
                Type::Optional { size: a, value_at: m, item: x },
                Type::Optional { size: b, value_at: n, item: y },
            ) => {
                let parts = self.types(path.clone(), at(x), at(y));
                (resized((a, m) == (b, n) || parts != Depth::Same), parts)
            }
            (
                Type::List { size: a, stride: m, item: x },
                Type::List { size: b, stride: n, item: y },
            )
            | (
                Type::Deque { size: a, stride: m, item: x },
                Type::Deque { size: b, stride: n, item: y },
            ) => {
                let parts = self.types(path.elements(), at(x), at(y));
                (resized((a, m) == (b, n) || parts != Depth::Same), parts)
            }
            (
                Type::Map { order: m, size: a, key: x, value: v },
                Type::Map { order: n, size: b, key: y, value: w },
            ) if m == n && v.is_some() == w.is_some() => {
                let mut parts = self.types(path.elements().field("key"), at(x), at(y));
                if let (Some(v), Some(w)) = (v, w) {
                    parts = parts.max(self.types(path.elements().field("value"), at(v), at(w)));
                }
                (resized(a == b || parts != Depth::Same), parts)
            }
            (Type::Box { size: a, item: x }, Type::Box { size: b, item: y }) => {
                let parts = self.types(path.clone(), at(x), at(y));
                (resized(a == b || parts != Depth::Same), parts)
            }
            (
                Type::Variants { size: a, tag: m, variants: v, fields: x },
                Type::Variants { size: b, tag: n, variants: w, fields: y },
            ) => {
                let mut parts = self.variants(path, at(file), at(program), v, w);
                let of_file: BTreeMap<_, _> =
                    v.iter().map(|variant| variant.name.as_str()).zip(x).collect();
                for (variant, of_program) in w.iter().zip(y) {
                    if let Some(of_file) = of_file.get(variant.name.as_str()) {
                        let path = path.field(&variant.name);
                        parts = parts.max(self.fields(&path, of_file, of_program));
                    }
                }
                (resized((a, m) == (b, n) || parts == Depth::Types), parts)
            }
            (Type::Enum { repr: a, variants: x }, Type::Enum { repr: b, variants: y })
                if a == b =>
            {
                (Change::Same, self.variants(path, at(file), at(program), x, y))
            }
            _ => (leaf(file, program), Depth::Same),
        }
    }

    fn fields(&mut self, path: &FieldPath<'a>, file: &'a [Field], program: &'a [Field]) -> Depth {
        let by_name: BTreeMap<&str, &Field> = file.iter().map(|f| (f.name.as_str(), f)).collect();
        let at = |field: &'a Field| Placed { ty: &field.ty, offset: Some(field.offset) };
        // The fields of the file that have none of that name in the program.
        let mut left: BTreeMap<&str, &'a Field> =
            file.iter().map(|field| (field.name.as_str(), field)).collect();
        for field in program {
            left.remove(field.name.as_str());
        }
        let mut depth = Depth::Same;
        let mut added = Vec::new();
        for expected in program {
            let own = path.field(&expected.name);
            let found = by_name.get(expected.name.as_str()).copied();
            let found = found.or_else(|| {
                // The present name wins; then an earlier one.
                let earlier = self.was(&own).iter();
                let found = earlier.filter_map(|was| left.remove(was.as_str())).next()?;
                let change = Change::Renamed { was: &found.name };
                self.push(&own, Some(at(found)), Some(at(expected)), change);
                depth = Depth::Types;
                Some(found)
            });
            match found {
                Some(found) => {
                    depth = depth.max(self.types(own.clone(), at(found), at(expected)));
                    self.units(&own, at(found), at(expected), &found.name);
                }
                None => {
                    added.push((self.list.len(), &expected.ty));
                    let change = Change::Added { similar: None };
                    self.push(&own, None, Some(at(expected)), change);
                }
            }
        }
        let is_few = added.len() <= MAX_GUESSED && left.len() <= MAX_GUESSED;
        for (index, ty) in added.iter().filter(|_| is_few) {
            // Only if there is one of that type on each side.
            let mut of_type = left.values().filter(|field| field.ty == **ty);
            let is_alone = added.iter().filter(|(_, other)| other == ty).count() == 1;
            if let (Some(field), None, true) = (of_type.next(), of_type.next(), is_alone)
                && let Some(relation) = self.list.get_mut(*index)
            {
                relation.change = Change::Added { similar: Some(&field.name) };
            }
        }
        let is_changed = !added.is_empty() || !left.is_empty();
        for found in file.iter().filter(|field| left.contains_key(field.name.as_str())) {
            self.push(&path.field(&found.name), Some(at(found)), None, Change::Removed);
        }
        if is_changed { Depth::Types } else { depth }
    }

    /// The names that the program says a field had earlier.
    fn was(&self, path: &FieldPath<'a>) -> &'a [String] {
        let name = path.outermost();
        name.and_then(|name| self.program.notes.field(name)).map_or(&[], |notes| &notes.was)
    }

    /// Compares the units of a field, which the file calls `name`.
    fn units(&mut self, path: &FieldPath<'a>, file: Placed<'a>, program: Placed<'a>, name: &str) {
        let Some(own) = path.outermost() else { return };
        let of = |schema: &'a Schema, name: &str| {
            schema.notes.field(name).map_or("", |notes| notes.unit.as_str())
        };
        let (found, expected) = (of(self.file, name), of(self.program, own));
        if !found.is_empty() && !expected.is_empty() && found != expected {
            let change = Change::Unit { file: found, program: expected };
            self.push(path, Some(file), Some(program), change);
        }
    }

    fn variants(
        &mut self,
        path: &FieldPath<'a>,
        at_file: Placed<'a>,
        at_program: Placed<'a>,
        file: &'a [Variant],
        program: &'a [Variant],
    ) -> Depth {
        fn index<'a, K: Ord>(
            list: &'a [Variant],
            key: impl Fn(&'a Variant) -> K,
        ) -> BTreeMap<K, &'a Variant> {
            list.iter().map(|variant| (key(variant), variant)).collect()
        }
        let by_name = index(file, |variant| variant.name.as_str());
        let by_number = index(file, |variant| variant.number);
        let names = index(program, |variant| variant.name.as_str());
        let numbers = index(program, |variant| variant.number);
        let before = self.list.len();
        for expected in program {
            let change = match by_name.get(expected.name.as_str()).copied() {
                Some(found) if found.number == expected.number => continue,
                Some(found) => Change::VariantRenumbered { file: found, program: expected },
                None => match by_number.get(&expected.number).copied() {
                    // The number means another variant there.
                    Some(found) => Change::VariantRenamed { file: found, program: expected },
                    None => Change::VariantAdded(expected),
                },
            };
            self.push(path, Some(at_file), Some(at_program), change);
        }
        for found in file.iter().filter(|found| !names.contains_key(found.name.as_str())) {
            // What the program has under that number has told of it already.
            let is_told = numbers
                .get(&found.number)
                .is_some_and(|expected| !by_name.contains_key(expected.name.as_str()));
            if !is_told {
                let change = Change::VariantRemoved(found);
                self.push(path, Some(at_file), Some(at_program), change);
            }
        }
        if self.list.len() > before { Depth::Types } else { Depth::Same }
    }
}

fn capacity<'a>(from: u64, to: u64) -> Change<'a> {
    match from.cmp(&to) {
        core::cmp::Ordering::Equal => Change::Same,
        core::cmp::Ordering::Less => Change::Grown { from, to },
        core::cmp::Ordering::Greater => Change::Shrunk { from, to },
    }
}

/// What differs in two types whose parts have no relations of their own.
fn leaf<'a>(file: &Type, program: &Type) -> Change<'a> {
    match (file, program) {
        (file, program) if file == program => Change::Same,
        (Type::Scalar(a), Type::Scalar(b)) if a.widens_to(*b) => Change::Widened,
        (Type::Scalar(a), Type::Scalar(b)) if a.is_number() && b.is_number() => Change::Narrowed,
        (Type::String { capacity: a, .. }, Type::String { capacity: b, .. }) => {
            match capacity(*a, *b) {
                Change::Same => Change::Resized,
                other => other,
            }
        }
        (
            Type::Encoded { codec: a, name: x, capacity: m, .. },
            Type::Encoded { codec: b, name: y, capacity: n, .. },
        ) => match capacity(*m, *n) {
            _ if a != b => Change::Codec,
            _ if x != y => Change::Declared,
            Change::Same => Change::Resized,
            other => other,
        },
        (Type::Coded { codec: a, name: x, .. }, Type::Coded { codec: b, name: y, .. }) => {
            match () {
                () if a != b => Change::Codec,
                () if x != y => Change::Declared,
                () => Change::Resized,
            }
        }
        (Type::Text { .. }, Type::Text { .. }) | (Type::Bytes { .. }, Type::Bytes { .. }) => {
            Change::Resized
        }
        // What differs in the struct itself is told where it begins.
        (Type::Outer { levels: a, .. }, Type::Outer { levels: b, .. }) if a == b => Change::Resized,
        (file, Type::Option { item, .. } | Type::Optional { item, .. }) if *file == **item => {
            Change::Wrapped
        }
        _ => Change::Type,
    }
}
