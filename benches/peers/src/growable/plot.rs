//! How costs grow with the number of entries: an SVG for each kind of table, with a panel for each
//! figure. Both axes are logarithmic.
//!
//! The text is written here, without a library: so that the files are small, the same for the same
//! numbers, and readable on light and dark pages.

use core::fmt::Write as _;

use super::figures::{PEERS, Row, Unit};

/// One figure at one size.
#[derive(Debug, Clone)]
pub struct Point {
    /// The name of the kind in file names.
    pub file: &'static str,
    pub panel: &'static str,
    pub unit: Unit,
    pub len: usize,
    /// The library.
    pub name: &'static str,
    pub value: f64,
}

impl Point {
    /// The times of a row.
    pub fn of_row(row: &Row) -> impl Iterator<Item = Self> + '_ {
        row.times.iter().map(|(name, value)| Self {
            file: row.file,
            panel: row.operation.name(),
            unit: Unit::Time,
            len: row.len,
            name,
            value: *value,
        })
    }
}

const COLUMNS: usize = 3;
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 210.0;
/// Around what is drawn in a panel.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 32.0;
/// Above the first panel.
const HEAD: f64 = 58.0;

/// A colour of each library, on light and on dark pages, that eyes of all kinds tell apart.
const COLOURS: [(&str, &str, &str); 6] = [
    ("commy", "#d1242f", "#ff7b72"),
    ("LMDB", "#0969da", "#79c0ff"),
    ("redb", "#9a6700", "#e3b341"),
    ("sanakirja", "#1a7f37", "#56d364"),
    ("rkyv + mmap-sync", "#8250df", "#d2a8ff"),
    ("std", "#6e7781", "#8b949e"),
];

/// The text of an SVG with all panels of a kind, in the order in which they come.
#[must_use]
pub fn svg(title: &str, file: &str, points: &[Point]) -> String {
    let points: Vec<_> = points.iter().filter(|point| point.file == file).collect();
    let mut panels: Vec<&str> = Vec::new();
    for point in &points {
        if !panels.contains(&point.panel) {
            panels.push(point.panel);
        }
    }
    let columns = COLUMNS.min(panels.len().max(1));
    let width = WIDTH * columns as f64;
    let height = HEAD + HEIGHT * panels.len().div_ceil(columns) as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{file}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" font-family=\"sans-serif\" font-size=\"11\">\n<title>{}</title>\n",
        escaped(title)
    );
    style(&mut svg, file);
    let _ = writeln!(svg, "<rect class=\"page\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>");
    let _ = writeln!(svg, "<text x=\"16\" y=\"24\" font-size=\"15\">{}</text>", escaped(title));
    legend(&mut svg, &points);
    for (index, panel) in panels.iter().enumerate() {
        let x = WIDTH * (index % columns) as f64;
        let y = HEAD + HEIGHT * (index / columns) as f64;
        let _ = writeln!(svg, "<g transform=\"translate({x} {y})\">");
        let points: Vec<_> = points.iter().copied().filter(|p| p.panel == *panel).collect();
        draw(&mut svg, panel, &points);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// Colours by the page that the reader likes; the picture has a ground of its own, so that they fit.
fn style(svg: &mut String, file: &str) {
    let mut light = format!(
        ".{file} text{{fill:#1f2328}}.{file} .page{{fill:#fff}}.{file} .grid{{stroke:#d0d7de}}"
    );
    let mut dark = format!(
        ".{file} text{{fill:#e6edf3}}.{file} .page{{fill:#161b22}}.{file} .grid{{stroke:#30363d}}"
    );
    for (index, (_, on_light, on_dark)) in COLOURS.iter().enumerate() {
        let _ = write!(light, ".{file} .c{index}{{stroke:{on_light};fill:{on_light}}}");
        let _ = write!(dark, ".{file} .c{index}{{stroke:{on_dark};fill:{on_dark}}}");
    }
    let _ = writeln!(
        svg,
        "<style>{light}.{file} polyline{{fill:none!important;stroke-width:1.6}}\
         @media(prefers-color-scheme:dark){{{dark}}}</style>"
    );
}

/// Libraries in the order of the tables; others behind them.
fn colour(name: &str) -> usize {
    COLOURS.iter().position(|(library, ..)| *library == name).unwrap_or(PEERS.len())
}

fn legend(svg: &mut String, points: &[&Point]) {
    let mut x = 16.0;
    for (index, (name, ..)) in COLOURS.iter().enumerate() {
        if points.iter().any(|point| point.name == *name) {
            let _ = writeln!(
                svg,
                "<circle class=\"c{index}\" cx=\"{x}\" cy=\"42\" r=\"4\"/>\
                 <text x=\"{}\" y=\"46\">{name}</text>",
                x + 8.0
            );
            x += 30.0 + 6.5 * name.len() as f64;
        }
    }
}

fn draw(svg: &mut String, panel: &str, points: &[&Point]) {
    let unit = points[0].unit;
    let lens = points.iter().map(|point| (point.len as f64).log10());
    let values = points.iter().map(|point| point.value.max(1e-3).log10());
    let (first, last) = span(lens);
    let (low, high) = span(values);
    let across = |len: f64| LEFT + (WIDTH - LEFT - RIGHT) * (len - first) / (last - first);
    let up = |value: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low);
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"20\" font-weight=\"bold\">{panel}</text>");
    for power in low as i32..=high as i32 {
        let y = up(f64::from(power));
        let label = axis(unit, power);
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.0}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            WIDTH - RIGHT,
            LEFT - 5.0,
            y + 4.0
        );
    }
    for power in first as i32..=last as i32 {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\">10<tspan dy=\"-4\" \
             font-size=\"8\">{power}</tspan></text>",
            across(f64::from(power)),
            HEIGHT - BOTTOM + 16.0
        );
    }
    for (index, (name, ..)) in COLOURS.iter().enumerate().rev() {
        let mut line: Vec<_> = points.iter().filter(|point| colour(point.name) == index).collect();
        line.sort_by_key(|point| point.len);
        if line.is_empty() {
            continue;
        }
        let places = line.iter().map(|point| {
            let (len, value) = ((point.len as f64).log10(), point.value.max(1e-3).log10());
            format!("{:.1},{:.1}", across(len), up(value))
        });
        let places: Vec<_> = places.collect();
        let _ = writeln!(svg, "<polyline class=\"c{index}\" points=\"{}\"/>", places.join(" "));
        for (place, point) in places.iter().zip(&line) {
            let (x, y) = place.split_once(',').unwrap();
            let _ = writeln!(
                svg,
                "<circle class=\"c{index}\" cx=\"{x}\" cy=\"{y}\" r=\"2.2\"><title>{name}, {}: \
                 {}</title></circle>",
                point.len,
                unit.show(point.value)
            );
        }
    }
}

