//! Members of JSON objects, which may be anything.

use nojson::RawJsonValue as Value;

/// The member of an object with this name.
pub(super) fn member<'a, 'b>(object: Value<'a, 'b>, name: &str) -> Option<Value<'a, 'b>> {
    let mut members = object.to_object().ok()?;
    let is_named = |key: Value<'_, '_>| key.to_unquoted_string_str().is_ok_and(|key| key == name);
    members.find_map(|(key, value)| is_named(key).then_some(value))
}

/// The text of the member with this name.
pub(super) fn text(object: Value<'_, '_>, key: &str) -> Option<String> {
    Some(member(object, key)?.to_unquoted_string_str().ok()?.into_owned())
}
