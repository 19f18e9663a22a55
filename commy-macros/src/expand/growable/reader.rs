//! The reader of a growable record, and the view of one generation: thin types around the runtime's,
//! with a getter per field.
//!
//! With both attributes a view is the reader's type around another source, so that its getters are
//! there once. A record that is only written has views, too, of a type of their own.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::allowed;
use super::super::reader::constructors;
use super::field::{self, From};
use crate::args::{Role, RoleArgs};
use crate::model::Model;
use crate::spell::plain_name;

/// Declares `XReader`.
pub(super) fn types(model: &Model) -> TokenStream {
    let Model { ident, vis, krate, .. } = model;
    let (core, reader, view) = (model.core(), model.wrapper(Role::Reader), model.view());
    let name = plain_name(ident);
    let doc =
        format!("Reads [`{name}`]; made by `#[create_reader]`. Around a view it is [`{view}`].");
    let (allowed, without) = (allowed(model), without(model));
    quote! {
        #[doc = #doc]
        ///
        /// It dereferences to `commy::growable::Reader`, which has everything but the getters.
        #without
        #[derive(#core::clone::Clone)]
        #allowed
        #vis struct #reader<__Source = #krate::growable::Reader<#ident>>(__Source);
    }
}

/// Declares `XView`.
pub(super) fn view_type(model: &Model) -> TokenStream {
    let Model { ident, vis, krate, .. } = model;
    let (view, name, allowed) = (model.view(), plain_name(ident), allowed(model));
    let doc = format!("One generation of [`{name}`].");
    let declaration = match model.has(Role::Reader) {
        true => {
            let reader = model.wrapper(Role::Reader);
            quote!(#vis type #view<'v> = #reader<#krate::growable::View<'v, #ident>>;)
        }
        false => quote!(#vis struct #view<'v>(#krate::growable::View<'v, #ident>);),
    };
    quote! {
        #[doc = #doc]
        ///
        /// It dereferences to `commy::growable::View`, which has everything but the getters.
        #[allow(dead_code, reason = "generated whether used or not")]
        #allowed
        #declaration
    }
}

/// The name that makes a view of the runtime's view.
pub(super) fn view_constructor(model: &Model) -> TokenStream {
    let name = match model.has(Role::Reader) {
        true => model.wrapper(Role::Reader),
        false => model.view(),
    };
    quote!(#name)
}

fn getters(model: &Model, role: Role, source: &TokenStream) -> TokenStream {
    let fields = model.fields().iter().enumerate();
    let fields = fields.filter(|(_, field)| !field.lacks_accessors(role));
    fields.map(|(index, field)| field::getter(model, index, field, From::Source(source))).collect()
}

/// Implements `XView`.
pub(super) fn view(model: &Model) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (core, view, make) = (model.core(), model.view(), view_constructor(model));
    // Those of a reader serve its views.
    let getters = (!model.has(Role::Reader)).then(|| {
        let getters = getters(model, Role::Writer, &quote!(#krate::growable::View<'v, #ident>));
        quote! {
            #[automatically_derived]
            #[allow(dead_code, reason = "generated whether used or not")]
            impl<'v> #view<'v> {
                #getters
            }
        }
    });
    quote! {
        #getters
        #[automatically_derived]
        impl<'v> #core::convert::From<#krate::growable::View<'v, #ident>> for #view<'v> {
            fn from(__view: #krate::growable::View<'v, #ident>) -> Self {
                #make(__view)
            }
        }
        #[automatically_derived]
        impl<'v> #core::ops::Deref for #view<'v> {
            type Target = #krate::growable::View<'v, #ident>;
            fn deref(&self) -> &#krate::growable::View<'v, #ident> {
                &self.0
            }
        }
        #[automatically_derived]
        impl<'v> #core::ops::DerefMut for #view<'v> {
            fn deref_mut(&mut self) -> &mut #krate::growable::View<'v, #ident> {
                &mut self.0
            }
        }
        #[automatically_derived]
        impl #core::fmt::Debug for #view<'_> {
            fn fmt(&self, __f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #core::fmt::Debug::fmt(&self.0, __f)
            }
        }
    }
}

