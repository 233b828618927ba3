//! A Rocket.Chat workspace in one small binary.

pub mod data;
pub mod ejson;
pub mod js_date;
pub mod js_json;
pub mod js_text;
pub mod pagination;
pub mod profile;
pub mod qs;
pub mod query_params;
pub mod version;
pub mod wire;
