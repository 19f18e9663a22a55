//! Writer and reader of one struct are of one file, and each generated type has its own name.
//!
//! promise: the writer of `Weather` has the file "weather.bin", its reader "wether.bin"
//! promise: a program that reads another file says so with `open_at`
//! promise: the filename of `ComputedWriter` is not that of `ComputedReader`
//! promise: commy is `::commy` for the writer and `commy` for the reader
//! promise: `Same` would be the name of its writer and of its reader
//! promise: expected the name of a type, as in `name = "MyReader"`; the file's name is `filename = "named.bin"`
//! promise: errors: 5

use commy::{create_reader, create_writer};

#[create_writer(filename = "weather.bin")]
#[create_reader(filename = "wether.bin")]
struct Weather {
    air: f64,
}

const FILE: &str = "one.bin";

#[create_reader(filename = "two.bin")]
#[create_writer(filename = FILE)]
struct Computed {
    air: f64,
}

#[create_writer(filename = "example.bin", crate = ::commy)]
#[create_reader(filename = "example.bin", crate = commy)]
struct Paths {
    air: f64,
}

#[create_writer(filename = "example.bin", name = "Same")]
#[create_reader(filename = "example.bin", name = "Same")]
struct Names {
    air: f64,
}

#[create_reader(name = "named.bin", filename = "named.bin")]
struct Named {
    air: f64,
}

// The same in other words.
#[create_writer(filename = "one.bin")]
#[create_reader(filename = FILE)]
struct Alike {
    air: f64,
}

#[create_writer(filename = r"one.bin")]
#[create_reader(filename = "one.bin")]
struct Raw {
    air: f64,
}

fn main() {
    let _ = (WeatherWriter::create(), WeatherReader::open(), NamesWriter::create());
    let _ = (AlikeWriter::create(), RawReader::open(), NamedReader::open());
}
