//! One generation of a file.

use core::fmt;
use std::time::SystemTime;

use super::find;
use super::load::Load;
use super::load::fixed::{Fixed, Pieces};
use super::path::{PathError, Way, parse};
use super::schema::Schema;
use super::value::Value;
use crate::untyped::time_from;

/// One generation of a file, whatever its record is; made by [`DynReader::snapshot`](super::DynReader::snapshot).
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
///
/// #[create_writer(filename = "tank.bin")]
/// struct Tank {
///     level: f64,
///     open: bool,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("tank.bin");
/// let _tank = TankWriter::options().path(&path).create_with(Tank { level: 0.5, open: true })?;
/// let now = commy::dynamic::open(&path)?.snapshot()?;
/// assert_eq!(now.generation(), 1);
/// let fields: Vec<_> = now.iter().map(|(name, value)| format!("{name}={value}")).collect();
/// assert_eq!(fields, ["level=0.5", "open=true"]);
/// assert_eq!(now.get("open")?.as_bool(), Some(true));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Snapshot {
    schema: Schema,
    generation: u64,
    /// In nanoseconds since 1970; 0 for not known.
    time: u64,
    content: Content,
    max_load: u64,
}

#[derive(Clone)]
pub(super) enum Content {
    /// The bytes of the record.
    Fixed(Pieces),
    /// All of what its cells lead to.
    Growable(Value),
}

impl Snapshot {
    pub(super) const fn new(
        schema: Schema,
        (generation, time): (u64, u64),
        content: Content,
        max_load: u64,
    ) -> Self {
        Self { schema, generation, time, content, max_load }
    }

    /// The generation.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// When it was published; `None` if that is not known: see
    /// [`ReaderFile::published_at`](crate::ReaderFile::published_at).
    #[must_use]
    pub fn published_at(&self) -> Option<SystemTime> {
        time_from(self.time)
    }

    /// The schema of the file that it is of.
    #[must_use]
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The value at a path, as [`DynReader::get`](super::DynReader::get) has it.
    ///
    /// # Errors
    ///
    /// [`PathError`] if it leads nowhere.
    pub fn get(&self, path: &str) -> Result<Value, PathError> {
        let steps = parse(path)?;
        let (tree, way) = (self.schema.tree(), Way::new(&steps));
        find::check(&tree.root, way)?;
        match &self.content {
            Content::Fixed(bytes) => {
                let found = find::fixed::find(&tree.root, self.schema.size(), way)?;
                found.load(&Load::new(tree, self.max_load), bytes)
            }
            Content::Growable(value) => find::in_value(value, way),
        }
    }

    /// The bytes of the record; of a growable one there are none to be shown.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Fixed(bytes) => bytes.get(0, self.schema.size()),
            Content::Growable(_) => None,
        }
    }

    /// How many of its bytes hold nothing and are not zero: padding, and what is behind a length. Every
    /// writer leaves zeros there. 0 for a growable record, and for one with parts that are no value.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "lamp.bin")]
    /// struct Lamp {
    ///     lit: bool,
    ///     watts: f64, // seven bytes in front of it
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("lamp.bin");
    /// LampWriter::create_at(&path)?.set_lit(true);
    /// assert_eq!(commy::dynamic::open(&path)?.snapshot()?.unused_not_zero(), 0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn unused_not_zero(&self) -> u64 {
        let Some(bytes) = self.bytes() else { return 0 };
        let mut left = bytes.to_vec();
        let mut take = |range: core::ops::Range<usize>| {
            if let Some(used) = left.get_mut(range) {
                used.fill(0);
            }
        };
        match self.schema.tree().check(bytes, &mut take) {
            Ok(()) => left.iter().filter(|byte| **byte != 0).count() as u64,
            Err(_) => 0,
        }
    }

    /// The fields of the record by their names, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        let fields = self.schema.fields().map(|field| field.name()).enumerate();
        fields.filter_map(|(index, name)| Some((name, self.field(index)?)))
    }

    /// The field of this number.
    fn field(&self, index: usize) -> Option<Value> {
        match &self.content {
            Content::Fixed(bytes) => {
                use crate::format::schema::Type;
                let tree = self.schema.tree();
                let Type::Struct { fields, .. } = &tree.root else { return None };
                let field = fields.get(index)?;
                let load = Load::new(tree, self.max_load);
                Some(Fixed { load: &load, bytes }.value(&field.ty, field.offset, field.size, 0))
            }
            Content::Growable(value) => Some(value.as_struct()?.get(index)?.1.clone()),
        }
    }

    /// All of it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Fixed(bytes) => {
                let tree = self.schema.tree();
                let load = Load::new(tree, self.max_load);
                Fixed { load: &load, bytes }.value(&tree.root, 0, self.schema.size(), 0)
            }
            Content::Growable(value) => value.clone(),
        }
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_value())
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("schema", &self.schema)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// As its [value](Snapshot::to_value) is.
impl serde::Serialize for Snapshot {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}