/// Implements `XReader`.
pub(super) fn reader(model: &Model, args: &RoleArgs) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (core, reader, view) = (model.core(), model.wrapper(Role::Reader), model.view());
    let filename = args.filename.as_ref().map_or_else(|| quote!(""), |filename| quote!(#filename));
    let getters = getters(model, Role::Reader, &quote!(__Source));
    let (constructors, reads) = (constructors(model), reads(model));
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl #reader {
            /// The name of the file, unless another path is given.
            pub const FILENAME: &'static #core::primitive::str = #filename;
            #(#constructors)*
            /// Options for how to open the file.
            pub fn options() -> #krate::growable::ReaderOptions<#ident, Self> {
                #krate::growable::ReaderOptions::new(Self::FILENAME)
            }
            /// What this reader knows of its file besides the value.
            #[inline]
            pub const fn file(&self) -> #krate::growable::ReaderFile<'_, #ident, Self> {
                self.0.file_as()
            }
            #reads
            /// A view of the latest generation that stays for as long as it is held: see
            /// `commy::growable::Reader::pin`.
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`.
            pub fn pin(&self) -> #core::result::Result<#view<'_>, #krate::ReadError> {
                #core::result::Result::map(self.0.pin(), #reader)
            }
            /// The same with this reader in it: it can be kept in a struct, and given to a thread.
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`.
            pub fn into_pinned(self) -> #core::result::Result<#view<'static>, #krate::ReadError> {
                #core::result::Result::map(self.0.into_pinned(), #reader)
            }
        }
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl<__Source: #krate::growable::Source> #reader<__Source> {
            #getters
        }
        #[automatically_derived]
        impl #core::fmt::Debug for #reader {
            fn fmt(&self, __f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #core::fmt::Debug::fmt(&self.0, __f)
            }
        }
        #[automatically_derived]
        impl #core::convert::From<#krate::growable::Reader<#ident>> for #reader {
            fn from(__reader: #krate::growable::Reader<#ident>) -> Self {
                Self(__reader)
            }
        }
        #[automatically_derived]
        impl #core::ops::Deref for #reader {
            type Target = #krate::growable::Reader<#ident>;
            fn deref(&self) -> &#krate::growable::Reader<#ident> {
                &self.0
            }
        }
        #[automatically_derived]
        impl #core::ops::DerefMut for #reader {
            fn deref_mut(&mut self) -> &mut #krate::growable::Reader<#ident> {
                &mut self.0
            }
        }
    }
}

/// `read` and `try_read`, whose closures have a view of the generated type.
fn reads(model: &Model) -> TokenStream {
    let krate = &model.krate;
    let (core, reader, view) = (model.core(), model.wrapper(Role::Reader), model.view());
    quote! {
        /// Reads several things of one generation: see `commy::growable::Reader::read`.
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`.
        pub fn read<__R, __F>(&self, mut __read: __F) -> #core::result::Result<__R, #krate::ReadError>
        where
            __F: #core::ops::FnMut(&#view<'_>) -> #core::result::Result<__R, #krate::ReadError>,
        {
            self.0.read(|__view| __read(&#reader(__view)))
        }
        /// The same with an error type of one's own.
        ///
        /// # Errors
        ///
        /// What `read` returns, and what `commy::ReadError` says.
        pub fn try_read<__R, __E, __F>(&self, mut __read: __F) -> #core::result::Result<__R, __E>
        where
            __E: #core::convert::From<#krate::ReadError>,
            __F: #core::ops::FnMut(&#view<'_>) -> #core::result::Result<__R, __E>,
        {
            self.0.try_read(|__view| __read(&#reader(__view)))
        }
        /// Waits until what `read` makes of the record differs from `last`: see
        /// `commy::growable::Reader::wait_changed_by`.
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`.
        pub fn wait_changed_by<__R, __F>(
            &self,
            mut __read: __F,
            __last: &mut __R,
            __timeout: #core::time::Duration,
        ) -> #core::result::Result<#krate::WaitOutcome, #krate::ReadError>
        where
            __R: #core::cmp::PartialEq,
            __F: #core::ops::FnMut(&#view<'_>) -> #core::result::Result<__R, #krate::ReadError>,
        {
            self.0.wait_changed_by(|__view| __read(&#reader(__view)), __last, __timeout)
        }
    }
}

/// The word on constructors that are not there.
fn without(model: &Model) -> Option<TokenStream> {
    without_constructors(model, Role::Reader, &["open", "open_at"])
}

/// The same for those of either end.
pub(super) fn without_constructors(
    model: &Model,
    role: Role,
    constructors: &[&str],
) -> Option<TokenStream> {
    let taken = constructors.iter().filter(|name| model.is_taken(role, name));
    let taken: Vec<_> = taken.map(|name| format!("`{name}`")).collect();
    let (names, wrapper) = (taken.join(" and "), model.wrapper(role));
    let doc = format!(
        "\n\nIt has no constructor {names}, because that is the name of an accessor. \
         `{wrapper}::options()` opens the file."
    );
    (!taken.is_empty()).then(|| quote!(#[doc = #doc]))
}
