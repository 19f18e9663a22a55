//! Long runs of words, four or eight of them per instruction where the processor has AVX.
//!
//! LLVM gives every relaxed atomic access an instruction of its own, which makes a copy of more
//! than a few hundred bytes two to three times as slow as `memcpy`. Here the copy is written in
//! assembly. To the rest of the program it is a loop of one relaxed `u64` access per shared word,
//! in no particular order, and that is what it may be replaced by:
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
//! The first words of a long copy go one by one, so that the wide part does not straddle cache
//! lines. What is aligned is its stores, but with 64-byte loads these: they suffer more when the
//! caller's value lies otherwise to the line than the slot does. Measure with
//! `cargo bench -p commy-peers --bench compare -- 'snapshot 8 KiB'`, several times, because that
//! differs from run to run.
//!
//! Without AVX, on other processors and under Miri it is words; loom never sees this room.
//! [`vectors`] says what there is, and lets tests have less.

use core::mem::MaybeUninit;

use super::vectors::{self, Vectors};
use crate::sync::AtomicU64;

/// The bytes of one AVX register.
const LANE: usize = 32;
/// The bytes of one AVX-512 register, and of a cache line.
const LINE: usize = 64;
/// The bytes of a small copy: four halves of an AVX register.
pub(super) const BLOCK: usize = 64;

/// How many words are stored one by one in front of the wide part, so that no store to `to` straddles
/// cache lines.
#[inline]
pub(super) fn words_before_store(to: *const AtomicU64) -> usize {
    words_before(to.addr(), if has_lines() { LINE } else { LANE })
}

/// How many words are loaded one by one in front of the wide part. With registers of a line it is
/// the loads that suffer when they straddle lines, and pages above all; with those of half a line
/// it is the stores.
#[inline]
pub(super) fn words_before_load(from: *const AtomicU64, to: *const MaybeUninit<u8>) -> usize {
    if has_lines() { words_before(from.addr(), LINE) } else { words_before(to.addr(), LANE) }
}

/// How many words are in front of the next address that is a multiple of `lane`.
#[inline]
const fn words_before(address: usize, lane: usize) -> usize {
    (address.wrapping_neg() % lane) / 8
}

/// Loads as many bytes as it can from the start of `from` to the start of `to`; returns how many:
/// a multiple of 8, and 0 where the processor cannot do it.
#[inline]
pub(super) fn load(from: &[AtomicU64], to: &mut [MaybeUninit<u8>]) -> usize {
    let lanes = (from.len() / (LANE / 8)).min(to.len() / LANE);
    if !is_available() {
        return 0;
    }
    // SAFETY: both sides have `lanes * LANE` bytes; `to` is borrowed mutably, and what is written
    // there are initialised bytes; AVX was detected.
    unsafe { copy(from.as_ptr().cast(), to.as_mut_ptr().cast(), lanes) };
    lanes * LANE
}

/// Stores as many words as it can from the start of `from` to the start of `to`; returns how
/// many, 0 where the processor cannot do it.
#[inline]
pub(super) fn store(from: &[u64], to: &[AtomicU64]) -> usize {
    let lanes = from.len().min(to.len()) / (LANE / 8);
    if !is_available() {
        return 0;
    }
    // SAFETY: both sides have `lanes * LANE` bytes; atomics may be changed through a shared
    // reference; AVX was detected.
    unsafe { copy(from.as_ptr().cast(), to.as_ptr().cast::<u8>().cast_mut(), lanes) };
    lanes * (LANE / 8)
}

/// The same for bytes, wherever they are: as many whole words as it can.
#[inline]
pub(super) fn store_bytes(from: &[u8], to: &[AtomicU64]) -> usize {
    let lanes = (from.len() / LANE).min(to.len() / (LANE / 8));
    if !is_available() {
        return 0;
    }
    // SAFETY: both sides have `lanes * LANE` bytes; atomics may be changed through a shared
    // reference; AVX was detected.
    unsafe { copy(from.as_ptr(), to.as_ptr().cast::<u8>().cast_mut(), lanes) };
    lanes * (LANE / 8)
}

