//! The files that seeds are made from.

use crate::seed::{RecordEra, SeedData};
use serde_json::{Value as Json, json};

use super::version;

fn fixtures() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

#[test]
fn seed_data_files_fit_their_schema() {
    let schema: Json = serde_json::from_str(include_str!("../../../../schemas/seed.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut files = 0;
    for folder in ["documented", "history"] {
        for entry in fixtures().join("seeds").join(folder).read_dir().unwrap() {
            let path = entry.unwrap().path();
            let mut file: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
            file["surprise"] = json!(1);
            assert!(!validator.is_valid(&file), "{}", path.display());
            files += 1;
        }
    }
    assert!(files >= 10, "{files}");
    assert!(!validator.is_valid(&json!({})));
}

/// A copy of the seed data with one file changed.
fn changed(file: &str, change: impl Fn(&mut Json)) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for folder in ["documented", "history"] {
        let to = copy.path().join("seeds").join(folder);
        std::fs::create_dir_all(&to).unwrap();
        for entry in fixtures().join("seeds").join(folder).read_dir().unwrap() {
            let from = entry.unwrap().path();
            std::fs::copy(&from, to.join(from.file_name().unwrap())).unwrap();
        }
    }
    let path = copy.path().join("seeds").join(file);
    let mut json: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut json);
    std::fs::write(&path, json.to_string()).unwrap();
    copy
}

#[test]
fn seed_data_of_a_folder_is_checked() {
    let era = RecordEra::for_version(version("0.61.0"));
    let load = |copy: &tempfile::TempDir| SeedData::from_dir(copy.path(), &era).map_err(|error| error.to_string());
    let good = changed("history/workspace.json", |file| file["records"] = json!(12));
    assert_eq!(load(&good).unwrap().default_records(), 12);
    for (file, pointer, value, part) in [
        ("history/workspace.json", "/surprise", json!(1), "unknown field `surprise`"),
        ("history/workspace.json", "/hosts/0/percent", json!(70), "below 100"),
        ("history/workspace.json", "/hosts/1/os/cpus", json!("two"), "/os/cpus"),
        ("documented/0.51.json", "/record/createdAt", json!("yesterday"), "/record/createdAt"),
        ("documented/0.51.json", "/record/totalUsers", json!("88"), "/totalUsers"),
        ("documented/0.51.json", "/upgrades/0/version", json!("old"), "\"old\" is not a version"),
    ] {
        let copy = changed(file, |json| match json.pointer_mut(pointer) {
            Some(slot) => *slot = value.clone(),
            None => json[pointer.trim_start_matches('/')] = value.clone(),
        });
        let error = load(&copy).unwrap_err();
        assert!(error.contains(part) && !error.contains('\n'), "{file} {pointer}: {error}");
    }
    let nothing = tempfile::tempdir().unwrap();
    assert!(load(&nothing).unwrap_err().contains("workspace.json"));
}
