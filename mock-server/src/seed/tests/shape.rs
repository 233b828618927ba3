//! Fields, types, order, ids and dates of each age.

use crate::seed::{RecordEra, document_from_json};
use base64::Engine as _;
use mongo_query::Value;
use serde_json::{Value as Json, json};

use super::{VERSIONS, instant, seeded, version, wire};

#[test]
fn every_record_of_every_age_fits_its_schema() {
    for text in VERSIONS {
        let era = RecordEra::for_version(version(text));
        let schema: Json = era.schema();
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
        let schema: Json = era.schema();
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
