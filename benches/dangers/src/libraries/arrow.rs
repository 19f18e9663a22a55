//! Arrow: a file in the IPC format with one row. A publish writes a file beside it and renames that; a read
//! maps the file and decodes it without copying, with validation.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, Float64Array, RecordBatch, UInt64Array};
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::root_as_footer;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field};
use memmap2::Mmap;

use super::{Publish, Read, Shape, text};
use crate::value::{Found, REST};

pub fn writer(directory: &Path) -> Result<Publish, String> {
    let (path, beside) = (directory.join("latest.arrow"), directory.join("latest.tmp"));
    Ok(Box::new(move |serial| {
        let Found { flow, rest, .. } = Found::of(serial, REST);
        let item = Arc::new(Field::new_list_field(DataType::UInt64, false));
        let rest = Arc::new(UInt64Array::from(rest));
        let len = i32::try_from(REST).map_err(text)?;
        let rest = FixedSizeListArray::try_new(item, len, rest, None).map_err(text)?;
        let batch = RecordBatch::try_from_iter([
            ("serial", Arc::new(UInt64Array::from(vec![serial])) as ArrayRef),
            ("flow", Arc::new(Float64Array::from(vec![flow]))),
            ("rest", Arc::new(rest)),
        ]);
        let batch = batch.map_err(text)?;
        let file = File::create(&beside).map_err(text)?;
        let mut writer = FileWriter::try_new_buffered(file, &batch.schema()).map_err(text)?;
        writer.write(&batch).map_err(text)?;
        writer.finish().map_err(text)?;
        drop(writer);
        fs::rename(&beside, &path).map_err(text)
    }))
}

/// Columns are found by their names, so a reader that names them in another order is no other reader: its
/// struct is made of the same columns.
pub fn reader(directory: &Path, _: Shape) -> Result<Read, String> {
    let path = directory.join("latest.arrow");
    Ok(Box::new(move || {
        let batch = batch(&path)?;
        let column = |name: &str| {
            batch.column_by_name(name).ok_or_else(|| format!("there is no column {name}"))
        };
        let other = || String::from("a column has another type");
        let (serial, flow, rest) = (column("serial")?, column("flow")?, column("rest")?);
        let serial = serial.as_any().downcast_ref::<UInt64Array>().ok_or_else(other)?;
        let flow = flow.as_any().downcast_ref::<Float64Array>().ok_or_else(other)?;
        let rest = rest.as_any().downcast_ref::<FixedSizeListArray>().ok_or_else(other)?;
        if batch.num_rows() == 0 {
            return Err(String::from("there is no row"));
        }
        let rest = rest.value(0);
        let rest = rest.as_any().downcast_ref::<UInt64Array>().ok_or_else(other)?;
        Ok(Found { serial: serial.value(0), flow: flow.value(0), rest: rest.values().to_vec() })
    }))
}

/// As in the documentation of `FileDecoder`.
fn batch(path: &Path) -> Result<RecordBatch, String> {
    let file = File::open(path).map_err(text)?;
    // SAFETY: a file that was renamed here is not written to; a flipped byte comes before.
    let map = unsafe { Mmap::map(&file) }.map_err(text)?;
    let bytes = bytes::Bytes::from_owner(map);
    let buffer = Buffer::from(bytes);
    let short = || String::from("the file is too short");
    let trailer = buffer.len().checked_sub(10).ok_or_else(short)?;
    let footer_len = read_footer_length(buffer[trailer..].try_into().map_err(text)?);
    let start = trailer.checked_sub(footer_len.map_err(text)?).ok_or_else(short)?;
    let footer = root_as_footer(&buffer[start..trailer]).map_err(text)?;
    let schema = footer.schema().ok_or_else(|| String::from("there is no schema"))?;
    let schema = try_fb_to_schema(schema).map_err(text)?;
    let decoder = FileDecoder::new(Arc::new(schema), footer.version());
    let blocks = footer.recordBatches().ok_or_else(|| String::from("there are no batches"))?;
    let block = blocks.iter().next().ok_or_else(|| String::from("there is no batch"))?;
    let block_len = block.bodyLength() + i64::from(block.metaDataLength());
    let (from, len) =
        (block.offset().try_into().map_err(text)?, block_len.try_into().map_err(text)?);
    let data = buffer.slice_with_length(from, len);
    let batch = decoder.read_record_batch(block, &data).map_err(text)?;
    batch.ok_or_else(|| String::from("the batch is empty"))
}
