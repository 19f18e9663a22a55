//! Fields that lints have something to say about; generated code must not say it again.

use core::error::Error;
use std::path::Path;

use commy::{create_reader, create_writer};

#[create_writer(filename = "odd.bin")]
#[create_reader(filename = "odd.bin")]
#[allow(non_snake_case, reason = "named by someone else")]
pub(crate) struct Odd {
    value: u64,
    #[deprecated(note = "only old readers look at it")]
    old: u8,
    _reserved: [u8; 3],
    #[commy(rename = "by_hand")]
    _other: [u8; 3],
    camelCase: u32,
    /// Ends like a sentence. `code` and <angle brackets>.
    ///
    /// # Heading
    ///
    /// Text after the heading.
    #[doc(alias = "other")]
    long_docs: u8,
    #[doc(hidden)]
    hidden: u8,
    function: Matrix<{ 1 + 1 }>,
    unit: Unit,
}

type Matrix<const N: usize> = [[f32; N]; 2];

/// A struct whose only variant of content is zero bytes long.
#[derive(commy::Mappable, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
struct Unit {
    nothing: [u8; 0],
}

pub(crate) fn run(directory: &Path) -> Result<(), Box<dyn Error>> {
    let path = directory.join("odd.bin");
    let mut writer = OddWriter::create_at(&path)?;
    writer.set_value(1);
    writer.set_camelCase(2);
    writer.set_by_hand_at(1, 3);
    writer.set_function([[0.5; 2]; 2]);
    writer.set_unit(Unit { nothing: [] });
    let reader = OddReader::open_at(&path)?;
    assert_eq!((reader.value()?, reader.camelCase()?), (1, 2));
    assert_eq!((reader.by_hand()?, reader.unit()?), ([0, 3, 0], Unit { nothing: [] }));
    assert_eq!((reader.long_docs()?, reader.hidden()?), (0, 0));
    Ok(())
}
