//! Parts of a value that are none.

use commy::dynamic::{Kind, Snapshot, Value};

use super::Findings;
use super::codes::Code;

/// More findings than this are counted, and not told.
const MAX_TOLD: usize = 20;

pub(super) fn check(snapshot: &Snapshot, found: &mut Findings) {
    let mut invalid = Invalid::default();
    match snapshot.to_value() {
        Value::Struct(fields) => {
            for (name, value) in &fields {
                found.look();
                let field = snapshot.schema().field(name);
                let before = invalid.told.len();
                invalid.search(name, field.as_ref().map(|field| field.offset()), value);
                if let Some(ty) = field.map(|field| field.ty())
                    && let (Kind::Enum { .. }, Some(text)) =
                        (ty.kind(), invalid.told.get_mut(before))
                {
                    // Which ones there are.
                    text.push_str(&format!(": {ty}"));
                }
            }
        }
        value => invalid.search("", None, &value),
    }
    for text in &invalid.told {
        found.add(Code::Value, text);
    }
    if invalid.more > 0 {
        found.add(Code::Value, format_args!("{} more parts are no value", invalid.more));
    }
}

#[derive(Default)]
struct Invalid {
    told: Vec<String>,
    more: usize,
}

impl Invalid {
    fn search(&mut self, path: &str, at: Option<u64>, value: &Value) {
        if !value.has_invalid() {
            return;
        }
        match value {
            Value::Invalid(invalid) if self.told.len() < MAX_TOLD => {
                let at = at.map(|at| format!(" at {at}")).unwrap_or_default();
                let reason = &invalid.reason;
                self.told.push(match path {
                    "" => format!("the record: {reason}"),
                    path => format!("field `{path}`{at}: {reason}"),
                });
            }
            Value::Invalid(_) => self.more += 1,
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.search(&format!("{path}[{index}]"), None, item);
                }
            }
            Value::Struct(fields) => self.fields(path, fields),
            Value::Enum(value) => self.fields(path, &value.fields),
            Value::Maybe(Some(value)) => self.search(path, at, value),
            Value::Map(entries) => {
                for (key, value) in entries {
                    self.search(&format!("{path}[key]"), None, key);
                    self.search(&format!("{path}[{key}]"), None, value);
                }
            }
            _ => {}
        }
    }

    fn fields(&mut self, path: &str, fields: &[(std::sync::Arc<str>, Value)]) {
        for (name, value) in fields {
            self.search(&format!("{path}.{name}"), None, value);
        }
    }
}
