//! What an expansion holds, without a compiler.

use proc_macro2::TokenStream;

use crate::args::Role;
use crate::attribute;
use crate::spell::spell;

/// Expands the attributes from the outermost inwards, then the derive, as the compiler does.
fn expand(roles: &[(Role, &str)], item: &str) -> String {
    let mut item: TokenStream = item.parse().unwrap();
    for (role, args) in roles {
        item = attribute::expand(*role, args.parse().unwrap(), item);
    }
    spell(&super::record(item))
}

const WRITER: (Role, &str) = (Role::Writer, "filename = \"a.bin\"");
const READER: (Role, &str) = (Role::Reader, "filename = \"a.bin\"");

#[test]
fn shared_parts_are_there_once_in_either_order() {
    let item = "pub struct A { pub x: u8, y: FixedVec<u8, 4> }";
    for roles in [[WRITER, READER], [READER, WRITER]] {
        let code = expand(&roles, item);
        assert_eq!(code.matches("unsafe").count(), 1, "{code}");
        assert_eq!(code.matches("::commy::Record for A").count(), 1);
        for name in ["AWriter(", "AReader<", "ABatch<'a>("] {
            assert_eq!(code.matches(&format!("struct {name}")).count(), 1, "{name}");
        }
    }
    let writer = expand(&[WRITER], item);
    assert!(!writer.contains("set_x_at") && writer.contains("fn push_y"), "{writer}");
    assert!(!writer.contains("AReader"));
}

#[test]
fn the_derive_leaves_records_to_the_attributes() {
    for attribute in ["#[commy::create_writer(filename = \"a\")]", "#[__commy_reader()]"] {
        let item = format!("{attribute} #[repr(C)] struct A {{ x: u8 }}");
        assert!(super::mappable(item.parse().unwrap()).is_empty(), "{attribute}");
    }
    assert!(!super::mappable("#[repr(C)] struct A { x: u8 }".parse().unwrap()).is_empty());
}

#[test]
fn accessors_are_as_visible_as_their_field() {
    let code = expand(&[WRITER, READER], "pub struct A { pub x: u8, pub(crate) y: u8, z: u8 }");
    for signature in [
        "pub fn set_x(",
        "pub(crate)fn set_y(",
        "#[inline]fn set_z(",
        "pub fn x(",
        "#[inline]fn z(",
    ] {
        assert!(code.contains(signature), "{signature} in {code}");
    }
}

#[test]
fn raw_identifiers_lose_their_prefix_in_names_and_in_the_schema() {
    let code = expand(&[WRITER, READER], "struct A { r#type: u8 }");
    for part in ["fn set_type(", "fn r#type(", "FieldSchema::new(\"type\"", "offset_of!(A, r#type)"]
    {
        assert!(code.contains(part), "{part} in {code}");
    }
}

#[test]
fn notes_hold_the_first_line_of_the_docs_and_the_unit() {
    let item = "struct A { /// Outside air.\n /// In the shade.\n #[commy(unit = \"degC\")] x: f64, y: u8 }";
    let code = expand(&[WRITER], item);
    let note = "FieldNote::new(\"x\", \"Outside air.\", \"degC\")";
    assert!(code.contains(note), "{code}");
    assert_eq!(code.matches("FieldNote::new(").count(), 1);
}

#[test]
fn a_refused_record_still_has_its_wrappers_and_their_signatures() {
    let code =
        expand(&[WRITER, READER], "struct A { name: String, tags: Vec<u8>, n: usize, x: u8 }");
    assert_eq!(code.matches("compile_error!").count(), 3);
    for signature in [
        "fn set_name(&mut self, __value:&::commy::__private::core::primitive::str)->",
        "fn set_tags(&mut self, __value:&[u8])->",
        "fn set_n(&mut self, __value:usize)->",
        "fn x(&self)->",
        "struct AWriter(",
        "struct AReader<",
    ] {
        let spelled = signature.replace("->", " -> ");
        assert!(code.contains(spelled.trim_end()), "{spelled} in {code}");
    }
}

#[test]
fn the_path_of_the_crate_is_used_everywhere() {
    let args = "filename = \"a.bin\", crate = shared::files";
    let code =
        expand(&[(Role::Writer, args), (Role::Reader, args)], "struct A { x: u8, y: [u8; 2] }");
    assert!(code.contains("shared::files::Mappable"), "{code}");
    assert!(!code.contains("::commy"), "{code}");
}

#[test]
fn nothing_is_asked_of_a_type_that_is_known_as_it_is_written() {
    let known = "struct A { x: u8, y: FixedVec<[f32; 2], 4>, z: FixedString<8> }";
    let code = expand(&[WRITER, READER], known);
    for name in ["KnownSize", "__Record", "cfg(doc)"] {
        assert!(!code.contains(name), "{name} in {code}");
    }
    let questions = |item| expand(&[WRITER, READER], item).matches("SizeOf::<").count();
    assert_eq!(questions("struct A { x: Point, y: u8, z: [FixedOption<Kind>; 2] }"), 2);
    // The record has a size for certain, so its wrappers name it as it is.
    let code = expand(&[WRITER, READER], "struct A { x: Point, y: u8 }");
    assert!(code.contains("struct AWriter(::commy::Writer<A>);"), "{code}");
    assert!(!code.contains("SizedRecord"), "{code}");
    let code = expand(&[WRITER, READER], "struct A { y: u8, x: Point }");
    assert!(code.contains("SizedRecord for A") && code.contains("for<'__x>A:"), "{code}");
}
