//! A fence that one thread executes for others, in every process that allows it.
#![allow(unsafe_code, reason = "the room for system calls that the standard library lacks")]

/// From `linux/membarrier.h`; the `libc` crate does not have them on every target.
const GLOBAL_EXPEDITED: libc::c_int = 1 << 1;
const REGISTER_GLOBAL_EXPEDITED: libc::c_int = 1 << 2;

/// Lets [`fence_remotely`] reach all threads of this process; returns whether the kernel can do
/// that (Linux 4.16, unless a sandbox forbids it). May be called again.
///
/// From then on, a thread needs no fence of its own between a store and a load that a caller of
/// [`fence_remotely`] pairs with, only one for the compiler.
pub(crate) fn allow_remote_fences() -> bool {
    membarrier(REGISTER_GLOBAL_EXPEDITED)
}

/// Makes every running thread of processes that allow it execute a full fence, between the call
/// and its return (membarrier(2), `MEMBARRIER_CMD_GLOBAL_EXPEDITED`); a thread that does not run
/// passes one before it runs again. Returns whether the kernel did.
pub(crate) fn fence_remotely() -> bool {
    membarrier(GLOBAL_EXPEDITED)
}

fn membarrier(command: libc::c_int) -> bool {
    let (flags, cpu): (libc::c_uint, libc::c_int) = (0, 0);
    // SAFETY: takes three numbers and touches no memory of this process.
    unsafe { libc::syscall(libc::SYS_membarrier, command, flags, cpu) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowing_and_fencing_may_be_repeated() {
        let allowed = allow_remote_fences();
        assert_eq!(allow_remote_fences(), allowed);
        // A kernel that registers a process can also reach it.
        assert!(!allowed || fence_remotely());
    }
}
