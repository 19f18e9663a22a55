//! Writes the schema line of a growable record, which the cells of its fields describe.
//!
//! It is made at run time: a type that grows may hold itself, and a constant cannot. What has a fixed
//! layout writes itself as in any record.

use core::any::TypeId;
use core::fmt::Write as _;

use commy_types::schema::{TypeName, TypeSchema};

use super::parse::PREFIX;
use super::types::Order;
use crate::format::layout::MAX_SCHEMA;

/// The schema line of a growable record on its way: what cells write to.
#[doc(hidden)]
#[derive(Debug)]
pub struct SchemaText {
    line: String,
    /// The structs and enums that are described now, from the record inwards.
    open: Vec<Open>,
}

/// A struct, tuple or enum of which something is still to come.
#[derive(Debug)]
struct Open {
    /// `None` for the record, which no part of it is: it has a prefix.
    ty: Option<TypeId>,
    /// Of the variant, if it is an enum.
    has_fields: bool,
    has_variants: bool,
}

impl SchemaText {
    /// A record of this size, its prefix included, and of this alignment.
    #[must_use]
    pub fn root(size: usize, align: usize) -> Self {
        let line = format!(
            "{{\"commy\":1,\"growable\":1,\"prefix\":{PREFIX},\"kind\":\"struct\",\"size\":{size},\
             \"align\":{align},\"fields\":["
        );
        Self { line, open: vec![Open::of(None)] }
    }

    /// A field of the innermost struct or variant: `size` bytes at byte `offset` of it, of which `describe` says
    /// what they mean.
    pub fn field(
        &mut self,
        name: &str,
        offset: usize,
        size: usize,
        describe: impl FnOnce(&mut Self),
    ) {
        let is_first = self.open.last_mut().is_some_and(Open::is_first_field);
        self.line.push_str(if is_first { "{\"name\":" } else { ",{\"name\":" });
        self.string(name);
        self.entry("offset", offset);
        self.entry("size", size);
        self.line.push_str(",\"type\":");
        describe(self);
        self.line.push('}');
    }

