//! Long runs of words, four or eight of them per instruction where the processor has AVX.
//!
//! LLVM gives every relaxed atomic access an instruction of its own, which makes a copy of more
//! than a few hundred bytes two to three times as slow as `memcpy`. Here the copy is written in
//! assembly. To the rest of the program it is a loop of one or two relaxed `u64` accesses per shared
//! word, in no particular order, and that is what it may be replaced by: the first and the last
//! register overlap what is next to them, and store there what is stored anyway.
//!
//! - Granule. The shared side is aligned to 8, so every word lies within one aligned unit of 16
//!   bytes, which it does not straddle, whatever the size of the access. Processors with
//!   AVX access an aligned unit at once (Intel, "Software Developer's Manual", volume 3, "Guaranteed
//!   Atomic Operations"; AMD, "Architecture Programmer's Manual", volume 2, "Access Atomicity"),
//!   so no word is ever split. Should one be, it could only be while the other side is inside
//!   that slot, and such a copy is refused by the check of its sequence (I2).
//! - Order. The words of a payload need none among themselves; what surrounds them comes from the
//!   fences of the protocol. To the compiler, assembly that may touch any memory (neither `nomem`
//!   nor `readonly` is claimed) stays where it is between two fences. To an x86 processor, these
//!   loads and stores are ordered like any others: they are neither non-temporal nor string
//!   instructions.
//! - Bounds. Only bytes of the two slices are touched. The private one is borrowed, so that no
//!   one else looks at it meanwhile.
//! - Registers. `vzeroupper` changes the upper part of all sixteen vector registers, so all are
//!   declared as lost. The flags and the stack: the former are, by default; the latter is unused.
//!
//! Everywhere else these functions copy nothing and say so, and the caller goes word by word.
//!
//! Copies of 256 bytes and more take 32-byte moves, or 64-byte ones on processors with AVX-512
//! VBMI2, whose clock does not suffer from them. Loads of 64 to 255 bytes take 16-byte moves, a
//! block of four in line. Shorter ones, and stores of that length, go word by word.
//!
//! The first register of a long copy goes where it is; all others begin at a multiple of their size, lest
//! they straddle cache lines. What is aligned is the stores: a load that straddles costs little, a store
//! twice its time. The last register ends where the copy does. Words one by one at both ends take longer
//! than all else of a copy of a kibibyte. Measure with
//! `cargo bench -p commy-peers --bench compare -- 'snapshot 8 KiB'`, several times, because that
//! differs from run to run.
//!
//! Without AVX, on other processors and under Miri it is words; loom never sees this room.
//! [`vectors`] says what there is, and lets tests have less.

#[cfg(all(target_arch = "x86_64", not(miri)))]
use core::arch::x86_64::__m128i;
use core::mem::MaybeUninit;

use super::vectors::{self, Vectors};
use crate::sync::AtomicU64;

/// The bytes of one AVX register.
const LANE: usize = 32;
/// The bytes of one AVX-512 register, and of a cache line.
const LINE: usize = 64;
/// The bytes of a small copy: four halves of an AVX register.
pub(super) const BLOCK: usize = 64;
/// The bytes of one of these halves.
pub(super) const PAIR: usize = 16;

/// How many bytes, whole words, are in front of the next address that is a multiple of `lane`; of an
/// address within a word, of that word's begin.
#[inline]
const fn bytes_before(address: usize, lane: usize) -> usize {
    (address.wrapping_neg() % lane) / 8 * 8
}

/// Loads as many words as it can from the start of `from` to the start of `to`; returns how many bytes:
/// 0 where the processor cannot do it, and of few words.
#[inline]
pub(super) fn load(from: &[AtomicU64], to: &mut [MaybeUninit<u8>]) -> usize {
    let len = from.len().min(to.len() / 8) * 8;
    if len < LINE || !is_available() {
        return 0;
    }
    // SAFETY: both sides have `len` bytes; `to` is borrowed mutably, and what is written there are
    // initialised bytes; AVX was detected.
    unsafe { copy(from.as_ptr().cast(), to.as_mut_ptr().cast(), len) };
    len
}

