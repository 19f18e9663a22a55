//! The fields of a struct as a type: a tree of tuples, whose leaves are the fields' types.
//!
//! A tree, because the compiler's own depth is limited and a list of some hundred types is too
//! deep for it. Offsets and pointers have the same form, so that whatever is done to a field is
//! compiled for its type, and for a constant offset.

use bytemuck::Pod;

use crate::access::PodField;
use crate::image::Image;
use crate::invalid::Invalid;
use crate::mappable::{FieldUse, Mappable};

/// Fields of a struct.
///
/// # Safety
///
/// - [`Pointers`](Self::Pointers) has the type of each field in the place where
///   [`Offsets`](Self::Offsets) has its offset.
/// - The constants and functions are right for these types at these offsets, if the duties of
///   [`Mappable`] hold for those.
#[allow(unsafe_code, reason = "declares the contract")]
pub unsafe trait Fields: sealed::Fields + 'static {
    /// A pointer to each field.
    type Pointers;
    /// The offset of each field.
    type Offsets: Copy + 'static;
    /// How many bytes all fields have.
    const SIZE: usize;
    /// Whether some byte patterns of a field are refused.
    const NEED_CHECK: bool;
    /// Whether all fields are plain.
    const PLAIN: bool;
    /// Whether a field needs drop.
    const NEED_DROP: bool;
    /// The size of the largest field that may leave bytes unused.
    const LARGEST_USE: usize;

    /// Checks each field.
    ///
    /// # Errors
    ///
    /// The first field that is no value.
    fn check(bytes: &[u8], offsets: &Self::Offsets) -> Result<(), Invalid>;

    /// Writes the fields that `image` wants.
    ///
    /// # Safety
    ///
    /// - `owner` points to a value that has these fields at `offsets`, aligned, and that nobody
    ///   changes meanwhile.
    unsafe fn encode(owner: *const u8, offsets: &Self::Offsets, at: usize, image: &mut Image<'_>);

    /// Calls `visit` with each field.
    fn each_use(offsets: &Self::Offsets, visit: &mut dyn FnMut(FieldUse));
}

mod sealed {
    pub trait Fields {}
}

/// A field of a [`Mappable`] type.
#[derive(Debug)]
pub struct Leaf<T>(core::marker::PhantomData<T>);

/// A field of a foreign plain-old-data type.
#[derive(Debug)]
pub struct PodLeaf<T>(core::marker::PhantomData<T>);

impl<T> sealed::Fields for Leaf<T> {}
impl<T> sealed::Fields for PodLeaf<T> {}

// SAFETY: one field of type `T`; what is said of it is what `T` says.
unsafe impl<T: Mappable> Fields for Leaf<T> {
    type Pointers = *const T;
    type Offsets = usize;
    const SIZE: usize = size_of::<T>();
    const NEED_CHECK: bool = T::NEEDS_CHECK;
    const PLAIN: bool = T::PLAIN;
    const NEED_DROP: bool = core::mem::needs_drop::<T>();
    const LARGEST_USE: usize = if T::USED.is_some() { size_of::<T>() } else { 0 };

    #[inline]
    fn check(bytes: &[u8], offset: &usize) -> Result<(), Invalid> {
        T::check_at(bytes, *offset)
    }

    #[inline]
    unsafe fn encode(owner: *const u8, offset: &usize, at: usize, image: &mut Image<'_>) {
        let at = at + offset;
        if image.wants(at, size_of::<T>()) {
            // SAFETY: within the value that `owner` points to, the duty of the caller.
            let field = unsafe { owner.add(*offset) };
            // SAFETY: a field of type `T`, aligned and unchanged, the duty of the caller.
            let field = unsafe { &*field.cast::<T>() };
            field.encode(at, image);
        }
    }

    fn each_use(offset: &usize, visit: &mut dyn FnMut(FieldUse)) {
        visit(FieldUse { offset: *offset, size: size_of::<T>(), used: T::USED });
    }
}