/// Copies as many words as it can from the start of `from` to the start of `to`; returns how many, 0
/// where the processor cannot do it.
#[inline]
pub(super) fn copy_words(from: &[AtomicU64], to: &[AtomicU64]) -> usize {
    let lanes = from.len().min(to.len()) / (LANE / 8);
    if !is_available() || are_near(from, to) {
        return 0;
    }
    // SAFETY: both sides have `lanes * LANE` bytes, and do not overlap; atomics may be changed
    // through a shared reference; AVX was detected.
    unsafe { copy(from.as_ptr().cast(), to.as_ptr().cast::<u8>().cast_mut(), lanes) };
    lanes * (LANE / 8)
}

/// Whether two places overlap.
#[inline]
fn are_near(one: &[AtomicU64], other: &[AtomicU64]) -> bool {
    let (one, other) = (one.as_ptr_range(), other.as_ptr_range());
    one.start < other.end && other.start < one.end
}

/// Loads a block of few bytes, without a loop; returns whether it did.
#[inline]
pub(super) fn load_block(from: &[AtomicU64; BLOCK / 8], to: &mut [MaybeUninit<u8>; BLOCK]) -> bool {
    if !is_available() {
        return false;
    }
    // SAFETY: both sides have `BLOCK` bytes; `to` is borrowed mutably, and what is written there
    // are initialised bytes; AVX was detected.
    unsafe { copy_block(from.as_ptr().cast(), to.as_mut_ptr().cast()) };
    true
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

/// Copies `lanes * LANE` bytes, as whole lines where that is faster.
///
/// # Safety
///
/// As [`copy_lanes`].
#[inline]
unsafe fn copy(from: *const u8, to: *mut u8, lanes: usize) {
    let lines = if has_lines() { lanes * LANE / LINE } else { 0 };
    if lines > 0 {
        // SAFETY: the duty of the caller, for the first `lines * LINE` of the bytes; AVX-512 was
        // detected.
        unsafe { copy_lines(from, to, lines) };
    }
    let copied = lines * LINE;
    if copied < lanes * LANE {
        // SAFETY: within the bytes that the caller vouches for.
        let from = unsafe { from.add(copied) };
        // SAFETY: as above.
        let to = unsafe { to.add(copied) };
        // SAFETY: the duty of the caller, for the bytes that are left.
        unsafe { copy_lanes(from, to, lanes - copied / LANE) };
    }
}

/// The loop that the module's documentation argues about, for registers of one size: four of them,
/// `$one` bytes each, until fewer are left, then one at a time.
#[cfg(all(target_arch = "x86_64", not(miri)))]
macro_rules! copy_loop {
    (
        $(#[$documentation:meta])* $name:ident,
        $move:literal $register:literal, $one:literal $two:literal $three:literal $four:literal
    ) => {
        $(#[$documentation])*
        #[inline]
        unsafe fn $name(from: *const u8, to: *mut u8, count: usize) {
            // SAFETY: the instructions load and store `count / 4 * 4` and then `count % 4` registers
            // from the two pointers on, which the caller vouches for, and do nothing else.
            unsafe {
                core::arch::asm!(
                    "test {fours}, {fours}",
                    "jz 3f",
                    "2:",
                    concat!($move, " ", $register, "0, [{from}]"),
                    concat!($move, " ", $register, "1, [{from} + ", $one, "]"),
                    concat!($move, " ", $register, "2, [{from} + ", $two, "]"),
                    concat!($move, " ", $register, "3, [{from} + ", $three, "]"),
                    concat!($move, " [{to}], ", $register, "0"),
                    concat!($move, " [{to} + ", $one, "], ", $register, "1"),
                    concat!($move, " [{to} + ", $two, "], ", $register, "2"),
                    concat!($move, " [{to} + ", $three, "], ", $register, "3"),
                    concat!("add {from}, ", $four),
                    concat!("add {to}, ", $four),
                    "dec {fours}",
                    "jnz 2b",
                    "3:",
                    "test {rest}, {rest}",
                    "jz 5f",
                    "4:",
                    concat!($move, " ", $register, "0, [{from}]"),
                    concat!($move, " [{to}], ", $register, "0"),
                    concat!("add {from}, ", $one),
                    concat!("add {to}, ", $one),
                    "dec {rest}",
                    "jnz 4b",
                    "5:",
                    "vzeroupper",
                    from = inout(reg) from => _,
                    to = inout(reg) to => _,
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
    /// Copies `count * LANE` bytes.
    ///
    /// # Safety
    ///
    /// - `from` is readable and `to` writable for so many bytes, and they do not overlap.
    /// - Whichever of them is shared is aligned to 8 and accessed by others as atomic words only.
    /// - The processor has AVX.
    copy_lanes, "vmovdqu" "ymm", 32 64 96 128
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
copy_loop! {
    /// Copies `count * LINE` bytes.
    ///
    /// # Safety
    ///
    /// As [`copy_lanes`], and the processor has AVX-512.
    copy_lines, "vmovdqu64" "zmm", 64 128 192 256
}

/// Never called where [`has_lines`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn copy_lines(_from: *const u8, _to: *mut u8, _count: usize) {}

/// Copies `BLOCK` bytes, as [`copy_lanes`] does.
///
/// # Safety
///
/// - `from` is readable and `to` writable for so many bytes, and they do not overlap.
/// - Whichever of them is shared is aligned to 8 and accessed by others as atomic words only.
/// - The processor has AVX.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline]
unsafe fn copy_block(from: *const u8, to: *mut u8) {
    // SAFETY: the instructions load and store `BLOCK` bytes from the two pointers on, which the
    // caller vouches for, and change four registers, of which they clear the upper parts.
    unsafe {
        core::arch::asm!(
            "vmovdqu {a}, [{from}]",
            "vmovdqu {b}, [{from} + 16]",
            "vmovdqu {c}, [{from} + 32]",
            "vmovdqu {d}, [{from} + 48]",
            "vmovdqu [{to}], {a}",
            "vmovdqu [{to} + 16], {b}",
            "vmovdqu [{to} + 32], {c}",
            "vmovdqu [{to} + 48], {d}",
            from = in(reg) from,
            to = in(reg) to,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            options(nostack, preserves_flags),
        );
    }
}

/// Never called where [`is_available`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn copy_lanes(_from: *const u8, _to: *mut u8, _count: usize) {}

/// Never called where [`is_available`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn copy_block(_from: *const u8, _to: *mut u8) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mem::vectors::tests::at_each_level;
    use crate::sync::Ordering;

    #[test]
    fn a_lane_boundary_is_less_than_a_lane_ahead() {
        for lane in [LANE, LINE] {
            for word in 0..16 {
                let before = words_before(4096 + word * 8, lane);
                assert!(before < lane / 8);
                assert!((word + before).is_multiple_of(lane / 8));
            }
        }
    }

    #[test]
    fn every_level_copies_whole_lanes_and_nothing_behind_them() {
        let from: Vec<u64> = (0..200u64).map(|word| word.wrapping_mul(0x9e37_79b9)).collect();
        at_each_level(|level| {
            for words in 0..80 {
                let to: Vec<_> = (0..100).map(|_| AtomicU64::new(0)).collect();
                let stored = store(&from[..words], &to);
                assert_eq!(stored, if level == Vectors::None { 0 } else { words / 4 * 4 });
                let to: Vec<u64> = to.iter().map(|word| word.load(Ordering::Relaxed)).collect();
                assert_eq!(to[..stored], from[..stored], "{words} words, {level}");
                assert!(to[stored..].iter().all(|word| *word == 0), "{words} words, {level}");
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
