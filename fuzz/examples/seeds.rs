//! `cargo run --example seeds`, in `fuzz/`: writes what each codec makes of a few records to
//! `seeds/encoded_*`, so that its fuzz target begins with bytes that decode.

use std::{fs, io};

use commy::encoded::{Cbor, Encode, EncodedAligned, Json, MessagePack, Postcard, Rkyv, Wincode};

#[path = "../fuzz_targets/encoded/mod.rs"]
#[allow(dead_code, reason = "shared with the targets, which decode")]
mod encoded;

use encoded::{Record, samples};

fn main() -> io::Result<()> {
    write::<Cbor>("cbor")?;
    write::<Json>("json")?;
    write::<MessagePack>("messagepack")?;
    write::<Postcard>("postcard")?;
    write::<Rkyv>("rkyv")?;
    write::<Wincode>("wincode")
}

fn write<C: Encode<Record>>(name: &str) -> io::Result<()> {
    let directory = format!("{}/seeds/encoded_{name}", env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(&directory)?;
    for (number, record) in samples().iter().enumerate() {
        let mut field = Box::new(EncodedAligned::<Record, C, 65_536>::new());
        field.set(record).map_err(|error| io::Error::other(format!("{error:?}")))?;
        fs::write(format!("{directory}/sample_{number}"), field.as_bytes())?;
    }
    Ok(())
}
