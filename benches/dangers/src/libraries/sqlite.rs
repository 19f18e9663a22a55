//! SQLite: a table of one row, in WAL mode with the syncing that its documentation says for it. Readers
//! open it read-only.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use super::{Publish, Read, Shape, text};
use crate::value::{Found, REST, flow, word};

pub fn writer(directory: &Path) -> Result<Publish, String> {
    let connection = Connection::open(directory.join("latest.db")).map_err(text)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(text)?;
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(text)?;
    let table = "CREATE TABLE IF NOT EXISTS latest (id INTEGER PRIMARY KEY, serial INTEGER, flow REAL, rest BLOB)";
    connection.execute(table, ()).map_err(text)?;
    let mut rest = vec![0; REST];
    Ok(Box::new(move |serial| {
        rest.iter_mut().enumerate().for_each(|(idx, place)| *place = word(serial, idx));
        let replace = "INSERT OR REPLACE INTO latest (id, serial, flow, rest) VALUES (1, ?, ?, ?)";
        let mut statement = connection.prepare_cached(replace).map_err(text)?;
        let bytes: &[u8] = bytemuck::cast_slice(&rest);
        let serial = i64::try_from(serial).map_err(text)?;
        statement.execute(params![serial, flow(serial.unsigned_abs()), bytes]).map_err(text)?;
        Ok(())
    }))
}

/// A query names columns, so the order in which a struct has its fields does not matter.
pub fn reader(directory: &Path, _: Shape) -> Result<Read, String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(directory.join("latest.db"), flags).map_err(text)?;
    Ok(Box::new(move || {
        let query = "SELECT serial, flow, rest FROM latest WHERE id = 1";
        let mut statement = connection.prepare_cached(query).map_err(text)?;
        let row = statement.query_row((), |row| {
            let serial: i64 = row.get("serial")?;
            let (flow, bytes): (f64, Vec<u8>) = (row.get("flow")?, row.get("rest")?);
            Ok((serial, flow, bytes))
        });
        let (serial, flow, bytes) = row.map_err(text)?;
        let rest = bytes.chunks_exact(8).map(bytemuck::pod_read_unaligned).collect();
        Ok(Found { serial: serial.cast_unsigned(), flow, rest })
    }))
}
