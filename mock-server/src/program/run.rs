//! What the binary does, from parsed options to the exit code.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use javascript::stringify;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tracing_subscriber::EnvFilter;

use crate::data::Fixtures;
use crate::doors::rest::endpoint::Endpoint;
use crate::doors::rest::{self, routes};
use crate::era::version::Version;
use crate::era::{Profile, Profiles, Provenance, diff};
use crate::host::build::{self, StartError};
use crate::host::files;
use crate::host::server::MockServer;
use crate::program::cli::{Cli, Command, LogFormat, ProfilesCommand, ServeArgs};

/// Runs the program.
///
/// # Errors
/// A wrong option, file, profile or address, worded for the person who gave it.
pub fn run(cli: &Cli) -> anyhow::Result<()> {
    match &cli.command {
        None => serve(&cli.serve),
        Some(Command::Serve(options)) => serve(options),
        Some(Command::Profiles { command, fixtures }) => {
            let fixtures = fixtures.clone().map_or_else(Fixtures::embedded, Fixtures::from_folder);
            let profiles = build::profiles(&fixtures)?;
            match command {
                None => print(|out| list_profiles(&profiles, out)),
                Some(ProfilesCommand::Diff { left, right }) => {
                    let (left, right) = (named(&profiles, left)?, named(&profiles, right)?);
                    print(|out| print_differences(&left, &right, out))
                }
            }
        }
        Some(Command::Endpoints { profile }) => {
            let profiles = build::profiles(&Fixtures::embedded())?;
            let profile = profile.as_ref().map(|name| named(&profiles, name)).transpose()?;
            print(|out| list_endpoints(profile.as_ref(), out))
        }
        Some(Command::Settings) => {
            let settings = files::settings(&Fixtures::embedded())?;
            print(|out| {
                for setting in settings.iter() {
                    let value = setting.value.as_str().map_or_else(|| stringify::value(&setting.value), str::to_owned);
                    writeln!(out, "{}={value}", setting.id)?;
                }
                Ok(())
            })
        }
    }
}

/// Writes to standard output; a reader that closed its end has seen enough.
fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}

fn named(profiles: &Profiles, text: &str) -> Result<Profile, StartError> {
    Ok(match text.parse::<Version>() {
        Ok(version) => profiles.resolve(None, Some(&version))?,
        Err(_) => profiles.resolve(Some(text), None)?,
    })
}

fn serve(options: &ServeArgs) -> anyhow::Result<()> {
    start_log(options.log_format);
    // Registered before the server starts, so that no signal in between kills it half-started.
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot listen for signals")?;
    let server = MockServer::start(options.config())?;
    if let Some(path) = &options.port_file {
        write_port_file(path, server.address().port()).with_context(|| {
            format!("cannot write {}, which --port-file names: its folder must exist and be writable", path.display())
        })?;
    }
    print(|out| match options.log_format {
        LogFormat::Text => banner(&server, out),
        LogFormat::Json => ready_line(&server, out),
    })?;

    signals.forever().next();
    tracing::info!("stopping: requests in flight are finished first; a second signal stops at once");
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 0, Arc::new(AtomicBool::new(true))).ok();
    }
    server.stop(true);
    Ok(())
}

fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,mock_server=info"));
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // Somebody else's subscriber, if there is one, may stay.
    match format {
        LogFormat::Text => log.try_init().ok(),
        LogFormat::Json => log.json().try_init().ok(),
    };
}

/// Writes the port in one step: a reader sees the whole file or none.
fn write_port_file(path: &Path, port: u16) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    std::fs::write(&temporary, format!("{port}\n"))?;
    std::fs::rename(&temporary, path).inspect_err(|_| {
        std::fs::remove_file(&temporary).ok();
    })
}

fn ready_line(server: &MockServer, out: &mut dyn Write) -> io::Result<()> {
    let workspace = server.workspace();
    let identities: Vec<_> = server
        .identities()
        .iter()
        .map(|identity| json!({"username": identity.username, "userId": identity.id, "authToken": identity.token}))
        .collect();
    let ready = json!({
        "event": "ready",
        "url": server.base_url(),
        "pid": std::process::id(),
        "profile": workspace.profile().name,
        "version": workspace.profile().version.to_string(),
        "identities": identities,
    });
    writeln!(out, "{ready}")
}

fn banner(server: &MockServer, out: &mut dyn Write) -> io::Result<()> {
    let workspace = server.workspace();
    let url = server.base_url();
    writeln!(out, "listening on {url}")?;
    writeln!(out)?;
    let preview = if workspace.profile().preview { ", a preview" } else { "" };
    writeln!(out, "profile    {} (Rocket.Chat {}{preview})", workspace.profile().name, workspace.profile().version)?;
    writeln!(out, "records    {}", workspace.state.read().statistics.len())?;
    if server.identities().is_empty() {
        writeln!(out, "accounts   none; the first one registered at {url}/api/v1/users.register becomes admin")?;
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "{:<12} {:<18} {:<44} roles (password = name)", "account", "X-User-Id", "X-Auth-Token")?;
    for identity in server.identities() {
        let token = identity.token.as_deref().unwrap_or("-");
        writeln!(out, "{:<12} {:<18} {token:<44} {}", identity.username, identity.id, identity.roles.join(", "))?;
    }
    if let Some((admin, token)) = server.identity("admin").and_then(|admin| Some((admin, admin.token.as_ref()?))) {
        writeln!(out)?;
        writeln!(out, "curl -sS -H 'X-User-Id: {}' -H 'X-Auth-Token: {token}' \\", admin.id)?;
        writeln!(out, "  '{url}/api/v1/statistics.list?count=1'")?;
    }
    Ok(())
}

