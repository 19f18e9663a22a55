//! What lets an [`Encoded`] live in a commy file.
//!
//! `{ len: u32 LE, codec id: 4 bytes, bytes }`. All zero means that nothing is stored. Any other id
//! than the codec's is refused by `check`, undecodable bytes only by `decode`.
//!
//! Reading copies the used bytes only (`Mappable::USED`; for a snapshot `Mappable::FIELDS` tells
//! where such fields are, and those of 4 KiB and more are looked into). The length is loaded with
//! the bytes, inside the same copy, and thrown away with them when the writer has overtaken. The
//! rest of the caller's value becomes zero, since all of it must be initialised.

use commy_types::schema::TypeSchema;
use commy_types::{Image, Invalid, InvalidReason, Mappable};

use crate::growable::Growable;
use crate::growable::parts::Plain;

use super::{Align1, Alignment, Codec, Encode, EncodeError, Encoded, SchemaName};

/// The eight bytes before the data: length and id.
const HEAD: usize = 8;

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `repr(C)` of byte arrays and markers of size 0 and alignment 1: a fixed layout of
// alignment 1 without padding, of which every byte pattern, all zeros among them, is a valid value.
unsafe impl<T: ?Sized, C, const N: usize> bytemuck::Zeroable for Encoded<T, C, N, Align1> {}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: as above; `Copy`, no pointer (the marker holds none), no interior mutability.
unsafe impl<T: ?Sized + 'static, C: 'static, const N: usize> bytemuck::Pod
    for Encoded<T, C, N, Align1>
{
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `repr(C)` of byte arrays and markers of size 0, one of which aligns the data: the layout
// is fixed and described by `SCHEMA`, every byte pattern is a valid value, copies are bytewise.
// `check` accepts a length within the capacity after the id of `C`, and a head of zeros. `encode`
// writes one of these: the id and the used bytes if the id is that of `C`, else zeros; a value with
// another id counts as empty in comparisons, too. What an earlier encoding had beyond is zeroed.
unsafe impl<T, C, const N: usize, A> Mappable for Encoded<T, C, N, A>
where
    T: SchemaName + ?Sized + 'static,
    C: Encode<T>,
    A: Alignment,
{
    const SCHEMA: &'static TypeSchema = &TypeSchema::Encoded {
        codec: C::NAME,
        name: T::NAME,
        capacity: Self::CAPACITY,
        data: core::mem::offset_of!(Self, bytes),
    };
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = false;
    const USED: Option<fn([u8; 8]) -> usize> = Some(|[a, b, c, d, ..]| {
        let len = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(N).min(N);
        core::mem::offset_of!(Self, bytes) + len
    });
    type Arg<'a> = &'a T;
    type Output = Result<(), EncodeError<C::Error>>;

    #[inline]
    fn assign(&mut self, value: &T) -> Self::Output {
        self.set(value)
    }

    #[inline]
    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        check_head::<C>(bytes, N)
    }

    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        let bytes = self.as_bytes();
        let mut head = [0; HEAD];
        if !self.is_empty() {
            let (len, codec) = head.split_at_mut(4);
            len.copy_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
            codec.copy_from_slice(&C::ID);
        }
        // The image's word is length and id; what it holds was written here, or is zero.
        let old = usize::try_from(image.length(at) & u64::from(u32::MAX)).unwrap_or(N).min(N);
        let data = at + core::mem::offset_of!(Self, bytes);
        image.put(at, &head);
        image.put(data, bytes);
        if bytes.len() < old {
            image.clear(data + bytes.len()..data + old);
        }
    }
}

/// In a growable record, too, it takes the room of its capacity.
impl<T, C, const N: usize, A> Growable for Encoded<T, C, N, A>
where
    T: SchemaName + ?Sized + 'static,
    C: Encode<T>,
    A: Alignment,
{
    type Cell = Plain<Self>;
    type Key = Plain<Self>;
}

