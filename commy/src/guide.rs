//! [growable]: crate::guide::growable
//! [encoded]: crate::guide::encoded
//! [waiting]: crate::guide::waiting
//! [dynamic]: crate::guide::dynamic
//! [durability]: crate::guide::durability
//! [changing]: crate::guide::changing
//! [maps]: crate::guide::maps
//! [large]: crate::guide::large
//! [performance]: crate::guide::performance
//! [growth]: crate::guide::growth
//! [operations]: crate::guide::operations
//! [evidence]: crate::guide::evidence
//! [choosing]: crate::guide::choosing
//! [service]: crate::guide::service
//! [stability]: crate::guide::stability
#![doc = ""]
#![doc = include_str!("../docs/README.md")]

// The pages stand in `commy/docs` and are read there, too, where they link to each other as files.
// The first definition of a link is the one that counts: so each page has those of the
// documentation before it.

#[doc = "[any_length]: crate::guide::encoded#any-length"]
#[doc = "[changing]: crate::guide::changing"]
#[doc = "[durability]: crate::guide::durability"]
#[doc = "[encoded]: crate::guide::encoded"]
#[doc = "[performance]: crate::guide::performance"]
#[doc = "[waiting]: crate::guide::waiting"]
#[doc = ""]
#[doc = include_str!("../docs/growable.md")]
///
/// # In the API
///
/// [`growable`](crate::growable), [`Growable`](trait@crate::Growable),
/// [`VecRef`](crate::growable::VecRef), [`VecMut`](crate::growable::VecMut),
/// [`StringMut`](crate::growable::StringMut), [`BytesMut`](crate::growable::BytesMut),
/// [`OptionMut`](crate::growable::OptionMut), [`WriteError`](crate::WriteError), [`ReadError`](crate::ReadError).
pub mod growable {}

#[doc = "[growable]: crate::guide::growable"]
#[doc = "[performance]: crate::guide::performance"]
#[doc = ""]
#[cfg_attr(
    all(feature = "messagepack", feature = "postcard"),
    doc = include_str!("../docs/encoded.md")
)]
#[cfg_attr(
    not(all(feature = "messagepack", feature = "postcard")),
    doc = "Shown with the features `messagepack` and `postcard`, which its examples use."
)]
///
/// # In the API
///
/// [`encoded`](crate::encoded), [`Encoded`](crate::Encoded), [`Codec`](crate::encoded::Codec).
pub mod encoded {}

#[cfg_attr(feature = "async", doc = include_str!("../docs/waiting.md"))]
#[cfg_attr(not(feature = "async"), doc = "Shown with the feature `async`, which its examples use.")]
///
/// # In the API
///
/// [`ReaderOptions::follow`](crate::ReaderOptions::follow), [`Reader::follow`](crate::Reader::follow),
/// [`on_follow`](crate::Reader::on_follow), [`Follow`](crate::Follow),
/// [`Reader::wait`](crate::Reader::wait), [`wait_newer`](crate::Reader::wait_newer),
/// [`changes`](crate::Reader::changes), [`on_change`](crate::Reader::on_change),
/// [`WaitOutcome`](crate::WaitOutcome), [`WriterOptions::notify`](crate::WriterOptions::notify),
/// [`wait_changed`](crate::Reader::wait_changed), [`ReaderOptions::open_wait`](crate::ReaderOptions::open_wait),
/// [`WriterOptions::create_wait`](crate::WriterOptions::create_wait).
pub mod waiting {}

#[cfg_attr(feature = "dynamic", doc = include_str!("../docs/dynamic.md"))]
#[cfg_attr(
    not(feature = "dynamic"),
    doc = "Shown with the feature `dynamic`, which its examples use."
)]
pub mod dynamic {}

#[doc = "[growable]: crate::guide::growable#durability"]
#[doc = "[performance]: crate::guide::performance"]
#[doc = ""]
#[doc = include_str!("../docs/durability.md")]
///
/// # In the API
///
/// [`WriterOptions::durable`](crate::WriterOptions::durable),
/// [`checkpoint_path`](crate::WriterOptions::checkpoint_path),
/// [`Writer::flush`](crate::Writer::flush), [`Recovered`](crate::Recovered),
/// [`FileState`](crate::FileState).
pub mod durability {}

#[doc = "[growable]: crate::guide::growable"]
#[doc = ""]
#[doc = include_str!("../docs/changing.md")]
///
/// # In the API
///
/// [`WriterOptions::on_mismatch`](crate::WriterOptions::on_mismatch),
/// [`OnMismatch`](crate::OnMismatch), [`SchemaMismatch`](crate::SchemaMismatch).
pub mod changing {}

