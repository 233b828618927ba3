//! The endpoint badge of shields.io: `conformance 0.61.0 | must 22/22`.

use std::fmt::Write as _;

use serde::Serialize;

use crate::model::RunResult;
use crate::report::{ReportError, inert, view};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Badge {
    schema_version: u32,
    label: String,
    message: String,
    color: &'static str,
}

/// Red where a requirement is broken, grey where something is not proven, yellow where failures are expected.
pub(super) fn render(result: &RunResult) -> Result<String, ReportError> {
    let summary = &result.summary;
    let must = &summary.levels.must;
    let gaps = summary.not_proven.len();
    let mut message = format!("must {}/{}", view::held(must), view::decided(must));
    if !result.complete {
        message.push_str(", incomplete");
    } else if gaps > 0 {
        let _ = write!(message, ", {gaps} not proven");
    }
    let broken = must.fail > 0 || (result.run.strict && summary.levels.should.fail > 0);
    let color = if broken {
        "red"
    } else if gaps > 0 || !result.complete || view::decided(must) == 0 {
        "lightgrey"
    } else if must.xfail > 0 {
        "yellow"
    } else {
        "brightgreen"
    };
    let label = inert::visible(&format!("{} {}", result.suite.name, result.target.profile), 60).into_owned();
    let badge = Badge { schema_version: 1, label, message, color };
    Ok(format!("{}\n", inert::json(&serde_json::to_string(&badge)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CaseResult, Summary};
    use crate::outcome::Outcome;
    use crate::sample;

    fn color(keep: impl Fn(&CaseResult) -> bool) -> String {
        let mut result = sample::run_result();
        result.cases.retain(keep);
        result.summary = Summary::of(&result.cases);
        let badge: serde_json::Value = serde_json::from_str(&render(&result).unwrap()).unwrap();
        format!("{} {}", badge["color"].as_str().unwrap(), badge["message"].as_str().unwrap())
    }

    #[test]
    fn the_colour_says_the_worst() {
        assert_eq!(color(|_| true), "red must 4/7, 2 not proven");
        assert_eq!(color(|case| case.outcome != Outcome::Fail), "lightgrey must 4/5, 2 not proven");
        assert_eq!(color(|case| matches!(case.outcome, Outcome::Pass | Outcome::Xfail)), "yellow must 2/3");
        assert_eq!(color(|case| case.outcome == Outcome::Pass), "brightgreen must 2/2");
        assert_eq!(color(|_| false), "lightgrey must 0/0");
    }
}
