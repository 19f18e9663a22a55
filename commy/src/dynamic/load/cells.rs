//! Values that grow: of the cells of a root, and of the blocks that these lead to.

use core::ops::Range;

use super::super::value::{EnumValue, Value};
use super::fixed::{Fixed, Pieces, is_byte};
use super::{Load, MAX_DEPTH, coded, scalar, text, too_deep, usize_of};
use crate::error::ReadError;
use crate::format::schema::{Field, Order, Scalar, Type, Variant};
use crate::growable::by_schema::{At, Fault, Snap, by_size};

/// The structs and enums around a type, one of which it may be again.
#[derive(Clone, Copy)]
pub(in crate::dynamic) struct Scope<'c, 's> {
    ty: &'s Type,
    around: Option<&'c Self>,
}

impl<'c, 's> Scope<'c, 's> {
    /// What is in a struct or enum.
    pub(in crate::dynamic) const fn within(ty: &'s Type, around: Option<&'c Self>) -> Self {
        Self { ty, around }
    }

    /// The type so many levels out, and what is around that.
    pub(in crate::dynamic) fn outer(
        scope: Option<&'c Self>,
        levels: u64,
    ) -> Option<(&'s Type, Option<&'c Self>)> {
        let mut found = scope?;
        for _ in 1..levels {
            found = found.around?;
        }
        Some((found.ty, found.around))
    }
}

/// Where a cell is: its place, its bytes, and what it is in.
#[derive(Clone, Copy)]
pub(in crate::dynamic) struct Here<'c, 's> {
    pub(in crate::dynamic) at: At,
    pub(in crate::dynamic) size: u64,
    pub(in crate::dynamic) scope: Option<&'c Scope<'c, 's>>,
    pub(in crate::dynamic) depth: u32,
}

impl<'c, 's> Here<'c, 's> {
    /// A part of it.
    pub(in crate::dynamic) fn part(self, offset: u64, size: u64) -> Self {
        Self { at: self.at.plus(usize_of(offset)), size, ..self }
    }

    pub(in crate::dynamic) const fn at(self, at: At, size: u64) -> Self {
        Self { at, size, ..self }
    }

    pub(in crate::dynamic) const fn within<'d>(self, scope: &'d Scope<'d, 's>) -> Here<'d, 's>
    where
        'c: 'd,
    {
        let Self { at, size, depth, .. } = self;
        Here { at, size, scope: Some(scope), depth }
    }
}

/// Why there is a value in the place of another one.
pub(in crate::dynamic) enum Instead {
    /// It says why.
    Value(Value),
    /// What was found; unless it says nothing of the bytes, in which case nothing is to be shown.
    Fault(Fault),
}

impl From<Value> for Instead {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl From<Fault> for Instead {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

type Loaded = Result<Value, Instead>;

/// A load of cells.
pub(in crate::dynamic) struct Cells<'l, 's> {
    pub(in crate::dynamic) load: &'l Load<'s>,
    pub(in crate::dynamic) snap: &'l Snap<'l>,
}

impl<'s> Cells<'_, 's> {
    /// The value of a type whose cell is here.
    ///
    /// # Errors
    ///
    /// Only those that say nothing of the bytes: all is to be loaded again.
    pub(in crate::dynamic) fn value(
        &self,
        ty: &'s Type,
        here: Here<'_, 's>,
    ) -> Result<Value, Fault> {
        if here.depth > MAX_DEPTH {
            return Ok(too_deep());
        }
        if self.load.is_spent() {
            return Ok(self.load.too_much());
        }
        let here = Here { depth: here.depth + 1, ..here };
        self.try_value(ty, here).or_else(|instead| self.settle(instead, here))
    }

    /// What is shown in the place of a value.
    ///
    /// # Errors
    ///
    /// As [`value`](Self::value).
    pub(in crate::dynamic) fn settle(
        &self,
        instead: Instead,
        here: Here<'_, 's>,
    ) -> Result<Value, Fault> {
        match instead {
            Instead::Value(value) => Ok(value),
            Instead::Fault(fault) if fault.is_for_the_reader() => Err(fault),
            Instead::Fault(fault) => {
                let mut cell = [0; 32];
                let shown = cell.split_at_mut(usize_of(here.size.min(32))).0;
                let shown = if self.snap.read(here.at, shown).is_ok() { shown } else { &mut [] };
                Ok(Value::invalid(ReadError::from(fault), shown))
            }
        }
    }

