//! The command line as data. No secret is ever an argument: every user of the machine can read those.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use conformance::case::{Level, Safety};
use conformance::exit;
use conformance::report::Format;
use conformance::report::output::FormatSpec;
use serde_json::Value;
use strum::VariantNames;

/// Judges a Rocket.Chat server, mock or real, against the documented contract of its statistics endpoints.
#[derive(Debug, Parser)]
#[command(name = "conformance", version, after_help = exit::HELP, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the suite against a target
    #[command(after_help = exit::HELP)]
    Run(RunArgs),
    /// Show the cases and requests a run would make; sends nothing
    Plan(PlanArgs),
    /// Look at a target in at most three requests and give advice
    Doctor(DoctorArgs),
    /// List the cases
    List(ListArgs),
    /// Show everything about a case
    Explain {
        /// The case's id
        id: String,
        #[command(flatten)]
        cases: CaseArgs,
    },
    /// Render a recorded result again, offline
    Report {
        /// A result written with --format json
        file: PathBuf,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Run one case of a recorded result again, against the same target with the same profile
    Replay(ReplayArgs),
    /// Say what changed between two recorded results; fails on regressions only
    Compare {
        /// The older result
        old: PathBuf,
        /// The newer one
        new: PathBuf,
        /// How to write it
        #[arg(long, value_name = "NAME", default_value = "human")]
        format: CompareFormat,
    },
    /// Test the tester: put deliberate faults before a faithful server and see that each is caught
    SelfTest(SelfTestArgs),
    /// Look after the file of known failures
    #[command(subcommand)]
    Expectations(ExpectationsCommand),
}

/// The renderings of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompareFormat {
    /// Text.
    Human,
    /// A Markdown table.
    Markdown,
    /// Every case as JSON.
    Json,
}

/// What can be done with an expectations file.
#[derive(Debug, Subcommand)]
pub(crate) enum ExpectationsCommand {
    /// Check the file: form, ids, expiry
    Check {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        cases: CaseArgs,
    },
    /// Take out the entries that a result shows to be out of date, keeping comments
    Update {
        /// The file
        file: PathBuf,
        /// A result written with --format json
        #[arg(long)]
        report: PathBuf,
    },
}

/// Where cases come from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CaseArgs {
    /// A folder of case files that adds to the built-in cases; one with a built-in id replaces that case
    #[arg(long, value_name = "DIR")]
    pub(crate) cases: Option<PathBuf>,
    /// Use only the cases of --cases
    #[arg(long, requires = "cases")]
    pub(crate) replace_cases: bool,
}

/// Accounts.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AuthArgs {
    /// JSON file with the accounts `privileged` and `unprivileged`: user and password, or `user_id` and `auth_token`, and
    /// perhaps `totp_secret`. Or `CONFORMANCE_PRIVILEGED_USER`, _PASSWORD, _`USER_ID`, _`AUTH_TOKEN`, _`TOTP_SECRET` in the
    /// environment, and the same with UNPRIVILEGED
    #[arg(long, value_name = "FILE", env = "CONFORMANCE_AUTH_FILE")]
    pub(crate) auth_file: Option<PathBuf>,
    /// Send credentials over plain HTTP to another machine
    #[arg(long)]
    pub(crate) allow_plain_http: bool,
}

/// What is written where.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OutputArgs {
    #[arg(long = "format", value_name = "NAME[=PATH]", help = about_formats())]
    pub(crate) formats: Vec<FormatSpec>,
    /// Replace files that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// List every case, also those that are about other versions
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// List only what is not as it should be
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which cases.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ChoiceArgs {
    /// Ids or their beginnings, such as RCS-LIST-PAGE; all cases if none are given
    pub(crate) ids: Vec<String>,
    /// Ids or beginnings to leave out
    #[arg(long, value_name = "ID")]
    pub(crate) exclude: Vec<String>,
    /// Only cases of this level: must, should, observe, doc; can be repeated
    #[arg(long, value_parser = word::<Level>)]
    pub(crate) level: Vec<Level>,
}

