//! Share typed structs between processes through a memory-mapped file.

mod sync;

#[cfg(not(loom))]
mod record;
#[cfg(not(loom))]
mod sys;
#[cfg(not(loom))]
mod mem;
#[cfg(not(loom))]
mod file;
mod publish;
#[cfg(not(loom))]
mod batch;
#[cfg(not(loom))]
mod writer;
#[cfg(not(loom))]
mod reader;
#[cfg(not(loom))]
mod options;
#[cfg(not(loom))]
mod error;
