//! A crate whose own names are those that generated code might use, too.
#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(dead_code, unused_macros, reason = "they are in the way, which is enough")]
#![allow(non_camel_case_types, non_upper_case_globals, reason = "named like variables")]
#![allow(clippy::upper_case_acronyms, reason = "named like constants")]

use std::error::Error;
use std::path::PathBuf;

/// Constants, statics and unit structs turn a pattern of their name into a test.
macro_rules! in_the_way {
    ($($constant:ident)* ; $($variable:ident)* ; $($unit:ident)* ; $($function:ident)* ; $($mac:ident)*) => {
        $(pub const $constant: u8 = 3;)*
        $(pub static $variable: u8 = 3;)*
        $(#[derive(Debug)] pub struct $unit;)*
        $(pub fn $function() -> u8 { 3 })*
        $(
            #[allow(unused_macros, reason = "in the way")]
            macro_rules! $mac { ($d:tt) => { compile_error!("a macro of the user's") }; }
        )*
    };
}

mod consts {
    in_the_way!(
        value index path set batch writer reader f view timeout source owner image at bytes number
        found data name fields args pick variant commy_types shape;
        ;
        ;
        record read element check encode assign check_index fail size_of align_of needs_drop;
        offset_of option_env unreachable shape_of_fields shape_of_variants concat panic
    );

    #[derive(commy::Mappable, Debug, Clone, Copy, PartialEq, Eq)]
    #[repr(i16)]
    pub enum Kind {
        Off,
        On = -5,
    }

    #[commy::create_writer(filename = "names.bin")]
    #[commy::create_reader(filename = "names.bin")]
    pub struct Consts {
        pub value: u64,
        pub index: commy::FixedVec<u8, 4>,
        pub record: [Kind; 2],
        pub title: commy::FixedString<8>,
        pub __value: u8,
        pub last: Kind,
    }
}

mod statics {
    in_the_way!(
        ;
        value record index path set batch writer reader f view read timeout owner image at bytes;
        ;;
    );

    #[commy::create_writer(filename = "names.bin")]
    #[commy::create_reader(filename = "names.bin")]
    pub struct Statics {
        pub value: u64,
        pub list: commy::FixedVec<u8, 4>,
    }
}

mod units {
    in_the_way!(
        ;;
        value record index path set batch writer reader f view read timeout owner image at bytes R
        Leaf Shape Layout Fields Facts Self_ Source Output Arg Target Sized Option Some None Itself
        KnownSize SizeOf NoSize SizedRecord KNOWN ASKED PhantomData;
        ;
    );

    pub mod core {}
    pub mod commy_types {}
    pub mod __private {}

    #[::commy::create_writer(filename = "names.bin")]
    #[::commy::create_reader(filename = "names.bin")]
    pub struct Units {
        pub value: u64,
        pub list: ::commy::FixedVec<u8, 4>,
        pub lasts: [Last; 2],
    }

    #[derive(::commy::Mappable, Debug, Clone, Copy)]
    #[repr(C)]
    pub struct Last {
        pub value: u8,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("which directory?")?);
    let path = directory.join("consts.bin");
    let mut writer = consts::ConstsWriter::create_at(&path)?;
    writer.set_value(1);
    writer.set_index(&[1, 2])?;
    writer.set_index_at(1, 5);
    writer.batch(|batch| batch.push_index(6))?;
    writer.set_record([consts::Kind::On, consts::Kind::Off]);
    let reader = consts::ConstsReader::open_at(&path)?;
    assert_eq!((reader.value()?, reader.index_at(2)?), (1, Some(6)));
    assert_eq!(reader.record()?, [consts::Kind::On, consts::Kind::Off]);

    let path = directory.join("statics.bin");
    let mut writer = statics::StaticsWriter::create_at(&path)?;
    writer.set_value(2);
    writer.push_list(7)?;
    let reader = statics::StaticsReader::open_at(&path)?;
    assert_eq!(reader.read(|view| Ok((view.value()?, view.list_at(0)?)))?, (2, Some(7)));

    let path = directory.join("units.bin");
    let mut writer = units::UnitsWriter::create_at(&path)?;
    writer.set_value(3);
    writer.push_list(8)?;
    let reader = units::UnitsReader::open_at(&path)?;
    assert_eq!((reader.value()?, reader.list()?.as_slice()), (3, [8].as_slice()));
    println!("names: all right");
    Ok(())
}
