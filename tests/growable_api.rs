//! What users rely on in records with lists, structs, boxes and tuples: transactions, proxies, views, depth.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::thread;

use commy::growable::{Convert, OptionMut};
use commy::{Growable, ReadError, WriteError, create_reader, create_writer};

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Trade {
    who: String,
    lots: u32,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Tree {
    value: u64,
    children: Vec<Tree>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Extra {
    note: String,
    next: Option<Box<Extra>>,
}

/// Weighs four units for each hop.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Heavy {
    numbers: [u64; 32],
    more: [u64; 32],
    even_more: [u64; 32],
    next: Option<Box<Heavy>>,
}

enum Millis {}

impl Convert<Duration> for Millis {
    type As = u64;

    fn to_stored(value: &Duration) -> u64 {
        value.as_millis() as u64
    }

    fn from_stored(stored: u64) -> Option<Duration> {
        Some(Duration::from_millis(stored))
    }
}

#[create_writer(filename = "market.bin", growable)]
#[create_reader(filename = "market.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Market {
    seq: u64,
    title: String,
    books: Vec<Vec<Trade>>,
    deep: Vec<Vec<Vec<Vec<String>>>>,
    tree: Tree,
    extra: Option<Box<Extra>>,
    heavy: Option<Box<Heavy>>,
    matrix: Vec<Vec<f64>>,
    pairs: Vec<(u8, Tree)>,
    boxed: Box<Trade>,
    names: [String; 2],
    limit: Option<u32>,
    #[commy(as = Millis)]
    pause: Duration,
}

