//! Where the stack of the running thread ends now.
#![allow(unsafe_code, reason = "the room for what the standard library lacks")]

/// An address near the end of the stack: that of a place in the caller's frame, or just below it.
///
/// Read from the register where that is known here. The address of a variable is not as good: with
/// AddressSanitizer variables may lie in a separate, smaller "fake stack", whose addresses say
/// nothing about how much of the real one is left.
#[inline(always)]
pub(crate) fn stack_address() -> usize {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        let address: usize;
        // SAFETY: the register is copied, and neither memory, stack nor flags are touched. It is
        // not `pure`, so the copy is made in each frame that asks for it.
        unsafe {
            core::arch::asm!(
                "mov {address:r}, rsp",
                address = out(reg) address,
                options(nomem, nostack, preserves_flags),
            );
        }
        address
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    {
        let here = 0u8;
        core::ptr::from_ref(core::hint::black_box(&here)).addr()
    }
}
