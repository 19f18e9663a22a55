//! The way to a part of a value: `points[2].x`, `quotes["EURUSD"].bid`, `points[2..5]`.

use core::fmt;
use core::fmt::Write as _;
use core::ops::Range;

use super::value::Value;
use crate::error::ReadError;

/// Why a path leads to no value.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
///
/// #[create_writer(filename = "tank.bin")]
/// struct Tank {
///     temperature: f64,
///     levels: [u8; 4],
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("tank.bin");
/// let _writer = TankWriter::options().path(&path).create_with(Tank { temperature: 0.5, levels: [1; 4] })?;
/// let file = commy::dynamic::open(&path)?;
/// let told = |path: &str| file.get(path).unwrap_err().to_string();
/// assert_eq!(told("temprature"), "no field `temprature`: did you mean `temperature`?");
/// assert_eq!(told("levels[7]"), "`levels` has 4 elements, no element 7");
/// assert_eq!(told("levels[x]"), "cannot read the path at byte 7: expected a number, a range or \"text\"");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The text is no path.
    #[error("cannot read the path at byte {at}: expected {expected}")]
    #[non_exhaustive]
    Syntax {
        /// Where it stops being one, in bytes.
        at: usize,
        /// What would be one.
        expected: &'static str,
    },
    /// There is no field of this name.
    #[error("no field `{}`{}: {}", shown(name), within(path), nearest(near))]
    #[non_exhaustive]
    NoField {
        /// The way to what it was looked for in; empty for the record itself.
        path: String,
        /// The name.
        name: String,
        /// The names that are most like it, or the first ones if none is.
        near: Vec<String>,
    },
    /// A step is none that what it is made in has.
    #[error("{} is {found}: expected {expected}", subject(path))]
    #[non_exhaustive]
    NoStep {
        /// The way to what the step was made in; empty for the record itself.
        path: String,
        /// What that is.
        found: String,
        /// Which steps it has.
        expected: &'static str,
    },
    /// There are not so many elements.
    #[error("{} has {len} elements, no element {index}", subject(path))]
    #[non_exhaustive]
    OutOfBounds {
        /// The way to what has the elements.
        path: String,
        /// The number that was asked for, from 0; of a range, the first one behind its end.
        index: u64,
        /// How many there are.
        len: u64,
    },
    /// There is no entry with this key.
    #[error("{} has no key {key}", subject(path))]
    #[non_exhaustive]
    NoKey {
        /// The way to the map.
        path: String,
        /// The key, as it is written in a path: a number, or text in quotes and escaped.
        key: String,
    },
    /// The enum is of another variant now, which has no such field.
    #[error("{} is {} now, which has no field `{}`", subject(path), shown(found), shown(name))]
    #[non_exhaustive]
    OtherVariant {
        /// The way to the enum.
        path: String,
        /// The name of the variant that it is.
        found: String,
        /// The field.
        name: String,
    },
    /// What the path leads through cannot be read.
    #[error("{} is no value: {}", subject(path), shown(reason))]
    #[non_exhaustive]
    Invalid {
        /// The way to what cannot be read.
        path: String,
        /// Why.
        reason: String,
    },
}

/// Why there is no value to be had at a path.
///
/// # Examples
///
/// ```
/// use commy::dynamic::GetError;
///
/// /// Whether a program should ask again.
/// fn may_come(error: &GetError) -> bool {
///     matches!(error, GetError::Read(commy::ReadError::Empty))
/// }
/// assert!(may_come(&GetError::Read(commy::ReadError::Empty)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GetError {
    /// The path leads to no value.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Nothing could be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// `name`, `.name`: a field.
    Name(String),
    /// `[7]`: an element, or the entry of a map of numbers.
    Number(i128),
    /// `["key"]`: an entry, or a field whose name is no word.
    Key(String),
    /// `[2..5]`: elements, up to all there are.
    Range(u64, Option<u64>),
}

