//! `doctor`.

use conformance::case::Resources;
use conformance::doctor::{self, Grade};
use conformance::exit::Exit;
use conformance::http::Limits;
use conformance::url::Url;

use super::{Failure, load_credentials, say};
use crate::cli::DoctorArgs;

pub(super) fn doctor(args: &DoctorArgs) -> Result<u8, Failure> {
    let url = Url::parse(&args.target)?;
    let credentials = load_credentials(&args.auth, Resources::built_in())?;
    let limits = Limits { request: args.timeout, ..Limits::default() };
    let findings = doctor::examine(&url, &credentials, limits);
    for finding in &findings {
        say(&format!("{finding}\n"))?;
    }
    let works = findings.iter().all(|finding| finding.grade != Grade::Bad);
    Ok(if works { Exit::Ok } else { Exit::Untestable }.code())
}