struct Place {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

fn pair() -> (Place, MarketWriter, MarketReader) {
    let (directory, path) = support::place("market.bin");
    let place = Place { _directory: directory, path };
    let writer = MarketWriter::create_at(&place.path).unwrap();
    let reader = MarketReader::open_at(&place.path).unwrap();
    (place, writer, reader)
}

fn trade(who: &str, lots: u32) -> Trade {
    Trade { who: who.into(), lots }
}

fn leaf(value: u64) -> Tree {
    Tree { value, children: Vec::new() }
}

fn full() -> Market {
    let second = Extra { note: "2".into(), next: None };
    Market {
        seq: 7,
        title: "any length, ä".repeat(30),
        books: (0..20).map(|lots| vec![trade("a", 1), trade("b", lots)]).collect(),
        deep: vec![vec![vec![vec!["deep".into()]]]],
        tree: Tree {
            value: 1,
            children: vec![leaf(2), Tree { value: 3, children: vec![leaf(4)] }],
        },
        extra: Some(Box::new(Extra { note: "1".into(), next: Some(Box::new(second)) })),
        heavy: None,
        matrix: vec![vec![1.0, 2.0], vec![], vec![3.0]],
        pairs: vec![(9, leaf(8))],
        boxed: Box::new(trade("boxed", 1)),
        names: ["n0".into(), "n1".into()],
        limit: Some(5),
        pause: Duration::from_millis(20),
    }
}

#[test]
fn a_new_record_is_the_zero_value() {
    let (_place, w, r) = pair();
    assert_eq!(w.snapshot().unwrap(), Market::default());
    assert_eq!(w.boxed().unwrap().get().unwrap().who().unwrap(), "");
    assert_eq!(r.snapshot().unwrap_err(), ReadError::Empty);
}

#[test]
fn a_whole_value_round_trips_and_only_differences_are_written() {
    let (_place, mut w, r) = pair();
    w.publish(&full()).unwrap();
    assert_eq!(r.snapshot().unwrap(), full());
    w.publish(&full()).unwrap();
    assert_eq!(w.file().generation(), 1, "nothing changed, nothing published");
    // Held: what was copied stays beside it, as garbage.
    let view = r.pin().unwrap();
    let change = |market: &mut Market| {
        market.books[3][1].lots = 99;
        market.tree.children[1].children.push(leaf(5));
        market.matrix.remove(0);
    };
    let before = w.file().stats().garbage;
    w.update(change).unwrap();
    assert_eq!(w.file().generation(), 2, "one publish");
    let copied = w.file().stats().garbage - before;
    assert!(copied <= 2048, "{copied} bytes of blocks were replaced");
    let mut expected = full();
    change(&mut expected);
    assert_eq!((r.snapshot().unwrap(), view.snapshot().unwrap()), (expected, full()));
}

#[test]
fn every_operation_of_the_writer_publishes_once() {
    let (_place, mut w, r) = pair();
    w.set_title("any length").unwrap();
    w.books_mut().push(&[]).unwrap();
    w.books_mut().extend([[trade("a", 1)].as_slice(), &[]]).unwrap();
    w.set_seq(7).unwrap();
    assert_eq!(w.file().generation(), 4);
    assert_eq!(r.books().get(1).unwrap(), Some(vec![trade("a", 1)]));
    // What changes nothing publishes nothing.
    w.books_mut().truncate(3).unwrap();
    w.books_mut().extend_from_slice(&[]).unwrap();
    w.books_mut().retain(|_| true).unwrap();
    w.matrix_mut().clear().unwrap();
    assert_eq!(w.matrix_mut().pop().unwrap(), None);
    assert!(w.books_mut().drain(1..1).unwrap().is_empty());
    assert_eq!(w.file().generation(), 4);
    w.transaction(|tx| {
        tx.books_mut().push(&[])?;
        tx.books_mut().last_mut()?.unwrap().push(&trade("b", 2))
    })
    .unwrap();
    assert_eq!(w.file().generation(), 5);
    assert_eq!(r.books().last().unwrap(), Some(vec![trade("b", 2)]));
}

#[test]
fn a_nested_proxy_outlives_the_publishes_it_makes() {
    let (_place, mut w, r) = pair();
    w.publish(&full()).unwrap();
    let mut books = w.books_mut();
    let mut trades = books.get_mut(7).unwrap().unwrap();
    for lots in 0..10 {
        trades.push(&trade("new", lots)).unwrap();
    }
    let mut first = trades.get_mut(0).unwrap().unwrap();
    first.set_who("changed").unwrap();
    first.who_mut().push_str(" twice").unwrap();
    first.set_lots(5).unwrap();
    trades.remove(1).unwrap();
    assert_eq!(w.file().generation(), 1 + 10 + 3 + 1);
    let seven = r.books().get(7).unwrap().unwrap();
    assert_eq!(
        (seven.len(), &seven[0], &seven[1]),
        (11, &trade("changed twice", 5), &trade("new", 0))
    );
}

#[test]
fn a_proxy_four_levels_deep_outlives_its_publishes() {
    let (_place, mut w, r) = pair();
    w.publish(&full()).unwrap();
    let lists = w.deep_mut().into_get_mut(0).unwrap().unwrap();
    let mut texts = lists.into_get_mut(0).unwrap().unwrap().into_get_mut(0).unwrap().unwrap();
    for index in 0..10 {
        texts.push(&index.to_string()).unwrap();
    }
    for index in 0..3 {
        texts.set(index, "set").unwrap();
    }
    texts.get_mut(3).unwrap().unwrap().push_str(", and more").unwrap();
    assert_eq!(w.file().generation(), 1 + 10 + 3 + 1);
    let found = &r.deep().load().unwrap()[0][0][0];
    assert_eq!((found.len(), found[2].as_str(), found[3].as_str()), (11, "set", "2, and more"));
    let mut children = w.tree_mut().into_children();
    let mut child = children.get_mut(1).unwrap().unwrap();
    child.children_mut().get_mut(0).unwrap().unwrap().set_value(44).unwrap();
    assert_eq!(r.tree().children().get(1).unwrap().unwrap().children[0].value, 44);
    let mut extra = w.extra_mut();
    let mut extra = extra.as_mut().unwrap().unwrap();
    extra.set_note("new note").unwrap();
    extra.next_mut().as_mut().unwrap().unwrap().set_note("inner").unwrap();
    w.boxed_mut().set_lots(77).unwrap();
    assert_eq!(r.extra().unwrap().unwrap().next.unwrap().note, "inner");
    assert_eq!(r.boxed().unwrap().lots, 77);
}

#[test]
fn proxies_without_drop_let_the_usual_loops_compile() {
    let (_place, mut w, _r) = pair();
    w.books_mut().extend([[trade("a", 1), trade("b", 2)].as_slice(), &[]]).unwrap();
    // The writer is free again inside the loop.
    while let Some(trades) = w.books_mut().pop().unwrap() {
        if let Some(trade) = trades.first() {
            w.pairs_mut().push((trade.lots as u8, &leaf(1))).unwrap();
        }
    }
    match w.pairs_mut().pop().unwrap() {
        Some((number, tree)) => w.pairs_mut().push((number + 1, &tree)).unwrap(),
        None => unreachable!(),
    }
    assert_eq!(w.snapshot().unwrap().pairs, [(2, leaf(1))]);
}

#[derive(Debug, PartialEq)]
enum Mine {
    Write(WriteError),
    NotToday,
}

impl From<WriteError> for Mine {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

#[test]
fn a_transaction_is_all_or_nothing() {
    let (_place, mut w, r) = pair();
    w.publish(&full()).unwrap();
    w.transaction(|tx| {
        tx.books_mut().remove(1)?;
        tx.matrix_mut().push(&[7.0])?;
        tx.set_seq(70)?;
        // It reads what it staged; readers do not.
        assert_eq!(tx.seq()?, 70);
        assert_eq!((tx.matrix().len()?, r.matrix().len().unwrap()), (4, 3));
        Ok(())
    })
    .unwrap();
    assert_eq!((w.file().generation(), r.seq().unwrap()), (2, 70));
    let before = r.snapshot().unwrap();
    let aborted = w.transaction(|tx| {
        tx.set_title("never seen")?;
        tx.books_mut().clear()?;
        tx.tree_mut().children_mut().push(&leaf(9))?;
        Err::<(), _>(WriteError::Aborted)
    });
    assert_eq!(aborted, Err(WriteError::Aborted));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        w.transaction(|tx| {
            tx.set_title("never seen")?;
            // Panics, as std does.
            tx.matrix_mut().remove(9).map(drop)
        })
    }));
    assert!(panicked.is_err());
    let mine = w.try_transaction(|tx| {
        tx.set_seq(1)?;
        Err::<(), _>(Mine::NotToday)
    });
    assert_eq!(mine, Err(Mine::NotToday));
    assert_eq!((r.snapshot().unwrap(), w.snapshot().unwrap()), (before.clone(), before));
    assert_eq!(w.file().generation(), 2);
}

