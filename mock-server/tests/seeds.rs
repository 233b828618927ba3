//! The seeds as other modules get them: shape, arithmetic, variety, determinism.

use std::collections::{BTreeMap, BTreeSet};

use mock_server::seed::{DEFAULT_SEED, RecordEra, SeedData, SeedName, SeedSpec, document_from_json, generate};
use mock_server::version::Version;
use mongo_query::{Document, Value};
use serde_json::{Map, Value as Json, json};

fn seeded(text: &str, records: Option<usize>) -> Vec<Document> {
    let data = SeedData::embedded(&RecordEra::for_version(version(text))).unwrap();
    generate(&SeedSpec { records, ..SeedSpec::default() }, &data).collect()
}

/// One version of every profile, and the odd ones where a field came or went.
const VERSIONS: &[&str] = &[
    "0.55.0", "0.61.0", "0.65.2", "0.66.0", "0.70.0", "0.74.3", "1.0.0", "1.0.3", "1.3.0", "2.4.11", "3.0.0", "3.1.0",
    "3.2.0", "3.8.0", "3.10.0", "3.12.0", "3.13.0", "3.18.2", "4.1.2", "4.2.0", "4.4.0", "4.6.2", "4.8.6", "5.0.0",
    "5.2.0", "5.4.3", "6.0.0", "6.1.0", "6.2.0", "6.5.0", "6.8.0", "6.13.1", "7.0.0", "7.2.0", "7.10.1", "7.13.0",
    "8.0.0", "8.1.0", "8.7.1", "8.8.1",
];

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// A document as JSON for the wire: dates as ISO text.
fn wire(document: &Document) -> Json {
    Json::Object(document.iter().map(|(name, value)| (name.to_string(), wire_value(value))).collect::<Map<_, _>>())
}

fn wire_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int32(number) => json!(number),
        Value::Int64(number) => json!(number),
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole")]
        Value::Double(number) if number.fract() == 0.0 => json!(*number as i64),
        Value::Double(number) => json!(number),
        Value::String(text) => json!(text),
        Value::Date(ms) => {
            let text = jiff::Timestamp::from_millisecond(*ms).unwrap();
            json!(format!("{text:.3}"))
        }
        Value::Array(items) => items.iter().map(wire_value).collect(),
        Value::Object(fields) => wire(fields),
        Value::Regex(_) | Value::Binary(_) => panic!("no record holds {value:?}"),
    }
}

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
fn every_record_of_every_age_fits_its_schema() {
    for text in VERSIONS {
        let era = RecordEra::for_version(version(text));
        let schema: Json = serde_json::from_str(era.schema()).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        for (at, record) in seeded(text, None).iter().enumerate() {
            let errors: Vec<String> = validator
                .iter_errors(&wire(record))
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{text}, record {at}: {errors:#?}");
        }
    }
}

#[test]
fn no_schema_accepts_a_record_without_its_core() {
    for text in VERSIONS {
        let era = RecordEra::for_version(version(text));
        let schema: Json = serde_json::from_str(era.schema()).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let record = wire(seeded(text, Some(1)).last().unwrap());
        let required = schema["required"].as_array().unwrap();
        assert!(required.len() >= 22, "{text}");
        for name in required {
            let mut without = record.clone();
            without.as_object_mut().unwrap().shift_remove(name.as_str().unwrap()).unwrap();
            assert!(!validator.is_valid(&without), "{text} without {name}");
        }
        assert!(!validator.is_valid(&json!({})), "{text}");
    }
}

/// A relation between the fields of one record.
struct Relation {
    name: &'static str,
    /// The versions in which it holds, the second excluded.
    versions: (&'static str, &'static str),
    holds: fn(&Json) -> bool,
}

fn n(record: &Json, name: &str) -> i64 {
    record.pointer(&format!("/{name}")).and_then(Json::as_i64).unwrap_or_else(|| panic!("{name} in {record}"))
}

fn f(record: &Json, name: &str) -> f64 {
    record.pointer(&format!("/{name}")).and_then(Json::as_f64).unwrap_or_else(|| panic!("{name} in {record}"))
}

fn sum(items: &Json, name: &str) -> i64 {
    items.as_array().unwrap().iter().map(|item| n(item, name)).sum()
}

fn text<'a>(record: &'a Json, name: &str) -> &'a str {
    record[name].as_str().unwrap_or_else(|| panic!("{name} in {record}"))
}

