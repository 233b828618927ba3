//! A host and its server process over time.

use mongo_query::{Document, Value};

use super::counts::{as_whole, number};
use super::draw::Draw;
use super::json::mapped;

/// Whether the host's uptime is told in whole seconds, as Node does before version 12 or so.
pub(super) fn tells_whole_seconds(os: &Document) -> bool {
    os.get("uptime").is_none_or(|uptime| as_whole(uptime).is_some())
}

/// The host after `uptime_ms`; `last` is the same host at another time. `whole_seconds` as in [`tells_whole_seconds`].
pub(super) fn os(last: &Document, uptime_ms: i64, whole_seconds: bool, draw: &mut Draw) -> Document {
    let last_uptime = last.get("uptime").and_then(Value::as_f64).unwrap_or(1.0).max(1.0);
    let uptime_ms = if whole_seconds { uptime_ms / 1000 * 1000 } else { uptime_ms / 10 * 10 };
    let ratio = seconds(uptime_ms) / last_uptime;
    let total_memory = last.get("totalmem").and_then(as_whole).unwrap_or_default();
    mapped(last, |name, value| match (name, value) {
        ("uptime", _) => Value::from_js_number(seconds(uptime_ms)),
        ("loadavg", _) => Value::Array((0..3).map(|_| load(draw)).collect()),
        // Memory comes in pages.
        ("freemem", _) => number(total_memory * i64::from(50 + draw.below(400)) / 1000 / 4096 * 4096),
        ("cpus", Value::Array(cpus)) => Value::Array(cpus.iter().map(|cpu| worked(cpu, ratio)).collect()),
        (_, other) => other.clone(),
    })
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
    let Value::Object(cpu) = cpu else { return cpu.clone() };
    mapped(cpu, |name, value| match (name, value) {
        ("times", Value::Object(times)) => {
            mapped(times, |_, time| Value::from_js_number((time.as_f64().unwrap_or_default() * ratio).floor())).into()
        }
        (_, other) => other.clone(),
    })
    .into()
}

/// The server process after `uptime_ms`; a second instance is another process.
pub(super) fn process(last: &Document, uptime_ms: i64, is_twin: bool, draw: &mut Draw) -> Document {
    // Whole seconds now and then, as chance has it on a real server.
    let is_whole = draw.below(16) == 0;
    let uptime_ms = if is_twin { uptime_ms / 2 } else { uptime_ms };
    let uptime_ms = if is_whole { uptime_ms / 1000 * 1000 } else { uptime_ms };
    mapped(last, |name, value| match name {
        "uptime" => Value::from_js_number(seconds(uptime_ms)),
        "pid" if is_twin => number(as_whole(value).unwrap_or_default() + 18),
        _ => value.clone(),
    })
}

/// Milliseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "an uptime in milliseconds stays far below 2 to the 53rd")]
pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// Seconds, as a document tells them, as milliseconds.
pub(super) fn seconds_to_ms(seconds: &Value) -> i64 {
    // A bound far above any uptime, far below where times in milliseconds end.
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    seconds.as_f64().map_or(0, |seconds| (seconds * 1000.0).round().clamp(0.0, 1e14) as i64)
}