    /// The whole line, its newline included.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.line.push_str("]}\n");
        self.line
    }

    /// A type of fixed layout.
    pub fn plain(&mut self, schema: &TypeSchema) {
        self.line.push_str(&schema.text());
    }

    /// Plain old data of another crate.
    pub fn pod(&mut self, id: &str, size: usize, align: usize) {
        self.line.push_str("{\"kind\":\"pod\",\"id\":");
        self.string(id);
        self.entry("size", size);
        self.entry("align", align);
        self.close();
    }

    /// Text of any length.
    pub fn text(&mut self) {
        self.line.push_str("{\"kind\":\"text\",\"size\":16}");
    }

    /// Text of any length that is a key.
    pub fn text_key(&mut self) {
        self.line.push_str("{\"kind\":\"text\",\"size\":32}");
    }

    /// Bytes of any length.
    pub fn bytes(&mut self) {
        self.line.push_str("{\"kind\":\"bytes\",\"size\":16}");
    }

    /// A value of a type of this name, serialized by this codec, of any length.
    pub fn coded(&mut self, codec: &str, name: &TypeName) {
        self.line.push_str("{\"kind\":\"coded\",\"size\":16,\"codec\":");
        self.string(codec);
        self.line.push_str(",\"name\":");
        self.string(&name.to_string());
        self.close();
    }

    /// A value in a block of its own: what is described next, up to [`close`](Self::close).
    pub fn open_box(&mut self) {
        self.line.push_str("{\"kind\":\"box\",\"size\":8,\"item\":");
    }

    /// A value or none, in a cell of `size` bytes: what is described next, at byte `value_at`, up to
    /// [`close`](Self::close).
    pub fn open_optional(&mut self, size: usize, value_at: usize) {
        self.line.push_str("{\"kind\":\"optional\"");
        self.entry("size", size);
        self.entry("value_at", value_at);
        self.line.push_str(",\"item\":");
    }

    /// Values one behind the other, any number of them, in blocks where they stand `stride` bytes
    /// apart: what is described next, up to [`close`](Self::close).
    pub fn open_list(&mut self, stride: usize) {
        self.line.push_str("{\"kind\":\"list\",\"size\":16");
        self.entry("stride", stride);
        self.line.push_str(",\"item\":");
    }

    /// The same, which also grow and shrink at their front.
    pub fn open_deque(&mut self, stride: usize) {
        self.line.push_str("{\"kind\":\"deque\",\"size\":24");
        self.entry("stride", stride);
        self.line.push_str(",\"item\":");
    }

    /// Keys in some order, each with a value: the key is described next, then behind
    /// [`map_value`](Self::map_value) the value, up to [`close`](Self::close).
    pub(crate) fn open_map(&mut self, order: Order) {
        self.line.push_str("{\"kind\":\"map\"");
        self.order(order);
    }

    /// The key of a map was described; its value is next.
    pub fn map_value(&mut self) {
        self.line.push_str(",\"value\":");
    }

    /// Keys in some order: what is described next, up to [`close`](Self::close).
    pub(crate) fn open_set(&mut self, order: Order) {
        self.line.push_str("{\"kind\":\"set\"");
        self.order(order);
    }

    fn order(&mut self, order: Order) {
        let (name, size) = (order.name(), order.cell());
        let _ = write!(self.line, ",\"order\":\"{name}\",\"size\":{size},\"key\":");
    }

    /// `len` values in place, `stride` bytes apart: what is described next, up to
    /// [`close`](Self::close).
    pub fn open_array(&mut self, len: usize, stride: usize) {
        self.line.push_str("{\"kind\":\"array\"");
        self.entry("capacity", len);
        self.entry("stride", stride);
        self.line.push_str(",\"item\":");
    }

    /// A struct or tuple `T` of this size and alignment: its fields are described next, up to
    /// [`close_struct`](Self::close_struct).
    ///
    /// Returns `false` if nothing is to be described, nor to be closed: this is within a `T`, which
    /// is named by how many structs and enums out it begins.
    #[must_use]
    pub fn open_struct<T: 'static>(&mut self, size: usize, align: usize) -> bool {
        if !self.begin::<T>() {
            return false;
        }
        self.line.push_str("{\"kind\":\"struct\"");
        self.entry("size", size);
        self.entry("align", align);
        self.line.push_str(",\"fields\":[");
        true
    }

    /// An enum `T` of this size, with a tag of this type: its variants are described next, up to
    /// [`close_enum`](Self::close_enum).
    ///
    /// Returns `false` as [`open_struct`](Self::open_struct) does.
    #[must_use]
    pub fn open_enum<T: 'static>(&mut self, size: usize, tag: &str) -> bool {
        if !self.begin::<T>() {
            return false;
        }
        self.line.push_str("{\"kind\":\"variant\"");
        self.entry("size", size);
        self.line.push_str(",\"tag\":");
        self.string(tag);
        self.line.push_str(",\"variants\":{");
        true
    }

    /// A variant of the innermost enum, of which `describe` says what fields it has.
    pub fn variant(&mut self, name: &str, tag: usize, describe: impl FnOnce(&mut Self)) {
        if !self.open.last_mut().is_some_and(Open::is_first_variant) {
            self.line.push(',');
        }
        self.string(name);
        self.line.push_str(":{\"tag\":");
        // A `String` takes everything.
        let _ = write!(self.line, "{tag}");
        self.line.push_str(",\"fields\":[");
        describe(self);
        self.line.push_str("]}");
    }

    /// Ends the innermost enum.
    pub fn close_enum(&mut self) {
        self.line.push_str("}}");
        self.open.pop();
    }

    /// Begins a `T`, unless this is within one, which is named then.
    fn begin<T: 'static>(&mut self) -> bool {
        let ty = TypeId::of::<T>();
        let levels = self.open.iter().rev().position(|open| open.ty == Some(ty));
        // Types that hold each other in many ways have more text than a file takes. It is refused by
        // its length, so what else would be in it is left out.
        let levels = levels.or_else(|| (self.line.len() as u64 > MAX_SCHEMA).then_some(0));
        if let Some(levels) = levels {
            self.line.push_str("{\"kind\":\"outer\"");
            self.entry("levels", levels + 1);
            self.close();
            return false;
        }
        self.open.push(Open::of(Some(ty)));
        true
    }

    /// Ends the innermost struct.
    pub fn close_struct(&mut self) {
        self.line.push_str("]}");
        self.open.pop();
    }

    /// Ends the innermost box, optional, list, deque or array.
    pub fn close(&mut self) {
        self.line.push('}');
    }

    fn entry(&mut self, key: &str, number: usize) {
        // A `String` takes everything.
        let _ = write!(self.line, ",\"{key}\":{number}");
    }

    /// A JSON string, escaped as the canonical line of any record is.
    fn string(&mut self, text: &str) {
        self.line.push('"');
        for letter in text.chars() {
            match letter {
                '"' | '\\' => self.line.extend(['\\', letter]),
                '\0'..' ' | '\x7f' => {
                    let _ = write!(self.line, "\\u00{:02x}", u32::from(letter));
                }
                _ => self.line.push(letter),
            }
        }
        self.line.push('"');
    }
}