/// Whole powers of ten around all of these.
fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) =
        values.fold((f64::MAX, f64::MIN), |(low, high), value| (value.min(low), value.max(high)));
    let (low, high) = (low.floor(), high.ceil());
    (low, if low < high { high } else { low + 1.0 })
}

/// The label of a power of ten.
fn axis(unit: Unit, power: i32) -> String {
    let names = match unit {
        Unit::Time => ["ns", "us", "ms", "s"],
        Unit::Bytes => ["B", "kB", "MB", "GB"],
        _ => return format!("{}", 10_f64.powi(power)),
    };
    let step = power.div_euclid(3).clamp(0, 3);
    format!("{} {}", 10_f64.powi(power - 3 * step), names[step as usize])
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(panel: &'static str, name: &'static str, len: usize, value: f64) -> Point {
        Point { file: "numbers", panel, unit: Unit::Time, len, name, value }
    }

    fn plot() -> String {
        let points = [
            point("get", "commy", 1000, 80.0),
            point("get", "commy", 100_000, 800.0),
            point("get", "LMDB", 1000, 160.0),
            point("set", "commy", 1000, 0.0),
        ];
        svg("Map<u64>", "numbers", &points)
    }

    /// A page of the guide has the text in it, where an empty line would end it.
    #[test]
    fn a_plot_has_no_empty_line_and_one_tag_in_its_first() {
        let plot = plot();
        assert!(plot.lines().all(|line| !line.trim().is_empty()));
        let first = plot.lines().next().unwrap();
        assert!(first.starts_with("<svg ") && first.ends_with('>'));
        assert_eq!(first.matches('<').count(), 1);
    }

    #[test]
    fn every_point_and_every_panel_is_drawn() {
        let plot = plot();
        assert_eq!(plot.matches("<polyline").count(), 3);
        assert_eq!(plot.matches("r=\"2.2\"").count(), 4);
        assert!(plot.contains(">get</text>") && plot.contains(">set</text>"));
        assert!(plot.contains("commy, 100000: 800.0 ns"));
    }

    #[test]
    fn names_of_types_are_no_tags() {
        assert!(plot().contains("Map&lt;u64&gt;") && !plot().contains("Map<u64>"));
    }

    #[test]
    fn a_figure_of_nothing_has_a_place() {
        assert!(!plot().contains("NaN") && !plot().contains("inf"));
    }
}
