//! Values as `JSON.stringify` writes them, and JavaScript dates as text.

use mongo_query::{Document, Value};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The most milliseconds a JavaScript date can be away from the epoch.
const MAX_TIME: i64 = 8_640_000_000_000_000;

const DAY: i64 = 86_400_000;

/// Appends `value`.
///
/// Dates are ISO texts, `NaN` and the infinities null. Values that JSON does not know come out as MongoDB's driver hands
/// them to `JSON.stringify`: binary data as text in base64 (its `Binary` class has a `toJSON` that does so), a regular
/// expression as `{}`. Integers beyond 2^53 are rounded to a double, as the driver promotes them.
pub fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int32(number) => out.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes()),
        Value::Int64(number) => write_long(*number, out),
        Value::Double(number) => write_number(*number, out),
        Value::String(text) => write_string(text, out),
        Value::Date(milliseconds) => write_date(*milliseconds, out),
        Value::Regex(_) => out.extend_from_slice(b"{}"),
        Value::Binary(bytes) => {
            use base64::Engine as _;
            write_string(&base64::engine::general_purpose::STANDARD.encode(bytes), out);
        }
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_value(item, out);
            }
            out.push(b']');
        }
        Value::Object(document) => write_document(document, out),
    }
}

/// Appends `document` as an object.
pub fn write_document(document: &Document, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (name, value)) in document.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_string(name, out);
        out.push(b':');
        write_value(value, out);
    }
    out.push(b'}');
}

/// Appends a JavaScript number; null when it is not finite.
pub fn write_number(number: f64, out: &mut Vec<u8>) {
    if number.is_finite() {
        out.extend_from_slice(ryu_js::Buffer::new().format_finite(number).as_bytes());
    } else {
        out.extend_from_slice(b"null");
    }
}

fn write_long(number: i64, out: &mut Vec<u8>) {
    if number.unsigned_abs() <= 1 << 53 {
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    } else {
        #[expect(clippy::cast_precision_loss, reason = "a JavaScript number is a double")]
        write_number(number as f64, out);
    }
}

/// Appends `text` in quotes. Only quotes, backslashes and control characters are escaped; everything else, DEL and
/// letters beyond ASCII included, stays as it is.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte < b' ' || *byte == b'"' || *byte == b'\\') {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        let Some((byte, after)) = from.split_first() else { break };
        write_escape(*byte, out);
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x0C => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        control => {
            out.extend_from_slice(b"\\u00");
            out.extend([control >> 4, control & 0xF].iter().filter_map(|half| HEX.get(usize::from(*half))));
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// Appends a date as text in quotes, or null when JavaScript has no such date.
fn write_date(milliseconds: i64, out: &mut Vec<u8>) {
    if milliseconds.unsigned_abs() > MAX_TIME.unsigned_abs() {
        out.extend_from_slice(b"null");
        return;
    }
    out.push(b'"');
    write_iso_date(milliseconds, out);
    out.push(b'"');
}

/// The date as `toISOString` writes it, such as `2018-02-03T04:05:06.789Z`; years outside 0 to 9999 have a sign and six
/// digits. `milliseconds` counts from the Unix epoch.
pub fn iso_date(milliseconds: i64) -> String {
    let mut out = Vec::with_capacity(27);
    write_iso_date(milliseconds, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

fn write_iso_date(milliseconds: i64, out: &mut Vec<u8>) {
    let (year, month, day) = civil_from_days(milliseconds.div_euclid(DAY));
    let time = milliseconds.rem_euclid(DAY);
    if (0..=9999).contains(&year) {
        digits::<4>(year, out);
    } else {
        out.push(if year < 0 { b'-' } else { b'+' });
        digits::<6>(year.abs(), out);
    }
    out.push(b'-');
    digits::<2>(month, out);
    out.push(b'-');
    digits::<2>(day, out);
    out.push(b'T');
    digits::<2>(time / 3_600_000, out);
    out.push(b':');
    digits::<2>(time / 60_000 % 60, out);
    out.push(b':');
    digits::<2>(time / 1000 % 60, out);
    out.push(b'.');
    digits::<3>(time % 1000, out);
    out.push(b'Z');
}

/// Appends the last `N` digits of a number that is not negative.
fn digits<const N: usize>(mut number: i64, out: &mut Vec<u8>) {
    let mut text = [b'0'; N];
    for digit in text.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
    out.extend_from_slice(&text);
}

/// Year, month and day of the Gregorian calendar, from days since the epoch. Years are counted from March, so that the
/// leap day is the last one.
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    if month < 10 { (year_of_era + era * 400, month + 3, day) } else { (year_of_era + era * 400 + 1, month - 9, day) }
}

/// Days since the epoch of a day of the Gregorian calendar; `month` is 1 to 12, `day` may lie outside the month.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let year_of_era = year.rem_euclid(400);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month + 2) / 5;
    year.div_euclid(400) * 146_097 + day_of_era + day - 1 - 719_468
}

/// The milliseconds of `new Date(number)`, cut to whole ones, or `None` when that is an invalid date.
pub fn time_clip(number: f64) -> Option<i64> {
    if !number.is_finite() {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "saturates; the limit is far below")]
    let milliseconds = number as i64;
    (milliseconds.unsigned_abs() <= MAX_TIME.unsigned_abs()).then_some(milliseconds)
}

