//! The wire forms of `String`, `Vec`, `VecDeque` and `Option` for the containers.
//! The wire forms of `String`, `Vec`, `BTreeMap`, `BTreeSet` and `Option` for the containers.

use core::fmt;
use core::marker::PhantomData;

use serde_core::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_core::ser::{Serialize, Serializer};

use crate::mappable::Mappable;
use crate::{FixedDeque, FixedMap, FixedOption, FixedSet, FixedString, FixedVec};

impl<const N: usize> Serialize for FixedString<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, const N: usize> Deserialize<'de> for FixedString<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Borrowed and owned text are both copied, so the format need not allocate.
        deserializer.deserialize_str(StringVisitor)
    }
}

struct StringVisitor<const N: usize>;

impl<const N: usize> Visitor<'_> for StringVisitor<N> {
    type Value = FixedString<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a string of at most {N} bytes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        text.parse().map_err(|_| E::invalid_length(text.len(), &self))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        match core::str::from_utf8(bytes) {
            Ok(text) => self.visit_str(text),
            Err(_) => Err(E::invalid_value(Unexpected::Bytes(bytes), &self)),
        }
    }
}

impl<T: Serialize, const N: usize> Serialize for FixedVec<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Mappable + Deserialize<'de>, const N: usize> Deserialize<'de> for FixedVec<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(VecVisitor(PhantomData))
    }
}

struct VecVisitor<T, const N: usize>(PhantomData<T>);

impl<'de, T: Mappable + Deserialize<'de>, const N: usize> Visitor<'de> for VecVisitor<T, N> {
    type Value = FixedVec<T, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a sequence of at most {N} elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut vec = FixedVec::new();
        while let Some(element) = sequence.next_element()? {
            vec.push(element).map_err(|error| A::Error::invalid_length(error.needed, &self))?;
        }
        Ok(vec)
    }
}

impl<T: Serialize, const N: usize> Serialize for FixedDeque<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}
impl<T: Serialize, const N: usize> Serialize for FixedSet<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Mappable + Deserialize<'de>, const N: usize> Deserialize<'de> for FixedDeque<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(VecVisitor(PhantomData)).map(Self::from)
    }
}

impl<'de, T, const N: usize> Deserialize<'de> for FixedSet<T, N>
where
    T: Mappable + Ord + Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SetVisitor(PhantomData))
    }
}

struct SetVisitor<T, const N: usize>(PhantomData<T>);

impl<'de, T: Mappable + Ord + Deserialize<'de>, const N: usize> Visitor<'de> for SetVisitor<T, N> {
    type Value = FixedSet<T, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a sequence of at most {N} different elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut set = FixedSet::new();
        while let Some(element) = sequence.next_element()? {
            set.insert(element).map_err(|error| A::Error::invalid_length(error.needed, &self))?;
        }
        Ok(set)
    }
}

impl<K: Serialize, V: Serialize, const N: usize> Serialize for FixedMap<K, V, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, K, V, const N: usize> Deserialize<'de> for FixedMap<K, V, N>
where
    K: Mappable + Ord + Deserialize<'de>,
    V: Mappable + Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor(PhantomData))
    }
}

struct MapVisitor<K, V, const N: usize>(PhantomData<(K, V)>);

impl<'de, K, V, const N: usize> Visitor<'de> for MapVisitor<K, V, N>
where
    K: Mappable + Ord + Deserialize<'de>,
    V: Mappable + Deserialize<'de>,
{
    type Value = FixedMap<K, V, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map of at most {N} entries")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = FixedMap::new();
        while let Some((key, value)) = entries.next_entry()? {
            map.insert(key, value)
                .map_err(|error| A::Error::invalid_length(error.needed, &self))?;
        }
        Ok(map)
    }
}

impl<T: Serialize> Serialize for FixedOption<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().serialize(serializer)
    }
}

impl<'de, T: Mappable + Deserialize<'de>> Deserialize<'de> for FixedOption<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from_option)
    }
}
