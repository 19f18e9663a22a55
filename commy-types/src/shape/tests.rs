use super::{Chain, Leaf};
use crate::access::PodField;
use crate::image::{Image, Touched};
use crate::invalid::InvalidReason;
use crate::mappable::Mappable;
use crate::schema::TypeSchema;

macro_rules! variants {
    ($name:ident $repr:tt { $($variant:ident = $number:expr),* }) => {
        #[derive(Clone, Copy)]
        #[allow(dead_code, reason = "read from bytes")]
        #[repr($repr)]
        enum $name { $($variant = $number),* }

        // SAFETY: proved by the shape.
        unsafe impl Mappable for $name {
            const SHAPE: &'static crate::shape::Shape<Self> =
                &crate::shape_of_variants!("E" "" $name { $($variant)* });
            const SCHEMA: &'static TypeSchema = &TypeSchema::Scalar { name: "" };
            type Arg<'a> = Self;
            type Output = ();

            fn assign(&mut self, value: Self) {
                *self = value;
            }
        }
    };
}

#[test]
fn numbers_of_variants_and_no_others_are_accepted() {
    variants!(Run u8 { A = 0, B = 1, C = 2 });
    variants!(Late i8 { A = -2, B = -1, C = 0 });
    variants!(Gap u8 { A = 0, B = 2, C = 3 });
    variants!(Mixed u8 { A = 5, B = 4, C = 0 });
    variants!(Wide u64 { A = 0, B = u64::MAX });
    variants!(Single u8 { A = 0 });
    let accepted = |check: fn(&[u8]) -> bool| -> alloc::vec::Vec<u8> {
        (0..=u8::MAX).filter(|byte| check(&[*byte])).collect()
    };
    assert_eq!(accepted(|bytes| Run::check(bytes).is_ok()), [0, 1, 2]);
    assert_eq!(accepted(|bytes| Late::check(bytes).is_ok()), [0, 254, 255]);
    assert_eq!(accepted(|bytes| Gap::check(bytes).is_ok()), [0, 2, 3]);
    assert_eq!(accepted(|bytes| Mixed::check(bytes).is_ok()), [0, 4, 5]);
    assert_eq!(accepted(|bytes| Single::check(bytes).is_ok()), [0]);
    for (number, is_there) in [(0, true), (u64::MAX, true), (1, false), (u64::MAX - 1, false)] {
        assert_eq!(Wide::check(&number.to_ne_bytes()).is_ok(), is_there, "{number}");
    }
    assert_eq!(Wide::check(&[0; 7]).unwrap_err().reason, InvalidReason::Missing { size: 8 });
}

/// The macro may be called by anybody, and a variant that is listed twice would hide a gap.
#[test]
fn a_variant_that_is_listed_twice_hides_no_gap() {
    #[derive(Clone, Copy)]
    #[allow(dead_code, reason = "read from bytes")]
    #[repr(u8)]
    enum Gap {
        A = 0,
        B = 2,
    }
    for shape in [
        const { crate::shape_of_variants!("Gap" "u8" Gap { A A B }) },
        const { crate::shape_of_variants!("Gap" "u8" Gap { A B A }) },
        const { crate::shape_of_variants!("Gap" "u8" Gap { B A B }) },
    ] {
        assert!(shape.check(&[1]).is_err());
        assert!(shape.check(&[2]).is_ok());
    }
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Many {
    f0: u8,
    f1: u16,
    f2: bool,
    f3: u64,
}

type Two<A, B> = Chain<Chain<Chain<(), ()>, Leaf<A>>, Leaf<B>>;

// SAFETY: proved by the shape.
unsafe impl Mappable for Many {
    const SHAPE: &'static crate::shape::Shape<Self> = &crate::shape_of_fields!(
        "Many" Many { f0 f1 f2 f3 }
        Chain<Chain<Chain<(), ()>, Two<u8, u16>>, Two<bool, u64>>,
        ([f0 = <u8 as Mappable>::LEAF, f1 = <u16 as PodField>::LEAF,] [f2 = bool::LEAF, f3 = <u64 as Mappable>::LEAF,])
    );
    const SCHEMA: &'static TypeSchema = &TypeSchema::Scalar { name: "" };
    type Arg<'a> = Self;
    type Output = ();

    fn assign(&mut self, value: Self) {
        *self = value;
    }
}

#[test]
fn a_structs_fields_are_checked_and_encoded_where_they_are() {
    const { assert!(Many::NEEDS_CHECK && !Many::PLAIN) };
    let (mut bytes, mut touched) = ([0; 24], Touched::new());
    let value = Many { f0: 1, f1: 0x0302, f2: true, f3: 7 };
    value.encode(4, &mut Image::new(&mut bytes, &mut touched));
    let mut expected = [0; 24];
    expected[4] = 1;
    expected[6..8].copy_from_slice(&0x0302_u16.to_ne_bytes());
    expected[8] = 1;
    expected[12..20].copy_from_slice(&7_u64.to_ne_bytes());
    assert_eq!(bytes, expected);

    assert!(Many::check(&bytes[4..20]).is_ok());
    bytes[8] = 2;
    let invalid = Many::check(&bytes[4..20]).unwrap_err();
    assert_eq!((invalid.offset, invalid.reason), (4, InvalidReason::Bool { found: 2 }));
    assert!(Many::check(&bytes[4..8]).is_err());
}

#[test]
fn only_what_an_image_wants_is_encoded() {
    let (mut bytes, mut touched, mut window) = ([0; 16], Touched::new(), Touched::new());
    window.mark(8..16);
    let value = Many { f0: 1, f1: 1, f2: true, f3: 0 };
    value.encode(0, &mut Image::new(&mut bytes, &mut touched).within(&window));
    assert_eq!(bytes, [0; 16]);
}
