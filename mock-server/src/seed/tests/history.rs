//! The default history: exact where it is documented, rich elsewhere, the same everywhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::seed::{DEFAULT_SEED, RecordEra, SeedData, SeedName, SeedSpec, generate};
use mongo_query::Document;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::{f, n, seeded, text, version, wire};

/// The published record, byte for byte as the documentation's own call gets it.
const DOCUMENTED: &str = concat!(
    r#"{"_id":"v3D4mvobwfznKozH8","uniqueId":"wD4EP3M7FeFzJZgk9","installedAt":"2018-02-18T19:40:45.369Z","#,
    r#""version":"0.61.0-develop","totalUsers":88,"activeUsers":88,"nonActiveUsers":0,"onlineUsers":0,"#,
    r#""awayUsers":1,"offlineUsers":87,"totalRooms":81,"totalChannels":41,"totalPrivateGroups":37,"totalDirect":3,"#,
    r#""totlalLivechat":0,"totalMessages":2408,"totalChannelMessages":730,"totalPrivateGroupMessages":1869,"#,
    r#""totalDirectMessages":25,"totalLivechatMessages":0,"lastLogin":"2018-02-24T12:44:45.045Z","#,
    r#""lastMessageSentAt":"2018-02-23T18:14:03.490Z","lastSeenSubscription":"2018-02-23T17:58:54.779Z","#,
    r#""instanceCount":1,"createdAt":"2018-02-24T15:13:00.312Z","_updatedAt":"2018-02-24T15:13:00.312Z"}"#,
);

#[test]
fn the_default_history_ends_in_the_documented_record() {
    let history = seeded("0.61.0", None);
    assert_eq!(history.len(), 240);
    let mut last = history[239].clone();
    for name in ["os", "migration", "deploy", "process"] {
        assert!(last.remove(name).is_some(), "the stored record has {name}");
    }
    assert_eq!(wire(&last).to_string(), DOCUMENTED);
}

#[test]
fn equal_seeds_give_equal_bytes_and_others_do_not() {
    for text in ["0.61.0", "6.13.1", "8.7.1"] {
        let data = SeedData::embedded(&RecordEra::for_version(version(text))).unwrap();
        let made = |seed| -> String {
            generate(&SeedSpec { seed, ..SeedSpec::default() }, &data).map(|record| wire(&record).to_string()).collect()
        };
        assert_eq!(made(DEFAULT_SEED), made(DEFAULT_SEED));
        assert_ne!(made(DEFAULT_SEED), made(1));
        assert!(made(1).ends_with(&made(DEFAULT_SEED)[made(DEFAULT_SEED).len() - 700..]), "the last record is known");
    }
}

/// A seed must mean the same on every machine and after every update of a dependency. Change these only together with
/// the data or the rules of seeds.
#[test]
fn the_default_histories_are_these() {
    for (age, digest) in [("0.61.0", "0113bc9a3351b393"), ("6.13.1", "d4a7b7332ee49978"), ("8.7.1", "7581020fe133d5f2")]
    {
        let lines: Vec<String> = seeded(age, None).iter().map(|record| wire(record).to_string()).collect();
        let digest_found = Sha256::digest(lines.join("\n"));
        let found: Vec<String> = digest_found.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found.join(""), digest, "{age}");
    }
}

#[test]
fn the_seeds_have_their_sizes_and_the_same_last_record() {
    let data = SeedData::embedded(&RecordEra::for_version(version("0.61.0"))).unwrap();
    let made = |name, records| -> Vec<Document> {
        generate(&SeedSpec { name, records, ..SeedSpec::default() }, &data).collect()
    };
    let documented = made(SeedName::Documented, None);
    assert_eq!(documented.len(), 1);
    assert!(made(SeedName::Empty, Some(9)).is_empty());
    assert!(made(SeedName::History, Some(0)).is_empty());
    for records in [1, 2, 3, 10, 1000, 20_000] {
        let history = made(SeedName::History, Some(records));
        assert_eq!(history.len(), records);
        assert_eq!(history.last(), documented.last());
        let siblings = history.iter().filter(|record| record.get("_id") == Some(&"wufRdmSrjmSMhBdTN".into())).count();
        assert_eq!(siblings, usize::from(records > 2), "{records}");
    }
}

