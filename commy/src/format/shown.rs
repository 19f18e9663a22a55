//! Text from a file, as it may be shown.

use core::fmt;
use core::fmt::Write as _;

/// Text that came from a file, fit to be shown: escaped and of bounded length.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl Shown<'_> {
    /// Longer than any name that a program is likely to give.
    const MAX_CHARS: usize = 80;
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        for char in chars.by_ref().take(Self::MAX_CHARS) {
            match char {
                '\'' => f.write_char(char)?,
                _ => write!(f, "{}", char.escape_debug())?,
            }
        }
        if chars.next().is_some() { f.write_str("...") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_a_file_is_shown_without_control_characters_and_cut() {
        assert_eq!(Shown("größe's").to_string(), "größe's");
        assert_eq!(Shown("a\x1b[2J\n\u{202e}b\"").to_string(), "a\\u{1b}[2J\\n\\u{202e}b\\\"");
        let long = "x".repeat(1000);
        assert_eq!(Shown(&long).to_string().len(), Shown::MAX_CHARS + 3);
    }
}
