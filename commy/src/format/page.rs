//! The unit of memory.

/// The unit in which memory is mapped and reserved; every part starts at a multiple of it. Pages of
/// a system are as long or longer.
pub(crate) const PAGE: u64 = 4096;
