//! Whether bytes are a value of what a schema describes: for those that have no Rust type of it.
//!
//! The rules are those of `Mappable::check` in commy-types, and a test holds the two together.

use core::ops::Range;

use commy_types::InvalidReason;

use super::number::length_in;
use super::types::{Cells, Field, Form, Scalar, Schema, Type, Variant};

/// The bytes of an option's tag, and of a codec's mark.
const TAG: u64 = 8;
const MARK: u64 = 4;

/// The marks of the codecs that commy has, by the names that the schema text has for them.
pub(crate) const MARKS: [(&str, [u8; 4]); 6] = [
    ("cbor", *b"cbor"),
    ("json", *b"json"),
    ("messagepack", *b"msgp"),
    ("postcard", *b"post"),
    ("rkyv-0.8", *b"rkyv"),
    ("wincode", *b"winc"),
];

/// How deep types may lie in each other; the text was read with a bound of its own.
const MAX_DEPTH: u32 = 128;

/// What is wrong with bytes, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// `points[2].x`; nothing for the record itself.
    pub(crate) path: String,
    pub(crate) reason: Reason,
}

/// Why bytes are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// As a Rust type would say it.
    Invalid(InvalidReason),
    /// The schema has a type of a kind that this version does not know, or that is no value without
    /// a heap.
    Kind(String),
}

impl Schema {
    /// Checks the bytes of a record, and calls `used` with the ranges of them that hold something:
    /// all but padding, and what is behind a length.
    ///
    /// # Errors
    ///
    /// The first part that is no value of its type.
    pub(crate) fn check(
        &self,
        bytes: &[u8],
        used: &mut dyn FnMut(Range<usize>),
    ) -> Result<(), Refused> {
        let mut check = Check { bytes, used, path: String::new(), depth: 0 };
        let checked = check.value(&self.root, 0);
        checked.map_err(|reason| Refused { path: core::mem::take(&mut check.path), reason })
    }
}

/// A check on its way.
struct Check<'a> {
    bytes: &'a [u8],
    used: &'a mut dyn FnMut(Range<usize>),
    /// Where it is; where it has failed once it has.
    path: String,
    depth: u32,
}