/// Reads a path; nothing at all is the way to the whole.
pub(super) fn parse(path: &str) -> Result<Vec<Step>, PathError> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let at = path.len() - rest.len();
        let refused = |offset: usize, expected| PathError::Syntax { at: at + offset, expected };
        if let Some(inner) = rest.strip_prefix('[') {
            let (step, behind) =
                bracketed(inner).map_err(|(offset, expected)| refused(1 + offset, expected))?;
            steps.push(step);
            rest = behind;
            continue;
        }
        let name = match (rest.strip_prefix('.'), steps.is_empty()) {
            (Some(name), false) => name,
            (None, true) => rest,
            _ => return Err(refused(0, "a name, `.name` or `[`")),
        };
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (name, behind) = name.split_at(end);
        if name.is_empty() {
            return Err(refused(rest.len() - behind.len(), "a name"));
        }
        steps.push(Step::Name(name.into()));
        rest = behind;
    }
    Ok(steps)
}

type Misread = (usize, &'static str);

/// What stands behind a bracket, and what behind the one that closes it.
fn bracketed(inner: &str) -> Result<(Step, &str), Misread> {
    if inner.starts_with('"') {
        let (key, behind) = quoted(inner)?;
        let at = inner.len() - behind.len();
        let behind = behind.strip_prefix(']').ok_or((at, "`]`"))?;
        return Ok((Step::Key(key), behind));
    }
    let end = inner.find(']').ok_or((inner.len(), "`]`"))?;
    let (number, behind) = inner.split_at(end);
    let behind = behind.strip_prefix(']').unwrap_or(behind);
    let misread = (0, "a number, a range or \"text\"");
    if let Some((start, end)) = number.split_once("..") {
        let bound = |text: &str| text.parse::<u64>().map_err(|_| misread);
        let start = if start.is_empty() { 0 } else { bound(start)? };
        let end = if end.is_empty() { None } else { Some(bound(end)?) };
        if end.is_some_and(|end| end < start) {
            return Err((0, "a range that does not end before it begins"));
        }
        return Ok((Step::Range(start, end), behind));
    }
    Ok((Step::Number(number.parse().map_err(|_| misread)?), behind))
}

/// Text in quotes, with the escapes of Rust and JSON; and what stands behind it.
fn quoted(text: &str) -> Result<(String, &str), Misread> {
    let mut key = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Ok((key, text.get(at + 1..).unwrap_or_default())),
            '\\' => {
                let misread = (at, "one of the escapes \\\" \\\\ \\n \\r \\t \\0 \\u{1f600}");
                key.push(match chars.next().map(|(_, char)| char) {
                    Some(char @ ('"' | '\\' | '\'' | '/')) => char,
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some('0') => '\0',
                    Some('u') => {
                        let digits = text.get(at + 2..).and_then(|rest| {
                            rest.strip_prefix('{')?.split_once('}').map(|(digits, _)| digits)
                        });
                        let digits = digits.ok_or(misread)?;
                        let number = u32::from_str_radix(digits, 16).map_err(|_| misread)?;
                        for _ in 0..digits.len() + 2 {
                            chars.next();
                        }
                        char::from_u32(number).ok_or(misread)?
                    }
                    _ => return Err(misread),
                });
            }
            _ => key.push(char),
        }
    }
    Err((text.len(), "a closing `\"`"))
}

/// Steps as they are written.
pub(super) fn written(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        // A `String` takes everything.
        let _ = match step {
            Step::Name(name) if path.is_empty() => write!(path, "{name}"),
            Step::Name(name) => write!(path, ".{name}"),
            Step::Number(number) => write!(path, "[{number}]"),
            Step::Key(key) => write!(path, "[{key:?}]"),
            Step::Range(start, Some(end)) => write!(path, "[{start}..{end}]"),
            Step::Range(start, None) => write!(path, "[{start}..]"),
        };
    }
    path
}

/// The steps of a path, and how many of them were made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'p> {
    steps: &'p [Step],
    made: usize,
}

