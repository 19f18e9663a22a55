//! Values of fixed size, of bytes that were copied.

use commy_types::InvalidReason;

use super::super::value::{EnumValue, Value};
use super::{Load, MAX_DEPTH, coded, scalar, text, too_deep, usize_of};
use crate::format::schema::{Cells, Field, Form, Scalar, Type, Variant, length_in};

/// The bytes of an option's tag, and of a codec's mark.
pub(in crate::dynamic) const TAG: u64 = 8;
pub(in crate::dynamic) const MARK: u64 = 4;

/// Parts of a record, all of one generation.
#[derive(Debug, Clone, Default)]
pub(in crate::dynamic) struct Pieces {
    /// Where each begins, and its bytes.
    parts: Vec<(u64, Vec<u8>)>,
}

impl Pieces {
    /// Bytes that begin here.
    pub(in crate::dynamic) fn one(start: u64, bytes: Vec<u8>) -> Self {
        Self { parts: vec![(start, bytes)] }
    }

    pub(in crate::dynamic) fn push(&mut self, start: u64, bytes: Vec<u8>) {
        self.parts.push((start, bytes));
    }

    /// The parts to be filled: where each begins, and its bytes.
    pub(in crate::dynamic) fn parts_mut(&mut self) -> impl Iterator<Item = (u64, &mut [u8])> {
        self.parts.iter_mut().map(|(start, bytes)| (*start, bytes.as_mut_slice()))
    }

    /// So many bytes from `at` on, if they are in one of the parts.
    pub(in crate::dynamic) fn get(&self, at: u64, len: u64) -> Option<&[u8]> {
        self.parts.iter().find_map(|(start, bytes)| {
            let from = usize::try_from(at.checked_sub(*start)?).ok()?;
            bytes.get(from..from.checked_add(usize::try_from(len).ok()?)?)
        })
    }
}

/// A load of values of fixed size.
pub(in crate::dynamic) struct Fixed<'l, 's> {
    pub(in crate::dynamic) load: &'l Load<'s>,
    pub(in crate::dynamic) bytes: &'l Pieces,
}

