//! The structs and enums around a type in a schema text, one of which it may be.

use super::types::Type;
use crate::format::FormatError;

/// The structs and enums that are being read, from the record inwards.
#[derive(Debug, Default)]
pub(super) struct Scope {
    open: Vec<Open>,
    /// What has been passed on the way here.
    way: Way,
}

/// A struct or enum that is being read, and the way to it.
#[derive(Debug)]
struct Open {
    size: u64,
    way: Way,
}

/// What lies between two types of which one is in the other.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Way {
    /// How often it leads into a block: else the inner one would be within the outer one's bytes.
    hops: u32,
    /// How often there may be nothing: else no value of the outer one would end.
    ends: u32,
}

impl Way {
    /// Into what lies in place, and is always there.
    pub(super) const IN_PLACE: Self = Self { hops: 0, ends: 0 };
    /// Into a box.
    pub(super) const BOX: Self = Self { hops: 1, ends: 0 };
    /// Into an optional.
    pub(super) const OPTIONAL: Self = Self { hops: 0, ends: 1 };
    /// Into a variant that not every value has.
    pub(super) const VARIANT: Self = Self::OPTIONAL;
    /// Into a list.
    pub(super) const LIST: Self = Self { hops: 1, ends: 1 };
}

impl Scope {
    /// Reads what is one step further in.
    pub(super) fn step<R>(&mut self, step: Way, read: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.way;
        self.way = Way { hops: before.hops + step.hops, ends: before.ends + step.ends };
        let result = read(self);
        self.way = before;
        result
    }

    /// Reads the fields of a struct, or the variants of an enum, of so many bytes.
    pub(super) fn structure<R>(&mut self, size: u64, read: impl FnOnce(&mut Self) -> R) -> R {
        self.open.push(Open { size, way: self.way });
        let result = read(self);
        self.open.pop();
        result
    }

