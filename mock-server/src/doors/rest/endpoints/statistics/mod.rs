//! Statistics.

super::area! { list newest telemetry }
