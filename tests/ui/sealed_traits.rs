//! What the runtime believes of sequences is said by commy only.
//! promise: errors: 2
//! promise: the trait bound `Counter: commy_types::sequence::sealed::Sealed` is not satisfied

use commy::__private::{Growing, Indexed};
use commy::{CapacityError, Mappable};

#[derive(Clone, Copy, Mappable)]
#[repr(C)]
struct Counter {
    value: u64,
}

/// It would send readers to the bytes behind the field.
impl Indexed for Counter {
    type Item = u64;
    const CAPACITY: usize = 1 << 40;
    const FIRST: usize = 8;
    const COUNTED: bool = false;
    fn count(&self) -> usize {
        1 << 40
    }
    fn element_mut(&mut self, _: usize) -> Option<&mut u64> {
        None
    }
}

impl Growing for Counter {
    fn push(&mut self, _: u64) -> Result<(), CapacityError> {
        Ok(())
    }
    fn last_cell(&self) -> Option<usize> {
        None
    }
}

/// What is callable stays so, for types that are one.
fn push_two<S: Growing<Item = u8>>(sequence: &mut S) -> Result<(), CapacityError> {
    sequence.push(1)?;
    sequence.push(2)
}

fn main() {
    let mut bytes = commy::FixedVec::<u8, 2>::new();
    assert!(push_two(&mut bytes).is_ok());
}
