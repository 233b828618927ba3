//! The conformance tester binary.
fn main() {}
