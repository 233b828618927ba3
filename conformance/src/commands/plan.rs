//! `plan`: what a run would do, without doing it.

use std::fmt::Write;

use conformance::case::load::Suite;
use conformance::case::{AccountName, Case, FactsOf, Judge, Request, Step};
use conformance::exit::Exit;
use conformance::plan::{self, Choice, Estimate, Known};
use conformance::target::{self, Found, Profile};
use conformance::url::Url;

use super::run::check_settings;
use super::{Failure, load_cases, load_credentials, say};
use crate::cli::PlanArgs;

pub(super) fn plan(args: &PlanArgs) -> Result<u8, Failure> {
    let suite = load_cases(&args.cases)?;
    check_settings(&suite, &args.judge.settings)?;
    let url = Url::parse(&args.target)?;
    let credentials = load_credentials(&args.auth, &suite.resources)?;
    let profile = Profile::parse(&args.judge.profile)?;
    let judge = match &profile {
        // What the target reports cannot be known without asking it.
        Profile::Auto => Judge::Documented,
        other => target::judge(other, &Found::default()).map_err(|why| Failure::new(Exit::Usage, why))?,
    };
    let choice = Choice {
        selection: args.choice.ids.clone(),
        exclude: args.choice.exclude.clone(),
        levels: args.choice.level.clone(),
    };
    let chosen = plan::choose(&suite.cases, &suite.registry, &choice)?;
    let mut settings = plan::default_settings();
    settings.extend(args.judge.settings.iter().cloned());
    let known = Known {
        resources: &suite.resources,
        judge: &judge,
        mode: args.judge.mode,
        credentials: &credentials,
        settings: &settings,
    };
    let mut text = heading(&url, &profile, &known);
    let running = add_cases(&mut text, &suite, &chosen, &known);
    if running.is_empty() {
        say(&text)?;
        return Err(Failure::new(Exit::NothingTested, "no case would run"));
    }
    text.push_str(&foot(&running, &known));
    say(&text)?;
    Ok(Exit::Ok.code())
}

fn heading(url: &Url, profile: &Profile, known: &Known<'_>) -> String {
    let name = match known.judge {
        Judge::Documented => "documented".to_owned(),
        Judge::Version(version) => version.to_string(),
    };
    let mut text = format!("target {}   profile {name}   mode {}\n", url.base, known.mode.as_str());
    if *profile == Profile::Auto {
        text.push_str(
            "(the version is only known once the target is asked: planned as `documented`; --profile VERSION plans for a version)\n",
        );
    }
    text
}

/// Writes a line for each case, with what it would do; returns those that would run.
fn add_cases<'a>(text: &mut String, suite: &Suite, chosen: &[(&'a Case, bool)], known: &Known<'_>) -> Vec<&'a Case> {
    let mut running = Vec::new();
    for (case, disabled) in chosen {
        // Writing to a String cannot fail, hence the ignored results.
        if *disabled {
            let _ = writeln!(text, "- {} disabled", case.id);
        } else if let Some((reason, detail)) = plan::reason_to_skip(case, known) {
            let _ = writeln!(text, "- {} skip {}: {detail}", case.id, reason.as_str());
        } else {
            let _ = writeln!(text, "+ {} {}", case.id, case.title);
            for step in case.steps.iter().chain(&case.cleanup) {
                text.push_str(&describe(suite, case, step));
            }
            running.push(*case);
        }
    }
    running
}

fn foot(running: &[&Case], known: &Known<'_>) -> String {
    let estimate = plan::estimate(running.iter().copied(), known.resources, known.credentials);
    let cases = format!(
        "\n{} cases, about {} requests (finding out the version, logging in and out included; identical GETs are sent once)\n",
        running.len(),
        estimate.requests
    );
    let limiter = format!(
        "with the server's default limiter (10 calls a minute on a route): at least {} min if the privileged account is exempt, as the role admin is, else {} min\n",
        Estimate::minutes(estimate.limited_on_one_route),
        Estimate::minutes(estimate.limited_if_not_exempt),
    );
    cases + &limiter
}

fn describe(suite: &Suite, case: &Case, step: &Step) -> String {
    let Some(request) = step.sends() else {
        return match (&step.facts, step.answers) {
            (Some(FactsOf::List(_)), _) => {
                let list = suite.resources.of_step(case, step);
                format!("      the whole list of {}, walked once a run\n", list.name)
            }
            (Some(FactsOf::Case), _) => "      the whole list, walked once a run\n".to_owned(),
            (None, true) => "      what was noted of every answer before\n".to_owned(),
            _ => String::new(),
        };
    };
    let account = request.account.as_ref().map_or("nobody", AccountName::as_str);
    let walked = step.walk.as_ref().map(|walk| format!(", walked by pages of {}", walk.page)).unwrap_or_default();
    format!("      {} {}{} as {account}{walked}\n", request.method, request.path, query(request))
}

fn query(request: &Request) -> String {
    if let Some(raw) = &request.raw_query {
        return format!("?{raw}");
    }
    let pairs: Vec<String> = request
        .query
        .iter()
        .map(|param| {
            format!(
                "{}={}",
                param.name,
                param.value.clone().or_else(|| param.json.as_ref().map(ToString::to_string)).unwrap_or_default()
            )
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
