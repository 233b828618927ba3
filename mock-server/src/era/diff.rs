//! What differs between two profiles, with sources.

use super::{Profile, Provenance, Switches};

/// One switch on which two profiles differ.
#[derive(Debug)]
pub struct Difference<'a> {
    /// The switch's name.
    pub switch: &'static str,
    /// Its value in the first profile and where that comes from.
    pub left: (&'static str, Option<&'a Provenance>),
    /// Its value in the second profile and where that comes from.
    pub right: (&'static str, Option<&'a Provenance>),
}

/// Every switch on which `left` and `right` differ, in declaration order.
pub fn differences<'a>(left: &'a Profile, right: &'a Profile) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    for switch in Switches::NAMES {
        let (Some(a), Some(b)) = (left.switches.value(switch), right.switches.value(switch)) else { continue };
        if a != b {
            let left = (a, left.provenance.get(*switch));
            let right = (b, right.provenance.get(*switch));
            found.push(Difference { switch, left, right });
        }
    }
    found
}
