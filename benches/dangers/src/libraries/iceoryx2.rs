//! iceoryx2: a blackboard of one entry. Names of types are those that the struct says, as the crate asks
//! for between programs. What dead processes leave is removed when a node is made, which is the default;
//! a writer asks for it once more.

use std::path::{Path, PathBuf};

use bytemuck::Zeroable as _;
use iceoryx2::prelude::*;

use super::plain::{Plain, changed, here, renamed};
use super::{Publish, Read, Shape};

const NAME: &str = "latest";

/// Keeps the files of one place apart from all others.
fn config(directory: &Path) -> Result<Config, String> {
    let mut config = Config::default();
    config.global.prefix = prefix(directory).as_str().try_into().map_err(debug)?;
    let root = directory.to_string_lossy().into_owned();
    config.global.set_root_path(&root.as_str().try_into().map_err(debug)?);
    Ok(config)
}

fn prefix(directory: &Path) -> String {
    let place = directory.parent().and_then(Path::file_name).unwrap_or_default();
    format!("{}_", place.to_string_lossy())
}

/// Its segments of shared memory.
pub fn elsewhere(directory: &Path) -> Vec<PathBuf> {
    let prefix = prefix(directory);
    let Ok(entries) = std::fs::read_dir("/dev/shm") else { return Vec::new() };
    let paths = entries.flatten().filter(|entry| {
        entry.file_name().to_string_lossy().starts_with(&prefix)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
    });
    paths.map(|entry| entry.path()).collect()
}

fn node(config: &Config) -> Result<Node<ipc::Service>, String> {
    set_log_level(LogLevel::Fatal);
    NodeBuilder::new().config(config).create::<ipc::Service>().map_err(debug)
}

pub fn writer(directory: &Path) -> Result<Publish, String> {
    let config = config(directory)?;
    let node = node(&config)?;
    node.try_cleanup_dead_nodes();
    let name = NAME.try_into().map_err(debug)?;
    let mut value = here::Sample::zeroed();
    let service = match node.service_builder(&name).blackboard_opener::<u64>().open() {
        Ok(service) => service,
        Err(_) => {
            let creator = node.service_builder(&name).blackboard_creator::<u64>();
            creator.add::<here::Sample>(0, value).create().map_err(debug)?
        }
    };
    let port = service.writer_builder().create().map_err(debug)?;
    let entry = port.entry::<here::Sample>(&0).map_err(debug)?;
    Ok(Box::new(move |serial| {
        let _kept = (&node, &service, &port);
        value.fill(serial);
        entry.update_with_copy(value);
        Ok(())
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
    let node = node(&config(directory)?)?;
    let name = NAME.try_into().map_err(debug)?;
    let service = node.service_builder(&name).blackboard_opener::<u64>().open().map_err(debug)?;
    let port = service.reader_builder().create().map_err(debug)?;
    let entry = port.entry::<V>(&0).map_err(debug)?;
    Ok(Box::new(move || {
        let _kept = (&node, &service, &port);
        Ok(entry.get().found())
    }))
}

/// The words of its errors say less than their names.
fn debug(error: impl core::fmt::Debug) -> String {
    format!("{error:?}")
}
