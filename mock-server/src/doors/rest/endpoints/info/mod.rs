//! What the server says of itself.

super::area! { instances_get licenses_info docs_json info }