#[test]
fn an_iterator_that_panics_leaves_no_half_of_an_operation() {
    let (_place, mut w, r) = pair();
    w.publish(&full()).unwrap();
    let half = || (0..10).map(|index| if index < 5 { [1.0].as_slice() } else { panic!("half") });
    let alone = catch_unwind(AssertUnwindSafe(|| w.matrix_mut().extend(half())));
    assert!(alone.is_err());
    let caught = w.transaction(|tx| {
        tx.set_seq(8)?;
        let caught = catch_unwind(AssertUnwindSafe(|| tx.matrix_mut().extend(half())));
        assert!(caught.is_err());
        Ok(())
    });
    assert_eq!(caught, Err(WriteError::Aborted));
    let retained = catch_unwind(AssertUnwindSafe(|| w.books_mut().retain(|_| panic!("none"))));
    assert!(retained.is_err());
    assert_eq!((r.snapshot().unwrap(), w.snapshot().unwrap()), (full(), full()));
}

#[test]
fn a_failure_that_is_ignored_fails_the_transaction() {
    let (directory, path) = support::place("market.bin");
    let mut w = MarketWriter::options().path(&path).max_size(1 << 20).create().unwrap();
    w.set_title("short").unwrap();
    let result = w.transaction(|tx| {
        tx.set_seq(1)?;
        let _ = tx.set_title(&"long".repeat(1 << 20));
        let later = tx.set_seq(2);
        assert!(matches!(later, Err(WriteError::Full { .. })), "{later:?}");
        assert!(tx.books_mut().len().is_err(), "reads say so, too");
        Ok(())
    });
    assert!(matches!(result, Err(WriteError::Full { .. })), "{result:?}");
    assert_eq!((w.title().unwrap().as_str(), w.seq().unwrap()), ("short", 0));
    // An operation of its own that fails leaves nothing either.
    let row = vec![1.0; 50_000];
    assert!(w.matrix_mut().extend(vec![row.as_slice(); 10]).is_err());
    assert_eq!((w.matrix().len().unwrap(), w.file().generation()), (0, 1));
    w.set_title("it goes on").unwrap();
    drop((w, directory));
}

