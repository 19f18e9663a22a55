//! The writer of a record: a thin type around the runtime's, with a setter per field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Expr;

use super::{alias, allowed, assoc, elements, keyed, place, plain, refused, size, type_span};
use crate::args::{Role, RoleArgs};
use crate::model::{Field, Model};
use crate::spell::plain_name;

/// Declares `XWriter` and `XBatch`.
pub(crate) fn types(model: &Model) -> TokenStream {
    let Model { ident, vis, krate, .. } = model;
    let (writer, batch) = (model.wrapper(Role::Writer), model.batch());
    let name = plain_name(ident);
    let writer_doc = format!("Writes [`{name}`]; made by `#[create_writer]`.");
    let batch_doc = format!("The setters of [`{name}`] without the publish: [`{writer}::batch`].");
    let allowed = allowed(model);
    let declared = size::outside(model, |record| {
        quote! {
            #[doc = #writer_doc]
            ///
            /// It dereferences to `commy::Writer`, which has everything but the setters.
            #allowed
            #vis struct #writer(#krate::Writer<#record>);
        }
    });
    let batch_declared = size::outside(model, |record| {
        quote! {
            #[doc = #batch_doc]
            #allowed
            #vis struct #batch<'a>(#krate::Batch<'a, #record>);
        }
    });
    quote!(#declared #batch_declared)
}

/// Implements `XWriter` and `XBatch`.
pub(crate) fn writer(model: &Model, args: &RoleArgs) -> TokenStream {
    let krate = &model.krate;
    let (core, record) = (model.core(), size::record(model));
    let (writer, batch) = (model.wrapper(Role::Writer), model.batch());
    let ((target_alias, target), (batch_alias, batch_target)) =
        (size::target(model, "Writer"), size::target(model, "Batch"));
    let fields = model.fields().iter().enumerate();
    let fields = fields.filter(|(_, field)| !field.lacks_accessors(Role::Writer));
    let setters = fields.map(|(index, field)| setters(model, index, field));
    let (setters, batch_setters): (Vec<_>, Vec<_>) = setters.unzip();
    let filename = args.filename.as_ref().map_or_else(|| quote!(""), |filename| quote!(#filename));
    let (writer_name, batch_name) = (writer.to_string(), batch.to_string());
    let one_file = one_file(model);
    quote! {
        #target_alias
        #batch_alias
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl #writer {
            /// The name of the file, unless another path is given.
            pub const FILENAME: &'static #core::primitive::str = #filename;
            /// Creates the file, or opens the one that is there and continues from its value.
            ///
            /// # Errors
            ///
            /// See `commy::CreateError`.
            pub fn create() -> #core::result::Result<Self, #krate::CreateError> {
                Self::options().create()
            }
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
            /// Creates or opens the file and publishes `value`.
            ///
            /// # Errors
            ///
            /// See `commy::CreateError`.
            #[inline]
            pub fn create_with(__value: #record) -> #core::result::Result<Self, #krate::CreateError> {
                Self::options().create_with(__value)
            }
            /// Options for how to create or open the file.
            pub fn options() -> #krate::WriterOptions<#record, Self> {
                #krate::WriterOptions::new(Self::FILENAME)
            }
            /// Calls several setters and publishes once.
            pub fn batch<__R, __F: #core::ops::FnOnce(&mut #batch<'_>) -> __R>(
                &mut self,
                __set: __F,
            ) -> __R {
                self.0.batch(|__batch| __set(&mut #batch(__batch.reborrow())))
            }
            #(#setters)*
        }
        #[automatically_derived]
        impl #core::convert::From<#krate::Writer<#record>> for #writer {
            fn from(__writer: #krate::Writer<#record>) -> Self {
                Self(__writer)
            }
        }
        #[automatically_derived]
        impl #core::ops::Deref for #writer {
            type Target = #target;
            fn deref(&self) -> &#target {
                &self.0
            }
        }
        #[automatically_derived]
        impl #core::ops::DerefMut for #writer {
            fn deref_mut(&mut self) -> &mut #target {
                &mut self.0
            }
        }
        #[automatically_derived]
        impl #core::fmt::Debug for #writer {
            fn fmt(&self, __f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #krate::__private::debug_writer(__f, #writer_name, &self.0)
            }
        }
        #[automatically_derived]
        impl #core::fmt::Debug for #batch<'_> {
            fn fmt(&self, __f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                __f.write_str(#batch_name)
            }
        }
        #[automatically_derived]
        #[allow(dead_code, reason = "generated whether used or not")]
        impl #batch<'_> {
            #(#batch_setters)*
        }
        #[automatically_derived]
        impl<'a> #core::ops::Deref for #batch<'a> {
            type Target = #batch_target;
            fn deref(&self) -> &#batch_target {
                &self.0
            }
        }
        #[automatically_derived]
        impl<'a> #core::ops::DerefMut for #batch<'a> {
            fn deref_mut(&mut self) -> &mut #batch_target {
                &mut self.0
            }
        }
        #one_file
    }
}

