//! The command line of the `mock-server` binary.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use strum::{EnumMessage as _, VariantArray as _};

use crate::data::Fixtures;
use crate::era::version::Version;
use crate::host::config::{Config, DEFAULT_QUERY_BUDGET, UserSpec};
use crate::seed::{DEFAULT_SEED, MOST_RECORDS, SeedName};
use crate::workspace::clock::Clock;

/// A Rocket.Chat workspace in one small binary: statistics, login, permissions and paging as the real server has them.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do; without it the server is started.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of the server.
    #[command(flatten)]
    pub serve: ServeArgs,
}

const AFTER_HELP: &str = "Exit codes: 0 stopped by a signal or done, 2 wrong option, file, profile or address, 70 internal error.\n\
    Log lines go to standard error; RUST_LOG chooses them (RUST_LOG=mock_server=debug shows every request).";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server (the default).
    Serve(Box<ServeArgs>),
    /// List the version profiles, or print how two of them differ.
    Profiles {
        /// What to print of them.
        #[command(subcommand)]
        command: Option<ProfilesCommand>,
        /// Folder to read fixtures from in place of the ones built in.
        #[arg(long, env = "MOCK_SERVER_FIXTURES", value_name = "DIR", global = true)]
        fixtures: Option<PathBuf>,
    },
    /// List the endpoints served and the version each came with.
    Endpoints {
        /// Only those a server of this profile has.
        #[arg(long, value_name = "NAME")]
        profile: Option<String>,
    },
    /// List the settings that --setting can change, with their defaults.
    Settings,
}

/// What `profiles` prints.
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// Print every difference between two profiles or versions, each with its source.
    Diff {
        /// A profile's name or a version such as 3.14.2.
        left: String,
        /// A profile's name or a version such as 6.8.0.
        right: String,
    },
}

/// A switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    /// On.
    On,
    /// Off.
    Off,
}

/// How log lines and the ready line look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The rate limiter at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RateLimit {
    /// No limit.
    Off,
    /// As the settings say: 10 calls a minute for each endpoint and address.
    Default,
}

/// Options of the server.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on, or a port of this machine alone; port 0 takes a free one.
    #[arg(
        long,
        env = "MOCK_SERVER_LISTEN",
        default_value = "127.0.0.1:3000",
        value_name = "ADDR:PORT",
        value_parser = listen
    )]
    listen: SocketAddr,
    /// File to write the port to once the server listens.
    #[arg(long, env = "MOCK_SERVER_PORT_FILE", value_name = "PATH")]
    pub port_file: Option<PathBuf>,
    /// Version profile; `mock-server profiles` lists them [default: documented].
    #[arg(long, env = "MOCK_SERVER_PROFILE", value_name = "NAME")]
    profile: Option<String>,
    /// Exact server version to behave as and to report, from 0.60.0 on; 6.8 is 6.8.0.
    #[arg(long, env = "MOCK_SERVER_ROCKETCHAT_VERSION", value_name = "X.Y[.Z]")]
    rocketchat_version: Option<Version>,
    /// Which statistics records the workspace has.
    #[arg(long, env = "MOCK_SERVER_SEED_NAME", value_parser = seed_name(), default_value = "history", value_name = "NAME")]
    seed_name: SeedName,
    /// How many records the history has, 10000000 at most.
    #[arg(long, env = "MOCK_SERVER_RECORDS", value_name = "N", value_parser = records, allow_hyphen_values = true)]
    records: Option<usize>,
    /// Number the records and ids are made from.
    #[arg(
        long,
        env = "MOCK_SERVER_SEED",
        default_value_t = DEFAULT_SEED,
        value_name = "N",
        value_parser = seed,
        allow_hyphen_values = true
    )]
    seed: u64,
    /// The workspace's time: real, or fixed:2018-02-24T16:00:00.000Z.
    #[arg(long, env = "MOCK_SERVER_CLOCK", default_value = "real", value_name = "CLOCK")]
    clock: Clock,
    /// Folder to read fixtures from in place of the ones built in.
    #[arg(long, env = "MOCK_SERVER_FIXTURES", value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// Your own statistics records: a JSON list, an answer of statistics.list, or one record a line.
    #[arg(long, env = "MOCK_SERVER_SEED_FILE", value_name = "FILE", conflicts_with_all = ["records", "seed_name"])]
    seed_file: Option<PathBuf>,
    /// Account to add; may be repeated. The environment variable holds one a line.
    #[arg(long = "user", env = "MOCK_SERVER_USER", value_name = "NAME:PASSWORD:ROLE[,ROLE]", hide_env_values = true)]
    users: Vec<Lines<UserSpec>>,
    /// Whether the ready-made accounts exist; without them the first registered user becomes admin.
    #[arg(long, env = "MOCK_SERVER_IDENTITIES", value_enum, default_value = "on", value_name = "on|off")]
    identities: OnOff,
    /// Setting to change before the start; may be repeated. `mock-server settings` lists them. The environment variable holds one a
    /// line.
    #[arg(long = "setting", env = "MOCK_SERVER_SETTING", value_name = "KEY=VALUE")]
    settings: Vec<Lines<SettingSpec>>,
    /// Whether query and fields work where the version gates them [default: as the profile].
    #[arg(long, env = "MOCK_SERVER_UNSAFE_QUERY_PARAMS", value_enum, value_name = "on|off")]
    unsafe_query_params: Option<OnOff>,
    /// Whether calls are limited from the start.
    #[arg(long, env = "MOCK_SERVER_RATE_LIMIT", value_enum, default_value = "off", value_name = "off|default")]
    rate_limit: RateLimit,
    /// Whether 401 and 403 of the old eras are held back 500 to 1000 ms, as there.
    #[arg(long, env = "MOCK_SERVER_DELAYS", value_enum, default_value = "off", value_name = "on|off")]
    delays: OnOff,
    /// Whether premium endpoints answer from data.
    #[arg(long, env = "MOCK_SERVER_LICENSED", value_enum, default_value = "off", value_name = "on|off")]
    licensed: OnOff,
    /// What users.createToken of 8.x wants as secret.
    #[arg(long, env = "CREATE_TOKENS_FOR_USERS_SECRET", value_name = "SECRET", hide_env_values = true)]
    create_token_secret: Option<String>,
    /// What one query may cost: documents looked at, tests made and steps of regular expressions; 0 for no end.
    #[arg(long, env = "MOCK_SERVER_QUERY_BUDGET", value_name = "N", default_value_t = DEFAULT_QUERY_BUDGET, value_parser = query_budget)]
    query_budget: u64,
    /// Worker threads [default: the number of processors].
    #[arg(long, env = "MOCK_SERVER_WORKERS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: Option<u16>,
    /// How log lines and the ready line look.
    #[arg(long, env = "MOCK_SERVER_LOG_FORMAT", value_enum, default_value = "text", value_name = "FORMAT")]
    pub log_format: LogFormat,
}