#[test]
fn what_can_be_stored_from_what() {
    let (_place, mut w, _r) = pair();
    let text = String::from("s");
    w.set_title("a").unwrap();
    w.set_title(&text).unwrap();
    w.set_title(&format!("{text}!")).unwrap();
    w.set_seq("12".parse().unwrap()).unwrap();
    w.set_seq(3_u32.into()).unwrap();
    w.set_matrix(&[vec![1.0]]).unwrap();
    w.set_matrix(&[]).unwrap();
    w.matrix_mut().push(&[1.0, 2.0]).unwrap();
    w.matrix_mut().extend([[3.0].as_slice(), &[]]).unwrap();
    w.set_limit(None).unwrap();
    w.set_extra(Some(&Extra::default())).unwrap();
    w.extra_mut().insert(&Extra::default()).unwrap().set_note("x").unwrap();
    w.set_names(["a", &text]).unwrap();
    w.pairs_mut().push((1, &leaf(2))).unwrap();
    w.set_pairs(&[(3, leaf(4))]).unwrap();
    w.set_boxed(&trade("boxed", 1)).unwrap();
    w.books_mut().push(&[trade("a", 1)]).unwrap();
    let trades = vec![trade("a", 1)];
    w.books_mut().push(&trades).unwrap();
    assert!(w.books().contains(&[trade("a", 1)]).unwrap());
    assert!(!w.books().contains(&[]).unwrap());
    assert!(w.pairs().contains((3, &leaf(4))).unwrap());
}

#[test]
fn a_range_takes_as_many_elements_as_there_are() {
    let (_place, mut w, r) = pair();
    w.publish(&full()).unwrap();
    let view = r.pin().unwrap();
    for (start, count) in [(0, 3), (2, 1), (3, 0), (4, 0), (1000, 0), (usize::MAX, 0)] {
        let mut values = vec![vec![9.0]];
        assert_eq!(r.matrix().load_range(start.., &mut values).unwrap(), count);
        assert_eq!(view.matrix().load_range(start..usize::MAX, &mut values).unwrap(), count);
        assert_eq!(values.len(), 1 + 2 * count);
        assert_eq!(view.matrix().range(start..).count(), count);
        assert_eq!(r.matrix().read_into(start, &mut vec![vec![]; 5]).unwrap(), count);
    }
    let backwards = || r.matrix().load_range(core::hint::black_box(2)..1, &mut Vec::new());
    assert!(catch_unwind(AssertUnwindSafe(backwards)).is_err());
}

fn sum(tree: TreeRef<'_>) -> Result<u64, ReadError> {
    tree.children().iter().try_fold(tree.value()?, |total, child| Ok(total + sum(child?)?))
}

#[test]
fn a_reader_reads_the_newest_and_a_view_its_own() {
    let (_place, mut w, r) = pair();
    w.publish(&full()).unwrap();
    // A place, and nothing that was read.
    let matrix = r.matrix();
    let view = r.pin().unwrap();
    let old = view.matrix();
    let trades = view.books().get(7).unwrap().unwrap();
    for round in 0..50 {
        w.matrix_mut().set(0, &[f64::from(round)]).unwrap();
        w.books_mut().set(7, &[]).unwrap();
        assert_eq!(matrix.get(0).unwrap(), Some(vec![f64::from(round)]));
        assert_eq!(old.get(0).unwrap().unwrap().load().unwrap(), [1.0, 2.0]);
        assert_eq!(trades.get(1).unwrap().unwrap().load().unwrap(), trade("b", 7));
    }
    let next = view.extra().unwrap().unwrap().get().unwrap().next().unwrap().unwrap();
    assert_eq!(next.get().unwrap().note().unwrap(), "2");
    assert_eq!(sum(view.tree()).unwrap(), 10);
    assert_eq!(view.snapshot().unwrap(), full());
    let mut view = view;
    view.refresh().unwrap();
    assert_eq!(view.matrix().load().unwrap()[0], [49.0]);
}

