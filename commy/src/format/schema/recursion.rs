//! Types that hold each other are written so that another parser finds each of them.
//!
//! Types are made up at random, described, and read by `serde_json` and a walk that knows nothing of
//! the code beside it.

use serde_json::Value;

use super::relation::{Verdict, relations};
use super::text::SchemaText;
use super::types::{Order, Schema};
use crate::format::layout::MAX_SCHEMA;

/// A type of which a program may have many.
struct Named<const N: usize>;

/// How many there are.
const TYPES: usize = 6;

/// What a field is.
#[derive(Debug, Clone)]
enum Shape {
    Number,
    Text,
    /// In place; only what comes later.
    Struct(usize),
    /// The same as a list, a box or none, and behind two steps.
    List(usize),
    Boxed(usize),
    Pairs(usize),
    Array(usize),
    Deque(usize),
    /// By a text, which is a key.
    Map(Order, usize),
    Set(Order),
    /// An enum with a variant that has nothing, one with a number, and one with the type.
    Either(usize),
}

/// The fields of each type; what is in place is of a later one.
struct Program {
    types: Vec<Vec<Shape>>,
    /// As which Rust type each is known.
    identities: [usize; TYPES],
}

impl Program {
    fn size(&self, ty: usize) -> usize {
        8 + self.types[ty].iter().map(|shape| self.size_of(shape)).sum::<usize>()
    }

    fn size_of(&self, shape: &Shape) -> usize {
        match *shape {
            Shape::Number => 8,
            Shape::Text | Shape::List(_) | Shape::Boxed(_) | Shape::Pairs(_) => 16,
            Shape::Deque(_) => 24,
            Shape::Map(order, _) | Shape::Set(order) => order.cell() as usize,
            Shape::Either(_) => 16,
            Shape::Struct(ty) => self.size(ty),
            Shape::Array(ty) => 2 * self.size(ty),
        }
    }

    fn describe(&self, ty: usize, schema: &mut SchemaText) {
        let size = self.size(ty);
        let is_new = match self.identities[ty] {
            0 => schema.open_struct::<Named<0>>(size, 8),
            1 => schema.open_struct::<Named<1>>(size, 8),
            2 => schema.open_struct::<Named<2>>(size, 8),
            3 => schema.open_struct::<Named<3>>(size, 8),
            4 => schema.open_struct::<Named<4>>(size, 8),
            5 => schema.open_struct::<Named<5>>(size, 8),
            _ => panic!(),
        };
        if !is_new {
            return;
        }
        // By this the walk knows which one it is in.
        schema.field(&format!("type {ty}"), 0, 8, |schema| {
            schema.plain(&super::tests::F64);
        });
        let mut offset = 8;
        for (index, shape) in self.types[ty].iter().enumerate() {
            let size = self.size_of(shape);
            schema.field(&format!("{index}"), offset, size, |schema| self.field(shape, schema));
            offset += size;
        }
        schema.close_struct();
    }

    /// Describes an element of a list of this size.
    fn list(&self, size: usize, schema: &mut SchemaText, item: impl FnOnce(&mut SchemaText)) {
        schema.open_list(Self::stride(size));
        Self::item(size, schema, item);
        schema.close();
    }

    /// What stands in a node for a value of this size: larger ones are in a box.
    fn item(size: usize, schema: &mut SchemaText, item: impl FnOnce(&mut SchemaText)) {
        if size > 128 {
            schema.open_box();
            item(schema);
            schema.close();
        } else {
            item(schema);
        }
    }

    const fn stride(size: usize) -> usize {
        if size > 128 { 8 } else { size }
    }

