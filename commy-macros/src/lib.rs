//! The attribute and derive macros of commy.
