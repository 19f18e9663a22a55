//! A reader has nothing to walk through: each of its calls reads the newest generation.
//! promise: errors: 3
//! promise: reads another generation at each call, so there is nothing to walk through
//! promise: use `read(|view| ..)` or `pin()` of the reader: a view is of one generation
//! promise: is not an iterator

use commy::create_reader;

#[create_reader(filename = "shelf.bin", growable)]
struct Shelf {
    titles: Vec<String>,
    pages: Vec<u32>,
}

fn main() {
    let reader = ShelfReader::open().unwrap();
    let _ = reader.pages().iter();
    let _ = reader.titles().range(1..);
    for title in reader.titles() {}
}
