//! The writer of a growable record and its transaction: one thin type around either of the runtime's,
//! with a getter, a setter and a proxy per field.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::{allowed, writer as fixed};
use super::field::{self, From};
use super::reader::{view_constructor, without_constructors};
use crate::args::{Role, RoleArgs};
use crate::model::Model;
use crate::spell::plain_name;

/// The constructors, which give way to fields of their names.
const CONSTRUCTORS: [&str; 2] = ["create", "create_at"];

/// Declares `XWriter` and `XTransaction`.
pub(super) fn types(model: &Model) -> TokenStream {
    let Model { ident, vis, krate, .. } = model;
    let (writer, transaction) = (model.wrapper(Role::Writer), model.transaction());
    let name = plain_name(ident);
    let writer_doc = format!(
        "Writes [`{name}`]; made by `#[create_writer]`. In a transaction: [`{transaction}`]."
    );
    let transaction_doc =
        format!("Changes of [`{name}`] that become visible together: [`{writer}::transaction`].");
    let (allowed, without) =
        (allowed(model), without_constructors(model, Role::Writer, &CONSTRUCTORS));
    quote! {
        #[doc = #writer_doc]
        ///
        /// It dereferences to `commy::growable::Writer`, which has everything but the accessors.
        #without
        #allowed
        #vis struct #writer<__Sink = #krate::growable::Writer<#ident>>(__Sink);
        #[doc = #transaction_doc]
        #[allow(dead_code, reason = "generated whether used or not")]
        #allowed
        #vis type #transaction<'t> = #writer<#krate::growable::Transaction<'t, #ident>>;
    }
}

/// Implements `XWriter`.
pub(super) fn writer(model: &Model, args: &RoleArgs) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (core, writer, transaction) =
        (model.core(), model.wrapper(Role::Writer), model.transaction());
    let filename = args.filename.as_ref().map_or_else(|| quote!(""), |filename| quote!(#filename));
    let fields = model.fields().iter().enumerate();
    let fields = fields.filter(|(_, field)| !field.lacks_accessors(Role::Writer));
    let accessors = fields.map(|(index, field)| {
        let getter = field::getter(model, index, field, From::Sink);
        let setters = field::setters(model, index, field);
        quote!(#getter #setters)
    });
    let (constructors, transactions, pin) = (constructors(model), transactions(model), pin(model));
    let one_file = fixed::one_file(model);
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl #writer {
            /// The name of the file, unless another path is given.
            pub const FILENAME: &'static #core::primitive::str = #filename;
            #(#constructors)*
            /// Options for how to create or open the file.
            pub fn options() -> #krate::growable::WriterOptions<#ident, Self> {
                #krate::growable::WriterOptions::new(Self::FILENAME)
            }
            #transactions
            #pin
            /// Closes the file without vouching for what is in it after a restart of the machine: see
            /// `commy::growable::Writer::quick_close`.
            pub fn quick_close(self) {
                #krate::growable::Writer::quick_close(self.0);
            }
        }
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl<__Sink: #krate::growable::Sink> #writer<__Sink> {
            #(#accessors)*
        }
        #[automatically_derived]
        impl #core::convert::From<#krate::growable::Writer<#ident>> for #writer {
            fn from(__writer: #krate::growable::Writer<#ident>) -> Self {
                Self(__writer)
            }
        }
        #[automatically_derived]
        impl #core::ops::Deref for #writer {
            type Target = #krate::growable::Writer<#ident>;
            fn deref(&self) -> &#krate::growable::Writer<#ident> {
                &self.0
            }
        }
        #[automatically_derived]
        impl #core::ops::DerefMut for #writer {
            fn deref_mut(&mut self) -> &mut #krate::growable::Writer<#ident> {
                &mut self.0
            }
        }
        #[automatically_derived]
        impl #core::fmt::Debug for #writer {
            fn fmt(&self, __f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #core::fmt::Debug::fmt(&self.0, __f)
            }
        }
        #[automatically_derived]
        impl<'t> #core::ops::Deref for #transaction<'t> {
            type Target = #krate::growable::Transaction<'t, #ident>;
            fn deref(&self) -> &#krate::growable::Transaction<'t, #ident> {
                &self.0
            }
        }
        #[automatically_derived]
        impl<'t> #core::ops::DerefMut for #transaction<'t> {
            fn deref_mut(&mut self) -> &mut #krate::growable::Transaction<'t, #ident> {
                &mut self.0
            }
        }
        #[automatically_derived]
        impl #core::fmt::Debug for #transaction<'_> {
            fn fmt(&self, __f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #core::fmt::Debug::fmt(&self.0, __f)
            }
        }
        #one_file
    }
}

