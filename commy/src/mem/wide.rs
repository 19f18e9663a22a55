//! Long runs of words, four or eight of them per instruction where the processor has AVX.
//!
//! LLVM gives every relaxed atomic access an instruction of its own, which makes a copy of more
//! than a few hundred bytes two to three times as slow as `memcpy`. Here the copy is written in
//! assembly. To the rest of the program it is a loop of relaxed `u64` accesses to the shared words,
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
//! The stores of a long copy do not straddle cache lines: a load that does costs little, a store
//! twice its time. A publish stores the first words one by one for that. A load copies both ends
//! first, wherever they lie, and begins between them where a line does. Measure with
//! `cargo bench -p commy-peers --bench compare -- 'snapshot 8 KiB'`.
//!
//! Without AVX, on other processors and under Miri it is words; loom never sees this room.

#[cfg(all(target_arch = "x86_64", not(miri)))]
use core::arch::x86_64::__m128i;
use core::mem::MaybeUninit;
use core::sync::atomic::AtomicBool;

use crate::sync::{AtomicU64, Ordering};

/// The bytes of one AVX register.
const LANE: usize = 32;
/// The bytes of one AVX-512 register, and of a cache line.
const LINE: usize = 64;
/// The bytes of a small copy: four halves of an AVX register.
pub(super) const BLOCK: usize = 64;
/// The bytes of one of these halves.
pub(super) const PAIR: usize = 16;

/// How many words are stored one by one in front of the wide part, so that no store to `to` straddles
/// cache lines.
#[inline]
pub(super) fn words_before_store(to: *const AtomicU64) -> usize {
    words_before(to.addr(), if has_lines() { LINE } else { LANE })
}

/// How many words are in front of the next address that is a multiple of `lane`.
#[inline]
const fn words_before(address: usize, lane: usize) -> usize {
    (address.wrapping_neg() % lane) / 8
}

