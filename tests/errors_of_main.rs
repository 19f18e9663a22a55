//! What a user reads when `main` returns an error of commy: words, not the structure of a type.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

use commy::encoded::DecodeError;
use commy::string::{FromUtf8Error, FromUtf16Error};
use commy::{
    CapacityError, CreateError, FixedString, FlushError, Mappable, OpenError, ReadError, SaveError,
    WriteError, create_reader, create_writer,
};

#[create_writer(filename = "reading.bin")]
#[create_reader(filename = "reading.bin")]
struct Reading {
    value: u64,
    name: FixedString<4>,
}

#[create_writer(filename = "page.bin", growable)]
struct Page {
    text: String,
}

/// The role: a `main` that returns the error of a reader without a file.
#[test]
#[ignore = "a role of another test"]
fn role_of_a_main_that_fails() -> Result<(), Box<dyn Error>> {
    let Some(path) = std::env::var_os("COMMY_TEST_PATH") else { return Ok(()) };
    let reader = ReadingReader::open_at(path)?;
    println!("{}", reader.value()?);
    Ok(())
}

#[test]
fn an_error_that_main_returns_is_told_in_words() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("reading.bin");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "role_of_a_main_that_fails", "--ignored", "--nocapture"])
        .env("COMMY_TEST_PATH", &path)
        .stdin(Stdio::null())
        .output()
        .expect("the role runs");
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    let expected = format!("Error: no file at `{}`\n", path.display());
    assert!(told.contains(&expected), "{told}");
    assert!(!told.contains("NotFound"), "{told}");
}

/// Words by `{:?}`, which begin as `Display` does; the variant and its fields by `{:#?}`.
fn told(error: &(dyn Error + 'static), variant: &str) {
    let (words, structure) = (format!("{error:?}"), format!("{error:#?}"));
    assert!(words.starts_with(&error.to_string()), "{words}");
    assert!(!words.contains(variant) && !words.contains('{'), "{words}");
    assert!(structure.starts_with(variant), "{structure}");
    let mut source = error.source();
    while let Some(error) = source {
        assert!(words.contains(&error.to_string()), "{words} lacks `{error}`");
        source = error.source();
    }
}

#[test]
fn every_error_is_told_in_words() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name);
    let nowhere = Path::new("/nowhere/at/all.bin");

    let Err(error) = ReadingReader::open_at(nowhere) else { panic!("there is no such file") };
    told(&error, "NotFound");
    let open: OpenError = error;
    assert!(format!("{open:#?}").contains("path: \"/nowhere"));

    let Err(error) = ReadingWriter::create_at(nowhere) else { panic!("there is no directory") };
    told(&error as &CreateError, "NotFound");

    let mut writer = ReadingWriter::create_at(at("reading.bin")).expect("a writer");
    let reader = ReadingReader::open_at(at("reading.bin")).expect("a reader");
    let Err(error) = reader.snapshot() else { panic!("nothing is published") };
    told(&error as &ReadError, "Empty");
    let Err(error) = writer.set_name("longer") else { panic!("it is too long") };
    told(&error as &CapacityError, "CapacityError");
    writer.set_value(1);
    std::fs::remove_file(at("reading.bin")).expect("the file is there");
    let Err(error) = writer.flush() else { panic!("the file is gone") };
    told(&error as &FlushError, "Superseded");

    let options = PageWriter::options().path(at("page.bin")).max_size(1 << 20);
    let mut page = options.create().expect("a writer");
    let Err(error) = page.set_text(&"x".repeat(2 << 20)) else { panic!("it is too long") };
    told(&error as &WriteError, "Full");
    page.set_text("one").expect("there is room");
    let view = page.pin().expect("a view");
    let Err(error) = view.save_as(at("page.bin")) else { panic!("it is there") };
    told(&error as &SaveError, "Exists");

    let Err(error) = FixedString::<4>::from_utf8(b"\xff") else { panic!("no text") };
    told(&error as &FromUtf8Error, "Utf8");
    let Err(error) = FixedString::<4>::from_utf16(&[0xdc00]) else { panic!("no text") };
    told(&error as &FromUtf16Error, "Unpaired");
    let Err(error) = bool::check(&[7]) else { panic!("no bool") };
    told(&error, "Invalid");

    told(&DecodeError::<std::fmt::Error>::Trailing, "Trailing");

    // With what the codec says behind it.
    let inner = "x".parse::<u8>().expect_err("no number");
    let words = format!("{:?}", DecodeError::Malformed(inner));
    assert!(words.starts_with("the bytes are no value of the type: ParseIntError"), "{words}");
    std::fs::write(at("file"), b"").expect("a file");
    let Err(error) = ReadingReader::open_at(at("file").join("below")) else {
        panic!("no directory")
    };
    told(&error, "NotFound");
}

#[test]
fn another_layout_is_told_by_its_field() {
    mod yesterday {
        #[commy::create_writer(filename = "weather.bin")]
        pub(crate) struct Weather {
            pub(crate) temperature: f32,
        }
    }
    #[create_reader(filename = "weather.bin")]
    struct Weather {
        temperature: f64,
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("weather.bin");
    let _writer = yesterday::WeatherWriter::create_at(&path).expect("a writer");
    let Err(error) = WeatherReader::open_at(&path) else { panic!("the layouts differ") };
    told(&error, "SchemaMismatch");
    assert!(format!("{error:?}").contains("field `temperature`: file has f32"));
    let OpenError::SchemaMismatch(mismatch) = error else { panic!("another error") };
    told(&*mismatch, "SchemaMismatch");
}