/// The constructors, but for those whose name a field has.
fn constructors(model: &Model) -> Vec<TokenStream> {
    let (krate, core) = (&model.krate, model.core());
    let [create, create_at] = CONSTRUCTORS;
    let all = [
        (
            create,
            quote! {
                /// Creates the file, or opens the one that is there and continues from its value.
                ///
                /// # Errors
                ///
                /// See `commy::CreateError`.
                pub fn create() -> #core::result::Result<Self, #krate::CreateError> {
                    Self::options().create()
                }
            },
        ),
        (
            create_at,
            quote! {
                /// The same at another path.
                ///
                /// # Errors
                ///
                /// See `commy::CreateError`.
                pub fn create_at<__P: #core::convert::AsRef<#krate::__private::Path>>(
                    __path: __P,
                ) -> #core::result::Result<Self, #krate::CreateError> {
                    Self::options().path(__path.as_ref()).create()
                }
            },
        ),
    ];
    let is_left = |name: &str| !model.is_taken(Role::Writer, name);
    all.into_iter().filter(|(name, _)| is_left(name)).map(|(_, constructor)| constructor).collect()
}

/// `transaction` and `try_transaction`, whose closures have one of the generated type.
fn transactions(model: &Model) -> TokenStream {
    let krate = &model.krate;
    let (core, writer, transaction) =
        (model.core(), model.wrapper(Role::Writer), model.transaction());
    quote! {
        /// Changes several things and publishes once, if `change` returns `Ok`: see
        /// `commy::growable::Writer::transaction`.
        ///
        /// # Errors
        ///
        /// What `change` returns, or what an operation in it has failed by; nothing changes then.
        pub fn transaction<__R, __F>(
            &mut self,
            __change: __F,
        ) -> #core::result::Result<__R, #krate::WriteError>
        where
            __F: #core::ops::FnOnce(
                &mut #transaction<'_>,
            ) -> #core::result::Result<__R, #krate::WriteError>,
        {
            self.0.transaction(|__transaction| __change(&mut #writer(__transaction.reborrow())))
        }
        /// The same with an error type of one's own.
        ///
        /// # Errors
        ///
        /// What `change` returns, or what an operation in it has failed by; nothing changes then.
        pub fn try_transaction<__R, __E, __F>(
            &mut self,
            __change: __F,
        ) -> #core::result::Result<__R, __E>
        where
            __E: #core::convert::From<#krate::WriteError>,
            __F: #core::ops::FnOnce(&mut #transaction<'_>) -> #core::result::Result<__R, __E>,
        {
            self.0.try_transaction(|__transaction| __change(&mut #writer(__transaction.reborrow())))
        }
    }
}

/// `pin`, which gives a view of the generated type.
fn pin(model: &Model) -> TokenStream {
    let krate = &model.krate;
    let (core, view, make) = (model.core(), model.view(), view_constructor(model));
    quote! {
        /// A view of the latest generation, to read from while the writer changes something else: see
        /// `commy::growable::Writer::pin`.
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`.
        pub fn pin(&self) -> #core::result::Result<#view<'static>, #krate::ReadError> {
            #core::result::Result::map(self.0.pin(), #make)
        }
    }
}
