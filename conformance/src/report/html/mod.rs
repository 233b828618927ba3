//! One HTML page that opens from disk and needs nothing else. It is complete without its script, which only filters,
//! searches and copies. The page's own script and style are allowed by their hashes and nothing else is: even markup
//! that slipped through could not run or load anything.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::case::Level;
use crate::model::{CaseResult, CheckFailure, Exchange, RunResult};
use crate::outcome::Outcome;
use crate::report::inert::html;
use crate::report::{Options, view};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Lists above the cases are folded when they are longer than this.
const FOLDED_FROM: usize = 8;

/// The whole page.
pub(super) fn render(result: &RunResult, options: &Options) -> String {
    let mut page = String::with_capacity(64 * 1024);
    head(&mut page, result);
    page.push_str("<body>\n");
    masthead(&mut page, result);
    page.push_str("<main>\n");
    totals(&mut page, result);
    lists(&mut page, result);
    filters(&mut page, result);
    for (area, cases) in view::areas(result) {
        let _ = writeln!(page, "<section class=\"area\"><h2>{}</h2>", html(&view::area_title(area)));
        for case in cases {
            entry(&mut page, result, case, options);
        }
        page.push_str("</section>\n");
    }
    let _ = writeln!(page, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>");
    page
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

fn head(page: &mut String, result: &RunResult) {
    let _ = writeln!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Conformance of {}: {}</title>\n<style>{STYLE}</style>\n</head>",
        hash(STYLE),
        hash(SCRIPT),
        html(&result.target.url),
        html(&result.summary.verdict),
    );
}

fn masthead(page: &mut String, result: &RunResult) {
    let summary = &result.summary;
    let target = &result.target;
    let tone = if summary.exit_code == 0 { "good" } else { "bad" };
    let _ = writeln!(
        page,
        "<header class=\"{tone}\"><p class=\"kicker\">Conformance report</p><h1>{}</h1>",
        html(&summary.verdict)
    );
    if !result.complete {
        page.push_str("<p class=\"alert\">Incomplete: not every selected case got its turn.</p>\n");
    }
    if let Some(stopped) = &result.run.stopped {
        let _ = writeln!(page, "<p class=\"alert\">Stopped: {}</p>", html(&stopped.detail));
    }
    page.push_str("<dl class=\"facts\">\n");
    let mut fact = |name: &str, value: String| {
        let _ = writeln!(page, "<div><dt>{name}</dt><dd>{}</dd></div>", html(&value));
    };
    fact("Target", target.url.clone());
    fact("Server", format!("{} ({})", target.server_version.as_deref().unwrap_or("unknown"), target.version_source));
    fact("Profile", target.profile.clone());
    fact("Mode", result.run.mode.as_str().to_owned());
    fact("Started", format!("{}, took {}", result.run.started, view::seconds(result.run.duration_ms)));
    fact("Requests", view::requests(result));
    fact(
        "Suite",
        format!(
            "{} {}, {} registered",
            result.suite.name,
            result.suite.version,
            view::count(result.suite.registered, "case")
        ),
    );
    let settings = target.settings.iter();
    let settings: Vec<_> =
        settings.map(|(name, setting)| format!("{name} = {} ({})", setting.value, setting.source)).collect();
    if !settings.is_empty() {
        fact("Settings", settings.join(", "));
    }
    page.push_str("</dl></header>\n");
}

fn totals(page: &mut String, result: &RunResult) {
    let summary = &result.summary;
    let _ = writeln!(page, "<section><h2>Totals</h2><p class=\"line\">{}</p>", html(&view::totals(summary)));
    page.push_str("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Totals by level\"><table><thead><tr><th scope=\"col\">level</th>");
    for outcome in Outcome::ALL {
        let _ = write!(page, "<th scope=\"col\">{}</th>", outcome.as_str());
    }
    page.push_str("<th scope=\"col\">cases</th></tr></thead><tbody>\n");
    let rows = Level::ALL.iter().map(|level| (level.as_str(), summary.levels.of(*level)));
    for (name, counts) in rows.chain([("all", &summary.totals)]) {
        let _ = write!(page, "<tr><th scope=\"row\">{name}</th>");
        for outcome in Outcome::ALL {
            let number = counts.of(outcome);
            let class = if number == 0 { "none" } else { outcome.as_str() };
            let _ = write!(page, "<td class=\"{class}\">{number}</td>");
        }
        let _ = writeln!(page, "<td>{}</td></tr>", counts.total());
    }
    page.push_str("</tbody></table></div></section>\n");
}

/// Findings, gaps, stale expectations and notices.
fn lists(page: &mut String, result: &RunResult) {
    for (kind, heading) in view::FINDING_KINDS {
        let findings = view::findings(result, kind);
        list(
            page,
            &format!("Findings: {heading}"),
            findings.iter().map(|(case, text)| format!("{} {}", link(&case.id), html(text))),
        );
    }
    let gaps = &result.summary.not_proven;
    list(
        page,
        "Not proven",
        gaps.iter().map(|gap| format!("{} {} <em>{}</em>", link(&gap.id), html(&gap.title), html(&gap.reason))),
    );
    let stale = &result.stale_expectations;
    list(
        page,
        "Expectations out of date",
        stale.iter().map(|stale| format!("{} {}: {}", link(&stale.id), html(&stale.kind), html(&stale.detail))),
    );
    list(page, "Notes", result.run.notices.iter().map(|notice| html(notice)));
}

fn list(page: &mut String, heading: &str, items: impl ExactSizeIterator<Item = String>) {
    if items.len() == 0 {
        return;
    }
    let number = items.len();
    let open = if number <= FOLDED_FROM { " open" } else { "" };
    let _ = writeln!(
        page,
        "<details class=\"list\"{open}><summary><h2>{heading} <span class=\"number\">{number}</span></h2></summary><ul>"
    );
    for item in items {
        let _ = writeln!(page, "<li>{item}</li>");
    }
    page.push_str("</ul></details>\n");
}

fn link(id: &str) -> String {
    let id = html(id);
    format!("<a href=\"#{id}\">{id}</a>")
}

/// The filter bar; the script shows it.
fn filters(page: &mut String, result: &RunResult) {
    page.push_str("<section class=\"filters\" id=\"filters\" aria-label=\"Filter cases\" hidden>\n");
    page.push_str("<label class=\"search\"><span>Search</span><input type=\"search\" id=\"search\" placeholder=\"id, words, pointer, value\" autocomplete=\"off\" spellcheck=\"false\"></label>\n");
    chips(
        page,
        "Outcome",
        "outcome",
        Outcome::ALL.iter().map(|outcome| (outcome.as_str(), result.summary.totals.of(*outcome))),
    );
    chips(
        page,
        "Level",
        "level",
        Level::ALL.iter().map(|level| (level.as_str(), result.summary.levels.of(*level).total())),
    );
    page.push_str("<p class=\"tools\"><output id=\"shown\" aria-live=\"polite\"></output> <button type=\"button\" id=\"reset\">Show all</button> <button type=\"button\" id=\"unfold\">Unfold</button></p>\n</section>\n");
}

fn chips<'a>(page: &mut String, legend: &str, name: &str, values: impl Iterator<Item = (&'a str, usize)>) {
    let _ = write!(page, "<fieldset><legend>{legend}</legend>");
    for (value, number) in values.filter(|(_, number)| *number > 0) {
        let _ = write!(
            page,
            "<label class=\"chip {value}\"><input type=\"checkbox\" name=\"{name}\" value=\"{value}\"><span>{value} <b>{number}</b></span></label>"
        );
    }
    page.push_str("</fieldset>\n");
}

