//! Rebuilds the crate when the data it embeds changes.

fn main() {
    println!("cargo::rerun-if-changed=../fixtures");
    println!("cargo::rerun-if-changed=../schemas");
}