const EVER: (&str, &str) = ("0.51.0", "9.0.0");

const RELATIONS: &[Relation] = &[
    Relation {
        name: "1: users are active or not",
        versions: ("0.51.0", "3.0.0"),
        holds: |r| n(r, "nonActiveUsers") == n(r, "totalUsers") - n(r, "activeUsers"),
    },
    Relation {
        name: "2: some users are in neither count",
        versions: ("3.0.0", "9.0.0"),
        holds: |r| n(r, "activeUsers") + n(r, "nonActiveUsers") < n(r, "totalUsers"),
    },
    Relation {
        name: "3: who is neither online nor away is offline",
        versions: ("0.51.0", "3.11.0"),
        holds: |r| n(r, "offlineUsers") == n(r, "totalUsers") - n(r, "onlineUsers") - n(r, "awayUsers"),
    },
    Relation {
        name: "4: nor busy",
        versions: ("3.11.0", "9.0.0"),
        holds: |r| {
            n(r, "offlineUsers") == n(r, "totalUsers") - n(r, "onlineUsers") - n(r, "awayUsers") - n(r, "busyUsers")
        },
    },
    Relation {
        name: "5: connected users are online or away",
        versions: ("1.0.0", "9.0.0"),
        holds: |r| n(r, "totalConnectedUsers") == n(r, "onlineUsers") + n(r, "awayUsers"),
    },
    Relation {
        name: "6: every user has a language or none",
        versions: ("3.12.0", "9.0.0"),
        holds: |r| {
            r["userLanguages"].as_object().unwrap().values().map(|count| count.as_i64().unwrap()).sum::<i64>()
                == n(r, "totalUsers")
        },
    },
    Relation {
        name: "7: the total has the rooms of every kind",
        versions: EVER,
        holds: |r| {
            let livechat = if r.get("totlalLivechat").is_some() { "totlalLivechat" } else { "totalLivechat" };
            let kinds = ["totalChannels", "totalPrivateGroups", "totalDirect", livechat];
            n(r, "totalRooms") >= kinds.iter().map(|kind| n(r, kind)).sum::<i64>()
        },
    },
    Relation {
        name: "8: discussions are channels or groups",
        versions: ("1.0.0", "9.0.0"),
        holds: |r| n(r, "totalDiscussions") <= n(r, "totalChannels") + n(r, "totalPrivateGroups"),
    },
    Relation {
        name: "9: messages are the sum of their parts",
        versions: ("3.1.0", "9.0.0"),
        holds: |r| {
            let parts =
                ["totalChannelMessages", "totalPrivateGroupMessages", "totalDirectMessages", "totalLivechatMessages"];
            let discussions = r.get("totalDiscussionsMessages").map_or(0, |count| count.as_i64().unwrap());
            n(r, "totalMessages") == parts.iter().map(|part| n(r, part)).sum::<i64>() + discussions
        },
    },
    Relation {
        name: "10: counters of rooms are not lowered",
        versions: ("0.51.0", "3.1.0"),
        holds: |r| {
            let parts =
                ["totalChannelMessages", "totalPrivateGroupMessages", "totalDirectMessages", "totalLivechatMessages"];
            parts.iter().map(|part| n(r, part)).sum::<i64>() + 4 > n(r, "totalMessages")
        },
    },
    Relation {
        name: "11: installed, created, updated",
        versions: EVER,
        holds: |r| text(r, "installedAt") <= text(r, "createdAt") && text(r, "createdAt") <= text(r, "_updatedAt"),
    },
    Relation {
        name: "12: nothing happened after the record",
        versions: EVER,
        holds: |r| {
            ["lastLogin", "lastMessageSentAt", "lastSeenSubscription"].iter().all(|name| {
                r.get(name)
                    .and_then(Json::as_str)
                    .is_none_or(|at| at.is_empty() || instant(at) <= instant(text(r, "createdAt")))
            })
        },
    },
    Relation {
        name: "13: a process is younger than its host",
        versions: EVER,
        holds: |r| f(r, "process/uptime") > 0.0 && f(r, "process/uptime") <= f(r, "os/uptime"),
    },
    Relation {
        name: "14: memory and load",
        versions: EVER,
        holds: |r| {
            n(r, "os/freemem") <= n(r, "os/totalmem")
                && r["os"]["loadavg"].as_array().is_some_and(|load| load.len() == 3)
        },
    },
    Relation {
        name: "15: webhooks come in or go out",
        versions: ("1.3.0", "9.0.0"),
        holds: |r| {
            let i = &r["integrations"];
            n(i, "totalIntegrations") == n(i, "totalIncoming") + n(i, "totalOutgoing")
                && n(i, "totalIncomingActive") <= n(i, "totalIncoming")
                && n(i, "totalOutgoingActive") <= n(i, "totalOutgoing")
        },
    },
    Relation {
        name: "16: apps are installed, or not known",
        versions: ("1.3.0", "9.0.0"),
        holds: |r| {
            let apps = &r["apps"];
            let count = |name| apps.get(name).map_or(0, |count| count.as_i64().unwrap());
            if apps["totalInstalled"] == json!(false) {
                return apps
                    .as_object()
                    .unwrap()
                    .iter()
                    .all(|(name, value)| name == "engineVersion" || *value == json!(false));
            }
            count("totalActive") + count("totalFailed") <= count("totalInstalled")
                && count("totalPrivateAppsEnabled") <= count("totalPrivateApps")
                && count("totalPrivateApps") <= count("totalInstalled")
        },
    },
    Relation {
        name: "17: a day's peak is at most the month's",
        versions: ("6.5.0", "9.0.0"),
        holds: |r| n(r, "dailyPeakConnections") <= n(r, "maxMonthlyPeakConnections"),
    },
    Relation {
        name: "18: contacts are the sum over sources",
        versions: ("6.5.0", "9.0.0"),
        holds: |r| {
            [
                "omnichannelContactsBySource",
                "uniqueContactsOfLastMonth",
                "uniqueContactsOfLastWeek",
                "uniqueContactsOfYesterday",
            ]
            .iter()
            .all(|name| {
                let block = &r[name];
                ["contactsCount", "conversationsCount"]
                    .iter()
                    .all(|name| n(block, name) == sum(&block["sources"], name))
            })
        },
    },
    Relation {
        name: "19: blocked in part or in full",
        versions: ("7.2.0", "9.0.0"),
        holds: |r| {
            let c = &r["contactVerification"];
            n(c, "totalPartiallyBlockedContacts") == n(c, "totalBlockedContacts") - n(c, "totalFullyBlockedContacts")
        },
    },
    Relation {
        name: "20: contacts are known or not",
        versions: ("7.2.0", "9.0.0"),
        holds: |r| {
            let c = &r["contactVerification"];
            n(c, "totalUnknownContacts") + n(c, "totalVerifiedContacts") <= n(c, "totalContacts")
        },
    },
    Relation {
        name: "22: connected servers are counted",
        versions: ("6.5.0", "9.0.0"),
        holds: |r| {
            let servers = &r["matrixFederation"]["externalConnectedServers"];
            servers["quantity"] == json!(servers["servers"].as_array().unwrap().len())
        },
    },
    Relation {
        name: "23: unique users are the sum over roles",
        versions: ("0.74.1", "9.0.0"),
        holds: |r| {
            blocks(r, "uniqueUsers").all(|block| {
                block["data"].as_array().unwrap().iter().all(|element| {
                    ["count", "sessions", "time"].iter().all(|name| n(element, name) == sum(&element["roles"], name))
                })
            })
        },
    },
    Relation {
        name: "24: a day, a week, a month",
        versions: ("3.10.0", "9.0.0"),
        holds: |r| {
            let count = |name: &str| r[name]["data"].get(0).map_or(0, |element| n(element, "count"));
            count("uniqueUsersOfYesterday") <= count("uniqueUsersOfLastWeek")
                && count("uniqueUsersOfLastWeek") <= count("uniqueUsersOfLastMonth")
        },
    },
    Relation {
        name: "25: archived departments, public fields",
        versions: ("6.8.0", "9.0.0"),
        holds: |r| {
            n(r, "archivedDepartments") <= n(r, "departments")
                && n(r, "totalLivechatPublicCustomFields") <= n(r, "totalCustomFields")
        },
    },
    Relation {
        name: "25: default rooms of teams",
        versions: ("4.8.0", "9.0.0"),
        holds: |r| n(r, "teams/totalDefaultRoomsInsideTeams") <= n(r, "teams/totalRoomsInsideTeams"),
    },
    Relation { name: "26: an instance runs", versions: EVER, holds: |r| n(r, "instanceCount") >= 1 },
    Relation {
        name: "27: the enterprise code is there",
        versions: ("3.1.0", "9.0.0"),
        holds: |r| r["enterpriseReady"] == json!(true),
    },
    Relation {
        name: "blocks tell the day before",
        versions: ("0.74.1", "9.0.0"),
        holds: |r| {
            let day = instant(text(r, "createdAt")) - jiff::SignedDuration::from_hours(24);
            blocks(r, "unique").filter(|block| block.get("year").is_some()).all(|block| {
                format!("{:04}-{:02}-{:02}", n(block, "year"), n(block, "month"), n(block, "day"))
                    == day.to_string()[..10]
            })
        },
    },
];

