//! Rebuilds the crate when a case, a fault or a schema is added: the macro that embeds them only notices changes of known files.

fn main() {
    println!("cargo::rerun-if-changed=cases");
    println!("cargo::rerun-if-changed=faults");
    println!("cargo::rerun-if-changed=../schemas");
}
