//! The annotated item as the expansion needs it: names, types, documentation, arguments.

use core::ops::Range;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Expr, ExprLit, Fields, Generics, Index, Lit, Member,
    Meta, Path, Type, Visibility,
};

use crate::args::{FieldArgs, ItemArgs, Role, RoleArgs};
use crate::attribute;
use crate::ctxt::Ctxt;
use crate::known;
use crate::lengths;
use crate::refuse;
use crate::spell;

/// An item that asked for an implementation of `Mappable` or `Growable`.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    pub(crate) item: Item,
    pub(crate) repr: Vec<(String, Span)>,
    /// The path under which the user knows commy.
    pub(crate) krate: Path,
    pub(crate) writer: Option<RoleArgs>,
    pub(crate) reader: Option<RoleArgs>,
    /// Whether one of the attributes is there, expanded or not.
    pub(crate) is_record: bool,
    /// Whether it is, and makes a record of fixed size.
    pub(crate) is_fixed_record: bool,
    /// Whether its fields may grow: one of them says so, or the derive.
    pub(crate) is_growable: bool,
    /// The names of its proxies, if it is one that stands in records that grow.
    pub(crate) proxies: Option<Proxies>,
    /// What an enum cannot name: there is no type of its own that changes it.
    pub(crate) given_mut: Option<Ident>,
    /// The name that was given to the type that reads.
    pub(crate) given_ref: Option<Ident>,
    /// Whether other crates may not count on these variants or fields.
    pub(crate) is_non_exhaustive: bool,
    /// Whether the path of the crate is the user's.
    pub(crate) has_own_path: bool,
    /// The lints that the user allowed on the item or a part of it, and that of deprecation if one
    /// of these is deprecated.
    pub(crate) allowed: Vec<Path>,
    /// The fields whose type may have no size, for all that the macros know; in order.
    pub(crate) asked: Vec<usize>,
}

/// The names of the types by which a struct within a growable record is read and changed.
pub(crate) struct Proxies {
    pub(crate) reads: Ident,
    pub(crate) changes: Ident,
}

/// What kind of item it is.
pub(crate) enum Item {
    Struct(Vec<Field>),
    /// An enum without fields, for all that is known of it.
    Enum(Vec<Variant>),
    /// An enum whose variants may have fields: these of all of them, one behind the other.
    Variants(Vec<Variant>, Vec<Field>),
    /// A tuple struct, unit struct or union: what it was found to be, and where.
    Other(&'static str, Span),
}

/// A field.
pub(crate) struct Field {
    /// Its name; of a tuple struct's field, what its accessors are called.
    pub(crate) ident: Ident,
    /// What stands behind the dot.
    pub(crate) member: Member,
    /// The name in the schema and in messages: without `r#`; the number if it has no name.
    pub(crate) name: String,
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    /// What its accessors tell as it does: its doc comment, and that it is deprecated.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) args: FieldArgs,
    /// The variant that it is a field of.
    pub(crate) variant: Option<String>,
    /// Whether it is one of a growable record.
    pub(crate) grows: bool,
    /// The roles in which it has no accessors, because their names are taken: that is reported.
    pub(crate) clashes: Vec<Role>,
}

/// The elements of a field, as far as its written type tells.
pub(crate) struct Sequence<'a> {
    /// The type of the elements.
    pub(crate) element: &'a Type,
    /// Whether there can be more or fewer of them.
    pub(crate) grows: bool,
    /// Whether they are in a ring.
    pub(crate) is_ring: bool,
}

/// The keys of a field, as far as its written type tells.
pub(crate) struct Keyed<'a> {
    /// The type of the keys.
    pub(crate) key: &'a Type,
    /// The type of the values: of a map.
    pub(crate) value: Option<&'a Type>,
}

/// What a getter passes on instead of a value of the field's type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forms {
    /// `&str`, and into a `String`.
    Text,
    /// A slice, and into a `Vec`.
    Vector,
    /// Into an array of the caller's.
    Array,
    /// The ring itself, by reference.
    Deque,
}

