//! How large a value may be that is passed by itself, and the errors for what is larger.
//!
//! Each refusal is the constant of a generic type, which the compiler evaluates where the call is
//! compiled that needs it. So a crate may declare a large field, and have its accessors, as long as
//! nobody calls those that pass it by value.

use core::marker::PhantomData;

/// The most bytes of a record, a field or an element that is passed by value: what is larger does
/// not belong on a stack.
///
/// # Examples
///
/// ```
/// assert_eq!(commy_types::MAX_BY_VALUE, 256 * 1024);
/// ```
pub const MAX_BY_VALUE: usize = 256 * 1024;

/// The same for what goes through many functions, of a runtime or of ours, each of which may move it
/// once more.
const MAX_IN_STREAM: usize = MAX_BY_VALUE / 4;

/// That values of type `T` are passed by `C`: a source, a sink, or what else the caller is generic
/// over. A call has to depend on a type that only its own caller knows, lest it be evaluated where
/// it is merely written.
#[derive(Debug)]
pub struct ByValue<T, C: ?Sized>(PhantomData<T>, PhantomData<C>);

impl<T, C: ?Sized> ByValue<T, C> {
    const IS_SMALL: bool = size_of::<T>() <= MAX_BY_VALUE;

    /// A getter may return it.
    pub const FIELD: () = assert!(
        Self::IS_SMALL,
        "a field of more than 256 KiB is not returned by value: its getters `<field>_read_into`, \
         `<field>_with` and `<field>_range_into`, as far as it has them, keep it off the stack, and \
         `get_into(|record| &record.field, &mut value)` does so for every field"
    );

    /// A setter may take it.
    pub const ARGUMENT: () = assert!(
        Self::IS_SMALL,
        "a field or an element of more than 256 KiB is not set by value: \
         `assign(|record| &mut record.field, &value)` takes it by reference, as `set_<field>_from` and \
         `set_<field>_range` do for arrays and elements; `update` changes it in place"
    );

    /// A reader may return it as a whole.
    pub const SNAPSHOT: () = assert!(
        Self::IS_SMALL,
        "a record of more than 256 KiB is not returned by value: `snapshot_into`, `snapshot_boxed` \
         and `cached` keep it off the stack, as `on_change` does for what is published"
    );

    /// A stream may give it out as a whole.
    pub const IN_STREAM: () = assert!(
        size_of::<T>() <= MAX_IN_STREAM,
        "a record of more than 64 KiB is not given out by a stream, which moves it many times: \
         `on_change` keeps it off the stack, as `wait_newer` with `snapshot_into` or `cached` does"
    );

    /// Who follows a file may be given it as a whole.
    pub const FOLLOWED: () = assert!(
        size_of::<T>() <= MAX_IN_STREAM,
        "a record of more than 64 KiB is not given out by `follow` or `follow_stream`, which move it \
         many times: `on_follow` keeps it off the stack"
    );

    /// A writer may take it as a whole.
    pub const RECORD: () = assert!(
        Self::IS_SMALL,
        "a record of more than 256 KiB is not passed by value: `create`, and then `publish(&value)` or \
         `update`, keep it off the stack"
    );

    /// A getter of an element may return it.
    pub const ELEMENT: () = assert!(
        Self::IS_SMALL,
        "an element of more than 256 KiB, or such a part of one, is not returned by value: \
         `<field>_range_into` and `<field>_read_into` keep it off the stack"
    );

    /// What adds an element may take it.
    pub const NEW_ELEMENT: () = assert!(
        Self::IS_SMALL,
        "an element of more than 256 KiB is not added by value: `extend_from_slice` takes it by \
         reference, in `try_update`"
    );
}
