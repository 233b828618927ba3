//! Ids, dates and tokens as the server writes them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::tz::Offset;

use super::draw::Draw;

/// The letters of Meteor's random ids: no two that look alike.
const METEOR_LETTERS: &[u8; 55] = b"23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz";

/// A Meteor random id: 17 letters (upstream: Meteor's `random` package).
pub(super) fn meteor_id(draw: &mut Draw) -> Box<str> {
    let mut id = String::with_capacity(17);
    // 55 to the 9th is below 2 to the 53rd: nine letters use up one number of 64 bits with next to no bias.
    for letters in [9, 8] {
        let mut rest = draw.number();
        for _ in 0..letters {
            let letter = usize::try_from(rest % 55).ok().and_then(|at| METEOR_LETTERS.get(at));
            id.push(char::from(letter.copied().unwrap_or(b'2')));
            rest /= 55;
        }
    }
    id.into_boxed_str()
}

/// A MongoDB `ObjectId` as text, of the second of `created_ms`.
pub(super) fn object_id(created_ms: i64, draw: &mut Draw) -> Box<str> {
    let second = created_ms.div_euclid(1000).rem_euclid(1 << 32);
    format!("{second:08x}{:016x}", draw.number()).into_boxed_str()
}

/// Whether `id` is an `ObjectId` as text.
pub(super) fn is_object_id(id: &str) -> bool {
    id.len() == 24 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// ISO 8601 text with milliseconds and `Z`, as dates leave the REST API.
pub(super) fn iso(ms: i64) -> String {
    let date = Offset::UTC.to_datetime(timestamp(ms));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        date.month(),
        date.day(),
        date.hour(),
        date.minute(),
        date.second(),
        date.millisecond()
    )
}

/// The milliseconds since 1970 of ISO 8601 text, or `None` when it is none.
pub(super) fn parse_iso(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// What JavaScript's `Date.toString()` gives on a server in UTC.
pub(super) fn js_date_text(ms: i64) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = Offset::UTC.to_datetime(timestamp(ms));
    let name = |names: &'static [&'static str], number: i8| {
        usize::try_from(number - 1).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
    };
    format!(
        "{} {} {:02} {:04} {:02}:{:02}:{:02} GMT+0000 (Coordinated Universal Time)",
        name(&DAYS, date.weekday().to_monday_one_offset()),
        name(&MONTHS, date.month()),
        date.day(),
        date.year(),
        date.hour(),
        date.minute(),
        date.second()
    )
}

/// The milliseconds since 1970 of JavaScript's `Date.toString()` text of a server in UTC.
pub(super) fn parse_js_date_text(text: &str) -> Option<i64> {
    let (date, _) = text.split_once(" GMT+0000")?;
    let date = jiff::civil::DateTime::strptime("%a %b %d %Y %H:%M:%S", date).ok()?;
    Some(Offset::UTC.to_timestamp(date).ok()?.as_millisecond())
}

/// Year, month (1–12) and day, UTC.
pub(super) fn civil_date(ms: i64) -> (i32, i32, i32) {
    let date = Offset::UTC.to_datetime(timestamp(ms));
    (date.year().into(), date.month().into(), date.day().into())
}

/// A token in the form of the collector's: a JSON Web Token that repeats what it is about. The signature is none.
pub(super) fn stats_token(unique_id: &str, record_id: &str, at_ms: i64) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let payload = serde_json::json!({ "uniqueId": unique_id, "recordId": record_id, "timestamp": iso(at_ms) });
    let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
    format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode("no signature: a mock server made this"))
}

/// The instant, brought into the range of years -9999 to 9999.
fn timestamp(ms: i64) -> Timestamp {
    let bound = if ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(ms).unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_iso_and_javascript_write_them() {
        let ms = parse_iso("2024-06-29T12:57:57.042Z").unwrap();
        assert_eq!(iso(ms), "2024-06-29T12:57:57.042Z");
        assert_eq!(js_date_text(ms), "Sat Jun 29 2024 12:57:57 GMT+0000 (Coordinated Universal Time)");
        assert_eq!(parse_js_date_text(&js_date_text(ms)), Some(ms - 42));
        assert_eq!(civil_date(ms), (2024, 6, 29));
        assert_eq!(iso(i64::MAX).len(), 24);
        assert_eq!(parse_iso("yesterday"), None);
    }

    #[test]
    fn meteor_ids_use_their_alphabet_and_object_ids_tell_their_second() {
        let mut draw = Draw::new(1);
        let id = meteor_id(&mut draw);
        assert_eq!(id.len(), 17);
        assert!(id.bytes().all(|byte| METEOR_LETTERS.contains(&byte)));
        assert_ne!(id, meteor_id(&mut draw));
        let id = object_id(parse_iso("2024-07-02T11:12:00.221Z").unwrap(), &mut draw);
        assert!(is_object_id(&id) && id.starts_with("6683e080"), "{id}");
    }

    #[test]
    fn tokens_repeat_what_they_are_about() {
        let token = stats_token("workspace", "record", 0);
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(payload["uniqueId"], "workspace");
        assert_eq!(payload["recordId"], "record");
    }
}
