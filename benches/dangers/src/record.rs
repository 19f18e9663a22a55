//! What was measured, as lines of library, fact and number or text.

use core::fmt::Write as _;

/// The facts of one library, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Facts(Vec<(String, String)>);

impl Facts {
    /// Adds one to what is counted.
    pub fn count(&mut self, fact: &str) {
        self.add(fact, 1);
    }

    /// Adds to what is counted.
    pub fn add(&mut self, fact: &str, number: u64) {
        match self.0.iter_mut().find(|(known, _)| known == fact) {
            Some((_, value)) => {
                *value = (value.parse::<u64>().unwrap() + number).to_string();
            }
            None => self.0.push((fact.to_owned(), number.to_string())),
        }
    }

    /// Notes a text, the first of its kind.
    pub fn say(&mut self, fact: &str, text: &str) {
        if self.0.iter().all(|(known, _)| known != fact) {
            let clean: String = text.replace(['\t', '\n'], " ").chars().take(200).collect();
            self.0.push((fact.to_owned(), clean));
        }
    }

    /// The lines.
    pub fn lines(&self, library: &str) -> String {
        let mut text = String::new();
        for (fact, value) in &self.0 {
            let _ = writeln!(text, "{library}\t{fact}\t{value}");
        }
        text
    }
}
