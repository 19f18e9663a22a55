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

const GROWS: [(Role, &str); 2] = [
    (Role::Writer, "filename = \"a.bin\", growable"),
    (Role::Reader, "growable, filename = \"a.bin\""),
];

#[test]
fn a_growable_record_is_made_of_cells_and_without_unsafe_code() {
    let item = "pub struct A { /// Any length.\n pub title: String, #[commy(bytes)] frame: Vec<u8>, \
                #[commy(pod, id = \"uuid\")] id: Uuid, limit: Option<u32> }";
    let code = expand(&GROWS, item);
    assert!(!code.contains("compile_error") && !code.contains("unsafe"), "{code}");
    for part in [
        "struct AReader<__Source=::commy::growable::Reader<A>>(__Source);",
        "type AView<'v> = AReader<::commy::growable::View<'v, A>>;",
        "struct AWriter<__Sink=::commy::growable::Writer<A>>(__Sink);",
        "type ATransaction<'t> = AWriter<::commy::growable::Transaction<'t, A>>;",
        "type __C0 = ::commy::__private::parts::Placed<<__T0 as ::commy::growable::Growable>::Cell",
        "::commy::__private::parts::Placed<::commy::__private::parts::BytesCell, 512usize>",
        "::commy::__private::parts::PodCell<__T2, __Id2>",
        "::commy::__private::parts::Layout<4>",
        "pub fn title(&self) -> ::commy::growable::Read<'_, __T0, __Source>",
        "pub fn title(&self) -> ::commy::growable::Read<'_, __T0>",
        "pub fn set_title(&mut self, __value:::commy::growable::Arg<'_, __T0>)",
        "pub fn title_mut(&mut self) -> ::commy::growable::Write<'_, __T0>",
        "fn frame_mut(&mut self) -> ::commy::growable::BytesMut<'_>",
        "FieldNote::new(\"title\", \"Any length.\", \"\")",
        "parts::spec::<Self>(&__SPEC, __LAYOUT.size, __LAYOUT.align)",
    ] {
        assert!(squeezed(&code).contains(&squeezed(part)), "{part} in {code}");
    }
    assert_eq!(code.matches("GrowableRecord for A").count(), 1);
    assert!(!code.contains("FixedRecord") && !code.contains("Mappable for A"), "{code}");
    for end in GROWS {
        let one = expand(&[end], item);
        assert!(one.contains("AView<'v>") && !one.contains("compile_error"), "{one}");
    }
}

fn squeezed(text: &str) -> String {
    text.replace(' ', "")
}

#[test]
fn what_is_wrong_with_a_growable_record_is_said_once_each() {
    let count = |item: &str| expand(&GROWS, item).matches("compile_error!").count();
    for (item, errors) in [
        ("struct A { a: Rc<u8>, b: usize, c: &'static str, d: Mutex<u32>, e: String }", 4),
        ("struct A { a: Vec<u8>, b: Vec<Option<Vec<String>>> }", 0),
        ("struct A { #[commy(bytes)] a: Vec<u16>, #[commy(bytes)] b: String }", 2),
        (
            "struct A { a: HashSet<f32>, b: BTreeMap<f64, u8>, c: BinaryHeap<u8>, d: Result<u8, u8> }",
            4,
        ),
        ("struct A { a: BTreeMap<String, Vec<u8>>, b: BTreeSet<(u8, char)> }", 0),
        ("struct A { a: HashMap<String, Vec<u8>>, b: HashSet<(u8, char)> }", 0),
        ("struct A { a: Option<Vec<Rc<u8>>>, b: Box<Result<u8, u8>> }", 2),
        ("#[repr(packed)] struct A { a: String }", 1),
        ("struct A<T> { a: T }", 1),
        ("struct A {}", 1),
        ("struct A { x: u8, x_mut: u8 }", 1),
        ("struct A { pin: u8, refresh: u8, transaction: String, generation: u64 }", 4),
        ("struct A { open: u8, create: u8, create_at: u8, open_at: u8 }", 0),
        ("#[repr(C, align(64))] struct A { a: String }", 0),
        ("struct A { a: [String; 2], b: (u8, Option<String>), c: Box<[(u8,); 3]> }", 0),
        ("struct A { a: [Rc<u8>; 2], b: (u8, Option<usize>), c: () }", 3),
        ("struct A { #[commy(as = B)] a: Rc<u8>, #[commy(as = [B; 2])] b: [usize; 2] }", 0),
        ("struct A { #[commy(as = B)] a: str, b: String }", 1),
        ("struct A { #[commy(as = B)] a: Encoded<u8, Postcard, 8> }", 1),
        ("struct A { #[commy(as = B, bytes)] a: Rc<u8> }", 1),
        ("struct A { #[commy(pod, as = B, id = \"x\")] a: usize }", 1),
    ] {
        assert_eq!(count(item), errors, "{item}");
    }
    let either = expand(&[GROWS[0], READER], "struct A { a: String }");
    assert_eq!(either.matches("compile_error!").count(), 1, "{either}");
    assert!(either.contains("and not in `#[create_reader]`"), "{either}");
    let fixed = expand(&[WRITER], "struct A { #[commy(bytes)] a: FixedVec<u8, 4> }");
    assert!(fixed.contains("`bytes` is for a field of a growable record"), "{fixed}");
    for ty in ["std::time::Duration", "String", "u64", "Foreign"] {
        let fixed = expand(&[WRITER], &format!("struct A {{ #[commy(as = B)] a: {ty} }}"));
        assert!(fixed.contains("`as` is for a field of a growable record"), "{fixed}");
        assert_eq!(fixed.matches("compile_error!").count(), 1, "{fixed}");
    }
}