/// Loads all whole words from the start of `from` to the start of `to`; returns how many bytes these
/// are, 0 where the processor cannot do it or they are too few.
///
/// Both ends are loaded without a look at where they lie, what is between them so that no store
/// straddles cache lines. The parts overlap: some words are loaded twice, and those of the second time
/// are what arrives.
#[inline]
pub(super) fn load(from: &[AtomicU64], to: &mut [MaybeUninit<u8>]) -> usize {
    let len = (from.len() * 8).min(to.len() / 8 * 8);
    if !is_available() || len < 4 * LINE {
        return 0;
    }
    let one = if has_lines() { LINE } else { LANE };
    let before = words_before(to.as_ptr().addr(), one) * 8;
    let count = (len - before - one).div_ceil(one);
    let (from, to) = (from.as_ptr().cast::<u8>(), to.as_mut_ptr().cast::<u8>());
    // SAFETY: `before` is less than a register, and `len` more than four.
    let from_middle = unsafe { from.add(before) };
    // SAFETY: as above.
    let to_middle = unsafe { to.add(before) };
    if one == LINE {
        // SAFETY: both sides have `len` bytes; `to` is borrowed mutably, and what is written there are
        // initialised bytes; AVX-512 was detected.
        unsafe { copy_line_ends(from, to, len) };
        // SAFETY: as above; the registers between the ends reach no further than the last end does.
        unsafe { copy_lines(from_middle, to_middle, count) };
    } else {
        // SAFETY: as above, but for AVX.
        unsafe { copy_lane_ends(from, to, len) };
        // SAFETY: as above.
        unsafe { copy_lanes(from_middle, to_middle, count) };
    }
    len
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

/// Says that AVX was found, so that blocks can be loaded.
#[derive(Clone, Copy)]
pub(super) struct Blocks(());

impl Blocks {
    /// Asks once for any number of blocks.
    #[inline]
    pub(super) fn found() -> Option<Self> {
        IS_FOUND.load(Ordering::Relaxed).then_some(Self(()))
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

/// Whether AVX was found, where asking takes longer than the copy.
static IS_FOUND: AtomicBool = AtomicBool::new(false);

/// Looks for AVX. Until then, small copies go word by word.
pub(super) fn detect() {
    IS_FOUND.store(is_available(), Ordering::Relaxed);
}

/// Whether processor and operating system have AVX; asked once per process.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline]
fn is_available() -> bool {
    std::arch::is_x86_feature_detected!("avx")
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const fn is_available() -> bool {
    false
}

/// Whether there are registers of a whole line that are no slower than those of half of it: the
/// first processors with AVX-512 lower their clock for them, those with VBMI2 do not.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline]
fn has_lines() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512vbmi2")
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const fn has_lines() -> bool {
    false
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

/// The first and the last register of a copy.
#[cfg(all(target_arch = "x86_64", not(miri)))]
macro_rules! copy_ends {
    ($(#[$documentation:meta])* $name:ident, $move:literal $register:literal, $one:literal) => {
        $(#[$documentation])*
        #[inline]
        unsafe fn $name(from: *const u8, to: *mut u8, len: usize) {
            // SAFETY: the instructions load and store a register at the begin and one at the end of `len`
            // bytes from the two pointers on, which the caller vouches for, and do nothing else.
            unsafe {
                core::arch::asm!(
                    concat!($move, " ", $register, "4, [{from}]"),
                    concat!($move, " ", $register, "5, [{from} + {len} - ", $one, "]"),
                    concat!($move, " [{to}], ", $register, "4"),
                    concat!($move, " [{to} + {len} - ", $one, "], ", $register, "5"),
                    from = in(reg) from,
                    to = in(reg) to,
                    len = in(reg) len,
                    out("xmm4") _,
                    out("xmm5") _,
                    options(nostack, preserves_flags),
                );
            }
        }
    };
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
copy_ends! {
    /// Copies the first and the last `LANE` of `len` bytes. The upper parts of the registers stay in
    /// use until [`copy_lanes`] is through.
    ///
    /// # Safety
    ///
    /// - As [`copy_lanes`], for `len` bytes, which are at least `LANE` and a multiple of 8.
    copy_lane_ends, "vmovdqu" "ymm", 32
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
copy_ends! {
    /// The same for `LINE`.
    ///
    /// # Safety
    ///
    /// - As [`copy_lane_ends`], and the processor has AVX-512.
    copy_line_ends, "vmovdqu64" "zmm", 64
}

/// Never called where [`is_available`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn copy_lane_ends(_from: *const u8, _to: *mut u8, _len: usize) {}

/// Never called where [`has_lines`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn copy_line_ends(_from: *const u8, _to: *mut u8, _len: usize) {}

/// Never called where [`has_lines`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn copy_lines(_from: *const u8, _to: *mut u8, _count: usize) {}

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
const unsafe fn copy_lanes(_from: *const u8, _to: *mut u8, _count: usize) {}

/// Never called where [`is_available`] is false.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline]
const unsafe fn block(_from: *const u8) -> [MaybeUninit<u8>; BLOCK] {
    [MaybeUninit::uninit(); BLOCK]
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// Both loops, whichever of them this processor would choose.
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    #[test]
    fn lanes_and_lines_copy_the_same() {
        let from: Vec<u64> = (0..200u64).map(|word| word.wrapping_mul(0x9e37_79b9)).collect();
        for lanes in 0..20 {
            let mut copies = [[0_u64; 100]; 2];
            let [by_lanes, by_choice] = copies.each_mut().map(|copy| copy.as_mut_ptr().cast());
            if is_available() {
                // SAFETY: 19 lanes are 76 words, and AVX was detected.
                unsafe { copy_lanes(from.as_ptr().cast(), by_lanes, lanes) };
                // SAFETY: as above.
                unsafe { copy(from.as_ptr().cast(), by_choice, lanes) };
                assert_eq!(copies[0][..lanes * 4], from[..lanes * 4]);
            }
            assert_eq!(copies[0], copies[1], "{lanes} lanes");
            assert!(copies[0][lanes * 4..].iter().all(|word| *word == 0));
        }
    }

    #[cfg(all(target_arch = "x86_64", not(miri)))]
    #[test]
    fn vector_registers_that_were_in_use_keep_their_values() {
        let shared: Vec<AtomicU64> = (0..64).map(AtomicU64::new).collect();
        let mut sums = [0.0_f64; 8];
        for round in 1..100 {
            let factors = sums.map(|sum| sum + f64::from(round));
            let mut copy = [MaybeUninit::uninit(); 512];
            let copied = load(&shared, &mut copy);
            assert!(copied == 512 || copied == 0);
            for (sum, factor) in sums.iter_mut().zip(factors) {
                *sum = factor - f64::from(round) + 1.0;
            }
        }
        assert_eq!(sums, [99.0; 8]);
    }
}
