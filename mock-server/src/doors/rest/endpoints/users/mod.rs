//! Users and their tokens.

mod create;
mod create_token;
mod delete;
mod info;
mod list;
mod personal_access_tokens;
mod register;
mod set_active_status;
mod shared;
mod update;

use crate::doors::rest::endpoint::Endpoint;
/// The endpoints of each file.
pub(super) const FILES: &[&[Endpoint]] = &[
    register::ENDPOINTS,
    create::ENDPOINTS,
    update::ENDPOINTS,
    delete::ENDPOINTS,
    set_active_status::ENDPOINTS,
    info::ENDPOINTS,
    list::ENDPOINTS,
    create_token::ENDPOINTS,
    personal_access_tokens::ENDPOINTS,
];