// SAFETY: one field of type `T`, of which any bytes are a value and none are padding.
unsafe impl<T: Pod> Fields for PodLeaf<T> {
    type Pointers = *const T;
    type Offsets = usize;
    const SIZE: usize = size_of::<T>();
    const NEED_CHECK: bool = false;
    const PLAIN: bool = true;
    const NEED_DROP: bool = false;
    const LARGEST_USE: usize = 0;

    #[inline]
    fn check(_: &[u8], _: &usize) -> Result<(), Invalid> {
        Ok(())
    }

    #[inline]
    unsafe fn encode(owner: *const u8, offset: &usize, at: usize, image: &mut Image<'_>) {
        let at = at + offset;
        if image.wants(at, size_of::<T>()) {
            // SAFETY: within the value that `owner` points to, the duty of the caller.
            let field = unsafe { owner.add(*offset) };
            // SAFETY: a field of type `T`, aligned and unchanged, the duty of the caller.
            let field = unsafe { &*field.cast::<T>() };
            PodField::encode(field, at, image);
        }
    }

    fn each_use(offset: &usize, visit: &mut dyn FnMut(FieldUse)) {
        visit(FieldUse { offset: *offset, size: size_of::<T>(), used: None });
    }
}

macro_rules! group {
    ($($part:ident)*) => {
        impl<$($part),*> sealed::Fields for ($($part,)*) {}

        // SAFETY: the fields of all parts, in the form of the tuple; each part is right for its
        // own, and keeps its duty if the tuple's is kept.
        #[allow(non_snake_case, unused_variables, reason = "a variable per part; there may be none")]
        unsafe impl<$($part: Fields),*> Fields for ($($part,)*) {
            type Pointers = ($($part::Pointers,)*);
            type Offsets = ($($part::Offsets,)*);
            const SIZE: usize = 0 $(+ $part::SIZE)*;
            const NEED_CHECK: bool = false $(|| $part::NEED_CHECK)*;
            const PLAIN: bool = true $(&& $part::PLAIN)*;
            const NEED_DROP: bool = false $(|| $part::NEED_DROP)*;
            const LARGEST_USE: usize = largest(&[$($part::LARGEST_USE),*]);

            #[inline]
            fn check(bytes: &[u8], offsets: &Self::Offsets) -> Result<(), Invalid> {
                let ($($part,)*) = offsets;
                $($part::check(bytes, $part)?;)*
                Ok(())
            }

            #[inline]
            unsafe fn encode(
                owner: *const u8,
                offsets: &Self::Offsets,
                at: usize,
                image: &mut Image<'_>,
            ) {
                let ($($part,)*) = offsets;
                // SAFETY: the duty of the caller, which is for the fields of all parts.
                $(unsafe { $part::encode(owner, $part, at, image) };)*
            }

            fn each_use(offsets: &Self::Offsets, visit: &mut dyn FnMut(FieldUse)) {
                let ($($part,)*) = offsets;
                $($part::each_use($part, visit);)*
            }
        }
    };
}

group!();
group!(A);
group!(A B);
group!(A B C);
group!(A B C D);
group!(A B C D E);
group!(A B C D E F);
group!(A B C D E F G);
group!(A B C D E F G H);
group!(A B C D E F G H I);
group!(A B C D E F G H I J);
group!(A B C D E F G H I J K);
group!(A B C D E F G H I J K L);
group!(A B C D E F G H I J K L M);
group!(A B C D E F G H I J K L M N);
group!(A B C D E F G H I J K L M N O);
group!(A B C D E F G H I J K L M N O P);

const fn largest(mut sizes: &[usize]) -> usize {
    let mut largest = 0;
    while let [size, rest @ ..] = sizes {
        if *size > largest {
            largest = *size;
        }
        sizes = rest;
    }
    largest
}
