//! The one `unsafe impl` of a fieldless enum: its numbers, and the check that one of them is there.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::record;
use crate::model::{Model, Variant};

/// Implements `Mappable` for a fieldless enum whose repr was checked.
pub(crate) fn mappable(model: &Model, variants: &[Variant]) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let repr = model.repr.first().map_or("u8", |(word, _)| word);
    let number = format_ident!("{repr}");
    let names = variants.iter().map(|variant| &variant.name);
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let number_of = |variant| quote!(#ident::#variant as ::core::primitive::#number);
    let numbers: Vec<_> = idents.iter().map(number_of).collect();
    let no_zero = format!(
        "no variant of `{ident}` has the number 0, with which every value of a new file begins"
    );
    let padded = format!("`{ident}` is larger than its number");
    let notes = record::notes_of_variants(model, variants);
    let missing = quote! {
        #krate::__private::Invalid::new(0, #krate::__private::InvalidReason::Missing {
            size: ::core::mem::size_of::<#ident>(),
        })
    };
    quote! {
        // SAFETY: the layout is that of the number in `repr`, by the assertion of the size; `check`
        // accepts the numbers of variants only; a variant is zero, by the other assertion.
        #[automatically_derived]
        unsafe impl #krate::Mappable for #ident {
            const SCHEMA: &'static #krate::__private::TypeSchema =
                &#krate::__private::TypeSchema::Enum {
                    repr: #repr,
                    variants: &[#((#names, (#numbers) as ::core::primitive::i128)),*],
                };
            const NEEDS_CHECK: ::core::primitive::bool = true;
            const PLAIN: ::core::primitive::bool = true;
            const NOTES_WITHIN: &'static [#krate::__private::Note] = #notes;
            type Arg<'a> = #ident;
            type Output = ();
            #[inline]
            fn assign(&mut self, value: #ident) {
                *self = value;
            }
            #[inline]
            fn check(
                bytes: &[::core::primitive::u8],
            ) -> ::core::result::Result<(), #krate::__private::Invalid> {
                let ::core::result::Result::Ok(bytes) = ::core::convert::TryFrom::try_from(bytes)
                else {
                    return ::core::result::Result::Err(#missing);
                };
                let found = ::core::primitive::#number::from_ne_bytes(bytes);
                if false #(|| found == #numbers)* {
                    return ::core::result::Result::Ok(());
                }
                ::core::result::Result::Err(#krate::__private::Invalid::new(
                    0,
                    #krate::__private::InvalidReason::Variant {
                        found: found as ::core::primitive::i128,
                    },
                ))
            }
            #[inline]
            fn encode(&self, at: ::core::primitive::usize, image: &mut #krate::__private::Image<'_>) {
                let number = match self { #(#ident::#idents => #numbers),* };
                image.put(at, &number.to_ne_bytes());
            }
        }
        const _: () = ::core::assert!(false #(|| #numbers == 0)*, #no_zero);
        const _: () = ::core::assert!(
            ::core::mem::size_of::<#ident>() == ::core::mem::size_of::<::core::primitive::#number>(),
            #padded
        );
    }
}