/// A variant of an enum.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    /// The first line of its doc comment, for the notes in the file.
    pub(crate) summary: String,
    pub(crate) has_fields: bool,
    pub(crate) discriminant: Option<Expr>,
    /// What it has in common with what is generated of it: its doc comment, and that it is deprecated.
    pub(crate) docs: Vec<Attribute>,
    /// Whether its fields have names.
    pub(crate) is_named: bool,
    /// Where those of its fields are that the item knows of.
    pub(crate) fields: Range<usize>,
    /// The word that makes it the variant of a new value.
    pub(crate) default: Option<Ident>,
}

impl Model {
    /// Takes the input of `derive(Mappable)` or of a record apart; judges nothing but the arguments.
    pub(crate) fn new(input: DeriveInput, ctxt: &Ctxt) -> Self {
        let writer = role_args(Role::Writer, &input.attrs, ctxt);
        let reader = role_args(Role::Reader, &input.attrs, ctxt);
        let is_growable =
            [&writer, &reader].into_iter().flatten().any(|args| args.growable.is_some());
        // A growable record may have that derive, too.
        let on_item = ItemArgs::of(&input.attrs, is_growable, ctxt);
        let item = Item::new(input.data.clone(), &input.ident, ctxt);
        Self { writer, reader, ..Self::of(input, item, on_item.krate, is_growable) }
    }

    /// The same for `derive(Growable)`.
    pub(crate) fn nested(input: DeriveInput, ctxt: &Ctxt) -> Self {
        let on_item = ItemArgs::of(&input.attrs, true, ctxt);
        let name = spell::plain_name(&input.ident);
        let (given_ref, given_mut) = (on_item.reads.clone(), on_item.changes.clone());
        let proxies = Proxies {
            reads: on_item.reads.unwrap_or_else(|| format_ident!("{name}Ref")),
            changes: on_item.changes.unwrap_or_else(|| format_ident!("{name}Mut")),
        };
        let item = Item::of_cells(input.data.clone(), &input.ident, ctxt);
        Self {
            proxies: Some(proxies),
            given_ref,
            given_mut,
            ..Self::of(input, item, on_item.krate, true)
        }
    }

    fn of(input: DeriveInput, mut item: Item, krate: Option<Path>, is_growable: bool) -> Self {
        let DeriveInput { attrs, vis, ident, generics, data } = input;
        let of_role = |role| role_args(role, &attrs, &Ctxt::default())?.krate;
        let krate = krate.or_else(|| of_role(Role::Writer)).or_else(|| of_role(Role::Reader));
        let has_own_path = krate.is_some();
        let krate = krate.unwrap_or_else(|| syn::parse_quote!(::commy));
        let allowed = allowed_lints(&attrs, &data);
        let repr = repr_words(&attrs);
        let is_non_exhaustive =
            attrs.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"));
        let is_record = attrs.iter().any(makes_record);
        let is_fixed_record = is_record && !attrs.iter().any(makes_growable_record);
        item.fields_mut().iter_mut().for_each(|field| field.grows = is_growable);
        let asked = item.fields().iter().enumerate();
        let asked = asked.filter(|(_, field)| !is_growable && field.may_lack_size());
        let asked = asked.map(|(index, _)| index).collect();
        Self {
            ident,
            vis,
            generics,
            item,
            repr,
            krate,
            writer: None,
            reader: None,
            is_record,
            is_fixed_record,
            is_growable,
            proxies: None,
            given_mut: None,
            given_ref: None,
            is_non_exhaustive,
            has_own_path,
            allowed,
            asked,
        }
    }

    /// The name of the writer or reader, or of the proxy that takes its place in a nested struct.
    pub(crate) fn wrapper(&self, role: Role) -> Ident {
        if let Some(Proxies { reads, changes }) = &self.proxies {
            return match role {
                Role::Writer => changes.clone(),
                Role::Reader => reads.clone(),
            };
        }
        let args = match role {
            Role::Writer => &self.writer,
            Role::Reader => &self.reader,
        };
        let given = args.as_ref().and_then(|args| args.name.clone());
        given
            .unwrap_or_else(|| format_ident!("{}{}", spell::plain_name(&self.ident), role.suffix()))
    }

    /// The name of the batch: beside the writer's own name, where that is given.
    pub(crate) fn batch(&self) -> Ident {
        self.beside(&self.writer, "Batch")
    }

    /// The name of a growable record's transaction: beside the writer's own name.
    pub(crate) fn transaction(&self) -> Ident {
        self.beside(&self.writer, "Transaction")
    }

