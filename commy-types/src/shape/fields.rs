//! The fields of a struct: a tree of tuples, whose leaves are the fields.
//!
//! A tree, because the compiler's own depth is limited, and a list of some hundred types is too
//! deep for it. Offsets and pointers have the same form. A leaf is a value that a type gives of
//! itself, and not a condition on the type: where the type cannot give it, that is one error, at
//! the field.

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
/// - The functions are right for these types at these offsets, if the duties of [`Mappable`] hold
///   for the types.
#[allow(unsafe_code, reason = "declares the contract")]
pub unsafe trait Fields: Copy + 'static {
    /// A pointer to each field.
    type Pointers;
    /// The offset of each field.
    type Offsets: Copy + 'static;

    /// Checks each field.
    ///
    /// # Errors
    ///
    /// The first field that is no value.
    fn check(&self, bytes: &[u8], offsets: &Self::Offsets) -> Result<(), Invalid>;

    /// Writes the fields that `image` wants.
    ///
    /// # Safety
    ///
    /// - `owner` points to a value that has these fields at `offsets`, aligned, and that nobody
    ///   changes meanwhile.
    unsafe fn encode(
        &self,
        owner: *const u8,
        offsets: &Self::Offsets,
        at: usize,
        image: &mut Image<'_>,
    );

    /// Calls `visit` with each field.
    fn each_use(&self, offsets: &Self::Offsets, visit: &mut dyn FnMut(FieldUse));
}

/// A field of type `T`, which is [`Mappable`] or foreign plain old data.
///
/// # Invariants
///
/// 1. What is said here is what the type promises; nobody else can say it.
pub struct Leaf<T> {
    facts: Facts,
    check: fn(&[u8], usize) -> Result<(), Invalid>,
    encode: fn(&T, usize, &mut Image<'_>),
    used: Option<fn([u8; 8]) -> usize>,
}

impl<T> Clone for Leaf<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Leaf<T> {}

impl<T> core::fmt::Debug for Leaf<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.facts.fmt(f)
    }
}

impl<T> Leaf<T> {
    /// What the shape of a struct needs to know of the field.
    #[must_use]
    pub const fn facts(&self) -> Facts {
        self.facts
    }
}

impl<T: Mappable> Leaf<T> {
    /// A field of a mappable type.
    #[must_use]
    pub const fn mappable() -> Self {
        let facts = Facts {
            size: size_of::<T>(),
            need_check: T::NEEDS_CHECK,
            are_plain: T::PLAIN,
            need_drop: core::mem::needs_drop::<T>(),
            largest_use: if T::USED.is_some() { size_of::<T>() } else { 0 },
        };
        Self { facts, check: T::check_at, encode: T::encode, used: T::USED }
    }
}

impl<T: Pod> Leaf<T> {
    /// A field of a foreign type, of which any bytes are a value and none are padding.
    #[must_use]
    pub const fn pod() -> Self {
        let facts = Facts { size: size_of::<T>(), ..Facts::NONE };
        Self { facts, check: |_, _| Ok(()), encode: <T as PodField>::encode, used: None }
    }
}

/// What the shape of a struct needs to know of its fields.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// How many bytes they have.
    pub(super) size: usize,
    /// Whether some byte patterns of one are refused.
    pub(super) need_check: bool,
    /// Whether all are plain.
    pub(super) are_plain: bool,
    /// Whether one needs drop.
    pub(super) need_drop: bool,
    /// The size of the largest one that may leave bytes unused.
    pub(super) largest_use: usize,
}

impl Facts {
    const NONE: Self =
        Self { size: 0, need_check: false, are_plain: true, need_drop: false, largest_use: 0 };

    /// The same of all fields.
    #[must_use]
    pub const fn of(mut parts: &[Self]) -> Self {
        let mut all = Self::NONE;
        while let [part, rest @ ..] = parts {
            all.size += part.size;
            all.need_check |= part.need_check;
            all.are_plain &= part.are_plain;
            all.need_drop |= part.need_drop;
            if part.largest_use > all.largest_use {
                all.largest_use = part.largest_use;
            }
            parts = rest;
        }
        all
    }
}

// SAFETY: one field of type `T`; what is said of it is what `T` says, by invariant 1.
unsafe impl<T: 'static> Fields for Leaf<T> {
    type Pointers = *const T;
    type Offsets = usize;

    #[inline]
    fn check(&self, bytes: &[u8], offset: &usize) -> Result<(), Invalid> {
        (self.check)(bytes, *offset)
    }

    #[inline]
    unsafe fn encode(&self, owner: *const u8, offset: &usize, at: usize, image: &mut Image<'_>) {
        let at = at + offset;
        if image.wants(at, size_of::<T>()) {
            // SAFETY: within the value that `owner` points to, the duty of the caller.
            let field = unsafe { owner.add(*offset) };
            // SAFETY: a field of type `T`, aligned and unchanged, the duty of the caller.
            let field = unsafe { &*field.cast::<T>() };
            (self.encode)(field, at, image);
        }
    }

    fn each_use(&self, offset: &usize, visit: &mut dyn FnMut(FieldUse)) {
        visit(FieldUse { offset: *offset, size: size_of::<T>(), used: self.used });
    }
}

macro_rules! group {
    ($($part:ident $offset:ident)*) => {
        // SAFETY: the fields of all parts, in the form of the tuple; each part is right for its
        // own, and keeps its duty if the tuple's is kept.
        #[allow(non_snake_case, unused_variables, reason = "a variable per part; there may be none")]
        unsafe impl<$($part: Fields),*> Fields for ($($part,)*) {
            type Pointers = ($($part::Pointers,)*);
            type Offsets = ($($part::Offsets,)*);

            #[inline]
            fn check(&self, bytes: &[u8], offsets: &Self::Offsets) -> Result<(), Invalid> {
                let (($($part,)*), ($($offset,)*)) = (self, offsets);
                $($part.check(bytes, $offset)?;)*
                Ok(())
            }

            #[inline]
            unsafe fn encode(
                &self,
                owner: *const u8,
                offsets: &Self::Offsets,
                at: usize,
                image: &mut Image<'_>,
            ) {
                let (($($part,)*), ($($offset,)*)) = (self, offsets);
                // SAFETY: the duty of the caller, which is for the fields of all parts.
                $(unsafe { $part.encode(owner, $offset, at, image) };)*
            }

            fn each_use(&self, offsets: &Self::Offsets, visit: &mut dyn FnMut(FieldUse)) {
                let (($($part,)*), ($($offset,)*)) = (self, offsets);
                $($part.each_use($offset, visit);)*
            }
        }
    };
}

macro_rules! groups {
    ($($part:ident $offset:ident)*) => { groups!([] $($part $offset)*); };
    ([$($before:tt)*]) => { group!($($before)*); };
    ([$($before:tt)*] $part:ident $offset:ident $($rest:ident)*) => {
        group!($($before)*);
        groups!([$($before)* $part $offset] $($rest)*);
    };
}

// Tuples of up to 16, which is how many the derive puts into a group.
groups!(A a B b C c D d E e F f G g H h I i J j K k L l M m N n O o P p);