impl Open {
    const fn of(ty: Option<TypeId>) -> Self {
        Self { ty, has_fields: false, has_variants: false }
    }

    /// Takes note of a field; returns whether it is the first.
    const fn is_first_field(&mut self) -> bool {
        !core::mem::replace(&mut self.has_fields, true)
    }

    /// Takes note of a variant, of which fields are to come; returns whether it is the first.
    const fn is_first_variant(&mut self) -> bool {
        self.has_fields = false;
        !core::mem::replace(&mut self.has_variants, true)
    }
}

#[cfg(test)]
mod tests {
    use commy_types::{Fingerprint, FixedVec, Mappable};

    use super::super::types::{Schema, Type};
    use super::*;
    use crate::format::{About, FieldNote, RecordSpec};

    fn market() -> SchemaText {
        let mut text = SchemaText::root(112, 8);
        text.field("seq", 16, 8, |text| text.plain(u64::SCHEMA));
        text.field("title", 24, 16, SchemaText::text);
        text.field("frame", 40, 16, SchemaText::bytes);
        text.field("points", 56, 20, |text| text.plain(<FixedVec<u32, 3>>::SCHEMA));
        text.field("caption", 80, 24, |text| {
            text.open_optional(24, 8);
            text.text();
            text.close();
        });
        text.field("extra", 104, 8, |text| {
            text.open_box();
            text.pod("uuid \"4\"", 16, 1);
            text.close();
        });
        text
    }

    #[test]
    fn members_stand_in_the_documented_order() {
        assert_eq!(
            market().finish(),
            "{\"commy\":1,\"growable\":1,\"prefix\":16,\"kind\":\"struct\",\"size\":112,\"align\":8,\
             \"fields\":[{\"name\":\"seq\",\"offset\":16,\"size\":8,\"type\":\"u64\"},\
             {\"name\":\"title\",\"offset\":24,\"size\":16,\"type\":{\"kind\":\"text\",\"size\":16}},\
             {\"name\":\"frame\",\"offset\":40,\"size\":16,\"type\":{\"kind\":\"bytes\",\"size\":16}},\
             {\"name\":\"points\",\"offset\":56,\"size\":20,\"type\":{\"kind\":\"vec\",\
             \"capacity\":3,\"len\":8,\"data\":8,\"stride\":4,\"item\":\"u32\"}},\
             {\"name\":\"caption\",\"offset\":80,\"size\":24,\"type\":{\"kind\":\"optional\",\
             \"size\":24,\"value_at\":8,\"item\":{\"kind\":\"text\",\"size\":16}}},\
             {\"name\":\"extra\",\"offset\":104,\"size\":8,\"type\":{\"kind\":\"box\",\"size\":8,\
             \"item\":{\"kind\":\"pod\",\"id\":\"uuid \\\"4\\\"\",\"size\":16,\"align\":1}}}]}\n",
        );
    }

    struct Tree;
    struct Branch;

    /// `struct Tree { value: u64, children: Vec<(u8, Tree)>, spare: Option<Box<Branch>> }`, of which a
    /// branch is `struct Branch { tree: Tree }`.
    fn tree(text: &mut SchemaText) {
        if text.open_struct::<Tree>(40, 8) {
            text.field("value", 0, 8, |text| text.plain(u64::SCHEMA));
            text.field("children", 8, 16, |text| {
                text.open_list(48);
                if text.open_struct::<(u8, Tree)>(48, 8) {
                    text.field("0", 0, 1, |text| text.plain(u8::SCHEMA));
                    text.field("1", 8, 40, tree);
                    text.close_struct();
                }
                text.close();
            });
            text.field("spare", 24, 16, |text| {
                text.open_optional(16, 8);
                text.open_box();
                if text.open_struct::<Branch>(40, 8) {
                    text.field("tree", 0, 40, tree);
                    text.close_struct();
                }
                text.close();
                text.close();
            });
            text.close_struct();
        }
    }