    /// The name of a growable record's view: beside the reader's own name.
    pub(crate) fn view(&self) -> Ident {
        self.beside(&self.reader, "View")
    }

    /// A name that ends like this: the given one of the wrapper before it, or that of the struct.
    fn beside(&self, args: &Option<RoleArgs>, suffix: &str) -> Ident {
        match args.as_ref().and_then(|args| args.name.as_ref()) {
            Some(name) => format_ident!("{}{suffix}", spell::plain_name(name), span = name.span()),
            None => format_ident!("{}{suffix}", spell::plain_name(&self.ident)),
        }
    }

    /// Whether there is the attribute that makes this end.
    pub(crate) const fn has(&self, role: Role) -> bool {
        self.proxies.is_some()
            || match role {
                Role::Writer => self.writer.is_some(),
                Role::Reader => self.reader.is_some(),
            }
    }

    /// Whether an accessor has this name on the writer or reader: it comes before a constructor.
    pub(crate) fn is_taken(&self, role: Role, name: &str) -> bool {
        let fields = self.fields().iter().filter(|field| !field.lacks_accessors(role));
        let mut names = fields.flat_map(|field| field.accessors(self));
        names.any(|taken| taken.0 == role && taken.1 == name)
    }

    /// Gives the fields of a growable record that are refused the types that the messages suggest, if
    /// these certainly fit: so the rest of the program is compiled as it will be.
    pub(crate) fn correct(&mut self) {
        let fields = self.item.fields_mut();
        for field in fields.iter_mut().filter(|field| refuse::is_encoded(&field.ty)) {
            field.args.conversion = None;
        }
        for field in fields.iter_mut().filter(|field| field.is_refused()) {
            let replacement = refuse::growable::replacement(&field.ty);
            let parsed = replacement.and_then(|ty| syn::parse_str(&ty).ok());
            if let Some(ty) = parsed.filter(refuse::growable::is_certain) {
                let is_bytes = refuse::growable::is_vec_of_bytes(&ty);
                field.args.bytes = is_bytes.then(|| field.ident.clone());
                field.args.pod = None;
                field.args.conversion = None;
                field.ty = ty;
            }
        }
    }

    /// The path of `core`, through commy's: the user's crate may have another one of that name.
    pub(crate) fn core(&self) -> TokenStream {
        let krate = &self.krate;
        quote!(#krate::__private::core)
    }

    /// Whether its fields cannot be borrowed.
    pub(crate) fn is_packed(&self) -> bool {
        self.repr.iter().any(|(word, _)| word == "packed")
    }

    /// The fields that can have accessors.
    pub(crate) fn fields(&self) -> &[Field] {
        self.item.fields()
    }
}

impl Item {
    fn new(data: Data, ident: &Ident, ctxt: &Ctxt) -> Self {
        match data {
            Data::Struct(data) => match data.fields {
                Fields::Named(fields) => {
                    let field = |field| Field::new(field, ident, ctxt);
                    Self::Struct(fields.named.into_iter().filter_map(field).collect())
                }
                Fields::Unnamed(fields) => Self::Other("a tuple struct", fields.span()),
                Fields::Unit => Self::Other("a struct without fields", ident.span()),
            },
            Data::Enum(data) => Self::Enum(data.variants.into_iter().map(Variant::new).collect()),
            Data::Union(data) => Self::Other("a union", data.union_token.span),
        }
    }

    /// The same, where fields need no names, and those of variants count.
    fn of_cells(data: Data, ident: &Ident, ctxt: &Ctxt) -> Self {
        match data {
            Data::Struct(data) if matches!(data.fields, Fields::Unnamed(_)) => {
                let number = |(index, field)| Field::numbered(index, field, ident, ctxt);
                Self::Struct(data.fields.into_iter().enumerate().map(number).collect())
            }
            Data::Enum(data) => Self::with_variants(data, ident, ctxt),
            data => Self::new(data, ident, ctxt),
        }
    }

