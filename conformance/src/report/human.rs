//! Text for people, live: a line a case, the whole story under each case that fails, and the verdict at the end.

use std::fmt::Write as _;
use std::io;

use anstyle::{AnsiColor, Style};

use crate::case::{FindingKind, Level};
use crate::event::{Event, Sink};
use crate::model::{CaseResult, CheckFailure, NotProven, Run, RunResult, Summary, Target};
use crate::outcome::{Outcome, SkipReason};
use crate::report::inert::{command, terminal};
use crate::report::view::Again;
use crate::report::{Options, ReportError, Reporter, Stream, Verbosity, tell, view};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
/// Where the details of a case begin.
const INDENT: &str = "      ";
/// How many cases that are not proven for one reason are listed with their titles.
const LISTED: usize = 25;
/// Expected and actual share a line up to this many characters.
const ONE_LINE: usize = 90;

/// The live report.
pub struct Human<W> {
    stream: Stream<W>,
    options: Options,
    /// For the commands that run a case again.
    again: Again,
}

impl<W: io::Write> Human<W> {
    /// Writes to `writer`, flushed after each case.
    pub fn new(writer: W, options: Options) -> Self {
        Self { stream: Stream::new(writer), options, again: Again::default() }
    }
}

impl<W: io::Write> Sink for Human<W> {
    fn event(&mut self, event: &Event<'_>) {
        let ink = Ink(self.options.color);
        match event {
            Event::RunStarted { suite, target, run, cases } => {
                self.again = Again::of(suite, target);
                self.stream.write(&header(ink, target, run, *cases));
            }
            Event::CaseFinished { result, .. } => {
                if shown(result, self.options.verbosity) {
                    self.stream.write(&case(ink, result, &self.again, &self.options));
                }
            }
            Event::RunFinished { result } => self.stream.write(&footer(ink, result, self.options.verbosity)),
            // Only who watches has to know why nothing happens; it is no part of the result.
            Event::Waiting { milliseconds } if *milliseconds >= 1000 => {
                let text = format!("waiting {} s for the rate limiter", milliseconds.div_ceil(1000));
                self.stream.write(&format!("{}\n", ink.paint(DIM, &text)));
            }
            Event::CaseStarted { .. } | Event::Asked { .. } | Event::Waiting { .. } => {}
        }
    }
}

impl<W: io::Write> Reporter for Human<W> {
    fn finish(self: Box<Self>) -> Result<(), ReportError> {
        self.stream.finish()
    }
}

/// The text of a finished run: what the live report of the run was.
pub(super) fn render(result: &RunResult, options: &Options) -> String {
    let mut text = Vec::new();
    tell(result, &mut Human::new(&mut text, options.clone()));
    String::from_utf8_lossy(&text).into_owned()
}

/// Colours, or none.
#[derive(Clone, Copy)]
pub(super) struct Ink(pub(super) bool);

impl Ink {
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if self.0 { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

fn style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Pass => AnsiColor::Green.on_default(),
        Outcome::Fail => AnsiColor::Red.on_default().bold(),
        Outcome::Error => AnsiColor::Magenta.on_default().bold(),
        Outcome::Skip => AnsiColor::Cyan.on_default(),
        Outcome::Xfail => AnsiColor::Yellow.on_default(),
        Outcome::Xpass | Outcome::Flaky => AnsiColor::Yellow.on_default().bold(),
        Outcome::Disabled => DIM,
    }
}

fn header(ink: Ink, target: &Target, run: &Run, cases: usize) -> String {
    let version = target.server_version.as_deref().unwrap_or("unknown");
    let declared = target.settings.iter().filter(|(_, setting)| setting.source == "declared");
    let settings: Vec<_> = declared
        .map(|(name, setting)| format!("   {} {}", terminal(name), terminal(&setting.value.to_string())))
        .collect();
    format!(
        "{}   {}   server {} ({})   profile {}   mode {}   {}   plan {}{}\n\n",
        ink.paint(BOLD, "target"),
        terminal(&target.url),
        terminal(version),
        terminal(&target.version_source),
        terminal(&target.profile),
        run.mode.as_str(),
        view::count(cases, "case"),
        view::count(usize::try_from(run.requests.planned).unwrap_or(usize::MAX), "request"),
        settings.concat(),
    )
}

/// Whether a case gets a line.
fn shown(case: &CaseResult, verbosity: Verbosity) -> bool {
    // Cases without a turn are many when a run ends early, and all for one reason: the end of the text has them.
    let gap = case.skip.as_ref().is_some_and(|skip| {
        let turn = !matches!(skip.reason, SkipReason::NotReached | SkipReason::BudgetExhausted);
        turn && skip.reason.leaves_unproven()
    });
    match (verbosity, case.outcome) {
        (Verbosity::Verbose, _) => true,
        (_, Outcome::Skip) => gap,
        (_, Outcome::Disabled) | (Verbosity::Quiet, Outcome::Pass) => false,
        (Verbosity::Quiet | Verbosity::Normal, _) => true,
    }
}

