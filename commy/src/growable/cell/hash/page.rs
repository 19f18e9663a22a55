//! What `docs/format.md` says of hash maps, and the constants of the code.
