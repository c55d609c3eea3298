//! Holds one turn between a model and its tools.
