//! JavaScript's dates: `toISOString`, and what `new Date(text)` makes of a text.

use crate::text::is_whitespace;

/// The most milliseconds a JavaScript date can be away from the epoch.
const MAX_TIME: i64 = 8_640_000_000_000_000;

const DAY: i64 = 86_400_000;

/// Whether JavaScript has a date so many milliseconds from the epoch.
pub const fn is_valid(milliseconds: i64) -> bool {
    milliseconds.unsigned_abs() <= MAX_TIME.unsigned_abs()
}

/// The date as `toISOString` writes it, such as `2018-02-03T04:05:06.789Z`; years outside 0 to 9999 have a sign and six
/// digits. `milliseconds` counts from the Unix epoch.
pub fn iso_date(milliseconds: i64) -> String {
    let mut out = Vec::with_capacity(27);
    write_iso_date(milliseconds, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// Appends what [`iso_date`] returns.
pub fn write_iso_date(milliseconds: i64, out: &mut Vec<u8>) {
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
    is_valid(milliseconds).then_some(milliseconds)
}

/// What `new Date(text)` makes of a text, in milliseconds since the epoch, or `None` for an invalid date. Local time is
/// UTC.
///
/// Besides the standard's ISO form, the engine of Node.js reads free forms such as `Sat Jun 29 2024 12:57:57 GMT+0000` and
/// `1/2/2018`. It tries the ISO form first and carries on freely from where that ends.
pub fn parse_js_date(text: &str) -> Option<i64> {
    let tokens = tokens(text);
    let mut parser = Parser { tokens: &tokens, moment: Moment::default() };
    match parser.iso() {
        Iso::Complete => parser.moment.iso = true,
        Iso::Invalid => return None,
        Iso::Partial(next) => parser.free(next)?,
    }
    parser.moment.milliseconds()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// Digits: their value (of the first nine that count) and how many they are.
    Number(i64, usize),
    /// One of `:+-.)`.
    Symbol(char),
    Word(Word),
    Blank,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Month(i64),
    /// Hours from UTC.
    Zone(i64),
    /// Hours to add.
    HalfDay(i64),
    /// `T`
    TimeSeparator,
    /// `Z`, also a zone.
    Z,
    Unknown,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        tokens.push(match letter {
            '0'..='9' => {
                let mut digits = String::from(letter);
                while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                let value: String = digits.trim_start_matches('0').chars().take(9).collect();
                Token::Number(value.parse().unwrap_or(0), digits.len())
            }
            ':' | '+' | '-' | '.' | ')' => Token::Symbol(letter),
            '(' => {
                let mut open = 1;
                while open > 0 {
                    match letters.next() {
                        Some('(') => open += 1,
                        Some(')') => open -= 1,
                        Some(_) => {}
                        None => break,
                    }
                }
                Token::Other
            }
            letter if is_whitespace(letter) => {
                while letters.next_if(|letter| is_whitespace(*letter)).is_some() {}
                Token::Blank
            }
            letter if letter >= 'A' => {
                let mut word = String::from(letter);
                while let Some(letter) = letters.next_if(|letter| *letter >= 'A' && !is_whitespace(*letter)) {
                    word.push(letter);
                }
                Token::Word(Word::of(&word))
            }
            _ => Token::Other,
        });
    }
    tokens
}

impl Word {
    /// Months are told by their first three letters, everything else must match whole.
    fn of(word: &str) -> Self {
        let word = word.to_ascii_lowercase();
        let start: String = word.chars().take(3).collect();
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        if let Some(month) = (1..).zip(months).find_map(|(number, name)| (name == start).then_some(number)) {
            return Self::Month(month);
        }
        match word.as_str() {
            "am" => Self::HalfDay(0),
            "pm" => Self::HalfDay(12),
            "t" => Self::TimeSeparator,
            "z" => Self::Z,
            "ut" | "utc" | "gmt" => Self::Zone(0),
            "edt" => Self::Zone(-4),
            "est" | "cdt" => Self::Zone(-5),
            "cst" | "mdt" => Self::Zone(-6),
            "mst" | "pdt" => Self::Zone(-7),
            "pst" => Self::Zone(-8),
            _ => Self::Unknown,
        }
    }
}

/// What has been read of a date.
#[derive(Default)]
struct Moment {
    /// Year, month and day, in an order that is settled at the end.
    day: Vec<i64>,
    named_month: Option<i64>,
    /// Hour, minute, second, millisecond.
    time: Vec<i64>,
    /// Hours that `AM` or `PM` add.
    half_day: Option<i64>,
    zone_sign: Option<i64>,
    zone_hour: Option<i64>,
    zone_minute: Option<i64>,
    iso: bool,
}

impl Moment {
    fn add_day(&mut self, number: i64) -> Option<()> {
        (self.day.len() < 3).then(|| self.day.push(number))
    }

    fn add_time(&mut self, number: i64) -> Option<()> {
        (self.time.len() < 4).then(|| self.time.push(number))
    }

    /// Adds the last part of the time.
    fn end_time(&mut self, number: i64) {
        self.time.push(number);
        self.time.resize(4, 0);
    }

    /// Whether the number can be the next part of a time that has begun.
    fn expects_time(&self, number: i64) -> bool {
        match self.time.len() {
            1 | 2 => number < 60,
            3 => number < 1000,
            _ => false,
        }
    }

    fn expects_zone_minute(&self, number: i64) -> bool {
        self.zone_hour.is_some() && self.zone_minute.is_none() && number < 60
    }

    fn set_zone(&mut self, hours: i64) {
        self.zone_sign = Some(if hours < 0 { -1 } else { 1 });
        self.zone_hour = Some(hours.abs());
        self.zone_minute = Some(0);
    }

    fn milliseconds(self) -> Option<i64> {
        let days = self.days()?;
        let [mut hour, minute, second, millisecond] =
            [0, 1, 2, 3].map(|part| self.time.get(part).copied().unwrap_or(0));
        if let Some(offset) = self.half_day {
            if hour > 12 {
                return None;
            }
            hour = hour % 12 + offset;
        }
        let time = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
        let valid = (hour < 24 && minute < 60 && second < 60 && millisecond < 1000) || (hour == 24 && time == DAY);
        if !valid {
            return None;
        }
        let zone = self.zone_hour.unwrap_or(0) * 60 + self.zone_minute.unwrap_or(0);
        let milliseconds = days * DAY + time - self.zone_sign.unwrap_or(0) * zone * 60_000;
        is_valid(milliseconds).then_some(milliseconds)
    }

    /// Settles which number is the year: one that cannot be a day, else the last. A missing day, month or year is 1.
    fn days(&self) -> Option<i64> {
        let first = *self.day.first()?;
        let [second, third] = [1, 2].map(|part| self.day.get(part).copied().unwrap_or(1));
        let is_day = |number: i64| (1..=31).contains(&number);
        let (mut year, month, day) = match self.named_month {
            None if self.iso || !is_day(first) => (first, second, third),
            None => (third, first, second),
            Some(month) if is_day(first) => (second, month, first),
            Some(month) => (first, month, second),
        };
        if !self.iso {
            year += match year {
                0..=49 => 2000,
                50..=99 => 1900,
                _ => 0,
            };
        }
        let in_reach = year.unsigned_abs() < 1_000_000;
        (in_reach && (1..=12).contains(&month) && is_day(day)).then(|| days_from_civil(year, month, day))
    }
}

/// How far the ISO form got.
enum Iso {
    Complete,
    /// To be read on freely, from this token on.
    Partial(Option<Token>),
    Invalid,
}

struct Parser<'a> {
    tokens: &'a [Token],
    moment: Moment,
}

