//! What JavaScript makes of texts and values: the parts of the language and of a few npm packages through which every request of the
//! real server goes, over the values of `mongo-query`. It knows neither HTTP nor Rocket.Chat.
//!
//! | module | what it follows |
//! |---|---|
//! | [`json`] | `JSON.parse`, ECMA-262 §25.5.1 |
//! | [`stringify`](mod@stringify) | `JSON.stringify`, ECMA-262 §25.5.2 |
//! | [`date`] | `Date.parse` and `toISOString`, ECMA-262 §21.4, with V8's free forms |
//! | [`text`] | `String(x)`, `Number(x)`, `parseInt`, truth, own fields |
//! | [`regexp`] | the grammar and the `source` of a `RegExp`, ECMA-262 §22.2 |
//! | [`qs`] | npm `qs` 6.4 to 6.13 and 6.15 |
//! | [`ejson`] | npm `ejson` 2.2.3, Meteor's EJSON |

pub mod date;
pub mod ejson;
pub mod json;
pub mod qs;
pub mod regexp;
pub mod stringify;
pub mod text;
