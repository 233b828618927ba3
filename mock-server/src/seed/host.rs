//! A host and its server process over time.

use mongo_query::{Document, Key, Value};

use super::counts::{as_whole, number};
use super::draw::Draw;

/// The host after `uptime_ms`; `last` is the same host at another time.
pub(super) fn os(last: &Document, uptime_ms: i64, draw: &mut Draw) -> Document {
    let last_uptime = last.get("uptime").and_then(Value::as_f64).unwrap_or(1.0).max(1.0);
    // Old Node tells whole seconds.
    let uptime = if last_uptime.fract() == 0.0 { uptime_ms.div_euclid(1000) * 1000 } else { uptime_ms / 10 * 10 };
    let ratio = seconds(uptime) / last_uptime;
    let total_memory = last.get("totalmem").and_then(as_whole).unwrap_or_default();
    let mut now = Document::with_capacity(last.len());
    for (name, value) in last.iter() {
        let value = match &**name {
            "uptime" => Value::from_js_number(seconds(uptime)),
            "loadavg" => Value::Array((0..3).map(|_| load(draw)).collect()),
            "freemem" => number(total_memory * i64::from(50 + draw.below(400)) / 1000 / 4096 * 4096),
            "cpus" => match value {
                Value::Array(cpus) => Value::Array(cpus.iter().map(|cpu| worked(cpu, ratio)).collect()),
                other => other.clone(),
            },
            _ => value.clone(),
        };
        now.push(name.clone(), value);
    }
    now
}

/// A load average: whole numbers among fractions.
fn load(draw: &mut Draw) -> Value {
    let hundredths = match draw.below(8) {
        0 => 100 * draw.below(3),
        _ => draw.below(250),
    };
    Value::from_js_number(f64::from(hundredths) / 100.0)
}

/// A processor that has worked `ratio` times as long.
fn worked(cpu: &Value, ratio: f64) -> Value {
    match cpu {
        Value::Object(fields) => {
            let grown = |name: &Key, value: &Value| match (&**name, value) {
                ("times", Value::Object(times)) => times
                    .iter()
                    .map(|(name, time)| {
                        (name.clone(), Value::from_js_number((time.as_f64().unwrap_or_default() * ratio).floor()))
                    })
                    .collect::<Document>()
                    .into(),
                (_, other) => other.clone(),
            };
            fields.iter().map(|(name, value)| (name.clone(), grown(name, value))).collect::<Document>().into()
        }
        other => other.clone(),
    }
}

/// The server process after `uptime_ms`; a second instance is another process.
pub(super) fn process(last: &Document, uptime_ms: i64, is_twin: bool, draw: &mut Draw) -> Document {
    // Whole seconds now and then, as chance has it on a real server.
    let whole = draw.below(16) == 0;
    let uptime_ms = if is_twin { uptime_ms / 2 } else { uptime_ms };
    let uptime_ms = if whole { uptime_ms / 1000 * 1000 } else { uptime_ms };
    last.iter()
        .map(|(name, value)| {
            let value = match &**name {
                "uptime" => Value::from_js_number(seconds(uptime_ms)),
                "pid" if is_twin => number(as_whole(value).unwrap_or_default() + 18),
                _ => value.clone(),
            };
            (name.clone(), value)
        })
        .collect()
}

/// Milliseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "an uptime in milliseconds stays far below 2 to the 53rd")]
pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// Seconds, as a document tells them, as milliseconds.
pub(super) fn seconds_to_ms(seconds: &Value) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "an uptime in milliseconds stays far below 2 to the 53rd")]
    seconds.as_f64().map_or(0, |seconds| (seconds * 1000.0).round() as i64)
}
