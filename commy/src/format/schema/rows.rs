//! Every row of the table that says what a reader of another layout does, file against program.

use super::relation::Verdict::{Projected, Refused};
use super::relation::{Remedy, Verdict, relations};
use super::types::Schema;

/// A record with one field `x` of this type, and what else is given.
fn record(fields: &[(&str, u64, u64, &str)], notes: &str) -> Schema {
    let fields = fields.iter().map(|(name, offset, size, ty)| {
        let ty = if ty.starts_with('{') { (*ty).into() } else { format!("\"{ty}\"") };
        format!(r#"{{"name":"{name}","offset":{offset},"size":{size},"type":{ty}}}"#)
    });
    let (fields, size) = (fields.collect::<Vec<_>>().join(","), 4096);
    let line =
        format!(r#"{{"commy":1,"kind":"struct","size":{size},"align":8,"fields":[{fields}]}}"#);
    Schema::parse(format!("{line}\n{{\"name\":\"R\",\"fields\":{{{notes}}}}}\n").as_bytes())
        .unwrap()
}

fn one(ty: &str) -> Schema {
    record(&[("x", 0, 2048, ty)], "")
}

/// Path, words and verdict of each relation that is not that of something equal.
fn rows(file: &Schema, program: &Schema) -> Vec<(String, String, Verdict)> {
    let relations = relations(file, program);
    let row = |relation: &super::relation::Relation<'_>| {
        (relation.path.to_string(), relation.to_string(), relation.verdict())
    };
    relations.iter().map(row).filter(|(_, _, verdict)| *verdict != Verdict::Exact).collect()
}

/// The same without the record, of which only parts differ.
fn parts(file: &Schema, program: &Schema) -> Vec<(String, String, Verdict)> {
    let mut rows = rows(file, program);
    assert_eq!(rows.remove(0), (String::new(), "differs within".into(), Verdict::Projected));
    rows
}

#[track_caller]
fn x(file: &str, program: &str, words: &str, verdict: Verdict) {
    let expected = vec![("x".into(), words.into(), verdict)];
    assert_eq!(parts(&one(file), &one(program)), expected, "{file} {program}");
}

fn string(capacity: u64) -> String {
    format!(r#"{{"kind":"string","capacity":{capacity},"len":8,"data":8}}"#)
}

/// A fixed_set of elements that take four bytes.
fn set(capacity: u64, item: &str) -> String {
    let numbers = format!(r#""capacity":{capacity},"len":8,"data":8,"stride":4"#);
    format!(r#"{{"kind":"fixed_set",{numbers},"item":{item}}}"#)
}

/// A fixed_map of keys and values that take at most eight bytes.
fn map(capacity: u64, key: &str, value: &str) -> String {
    let keys = format!(r#""capacity":{capacity},"len":8,"keys":8,"key_stride":8"#);
    let values = format!(r#""values":{},"value_stride":8"#, 8 + 8 * capacity);
    format!(r#"{{"kind":"fixed_map",{keys},{values},"key":{key},"value":{value}}}"#)
}

fn vec(capacity: u64, stride: u64, item: &str) -> String {
    let numbers = format!(r#""capacity":{capacity},"len":8,"data":8,"stride":{stride}"#);
    format!(r#"{{"kind":"vec",{numbers},"item":{item}}}"#)
}

fn array(capacity: u64, stride: u64, item: &str) -> String {
    format!(r#"{{"kind":"array","capacity":{capacity},"stride":{stride},"item":{item}}}"#)
}

fn option(data: u64, item: &str) -> String {
    format!(r#"{{"kind":"option","tag":0,"data":{data},"item":"{item}"}}"#)
}

fn modes(repr: &str, variants: &str) -> String {
    format!(r#"{{"kind":"enum","repr":"{repr}","variants":{{{variants}}}}}"#)
}

fn encoded(codec: &str, name: &str, capacity: u64) -> String {
    format!(
        r#"{{"kind":"encoded","codec":"{codec}","name":"{name}","capacity":{capacity},"len":4,"data":8}}"#
    )
}

fn nested(fields: &str, size: u64) -> String {
    format!(r#"{{"kind":"struct","size":{size},"align":8,"fields":[{fields}]}}"#)
}

const DEFAULT: Verdict = Verdict::Needs(Remedy::Default);
const MAY_NOT_FIT: Verdict = Verdict::Needs(Remedy::MayNotFit);

#[test]
fn equal_schemas_are_exact() {
    for ty in [string(9), vec(3, 4, "\"i32\""), modes("u8", r#""A":0"#), "f64".into()] {
        assert_eq!(rows(&one(&ty), &one(&ty)), []);
    }
}

#[test]
fn fields_in_another_order_or_with_other_padding_are_found_by_name() {
    let file = record(&[("a", 0, 8, "f64"), ("b", 8, 4, "u32")], "");
    let program = record(&[("b", 0, 4, "u32"), ("a", 8, 8, "f64")], "");
    let expected = ["b", "a"].map(|name| (name.into(), "found by name".into(), Projected));
    assert_eq!(parts(&file, &program), expected);
    // A larger one, of which nothing else differs.
    let (tight, wide) = (nested("", 8), nested("", 16));
    x(&tight, &wide, "found by name", Projected);
    let (near, far) = (vec(3, 8, &tight), vec(3, 16, &tight));
    x(&near, &far, "found by name", Projected);
}

#[test]
fn a_field_that_only_the_file_has_is_ignored() {
    let file = record(&[("a", 0, 8, "f64"), ("old", 8, 8, "u64")], "");
    let program = record(&[("a", 0, 8, "f64")], "");
    assert_eq!(parts(&file, &program), [("old".into(), "ignored".into(), Projected)]);
}

#[test]
fn a_field_that_the_file_lacks_needs_a_default_unless_it_is_an_option() {
    let file = record(&[("a", 0, 8, "f64")], "");
    let program = record(&[("a", 0, 8, "f64"), ("new", 8, 4, "f32")], "");
    let words = "not in the file: needs a default".into();
    assert_eq!(parts(&file, &program), [("new".into(), words, DEFAULT)]);
    let option = option(8, "f32");
    let program = record(&[("a", 0, 8, "f64"), ("new", 8, 16, &option)], "");
    let words = "not in the file: none".into();
    assert_eq!(parts(&file, &program), [("new".into(), words, Projected)]);
}

#[test]
fn a_renamed_field_is_found_by_an_earlier_name_and_the_present_one_wins() {
    let file = record(&[("temp_hi", 0, 4, "f32"), ("b", 8, 8, "u64")], "");
    let mut program = record(&[("temp_max", 0, 4, "f32"), ("b", 8, 8, "u64")], r#""temp_max":{}"#);
    // Nobody has said so: then it is a guess.
    let guess = "not in the file, which has `temp_hi` of that type: renamed?".into();
    let ignored = ("temp_hi".into(), "ignored".into(), Projected);
    assert_eq!(parts(&file, &program), [("temp_max".into(), guess, DEFAULT), ignored]);

    program.notes.fields.get_mut("temp_max").unwrap().was =
        ["temp_top", "temp_hi"].map(String::from).into();
    let called = ("temp_max".into(), "called `temp_hi` in the file".into(), Projected);
    assert_eq!(parts(&file, &program), [called]);

    // The file has both names.
    let file =
        record(&[("temp_hi", 0, 4, "f32"), ("temp_max", 8, 8, "f32"), ("b", 16, 8, "u64")], "");
    let told: Vec<_> =
        parts(&file, &program).into_iter().map(|(path, words, _)| (path, words)).collect();
    let expected = [("temp_max", "found by name"), ("b", "found by name"), ("temp_hi", "ignored")];
    assert_eq!(told, expected.map(|(path, words)| (path.into(), words.into())));
}

#[test]
fn of_two_fields_that_could_be_the_renamed_one_none_is_named() {
    let file = record(&[("a", 0, 8, "f64"), ("b", 8, 8, "f64")], "");
    let program = record(&[("c", 0, 8, "f64")], "");
    assert_eq!(parts(&file, &program)[0].1, "not in the file: needs a default");
    let more = record(&[("c", 0, 8, "f64"), ("d", 8, 8, "f64")], "");
    let file = record(&[("a", 0, 8, "f64")], "");
    assert_eq!(parts(&file, &more)[0].1, "not in the file: needs a default");
}

#[test]
fn numbers_widen_without_loss_or_not_at_all() {
    for (file, program) in [
        ("u8", "u16"),
        ("u8", "u128"),
        ("i8", "i16"),
        ("i64", "i128"),
        ("u8", "i16"),
        ("u32", "i64"),
        ("f32", "f64"),
        ("i32", "f64"),
        ("u32", "f64"),
        ("u8", "f64"),
    ] {
        x(file, program, "widens without loss", Projected);
        x(program, file, "does not fit without loss", Refused);
    }
    for (file, program) in [
        ("i8", "u16"),
        ("u64", "i64"),
        ("i64", "u64"),
        ("i64", "f64"),
        ("u64", "f64"),
        ("f64", "i64"),
    ] {
        x(file, program, "does not fit without loss", Refused);
    }
    for (file, program) in [("bool", "u8"), ("u32", "char"), ("char", "u32"), ("u8", "bool")] {
        x(file, program, "another type", Refused);
    }
}

#[test]
fn capacities_may_grow_and_shrink_only_if_the_program_says_so() {
    let item = "\"i32\"";
    for (small, large) in [
        (string(32), string(64)),
        (vec(32, 4, item), vec(64, 4, item)),
        (set(32, item), set(64, item)),
        (map(32, "\"u32\"", item), map(64, "\"u32\"", item)),
        (encoded("json", "T", 32), encoded("json", "T", 64)),
    ] {
        x(&small, &large, "fits: 32 in the file, 64 here", Projected);
        let shrunk = "a longer value does not fit: 64 in the file, 32 here";
        x(&large, &small, shrunk, MAY_NOT_FIT);
    }
}

#[test]
fn arrays_of_another_length_are_refused() {
    let words = "another length, 3 in the file, 4 here: use FixedVec";
    x(&array(3, 4, "\"i32\""), &array(4, 4, "\"i32\""), words, Refused);
    let words = "another length, 4 in the file, 3 here: use FixedVec";
    x(&array(4, 4, "\"i32\""), &array(3, 4, "\"i32\""), words, Refused);
}

#[test]
fn items_and_nested_fields_go_by_the_same_rules() {
    let point = |ty: &str, size: u64| {
        nested(&format!(r#"{{"name":"y","offset":0,"size":{size},"type":"{ty}"}}"#), 8)
    };
    let (file, program) = (point("f32", 4), point("f64", 8));
    let within = |path: &str| (path.into(), "differs within".into(), Projected);
    let widens = |path: &str| (path.into(), "widens without loss".into(), Projected);
    let rows = parts(&one(&file), &one(&program));
    assert_eq!(rows, [within("x"), widens("x.y")]);
    for wrap in [vec, array] {
        let rows = parts(&one(&wrap(3, 8, &file)), &one(&wrap(3, 8, &program)));
        assert_eq!(rows, [within("x"), within("x[]"), widens("x[].y")]);
    }
    let rows = parts(&one(&option(8, "f32")), &one(&option(8, "f64")));
    assert_eq!(rows, [within("x"), widens("x")]);
    // A vec that grows, of items that widen.
    let rows = parts(&one(&vec(3, 8, &file)), &one(&vec(4, 8, &program)));
    let grown = ("x".into(), "fits: 3 in the file, 4 here".into(), Projected);
    assert_eq!(rows, [grown, within("x[]"), widens("x[].y")]);
    let refused = parts(&one(&vec(3, 8, &program)), &one(&vec(3, 8, &file)));
    assert_eq!(refused[2].2, Refused);
    // Keys and values have paths of their own.
    let rows = parts(&one(&map(3, "\"u16\"", &file)), &one(&map(4, "\"u32\"", &program)));
    let grown = ("x".into(), "fits: 3 in the file, 4 here".into(), Projected);
    let path = "x[].value";
    assert_eq!(rows, [grown, widens("x[].key"), within(path), widens("x[].value.y")]);
    let text = "{\"kind\":\"string\",\"capacity\":0,\"len\":8,\"data\":8}";
    let words = "another type";
    let rows = parts(&one(&map(3, "\"u16\"", "\"u8\"")), &one(&map(3, "\"u16\"", text)));
    let refused = (path.into(), words.into(), Refused);
    assert_eq!(rows, [("x".into(), "differs within".into(), Projected), refused]);
    x(&set(3, "\"i32\""), &vec(3, 4, "\"i32\""), words, Refused);
    x(&map(3, "\"u8\"", "\"u8\""), &set(3, "\"u8\""), words, Refused);
}

#[test]
fn variants_may_come_and_go_and_never_mean_another_one() {
    let row = |words: &str, verdict| (String::from("x"), String::from(words), verdict);
    let within = row("differs within", Projected);
    let (few, more) = (modes("u8", r#""Idle":0"#), modes("u8", r#""Idle":0,"Auto":1"#));
    let unknown = row("variant Auto = 1 is not known here: such a value is invalid", Projected);
    assert_eq!(parts(&one(&more), &one(&few)), [within.clone(), unknown]);
    let never = row("variant Auto = 1 is not in the file, and never found there", Projected);
    assert_eq!(parts(&one(&few), &one(&more)), [within.clone(), never]);

    let other = modes("u8", r#""Idle":0,"Auto":3"#);
    let number = row("variant Auto is 1 in the file, 3 here", Refused);
    assert_eq!(parts(&one(&more), &one(&other)), [within.clone(), number]);
    // It would be taken for another one.
    let name = modes("u8", r#""Idle":0,"Fault":1"#);
    let name_differs = row("1 is variant Auto in the file, Fault here", Refused);
    assert_eq!(parts(&one(&more), &one(&name)), [within.clone(), name_differs]);
    let swapped = modes("u8", r#""Auto":0,"Idle":1"#);
    assert_eq!(parts(&one(&more), &one(&swapped)).len(), 3);
    x(&modes("u8", r#""Idle":0"#), &modes("u16", r#""Idle":0"#), "another type", Refused);
}

#[test]
fn units_that_both_state_and_that_differ_are_refused() {
    let noted = |unit: &str| record(&[("x", 0, 8, "f64")], &format!(r#""x":{{"unit":"{unit}"}}"#));
    let words = "unit degC in the file, K here".into();
    assert_eq!(rows(&noted("degC"), &noted("K")), [("x".into(), words, Refused)]);
    for (file, program) in [("degC", "degC"), ("", "K"), ("degC", "")] {
        assert_eq!(rows(&noted(file), &noted(program)), []);
    }
}

#[test]
fn serialized_values_of_another_codec_or_type_are_refused() {
    let state = encoded("json", "State", 64);
    x(&state, &encoded("cbor", "State", 64), "another codec", Refused);
    x(&state, &encoded("json", "State.v2", 64), "another serialized type", Refused);
    x(&state, &encoded("cbor", "State", 128), "another codec", Refused);
    // The same of those that grow, which are no fixed ones.
    let grown = |codec: &str, name: &str, size: u64| {
        format!(r#"{{"kind":"coded","size":{size},"codec":"{codec}","name":"{name}"}}"#)
    };
    let state = grown("json", "State", 16);
    assert_eq!(rows(&one(&state), &one(&state)), []);
    x(&state, &grown("cbor", "State", 16), "another codec", Refused);
    x(&state, &grown("json", "State.v2", 16), "another serialized type", Refused);
    x(&state, &grown("json", "State", 24), "found by name", Projected);
    x(&state, &encoded("json", "State", 64), "another type", Refused);
    x(&state, r#"{"kind":"bytes","size":16}"#, "another type", Refused);
}

#[test]
fn a_value_becomes_an_option_and_not_the_other_way_round() {
    x("f64", &option(8, "f64"), "is there: some", Projected);
    x(&option(8, "f64"), "f64", "another type", Refused);
    x("f32", &option(8, "f64"), "another type", Refused);
}

#[test]
fn what_is_no_row_of_the_table_is_refused() {
    let pod = |id: &str| format!(r#"{{"kind":"pod","id":"{id}","size":16,"align":1}}"#);
    x(&pod("uuid"), &pod("ulid"), "another type", Refused);
    x(&string(8), &vec(8, 1, "\"u8\""), "another type", Refused);
    x(&vec(3, 4, "\"i32\""), &array(3, 4, "\"i32\""), "another type", Refused);
    // A kind of a later version is equal to itself, and to nothing else.
    let later = |rows: u64| format!(r#"{{"kind":"table","rows":{rows}}}"#);
    assert_eq!(rows(&one(&later(3)), &one(&later(3))), []);
    x(&later(3), &later(4), "another type", Refused);
}

#[test]
fn what_grows_takes_every_value_and_lies_where_it_lies() {
    let text = r#"{"kind":"text","size":16}"#;
    let optional = |size: u64, value_at: u64, item: &str| {
        format!(r#"{{"kind":"optional","size":{size},"value_at":{value_at},"item":{item}}}"#)
    };
    let boxed = |item: &str| format!(r#"{{"kind":"box","size":8,"item":{item}}}"#);
    for ty in [text.into(), optional(24, 8, text), boxed(text), boxed(&optional(24, 8, text))] {
        assert_eq!(rows(&one(&ty), &one(&ty)), []);
    }
    x(text, r#"{"kind":"text","size":32}"#, "found by name", Projected);
    x(&optional(24, 8, text), &optional(32, 16, text), "found by name", Projected);
    x(text, r#"{"kind":"bytes","size":16}"#, "another type", Refused);
    x(&string(64), text, "another type", Refused);
    x(text, &boxed(text), "another type", Refused);
    x(text, &optional(24, 8, text), "is there: some", Projected);
    x(&optional(24, 8, text), text, "another type", Refused);
    x(&option(8, "f32"), &optional(8, 4, "\"f32\""), "another type", Refused);
    // What is in them has a relation of its own, under the same path.
    let within = |words: &str, verdict| {
        let row = |words: &str, verdict| ("x".into(), words.into(), verdict);
        vec![row("differs within", Projected), row(words, verdict)]
    };
    let (narrow, wide) = (boxed("\"f32\""), boxed("\"f64\""));
    assert_eq!(parts(&one(&narrow), &one(&wide)), within("widens without loss", Projected));
    let (narrow, wide) = (optional(8, 4, "\"f32\""), optional(16, 8, "\"f64\""));
    assert_eq!(parts(&one(&wide), &one(&narrow)), within("does not fit without loss", Refused),);
    let file = record(&[("a", 0, 8, "f64")], "");
    let program = record(&[("a", 0, 8, "f64"), ("new", 8, 24, &optional(24, 8, text))], "");
    let words = "not in the file: none".into();
    assert_eq!(parts(&file, &program), [("new".into(), words, Projected)]);
}

#[test]
fn lists_take_every_length_and_their_elements_go_by_the_same_rules() {
    let list = |stride: u64, item: &str| {
        format!(r#"{{"kind":"list","size":16,"stride":{stride},"item":{item}}}"#)
    };
    let text = r#"{"kind":"text","size":16}"#;
    for ty in [list(16, text), list(16, &list(16, text)), list(4, "\"u32\"")] {
        assert_eq!(rows(&one(&ty), &one(&ty)), []);
    }
    x(&list(8, "\"u32\""), &list(4, "\"u32\""), "found by name", Projected);
    let row = |path: &str, words: &str, verdict| (path.to_owned(), words.to_owned(), verdict);
    let (narrow, wide) = (one(&list(4, "\"u32\"")), one(&list(8, "\"u64\"")));
    let within = row("x", "differs within", Projected);
    let widens = row("x[]", "widens without loss", Projected);
    assert_eq!(parts(&narrow, &wide), [within.clone(), widens]);
    let narrows = row("x[]", "does not fit without loss", Refused);
    assert_eq!(parts(&wide, &narrow), [within, narrows]);
    for other in [text.to_owned(), vec(3, 4, "\"u32\""), array(3, 4, "\"u32\""), "u32".into()] {
        x(&list(4, "\"u32\""), &other, "another type", Refused);
        x(&other, &list(4, "\"u32\""), "another type", Refused);
    }
}

#[test]
fn deques_go_by_the_rules_of_lists_and_are_none() {
    let of = |kind: &str, size: u64, stride: u64, item: &str| {
        format!(r#"{{"kind":"{kind}","size":{size},"stride":{stride},"item":{item}}}"#)
    };
    let deque = |stride: u64, item: &str| of("deque", 24, stride, item);
    let text = r#"{"kind":"text","size":16}"#;
    for ty in [deque(16, text), deque(24, &deque(16, text)), deque(4, "\"u32\"")] {
        assert_eq!(rows(&one(&ty), &one(&ty)), []);
    }
    x(&deque(8, "\"u32\""), &deque(4, "\"u32\""), "found by name", Projected);
    let row = |path: &str, words: &str, verdict| (path.to_owned(), words.to_owned(), verdict);
    let within = row("x", "differs within", Projected);
    let (narrow, wide) = (one(&deque(4, "\"u32\"")), one(&deque(8, "\"u64\"")));
    let widens = row("x[]", "widens without loss", Projected);
    assert_eq!(parts(&narrow, &wide), [within.clone(), widens]);
    let narrows = row("x[]", "does not fit without loss", Refused);
    assert_eq!(parts(&wide, &narrow), [within, narrows]);
    let list = of("list", 16, 4, "\"u32\"");
    for other in [&list, text, &vec(3, 4, "\"u32\""), &array(3, 4, "\"u32\""), "u32"] {
        x(&deque(4, "\"u32\""), other, "another type", Refused);
        x(other, &deque(4, "\"u32\""), "another type", Refused);
    }
}

#[test]
fn maps_and_sets_go_by_their_order_their_keys_and_their_values() {
    let map = |order: &str, key: &str, value: &str| {
        let size = if order == "hash" { 24 } else { 16 };
        let (kind, value) = match value {
            "" => ("set", String::new()),
            value => ("map", format!(r#","value":{value}"#)),
        };
        format!(r#"{{"kind":"{kind}","order":"{order}","size":{size},"key":{key}{value}}}"#)
    };
    let key = r#"{"kind":"text","size":32}"#;
    let text = r#"{"kind":"text","size":16}"#;
    let row = |path: &str, words: &str, verdict| (path.to_owned(), words.to_owned(), verdict);
    for order in ["natural", "user", "hash"] {
        for ty in [map(order, key, text), map(order, key, ""), map(order, "\"u32\"", "\"u8\"")] {
            assert_eq!(rows(&one(&ty), &one(&ty)), [], "{ty}");
        }
        let of = |key: &str, value: &str| one(&map(order, key, value));
        let within = row("x", "differs within", Projected);
        let (small, large) = (of("\"u16\"", "\"f32\""), of("\"u32\"", "\"f64\""));
        let widens = |part: &str| row(&format!("x[].{part}"), "widens without loss", Projected);
        let expected = [within.clone(), widens("key"), widens("value")];
        assert_eq!(parts(&small, &large), expected);
        let narrows =
            |part: &str| row(&format!("x[].{part}"), "does not fit without loss", Refused);
        assert_eq!(parts(&large, &small), [within.clone(), narrows("key"), narrows("value")]);
        let (file, program) = (of(key, "\"u8\""), of(key, text));
        let other = row("x[].value", "another type", Refused);
        assert_eq!(parts(&file, &program), [within.clone(), other]);
        let (file, program) = (of("\"u32\"", ""), of(key, ""));
        assert_eq!(parts(&file, &program), [within, row("x[].key", "another type", Refused)]);
        // A set is no map, and one order is not another.
        x(&map(order, key, text), &map(order, key, ""), "another type", Refused);
        x(&map(order, key, ""), &map(order, key, text), "another type", Refused);
        for other in ["natural", "user", "hash"].into_iter().filter(|other| *other != order) {
            x(&map(order, key, text), &map(other, key, text), "another type", Refused);
        }
        x(&map(order, key, text), text, "another type", Refused);
    }
}

/// An enum of a growable record: its variants, each with the type of its one field, if it has one.
fn tagged(size: u64, variants: &[(&str, u64, &str)]) -> String {
    let variants = variants.iter().map(|(name, tag, ty)| {
        let field = match *ty {
            "" => String::new(),
            ty => format!(r#"{{"name":"n","offset":8,"size":{},"type":"{ty}"}}"#, size - 8),
        };
        format!(r#""{name}":{{"tag":{tag},"fields":[{field}]}}"#)
    });
    let variants = variants.collect::<Vec<_>>().join(",");
    format!(r#"{{"kind":"variant","size":{size},"tag":"u8","variants":{{{variants}}}}}"#)
}

#[test]
fn enums_with_fields_go_by_their_variants_and_these_by_their_fields() {
    let row = |path: &str, words: &str, verdict| (path.to_owned(), words.to_owned(), verdict);
    let event = tagged(16, &[("A", 0, ""), ("B", 1, "u64")]);
    assert_eq!(rows(&one(&event), &one(&event)), []);
    let found = |other: &[(&str, u64, &str)]| parts(&one(&event), &one(&tagged(16, other)));
    let within = row("x", "differs within", Projected);
    let expect = |other: &[(&str, u64, &str)], expected: (String, String, _)| {
        assert_eq!(found(other), [within.clone(), expected]);
    };
    let words = "variant C = 2 is not in the file, and never found there";
    expect(&[("A", 0, ""), ("B", 1, "u64"), ("C", 2, "")], row("x", words, Projected));
    let words = "variant B = 1 is not known here: such a value is invalid";
    expect(&[("A", 0, "")], row("x", words, Projected));
    let words = "1 is variant B in the file, C here";
    expect(&[("A", 0, ""), ("C", 1, "u64")], row("x", words, Refused));
    let words = "does not fit without loss";
    expect(&[("A", 0, ""), ("B", 1, "u32")], row("x.B.n", words, Refused));
    expect(&[("A", 0, ""), ("B", 1, "")], row("x.B.n", "ignored", Projected));
    let words = "not in the file: needs a default";
    let needs = parts(&one(&event), &one(&tagged(16, &[("A", 0, "u8"), ("B", 1, "u64")])));
    assert!(needs.iter().any(|(path, found, _)| path == "x.A.n" && found == words), "{needs:?}");
    let swapped = found(&[("B", 0, "u64"), ("A", 1, "")]);
    assert!(swapped.iter().skip(1).all(|(_, _, verdict)| *verdict == Refused), "{swapped:?}");
    assert_eq!(swapped.len(), 3, "{swapped:?}");
    for other in [r#"{"kind":"text","size":16}"#, "u8"] {
        x(&event, other, "another type", Refused);
        x(other, &event, "another type", Refused);
    }
}

/// `struct Tree { value, children: Vec<(u8, Tree)> }`, or what else the levels say.
fn tree(value: &str, size: u64, levels: u64) -> String {
    let outer = format!(r#"{{"kind":"outer","levels":{levels}}}"#);
    let field = |name: &str, offset, size, ty: &str| {
        format!(r#"{{"name":"{name}","offset":{offset},"size":{size},"type":{ty}}}"#)
    };
    let pair = [field("0", 0, 1, "\"u8\""), field("1", 8, size, &outer)].join(",");
    let pair = nested(&pair, size + 8);
    let list = format!(r#"{{"kind":"list","size":16,"stride":{},"item":{pair}}}"#, size + 8);
    let number = format!("\"{value}\"");
    let fields = [field("value", 0, size - 16, &number), field("children", size - 16, 16, &list)];
    nested(&fields.join(","), size)
}

#[test]
fn what_is_within_itself_is_compared_once_where_it_begins() {
    let (small, large) = (one(&tree("u64", 24, 2)), one(&tree("u128", 32, 2)));
    assert_eq!(rows(&small, &small), []);
    let row = |path: &str, words: &str, verdict| (path.to_owned(), words.to_owned(), verdict);
    let within = |path: &str| row(path, "differs within", Projected);
    // Other distances follow from that.
    let expected = [
        within("x"),
        row("x.value", "widens without loss", Projected),
        within("x.children"),
        within("x.children[]"),
        row("x.children[].1", "found by name", Projected),
    ];
    let found: Vec<_> =
        parts(&small, &large).into_iter().filter(|row| expected.contains(row)).collect();
    assert_eq!(found, expected, "{:?}", parts(&small, &large));
    // Another struct around it is another type.
    let to_pair = format!(r#"{{"kind":"struct","size":24,"align":8,"fields":[{}]}}"#, {
        let list = r#"{"kind":"list","size":16,"stride":24,"item":{"kind":"outer","levels":2}}"#;
        let inner = format!(r#"{{"name":"list","offset":0,"size":16,"type":{list}}}"#);
        let boxed = format!(r#"{{"kind":"box","size":8,"item":{}}}"#, nested(&inner, 16));
        format!(r#"{{"name":"a","offset":0,"size":8,"type":{boxed}}}"#)
    });
    let to_itself = to_pair.replace("\"levels\":2", "\"levels\":1");
    let row = row("x.a.list[]", "another type", Refused);
    assert_eq!(parts(&one(&to_pair), &one(&to_itself)).last(), Some(&row));
    assert_eq!(parts(&one(&to_itself), &one(&to_pair)).last(), Some(&row));
}

#[test]
fn a_growable_record_and_a_fixed_one_have_nothing_else_to_compare() {
    let line = |members: &str| {
        format!(r#"{{"commy":1,{members}"kind":"struct","size":16,"align":8,"fields":[]}}"#)
    };
    let fixed = Schema::parse(line("").as_bytes()).unwrap();
    let growable = Schema::parse(line(r#""growable":1,"prefix":16,"#).as_bytes()).unwrap();
    let row = |words: &str| vec![(String::new(), words.to_owned(), Refused)];
    assert_eq!(rows(&growable, &fixed), row("growable in the file, fixed here"));
    assert_eq!(rows(&fixed, &growable), row("fixed in the file, growable here"));
    assert_eq!(rows(&growable, &growable), []);
}

/// A hostile text can have as many fields as fit, at the end of a path as long as it likes.
#[test]
fn many_fields_with_long_paths_are_compared() {
    let leaf = "\"u8\"".to_string();
    let fields = |name: &str| {
        let field = |n| format!(r#"{{"name":"{name}{n}","offset":{n},"size":1,"type":{leaf}}}"#);
        (0..4096).map(field).collect::<Vec<_>>().join(",")
    };
    let nested_in = |name: &str| {
        let mut ty = nested(&fields(name), 4096);
        for _ in 0..40 {
            let name = "\\u202e".repeat(100);
            ty =
                nested(&format!(r#"{{"name":"{name}","offset":0,"size":4096,"type":{ty}}}"#), 4096);
        }
        one_of(&ty)
    };
    let relations_of = |file: &Schema, program: &Schema| relations(file, program).len();
    let (a, b) = (nested_in("a"), nested_in("b"));
    assert_eq!(relations_of(&a, &b), 1 + 1 + 40 + 2 * 4096);
}

fn one_of(ty: &str) -> Schema {
    record(&[("x", 0, 4096, ty)], "")
}