    /// Only tells kinds apart: what a kind needs of the stack, its own function takes. Values lie deep.
    fn try_value(&self, ty: &'s Type, here: Here<'_, 's>) -> Loaded {
        match ty {
            Type::Scalar(of) => self.scalar(*of, here.at),
            Type::Struct { fields, .. } => self.structure(ty, fields, here),
            Type::Array { capacity, stride, item } => self.array(item, here, *stride, *capacity),
            Type::Text { size } => self.text(here.at, *size),
            Type::Bytes { .. } => self.bytes(here.at),
            Type::Coded { codec, name, .. } => self.coded((codec, name), here.at),
            Type::Box { item, .. } => self.boxed(item, here),
            Type::Optional { value_at, item, .. } => self.optional(item, here, *value_at),
            Type::List { stride, item, .. } => {
                let len = by_size::list::len(self.snap, here.at, usize_of(*stride))?;
                self.list(item, here, *stride, 0..len)
            }
            Type::Deque { stride, item, .. } => {
                let len = by_size::deque::len(self.snap, here.at, usize_of(*stride))?;
                self.deque(item, here, *stride, 0..len)
            }
            Type::Map { order, key, value, .. } => self.map(*order, (key, value.as_deref()), here),
            Type::Variants { tag, variants, fields, .. } => {
                self.variants(ty, *tag, (variants, fields), here)
            }
            Type::Outer { levels, .. } => self.outer(*levels, here),
            Type::String { .. }
            | Type::Vec { .. }
            | Type::FixedDeque { .. }
            | Type::FixedSet { .. }
            | Type::FixedMap { .. }
            | Type::Enum { .. }
            | Type::Option { .. }
            | Type::Pod { .. }
            | Type::Encoded { .. }
            | Type::Other { .. } => self.fixed(ty, here),
        }
    }

    #[inline(never)]
    fn structure(&self, ty: &'s Type, fields: &'s [Field], here: Here<'_, 's>) -> Loaded {
        let scope = Scope::within(ty, here.scope);
        Ok(Value::Struct(self.fields(fields, here.within(&scope))?))
    }

    #[inline(never)]
    fn variants(
        &self,
        ty: &'s Type,
        tag: Scalar,
        (variants, fields): (&'s [Variant], &'s [Vec<Field>]),
        here: Here<'_, 's>,
    ) -> Loaded {
        let (variant, fields) = self.variant(tag, (variants, fields), here.at)?;
        let scope = Scope::within(ty, here.scope);
        self.load.bytes(size_of::<EnumValue>() as u64)?;
        Ok(Value::Enum(Box::new(EnumValue {
            name: self.load.name(&variant.name),
            number: variant.number,
            fields: self.fields(fields, here.within(&scope))?,
        })))
    }

    #[inline(never)]
    fn array(&self, item: &'s Type, here: Here<'_, 's>, stride: u64, count: u64) -> Loaded {
        self.items(item, here, stride, count, &mut |read| read(here.at, usize_of(count)))
    }

    #[inline(never)]
    fn text(&self, at: At, size: u64) -> Loaded {
        let bytes = match size >= by_size::KEY_TEXT {
            true => by_size::key_text(self.snap, at)?,
            false => by_size::bytes(self.snap, at)?,
        };
        self.load.bytes(bytes.len() as u64)?;
        Ok(text(bytes))
    }

    #[inline(never)]
    fn bytes(&self, at: At) -> Loaded {
        let bytes = by_size::bytes(self.snap, at)?;
        self.load.bytes(bytes.len() as u64)?;
        Ok(Value::Bytes(bytes))
    }

    #[inline(never)]
    fn coded(&self, declared: (&str, &str), at: At) -> Loaded {
        let stored = by_size::bytes(self.snap, at)?;
        self.load.bytes(stored.len() as u64)?;
        match stored.split_first_chunk() {
            Some((mark, bytes)) => Ok(coded(self.load, declared, *mark, bytes)),
            None if stored.is_empty() => Ok(Value::Null),
            None => Ok(Value::invalid("shorter than the mark of a codec", &stored)),
        }
    }

    #[inline(never)]
    fn boxed(&self, item: &'s Type, here: Here<'_, 's>) -> Loaded {
        let size = item.bytes();
        Ok(by_size::boxed(self.snap, here.at, usize_of(size), |at| {
            self.value(item, here.at(at, size))
        })?)
    }

    #[inline(never)]
    fn optional(&self, item: &'s Type, here: Here<'_, 's>, value_at: u64) -> Loaded {
        if !self.is_some(here.at)? {
            return Ok(Value::Maybe(None));
        }
        self.load.values(1)?;
        let value = self.value(item, here.part(value_at, item.bytes()))?;
        Ok(Value::Maybe(Some(Box::new(value))))
    }