impl Parser<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.first().copied()
    }

    fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn skip(&mut self, symbol: char) -> bool {
        let found = self.peek() == Some(Token::Symbol(symbol));
        if found {
            self.next();
        }
        found
    }

    /// Takes a number of exactly `digits` digits between `least` and `most`.
    fn fixed(&mut self, digits: usize, least: i64, most: i64) -> Option<i64> {
        match self.peek() {
            Some(Token::Number(number, length)) if length == digits && (least..=most).contains(&number) => {
                self.next();
                Some(number)
            }
            _ => None,
        }
    }

    fn iso(&mut self) -> Iso {
        match self.peek() {
            Some(sign @ Token::Symbol(letter @ ('+' | '-'))) => {
                self.next();
                let Some(year) = self.fixed(6, 0, 999_999) else { return Iso::Partial(Some(sign)) };
                if letter == '-' && year == 0 {
                    return Iso::Partial(Some(sign));
                }
                self.moment.day.push(if letter == '-' { -year } else { year });
            }
            _ => match self.fixed(4, 0, 9999) {
                Some(year) => self.moment.day.push(year),
                None => return Iso::Partial(self.next()),
            },
        }
        for most in [12, 31] {
            if !self.skip('-') {
                break;
            }
            match self.fixed(2, 1, most) {
                Some(number) => self.moment.day.push(number),
                None => return Iso::Partial(self.next()),
            }
        }
        match self.peek() {
            Some(Token::Word(Word::TimeSeparator)) => {
                self.next();
                if self.iso_time().is_none() || self.peek().is_some() {
                    return Iso::Invalid;
                }
            }
            Some(_) => return Iso::Partial(self.next()),
            None => {}
        }
        Iso::Complete
    }

    fn iso_time(&mut self) -> Option<()> {
        let hour = self.fixed(2, 0, 24)?;
        let most = if hour == 24 { 0 } else { 59 };
        self.moment.time.push(hour);
        if !self.skip(':') {
            return None;
        }
        let minute = self.fixed(2, 0, most)?;
        self.moment.time.push(minute);
        if self.skip(':') {
            let second = self.fixed(2, 0, most)?;
            self.moment.time.push(second);
            if self.skip('.') {
                let Some(Token::Number(number, length)) = self.next() else { return None };
                if hour == 24 && number > 0 {
                    return None;
                }
                self.moment.time.push(fraction(number, length));
            }
        }
        match self.peek() {
            Some(Token::Word(Word::Z)) => {
                self.next();
                self.moment.set_zone(0);
            }
            Some(Token::Symbol(sign @ ('+' | '-'))) => {
                self.next();
                self.moment.zone_sign = Some(if sign == '-' { -1 } else { 1 });
                let (hour, minute) = if let Some(both) = self.fixed(4, 0, 2359) {
                    (both / 100, both % 100)
                } else {
                    let hour = self.fixed(2, 0, 23)?;
                    if !self.skip(':') {
                        return None;
                    }
                    (hour, self.fixed(2, 0, 59)?)
                };
                if minute > 59 {
                    return None;
                }
                self.moment.zone_hour = Some(hour);
                self.moment.zone_minute = Some(minute);
            }
            _ => {}
        }
        Some(())
    }

    /// Reads the rest freely, `first` before everything else.
    fn free(&mut self, first: Option<Token>) -> Option<()> {
        let mut number_read = !self.moment.day.is_empty();
        let mut next = first;
        while let Some(token) = next {
            match token {
                Token::Number(number, _) => {
                    number_read = true;
                    self.free_number(number)?;
                }
                Token::Word(Word::HalfDay(hours)) if !self.moment.time.is_empty() => self.moment.half_day = Some(hours),
                Token::Word(Word::Month(month)) => {
                    self.moment.named_month = Some(month);
                    self.skip('-');
                }
                Token::Word(Word::Zone(hours)) if number_read => self.moment.set_zone(hours),
                Token::Word(Word::Z) if number_read => self.moment.set_zone(0),
                Token::Word(_) => {
                    // Other words may only lead, and a number must not touch them.
                    if number_read || matches!(self.peek(), Some(Token::Number(..))) {
                        return None;
                    }
                }
                Token::Symbol(sign @ ('+' | '-')) if self.zone_may_follow() => {
                    self.free_zone(if sign == '-' { -1 } else { 1 })?;
                    number_read = true;
                }
                Token::Symbol('+' | '-' | ')') if number_read => return None,
                Token::Symbol(_) | Token::Blank | Token::Other => {}
            }
            next = self.next();
        }
        Some(())
    }

    /// A sign means a zone after a time or after `UTC`.
    fn zone_may_follow(&self) -> bool {
        let utc = self.moment.zone_hour == Some(0) && self.moment.zone_minute == Some(0);
        utc || !self.moment.time.is_empty()
    }

    fn free_number(&mut self, number: i64) -> Option<()> {
        if self.skip(':') {
            if self.skip(':') {
                if !self.moment.time.is_empty() {
                    return None;
                }
                self.moment.add_time(number)?;
                return self.moment.add_time(0);
            }
            self.moment.add_time(number)?;
            self.skip('.');
            return Some(());
        }
        if self.skip('.') && self.moment.expects_time(number) {
            self.moment.add_time(number)?;
            let Some(Token::Number(number, length)) = self.next() else { return None };
            self.moment.end_time(fraction(number, length));
            return Some(());
        }
        if self.moment.expects_zone_minute(number) {
            self.moment.zone_minute = Some(number);
            return Some(());
        }
        if self.moment.expects_time(number) {
            self.moment.end_time(number);
            let ends =
                matches!(self.peek(), None | Some(Token::Blank | Token::Word(Word::Z) | Token::Symbol('+' | '-')));
            return ends.then_some(());
        }
        self.moment.add_day(number)?;
        self.skip('-');
        Some(())
    }

    /// Reads `-8`, `+0100` or `+01:` after a sign.
    fn free_zone(&mut self, sign: i64) -> Option<()> {
        let (number, length) = match self.peek() {
            Some(Token::Number(number, length)) => {
                self.next();
                (number, length)
            }
            _ => (0, 0),
        };
        self.moment.zone_sign = Some(sign);
        let (hour, minute) = match length {
            _ if self.peek() == Some(Token::Symbol(':')) => (number, None),
            1 | 2 => (number, Some(0)),
            3 | 4 => (number / 100, Some(number % 100)),
            _ => return None,
        };
        self.moment.zone_hour = Some(hour);
        self.moment.zone_minute = minute;
        Some(())
    }
}