/// Stores as many words as it can from the start of `from` to the start of `to`; returns how many: 0
/// where the processor cannot do it, and of few.
#[inline]
pub(super) fn store(from: &[u64], to: &[AtomicU64]) -> usize {
    store_bytes(bytemuck::cast_slice(from), to)
}

/// The same for bytes, wherever they are: as many whole words as it can.
#[inline]
pub(super) fn store_bytes(from: &[u8], to: &[AtomicU64]) -> usize {
    let words = (from.len() / 8).min(to.len());
    if words < LINE / 8 || !is_available() {
        return 0;
    }
    let to = to.as_ptr().cast::<u8>().cast_mut();
    // SAFETY: both sides have so many words; atomics may be changed through a shared reference; AVX
    // was detected.
    unsafe { copy(from.as_ptr(), to, words * 8) };
    words
}

/// Copies as many words as it can from the start of `from` to the start of `to`; returns how many: 0
/// where the processor cannot do it, and of few.
#[inline]
pub(super) fn copy_words(from: &[AtomicU64], to: &[AtomicU64]) -> usize {
    let words = from.len().min(to.len());
    if words < LINE / 8 || !is_available() || are_near(from, to) {
        return 0;
    }
    let to = to.as_ptr().cast::<u8>().cast_mut();
    // SAFETY: both sides have so many words, and do not overlap; atomics may be changed through a
    // shared reference; AVX was detected.
    unsafe { copy(from.as_ptr().cast(), to, words * 8) };
    words
}

/// Whether two places overlap.
#[inline]
fn are_near(one: &[AtomicU64], other: &[AtomicU64]) -> bool {
    let (one, other) = (one.as_ptr_range(), other.as_ptr_range());
    one.start < other.end && other.start < one.end
}

/// Says that AVX was found, so that blocks can be loaded.
#[derive(Clone, Copy)]
pub(super) struct Blocks(());

impl Blocks {
    /// Asks once for any number of blocks.
    #[inline]
    pub(super) fn found() -> Option<Self> {
        is_available().then_some(Self(()))
    }

    /// Loads a block of few bytes, without a loop.
    #[inline]
    pub(super) fn load(self, from: &[AtomicU64; BLOCK / 8]) -> [MaybeUninit<u8>; BLOCK] {
        // SAFETY: `from` has `BLOCK` bytes; AVX was detected, since there is a `Blocks`.
        unsafe { block(from.as_ptr().cast()) }
    }

    /// Loads a pair of words.
    #[inline]
    pub(super) fn load_pair(self, from: &[AtomicU64; PAIR / 8]) -> [MaybeUninit<u8>; PAIR] {
        // SAFETY: `from` has `PAIR` bytes; AVX was detected, since there is a `Blocks`.
        unsafe { pair(from.as_ptr().cast()) }
    }
}

/// Whether copies may use registers of half a line.
#[inline]
fn is_available() -> bool {
    vectors::has(Vectors::Avx)
}

/// Whether copies may use registers of a whole line.
#[inline]
fn has_lines() -> bool {
    vectors::has(Vectors::Avx512)
}

/// Copies `len` bytes, by registers of a line where those are faster.
///
/// # Safety
///
/// As [`copy_lanes`].
#[inline]
unsafe fn copy(from: *const u8, to: *mut u8, len: usize) {
    if has_lines() {
        // SAFETY: the duty of the caller; what is before a line is shorter than one, and whole words;
        // AVX-512 was detected.
        unsafe { copy_lines(from, to, len, bytes_before(to.addr(), LINE)) };
    } else {
        // SAFETY: as above, for a lane.
        unsafe { copy_lanes(from, to, len, bytes_before(to.addr(), LANE)) };
    }
}

