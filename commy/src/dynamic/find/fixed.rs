//! Parts of a record of fixed size: where they are is known before anything is read.

use crate::dynamic::load::fixed::{Fixed, Pieces, TAG};
use crate::dynamic::load::{Load, usize_of};
use crate::dynamic::path::{PathError, Step, Way};
use crate::dynamic::value::Value;
use crate::format::schema::Type;

/// A part that a path leads to, and what has to be looked at on the way.
#[derive(Debug)]
pub(in crate::dynamic) struct Found<'s, 'p> {
    target: Target<'s>,
    gates: Vec<Gate<'p>>,
    /// What is left of the path, for what only the value can tell.
    rest: Way<'p>,
}

/// What is to be loaded.
#[derive(Debug)]
enum Target<'s> {
    Value {
        ty: &'s Type,
        at: u64,
        size: u64,
    },
    Items {
        item: &'s Type,
        at: u64,
        stride: u64,
        count: u64,
    },
    /// Elements up to the end of a vec, whose length is here.
    Rest {
        item: &'s Type,
        data: u64,
        stride: u64,
        capacity: u64,
        len: (u64, u64),
        start: u64,
    },
}

/// What decides whether there is a value.
#[derive(Debug)]
enum Gate<'p> {
    /// A length, which has to be above an index.
    Length { at: u64, size: u64, capacity: u64, step: &'p Step, way: Way<'p> },
    /// The tag of an option.
    Tag { at: u64 },
}

/// Where a path leads that was checked.
///
/// # Errors
///
/// `OutOfBounds` beyond a capacity.
pub(in crate::dynamic) fn find<'s, 'p>(
    root: &'s Type,
    size: u64,
    way: Way<'p>,
) -> Result<Found<'s, 'p>, PathError> {
    let (mut ty, mut at, mut size, mut way) = (root, 0_u64, size, way);
    let mut gates = Vec::new();
    loop {
        let target = Target::Value { ty, at, size };
        let Some((step, behind)) = way.next() else {
            return Ok(Found { target, gates, rest: way });
        };
        match ty {
            Type::Option { tag, data, item } => {
                let item_size = item.bytes();
                gates.push(Gate::Tag { at: at.saturating_add(*tag) });
                (ty, at, size) = (item, at.saturating_add(*data), item_size);
            }
            Type::Struct { fields, .. } => {
                let field = super::field(fields, step, way)?;
                (ty, at, size) = (&field.ty, at.saturating_add(field.offset), field.size);
                way = behind;
            }
            Type::Array { capacity, stride, item } => {
                let range = way.range(step, *capacity)?;
                let first = at.saturating_add(range.start.saturating_mul(*stride));
                if let Step::Range(..) = step {
                    let count = range.end - range.start;
                    let target = Target::Items { item, at: first, stride: *stride, count };
                    return Ok(Found { target, gates, rest: behind });
                }
                (ty, at, size, way) = (item, first, *stride, behind);
            }
            Type::Vec { capacity, len, data, stride, item } => {
                let (len, data) = ((at, *len), at.saturating_add(*data));
                let (capacity, stride) = (*capacity, *stride);
                if let Step::Range(start, None) = *step {
                    let target = Target::Rest { item, data, stride, capacity, len, start };
                    gates.push(Gate::Length { at: len.0, size: len.1, capacity, step, way });
                    return Ok(Found { target, gates, rest: behind });
                }
                gates.push(Gate::Length { at: len.0, size: len.1, capacity, step, way });
                // Beyond the capacity, the length says how many there are.
                let range = way.range(step, capacity).unwrap_or(0..0);
                let first = data.saturating_add(range.start.saturating_mul(stride));
                if let Step::Range(..) = step {
                    let count = range.end - range.start;
                    let target = Target::Items { item, at: first, stride, count };
                    return Ok(Found { target, gates, rest: behind });
                }
                let item_size = if range.is_empty() { 0 } else { stride };
                (ty, at, size, way) = (item, first, item_size, behind);
            }
            // What they hold is known when it is loaded.
            _ => return Ok(Found { target, gates, rest: way }),
        }
    }
}

impl<'s> Found<'s, '_> {
    /// Room for the bytes that are needed.
    pub(in crate::dynamic) fn pieces(&self) -> Pieces {
        let mut pieces = Pieces::default();
        let mut push = |at, len| pieces.push(at, vec![0; usize_of(len)]);
        for gate in &self.gates {
            match *gate {
                Gate::Length { at, size, .. } => push(at, size),
                Gate::Tag { at } => push(at, TAG),
            }
        }
        match self.target {
            Target::Value { at, size, .. } => push(at, size),
            Target::Items { at, stride, count, .. } => push(at, stride.saturating_mul(count)),
            Target::Rest { data, stride, capacity, len, start, .. } => {
                push(len.0, len.1);
                let left = capacity.saturating_sub(start);
                let first = data.saturating_add(start.saturating_mul(stride));
                push(first, left.saturating_mul(stride));
            }
        }
        pieces
    }

    /// The value, of bytes that were copied.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub(in crate::dynamic) fn load(
        &self,
        load: &Load<'s>,
        bytes: &Pieces,
    ) -> Result<Value, PathError> {
        let fixed = Fixed { load, bytes };
        for gate in &self.gates {
            match gate {
                Gate::Length { at, size, capacity, step, way } => {
                    match fixed.length(*capacity, (*at, *size)) {
                        Ok(len) => way.range(step, len).map(drop)?,
                        Err(instead) => return super::in_value(&instead, *way),
                    }
                }
                Gate::Tag { at } => match bytes.get(*at, TAG) {
                    Some(tag) if tag.iter().all(|byte| *byte == 0) => {
                        return Ok(Value::Maybe(None));
                    }
                    Some([1, rest @ ..]) if rest.iter().all(|byte| *byte == 0) => {}
                    found => {
                        let found = found.and_then(|tag| tag.try_into().ok());
                        let found = u64::from_le_bytes(found.unwrap_or_default());
                        let reason = commy_types::InvalidReason::OptionTag { found };
                        return Ok(Value::invalid(reason, &found.to_le_bytes()));
                    }
                },
            }
        }
        let value = match self.target {
            Target::Value { ty, at, size } => fixed.value(ty, at, size, 0),
            Target::Items { item, at, stride, count } => {
                fixed.items(item, at, stride, count, 0).unwrap_or_else(|instead| instead)
            }
            Target::Rest { item, data, stride, capacity, len, start } => {
                let len = match fixed.length(capacity, len) {
                    Ok(len) => len,
                    Err(instead) => return Ok(instead),
                };
                let at = data.saturating_add(start.saturating_mul(stride));
                let items = fixed.items(item, at, stride, len.saturating_sub(start), 0);
                items.unwrap_or_else(|instead| instead)
            }
        };
        super::in_value(&value, self.rest)
    }
}
