//! What stands in a record. One record is spoiled, late in the list: looking at the first page would not show it.

use serde_json::{Value, json};

use crate::self_test::Fault;

/// Where the spoiled record lies between the oldest (0) and the newest (1).
const LATE: f64 = 0.62;

fn add(record: &mut Value, pointer: &str, by: i64) {
    if let Some(value) = record.pointer_mut(pointer)
        && let Some(number) = value.as_i64()
    {
        *value = json!(number + by);
    }
}

fn put(record: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = record.pointer_mut(pointer) {
        *place = value;
    }
}

fn drop_member(record: &mut Value, name: &str) {
    if let Value::Object(members) = record {
        members.shift_remove(name);
    }
}

macro_rules! fault {
    ($id:literal, $what:literal, $pointer:literal, $catches:expr, $change:expr) => {
        Fault {
            id: $id,
            what: $what,
            pointer: $pointer,
            catches: $catches,
            spoil: |server, request| server.spoil_record(request, LATE, $change),
        }
    };
}

/// A time far after every record's own.
const LATER: &str = "2124-01-01T00:00:00.000Z";

pub(super) const FAULTS: &[Fault] = &[
    fault!("FAULT-LIST-RECORD-001", "totalRooms is missing", "/statistics/*/totalRooms", &["LIST-TYPE-011"], |r| {
        drop_member(r, "totalRooms");
    }),
    fault!("FAULT-LIST-RECORD-002", "createdAt is missing", "/statistics/*/createdAt", &["LIST-TYPE-011"], |r| {
        drop_member(r, "createdAt");
    }),
    fault!("FAULT-LIST-RECORD-003", "uniqueId is missing", "/statistics/*/uniqueId", &["LIST-TYPE-011"], |r| {
        drop_member(r, "uniqueId");
    }),
    fault!("FAULT-LIST-RECORD-004", "totalChannels is text", "/statistics/*/totalChannels", &["LIST-TYPE-007"], |r| {
        put(r, "/totalChannels", json!("12"));
    }),
    fault!("FAULT-LIST-RECORD-005", "totalRooms is negative", "/statistics/*/totalRooms", &["LIST-TYPE-007"], |r| put(
        r,
        "/totalRooms",
        json!(-3)
    )),
    fault!("FAULT-LIST-RECORD-006", "totalUsers has a fraction", "/statistics/*/totalUsers", &["LIST-TYPE-006"], |r| {
        put(r, "/totalUsers", json!(80.5));
    }),
    fault!("FAULT-LIST-RECORD-007", "totalMessages is null", "/statistics/*/totalMessages", &["LIST-TYPE-008"], |r| {
        put(r, "/totalMessages", Value::Null);
    }),
    fault!("FAULT-LIST-RECORD-008", "_id has letters no id has", "/statistics/*/_id", &["LIST-TYPE-005"], |r| put(
        r,
        "/_id",
        json!("not an id!")
    )),
    fault!("FAULT-LIST-RECORD-009", "_id is missing", "/statistics/*/_id", &["LIST-TYPE-011"], |r| drop_member(
        r, "_id"
    )),
    fault!("FAULT-LIST-RECORD-010", "_id is a number", "/statistics/*/_id", &["LIST-TYPE-005"], |r| put(
        r,
        "/_id",
        json!(17)
    )),
    fault!(
        "FAULT-LIST-RECORD-011",
        "createdAt has no milliseconds",
        "/statistics/*/createdAt",
        &["LIST-TYPE-002"],
        |r| {
            if let Some(text) = r["createdAt"].as_str() {
                let cut = text.get(..19).map(|text| format!("{text}Z"));
                r["createdAt"] = json!(cut);
            }
        }
    ),
    fault!("FAULT-LIST-RECORD-012", "createdAt is a number", "/statistics/*/createdAt", &["LIST-TYPE-002"], |r| put(
        r,
        "/createdAt",
        json!(1_519_485_180_312_i64)
    )),
    fault!(
        "FAULT-LIST-RECORD-013",
        "createdAt is an EJSON object",
        "/statistics/*/createdAt",
        &["LIST-TYPE-002"],
        |r| put(r, "/createdAt", json!({"$date": 1_519_485_180_312_i64}))
    ),
    fault!("FAULT-LIST-RECORD-014", "_updatedAt has a zone", "/statistics/*/_updatedAt", &["LIST-TYPE-003"], |r| {
        if let Some(text) = r["_updatedAt"].as_str() {
            r["_updatedAt"] = json!(text.replace('Z', "+00:00"));
        }
    }),
    fault!(
        "FAULT-LIST-RECORD-015",
        "installedAt is a date in words",
        "/statistics/*/installedAt",
        &["LIST-TYPE-004"],
        |r| put(r, "/installedAt", json!("18 February 2018"))
    ),
    fault!("FAULT-LIST-RECORD-016", "version is no version", "/statistics/*/version", &["LIST-TYPE-009"], |r| put(
        r,
        "/version",
        json!("develop")
    )),
    fault!("FAULT-LIST-RECORD-017", "uniqueId is empty", "/statistics/*/uniqueId", &["LIST-TYPE-010"], |r| put(
        r,
        "/uniqueId",
        json!("")
    )),
    fault!("FAULT-LIST-RECORD-018", "lastLogin is no date", "/statistics/*/lastLogin", &["LIST-TYPE-012"], |r| put(
        r,
        "/lastLogin",
        json!("yesterday")
    )),
    fault!(
        "FAULT-LIST-RECORD-019",
        "lastSeenSubscription is a number",
        "/statistics/*/lastSeenSubscription",
        &["LIST-TYPE-013"],
        |r| put(r, "/lastSeenSubscription", json!(5))
    ),
    fault!(
        "FAULT-LIST-RECORD-020",
        "lastMessageSentAt is an object",
        "/statistics/*/lastMessageSentAt",
        &["LIST-TYPE-014"],
        |r| put(r, "/lastMessageSentAt", json!({"$date": 5}))
    ),
    fault!("FAULT-LIST-RECORD-021", "os.totalmem is text", "/statistics/*/os/totalmem", &["LIST-TYPE-015"], |r| put(
        r,
        "/os/totalmem",
        json!("4G")
    )),
    fault!("FAULT-LIST-RECORD-022", "os.loadavg has one figure", "/statistics/*/os/loadavg", &["LIST-TYPE-015"], |r| {
        put(r, "/os/loadavg", json!([0.1]));
    }),
    fault!("FAULT-LIST-RECORD-023", "os is a name", "/statistics/*/os", &["LIST-TYPE-001"], |r| put(
        r,
        "/os",
        json!("Linux")
    )),
    fault!("FAULT-LIST-RECORD-024", "process.pid is 0", "/statistics/*/process/pid", &["LIST-TYPE-016"], |r| put(
        r,
        "/process/pid",
        json!(0)
    )),
    fault!(
        "FAULT-LIST-RECORD-025",
        "process.nodeVersion has no v",
        "/statistics/*/process/nodeVersion",
        &["LIST-TYPE-016"],
        |r| put(r, "/process/nodeVersion", json!("8.9.4"))
    ),
    fault!(
        "FAULT-LIST-RECORD-026",
        "migration.locked is text",
        "/statistics/*/migration/locked",
        &["LIST-TYPE-017"],
        |r| put(r, "/migration/locked", json!("no"))
    ),
    fault!(
        "FAULT-LIST-RECORD-027",
        "totalMessages is missing",
        "/statistics/*/totalMessages",
        &["LIST-TYPE-001"],
        |r| drop_member(r, "totalMessages")
    ),
    fault!(
        "FAULT-LIST-RECORD-028",
        "instanceCount is a boolean",
        "/statistics/*/instanceCount",
        &["LIST-TYPE-001"],
        |r| put(r, "/instanceCount", json!(true))
    ),
    fault!("FAULT-LIST-RECORD-029", "the record is empty", "/statistics/*", &["LIST-TYPE-001", "LIST-TYPE-011"], |r| {
        *r = json!({"_id": r["_id"]});
    }),
    fault!(
        "FAULT-LIST-RECORD-030",
        "nonActiveUsers is one too many",
        "/statistics/*/nonActiveUsers",
        &["LIST-FIELD-001"],
        |r| add(r, "/nonActiveUsers", 1)
    ),
    fault!(
        "FAULT-LIST-RECORD-031",
        "activeUsers are more than the users",
        "/statistics/*/activeUsers",
        &["LIST-FIELD-003"],
        |r| add(r, "/activeUsers", 100_000)
    ),
    fault!(
        "FAULT-LIST-RECORD-032",
        "totalChannels are more than the rooms",
        "/statistics/*/totalChannels",
        &["LIST-FIELD-004"],
        |r| add(r, "/totalChannels", 100_000)
    ),
    fault!(
        "FAULT-LIST-RECORD-033",
        "offlineUsers is one too many",
        "/statistics/*/offlineUsers",
        &["LIST-FIELD-005", "LIST-FIELD-006"],
        |r| add(r, "/offlineUsers", 1)
    ),
    fault!(
        "FAULT-LIST-RECORD-034",
        "onlineUsers are more than the users",
        "/statistics/*/onlineUsers",
        &["LIST-FIELD-007"],
        |r| add(r, "/onlineUsers", 100_000)
    ),
    fault!(
        "FAULT-LIST-RECORD-035",
        "totalConnectedUsers is one too many",
        "/statistics/*/totalConnectedUsers",
        &["LIST-FIELD-008"],
        |r| add(r, "/totalConnectedUsers", 1)
    ),
    fault!(
        "FAULT-LIST-RECORD-036",
        "userLanguages do not add up",
        "/statistics/*/userLanguages",
        &["LIST-FIELD-009"],
        |r| add(r, "/userLanguages/none", 100)
    ),
    fault!(
        "FAULT-LIST-RECORD-037",
        "discussions are more than the rooms",
        "/statistics/*/totalDiscussions",
        &["LIST-FIELD-012"],
        |r| add(r, "/totalDiscussions", 100_000)
    ),
    fault!(
        "FAULT-LIST-RECORD-038",
        "totalMessages is not the sum of its parts",
        "/statistics/*/totalMessages",
        &["LIST-FIELD-013", "LIST-FIELD-014"],
        |r| add(r, "/totalMessages", 1)
    ),
    fault!(
        "FAULT-LIST-RECORD-039",
        "installed after it was created",
        "/statistics/*/installedAt",
        &["LIST-FIELD-016"],
        |r| put(r, "/installedAt", json!(LATER))
    ),
    fault!(
        "FAULT-LIST-RECORD-040",
        "updated before it was created",
        "/statistics/*/_updatedAt or /statistics/*/createdAt",
        &["LIST-FIELD-017"],
        |r| put(r, "/_updatedAt", json!("2001-01-01T00:00:00.000Z"))
    ),
    fault!(
        "FAULT-LIST-RECORD-041",
        "the last login lies after the record",
        "/statistics/*/lastLogin",
        &["LIST-FIELD-018"],
        |r| {
            let words = r["lastLogin"].as_str().is_some_and(|text| text.contains("GMT"));
            put(
                r,
                "/lastLogin",
                json!(if words { "Sat Jan 01 2124 00:00:00 GMT+0000 (Coordinated Universal Time)" } else { LATER }),
            );
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-042",
        "the last message lies after the record",
        "/statistics/*/lastMessageSentAt",
        &["LIST-FIELD-019"],
        |r| put(r, "/lastMessageSentAt", json!(LATER))
    ),
    fault!(
        "FAULT-LIST-RECORD-043",
        "the last read mark lies after the record",
        "/statistics/*/lastSeenSubscription",
        &["LIST-FIELD-020"],
        |r| {
            let words = r["lastSeenSubscription"].as_str().is_some_and(|text| text.contains("GMT"));
            put(
                r,
                "/lastSeenSubscription",
                json!(if words { "Sat Jan 01 2124 00:00:00 GMT+0000 (Coordinated Universal Time)" } else { LATER }),
            );
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-044",
        "free memory is more than all memory",
        "/statistics/*/os/freemem",
        &["LIST-FIELD-021"],
        |r| put(r, "/os/freemem", json!(900_000_000_000_i64))
    ),
    fault!(
        "FAULT-LIST-RECORD-045",
        "integrations do not add up",
        "/statistics/*/integrations/totalIntegrations",
        &["LIST-FIELD-023"],
        |r| add(r, "/integrations/totalIntegrations", 1)
    ),
    fault!(
        "FAULT-LIST-RECORD-046",
        "more active integrations than there are",
        "/statistics/*/integrations",
        &["LIST-FIELD-024"],
        |r| add(r, "/integrations/totalIncomingActive", 1000)
    ),
    fault!(
        "FAULT-LIST-RECORD-047",
        "more active apps than installed",
        "/statistics/*/apps",
        &["LIST-FIELD-025"],
        |r| put(r, "/apps/totalActive", json!(1000))
    ),
    fault!(
        "FAULT-LIST-RECORD-048",
        "the daily peak is above the monthly one",
        "/statistics/*",
        &["LIST-FIELD-026"],
        |r| add(r, "/dailyPeakConnections", 100_000)
    ),
    fault!(
        "FAULT-LIST-RECORD-049",
        "contacts do not add up over their sources",
        "/statistics/*/uniqueContactsOfLastMonth",
        &["LIST-FIELD-027"],
        |r| add(r, "/uniqueContactsOfLastMonth/contactsCount", 1)
    ),
    fault!(
        "FAULT-LIST-RECORD-050",
        "partially blocked contacts do not add up",
        "/statistics/*",
        &["LIST-FIELD-028"],
        |r| add(r, "/contactVerification/totalPartiallyBlockedContacts", 1)
    ),
    fault!(
        "FAULT-LIST-RECORD-051",
        "federated servers are not counted",
        "/statistics/*/matrixFederation",
        &["LIST-FIELD-030"],
        |r| add(r, "/matrixFederation/externalConnectedServers/quantity", 1)
    ),
    fault!(
        "FAULT-LIST-RECORD-052",
        "users of a day do not add up",
        "/statistics/*/uniqueUsersOfYesterday",
        &["LIST-FIELD-031"],
        |r| add(r, "/uniqueUsersOfYesterday/data/0/count", 1)
    ),
    fault!(
        "FAULT-LIST-RECORD-053",
        "more archived departments than departments",
        "/statistics/*",
        &["LIST-FIELD-033"],
        |r| add(r, "/archivedDepartments", 1000)
    ),
    fault!(
        "FAULT-LIST-RECORD-054",
        "more public custom fields than custom fields",
        "/statistics/*",
        &["LIST-FIELD-034"],
        |r| add(r, "/totalLivechatPublicCustomFields", 1000)
    ),
    fault!(
        "FAULT-LIST-RECORD-055",
        "more default rooms of teams than rooms",
        "/statistics/*/teams",
        &["LIST-FIELD-035"],
        |r| add(r, "/teams/totalDefaultRoomsInsideTeams", 1000)
    ),
    fault!(
        "FAULT-LIST-RECORD-056",
        "enterpriseReady is false",
        "/statistics/*/enterpriseReady",
        &["LIST-FIELD-037"],
        |r| put(r, "/enterpriseReady", json!(false))
    ),
    Fault {
        id: "FAULT-LIST-RECORD-057",
        what: "two records share an _id",
        pointer: "/statistics",
        catches: &["LIST-PAGE-041"],
        spoil: |server, request| {
            let other = server.victim(request, 0.3).unwrap_or_default();
            let one = server.victim(request, LATE);
            let reply = server.ask(request);
            if !request.is_list() || !reply.is_ok() {
                return reply;
            }
            reply.each_record(|record| {
                if record.get("_id").and_then(Value::as_str) == one.as_deref() {
                    record["_id"] = json!(other);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-RECORD-058",
        what: "counts of every record are text",
        pointer: "/statistics/*/totalUsers",
        catches: &["LIST-TYPE-006"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if !request.is_list() || !reply.is_ok() {
                return reply;
            }
            reply.each_record(|record| {
                if let Some(users) = record.get("totalUsers").and_then(Value::as_i64) {
                    record["totalUsers"] = json!(users.to_string());
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-RECORD-059",
        what: "the newest record has an offlineUsers too many",
        pointer: "/statistics/*/offlineUsers or /statistics/*/onlineUsers",
        catches: &["LAST-FIELD-001", "LAST-FIELD-002"],
        spoil: |server, request| server.spoil_record(request, 1.0, |record| add(record, "/offlineUsers", 1)),
    },
    fault!("FAULT-LIST-RECORD-060", "_updatedAt is missing", "/statistics/*/_updatedAt", &["LIST-TYPE-011"], |r| {
        drop_member(r, "_updatedAt");
    }),
    fault!(
        "FAULT-LIST-RECORD-061",
        "version is missing",
        "/statistics/*/version",
        &["LIST-TYPE-011"],
        |r| drop_member(r, "version")
    ),
    fault!("FAULT-LIST-RECORD-062", "os is missing", "/statistics/*/os", &["LIST-TYPE-019"], |r| drop_member(r, "os")),
    fault!(
        "FAULT-LIST-RECORD-063",
        "process is missing",
        "/statistics/*/process",
        &["LIST-TYPE-019"],
        |r| drop_member(r, "process")
    ),
    fault!("FAULT-LIST-RECORD-064", "migration is missing", "/statistics/*/migration", &["LIST-TYPE-019"], |r| {
        drop_member(r, "migration");
    }),
    fault!("FAULT-LIST-RECORD-065", "onlineUsers is missing", "/statistics/*/onlineUsers", &["LIST-TYPE-001"], |r| {
        drop_member(r, "onlineUsers");
    }),
    fault!("FAULT-LIST-RECORD-066", "os.cpus is an object", "/statistics/*/os/cpus", &["LIST-TYPE-001"], |r| put(
        r,
        "/os/cpus",
        json!({"0": {}})
    )),
    fault!(
        "FAULT-LIST-RECORD-067",
        "a speed of os.cpus is text",
        "/statistics/*/os/cpus",
        &["LIST-TYPE-001"],
        |r| put(r, "/os/cpus/0/speed", json!("2394"))
    ),
    fault!(
        "FAULT-LIST-RECORD-068",
        "a figure of os.loadavg is text",
        "/statistics/*/os/loadavg",
        &["LIST-TYPE-001"],
        |r| put(r, "/os/loadavg/0", json!("0.1"))
    ),
    fault!(
        "FAULT-LIST-RECORD-069",
        "instanceCount is negative",
        "/statistics/*/instanceCount",
        &["LIST-TYPE-001"],
        |r| put(r, "/instanceCount", json!(-1))
    ),
    fault!(
        "FAULT-LIST-RECORD-070",
        "deploy.method is a number",
        "/statistics/*/deploy/method",
        &["LIST-TYPE-001"],
        |r| put(r, "/deploy/method", json!(1))
    ),
    fault!("FAULT-LIST-RECORD-071", "version is a number", "/statistics/*/version", &["LIST-TYPE-009"], |r| put(
        r,
        "/version",
        json!(6.13)
    )),
    fault!(
        "FAULT-LIST-RECORD-072",
        "process.uptime is text",
        "/statistics/*/process/uptime",
        &["LIST-TYPE-016"],
        |r| put(r, "/process/uptime", json!("73898"))
    ),
    fault!("FAULT-LIST-RECORD-073", "lastLogin is a number", "/statistics/*/lastLogin", &["LIST-TYPE-012"], |r| put(
        r,
        "/lastLogin",
        json!(1_519_476_285_045_i64)
    )),
    fault!("FAULT-LIST-RECORD-074", "createdAt is null", "/statistics/*/createdAt", &["LIST-TYPE-002"], |r| put(
        r,
        "/createdAt",
        Value::Null
    )),
    fault!("FAULT-LIST-RECORD-075", "installedAt is a number", "/statistics/*/installedAt", &["LIST-TYPE-004"], |r| {
        put(r, "/installedAt", json!(1_518_982_845_369_i64));
    }),
    fault!(
        "FAULT-LIST-RECORD-076",
        "totlalLivechat or totalLivechat is text",
        "/statistics/*",
        &["LIST-TYPE-001"],
        |r| {
            put(r, "/totlalLivechat", json!("0"));
            put(r, "/totalLivechat", json!("0"));
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-077",
        "the misspelt name is put right, the right one misspelt",
        "/statistics/*",
        &["LIST-TYPE-001"],
        |r| {
            for (from, to) in [("totlalLivechat", "totalLivechat"), ("totalLivechat", "totlalLivechat")] {
                if let Some(value) = r.get(from).cloned() {
                    drop_member(r, from);
                    r[to] = value;
                    break;
                }
            }
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-078",
        "totalMessages is a fraction",
        "/statistics/*/totalMessages",
        &["LIST-TYPE-008"],
        |r| put(r, "/totalMessages", json!(2408.5))
    ),
    fault!("FAULT-LIST-RECORD-079", "uniqueId is a number", "/statistics/*/uniqueId", &["LIST-TYPE-010"], |r| put(
        r,
        "/uniqueId",
        json!(7)
    )),
    fault!(
        "FAULT-LIST-RECORD-080",
        "migration.version is text",
        "/statistics/*/migration/version",
        &["LIST-TYPE-017"],
        |r| put(r, "/migration/version", json!("106"))
    ),
    fault!("FAULT-LIST-RECORD-081", "the record is null", "/statistics/*", &["LIST-TYPE-001"], |r| *r = Value::Null),
    fault!("FAULT-LIST-RECORD-082", "awayUsers is negative", "/statistics/*/awayUsers", &["LIST-TYPE-006"], |r| put(
        r,
        "/awayUsers",
        json!(-1)
    )),
    fault!(
        "FAULT-LIST-RECORD-083",
        "livechatEnabled is text",
        "/statistics/*/livechatEnabled",
        &["LIST-TYPE-001"],
        |r| put(r, "/livechatEnabled", json!("true"))
    ),
    fault!(
        "FAULT-LIST-RECORD-084",
        "enterprise.modules is null",
        "/statistics/*/enterprise/modules",
        &["LIST-TYPE-001"],
        |r| put(r, "/enterprise/modules", Value::Null)
    ),
    fault!(
        "FAULT-LIST-RECORD-085",
        "apps.totalInstalled is text",
        "/statistics/*/apps/totalInstalled",
        &["LIST-TYPE-001"],
        |r| put(r, "/apps/totalInstalled", json!("6"))
    ),
    fault!(
        "FAULT-LIST-RECORD-086",
        "mongoVersion is a number",
        "/statistics/*/mongoVersion",
        &["LIST-TYPE-001"],
        |r| put(r, "/mongoVersion", json!(6.0))
    ),
    fault!(
        "FAULT-LIST-RECORD-087",
        "uniqueUsersOfYesterday is a list",
        "/statistics/*/uniqueUsersOfYesterday",
        &["LIST-TYPE-001"],
        |r| put(r, "/uniqueUsersOfYesterday", json!([]))
    ),
    fault!("FAULT-LIST-RECORD-088", "uploadsTotal is text", "/statistics/*/uploadsTotal", &["LIST-TYPE-001"], |r| put(
        r,
        "/uploadsTotal",
        json!("9021")
    )),
    fault!(
        "FAULT-LIST-RECORD-089",
        "userLanguages is a list",
        "/statistics/*/userLanguages",
        &["LIST-TYPE-001"],
        |r| put(r, "/userLanguages", json!(["en"]))
    ),
    fault!("FAULT-LIST-RECORD-090", "integrations is missing", "/statistics/*/integrations", &["LIST-TYPE-001"], |r| {
        drop_member(r, "integrations");
    }),
    fault!(
        "FAULT-LIST-RECORD-091",
        "totalConnectedUsers is missing",
        "/statistics/*/totalConnectedUsers",
        &["LIST-TYPE-001"],
        |r| drop_member(r, "totalConnectedUsers")
    ),
    fault!("FAULT-LIST-RECORD-092", "teams is text", "/statistics/*/teams", &["LIST-TYPE-001"], |r| put(
        r,
        "/teams",
        json!("8")
    )),
    fault!("FAULT-LIST-RECORD-093", "wizard is text", "/statistics/*/wizard", &["LIST-TYPE-001"], |r| put(
        r,
        "/wizard",
        json!("done")
    )),
    fault!(
        "FAULT-LIST-RECORD-095",
        "services.ldap is a boolean",
        "/statistics/*/services/ldap",
        &["LIST-TYPE-001"],
        |r| put(r, "/services/ldap", json!(true))
    ),
    Fault {
        id: "FAULT-LIST-RECORD-094",
        what: "statsToken is a number in the records that have one",
        pointer: "/statistics/*/statsToken",
        catches: &["LIST-TYPE-001"],
        // Only records that were reported have one, so no single record is sure to.
        spoil: |server, request| server.spoil_records(request, |record| put(record, "/statsToken", json!(5))),
    },
    fault!(
        "FAULT-LIST-RECORD-096",
        "_updatedAt is no day of the calendar",
        "/statistics/*/_updatedAt",
        &["LIST-TYPE-001"],
        |r| {
            put(r, "/_updatedAt", json!("2018-02-30T10:00:00.000Z"));
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-097",
        "installedAt is no day of the calendar",
        "/statistics/*/installedAt",
        &["LIST-TYPE-001"],
        |r| {
            put(r, "/installedAt", json!("2018-02-30T10:00:00.000Z"));
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-098",
        "lastMessageSentAt is no day of the calendar",
        "/statistics/*/lastMessageSentAt",
        &["LIST-TYPE-001"],
        |r| {
            put(r, "/lastMessageSentAt", json!("2018-02-30T10:00:00.000Z"));
        }
    ),
    Fault {
        id: "FAULT-LIST-RECORD-099",
        what: "no record has os",
        pointer: "/statistics/*/os",
        catches: &["LIST-TYPE-020"],
        spoil: |server, request| {
            server.spoil_records(request, |r| {
                drop_member(r, "os");
            })
        },
    },
    Fault {
        id: "FAULT-LIST-RECORD-100",
        what: "no record has process",
        pointer: "/statistics/*/process",
        catches: &["LIST-TYPE-020"],
        spoil: |server, request| {
            server.spoil_records(request, |r| {
                drop_member(r, "process");
            })
        },
    },
    Fault {
        id: "FAULT-LIST-RECORD-101",
        what: "no record has migration",
        pointer: "/statistics/*/migration",
        catches: &["LIST-TYPE-020"],
        spoil: |server, request| {
            server.spoil_records(request, |r| {
                drop_member(r, "migration");
            })
        },
    },
    Fault {
        id: "FAULT-LIST-RECORD-102",
        what: "no record has deploy",
        pointer: "/statistics/*/deploy",
        catches: &["LIST-TYPE-020"],
        spoil: |server, request| {
            server.spoil_records(request, |r| {
                drop_member(r, "deploy");
            })
        },
    },
    Fault {
        id: "FAULT-LIST-RECORD-103",
        what: "no record has installedAt",
        pointer: "/statistics/*/installedAt",
        catches: &["LIST-TYPE-020"],
        spoil: |server, request| {
            server.spoil_records(request, |r| {
                drop_member(r, "installedAt");
            })
        },
    },
    Fault {
        id: "FAULT-LIST-RECORD-104",
        what: "no record has wizard",
        pointer: "/statistics/*/wizard",
        catches: &["LIST-TYPE-020"],
        spoil: |server, request| {
            server.spoil_records(request, |r| {
                drop_member(r, "wizard");
            })
        },
    },
    Fault {
        id: "FAULT-LIST-RECORD-105",
        what: "no record has services",
        pointer: "/statistics/*/services",
        catches: &["LIST-TYPE-020"],
        spoil: |server, request| {
            server.spoil_records(request, |r| {
                drop_member(r, "services");
            })
        },
    },
    fault!(
        "FAULT-LIST-RECORD-106",
        "one record has no installedAt",
        "/statistics/*/installedAt",
        &["LIST-TYPE-020"],
        |r| {
            drop_member(r, "installedAt");
        }
    ),
    fault!("FAULT-LIST-RECORD-107", "records show joinCode", "/statistics/*/joinCode", &["LIST-TYPE-018"], |r| {
        r["joinCode"] = json!("1234");
    }),
    Fault {
        id: "FAULT-LIST-RECORD-108",
        what: "joinCode comes to those who ask for it",
        pointer: "/statistics/*/joinCode",
        catches: &["LIST-TYPE-021"],
        spoil: |server, request| {
            let asked = request.param("fields").is_some_and(|fields| fields.contains("joinCode"));
            let reply = server.ask(request);
            if asked && request.is_list() {
                reply.each_record(|record| record["joinCode"] = json!("1234"))
            } else {
                reply
            }
        },
    },
    fault!(
        "FAULT-LIST-RECORD-109",
        "oplogEnabled is false where it is written only when true",
        "/statistics/*/oplogEnabled",
        &["LIST-TYPE-001"],
        |r| {
            let old = r.get("version").and_then(Value::as_str).is_some_and(|version| version.starts_with("0."));
            if old {
                r["oplogEnabled"] = json!(false);
            }
        }
    ),
    Fault {
        id: "FAULT-LIST-RECORD-110",
        what: "statsToken is no JWT in the records that have one",
        pointer: "/statistics/*/statsToken",
        catches: &["LIST-TYPE-001"],
        spoil: |server, request| {
            server.spoil_records(request, |r| {
                if r.get("statsToken").is_some_and(Value::is_string) {
                    r["statsToken"] = json!("token");
                }
            })
        },
    },
    fault!(
        "FAULT-LIST-RECORD-111",
        "services.ldap.enabled is text",
        "/statistics/*/services/ldap/enabled",
        &["LIST-TYPE-001"],
        |r| {
            put(r, "/services/ldap/enabled", json!("true"));
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-112",
        "a switch of settings is text",
        "/statistics/*/settings/accounts/account2fa",
        &["LIST-TYPE-001"],
        |r| {
            put(r, "/settings/accounts/account2fa", json!("true"));
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-113",
        "users of a month do not add up",
        "/statistics/*/uniqueUsersOfLastMonth",
        &["LIST-STAT-001"],
        |r| {
            add(r, "/uniqueUsersOfLastMonth/data/0/count", 1);
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-114",
        "sessions of a week do not add up",
        "/statistics/*/uniqueUsersOfLastWeek",
        &["LIST-STAT-001"],
        |r| {
            add(r, "/uniqueUsersOfLastWeek/data/0/sessions", 1);
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-115",
        "the time users spent does not add up",
        "/statistics/*/uniqueUsersOfYesterday",
        &["LIST-STAT-002"],
        |r| {
            add(r, "/uniqueUsersOfYesterday/data/0/time", 1);
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-116",
        "one aggregate is of another day",
        "/statistics/*/uniqueOSOfYesterday/day",
        &["LIST-STAT-003"],
        |r| {
            if let Some(day) = r.pointer("/uniqueOSOfYesterday/day").and_then(Value::as_i64) {
                put(r, "/uniqueOSOfYesterday/day", json!(day % 28 + 1));
            }
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-117",
        "yesterday has more users than its week",
        "/statistics/*/uniqueUsersOfYesterday",
        &["LIST-STAT-004"],
        |r| {
            add(r, "/uniqueUsersOfYesterday/data/0/count", 100_000);
            add(r, "/uniqueUsersOfYesterday/data/0/roles/0/count", 100_000);
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-118",
        "more apps active and failed than installed",
        "/statistics/*/apps",
        &["LIST-STAT-005"],
        |r| {
            put(r, "/apps/totalFailed", json!(1000));
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-119",
        "more private apps than installed ones",
        "/statistics/*/apps",
        &["LIST-STAT-006"],
        |r| {
            put(r, "/apps/totalPrivateApps", json!(1000));
        }
    ),
    fault!(
        "FAULT-LIST-RECORD-120",
        "the last login lies after the record, on a day of another name",
        "/statistics/*/lastLogin",
        &["LIST-FIELD-018"],
        |r| {
            if r["lastLogin"].as_str().is_some_and(|text| text.contains("GMT")) {
                put(r, "/lastLogin", json!("Mon Jan 01 2124 00:00:00 GMT+0000 (Coordinated Universal Time)"));
            }
        }
    ),
    Fault {
        id: "FAULT-LIST-RECORD-121",
        what: "records are cut where the whole list comes at once",
        pointer: "/statistics/*/os",
        catches: &["LIST-SHAPE-013"],
        spoil: |server, request| {
            let whole = request.is_list() && request.number("count") == Some(0);
            let reply = server.ask(request);
            if whole { reply.each_record(|record| drop_member(record, "os")) } else { reply }
        },
    },
];
