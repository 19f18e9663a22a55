//! Generated code needs nothing that the prelude brings.
#![no_implicit_prelude]

#[::commy::create_writer(filename = "bare.bin")]
#[::commy::create_reader(filename = "bare.bin")]
pub(crate) struct Bare {
    title: ::commy::FixedString<8>,
    list: ::commy::FixedVec<u8, 4>,
    row: [Kind; 2],
    inner: Inner,
}

#[::commy::create_writer(filename = "bare_grown.bin", growable)]
#[::commy::create_reader(filename = "bare_grown.bin", growable)]
pub(crate) struct Grown {
    title: ::std::string::String,
    #[commy(bytes)]
    frame: ::std::vec::Vec<u8>,
    limit: ::core::option::Option<::std::boxed::Box<u64>>,
    inner: Inner,
}

#[derive(::commy::Mappable)]
#[repr(C)]
struct Inner {
    value: u64,
}

#[derive(::commy::Mappable, ::core::clone::Clone, ::core::marker::Copy)]
#[repr(u8)]
enum Kind {
    None,
    Some,
}

pub(crate) fn run(
    directory: &::std::path::Path,
) -> ::core::result::Result<(), ::std::boxed::Box<dyn ::core::error::Error>> {
    let path = directory.join("bare.bin");
    let mut writer = BareWriter::create_at(&path)?;
    writer.set_title("bare")?;
    writer.set_list(&[1])?;
    writer.set_row([Kind::Some, Kind::None]);
    writer.set_inner(Inner { value: 5 });
    let reader = BareReader::open_at(&path)?;
    ::core::assert!(reader.title()? == "bare" && reader.list()? == [1]);
    ::core::assert!(
        reader.inner()?.value == 5 && ::core::matches!(reader.row()?, [Kind::Some, Kind::None])
    );
    let path = directory.join("bare_grown.bin");
    let mut writer = GrownWriter::create_at(&path)?;
    writer.set_title("bare")?;
    writer.set_frame(&[1, 2])?;
    writer.set_limit(::core::option::Option::Some(4))?;
    writer.set_inner(Inner { value: 6 })?;
    let reader = GrownReader::open_at(&path)?;
    ::core::assert!(reader.title()? == "bare" && reader.frame().load()? == [1, 2]);
    ::core::assert!(reader.pin()?.inner()?.value == 6 && reader.limit()?.is_some());
    ::core::result::Result::Ok(())
}
