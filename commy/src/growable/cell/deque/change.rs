//! Changes a deque in place.

use core::fmt;
use core::marker::PhantomData;
use std::collections::VecDeque;

use super::elements::{cut, insert, load_one, overwrite, push, retire_values, staged};
use super::grow::{self, End};
use super::layout::Deque;
use super::{Item, VecDequeRef, deque, element};
use crate::error::WriteError;
use crate::growable::cell::{Arg, Cell, CellOf, Growable, Write, set_held};
use crate::growable::edit::Cursor;
use crate::growable::view::ViewCore;

/// Changes a deque in place; made by the `x_mut` of a `VecDeque` field.
///
/// Outside a transaction each call that changes something publishes once, also those that change
/// many elements. Nested proxies are a way and not an address: `get_mut(3)?` of a deque of lists
/// stays right while it is used, and a change costs the blocks on the way to it.
///
/// | method | cost, for a deque of n elements |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `get`, `front`, `back`, `get_mut`, `front_mut`, `back_mut` | O(log n): one node for each factor of 126 |
/// | `push_back`, `push_front`, `pop_back`, `pop_front` | O(log n), and what the element costs |
/// | `set`, `swap`, changes through `get_mut` | a copy of each node on the way, of 1 KiB, once per publish |
/// | `insert`, `remove`, `drain` | the elements on that side with fewer of them |
/// | `retain` | all elements behind the first one that moves |
/// | `swap_remove_back`, `swap_remove_front` | O(log n), and the nodes on the way |
/// | `rotate_left`, `rotate_right` | the elements that change ends, at most half of them |
/// | `extend`, `append`, `resize`, `resize_with` | what is added |
/// | `split_off` | the elements that are taken |
/// | `truncate` | the nodes that are given back; with elements that grow, what these lead to |
/// | `load`, `assign`, `clear` | O(n) |
///
/// What is added is written where no generation exposes anything, so nothing is copied for it. Only
/// in a place from which an element was taken that was published, a node of 1 KiB is copied first. A
/// queue, to which is added at one end what is taken at the other, never comes back to such a place.
///
/// To grow moves no elements but those of the first chunk, while it doubles: above that, levels are
/// added. A deque of few elements whose end is reached moves them: at most one for each that was
/// added, on average.
///
/// # Examples
///
/// A queue of bounded length:
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::VecDeque;
///
/// use commy::create_writer;
///
/// #[create_writer(filename = "trades.bin", growable)]
/// struct Trades {
///     latest: VecDeque<(u64, f64)>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("trades.bin");
/// let mut trades = TradesWriter::create_at(&path)?;
/// for number in 0..1000 {
///     trades.transaction(|tx| {
///         let mut latest = tx.latest_mut();
///         latest.push_back((number, 1.5))?;
///         if latest.len()? > 100 {
///             latest.pop_front()?;
///         }
///         Ok(())
///     })?;
/// }
/// assert_eq!(trades.latest_mut().len()?, 100);
/// assert_eq!(trades.latest_mut().get(0)?, Some((900, 1.5)));
/// # Ok(())
/// # }
/// ```
pub struct VecDequeMut<'t, T> {
    pub(super) cursor: Cursor<'t>,
    pub(super) value: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for VecDequeMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VecDequeMut")
    }
}

impl<'t, T: Growable> VecDequeMut<'t, T> {
    pub(super) const STRIDE: usize = Item::<T>::SIZE;

    pub(super) fn deque(&self) -> Result<Deque, WriteError> {
        self.cursor.look(deque::<T>)
    }

    /// The deque, which has an element at `index`.
    #[track_caller]
    fn with_element(&self, index: usize) -> Result<Deque, WriteError> {
        let deque = self.deque()?;
        let len = deque.len;
        assert!((index as u64) < len, "index {index} of a deque of {len} elements");
        Ok(deque)
    }