    #[inline(never)]
    fn outer(&self, levels: u64, here: Here<'_, 's>) -> Loaded {
        match Scope::outer(here.scope, levels) {
            Some((ty, around)) => {
                Ok(self.value(ty, Here { size: ty.bytes(), scope: around, ..here })?)
            }
            None => Ok(Value::invalid("a type that is in no other", &[])),
        }
    }

    /// A value of fixed size, as in any record.
    #[inline(never)]
    fn fixed(&self, ty: &'s Type, here: Here<'_, 's>) -> Loaded {
        let size = ty.bytes().max(if matches!(ty, Type::Other { .. }) { here.size } else { 0 });
        self.load.bytes(size)?;
        let mut bytes = vec![0; usize_of(size)];
        self.snap.read(here.at, &mut bytes)?;
        let pieces = Pieces::one(0, bytes);
        let fixed = Fixed { load: self.load, bytes: &pieces };
        Ok(fixed.value(ty, 0, size, here.depth))
    }

    #[inline(never)]
    fn scalar(&self, of: Scalar, at: At) -> Loaded {
        let mut bytes = [0; 16];
        let bytes = bytes.split_at_mut(usize_of(of.size).min(16)).0;
        self.snap.read(at, bytes)?;
        Ok(scalar(of, bytes).unwrap_or_else(|reason| Value::invalid(reason, bytes)))
    }

    fn fields(
        &self,
        fields: &'s [Field],
        here: Here<'_, 's>,
    ) -> Result<Vec<(std::sync::Arc<str>, Value)>, Instead> {
        self.load.values(fields.len() as u64 * 2)?;
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            let value = self.value(&field.ty, here.part(field.offset, field.size))?;
            values.push((self.load.name(&field.name), value));
        }
        Ok(values)
    }

    /// Whether an optional has a value.
    ///
    /// # Errors
    ///
    /// What stands in its place if that cannot be said.
    pub(in crate::dynamic) fn is_some(&self, at: At) -> Result<bool, Instead> {
        let mut tag = [0];
        self.snap.read(at, &mut tag)?;
        match tag {
            [0] => Ok(false),
            [1] => Ok(true),
            [tag] => {
                Err(Value::invalid(format!("{tag} is not the tag of an option (0 or 1)"), &[tag])
                    .into())
            }
        }
    }

    /// The variant of an enum whose cell is here, and its fields.
    ///
    /// # Errors
    ///
    /// What stands in its place if there is no such variant.
    pub(in crate::dynamic) fn variant(
        &self,
        tag: Scalar,
        (variants, fields): (&'s [Variant], &'s [Vec<Field>]),
        at: At,
    ) -> Result<(&'s Variant, &'s [Field]), Instead> {
        let mut bytes = [0; 2];
        let bytes = bytes.split_at_mut(usize_of(tag.size).min(2)).0;
        self.snap.read(at, bytes)?;
        // As for enums without fields.
        self.load.bytes((variants.len() / 16) as u64)?;
        let found = tag.number_in(bytes);
        let all = variants.iter().zip(fields);
        let variant = all.into_iter().find(|(variant, _)| variant.number == found);
        variant.map(|(variant, fields)| (variant, fields.as_slice())).ok_or_else(|| {
            Value::invalid(format!("{found} is not the tag of a variant"), bytes).into()
        })
    }

    /// Elements of a list.
    pub(in crate::dynamic) fn list(
        &self,
        item: &'s Type,
        here: Here<'_, 's>,
        stride: u64,
        range: Range<u64>,
    ) -> Loaded {
        let count = range.end.saturating_sub(range.start);
        self.items(item, here, stride, count, &mut |read| {
            by_size::list::each(self.snap, here.at, usize_of(stride), range.clone(), read)
        })
    }

    /// The same of a deque.
    pub(in crate::dynamic) fn deque(
        &self,
        item: &'s Type,
        here: Here<'_, 's>,
        stride: u64,
        range: Range<u64>,
    ) -> Loaded {
        let count = range.end.saturating_sub(range.start);
        self.items(item, here, stride, count, &mut |read| {
            by_size::deque::each(self.snap, here.at, usize_of(stride), range.clone(), read)
        })
    }

