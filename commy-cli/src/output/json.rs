//! JSON on lines, with everything escaped that could do something to a terminal.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

use super::escape::is_plain;

/// Writes a value as JSON, and ends the line.
pub(crate) fn line(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *to, Plain);
    value.serialize(&mut serializer)?;
    to.write_all(b"\n")
}

/// Writes JSON text again, with nothing changed but what has to be escaped. Of text that has nothing
/// such, all bytes remain.
pub(crate) fn text(to: &mut impl Write, text: &[u8]) -> io::Result<()> {
    for chunk in text.utf8_chunks() {
        for line in chunk.valid().split_inclusive('\n') {
            escaped(to, line.strip_suffix('\n').unwrap_or(line))?;
            if line.ends_with('\n') {
                to.write_all(b"\n")?;
            }
        }
        if !chunk.invalid().is_empty() {
            to.write_all(b"\\ufffd")?;
        }
    }
    Ok(())
}

/// As serde_json writes, but for what is escaped: that escapes only what JSON forbids.
struct Plain;

impl Formatter for Plain {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        to: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        escaped(to, fragment)
    }
}

fn escaped<W: ?Sized + Write>(to: &mut W, text: &str) -> io::Result<()> {
    let mut rest = text;
    while let Some((at, char)) = rest.char_indices().find(|(_, char)| !is_plain(*char)) {
        let (plain, behind) = rest.split_at(at);
        to.write_all(plain.as_bytes())?;
        for unit in char.encode_utf16(&mut [0; 2]) {
            write!(to, "\\u{unit:04x}")?;
        }
        rest = behind.get(char.len_utf8()..).unwrap_or_default();
    }
    to.write_all(rest.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_and_moves_no_cursor() {
        let value = "a\"\\ \u{1b}[2J\u{9b}\u{7f}\u{202e}é\u{e0001}\n";
        let mut written = Vec::new();
        line(&mut written, &value).unwrap();
        let written = String::from_utf8(written).unwrap();
        let expected = r#""a\"\\ \u001b[2J\u009b\u007f\u202eé\udb40\udc01\n""#;
        assert_eq!(written, format!("{expected}\n"));
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), value);

        let mut written = Vec::new();
        text(&mut written, "{\"a\":\"é\\n\u{9b}\"}\n{}\n".as_bytes()).unwrap();
        text(&mut written, b"\xff").unwrap();
        let expected = "{\"a\":\"é\\n\\u009b\"}\n{}\n\\ufffd";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }
}
