//! What suites of other deques and rings ask, asked of `FixedDeque` in every state of its ends.
//!
//! Which test is for which case, and which cases do not apply, say the tables in `tests/cases`.
#![allow(clippy::std_instead_of_core, reason = "a test has the standard library")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/cases.rs"]
mod cases;
mod support;

use std::collections::VecDeque;
use std::ops::ControlFlow;

use commy_types::{CapacityError, FixedDeque, FixedString, InvalidReason, Mappable};
use support::{Outcome, hash_of, outcome};

/// How many cells the rings below have.
const CELLS: usize = 6;

type Ring = FixedDeque<u32, CELLS>;
type Twin = VecDeque<u32>;

/// Each number of elements behind each head, with std's twin. An empty ring has one state: its head is 0.
fn states() -> impl Iterator<Item = (Ring, Twin)> {
    (0..CELLS).flat_map(|head| (0..=CELLS).map(move |len| (head, len))).map(|(head, len)| {
        let mut ring = Ring::new();
        // One stays while the head moves, or an empty ring would begin anew.
        ring.push_back(0).unwrap();
        for _ in 0..head {
            ring.push_back(0).unwrap();
            ring.pop_front().unwrap();
        }
        let elements: Vec<u32> = (0..len as u32).map(|number| number * 10 + 1).collect();
        elements.iter().for_each(|number| {
            let _ = ring.push_over(*number);
        });
        while ring.len() > len || ring.front().is_some_and(|first| *first == 0) {
            ring.pop_front().unwrap();
        }
        while ring.len() < len {
            ring.push_front(elements[len - ring.len() - 1]).unwrap();
        }
        (ring, elements.into())
    })
}

/// That the ring has the elements of the twin, and zeros in every other cell.
#[track_caller]
fn same(ring: &Ring, twin: &Twin) {
    assert_eq!(ring, twin);
    let bytes = bytemuck::bytes_of(ring);
    Ring::check(bytes).unwrap();
    let cells: &[u32] = bytemuck::cast_slice(&bytes[8..]);
    let mut held: Vec<u32> = cells.iter().copied().filter(|cell| *cell != 0).collect();
    let mut expected: Vec<u32> = twin.iter().copied().filter(|number| *number != 0).collect();
    held.sort_unstable();
    expected.sort_unstable();
    assert_eq!(held, expected, "what has left, or was never there, is in a cell");
}

#[test]
fn the_states_are_all_there_are() {
    let found: std::collections::BTreeSet<[u8; 8]> =
        states().map(|(ring, _)| bytemuck::bytes_of(&ring)[..8].try_into().unwrap()).collect();
    assert_eq!(found.len(), 1 + CELLS * CELLS, "an empty one, and each length behind each head");
    states().for_each(|(ring, twin)| same(&ring, &twin));
}

#[test]
fn a_full_deque_takes_nothing_at_either_end_and_an_emptied_one_begins_anew() {
    for (ring, twin) in states() {
        let mut full = ring;
        while full.len() < CELLS {
            full.push_front(7).unwrap();
        }
        let before = full;
        let refused = Err(CapacityError { needed: CELLS + 1, capacity: CELLS });
        assert!(full.is_full());
        assert_eq!((full.push_back(9), full.push_front(9)), (refused, refused));
        assert_eq!(bytemuck::bytes_of(&full), bytemuck::bytes_of(&before), "it has changed");

        for from_the_front in [true, false] {
            let (mut ring, mut twin) = (ring, twin.clone());
            while !twin.is_empty() {
                match from_the_front {
                    true => assert_eq!(ring.pop_front(), twin.pop_front()),
                    false => assert_eq!(ring.pop_back(), twin.pop_back()),
                }
                assert_eq!((ring.len(), ring.is_empty()), (twin.len(), twin.is_empty()));
                same(&ring, &twin);
            }
            assert_eq!((ring.pop_front(), ring.pop_back()), (None, None));
            assert!(bytemuck::bytes_of(&ring).iter().all(|byte| *byte == 0));
        }
    }
}

