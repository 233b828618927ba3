//! Roles and who has them.

mod shared;

super::area! { list create delete add_user_to_role remove_user_from_role get_users_in_role }