impl<'p> Way<'p> {
    pub(super) const fn new(steps: &'p [Step]) -> Self {
        Self { steps, made: 0 }
    }

    /// The next step, and the way behind it.
    pub(super) fn next(self) -> Option<(&'p Step, Self)> {
        let step = self.steps.get(self.made)?;
        Some((step, Self { made: self.made + 1, ..self }))
    }

    /// The way until here, as it is written.
    pub(super) fn path(self) -> String {
        written(self.steps.get(..self.made).unwrap_or_default())
    }

    pub(super) fn no_step(self, found: impl fmt::Display, expected: &'static str) -> PathError {
        PathError::NoStep { path: self.path(), found: found.to_string(), expected }
    }

    pub(super) fn no_field<'n, N: Iterator<Item = &'n str>>(
        self,
        name: &str,
        names: N,
    ) -> PathError {
        PathError::NoField { path: self.path(), name: name.into(), near: near(name, names) }
    }

    pub(super) fn no_key(self, step: &Step) -> PathError {
        let key = match step {
            Step::Number(number) => number.to_string(),
            Step::Key(key) | Step::Name(key) => format!("\"{}\"", shown(key)),
            Step::Range(..) => String::new(),
        };
        PathError::NoKey { path: self.path(), key }
    }

    /// Elements of so many that a step asks for.
    pub(super) fn range(self, step: &Step, len: u64) -> Result<Range<u64>, PathError> {
        let bad = |index| PathError::OutOfBounds { path: self.path(), index, len };
        match *step {
            Step::Range(start, end) => {
                let end = end.unwrap_or(len.max(start));
                if end > len { Err(bad(end.max(1) - 1)) } else { Ok(start..end) }
            }
            _ => {
                let index = step.index().ok_or_else(|| bad(u64::MAX))?;
                if index < len { Ok(index..index + 1) } else { Err(bad(index)) }
            }
        }
    }

    /// Nothing may come behind a range.
    pub(super) fn expect_end(self) -> Result<(), PathError> {
        match self.next() {
            None => Ok(()),
            Some(_) => Err(self.no_step("several elements", "nothing behind a range")),
        }
    }
}

impl Step {
    /// The number of an element.
    pub(super) fn index(&self) -> Option<u64> {
        match self {
            Self::Number(number) => u64::try_from(*number).ok(),
            Self::Name(number) | Self::Key(number) => number.parse().ok(),
            Self::Range(..) => None,
        }
    }

    /// Whether a key of a map is the one that is meant.
    pub(super) fn is_key(&self, key: &Value) -> bool {
        let text = match self {
            Self::Number(number) => return key.as_i128() == Some(*number) || is_u128(key, *number),
            Self::Key(text) | Self::Name(text) => text,
            Self::Range(..) => return false,
        };
        match key {
            Value::Str(key) => key == text,
            Value::Char(key) => text.chars().eq(core::iter::once(*key)),
            _ => key.to_string() == *text,
        }
    }
}

fn is_u128(key: &Value, number: i128) -> bool {
    matches!(key, Value::U128(key) if u128::try_from(number).is_ok_and(|number| number == *key))
}

/// How many names are told.
const MOST_NEAR: usize = 3;
/// Longer names are not compared.
const MOST_COMPARED: usize = 64;

/// The names that are most like `name`, or the first ones.
fn near<'n, N: Iterator<Item = &'n str>>(name: &str, names: N) -> Vec<String> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    let mut first = Vec::new();
    let most = name.chars().count() / 3 + 1;
    for other in names {
        if first.len() < MOST_NEAR {
            first.push(other);
        }
        let distance = distance(name, other);
        if distance <= most {
            let at = found.partition_point(|(nearer, _)| *nearer <= distance);
            found.insert(at, (distance, other));
            found.truncate(MOST_NEAR);
        }
    }
    if found.is_empty() {
        return first.into_iter().map(str::to_owned).collect();
    }
    found.into_iter().map(|(_, name)| name.to_owned()).collect()
}

