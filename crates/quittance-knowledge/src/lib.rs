//! Finds text: the policy's sections in one search index.
