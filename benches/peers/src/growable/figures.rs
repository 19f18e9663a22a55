//! What was measured, what was wanted, and the tables of it.

use core::fmt::Write as _;

use super::stage::Operation;

/// The libraries beside commy, in the order of the columns.
pub const PEERS: [&str; 5] = ["LMDB", "redb", "sanakirja", "rkyv + mmap-sync", "std"];

/// One operation on tables of one size, in nanoseconds for each library.
#[derive(Debug, Clone)]
pub struct Row {
    pub kind: &'static str,
    /// The name of the kind in file names.
    pub file: &'static str,
    pub operation: Operation,
    pub len: usize,
    pub times: Vec<(&'static str, f64)>,
    /// What the time may be, as a multiple of that of a library.
    pub wanted: &'static [(&'static str, f64)],
}

impl Row {
    /// The time of a library.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<f64> {
        self.times.iter().find(|(library, _)| *library == name).map(|(_, time)| *time)
    }

    fn line(&self) -> String {
        let commy = self.time("commy").unwrap();
        let mut line = format!(
            "| {} | {} | {} |",
            self.operation.name(),
            grouped(self.len),
            Unit::Time.show(commy)
        );
        for peer in PEERS {
            let _ = match self.time(peer) {
                Some(time) => write!(line, " {} ({:.2}x) |", Unit::Time.show(time), commy / time),
                None => write!(line, " |"),
            };
        }
        let limits = self.wanted.iter().filter_map(|(peer, most)| {
            let ratio = commy / self.time(peer)?;
            Some((format!("{most}x {peer}"), verdict(ratio, *most)))
        });
        let (wanted, verdicts): (Vec<_>, Vec<_>) = limits.unzip();
        let _ = write!(line, " {} | {} |", wanted.join(", "), verdicts.join(", "));
        line
    }
}

/// Whether a figure is as wanted, else by how much it is not.
fn verdict(found: f64, most: f64) -> String {
    if found <= most {
        String::from("met")
    } else {
        format!("missed by {:.0} %", 100.0 * (found / most - 1.0))
    }
}

/// A line per operation and size, of one kind of table.
#[must_use]
pub fn rows_table(rows: &[Row]) -> String {
    let mut table = String::from("| operation | entries | commy |");
    for peer in PEERS {
        let _ = write!(table, " {peer} |");
    }
    table.push_str(" wanted | |\n|---|--:|--:|");
    table.push_str(&"--:|".repeat(PEERS.len()));
    table.push_str("---|---|");
    for row in rows {
        let _ = write!(table, "\n{}", row.line());
    }
    table
}

/// How many times as long as LMDB commy takes, at each of the sizes: a line per operation, a column per
/// kind.
#[must_use]
pub fn summary_table(rows: &[&Row]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    let mut operations: Vec<Operation> = Vec::new();
    let mut lens: Vec<usize> = Vec::new();
    for row in rows {
        let news = [!kinds.contains(&row.kind), !operations.contains(&row.operation)];
        kinds.extend(news[0].then_some(row.kind));
        operations.extend(news[1].then_some(row.operation));
        lens.extend((!lens.contains(&row.len)).then_some(row.len));
    }
    operations.sort_unstable();
    let sizes = lens.iter().map(|len| grouped(*len)).collect::<Vec<_>>().join("; ");
    let mut table = format!("| times LMDB, of {sizes} |");
    kinds.iter().for_each(|kind| table.push_str(&format!(" `{kind}` |")));
    table.push_str(&format!("\n|---|{}", "--:|".repeat(kinds.len())));
    for operation in operations {
        let _ = write!(table, "\n| {} |", operation.name());
        for kind in &kinds {
            let ratio = |len: &usize| {
                let row = rows.iter().find(|row| {
                    row.kind == *kind && row.operation == operation && row.len == *len
                })?;
                Some(format!("{:.2}", row.time("commy")? / row.time("LMDB")?))
            };
            let ratios: Vec<_> = lens.iter().filter_map(ratio).collect();
            let _ = write!(table, " {} |", ratios.join("; "));
        }
    }
    table
}

/// What a number counts.
#[derive(Debug, Clone, Copy)]
pub enum Unit {
    /// Nanoseconds.
    Time,
    Bytes,
    Percent,
    /// How many times as much as something that the figure names.
    Times,
    Rate,
    Count,
}

impl Unit {
    /// The number with its unit.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match (self, value) {
            (Self::Time, ..1e3) => format!("{value:.1} ns"),
            (Self::Time, ..1e6) => format!("{:.2} us", value / 1e3),
            (Self::Time, ..1e9) => format!("{:.2} ms", value / 1e6),
            (Self::Time, _) => format!("{:.2} s", value / 1e9),
            (Self::Bytes, ..1e3) => format!("{value:.1} B"),
            (Self::Bytes, ..1e6) => format!("{:.1} KiB", value / 1024.0),
            (Self::Bytes, _) => format!("{:.2} MiB", value / 1_048_576.0),
            (Self::Percent, _) => format!("{value:.4} %"),
            (Self::Times, _) => format!("{value:.2}x"),
            (Self::Rate, _) => format!("{value:.0}/s"),
            (Self::Count, _) => grouped(value as usize),
        }
    }
}

