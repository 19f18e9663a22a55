//! `retain` for strings: one pass, and a text that stays valid when the closure panics.

use super::text::char_at;
use super::text_mut::TextMut;

/// Moves the kept characters together; when `keep` panics, the text ends after those kept so far,
/// as `String`'s does.
pub(super) fn retain(text: TextMut<'_>, mut keep: impl FnMut(char) -> bool) {
    let end = text.end();
    let mut pass = Pass { text, kept: 0 };
    let mut read = 0;
    while read < end {
        let Some(ch) = char_at(pass.text.bytes(), read) else { break };
        let next = read + ch.len_utf8();
        if keep(ch) {
            pass.text.data.copy_within(read..next, pass.kept);
            pass.kept += ch.len_utf8();
        }
        read = next;
    }
}

/// Sets the end of the text when the pass is over, also by a panic.
struct Pass<'a> {
    text: TextMut<'a>,
    kept: usize,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.text.set_end(self.kept);
    }
}
