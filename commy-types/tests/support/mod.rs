//! What the conformance tests share: outcomes of calls, and the encoded form of a value.
#![allow(dead_code, reason = "not every test file uses all of it")]

use std::cell::Cell;
use std::fmt::Debug;
use std::hash::{BuildHasher, Hash};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use commy_types::{CapacityError, Image, Mappable, Touched};
use proptest::test_runner::Config as ProptestConfig;

/// How a call ended; what it returned is compared by its debug form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Returned(String),
    Refused(CapacityError),
    Panicked(String),
}

/// How many cases are tried; a failed one is printed and not written to a file.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }
}

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `call` and catches its panic without a report on the terminal.
pub(crate) fn outcome<R: Debug>(call: impl FnOnce() -> Result<R, CapacityError>) -> Outcome {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let report = take_hook();
        set_hook(Box::new(move |info| {
            if !EXPECTED.get() {
                report(info);
            }
        }));
    });
    EXPECTED.set(true);
    let caught = catch_unwind(AssertUnwindSafe(call));
    EXPECTED.set(false);
    match caught {
        Ok(Ok(value)) => Outcome::Returned(format!("{value:?}")),
        Ok(Err(error)) => Outcome::Refused(error),
        Err(payload) => Outcome::Panicked(match payload.downcast::<String>() {
            Ok(message) => *message,
            Err(payload) => {
                payload.downcast_ref::<&str>().map_or_else(String::new, |s| s.to_string())
            }
        }),
    }
}

/// The outcome that `ours` must have, given what std's twin of unlimited capacity did. When the
/// twin has outgrown the capacity it is put back to `before`.
pub(crate) fn expected<T>(
    theirs: Outcome,
    twin: &mut T,
    before: T,
    len: fn(&T) -> usize,
    capacity: usize,
) -> Outcome {
    let needed = len(twin);
    if needed > capacity {
        *twin = before;
        return Outcome::Refused(CapacityError { needed, capacity });
    }
    theirs
}

pub(crate) fn hash_of(value: &(impl Hash + ?Sized)) -> u64 {
    thread_local! {
        static STATE: std::hash::RandomState = std::hash::RandomState::new();
    }
    STATE.with(|state| state.hash_one(value))
}

/// The image of one value, encoded again and again as a writer does.
pub(crate) struct Encoded {
    bytes: Vec<u8>,
}

/// Where in the image the value is: not at its start, so that a forgotten offset shows.
const AT: usize = 16;

impl Encoded {
    pub(crate) fn new<T: Mappable>() -> Self {
        Self { bytes: vec![0; AT + size_of::<T>() + 8] }
    }

    /// Encodes `value` over the one before, and checks all that an encoding promises.
    pub(crate) fn update<T: Mappable + PartialEq + Debug>(&mut self, value: &T) {
        let before = self.bytes.clone();
        let mut touched = Touched::new();
        value.encode(AT, &mut Image::new(&mut self.bytes, &mut touched));
        for (index, (old, new)) in before.iter().zip(&self.bytes).enumerate() {
            assert!(old == new || touched.touches(&(index..index + 1)), "byte {index} not marked");
        }
        let mut fresh = vec![0; before.len()];
        value.encode(AT, &mut Image::new(&mut fresh, &mut Touched::new()));
        assert_eq!(self.bytes, fresh, "an encoding depends on the one before");
        T::check(self.value()).unwrap();
        assert!(self.bytes[..AT].iter().all(|byte| *byte == 0), "written before the value");
        assert!(
            self.bytes[AT + size_of::<T>()..].iter().all(|byte| *byte == 0),
            "written after it"
        );
    }

    /// The bytes of the value.
    pub(crate) fn value(&self) -> &[u8] {
        &self.bytes[AT..self.bytes.len() - 8]
    }
}