/// The loop that the module's documentation argues about, for registers of one size, `$one` bytes: the
/// first one, four of them until fewer are left, then one at a time, and the last one.
#[cfg(all(target_arch = "x86_64", not(miri)))]
macro_rules! copy_loop {
    (
        $(#[$documentation:meta])* $name:ident, $size:ident,
        $move:literal $register:literal, $one:literal $two:literal $three:literal $four:literal
    ) => {
        $(#[$documentation])*
        #[inline]
        unsafe fn $name(from: *const u8, to: *mut u8, len: usize, before: usize) {
            debug_assert!(len >= $size && before < $size);
            debug_assert!(len.is_multiple_of(8) && before.is_multiple_of(8));
            let last = len.wrapping_sub($size);
            let count = len.wrapping_sub(before) / $size;
            // SAFETY: the instructions load and store a register at the begin and one at `last`, each of
            // them within the `len` bytes of both sides that the caller vouches for; and `count / 4 * 4`
            // and then `count % 4` registers from `before` on, which end there, too. They do nothing
            // else.
            unsafe {
                core::arch::asm!(
                    concat!($move, " ", $register, "4, [{from}]"),
                    concat!($move, " ", $register, "5, [{from} + {last}]"),
                    "lea {last}, [{to} + {last}]",
                    concat!($move, " [{to}], ", $register, "4"),
                    "add {from}, {before}",
                    "add {to}, {before}",
                    "test {fours}, {fours}",
                    "jz 3f",
                    "2:",
                    concat!($move, " ", $register, "0, [{from}]"),
                    concat!($move, " ", $register, "1, [{from} + ", $one, "]"),
                    concat!($move, " ", $register, "2, [{from} + ", $two, "]"),
                    concat!($move, " ", $register, "3, [{from} + ", $three, "]"),
                    concat!("add {from}, ", $four),
                    concat!($move, " [{to}], ", $register, "0"),
                    concat!($move, " [{to} + ", $one, "], ", $register, "1"),
                    concat!($move, " [{to} + ", $two, "], ", $register, "2"),
                    concat!($move, " [{to} + ", $three, "], ", $register, "3"),
                    concat!("add {to}, ", $four),
                    "dec {fours}",
                    "jnz 2b",
                    "3:",
                    "test {rest}, {rest}",
                    "jz 5f",
                    "4:",
                    concat!($move, " ", $register, "0, [{from}]"),
                    concat!("add {from}, ", $one),
                    concat!($move, " [{to}], ", $register, "0"),
                    concat!("add {to}, ", $one),
                    "dec {rest}",
                    "jnz 4b",
                    "5:",
                    concat!($move, " [{last}], ", $register, "5"),
                    "vzeroupper",
                    from = inout(reg) from => _,
                    to = inout(reg) to => _,
                    last = inout(reg) last => _,
                    before = in(reg) before,
                    fours = inout(reg) count / 4 => _,
                    rest = inout(reg) count % 4 => _,
                    out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
                    out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
                    out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
                    out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
                    options(nostack),
                );
            }
        }
    };
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
copy_loop! {
    /// Copies `len` bytes; the stores are aligned that begin `before` bytes behind the first.
    ///
    /// # Safety
    ///
    /// - `from` is readable and `to` writable for `len` bytes, and they do not overlap.
    /// - Whichever of them is shared is aligned to 8 and accessed by others as atomic words only.
    /// - `len` and `before` are multiples of 8; `len` is at least [`LANE`], `before` less.
    /// - The processor has AVX.
    copy_lanes, LANE, "vmovdqu" "ymm", 32 64 96 128
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
copy_loop! {
    /// The same by registers of a line.
    ///
    /// # Safety
    ///
    /// As [`copy_lanes`], with [`LINE`] for [`LANE`]; and the processor has AVX-512.
    copy_lines, LINE, "vmovdqu64" "zmm", 64 128 192 256
}

/// Never called where [`has_lines`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn copy_lines(_from: *const u8, _to: *mut u8, _len: usize, _before: usize) {}

/// Loads `BLOCK` bytes, as [`copy_lanes`] does, into registers: where they are stored is the
/// compiler's affair, so that a value that is returned is not stored in between.
///
/// # Safety
///
/// - `from` is readable for so many bytes.
/// - If it is shared, it is aligned to 8 and accessed by others as atomic words only.
/// - The processor has AVX.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline]
unsafe fn block(from: *const u8) -> [MaybeUninit<u8>; BLOCK] {
    let (a, b, c, d): (__m128i, __m128i, __m128i, __m128i);
    // SAFETY: the instructions load `BLOCK` bytes from the pointer on, which the caller vouches for, and
    // change four registers, of which they clear the upper parts.
    unsafe {
        core::arch::asm!(
            "vmovdqu {a}, [{from}]",
            "vmovdqu {b}, [{from} + 16]",
            "vmovdqu {c}, [{from} + 32]",
            "vmovdqu {d}, [{from} + 48]",
            from = in(reg) from,
            a = out(xmm_reg) a,
            b = out(xmm_reg) b,
            c = out(xmm_reg) c,
            d = out(xmm_reg) d,
            options(nostack, preserves_flags),
        );
    }
    // SAFETY: as many bytes, all of them initialised.
    unsafe { core::mem::transmute::<[__m128i; 4], [MaybeUninit<u8>; BLOCK]>([a, b, c, d]) }
}

/// Loads `PAIR` bytes, as [`block`] does.
///
/// # Safety
///
/// - `from` is readable for so many bytes.
/// - If it is shared, it is aligned to 8 and accessed by others as atomic words only.
/// - The processor has AVX.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline]
unsafe fn pair(from: *const u8) -> [MaybeUninit<u8>; PAIR] {
    let pair: __m128i;
    // SAFETY: the instruction loads `PAIR` bytes from the pointer on, which the caller vouches for, and
    // changes one register, of which it clears the upper part.
    unsafe {
        core::arch::asm!(
            "vmovdqu {pair}, [{from}]",
            from = in(reg) from,
            pair = out(xmm_reg) pair,
            options(nostack, preserves_flags),
        );
    }
    // SAFETY: as many bytes, all of them initialised.
    unsafe { core::mem::transmute::<__m128i, [MaybeUninit<u8>; PAIR]>(pair) }
}

/// Never called where [`is_available`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn pair(_from: *const u8) -> [MaybeUninit<u8>; PAIR] {
    [MaybeUninit::uninit(); PAIR]
}

/// Never called where [`is_available`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn copy_lanes(_from: *const u8, _to: *mut u8, _len: usize, _before: usize) {}

/// Never called where [`is_available`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn block(_from: *const u8) -> [MaybeUninit<u8>; BLOCK] {
    [MaybeUninit::uninit(); BLOCK]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mem::vectors::tests::at_each_level;
    use crate::sync::Ordering;

    #[test]
    fn a_lane_boundary_is_less_than_a_lane_ahead() {
        for lane in [LANE, LINE] {
            for address in 4096..4224 {
                let before = bytes_before(address, lane);
                assert!(before < lane && before.is_multiple_of(8));
                assert!((address + before).div_ceil(8).is_multiple_of(lane / 8));
            }
        }
    }

    #[test]
    fn every_level_copies_all_words_and_nothing_else() {
        let all: Vec<u64> = (0..200u64).map(|word| word.wrapping_mul(0x9e37_79b9)).collect();
        at_each_level(|level| {
            for (skip, words) in (0..9).flat_map(|skip| (0..120).map(move |words| (skip, words))) {
                let to: Vec<_> = (0..200).map(|_| AtomicU64::new(u64::MAX)).collect();
                let stored = store(&all[7..7 + words], &to[skip..skip + words]);
                let is_wide = level != Vectors::None && words >= LINE / 8;
                assert_eq!(stored, if is_wide { words } else { 0 }, "{words} words, {level}");
                let mut expected = vec![u64::MAX; 200];
                expected[skip..skip + stored].copy_from_slice(&all[7..7 + stored]);
                let to: Vec<u64> = to.iter().map(|word| word.load(Ordering::Relaxed)).collect();
                assert_eq!(to, expected, "{words} words, {level}");
            }
        });
    }

    #[test]
    fn vector_registers_that_were_in_use_keep_their_values() {
        at_each_level(registers_keep_their_values);
    }

    fn registers_keep_their_values(level: Vectors) {
        let shared: Vec<AtomicU64> = (0..64).map(AtomicU64::new).collect();
        let mut sums = [0.0_f64; 8];
        for round in 1..100 {
            let factors = sums.map(|sum| sum + f64::from(round));
            let mut copy = [MaybeUninit::uninit(); 512];
            let copied = load(&shared, &mut copy);
            assert_eq!(copied, if level == Vectors::None { 0 } else { 512 });
            for (sum, factor) in sums.iter_mut().zip(factors) {
                *sum = factor - f64::from(round) + 1.0;
            }
        }
        assert_eq!(sums, [99.0; 8]);
    }
}