/// Compares the filenames of writer and reader, unless both are written out: these were compared.
pub(super) fn one_file(model: &Model) -> Option<TokenStream> {
    let (writer, reader) = (model.writer.as_ref()?, model.reader.as_ref()?);
    let (written, read) = (writer.filename.as_ref()?, reader.filename.as_ref()?);
    let is_literal = |name: &Expr| matches!(name, Expr::Lit(_));
    if is_literal(written) && is_literal(read) {
        return None;
    }
    let krate = &model.krate;
    let message = format!(
        "the filename of `{}` is not that of `{}`",
        model.wrapper(Role::Writer),
        model.wrapper(Role::Reader)
    );
    Some(quote! {
        const _: () =
            #krate::__private::core::assert!(#krate::__private::is_same_text(#written, #read), #message);
    })
}

/// The setter of a field, for the writer and for the batch.
fn setters(model: &Model, index: usize, field: &Field) -> (TokenStream, TokenStream) {
    let Field { name, vis, docs, .. } = field;
    let setter = field.setter();
    let span = type_span(&field.ty);
    let (owner, core, place) = (size::record(model), model.core(), place(model, index, field));
    let pick = quote_spanned!(span=> |__record: &mut #owner| #place);
    let plain = plain::signature(model, &field.ty, span).filter(|_| field.has_trait());
    let errors = plain.as_ref().and_then(|plain| plain.errors.clone());
    let (arg, output) = match &field.args.pod {
        _ if field.is_refused() => refused::setter_signature(model, &field.ty),
        None => match plain {
            Some(plain) => (plain.argument, plain.output),
            None => {
                let arg = assoc(model, index, field, "Arg");
                (quote_spanned!(span=> #arg<'_>), assoc(model, index, field, "Output"))
            }
        },
        Some(_) => {
            let ty = alias(index, field);
            (quote!(#ty), quote!(()))
        }
    };
    let body = match field.is_refused() {
        true => quote_spanned!(span=> let _ = __value; #core::unreachable!()),
        false => {
            let set_in = assoc(model, index, field, "set_in");
            quote_spanned!(span=> #set_in(&mut self.0, #pick, __value))
        }
    };
    let set = quote_spanned!(span=> #vis fn #setter(&mut self, __value: #arg) -> #output { #body });
    let writer_doc = format!("Sets `{name}` and publishes.");
    let batch_doc = format!("Sets `{name}`.");
    let docs = quote_spanned!(span=> #[doc = ""] #(#docs)* #errors);
    let (set_element, stage_element) = elements::setters(model, index, field)
        .or_else(|| keyed::setters(model, index, field))
        .unzip();
    (
        quote_spanned!(span=> #[doc = #writer_doc] #docs #[inline] #set #set_element),
        quote_spanned!(span=> #[doc = #batch_doc] #docs #[inline] #set #stage_element),
    )
}