    fn field(&self, shape: &Shape, schema: &mut SchemaText) {
        match *shape {
            Shape::Number => schema.plain(&super::tests::F64),
            Shape::Text => schema.text(),
            Shape::Struct(ty) => self.describe(ty, schema),
            Shape::List(ty) => self.list(self.size(ty), schema, |schema| self.describe(ty, schema)),
            Shape::Boxed(ty) => {
                schema.open_optional(16, 8);
                schema.open_box();
                self.describe(ty, schema);
                schema.close();
                schema.close();
            }
            // A struct that is no other's: levels count it.
            Shape::Pairs(ty) => {
                let size = 8 + self.size(ty);
                self.list(size, schema, |schema| {
                    if schema.open_struct::<(u64, Program)>(size, 8) {
                        schema.field("0", 0, 8, |schema| schema.plain(&super::tests::F64));
                        schema.field("1", 8, size - 8, |schema| self.describe(ty, schema));
                        schema.close_struct();
                    }
                });
            }
            Shape::Array(ty) => {
                schema.open_array(2, self.size(ty));
                self.describe(ty, schema);
                schema.close();
            }
            Shape::Deque(ty) => {
                schema.open_deque(Self::stride(self.size(ty)));
                Self::item(self.size(ty), schema, |schema| self.describe(ty, schema));
                schema.close();
            }
            Shape::Map(order, ty) => {
                schema.open_map(order);
                schema.text_key();
                schema.map_value();
                Self::item(self.size(ty), schema, |schema| self.describe(ty, schema));
                schema.close();
            }
            Shape::Set(order) => {
                schema.open_set(order);
                schema.text_key();
                schema.close();
            }
            // Levels count it as they count structs.
            Shape::Either(ty) => {
                if schema.open_enum::<[Program; 1]>(16, "u8") {
                    schema.variant("None", 0, |_| {});
                    schema.variant("Number", 1, |schema| {
                        let number = |schema: &mut SchemaText| schema.plain(&super::tests::F64);
                        schema.field("0", 8, 8, number);
                    });
                    schema.variant("Boxed", 2, |schema| {
                        schema.field("0", 8, 8, |schema| {
                            schema.open_box();
                            self.describe(ty, schema);
                            schema.close();
                        });
                    });
                    schema.close_enum();
                }
            }
        }
    }

    /// The line of a record with a field of the first type.
    fn line(&self) -> String {
        let size = self.size(0);
        let mut schema = SchemaText::root(16 + size, 8);
        schema.field("root", 16, size, |schema| self.describe(0, schema));
        schema.finish()
    }

    /// Walks the text along the types, `open` being the structs around it; returns how many of them
    /// were named by their levels.
    fn walk(&self, ty: usize, text: &Value, open: &mut Vec<Value>) -> usize {
        let struct_of = |text: &Value| (text["size"].as_u64(), text["fields"][0]["name"].clone());
        let expected = (Some(self.size(ty) as u64), Value::from(format!("type {ty}")));
        if text["kind"] == "outer" {
            assert_eq!(text.as_object().unwrap().len(), 2);
            let levels = text["levels"].as_u64().unwrap() as usize;
            assert_eq!(struct_of(&open[open.len() - levels]), expected);
            return 1;
        }
        assert_eq!(text["kind"], "struct");
        assert_eq!(struct_of(text), expected);
        open.push(text.clone());
        let fields = text["fields"].as_array().unwrap().iter().skip(1);
        assert_eq!(fields.len(), self.types[ty].len());
        let mut named = 0;
        for (field, shape) in fields.zip(&self.types[ty]) {
            assert_eq!(field["size"].as_u64().unwrap() as usize, self.size_of(shape));
            named += self.walk_field(shape, &field["type"], open);
        }
        open.pop();
        named
    }

