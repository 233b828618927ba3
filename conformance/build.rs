//! Rebuilds the crate when a case or a schema is added: the macro that embeds them only notices changes of known files.

fn main() {
    println!("cargo::rerun-if-changed=cases");
    println!("cargo::rerun-if-changed=../schemas");
}