fn entry(page: &mut String, result: &RunResult, case: &CaseResult, options: &Options) {
    let open = if case.outcome == Outcome::Fail { " open" } else { "" };
    let _ = writeln!(
        page,
        "<details class=\"case {outcome}\" id=\"{id}\" data-outcome=\"{outcome}\" data-level=\"{level}\"{open}>\
         <summary><span class=\"tag\">{outcome}</span><span class=\"id\">{id}</span><span class=\"title\">{title}</span>\
         <span class=\"level\">{level}</span></summary>\n<div class=\"body\">",
        outcome = case.outcome.as_str(),
        id = html(&case.id),
        level = case.level.as_str(),
        title = html(&case.title),
    );
    let _ = writeln!(page, "<p>{}</p>", html(&case.requirement));
    if let Some(reason) = view::reason(case) {
        let _ = writeln!(page, "<p class=\"reason\">{}</p>", html(&reason));
    }
    for failure in &case.failures {
        failed_check(page, failure);
    }
    for (kind, heading) in view::FINDING_KINDS {
        for finding in case.findings.iter().filter(|finding| finding.kind == kind) {
            let _ = writeln!(page, "<p class=\"finding\"><b>{heading}</b> {}</p>", html(&finding.text));
        }
    }
    about(page, case);
    if view::needs_detail(case) {
        page.push_str("<h3>Reproduce</h3>\n");
        if let Some(curl) = &case.curl {
            copyable(page, curl);
        }
        copyable(page, &view::replay(result, case, options));
    }
    if !case.exchanges.is_empty() {
        let _ = writeln!(
            page,
            "<details class=\"evidence\"><summary>Evidence: {}</summary>",
            view::count(case.exchanges.len(), "exchange")
        );
        for exchange in &case.exchanges {
            evidence(page, exchange);
        }
        page.push_str("</details>\n");
    }
    page.push_str("</div></details>\n");
}

