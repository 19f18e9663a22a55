//! Text of files and of their names, as it may be shown: nothing of it moves a cursor.

use core::fmt::{self, Write as _};
use std::path::Path;

use commy::dynamic::Value;
use unicode_width::UnicodeWidthChar as _;

/// Text whose control characters, and what else has no shape of its own, are escaped. Quotes and
/// backslashes stay.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            if is_plain(char) { f.write_char(char)? } else { write!(f, "{}", char.escape_debug())? }
        }
        Ok(())
    }
}

/// Whether a character does nothing but to show itself.
pub(crate) fn is_plain(char: char) -> bool {
    match char {
        ' '..='~' => true,
        // Those that turn the direction of writing, or have no width, are escaped, too.
        _ => !char.is_ascii() && char.escape_debug().len() == 1,
    }
}

/// The name of a file; its bytes that are no text are `\xff`.
pub(crate) fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        let _ = write!(text, "{}", Escaped(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// A value without quotes around it, on one line: what is text has its backslashes doubled, so that it can be told from what is escaped.
pub(crate) struct Bare<'a>(pub(crate) &'a Value);

impl fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Str(text) => bare(f, text.chars()),
            Value::Char(char) => bare(f, core::iter::once(*char)),
            Value::Maybe(Some(value)) => Bare(value).fmt(f),
            value => value.fmt(f),
        }
    }
}

fn bare(f: &mut fmt::Formatter<'_>, chars: impl Iterator<Item = char>) -> fmt::Result {
    for char in chars {
        match char {
            '\\' => f.write_str("\\\\")?,
            _ if is_plain(char) => f.write_char(char)?,
            _ => write!(f, "{}", char.escape_debug())?,
        }
    }
    Ok(())
}

/// The first characters of what is shown, at most `most`, without making the rest.
pub(crate) fn shortened(value: &impl fmt::Display, most: usize) -> String {
    struct Some {
        text: String,
        left: usize,
    }
    impl fmt::Write for Some {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for char in text.chars() {
                self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
                self.text.push(char);
            }
            Ok(())
        }
    }
    let mut some = Some { text: String::new(), left: most };
    if write!(some, "{value}").is_err() {
        some.text.push('…');
    }
    some.text
}

/// How many columns a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(|char| char.width().unwrap_or(0)).sum()
}

/// As much of a text as fits, with `…` if that is not all.
pub(crate) fn cut(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return text.into() };
    if columns(text) <= width {
        return text.into();
    }
    let mut shown = String::new();
    let mut left = width.saturating_sub(1);
    for char in text.chars() {
        match left.checked_sub(char.width().unwrap_or(0)) {
            Some(rest) => left = rest,
            None => break,
        }
        shown.push(char);
    }
    if width > 0 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_moves_a_cursor() {
        for (text, expected) in [
            ("plain \"Grüße\" '€' \\", "plain \"Grüße\" '€' \\"),
            ("\u{1b}[2J\r\n\t\0\u{7f}", r"\u{1b}[2J\r\n\t\0\u{7f}"),
            ("\u{9b}31m\u{202e}x\u{200b}", r"\u{9b}31m\u{202e}x\u{200b}"),
        ] {
            assert_eq!(Escaped(text).to_string(), expected);
        }
        assert_eq!(Bare(&Value::Str("a\\n\n".into())).to_string(), r"a\\n\n");
    }

    #[test]
    fn names_of_files_need_not_be_text() {
        use std::os::unix::ffi::OsStrExt as _;

        let name = std::ffi::OsStr::from_bytes(b"a\xff\x1b.bin");
        assert_eq!(path_text(Path::new(name)), r"a\xff\u{1b}.bin");
    }

    #[test]
    fn what_is_cut_takes_as_many_columns_as_there_are() {
        for (text, width, expected) in [
            ("abcdef", Some(6), "abcdef"),
            ("abcdef", Some(5), "abcd…"),
            ("日本語", Some(6), "日本語"),
            ("日本語", Some(5), "日本…"),
            ("日本語", Some(4), "日…"),
            ("abc", Some(1), "…"),
            ("abc", Some(0), ""),
            ("abc", None, "abc"),
        ] {
            assert_eq!(cut(text, width), expected, "{text} in {width:?}");
        }
        assert_eq!(shortened(&"abcdef", 3), "abc…");
        assert_eq!(shortened(&"abc", 3), "abc");
    }
}