/// What a figure may be.
#[derive(Debug, Clone, Copy)]
pub enum Wanted {
    /// Nothing was asked for.
    Any,
    AtMost(f64),
    /// A multiple of the figure beside it.
    OfOther(f64),
}

/// One number that is no row of a table.
#[derive(Debug, Clone)]
pub struct Figure {
    pub what: String,
    pub unit: Unit,
    pub commy: f64,
    /// Who else was measured, and what it has.
    pub others: Vec<(&'static str, f64)>,
    pub wanted: Wanted,
}

impl Figure {
    /// A figure of commy alone.
    #[must_use]
    pub fn alone(what: impl Into<String>, unit: Unit, commy: f64, wanted: Wanted) -> Self {
        Self { what: what.into(), unit, commy, others: Vec::new(), wanted }
    }

    /// A figure beside others, of which the first is what is wanted measured by.
    #[must_use]
    pub fn beside(
        what: impl Into<String>,
        unit: Unit,
        commy: f64,
        others: Vec<(&'static str, f64)>,
        wanted: Wanted,
    ) -> Self {
        Self { what: what.into(), unit, commy, others, wanted }
    }

    fn line(&self) -> String {
        let others = self.others.iter().map(|(name, value)| {
            format!("{name} {} ({:.2}x)", self.unit.show(*value), self.commy / value)
        });
        let others = others.collect::<Vec<_>>().join(", ");
        let (wanted, verdict) = match (self.wanted, self.others.first()) {
            (Wanted::AtMost(most), _) => (self.unit.show(most), verdict(self.commy, most)),
            (Wanted::OfOther(most), Some((name, other))) => {
                (format!("{most}x {name}"), verdict(self.commy / other, most))
            }
            _ => (String::new(), String::new()),
        };
        let commy = self.unit.show(self.commy);
        format!("| {} | {commy} | {others} | {wanted} | {verdict} |", self.what)
    }
}

/// A line per figure.
#[must_use]
pub fn figures_table(figures: &[Figure]) -> String {
    let mut table = String::from("| | commy | beside | wanted | |\n|---|--:|---|--:|---|");
    for figure in figures {
        let _ = write!(table, "\n{}", figure.line());
    }
    table
}

/// A number with spaces between its thousands.
#[must_use]
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(commy: f64) -> Row {
        Row {
            kind: "Map",
            file: "map",
            operation: Operation::GetView,
            len: 100_000,
            times: vec![("commy", commy), ("LMDB", 100.0), ("std", 50.0)],
            wanted: &[("LMDB", 0.5), ("redb", 0.1), ("std", 1.5)],
        }
    }

    #[test]
    fn a_row_says_what_was_wanted_and_by_how_much_it_is_missed() {
        assert!(rows_table(&[row(50.0)]).ends_with("| 0.5x LMDB, 1.5x std | met, met |"));
        let missed = rows_table(&[row(100.0)]);
        assert!(missed.ends_with("| 0.5x LMDB, 1.5x std | missed by 100 %, missed by 33 % |"));
        assert!(missed.contains("| 100 000 | 100.0 ns | 100.0 ns (1.00x) | | | |"));
    }

    #[test]
    fn a_summary_has_each_size_of_each_kind() {
        let (small, large) = (row(50.0), Row { len: 1_000_000, ..row(200.0) });
        let other = Row { kind: "Set", operation: Operation::Insert, ..row(100.0) };
        let table = summary_table(&[&small, &large, &other]);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines[0], "| times LMDB, of 100 000; 1 000 000 | `Map` | `Set` |");
        assert_eq!(lines[2], "| insert all in one transaction, each |  | 1.00 |");
        assert_eq!(lines[3], "| get, in one view | 0.50; 2.00 |  |");
    }

    #[test]
    fn a_figure_is_measured_by_the_first_beside_it() {
        let others = vec![("LMDB", 10.0), ("redb", 40.0)];
        let figure = Figure::beside("get", Unit::Time, 20.0, others, Wanted::OfOther(1.0));
        let line = figure.line();
        assert!(line.ends_with("| 1x LMDB | missed by 100 % |"), "{line}");
        assert!(line.contains("redb 40.0 ns (0.50x)"));
        let alone = Figure::alone("pin", Unit::Time, 999.0, Wanted::AtMost(1000.0));
        assert!(alone.line().ends_with("| 1.00 us | met |"), "{}", alone.line());
    }
}
