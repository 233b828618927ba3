//! `docs/cases.md` has a section for every registered id and says what the case files say. `UPDATE_DOCS=1` writes it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
use std::path::Path;

use conformance::case::load::{Folder, Suite, load};
use conformance::case::{Case, Contract};
use conformance::registry;

const HEAD: &str = "# Cases

Every id ever handed out, in the order of the registry. Made from the case files: change those, then run
`UPDATE_DOCS=1 cargo test -p conformance --test case_docs`.

`conformance explain ID` prints the same with the steps; `conformance run --target URL ID` runs one.
";

fn page(suite: &Suite) -> String {
    let mut page = HEAD.to_owned();
    for row in suite.registry.iter().map(|text| registry::row(text)) {
        writeln!(page, "\n## {}\n", row.id).unwrap();
        match suite.cases.iter().find(|case| case.id == row.id) {
            Some(case) => section(case, &mut page),
            None => writeln!(page, "Retired: {}", row.retired.unwrap_or_default()).unwrap(),
        }
    }
    page
}

fn section(case: &Case, page: &mut String) {
    let contracts = case.applies_to.contracts.iter().map(|contract| match contract {
        Contract::Documented => "the published page",
        Contract::Server => "the server's source",
    });
    let contracts: Vec<&str> = contracts.collect();
    writeln!(page, "**{}.** {}\n", case.title, case.requirement).unwrap();
    writeln!(page, "* level: {}; safety: {}", case.level.as_str(), case.safety.as_str()).unwrap();
    writeln!(page, "* versions: `{}`; stated by {}", case.applies_to.versions, contracts.join(" and ")).unwrap();
    for source in &case.sources {
        writeln!(page, "* source: {} ({})", source.reference, source.rev).unwrap();
    }
    for (name, text) in [("likely cause", &case.likely_cause), ("remediation", &case.remediation)] {
        if let Some(text) = text {
            writeln!(page, "* {name}: {text}").unwrap();
        }
    }
    if let Some(finding) = &case.finding {
        writeln!(page, "* finding: {}", finding.text).unwrap();
    }
}

#[test]
fn the_page_of_cases_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cases.md");
    let expected = page(&load(Folder::None).unwrap());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let actual = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "docs/cases.md is not what the case files say: run UPDATE_DOCS=1 cargo test -p conformance --test case_docs"
    );
}