fn blocks<'a>(record: &'a Json, prefix: &'static str) -> impl Iterator<Item = &'a Json> {
    record.as_object().unwrap().iter().filter(move |(name, _)| name.starts_with(prefix)).map(|(_, block)| block)
}

/// The instant of ISO text or of JavaScript's date text.
fn instant(text: &str) -> jiff::Timestamp {
    text.parse().unwrap_or_else(|_| {
        let (date, zone) = text.split_once(" GMT").unwrap();
        assert_eq!(zone, "+0000 (Coordinated Universal Time)");
        let date = jiff::civil::DateTime::strptime("%a %b %d %Y %H:%M:%S", date).unwrap();
        jiff::tz::Offset::UTC.to_timestamp(date).unwrap()
    })
}

#[test]
fn what_holds_between_fields_holds_in_every_record() {
    let relations: Vec<_> = RELATIONS
        .iter()
        .map(|relation| (relation, version(relation.versions.0)..version(relation.versions.1)))
        .collect();
    for text in VERSIONS {
        // Few records leap, many creep; the long one is made in few versions, for time's sake.
        for records in [Some(7), None, Some(1000)] {
            if records == Some(1000) && !["0.61.0", "3.18.2", "8.7.1"].contains(text) {
                continue;
            }
            for (at, record) in seeded(text, records).iter().enumerate() {
                let record = wire(record);
                let made_by = version(record["version"].as_str().unwrap());
                for (relation, holds_in) in &relations {
                    if holds_in.contains(&made_by) {
                        assert!((relation.holds)(&record), "{text}, record {at}: {}: {record}", relation.name);
                    }
                }
            }
        }
    }
}