/// The milliseconds of a fraction's digits.
fn fraction(number: i64, length: usize) -> i64 {
    match length {
        1 => number * 100,
        2 => number * 10,
        3 => number,
        more => number / 10_i64.pow(u32::try_from(more.min(9)).unwrap_or(9) - 3),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What `new Date(text).getTime()` is in Node.js 20 with the time zone UTC.
    #[test]
    fn texts_are_read_as_node_reads_them() {
        let table: &[(&str, Option<i64>)] = &[
            ("2018", Some(1_514_764_800_000)),
            ("2018-02", Some(1_517_443_200_000)),
            ("2018-02-03", Some(1_517_616_000_000)),
            ("2018-02-03T04:05", Some(1_517_630_700_000)),
            ("2018-02-03T04:05:06", Some(1_517_630_706_000)),
            ("2018-02-03T04:05:06.7", Some(1_517_630_706_700)),
            ("2018-02-03T04:05:06.789Z", Some(1_517_630_706_789)),
            ("2018-02-03T04:05:06.789+01:00", Some(1_517_627_106_789)),
            ("2018-02-03T04:05:06-0130", Some(1_517_636_106_000)),
            ("2018-02-03T24:00", Some(1_517_702_400_000)),
            ("2018-02-03T24:01", None),
            ("2018-13-01", None),
            ("2018-02-31", Some(1_520_035_200_000)),
            ("2018-02-32", None),
            ("+012018-01-01", Some(317_084_284_800_000)),
            ("-000001-01-01T00:00:00Z", Some(-62_198_755_200_000)),
            ("-000000", None),
            ("2018-1-1", Some(1_514_764_800_000)),
            ("2018-02-03 04:05:06", Some(1_517_630_706_000)),
            ("2018/02/03", Some(1_517_616_000_000)),
            ("1/2/2018", Some(1_514_851_200_000)),
            ("1/2/18", Some(1_514_851_200_000)),
            ("1/2/70", Some(86_400_000)),
            ("Sat Jun 29 2024 12:57:57 GMT+0000", Some(1_719_665_877_000)),
            ("Sat Jun 29 2024 12:57:57 GMT+0000 (Coordinated Universal Time)", Some(1_719_665_877_000)),
            ("Sat, 29 Jun 2024 12:57:57 GMT", Some(1_719_665_877_000)),
            ("29 Jun 2024", Some(1_719_619_200_000)),
            ("June 2024", Some(1_717_200_000_000)),
            ("Jun 29, 2024 1:02 PM", Some(1_719_666_120_000)),
            ("12:30", None),
            ("5", Some(988_675_200_000)),
            ("13", None),
            ("", None),
            ("abc", None),
            ("hello 5", Some(988_675_200_000)),
            ("hello5", None),
            ("2018-02-03 04:05 EST", Some(1_517_648_700_000)),
            ("+275760-09-13", Some(8_640_000_000_000_000)),
            ("+275760-09-14", None),
            ("2018-02-03T04:05:06.123456789Z", Some(1_517_630_706_123)),
            ("2018T10:00", Some(1_514_800_800_000)),
            ("1514764800000", None),
            ("[object Object]", None),
            ("1 2 3 4", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse_js_date(text), *expected, "{text}");
        }
    }

    #[test]
    fn dates_are_written_in_the_iso_form() {
        for (milliseconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_514_764_800_000, "2018-01-01T00:00:00.000Z"),
            (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
            (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
            (MAX_TIME, "+275760-09-13T00:00:00.000Z"),
            (-MAX_TIME, "-271821-04-20T00:00:00.000Z"),
        ] {
            assert_eq!(iso_date(milliseconds), expected);
        }
    }

    #[test]
    fn numbers_beyond_the_calendar_are_no_dates() {
        assert_eq!(time_clip(-1.9), Some(-1));
        assert_eq!(time_clip(8.64e15), Some(MAX_TIME));
        assert_eq!(time_clip(8.64e15 + 1.0), None);
        assert_eq!(time_clip(f64::NAN), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(milliseconds in -MAX_TIME..=MAX_TIME) {
            prop_assert_eq!(parse_js_date(&iso_date(milliseconds)), Some(milliseconds));
        }

        #[test]
        fn no_text_panics(text in "[0-9:+./TZ a-zé()-]{0,24}") {
            if let Some(milliseconds) = parse_js_date(&text) {
                prop_assert!(is_valid(milliseconds));
            }
        }
    }
}