    /// Elements, of which `each` gives the places in runs.
    pub(in crate::dynamic) fn items(
        &self,
        item: &'s Type,
        here: Here<'_, 's>,
        stride: u64,
        count: u64,
        each: &mut EachRun<'_>,
    ) -> Loaded {
        if is_byte(item) && stride == 1 {
            self.load.bytes(count)?;
            let mut bytes = Vec::new();
            each(&mut |at, count| {
                let start = bytes.len();
                bytes.resize(start + count, 0);
                self.snap.read(at, bytes.split_at_mut(start).1)
            })?;
            return Ok(Value::Bytes(bytes));
        }
        self.load.values(count)?;
        let mut items = Vec::with_capacity(usize_of(count));
        each(&mut |at, count| match item {
            Type::Scalar(of) => self.scalars(*of, (at, count, usize_of(stride)), &mut items),
            _ => {
                for index in 0..count {
                    if self.load.is_spent() {
                        break;
                    }
                    let at = at.plus(index.saturating_mul(usize_of(stride)));
                    items.push(self.value(item, here.at(at, stride))?);
                }
                Ok(())
            }
        })?;
        if self.load.is_spent() {
            return Ok(self.load.too_much());
        }
        Ok(Value::List(items))
    }

    /// Numbers that are one behind the other: as many at once as there is room for.
    #[inline(never)]
    fn scalars(
        &self,
        of: Scalar,
        (at, count, stride): (At, usize, usize),
        items: &mut Vec<Value>,
    ) -> Result<(), Fault> {
        let stride = stride.max(1);
        let whole = (ROW / stride).clamp(1, count.max(1));
        let mut row = Vec::new();
        for first in (0..count).step_by(whole) {
            let some = whole.min(count - first);
            // Behind the last one there may be nothing.
            let len = (some - 1) * stride + usize_of(of.size).min(stride);
            row.resize(len, 0);
            self.snap.read(at.plus(first * stride), &mut row)?;
            items.extend(row.chunks(stride).map(|bytes| {
                let bytes = bytes.get(..usize_of(of.size)).unwrap_or(bytes);
                scalar(of, bytes).unwrap_or_else(|why| Value::invalid(why, bytes))
            }));
        }
        Ok(())
    }

    /// The bytes of key and value of a map in its nodes.
    ///
    /// # Errors
    ///
    /// What stands in the place of a map of which they are not known.
    pub(in crate::dynamic) fn sizes(
        key: &Type,
        value: Option<&Type>,
    ) -> Result<(usize, usize), Instead> {
        let unknown = |ty: &Type| matches!(ty, Type::Other { .. });
        if unknown(key) || value.is_some_and(unknown) {
            return Err(
                Value::invalid("a map of a kind that this version does not know", &[]).into()
            );
        }
        // A type of no bytes has a cell of one.
        let cell = |ty: &Type| usize_of(ty.bytes().max(1));
        Ok((cell(key), value.map_or(0, cell)))
    }

    fn map(
        &self,
        order: Order,
        (key, value): (&'s Type, Option<&'s Type>),
        here: Here<'_, 's>,
    ) -> Loaded {
        let sizes = Self::sizes(key, value)?;
        let len = match order {
            Order::Natural | Order::User => by_size::tree::len(self.snap, here.at, sizes)?,
            Order::Hash => by_size::hash::len(self.snap, here.at, sizes)?,
        };
        self.load.values(len.saturating_mul(if value.is_some() { 2 } else { 1 }))?;
        let (mut entries, mut keys) = (Vec::new(), Vec::new());
        let mut read = |key_at: At, value_at: At| {
            if self.load.is_spent() {
                return Ok(());
            }
            let found = self.value(key, here.at(key_at, sizes.0 as u64))?;
            match value {
                Some(ty) => {
                    entries.push((found, self.value(ty, here.at(value_at, sizes.1 as u64))?));
                }
                None => keys.push(found),
            }
            Ok(())
        };
        match order {
            Order::Natural | Order::User => {
                by_size::tree::each(self.snap, here.at, sizes, &mut read)?;
            }
            Order::Hash => by_size::hash::each(self.snap, here.at, sizes, &mut read)?,
        }
        if self.load.is_spent() {
            return Ok(self.load.too_much());
        }
        Ok(if value.is_some() { Value::Map(entries) } else { Value::List(keys) })
    }
}

/// Calls what it is given with the place of each run of elements, and how many they are.
type EachRun<'e> =
    dyn FnMut(&mut dyn FnMut(At, usize) -> Result<(), Fault>) -> Result<(), Fault> + 'e;

/// How many bytes of numbers are read at once.
const ROW: usize = 4096;