impl Check<'_> {
    fn value(&mut self, ty: &Type, at: u64) -> Result<(), Reason> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Reason::Kind(String::from("types that are nested more than 128 deep")));
        }
        let checked = match ty {
            Type::Scalar(scalar) => self.scalar(*scalar, at),
            Type::String { capacity, len, data } => {
                self.text(*capacity, (at, *len), at.saturating_add(*data))
            }
            Type::Vec { capacity, len, data, stride, item } => {
                self.vec(*capacity, (at, *len), at.saturating_add(*data), *stride, item)
            }
            Type::FixedDeque { capacity, head, len, data, stride, item } => {
                self.deque(*capacity, (at, *head, *len), at.saturating_add(*data), *stride, item)
            }
            // Whether they ascend, only a program with their type can tell.
            Type::FixedSet { capacity, len, data, stride, item } => {
                self.vec(*capacity, (at, *len), at.saturating_add(*data), *stride, item)
            }
            Type::FixedMap { capacity, len, keys, values } => {
                let count = self.length(*capacity, (at, *len))?;
                self.cells("key", *capacity, count, at, keys)?;
                self.cells("value", *capacity, count, at, values)
            }
            Type::Array { capacity, stride, item } => self.items(*capacity, at, *stride, item),
            Type::Struct { fields, .. } => self.fields(fields, at),
            Type::Enum { repr, variants } => self.variant(*repr, variants, at),
            Type::Option { tag, data, item } => {
                self.option(at.saturating_add(*tag), at.saturating_add(*data), item)
            }
            Type::Pod { size, .. } => self.use_bytes(at, *size).map(drop),
            Type::Encoded { codec, capacity, len, data, .. } => {
                self.encoded(codec, *capacity, (at, *len), at.saturating_add(*data))
            }
            // They lead to what these bytes do not hold.
            Type::Text { .. } => Err(Reason::Kind(String::from("text"))),
            Type::Bytes { .. } => Err(Reason::Kind(String::from("bytes"))),
            Type::Coded { .. } => Err(Reason::Kind(String::from("coded"))),
            Type::Box { .. } => Err(Reason::Kind(String::from("box"))),
            Type::Optional { .. } => Err(Reason::Kind(String::from("optional"))),
            Type::List { .. } => Err(Reason::Kind(String::from("list"))),
            Type::Deque { .. } => Err(Reason::Kind(String::from("deque"))),
            Type::Variants { .. } => Err(Reason::Kind(String::from("variant"))),
            Type::Map { value: Some(_), .. } => Err(Reason::Kind(String::from("map"))),
            Type::Map { value: None, .. } => Err(Reason::Kind(String::from("set"))),
            Type::Outer { .. } => Err(Reason::Kind(String::from("outer"))),
            Type::Other { kind, .. } => Err(Reason::Kind(kind.clone())),
        };
        self.depth -= 1;
        checked
    }

    /// The bytes at `at`, all of which are in use.
    fn use_bytes(&mut self, at: u64, size: u64) -> Result<&[u8], Reason> {
        let missing = || invalid(InvalidReason::Missing { size: usize_of(size) });
        let range = usize_of(at)..usize_of(at.saturating_add(size));
        let bytes = self.bytes.get(range.clone()).ok_or_else(missing)?;
        (self.used)(range);
        Ok(bytes)
    }

    /// The number at `at`, in the order of this machine.
    fn number(&mut self, scalar: Scalar, at: u64) -> Result<i128, Reason> {
        self.use_bytes(at, scalar.size).map(|bytes| scalar.number_in(bytes))
    }

    fn scalar(&mut self, scalar: Scalar, at: u64) -> Result<(), Reason> {
        let found = match scalar.form {
            Form::Unsigned | Form::Signed | Form::Float => {
                return self.use_bytes(at, scalar.size).map(drop);
            }
            Form::Bool | Form::Char => self.number(scalar, at)?,
        };
        match scalar.form {
            Form::Bool if found > 1 => {
                Err(invalid(InvalidReason::Bool { found: u8::try_from(found).unwrap_or(u8::MAX) }))
            }
            Form::Char => {
                let found = u32::try_from(found).unwrap_or(u32::MAX);
                match char::from_u32(found) {
                    Some(_) => Ok(()),
                    None => Err(invalid(InvalidReason::Char { found })),
                }
            }
            _ => Ok(()),
        }
    }

    /// The length in so many bytes at `at`, which is at most `capacity`.
    fn length(&mut self, capacity: u64, (at, size): (u64, u64)) -> Result<u64, Reason> {
        let stored = self.use_bytes(at, size)?;
        let found = length_in(stored);
        if found <= capacity && stored.iter().skip(size_of_val(&found)).all(|byte| *byte == 0) {
            return Ok(found);
        }
        Err(invalid(InvalidReason::Length { found, capacity: usize_of(capacity) }))
    }

    fn text(&mut self, capacity: u64, len: (u64, u64), data: u64) -> Result<(), Reason> {
        let len = self.length(capacity, len)?;
        let text = self.use_bytes(data, len)?;
        match core::str::from_utf8(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(invalid(InvalidReason::Utf8 { valid_up_to: error.valid_up_to() })),
        }
    }

    fn vec(
        &mut self,
        capacity: u64,
        len: (u64, u64),
        data: u64,
        stride: u64,
        item: &Type,
    ) -> Result<(), Reason> {
        let len = self.length(capacity, len)?;
        self.items(len, data, stride, item)?;
        let used = len.saturating_mul(stride);
        self.is_blank(item, data.saturating_add(used), (capacity - len).saturating_mul(stride))
    }

    /// Cells in a ring: from the head on as many as the length says, and blank ones.
    fn deque(
        &mut self,
        capacity: u64,
        (at, head, len): (u64, u64, u64),
        data: u64,
        stride: u64,
        item: &Type,
    ) -> Result<(), Reason> {
        let len = self.length(capacity, (at.saturating_add(head), len))?;
        let bound = if len == 0 { 0 } else { capacity };
        let head = self.length(u64::MAX, (at, head))?;
        if head >= bound.max(1) {
            let found = u32::try_from(head).unwrap_or(u32::MAX);
            return Err(invalid(InvalidReason::Head { found, capacity: usize_of(bound) }));
        }
        let place = |cell: u64| data.saturating_add(cell.saturating_mul(stride));
        let around = len.saturating_sub(capacity - head);
        for (first, count) in [(head, len - around), (0, around)] {
            self.run(first, count, data, stride, item)?;
        }
        let end = if around > 0 { around } else { head + len };
        let blank = match around {
            0 => [(end, capacity - end), (0, head)],
            _ => [(end, head - end), (0, 0)],
        };
        for (first, count) in blank {
            self.is_blank(item, place(first), count.saturating_mul(stride))?;
        }
        Ok(())
    }

    /// The keys or the values of a map, of which there is room for more.
    fn cells(
        &mut self,
        name: &str,
        capacity: u64,
        count: u64,
        at: u64,
        cells: &Cells,
    ) -> Result<(), Reason> {
        let (data, stride) = (at.saturating_add(cells.at), cells.stride);
        if matches!(&*cells.item, Type::Scalar(scalar) if scalar.is_number()) {
            return self.use_bytes(data, count.saturating_mul(stride)).map(drop);
        }
        // Of what takes no bytes, one is as good as any number of them.
        let counted = if stride == 0 { count.min(1) } else { count };
        for index in 0..counted {
            let before = self.path.len();
            self.path.push_str(&format!("[{index}].{name}"));
            self.value(&cells.item, data.saturating_add(index.saturating_mul(stride)))?;
            self.path.truncate(before);
        }
        let used = count.saturating_mul(stride);
        let unused = (capacity - count).saturating_mul(stride);
        self.is_blank(&cells.item, data.saturating_add(used), unused)
    }

    /// Where unused bytes have to be a value, too, they are zero: the one pattern that is known to
    /// be one.
    fn is_blank(&self, item: &Type, at: u64, size: u64) -> Result<(), Reason> {
        if !needs_check(item) {
            return Ok(());
        }
        match self.bytes.get(usize_of(at)..usize_of(at.saturating_add(size))) {
            Some(unused) if unused.iter().all(|byte| *byte == 0) => Ok(()),
            Some(_) => Err(invalid(InvalidReason::Tail)),
            None => Err(invalid(InvalidReason::Missing { size: usize_of(size) })),
        }
    }

    fn items(&mut self, count: u64, at: u64, stride: u64, item: &Type) -> Result<(), Reason> {
        if matches!(item, Type::Scalar(scalar) if scalar.is_number()) {
            // Any bytes are a value, and none of them are padding.
            return self.use_bytes(at, count.saturating_mul(stride)).map(drop);
        }
        // Of what takes no bytes, one is as good as any number of them.
        let count = if stride == 0 { count.min(1) } else { count };
        for index in 0..count {
            let before = self.path.len();
            self.path.push_str(&format!("[{index}]"));
            self.value(item, at.saturating_add(index.saturating_mul(stride)))?;
            self.path.truncate(before);
        }
        Ok(())
    }

    /// The same for so many cells of a deque from `first` on, whose first one is at `data`.
    fn run(
        &mut self,
        first: u64,
        count: u64,
        data: u64,
        stride: u64,
        item: &Type,
    ) -> Result<(), Reason> {
        let count = if stride == 0 { count.min(1) } else { count };
        for cell in first..first.saturating_add(count) {
            let before = self.path.len();
            self.path.push_str(&format!("[cell {cell}]"));
            self.value(item, data.saturating_add(cell.saturating_mul(stride)))?;
            self.path.truncate(before);
        }
        Ok(())
    }

    fn fields(&mut self, fields: &[Field], at: u64) -> Result<(), Reason> {
        for field in fields {
            let before = self.path.len();
            if before > 0 {
                self.path.push('.');
            }
            self.path.push_str(&field.name);
            self.value(&field.ty, at.saturating_add(field.offset))?;
            self.path.truncate(before);
        }
        Ok(())
    }

    fn variant(&mut self, repr: Scalar, variants: &[Variant], at: u64) -> Result<(), Reason> {
        let found = self.number(repr, at)?;
        match variants.iter().any(|variant| variant.number == found) {
            true => Ok(()),
            false => Err(invalid(InvalidReason::Variant { found })),
        }
    }

    fn option(&mut self, tag: u64, data: u64, item: &Type) -> Result<(), Reason> {
        match length_in(self.use_bytes(tag, TAG)?) {
            0 => self.is_blank(item, data, item.size().unwrap_or(u64::MAX)),
            1 => self.value(item, data),
            found => Err(invalid(InvalidReason::OptionTag { found })),
        }
    }

    /// A length, the mark of the codec behind it, and bytes that only the codec can judge.
    fn encoded(
        &mut self,
        codec: &str,
        capacity: u64,
        (at, size): (u64, u64),
        data: u64,
    ) -> Result<(), Reason> {
        let mut found = [0; MARK as usize];
        found.copy_from_slice(self.use_bytes(at.saturating_add(size), MARK)?);
        let len = self.length(u64::MAX, (at, size))?;
        if len == 0 && found == [0; 4] {
            return Ok(());
        }
        // A codec of somebody's own is known to its owner alone.
        if let Some((_, expected)) = MARKS.into_iter().find(|(name, _)| *name == codec)
            && found != expected
        {
            return Err(invalid(InvalidReason::Codec { found, expected }));
        }
        let used = self.length(capacity, (at, size))?;
        self.use_bytes(data, used).map(drop)
    }
}

