//! The mock server binary.
fn main() {}