    #[test]
    fn lists_structs_and_what_is_in_itself_have_their_members_in_the_documented_order() {
        let mut text = SchemaText::root(88, 8);
        text.field("tree", 16, 40, tree);
        text.field("none", 56, 8, |text| {
            assert!(text.open_struct::<()>(8, 8));
            text.close_struct();
        });
        text.field("pair", 64, 24, |text| {
            text.open_array(2, 12);
            text.open_array(3, 4);
            text.plain(u32::SCHEMA);
            text.close();
            text.close();
        });
        let line = text.finish();
        assert_eq!(
            line,
            "{\"commy\":1,\"growable\":1,\"prefix\":16,\"kind\":\"struct\",\"size\":88,\"align\":8,\
             \"fields\":[{\"name\":\"tree\",\"offset\":16,\"size\":40,\"type\":{\"kind\":\"struct\",\
             \"size\":40,\"align\":8,\"fields\":[\
             {\"name\":\"value\",\"offset\":0,\"size\":8,\"type\":\"u64\"},\
             {\"name\":\"children\",\"offset\":8,\"size\":16,\"type\":{\"kind\":\"list\",\"size\":16,\
             \"stride\":48,\"item\":{\"kind\":\"struct\",\"size\":48,\"align\":8,\"fields\":[\
             {\"name\":\"0\",\"offset\":0,\"size\":1,\"type\":\"u8\"},\
             {\"name\":\"1\",\"offset\":8,\"size\":40,\"type\":{\"kind\":\"outer\",\"levels\":2}}]}}},\
             {\"name\":\"spare\",\"offset\":24,\"size\":16,\"type\":{\"kind\":\"optional\",\"size\":16,\
             \"value_at\":8,\"item\":{\"kind\":\"box\",\"size\":8,\"item\":{\"kind\":\"struct\",\"size\":40,\
             \"align\":8,\"fields\":[{\"name\":\"tree\",\"offset\":0,\"size\":40,\
             \"type\":{\"kind\":\"outer\",\"levels\":2}}]}}}}]}},\
             {\"name\":\"none\",\"offset\":56,\"size\":8,\
             \"type\":{\"kind\":\"struct\",\"size\":8,\"align\":8,\"fields\":[]}},\
             {\"name\":\"pair\",\"offset\":64,\"size\":24,\"type\":{\"kind\":\"array\",\"capacity\":2,\
             \"stride\":12,\"item\":{\"kind\":\"array\",\"capacity\":3,\"stride\":4,\"item\":\"u32\"}}}]}\n",
        );
        let Type::Struct { fields, .. } = Schema::parse(line.as_bytes()).unwrap().root else {
            panic!()
        };
        let told: Vec<_> = fields.iter().map(|field| field.ty.to_string()).collect();
        assert_eq!(
            told,
            [
                "struct of 3 fields, 40 bytes aligned to 8",
                "struct of 0 fields, 8 bytes aligned to 8",
                "array of 2 array of 3 u32",
            ]
        );
        let Type::Struct { fields, .. } = &fields[0].ty else { panic!() };
        assert_eq!(fields[1].ty.to_string(), "list of struct of 2 fields, 48 bytes aligned to 8");
    }

    /// `enum Event { Joined { name: String, by: Option<Box<Event>> }, Left(u64), #[default] Tick }`.
    fn event(text: &mut SchemaText) {
        if text.open_enum::<Branch>(40, "u8") {
            text.variant("Tick", 0, |_| ());
            text.variant("Joined", 1, |text| {
                text.field("name", 8, 16, SchemaText::text);
                text.field("by", 24, 16, |text| {
                    text.open_optional(16, 8);
                    text.open_box();
                    event(text);
                    text.close();
                    text.close();
                });
            });
            text.variant("Left", 2, |text| {
                text.field("0", 8, 8, |text| text.plain(u64::SCHEMA));
            });
            text.close_enum();
        }
    }

    #[test]
    fn enums_have_their_members_in_the_documented_order_and_count_as_levels() {
        let mut text = SchemaText::root(56, 8);
        text.field("event", 16, 40, event);
        let line = text.finish();
        let (_, line) = line.split_once("\"type\":").unwrap();
        assert_eq!(
            line,
            "{\"kind\":\"variant\",\"size\":40,\"tag\":\"u8\",\"variants\":{\
             \"Tick\":{\"tag\":0,\"fields\":[]},\
             \"Joined\":{\"tag\":1,\"fields\":[\
             {\"name\":\"name\",\"offset\":8,\"size\":16,\"type\":{\"kind\":\"text\",\"size\":16}},\
             {\"name\":\"by\",\"offset\":24,\"size\":16,\"type\":{\"kind\":\"optional\",\"size\":16,\
             \"value_at\":8,\"item\":{\"kind\":\"box\",\"size\":8,\
             \"item\":{\"kind\":\"outer\",\"levels\":1}}}}]},\
             \"Left\":{\"tag\":2,\"fields\":[\
             {\"name\":\"0\",\"offset\":8,\"size\":8,\"type\":\"u64\"}]}}}}]}\n"
        );
        let mut text = SchemaText::root(56, 8);
        text.field("event", 16, 40, event);
        assert!(Schema::parse(text.finish().as_bytes()).unwrap().is_growable);
    }

