//! Permissions and the roles that have them.

super::area! { list_all update role }
