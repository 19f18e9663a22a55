//! What lists cost: room in the file, and nodes that are copied.
//!
//! Blocks that a publish replaces become garbage, which is held here so that none is used again: the
//! bytes of garbage that an operation makes are those of the blocks that it copied.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::fs;
use std::thread;

use commy::{Growable, WriteError, create_reader, create_writer};

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Tree {
    value: u64,
    children: Vec<Tree>,
}

#[create_writer(filename = "lists.bin", growable)]
#[create_reader(filename = "lists.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Lists {
    numbers: Vec<u64>,
    nested: Vec<Vec<Vec<u64>>>,
    /// 128 bytes each: in the chunk.
    narrow: Vec<[u64; 16]>,
    /// 136 bytes each: in a block of its own.
    wide: Vec<[u64; 17]>,
    texts: Vec<String>,
    tree: Tree,
}

struct Bench {
    _directory: tempfile::TempDir,
    path: std::path::PathBuf,
    w: ListsWriter,
    /// Each generation before a change whose cost is asked for: so nothing that it replaces is used
    /// again, and garbage only grows.
    held: Vec<ListsView<'static>>,
}

/// The bytes of a full node, and of a block for a small one.
const NODE: u64 = 1024;

fn bench() -> Bench {
    let (directory, path) = support::place("lists.bin");
    let w = ListsWriter::create_at(&path).unwrap();
    Bench { _directory: directory, path, w, held: Vec::new() }
}

impl Bench {
    /// The bytes of blocks that `change` replaces, and by how many more bytes the value lives in.
    fn cost(
        &mut self,
        change: impl FnOnce(&mut ListsWriter) -> Result<(), WriteError>,
    ) -> (u64, i64) {
        if self.w.file().generation() > 0 {
            self.held.push(self.w.pin().unwrap());
        }
        let (before, generation) = (self.w.file().stats(), self.w.file().generation());
        change(&mut self.w).unwrap();
        assert_eq!(self.w.file().generation(), generation + 1, "one publish");
        let after = self.w.file().stats();
        (after.garbage - before.garbage, after.live as i64 - before.live as i64)
    }
}

#[test]
fn a_list_of_one_word_takes_no_more_than_48_bytes_and_small_lists_double() {
    let mut bench = bench();
    bench.w.nested_mut().push(&[]).unwrap();
    let (_, first) = bench.cost(|w| w.numbers_mut().push(1));
    assert!(first <= 48, "{first} bytes");
    // As many blocks as doublings up to a full node, and no more.
    let mut sizes = vec![first as u64];
    for number in 2..=126 {
        let (_, more) = bench.cost(|w| w.numbers_mut().push(number));
        if more != 0 {
            sizes.push(sizes.last().unwrap() + more as u64);
        }
    }
    assert_eq!(sizes.last(), Some(&NODE), "{sizes:?}");
    assert!(sizes.len() <= 7, "{sizes:?}");
    assert!(sizes.windows(2).all(|pair| pair[1] * 2 >= pair[0] * 3), "{sizes:?}");
}

#[test]
fn a_push_to_a_long_list_copies_nothing_but_when_a_node_is_full() {
    let mut bench = bench();
    bench.w.numbers_mut().extend(0..100_000).unwrap();
    let (mut copying, mut copied, mut added) = (0, 0, 0);
    for number in 0..1000 {
        let (garbage, live) = bench.cost(|w| w.numbers_mut().push(number));
        copying += u32::from(garbage > 0);
        copied += garbage;
        added += live;
    }
    // Eight more chunks, which have full room from the start, as all that are behind eight others; one
    // more node above them may be copied when it gets an address for each.
    assert!(copying <= 8, "{copying} of 1000 pushes copied");
    assert!(copied <= 8 * NODE, "{copied} bytes copied");
    assert!(added <= 10 * NODE as i64, "{added} bytes more");
    let (garbage, _) = bench.cost(|w| w.numbers_mut().pop().map(drop));
    assert!(garbage <= NODE, "{garbage} bytes for a pop");
}

