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
