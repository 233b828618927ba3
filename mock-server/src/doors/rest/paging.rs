//! Paging: what `offset` and `count` ask for.
//!
//! Upstream: `apps/meteor/app/api/server/helpers/getPaginationItems.ts`; older servers have
//! `packages/rocketchat-api/server/helpers/getPaginationItems.js`.

use crate::era::{EmptyCount, Switches, ZeroSettings};
use crate::state::query::{Page, PagingSettings};
use javascript::qs::{Param, QueryString};
use javascript::text::parse_int;

/// Reads `offset` and `count`.
pub fn page(query: &QueryString, settings: &PagingSettings, switches: &Switches) -> Page {
    let upper_limit = setting(settings.upper_limit, 100.0, switches.zero_settings);
    let default_count = setting(settings.default_count, 50.0, switches.zero_settings);
    let offset = match query.get("offset") {
        None => 0.0,
        Some(Param::Text(text)) if text.is_empty() => 0.0,
        Some(param) => parse_int(&param.to_js_string()),
    };
    let mut count = match query.get("count") {
        None => default_count,
        Some(Param::Text(text)) if text.is_empty() => match switches.empty_count {
            EmptyCount::NotANumber => f64::NAN,
            EmptyCount::Zero => 0.0,
        },
        Some(param) => parse_int(&param.to_js_string()),
    };
    if count > upper_limit {
        count = upper_limit;
    }
    if count == 0.0 && !settings.allow_infinite {
        count = default_count;
    }
    Page { offset, count }
}

/// The setting's value, or `fallback` for one that does not stand. Newer servers test for truth before they compare, so
/// that 0 stands (upstream: `getPaginationItems.ts`).
fn setting(value: f64, fallback: f64, zero: ZeroSettings) -> f64 {
    let replaced = match zero {
        ZeroSettings::Replaced => value <= 0.0,
        ZeroSettings::Kept => value < 0.0,
    };
    if replaced { fallback } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Fixtures;
    use crate::era::Profiles;
    use javascript::qs::Limits;

    fn switches(profile: &str) -> Switches {
        let texts = Fixtures::embedded().profiles().unwrap();
        let profiles = Profiles::read(texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap();
        profiles.resolve(Some(profile), None).unwrap().switches
    }

    fn read(text: &str, settings: PagingSettings, profile: &str) -> Page {
        let query = QueryString::parse(text.as_bytes(), Limits::LENIENT).unwrap();
        page(&query, &settings, &switches(profile))
    }

    /// The table of the contract: the parameter's text, the limit, the skip and the offset shown.
    #[test]
    fn every_kind_of_number_is_read() {
        const NEGATIVE: Option<usize> = None;
        for (value, limit, skip, shown) in [
            (None, Some(50), Some(0), "0"),
            (Some("="), None, Some(0), "0"),
            (Some("=0"), None, Some(0), "0"),
            (Some("=5"), Some(5), Some(5), "5"),
            (Some("=101"), Some(100), Some(101), "101"),
            (Some("=1000"), Some(100), Some(1000), "1000"),
            (Some("=-1"), Some(1), NEGATIVE, "-1"),
            (Some("=-5"), Some(5), NEGATIVE, "-5"),
            (Some("=abc"), None, Some(0), "null"),
            (Some("=NaN"), None, Some(0), "null"),
            (Some("=Infinity"), None, Some(0), "null"),
            (Some("=null"), None, Some(0), "null"),
            (Some("=true"), None, Some(0), "null"),
            (Some("=1.9"), Some(1), Some(1), "1"),
            (Some("=1e3"), Some(1), Some(1), "1"),
            (Some("=1e30"), Some(1), Some(1), "1"),
            (Some("=0x10"), Some(16), Some(16), "16"),
            (Some("=7abc"), Some(7), Some(7), "7"),
            (Some("=%207"), Some(7), Some(7), "7"),
            (Some("=+7"), Some(7), Some(7), "7"),
            (Some("=-0"), None, Some(0), "0"),
            (Some("[]=5"), Some(5), Some(5), "5"),
            (Some("[a]=1"), None, Some(0), "null"),
            (Some("=99999999999999999999"), Some(100), usize::try_from(i64::MAX).ok(), "100000000000000000000"),
        ] {
            let value = value.map_or_else(String::new, |value| format!("count{value}&offset{value}"));
            let page = read(&value, PagingSettings::default(), "8");
            assert_eq!((page.limit(), page.skip().ok(), &*page.offset_json()), (limit, skip, shown), "{value}");
        }
        let repeated = read("count=1&count=2&offset=3&offset=4", PagingSettings::default(), "8");
        assert_eq!(repeated, Page { offset: 3.0, count: 1.0 });
    }

    #[test]
    fn a_negative_offset_is_refused_as_mongodb_does() {
        let refusal = |text: &str| read(text, PagingSettings::default(), "8").skip().unwrap_err();
        assert_eq!(refusal("offset=-1"), "BSON field 'skip' value must be >= 0, actual value '-1'");
        assert!(refusal("offset=-1e99").ends_with("'-1'"));
    }

    #[test]
    fn an_empty_count_was_not_a_number_once() {
        assert!(read("count=", PagingSettings::default(), "5").count.is_nan());
        assert_eq!(read("count=", PagingSettings::default(), "6").count.to_bits(), 0.0_f64.to_bits());
        let finite = PagingSettings { allow_infinite: false, ..PagingSettings::default() };
        assert_eq!(read("count=", finite, "5").limit(), None);
        assert_eq!(read("count=", finite, "6").limit(), Some(50));
        assert_eq!(read("count=0", finite, "6").limit(), Some(50));
        assert_eq!(read("count=abc", finite, "6").limit(), None);
    }

    #[test]
    fn settings_of_zero_or_less() {
        let settings = |default_count, upper_limit| PagingSettings { default_count, upper_limit, allow_infinite: true };
        for (profile, settings, text, limit) in [
            ("8", settings(50.0, 0.0), "count=5", None),
            ("8", settings(50.0, -3.0), "count=500", Some(100)),
            ("8", settings(0.0, 100.0), "", None),
            ("8", settings(-1.0, 100.0), "", Some(50)),
            ("8", settings(50.0, 20.0), "", Some(20)),
            ("legacy", settings(50.0, 0.0), "count=500", Some(100)),
            ("legacy", settings(0.0, 100.0), "", Some(50)),
        ] {
            let query = QueryString::parse(text.as_bytes(), Limits::LENIENT).unwrap();
            let mut switches = switches("8");
            if profile == "legacy" {
                switches.zero_settings = ZeroSettings::Replaced;
            }
            assert_eq!(page(&query, &settings, &switches).limit(), limit, "{profile} {settings:?} {text}");
        }
    }
}
