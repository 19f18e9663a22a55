//! A serialized type is known in the file by its name and what it consists of, unless it has a name
//! of its own.

use core::error::Error;
use std::collections::HashMap;

use commy::encoded::{Encoded, Postcard, SchemaName};
use commy::{Mappable, OpenError, create_reader, create_writer};
use serde::{Deserialize, Serialize};

fn name<T: SchemaName + ?Sized>() -> String {
    T::NAME.to_string()
}

/// A type of another crate, which nobody can give a name.
mod foreign {
    pub(crate) struct Stamp<T>(pub(crate) T);
}

#[derive(SchemaName)]
#[allow(dead_code, reason = "only its name is looked at")]
struct Everything<'a> {
    r#type: u8,
    text: &'a str,
    own: Vec<Own>,
    twice: Option<Own>,
    table: std::collections::HashMap<String, [i16; 3]>,
    stamp: self::foreign::Stamp<::core::primitive::u8>,
    cow: std::borrow::Cow<'a, [u8]>,
    named: Named,
    unit: Unit,
    newtype: Meters,
}

#[derive(SchemaName)]
#[allow(dead_code, reason = "only its name is looked at")]
enum Own {
    Empty,
    Pair(u8, f32),
    Both { x: f64, y: f64 },
}

#[derive(SchemaName)]
#[commy(name = "Named.v2")]
#[allow(dead_code, reason = "only its name is looked at")]
struct Named {
    hidden: u8,
}

#[derive(SchemaName)]
struct Unit;

#[derive(SchemaName, Clone)]
#[allow(dead_code, reason = "only its name is looked at")]
struct Meters(f64);

#[test]
fn a_derived_name_tells_fields_and_variants() {
    assert_eq!(
        name::<Everything<'_>>(),
        "Everything { type: u8, text: str, own: Vec<Own { Empty, Pair(u8, f32), \
         Both { x: f64, y: f64 } }>, twice: Option<Own>, table: HashMap<String, [i16; 3]>, \
         stamp: Stamp<u8>, cow: Cow<[u8]>, named: Named.v2, unit: Unit, newtype: Meters(f64) }"
    );
    assert_eq!(name::<[Meters]>(), "[Meters(f64)]");
}

#[derive(SchemaName)]
#[allow(dead_code, reason = "only its name is looked at")]
struct Tree {
    children: Vec<Tree>,
    itself: Option<Box<Self>>,
    other: Other,
}

#[derive(SchemaName)]
#[allow(dead_code, reason = "only its name is looked at")]
enum Other {
    Back(Box<Tree>),
    Ahead(HashMap<u8, Other>),
}

#[derive(SchemaName)]
#[allow(dead_code, reason = "only its name is looked at")]
struct Grid<T, const N: usize> {
    cells: [T; N],
    finer: Option<Box<Grid<T, N>>>,
}

#[test]
fn types_that_hold_themselves_have_names_with_an_end() {
    assert_eq!(
        name::<Tree>(),
        "Tree { children: Vec<Tree>, itself: Option<Box<Tree>>, other: Other { Back(Box<Tree>), \
         Ahead(HashMap<u8, Other>) } }"
    );
    assert_eq!(
        name::<Other>(),
        "Other { Back(Box<Tree { children: Vec<Tree>, itself: Option<Box<Tree>>, other: Other }>), \
         Ahead(HashMap<u8, Other>) }"
    );
    assert_eq!(
        name::<Grid<Meters, 4>>(),
        "Grid<Meters(f64), 4> { cells: [Meters; 4], finer: Option<Box<Grid<Meters, 4>>> }"
    );
}

mod writer {
    use super::{Deserialize, SchemaName, Serialize};

    #[derive(Serialize, Deserialize, SchemaName)]
    pub(crate) struct State {
        pub(crate) health: u32,
        pub(crate) score: u32,
        pub(crate) place: Place,
    }

    #[derive(Serialize, Deserialize, SchemaName)]
    pub(crate) struct Place {
        pub(crate) x: f64,
        pub(crate) y: f64,
    }
}

/// The same with two fields exchanged.
mod swapped {
    use super::{Deserialize, SchemaName, Serialize, writer};

    #[derive(Serialize, Deserialize, SchemaName)]
    pub(crate) struct State {
        pub(crate) score: u32,
        pub(crate) health: u32,
        pub(crate) place: writer::Place,
    }
}

/// The same with two fields exchanged in a type that is held.
mod swapped_within {
    use super::{Deserialize, SchemaName, Serialize};

    #[derive(Serialize, Deserialize, SchemaName)]
    pub(crate) struct State {
        pub(crate) health: u32,
        pub(crate) score: u32,
        pub(crate) place: Place,
    }

    #[derive(Serialize, Deserialize, SchemaName)]
    pub(crate) struct Place {
        pub(crate) y: f64,
        pub(crate) x: f64,
    }
}

/// The same, written in another way.
mod alike {
    #[derive(serde::Serialize, serde::Deserialize, commy::encoded::SchemaName)]
    pub(crate) struct State {
        pub(crate) health: core::primitive::u32,
        pub(crate) score: u32,
        pub(crate) place: super::writer::Place,
    }
}

macro_rules! record {
    ($name:ident, $state:ty) => {
        #[create_writer(filename = "state.bin")]
        #[create_reader(filename = "state.bin")]
        struct $name {
            round: u64,
            state: Encoded<$state, Postcard, 64>,
        }
    };
}

record!(Writes, writer::State);
record!(Swaps, swapped::State);
record!(SwapsWithin, swapped_within::State);
record!(Agrees, alike::State);

#[test]
fn programs_that_exchange_fields_of_a_serialized_value_are_told() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("state.bin");
    let mut writer = WritesWriter::create_at(&path)?;
    let place = writer::Place { x: 1.0, y: 2.0 };
    writer.set_state(&writer::State { health: 3, score: 4, place })?;

    let refused = SwapsReader::open_at(&path).expect_err("the fields are exchanged");
    assert!(matches!(refused, OpenError::SchemaMismatch { .. }), "{refused}");
    let message = refused.to_string();
    for part in ["field `state`", "State { health: u32", "State { score: u32"] {
        assert!(message.contains(part), "{part} in {message}");
    }
    let refused = SwapsWithinReader::open_at(&path).expect_err("the fields within are exchanged");
    assert!(refused.to_string().contains("field `state`"), "{refused}");

    let state = AgreesReader::open_at(&path)?.state()?.decode()?;
    assert_eq!((state.health, state.score, state.place.y), (3, 4, 2.0));
    Ok(())
}

#[test]
fn a_name_that_is_given_stands_for_itself() {
    #[derive(Serialize, SchemaName)]
    #[commy(name = "Named.v2")]
    struct Given {
        hidden: u8,
    }

    type Field = Encoded<Vec<Given>, Postcard, 16>;
    assert!(Field::try_new(&vec![Given { hidden: 1 }]).is_ok());
    assert!(Field::SCHEMA.line().contains(r#""name":"Vec<Named.v2>""#));
}
