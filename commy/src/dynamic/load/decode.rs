//! What a codec has written, if it says of itself what it is.

use super::{Load, Value};
#[cfg(any(feature = "cbor", feature = "json", feature = "messagepack"))]
use crate::encoded::Decode;

/// The value in these bytes; of a codec that says nothing of itself, or that this program does not have,
/// the bytes.
pub(super) fn decode(load: &Load<'_>, (codec, name): (&str, &str), bytes: &[u8]) -> Value {
    // Each value takes a byte at least, but for some that a type has without bytes.
    if let Err(too_much) = load.values(bytes.len() as u64) {
        return too_much;
    }
    match described(codec, bytes) {
        Some(Ok(value)) => value,
        Some(Err(reason)) => Value::invalid(reason, bytes),
        None => Value::opaque(format!("{codec} {name}"), bytes.to_vec()),
    }
}

/// What a codec says that describes its values, and that this program has.
fn described(codec: &str, bytes: &[u8]) -> Option<Result<Value, String>> {
    // Without such codecs nobody looks at them.
    let _ = bytes;
    match codec {
        #[cfg(feature = "json")]
        "json" => Some(decoded::<crate::encoded::Json>(bytes)),
        #[cfg(feature = "cbor")]
        "cbor" => Some(decoded::<crate::encoded::Cbor>(bytes)),
        #[cfg(feature = "messagepack")]
        "messagepack" => Some(decoded::<crate::encoded::MessagePack>(bytes)),
        _ => None,
    }
}

/// Decodes with the bounds that the codec has for hostile bytes.
#[cfg(any(feature = "cbor", feature = "json", feature = "messagepack"))]
fn decoded<C: for<'de> Decode<'de, any::Described>>(bytes: &[u8]) -> Result<Value, String> {
    let decoded = C::decode(bytes).map_err(|error| format!("no value for its codec: {error}"));
    decoded.map(|described| described.0)
}

#[cfg(any(feature = "cbor", feature = "json", feature = "messagepack"))]
mod any {
    use core::fmt;

    use serde::de::{Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};

    use super::Value;

    /// A value of a format that describes itself.
    pub(super) struct Described(pub(super) Value);

    impl<'de> Deserialize<'de> for Described {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Any).map(Self)
        }
    }

    struct Any;

    impl<'de> Visitor<'de> for Any {
        type Value = Value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value")
        }

        fn visit_unit<E>(self) -> Result<Value, E> {
            Ok(Value::Null)
        }

        fn visit_none<E>(self) -> Result<Value, E> {
            Ok(Value::Null)
        }

        fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
            inner.deserialize_any(Self)
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
            inner.deserialize_any(Self)
        }

        fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
            Ok(Value::Bool(value))
        }

        fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
            Ok(Value::U64(value))
        }

        fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
            Ok(Value::I64(value))
        }

        fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
            Ok(Value::U128(value))
        }

        fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
            Ok(Value::I128(value))
        }

        fn visit_f32<E>(self, value: f32) -> Result<Value, E> {
            Ok(Value::F32(value))
        }

        fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
            Ok(Value::F64(value))
        }

        fn visit_char<E>(self, value: char) -> Result<Value, E> {
            Ok(Value::Char(value))
        }

        fn visit_str<E>(self, value: &str) -> Result<Value, E> {
            Ok(Value::Str(value.into()))
        }

        fn visit_string<E>(self, value: String) -> Result<Value, E> {
            Ok(Value::Str(value))
        }

        fn visit_bytes<E>(self, value: &[u8]) -> Result<Value, E> {
            Ok(Value::Bytes(value.into()))
        }

        fn visit_byte_buf<E>(self, value: Vec<u8>) -> Result<Value, E> {
            Ok(Value::Bytes(value))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
            let mut list = Vec::new();
            while let Some(Described(item)) = items.next_element()? {
                list.push(item);
            }
            Ok(Value::List(list))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
            let mut map = Vec::new();
            while let Some((Described(key), Described(value))) = entries.next_entry()? {
                map.push((key, value));
            }
            Ok(Value::Map(map))
        }

        fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
            use serde::de::VariantAccess as _;

            let (Described(name), variant) = data.variant()?;
            variant.unit_variant()?;
            Ok(name)
        }
    }
}
