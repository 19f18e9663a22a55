//! Setters that take values by reference: what is large is copied once into the writer's own value
//! and never is on the stack.

use core::borrow::Borrow;
use core::slice;

use commy_types::{Mappable, Sequence, range_of};

use super::{Batch, Writer};
use crate::mem::{Draft, Picker};
use crate::record::FixedRecord;

/// Setters that take values by reference.
impl<T: FixedRecord> Writer<T> {
    /// Puts a copy of `value` in the place of the part of the record that `field` picks, and publishes.
    ///
    /// For what is too large to be passed by value, as [`set`](Self::set) does; it may be in a box. It
    /// costs copies of the part, whatever the size of the record, and compares nothing: all of the part
    /// counts as changed.
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{Mappable, create_reader, create_writer};
    ///
    /// #[derive(Clone, Copy, Mappable)]
    /// #[repr(C)]
    /// struct Image {
    ///     pixels: [u32; 1 << 20],
    /// }
    ///
    /// #[create_writer(filename = "stereo.bin")]
    /// #[create_reader(filename = "stereo.bin")]
    /// struct Stereo {
    ///     left: Image,
    ///     right: Image,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("stereo.bin");
    /// let mut writer = StereoWriter::create_at(&path)?;
    /// let mut pixels: Box<[u32; 1 << 20]> = vec![0; 1 << 20].try_into().unwrap();
    /// pixels[5] = 7;
    /// writer.assign(|stereo| &mut stereo.right.pixels, &pixels);
    ///
    /// assert_eq!(StereoReader::open_at(&path)?.get_by(|stereo| &stereo.right.pixels[5])?, 7);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn assign<F: Mappable, V: Borrow<F>>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        value: &V,
    ) {
        let values = slice::from_ref(value.borrow());
        self.assign_picked(Picker::Caller, |record| slice::from_mut(field(record)), values);
    }

    /// Puts copies of `values` in the place of as many elements of the array or vector that `field`
    /// picks, from number `from` on, and publishes.
    ///
    /// # Panics
    ///
    /// - When there are fewer elements: a vector does not grow by it.
    /// - As [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{FixedVec, Mappable, create_reader, create_writer};
    ///
    /// #[derive(Clone, Copy, Mappable)]
    /// #[repr(C)]
    /// struct Channel {
    ///     samples: FixedVec<f32, 100_000>,
    /// }
    ///
    /// #[create_writer(filename = "scope.bin")]
    /// #[create_reader(filename = "scope.bin")]
    /// struct Scope {
    ///     channels: [Channel; 4],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("scope.bin");
    /// let mut writer = ScopeWriter::create_at(&path)?;
    /// writer.set(|scope| &mut scope.channels[2].samples, [0.0; 1000].as_slice())?;
    /// writer.assign_range(|scope| &mut scope.channels[2].samples, 500, &[0.5, 0.25]);
    /// assert_eq!(writer.get().channels[2].samples[499..503], [0.0, 0.5, 0.25, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn assign_range<S: Sequence>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        from: usize,
        values: &[S::Item],
    ) {
        let count = values.len();
        self.assign_picked(Picker::Caller, |record| range_of(field(record), from, count), values);
    }

    #[inline]
    pub(super) fn assign_picked<E: Mappable>(
        &mut self,
        picker: Picker,
        elements: impl FnOnce(&mut T) -> &mut [E],
        values: &[E],
    ) {
        if Draft::<T>::is_large_part(values) {
            return self.assign_large(picker, elements, values);
        }
        self.settle();
        self.draft.assign_part(picker, elements, values);
        // Behind the caller's code, as in a setter by value.
        self.core.refuse_fork();
        self.commit();
    }

    /// The same for values that go to the slot and nowhere else.
    fn assign_large<E: Mappable>(
        &mut self,
        picker: Picker,
        elements: impl FnOnce(&mut T) -> &mut [E],
        values: &[E],
    ) {
        // What else of the image goes to the slot has to be there.
        if !self.draft.lacks_a_part_at_most() {
            self.settle();
        }
        let range = self.draft.locate_part(picker, elements, values);
        self.core.refuse_fork();
        if self.draft.lacks_more_than(&range) {
            self.settle();
        }
        let part = self.draft.part_of(range, values);
        self.core.commit_part(self.draft.image(), &part);
        // Only now: a publish that panics has left nothing behind.
        self.draft.part_published(part);
    }
}

impl<T: Mappable> Batch<'_, T> {
    /// Puts a copy of `value` in the place of the part of the record that `field` picks: see
    /// [`Writer::assign`](crate::Writer::assign).
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// See [`assign_range`](Self::assign_range).
    #[inline]
    pub fn assign<F: Mappable, V: Borrow<F>>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        value: &V,
    ) {
        let values = slice::from_ref(value.borrow());
        let draft = &mut *self.draft;
        draft.assign_part_staged(Picker::Caller, |record| slice::from_mut(field(record)), values);
    }

    /// Puts copies of `values` in the place of elements: see
    /// [`Writer::assign_range`](crate::Writer::assign_range).
    ///
    /// # Panics
    ///
    /// - When there are fewer elements; nothing of the batch is published then.
    /// - As [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "wave.bin")]
    /// struct Wave {
    ///     samples: [i16; 1000],
    ///     peak: i16,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("wave.bin");
    /// let mut wave = WaveWriter::create_at(path)?;
    /// let new = [3, -9, 4];
    /// wave.batch(|wave| {
    ///     wave.assign_range(|it| &mut it.samples, 500, &new); // as `set_samples_range(500, &new)`
    ///     wave.set_peak(9);
    /// });
    /// assert_eq!(wave.get().samples[499..504], [0, 3, -9, 4, 0]);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn assign_range<S: Sequence>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        from: usize,
        values: &[S::Item],
    ) {
        let (draft, count) = (&mut *self.draft, values.len());
        draft.assign_part_staged(
            Picker::Caller,
            |record| range_of(field(record), from, count),
            values,
        );
    }
}
