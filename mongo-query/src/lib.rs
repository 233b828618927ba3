//! MongoDB query semantics over in-memory documents.
