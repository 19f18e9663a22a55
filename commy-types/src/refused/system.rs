//! The types of `std` that keep their values on the heap or mean something to one system only.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Mutex, RwLock};
use std::time::{Instant, SystemTime};

use super::{Field, FixedUnit, LockBetweenProcesses, TableInPlace, TextInPlace};
use crate::image::Image;
use crate::invalid::Invalid;
use crate::mappable::Mappable;
use crate::schema::TypeSchema;

#[doc(hidden)]
unsafe impl<K: 'static, V: 'static, S: 'static> Mappable for HashMap<K, V, S>
where
    Field<Self>: TableInPlace<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<K: 'static, S: 'static> Mappable for HashSet<K, S>
where
    Field<Self>: TableInPlace<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for PathBuf
where
    for<'x> Field<Self>: TextInPlace<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for OsString
where
    for<'x> Field<Self>: TextInPlace<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for Mutex<V>
where
    Field<Self>: LockBetweenProcesses<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for RwLock<V>
where
    Field<Self>: LockBetweenProcesses<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for Instant
where
    for<'x> Field<Self>: FixedUnit<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for SystemTime
where
    for<'x> Field<Self>: FixedUnit<Self>,
{
    never!();
}