fn case(ink: Ink, case: &CaseResult, again: &Again, options: &Options) -> String {
    let tag = match case.outcome {
        Outcome::Pass if case.level == Level::Doc => "DOC",
        outcome => tag(outcome),
    };
    let time = if case.attempts > 0 { format!("[{:>8}]", view::seconds(case.duration_ms)) } else { " ".repeat(10) };
    let mut text = format!(
        "{} {} {:<20} {:<7} {}",
        ink.paint(style(case.outcome), &format!("{tag:<5}")),
        ink.paint(DIM, &time),
        terminal(&case.id),
        case.level.as_str(),
        terminal(&case.title)
    );
    if let Some(reason) = view::reason(case) {
        let _ = write!(text, "   {}", ink.paint(DIM, &terminal(&reason)));
    }
    if let (Outcome::Skip, Some(skip)) = (case.outcome, &case.skip)
        && skip.reason.leaves_unproven()
    {
        let _ = write!(text, "   (NOT proven)");
    }
    text.push('\n');
    if view::needs_detail(case) {
        detail(&mut text, ink, case, again, options);
    } else {
        remarks(&mut text, ink, case, options.verbosity);
    }
    text
}

fn tag(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "PASS",
        Outcome::Fail => "FAIL",
        Outcome::Error => "ERROR",
        Outcome::Skip => "SKIP",
        Outcome::Xfail => "XFAIL",
        Outcome::Xpass => "XPASS",
        Outcome::Flaky => "FLAKY",
        Outcome::Disabled => "OFF",
    }
}

/// One labelled line of details.
fn field(text: &mut String, ink: Ink, label: &str, value: &str) {
    let _ = writeln!(text, "{INDENT}{} {value}", ink.paint(DIM, &format!("{label:<13}")));
}

fn detail(text: &mut String, ink: Ink, case: &CaseResult, again: &Again, options: &Options) {
    field(text, ink, "requirement", &terminal(&case.requirement));
    for failure in &case.failures {
        failed_check(text, ink, failure);
    }
    for (index, source) in case.sources.iter().enumerate() {
        field(text, ink, if index == 0 { "sources" } else { "" }, &terminal(&view::source(source)));
    }
    if let Some(cause) = &case.likely_cause {
        field(text, ink, "likely cause", &terminal(cause));
    }
    if let Some(remedy) = &case.remediation {
        field(text, ink, "remediation", &terminal(remedy));
    }
    if let Some(place) = &case.place {
        field(text, ink, "written at", &terminal(&place.to_string()));
    }
    let mut label = "reproduce";
    if let Some(curl) = &case.curl {
        field(text, ink, label, &command(curl));
        label = "";
    }
    field(text, ink, label, &command(&again.replay(&case.id, options)));
}

fn failed_check(text: &mut String, ink: Ink, failure: &CheckFailure) {
    let place = terminal(view::place(failure));
    let expected = terminal(&failure.expected);
    let actual = terminal(&failure.actual);
    let at = ink.paint(BOLD, &format!("{place:<13}"));
    let words = (ink.paint(DIM, "expected"), ink.paint(DIM, "actual"));
    if place.chars().count() + expected.chars().count() + actual.chars().count() <= ONE_LINE {
        let _ = writeln!(text, "{INDENT}{at} {} {expected}   {} {actual}", words.0, words.1);
    } else {
        let _ = writeln!(text, "{INDENT}{at}");
        let _ = writeln!(text, "{INDENT}  {}    {expected}", words.0);
        let _ = writeln!(text, "{INDENT}  {}      {actual}", words.1);
    }
    if let Some(message) = &failure.message {
        let _ = writeln!(text, "{INDENT}  {}", terminal(message));
    }
    let _ = writeln!(
        text,
        "{INDENT}  {}",
        ink.paint(DIM, &format!("{}, check {}", terminal(&failure.step), terminal(&failure.check)))
    );
}

/// What a case that did not fail has to say.
fn remarks(text: &mut String, ink: Ink, case: &CaseResult, verbosity: Verbosity) {
    if verbosity < Verbosity::Verbose && case.level != Level::Observe {
        return;
    }
    for finding in &case.findings {
        field(text, ink, "finding", &terminal(&finding.text));
    }
    for note in &case.notes {
        field(text, ink, "noted", &format!("{}: {}", terminal(&note.name), terminal(&note.value.to_string())));
    }
    for failure in &case.failures {
        failed_check(text, ink, failure);
    }
}

