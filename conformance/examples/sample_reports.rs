//! Writes the sample result, which has everything in it, in every format: `sample_reports FOLDER`. The checks of the
//! reports in a browser and against foreign schemas work on these files.

use std::path::PathBuf;

use anyhow::Context as _;
use conformance::report::{self, Format, Options};

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).context("usage: sample_reports FOLDER")?);
    std::fs::create_dir_all(&folder)?;
    let options = Options { report_file: Some("run.json".to_owned()), ..Options::default() };
    let result = conformance::sample::run_result();
    for format in Format::ALL {
        let text = report::render(format, &result, &options)?;
        std::fs::write(folder.join(format!("report.{format}")), text)?;
    }
    // Browsers and viewers go by the ending.
    std::fs::rename(folder.join("report.html"), folder.join("index.html"))?;
    Ok(())
}