    fn with_variants(data: DataEnum, ident: &Ident, ctxt: &Ctxt) -> Self {
        let mut all = Vec::new();
        let variant = |variant: syn::Variant| {
            let first = all.len();
            for (index, field) in variant.fields.iter().cloned().enumerate() {
                let field = match field.ident {
                    Some(_) => Field::new(field, ident, ctxt),
                    None => Some(Field::numbered(index, field, ident, ctxt)),
                };
                let variant = Some(spell::plain_name(&variant.ident));
                all.extend(field.map(|field| Field { variant, ..field }));
            }
            Variant { fields: first..all.len(), ..Variant::new(variant) }
        };
        let variants = data.variants.into_iter().map(variant).collect();
        Self::Variants(variants, all)
    }

    fn fields(&self) -> &[Field] {
        match self {
            Self::Struct(fields) | Self::Variants(_, fields) => fields,
            Self::Enum(_) | Self::Other(..) => &[],
        }
    }

    fn fields_mut(&mut self) -> &mut [Field] {
        match self {
            Self::Struct(fields) | Self::Variants(_, fields) => fields,
            Self::Enum(_) | Self::Other(..) => &mut [],
        }
    }
}

impl Field {
    fn new(field: syn::Field, owner: &Ident, ctxt: &Ctxt) -> Option<Self> {
        let ident = field.ident.clone()?;
        let name = spell::plain_name(&ident);
        Some(Self::of(field, ident.clone(), name, Member::Named(ident), owner, ctxt))
    }

    /// The field of a tuple struct.
    fn numbered(index: usize, field: syn::Field, owner: &Ident, ctxt: &Ctxt) -> Self {
        let ident = format_ident!("field_{index}", span = field.ty.span());
        let member = Member::Unnamed(Index::from(index));
        Self::of(field, ident, index.to_string(), member, owner, ctxt)
    }

    fn of(
        field: syn::Field,
        ident: Ident,
        name: String,
        member: Member,
        owner: &Ident,
        ctxt: &Ctxt,
    ) -> Self {
        let mut args = FieldArgs::default();
        let ours = |attribute: &&Attribute| attribute.path().is_ident("commy");
        for (index, attribute) in field.attrs.iter().filter(ours).enumerate() {
            if index > 0 {
                ctxt.error_on(attribute, "write one `#[commy(...)]` per field, with all arguments");
                continue;
            }
            args = FieldArgs::parse(tokens_of(attribute, ctxt), ctxt);
        }
        let written = attribute::without_stand_in(field.ty);
        let named =
            |ty: &Type| lengths::parse_type(spell::without_self(ty.to_token_stream(), owner));
        let ty = named(&written);
        if let Some(conversion) = &mut args.conversion
            && let Ok(ty) = named(&conversion.ty)
        {
            conversion.ty = ty;
        }
        Self {
            name,
            ident,
            member,
            vis: field.vis,
            ty: ty.unwrap_or(written),
            docs: told(field.attrs),
            args,
            variant: None,
            grows: false,
            clashes: Vec::new(),
        }
    }

    /// How messages name it: behind its variant.
    pub(crate) fn shown(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{variant}.{}", self.name),
            None => self.name.clone(),
        }
    }

    /// The line that declares it with another type.
    pub(crate) fn line(&self, ty: &str) -> String {
        match &self.member {
            Member::Named(ident) => format!("{ident}: {ty},"),
            Member::Unnamed(_) => format!("{ty},"),
        }
    }

    /// What stands before its type where a variant is declared.
    pub(crate) fn variant_member(&self) -> TokenStream {
        match &self.member {
            Member::Named(ident) => quote!(#ident:),
            Member::Unnamed(_) => TokenStream::new(),
        }
    }

    /// The name of the getter; a setter has `set_` before it.
    pub(crate) fn accessor(&self) -> Ident {
        let ident = self.args.rename.as_ref().unwrap_or(&self.ident);
        // The place of the field, so that tools lead there; the rules of generated code, so that
        // lints on names stay silent. These are those of this crate's edition, in which a name of
        // an older one may be a keyword.
        spell::in_this_edition(ident, Span::call_site().located_at(self.ident.span()))
    }

    /// The elements that have accessors of their own, if it holds any.
    pub(crate) fn sequence(&self) -> Option<Sequence<'_>> {
        let mut ty = &self.ty;
        if !self.has_trait() {
            return None;
        }
        loop {
            match ty {
                Type::Group(group) => ty = &group.elem,
                Type::Paren(paren) => ty = &paren.elem,
                Type::Array(array) => {
                    return Some(Sequence { element: &array.elem, grows: false, is_ring: false });
                }
                Type::Path(path) => {
                    let name = &path.path.segments.last()?.ident;
                    let is_ring = name == "FixedDeque";
                    let grows = is_ring || name == "FixedVec" || name == "SmartVec";
                    let element = *refuse::type_arguments(path).first()?;
                    return grows.then_some(Sequence { element, grows, is_ring });
                }
                _ => return None,
            }
        }
    }

