//! The guard around sequences, maps and enums: counts elements and caps what is announced.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::{Guarded, Level};

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Guarded<'_, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, format: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(self.at.guard(format))
    }
}

/// The elements of a sequence or the entries of a map.
pub(super) struct Elements<'b, A, const COUNTED: bool> {
    inner: A,
    at: Level<'b>,
    /// How often the format may still be asked for one before the next is paid for.
    paid: usize,
}

impl<'b, A, const COUNTED: bool> Elements<'b, A, COUNTED> {
    /// Pays for as many as are `declared` at once, which spares each of them the way to the bounds.
    #[inline]
    pub(super) fn new<E: Error>(
        inner: A,
        declared: Option<usize>,
        at: Level<'b>,
    ) -> Result<Self, E> {
        let declared = declared.unwrap_or(0);
        at.bounds.take(declared)?;
        // The format is asked once more than there are elements, and that is free.
        Ok(Self { inner, at, paid: declared.saturating_add(1) })
    }

    /// Counts one before it is there, so that it need not be looked at. A format may have declared
    /// fewer than come, or nothing.
    #[inline]
    fn count<E: Error>(&mut self) -> Result<(), E> {
        if !COUNTED {
            return Ok(());
        }
        match self.paid.checked_sub(1) {
            Some(left) => {
                self.paid = left;
                Ok(())
            }
            None => self.at.bounds.take(1),
        }
    }

    /// How many elements memory may be taken for when `hint` are declared: as many as all bytes
    /// could hold.
    #[inline]
    fn cap(&self, hint: Option<usize>) -> Option<usize> {
        hint.map(|hint| hint.min(self.at.bounds.len))
    }
}

impl<'de, A: SeqAccess<'de>, const COUNTED: bool> SeqAccess<'de> for Elements<'_, A, COUNTED> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.count()?;
        self.inner.next_element_seed(self.at.guard(seed))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.cap(self.inner.size_hint())
    }
}

impl<'de, A: MapAccess<'de>, const COUNTED: bool> MapAccess<'de> for Elements<'_, A, COUNTED> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.count()?;
        self.inner.next_key_seed(self.at.guard(seed))
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(self.at.guard(seed))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.cap(self.inner.size_hint())
    }
}

impl<'de, 'b, A: EnumAccess<'de>> EnumAccess<'de> for Guarded<'b, A> {
    type Error = A::Error;
    type Variant = Guarded<'b, A::Variant>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let at = self.at;
        let (value, variant) = self.inner.variant_seed(at.guard(seed))?;
        Ok((value, at.guard(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Guarded<'_, A> {
    type Error = A::Error;

    #[inline]
    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(self.at.guard(seed))
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, self.at.guard(visitor))
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, self.at.guard(visitor))
    }
}
