//! What an enum within a growable record is to the runtime: a tag, and the cells of one variant.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::matched;
use super::record::offset;
use super::{has_cell, of_cell, parts};
use crate::model::{Field, Model, Variant};

/// An enum has a tag of one byte up to so many variants.
const MOST_OF_A_BYTE: usize = 256;

/// A variant, its number in the file, and its fields with theirs in the item.
struct Tagged<'a> {
    variant: &'a Variant,
    tag: usize,
    fields: Vec<(usize, &'a Field)>,
}

/// The variants in the order of their tags.
fn tagged<'a>(model: &'a Model, variants: &'a [Variant]) -> Vec<Tagged<'a>> {
    let all: Vec<_> = model.fields().iter().enumerate().collect();
    let by_tag = Variant::by_tag(variants).into_iter().enumerate();
    by_tag
        .map(|(tag, variant)| {
            let fields = all.get(variant.fields.clone()).unwrap_or_default();
            let with_cells = fields.iter().filter(|(_, field)| has_cell(field));
            Tagged { variant, tag, fields: with_cells.copied().collect() }
        })
        .collect()
}

/// What reads or changes one field.
type Part<'a> = &'a dyn Fn(usize, &Field) -> TokenStream;

impl Tagged<'_> {
    /// What is done for each of the fields.
    fn each(&self, part: Part<'_>) -> TokenStream {
        self.fields.iter().map(|(index, field)| part(*index, field)).collect()
    }

    /// A pattern for a value of it, whose fields have the names of [`bound`].
    fn pattern(&self) -> TokenStream {
        let ident = &self.variant.ident;
        let fields = self.each(&|index, field| {
            let (member, bound) = (&field.member, bound(index));
            quote!(#member: #bound,)
        });
        quote!(Self::#ident { #fields })
    }

    fn tag(&self) -> Literal {
        Literal::usize_unsuffixed(self.tag)
    }
}

/// The name of a field in a pattern.
fn bound(index: usize) -> Ident {
    format_ident!("__f{index}")
}

/// The bytes of the tag, and what the schema calls it.
const fn tag_type(count: usize) -> (usize, &'static str) {
    if count <= MOST_OF_A_BYTE { (1, "u8") } else { (2, "u16") }
}

/// Where the fields of each variant lie.
fn places(model: &Model, tagged: &[Tagged<'_>]) -> TokenStream {
    let (parts, core) = (parts(model), model.core());
    let (bytes, _) = tag_type(tagged.len());
    let bytes = Literal::usize_unsuffixed(bytes);
    let aligns: TokenStream = tagged
        .iter()
        .map(|of_one| {
            of_one.each(&|index, field| {
                let align = of_cell(model, index, field, "ALIGN");
                quote!(#align,)
            })
        })
        .collect();
    let each = tagged.iter().map(|of_one| {
        let (name, count) = (places_of(of_one.tag), Literal::usize_unsuffixed(of_one.fields.len()));
        let cells = of_one.each(&|index, field| {
            let (size, align) =
                (of_cell(model, index, field, "SIZE"), of_cell(model, index, field, "ALIGN"));
            quote!((#size, #align),)
        });
        let offsets = of_one.fields.iter().enumerate().map(|(place, (index, _))| {
            let (offset, place) = (offset(*index), Literal::usize_unsuffixed(place));
            quote!(const #offset: #core::primitive::usize = #name.offsets[#place];)
        });
        quote! {
            const #name: #parts::variants::Places<#count> =
                #parts::variants::places(__ALIGN, [#cells]);
            #(#offsets)*
        }
    });
    let ends = tagged.iter().map(|of_one| places_of(of_one.tag));
    quote! {
        const __ALIGN: #core::primitive::usize = #parts::variants::align(#bytes, [#aligns]);
        #(#each)*
        const __SIZE: #core::primitive::usize =
            #parts::variants::size(__ALIGN, [#(#ends.end),*]);
    }
}

fn places_of(tag: usize) -> Ident {
    format_ident!("__P{tag}")
}

/// Implements `Growable` and the cell of the enum.
pub(super) fn cell(model: &Model, variants: &[Variant]) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (parts, core) = (parts(model), model.core());
    let tagged = tagged(model, variants);
    let places = places(model, &tagged);
    let types = matched::types(model, Some(&references(model, &tagged)));
    let (count, (bytes, tag_name)) =
        (Literal::usize_unsuffixed(tagged.len()), tag_type(tagged.len()));
    let bytes = Literal::usize_unsuffixed(bytes);
    let found = quote!(#parts::variants::tag::<#bytes>(__snap, __at, #count)?);
    let depths = tagged.first().map(|of_zero| {
        of_zero.each(&|index, field| {
            let depth = of_cell(model, index, field, "ZERO_DEPTH");
            quote!(#depth,)
        })
    });
    let blocks: TokenStream = tagged
        .iter()
        .map(|of_one| {
            of_one.each(&|index, field| {
                let has_blocks = of_cell(model, index, field, "HAS_BLOCKS");
                quote!(|| #has_blocks)
            })
        })
        .collect();
    let stores = tagged.iter().map(|of_one| {
        let (pattern, tag) = (of_one.pattern(), of_one.tag());
        let fields = of_one.each(&|index, field| {
            let (bound, offset) = (bound(index), offset(index));
            let (store, lend) =
                (of_cell(model, index, field, "store"), of_cell(model, index, field, "lend"));
            let size = of_cell(model, index, field, "SIZE");
            let cell = quote!(#parts::structs::part(__cell, #offset, #size));
            quote!(#store(&#lend(#bound), __edit, #cell)?;)
        });
        quote! {
            #pattern => {
                #parts::variants::put_tag::<#bytes>(__cell, #tag);
                #fields
            }
        }
    });
    let loads = by_tag(&tagged, |of_one| {
        let ident = &of_one.variant.ident;
        let fields = of_one.each(&|index, field| {
            let (member, name) = (&field.member, field.shown());
            let (load, at) = (of_cell(model, index, field, "load"), place(index));
            quote!(#member: #parts::in_field(#name, #load(__snap, #at))?,)
        });
        quote!(Self::#ident { #fields })
    });
    let loads_into = tagged.iter().map(|of_one| {
        let (pattern, tag) = (of_one.pattern(), of_one.tag());
        let fields = of_one.each(&|index, field| {
            let (bound, name) = (bound(index), field.shown());
            let (load, at) = (of_cell(model, index, field, "load_into"), place(index));
            quote!(#parts::in_field(#name, #load(__snap, #at, #bound))?;)
        });
        quote!((#pattern, #tag) => { #fields })
    });
    let traces = by_tag(&tagged, |of_one| {
        let fields = of_one.each(&|index, field| {
            let (trace, at) = (of_cell(model, index, field, "trace"), place(index));
            quote!(#trace(__snap, #at, __trace)?;)
        });
        quote!({ #fields })
    });
    let compares = tagged.iter().map(|of_one| {
        let (pattern, tag) = (of_one.pattern(), of_one.tag());
        let fields = of_one.each(&|index, field| {
            let (bound, at) = (bound(index), place(index));
            let (same, lend) =
                (of_cell(model, index, field, "same"), of_cell(model, index, field, "lend"));
            quote!(&& #same(&#lend(#bound), __snap, #at)?)
        });
        quote!(#pattern => __tag == #tag #fields,)
    });
    let verifies = by_tag(&tagged, |of_one| {
        let fields = of_one.each(&|index, field| {
            let (name, at) = (field.shown(), place(index));
            let verify = of_cell(model, index, field, "verify");
            quote!(#parts::in_field(#name, #verify(__snap, #at))?;)
        });
        quote!({ #fields })
    });
    let describes = tagged.iter().map(|of_one| {
        let (name, tag) = (&of_one.variant.name, of_one.tag());
        let fields = of_one.each(&|index, field| {
            let (name, offset) = (&field.name, offset(index));
            let (size, describe) =
                (of_cell(model, index, field, "SIZE"), of_cell(model, index, field, "describe"));
            quote!(__schema.field(#name, #offset, #size, #describe);)
        });
        let schema = if of_one.fields.is_empty() { quote!(_) } else { quote!(__schema) };
        quote!(__schema.variant(#name, #tag, |#schema| { #fields });)
    });
    let reconciles = tagged.iter().map(|of_one| {
        let (pattern, tag) = (of_one.pattern(), of_one.tag());
        if of_one.fields.is_empty() {
            return quote! {
                (#pattern, #core::option::Option::Some(#tag)) => #core::result::Result::Ok(()),
            };
        }
        let fields = of_one.each(&|index, field| {
            let (bound, offset) = (bound(index), offset(index));
            let reconcile = of_cell(model, index, field, "reconcile");
            quote!(#reconcile(#bound, __cursor.reborrow().field(#offset))?;)
        });
        quote! {
            (#pattern, #core::option::Option::Some(#tag)) => {
                #parts::structs::whole(__cursor, |mut __cursor| {
                    #fields
                    #core::result::Result::Ok(())
                })
            }
        }
    });
    let feeds = tagged.iter().map(|of_one| {
        let (pattern, tag) = (of_one.pattern(), of_one.tag());
        let fields = of_one.each(&|index, field| {
            let bound = bound(index);
            let (feed, lend) =
                (of_cell(model, index, field, "feed"), of_cell(model, index, field, "lend"));
            quote!(#feed(&#lend(#bound), __hash);)
        });
        quote! {
            #pattern => {
                #parts::variants::feed_tag::<#bytes>(__hash, #tag);
                #fields
            }
        }
    });
    quote! {
        #places
        // One without end is a cycle for the compiler, here and not where it is first used.
        const _: #core::primitive::usize = <#ident as #parts::Cell>::ZERO_DEPTH;
        #[automatically_derived]
        impl #krate::growable::Growable for #ident {
            type Cell = Self;
            type Key = Self;
        }
        #[automatically_derived]
        impl #parts::Cell for #ident {
            const SIZE: #core::primitive::usize = __SIZE;
            const ALIGN: #core::primitive::usize = __ALIGN;
            const ZERO_DEPTH: #core::primitive::usize = #parts::structs::deepest([#depths]);
            const HAS_BLOCKS: #core::primitive::bool = false #blocks;
            #types
            fn store(
                __held: &Self::Held<'_>,
                __edit: &mut #parts::Edit,
                __cell: &mut [#core::primitive::u8],
            ) -> #core::result::Result<(), #krate::WriteError> {
                match *__held {
                    #(#stores)*
                }
                #core::result::Result::Ok(())
            }
            fn load(
                __snap: &#parts::Snap<'_>,
                __at: #parts::At,
            ) -> #core::result::Result<Self, #parts::Fault> {
                #core::result::Result::Ok(match #found { #loads })
            }
            fn load_into(
                __snap: &#parts::Snap<'_>,
                __at: #parts::At,
                __value: &mut Self,
            ) -> #core::result::Result<(), #parts::Fault> {
                match (&mut *__value, #found) {
                    #(#loads_into)*
                    _ => *__value = <Self as #parts::Cell>::load(__snap, __at)?,
                }
                #core::result::Result::Ok(())
            }
            fn trace(
                __snap: &#parts::Snap<'_>,
                __at: #parts::At,
                __trace: &mut #parts::Trace,
            ) -> #core::result::Result<(), #parts::Fault> {
                match #found { #traces }
                #core::result::Result::Ok(())
            }
            fn same(
                __held: &Self::Held<'_>,
                __snap: &#parts::Snap<'_>,
                __at: #parts::At,
            ) -> #core::result::Result<#core::primitive::bool, #parts::Fault> {
                let __tag = #found;
                #core::result::Result::Ok(match *__held {
                    #(#compares)*
                })
            }
            fn feed(__held: &Self::Held<'_>, __hash: &mut #parts::KeyHash) {
                match *__held {
                    #(#feeds)*
                }
            }
            fn verify(
                __snap: &#parts::Snap<'_>,
                __at: #parts::At,
            ) -> #core::result::Result<(), #parts::Fault> {
                match #found { #verifies }
                #core::result::Result::Ok(())
            }
            fn describe(__schema: &mut #krate::__private::SchemaText) {
                if __schema.open_enum::<Self>(__SIZE, #tag_name) {
                    #(#describes)*
                    __schema.close_enum();
                }
            }
            fn reconcile(
                __value: &Self,
                __cursor: #parts::Cursor<'_>,
            ) -> #core::result::Result<(), #krate::WriteError> {
                match (__value, #parts::variants::staged_tag::<#bytes>(&__cursor, #count)) {
                    #(#reconciles)*
                    _ => #parts::variants::replace::<Self>(__cursor, __value),
                }
            }
        }
    }
}

/// What views have of the value: a variant of the type to match on, or the enum itself.
fn references(model: &Model, tagged: &[Tagged<'_>]) -> TokenStream {
    let (parts, core) = (parts(model), model.core());
    if model.fields().is_empty() {
        return quote!(<Self as #parts::Cell>::load(__snap, __at));
    }
    let reads = matched::name(model);
    let (count, (bytes, _)) = (Literal::usize_unsuffixed(tagged.len()), tag_type(tagged.len()));
    let bytes = Literal::usize_unsuffixed(bytes);
    let variants = by_tag(tagged, |of_one| {
        let ident = &of_one.variant.ident;
        let fields = of_one.each(&|index, field| {
            let (member, at) = (&field.member, place(index));
            let reference = of_cell(model, index, field, "reference");
            quote!(#member: #reference(__view, __snap, #at)?,)
        });
        quote!(#reads::#ident { #fields })
    });
    quote! {
        #core::result::Result::Ok(
            match #parts::variants::tag::<#bytes>(__snap, __at, #count)? { #variants }
        )
    }
}

/// The arms of a match on a tag, which is one of these.
fn by_tag(tagged: &[Tagged<'_>], arm: impl Fn(&Tagged<'_>) -> TokenStream) -> TokenStream {
    let last = tagged.len().saturating_sub(1);
    let arms = tagged.iter().map(|of_one| {
        let (tag, arm) = (of_one.tag(), arm(of_one));
        let tag = if of_one.tag == last { quote!(_) } else { quote!(#tag) };
        quote!(#tag => #arm,)
    });
    arms.collect()
}

/// Where the cell of a field is.
fn place(index: usize) -> TokenStream {
    let offset = offset(index);
    quote!(__at.plus(#offset))
}
