//! What can go wrong: one enum per verb, one variant per cause, with what was found and expected.

mod create;
mod mismatch;
mod open;
mod read;
mod runtime_dir;
mod save;
mod write;

pub use self::create::CreateError;
pub(crate) use self::create::{HEAP_IN_MEMORY, UNKNOWN_FILE};
pub use self::mismatch::SchemaMismatch;
pub use self::open::OpenError;
pub use self::read::{FlushError, ReadError};
pub use self::runtime_dir::RuntimeDirError;
pub use self::save::SaveError;
pub use self::write::WriteError;