impl<'s> Fixed<'_, 's> {
    /// The value of a type that stands at `at` and takes `size` bytes there.
    pub(in crate::dynamic) fn value(&self, ty: &'s Type, at: u64, size: u64, depth: u32) -> Value {
        if depth > MAX_DEPTH {
            return too_deep();
        }
        if self.load.is_spent() {
            return self.load.too_much();
        }
        self.try_value(ty, at, size, depth + 1).unwrap_or_else(|instead| instead)
    }

    fn try_value(&self, ty: &'s Type, at: u64, size: u64, depth: u32) -> Result<Value, Value> {
        match ty {
            Type::Scalar(of) => {
                scalar(*of, self.get(at, of.size)?).map_err(|why| self.invalid(why, at, of.size))
            }
            Type::String { capacity, len, data } => {
                let len = self.length(*capacity, (at, *len))?;
                self.load.bytes(len)?;
                Ok(text(self.get(at.saturating_add(*data), len)?.to_vec()))
            }
            Type::Vec { capacity, len, data, stride, item } => {
                let len = self.length(*capacity, (at, *len))?;
                let data = at.saturating_add(*data);
                self.expect_behind(item, (data, *stride), len, *capacity)?;
                self.items(item, data, *stride, len, depth)
            }
            Type::Array { capacity, stride, item } => {
                self.items(item, at, *stride, *capacity, depth)
            }
            Type::FixedSet { capacity, len, data, stride, item } => {
                let len = self.length(*capacity, (at, *len))?;
                let data = at.saturating_add(*data);
                self.expect_behind(item, (data, *stride), len, *capacity)?;
                self.items(item, data, *stride, len, depth)
            }
            Type::FixedMap { capacity, len, keys, values } => {
                self.map(at, (*capacity, *len), (keys, values), depth)
            }
            Type::FixedDeque { capacity, head, len, data, stride, item } => {
                let ring =
                    Ring { capacity: *capacity, data: at.saturating_add(*data), stride: *stride };
                self.deque(item, &ring, (at, *head, *len), depth)
            }
            Type::Struct { fields, .. } => self.structure(fields, at, depth),
            Type::Enum { repr, variants } => self.variant(*repr, variants, at),
            Type::Option { tag, data, item } => {
                let (tag, data) = (at.saturating_add(*tag), at.saturating_add(*data));
                self.option(item, tag, data, depth)
            }
            Type::Pod { id, size, .. } => {
                self.load.bytes(*size)?;
                Ok(Value::opaque(id.as_str(), self.get(at, *size)?.to_vec()))
            }
            Type::Encoded { codec, name, capacity, len, data } => {
                self.encoded((codec, name), *capacity, (at, *len), at.saturating_add(*data))
            }
            Type::Other { kind, .. } => {
                self.load.bytes(size)?;
                Ok(Value::opaque(kind.as_str(), self.get(at, size)?.to_vec()))
            }
            // They lead to what these bytes do not hold.
            Type::Text { .. }
            | Type::Bytes { .. }
            | Type::Coded { .. }
            | Type::Box { .. }
            | Type::Optional { .. }
            | Type::List { .. }
            | Type::Deque { .. }
            | Type::Variants { .. }
            | Type::Map { .. }
            | Type::Outer { .. } => Err(self.invalid(
                "a kind of a record that grows, in what has a fixed size",
                at,
                size,
            )),
        }
    }

    #[inline(never)]
    fn structure(&self, fields: &'s [Field], at: u64, depth: u32) -> Result<Value, Value> {
        self.load.values(fields.len() as u64 * 2)?;
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            let at = at.saturating_add(field.offset);
            let value = self.value(&field.ty, at, field.size, depth);
            values.push((self.load.name(&field.name), value));
        }
        Ok(Value::Struct(values))
    }

    /// Entries whose keys and values stand apart.
    #[inline(never)]
    fn map(
        &self,
        at: u64,
        (capacity, len): (u64, u64),
        (keys, values): (&'s Cells, &'s Cells),
        depth: u32,
    ) -> Result<Value, Value> {
        let len = self.length(capacity, (at, len))?;
        let place = |cells: &Cells| (at.saturating_add(cells.at), cells.stride);
        for cells in [keys, values] {
            self.expect_behind(&cells.item, place(cells), len, capacity)?;
        }
        self.load.values(len.saturating_mul(2))?;
        let mut entries = Vec::with_capacity(usize_of(len));
        for index in 0..len {
            let value = |cells: &'s Cells| {
                let (first, stride) = place(cells);
                let at = first.saturating_add(index.saturating_mul(stride));
                self.value(&cells.item, at, stride, depth)
            };
            entries.push((value(keys), value(values)));
            if self.load.is_spent() {
                return Err(self.load.too_much());
            }
        }
        Ok(Value::Map(entries))
    }

    /// Elements from the head on, which go around at the end of the cells.
    #[inline(never)]
    fn deque(
        &self,
        item: &'s Type,
        ring: &Ring,
        (at, head, len): (u64, u64, u64),
        depth: u32,
    ) -> Result<Value, Value> {
        let Ring { capacity, data, stride } = *ring;
        let len = self.length(capacity, (at.saturating_add(head), len))?;
        let bound = if len == 0 { 0 } else { capacity };
        let head = self.length(u64::MAX, (at, head))?;
        if head >= bound.max(1) {
            let found = u32::try_from(head).unwrap_or(u32::MAX);
            let reason = InvalidReason::Head { found, capacity: usize_of(bound) };
            return Err(self.invalid(reason, at, 8));
        }
        let place = |cell: u64| data.saturating_add(cell.saturating_mul(stride));
        let around = len.saturating_sub(capacity - head);
        let blank = match around {
            0 => [(head + len, capacity - head - len), (0, head)],
            _ => [(around, head - around), (0, 0)],
        };
        for (first, count) in blank {
            self.expect_blank(item, place(first), count.saturating_mul(stride))?;
        }
        let first = self.items(item, place(head), stride, len - around, depth)?;
        let rest = self.items(item, data, stride, around, depth)?;
        match (first, rest) {
            (Value::List(mut items), Value::List(rest)) => {
                items.extend(rest);
                Ok(Value::List(items))
            }
            (Value::Bytes(mut bytes), Value::Bytes(rest)) => {
                bytes.extend(rest);
                Ok(Value::Bytes(bytes))
            }
            (instead, _) => Err(instead),
        }
    }

    #[inline(never)]
    fn option(&self, item: &'s Type, tag: u64, data: u64, depth: u32) -> Result<Value, Value> {
        let size = item.bytes();
        match length_in(self.get(tag, TAG)?) {
            0 => {
                self.expect_blank(item, data, size)?;
                Ok(Value::Maybe(None))
            }
            1 => {
                self.load.values(1)?;
                Ok(Value::Maybe(Some(Box::new(self.value(item, data, size, depth)))))
            }
            found => Err(self.invalid(InvalidReason::OptionTag { found }, tag, TAG)),
        }
    }

    /// Bytes that are there.
    fn get(&self, at: u64, len: u64) -> Result<&[u8], Value> {
        let missing = || Value::invalid(InvalidReason::Missing { size: usize_of(len) }, &[]);
        self.bytes.get(at, len).ok_or_else(missing)
    }

    fn invalid(&self, reason: impl ToString, at: u64, size: u64) -> Value {
        let shown = self.bytes.get(at, size.min(64));
        Value::invalid(reason, shown.unwrap_or_default())
    }

    /// The length in so many bytes at `at`, which is at most `capacity`.
    pub(in crate::dynamic) fn length(
        &self,
        capacity: u64,
        (at, size): (u64, u64),
    ) -> Result<u64, Value> {
        let stored = self.get(at, size)?;
        let found = length_in(stored);
        if found <= capacity && stored.iter().skip(8).all(|byte| *byte == 0) {
            return Ok(found);
        }
        let capacity = usize_of(capacity);
        Err(self.invalid(InvalidReason::Length { found, capacity }, at, size))
    }

    /// Elements that are so far apart.
    pub(in crate::dynamic) fn items(
        &self,
        item: &'s Type,
        at: u64,
        stride: u64,
        count: u64,
        depth: u32,
    ) -> Result<Value, Value> {
        if is_byte(item) && stride == 1 {
            self.load.bytes(count)?;
            return Ok(Value::Bytes(self.get(at, count)?.to_vec()));
        }
        self.load.values(count)?;
        let mut items = Vec::with_capacity(usize_of(count));
        for index in 0..count {
            let at = at.saturating_add(index.saturating_mul(stride));
            items.push(self.value(item, at, stride, depth));
            if self.load.is_spent() {
                return Err(self.load.too_much());
            }
        }
        Ok(Value::List(items))
    }

    fn variant(&self, repr: Scalar, variants: &'s [Variant], at: u64) -> Result<Value, Value> {
        let found = repr.number_in(self.get(at, repr.size)?);
        // What is searched through is paid for as memory is: there may be thousands of names.
        self.load.bytes((size_of::<EnumValue>() + variants.len() / 16) as u64)?;
        match variants.iter().find(|variant| variant.number == found) {
            Some(variant) => Ok(Value::Enum(Box::new(EnumValue {
                name: self.load.name(&variant.name),
                number: found,
                fields: Vec::new(),
            }))),
            None => Err(self.invalid(InvalidReason::Variant { found }, at, repr.size)),
        }
    }

    /// Checks what is behind so many elements, as [`expect_blank`](Self::expect_blank) does.
    fn expect_behind(
        &self,
        item: &Type,
        (data, stride): (u64, u64),
        len: u64,
        capacity: u64,
    ) -> Result<(), Value> {
        let unused = data.saturating_add(len.saturating_mul(stride));
        self.expect_blank(item, unused, (capacity - len).saturating_mul(stride))
    }

    /// Where unused bytes have to be a value, too, they are zero: as typed readers have it.
    fn expect_blank(&self, item: &Type, at: u64, size: u64) -> Result<(), Value> {
        // Of an element alone, what is behind it was not copied.
        let Some(unused) = self.bytes.get(at, size) else { return Ok(()) };
        if unused.iter().all(|byte| *byte == 0) || !self.needs_check(item) {
            return Ok(());
        }
        Err(Value::invalid(InvalidReason::Tail, unused))
    }

    /// Whether some bytes are no value of the type.
    fn needs_check(&self, ty: &Type) -> bool {
        // Paid for, because it goes through all of a type for each value of it.
        if self.load.bytes(8).is_err() {
            return true;
        }
        match ty {
            Type::Scalar(scalar) => !scalar.is_number(),
            Type::Pod { .. } => false,
            Type::Array { item, .. } => self.needs_check(item),
            Type::Struct { fields, .. } => fields.iter().any(|field| self.needs_check(&field.ty)),
            _ => true,
        }
    }

    /// A length, the mark of the codec behind it, and bytes that only the codec can judge.
    fn encoded(
        &self,
        declared: (&str, &str),
        capacity: u64,
        (at, size): (u64, u64),
        data: u64,
    ) -> Result<Value, Value> {
        let stored = self.get(at.saturating_add(size), MARK)?;
        let mark: [u8; MARK as usize] = stored.try_into().unwrap_or_default();
        let len = self.length(u64::MAX, (at, size))?;
        if len == 0 && mark == [0; MARK as usize] {
            return Ok(Value::Null);
        }
        let len = self.length(capacity, (at, size))?;
        Ok(coded(self.load, declared, mark, self.get(data, len)?))
    }
}

