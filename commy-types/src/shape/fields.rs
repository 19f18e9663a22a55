//! The fields of a struct: chains of chains, whose last links are the fields.
//!
//! Chains of chains, because the compiler's own depth is limited, and one chain of some hundred
//! links is too deep for it. Offsets and pointers have the same form, as pairs. A leaf is a value
//! that a type gives of itself, and not a condition on the type: where the type cannot give it,
//! that is one error, at the field.

use bytemuck::Pod;

use crate::access::PodField;
use crate::image::Image;
use crate::invalid::Invalid;
use crate::mappable::Mappable;

/// Where a field is, and how much of it is in use.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct FieldUse {
    /// The offset in the struct.
    pub offset: usize,
    /// The size of the field.
    pub size: usize,
    /// [`Mappable::USED`](crate::Mappable::USED) of its type.
    pub used: Option<fn([u8; 8]) -> usize>,
}

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
pub(super) struct Facts {
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

    const fn and(self, other: Self) -> Self {
        let is_larger = other.largest_use > self.largest_use;
        Self {
            size: self.size + other.size,
            need_check: self.need_check || other.need_check,
            are_plain: self.are_plain && other.are_plain,
            need_drop: self.need_drop || other.need_drop,
            largest_use: if is_larger { other.largest_use } else { self.largest_use },
        }
    }
}

/// Some fields of a struct, and one more, or a chain of more.
///
/// # Invariants
///
/// 1. `facts` are those of all leaves in `before` and `last`.
#[derive(Debug, Clone, Copy)]
pub struct Chain<Before, Last> {
    facts: Facts,
    before: Before,
    last: Last,
}

impl Chain<(), ()> {
    /// No field.
    pub const EMPTY: Self = Self { facts: Facts::NONE, before: (), last: () };
}

impl<B: Copy, L: Copy> Chain<B, L> {
    /// The same fields and one more.
    pub const fn and<T>(self, leaf: Leaf<T>) -> Chain<Self, Leaf<T>> {
        Chain { facts: self.facts.and(leaf.facts), before: self, last: leaf }
    }

    /// The same fields and those of another chain.
    pub const fn and_all<C: Copy, M: Copy>(self, chain: Chain<C, M>) -> Chain<Self, Chain<C, M>> {
        Chain { facts: self.facts.and(chain.facts), before: self, last: chain }
    }

    /// What the leaves say.
    pub(super) const fn facts(&self) -> Facts {
        self.facts
    }
}

/// Pairs in the form of a [`Chain`].
#[derive(Debug, Clone, Copy)]
pub struct Pairs<T>(pub T);

impl<T: Copy> Pairs<T> {
    /// One more.
    pub const fn and<L: Copy>(self, last: L) -> Pairs<(T, L)> {
        Pairs((self.0, last))
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

// SAFETY: no field.
unsafe impl Fields for () {
    type Pointers = ();
    type Offsets = ();

    #[inline]
    fn check(&self, _: &[u8], (): &()) -> Result<(), Invalid> {
        Ok(())
    }

    #[inline]
    unsafe fn encode(&self, _: *const u8, (): &(), _: usize, _: &mut Image<'_>) {}

    fn each_use(&self, (): &(), _: &mut dyn FnMut(FieldUse)) {}
}

// SAFETY: the fields of both parts, in the form of a pair; each part is right for its own.
unsafe impl<B: Fields, L: Fields> Fields for Chain<B, L> {
    type Pointers = (B::Pointers, L::Pointers);
    type Offsets = (B::Offsets, L::Offsets);

    #[inline]
    fn check(&self, bytes: &[u8], (before, last): &Self::Offsets) -> Result<(), Invalid> {
        self.before.check(bytes, before)?;
        self.last.check(bytes, last)
    }

    #[inline]
    unsafe fn encode(
        &self,
        owner: *const u8,
        (before, last): &Self::Offsets,
        at: usize,
        image: &mut Image<'_>,
    ) {
        // SAFETY: the duty of the caller, which is for the fields of both parts.
        unsafe { self.before.encode(owner, before, at, image) };
        // SAFETY: as above.
        unsafe { self.last.encode(owner, last, at, image) };
    }

    fn each_use(&self, (before, last): &Self::Offsets, visit: &mut dyn FnMut(FieldUse)) {
        self.before.each_use(before, visit);
        self.last.each_use(last, visit);
    }
}
