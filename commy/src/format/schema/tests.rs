//! What a difference of two layouts is called.

use commy_types::Fingerprint;
use commy_types::schema::{FieldSchema, TypeName, TypeSchema};

use super::*;
use crate::format::{About, RecordSpec};

pub(crate) const F32: TypeSchema = TypeSchema::Scalar { name: "f32" };
pub(crate) const F64: TypeSchema = TypeSchema::Scalar { name: "f64" };
const BOOL: TypeSchema = TypeSchema::Scalar { name: "bool" };

pub(crate) const fn field(
    name: &'static str,
    offset: usize,
    size: usize,
    ty: &'static TypeSchema,
) -> FieldSchema {
    FieldSchema::new(name, offset, size, ty)
}

pub(crate) fn leak(size: usize, align: usize, fields: &[FieldSchema]) -> &'static TypeSchema {
    let fields = Box::leak(fields.to_vec().into_boxed_slice());
    Box::leak(Box::new(TypeSchema::Struct { size, align, fields }))
}

fn spec(schema: &'static TypeSchema) -> RecordSpec {
    RecordSpec::of_schema(schema, Fingerprint(2), (0, 1))
}

pub(crate) fn compare(file: &TypeSchema, program: &'static TypeSchema) -> Vec<Difference> {
    differences(format!("{}{{}}\n", file.line()).as_bytes(), &spec(program))
}

/// The differences in words.
fn told(file: &TypeSchema, program: &'static TypeSchema) -> Vec<String> {
    compare(file, program).iter().map(ToString::to_string).collect()
}

#[test]
fn a_field_of_another_type_is_named_with_both_types_and_offsets() {
    let file = leak(948, 4, &[field("temperature", 940, 4, &F32)]);
    let program = leak(952, 8, &[field("temperature", 944, 8, &F64)]);
    assert_eq!(
        told(file, program),
        ["field `temperature`: file has f32 at offset 940, \
          this program expects f64 at offset 944"],
    );
}

#[test]
fn missing_and_extra_fields_come_before_fields_that_only_moved() {
    let file = leak(24, 8, &[field("a", 0, 8, &F64), field("old", 8, 8, &F64)]);
    let program = leak(24, 8, &[field("new", 0, 1, &BOOL), field("a", 8, 8, &F64)]);
    assert_eq!(
        told(file, program),
        [
            "field `new`: file has none, this program expects bool at offset 0",
            "field `old`: file has f64 at offset 8, this program expects none",
            "field `a`: file has f64 at offset 0, this program expects f64 at offset 8",
        ]
    );
    let differences = compare(file, program);
    assert_eq!(differences[0].field(), "new");
    assert_eq!(differences[0].found(), None);
    assert_eq!(differences[1].found(), Some("f64 at offset 8"));
}

#[test]
fn capacities_variants_and_nested_fields_are_told_in_words() {
    const SHORT: TypeSchema = TypeSchema::String { capacity: 32 };
    const LONG: TypeSchema = TypeSchema::String { capacity: 64 };
    const OLD: TypeSchema =
        TypeSchema::Enum { repr: "u8", variants: &[("Idle", 0), ("Auto", 1), ("Gone", 2)] };
    const NEW: TypeSchema = TypeSchema::Enum { repr: "u8", variants: &[("Idle", 0), ("Auto", 3)] };
    let points = |x: &'static TypeSchema| -> &'static TypeSchema {
        let item = leak(16, 8, &[field("x", 8, 8, x)]);
        Box::leak(Box::new(TypeSchema::Array { capacity: 4, stride: 16, item }))
    };
    let record = |name, mode, x| {
        leak(
            200,
            8,
            &[
                field("name", 0, 72, name),
                field("mode", 72, 1, mode),
                field("points", 80, 64, points(x)),
            ],
        )
    };
    assert_eq!(
        told(record(&SHORT, &OLD, &F32), record(&LONG, &NEW, &F64)),
        [
            "field `name`: file has string of up to 32 bytes at offset 0, \
             this program expects string of up to 64 bytes at offset 0",
            "field `mode`: file has variant Auto = 1, this program expects variant Auto = 3",
            "field `mode`: file has variant Gone = 2, this program expects none",
            "field `points[].x`: file has f32 at offset 8, \
             this program expects f64 at offset 8",
        ]
    );
}

#[test]
fn records_that_are_no_structs_are_compared_as_a_whole() {
    assert_eq!(told(&F32, &F64), ["record: file has f32, this program expects f64"]);
    assert_eq!(compare(leak(16, 16, &[]), leak(16, 8, &[])).len(), 1);
}

#[test]
fn text_that_is_no_schema_gives_no_differences() {
    let deep = [b"{\"type\":".repeat(5000), b"\n".to_vec()].concat();
    let texts: [&[u8]; 7] =
        [b"", b"\n", b"[]\n", b"{}\n", b"\xff\xfe\n", b"{\"kind\":\"vec\"}\n", &deep];
    for text in texts {
        assert_eq!(differences(text, &spec(&F64)), []);
    }
}

#[test]
fn names_from_the_file_are_escaped() {
    let file = leak(8, 8, &[field("a\n\x1b[31m", 0, 8, &F64)]);
    let told = told(file, leak(8, 8, &[]));
    assert!(told[0].contains("`a\\n\\u{1b}[31m`"), "{told:?}");
}