/// What to judge by and how far to go.
#[derive(Debug, Clone, Args)]
pub(crate) struct JudgeArgs {
    /// What to judge by: `auto` (the version the target reports), `documented` (the published page), or a version
    #[arg(long, default_value = "auto", env = "CONFORMANCE_PROFILE")]
    pub(crate) profile: String,
    /// What cases may do: observe, costly (the target computes and stores), mutating (users, roles, permissions change)
    #[arg(long, default_value = "observe", value_parser = word::<Safety>)]
    pub(crate) mode: Safety,
    /// A setting the target has that is not the server's default, such as `API_Upper_Count_Limit=200`; can be repeated
    #[arg(long = "setting", value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, Value)>,
}

/// Everything about a run.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    /// The target, <http://HOST>[:PORT] or <https://HOST>[:PORT]
    #[arg(long, value_name = "URL", env = "CONFORMANCE_TARGET")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) auth: AuthArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
    /// Agree that mutating cases change the target
    #[arg(long)]
    pub(crate) i_own_this_server: bool,
    /// Let failed SHOULD cases fail the run
    #[arg(long)]
    pub(crate) strict: bool,
    /// File of known failures
    #[arg(long, value_name = "FILE")]
    pub(crate) expectations: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) cases: CaseArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Seed of the names a run makes up; another one each time if not given
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
}

/// Arguments of `replay`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReplayArgs {
    /// A result written with --format json
    pub(crate) file: PathBuf,
    /// The case's id
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) auth: AuthArgs,
    /// Agree that a case that changes the target is run again
    #[arg(long)]
    pub(crate) i_own_this_server: bool,
    #[command(flatten)]
    pub(crate) cases: CaseArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Limits on what a run and its target may cost.
#[derive(Debug, Clone, Args)]
pub(crate) struct LimitArgs {
    /// Longest time until a connection stands
    #[arg(long, default_value = "5s", value_name = "TIME", value_parser = duration)]
    pub(crate) connect_timeout: Duration,
    /// Longest time for a request, to the last byte of its answer
    #[arg(long, default_value = "10s", value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Largest body in bytes, after decompression; k and M stand for KiB and MiB
    #[arg(long, default_value = "16M", value_name = "SIZE", value_parser = size)]
    pub(crate) max_body: u64,
    /// How often a request is sent again after a network error
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub(crate) retries: u32,
    /// The most requests of the run
    #[arg(long, value_name = "N")]
    pub(crate) max_requests: Option<u64>,
    /// The most requests in a time, such as 10/60s
    #[arg(long, value_name = "N/TIME", value_parser = rate)]
    pub(crate) rate: Option<Duration>,
    /// The most requests under way at once; cases are judged one after the other all the same. Not said, 2 for a target on
    /// this machine and 1 for any other; always 1 while a rate limiter or --rate sets the pace
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<usize>,
    /// The most records fetched to know the whole list
    #[arg(long, default_value_t = 2000, value_name = "N")]
    pub(crate) max_records: usize,
    /// End the run after so many requests in a row without an answer
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) give_up_after: u32,
}

/// Arguments of `plan`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    /// The target, to be shown in the requests; nothing is sent to it
    #[arg(long, value_name = "URL", env = "CONFORMANCE_TARGET", default_value = "http://127.0.0.1:3000")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) auth: AuthArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
    #[command(flatten)]
    pub(crate) cases: CaseArgs,
}

/// Arguments of `doctor`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DoctorArgs {
    /// The target
    #[arg(long, value_name = "URL", env = "CONFORMANCE_TARGET")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) auth: AuthArgs,
    /// Longest time for a request
    #[arg(long, default_value = "10s", value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Duration,
}