    /// Reads the deque as it is staged.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn as_ref(&self) -> Result<VecDequeRef<'_, T>, WriteError> {
        let view: &ViewCore<'_> = self.cursor.view();
        let at = self.cursor.look(|_, at| Ok(at))?;
        Ok(VecDequeRef::new(view, at))
    }

    /// All elements as they are now.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn load(&self) -> Result<VecDeque<T>, WriteError> {
        self.cursor.look(<VecDeque<T> as Cell>::load)
    }

    /// How many there are.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn len(&self) -> Result<usize, WriteError> {
        Ok(self.deque()?.count())
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn is_empty(&self) -> Result<bool, WriteError> {
        Ok(self.len()? == 0)
    }

    /// The element at `index`, or a proxy that reads it; `None` behind the end.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn get(&self, index: usize) -> Result<Option<<CellOf<T> as Cell>::Ref<'_>>, WriteError> {
        Ok(self.as_ref()?.get(index)?)
    }

    /// The first element, or a proxy that reads it, if there is one.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn front(&self) -> Result<Option<<CellOf<T> as Cell>::Ref<'_>>, WriteError> {
        Ok(self.as_ref()?.front()?)
    }

    /// The last element, or a proxy that reads it, if there is one.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn back(&self) -> Result<Option<<CellOf<T> as Cell>::Ref<'_>>, WriteError> {
        Ok(self.as_ref()?.back()?)
    }

    /// What changes the element at `index` in place; `None` behind the end.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn get_mut(&mut self, index: usize) -> Result<Option<Write<'_, T>>, WriteError> {
        self.reborrow().into_get_mut(index)
    }

    /// The same for as long as the record was borrowed, to be kept.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn into_get_mut(self, index: usize) -> Result<Option<Write<'t, T>>, WriteError> {
        let deque = self.deque()?;
        let element =
            ((index as u64) < deque.len).then(|| element::<T>(self.cursor, deque, index as u64));
        Ok(element.map(Item::<T>::change))
    }

    /// What changes the first element in place, if there is one.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn front_mut(&mut self) -> Result<Option<Write<'_, T>>, WriteError> {
        self.get_mut(0)
    }

    /// What changes the last element in place, if there is one.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn back_mut(&mut self) -> Result<Option<Write<'_, T>>, WriteError> {
        match self.len()?.checked_sub(1) {
            Some(last) => self.get_mut(last),
            None => Ok(None),
        }
    }

    fn reborrow(&mut self) -> VecDequeMut<'_, T> {
        VecDequeMut { cursor: self.cursor.reborrow(), value: PhantomData }
    }

    /// Puts other elements in their place.
    ///
    /// # Errors
    ///
    /// [`WriteError::NoSpace`], [`WriteError::Full`], [`WriteError::TooDeep`]; for an element those of its
    /// own `assign`; what the transaction has failed by.
    pub fn assign(&mut self, values: &VecDeque<T>) -> Result<(), WriteError> {
        set_held::<VecDeque<T>>(&mut self.cursor, &values)
    }

    /// Puts another element in the place of that at `index`.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When there is none.
    #[track_caller]
    pub fn set(&mut self, index: usize, value: Arg<'_, T>) -> Result<(), WriteError> {
        let deque = self.with_element(index)?;
        Item::<T>::set(element::<T>(self.cursor.reborrow(), deque, index as u64), value)
    }

    /// Adds an element behind the last one.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    #[inline]
    pub fn push_back(&mut self, value: Arg<'_, T>) -> Result<(), WriteError> {
        self.push(End::Back, value)
    }

    /// Adds an element in front of the first one.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    #[inline]
    pub fn push_front(&mut self, value: Arg<'_, T>) -> Result<(), WriteError> {
        self.push(End::Front, value)
    }

    fn push(&mut self, end: End, value: Arg<'_, T>) -> Result<(), WriteError> {
        match CellOf::<T>::hold(value) {
            Ok(held) => self.cursor.change(|edit, at| push::<T>(edit, at, end, &held)),
            Err(refused) => self.cursor.refuse(refused),
        }
    }

    /// Takes the last element off.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn pop_back(&mut self) -> Result<Option<T>, WriteError> {
        let Some(last) = self.deque()?.len.checked_sub(1) else { return Ok(None) };
        self.cursor.change(|edit, at| {
            let value = load_one::<T>(edit, at, last)?;
            grow::keep::<Item<T>, true>(edit, at, 0..last)?;
            Ok(Some(value))
        })
    }

    /// Takes the first element off.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn pop_front(&mut self) -> Result<Option<T>, WriteError> {
        let len = self.deque()?.len;
        if len == 0 {
            return Ok(None);
        }
        self.cursor.change(|edit, at| {
            let value = load_one::<T>(edit, at, 0)?;
            grow::keep::<Item<T>, true>(edit, at, 1..len)?;
            Ok(Some(value))
        })
    }

    /// Inserts an element before that at `index`.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When `index` is beyond the end.
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: Arg<'_, T>) -> Result<(), WriteError> {
        let len = self.deque()?.len;
        assert!(index as u64 <= len, "index {index} beyond the end of a deque of {len} elements");
        match CellOf::<T>::hold(value) {
            Ok(held) => self.cursor.change(|edit, at| insert::<T>(edit, at, index as u64, &held)),
            Err(refused) => self.cursor.refuse(refused),
        }
    }

    /// Takes the element at `index` out, if there is one; those on one side of it move.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn remove(&mut self, index: usize) -> Result<Option<T>, WriteError> {
        let index = index as u64;
        if index >= self.deque()?.len {
            return Ok(None);
        }
        self.cursor.change(|edit, at| {
            let value = load_one::<T>(edit, at, index)?;
            cut::<T>(edit, at, index..index + 1)?;
            Ok(Some(value))
        })
    }

    /// Takes the element at `index` out, if there is one, and puts the last one in its place.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn swap_remove_back(&mut self, index: usize) -> Result<Option<T>, WriteError> {
        self.swap_remove(index, End::Back)
    }

    /// Takes the element at `index` out, if there is one, and puts the first one in its place.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn swap_remove_front(&mut self, index: usize) -> Result<Option<T>, WriteError> {
        self.swap_remove(index, End::Front)
    }

    fn swap_remove(&mut self, index: usize, end: End) -> Result<Option<T>, WriteError> {
        let (len, index) = (self.deque()?.len, index as u64);
        if index >= len {
            return Ok(None);
        }
        let (other, kept) = match end {
            End::Front => (0, 1..len),
            End::Back => (len - 1, 0..len - 1),
        };
        self.cursor.change(|edit, at| {
            let value = load_one::<T>(edit, at, index)?;
            retire_values::<T>(edit, at, index..index + 1)?;
            if index != other {
                let deque = grow::deque(edit, at, Self::STRIDE)?;
                let cell = staged(edit, deque, other..other + 1, Self::STRIDE)?;
                overwrite(edit, at, index, (&cell, Self::STRIDE))?;
            }
            grow::keep::<Item<T>, false>(edit, at, kept)?;
            Ok(Some(value))
        })
    }

    /// Exchanges two elements.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When one of them is not there.
    #[track_caller]
    pub fn swap(&mut self, first: usize, second: usize) -> Result<(), WriteError> {
        self.with_element(first.max(second))?;
        if first == second {
            return Ok(());
        }
        self.cursor.change(|edit, at| {
            let deque = grow::deque(edit, at, Self::STRIDE)?;
            let cell =
                |index: usize| staged(edit, deque, index as u64..index as u64 + 1, Self::STRIDE);
            let [from_second, from_first] = [cell(second)?, cell(first)?];
            overwrite(edit, at, first as u64, (&from_second, Self::STRIDE))?;
            overwrite(edit, at, second as u64, (&from_first, Self::STRIDE))
        })
    }

    /// Shortens the deque to its first `len` elements; if there are no more, nothing changes and nothing is
    /// published.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn truncate(&mut self, len: usize) -> Result<(), WriteError> {
        if len as u64 >= self.deque()?.len {
            return Ok(());
        }
        self.cursor.change(|edit, at| grow::keep::<Item<T>, true>(edit, at, 0..len as u64))
    }

    /// Takes all elements out.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn clear(&mut self) -> Result<(), WriteError> {
        self.truncate(0)
    }
}