#[test]
fn a_refused_growable_record_has_the_accessors_of_the_corrected_one() {
    let item = "struct A { a: Rc<u8>, b: &'static str, c: &'static [u8], d: Result<u8, u8> }";
    let code = expand(&GROWS, item);
    for part in [
        "type __T0 = u8;",
        "type __T1 = String;",
        "fn c_mut(&mut self) -> ::commy::growable::BytesMut<'_>",
        "fn set_d<__V>(&mut self, __value: __V)",
        "fn d(&self) -> ::commy::__private::core::result::Result<Result<u8, u8>",
    ] {
        assert!(squeezed(&code).contains(&squeezed(part)), "{part} in {code}");
    }
}

#[test]
fn fixed_types_may_stand_in_growable_records() {
    let plain = |item: &str| super::mappable(item.parse().unwrap()).to_string();
    for item in [
        "#[repr(C)] struct A { x: u8 }",
        "#[repr(C)] struct A { x: Point }",
        "#[repr(u8)] enum A { X }",
        // Refused itself, and not again by the record that has it.
        "#[repr(C)] struct A { x: String }",
    ] {
        assert!(plain(item).contains("growable_plain !"), "{item}");
    }
    let record = expand(&[WRITER], "struct A { x: u8 }");
    assert_eq!(record.matches("growable_plain!").count(), 1, "{record}");
}

#[test]
fn a_fixed_record_names_the_word_by_which_it_would_take_what_grows() {
    let code = expand(&[WRITER], "struct A { a: String, b: Option<Box<u64>>, c: Vec<u8> }");
    assert_eq!(code.matches("add `growable` to its attributes").count(), 3, "{code}");
    let code = expand(&[WRITER], "struct A { a: Rc<u8>, b: Vec<Rc<u8>>, c: usize }");
    assert!(!code.contains("add `growable`"), "{code}");
    let nested = super::mappable("#[repr(C)] struct A { a: String }".parse().unwrap());
    assert!(!nested.to_string().contains("add `growable`"));
}

fn nested(item: &str) -> String {
    spell(&super::growable(item.parse().unwrap()))
}

#[test]
fn a_nested_struct_is_a_cell_and_two_proxies_without_unsafe_code() {
    let item = "pub struct A { /// Any length.\n pub title: String, #[commy(bytes)] frame: Vec<u8>, \
                #[commy(pod, id = \"uuid\")] id: Uuid, pub(crate) next: Option<Box<A>> }";
    let code = nested(item);
    assert!(!code.contains("compile_error") && !code.contains("unsafe"), "{code}");
    for part in [
        "pub struct ARef<'a, __Source=::commy::__private::parts::ViewCore<'a>>(",
        "pub struct AMut<'t>(::commy::__private::parts::Cursor<'t>);",
        "type __C0=<__T0 as ::commy::growable::Growable>::Cell;",
        "type __C1=::commy::__private::parts::BytesCell;",
        "::commy::__private::parts::Layout::new(0, [",
        "pub fn title(&self) -> ::commy::growable::Read<'a, __T0, __Source>",
        "pub fn set_title(&mut self, __value:::commy::growable::Arg<'_, __T0>)",
        "pub fn title_mut(&mut self) -> ::commy::growable::Write<'_, __T0>",
        "pub fn into_title(self) -> ::commy::growable::Write<'t, __T0>",
        "#[inline]fn frame(&self) -> ::commy::growable::BytesRef<'a,",
        "#[inline]fn into_frame(self) -> ::commy::growable::BytesMut<'t>",
        "fn id_mut(&mut self) -> ::commy::growable::ValueMut<'_, ::commy::__private::parts::PodCell<",
        "pub(crate)fn next(&self)",
        "impl::commy::growable::Growable for A{type Cell=Self;type Key=Self;}",
        "impl::commy::__private::parts::OrdCell for A where for<'__any>A:",
    ] {
        assert!(squeezed(&code).contains(&squeezed(part)), "{part} in {code}");
    }
    assert_eq!(squeezed(&code).matches("parts::CellforA").count(), 1, "{code}");
    let named = nested("#[commy(mut = \"B\", crate = shared::files, ref = \"C\")] struct A(u8);");
    assert!(named.contains("struct B<'t>") && named.contains("struct C<'a"), "{named}");
    assert!(!named.contains("::commy") && named.contains("fn field_0("), "{named}");
}

