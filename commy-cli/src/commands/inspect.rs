//! `inspect`: what is known of a file, and a table of its fields.

use std::io::Write as _;
use std::path::Path;

use anstyle::Style;
use commy::dynamic::{DynReader, Field, FileInfo, Kind, Snapshot, Value};
use serde::Serialize;

use super::get::patiently;
use super::known::{Known, rates};
use crate::cli::Inspect;
use crate::exit::{Exit, Failure};
use crate::output::escape::{Escaped, path_text, shortened};
use crate::output::table::{Align, Cell, Table};
use crate::output::{BAD, GOOD, NAME, Output, json, units};

pub(crate) fn run(asked: &Inspect, output: &mut Output) -> Result<Exit, Failure> {
    let file = super::open(&asked.file, &asked.demands)?;
    if asked.schema {
        return schema(&file, output);
    }
    if let Some(field) = &asked.hex {
        return hex(asked, &file, field.as_deref(), output);
    }
    if asked.slots {
        return slots(asked, &file, output);
    }
    let rate = rates(&[&file]).into_iter().next().flatten();
    let info = file.info();
    let known = Known::new(&asked.file, &info, rate);
    let (snapshot, failure) = match patiently(|| Ok(file.snapshot()?)) {
        Ok(snapshot) => (Some(snapshot), None),
        Err(error) => (None, Some(Failure::get(&asked.file, &error))),
    };
    let fields = fields(&file, snapshot.as_ref());
    if output.is_json {
        let fields = fields.iter().map(FieldObject::new).collect();
        output.json(&Object { known, fields })?;
    } else {
        print_head(&asked.file, &known, &info, output)?;
        print_fields(&fields, output)?;
    }
    // All else was shown.
    failure.map_or(Ok(Exit::Yes), Err)
}

/// A field, and its value if there is one.
struct Shown<'a> {
    field: Field<'a>,
    value: Option<Value>,
}

fn fields<'a>(file: &'a DynReader, snapshot: Option<&Snapshot>) -> Vec<Shown<'a>> {
    let mut values = snapshot.into_iter().flat_map(|now| now.iter().map(|(_, value)| value));
    file.schema().fields().map(|field| Shown { value: values.next(), field }).collect()
}

#[derive(Serialize)]
struct Object<'a> {
    #[serde(flatten)]
    known: Known,
    fields: Vec<FieldObject<'a>>,
}

#[derive(Serialize)]
struct FieldObject<'a> {
    name: &'a str,
    offset: u64,
    size: u64,
    #[serde(rename = "type")]
    ty: String,
    unit: Option<&'a str>,
    doc: Option<&'a str>,
    value: Option<&'a Value>,
}

impl<'a> FieldObject<'a> {
    fn new(shown: &'a Shown<'a>) -> Self {
        let field = &shown.field;
        let stated = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Self {
            name: field.name(),
            offset: field.offset(),
            size: field.size(),
            ty: field.ty().to_string(),
            unit: stated(field.unit()),
            doc: stated(field.doc()),
            value: shown.value.as_ref(),
        }
    }
}

/// The lines above the table.
fn print_head(
    path: &Path,
    known: &Known,
    info: &FileInfo,
    output: &mut Output,
) -> Result<(), Failure> {
    output.line_in(NAME, path_text(path))?;
    let fingerprint = &known.fingerprint;
    let ends =
        (fingerprint.get(..4).unwrap_or_default(), fingerprint.get(28..).unwrap_or_default());
    output.line(format_args!(
        "  {}, fingerprint {}…{}, format {}, {}, {}",
        if known.name.is_empty() { "struct without a name" } else { &known.name },
        ends.0,
        ends.1,
        info.format_version,
        known.rights(),
        info.file_system.unwrap_or("unknown file system"),
    ))?;
    let mut value = format!("  generation {}, {}", units::grouped(info.generation), known.state);
    if let Some(rate) = known.rate_text() {
        value += &format!(", {rate}");
    }
    value += &known.age().map_or(", age unknown".into(), |age| format!(", published {age} ago"));
    output.line(value)?;
    let mut writer = format!("  writer {}", known.writer.status);
    if let Some(pid) = known.writer.pid {
        writer += &format!(", pid {pid}");
    }
    if let Some(made_by) = known.made_by() {
        writer += &format!(", made by {made_by}");
    }
    output.line_in(known.writer.style(), writer)?;
    output.line(format_args!("  readers {}", known.readers.list()))?;
    let heap = info.heap_len.map(|len| format!(", heap {}", units::size(len))).unwrap_or_default();
    output.line(format_args!(
        "  {} slots x {} B{heap}, file {}",
        info.slots,
        info.payload_size,
        units::size(info.file_len)
    ))?;
    writeln!(output)?;
    Ok(())
}

/// More characters of a value are shown nowhere in a table.
const LONGEST: usize = 400;