    fn walk_field(&self, shape: &Shape, text: &Value, open: &mut Vec<Value>) -> usize {
        let apart =
            |item: &Value, size| if size > 128 { item["item"].clone() } else { item.clone() };
        let element_of = |kind: &str, text: &Value, size: usize| {
            assert_eq!(text["kind"], kind);
            assert_eq!(text["stride"].as_u64().unwrap() as usize, Self::stride(size));
            apart(&text["item"], size)
        };
        let element = |text: &Value, size: usize| element_of("list", text, size);
        let text_key: Value = serde_json::from_str(r#"{"kind":"text","size":32}"#).unwrap();
        match *shape {
            Shape::Number => usize::from(text != "f64"),
            Shape::Text => usize::from(text["kind"] != "text"),
            Shape::Struct(ty) => self.walk(ty, text, open),
            Shape::List(ty) => self.walk(ty, &element(text, self.size(ty)), open),
            Shape::Boxed(ty) => self.walk(ty, &text["item"]["item"], open),
            Shape::Array(ty) => self.walk(ty, &text["item"], open),
            Shape::Deque(ty) => self.walk(ty, &element_of("deque", text, self.size(ty)), open),
            Shape::Map(order, ty) => {
                let expected = ["map".into(), order.name().into(), text_key.clone()];
                assert_eq!(["kind", "order", "key"].map(|name| text[name].clone()), expected);
                self.walk(ty, &apart(&text["value"], self.size(ty)), open)
            }
            Shape::Set(order) => {
                let expected = ["set".into(), order.name().into(), text_key.clone()];
                assert_eq!(["kind", "order", "key"].map(|name| text[name].clone()), expected);
                0
            }
            Shape::Either(ty) => {
                if text["kind"] == "outer" {
                    let levels = text["levels"].as_u64().unwrap() as usize;
                    assert_eq!(open[open.len() - levels]["kind"], "variant");
                    return 1;
                }
                assert_eq!(text["kind"], "variant");
                open.push(text.clone());
                let boxed = &text["variants"]["Boxed"]["fields"][0]["type"];
                assert_eq!(boxed["kind"], "box");
                let named = self.walk(ty, &boxed["item"], open);
                open.pop();
                named
            }
            Shape::Pairs(ty) => {
                let pair = element(text, 8 + self.size(ty));
                if pair["kind"] == "outer" {
                    // All pairs are of one Rust type.
                    let levels = pair["levels"].as_u64().unwrap() as usize;
                    let names = |field: usize| &open[open.len() - levels]["fields"][field]["name"];
                    assert_eq!((names(0), names(1)), (&Value::from("0"), &Value::from("1")));
                    return 1;
                }
                open.push(pair.clone());
                let named = self.walk(ty, &pair["fields"][1]["type"], open);
                open.pop();
                named
            }
        }
    }
}

fn programs() -> impl Iterator<Item = Program> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    (0..400).map(move |_| {
        // One type of pair alone, so that all pairs of a program are the same.
        let in_pairs = random(TYPES);
        let mut fields = |ty: usize| {
            let later = |random: usize| ty + 1 + random % (TYPES - ty);
            let orders = [Order::Natural, Order::User, Order::Hash];
            let mut shape = |_| match random(18) {
                0 => Shape::Number,
                1 => Shape::Text,
                2 | 3 if ty + 1 < TYPES => Shape::Struct(later(random(TYPES)).min(TYPES - 1)),
                4 if ty + 1 < TYPES => Shape::Array(later(random(TYPES)).min(TYPES - 1)),
                5 | 6 => Shape::Boxed(random(TYPES)),
                7 => Shape::Pairs(in_pairs),
                8 | 9 => Shape::Deque(random(TYPES)),
                10 | 11 => Shape::Map(orders[random(3)], random(TYPES)),
                12 => Shape::Set(orders[random(3)]),
                13 | 14 => Shape::Either(in_pairs),
                _ => Shape::List(random(TYPES)),
            };
            (0..3).map(&mut shape).collect::<Vec<_>>()
        };
        let types = (0..TYPES).map(&mut fields).collect();
        Program { types, identities: core::array::from_fn(|ty| ty) }
    })
}

#[test]
fn another_parser_finds_every_type_where_the_text_says() {
    let mut named = 0;
    for program in programs() {
        let line = program.line();
        let text: Value = serde_json::from_str(&line).unwrap();
        let field = &text["fields"][0]["type"];
        named += program.walk(0, field, &mut vec![text.clone()]);
    }
    assert!(named > 1000, "only {named} structs were within themselves");
}

#[test]
fn what_is_written_of_types_that_hold_each_other_is_read_and_equals_itself() {
    for program in programs() {
        let line = program.line();
        let schema =
            Schema::parse(line.as_bytes()).unwrap_or_else(|error| panic!("{error:?}: {line}"));
        let relations = relations(&schema, &schema);
        assert!(relations.iter().all(|relation| relation.verdict() == Verdict::Exact));
    }
}

/// The fingerprint is of this text: programs agree by fields and not by names.
#[test]
fn which_rust_types_they_are_does_not_show() {
    for mut program in programs() {
        let line = program.line();
        program.identities.rotate_left(1);
        assert_eq!(program.line(), line);
    }
}

#[test]
fn types_that_hold_each_other_in_countless_ways_end_and_are_refused_by_their_length() {
    let types = (0..TYPES).map(|_| {
        let lists = (0..TYPES).cycle().take(TYPES * 4);
        lists.map(Shape::List).collect()
    });
    let program = Program { types: types.collect(), identities: core::array::from_fn(|ty| ty) };
    let len = program.line().len() as u64;
    assert!(len > MAX_SCHEMA && len < MAX_SCHEMA + 100_000, "{len}");
}
