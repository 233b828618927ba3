//! The seeds as other modules get them: shape, arithmetic, variety, determinism.

use mock_server::seed::{SeedData, SeedSpec, generate};
use mock_server::version::Version;
use mongo_query::{Document, Value};
use serde_json::{Map, Value as Json, json};

fn seeded(version: &str, records: Option<usize>) -> Vec<Document> {
    let version: Version = version.parse().unwrap();
    let spec = SeedSpec { records, ..SeedSpec::for_version(version) };
    let data = SeedData::embedded(&spec.era).unwrap();
    generate(&spec, &data).collect()
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