/// Whether some bytes are no value of the type.
fn needs_check(ty: &Type) -> bool {
    match ty {
        Type::Scalar(scalar) => !scalar.is_number(),
        Type::Pod { .. } => false,
        Type::Array { item, .. } => needs_check(item),
        Type::Struct { fields, .. } => fields.iter().any(|field| needs_check(&field.ty)),
        Type::String { .. }
        | Type::Vec { .. }
        | Type::FixedDeque { .. }
        | Type::FixedSet { .. }
        | Type::FixedMap { .. }
        | Type::Enum { .. }
        | Type::Option { .. }
        | Type::Encoded { .. }
        | Type::Text { .. }
        | Type::Bytes { .. }
        | Type::Coded { .. }
        | Type::Box { .. }
        | Type::Optional { .. }
        | Type::List { .. }
        | Type::Deque { .. }
        | Type::Variants { .. }
        | Type::Map { .. }
        | Type::Outer { .. }
        | Type::Other { .. } => true,
    }
}

const fn invalid(reason: InvalidReason) -> Reason {
    Reason::Invalid(reason)
}

/// Offsets of a schema are within the record, which is in memory.
fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(all(test, feature = "postcard"))]
mod tests {
    use commy_types::{FixedDeque, FixedOption, FixedString, FixedVec, Mappable};

