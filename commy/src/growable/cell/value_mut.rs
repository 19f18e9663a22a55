//! Changes a value as a whole.

use core::fmt;
use core::marker::PhantomData;

use super::Cell;
use crate::error::WriteError;
use crate::growable::edit::Cursor;

/// Changes a value as a whole: numbers, fixed types, plain old data, tuples, arrays, enums.
///
/// Outside a transaction each call that changes something publishes once.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
///
/// #[create_writer(filename = "axis.bin", growable)]
/// struct Axis {
///     position: [f64; 3],
///     name: String,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("axis.bin");
/// let mut axis = AxisWriter::create_at(&path)?;
/// axis.position_mut().update(|position| position[1] += 0.5)?;
/// assert_eq!(axis.position()?, [0.0, 0.5, 0.0]);
/// # Ok(())
/// # }
/// ```
pub struct ValueMut<'t, C> {
    cursor: Cursor<'t>,
    cell: PhantomData<fn() -> C>,
}

impl<C> fmt::Debug for ValueMut<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValueMut")
    }
}

impl<'t, C: Cell> ValueMut<'t, C> {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(cursor: Cursor<'t>) -> Self {
        Self { cursor, cell: PhantomData }
    }

    /// The value as it is now.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn load(&self) -> Result<C::Value, WriteError> {
        self.cursor.look(C::load)
    }

    /// Puts another value in its place.
    ///
    /// # Errors
    ///
    /// [`WriteError::DoesNotFit`] for what a fixed type has no room for; [`WriteError::NoSpace`],
    /// [`WriteError::Full`]; what the transaction has failed by.
    pub fn assign(&mut self, value: C::Arg<'_>) -> Result<(), WriteError> {
        C::set(self.cursor.reborrow(), value)
    }

    /// Loads the value, calls `change` with it, and stores what differs then.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load) and [`assign`](Self::assign).
    pub fn update<R>(&mut self, change: impl FnOnce(&mut C::Value) -> R) -> Result<R, WriteError> {
        let mut value = self.load()?;
        let result = change(&mut value);
        self.cursor.whole(|cursor| C::reconcile(&value, cursor))?;
        Ok(result)
    }
}
