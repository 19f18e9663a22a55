//! What is in the slots of a file.

use super::reader::DynReader;

/// What is in a slot of a file; made by [`DynReader::slots`].
///
/// # Examples
///
/// See [`DynReader::slots`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotInfo {
    /// The generation that is in it, or that it is being filled with; 0 for none.
    pub generation: u64,
    /// Whether all of that generation is in it. If not, its writer fills it now, or has died there.
    pub is_whole: bool,
    /// Whether it is the steady slot: one more than those of the ring, for large records.
    pub is_steady: bool,
}

impl SlotInfo {
    const fn of(sequence: u64, is_steady: bool) -> Self {
        let is_whole = sequence.is_multiple_of(2);
        Self { generation: sequence.div_ceil(2), is_whole, is_steady }
    }
}

impl DynReader {
    /// What is in each slot: those of the ring in order, then the steady one if there is one.
    ///
    /// A writer goes on meanwhile, so slots that were looked at one after the other may not fit together. A
    /// damaged file may have any number there.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "count.bin")]
    /// struct Count {
    ///     number: u64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("count.bin");
    /// let mut writer = CountWriter::create_at(&path)?;
    /// for number in 1..=5 {
    ///     writer.set_number(number);
    /// }
    /// let slots = commy::dynamic::open(&path)?.slots();
    /// let generations: Vec<_> = slots.iter().map(|slot| slot.generation).collect();
    /// assert_eq!(generations, [4, 5, 2, 3]); // generation g is in slot g mod 4
    /// assert!(slots.iter().all(|slot| slot.is_whole));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn slots(&self) -> Vec<SlotInfo> {
        let (ring, steady) = self.untyped().sequences();
        let ring = ring.into_iter().map(|sequence| SlotInfo::of(sequence, false));
        ring.chain(steady.map(|sequence| SlotInfo::of(sequence, true))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_that_is_odd_is_of_a_slot_that_is_being_filled() {
        let told = |sequence| {
            let slot = SlotInfo::of(sequence, false);
            (slot.generation, slot.is_whole)
        };
        assert_eq!(
            [0, 1, 2, 3, 4].map(told),
            [(0, true), (1, false), (1, true), (2, false), (2, true)]
        );
        assert_eq!(told(u64::MAX), (1 << 63, false));
    }
}