/// Checks length and id; what the bytes mean is found out by decoding them.
fn check_head<C: Codec>(bytes: &[u8], capacity: usize) -> Result<(), Invalid> {
    let missing = Invalid::new(0, InvalidReason::Missing { size: HEAD + capacity });
    let head = bytes.first_chunk::<HEAD>().ok_or(missing)?;
    let &[a, b, c, d, codec @ ..] = head;
    let len = u32::from_le_bytes([a, b, c, d]);
    if len == 0 && codec == [0; 4] {
        return Ok(());
    }
    if codec != C::ID {
        return Err(Invalid::new(4, InvalidReason::Codec { found: codec, expected: C::ID }));
    }
    if len as u64 > capacity as u64 {
        return Err(Invalid::new(0, InvalidReason::Length { found: len.into(), capacity }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use commy_types::Touched;

    use super::*;
    use crate::encoded::{EncodedAligned, Sink};
    use crate::mem::{ArrivalInto, zeroed};
    use crate::sync::AtomicU64;

    struct Plain;

    impl Codec for Plain {
        const ID: [u8; 4] = *b"plai";
        const NAME: &'static str = "plain";
        type Error = core::convert::Infallible;
    }

    impl Encode<str> for Plain {
        fn encode(value: &str, place: &mut [u8]) -> Result<usize, EncodeError<Self::Error>> {
            let mut sink = Sink::new(place);
            sink.put(value.as_bytes());
            sink.finish()
        }
    }

    /// Loads a field of `size` bytes in front of which `skip` bytes lie; all that is not said to be
    /// in use is 0xff.
    fn loaded<F: Mappable>(len: u32, data: usize, skip: usize) -> Result<F, Invalid> {
        let mut bytes = [0xff; 128];
        bytes[skip..skip + 4].copy_from_slice(&len.to_le_bytes());
        bytes[skip + 4..skip + 8].copy_from_slice(b"plai");
        bytes[skip + data..skip + data + len.min(5) as usize]
            .copy_from_slice(&b"abcde"[..len.min(5) as usize]);
        let (words, _) = bytes.as_chunks::<8>();
        let words: Vec<_> = words.iter().map(|w| AtomicU64::new(u64::from_ne_bytes(*w))).collect();
        let mut field = zeroed::<F>();
        let mut arrival = ArrivalInto::over_zeros(&mut field);
        arrival.load_used(&words, skip);
        arrival.check().map(|()| field)
    }

    /// What is copied at publish: a large field costs what is in use, and once more what was.
    #[test]
    fn a_writer_marks_no_more_than_the_bytes_that_are_or_were_in_use() {
        type Field = Encoded<str, Plain, 4000>;
        let (mut bytes, at) = (vec![0; 4096], 32);
        let mut marked = |text: &str| {
            let mut changes = Touched::new();
            let field = Field::try_new(text).unwrap();
            Mappable::encode(&field, at, &mut Image::new(&mut bytes, &mut changes));
            assert_eq!(&bytes[at..at + size_of::<Field>()], bytemuck::bytes_of(&field));
            assert!(changes.as_slice().len() <= 1);
            changes.as_slice().first().cloned()
        };
        let ends_at = |len: usize| at + 8 + len;
        assert_eq!(marked("short"), Some(at..ends_at(5)));
        assert_eq!(marked(&"long ".repeat(600)), Some(at..ends_at(3000)));
        // Zeros where the long one was, so that nothing of it stays in the file.
        assert_eq!(marked("brief"), Some(at..ends_at(3000)));
        assert_eq!(marked("other"), Some(ends_at(0)..ends_at(5)));
        assert_eq!(marked("other"), None);
        assert_eq!(marked(""), Some(at..ends_at(5)));
    }

    #[test]
    fn a_reader_copies_no_more_than_the_used_bytes() {
        for skip in [0, 3, 8, 13] {
            for len in 0..=5 {
                let field: Encoded<str, Plain, 40> = loaded(len, 8, skip).unwrap();
                assert_eq!(field.as_bytes(), &b"abcde"[..len as usize]);
                assert!(bytemuck::bytes_of(&field)[8 + len as usize..].iter().all(|b| *b == 0));
                let aligned: EncodedAligned<str, Plain, 40> = loaded(len, 16, skip).unwrap();
                assert_eq!(aligned.as_bytes(), &b"abcde"[..len as usize]);
            }
            assert!(loaded::<Encoded<str, Plain, 40>>(40, 8, skip).is_ok());
            assert!(loaded::<Encoded<str, Plain, 40>>(41, 8, skip).is_err());
            assert!(loaded::<Encoded<str, Plain, 40>>(u32::MAX, 8, skip).is_err());
        }
        // The field would end beyond the payload, although what is in use does not.
        assert!(loaded::<Encoded<str, Plain, 112>>(5, 8, 8).is_ok());
        assert!(loaded::<Encoded<str, Plain, 112>>(5, 8, 9).is_err());
    }
}
