//! Elements appended to a block in place, four bits each; the root is how many there are.

use super::*;

#[derive(Clone, Copy, PartialEq)]
enum Append {
    /// The whole word, before the generation that reaches it.
    InPlace,
    /// After that generation.
    Late,
    /// Without the elements that are there, and then with them.
    InTwoStores,
    /// After the last element was taken off again, over what an earlier generation reaches.
    OverExposed,
}

fn append(how: Append) {
    beside(
        move || {
            move |heap: &Heap| {
                let word = &heap.blocks[0][0];
                let set = |value| word.store(value, Ordering::Relaxed);
                let publish = |generation, len| {
                    publish::<All>(heap, generation, |payload| {
                        payload[0].store(len, Ordering::Relaxed);
                    });
                };
                match how {
                    Append::Late => {
                        publish(2, 2);
                        return set(0x21);
                    }
                    Append::InTwoStores => set(0x20),
                    _ => {}
                }
                set(0x21);
                publish(2, 2);
                if how == Append::OverExposed {
                    publish(3, 1);
                    set(0x31);
                    publish(4, 2);
                }
            }
        },
        |heap| {
            let copy = |payload: &[AtomicU64]| payload[0].load(Ordering::Relaxed);
            let walk = |_: u64, len: &u64| (*len, heap.blocks[0][0].load(Ordering::Relaxed));
            // Generation 1 has the root 0 here: the one element that was there before.
            let read = read_unpinned::<All, _, _>(&**heap, heap.words(), 1, copy, walk);
            let Ok((generation, (len, word))) = read else { return };
            assert_eq!(word & 15, 1, "an element that was there is gone");
            if len == 2 {
                let expected = if generation == 4 { 3 } else { 2 };
                assert_eq!(word >> 4, expected, "an element of another generation");
            }
        },
    );
}

#[test]
fn elements_are_appended_where_no_generation_reaches() {
    append(Append::InPlace);
}

#[test]
#[should_panic(expected = "an element of another generation")]
fn an_element_that_is_appended_after_its_generation_is_missing() {
    append(Append::Late);
}

#[test]
#[should_panic(expected = "an element that was there is gone")]
fn a_word_that_is_stored_in_two_steps_is_seen_between_them() {
    append(Append::InTwoStores);
}

#[test]
#[should_panic(expected = "an element of another generation")]
fn an_element_that_a_generation_reaches_is_not_overwritten() {
    append(Append::OverExposed);
}