#[test]
fn a_change_copies_the_nodes_on_the_way_once_for_each_publish() {
    let mut bench = bench();
    bench.w.numbers_mut().extend(0..100_000).unwrap();
    // 126 * 126 * 126 elements and less: a root, an inner node, a chunk. The root may be smaller.
    let (one, _) = bench.cost(|w| w.numbers_mut().set(50_000, 1));
    assert!((2 * NODE..=3 * NODE).contains(&one), "{one} bytes for a change");
    let (many, _) = bench.cost(|w| {
        w.transaction(|tx| (50_000..50_040).try_for_each(|index| tx.numbers_mut().set(index, 2)))
    });
    assert!(many <= 4 * NODE, "{many} bytes for forty changes side by side");
    let (swap, _) = bench.cost(|w| w.numbers_mut().swap(1, 99_999));
    assert!(swap <= 5 * NODE, "{swap} bytes for a swap");
    let (swap_remove, _) = bench.cost(|w| w.numbers_mut().swap_remove(7).map(drop));
    assert!(swap_remove <= 4 * NODE, "{swap_remove} bytes for a swap_remove");
    let (insert, _) = bench.cost(|w| w.numbers_mut().insert(99_990, 1));
    assert!(insert <= 5 * NODE, "{insert} bytes near the end");
    let (cut, _) = bench.cost(|w| w.numbers_mut().remove(99_990).map(drop));
    assert!(cut <= 5 * NODE, "{cut} bytes near the end");
    let (front, _) = bench.cost(|w| w.numbers_mut().remove(0).map(drop));
    assert!(front >= 99_000 * 8, "{front} bytes: all that moves is copied");
}

#[test]
fn a_push_to_a_nested_list_costs_the_blocks_on_the_way() {
    let mut bench = bench();
    let inner: Vec<Vec<u64>> = vec![vec![1; 60]; 60];
    bench.w.set_nested(&vec![inner; 60]).unwrap();
    let push = |w: &mut ListsWriter| {
        let mut outer = w.nested_mut();
        let mut middle = outer.get_mut(30)?.unwrap();
        middle.get_mut(30)?.unwrap().push(7)
    };
    let (copied, _) = bench.cost(push);
    // The chunk of each list that has another one in it, and the innermost if it had to grow.
    assert!((NODE..=3 * NODE).contains(&copied), "{copied} bytes");
    let (again, _) = bench.cost(push);
    assert!((NODE..=3 * NODE).contains(&again), "{again} bytes");
}

#[test]
fn what_is_added_and_what_is_taken_off_is_all_that_it_costs() {
    let mut bench = bench();
    bench.w.numbers_mut().extend(0..50_000).unwrap();
    let more: Vec<u64> = (0..10_000).collect();
    let (copied, added) = bench.cost(|w| w.numbers_mut().extend_from_slice(&more));
    assert!(copied <= 3 * NODE, "{copied} bytes copied");
    assert!((80_000..90_000).contains(&added), "{added} bytes for 80 000");
    // The same generation again: what was exposed is not overwritten, so that the chunk at the new
    // end is copied, with the nodes above it; the rest is given back.
    let (given, less) = bench.cost(|w| w.numbers_mut().truncate(50_000));
    assert!((80_000..90_000).contains(&given), "{given} bytes given back");
    assert!(less < -78_000, "{less} bytes");
    let (copied, _) = bench.cost(|w| w.numbers_mut().push(1));
    assert!((1..=3 * NODE).contains(&copied), "{copied} bytes: exposed items are spared");
}

