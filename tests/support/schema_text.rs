//! Files with other schema texts than they should have: what a test, or a fuzzer, makes of a valid file.
#![allow(dead_code, unreachable_pub, reason = "a module of a test and of a fuzz target")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use crate::format::{self, PAGE, file, header};

/// Files with longer texts are refused before these are read.
pub const LONGEST: usize = 4 << 20;

/// The file with this schema text, under a header that says that it is another record's: only then the
/// text is read.
pub fn with_schema(good: &[u8], text: &[u8]) -> Vec<u8> {
    let slots = format::offset(good, header::SLOTS);
    let mut bytes = good[..file::SCHEMA].to_vec();
    bytes.extend_from_slice(text);
    bytes.resize(bytes.len().next_multiple_of(PAGE), 0);
    let moved = bytes.len();
    bytes.extend_from_slice(&good[slots..]);
    let mut put = |at: usize, number: usize| {
        bytes[at..at + 8].copy_from_slice(&(number as u64).to_le_bytes());
    };
    put(header::SCHEMA_LEN, text.len());
    for at in [header::SLOTS, header::HEAP, header::FILE_LEN, file::FILE_LEN] {
        put(at, format::offset(good, at) + moved - slots);
    }
    bytes[header::FINGERPRINT] ^= 1;
    format::repair(&mut bytes);
    bytes
}

/// A text of kinds within each other, two bytes for each step inwards, or for many of the same.
///
/// The record has room for what begins with it, and most kinds for what is in them, so that it is read to
/// the end.
pub fn nested(input: &[u8]) -> Vec<u8> {
    let mut text = String::from(
        r#"{"commy":1,"growable":1,"prefix":16,"kind":"struct","size":4096,"align":16,"fields":["#,
    );
    text.push_str(r#"{"name":"f","offset":16,"size":24,"type":"#);
    let mut open = vec!["}]}"];
    let (steps, rest) = input.as_chunks::<2>();
    for [kind, number] in steps {
        let times = 1_usize << (2 * (kind >> 5));
        for _ in 0..times {
            let (begin, end) = step(kind & 31, *number);
            if text.len() + begin.len() > LONGEST {
                break;
            }
            text.push_str(&begin);
            open.push(end);
        }
    }
    let leaf = match rest {
        [0..32] => r#"{"kind":"text","size":16}"#,
        [32..64] => r#"{"kind":"bytes","size":16}"#,
        [64..96] => r#"{"kind":"coded","size":16,"codec":"json","name":"T"}"#,
        [96..128] => r#"{"kind":"outer","levels":1}"#,
        // What is opened is never closed.
        [128..160] => return text.into_bytes(),
        _ => r#""u64""#,
    };
    text.push_str(leaf);
    while let Some(end) = open.pop() {
        text.push_str(end);
    }
    text.into_bytes()
}

/// How a step begins and ends, of which there is a number.
fn step(kind: u8, number: u8) -> (String, &'static str) {
    let begin = match kind {
        0 => format!(r#"{{"kind":"list","size":16,"stride":{number},"item":"#),
        1 => format!(r#"{{"kind":"deque","size":24,"stride":{number},"item":"#),
        2 => String::from(r#"{"kind":"box","size":8,"item":"#),
        3 => format!(r#"{{"kind":"optional","size":{number},"value_at":8,"item":"#),
        4 => format!(r#"{{"kind":"array","capacity":{number},"stride":8,"item":"#),
        5 => String::from(r#"{"kind":"map","size":16,"order":"natural","key":"u64","value":"#),
        6 => String::from(r#"{"kind":"map","size":24,"order":"hash","value":"u64","key":"#),
        7 => String::from(r#"{"kind":"set","size":24,"order":"hash","key":"#),
        8 => String::from(r#"{"kind":"set","size":16,"order":"user","key":"#),
        9 => String::from(r#"{"kind":"list","size":16,"stride":24,"item":"#),
        10 => {
            return (
                String::from(
                    r#"{"kind":"struct","size":24,"align":8,"fields":[{"name":"a","offset":0,"size":24,"type":"#,
                ),
                "}]}",
            );
        }
        11 => {
            return (
                format!(
                    r#"{{"kind":"variant","size":32,"tag":"u8","variants":{{"A":{{"tag":0,"fields":[]}},"B":{{"tag":{number},"fields":[{{"name":"b","offset":8,"size":24,"type":"#
                ),
                "}]}}}",
            );
        }
        12 => {
            let text = format!(
                r#"{{"kind":"struct","size":24,"align":8,"fields":[{{"name":"t","offset":0,"size":8,"type":{{"kind":"outer","levels":{number}}}}},{{"name":"a","offset":8,"size":16,"type":"#
            );
            return (text, "}]}");
        }
        13 => format!(r#"{{"kind":"{number}","item":"#),
        14 => {
            let text =
                format!(r#"{{"kind":"enum","repr":"u8","variants":{{"A":0,"B":{number}}},"x":"#);
            return (text, "}");
        }
        15 => return (String::from("["), "]"),
        16 => return (format!(r#"{{"{number}":"#), "}"),
        17 => return (format!("{number},"), ""),
        18 => return (String::from(r#"{"kind":"text","kind":"list","size":16,"item":"#), "}"),
        _ => format!(r#"{{"kind":"option","tag":8,"data":{number},"item":"#),
    };
    (begin, "}")
}