#[test]
fn the_sibling_has_the_counts_of_the_documented_record() {
    let history = seeded("0.61.0", None);
    let (sibling, last) = (wire(&history[237]), wire(&history[239]));
    assert_eq!(sibling["_id"], "wufRdmSrjmSMhBdTN");
    assert_eq!(sibling["createdAt"], "2018-02-24T13:13:00.236Z");
    for (name, value) in last.as_object().unwrap() {
        if !["_id", "createdAt", "_updatedAt", "os", "process"].contains(&name.as_str()) {
            assert_eq!(&sibling[name], value, "{name}");
        }
    }
}

#[test]
fn the_default_history_decides_tests_of_paging_sorting_and_filtering() {
    let history: Vec<Json> = seeded("0.61.0", None).iter().map(wire).collect();
    let numbers = |name: &str| -> Vec<i64> { history.iter().map(|record| n(record, name)).collect() };
    assert!(history.len() > 100, "more than the upper count limit");
    for name in [
        "totalUsers",
        "activeUsers",
        "nonActiveUsers",
        "offlineUsers",
        "totalRooms",
        "totalChannels",
        "totalMessages",
        "onlineUsers",
    ] {
        let values = numbers(name);
        let distinct: BTreeSet<i64> = values.iter().copied().collect();
        assert!(
            distinct.len() >= 3 && distinct.len() < values.len(),
            "{name} has ties and distinct values: {distinct:?}"
        );
    }
    let users = numbers("totalUsers");
    assert!(users.windows(3).any(|run| run[0] == run[1] && run[1] == run[2]), "runs of equal counts");
    assert!(users.windows(2).any(|pair| pair[1] < pair[0]), "users fall");
    assert!(numbers("totalMessages").windows(2).any(|pair| pair[1] < pair[0]), "messages fall");
    for (name, power) in [("totalUsers", 10), ("totalMessages", 10), ("totalMessages", 100), ("totalMessages", 1000)] {
        let values = numbers(name);
        assert!(values.iter().any(|&value| value > 0 && value < power), "{name} below {power}");
        assert!(values.iter().any(|&value| value >= power), "{name} from {power}");
    }
    for name in ["lastMessageSentAt", "lastLogin", "tag", "branch", "oplogEnabled"] {
        let present = history.iter().filter(|record| record.get(name).is_some()).count();
        assert!(present > 0 && present < history.len(), "{name} is there and is not: {present}");
    }
    assert!(history.iter().any(|record| record.get("lastMessageSentAt") == Some(&Json::Null)), "null");
    assert!(history.iter().any(|record| record["migration"].get("lockedAt").is_none()), "absent inside");
    let mut versions: Vec<&str> = history.iter().map(|record| text(record, "version")).collect();
    versions.dedup();
    assert_eq!(versions, ["0.58.4", "0.60.0", "0.61.0-develop"]);
    let mut at: BTreeMap<&str, Vec<&Json>> = BTreeMap::new();
    for record in &history {
        at.entry(text(record, "createdAt")).or_default().push(record);
    }
    assert!(at.values().any(|records| records.len() == 2), "equal dates");
    let moved = history.iter().filter(|record| record["createdAt"] != record["_updatedAt"]).count();
    assert!(moved > 20 && moved < 220, "equal and differing _updatedAt: {moved}");
    let uptimes = |block: &str| history.iter().map(|record| f(record, &format!("{block}/uptime"))).collect::<Vec<_>>();
    assert!(uptimes("process").iter().any(|uptime| uptime.fract() == 0.0));
    assert!(uptimes("process").iter().any(|uptime| uptime.fract() != 0.0));
    let loads: Vec<f64> = history
        .iter()
        .flat_map(|record| record["os"]["loadavg"].as_array().unwrap().iter().map(|load| load.as_f64().unwrap()))
        .collect();
    assert!(loads.iter().any(|load| load.fract() == 0.0) && loads.iter().any(|load| load.fract() != 0.0));
    assert!(history.iter().any(|record| n(record, "os/totalmem") > 1 << 31));
    assert!(history.iter().any(|record| n(record, "os/totalmem") < 1 << 31));
    let platforms: BTreeSet<&str> =
        history.iter().map(|record| record["deploy"]["platform"].as_str().unwrap()).collect();
    let folded: BTreeSet<String> = platforms.iter().map(|platform| platform.to_lowercase()).collect();
    assert!(folded.len() < platforms.len(), "one platform in two cases: {platforms:?}");
    let by_bytes: Vec<String> = platforms.iter().map(|platform| platform.to_lowercase()).collect();
    assert_ne!(by_bytes, folded.into_iter().collect::<Vec<_>>(), "letter case decides an order: {platforms:?}");
    let cpus: BTreeSet<usize> = history.iter().map(|record| record["os"]["cpus"].as_array().unwrap().len()).collect();
    assert!(cpus.len() > 1, "arrays of different lengths");
    let ids: BTreeSet<&str> = history.iter().map(|record| text(record, "uniqueId")).collect();
    assert_eq!(ids.len(), 2, "an admin reset the workspace's id");
}