/// Arguments of `self-test`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SelfTestArgs {
    /// Beginnings of the ids of faults, such as FAULT-LIST-SORT; all faults if none are given
    pub(crate) faults: Vec<String>,
    /// A server without fault, over plain HTTP: the mock server with
    /// `--setting Block_Multiple_Failed_Logins_Enabled=false`, since a self-test fails to log in very often
    #[arg(long, value_name = "URL", env = "CONFORMANCE_TARGET")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) auth: AuthArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
    #[command(flatten)]
    pub(crate) cases: CaseArgs,
    /// A folder of fault files that adds to the built-in faults; with --replace-cases its faults are the only ones
    #[arg(long, value_name = "DIR")]
    pub(crate) fault_files: Option<PathBuf>,
    /// Agree that mutating cases change the target
    #[arg(long)]
    pub(crate) i_own_this_server: bool,
    /// Meet every fault with the whole suite, not only with the topics that must catch it
    #[arg(long)]
    pub(crate) thorough: bool,
    /// Write the matrix as Markdown
    #[arg(long, value_name = "PATH")]
    pub(crate) write_matrix: Option<PathBuf>,
}

/// Arguments of `list`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    #[command(flatten)]
    pub(crate) cases: CaseArgs,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// One of a closed list of words.
fn word<T: FromStr + VariantNames>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("expected {}", either(T::VARIANTS)))
}

/// `a, b or c`.
fn either(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => words.concat(),
    }
}

fn about_formats() -> String {
    let names = either(&Format::ALL.map(Format::as_str));
    format!("A report, to standard output or to a file; can be repeated. NAME is {names}")
}

fn setting(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    if key.is_empty() {
        return Err("expected KEY=VALUE".to_owned());
    }
    Ok((key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()))))
}

/// A time above zero, at most an hour. Not by jiff's friendly durations: those read `1m 30s` and `1h` too, which are refused here,
/// and no number without a unit, which is taken as seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len()));
    let number: f64 = number.parse().map_err(|_| "expected a time such as 10s, 500ms or 2m".to_owned())?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "" | "s" => number,
        "m" => number * 60.0,
        _ => return Err("expected a time in ms, s or m".to_owned()),
    };
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| "expected a time above zero".to_owned())?;
    if duration.is_zero() || duration > Duration::from_secs(3600) {
        Err("expected a time above zero, at most an hour".to_owned())
    } else {
        Ok(duration)
    }
}

fn size(text: &str) -> Result<u64, String> {
    let (number, factor) = match text.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1024),
        None => text.strip_suffix('M').map_or((text, 1), |number| (number, 1024 * 1024)),
    };
    let number: u64 = number.parse().map_err(|_| "expected a size such as 16M".to_owned())?;
    number.checked_mul(factor).filter(|size| *size > 0).ok_or_else(|| "expected a size above zero".to_owned())
}

fn jobs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|jobs| (1..=64).contains(jobs)).ok_or_else(|| "expected a number from 1 to 64".to_owned())
}

fn rate(text: &str) -> Result<Duration, String> {
    let (count, time) = text.split_once('/').ok_or("expected a rate such as 10/60s")?;
    let count: u32 = count.parse().ok().filter(|count| *count > 0).ok_or("expected a rate such as 10/60s")?;
    Ok(duration(time)? / count)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn verify_cli() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_sizes_and_rates() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert!(duration("0s").is_err() && duration("1h").is_err() && duration("-1s").is_err());
        assert_eq!(size("16M"), Ok(16 * 1024 * 1024));
        assert!(size("0").is_err() && size("x").is_err());
        assert_eq!(rate("10/60s"), Ok(Duration::from_secs(6)));
        assert!(rate("0/60s").is_err());
        assert_eq!(jobs("8"), Ok(8));
        assert!(jobs("0").is_err() && jobs("65").is_err());
        assert_eq!(
            setting("API_Upper_Count_Limit=200"),
            Ok(("API_Upper_Count_Limit".to_owned(), serde_json::json!(200)))
        );
    }
}
