//! What the server says of itself: `info`, its instances, its licence, its OpenAPI document.

use insta::assert_snapshot;
use mock_server::Config;

use crate::client::{Server, documented, start, version};

fn licensed(version: &str) -> Server {
    start(Config { version: Some(version.parse().unwrap()), licensed: true, ..Config::default() })
}

#[test]
fn tells_everybody_its_version() {
    let told = |server: Server| server.get("/api/info").shown();
    assert_snapshot!(told(documented()), @r#"200 {"version":"0.61.0","success":true}"#);
    assert_snapshot!(told(version("2.4.0")), @r#"200 {"version":"2.4.0","success":true}"#);
    assert_snapshot!(told(version("4.8.0")), @r#"200 {"version":"4.8","success":true}"#);
    assert_snapshot!(told(version("6.4.0")), @r#"200 {"version":"6.4","success":true}"#);
    assert_snapshot!(told(version("6.5.0")), @r#"200 {"version":"6.5","minimumClientVersions":{"desktop":"3.9.6","mobile":"4.39.0"},"success":true}"#);
    assert_snapshot!(told(version("7.4.0")), @r#"200 {"version":"7.4","minimumClientVersions":{"desktop":"3.9.6","mobile":"4.39.0"},"success":true}"#);
    assert_snapshot!(told(version("8.6.1")), @r#"200 {"workspaceUrl":"http://chat.example","hashedWorkspaceUrl":"88c87d26648c091fa0442b4e8ca13b95081eac3f3100080455e462a346633d4f","version":"8.6","minimumClientVersions":{"desktop":"3.9.6","mobile":"4.39.0"},"success":true}"#);
    assert_eq!(documented().get("/api/info").with("user").shown(), told(documented()));
    assert_eq!(version("8.6.1").get("/api/info").with("user").shown(), told(version("8.6.1")));
}

#[test]
fn tells_some_more() {
    let told = |server: &Server, name: &str| server.get("/api/info").with(name).shown();
    assert_snapshot!(told(&documented(), "admin"), @r#"200 {"info":{"version":"0.61.0","build":{"date":"2018-02-24T12:00:00.000Z","nodeVersion":"v8.9.4","arch":"x64","platform":"linux","osRelease":"4.4.0-116-generic","totalMemory":8371339264,"freeMemory":1904316416,"cpus":2},"marketplaceApiVersion":"1.0.0","commit":{"hash":"0000000000000000000000000000000000000000","date":"Sat Feb 24 12:00:00 2018 +0000","author":"mock-server","subject":"A mock server, not a build of Rocket.Chat","tag":"0.61.0","branch":"HEAD"}},"success":true}"#);
    assert_snapshot!(told(&version("4.8.0"), "admin"), @r#"200 {"info":{"version":"4.8.0","build":{"date":"2018-02-24T12:00:00.000Z","nodeVersion":"v8.9.4","arch":"x64","platform":"linux","osRelease":"4.4.0-116-generic","totalMemory":8371339264,"freeMemory":1904316416,"cpus":2},"marketplaceApiVersion":"1.0.0","commit":{"hash":"0000000000000000000000000000000000000000","date":"Sat Feb 24 12:00:00 2018 +0000","author":"mock-server","subject":"A mock server, not a build of Rocket.Chat","tag":"4.8.0","branch":"HEAD"}},"success":true}"#);
    assert_snapshot!(told(&version("6.13.0"), "admin"), @r#"200 {"version":"6.13.0","info":{"version":"6.13.0","build":{"date":"2018-02-24T12:00:00.000Z","nodeVersion":"v8.9.4","arch":"x64","platform":"linux","osRelease":"4.4.0-116-generic","totalMemory":8371339264,"freeMemory":1904316416,"cpus":2},"marketplaceApiVersion":"1.0.0","commit":{"hash":"0000000000000000000000000000000000000000","date":"Sat Feb 24 12:00:00 2018 +0000","author":"mock-server","subject":"A mock server, not a build of Rocket.Chat","tag":"6.13.0","branch":"HEAD"}},"minimumClientVersions":{"desktop":"3.9.6","mobile":"4.39.0"},"success":true}"#);
    assert_snapshot!(told(&version("8.6.1"), "stats"), @r#"200 {"workspaceUrl":"http://chat.example","hashedWorkspaceUrl":"88c87d26648c091fa0442b4e8ca13b95081eac3f3100080455e462a346633d4f","version":"8.6.1","info":{"version":"8.6.1","build":{"date":"2018-02-24T12:00:00.000Z","nodeVersion":"v8.9.4","arch":"x64","platform":"linux","osRelease":"4.4.0-116-generic","totalMemory":8371339264,"freeMemory":1904316416,"cpus":2},"marketplaceApiVersion":"1.0.0","commit":{"hash":"0000000000000000000000000000000000000000","date":"Sat Feb 24 12:00:00 2018 +0000","author":"mock-server","subject":"A mock server, not a build of Rocket.Chat","tag":"8.6.1","branch":"HEAD"}},"minimumClientVersions":{"desktop":"3.9.6","mobile":"4.39.0"},"success":true}"#);
    for server in [documented(), version("2.4.0"), version("6.13.0"), version("8.6.1")] {
        let info = &server.get("/api/info").with("admin").send().json()["info"];
        assert!(info["version"].is_string() && info["marketplaceApiVersion"].is_string());
        assert!(info["build"].is_object() && info["commit"].is_object());
    }
    assert!(!told(&version("6.4.0"), "stats").contains("commit"));
}

#[test]
fn answered_under_v1_until_4() {
    let path = "/api/v1/info";
    assert_snapshot!(documented().get(path).shown(), @r#"200 {"info":{"version":"0.61.0"},"success":true}"#);
    assert_snapshot!(version("0.73.0").get(path).shown(), @r#"200 {"info":{"version":"0.73.0"},"success":true}"#);
    assert!(version("3.18.0").get(path).with("admin").shown().contains("\"commit\""));
    assert!(version("4.0.0").get(path).shown().starts_with("200 <!DOCTYPE html>"));
    assert_eq!(version("8.6.1").get(path).send().status, 404);
}

#[test]
fn names_its_instances() {
    let path = "/api/v1/instances.get";
    assert_snapshot!(documented().get(path).with("admin").shown(), @r#"200 {"instances":[{"address":"127.0.0.1","currentStatus":{"connected":true,"lastHeartbeatTime":0,"local":true},"instanceRecord":{"_id":"HvrLzdgybuquvGyqW","_createdAt":"2018-02-24T16:00:00.000Z","_updatedAt":"2018-02-24T16:00:00.000Z","extraInformation":{"host":"chat.example","port":"","os":{"type":"Linux","platform":"linux","arch":"x64","release":"4.4.0-116-generic","uptime":7682,"loadavg":[0.13,0.09,0.05],"totalmem":8371339264,"freemem":1904316416,"cpus":2},"nodeVersion":"v8.9.4"},"name":"rocket.chat","pid":1},"broadcastAuth":true}],"success":true}"#);
    assert_snapshot!(version("4.8.0").get(path).with("stats").shown(), @r#"200 {"instances":[{"_id":"HvrLzdgybuquvGyqW","_createdAt":"2018-02-24T16:00:00.000Z","_updatedAt":"2018-02-24T16:00:00.000Z","extraInformation":{"host":"chat.example","port":"","os":{"type":"Linux","platform":"linux","arch":"x64","release":"4.4.0-116-generic","uptime":7682,"loadavg":[0.13,0.09,0.05],"totalmem":8371339264,"freemem":1904316416,"cpus":2},"nodeVersion":"v8.9.4"},"name":"rocket.chat","pid":1}],"success":true}"#);
    assert_snapshot!(documented().get(path).shown(), @r#"401 {"status":"error","message":"You must be logged in to do this."}"#);
    let refused = |server: Server| server.get(path).with("user").shown();
    assert_snapshot!(refused(documented()), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(refused(version("6.13.0")), @r#"403 {"success":false,"error":"unauthorized"}"#);
    assert_snapshot!(refused(version("7.4.0")), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(refused(version("8.6.1")), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
}

#[test]
fn describes_its_licence() {
    let path = "/api/v1/licenses.info";
    let with_values = "/api/v1/licenses.info?loadValues=true";
    assert_snapshot!(documented().get(path).with("admin").shown(), @r#"200 {"license":{"activeModules":[],"preventedActions":{"activeUsers":false,"guestUsers":false,"roomsPerGuest":false,"privateApps":false,"marketplaceApps":false,"monthlyActiveContacts":false},"limits":{"activeUsers":{"max":-1},"guestUsers":{"max":-1},"privateApps":{"max":0},"marketplaceApps":{"max":5},"monthlyActiveContacts":{"max":-1}},"tags":[],"trial":false},"success":true}"#);
    assert_snapshot!(documented().get(path).with("user").shown(), @r#"200 {"license":{"activeModules":[],"preventedActions":{"activeUsers":false,"guestUsers":false,"roomsPerGuest":false,"privateApps":false,"marketplaceApps":false,"monthlyActiveContacts":false},"limits":{},"tags":[],"trial":false},"success":true}"#);
    assert_snapshot!(version("6.13.0").get(with_values).with("admin").shown(), @r#"200 {"license":{"activeModules":[],"preventedActions":{"activeUsers":false,"guestUsers":false,"roomsPerGuest":false,"privateApps":false,"marketplaceApps":false,"monthlyActiveContacts":false},"limits":{"activeUsers":{"value":4,"max":-1},"guestUsers":{"value":0,"max":-1},"privateApps":{"value":0,"max":0},"marketplaceApps":{"value":0,"max":5},"monthlyActiveContacts":{"value":0,"max":-1}},"tags":[],"trial":false},"success":true}"#);
    assert_snapshot!(licensed("8.6.1").get(with_values).with("admin").shown(), @r##"200 {"license":{"license":{"version":"3.0","information":{"autoRenew":false,"trial":false,"offline":true,"createdAt":"2018-02-24T16:00:00.000Z","grantedBy":{"method":"manual"},"tags":[{"name":"Mock","color":"#F3BE08"}]},"validation":{"serverUrls":[],"validPeriods":[],"statisticsReport":{"required":false}},"grantedModules":[{"module":"auditing"},{"module":"canned-responses"},{"module":"custom-roles"},{"module":"device-management"},{"module":"engagement-dashboard"},{"module":"federation"},{"module":"ldap-enterprise"},{"module":"livechat-enterprise"},{"module":"message-read-receipt"},{"module":"oauth-enterprise"},{"module":"omnichannel-mobile-enterprise"},{"module":"push-privacy"},{"module":"saml-enterprise"},{"module":"scalability"},{"module":"teams-mention"},{"module":"videoconference-enterprise"}],"limits":{"activeUsers":[{"max":50,"behavior":"prevent_action"}],"guestUsers":[{"max":250,"behavior":"prevent_action"}],"privateApps":[{"max":-1,"behavior":"prevent_action"}],"marketplaceApps":[{"max":-1,"behavior":"prevent_action"}],"monthlyActiveContacts":[{"max":100,"behavior":"prevent_action"}]}},"activeModules":["auditing","canned-responses","custom-roles","device-management","engagement-dashboard","federation","ldap-enterprise","livechat-enterprise","message-read-receipt","oauth-enterprise","omnichannel-mobile-enterprise","push-privacy","saml-enterprise","scalability","teams-mention","videoconference-enterprise"],"externalModules":[],"preventedActions":{"activeUsers":false,"guestUsers":false,"roomsPerGuest":false,"privateApps":false,"marketplaceApps":false,"monthlyActiveContacts":false},"limits":{"activeUsers":{"value":4,"max":50},"guestUsers":{"value":0,"max":250},"privateApps":{"value":0,"max":-1},"marketplaceApps":{"value":0,"max":-1},"monthlyActiveContacts":{"value":0,"max":100}},"tags":[{"name":"Mock","color":"#F3BE08"}],"trial":false,"hasValidLicense":true},"success":true}"##);
    assert_snapshot!(licensed("8.6.1").get(with_values).with("user").shown(), @r##"200 {"license":{"activeModules":["auditing","canned-responses","custom-roles","device-management","engagement-dashboard","federation","ldap-enterprise","livechat-enterprise","message-read-receipt","oauth-enterprise","omnichannel-mobile-enterprise","push-privacy","saml-enterprise","scalability","teams-mention","videoconference-enterprise"],"externalModules":[],"preventedActions":{"activeUsers":false,"guestUsers":false,"roomsPerGuest":false,"privateApps":false,"marketplaceApps":false,"monthlyActiveContacts":false},"limits":{},"tags":[{"name":"Mock","color":"#F3BE08"}],"trial":false,"hasValidLicense":true},"success":true}"##);
    assert_snapshot!(documented().get(path).shown(), @r#"401 {"status":"error","message":"You must be logged in to do this."}"#);
    assert_snapshot!(version("8.6.1").get("/api/v1/licenses.info?x=1").with("admin").shown(), @r#"400 {"success":false,"errorType":"error-invalid-params","error":"must NOT have additional properties"}"#);
    assert_snapshot!(version("6.13.0").get("/api/v1/licenses.info?loadValues=maybe").with("admin").shown(), @r#"400 {"success":false,"error":"must be boolean [invalid-params]","errorType":"invalid-params"}"#);
}

#[test]
fn publishes_an_openapi_document() {
    let server = version("8.6.1");
    let json = server.get("/api/docs/json").send().json();
    assert_eq!(
        json.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["openapi", "info", "servers", "components", "paths", "success"]
    );
    assert_eq!((&json["openapi"], &json["info"]["version"]), (&"3.0.3".into(), &"8.6.1".into()));
    assert_snapshot!(json["paths"]["/api/v1/settings/:_id"], @r#"{"get":{"security":[{"userId":[],"authToken":[]}],"responses":{"200":{"description":""},"400":{"description":""},"401":{"description":""},"403":{"description":""}}},"post":{"security":[{"userId":[],"authToken":[]}],"responses":{"200":{"description":""},"400":{"description":""},"401":{"description":""},"403":{"description":""}}}}"#);
    assert!(json["paths"].get("/api/v1/statistics.telemetry").is_none());
    assert!(json["paths"].get("/api/v1/permissions.addRole").is_none(), "came with 8.7.0");
    let all = server.get("/api/docs/json?withUndocumented=true").send().json();
    assert_eq!(all["paths"]["/api/v1/statistics.telemetry"]["post"]["tags"][0], "Missing Documentation");
    assert!(all["paths"].as_object().unwrap().len() > json["paths"].as_object().unwrap().len());
    for path in all["paths"].as_object().unwrap().keys() {
        assert!(path.starts_with("/api/v1/"), "{path}");
    }
    assert_snapshot!(server.get("/api/docs/json?more=1").shown(), @r#"400 {"success":false,"errorType":"error-invalid-params","error":"must NOT have additional properties"}"#);
    assert_snapshot!(server.get("/api/docs/json?withUndocumented=perhaps").shown(), @r#"400 {"success":false,"errorType":"error-invalid-params","error":"must be boolean"}"#);
    assert_eq!(version("7.4.0").get("/api/docs/json?more=1").send().status, 400);
    assert!(version("6.13.0").get("/api/docs/json").shown().starts_with("200 <!DOCTYPE html>"));
}
