//! A record as the attributes would expand it.

use super::super::at::At;
use super::super::cell::{BytesCell, Cell, CellOf, Placed};
use super::super::edit::Cursor;
use super::super::fault::Fault;
use super::super::record::{GrowableRecord, Layout, RootField, spec};
use super::super::snap::Snap;
use crate::error::WriteError;
use crate::format::{FieldNote, RecordSpec};
use crate::record::{Record, SpecCell};

/// A record with a field of each kind.
#[allow(clippy::box_collection, reason = "text in a block of its own is a kind of its own")]
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Note {
    pub(super) serial: u64,
    pub(super) text: String,
    pub(super) bytes: Vec<u8>,
    pub(super) owner: Option<String>,
    pub(super) footer: Option<Box<String>>,
    pub(super) table: [u64; 100],
}

pub(super) type Serial = Placed<CellOf<u64>, 512>;
pub(super) type Text = Placed<CellOf<String>, 512>;
pub(super) type Bytes = Placed<BytesCell, 512>;
pub(super) type Owner = Placed<CellOf<Option<String>>, 512>;
pub(super) type Footer = Placed<CellOf<Option<Box<String>>>, 512>;
pub(super) type Table = Placed<CellOf<[u64; 100]>, 512>;

const LAYOUT: Layout<6> = Layout::root([
    (Serial::SIZE, Serial::ALIGN),
    (Text::SIZE, Text::ALIGN),
    (Bytes::SIZE, Bytes::ALIGN),
    (Owner::SIZE, Owner::ALIGN),
    (Footer::SIZE, Footer::ALIGN),
    (Table::SIZE, Table::ALIGN),
]);

/// Where each field is.
pub(super) const AT: [usize; 6] = LAYOUT.offsets;

impl Note {
    pub(super) fn empty() -> Self {
        Self {
            serial: 0,
            text: String::new(),
            bytes: Vec::new(),
            owner: None,
            footer: None,
            table: [0; 100],
        }
    }
}

impl Record for Note {
    const NAME: &'static str = "Note";
    const PACKAGE: &'static str = "commy";
    const PACKAGE_VERSION: &'static str = "1";
    const NOTES: &'static [FieldNote] = &[];

    fn spec() -> &'static RecordSpec {
        static SPEC: SpecCell = SpecCell::new();
        spec::<Self>(&SPEC, LAYOUT.size, LAYOUT.align)
    }
}

impl GrowableRecord for Note {
    const FIELDS: &'static [RootField] = &[
        RootField::new::<Serial>("serial", AT[0]),
        RootField::new::<Text>("text", AT[1]),
        RootField::new::<Bytes>("bytes", AT[2]),
        RootField::new::<Owner>("owner", AT[3]),
        RootField::new::<Footer>("footer", AT[4]),
        RootField::new::<Table>("table", AT[5]),
    ];

    fn load(snap: &Snap<'_>) -> Result<Self, Fault> {
        Ok(Self {
            serial: Serial::load(snap, At::root(AT[0]))?,
            text: Text::load(snap, At::root(AT[1]))?,
            bytes: Bytes::load(snap, At::root(AT[2]))?,
            owner: Owner::load(snap, At::root(AT[3]))?,
            footer: Footer::load(snap, At::root(AT[4]))?,
            table: Table::load(snap, At::root(AT[5]))?,
        })
    }

    fn load_into(snap: &Snap<'_>, value: &mut Self) -> Result<(), Fault> {
        Serial::load_into(snap, At::root(AT[0]), &mut value.serial)?;
        Text::load_into(snap, At::root(AT[1]), &mut value.text)?;
        Bytes::load_into(snap, At::root(AT[2]), &mut value.bytes)?;
        Owner::load_into(snap, At::root(AT[3]), &mut value.owner)?;
        Footer::load_into(snap, At::root(AT[4]), &mut value.footer)?;
        Table::load_into(snap, At::root(AT[5]), &mut value.table)
    }

    fn reconcile(&self, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        Serial::reconcile(&self.serial, cursor.reborrow().field(AT[0]))?;
        Text::reconcile(&self.text, cursor.reborrow().field(AT[1]))?;
        Bytes::reconcile(&self.bytes, cursor.reborrow().field(AT[2]))?;
        Owner::reconcile(&self.owner, cursor.reborrow().field(AT[3]))?;
        Footer::reconcile(&self.footer, cursor.reborrow().field(AT[4]))?;
        Table::reconcile(&self.table, cursor.reborrow().field(AT[5]))
    }
}
