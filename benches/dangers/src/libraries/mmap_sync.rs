//! mmap-sync: its synchronizer as the documentation makes it, with checked reads.

use core::time::Duration;
use std::path::Path;

use ::mmap_sync::synchronizer::Synchronizer;

use super::{Publish, Read, Shape, text};
use crate::value::{Found, flow, word};

macro_rules! archived {
    ($module:ident: $type:ident { $($field:ident: $kind:ty),* }) => {
        pub mod $module {
            use bytecheck::CheckBytes;
            use rkyv::{Archive, Deserialize, Serialize};

            #[derive(Archive, Deserialize, Serialize, Debug)]
            #[archive_attr(derive(CheckBytes))]
            pub struct $type {
                $(pub $field: $kind,)*
                pub rest: [u64; 1022],
            }
        }
    };
}

archived!(here: Sample { serial: u64, flow: f64 });
archived!(changed: Sample { flow: f64, serial: u64 });
archived!(renamed: Reading { flow: f64, serial: u64 });

/// As in the crate's example.
const GRACE: Duration = Duration::from_secs(1);

pub fn writer(directory: &Path) -> Result<Publish, String> {
    let mut synchronizer = Synchronizer::new(directory.join("sample").as_os_str());
    let mut value = here::Sample { serial: 0, flow: 0.0, rest: [0; 1022] };
    Ok(Box::new(move |serial| {
        (value.serial, value.flow) = (serial, flow(serial));
        value.rest.iter_mut().enumerate().for_each(|(idx, place)| *place = word(serial, idx));
        synchronizer.write(&value, GRACE).map(|_| ()).map_err(text)
    }))
}

pub fn reader(directory: &Path, shape: Shape) -> Result<Read, String> {
    macro_rules! read {
        ($type:ty) => {{
            let mut synchronizer = Synchronizer::new(directory.join("sample").as_os_str());
            Ok(Box::new(move || {
                // SAFETY: the check is asked for; what the bytes are otherwise is what is measured.
                let value = unsafe { synchronizer.read::<$type>(true) }.map_err(text)?;
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