    /// The keys that have accessors of their own, if it holds any.
    pub(crate) fn keyed(&self) -> Option<Keyed<'_>> {
        if !self.has_trait() {
            return None;
        }
        if let Some((key, value)) = refuse::fixed_map(&self.ty) {
            return Some(Keyed { key, value: Some(value) });
        }
        let key = refuse::container(&self.ty).filter(|(name, _)| *name == "FixedSet");
        key.map(|(_, key)| Keyed { key, value: None })
    }

    /// What forms its getter has besides the plain one.
    pub(crate) fn forms(&self) -> Option<Forms> {
        if !self.has_trait() {
            return None;
        }
        if let Some(sequence) = self.sequence() {
            return Some(match sequence {
                Sequence { is_ring: true, .. } => Forms::Deque,
                Sequence { grows: true, .. } => Forms::Vector,
                Sequence { .. } => Forms::Array,
            });
        }
        let mut ty = &self.ty;
        loop {
            match ty {
                Type::Group(group) => ty = &group.elem,
                Type::Paren(paren) => ty = &paren.elem,
                Type::Path(path) => {
                    let last = path.path.segments.last()?;
                    let is_text = match last.arguments.is_none() {
                        true => last.ident == "SmartString" || last.ident == "FlatString",
                        false => last.ident == "FixedString" || last.ident == "SmartString",
                    };
                    return is_text.then_some(Forms::Text);
                }
                _ => return None,
            }
        }
    }

    /// Whether its type is asked for the trait: not refused as written, and no foreign type.
    pub(crate) fn has_trait(&self) -> bool {
        self.args.pod.is_none() && self.args.conversion.is_none() && !self.is_refused()
    }

    /// Whether its type can never be shared, as written.
    pub(crate) fn is_refused(&self) -> bool {
        if self.foreign_elements().is_some() {
            return true;
        }
        if self.args.lacks_conversion {
            return true;
        }
        // What is converted need not fit itself, where conversions are.
        if let Some(conversion) = &self.args.conversion {
            let is_borrowed = conversion.is_codec() && refuse::is_reference(&self.ty);
            let is_refused = is_borrowed || self.is_encoded_in_parts();
            return !self.grows || is_refused || refuse::is_unsized(&self.ty);
        }
        let refusal = match self.grows {
            // Of what is to be bytes, a rule of its own speaks.
            true if self.args.bytes.is_some() => return !refuse::growable::may_be_bytes(&self.ty),
            true => refuse::growable::refusal(&self.ty),
            false => refuse::refusal(&self.ty),
        };
        // What bytemuck calls plain old data is its user's business, but for its width.
        refusal.is_some_and(|refusal| {
            self.args.pod.is_none()
                || matches!(spell::spell(refusal.ty).as_str(), "usize" | "isize")
        })
    }

    /// Whether a codec is named for what is in the field, and not for the field.
    pub(crate) fn is_encoded_in_parts(&self) -> bool {
        let codec = self.args.conversion.as_ref().filter(|conversion| conversion.is_codec());
        codec.is_some_and(|codec| refuse::growable::holds_values(&codec.ty))
    }

    /// Whether its type would fit if the record were growable.
    pub(crate) fn may_grow(&self) -> bool {
        refuse::growable::is_vec_of_bytes(&self.ty) || refuse::growable::refusal(&self.ty).is_none()
    }

    /// Whether only the compiler can tell if its type has a size.
    fn may_lack_size(&self) -> bool {
        !self.is_refused() && !known::is_certain(&self.ty)
    }

    /// The container and the element, if it is said to be a foreign type but is a container of one:
    /// such a container is none. What has the trait anyway may be called plain old data, too.
    pub(crate) fn foreign_elements(&self) -> Option<(&'static str, &Type)> {
        self.args.pod.as_ref()?;
        refuse::container(&self.ty).filter(|(_, element)| !known::is_certain(element))
    }

    /// Whether its accessors of `role` are left out.
    pub(crate) fn lacks_accessors(&self, role: Role) -> bool {
        self.clashes.contains(&role)
    }

    /// The names of all its accessors, each with the attribute that makes it.
    pub(crate) fn accessors(&self, model: &Model) -> Vec<(Role, String)> {
        let name = spell::plain_name(&self.accessor());
        let mut names = vec![(Role::Reader, name.clone()), (Role::Writer, format!("set_{name}"))];
        if model.is_growable {
            names.extend([(Role::Writer, name.clone()), (Role::Writer, format!("{name}_mut"))]);
            if model.proxies.is_some() {
                names.push((Role::Writer, format!("into_{name}")));
            }
            names.retain(|(role, _)| model.has(*role));
            return names;
        }
        if let Some(keyed) = self.keyed() {
            for suffix in ["with", "read_into", "len", "contains", "at", "first", "last"] {
                names.push((Role::Reader, format!("{name}_{suffix}")));
            }
            names.push((Role::Writer, format!("insert_{name}")));
            names.push((Role::Writer, format!("remove_{name}")));
            if keyed.value.is_some() {
                names.push((Role::Reader, format!("{name}_get")));
                names.push((Role::Writer, format!("set_{name}_value")));
            }
        }
        if let Some(sequence) = self.sequence() {
            for suffix in ["at", "get", "range_into"] {
                names.push((Role::Reader, format!("{name}_{suffix}")));
            }
            names.push((Role::Writer, format!("set_{name}_at")));
            if sequence.is_ring {
                names.push((Role::Reader, format!("{name}_last_into")));
                names.push((Role::Writer, format!("push_over_{name}")));
            } else {
                names.push((Role::Writer, format!("set_{name}_range")));
            }
            if sequence.grows {
                names.push((Role::Reader, format!("{name}_len")));
                names.push((Role::Writer, format!("push_{name}")));
            } else {
                names.push((Role::Writer, format!("set_{name}_from")));
            }
        }
        if let Some(forms) = self.forms() {
            names.push((Role::Reader, format!("{name}_read_into")));
            if forms != Forms::Array {
                names.push((Role::Reader, format!("{name}_with")));
            }
        }
        names.retain(|(role, _)| model.has(*role));
        names
    }

    /// The name of the setter.
    pub(crate) fn setter(&self) -> Ident {
        format_ident!("set_{}", self.accessor())
    }

    /// The first line of its doc comment, for the notes in the file.
    pub(crate) fn summary(&self) -> String {
        summary(&self.docs)
    }
}

