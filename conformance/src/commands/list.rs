//! `list` and `explain`.

use std::fmt::Write;

use conformance::case::{Case, load};
use conformance::exit::Exit;
use conformance::plan::{self, Choice};
use conformance::registry;
use serde_json::json;

use super::{Failure, folder, load_cases, say};
use crate::cli::{CaseArgs, ListArgs};

pub(super) fn list(args: &ListArgs) -> Result<u8, Failure> {
    let suite = load_cases(&args.cases)?;
    let choice = Choice {
        selection: args.choice.ids.clone(),
        exclude: args.choice.exclude.clone(),
        levels: args.choice.level.clone(),
    };
    let chosen = plan::choose(&suite.cases, &suite.registry, &choice)?;
    let kept: Vec<&Case> = chosen.into_iter().filter(|(_, disabled)| !disabled).map(|(case, _)| case).collect();
    if kept.is_empty() {
        return Err(Failure::new(Exit::NothingTested, "no case is selected"));
    }
    if args.json {
        let rows: Vec<_> = kept
            .iter()
            .map(|case| {
                json!({
                    "id": case.id, "title": case.title, "requirement": case.requirement, "level": case.level, "safety": case.safety,
                    "applies_to": case.applies_to, "needs": case.needs, "sources": case.sources
                })
            })
            .collect();
        say(&format!("{}\n", serde_json::to_string_pretty(&rows)?))?;
    } else {
        let rows: Vec<String> = kept
            .iter()
            .map(|case| {
                format!("{:<22} {:<8} {:<9} {}\n", case.id, case.level.as_str(), case.safety.as_str(), case.title)
            })
            .collect();
        say(&rows.concat())?;
    }
    Ok(Exit::Ok.code())
}

pub(super) fn explain(id: &str, cases: &CaseArgs) -> Result<u8, Failure> {
    let suite = load_cases(cases)?;
    let Some(case) = suite.cases.iter().find(|case| case.id == id) else {
        let retired =
            suite.registry.iter().map(|text| registry::row(text)).find(|row| row.id == id).and_then(|row| row.retired);
        let why = retired.map(|why| format!(" (it is retired: {why})")).unwrap_or_default();
        return Err(Failure::new(Exit::Usage, format!("no case is called `{id}`{why}; `conformance list` shows all")));
    };
    let mut text = String::new();
    // Writing to a String cannot fail, hence the ignored results.
    let _ = writeln!(text, "{}  {}\n", case.id, case.title);
    let _ = writeln!(text, "requirement  {}", case.requirement);
    let _ = writeln!(text, "level        {}", case.level.as_str());
    let _ = writeln!(text, "safety       {}", case.safety.as_str());
    let contracts: Vec<&str> = case
        .applies_to
        .contracts
        .iter()
        .map(|contract| match contract {
            conformance::case::Contract::Documented => "the published page",
            conformance::case::Contract::Server => "the server source",
        })
        .collect();
    let _ = writeln!(text, "applies to   versions {}, stated by {}", case.applies_to.versions, contracts.join(" and "));
    for source in &case.sources {
        let _ = writeln!(text, "source       {} ({})", source.reference, source.rev);
    }
    if let Some(cause) = &case.likely_cause {
        let _ = writeln!(text, "likely cause {cause}");
    }
    if let Some(remediation) = &case.remediation {
        let _ = writeln!(text, "remediation  {remediation}");
    }
    if let Some(finding) = &case.finding {
        let _ = writeln!(text, "finding      {}", finding.text);
    }
    let _ = writeln!(text, "written at   {}", case.place);
    // The case as the file would have it without names and defaults; what is left out there has no effect.
    let written = load::expanded(folder(cases), id)?.unwrap_or_default();
    for member in ["needs", "captures", "steps", "cleanup"] {
        if let Some(value) = written.get(member) {
            let _ = writeln!(text, "\n{member}\n{}", serde_json::to_string_pretty(value)?);
        }
    }
    say(&text)?;
    Ok(Exit::Ok.code())
}