#[test]
fn the_ends_are_what_was_left_and_may_be_changed() {
    for (mut ring, mut twin) in states() {
        assert_eq!((ring.front(), ring.back()), (twin.front(), twin.back()));
        if let Some(first) = ring.front_mut() {
            *first += 3;
            *twin.front_mut().unwrap() += 3;
        }
        if let Some(last) = ring.back_mut() {
            *last += 5;
            *twin.back_mut().unwrap() += 5;
        }
        assert_eq!(ring.front_mut(), twin.front_mut());
        assert_eq!(ring.back_mut(), twin.back_mut());
        same(&ring, &twin);
        // What is not there is none, at the place where a cell is, too.
        for index in 0..CELLS + 2 {
            assert_eq!(ring.get(index), twin.get(index));
            assert_eq!(ring.get_mut(index), twin.get_mut(index));
        }
        assert_eq!(ring.get(usize::MAX), None);
        assert_eq!(ring.get_mut(usize::MAX), None);
        assert!(matches!(outcome(|| Ok(ring[twin.len()])), Outcome::Panicked(_)));
    }
}

#[test]
fn elements_are_added_by_reference_while_there_is_room() {
    for (ring, twin) in states() {
        for more in 0..=CELLS {
            let (mut ring, mut twin) = (ring, twin.clone());
            let added: Vec<u32> = (0..more as u32).map(|number| 500 + number).collect();
            if twin.len() + more <= CELLS {
                ring.extend(&added);
                twin.extend(&added);
                same(&ring, &twin);
            } else {
                let found = outcome(|| {
                    let _: () = ring.extend(&added);
                    Ok(())
                });
                assert!(matches!(found, Outcome::Panicked(_)), "{found:?}");
                // What came before the one that did not fit is there, as in a vector.
                assert!(ring.iter().take(twin.len()).eq(&twin));
            }
        }
    }
}

#[test]
fn iterators_give_each_element_once_from_either_end() {
    for (mut ring, mut twin) in states() {
        let (mut ours, mut theirs) = (ring.iter(), twin.iter());
        // Front and back in turns, until they have met.
        for turn in 0..CELLS + 2 {
            assert_eq!((ours.len(), ours.size_hint()), (theirs.len(), theirs.size_hint()));
            match turn % 3 {
                0 => assert_eq!(ours.next(), theirs.next()),
                _ => assert_eq!(ours.next_back(), theirs.next_back()),
            }
        }
        assert!(ring.iter().rev().eq(twin.iter().rev()));
        assert!(ring.iter_mut().rev().eq(twin.iter_mut().rev()));
        ring.iter_mut().zip(0..).for_each(|(place, number)| *place += number);
        twin.iter_mut().zip(0..).for_each(|(place, number)| *place += number);
        same(&ring, &twin);
        let mut moved = ring.into_iter();
        for left in (0..twin.len()).rev() {
            let (next, expected) = match left % 2 {
                0 => (moved.next(), twin.pop_front()),
                _ => (moved.next_back(), twin.pop_back()),
            };
            assert_eq!((next, moved.len()), (expected, left));
        }
        assert_eq!((moved.next(), moved.next_back(), moved.len()), (None, None, 0));
    }
}

#[test]
fn a_fold_ends_where_it_says_and_the_iterator_goes_on_behind() {
    for (ring, twin) in states() {
        for stop in 0..=twin.len() as u32 {
            let until = |sum: u32, number: &u32| match *number == stop * 10 + 1 {
                true => ControlFlow::Break(sum),
                false => ControlFlow::Continue(sum + number),
            };
            let (mut ours, mut theirs) = (ring.iter(), twin.iter());
            assert_eq!(ours.try_fold(0, until), theirs.try_fold(0, until));
            assert!(ours.eq(theirs));
            let (mut ours, mut theirs) = (ring.iter(), twin.iter());
            assert_eq!(ours.try_rfold(0, until), theirs.try_rfold(0, until));
            assert!(ours.eq(theirs));
        }
        assert_eq!(
            ring.iter().fold(1, |all, one| all * 3 + one),
            twin.iter().fold(1, |all, one| all * 3 + one)
        );
        for skipped in 0..CELLS + 1 {
            let (mut ours, mut theirs) = (ring.iter(), twin.iter());
            assert_eq!((ours.nth(skipped), ours.next()), (theirs.nth(skipped), theirs.next()));
            let (mut ours, mut theirs) = (ring.iter(), twin.iter());
            assert_eq!(
                (ours.nth_back(skipped), ours.next_back()),
                (theirs.nth_back(skipped), theirs.next_back())
            );
        }
    }
}

