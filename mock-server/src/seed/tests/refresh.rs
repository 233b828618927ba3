//! Records made on demand.

use crate::seed::{RecordEra, RefreshFacts, SeedData, UserCounts, new_record_id, refreshed};
use mongo_query::Document;
use serde_json::{Value as Json, json};

use super::relations::RELATIONS;
use super::{VERSIONS, n, seeded, version, wire};

#[test]
fn a_refreshed_record_fits_its_schema_and_adds_up() {
    for text in VERSIONS {
        let era = RecordEra::for_version(version(text));
        let data = SeedData::embedded(&era).unwrap();
        let schema: Json = era.schema();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let now_ms = 1_830_000_000_123;
        let people_only = version(text) >= version("3.0.0");
        let users = UserCounts {
            total: 9,
            active: if people_only { 6 } else { 8 },
            inactive: 1,
            online: 2,
            away: 1,
            busy: 1,
            ..UserCounts::default()
        };
        let facts = RefreshFacts {
            id: new_record_id(&era, now_ms, 3),
            now_ms,
            uptime_ms: 61_234,
            users: Some(users),
            custom_roles: Some(2),
            last_login_ms: Some(now_ms - 5000),
        };
        let last = seeded(text, Some(1)).pop().unwrap();
        let projected: Document = last.clone().into_iter().filter(|(name, _)| name.starts_with("total")).collect();
        for previous in [None, Some(&last), Some(&projected)] {
            let stored = refreshed(&data, previous, &facts);
            assert_eq!(stored.iter().next().unwrap().0.as_ref(), "_id", "{text}");
            assert_eq!(stored.iter().last().unwrap().0.as_ref(), "_updatedAt", "{text}");
            let record = wire(&stored);
            let errors: Vec<String> =
                validator.iter_errors(&record).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{text}: {errors:#?}");
            assert_eq!(n(&record, "totalUsers"), 9, "{text}");
            assert_eq!(record["process"]["uptime"], json!(61.234), "{text}");
            for relation in RELATIONS {
                if (version(relation.versions.0)..version(relation.versions.1)).contains(&version(text)) {
                    assert!((relation.holds)(&record), "{text}: {}: {record}", relation.name);
                }
            }
        }
    }
}
