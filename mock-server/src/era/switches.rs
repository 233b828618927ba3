//! Everything that varies between server versions, as named switches with two to four values each.
//!
//! A switch is declared once, here. Profile files set switches by these names; code matches them exhaustively, so that a new
//! value cannot be forgotten anywhere.

use thiserror::Error;

/// Why a profile file could not set a switch.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SwitchError {
    /// No switch has this name.
    #[error("unknown switch \"{0}\"")]
    UnknownSwitch(String),
    /// The switch exists, the value does not.
    #[error("switch \"{switch}\" cannot be \"{value}\"; it can be {allowed}")]
    UnknownValue {
        /// Name of the switch.
        switch: &'static str,
        /// The refused value.
        value: String,
        /// The values it has, as a readable list.
        allowed: String,
    },
}

/// Declares the switches: one enum each, the struct of them all and access by name.
macro_rules! switches {
    ($(
        $(#[$doc:meta])*
        $field:ident / $name:literal : $kind:ident { $( $(#[$value_doc:meta])* $value:ident = $text:literal ),+ $(,)? }
    )+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub enum $kind { $( #[doc = concat!("`", $text, "`.")] $(#[$value_doc])* $value ),+ }

            impl $kind {
                const ALLOWED: &[(&str, Self)] = &[$(($text, Self::$value)),+];

                /// The value as profile files write it.
                pub const fn as_str(self) -> &'static str {
                    match self { $(Self::$value => $text),+ }
                }

                fn parse(text: &str) -> Result<Self, SwitchError> {
                    Self::ALLOWED.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
                        let names: Vec<_> = Self::ALLOWED.iter().map(|(name, _)| format!("\"{name}\"")).collect();
                        SwitchError::UnknownValue { switch: $name, value: text.to_owned(), allowed: names.join(", ") }
                    })
                }
            }
        )+

        /// The switches of one resolved profile.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Switches { $( $(#[$doc])* pub $field: $kind ),+ }

        impl Switches {
            /// Names of all switches, in the order of this file.
            pub const NAMES: &[&str] = &[$($name),+];

            /// Reads every switch from `value_of`, which answers the text a profile chain ends with for a name.
            ///
            /// # Errors
            /// When a switch has no value at all (the name comes back as [`SwitchError::UnknownSwitch`]) or an unknown one.
            pub fn read<'a>(value_of: impl Fn(&'static str) -> Option<&'a str>) -> Result<Self, SwitchError> {
                Ok(Self { $(
                    $field: $kind::parse(value_of($name).ok_or_else(|| SwitchError::UnknownSwitch($name.to_owned()))?)?
                ),+ })
            }

            /// Checks one pair of a profile file.
            ///
            /// # Errors
            /// When there is no such switch or it has no such value.
            pub fn check(name: &str, value: &str) -> Result<(), SwitchError> {
                match name {
                    $($name => $kind::parse(value).map(|_| ()),)+
                    other => Err(SwitchError::UnknownSwitch(other.to_owned())),
                }
            }

            /// The value of the switch `name` as profile files write it, or `None` for an unknown name.
            pub fn value(&self, name: &str) -> Option<&'static str> {
                match name { $($name => Some(self.$field.as_str()),)+ _ => None }
            }
        }
    };
}