#[test]
fn the_slices_are_two_where_the_ring_goes_around() {
    let mut ring = FixedDeque::<u8, 4>::new();
    let mut after = |pushed: &[u8], first: &[u8], second: &[u8]| {
        ring.extend_over(pushed.iter().copied());
        assert_eq!(ring.as_slices(), (first, second));
        assert_eq!(ring.as_mut_slices(), (&mut first.to_vec()[..], &mut second.to_vec()[..]));
    };
    after(&[], &[], &[]);
    after(&[1], &[1], &[]);
    after(&[2, 3, 4], &[1, 2, 3, 4], &[]);
    after(&[5, 6], &[3, 4], &[5, 6]);
    after(&[7], &[4], &[5, 6, 7]);
    after(&[8], &[5, 6, 7, 8], &[]);
    after(&[1, 2, 3, 4, 5, 6], &[3, 4], &[5, 6]);
}

#[test]
fn a_ring_that_was_made_contiguous_goes_on_at_both_ends() {
    for (ring, twin) in states() {
        let (mut ring, mut twin) = (ring, twin);
        assert_eq!(ring.make_contiguous(), twin.make_contiguous());
        assert_eq!(ring.as_slices(), twin.as_slices());
        same(&ring, &twin);
        // As far as both ends can go: each cell is used by each of them.
        for number in 100..100 + 2 * CELLS as u32 {
            if twin.len() == CELLS {
                twin.pop_front();
            }
            twin.push_back(number);
            ring.push_over(number);
            same(&ring, &twin);
        }
        for number in 200..200 + 2 * CELLS as u32 {
            twin.pop_back();
            twin.push_front(number);
            ring.pop_back();
            ring.push_front(number).unwrap();
            same(&ring, &twin);
        }
    }
}

#[test]
fn each_index_is_changed_as_in_std() {
    for (ring, twin) in states() {
        for index in 0..=twin.len() {
            if twin.len() < CELLS {
                let (mut ring, mut twin) = (ring, twin.clone());
                ring.insert(index, 99).unwrap();
                twin.insert(index, 99);
                same(&ring, &twin);
            }
            let (mut one, mut other, mut third) = (ring, ring, ring);
            let (mut std_one, mut std_other, mut std_third) =
                (twin.clone(), twin.clone(), twin.clone());
            assert_eq!(one.remove(index), std_one.remove(index));
            assert_eq!(other.swap_remove_back(index), std_other.swap_remove_back(index));
            assert_eq!(third.swap_remove_front(index), std_third.swap_remove_front(index));
            same(&one, &std_one);
            same(&other, &std_other);
            same(&third, &std_third);

            let (mut front, mut std_front) = (ring, twin.clone());
            let (back, std_back) = (front.split_off(index), std_front.split_off(index));
            same(&front, &std_front);
            same(&back, &std_back);
            for swapped in 0..twin.len().min(index) {
                let (mut ring, mut twin) = (ring, twin.clone());
                if index < twin.len() {
                    ring.swap(index, swapped);
                    twin.swap(index, swapped);
                    ring.swap(index, index);
                    same(&ring, &twin);
                }
            }
        }
        // Behind the last element, where there is a cell all the same.
        let mut kept = ring;
        assert_eq!(
            (
                kept.remove(twin.len()),
                kept.swap_remove_back(CELLS),
                kept.swap_remove_front(usize::MAX)
            ),
            (None, None, None)
        );
        for beyond in [twin.len(), CELLS, usize::MAX] {
            assert!(matches!(
                outcome(|| {
                    let _: () = kept.swap(0, beyond);
                    Ok(())
                }),
                Outcome::Panicked(_)
            ));
            assert!(
                beyond == twin.len()
                    || matches!(
                        outcome(|| kept.insert(beyond + usize::from(beyond < usize::MAX), 1)),
                        Outcome::Panicked(_)
                    )
            );
        }
        same(&kept, &twin);
    }
}