fn failed_check(page: &mut String, failure: &CheckFailure) {
    let _ = writeln!(
        page,
        "<div class=\"check\"><p class=\"place\"><code>{}</code> <span>{}, check {}</span></p>\
         <dl class=\"versus\"><div class=\"expected\"><dt>expected</dt><dd>{}</dd></div><div class=\"actual\"><dt>actual</dt><dd>{}</dd></div></dl>",
        html(view::place(failure)),
        html(&failure.step),
        html(&failure.check),
        html(&failure.expected),
        html(&failure.actual),
    );
    if let Some(message) = &failure.message {
        let _ = writeln!(page, "<p>{}</p>", html(message));
    }
    page.push_str("</div>\n");
}

fn about(page: &mut String, case: &CaseResult) {
    page.push_str("<dl class=\"about\">\n");
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(page, "<div><dt>{name}</dt><dd>{}</dd></div>", html(value));
    };
    for met in &case.alternatives {
        row("form met", &format!("{}: {} (also accepted: {})", met.step, met.met, met.others.join(", ")));
    }
    for note in &case.notes {
        row("noted", &format!("{}: {}", note.name, note.value));
    }
    if let Some(cause) = &case.likely_cause {
        row("likely cause", cause);
    }
    if let Some(remedy) = &case.remediation {
        row("remediation", remedy);
    }
    for source in &case.sources {
        row("source", &view::source(source));
    }
    row(
        "run",
        &format!(
            "{}, {}, {}",
            case.safety.as_str(),
            view::count(usize::try_from(case.attempts).unwrap_or(usize::MAX), "attempt"),
            view::seconds(case.duration_ms)
        ),
    );
    page.push_str("</dl>\n");
}

fn copyable(page: &mut String, line: &str) {
    let _ = writeln!(page, "<div class=\"copyable\"><pre tabindex=\"0\"><code>{}</code></pre></div>", html(line));
}

fn evidence(page: &mut String, exchange: &Exchange) {
    let request = &exchange.request;
    let _ = writeln!(
        page,
        "<h4>{}{}</h4>\n<pre tabindex=\"0\"><code>{} {}",
        html(&exchange.step),
        if exchange.shared { " (answer shared with an identical request)" } else { "" },
        html(&request.method),
        html(&request.path)
    );
    for (name, value) in &request.headers {
        let _ = writeln!(page, "{}: {}", html(name), html(value));
    }
    if let Some(body) = &request.body {
        let _ = writeln!(page, "\n{}", html(body));
    }
    page.push_str("</code></pre>\n");
    if let Some(error) = &exchange.error {
        let _ = writeln!(page, "<p class=\"reason\">No answer: {}</p>", html(error));
    }
    let Some(response) = &exchange.response else { return };
    let _ = writeln!(
        page,
        "<pre tabindex=\"0\"><code>{}, {} bytes, {}",
        response.status,
        response.body_bytes,
        view::seconds(exchange.duration_ms)
    );
    for (name, value) in &response.headers {
        let _ = writeln!(page, "{}: {}", html(name), html(value));
    }
    if let Some(body) = &response.body {
        let _ = writeln!(page, "\n{}", html(body));
    }
    for (pointer, shape) in &response.shape {
        let _ = writeln!(page, "{}  {}", html(pointer), html(shape));
    }
    page.push_str("</code></pre>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_cannot_end_their_elements_or_reach_out() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--"));
            assert!(
                !text.contains("http:")
                    && !text.contains("https:")
                    && !text.contains("url(")
                    && !text.contains("@import")
            );
            assert!(!text.contains("innerHTML") && !text.contains("eval"));
        }
    }
}