/// How many characters are to be changed, added or taken away to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.to_lowercase().chars().take(MOST_COMPARED).collect();
    let mut row: Vec<usize> = (0..=one.len()).collect();
    for (line, char) in other.to_lowercase().chars().take(MOST_COMPARED).enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, expected) in
            row.iter_mut().zip(core::iter::once(None).chain(one.iter().map(Some)))
        {
            let above = *cell;
            *cell = match expected {
                None => left,
                Some(expected) => {
                    let replaced = diagonal + usize::from(*expected != char);
                    replaced.min(above + 1).min(left + 1)
                }
            };
            (diagonal, left) = (above, *cell);
        }
    }
    row.last().copied().unwrap_or(0)
}

/// Text of a file, as it may be shown.
fn shown(text: &str) -> crate::format::Shown<'_> {
    crate::format::Shown(text)
}

fn within(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" in `{}`", shown(path)) }
}

fn subject(path: &str) -> String {
    if path.is_empty() { "the record".into() } else { format!("`{}`", shown(path)) }
}

fn nearest(near: &[String]) -> String {
    let mut names = near.iter().map(|name| format!("`{}`", shown(name)));
    match (names.next(), names.next_back()) {
        (None, _) => "there is none".into(),
        (Some(only), None) => format!("did you mean {only}?"),
        (Some(first), Some(last)) => {
            let between: String = names.map(|name| format!(", {name}")).collect();
            format!("did you mean {first}{between} or {last}?")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> Step {
        Step::Name(name.into())
    }

    #[test]
    fn paths_are_read_and_written_alike() {
        for (path, steps) in [
            ("", vec![]),
            ("a", vec![name("a")]),
            ("a.b_2.0", vec![name("a"), name("b_2"), name("0")]),
            ("a[3][-4]", vec![name("a"), Step::Number(3), Step::Number(-4)]),
            ("a[2..5]", vec![name("a"), Step::Range(2, Some(5))]),
            ("a[2..]", vec![name("a"), Step::Range(2, None)]),
            (r#"q["EUR\"USD"].bid"#, vec![name("q"), Step::Key("EUR\"USD".into()), name("bid")]),
            (r#"["a.b"]"#, vec![Step::Key("a.b".into())]),
            (r#"a["x]y[.\n\t\\\u{1f600}"]"#, vec![name("a"), Step::Key("x]y[.\n\t\\😀".into())]),
        ] {
            let read = parse(path).unwrap();
            assert_eq!(read, steps, "{path}");
            assert_eq!(parse(&written(&read)).unwrap(), read, "{path}");
        }
        assert_eq!(parse("a[..5]").unwrap(), [name("a"), Step::Range(0, Some(5))]);
    }

    #[test]
    fn what_is_no_path_is_refused_where_it_stops_being_one() {
        for (path, expected) in [
            (".", 0),
            (".a", 0),
            ("a.", 2),
            ("a..b", 2),
            ("a[", 2),
            ("a[]", 2),
            ("a[x]", 2),
            ("a[1", 3),
            ("a[1]b", 4),
            ("a[5..2]", 2),
            ("a[-1..2]", 2),
            (r#"a["x"#, 4),
            (r#"a["x"y]"#, 5),
            (r#"a["\q"]"#, 3),
            (r#"a["\u{d800}"]"#, 3),
            (r#"a["\u{"#, 3),
            ("a[99999999999999999999999999999999999999999]", 2),
        ] {
            let Err(PathError::Syntax { at, .. }) = parse(path) else { panic!("{path}") };
            assert_eq!(at, expected, "{path}");
        }
    }

    #[test]
    fn the_nearest_names_come_first() {
        let names = ["temperature", "pressure", "temp", "humidity"];
        let near = |name| near(name, names.into_iter());
        assert_eq!(near("temprature"), ["temperature"]);
        assert_eq!(near("Temp"), ["temp"]);
        assert_eq!(near("x"), ["temperature", "pressure", "temp"]);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