#[doc = "[growable]: crate::guide::growable"]
#[doc = ""]
#[doc = include_str!("../docs/maps.md")]
///
/// # In the API
///
/// [`FixedMap`](crate::FixedMap), [`FixedSet`](crate::FixedSet),
/// [`create_writer`](macro@crate::create_writer), [`create_reader`](macro@crate::create_reader).
pub mod maps {}

#[doc = include_str!("../docs/large.md")]
///
/// # In the API
///
/// [`Reader::get_by`](crate::Reader::get_by), [`get_into`](crate::Reader::get_into),
/// [`get_boxed`](crate::Reader::get_boxed), [`Writer::set`](crate::Writer::set),
/// [`assign`](crate::Writer::assign), [`assign_range`](crate::Writer::assign_range),
/// [`create_writer`](macro@crate::create_writer), [`create_reader`](macro@crate::create_reader).
pub mod large {}

#[doc = "[growth]: crate::guide::growth"]
#[doc = ""]
#[doc = include_str!("../docs/performance.md")]
///
/// # In the API
///
/// [`Reader::read`](crate::Reader::read), [`Cached`](crate::Cached),
/// [`Reader::snapshot_into`](crate::Reader::snapshot_into),
/// [`Reader::snapshot_boxed`](crate::Reader::snapshot_boxed), [`Writer::batch`](crate::Writer::batch).
pub mod performance {}

// The page in `commy/docs` shows its pictures as files, which a documentation has not beside it. So
// here they are in the page itself.

/// # How costs grow
///
/// What each operation takes on tables of 1000 to a million entries, and beyond where a run went
/// there, beside other libraries. Both axes are logarithmic: a flat line costs the same at any size.
/// The pictures are written by `cargo bench -p commy-peers --bench growable`, then
/// `cargo run --release -p commy-peers --bin results`; the machine, the settings of the libraries and
/// the numbers are in `benches/RESULTS.md` in the repository.
///
/// "In one view" is one pin, or one transaction, for all reads; "newest each time" begins anew for
/// each. "Each" is for each entry.
///
/// ## `BTreeMap<u64, u64>`
///
#[doc = include_str!("../docs/growth_numbers.svg")]
///
/// ## `BTreeMap<String, [u8; 48]>`, texts of 21 bytes
///
#[doc = include_str!("../docs/growth_texts.svg")]
///
/// ## `HashMap<u64, u64>`
///
#[doc = include_str!("../docs/growth_hashed.svg")]
///
/// ## `HashMap<String, [u8; 48]>`, texts of 21 bytes
///
#[doc = include_str!("../docs/growth_hashed_texts.svg")]
///
/// ## `HashMap<String, BTreeMap<u64, u64>>`, inner maps of 1000 entries
///
#[doc = include_str!("../docs/growth_nested.svg")]
///
/// ## `Vec<u64>`
///
#[doc = include_str!("../docs/growth_listed.svg")]
pub mod growth {}

#[doc = "[service]: crate::guide::service"]
#[doc = ""]
#[doc = include_str!("../docs/operations.md")]
///
/// # In the API
///
/// [`WriterOptions`](crate::WriterOptions), [`ReaderOptions`](crate::ReaderOptions),
/// [`CreateError`](crate::CreateError), [`OpenError`](crate::OpenError), [`ReadError`](crate::ReadError).
pub mod operations {}

#[doc = "[operations]: crate::guide::operations"]
#[doc = ""]
#[doc = include_str!("../docs/evidence.md")]
pub mod evidence {}

#[doc = "[evidence]: crate::guide::evidence"]
#[doc = "[performance]: crate::guide::performance"]
#[doc = ""]
#[doc = include_str!("../docs/choosing.md")]
pub mod choosing {}

#[doc = "[durability]: crate::guide::durability"]
#[doc = "[operations]: crate::guide::operations"]
#[doc = ""]
#[doc = include_str!("../docs/service.md")]
///
/// # In the API
///
/// [`WriterOptions`](crate::WriterOptions), [`ReaderOptions`](crate::ReaderOptions),
/// [`CreateError`](crate::CreateError).
pub mod service {}

#[doc = "[changing]: crate::guide::changing"]
#[doc = "[operations]: crate::guide::operations"]
#[doc = ""]
#[doc = include_str!("../docs/stability.md")]
pub mod stability {}
