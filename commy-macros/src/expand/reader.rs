//! The reader of a record: a thin type around the runtime's, with a getter per field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{alias, allowed, assoc, elements, field_place, forms, keyed, refused, size, type_span};
use crate::args::{Role, RoleArgs};
use crate::known;
use crate::model::{Field, Model};
use crate::spell::plain_name;

/// Declares `XReader`.
pub(crate) fn types(model: &Model) -> TokenStream {
    let Model { ident, vis, krate, .. } = model;
    let (core, reader) = (model.core(), model.wrapper(Role::Reader));
    let reader_doc = format!("Reads [`{}`]; made by `#[create_reader]`.", plain_name(ident));
    let (allowed, without) = (allowed(model), without(model));
    let declaration = |record: &TokenStream| {
        quote! {
            #[doc = #reader_doc]
            ///
            /// It dereferences to `commy::Reader`, which has everything but the getters. `read` calls
            /// its closure with one that stands for a single generation.
            #without
            #[derive(#core::clone::Clone)]
            #allowed
            #vis struct #reader<__Source = #krate::Reader<#record>>(__Source);
        }
    };
    size::outside(model, declaration)
}

/// Implements `XReader`.
pub(crate) fn reader(model: &Model, args: &RoleArgs) -> TokenStream {
    let krate = &model.krate;
    let (core, reader) = (model.core(), model.wrapper(Role::Reader));
    let record = size::record(model);
    let ((target_alias, target), (view_alias, view)) =
        (size::target(model, "Reader"), size::target(model, "View"));
    let fields = model.fields().iter().enumerate();
    let fields = fields.filter(|(_, field)| !field.lacks_accessors(Role::Reader));
    let getters = fields.map(|(index, field)| {
        let getter = getter(model, index, field);
        let elements = elements::getters(model, index, field);
        let forms = forms::getters(model, index, field);
        let keyed = keyed::getters(model, index, field);
        quote!(#getter #elements #forms #keyed)
    });
    let filename = args.filename.as_ref().map_or_else(|| quote!(""), |filename| quote!(#filename));
    let reader_name = reader.to_string();
    let constructors = constructors(model);
    let file = file(model);
    quote! {
        #target_alias
        #view_alias
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl #reader {
            /// The name of the file, unless another path is given.
            pub const FILENAME: &'static #core::primitive::str = #filename;
            #(#constructors)*
            /// Options for how to open the file.
            pub fn options() -> #krate::ReaderOptions<#record, Self> {
                #krate::ReaderOptions::new(Self::FILENAME)
            }
            #file
            /// Reads several fields of one generation: see `commy::Reader::read`.
            ///
            /// # Errors
            ///
            /// See `commy::ReadError`.
            pub fn read<__R, __F>(
                &self,
                mut __read: __F,
            ) -> #core::result::Result<__R, #krate::ReadError>
            where
                __F: #core::ops::FnMut(
                    #reader<#krate::View<'_, #record>>,
                ) -> #core::result::Result<__R, #krate::ReadError>,
            {
                self.0.read(|__view| __read(#reader(__view)))
            }
            /// Waits until what `read` makes of the record differs from `last`: see
            /// `commy::Reader::wait_changed_by`.
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
                __F: #core::ops::FnMut(
                    #reader<#krate::View<'_, #record>>,
                ) -> #core::result::Result<__R, #krate::ReadError>,
            {
                self.0.wait_changed_by(|__view| __read(#reader(__view)), __last, __timeout)
            }
        }
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl<__Source> #reader<__Source>
        where
            __Source: #krate::__private::FieldSource<Error = #krate::ReadError>,
        {
            #(#getters)*
        }
        #[automatically_derived]
        impl #core::fmt::Debug for #reader {
            fn fmt(&self, __f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #krate::__private::debug_reader(__f, #reader_name, &self.0)
            }
        }
        #[automatically_derived]
        impl #core::convert::From<#krate::Reader<#record>> for #reader {
            fn from(__reader: #krate::Reader<#record>) -> Self {
                Self(__reader)
            }
        }
        #[automatically_derived]
        impl #core::ops::Deref for #reader {
            type Target = #target;
            fn deref(&self) -> &#target {
                &self.0
            }
        }
        #[automatically_derived]
        impl<'a> #core::ops::Deref for #reader<#krate::View<'a, #record>> {
            type Target = #view;
            fn deref(&self) -> &#view {
                &self.0
            }
        }
        #[automatically_derived]
        impl #core::ops::DerefMut for #reader {
            fn deref_mut(&mut self) -> &mut #target {
                &mut self.0
            }
        }
    }
}