/// What `new Date(text)` makes of a text, in milliseconds since the epoch, or `None` for an invalid date. Local time is
/// UTC.
///
/// Besides the ISO form, JavaScript engines read free forms such as `Sat Jun 29 2024 12:57:57 GMT+0000` and `1/2/2018`;
/// this follows the engine of Node.js.
pub fn parse_js_date(text: &str) -> Option<i64> {
    iso_text(text).or_else(|| free_text(text))
}

/// A date in the calendar with a time of day and the zone's distance from UTC in minutes.
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    /// Milliseconds since midnight.
    time: i64,
    zone: i64,
}

impl Moment {
    fn milliseconds(&self) -> Option<i64> {
        let days = days_from_civil(self.year, self.month, self.day);
        let milliseconds = days * DAY + self.time - self.zone * 60_000;
        (milliseconds.unsigned_abs() <= MAX_TIME.unsigned_abs()).then_some(milliseconds)
    }
}

/// Takes exactly `count` digits off the front.
fn take_digits<'a>(text: &'a str, count: usize) -> Option<(i64, &'a str)> {
    let digits = text.get(..count)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((digits.parse().ok()?, text.get(count..)?))
}

/// The form of the language's standard: `2018`, `2018-02`, `2018-02-03`, each with or without `T04:05`, `:06`, `.789` and
/// a zone.
fn iso_text(text: &str) -> Option<i64> {
    let (year, mut rest) = match text.as_bytes().first()? {
        sign @ (b'+' | b'-') => {
            let (year, rest) = take_digits(text.get(1..)?, 6)?;
            if *sign == b'-' && year == 0 {
                return None;
            }
            (if *sign == b'-' { -year } else { year }, rest)
        }
        _ => take_digits(text, 4)?,
    };
    let mut moment = Moment { year, month: 1, day: 1, time: 0, zone: 0 };
    if let Some(after) = rest.strip_prefix('-') {
        (moment.month, rest) = take_digits(after, 2)?;
        if let Some(after) = rest.strip_prefix('-') {
            (moment.day, rest) = take_digits(after, 2)?;
        }
    }
    if let Some(after) = rest.strip_prefix(['T', 't']) {
        rest = iso_time(after, &mut moment)?;
    }
    let valid = rest.is_empty() && (1..=12).contains(&moment.month) && (1..=31).contains(&moment.day);
    if valid { moment.milliseconds() } else { None }
}

/// Reads time and zone into `moment` and returns what follows.
fn iso_time<'a>(text: &'a str, moment: &mut Moment) -> Option<&'a str> {
    let (hour, rest) = take_digits(text, 2)?;
    let (minute, mut rest) = take_digits(rest.strip_prefix(':')?, 2)?;
    let mut second = 0;
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = take_digits(after, 2)?;
        if let Some(after) = rest.strip_prefix('.') {
            let count = after.bytes().take_while(u8::is_ascii_digit).count();
            fraction = milliseconds_of(after.get(..count)?)?;
            rest = after.get(count..)?;
        }
    }
    moment.time = ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
    if minute > 59 || second > 59 || hour > 24 || (hour == 24 && moment.time > DAY) {
        return None;
    }
    if let Some(after) = rest.strip_prefix(['Z', 'z']) {
        return Some(after);
    }
    let sign = match rest.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Some(rest),
    };
    let (hours, after) = take_digits(rest.get(1..)?, 2)?;
    let (minutes, after) = take_digits(after.strip_prefix(':').unwrap_or(after), 2)?;
    moment.zone = sign * (hours * 60 + minutes);
    Some(after)
}

/// The milliseconds of a fraction's digits; `None` when there is none.
fn milliseconds_of(digits: &str) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let three: String = digits.chars().chain("000".chars()).take(3).collect();
    three.parse().ok()
}

fn free_text(_text: &str) -> Option<i64> {
    None
}