#[test]
fn each_range_is_drained_walked_and_rotated_as_in_std() {
    for (ring, twin) in states() {
        for from in 0..=twin.len() {
            for to in from..=twin.len() {
                assert!(ring.range(from..to).eq(twin.range(from..to)));
                let (mut ring, mut twin) = (ring, twin.clone());
                ring.range_mut(from..to).for_each(|number| *number += 2);
                twin.range_mut(from..to).for_each(|number| *number += 2);
                assert!(ring.drain(from..to).eq(twin.drain(from..to)));
                same(&ring, &twin);
            }
            let (mut left, mut std_left) = (ring, twin.clone());
            left.rotate_left(from);
            std_left.rotate_left(from);
            same(&left, &std_left);
            let (mut right, mut std_right) = (ring, twin.clone());
            right.rotate_right(from);
            std_right.rotate_right(from);
            same(&right, &std_right);
        }
        let (mut kept, beyond) = (ring, twin.len() + 1);
        for call in [
            outcome(|| {
                let _: () = kept.rotate_left(beyond);
                Ok(())
            }),
            outcome(|| {
                let _: () = kept.rotate_right(beyond);
                Ok(())
            }),
            outcome(|| Ok(kept.drain(..beyond).count())),
            outcome(|| Ok(kept.range(beyond..).count())),
            outcome(|| Ok(kept.range(..=usize::MAX).count())),
            outcome(|| {
                Ok(kept
                    .range((std::ops::Bound::Excluded(usize::MAX), std::ops::Bound::Unbounded))
                    .count())
            }),
        ] {
            assert!(matches!(call, Outcome::Panicked(_)), "{call:?}");
        }
        same(&kept, &twin);
    }
}

#[test]
fn a_shorter_or_longer_one_has_zeros_in_what_it_does_not_use() {
    for (ring, twin) in states() {
        for len in 0..CELLS + 2 {
            let (mut short, mut std_short) = (ring, twin.clone());
            short.truncate(len);
            std_short.truncate(len);
            same(&short, &std_short);
            let (mut other, mut std_other) = (ring, twin.clone());
            match other.resize(len, 77) {
                Ok(()) => std_other.resize(len, 77),
                Err(error) => assert_eq!(error, CapacityError { needed: len, capacity: CELLS }),
            }
            same(&other, &std_other);
            let mut next = 0..;
            let (mut made, mut std_made) = (ring, twin.clone());
            if made.resize_with(len, || next.next().unwrap()).is_ok() {
                std_made.resize_with(len, {
                    let mut next = 0..;
                    move || next.next().unwrap()
                });
            }
            same(&made, &std_made);
        }
        // Elements stay by what they are, not by where they lie.
        for kept in [0b10_1010_u32, 0b00_0111, 0b11_1000, 0, !0] {
            let keeps = |number: &u32| kept >> (number / 10) & 1 == 1;
            let (mut ring, mut twin) = (ring, twin.clone());
            ring.retain(keeps);
            twin.retain(keeps);
            same(&ring, &twin);
        }
    }
}

#[test]
fn all_of_another_is_appended_or_nothing_in_every_state_of_both() {
    for (ring, twin) in states() {
        for (other, std_other) in states() {
            let (mut ring, mut twin) = (ring, twin.clone());
            let (mut other, mut std_other) = (other, std_other);
            if twin.len() + std_other.len() <= CELLS {
                ring.append(&mut other).unwrap();
                twin.append(&mut std_other);
            } else {
                let needed = twin.len() + std_other.len();
                assert_eq!(ring.append(&mut other), Err(CapacityError { needed, capacity: CELLS }));
            }
            same(&ring, &twin);
            same(&other, &std_other);
        }
    }
}

#[test]
fn deques_are_compared_by_their_elements_alone() {
    for (ring, twin) in states() {
        for (other, std_other) in states() {
            assert_eq!(ring == other, twin == std_other);
            assert_eq!(ring.cmp(&other), twin.cmp(&std_other));
            assert_eq!(hash_of(&ring) == hash_of(&other), twin == std_other);
        }
        let elements: Vec<u32> = twin.iter().copied().collect();
        assert_eq!(ring, elements);
        assert_eq!(ring, elements[..]);
        assert_ne!(ring, [1, 11, 21, 31, 41, 51, 61]);
        assert_eq!(format!("{ring:?} {ring:#?}"), format!("{twin:?} {twin:#?}"));
        assert_eq!(ring.contains(&11), twin.contains(&11));
        assert!(!ring.contains(&0), "a cell that is not in use is no element");
    }
}