#[test]
fn readers_never_see_a_mix_while_a_writer_writes() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_place, mut w, r) = pair();
    let publish = |w: &mut MarketWriter, round: u64| {
        let text = round.to_string();
        w.transaction(|tx| {
            tx.set_title(&text)?;
            let all: Vec<_> = (0..round as u32 % 5 + 1).map(|lots| trade(&text, lots)).collect();
            tx.books_mut().assign(core::slice::from_ref(&all))?;
            tx.tree_mut().assign(&Tree { value: round, children: vec![leaf(round); 3] })
        })
        .unwrap();
    };
    publish(&mut w, 0);
    let (is_over, r) = (AtomicBool::new(false), &r);
    thread::scope(|scope| {
        let read = || {
            let mut reads = 0_u64;
            while !is_over.load(Ordering::Relaxed) {
                let trades = r.books().get(0).unwrap().unwrap();
                assert!(trades.iter().all(|trade| trade.who == trades[0].who), "{trades:?}");
                let (title, who) = r
                    .read(|view| {
                        let trades = view.books().get(0)?.expect("always there");
                        Ok((view.title()?, trades.last()?.expect("never empty").who()?))
                    })
                    .unwrap();
                assert_eq!(title, who);
                let view = r.pin().unwrap();
                let tree = view.tree().load().unwrap();
                assert!(tree.children.iter().all(|child| child.value == tree.value), "{tree:?}");
                assert_eq!(view.title().unwrap(), tree.value.to_string());
                reads += 1;
            }
            reads
        };
        let readers = [scope.spawn(read), scope.spawn(read)];
        (1..3000).for_each(|round| publish(&mut w, round));
        is_over.store(true, Ordering::Relaxed);
        assert!(readers.into_iter().map(|reader| reader.join().unwrap()).sum::<u64>() > 0);
    });
}

fn chain(len: usize) -> Option<Box<Extra>> {
    (0..len).fold(None, |next, _| Some(Box::new(Extra { note: String::new(), next })))
}

fn heavy(len: usize) -> Option<Box<Heavy>> {
    (0..len).fold(None, |next, _| Some(Box::new(Heavy { next, ..Heavy::default() })))
}

fn tree(len: usize) -> Tree {
    (1..len).fold(Tree::default(), |tree, _| Tree { value: 1, children: vec![tree] })
}

fn is_too_deep(error: &WriteError) -> bool {
    matches!(error, WriteError::TooDeep { max: 128, .. })
}

/// How deep it goes by proxies, one level in each publish.
fn grow_by_proxies(w: &mut MarketWriter) -> usize {
    fn descend(place: OptionMut<'_, Box<Extra>>) -> OptionMut<'_, Box<Extra>> {
        place.into_mut().unwrap().unwrap().into_next()
    }
    w.set_extra(None).unwrap();
    for depth in 0.. {
        let mut place = w.extra_mut();
        for _ in 0..depth {
            place = descend(place);
        }
        match place.insert(&Extra::default()) {
            Ok(_) => {}
            Err(error) => {
                assert!(is_too_deep(&error), "{error}");
                return depth;
            }
        }
    }
    unreachable!("there is an end");
}

/// On a stack of 2 MiB, as threads have: what a writer stores a reader loads, checks and drops.
#[test]
fn depth_is_exactly_as_deep_by_value_as_by_proxies() {
    let deep = || {
        let (place, mut w, r) = pair();
        assert_eq!(grow_by_proxies(&mut w), 128);
        assert_eq!(r.snapshot().unwrap().extra, chain(128));
        w.set_extra(chain(128).as_deref()).unwrap();
        let refused = w.set_extra(chain(129).as_deref());
        assert!(is_too_deep(&refused.unwrap_err()));
        let mut market = r.snapshot().unwrap();
        market.extra = chain(129);
        assert!(is_too_deep(&w.publish(&market).unwrap_err()));
        // Cells of more than 768 bytes: four units a hop.
        w.set_heavy(heavy(64).as_deref()).unwrap();
        let refused = w.set_heavy(heavy(65).as_deref());
        assert!(is_too_deep(&refused.unwrap_err()));
        // A list is a hop for its elements.
        w.set_tree(&tree(129)).unwrap();
        assert!(is_too_deep(&w.set_tree(&tree(130)).unwrap_err()));
        assert_eq!(r.tree().load().unwrap(), tree(129));
        r.pin().unwrap().verify().unwrap();
        assert_eq!(r.snapshot().unwrap(), w.snapshot().unwrap());
        drop(w);
        let mut w = MarketWriter::create_at(&place.path).unwrap();
        w.publish(&Market::default()).unwrap();
        assert_eq!(w.file().stats().leaked, 0, "all of it was found again");
    };
    thread::Builder::new().stack_size(2 << 20).spawn(deep).unwrap().join().unwrap();
}

#[test]
fn zeros_of_lists_and_boxes_load_within_what_may_be_loaded() {
    let (_place, mut w, r) = pair();
    // Each element is zeros, of which a box of zeros has nothing in the file.
    w.pairs_mut().resize(10_000, (0, &Tree::default())).unwrap();
    assert_eq!(r.pairs().load().unwrap().len(), 10_000);
    let small = MarketReader::options().path(&_place.path).max_load(100_000).open().unwrap();
    let refused = small.pairs().load();
    assert!(matches!(refused, Err(ReadError::TooLarge { max: 100_000, .. })), "{refused:?}");
    assert_eq!(small.pairs().len().unwrap(), 10_000);
    assert_eq!(small.pairs().get(9999).unwrap(), Some((0, Tree::default())));
}

mod elsewhere {
    //! What another program would declare: its own names, the same fields.
    use commy::{Growable, create_reader};

    #[derive(Debug, PartialEq, Growable)]
    pub(crate) struct Branch {
        pub(crate) value: u64,
        pub(crate) children: Vec<Branch>,
    }

    #[derive(Debug, PartialEq, Growable)]
    pub(crate) struct Deal {
        pub(crate) who: String,
        pub(crate) lots: u32,
    }

    #[create_reader(filename = "small.bin", growable, name = "OtherReader")]
    #[derive(Debug, PartialEq)]
    pub(crate) struct Other {
        pub(crate) pairs: Vec<(u8, Branch)>,
        pub(crate) books: Vec<Vec<Deal>>,
        /// There it is a `Duration` that is stored as such a number.
        pub(crate) pause: u64,
    }
}

#[create_writer(filename = "small.bin", growable)]
struct Small {
    pairs: Vec<(u8, Tree)>,
    books: Vec<Vec<Trade>>,
    #[commy(as = Millis)]
    pause: Duration,
}

#[test]
fn programs_agree_by_fields_and_not_by_names() {
    let (_directory, path) = support::place("small.bin");
    let mut w = SmallWriter::create_at(&path).unwrap();
    w.pairs_mut().push((3, &Tree { value: 1, children: vec![leaf(2)] })).unwrap();
    w.books_mut().push(&[trade("a", 1)]).unwrap();
    w.set_pause(&Duration::from_secs(2)).unwrap();
    let found = elsewhere::OtherReader::open_at(&path).unwrap().snapshot().unwrap();
    assert_eq!((found.pairs[0].0, found.pairs[0].1.children[0].value), (3, 2));
    assert_eq!((found.books[0][0].who.as_str(), found.pause), ("a", 2000));
}

/// Contains itself through a tuple.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Node {
    children: Vec<(u8, Node)>,
}

