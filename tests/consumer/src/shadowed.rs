//! Names that generated code must not take from where the struct stands.

use core::error::Error as StdError;
use std::path::Path as StdPath;

macro_rules! shadow {
    ($($name:ident)*) => {$(
        #[derive(Debug)]
        #[allow(dead_code, non_camel_case_types, reason = "a name that is in the way")]
        pub(crate) struct $name;
    )*};
}

mod inner {
    use ::commy::{create_reader, create_writer};

    shadow!(Result Ok Err Some None Vec Box String Path AsRef From FnOnce Deref DerefMut Clone Debug);
    shadow!(Mappable Record Writer Reader Batch Image Invalid Field bool str i128 usize);

    /// The user's own type of a standard name.
    #[derive(::commy::Mappable, Copy, ::core::clone::Clone)]
    #[repr(C)]
    pub(crate) struct Option {
        pub(crate) inner: u32,
    }

    pub(crate) mod core {}
    pub(crate) mod commy {}
    pub(crate) mod std {}

    #[create_writer(filename = "shadowed.bin")]
    #[create_reader(filename = "shadowed.bin")]
    pub(crate) struct Shadowed {
        pub(crate) option: Option,
        pub(crate) wide: u64,
    }
}

pub(crate) fn run(directory: &StdPath) -> Result<(), Box<dyn StdError>> {
    let path = directory.join("shadowed.bin");
    let mut writer = inner::ShadowedWriter::create_at(&path)?;
    writer.set_option(inner::Option { inner: 7 });
    writer.set_wide(8);
    let reader = inner::ShadowedReader::open_at(&path)?;
    assert_eq!((reader.option()?.inner, reader.wide()?), (7, 8));
    Ok(())
}
