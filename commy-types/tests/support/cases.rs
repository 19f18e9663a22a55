//! Tables of the cases of other suites, and which tests here stand for them.
#![allow(clippy::indexing_slicing, reason = "a failed test may panic")]

/// Checks that each row of the tables names a test that is in one of the sources, or says in brackets
/// why there is none; and that each test of the first source stands in a row.
#[track_caller]
pub(crate) fn check(tables: &[&str], source: &str, beside: &str) {
    let mut named = Vec::new();
    for row in tables.iter().flat_map(|table| table.lines()).filter(|line| line.starts_with("| `"))
    {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 2, "a case and a verdict: {row}");
        if let Some(reason) = cells[1].strip_prefix('(') {
            assert!(reason.len() > 10 && reason.ends_with(')'), "{row}");
            continue;
        }
        for name in cells[1].split(", ").map(|name| name.trim_matches('`')) {
            let head = format!("fn {name}(");
            assert!(source.contains(&head) || beside.contains(&head), "no such test: {row}");
            named.push(name);
        }
    }
    assert!(named.len() > 20, "only {} rows name a test", named.len());
    let tests = source.split("#[test]\nfn ").skip(1);
    for test in tests.filter_map(|test| test.split_once("()").map(|(name, _)| name)) {
        let is_about_this =
            test == "every_case_has_its_test" || test == "the_states_are_all_there_are";
        assert!(is_about_this || named.contains(&test), "`{test}` is in no row");
    }
}
