//! Measures: benchmarks of the whole path.
