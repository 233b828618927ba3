//! Which report goes where: `--format NAME[=PATH]`, files that are not overwritten by accident, and what GitHub Actions
//! gets unasked.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anstream::{AutoStream, ColorChoice};

use crate::model::RunResult;
use crate::report::{Format, Options, Progress, ReportError, Reporter, SUMMARY_LIMIT, UnknownFormat, live, render};

/// One `--format`: a format, and the file it goes to; without a file it goes to standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatSpec {
    /// The format.
    pub format: Format,
    /// The file.
    pub path: Option<PathBuf>,
}

impl FromStr for FormatSpec {
    type Err = OutputError;

    fn from_str(text: &str) -> Result<Self, OutputError> {
        let (name, path) = match text.split_once('=') {
            Some((name, "" | "-")) => return Err(OutputError::NoPath(name.to_owned())),
            Some((name, path)) => (name, Some(PathBuf::from(path))),
            None => (text, None),
        };
        Ok(Self { format: name.parse()?, path })
    }
}

/// Why reports cannot go where they are told to.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Not a format.
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    /// `json=`.
    #[error("--format {0}= names no file: write {0}=PATH, or {0} alone for standard output")]
    NoPath(String),
    /// Two formats without a file.
    #[error(
        "standard output takes one format, but {0} and {1} were both sent there: give one of them a file, {1}=PATH"
    )]
    TwoOnStdout(Format, Format),
    /// Two formats in one file.
    #[error("two reports go to the same file {}", .0.display())]
    SameFile(PathBuf),
    /// A file that is there already.
    #[error("{} exists: choose another name, or allow it with --overwrite", .0.display())]
    Exists(PathBuf),
    /// A file in a folder that is not there.
    #[error("cannot write {}: its folder does not exist", .0.display())]
    NoFolder(PathBuf),
    /// A file that could not be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The report itself could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl OutputError {
    /// Whether the command line is to blame (exit code 2) rather than the disk.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Write { .. } | Self::Report(_))
    }
}

/// What the environment says of GitHub Actions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GithubActions {
    /// Whether the run is in a workflow: `GITHUB_ACTIONS` is `true`.
    pub active: bool,
    /// Where the job summary goes: `GITHUB_STEP_SUMMARY`.
    pub summary: Option<PathBuf>,
}

impl GithubActions {
    /// Looks at the environment of this process.
    pub fn from_env() -> Self {
        Self {
            active: std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
            summary: std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from),
        }
    }
}

/// Where every report goes.
#[derive(Debug, Clone)]
pub struct Outputs {
    /// The format on standard output.
    stdout: Format,
    files: Vec<(Format, PathBuf)>,
    overwrite: bool,
    /// Annotations nobody asked for. They go to standard error, which the platform reads as well, so that standard
    /// output keeps its one format.
    annotations: bool,
    summary: Option<PathBuf>,
    color: ColorChoice,
    options: Options,
}

impl Outputs {
    /// Sorts the `--format`s. Without one for standard output, that gets human text. Fails before anything is run: when
    /// two formats go to one place, when a file is there already and may not be overwritten, and when its folder is missing.
    pub fn new(
        specs: &[FormatSpec],
        overwrite: bool,
        github: &GithubActions,
        color: ColorChoice,
        mut options: Options,
    ) -> Result<Self, OutputError> {
        let mut stdout = None;
        let mut files = Vec::new();
        let mut paths = BTreeSet::new();
        for spec in specs {
            match &spec.path {
                Some(path) => {
                    if !paths.insert(std::path::absolute(path).unwrap_or_else(|_| path.clone())) {
                        return Err(OutputError::SameFile(path.clone()));
                    }
                    if !overwrite && fs::symlink_metadata(path).is_ok() {
                        return Err(OutputError::Exists(path.clone()));
                    }
                    if !folder(path).is_dir() {
                        return Err(OutputError::NoFolder(path.clone()));
                    }
                    files.push((spec.format, path.clone()));
                }
                None => match stdout {
                    None => stdout = Some(spec.format),
                    Some(first) => return Err(OutputError::TwoOnStdout(first, spec.format)),
                },
            }
        }
        if options.report_file.is_none() {
            options.report_file =
                files.iter().find(|(format, _)| *format == Format::Json).map(|(_, path)| path.display().to_string());
        }
        let asked = |format| specs.iter().any(|spec| spec.format == format);
        Ok(Self {
            stdout: stdout.unwrap_or(Format::Human),
            files,
            overwrite,
            annotations: github.active && !asked(Format::Github),
            summary: github.summary.clone().filter(|_| github.active && !asked(Format::GithubSummary)),
            color,
            options,
        })
    }

    /// Says which file the replay commands name, where no canonical report is written by this command itself.
    pub fn replays_from(&mut self, file: &Path) {
        self.options.report_file.get_or_insert_with(|| file.display().to_string());
    }

    /// The report on standard output, fed while the run goes on, or by [`tell`](crate::report::tell) later. Human text
    /// gets colours by the choice; `Auto` means on a terminal, unless `NO_COLOR` or the like is set. On a terminal it
    /// gets a progress bar too.
    pub fn stdout(&self) -> Box<dyn Reporter> {
        if self.stdout != Format::Human {
            return live(self.stdout, io::stdout(), &self.options);
        }
        let options = Options { color: true, ..self.options.clone() };
        // The stream takes the colours out again where they are not wanted.
        let text = live(Format::Human, AutoStream::new(io::stdout(), self.color), &options);
        if io::stdout().is_terminal() && io::stderr().is_terminal() { Box::new(Progress::new(text)) } else { text }
    }

