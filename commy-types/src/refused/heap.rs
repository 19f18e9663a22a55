//! The types of `alloc` that keep their values on the heap.

use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, BinaryHeap, LinkedList, VecDeque};
use alloc::ffi::CString;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{
    ElementsInPlace, Field, FollowedElsewhere, RingInPlace, TableInPlace, TextInPlace, ValueInPlace,
};
use crate::image::Image;
use crate::invalid::Invalid;
use crate::mappable::Mappable;
use crate::schema::TypeSchema;

#[doc(hidden)]
unsafe impl Mappable for String
where
    for<'x> Field<Self>: TextInPlace<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for CString
where
    for<'x> Field<Self>: TextInPlace<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for Vec<V>
where
    Field<Self>: ElementsInPlace<Self, V>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for VecDeque<V>
where
    Field<Self>: RingInPlace<Self, V>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for LinkedList<V>
where
    Field<Self>: RingInPlace<Self, V>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for BinaryHeap<V>
where
    Field<Self>: ElementsInPlace<Self, V>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<K: 'static, V: 'static> Mappable for BTreeMap<K, V>
where
    Field<Self>: TableInPlace<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<K: 'static> Mappable for BTreeSet<K>
where
    Field<Self>: TableInPlace<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: ?Sized + 'static> Mappable for Box<V>
where
    Field<Self>: ValueInPlace<Self, V>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: ?Sized + 'static> Mappable for Rc<V>
where
    Field<Self>: ValueInPlace<Self, V>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: ?Sized + 'static> Mappable for Arc<V>
where
    Field<Self>: ValueInPlace<Self, V>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: ToOwned + ?Sized + 'static> Mappable for Cow<'static, V>
where
    Field<Self>: FollowedElsewhere<Self>,
{
    never!();
}