/// An address with its port; a port alone, and `localhost`, mean this machine.
fn listen(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let local =
        || port.parse().ok().filter(|_| digits).map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    text.parse().ok().or_else(local).ok_or_else(|| {
        "expected an address and a port up to 65535, such as 127.0.0.1:3000, localhost:3000, 3000 or [::1]:3000"
            .to_owned()
    })
}

/// The names of the seeds, each with what it is for `--help`.
fn seed_name() -> impl TypedValueParser<Value = SeedName> {
    let value = |seed: &SeedName| {
        let about = seed.get_documentation().map(|about| about.trim_end_matches('.'));
        PossibleValue::new(seed.as_str()).help(about.unwrap_or_default())
    };
    PossibleValuesParser::new(SeedName::VARIANTS.iter().map(value)).try_map(|name| name.parse::<SeedName>())
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}, such as 7", u64::MAX))
}

fn query_budget(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 (no end) to {}, such as 1000000", u64::MAX))
}

fn records(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|records| *records <= MOST_RECORDS)
        .ok_or_else(|| format!("expected a whole number from 0 to {MOST_RECORDS}, such as 1000"))
}

/// What a repeatable option takes: one value, blanks and all, or several in lines of their own, as its environment twin holds them.
#[derive(Debug, Clone)]
struct Lines<T>(Vec<T>);

impl<T: FromStr> FromStr for Lines<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        // A text of several lines may end in an empty one; a text of none is a value that was forgotten.
        if text.trim().is_empty() {
            return Ok(Self(vec![text.parse()?]));
        }
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        Ok(Self(lines.map(str::parse).collect::<Result<_, _>>()?))
    }
}

/// A setting of the command line: `KEY=VALUE`.
#[derive(Debug, Clone)]
struct SettingSpec(String, String);

impl FromStr for SettingSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self(key.to_owned(), value.to_owned())),
            _ => Err("expected KEY=VALUE, such as API_Default_Count=10".to_owned()),
        }
    }
}

