//! `docs/cases.md` has a line for every registered id and says what the case files say. `.ci/run update` writes it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
use std::path::Path;

use conformance::case::load::{Folder, Suite, load};
use conformance::registry;

const HEAD: &str = "# Cases

Every id ever handed out, in the order of the registry. Made from the case files by `.ci/run update`.

`conformance explain ID` prints a case whole: its requirement, its sources, what to do about a failure, what it sends and expects.
`conformance run --target URL ID` runs one.

| id | level | versions | title |
|---|---|---|---|
";

fn page(suite: &Suite) -> String {
    let mut page = HEAD.to_owned();
    for row in suite.registry.iter().map(|text| registry::row(text)) {
        match suite.cases.iter().find(|case| case.id == row.id) {
            Some(case) => {
                let versions = case.applies_to.versions.to_string().replace('|', "\\|");
                let title = case.title.replace('|', "\\|");
                writeln!(page, "| {} | {} | `{versions}` | {title} |", case.id, case.level.as_str()).unwrap();
            }
            None => writeln!(page, "| {} | retired | | {} |", row.id, row.retired.unwrap_or_default()).unwrap(),
        }
    }
    page
}

#[test]
fn the_page_of_cases_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cases.md");
    let expected = page(&load(Folder::None).unwrap());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let actual = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "docs/cases.md is not what the case files say: run .ci/run update");
}