switches! {
    // ---- HTTP ----
    /// Which endpoints exist.
    endpoints / "endpoints": Endpoints {
        /// Those the version had.
        ByVersion = "by-version",
        /// All that the published documentation has, whatever their age.
        AllDocumented = "all-documented",
    }
    /// What answers a path under `/api` that no endpoint has.
    unknown_route / "unknown-route": UnknownRoute {
        /// The web application's page, 200: the API layer passes what it does not know.
        WebApp = "web-app",
        /// 404 `404 Not Found` as text.
        Text404 = "text-404",
    }
    /// What answers a known path asked with another method.
    wrong_method / "wrong-method": WrongMethod {
        /// 405 with an `allow` header and a JSON body.
        Json405 = "json-405",
        /// 404 `404 Not Found` as text.
        Text404 = "text-404",
    }
    /// Headers on every API answer.
    api_headers / "api-headers": ApiHeaders {
        /// Caching headers; the CORS pair only while `API_Enable_CORS` is on.
        CorsBySetting = "cors-by-setting",
        /// Caching headers and the CORS pair.
        CorsAlways = "cors-always",
        /// As before with more allowed headers; caching headers only on what a handler answered.
        Middleware = "middleware",
    }
    /// How `OPTIONS` is answered.
    preflight / "preflight": Preflight {
        /// Needs `access-control-request-method`, else an empty 404.
        RequestMethodOnly = "request-method-only",
        /// 200 unless CORS is off; a foreign origin gets 200 without CORS headers.
        Lenient = "lenient",
        /// As before with text bodies; a foreign origin gets 403.
        Strict = "strict",
    }
    /// What a body that is not valid JSON does.
    broken_body / "broken-body": BrokenBody {
        /// The body parser refuses it with 400 before the endpoint is reached.
        Refused = "refused",
        /// It counts as an empty object.
        Empty = "empty",
    }
    /// Whether 401 and 403 are held back by a random 500 to 1000 ms (only with `--delays on`).
    refusal_delay / "refusal-delay": RefusalDelay { HalfToOneSecond = "half-to-one-second", None = "none" }

    // ---- authentication ----
    /// Body of the 401 for missing or wrong credentials.
    unauthorized_body / "unauthorized-body": UnauthorizedBody {
        /// `status`, `message`.
        StatusMessage = "status-message",
        /// `success`, `error`, `status`, `message`.
        FourKeys = "four-keys",
        /// `success`, `error`.
        SuccessError = "success-error",
    }
    /// Two-factor authentication over REST.
    two_factor / "two-factor": TwoFactor { Absent = "absent", Present = "present" }

    // ---- errors ----
    /// Whether failures carry `details`.
    error_details / "error-details": ErrorDetails { Absent = "absent", Present = "present" }
    /// The 403 of endpoints with a declared permission.
    permission_refusal / "permission-refusal": PermissionRefusal {
        /// `unauthorized`.
        Unauthorized = "unauthorized",
        /// `User does not have the permissions required for this action [error-unauthorized]`.
        Sentence = "sentence",
    }
    /// Wording of a malformed body or query string of endpoints that check theirs.
    validation / "validation": Validation {
        /// `Match error: …`.
        Match = "match",
        /// `error-invalid-body-params` in some places, else as before.
        BodyParams = "body-params",
        /// `… [invalid-params]`.
        InvalidParams = "invalid-params",
        /// `errorType` before `error`, no suffix.
        Typed = "typed",
    }

    // ---- parameters ----
    /// How `query` is read.
    query_parser / "query-parser": QueryParser { Json = "json", Ejson = "ejson" }
    /// Whether top-level operators other than `$or`, `$and`, `$regex` are dropped from `query`.
    query_cleaner / "query-cleaner": QueryCleaner { None = "none", TopLevel = "top-level" }
    /// Whether the values of `sort` and `fields` are checked before the database sees them.
    value_checks / "value-checks": ValueChecks { None = "none", Strict = "strict" }
    /// What becomes of `query` and `fields`.
    query_and_fields / "query-and-fields": QueryAndFields {
        /// They work.
        Honoured = "honoured",
        /// They are ignored unless `--unsafe-query-params on`.
        Gated = "gated",
        /// They are ignored.
        Removed = "removed",
    }
    /// When a parameter counts as given.
    parameter_presence / "parameter-presence": ParameterPresence {
        /// When it is truthy: an empty text is not, a list is and is then read as text.
        Truthy = "truthy",
        /// When it is text: an empty text is, a list is not.
        Text = "text",
    }
    /// Headers that call `query` and `fields` deprecated.
    deprecation_headers / "deprecation-headers": DeprecationHeaders {
        None = "none",
        /// Removal announced for 7.0.0.
        For7 = "for-7",
        /// Removal announced for 8.0.0, with the warning about data exposure.
        For8 = "for-8",
        /// Removal announced for 9.0.0, with the warning about data exposure.
        For9 = "for-9",
    }
    /// What an empty `count` means.
    empty_count / "empty-count": EmptyCount { NotANumber = "not-a-number", Zero = "zero" }
    /// Whether a paging setting of 0 stands.
    zero_settings / "zero-settings": ZeroSettings { Replaced = "replaced", Kept = "kept" }
    /// Which fields no answer ever shows.
    excluded_fields / "excluded-fields": ExcludedFields {
        /// `joinCode`, `$loki`, `meta`, `members`, `usernames`, `importIds`.
        Since0_60 = "since-0.60",
        /// `joinCode`, `members`, `importIds`.
        Since0_67 = "since-0.67",
        /// `joinCode`, `members`, `importIds`, `e2e`.
        Since0_71 = "since-0.71",
    }

    // ---- rate limiter ----
    /// Whether calls are counted, and the status of one too many.
    rate_limiter / "rate-limiter": RateLimiter {
        None = "none",
        Status400 = "status-400",
        Status429 = "status-429",
        /// A defect of 7.5 to 7.8: the limiter is there and never acts.
        NeverActs = "never-acts",
    }
    /// Whether the limiter counts before or after permission and validation.
    rate_limit_order / "rate-limit-order": RateLimitOrder { BeforeChecks = "before-checks", AfterChecks = "after-checks" }
}
