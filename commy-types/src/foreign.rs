//! [`Mappable`] for plain old data of other crates, each behind a feature of its name.
//!
//! In the schema such a type is `pod` with an id, its size and its alignment on this target, as with
//! `#[commy(pod, id = "...")]` on a field. The ids are part of the file format: `glam.Vec3`,
//! `uuid`, `f16`. A type whose alignment differs between targets, as that of `glam::Vec4` may, has
//! another schema there, and a reader is told.
//!
//! The lists are macros, since commy has a use for the same types.

use bytemuck::Pod;

use crate::image::Image;
use crate::invalid::Invalid;
use crate::mappable::{Element, Mappable};
use crate::schema::TypeSchema;

/// Compiles only if `T` is plain old data, which the implementations rely on.
const fn is_pod<T: Pod>() {}

macro_rules! foreign {
    ($($ty:ty => $id:literal;)*) => {$(
        #[allow(unsafe_code, reason = "the contract of the trait")]
        // SAFETY: `Pod` by the assertion below: a fixed layout without padding, every byte pattern
        // valid, zero among them, no pointers, no drop, no interior mutability, bytewise copies.
        unsafe impl Mappable for $ty {
            const SCHEMA: &'static TypeSchema = &TypeSchema::Pod {
                id: $id,
                size: size_of::<Self>(),
                align: align_of::<Self>(),
            };
            const NEEDS_CHECK: bool = false;
            const PLAIN: bool = true;
            type Arg<'a> = Self;
            type Output = ();

            #[inline]
            fn assign(&mut self, value: Self) {
                *self = value;
            }

            #[inline]
            fn check(_: &[u8]) -> Result<(), Invalid> {
                Ok(())
            }

            #[inline]
            fn encode(&self, at: usize, image: &mut Image<'_>) {
                image.put(at, bytemuck::bytes_of(self));
            }
        }
        const _: () = is_pod::<$ty>();
    )*};
}

macro_rules! element {
    ($($ty:ty)*) => {$(
        #[allow(unsafe_code, reason = "the contract of the trait")]
        // SAFETY: `Mappable` and `Pod` as above; its alignment is asserted here.
        unsafe impl Element for $ty {}
        const _: () = assert!(align_of::<$ty>() <= 8);
    )*};
}

/// Calls a macro with the types of `glam` that fit, and their ids.
///
/// Other numbers than `f32` are behind features of glam. `Vec3A`, `Mat3A` and `Affine3A` have
/// padding, so they are no plain old data and not here.
#[cfg(feature = "glam")]
#[doc(hidden)]
#[macro_export]
macro_rules! __types_of_glam {
    ($with:ident) => {
        $with! {
            $crate::__glam::Vec2 => "glam.Vec2";
            $crate::__glam::Vec3 => "glam.Vec3";
            $crate::__glam::Vec4 => "glam.Vec4";
            $crate::__glam::Quat => "glam.Quat";
            $crate::__glam::Mat2 => "glam.Mat2";
            $crate::__glam::Mat3 => "glam.Mat3";
            $crate::__glam::Mat4 => "glam.Mat4";
        }
    };
}

#[cfg(feature = "glam")]
crate::__types_of_glam!(foreign);

// Those whose alignment no feature of glam or of the processor changes.
#[cfg(feature = "glam")]
element! { glam::Vec2 glam::Vec3 }

/// The same for `half`.
#[cfg(feature = "half")]
#[doc(hidden)]
#[macro_export]
macro_rules! __types_of_half {
    ($with:ident) => {
        $with! {
            $crate::__half::f16 => "f16";
            $crate::__half::bf16 => "bf16";
        }
    };
}

#[cfg(feature = "half")]
crate::__types_of_half!(foreign);

#[cfg(feature = "half")]
element! { half::f16 half::bf16 }

/// The same for `uuid`.
#[cfg(feature = "uuid")]
#[doc(hidden)]
#[macro_export]
macro_rules! __types_of_uuid {
    ($with:ident) => {
        $with! {
            $crate::__uuid::Uuid => "uuid";
        }
    };
}

#[cfg(feature = "uuid")]
crate::__types_of_uuid!(foreign);

#[cfg(feature = "uuid")]
element! { uuid::Uuid }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vec::FixedVec;

    /// Encodes, checks and tells the kind of `value` as an element of a vector.
    fn travels<T: Mappable + PartialEq + Copy + core::fmt::Debug + Pod>(value: T, id: &str) {
        let vec = FixedVec::<T, 2>::try_from([value]).unwrap();
        let mut bytes = std::vec![0; size_of::<FixedVec<T, 2>>()];
        vec.encode(0, &mut Image::untracked(&mut bytes));
        assert!(<FixedVec<T, 2>>::check(&bytes).is_ok());
        let TypeSchema::Vec { data, stride, item, .. } = *<FixedVec<T, 2>>::SCHEMA else {
            unreachable!()
        };
        assert_eq!(bytemuck::pod_read_unaligned::<T>(&bytes[data..data + stride]), value);
        let TypeSchema::Pod { id: told, size, align } = *item else { unreachable!() };
        assert_eq!((told, size, align), (id, size_of::<T>(), align_of::<T>()));
    }

    #[cfg(feature = "glam")]
    #[test]
    fn types_of_glam_travel() {
        travels(glam::Vec3::new(1.0, -2.0, 3.5), "glam.Vec3");
        travels(glam::Vec4::new(1.0, -2.0, 3.5, 4.0), "glam.Vec4");
        travels(glam::Mat4::from_translation(glam::Vec3::X), "glam.Mat4");
    }

    #[cfg(feature = "half")]
    #[test]
    fn half_floats_travel() {
        travels(half::f16::from_f32(0.25), "f16");
        travels(half::bf16::from_f32(0.25), "bf16");
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn uuids_travel() {
        travels(uuid::Uuid::from_u128(0x1234_5678_9abc_def0), "uuid");
    }
}
