//! Writes the sample result, which has everything in it, in every format: `sample_reports FOLDER`. The checks of the
//! reports in a browser and against foreign schemas work on these files.

use std::path::PathBuf;

use conformance::report::{self, Format, Options};

#[path = "../tests/support/sample.rs"]
mod sample;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: sample_reports FOLDER")?);
    std::fs::create_dir_all(&folder)?;
    let options = Options { report_file: Some("run.json".to_owned()), ..Options::default() };
    let result = sample::run_result();
    for format in Format::ALL {
        let text = report::render(format, &result, &options)?;
        std::fs::write(folder.join(format!("report.{format}")), text)?;
    }
    // Browsers and viewers go by the ending.
    std::fs::rename(folder.join("report.html"), folder.join("index.html"))?;
    Ok(())
}
