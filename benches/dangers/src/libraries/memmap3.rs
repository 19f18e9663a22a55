//! memmap3: a struct in a mapping, whose fields are assigned.

use std::path::Path;

use memmap3::MmapStruct;

use super::{Publish, Read, Shape, text};
use crate::value::{Found, flow, word};

macro_rules! mapped {
    ($module:ident: $type:ident { $($field:ident: $kind:ty),* }) => {
        pub mod $module {
            use memmap3::mmap_struct;

            #[mmap_struct]
            pub struct $type {
                $(pub $field: $kind,)*
                pub rest: [u64; 1022],
            }
        }
    };
}

mapped!(here: Sample { serial: u64, flow: f64 });
mapped!(changed: Sample { flow: f64, serial: u64 });
mapped!(renamed: Reading { flow: f64, serial: u64 });

pub fn writer(directory: &Path) -> Result<Publish, String> {
    let mut value = MmapStruct::<here::Sample>::open(directory.join("sample")).map_err(text)?;
    Ok(Box::new(move |serial| {
        (value.serial, value.flow) = (serial, flow(serial));
        value.rest.iter_mut().enumerate().for_each(|(idx, place)| *place = word(serial, idx));
        Ok(())
    }))
}

pub fn reader(directory: &Path, shape: Shape) -> Result<Read, String> {
    macro_rules! read {
        ($type:ty) => {{
            let value = MmapStruct::<$type>::open(directory.join("sample")).map_err(text)?;
            Ok(Box::new(move || {
                Ok(Found { serial: value.serial, flow: value.flow, rest: value.rest.to_vec() })
            }))
        }};
    }
    match shape {
        Shape::Same => read!(here::Sample),
        Shape::Changed => read!(changed::Sample),
        Shape::Renamed => read!(renamed::Reading),
    }
}
