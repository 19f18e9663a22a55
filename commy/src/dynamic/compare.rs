//! How the fields of two schemas relate, for people who compare two files.

use core::fmt;

use super::schema::Schema;
use crate::format::schema::{Change, Placed, Relation, Remedy, Verdict, relations};

/// How a field of one schema relates to that of another: made by [`Schema::compare`].
///
/// `Display` says in words what a program with the second schema would make of a file with the first.
///
/// # Examples
///
/// See [`Schema::compare`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldVerdict {
    path: String,
    found: Option<String>,
    expected: Option<String>,
    fit: Fit,
    words: String,
}

/// What a program could make of a field that another one has written, the worse the later.
///
/// # Examples
///
/// ```
/// use commy::dynamic::Fit;
///
/// assert!(Fit::Same < Fit::Reads && Fit::Reads < Fit::Incompatible);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fit {
    /// The bytes are the same.
    Same,
    /// Its own value of each value that the file can have.
    Reads,
    /// The same, if it says what the value is where the file has none.
    NeedsDefault,
    /// The same, but for values that it has no room for.
    MayNotFit,
    /// Nothing.
    Incompatible,
}

impl FieldVerdict {
    /// `None` for a part whose own parts say all that there is to say.
    fn of(relation: &Relation<'_>) -> Option<Self> {
        if relation.change == Change::Within {
            return None;
        }
        let fit = match relation.verdict() {
            Verdict::Exact => Fit::Same,
            Verdict::Projected => Fit::Reads,
            Verdict::Needs(Remedy::Default) => Fit::NeedsDefault,
            Verdict::Needs(Remedy::MayNotFit) => Fit::MayNotFit,
            Verdict::Refused => Fit::Incompatible,
        };
        let placed = |placed: Placed<'_>| match placed.offset {
            Some(offset) => format!("{} @{offset}", placed.ty),
            None => placed.ty.to_string(),
        };
        Some(Self {
            path: relation.path.to_string(),
            found: relation.file.map(placed),
            expected: relation.program.map(placed),
            fit,
            words: relation.to_string(),
        })
    }

    /// The way to the field, with `[]` for elements: `points[].x`; empty for the record itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What the first schema has there, as `f32 @940` with the offset; `None` if it has no such field.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// What the second schema has there; `None` if it has no such field.
    #[must_use]
    pub fn second(&self) -> Option<&str> {
        self.expected.as_deref()
    }

    /// What a program with the second schema could make of it.
    #[must_use]
    pub const fn fit(&self) -> Fit {
        self.fit
    }
}

impl fmt::Display for FieldVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Schema {
    /// Compares two schemas field by field, outermost parts first: this one as that of a file, and `other`
    /// as that of a program that would read it.
    ///
    /// A part that has the same parts as before is told of once. So is one that differs in itself; if only
    /// parts of it differ, these are told of.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    /// use commy::dynamic::Fit;
    ///
    /// mod yesterday {
    ///     #[commy::create_writer(filename = "tank.bin")]
    ///     pub struct Tank {
    ///         pub level: f32,
    ///         pub open: bool,
    ///     }
    /// }
    ///
    /// #[create_writer(filename = "tank.bin")]
    /// struct Tank {
    ///     level: f64,
    ///     open: bool,
    ///     inflow: f32,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let (old, new) = (dir.path().join("old.bin"), dir.path().join("new.bin"));
    /// let _old = yesterday::TankWriter::create_at(&old)?;
    /// let _new = TankWriter::create_at(&new)?;
    /// let (old, new) = (commy::dynamic::open(&old)?, commy::dynamic::open(&new)?);
    /// let told = old.schema().compare(new.schema());
    /// let of = |path: &str| told.iter().find(|field| field.path() == path).unwrap();
    /// assert_eq!((of("level").fit(), of("level").to_string()), (Fit::Reads, "widens without loss".into()));
    /// assert_eq!((of("inflow").fit(), of("inflow").first()), (Fit::NeedsDefault, None));
    /// assert!(old.schema().compare(old.schema()).iter().all(|field| field.fit() == Fit::Same));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn compare(&self, other: &Self) -> Vec<FieldVerdict> {
        let relations = relations(self.tree(), other.tree());
        relations.iter().filter_map(FieldVerdict::of).collect()
    }
}
