//! The catalogue of faults, one file a family. To add one: an entry in its family's list with the next number, saying what
//! it spoils, where the report must point, and which cases must notice.

mod authentication;
mod envelope;
mod info;
mod latest;
mod login;
mod paging;
mod parameters;
mod permission;
mod projection;
mod query;
mod records;
mod sort;
mod transport;
mod users;

use super::Fault;

/// Every fault, family by family.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    let families = [
        envelope::FAULTS,
        paging::FAULTS,
        sort::FAULTS,
        projection::FAULTS,
        query::FAULTS,
        parameters::FAULTS,
        records::FAULTS,
        latest::FAULTS,
        permission::FAULTS,
        authentication::FAULTS,
        login::FAULTS,
        info::FAULTS,
        transport::FAULTS,
        users::FAULTS,
    ];
    families.into_iter().flatten()
}