#[test]
fn arrays_become_deques_if_they_fit_and_come_back() {
    assert_eq!(FixedDeque::<u8, 3>::try_from([1, 2, 3]).unwrap(), [1, 2, 3]);
    assert_eq!(FixedDeque::<u8, 3>::try_from([]).unwrap(), []);
    let refused = FixedDeque::<u8, 3>::try_from([1, 2, 3, 4]);
    assert_eq!(refused, Err(CapacityError { needed: 4, capacity: 3 }));
    for (ring, twin) in states().filter(|(ring, _)| ring.len() == 4) {
        assert_eq!(
            <[u32; 4]>::try_from(ring).unwrap().as_slice(),
            twin.iter().copied().collect::<Vec<_>>()
        );
        assert_eq!(<[u32; 3]>::try_from(ring).unwrap_err(), ring);
        assert_eq!(Vec::from(ring), Vec::from(twin.clone()));
        assert_eq!(VecDeque::from(ring), twin);
        same(&Ring::try_from(twin.clone()).unwrap(), &twin);
    }
}

#[test]
fn a_predicate_decides_about_each_end_and_may_change_it() {
    for (ring, twin) in states() {
        for limit in [0, 1, 21, 51, 1000] {
            let (mut front, mut std_front) = (ring, twin.clone());
            let due = |number: &mut u32| {
                *number += 1;
                *number > limit
            };
            // std's twins of these two are newer than what compiles this.
            let expected =
                std_front.front_mut().is_some_and(due).then(|| std_front.pop_front()).flatten();
            assert_eq!(front.pop_front_if(due), expected);
            same(&front, &std_front);
            let (mut back, mut std_back) = (ring, twin.clone());
            let expected =
                std_back.back_mut().is_some_and(due).then(|| std_back.pop_back()).flatten();
            assert_eq!(back.pop_back_if(due), expected);
            same(&back, &std_back);
        }
    }
}

/// A ring that never refuses, as for the latest of what is measured.
#[test]
fn what_is_pushed_over_is_the_newest_and_what_it_returns_was_the_oldest() {
    for (mut ring, mut twin) in states() {
        for number in 100..100 + 3 * CELLS as u32 {
            let oldest = if twin.len() == CELLS { twin.pop_front() } else { None };
            twin.push_back(number);
            assert_eq!(ring.push_over(number), oldest);
            assert_eq!((ring.back(), ring.front()), (Some(&number), twin.front()));
            same(&ring, &twin);
            for count in 0..CELLS + 2 {
                let skipped = twin.len().saturating_sub(count);
                assert!(ring.last(count).eq(twin.range(skipped..)));
                assert!(ring.last(count).rev().eq(twin.range(skipped..).rev()));
            }
        }
    }
}

#[test]
fn a_copy_is_as_the_original_and_goes_its_own_way() {
    for (ring, twin) in states() {
        let mut copy = ring;
        assert_eq!(bytemuck::bytes_of(&copy), bytemuck::bytes_of(&ring));
        copy.push_over(99);
        same(&ring, &twin);
        copy.clone_from(&ring);
        same(&copy, &twin);
        let mut other = Ring::literal(&[7, 8, 9]);
        other.pop_front();
        other.clone_from(&ring);
        same(&other, &twin);
    }
}

#[test]
fn searches_find_what_is_sorted_in_every_state() {
    for (ring, twin) in states() {
        for number in 0..62 {
            assert_eq!(ring.binary_search(&number), twin.binary_search(&number));
            assert_eq!(
                ring.binary_search_by(|it| it.cmp(&number)),
                twin.binary_search_by(|it| it.cmp(&number))
            );
            assert_eq!(
                ring.binary_search_by_key(&(number * 2), |it| it * 2),
                twin.binary_search_by_key(&(number * 2), |it| it * 2)
            );
            assert_eq!(
                ring.partition_point(|it| *it < number),
                twin.partition_point(|it| *it < number)
            );
        }
    }
}

