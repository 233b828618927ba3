//! The files a workspace is made from: each as its schema says, and together without loose ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value as Json;

fn read(path: &str) -> Json {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    serde_json::from_str(&std::fs::read_to_string(root.join(path)).unwrap()).unwrap()
}

fn texts<'a>(list: &'a Json, name: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item.get(name).unwrap().as_str().unwrap()).collect()
}

#[test]
fn every_file_is_as_its_schema_says() {
    for name in ["permissions", "roles", "settings", "server", "engagement"] {
        let validator = jsonschema::validator_for(&read(&format!("schemas/workspace/{name}.schema.json"))).unwrap();
        let file = read(&format!("fixtures/workspace/{name}.json"));
        let faults: Vec<String> =
            validator.iter_errors(&file).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{name}.json: {faults:#?}");
    }
}

#[test]
fn ids_are_there_once() {
    for name in ["permissions", "roles", "settings"] {
        let file = read(&format!("fixtures/workspace/{name}.json"));
        let ids = texts(file.get(name).unwrap(), "id");
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{name}");
    }
}

#[test]
fn roles_of_permissions_and_accounts_exist() {
    let roles = read("fixtures/workspace/roles.json");
    let known: HashSet<_> = texts(roles.get("roles").unwrap(), "id").into_iter().collect();
    let permissions = read("fixtures/workspace/permissions.json");
    let identities = read("fixtures/workspace/identities.json");
    let users = permissions.get("permissions").unwrap().as_array().unwrap().iter();
    for holder in users.chain(identities.get("identities").unwrap().as_array().unwrap()) {
        for role in holder.get("roles").unwrap().as_array().unwrap() {
            assert!(known.contains(role.as_str().unwrap()), "{role} of {holder}");
        }
    }
}

#[test]
fn sessions_belong_to_accounts() {
    let identities = read("fixtures/workspace/identities.json");
    let known: HashSet<_> = texts(identities.get("identities").unwrap(), "id").into_iter().collect();
    let engagement = read("fixtures/workspace/engagement.json");
    for user in texts(engagement.get("sessions").unwrap(), "userId") {
        assert!(known.contains(user), "{user}");
    }
}
