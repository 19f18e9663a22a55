//! How wide the registers are that copies use: what the processor has, or less if the environment
//! says so.
//!
//! `COMMY_VECTORS` is an upper limit for tests and benches: `none`, `avx` or `avx512`. Anything else
//! there has no effect: a program that works must not fail for a word in its environment. Who measures
//! or tests asks [`level`] what is in use.
//!
//! The processor and the environment are asked when the process maps its first file. One byte has the
//! answer, which each copy reads. Until then, copies go word by word.

use core::fmt;

/// How wide the registers are that a copy uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Vectors {
    /// None: word by word.
    None,
    /// Those of AVX: half a line.
    Avx,
    /// Those of AVX-512: a whole line.
    Avx512,
}

impl Vectors {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Avx, Self::Avx512];

    /// What the environment calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Avx => "avx",
            Self::Avx512 => "avx512",
        }
    }
}

impl fmt::Display for Vectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod found {
    use core::sync::atomic::{AtomicU8, Ordering};
    use std::env;
    use std::sync::OnceLock;

    use super::Vectors;

    /// The variable with the upper limit.
    pub(super) const LIMIT: &str = "COMMY_VECTORS";

    static LEVEL: AtomicU8 = AtomicU8::new(Vectors::None as u8);

    /// Asks the processor and the environment, once per process.
    pub(in super::super) fn detect() {
        static FOUND: OnceLock<Vectors> = OnceLock::new();
        let found = *FOUND.get_or_init(|| {
            let limit = env::var_os(LIMIT);
            let limit = Vectors::ALL
                .into_iter()
                .find(|level| limit.as_deref().is_some_and(|limit| limit == level.name()));
            of_processor().min(limit.unwrap_or(Vectors::Avx512))
        });
        LEVEL.store(found as u8, Ordering::Relaxed);
    }

    /// What processor and operating system have.
    pub(super) fn of_processor() -> Vectors {
        if !std::arch::is_x86_feature_detected!("avx") {
            return Vectors::None;
        }
        // The first processors with AVX-512 lower their clock for it, those with VBMI2 do not.
        let has_lines = std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512vbmi2");
        if has_lines { Vectors::Avx512 } else { Vectors::Avx }
    }

    /// Whether copies may use registers of this width; never more than was detected.
    #[inline]
    pub(in super::super) fn has(wanted: Vectors) -> bool {
        #[cfg(test)]
        if let Some(level) = super::tests::forced() {
            return level >= wanted;
        }
        LEVEL.load(Ordering::Relaxed) >= wanted as u8
    }
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
mod found {
    use super::Vectors;

    /// Nothing is looked for.
    pub(in super::super) const fn detect() {}

    #[cfg(test)]
    pub(super) const fn of_processor() -> Vectors {
        Vectors::None
    }

    #[inline]
    pub(in super::super) const fn has(wanted: Vectors) -> bool {
        matches!(wanted, Vectors::None)
    }
}

pub(super) use self::found::{detect, has};

/// What copies of this process use.
#[must_use]
pub fn level() -> Vectors {
    detect();
    let widest = Vectors::ALL.into_iter().rev().find(|level| has(*level));
    widest.unwrap_or(Vectors::None)
}

#[cfg(test)]
pub(super) mod tests {
    use core::cell::Cell;

    use super::*;

    std::thread_local! {
        static FORCED: Cell<Option<Vectors>> = const { Cell::new(None) };
    }

    #[cfg(all(target_arch = "x86_64", not(miri)))]
    pub(super) fn forced() -> Option<Vectors> {
        FORCED.get()
    }

    /// Calls `test` with each level that this machine has, in this thread. Is a level asked for in the
    /// environment, those above it are left out.
    pub(in super::super) fn at_each_level(mut test: impl FnMut(Vectors)) {
        for forced in Vectors::ALL.into_iter().filter(|one| *one <= level()) {
            FORCED.set(Some(forced));
            test(forced);
            FORCED.set(None);
        }
    }

    /// A misspelt limit would leave a run of the tests with what the processor has.
    #[test]
    fn the_level_is_the_lower_one_of_what_is_asked_for_and_what_there_is() {
        let asked = std::env::var("COMMY_VECTORS").ok();
        let limit = asked.as_ref().map_or(Vectors::Avx512, |asked| {
            let known = Vectors::ALL.into_iter().find(|level| level.name() == asked);
            known.unwrap_or_else(|| panic!("COMMY_VECTORS={asked} is none, avx or avx512"))
        });
        assert_eq!(level(), found::of_processor().min(limit));
    }

    #[test]
    fn a_level_has_all_that_is_below_it() {
        let mut levels = Vec::new();
        at_each_level(|level| {
            let has: Vec<_> = Vectors::ALL.into_iter().filter(|one| has(*one)).collect();
            assert_eq!(
                has,
                Vectors::ALL.into_iter().filter(|one| *one <= level).collect::<Vec<_>>()
            );
            levels.push(level);
        });
        assert_eq!(levels.last(), Some(&level()));
    }
}
