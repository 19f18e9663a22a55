//! Tables of the cases of std's own tests, and which of ours stand for them.
#![allow(clippy::indexing_slicing, reason = "a failed test may panic")]

/// Checks that each row of the table names a test that is in this source, or says in brackets why there
/// is none, and that each test of the source stands in a row.
#[track_caller]
pub(crate) fn check(table: &str, source: &str) {
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let mut named = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 2, "a case and a verdict: {row}");
        let verdict = cells[1];
        match verdict.strip_prefix('(') {
            Some(reason) => assert!(reason.len() > 10 && reason.ends_with(')'), "{row}"),
            None => {
                let name = verdict.trim_matches('`');
                assert!(source.contains(&format!("\nfn {name}() {{")), "no such test: {row}");
                named.push(name);
            }
        }
    }
    assert!(named.len() > 20, "only {} rows name a test", named.len());
    let tests = source.split("#[test]\nfn ").skip(1);
    for test in tests.filter_map(|test| test.split_once("()").map(|(name, _)| name)) {
        let is_this = test.starts_with("every_test_that");
        assert!(is_this || named.contains(&test), "`{test}` is in no row");
    }
}