#[test]
fn what_holds_over_time_holds_in_every_history() {
    for text in VERSIONS {
        let history: Vec<Json> = seeded(text, None).iter().map(wire).collect();
        let mut ids = BTreeSet::new();
        for pair in history.windows(2) {
            let (a, b) = (&pair[0], &pair[1]);
            assert!(
                instant(b["createdAt"].as_str().unwrap()) >= instant(a["createdAt"].as_str().unwrap()),
                "{text}: {b}"
            );
            let told = |record: &Json| version(record["version"].as_str().unwrap());
            assert!(told(a) <= told(b), "{text}: {b}");
            assert!(n(a, "migration/version") <= n(b, "migration/version"), "{text}: {b}");
            for counter in ["dashboardCount", "joinJitsiButton", "totalTriggeredEmails", "totalManuallyAddedUsers"] {
                if let (Some(before), Some(after)) =
                    (a.get(counter).and_then(Json::as_i64), b.get(counter).and_then(Json::as_i64))
                {
                    assert!(before <= after, "{text}: {counter}");
                }
            }
            assert!(ids.insert(a["_id"].as_str().unwrap().to_owned()), "{text}: {a}");
        }
        assert_eq!(version(history.last().unwrap()["version"].as_str().unwrap()), version(text));
    }
}

