//! What may be relied on between the fields of a record, and between records.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{VERSIONS, f, instant, n, seeded, sum, text, version, wire};

/// A relation between the fields of one record.
pub(crate) struct Relation {
    pub(crate) name: &'static str,
    /// The versions in which it holds, the second excluded.
    pub(crate) versions: (&'static str, &'static str),
    pub(crate) holds: fn(&Json) -> bool,
}

/// In every version.
const EVER: (&str, &str) = ("0.51.0", "9.0.0");

pub(crate) const RELATIONS: &[Relation] = &[
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
            // On one host, without a new start in between, processors have worked longer.
            let same_host = a["os"]["release"] == b["os"]["release"] && f(a, "os/uptime") <= f(b, "os/uptime");
            if same_host {
                for time in ["user", "nice", "sys", "idle", "irq"] {
                    let worked = |record: &Json| n(record, &format!("os/cpus/0/times/{time}"));
                    assert!(worked(a) <= worked(b), "{text}: {time}: {b}");
                }
            }
            assert!(ids.insert(a["_id"].as_str().unwrap().to_owned()), "{text}: {a}");
        }
        assert_eq!(version(history.last().unwrap()["version"].as_str().unwrap()), version(text));
    }
}