/// One line a case; where a reason has very many cases, one line for each area and topic.
fn not_proven(text: &mut String, summary: &Summary) {
    let mut reasons: Vec<(&str, Vec<&NotProven>)> = Vec::new();
    for gap in &summary.not_proven {
        match reasons.iter_mut().find(|(reason, _)| *reason == gap.reason) {
            Some((_, gaps)) => gaps.push(gap),
            None => reasons.push((&gap.reason, vec![gap])),
        }
    }
    for (reason, gaps) in reasons {
        if gaps.len() <= LISTED {
            for gap in gaps {
                let _ = writeln!(text, "  {:<20} {:<30} {}", terminal(&gap.id), terminal(reason), terminal(&gap.title));
            }
            continue;
        }
        let _ = writeln!(text, "  {}: {}", terminal(reason), view::count(gaps.len(), "case"));
        let mut topics: Vec<(&str, Vec<&str>)> = Vec::new();
        for gap in gaps {
            let (topic, number) = gap.id.rsplit_once('-').unwrap_or((&gap.id, ""));
            match topics.last_mut() {
                Some((last, numbers)) if *last == topic => numbers.push(number),
                _ => topics.push((topic, vec![number])),
            }
        }
        for (topic, numbers) in topics {
            let _ = writeln!(text, "    {:<16} {}", terminal(topic), terminal(&numbers.join(" ")));
        }
    }
}

fn footer(ink: Ink, result: &RunResult, verbosity: Verbosity) -> String {
    let summary = &result.summary;
    let mut text = String::from("\n");
    if !summary.not_proven.is_empty() {
        let _ = writeln!(text, "{}", ink.paint(BOLD, "not proven"));
        not_proven(&mut text, summary);
        text.push('\n');
    }
    for (kind, heading) in view::FINDING_KINDS {
        let findings = view::findings(result, kind);
        if findings.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{}", ink.paint(BOLD, heading));
        if verbosity == Verbosity::Quiet && kind != FindingKind::ServerFails {
            let _ = writeln!(text, "  {}\n", view::count(findings.len(), "finding"));
            continue;
        }
        for (finding, ids) in view::by_text(&findings) {
            let mut ids = ids.into_iter().map(terminal);
            let _ = writeln!(text, "  {:<20} {}", ids.next().unwrap_or_default(), terminal(finding));
            let others: Vec<String> = ids.collect();
            for line in others.chunks(4) {
                let _ = writeln!(text, "  {:<20} also {}", "", line.join(", "));
            }
        }
        text.push('\n');
    }
    if !result.stale_expectations.is_empty() {
        let _ = writeln!(text, "{}", ink.paint(BOLD, "expectations out of date"));
        for stale in &result.stale_expectations {
            let _ =
                writeln!(text, "  {:<20} {}: {}", terminal(&stale.id), terminal(&stale.kind), terminal(&stale.detail));
        }
        text.push('\n');
    }
    for notice in &result.run.notices {
        let _ = writeln!(text, "{} {}", ink.paint(BOLD, "note:"), terminal(notice));
    }
    // The verdict of a run that was broken off says why, too.
    if let Some(stopped) = &result.run.stopped
        && !summary.verdict.contains(&stopped.detail)
    {
        let _ = writeln!(text, "{} {}", ink.paint(style(Outcome::Fail), "stopped:"), terminal(&stopped.detail));
    }
    let left_out =
        summary.totals.skip.saturating_sub(summary.not_proven.iter().filter(|gap| gap.reason != "error").count());
    if left_out > 0 {
        let _ = writeln!(
            text,
            "{} left out: about other versions, or costing more than the mode allows",
            view::count(left_out, "case")
        );
    }
    let _ = writeln!(text, "{}; {}", view::totals(summary), view::seconds(result.run.duration_ms));
    let _ = writeln!(text, "{}", view::requests(result));
    for line in view::level_totals(summary) {
        let _ = writeln!(text, "{line}");
    }
    if !result.complete {
        let _ =
            writeln!(text, "{} not every selected case got its turn", ink.paint(style(Outcome::Fail), "incomplete:"));
    }
    let verdict = if summary.exit_code == 0 { style(Outcome::Pass).bold() } else { style(Outcome::Fail) };
    let _ = writeln!(text, "{} (exit code {})", ink.paint(verdict, &terminal(&summary.verdict)), summary.exit_code);
    text
}

/// The details of a case without colours: one line each, nothing in them that acts.
pub(super) fn plain(result: &RunResult, case: &CaseResult, options: &Options) -> String {
    let again = Again::of(&result.suite, &result.target);
    let mut text = String::from("\n");
    field(&mut text, Ink(false), "level", case.level.as_str());
    detail(&mut text, Ink(false), case, &again, options);
    text
}
