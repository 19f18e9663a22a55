//! Names that generated code must not take from where the struct stands.

use core::error::Error as StdError;
use std::path::Path as StdPath;

macro_rules! shadow {
    ($($name:ident)*) => {$(
        #[derive(Debug)]
        #[allow(dead_code, non_camel_case_types, reason = "a name that is in the way")]
        pub(crate) struct $name;
    )*};
}

mod inner {
    use ::commy::{create_reader, create_writer};

    shadow!(Result Ok Err Some None Vec Box String Path AsRef From FnOnce Deref DerefMut Clone Debug);
    shadow!(Mappable Record Writer Reader Batch Image Invalid Field bool str i128 usize);

    /// The user's own type of a standard name.
    #[derive(::commy::Mappable, Copy, ::core::clone::Clone)]
    #[repr(C)]
    pub(crate) struct Option {
        pub(crate) inner: u32,
    }

    pub(crate) mod core {}
    pub(crate) mod commy {}
    pub(crate) mod std {}

    #[create_writer(filename = "shadowed.bin")]
    #[create_reader(filename = "shadowed.bin")]
    pub(crate) struct Shadowed {
        pub(crate) option: Option,
        pub(crate) wide: u64,
    }
}

mod growing {
    use ::commy::{create_reader, create_writer};

    shadow!(Result Ok Err Some None Vec Box String Option Path AsRef From FnOnce FnMut Deref Clone Debug);
    shadow!(Growable Cell Placed Plain Reader Writer View Transaction Source Sink Read Write Arg Ref);
    shadow!(Codec Encode Decode Encoded Coded Coding CodedBy CodedName Unset NameOf NoName TypeName);
    shadow!(At Cursor Snap Fault Layout Convert Converted ConvertedMut ValueMut bool str u8 usize);

    pub(crate) mod core {}
    pub(crate) mod commy {}
    pub(crate) mod std {}

    #[create_writer(filename = "growing.bin", growable)]
    #[create_reader(filename = "growing.bin", growable)]
    pub(crate) struct Growing {
        pub(crate) text: ::std::string::String,
        pub(crate) limit: ::core::option::Option<u64>,
        #[commy(as = Scalar)]
        pub(crate) letter: char,
        #[commy(encoded = Letter)]
        pub(crate) coded: ::core::primitive::char,
        pub(crate) part: Part,
        pub(crate) choice: Choice,
    }

    #[derive(::commy::Growable)]
    pub(crate) struct Part {
        pub(crate) name: ::std::string::String,
    }

    #[derive(::commy::Growable)]
    pub(crate) enum Choice {
        None,
        Some(::core::primitive::u8, ::std::vec::Vec<Choice>),
        Part { part: Part, none: ::core::option::Option<Part> },
    }

    pub(crate) enum Letter {}

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
            text.chars().next().ok_or(::commy::encoded::DecodeError::Malformed(::core::fmt::Error))
        }
    }

    pub(crate) enum Scalar {}

    impl ::commy::growable::Convert<char> for Scalar {
        type As = u32;

        fn to_stored(value: &char) -> u32 {
            ::core::convert::Into::into(*value)
        }

        fn from_stored(stored: u32) -> ::core::option::Option<char> {
            char::from_u32(stored)
        }
    }
}

pub(crate) fn run(directory: &StdPath) -> Result<(), Box<dyn StdError>> {
    let path = directory.join("shadowed.bin");
    let mut writer = inner::ShadowedWriter::create_at(&path)?;
    writer.set_option(inner::Option { inner: 7 });
    writer.set_wide(8);
    let reader = inner::ShadowedReader::open_at(&path)?;
    assert_eq!((reader.option()?.inner, reader.wide()?), (7, 8));
    let path = directory.join("growing.bin");
    let mut writer = growing::GrowingWriter::create_at(&path)?;
    writer.set_text("any length")?;
    writer.set_limit(Some(3))?;
    writer.part_mut().set_name("part")?;
    let reader = growing::GrowingReader::open_at(&path)?;
    assert_eq!((reader.text()?.as_str(), reader.limit()?), ("any length", Some(3)));
    assert_eq!(reader.part().name()?, "part");
    writer.set_choice(&growing::Choice::Some(4, Vec::new()))?;
    assert!(matches!(reader.pin()?.choice()?, growing::ChoiceRef::Some(4, _)));
    writer.set_letter(&'x')?;
    writer.set_coded(&'y')?;
    assert_eq!((reader.letter()?, reader.coded()?), ('x', 'y'));
    Ok(())
}
