//! Values of bytes that lie in private memory already.

use core::mem::MaybeUninit;

use commy_types::{Invalid, InvalidReason, Mappable};

/// The value whose bytes these are.
///
/// # Errors
///
/// What the type's check refuses; `Missing` for another number of bytes than the type has.
#[inline]
pub(crate) fn value_of<T: Mappable>(bytes: &[u8]) -> Result<T, Invalid> {
    if bytes.len() != size_of::<T>() {
        return Err(Invalid::new(0, InvalidReason::Missing { size: size_of::<T>() }));
    }
    if T::NEEDS_CHECK {
        T::check(bytes)?;
    }
    let mut value = MaybeUninit::<T>::uninit();
    // SAFETY: both have `size_of::<T>()` bytes (checked above), and the place is a new one.
    unsafe {
        value.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len())
    };
    // SAFETY: all bytes were written. By the contract of `Mappable`, bytes that pass the check are
    // a valid value, and all are for a type that needs none.
    Ok(unsafe { value.assume_init() })
}

/// The value of zero bytes.
#[inline]
pub(crate) fn zeroed<T: Mappable>() -> T {
    // SAFETY: by the contract of `Mappable`, zero bytes are a valid value.
    unsafe { core::mem::zeroed() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_that_pass_the_check_become_a_value() {
        assert_eq!(value_of::<[bool; 2]>(&[1, 0]), Ok([true, false]));
        assert_eq!(value_of::<[bool; 2]>(&[1, 2]).unwrap_err().offset, 1);
        assert!(value_of::<[bool; 2]>(&[1]).is_err() && value_of::<u8>(&[1, 2]).is_err());
        assert_eq!(value_of::<u32>(&7_u32.to_ne_bytes()), Ok(7));
        assert_eq!(zeroed::<[u16; 3]>(), [0; 3]);
    }
}
