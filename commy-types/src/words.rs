//! `Debug` of errors in words: what `main` returns and what `unwrap` panics with is read by people.

use core::error::Error;
use core::fmt;

/// Writes what an error says, and behind it what its sources say.
///
/// # Errors
///
/// The formatter refuses.
#[doc(hidden)]
pub fn in_words(error: &dyn Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    let mut source = error.source();
    while let Some(error) = source {
        write!(f, ": {error}")?;
        source = error.source();
    }
    Ok(())
}

/// Implements `Debug` of an error: words by `{:?}`, variants and fields by `{:#?}`.
///
/// Every variant is listed with all of its fields: what is missing does not compile.
#[doc(hidden)]
#[macro_export]
macro_rules! __debug_in_words {
    (struct $Type:ident { $($field:ident),* $(,)? }) => {
        impl ::core::fmt::Debug for $Type {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                if !f.alternate() {
                    return $crate::in_words(self, f);
                }
                let Self { $($field),* } = self;
                $crate::__debug_in_words!(@ f, $Type { $($field),* })
            }
        }
    };
    (enum $Type:ident {
        $($Variant:ident $({ $($field:ident),* $(,)? })? $(($inner:ident))?),* $(,)?
    }) => {
        impl ::core::fmt::Debug for $Type {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                if !f.alternate() {
                    return $crate::in_words(self, f);
                }
                match self {
                    $(Self::$Variant $({ $($field),* })? $(($inner))? => {
                        $crate::__debug_in_words!(@ f, $Variant $({ $($field),* })? $(($inner))?)
                    })*
                }
            }
        }
    };
    (@ $f:ident, $Name:ident) => { $f.write_str(stringify!($Name)) };
    (@ $f:ident, $Name:ident { $($field:ident),* }) => {
        $f.debug_struct(stringify!($Name))$(.field(stringify!($field), $field))*.finish()
    };
    (@ $f:ident, $Name:ident ($inner:ident)) => {
        $f.debug_tuple(stringify!($Name)).field($inner).finish()
    };
}