/// Elements that take no room: there are as many as the numbers can count.
#[test]
fn elements_without_bytes_are_counted() {
    type Many = FixedDeque<[u8; 0], { u32::MAX as usize }>;
    assert_eq!(size_of::<Many>(), 8);
    let mut few = FixedDeque::<[u8; 0], 3>::new();
    assert!(few.push_back([]).is_ok() && few.push_front([]).is_ok() && few.push_over([]).is_none());
    assert!(few.is_full() && few.push_back([]).is_err());
    assert_eq!(
        (few.push_over([]), few.iter().len(), few.make_contiguous().len()),
        (Some([]), 3, 3)
    );
    assert_eq!(few.iter().try_fold(0, |count, _| Some(count + 1)), Some(3));
    assert_eq!(few.iter().try_fold(0, |_, _| None::<u8>), None);
    few.rotate_left(2);
    few.truncate(1);
    assert_eq!((few.pop_front(), few.pop_back()), (Some([]), None));

    // The largest head there is, and as many elements as there can be.
    let ends = (u64::from(u32::MAX) << 32 | u64::from(u32::MAX - 2)).to_le_bytes();
    Many::check(&ends).unwrap();
    let mut many: Many = bytemuck::cast(ends);
    assert_eq!((many.len(), many.is_full()), (u32::MAX as usize, true));
    assert!(many.push_back([]).is_err() && many.push_over([]).is_some());
    let head = |many: &Many| u32::from_le_bytes(bytemuck::bytes_of(many)[..4].try_into().unwrap());
    assert_eq!(head(&many), u32::MAX - 1, "the last cell");
    assert!(many.push_over([]).is_some());
    assert_eq!(head(&many), 0, "the first cell again");
    assert!(many.pop_back().is_some() && many.push_front([]).is_ok());
    assert_eq!((many.get(u32::MAX as usize - 1), many.get(u32::MAX as usize)), (Some(&[]), None));
}

#[test]
fn ends_that_cannot_be_are_refused_with_what_was_found() {
    let refused = |head: u32, len: u32| {
        let mut bytes = [0; size_of::<FixedDeque<bool, 3>>()];
        bytes[..4].copy_from_slice(&head.to_le_bytes());
        bytes[4..8].copy_from_slice(&len.to_le_bytes());
        FixedDeque::<bool, 3>::check(&bytes).err().map(|invalid| (invalid.offset, invalid.reason))
    };
    for (head, len) in [(0, 0), (0, 3), (2, 1), (2, 3)] {
        assert_eq!(refused(head, len), None);
    }
    let capacity = 3;
    for len in [4, 256, u32::MAX] {
        assert_eq!(
            refused(0, len),
            Some((4, InvalidReason::Length { found: len.into(), capacity }))
        );
        assert_eq!(refused(u32::MAX, len), refused(0, len));
    }
    for head in [3, 4, u32::MAX] {
        assert_eq!(refused(head, 1), Some((0, InvalidReason::Head { found: head, capacity })));
        assert_eq!(refused(head, 0), Some((0, InvalidReason::Head { found: head, capacity: 0 })));
    }
    assert_eq!(refused(1, 0), Some((0, InvalidReason::Head { found: 1, capacity: 0 })));
    // Who looks without a check sees a ring all the same.
    for ends in [[0xff; 8], [3, 0, 0, 0, 2, 0, 0, 0], [9, 0, 0, 0, 0, 0, 0, 0]] {
        let mut bytes = [1; size_of::<FixedDeque<u8, 3>>()];
        bytes[..8].copy_from_slice(&ends);
        let ring: FixedDeque<u8, 3> = bytemuck::pod_read_unaligned(&bytes);
        assert_eq!(ring.iter().count(), ring.len());
        assert!(ring.len() <= 3 && ring.get(3).is_none());
    }
}

#[test]
fn what_left_a_deque_of_text_left_no_byte_and_what_moved_is_whole() {
    type Lines = FixedDeque<FixedString<5>, 3>;
    let (mut lines, mut twin) = (Lines::new(), VecDeque::new());
    for number in 0..20 {
        let text: FixedString<5> = format!("n{number}").parse().unwrap();
        let oldest = if twin.len() == 3 { twin.pop_front() } else { None };
        twin.push_back(text);
        assert_eq!(lines.push_over(text), oldest);
        if number % 3 == 0 {
            assert_eq!(lines.remove(twin.len() / 2), twin.remove(twin.len() / 2));
        }
        Lines::check(bytemuck::bytes_of(&lines)).unwrap();
        assert_eq!(lines, twin);
    }
    assert_eq!(lines, ["n16", "n18", "n19"].map(|text| text.parse::<FixedString<5>>().unwrap()));
}

#[test]
fn every_case_has_its_test() {
    let source = include_str!("deque_cases.rs");
    let beside = include_str!("deque_conformance.rs");
    let tables = [include_str!("cases/heapless_deques.md"), include_str!("cases/vec_deque.md")];
    cases::check(&tables, source, beside);
}
