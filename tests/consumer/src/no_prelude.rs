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
    pair: (u8, [::std::string::String; 2]),
    #[commy(as = ::core::option::Option<Seconds>)]
    waited: ::core::option::Option<::core::time::Duration>,
    part: Part,
    choice: Choice,
    #[commy(encoded = Letter)]
    letter: ::core::primitive::char,
}

#[derive(::commy::Growable)]
struct Part {
    name: ::std::string::String,
    parts: ::std::vec::Vec<Part>,
    #[commy(encoded = Letter)]
    letter: ::core::primitive::char,
}

#[derive(::commy::Growable)]
enum Choice {
    None,
    Some(::std::string::String, ::std::boxed::Box<Choice>),
    Ok { error: ::core::option::Option<Part> },
    Err(#[commy(encoded = Letter)] ::core::primitive::char),
}

enum Seconds {}

impl ::commy::growable::Convert<::core::time::Duration> for Seconds {
    type As = u64;

    fn to_stored(value: &::core::time::Duration) -> u64 {
        value.as_secs()
    }

    fn from_stored(stored: u64) -> ::core::option::Option<::core::time::Duration> {
        ::core::option::Option::Some(::core::time::Duration::from_secs(stored))
    }
}

enum Letter {}

impl ::commy::encoded::Codec for Letter {
    const ID: [::core::primitive::u8; 4] = *b"lett";
    const NAME: &'static ::core::primitive::str = "letter";
    type Error = ::core::fmt::Error;
}

impl ::commy::encoded::Encode<::core::primitive::char> for Letter {
    fn encode(
        value: &::core::primitive::char,
        place: &mut [::core::primitive::u8],
    ) -> ::core::result::Result<::core::primitive::usize, ::commy::encoded::EncodeError<::core::fmt::Error>> {
        let mut letter = [0; 4];
        let mut sink = ::commy::encoded::Sink::new(place);
        sink.put(value.encode_utf8(&mut letter).as_bytes());
        sink.finish()
    }
}

impl ::commy::encoded::Decode<'_, ::core::primitive::char> for Letter {
    fn decode(
        bytes: &[::core::primitive::u8],
    ) -> ::core::result::Result<::core::primitive::char, ::commy::encoded::DecodeError<::core::fmt::Error>> {
        let text = ::core::str::from_utf8(bytes).unwrap_or_default();
        ::core::option::Option::ok_or(::core::iter::Iterator::next(&mut text.chars()), ::commy::encoded::DecodeError::Malformed(::core::fmt::Error))
    }
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
    writer.part_mut().set_name("part")?;
    let choice = Choice::Some(::std::borrow::ToOwned::to_owned("a"), ::std::boxed::Box::new(Choice::None));
    writer.set_choice(&choice)?;
    ::core::assert!(::core::matches!(writer.choice()?, ChoiceRef::Some(..)));
    writer.set_choice(&Choice::Ok { error: ::core::option::Option::None })?;
    let reader = GrownReader::open_at(&path)?;
    ::core::assert!(reader.title()? == "bare" && reader.frame().load()? == [1, 2]);
    writer.set_pair((1, ["a", "b"]))?;
    writer.set_waited(&::core::option::Option::Some(::core::time::Duration::from_secs(5)))?;
    ::core::assert!(reader.pair()?.1[1] == "b" && reader.waited()?.is_some());
    ::core::assert!(reader.part().name()? == "part" && reader.part().parts().is_empty()?);
    ::core::assert!(reader.pin()?.inner()?.value == 6 && reader.limit()?.is_some());
    writer.set_letter(&'x')?;
    writer.part_mut().set_letter(&'y')?;
    writer.set_choice(&Choice::Err('z'))?;
    ::core::assert!(reader.letter()? == 'x' && reader.part().letter()? == 'y');
    ::core::assert!(::core::matches!(reader.pin()?.choice()?, ChoiceRef::Err('z')));
    ::core::result::Result::Ok(())
}