#[test]
fn ids_tokens_and_spacing_are_those_of_the_age() {
    for text in VERSIONS {
        let v = version(text);
        for record in seeded(text, None).iter().map(wire) {
            let id = record["_id"].as_str().unwrap();
            let created = instant(record["createdAt"].as_str().unwrap());
            if v < version("4.2.0") {
                assert_eq!(id.len(), 17, "{text}");
                assert!(!id.contains(['0', '1', 'I', 'O', 'U', 'V', 'l']), "{text}: {id}");
            } else {
                assert_eq!(id.len(), 24, "{text}");
                assert_eq!(i64::from_str_radix(&id[..8], 16).unwrap(), created.as_second(), "{text}: {record}");
            }
            if let Some(token) = record.get("statsToken") {
                assert!(v >= version("6.5.0"));
                use base64::Engine as _;
                let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
                let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
                let payload: Json = serde_json::from_slice(&payload).unwrap();
                assert_eq!(payload["recordId"], record["_id"], "{text}");
                assert_eq!(payload["uniqueId"], record["uniqueId"], "{text}");
            }
        }
        let history: Vec<jiff::Timestamp> =
            seeded(text, None).iter().map(|record| instant(wire(record)["createdAt"].as_str().unwrap())).collect();
        let hours = history.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() / 3600.0);
        let usual = if v < version("5.0.0") { 1.0 } else { 24.0 };
        let regular = hours.filter(|hours| (hours / usual - 1.0).abs() < 0.01).count();
        assert!(regular > 210, "{text}: {regular} of 239 records follow the one before by {usual} h");
        let on_the_minute = history.iter().filter(|time| time.as_millisecond() % 60_000 < 5_000).count();
        assert!(on_the_minute > 225, "{text}: {on_the_minute}");
    }
}

#[test]
fn dates_are_stored_as_the_age_stores_them() {
    for text in VERSIONS {
        let era = RecordEra::for_version(version(text));
        for record in seeded(text, None) {
            let again = document_from_json(&wire(&record), era.date_paths());
            assert_eq!(again, record, "{text}");
        }
    }
    let stored = |text: &str, name: &str| matches!(seeded(text, Some(1))[0].get(name), Some(Value::Date(_)));
    assert!(stored("5.2.0", "installedAt") && !stored("5.3.0", "installedAt"));
    assert!(stored("6.1.0", "lastLogin") && !stored("6.2.0", "lastLogin"));
    assert!(stored("8.7.0", "lastMessageSentAt"));
}