fn print_fields(fields: &[Shown<'_>], output: &mut Output) -> Result<(), Failure> {
    let (left, right) = (Align::Left, Align::Right);
    let mut table = Table::new([
        ("offset", right),
        ("size", right),
        ("field", left),
        ("type", left),
        ("value", left),
        ("note", left),
    ]);
    for Shown { field, value } in fields {
        let style = if value.as_ref().is_some_and(Value::has_invalid) { BAD } else { Style::new() };
        let value_text = value.as_ref().map(|value| shortened(value, LONGEST)).unwrap_or_default();
        table.row([
            field.offset().to_string().into(),
            field.size().to_string().into(),
            Cell::new(Escaped(field.name()).to_string(), NAME),
            type_text(field).into(),
            Cell::new(value_text, style),
            note(field, value.as_ref()).into(),
        ]);
    }
    table.print(output)?;
    Ok(())
}

/// The type without what the note says.
fn type_text(field: &Field<'_>) -> String {
    match field.kind() {
        Kind::Enum { repr, .. } => format!("enum {repr}"),
        _ => Escaped(&shortened(&field.ty(), 80)).to_string(),
    }
}

/// What a person may want to know beside the value: its unit, how full it is, what else it could be.
fn note(field: &Field<'_>, value: Option<&Value>) -> String {
    let used = match (field.kind(), value) {
        (Kind::FixedText { capacity }, Some(Value::Str(text))) => {
            format!("{} of {capacity} B", text.len())
        }
        (
            Kind::FixedList { capacity, .. } | Kind::FixedRing { capacity, .. },
            Some(Value::Bytes(items)),
        ) => {
            format!("{} of {capacity}", items.len())
        }
        (
            Kind::FixedList { capacity, .. }
            | Kind::FixedRing { capacity, .. }
            | Kind::FixedSorted { capacity, .. },
            Some(Value::List(items)),
        ) => format!("{} of {capacity}", items.len()),
        (Kind::FixedTable { capacity, .. }, Some(Value::Map(entries))) => {
            format!("{} of {capacity}", entries.len())
        }
        (Kind::Enum { variants, .. }, _) => {
            let named =
                variants.iter().take(8).map(|(name, number)| format!("{}={number}", Escaped(name)));
            let more = if variants.len() > 8 { " …" } else { "" };
            named.collect::<Vec<_>>().join(" ") + more
        }
        _ => String::new(),
    };
    let unit = Escaped(field.unit()).to_string();
    [unit, used].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn schema(file: &DynReader, output: &mut Output) -> Result<Exit, Failure> {
    let text = file.schema().text();
    json::text(output, text)?;
    if !text.ends_with(b"\n") {
        writeln!(output)?;
    }
    Ok(Exit::Yes)
}

#[derive(Serialize)]
struct HexObject<'a> {
    file: String,
    generation: u64,
    field: Option<&'a str>,
    offset: u64,
    hex: String,
}

/// Prints bytes: those of the record, or of a field of it.
fn hex(
    asked: &Inspect,
    file: &DynReader,
    field: Option<&str>,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let range = match field {
        None => (0, file.schema().size()),
        Some(name) => {
            let Some(field) = file.schema().field(name) else {
                // Names what is near.
                let error = file.get(name).err().map(|error| Failure::get(&asked.file, &error));
                let path = path_text(&asked.file);
                let text = format!(
                    "`{path}`: `{name}` is a part of a field, expected a field of the record"
                );
                return Err(error
                    .filter(|error| error.exit() == Exit::Usage)
                    .unwrap_or_else(|| Failure::usage(text)));
            };
            (field.offset(), field.size())
        }
    };
    let snapshot =
        patiently(|| Ok(file.snapshot()?)).map_err(|error| Failure::get(&asked.file, &error))?;
    let Some(record) = snapshot.bytes() else {
        let text = format!(
            "`{}` grows: its bytes are in blocks, expected a record of fixed size",
            path_text(&asked.file)
        );
        return Err(
            Failure::new(Exit::No, "growable", text).with_hint("print its values with `commy get`")
        );
    };
    let (start, len) = (
        usize::try_from(range.0).unwrap_or(usize::MAX),
        usize::try_from(range.1).unwrap_or(usize::MAX),
    );
    let bytes = record.get(start..).map(|rest| rest.get(..len).unwrap_or(rest)).unwrap_or_default();
    if output.is_json {
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let file = asked.file.to_string_lossy().into_owned();
        output.json(&HexObject {
            file,
            generation: snapshot.generation(),
            field,
            offset: range.0,
            hex,
        })?;
        return Ok(Exit::Yes);
    }
    for (index, line) in bytes.chunks(16).enumerate() {
        let digits: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = line
            .iter()
            .map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' });
        let text: String = text.collect();
        output.line(format_args!("{:>8}  {:<47}  {text}", start + index * 16, digits.join(" ")))?;
    }
    Ok(Exit::Yes)
}

#[derive(Serialize)]
struct SlotsObject {
    file: String,
    generation: u64,
    slots: Vec<SlotObject>,
}

#[derive(Serialize)]
struct SlotObject {
    /// `null` for the steady one, which is not of the ring.
    slot: Option<usize>,
    generation: u64,
    whole: bool,
}

fn slots(asked: &Inspect, file: &DynReader, output: &mut Output) -> Result<Exit, Failure> {
    let (slots, generation) = (file.slots(), file.generation());
    if output.is_json {
        let slots = slots.iter().enumerate().map(|(index, slot)| SlotObject {
            slot: (!slot.is_steady).then_some(index),
            generation: slot.generation,
            whole: slot.is_whole,
        });
        let file = asked.file.to_string_lossy().into_owned();
        output.json(&SlotsObject { file, generation, slots: slots.collect() })?;
        return Ok(Exit::Yes);
    }
    let mut table = Table::new([
        ("slot", Align::Right),
        ("generation", Align::Right),
        ("content", Align::Left),
    ]);
    for (index, slot) in slots.iter().enumerate() {
        let name = if slot.is_steady { "steady".into() } else { index.to_string() };
        let content = match slot.generation {
            _ if !slot.is_whole => Cell::new("half written", BAD),
            0 => "nothing".into(),
            found if found == generation => Cell::new("the latest", GOOD),
            _ => "whole".into(),
        };
        table.row([name.into(), units::grouped(slot.generation).into(), content]);
    }
    table.print(output)?;
    Ok(Exit::Yes)
}
