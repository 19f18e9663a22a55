//! Plain old data of other crates, each behind a feature of its name.

use super::{Growable, Plain};

macro_rules! foreign {
    ($($ty:ty => $id:literal;)*) => {
        $(impl Growable for $ty { type Cell = Plain<Self>; type Key = Plain<Self>; })*
    };
}

#[cfg(feature = "glam")]
commy_types::__types_of_glam!(foreign);
#[cfg(feature = "half")]
commy_types::__types_of_half!(foreign);
#[cfg(feature = "uuid")]
commy_types::__types_of_uuid!(foreign);