/// The first line of a doc comment.
fn summary(attributes: &[Attribute]) -> String {
    let mut lines = attributes.iter().filter_map(|doc| match &doc.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let line = lines.next().unwrap_or_default();
    line.trim().lines().next().unwrap_or_default().to_owned()
}

impl Variant {
    fn new(variant: syn::Variant) -> Self {
        Self {
            name: spell::plain_name(&variant.ident),
            summary: summary(&variant.attrs),
            ident: variant.ident,
            has_fields: !matches!(variant.fields, Fields::Unit),
            discriminant: variant.discriminant.map(|(_, number)| number),
            is_named: matches!(variant.fields, Fields::Named(_)),
            fields: 0..0,
            default: variant.attrs.iter().find_map(|attribute| {
                attribute.path().get_ident().filter(|word| *word == "default").cloned()
            }),
            docs: told(variant.attrs),
        }
    }
}

impl Variant {
    /// The variant of a new value: tag 0 of the file.
    pub(crate) fn of_zero(variants: &[Self]) -> Option<&Self> {
        variants.iter().find(|variant| variant.default.is_some()).or_else(|| variants.first())
    }

    /// All of them in the order of their tags.
    pub(crate) fn by_tag(variants: &[Self]) -> Vec<&Self> {
        let first = variants.iter().position(|variant| variant.default.is_some()).unwrap_or(0);
        let mut by_tag: Vec<_> = variants.iter().collect();
        if let Some(before) = by_tag.get_mut(..=first) {
            before.rotate_right(1);
        }
        by_tag
    }
}

/// The attributes that stand at what is generated, too.
fn told(attributes: Vec<Attribute>) -> Vec<Attribute> {
    let is_told = |attribute: &Attribute| {
        ["doc", "deprecated"].iter().any(|name| attribute.path().is_ident(name))
    };
    attributes.into_iter().filter(is_told).collect()
}

/// Whether this is one of the two attributes, before its expansion or after, and its record grows.
fn makes_growable_record(attribute: &Attribute) -> bool {
    let says_so = |tokens: TokenStream| {
        tokens
            .into_iter()
            .any(|token| matches!(token, TokenTree::Ident(word) if word == "growable"))
    };
    makes_record(attribute)
        && attribute.meta.require_list().is_ok_and(|list| says_so(list.tokens.clone()))
}

/// Whether this is one of the two attributes, before its expansion or after.
fn makes_record(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| {
        [Role::Writer, Role::Reader]
            .iter()
            .any(|role| last.ident == role.attribute() || last.ident == role.marker())
    })
}

