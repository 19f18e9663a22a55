//! commy with a record that grows: `publish`, and `snapshot`.

use std::path::Path;

use super::{Publish, Read, Shape, text};
use crate::value::{Found, REST, flow, word};

macro_rules! record {
    ($module:ident: $type:ident { $($field:ident: $kind:ty),* }) => {
        pub mod $module {
            use commy::{create_reader, create_writer};

            #[create_writer(filename = "sample.bin", growable)]
            #[create_reader(filename = "sample.bin", growable)]
            #[derive(Debug, Clone, PartialEq, Default)]
            pub struct $type {
                $(pub $field: $kind,)*
                pub rest: Vec<u64>,
            }
        }
    };
}

record!(here: Sample { serial: u64, flow: f64 });
record!(changed: Sample { flow: f64, serial: u64 });
record!(renamed: Reading { flow: f64, serial: u64 });

pub fn writer(directory: &Path) -> Result<Publish, String> {
    let mut writer = here::SampleWriter::create_at(directory.join("sample.bin")).map_err(text)?;
    let mut value = here::Sample { rest: vec![0; REST], ..here::Sample::default() };
    Ok(Box::new(move |serial| {
        (value.serial, value.flow) = (serial, flow(serial));
        value.rest.iter_mut().enumerate().for_each(|(idx, place)| *place = word(serial, idx));
        writer.publish(&value).map(|_| ()).map_err(text)
    }))
}

pub fn reader(directory: &Path, shape: Shape) -> Result<Read, String> {
    macro_rules! read {
        ($reader:path) => {{
            let reader = <$reader>::open_at(directory.join("sample.bin")).map_err(text)?;
            Ok(Box::new(move || {
                let value = reader.snapshot().map_err(text)?;
                Ok(Found { serial: value.serial, flow: value.flow, rest: value.rest })
            }))
        }};
    }
    match shape {
        Shape::Same => read!(here::SampleReader),
        Shape::Changed => read!(changed::SampleReader),
        Shape::Renamed => read!(renamed::ReadingReader),
    }
}