    use super::*;
    use crate::encoded::{Codec, Encoded, Postcard};
    use crate::format::RecordSpec;

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
        flags: [bool; 3],
        maybe: FixedOption<Part>,
        perhaps: FixedOption<u32>,
        names: FixedVec<FixedOption<FixedString<3>>, 2>,
        latest: FixedDeque<u16, 3>,
        modes: FixedDeque<Mode, 3>,
        queue: FixedDeque<FixedDeque<bool, 2>, 2>,
        sent: Encoded<u32, Postcard, 8>,
    }

    fn schema_of<T: Mappable>() -> Schema {
        let size = (size_of::<T>(), align_of::<T>());
        Schema::parse(&RecordSpec::of_schema(T::SCHEMA, T::FINGERPRINT, size).text).unwrap()
    }

    /// What both say of `bytes`: a path and a reason.
    fn compare<T: Mappable>(schema: &Schema, bytes: &[u8]) -> bool {
        let typed = T::check(bytes).map_err(|it| it.reason);
        let untyped = schema.check(bytes, &mut |_| ()).map_err(|it| it.reason);
        let expected = typed.map_err(Reason::Invalid);
        assert_eq!(untyped, expected, "{bytes:?}");
        expected.is_ok()
    }

    #[test]
    fn it_says_of_all_bytes_what_the_type_says() {
        let schema = schema_of::<All>();
        let size = size_of::<All>();
        let mut state = 7_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            (state >> 33) as usize % below
        };
        let (mut good, mut bad) = (0, 0);
        for _ in 0..20_000 {
            let mut bytes = vec![0; size];
            for _ in 0..random(5) {
                // Mostly what may be right: small numbers at the begin of some word.
                let at = random(size / 4) * 4 + [0, 0, 0, random(4)][random(4)];
                let byte = [1, 1, 2, 3, 7, 255, b'p'][random(7)];
                if let Some(to) = bytes.get_mut(at) {
                    *to = byte;
                }
            }
            if compare::<All>(&schema, &bytes) { good += 1 } else { bad += 1 }
        }
        assert!(good > 1000 && bad > 1000, "{good} {bad}");
    }

    #[test]
    fn a_refusal_names_the_part() {
        let mut bytes = vec![0; size_of::<All>()];
        let parts = core::mem::offset_of!(All, parts);
        bytes[parts] = 2;
        bytes[parts + 8 + size_of::<Part>()] = 9;
        let refused = schema_of::<All>().check(&bytes, &mut |_| ()).unwrap_err();
        assert_eq!(refused.path, "parts[1].flag");
        assert_eq!(refused.reason, Reason::Invalid(InvalidReason::Bool { found: 9 }));
    }

    #[test]
    fn what_is_used_is_what_is_encoded() {
        let mut value = FixedVec::<Part, 2>::new();
        value.push(Part { flag: true, wide: 5, mode: Mode::Fault, letter: 'x' }).unwrap();
        let mut image = vec![0; size_of_val(&value)];
        value.encode(0, &mut commy_types::Image::untracked(&mut image));
        // Padding and unused elements hold anything in memory.
        let mut used = vec![false; image.len()];
        let mut note = |range: Range<usize>| used[range].fill(true);
        schema_of::<FixedVec<Part, 2>>().check(&image, &mut note).unwrap();
        let expected = [0..8, 8..9, 16..24, 24..25, 28..32];
        for (at, used) in used.into_iter().enumerate() {
            assert_eq!(used, expected.iter().any(|range| range.contains(&at)), "byte {at}");
        }
    }

    #[test]
    fn a_schema_that_promises_too_much_costs_nothing() {
        let text = |ty: &str| format!("{{\"type\":{ty}}}\n{{}}\n");
        let blank = r#"{"kind":"struct","size":0,"align":1,"fields":[]}"#;
        let endless = format!(
            r#"{{"kind":"array","capacity":9000000000000000000,"stride":0,"item":{blank}}}"#
        );
        let schema = Schema::parse(text(&endless).as_bytes()).unwrap();
        assert_eq!(schema.check(&[], &mut |_| ()), Ok(()));
        let long = r#"{"kind":"array","capacity":1000000000000000000,"stride":1,"item":"u8"}"#;
        let schema = Schema::parse(text(long).as_bytes()).unwrap();
        assert!(schema.check(&[0; 8], &mut |_| ()).is_err());
        // What lies in a heap is not judged by the bytes of a record alone.
        for (kind, members) in [
            ("text", r#""size":16"#),
            ("bytes", r#""size":16"#),
            ("coded", r#""size":16,"codec":"json","name":"T""#),
            ("box", r#""size":8,"item":"u8""#),
            ("optional", r#""size":2,"value_at":1,"item":"u8""#),
            ("list", r#""size":16,"stride":1,"item":"u8""#),
            ("deque", r#""size":24,"stride":1,"item":"u8""#),
            ("variant", r#""size":1,"tag":"u8","variants":{"A":{"tag":0,"fields":[]}}"#),
            ("map", r#""order":"natural","size":16,"key":"u8","value":"u8""#),
            ("set", r#""order":"user","size":16,"key":"u8""#),
            ("map", r#""order":"hash","size":24,"key":"u8","value":"u8""#),
            ("set", r#""order":"hash","size":24,"key":"u8""#),
        ] {
            let schema =
                Schema::parse(text(&format!(r#"{{"kind":"{kind}",{members}}}"#)).as_bytes());
            let refused = schema.unwrap().check(&[0; 16], &mut |_| ()).unwrap_err();
            assert_eq!(refused.reason, Reason::Kind(String::from(kind)));
        }
        let later = r#"{"kind":"tensor"}"#;
        let schema = Schema::parse(text(later).as_bytes()).unwrap();
        let refused = schema.check(&[], &mut |_| ()).unwrap_err();
        assert_eq!(refused.reason, Reason::Kind(String::from("tensor")));
    }

    #[test]
    fn the_marks_are_those_of_the_codecs() {
        fn check<C: Codec>() {
            assert!(MARKS.contains(&(C::NAME, C::ID)), "{}", C::NAME);
        }
        check::<Postcard>();
        #[cfg(feature = "json")]
        check::<crate::encoded::Json>();
        #[cfg(feature = "cbor")]
        check::<crate::encoded::Cbor>();
        #[cfg(feature = "messagepack")]
        check::<crate::encoded::MessagePack>();
        #[cfg(feature = "rkyv")]
        check::<crate::encoded::Rkyv>();
        #[cfg(feature = "wincode")]
        check::<crate::encoded::Wincode>();
    }
}
