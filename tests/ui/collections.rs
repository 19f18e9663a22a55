//! Collections other than `Vec` are refused with what to use in their place.
//!
//! promise: field `table`: `HashMap<String, u32>` keeps its table on this process's heap, which the reading process cannot see
//! promise: table: FixedMap<FixedString<64>, u32, 16>,
//! promise: field `sorted`: `std::collections::BTreeMap<u32, f64>` keeps its table on this process's heap
//! promise: field `members`: `HashSet<u32>` keeps its table on this process's heap
//! promise: members: FixedSet<u32, 16>,
//! promise: field `queue`: `VecDeque<f32>` keeps its elements on this process's heap
//! promise: queue: FixedDeque<f32, 16>,
//! promise: field `text`: `Cow<'static, str>` is a pointer or a heap value of this process
//! promise: errors: 5

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

use commy::create_writer;

#[create_writer(filename = "example.bin")]
struct Everything {
    table: HashMap<String, u32>,
    sorted: std::collections::BTreeMap<u32, f64>,
    members: HashSet<u32>,
    queue: VecDeque<f32>,
    text: Cow<'static, str>,
}

fn main() {}