#[test]
fn cells_of_more_than_128_bytes_lie_apart_and_change_through_proxies() {
    let mut bench = bench();
    bench.w.numbers_mut().push(1).unwrap();
    let (_, narrow) = bench.cost(|w| w.narrow_mut().extend_from_slice(&[[1; 16]; 7]));
    assert_eq!(narrow, NODE as i64, "seven in a chunk");
    let (_, wide) = bench.cost(|w| w.wide_mut().extend_from_slice(&[[1; 17]; 7]));
    assert!(wide > 7 * 136 + 7 * 8, "{wide} bytes: a block for each, and one of addresses");
    let reader = ListsReader::open_at(&bench.path).unwrap();
    let view = reader.pin().unwrap();
    let (copied, _) =
        bench.cost(|w| w.wide_mut().get_mut(3)?.unwrap().update(|numbers| numbers[16] = 5));
    assert!(copied <= 400, "{copied} bytes: of its own block, and of the addresses");
    bench.w.wide_mut().set(4, [2; 17]).unwrap();
    bench.w.wide_mut().swap(0, 4).unwrap();
    bench.w.wide_mut().remove(1).unwrap();
    let mut expected = vec![[1; 17]; 7];
    expected[3][16] = 5;
    expected[4] = [2; 17];
    expected.swap(0, 4);
    expected.remove(1);
    assert_eq!(reader.wide().load().unwrap(), expected);
    assert_eq!(view.wide().load().unwrap(), [[1; 17]; 7]);
    assert_eq!(reader.wide().get(2).unwrap().unwrap()[16], 5);
    assert_eq!(bench.w.file().stats().leaked, 0);
}

fn block_of_numbers(path: &std::path::Path) -> usize {
    let bytes = fs::read(path).unwrap();
    let latest = support::format::word(&bytes, support::format::file::LATEST);
    let root = support::format::slot_of(&bytes, latest) + support::format::slot::PAYLOAD;
    let word = support::format::word(&bytes, root + support::format::heap::FIELDS);
    (word & !15) as usize
}

/// The first word of a block says a larger class: then what belongs to others would be used again.
#[test]
fn sizes_come_from_the_private_table_only() {
    use std::os::unix::fs::FileExt as _;
    let mut bench = bench();
    bench.w.numbers_mut().extend(0..4).unwrap();
    bench.w.texts_mut().extend(["a text in a block of its own", "and another one there"]).unwrap();
    let block = block_of_numbers(&bench.path);
    let file = fs::OpenOptions::new().read(true).write(true).open(&bench.path).unwrap();
    let mut first = [0; 8];
    file.read_exact_at(&mut first, block as u64).unwrap();
    let word = u64::from_ne_bytes(first);
    for class in [0, 5, 19, 22, 40, 63] {
        let changed = word & !(63 << 6) | class << 6;
        file.write_all_at(&changed.to_ne_bytes(), block as u64).unwrap();
        let before = bench.w.file().stats();
        // Reads and appends go by the room that the writer knows of.
        bench.w.numbers_mut().push(class).unwrap();
        bench.w.numbers_mut().pop().unwrap();
        assert_eq!(bench.w.file().stats().file_len, before.file_len, "class {class}");
        assert_eq!(bench.w.snapshot().unwrap().texts[1], "and another one there");
    }
    for number in 0..3000 {
        bench.w.numbers_mut().push(number).unwrap();
        bench.w.texts_mut().set(0, &format!("a text in a block of its own, {number}")).unwrap();
        assert_eq!(bench.w.texts_mut().get(1).unwrap().unwrap(), "and another one there");
    }
    assert_eq!(bench.w.numbers_mut().load().unwrap()[..4], [0, 1, 2, 3]);
}

fn deep_tree(depth: usize, width: usize) -> Tree {
    (0..depth).fold(Tree::default(), |tree, _| {
        let mut children = vec![Tree { value: 1, children: Vec::new() }; width];
        children.push(tree);
        Tree { value: 2, children }
    })
}

/// Much smaller than what a recursion of 128 steps would take in a build without optimization.
#[test]
fn to_trace_and_to_give_back_needs_no_deep_stack() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("lists.bin");
    let mut w = ListsWriter::create_at(&path).unwrap();
    w.set_tree(&deep_tree(128, 20)).unwrap();
    w.quick_close();
    let flat = move || {
        // To open it is to trace it, and to overwrite it is to give it back.
        let mut w = ListsWriter::create_at(&path).unwrap();
        w.tree_mut().children_mut().clear().unwrap();
        let stats = w.file().stats();
        assert_eq!((stats.live, stats.leaked), (0, 0));
    };
    thread::Builder::new().stack_size(256 << 10).spawn(flat).unwrap().join().unwrap();
}
