//! Roles and who has them.

mod add_user_to_role;
mod create;
mod delete;
mod get_users_in_role;
mod list;
mod remove_user_from_role;
mod shared;

use crate::doors::rest::endpoint::Endpoint;
/// The endpoints of each file.
pub(super) const FILES: &[&[Endpoint]] = &[
    list::ENDPOINTS,
    create::ENDPOINTS,
    delete::ENDPOINTS,
    add_user_to_role::ENDPOINTS,
    remove_user_from_role::ENDPOINTS,
    get_users_in_role::ENDPOINTS,
];
