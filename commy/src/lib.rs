//! Share typed structs between processes through a memory-mapped file.