/// The arguments that the attribute of `role` left in its marker.
fn role_args(role: Role, attributes: &[Attribute], ctxt: &Ctxt) -> Option<RoleArgs> {
    let is_marker = |attribute: &&Attribute| attribute.path().is_ident(role.marker());
    let mut markers = attributes.iter().filter(is_marker);
    let marker = markers.next()?;
    for second in markers {
        let tokens = tokens_of(second, ctxt);
        ctxt.error_on(&tokens, format_args!("`#[{}]` is given twice", role.attribute()));
    }
    // The marker was written by the attribute, so its name points there.
    let span = marker.path().span();
    Some(RoleArgs::parse(role, tokens_of(marker, ctxt), span, ctxt))
}

/// What stands between the parentheses of an attribute.
pub(crate) fn tokens_of(attribute: &Attribute, ctxt: &Ctxt) -> TokenStream {
    match attribute.meta.require_list() {
        Ok(list) => list.tokens.clone(),
        Err(_) => {
            ctxt.error_on(attribute, "expected arguments, as in `#[commy(unit = \"degC\")]`");
            TokenStream::new()
        }
    }
}

/// The lints of all `#[allow(...)]` and `#[expect(...)]` on the item, its fields and variants, and
/// that of deprecated items if something is.
pub(crate) fn allowed_lints(attributes: &[Attribute], data: &Data) -> Vec<Path> {
    let mut all: Vec<_> = attributes.iter().collect();
    match data {
        Data::Struct(data) => all.extend(data.fields.iter().flat_map(|field| &field.attrs)),
        Data::Enum(data) => {
            all.extend(data.variants.iter().flat_map(|variant| &variant.attrs));
            let fields = data.variants.iter().flat_map(|variant| &variant.fields);
            all.extend(fields.flat_map(|field| &field.attrs));
        }
        Data::Union(_) => {}
    }
    let mut lints: Vec<Path> = Vec::new();
    let mut add = |lint: Path| {
        if !lints.iter().any(|known| spell::spell(known) == spell::spell(&lint)) {
            lints.push(lint);
        }
    };
    for attribute in all {
        if attribute.path().is_ident("deprecated") {
            add(syn::parse_quote!(deprecated));
        } else if ["allow", "expect"].iter().any(|name| attribute.path().is_ident(name)) {
            // What the compiler does not understand it reports itself.
            let _ = attribute.parse_nested_meta(|meta| {
                if meta.input.peek(syn::Token![=]) {
                    meta.value()?.parse::<Expr>()?;
                } else {
                    add(meta.path);
                }
                Ok(())
            });
        }
    }
    lints
}

/// The words of all `#[repr(...)]`: `C`, `u8`, `align`, `packed`.
fn repr_words(attributes: &[Attribute]) -> Vec<(String, Span)> {
    let mut words = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        // What the compiler does not understand it reports itself.
        let _ = attribute.parse_nested_meta(|meta| {
            if let Some(word) = meta.path.get_ident() {
                words.push((word.to_string(), word.span()));
            }
            if meta.input.peek(syn::token::Paren) {
                let _: proc_macro2::Group = meta.input.parse()?;
            }
            Ok(())
        });
    }
    words
}