/// The cells of a deque.
struct Ring {
    capacity: u64,
    data: u64,
    stride: u64,
}

/// Whether elements of this type are bytes.
pub(in crate::dynamic) fn is_byte(item: &Type) -> bool {
    matches!(item, Type::Scalar(Scalar { form: Form::Unsigned, size: 1, .. }))
}

#[cfg(test)]
mod tests {
    use commy_types::{FixedOption, FixedString, FixedVec, Mappable};

    use super::*;
    use crate::format::RecordSpec;
    use crate::format::schema::Schema;
    use crate::mem::value_of;

    #[derive(Clone, Copy, commy_macros::Mappable)]
    #[commy(crate = crate)]
    #[repr(u8)]
    enum Mode {
        Idle,
        Fault = 7,
    }

    #[derive(Clone, Copy, commy_macros::Mappable)]
    #[commy(crate = crate)]
    #[repr(C)]
    struct Part {
        flag: bool,
        wide: u64,
        mode: Mode,
        letter: char,
    }

    #[derive(Clone, commy_macros::Mappable)]
    #[commy(crate = crate)]
    #[repr(C)]
    struct All {
        number: i16,
        name: FixedString<6>,
        parts: FixedVec<Part, 2>,
        numbers: FixedVec<u16, 3>,
        bytes: FixedVec<u8, 3>,
        flags: [bool; 3],
        maybe: FixedOption<Part>,
        perhaps: FixedOption<u32>,
        names: FixedVec<FixedOption<FixedString<3>>, 2>,
        ratio: f32,
    }

