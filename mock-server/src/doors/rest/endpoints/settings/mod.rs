//! Settings.

super::area! { list one }