/// The constructors, but for those whose name a field has.
pub(super) fn constructors(model: &Model) -> Vec<TokenStream> {
    let (krate, core) = (&model.krate, model.core());
    let open = quote! {
        /// Opens the file.
        ///
        /// # Errors
        ///
        /// See `commy::OpenError`.
        pub fn open() -> #core::result::Result<Self, #krate::OpenError> {
            Self::options().open()
        }
    };
    let open_at = quote! {
        /// The same at another path.
        ///
        /// # Errors
        ///
        /// See `commy::OpenError`.
        pub fn open_at<__P: #core::convert::AsRef<#krate::__private::Path>>(
            __path: __P,
        ) -> #core::result::Result<Self, #krate::OpenError> {
            Self::options().path(__path.as_ref()).open()
        }
    };
    let all = [("open", open), ("open_at", open_at)];
    let is_left = |name: &str| !model.is_taken(Role::Reader, name);
    all.into_iter().filter(|(name, _)| is_left(name)).map(|(_, constructor)| constructor).collect()
}

/// `file()`, whose `reopen` returns a reader of the generated type.
fn file(model: &Model) -> TokenStream {
    let (krate, record) = (&model.krate, size::record(model));
    quote! {
        /// What this reader knows of its file besides the value: see `commy::ReaderFile`.
        #[inline]
        pub const fn file(&self) -> #krate::ReaderFile<'_, #record, Self> {
            self.0.file_as()
        }
    }
}

/// The word on constructors that are not there.
fn without(model: &Model) -> Option<TokenStream> {
    let taken = ["open", "open_at"].into_iter().filter(|name| model.is_taken(Role::Reader, name));
    let taken: Vec<_> = taken.map(|name| format!("`{name}`")).collect();
    let (names, reader) = (taken.join(" and "), model.wrapper(Role::Reader));
    let doc = format!(
        "\n\nIt has no constructor {names}, because that is the name of an accessor. \
         `{reader}::options()` opens the file."
    );
    (!taken.is_empty()).then(|| quote!(#[doc = #doc]))
}

/// What lints take for an attempt at a trait, or for a name that a trait of the reader's has.
const METHODS_OF_TRAITS: &[&str] =
    &["as_mut", "as_ref", "borrow", "borrow_mut", "deref", "deref_mut", "drop", "fmt", "from"];

fn getter(model: &Model, index: usize, field: &Field) -> TokenStream {
    let krate = &model.krate;
    let core = model.core();
    let Field { name, vis, docs, .. } = field;
    let (getter, ty) = (field.accessor(), alias(index, field));
    let doc = format!("Reads `{name}` of the latest generation, without copying other fields.");
    let span = type_span(&field.ty);
    let place = field_place(model, index, field);
    let (value, get) = match field.is_refused() {
        true => (refused::getter_value(model, &field.ty), quote!(#core::unreachable!())),
        false => {
            let get_from = assoc(model, index, field, "get_from");
            let written = &field.ty;
            let value = match field.args.pod.is_none() && known::is_certain(written) {
                true => quote!(#written),
                false => quote!(#ty),
            };
            (value, quote_spanned!(span=> #get_from(&self.0, #place)))
        }
    };
    // The field has that name, and a lint would speak of the accessor.
    let named_as_a_method = METHODS_OF_TRAITS.iter().any(|name| getter == name).then(|| {
        quote_spanned! {span=>
            #[allow(
                clippy::same_name_method,
                clippy::should_implement_trait,
                reason = "named as its field"
            )]
        }
    });
    // The docs, too: a lint would look at the function and not find docs from elsewhere.
    quote_spanned! {span=>
        #[doc = #doc]
        #[doc = ""]
        #(#docs)*
        ///
        /// # Errors
        ///
        /// See `commy::ReadError`.
        #named_as_a_method
        #[inline]
        #vis fn #getter(&self) -> #core::result::Result<#value, #krate::ReadError> {
            #get
        }
    }
}
