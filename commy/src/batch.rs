//! Several setters, one publish.

use commy_types::{CapacityError, FieldSink, Growing, Mappable, Touched};

use crate::mem::{Draft, Picker};

/// The setters of a record without the publish; made by [`Writer::batch`](crate::Writer::batch).
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{FixedString, create_writer};
///
/// #[create_writer(filename = "job.bin")]
/// struct Job {
///     name: FixedString<16>,
///     done: u32,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("job.bin");
/// let mut job = JobWriter::create_at(path)?;
/// job.batch(|job| {
///     job.set_done(1);
///     job.set_name("copy")
/// })?;
/// assert_eq!(job.generation(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Batch<'a, T> {
    // A reference, so that nobody can exchange what two writers have staged.
    pub(crate) staged: &'a mut Staged<T>,
}

/// A writer's value, and what was set in it and not encoded yet.
#[derive(Debug)]
pub(crate) struct Staged<T> {
    pub(crate) draft: Draft<T>,
    pub(crate) pending: Touched,
}

impl<T: Mappable> Staged<T> {
    /// The all-zero value.
    pub(crate) fn zeroed() -> Self {
        Self { draft: Draft::zeroed(), pending: Touched::new() }
    }
}

impl<'a, T: Mappable> Batch<'a, T> {
    pub(crate) const fn new(staged: &'a mut Staged<T>) -> Self {
        Self { staged }
    }

    /// The same batch, for a shorter time: what the generated batch wraps.
    #[doc(hidden)]
    pub const fn reborrow(&mut self) -> Batch<'_, T> {
        Batch { staged: self.staged }
    }

    /// The value with everything that was set so far.
    #[must_use]
    pub const fn get(&self) -> &T {
        self.staged.draft.value()
    }

    /// Assigns `value` to the part of the record that `field` picks.
    ///
    /// The generated setters call this.
    ///
    /// # Panics
    ///
    /// When `field` panics, or returns something that is no part of the record it was given:
    /// nothing of the batch is published then.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{CapacityError, FixedVec, create_writer};
    ///
    /// #[create_writer(filename = "job.bin")]
    /// struct Job {
    ///     done: u32,
    ///     sizes: FixedVec<u32, 8>,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("job.bin");
    /// let mut job = JobWriter::create_at(path)?;
    /// // What the generated setters do, through the plain writer's batch:
    /// commy::Writer::batch(&mut job, |job| {
    ///     job.set(|job| &mut job.done, 1);
    ///     job.push(|job| &mut job.sizes, 4096)?;
    ///     job.set_pod(|job| &mut job.sizes[0], job.get().done + 99);
    ///     Ok::<(), CapacityError>(())
    /// })?;
    /// assert_eq!(job.get().sizes, [100]);
    /// assert_eq!(job.generation(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn set<F: Mappable>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
    ) -> F::Output {
        self.staged.draft.set_pending(Picker::Caller, field, value, &mut self.staged.pending)
    }

    /// The same for a field of a foreign plain-old-data type.
    ///
    /// # Panics
    ///
    /// When `field` panics, or returns something that is no part of the record it was given:
    /// nothing of the batch is published then.
    #[inline]
    pub fn set_pod<F: bytemuck::Pod>(&mut self, field: impl FnOnce(&mut T) -> &mut F, value: F) {
        let range = self.staged.draft.set_pod(Picker::Caller, field, value);
        self.staged.pending.mark(range);
    }
}

impl<T: Mappable> FieldSink for Batch<'_, T> {
    type Record = T;

    #[inline]
    fn set<F: Mappable>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
    ) -> F::Output {
        self.staged.draft.set_pending(Picker::Generated, field, value, &mut self.staged.pending)
    }

    #[inline]
    fn set_pod<F: bytemuck::Pod>(&mut self, field: impl FnOnce(&mut T) -> &mut F, value: F) {
        let range = self.staged.draft.set_pod(Picker::Generated, field, value);
        self.staged.pending.mark(range);
    }

    #[inline]
    fn push<S: Growing>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Result<(), CapacityError> {
        self.staged.draft.push_pending(Picker::Generated, field, value, &mut self.staged.pending)
    }
}
