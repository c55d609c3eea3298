//! What can go wrong with the index.

/// A failure of the index. Neither a document nor a question can cause one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The index could not be built.
    #[error("the search index could not be built")]
    Build(#[source] tantivy::TantivyError),
    /// The index could not be searched.
    #[error("the search index could not be searched")]
    Search(#[source] tantivy::TantivyError),
}