#[test]
fn a_field_that_may_be_renamed_and_a_variant_that_is_are_told_in_one_line() {
    let file = leak(16, 8, &[field("temp_hi", 0, 4, &F32), field("b", 8, 8, &F64)]);
    let program = leak(16, 8, &[field("temp_max", 0, 4, &F32), field("b", 8, 8, &F64)]);
    assert_eq!(
        told(file, program)[0],
        "field `temp_max`: file has none, this program expects f32 at offset 0 \
         (renamed? the file has `temp_hi` of that type)",
    );
    const AUTO: TypeSchema = TypeSchema::Enum { repr: "u8", variants: &[("Idle", 0), ("Auto", 1)] };
    const FAULT: TypeSchema =
        TypeSchema::Enum { repr: "u8", variants: &[("Idle", 0), ("Fault", 1)] };
    let mode = |ty| leak(1, 1, &[field("mode", 0, 1, ty)]);
    assert_eq!(
        told(mode(&AUTO), mode(&FAULT)),
        ["field `mode`: file has variant Auto = 1, this program expects variant Fault = 1"],
    );
}

#[test]
fn of_a_vec_its_capacity_and_its_items_are_told() {
    let points = |capacity, x: &'static TypeSchema, size| -> &'static TypeSchema {
        let item = leak(8, 8, &[field("x", 0, size, x)]);
        let vec = TypeSchema::Vec { capacity, data: 8, stride: 8, item };
        leak(100, 8, &[field("points", 0, 8 + capacity * 8, Box::leak(Box::new(vec)))])
    };
    let told = told(points(4, &F32, 4), points(5, &F64, 8));
    assert_eq!(told.len(), 2);
    assert!(told[0].starts_with("field `points`: file has vec of up to 4 struct"), "{told:?}");
    assert!(told[1].starts_with("field `points[].x`: file has f32"), "{told:?}");
}

#[test]
fn what_grows_is_told_in_words() {
    let about =
        |name| About { name, package: "", package_version: "", notes: &[], notes_within: &[] };
    let spec = |line: SchemaText| RecordSpec::growable(line.finish(), (72, 8), &about("Test"));
    let mut file = SchemaText::root(72, 8);
    let coded = |codec: &'static str, name: &'static str| {
        move |text: &mut SchemaText| text.coded(codec, &TypeName::Plain(name))
    };
    file.field("state", 40, 16, coded("json", "State"));
    file.field("notes", 56, 16, coded("json", "Notes"));
    file.field("title", 16, 16, SchemaText::bytes);
    file.field("extra", 32, 8, |text| {
        text.open_box();
        text.plain(&F32);
        text.close();
    });
    let mut program = SchemaText::root(72, 8);
    program.field("state", 40, 16, coded("cbor", "State"));
    program.field("notes", 56, 16, coded("json", "Notes.v2"));
    program.field("title", 16, 16, SchemaText::text);
    program.field("extra", 32, 8, |text| {
        text.open_optional(8, 4);
        text.plain(&F32);
        text.close();
    });
    let (file, program) = (spec(file), spec(program));
    let told = |file: &[u8], program| {
        let told: Vec<_> = differences(file, program).iter().map(ToString::to_string).collect();
        told
    };
    assert_eq!(
        told(&file.text, &program),
        [
            "field `state`: file has State as json of any length at offset 40, \
             this program expects State as cbor of any length at offset 40",
            "field `notes`: file has Notes as json of any length at offset 56, \
             this program expects Notes.v2 as json of any length at offset 56",
            "field `title`: file has bytes of any length at offset 16, \
             this program expects text of any length at offset 16",
            "field `extra`: file has box of f32 at offset 32, \
             this program expects optional f32 at offset 32",
        ],
    );
    let fixed = RecordSpec::of_schema(&F64, Fingerprint(2), (8, 8));
    assert_eq!(
        told(&fixed.text, &program),
        ["record: file has a record of fixed size, this program expects a growable record"],
    );
    assert_eq!(
        told(&program.text, &fixed),
        ["record: file has a growable record, this program expects a record of fixed size"],
    );
}

#[test]
fn lists_and_what_is_within_itself_are_told_in_words() {
    struct Tree;
    /// `struct Tree { children: Vec<Tree>, words: Vec<String>, value }`.
    fn tree(text: &mut SchemaText, value: &TypeSchema, is_direct: bool) {
        if text.open_struct::<Tree>(40, 8) {
            text.field("children", 0, 16, |text| {
                text.open_list(if is_direct { 40 } else { 48 });
                match is_direct {
                    true => tree(text, value, is_direct),
                    false => {
                        text.open_optional(48, 8);
                        tree(text, value, is_direct);
                        text.close();
                    }
                }
                text.close();
            });
            text.field("words", 16, 16, |text| {
                text.open_list(16);
                if is_direct {
                    text.text()
                } else {
                    text.bytes()
                }
                text.close();
            });
            text.field("value", 32, 8, |text| text.plain(value));
            text.close_struct();
        }
    }
    let about = About { name: "", package: "", package_version: "", notes: &[], notes_within: &[] };
    let spec = |value: &TypeSchema, is_direct| {
        let mut line = SchemaText::root(56, 8);
        line.field("tree", 16, 40, |text| tree(text, value, is_direct));
        RecordSpec::growable(line.finish(), (56, 8), &about)
    };
    let told = |file: &RecordSpec, program: &RecordSpec| {
        let told: Vec<_> =
            differences(&file.text, program).iter().map(ToString::to_string).collect();
        told
    };
    let whole = spec(&F64, true);
    // Once, and not for each level of a tree.
    assert_eq!(
        told(&spec(&BOOL, true), &whole),
        ["field `tree.value`: file has bool at offset 32, this program expects f64 at offset 32"],
    );
    assert_eq!(
        told(&whole, &spec(&F64, false)),
        [
            "field `tree.children[]`: file has the type around it, \
             this program expects optional the type around it",
            "field `tree.words[]`: file has text of any length, \
             this program expects bytes of any length",
        ],
    );
}