    /// The struct or enum so many levels out.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is none, for the record itself, and for one that would have no end.
    pub(super) fn outer(&self, levels: u64) -> Result<Type, FormatError> {
        let bad = |what, expected: String| FormatError::corrupt(what, levels, expected, 0);
        // The record is not among them: its fields lie behind a prefix.
        let few = self.open.len().saturating_sub(1);
        let index = usize::try_from(levels).ok().filter(|levels| (1..=few).contains(levels));
        let open = index.and_then(|levels| self.open.get(self.open.len() - levels));
        let Some(Open { size, way }) = open else {
            let expected = match few {
                0 => "a struct or enum around it, within the record".into(),
                few => format!("1 to {few}"),
            };
            return Err(bad("levels of an outer struct in the schema", expected));
        };
        if self.way.hops == way.hops {
            let expected = "a list or a box on the way".into();
            return Err(bad("levels of a struct that is within itself in the schema", expected));
        }
        if self.way.ends == way.ends {
            let expected = "a list, an optional or a variant on the way".into();
            return Err(bad("levels of a struct without an end in the schema", expected));
        }
        Ok(Type::Outer { levels, size: *size })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::parse::MAX_PARTS;
    use super::super::parse::tests::{field, one, record};
    use super::super::types::Schema;
    use super::*;

    /// `item` in a list, a box, an optional.
    pub(in super::super) fn list(stride: u64, item: &str) -> String {
        format!(r#"{{"kind":"list","size":16,"stride":{stride},"item":{item}}}"#)
    }

    pub(in super::super) fn boxed(item: &str) -> String {
        format!(r#"{{"kind":"box","size":8,"item":{item}}}"#)
    }

    pub(in super::super) fn optional(size: u64, value_at: u64, item: &str) -> String {
        format!(r#"{{"kind":"optional","size":{size},"value_at":{value_at},"item":{item}}}"#)
    }

    pub(in super::super) fn outer(levels: u64) -> String {
        format!(r#"{{"kind":"outer","levels":{levels}}}"#)
    }

    /// A struct of 24 bytes with a field of the first 16 of them.
    pub(in super::super) fn structure(ty: &str) -> String {
        let field = field("f", 0, 16, ty);
        format!(r#"{{"kind":"struct","size":24,"align":8,"fields":[{field}]}}"#)
    }

    fn refusal(ty: &str) -> (&'static str, String) {
        match one(4096, ty) {
            Err(FormatError::Corrupt { what, expected, .. }) => (what, expected.into()),
            other => panic!("{ty}: {other:?}"),
        }
    }

    #[test]
    fn a_struct_within_itself_is_named_by_levels_that_are_there() {
        let array =
            |item: &str| format!(r#"{{"kind":"array","capacity":2,"stride":8,"item":{item}}}"#);
        for item in [
            list(24, &outer(1)),
            list(8, &boxed(&outer(1))),
            list(24, &structure(&list(24, &outer(2)))),
            list(25, &optional(25, 1, &outer(1))),
            optional(16, 8, &boxed(&outer(1))),
            boxed(&optional(32, 8, &outer(1))),
            boxed(&structure(&optional(16, 8, &boxed(&outer(2))))),
            array(&boxed(&list(24, &outer(1)))),
            list(24, &structure(&list(24, &structure(&list(24, &outer(3)))))),
        ] {
            assert!(one(4096, &structure(&item)).is_ok(), "{item}");
        }
        let what = "levels of an outer struct in the schema";
        for (levels, item) in [(0, 1), (2, 1), (3, 1), (u64::MAX, 1), (3, 2), (1 << 32 | 1, 1)] {
            // The record is around it, too, and never meant.
            let item = match item {
                1 => list(24, &outer(levels)),
                _ => list(24, &structure(&list(24, &outer(levels)))),
            };
            let expected = if item.contains("struct") { "1 to 2" } else { "1 to 1" };
            assert_eq!(refusal(&structure(&item)), (what, expected.into()), "{item}");
        }
        // What is over is not around it any more.
        let beside = format!("{},{}", field("a", 0, 24, &structure("\"u8\"")), {
            field("b", 24, 16, &list(24, &outer(1)))
        });
        assert!(Schema::parse(record(&beside, 4096).as_bytes()).is_err());
        for levels in ["-1", "1.5", "\"1\"", "null", "18446744073709551616"] {
            let item = format!(r#"{{"kind":"outer","levels":{levels}}}"#);
            assert!(one(4096, &structure(&list(24, &item))).is_err(), "{levels}");
        }
        // It takes as many bytes as it says.
        let short = structure(&list(23, &outer(1)));
        assert_eq!(refusal(&short).1, "at most 23 for the element of a list");
        let short = structure(&boxed(&optional(31, 8, &outer(1))));
        assert_eq!(refusal(&short).1, "at most 31 for the value of an optional");
    }

    #[test]
    fn a_struct_within_its_own_bytes_or_without_an_end_is_refused() {
        let in_place = (
            "levels of a struct that is within itself in the schema",
            "a list or a box on the way",
        );
        let endless = (
            "levels of a struct without an end in the schema",
            "a list, an optional or a variant on the way",
        );
        let array = |capacity: u64, item: &str| {
            format!(r#"{{"kind":"array","capacity":{capacity},"stride":24,"item":{item}}}"#)
        };
        for (item, (what, expected)) in [
            (outer(1), in_place),
            (structure(&outer(2)), in_place),
            (optional(32, 8, &outer(1)), in_place),
            (array(0, &outer(1)), in_place),
            (
                r#"{"kind":"option","tag":0,"data":8,"item":{"kind":"outer","levels":1}}"#.into(),
                in_place,
            ),
            // The way from the record leads through a list; that from the struct does not.
            (list(24, &structure(&outer(1))), in_place),
            (boxed(&outer(1)), endless),
            (boxed(&boxed(&outer(1))), endless),
            (boxed(&structure(&boxed(&outer(2)))), endless),
            (list(24, &structure(&boxed(&outer(1)))), endless),
            (array(1, &boxed(&outer(1))), endless),
        ] {
            let refused = refusal(&list(24, &structure(&item)));
            assert_eq!(refused, (what, expected.into()), "{item}");
        }
    }

    #[test]
    fn types_in_types_end_before_the_stack_does() {
        type Wrap = fn(&str) -> String;
        let wraps: [Wrap; 6] = [
            |item| list(16, item),
            boxed,
            |item| optional(1 << 40, 8, item),
            |item| {
                format!(r#"{{"kind":"array","capacity":1,"stride":{},"item":{item}}}"#, 1_u64 << 40)
            },
            |item| {
                let numbers = format!(r#""len":8,"data":8,"stride":{}"#, 1_u64 << 40);
                format!(r#"{{"kind":"fixed_set","capacity":1,{numbers},"item":{item}}}"#)
            },
            |item| {
                let keys = r#""len":8,"keys":8,"key_stride":1,"key":"u8""#;
                let values = format!(r#""values":16,"value_stride":{}"#, 1_u64 << 40);
                format!(r#"{{"kind":"fixed_map","capacity":1,{keys},{values},"value":{item}}}"#)
            },
        ];
        for wrap in wraps {
            let deep = |levels: usize| {
                let inner = r#"{"kind":"text","size":16}"#.to_owned();
                (0..levels).fold(inner, |item, _| wrap(&item))
            };
            let _ = one(1 << 50, &deep(100));
            assert!(one(1 << 50, &deep(500)).is_err());
        }
        // As many as fit into the longest text: each is looked at once.
        let outers =
            (0..MAX_PARTS as u64).map(|n| field(&format!("f{n}"), 0, 16, &list(24, &outer(1))));
        let wide = format!(
            r#"{{"kind":"struct","size":24,"align":8,"fields":[{}]}}"#,
            outers.collect::<Vec<_>>().join(",")
        );
        let many: Vec<_> = (0..10).map(|n| field(&format!("f{n}"), 0, 24, &wide)).collect();
        let text = record(&many.join(","), 24);
        assert!(text.len() > 3 << 20);
        assert!(Schema::parse(text.as_bytes()).is_ok());
    }
}
