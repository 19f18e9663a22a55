//! How one field is read, whatever the generation comes from.

use commy_types::{Invalid, InvalidReason, Mappable};

use crate::error::ReadError;
use crate::mem::{Arrival, load_pod};
use crate::reader::invalid_field;
use crate::record::Record;
use crate::sync::AtomicU64;

/// Where the bytes of a record come from: the latest generation, or the one that a view shows.
pub(crate) trait Load {
    /// The record.
    type Record: Record;

    /// Calls `copy` with the payload until what it loaded is of one generation.
    fn load(&self, copy: impl FnMut(&[AtomicU64])) -> Result<(), ReadError>;
}

/// The field at byte `offset`.
#[inline]
pub(crate) fn field<F: Mappable, L: Load>(source: &L, offset: usize) -> Result<F, ReadError> {
    let mut arrival = Arrival::new();
    source.load(|payload| arrival.load_used(payload, offset))?;
    arrival.check().map_err(|invalid| invalid_field::<L::Record>(offset, invalid))
}

/// The same for a field of a foreign plain-old-data type.
#[inline]
pub(crate) fn pod_field<F: bytemuck::Pod, L: Load>(
    source: &L,
    offset: usize,
) -> Result<F, ReadError> {
    let mut value = F::zeroed();
    let mut filled = false;
    source.load(|payload| filled = load_pod(payload, offset, &mut value))?;
    if filled {
        return Ok(value);
    }
    let reason = InvalidReason::Missing { size: size_of::<F>() };
    Err(invalid_field::<L::Record>(offset, Invalid::new(0, reason)))
}