#[test]
fn fields_come_and_go_with_versions() {
    let has = |text: &str, name: &str| seeded(text, Some(1))[0].get(name).is_some();
    for (name, before, since) in [
        ("totalLivechat", "0.65.2", "0.66.0"),
        ("totalLivechatVisitors", "0.66.0", "0.70.0"),
        ("totalThreads", "0.74.3", "1.0.0"),
        ("uniqueOSOfLastMonth", "1.0.2", "1.0.3"),
        ("appUsers", "2.4.11", "3.0.0"),
        ("activeGuests", "3.1.0", "3.2.0"),
        ("userLanguages", "3.11.0", "3.12.0"),
        ("settings", "4.2.0", "4.4.0"),
        ("importer", "4.6.0", "4.8.0"),
        ("matrixFederation", "5.2.0", "5.3.0"),
        ("totalDiscussionsMessages", "6.4.0", "6.5.0"),
        ("contactVerification", "7.1.0", "7.2.0"),
        ("fips", "8.6.0", "8.7.0"),
        ("teams", "4.7.0", "4.8.0"),
    ] {
        assert!(!has(before, name) && has(since, name), "{name} comes with {since}");
    }
    for (name, last, gone) in [
        ("totlalLivechat", "0.65.2", "0.66.0"),
        ("federatedServersActive", "1.3.0", "2.0.0"),
        ("teams", "4.5.0", "4.6.0"),
        ("matrixBridgeEnabled", "5.2.0", "5.3.0"),
        ("totalRoomsWithActiveLivestream", "6.11.0", "6.12.0"),
        ("totalOTR", "7.13.0", "8.0.0"),
        ("federatedUsers", "8.1.0", "8.2.0"),
    ] {
        assert!(has(last, name) && !has(gone, name), "{name} goes with {gone}");
    }
    let nested = |text: &str, outer: &str, inner: &str| wire(&seeded(text, Some(1))[0])[outer].get(inner).is_some();
    assert!(nested("1.2.0", "wizard", "siteName") && !nested("1.3.0", "wizard", "siteName"));
    assert!(nested("5.4.0", "apps", "enabled") && !nested("6.0.0", "apps", "enabled"));
    assert!(nested("7.13.0", "settings", "otr") && !nested("8.0.0", "settings", "otr"));
    assert!(!nested("7.10.0", "apps", "totalPrivateApps") && nested("7.11.0", "apps", "totalPrivateApps"));
    assert!(!has("0.54.0", "deploy") && has("0.55.0", "deploy"));
}

#[test]
fn fields_are_in_the_order_in_which_the_server_writes_them() {
    let names =
        |text: &str| -> Vec<String> { seeded(text, Some(1))[0].iter().map(|(name, _)| name.to_string()).collect() };
    let at = |names: &[String], name: &str| names.iter().position(|other| other == name).unwrap();
    let old = names("0.61.0");
    let expected = "_id uniqueId installedAt version totalUsers activeUsers nonActiveUsers onlineUsers awayUsers offlineUsers \
        totalRooms totalChannels totalPrivateGroups totalDirect totlalLivechat totalMessages totalChannelMessages \
        totalPrivateGroupMessages totalDirectMessages totalLivechatMessages lastLogin lastMessageSentAt lastSeenSubscription \
        os process deploy migration instanceCount createdAt _updatedAt";
    assert_eq!(old.join(" "), expected);
    let expected = "_id wizard uniqueId installedAt version totalUsers activeUsers activeGuests nonActiveUsers appUsers \
        onlineUsers awayUsers totalConnectedUsers offlineUsers totalRooms totalChannels totalPrivateGroups totalDirect \
        totalLivechat totalDiscussions totalThreads totalLivechatVisitors totalLivechatAgents livechatEnabled \
        totalChannelMessages totalPrivateGroupMessages totalDirectMessages totalLivechatMessages totalMessages \
        federatedServers federatedUsers lastLogin lastMessageSentAt lastSeenSubscription os process deploy enterpriseReady \
        uploadsTotal uploadsTotalSize migration instanceCount oplogEnabled mongoVersion mongoStorageEngine \
        uniqueUsersOfYesterday uniqueUsersOfLastWeek uniqueUsersOfLastMonth uniqueDevicesOfYesterday \
        uniqueDevicesOfLastWeek uniqueDevicesOfLastMonth uniqueOSOfYesterday uniqueOSOfLastWeek uniqueOSOfLastMonth apps \
        integrations pushQueue enterprise createdAt _updatedAt";
    assert_eq!(names("3.10.0").join(" "), expected);
    let new = names("8.7.1");
    assert_eq!(at(&new, "_id"), 0);
    assert_eq!(at(&new, "createdAt"), new.len() - 3);
    assert_eq!(at(&new, "_updatedAt"), new.len() - 2);
    assert_eq!(at(&new, "statsToken"), new.len() - 1);
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