#[create_writer(filename = "through.bin", growable)]
struct Through {
    list: Vec<(u16, Node)>,
}

fn schema_text(path: &std::path::Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let (at, len) = (
        support::format::offset(&bytes, support::format::header::SCHEMA),
        support::format::offset(&bytes, support::format::header::SCHEMA_LEN),
    );
    let text = core::str::from_utf8(&bytes[at..at + len]).unwrap();
    text.into()
}

#[test]
fn recursion_through_a_tuple_names_the_struct_and_not_the_tuple() {
    let (_directory, path) = support::place("small.bin");
    drop(SmallWriter::create_at(&path).unwrap());
    let text = schema_text(&path);
    // From the children up: the first object around them is the tree itself.
    assert!(text.contains(r#""levels":1"#) && !text.contains(r#""levels":2"#), "{text}");
    let (_directory, path) = support::place("through.bin");
    let mut w = ThroughWriter::create_at(&path).unwrap();
    let inner = Node { children: vec![(2, Node::default())] };
    w.list_mut().push((1, &inner)).unwrap();
    assert_eq!(w.list_mut().load().unwrap(), [(1, inner)]);
    let text = schema_text(&path);
    // The tuple around it, and then the node.
    assert!(text.contains(r#""levels":2"#) && !text.contains(r#""levels":1"#), "{text}");
}

#[test]
fn views_can_be_sent_and_shared() {
    fn check<T: Send + Sync>() {}
    check::<MarketView<'static>>();
    check::<MarketReader>();
    check::<commy::growable::VecRef<'static, u64>>();
}

#[test]
fn a_pinned_state_of_its_own_lets_a_writer_walk_and_change() {
    let (_place, mut w, r) = pair();
    w.publish(&full()).unwrap();
    let own = r.into_pinned().unwrap();
    for trades in own.books().iter().rev() {
        if trades.unwrap().get(1).unwrap().unwrap().lots().unwrap() >= 10 {
            w.books_mut().pop().unwrap();
        }
    }
    assert_eq!((w.books().len().unwrap(), own.books().len().unwrap()), (10, 20));
}
