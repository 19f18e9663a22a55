//! LMDB, by heed: one key, and what is the default of everything else. Readers open it read-only.

use std::path::Path;

use bytemuck::Zeroable as _;
use heed::types::{Bytes, Str};
use heed::{Database, Env, EnvFlags, EnvOpenOptions};

use super::plain::{Plain, changed, here, renamed};
use super::{Publish, Read, Shape, text};

const KEY: &str = "latest";

fn options() -> EnvOpenOptions<heed::WithTls> {
    let mut options = EnvOpenOptions::new();
    options.map_size(64 << 20);
    options
}

pub fn writer(directory: &Path) -> Result<Publish, String> {
    // SAFETY: what others do to the file is what is measured.
    let env: Env = unsafe { options().open(directory) }.map_err(text)?;
    let mut transaction = env.write_txn().map_err(text)?;
    let database: Database<Str, Bytes> =
        env.create_database(&mut transaction, None).map_err(text)?;
    transaction.commit().map_err(text)?;
    let mut value = here::Sample::zeroed();
    Ok(Box::new(move |serial| {
        value.fill(serial);
        let mut transaction = env.write_txn().map_err(text)?;
        database.put(&mut transaction, KEY, bytemuck::bytes_of(&value)).map_err(text)?;
        transaction.commit().map_err(text)
    }))
}

pub fn reader(directory: &Path, shape: Shape) -> Result<Read, String> {
    match shape {
        Shape::Same => read::<here::Sample>(directory),
        Shape::Changed => read::<changed::Sample>(directory),
        Shape::Renamed => read::<renamed::Reading>(directory),
    }
}

fn read<V: Plain>(directory: &Path) -> Result<Read, String> {
    let mut options = options();
    // SAFETY: the flag asks for less.
    unsafe { options.flags(EnvFlags::READ_ONLY) };
    // SAFETY: what others do to the file is what is measured.
    let env: Env = unsafe { options.open(directory) }.map_err(text)?;
    Ok(Box::new(move || {
        let transaction = env.read_txn().map_err(text)?;
        let database: Option<Database<Str, Bytes>> =
            env.open_database(&transaction, None).map_err(text)?;
        let database = database.ok_or_else(|| String::from("no database"))?;
        let bytes = database.get(&transaction, KEY).map_err(text)?;
        let bytes = bytes.ok_or_else(|| String::from("no such key"))?;
        bytemuck::try_pod_read_unaligned::<V>(bytes).map(|value| value.found()).map_err(text)
    }))
}
