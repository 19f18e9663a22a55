//! What a reader is to the code that reads fields, and to std.

use core::fmt;
use core::marker::PhantomData;
use std::sync::Arc;

use commy_types::{FieldPlace, FieldSource, Mappable, Sequence};

use super::{Core, Reader};
use crate::error::ReadError;
use crate::fields::{self, Load};
use crate::publish::{Believed, Proven};
use crate::record::Record;
use crate::sync::{AtomicU64, Ordering};

impl<T: Record> Load for Reader<T> {
    type Record = T;

    #[inline]
    fn load_once(&self, copy: impl FnOnce(&[AtomicU64]) -> bool) -> bool {
        self.read_once(copy).is_some_and(|(_, done)| done)
    }

    fn load_again(&self, copy: &mut dyn FnMut(&[AtomicU64])) -> Result<(), ReadError> {
        self.core.read_again(copy).map(drop)
    }
}

impl<T: Record> FieldSource for Reader<T> {
    type Error = ReadError;

    #[inline]
    fn field<F: Mappable>(&self, place: FieldPlace) -> Result<F, ReadError> {
        Self::field(self, place.offset())
    }

    #[inline]
    fn field_with<F: Mappable, R>(
        &self,
        place: FieldPlace,
        read: impl FnOnce(&F) -> R,
    ) -> Result<R, ReadError> {
        fields::field_with(self, place.offset(), read)
    }

    #[inline]
    fn field_into<F: Mappable>(&self, place: FieldPlace, target: &mut F) -> Result<(), ReadError> {
        fields::field_into(self, place.offset(), target)
    }

    #[inline]
    fn pod_field<F: bytemuck::Pod>(&self, place: FieldPlace) -> Result<F, ReadError> {
        Self::pod_field(self, place.offset())
    }

    #[inline]
    fn sequence_len<S: Sequence>(&self, place: FieldPlace) -> Result<usize, ReadError> {
        Self::sequence_len::<S>(self, place.offset())
    }

    #[inline]
    fn element<S: Sequence>(
        &self,
        place: FieldPlace,
        index: usize,
    ) -> Result<Option<S::Item>, ReadError> {
        Self::element::<S>(self, place.offset(), index)
    }
}

impl<T: Record> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Reader");
        shown.field("record", &T::NAME).field("path", &self.path());
        shown.field("generation", &self.generation()).finish_non_exhaustive()
    }
}

impl<T: Record> Clone for Reader<T> {
    /// Another handle to the same mapping.
    fn clone(&self) -> Self {
        let Core { slots, believed, returned, file } = &self.core;
        let believed = Believed::new(believed.is_set::<Proven>());
        let returned = AtomicU64::new(returned.load(Ordering::Relaxed));
        let core = Core { slots: slots.clone(), believed, returned, file: Arc::clone(file) };
        Self { core, record: PhantomData }
    }
}