    fn option(value: Option<Value>) -> Value {
        Value::Maybe(value.map(Box::new))
    }

    /// A part as it is to be shown.
    fn part(part: &Part) -> Value {
        let mode = match part.mode {
            Mode::Idle => ("Idle", 0),
            Mode::Fault => ("Fault", 7),
        };
        let mode = EnumValue { name: mode.0.into(), number: mode.1, fields: Vec::new() };
        Value::Struct(vec![
            ("flag".into(), Value::Bool(part.flag)),
            ("wide".into(), Value::U64(part.wide)),
            ("mode".into(), Value::Enum(Box::new(mode))),
            ("letter".into(), Value::Char(part.letter)),
        ])
    }

    fn shown(all: &All) -> Value {
        let list = |items: &mut dyn Iterator<Item = Value>| Value::List(items.collect());
        let text = |text: FixedString<3>| Value::Str(text.as_str().into());
        let number = |number: &u16| Value::U64((*number).into());
        Value::Struct(vec![
            ("number".into(), Value::I64(all.number.into())),
            ("name".into(), Value::Str(all.name.as_str().into())),
            ("parts".into(), list(&mut all.parts.iter().map(part))),
            ("numbers".into(), list(&mut all.numbers.iter().map(number))),
            ("bytes".into(), Value::Bytes(all.bytes.to_vec())),
            ("flags".into(), list(&mut all.flags.iter().map(|flag| Value::Bool(*flag)))),
            ("maybe".into(), option(all.maybe.map(|it| part(&it)))),
            ("perhaps".into(), option(all.perhaps.map(|it| Value::U64(it.into())))),
            ("names".into(), list(&mut all.names.iter().map(|name| option((*name).map(text))))),
            ("ratio".into(), Value::F32(all.ratio)),
        ])
    }

    /// For all bytes: it is what the type says, or no value where the type says so.
    #[test]
    fn it_shows_of_all_bytes_what_the_type_is() {
        let size = size_of::<All>();
        let spec = RecordSpec::of_schema(All::SCHEMA, All::FINGERPRINT, (size, align_of::<All>()));
        let schema = Schema::parse(&spec.text).unwrap();
        let mut state = 11_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            (state >> 33) as usize % below
        };
        let (mut good, mut bad) = (0, 0);
        for _ in 0..30_000 {
            let mut bytes = vec![0; size];
            for _ in 0..random(6) {
                // Mostly what may be right: small numbers at the begin of some word.
                let at = random(size / 4) * 4 + [0, 0, 0, random(4)][random(4)];
                let byte = [1, 1, 2, 3, 7, 255, b'p'][random(7)];
                if let Some(to) = bytes.get_mut(at) {
                    *to = byte;
                }
            }
            let load = Load::new(&schema, 1 << 20);
            let pieces = Pieces::one(0, bytes.clone());
            let fixed = Fixed { load: &load, bytes: &pieces };
            let value = fixed.value(&schema.root, 0, size as u64, 0);
            match value_of::<All>(&bytes) {
                Ok(all) if !all.ratio.is_nan() => {
                    good += 1;
                    assert_eq!(value, shown(&all), "{bytes:?}");
                }
                Ok(_) => assert!(!value.has_invalid(), "{bytes:?}"),
                Err(_) => {
                    bad += 1;
                    assert!(value.has_invalid(), "{bytes:?}: {value}");
                }
            }
        }
        assert!(good > 1000 && bad > 1000, "{good} {bad}");
    }
}