impl ServeArgs {
    /// The configuration these options describe.
    pub fn config(&self) -> Config {
        Config {
            listen: self.listen,
            profile: self.profile.clone(),
            version: self.rocketchat_version.clone(),
            seed_name: self.seed_name,
            records: self.records,
            seed: self.seed,
            clock: self.clock.clone(),
            fixtures: self.fixtures.clone().map_or_else(Fixtures::embedded, Fixtures::from_folder),
            seed_file: self.seed_file.clone(),
            identities: self.identities == OnOff::On,
            users: self.users.iter().flat_map(|lines| lines.0.clone()).collect(),
            settings: self
                .settings
                .iter()
                .flat_map(|lines| &lines.0)
                .map(|SettingSpec(key, value)| (key.clone(), value.clone()))
                .collect(),
            unsafe_query_params: self.unsafe_query_params.map(|switch| switch == OnOff::On),
            rate_limit: self.rate_limit == RateLimit::Default,
            delays: self.delays == OnOff::On,
            licensed: self.licensed == OnOff::On,
            create_token_secret: self.create_token_secret.clone(),
            query_budget: self.query_budget,
            workers: self.workers.map(usize::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn verify_cli() {
        Cli::command().debug_assert();
    }

    fn refused(arguments: &[&str]) -> String {
        let arguments = std::iter::once("mock-server").chain(arguments.iter().copied()).map(OsString::from);
        usage::read::<Cli>(arguments).unwrap_err().to_string()
    }

    #[test]
    fn a_complaint_is_one_line_with_the_option_and_the_way_out() {
        let help = "; see mock-server --help";
        for (arguments, text) in [
            (&["--frobnicate"][..], "there is no option --frobnicate"),
            (&["--profil", "6"], "there is no option --profil; did you mean --profile?"),
            (&["frobnicate"], "there is no command \"frobnicate\""),
            (&["profile"], "there is no command \"profile\"; did you mean profiles?"),
            (&["profiles", "diff", "6", "7", "8"], "\"8\" is one word too many"),
            (&["--delays", "yes"], "--delays cannot be \"yes\": expected one of on, off"),
            (&["--delays"], "--delays takes a value: one of on, off"),
            (&["--port-file"], "--port-file takes a value"),
            (&["--workers", "0"], "--workers cannot be \"0\": 0 is not in 1..=256"),
            (&["--setting", "x"], "--setting cannot be \"x\": expected KEY=VALUE, such as API_Default_Count=10"),
            (&["--user", "kim:hunter2"], "--user: expected NAME:PASSWORD:ROLE[,ROLE], such as kim:secret:user,bot"),
            (&["--profile", "6", "--profile", "7"], "--profile was given twice"),
            (&["--seed-file", "x", "--records", "3"], "--seed-file cannot be used with --records; give one of them"),
        ] {
            assert_eq!(refused(arguments), format!("{text}{help}"), "{arguments:?}");
        }
    }

    #[test]
    fn help_and_version_are_no_complaints() {
        for argument in ["--help", "-h", "--version", "-V"] {
            let arguments = ["mock-server", argument].map(OsString::from);
            assert!(matches!(usage::read::<Cli>(arguments), Err(usage::UsageError::Asked(_))), "{argument}");
        }
    }

    #[test]
    fn a_port_or_localhost_is_this_machine() {
        let read = |text| listen(text).map(|address| address.to_string());
        for text in ["127.0.0.1:3000", "localhost:3000", ":3000", "3000"] {
            assert_eq!(read(text).as_deref(), Ok("127.0.0.1:3000"), "{text}");
        }
        assert_eq!(read("0.0.0.0:0").as_deref(), Ok("0.0.0.0:0"));
        assert_eq!(read("[::1]:80").as_deref(), Ok("[::1]:80"));
        for text in ["", ":", "localhost", "127.0.0.1", "chat.example:3000", "127.0.0.1:99999", "99999", "+3000", "::1"]
        {
            assert!(read(text).unwrap_err().contains("such as 127.0.0.1:3000"), "{text}");
        }
    }

    #[test]
    fn a_value_is_taken_whole_and_lines_apart() {
        let config = |arguments: &[&str]| {
            Cli::try_parse_from([&["mock-server"], arguments].concat()).map(|cli| cli.serve.config())
        };
        let one = config(&["--setting", "Site_Name=My Chat Server", "--user", "x:p w:user"]).unwrap();
        assert_eq!(one.settings, [("Site_Name".to_owned(), "My Chat Server".to_owned())]);
        assert_eq!((one.users.len(), one.users[0].password.as_str()), (1, "p w"));
        let two = config(&["--setting", "A=1\r\nB=x y\n", "--setting", "C=", "--user", "a:b:user\nc:d:bot"]).unwrap();
        let settings: Vec<_> = two.settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(settings, [("A", "1"), ("B", "x y"), ("C", "")]);
        assert_eq!(two.users.len(), 2);
        assert!(config(&["--setting", ""]).is_err() && config(&["--user", " "]).is_err());
    }

    #[test]
    fn every_option_of_the_server_has_an_environment_twin() {
        for argument in Cli::command().get_arguments() {
            let id = argument.get_id().as_str();
            assert!(argument.get_env().is_some() || matches!(id, "help" | "version"), "{id} has none");
        }
    }
}
