//! Proves that commy-types needs neither the standard library nor an allocator.
//!
//! The panic handler is the proof: with `std` anywhere in the graph there would be two of them,
//! and with `alloc` no allocator.
//!
//! ```text
//! cargo build --manifest-path commy-types/tests/no_std/Cargo.toml
//! ```
#![no_std]

use core::panic::PanicInfo;

use commy_types::{
    CapacityError, Touched, FixedMap, FixedOption, FixedSet, FixedString, FixedVec, Image, Mappable, SmartString,
};

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Uses each kind of container, so that none is dropped before the proof.
#[unsafe(no_mangle)]
pub extern "C" fn commy_types_without_std() -> u32 {
    lines().map_or(0, |count| count as u32)
}

fn lines() -> Result<usize, CapacityError> {
    let mut title = FixedString::<16>::literal("boiler");
    title.push_formatted(format_args!(" {}", 7))?;
    let mut lines = FixedVec::<SmartString<32>, 4>::new();
    lines.push(SmartString::try_from(title.as_str())?)?;
    let mut counts = FixedMap::<FixedString<8>, u64, 4>::new();
    *counts.entry("lines".try_into()?).or_insert(0)? += lines.len() as u64;
    let seen = FixedSet::<u64, 4>::try_from_iter(counts.values().copied())?;
    let limit = FixedOption::some(seen.len() as u64);
    let mut bytes = [0; size_of::<FixedVec<SmartString<32>, 4>>()];
    lines.encode(0, &mut Image::new(&mut bytes, &mut Touched::new()));
    Ok(limit.map(|count| count as usize).unwrap_or(0))
}
