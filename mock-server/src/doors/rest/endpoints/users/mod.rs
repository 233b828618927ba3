//! Users and their tokens.

mod shared;

super::area! { register create update delete set_active_status info list create_token personal_access_tokens }
