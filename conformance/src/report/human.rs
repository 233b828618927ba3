//! Plain text for people.

use std::fmt::Write as _;
use std::io::Write;

use super::Style;
use crate::event::{Event, Sink};
use crate::model::{CaseResult, RunResult};
use crate::outcome::Outcome;

/// Writes cases as they finish and the summary at the end.
pub(super) struct Live<'a> {
    out: Box<dyn Write + 'a>,
    style: Style,
}

impl<'a> Live<'a> {
    pub(super) fn new(out: Box<dyn Write + 'a>, style: Style) -> Self {
        Self { out, style }
    }

    fn write(&mut self, text: &str) {
        // A closed pipe must not end the run: the other reports are still to be written.
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}

impl Sink for Live<'_> {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::RunStarted { target, run, cases, .. } => {
                let version = target.server_version.as_deref().unwrap_or("unknown");
                let text = format!(
                    "target   {}   server {}   profile {}   mode {}   {cases} cases, {} requests planned\n",
                    inert(&target.url),
                    inert(version),
                    inert(&target.profile),
                    run.mode.as_str(),
                    run.requests.planned,
                );
                self.write(&text);
            }
            Event::CaseFinished { result, .. } => {
                let text = case(result, self.style);
                self.write(&text);
            }
            Event::Waiting { milliseconds } => {
                let text = format!("waiting {} s for the rate limiter\n", milliseconds.div_ceil(1000));
                self.write(&text);
            }
            Event::RunFinished { result } => {
                let text = summary(result);
                self.write(&text);
            }
            Event::CaseStarted { .. } => {}
        }
    }
}

/// The whole report at once.
pub(super) fn render(result: &RunResult, style: Style) -> String {
    let mut text: String = result.cases.iter().map(|result| case(result, style)).collect();
    text.push_str(&summary(result));
    text
}

fn case(result: &CaseResult, style: Style) -> String {
    let quiet = matches!(result.outcome, Outcome::Pass | Outcome::Disabled)
        || result.skip.as_ref().is_some_and(|skip| !skip.reason.leaves_unproven());
    if quiet && !style.verbose {
        return String::new();
    }
    let mut text = format!(
        "{:<5} {}  {}  {}\n",
        result.outcome.as_str().to_uppercase(),
        result.id,
        result.level.as_str(),
        inert(&result.title)
    );
    // Writing to a String cannot fail, hence the ignored results.
    for failure in &result.failures {
        let _ = writeln!(
            text,
            "      {:<24} expected {:<32} actual {}",
            inert(&failure.pointer),
            inert(&failure.expected),
            inert(&failure.actual)
        );
        if let Some(message) = &failure.message {
            let _ = writeln!(text, "      {:<24} {}", "", inert(message));
        }
    }
    if let Some(skip) = &result.skip {
        let _ = writeln!(text, "      {}: {}", skip.reason.as_str(), inert(&skip.detail));
    }
    if let Some(error) = &result.error {
        let _ = writeln!(text, "      {}", inert(error));
    }
    if !result.failures.is_empty() {
        let sources: Vec<String> =
            result.sources.iter().map(|source| format!("{} ({})", source.reference, source.rev)).collect();
        let _ = writeln!(text, "      requirement   {}", inert(&result.requirement));
        let _ = writeln!(text, "      sources       {}", inert(&sources.join(", ")));
        if let Some(cause) = &result.likely_cause {
            let _ = writeln!(text, "      likely cause  {}", inert(cause));
        }
        if let Some(curl) = &result.curl {
            let _ = writeln!(text, "      reproduce     {}", inert(curl));
        }
    }
    text
}

fn summary(result: &RunResult) -> String {
    let mut text = String::from("\n");
    let totals = &result.summary.totals;
    let counts: Vec<String> = Outcome::ALL
        .iter()
        .filter(|outcome| totals.of(**outcome) > 0)
        .map(|outcome| format!("{} {}", totals.of(*outcome), outcome.as_str()))
        .collect();
    let requests = &result.run.requests;
    let _ = writeln!(
        text,
        "{} cases: {}; {} requests in {:.0} ms",
        result.cases.len(),
        counts.join(", "),
        requests.sent,
        result.run.duration_ms
    );
    if !result.summary.not_proven.is_empty() {
        let ids: Vec<&str> = result.summary.not_proven.iter().map(|gap| gap.id.as_str()).collect();
        let _ = writeln!(text, "not proven: {}", ids.join(", "));
    }
    for notice in &result.run.notices {
        let _ = writeln!(text, "note: {}", inert(notice));
    }
    let _ = writeln!(text, "{}", inert(&result.summary.verdict));
    text
}

/// Text of others with control characters made visible, so that it cannot steer a terminal.
fn inert(text: &str) -> String {
    let escape = |letter: char| {
        let steers = letter.is_control()
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
        if steers { letter.escape_default().to_string() } else { letter.to_string() }
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn nothing_steers_the_terminal() {
        let text = render(&sample::run_result(), Style { verbose: true, ..Style::default() });
        assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()));
        assert!(text.contains("FAIL  RCS-LIST-PAGE-004"));
    }
}