fn list_profiles(profiles: &Profiles, out: &mut dyn Write) -> io::Result<()> {
    for file in profiles.iter() {
        let preview = if file.preview { " [preview]" } else { "" };
        writeln!(out, "{:<11} reports {:<7} {}{preview}", file.name, file.reports.to_string(), file.title)?;
    }
    writeln!(out)?;
    writeln!(
        out,
        "--rocketchat-version X.Y.Z picks the profile that covers a version, with that version's own differences."
    )?;
    writeln!(out, "`mock-server profiles diff A B` prints what differs between two profiles or versions.")
}

fn print_differences(left: &Profile, right: &Profile, out: &mut dyn Write) -> io::Result<()> {
    let title = |profile: &Profile| format!("{} ({})", profile.name, profile.version);
    writeln!(out, "{} -> {}", title(left), title(right))?;
    let differences = diff::differences(left, right);
    for difference in &differences {
        writeln!(out)?;
        writeln!(out, "{}: {} -> {}", difference.switch, difference.left.0, difference.right.0)?;
        for (profile, (value, provenance)) in [(left, difference.left), (right, difference.right)] {
            writeln!(
                out,
                "  {:<20} {}",
                format!("{} {value}", profile.name),
                provenance.map_or_else(String::new, origin)
            )?;
        }
    }
    let changed = print_facts(left, right, out)?;
    let names = |profile: &Profile| {
        routes::all().filter(|endpoint| endpoint.exists_in(profile, false)).map(Endpoint::name).collect::<Vec<_>>()
    };
    let (before, after) = (names(left), names(right));
    for name in after.iter().filter(|name| !before.contains(name)) {
        writeln!(out, "\nendpoint {name}: absent -> present")?;
    }
    for name in before.iter().filter(|name| !after.contains(name)) {
        writeln!(out, "\nendpoint {name}: present -> absent")?;
    }
    let (left_era, right_era) = (
        crate::seed::RecordEra::for_version(left.version.clone()),
        crate::seed::RecordEra::for_version(right.version.clone()),
    );
    if left_era.schema_name() != right_era.schema_name() {
        writeln!(out, "\nrecords: {} -> {}", left_era.schema_name(), right_era.schema_name())?;
    }
    if differences.is_empty() && !changed && before == after && left_era.schema_name() == right_era.schema_name() {
        writeln!(out, "no difference")?;
    }
    Ok(())
}

/// Prints every fact on which the profiles differ, with its sources. Returns whether there is one.
fn print_facts(left: &Profile, right: &Profile, out: &mut dyn Write) -> io::Result<bool> {
    let served = |endpoint: &&Endpoint| endpoint.exists_in(left, true) && endpoint.exists_in(right, true);
    let every = rest::FACTS.iter().map(|fact| ("every endpoint".to_owned(), *fact));
    let of_one = routes::all()
        .filter(served)
        .flat_map(|endpoint| endpoint.all_facts().map(|fact| (format!("endpoint {}", endpoint.name()), fact)));
    let mut changed = false;
    for (whose, fact) in every.chain(of_one) {
        let (before, after) = (fact.shown(left), fact.shown(right));
        if before.value == after.value {
            continue;
        }
        changed = true;
        writeln!(out, "\n{whose}: {}: {} -> {}", fact.about(), before.value, after.value)?;
        for (profile, shown) in [(left, before), (right, after)] {
            let since = shown.since.map_or_else(String::new, |since| format!("since {since}: "));
            let source = shown.source.unwrap_or("as from the first version on");
            writeln!(out, "  {:<20} {since}{source}", format!("{} {}", profile.name, shown.value))?;
        }
    }
    Ok(changed)
}

fn origin(provenance: &Provenance) -> String {
    match &provenance.since {
        Some(since) => format!("since {since}: {}", provenance.source),
        None => provenance.source.clone(),
    }
}

fn list_endpoints(profile: Option<&Profile>, out: &mut dyn Write) -> io::Result<()> {
    for endpoint in routes::all() {
        if profile.is_some_and(|profile| !endpoint.exists_in(profile, true)) {
            continue;
        }
        let dotted = |(major, minor, patch): (u32, u32, u32)| format!("{major}.{minor}.{patch}");
        let until = endpoint.until.map_or_else(String::new, |until| format!(", gone in {}", dotted(until)));
        writeln!(out, "{:<60} since {}{until}", endpoint.name(), dotted(endpoint.since))?;
    }
    writeln!(out)?;
    writeln!(out, "Every other documented endpoint answers 501 and names itself.")
}