#[test]
fn what_is_wrong_with_a_nested_struct_is_said_once_each() {
    let count = |item: &str| nested(item).matches("compile_error!").count();
    for (item, errors) in [
        ("struct A { a: Vec<Option<Rc<u8>>>, b: usize, c: &'static str, d: String }", 3),
        ("struct A(Rc<u8>, String, BTreeMap<f32, u8>, BTreeMap<u8, u8>);", 2),
        ("struct A;", 1),
        ("struct A();", 1),
        ("struct A {}", 1),
        ("union A { a: u8 }", 1),
        ("enum A { B }", 0),
        ("enum A { B(u8), C { d: String } }", 0),
        ("enum A { B(Rc<u8>), C { d: BTreeMap<f64, u8> } }", 2),
        ("enum A {}", 1),
        ("struct A<'a> { a: Cow<'a, str> }", 2),
        ("struct A { a: Box<A> }", 1),
        ("struct A { a: Option<Box<A>>, b: Vec<A>, c: Option<Vec<Box<A>>> }", 0),
        ("struct A(Box<Box<Self>>);", 1),
        ("struct A { load: u8, assign: u8, update: u8, as_ref: u8, clone: u8 }", 5),
        ("struct A { x: u8, x_mut: u8, into_x: u8, set_x: u8 }", 3),
        ("struct A { x: u8, #[commy(rename = \"y\")] x_mut: u8, pin: u8, refresh: u8 }", 0),
        ("#[commy(ref = \"A\")] struct A { a: u8 }", 1),
        ("#[commy(ref = \"a b\", mut = 5, other)] struct A { a: u8 }", 3),
        ("#[repr(C, packed)] struct A { a: u8 }", 1),
        ("struct A { a: str }", 1),
    ] {
        assert_eq!(count(item), errors, "{item}");
    }
}

#[test]
fn a_refused_nested_struct_has_the_accessors_of_the_corrected_one() {
    let code = nested("struct A { a: Rc<u8>, b: &'static str, c: Result<u8, u8> }");
    for part in [
        "type __T0 = u8;",
        "type __T1 = String;",
        "fn b_mut(&mut self) -> ::commy::growable::Write<'_, __T1>",
        "fn set_c<__V>(&mut self, __value: __V)",
        "fn c(&self) -> ::commy::__private::core::result::Result<Result<u8, u8>, ::commy::ReadError>",
        "for A { type Cell = Self; type Key = Self; }",
    ] {
        assert!(squeezed(&code).contains(&squeezed(part)), "{part} in {code}");
    }
    // What has no names for proxies is still of a type that fits.
    for item in ["enum A { B(u8) }", "struct A;", "#[commy(mut = \"A\")] struct A { a: u8 }"] {
        let code = nested(item);
        assert!(code.contains("Growable for A") && !code.contains("struct AMut"), "{code}");
    }
}

#[test]
fn records_of_fixed_size_fit_without_the_derive() {
    for attribute in ["#[create_writer(filename = \"a\")]", "#[__commy_reader(filename = \"a\")]"] {
        assert!(nested(&format!("{attribute} struct A {{ x: u8 }}")).is_empty(), "{attribute}");
    }
    let grows = nested("#[commy::create_writer(filename = \"a\", growable)] struct A { x: u8 }");
    assert!(grows.contains("struct AMut") && !grows.contains("compile_error"), "{grows}");
}

#[test]
fn an_enum_has_as_many_variants_as_a_schema_may_describe() {
    let of = |count: usize| {
        let variants: String = (0..count).map(|number| format!("V{number},")).collect();
        spell(&super::growable(format!("enum Many {{ {variants} }}").parse().unwrap()))
    };
    let most = of(4096);
    assert!(!most.contains("compile_error") && most.contains("V4095"), "{most:.300}");
    for count in [4097, 70_000] {
        let code = of(count);
        let words = format!("`Many` has {count} variants, and a file describes 4096 at most");
        assert!(code.contains("compile_error") && code.contains(&words), "{code:.300}");
    }
}
