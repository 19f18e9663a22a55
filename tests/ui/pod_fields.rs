//! A foreign type needs `bytemuck::Pod`, and a width that is the same everywhere.
//!
//! promise: field `count`: `usize` has a different size in 32-bit and 64-bit processes
//! promise: `bool` is not plain old data, which `#[commy(pod)]` needs
//! promise: errors: 2

use commy::create_writer;

#[create_writer(filename = "example.bin")]
struct Count {
    #[commy(pod, id = "count")]
    count: usize,
}

#[create_writer(filename = "example.bin")]
struct Flag {
    #[commy(pod, id = "flag")]
    flag: bool,
}

fn main() {}
