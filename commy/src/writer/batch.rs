//! Several setters, one publish.
//!
//! A batch holds what is staged by reference, so that two of them cannot be exchanged
//! (`tests/ui/exchanged_batches.rs`).

use commy_types::{ByValue, CapacityError, FieldSink, Growing, Mappable, Overwriting, Touched};

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
/// assert_eq!(job.file().generation(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Batch<'a, T> {
    // A reference, so that nobody can exchange what two writers have staged.
    pub(super) draft: &'a mut Draft<T>,
}

impl<'a, T: Mappable> Batch<'a, T> {
    pub(super) const fn new(draft: &'a mut Draft<T>) -> Self {
        Self { draft }
    }

    /// The same batch, for a shorter time: what the generated batch wraps.
    #[doc(hidden)]
    pub const fn reborrow(&mut self) -> Batch<'_, T> {
        Batch { draft: self.draft }
    }

    /// The value with everything that was set so far.
    #[must_use]
    pub fn get(&self) -> &T {
        self.draft.settled_value()
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
    /// assert_eq!(job.file().generation(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn set<F: Mappable>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
    ) -> F::Output {
        let () = ByValue::<F::Arg<'static>, T>::ARGUMENT;
        self.draft.set_staged(Picker::Caller, field, value)
    }

    /// Adds an element to the sequence that `field` picks.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the sequence is full; nothing changes then.
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set).
    #[inline]
    pub fn push<S: Growing>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Result<(), CapacityError> {
        let () = ByValue::<S::Item, T>::NEW_ELEMENT;
        self.draft.push_staged(Picker::Caller, field, value)
    }

    /// Adds an element to the deque that `field` picks, over the oldest one when it is full; returns
    /// that.
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// See [`Writer::push_over`](crate::Writer::push_over).
    #[inline]
    pub fn push_over<S: Overwriting>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Option<S::Item> {
        let () = ByValue::<S::Item, T>::NEW_ELEMENT;
        self.draft.push_over_staged(Picker::Caller, field, value)
    }

    /// [`set`](Self::set) for a field of a foreign plain-old-data type.
    ///
    /// # Panics
    ///
    /// When `field` panics, or returns something that is no part of the record it was given:
    /// nothing of the batch is published then.
    #[inline]
    pub fn set_pod<F: bytemuck::Pod>(&mut self, field: impl FnOnce(&mut T) -> &mut F, value: F) {
        let () = ByValue::<F, T>::ARGUMENT;
        self.draft.set_pod_staged(Picker::Caller, field, value);
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
        self.draft.set_staged(Picker::Generated, field, value)
    }

    #[inline]
    fn set_pod<F: bytemuck::Pod>(&mut self, field: impl FnOnce(&mut T) -> &mut F, value: F) {
        self.draft.set_pod_staged(Picker::Generated, field, value);
    }

    #[inline]
    fn push<S: Growing>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Result<(), CapacityError> {
        self.draft.push_staged(Picker::Generated, field, value)
    }

    #[inline]
    fn push_over<S: Overwriting>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Option<S::Item> {
        self.draft.push_over_staged(Picker::Generated, field, value)
    }

    fn change<F: Mappable, R>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        change: impl FnOnce(&mut F, &mut Touched) -> R,
    ) -> R {
        self.draft.change_staged(Picker::Generated, field, change)
    }

    #[inline]
    fn assign<E: Mappable>(&mut self, elements: impl FnOnce(&mut T) -> &mut [E], values: &[E]) {
        self.draft.assign_part_staged(Picker::Generated, elements, values);
    }
}