    /// What an array or a struct of fixed types is called does not depend on who describes it.
    #[test]
    fn fixed_parts_have_the_text_that_they_have_in_a_fixed_record() {
        let schema = <[[u32; 3]; 2]>::SCHEMA;
        let (mut cells, mut plain) = (SchemaText::root(40, 8), SchemaText::root(40, 8));
        cells.field("f", 16, 24, |text| {
            text.open_array(2, 12);
            text.open_array(3, 4);
            text.plain(u32::SCHEMA);
            text.close();
            text.close();
        });
        plain.field("f", 16, 24, |text| text.plain(schema));
        assert_eq!(cells.finish(), plain.finish());
        let fields = [
            super::super::tests::field("x", 0, 8, u64::SCHEMA),
            super::super::tests::field("y", 8, 4, u32::SCHEMA),
        ];
        let schema = super::super::tests::leak(16, 8, &fields);
        let (mut cells, mut plain) = (SchemaText::root(32, 8), SchemaText::root(32, 8));
        cells.field("f", 16, 16, |text| {
            assert!(text.open_struct::<Tree>(16, 8));
            text.field("x", 0, 8, |text| text.plain(u64::SCHEMA));
            text.field("y", 8, 4, |text| text.plain(u32::SCHEMA));
            text.close_struct();
        });
        plain.field("f", 16, 16, |text| text.plain(schema));
        assert_eq!(cells.finish(), plain.finish());
    }

    #[test]
    fn what_is_written_is_read_back() {
        let schema = Schema::parse(market().finish().as_bytes()).unwrap();
        assert!(schema.is_growable);
        let Type::Struct { size: 112, align: 8, fields } = schema.root else { panic!() };
        let told: Vec<_> = fields.iter().map(|field| field.ty.to_string()).collect();
        assert_eq!(
            told,
            [
                "u64",
                "text of any length",
                "bytes of any length",
                "vec of up to 3 u32",
                "optional text of any length",
                "box of pod \"uuid \\\"4\\\"\" of 16 bytes aligned to 1",
            ]
        );
        let empty = Schema::parse(SchemaText::root(16, 8).finish().as_bytes()).unwrap();
        assert!(empty.is_growable);
    }

    /// Strings and types are written as the canonical line of a fixed record has them.
    #[test]
    fn types_and_strings_are_those_of_a_fixed_record() {
        const IDS: [&str; 4] = ["a\"b\\c", "\0\u{1f}\u{7f}\n", "déjà \u{202e}", ""];
        for id in IDS {
            let schema = TypeSchema::Pod { id, size: 3, align: 1 };
            let (mut pod, mut plain) = (SchemaText::root(24, 8), SchemaText::root(24, 8));
            pod.field(id, 16, 3, |text| text.pod(id, 3, 1));
            plain.field(id, 16, 3, |text| text.plain(&schema));
            let line = plain.finish();
            assert_eq!(pod.finish(), line, "{id:?}");
            assert_eq!(schema.line(), format!("{{\"commy\":1,\"type\":{}}}\n", schema.text()));
            let Type::Struct { fields, .. } = Schema::parse(line.as_bytes()).unwrap().root else {
                panic!()
            };
            assert_eq!(fields[0].name, id);
        }
    }

    #[test]
    fn the_specification_hashes_the_line_and_adds_notes() {
        let notes = &[FieldNote { name: "title", doc: "any length", unit: "" }];
        let (package, package_version) = ("", "");
        let about = About { name: "Market", package, package_version, notes, notes_within: &[] };
        let spec = RecordSpec::growable(market().finish(), (112, 8), &about);
        assert!(spec.is_growable);
        assert_eq!((spec.size, spec.align), (112, 8));
        assert_eq!(spec.fingerprint, Fingerprint::of_text(market().finish().as_bytes()));
        let schema = Schema::of(&spec).unwrap();
        assert!(schema.is_growable && schema.notes.field("title").is_some());
        let fixed = RecordSpec::of_schema(u32::SCHEMA, u32::FINGERPRINT, (4, 4));
        assert!(!fixed.is_growable && !Schema::of(&fixed).unwrap().is_growable);
    }
}