    /// Writes every file, and what GitHub Actions gets; `log` is standard error. Tries all and returns the first failure.
    pub fn write(&self, result: &RunResult, log: &mut dyn io::Write) -> Result<(), OutputError> {
        let files = self.files.iter().map(|(format, path)| {
            let text = render(*format, result, &self.options)?;
            write_file(path, text.as_bytes(), self.overwrite)
        });
        let annotations = self.annotations.then(|| {
            let text = render(Format::Github, result, &self.options)?;
            // A log nobody reads any more is no failure of the run.
            let _ = log.write_all(text.as_bytes());
            Ok(())
        });
        let summary = self.summary.iter().map(|path| {
            let text = render(Format::GithubSummary, result, &self.options)?;
            append(path, &text).map_err(|source| OutputError::Write { path: path.clone(), source })
        });
        files.chain(annotations).chain(summary).fold(Ok(()), Result::and)
    }
}

/// The folder a file is in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Adds to the job summary, which other commands of the step share.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path)?;
    let there = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    if there.saturating_add(text.len()) > SUMMARY_LIMIT {
        return file
            .write_all(b"\nThe conformance report did not fit into this summary; see the log and the report files.\n");
    }
    file.write_all(text.as_bytes())
}

/// Writes a file whole or not at all: into a temporary file beside it, which then takes the name. Without `overwrite` a
/// file of that name stays as it is, even one that appeared since the start.
pub fn write_file(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), OutputError> {
    let fail = |source| OutputError::Write { path: path.to_owned(), source };
    // A device or a pipe cannot be replaced, only written to.
    if overwrite && fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return fs::write(path, bytes).map_err(fail);
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".conformance-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder(path)).map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_data()).map_err(fail)?;
    let done = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
    match done {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(OutputError::Exists(path.to_owned())),
        Err(error) => Err(fail(error.error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn specs(texts: &[&str]) -> Vec<FormatSpec> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn outputs(texts: &[&str], overwrite: bool) -> Result<Outputs, OutputError> {
        Outputs::new(&specs(texts), overwrite, &GithubActions::default(), ColorChoice::Auto, Options::default())
    }

    #[test]
    fn a_format_has_a_name_and_perhaps_a_file() {
        assert_eq!(specs(&["json"])[0], FormatSpec { format: Format::Json, path: None });
        assert_eq!(specs(&["json=a=b.json"])[0].path, Some(PathBuf::from("a=b.json")));
        for wrong in ["xml", "json=", "json=-"] {
            assert!(wrong.parse::<FormatSpec>().unwrap_err().is_usage(), "{wrong}");
        }
    }

    #[test]
    fn standard_output_takes_one_format() {
        let error = outputs(&["json", "tap"], false).unwrap_err();
        assert!(error.is_usage());
        assert_eq!(
            error.to_string(),
            "standard output takes one format, but json and tap were both sent there: give one of them a file, tap=PATH"
        );
        assert_eq!(outputs(&["json=x.json"], true).unwrap().stdout, Format::Human);
        assert_eq!(outputs(&["json=x.json", "tap"], true).unwrap().stdout, Format::Tap);
    }

    #[test]
    fn two_reports_in_one_file_are_refused() {
        assert!(matches!(outputs(&["json=x", "tap=./x"], true), Err(OutputError::SameFile(_))));
    }

    #[test]
    fn files_are_not_overwritten_unless_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let spec = format!("json={}", path.display());
        let result = sample::run_result();
        outputs(&[&spec], false).unwrap().write(&result, &mut io::sink()).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        assert!(first.contains(&format!("\"target\": {{\n    \"url\": \"{}\"", result.target.url)));

        assert!(matches!(outputs(&[&spec], false), Err(OutputError::Exists(_))));
        assert!(matches!(write_file(&path, b"other", false), Err(OutputError::Exists(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        write_file(&path, b"other", true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "other");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a temporary file was left behind");
    }

    #[test]
    fn a_missing_folder_is_found_before_the_run() {
        let error = outputs(&["json=/nonexistent/run.json"], false).unwrap_err();
        assert!(error.is_usage());
        assert_eq!(error.to_string(), "cannot write /nonexistent/run.json: its folder does not exist");
    }

    #[test]
    fn a_folder_that_is_gone_is_no_usage_error_and_names_the_file() {
        let error = write_file(Path::new("/nonexistent/run.json"), b"", false).unwrap_err();
        assert!(!error.is_usage());
        assert!(error.to_string().starts_with("cannot write /nonexistent/run.json: "));
    }

    #[test]
    fn replay_names_the_file_of_the_canonical_report() {
        let named = outputs(&["json=src/run.json"], true).unwrap();
        assert_eq!(named.options.report_file.as_deref(), Some("src/run.json"));
    }

    #[test]
    fn github_actions_gets_a_summary_unless_it_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.md");
        fs::write(&path, "before\n").unwrap();
        let github = GithubActions { active: true, summary: Some(path.clone()) };
        let mut log = Vec::new();
        let outputs = Outputs::new(&[], false, &github, ColorChoice::Auto, Options::default()).unwrap();
        outputs.write(&sample::run_result(), &mut log).unwrap();
        assert!(log.starts_with(b"::error title=RCS-LIST-PAGE-004"));
        let summary = fs::read_to_string(&path).unwrap();
        assert!(summary.starts_with("before\n# ❌ Conformance"));

        let asked = Outputs::new(
            &specs(&["github", "github-summary=x.md"]),
            true,
            &github,
            ColorChoice::Auto,
            Options::default(),
        )
        .unwrap();
        assert!(!asked.annotations && asked.summary.is_none());
        let elsewhere = GithubActions { active: false, summary: Some(path) };
        let outside = Outputs::new(&[], false, &elsewhere, ColorChoice::Auto, Options::default()).unwrap();
        assert!(!outside.annotations && outside.summary.is_none());
    }
}