#[test]
fn a_record_of_the_default_history_is_small() {
    for record in seeded("0.61.0", None) {
        let bytes = wire(&record).to_string().len();
        assert!((950..=1450).contains(&bytes), "{bytes}");
    }
}

#[test]
fn later_histories_decide_such_tests_too() {
    for age in ["2.4.11", "3.18.2", "4.8.6", "5.4.3", "6.13.1", "7.10.1", "8.7.1"] {
        let history: Vec<Json> = seeded(age, None).iter().map(wire).collect();
        assert_eq!(history.len(), 240, "{age}");
        for name in ["totalUsers", "totalRooms", "totalMessages", "totalThreads", "uploadsTotal"] {
            let values: Vec<i64> = history.iter().map(|record| n(record, name)).collect();
            let distinct: BTreeSet<i64> = values.iter().copied().collect();
            assert!(distinct.len() > 10 && distinct.len() < values.len(), "{age}: {name}: {distinct:?}");
            assert!(values.windows(2).any(|pair| pair[1] < pair[0]), "{age}: {name} falls");
            assert!(values.iter().any(|&value| value < 10) && values.iter().any(|&value| value >= 10), "{age}: {name}");
        }
        let versions: BTreeSet<&str> = history.iter().map(|record| text(record, "version")).collect();
        assert!(versions.len() > 1, "{age}: {versions:?}");
        let of = |value: &Json| history.iter().filter(|record| record.get("lastMessageSentAt") == Some(value)).count();
        assert_eq!(of(&Json::Null), 2, "{age}");
        assert!(history.iter().any(|record| record.get("lastMessageSentAt").is_none()), "{age}");
        assert!(history.windows(2).any(|pair| pair[0]["createdAt"] == pair[1]["createdAt"]), "{age}");
        assert!(history.windows(2).any(|pair| pair[0]["_updatedAt"] != pair[0]["createdAt"]), "{age}");
        assert!(history.iter().any(|record| record["apps"]["totalInstalled"] == Json::Bool(false)), "{age}");
    }
    let new: Vec<Json> = seeded("8.7.1", None).iter().map(wire).collect();
    assert!(new.iter().any(|record| record["tag"].is_null()) && new.iter().any(|record| record["tag"].is_string()));
    assert!(new.iter().any(|record| record.get("statsToken").is_none()));
    assert!(new.iter().any(|record| record["lastLogin"] == ""));
}
