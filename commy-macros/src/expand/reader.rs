//! The reader of a record: a thin type around the runtime's, with a getter per field.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::at_type;
use crate::args::RoleArgs;
use crate::model::{Field, Model};
use crate::spell::plain_name;

/// Generates `XReader` and `X::reader()`.
pub(crate) fn reader(model: &Model, args: &RoleArgs) -> TokenStream {
    let Model { ident, vis, krate, .. } = model;
    let reader = format_ident!("{ident}Reader");
    let getters = model.fields().iter().map(|field| getter(model, field));
    let filename = &args.filename;
    let reader_doc = format!("Reads [`{}`]; made by `#[create_reader]`.", plain_name(ident));
    let shorthand = args.shorthand.then(|| {
        let doc = format!("Opens the file: [`{reader}::open`].");
        quote! {
            #[automatically_derived]
            #[allow(dead_code, reason = "generated whether used or not")]
            impl #ident {
                #[doc = #doc]
                ///
                /// # Errors
                ///
                /// See `commy::OpenError`.
                #vis fn reader() -> ::core::result::Result<#reader, #krate::OpenError> {
                    #reader::open()
                }
            }
        }
    });
    quote! {
        #[doc = #reader_doc]
        ///
        /// Everything else comes from `commy::Reader`, which it dereferences to.
        #[derive(::core::fmt::Debug, ::core::clone::Clone)]
        #vis struct #reader(#krate::Reader<#ident>);
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl #reader {
            /// The name of the file, unless another path is given.
            pub const FILENAME: &'static ::core::primitive::str = #filename;
            /// Opens the file.
            ///
            /// # Errors
            ///
            /// See `commy::OpenError`.
            pub fn open() -> ::core::result::Result<Self, #krate::OpenError> {
                Self::options().open()
            }
            /// The same at another path.
            ///
            /// # Errors
            ///
            /// See `commy::OpenError`.
            pub fn open_at(
                path: impl ::core::convert::AsRef<#krate::__private::Path>,
            ) -> ::core::result::Result<Self, #krate::OpenError> {
                Self::options().path(path.as_ref()).open()
            }
            /// Options for how to open the file.
            pub fn options() -> #krate::ReaderOptions<#ident, Self> {
                #krate::ReaderOptions::new(Self::FILENAME)
            }
            #(#getters)*
        }
        #[automatically_derived]
        impl ::core::convert::From<#krate::Reader<#ident>> for #reader {
            fn from(reader: #krate::Reader<#ident>) -> Self {
                Self(reader)
            }
        }
        #[automatically_derived]
        impl ::core::ops::Deref for #reader {
            type Target = #krate::Reader<#ident>;
            fn deref(&self) -> &#krate::Reader<#ident> {
                &self.0
            }
        }
        #[automatically_derived]
        impl ::core::ops::DerefMut for #reader {
            fn deref_mut(&mut self) -> &mut #krate::Reader<#ident> {
                &mut self.0
            }
        }
        #shorthand
    }
}

fn getter(model: &Model, field: &Field) -> TokenStream {
    let Model { ident: owner, krate, .. } = model;
    let Field { ident, name, ty, vis, docs, .. } = field;
    let getter = field.accessor();
    let doc = format!("Reads `{name}` of the latest generation, without copying other fields.");
    let offset = quote!(::core::mem::offset_of!(#owner, #ident));
    let body = match &field.args.pod {
        None => {
            quote_spanned!(at_type(field)=> <#ty as #krate::Mappable>::get_from(&self.0, #offset))
        }
        Some(_) => quote_spanned!(at_type(field)=> self.0.pod_field::<#ty>(#offset)),
    };
    quote_spanned! {at_type(field)=>
        #[doc = #doc]
        #[doc = ""]
        #(#docs)*
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`.
        #[inline]
        #vis fn #getter(&self) -> ::core::result::Result<#ty, #krate::ReadError> {
            #body
        }
    }
}
