//! Benchmarks of commy beside its peers.
