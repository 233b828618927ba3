//! The binary as a person and a script use it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;

fn program() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mock-server"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MOCK_SERVER_")) {
        command.env_remove(name);
    }
    command
}

/// Runs to the end and returns exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = program().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn refused(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(arguments);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.starts_with("mock-server: ") && stderr.lines().count() == 1, "{stderr}");
    stderr.trim_end().to_owned()
}

/// Starts a server and returns it with its first line.
fn serve(arguments: &[&str]) -> (Child, String) {
    let mut child = program().args(["--listen", "127.0.0.1:0"]).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim_end().to_owned())
}

fn signalled(child: Child, signal: &str) -> i32 {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    output.status.code().unwrap()
}

#[test]
fn says_first_where_it_listens_and_ends_with_0_on_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let (child, line) = serve(&[]);
        let url = line.strip_prefix("listening on ").unwrap();
        let body: String = ureq::get(format!("{url}/api/info")).call().unwrap().body_mut().read_to_string().unwrap();
        assert_eq!(body, r#"{"version":"0.61.0","success":true}"#);
        assert_eq!(signalled(child, signal), 0);
    }
}

/// Sends to the server at `line`'s address and leaves the connection open.
fn sent(line: &str, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(line.split("http://").nth(1).unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    stream
}

/// A bound far above what ending takes, and below the five seconds that requests in flight get.
const SOON: Duration = Duration::from_secs(3);

#[test]
fn idle_connections_do_not_hold_the_end_up() {
    let (child, line) = serve(&[]);
    let mut used = sent(&line, "GET /api/info HTTP/1.1\r\nhost: x\r\n\r\n");
    let mut start = [0; 15];
    used.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    let _untouched = sent(&line, "");
    let begun = Instant::now();
    assert_eq!(signalled(child, "-TERM"), 0);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[test]
fn requests_in_flight_are_answered_before_the_end() {
    let (child, line) = serve(&["--profile", "6", "--delays", "on"]);
    // Held back for half a second at least; and a body that is still on its way.
    let mut held = sent(&line, "GET /api/v1/me HTTP/1.1\r\nhost: x\r\n\r\n");
    let body = r#"{"user":"user","password":"user"}"#;
    let head = "POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let mut slow = sent(&line, &format!("{head}content-length: {}\r\n\r\n{}", body.len(), &body[..9]));
    std::thread::sleep(Duration::from_millis(100));
    let begun = Instant::now();
    let ending = std::thread::spawn(move || signalled(child, "-TERM"));
    std::thread::sleep(Duration::from_millis(200));
    slow.write_all(&body.as_bytes()[9..]).unwrap();
    let mut answers = [String::new(), String::new()];
    slow.read_to_string(&mut answers[0]).unwrap();
    held.read_to_string(&mut answers[1]).unwrap();
    assert!(answers[0].starts_with("HTTP/1.1 200 OK") && answers[0].contains(r#""authToken":"#), "{}", answers[0]);
    assert!(
        answers[1].starts_with("HTTP/1.1 401") && answers[1].ends_with("logged in to do this.\"}"),
        "{}",
        answers[1]
    );
    assert_eq!(ending.join().unwrap(), 0);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[test]
fn the_ready_line_is_json_on_request() {
    let (child, line) = serve(&["--log-format", "json", "--profile", "6"]);
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&ready["event"], &ready["profile"]), (&"ready".into(), &"6".into()));
    assert!(ready["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(signalled(child, "-TERM"), 0);
}

#[test]
fn the_port_file_is_there_once_it_listens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("port");
    let (child, line) = serve(&["--port-file", path.to_str().unwrap()]);
    let port = std::fs::read_to_string(&path).unwrap();
    assert!(line.ends_with(&format!(":{}", port.trim_end())), "{line} {port}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(signalled(child, "-TERM"), 0);
}

#[test]
fn options_have_environment_twins() {
    let mut child = program()
        .env("MOCK_SERVER_LISTEN", "127.0.0.1:0")
        .env("MOCK_SERVER_PROFILE", "8")
        .env("MOCK_SERVER_LOG_FORMAT", "json")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains(r#""profile":"8""#), "{line}");
    assert_eq!(signalled(child, "-TERM"), 0);
}

#[test]
fn values_with_blanks_are_taken_whole() {
    let mut child = program()
        .args(["--listen", "127.0.0.1:0", "--user", "kim:p w:user"])
        .env("MOCK_SERVER_SETTING", "Site_Name=My Chat Server\nAPI_Default_Count=7\n")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("listening on ").unwrap();
    let settings = format!("{url}/api/v1/settings.public?_id=Site_Name");
    let body: String = ureq::get(settings).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(body.contains(r#""value":"My Chat Server""#), "{body}");
    let login = ureq::post(format!("{url}/api/v1/login"))
        .header("content-type", "application/json")
        .send(r#"{"user":"kim","password":"p w"}"#);
    assert_eq!(login.unwrap().status(), 200);
    assert_eq!(signalled(child, "-TERM"), 0);
}

#[test]
fn bad_options_get_one_clear_line_and_exit_2() {
    assert_snapshot!(refused(&["--profile", "12"]), @r#"mock-server: there is no profile "12"; choose one of documented, legacy, 3, 4, 5, 6, 7, 8, 9-preview"#);
    assert_snapshot!(refused(&["--rocketchat-version", "0.12.0"]), @"mock-server: no profile covers Rocket.Chat 0.12.0; versions from 0.60.0 on, before 10.0.0, are served");
    assert_snapshot!(refused(&["--profile", "6", "--rocketchat-version", "7.1.0"]), @r#"mock-server: profile "6" does not cover Rocket.Chat 7.1.0; leave out --profile, or choose a version from 6.0.0 on, before 7.0.0"#);
    assert_snapshot!(refused(&["--setting", "api_default_count=3", "--listen", "127.0.0.1:0"]), @r#"mock-server: there is no setting "api_default_count"; did you mean "API_Default_Count"?"#);
    assert_snapshot!(refused(&["--setting", "API_Default_Count=many", "--listen", "127.0.0.1:0"]), @r#"mock-server: setting "API_Default_Count" takes a number, not "many""#);
    for (arguments, part) in [
        (vec!["--clock", "yesterday"], "is no clock; use real, or fixed:"),
        (vec!["--user", "kim"], "expected NAME:PASSWORD:ROLE[,ROLE]"),
        (vec!["--user", "kim:x:emperor"], "there is no role \"emperor\"; choose of admin,"),
        (vec!["--user", "admin:x:user"], "account \"admin\" is there already"),
        (vec!["--user", "kim:x:user", "--user", "kim:y:bot"], "account \"kim\" is given twice with --user"),
        (vec!["--listen", "chat.example:3000"], "such as 127.0.0.1:3000, localhost:3000, 3000"),
        (vec!["--seed", "abc"], "expected a whole number from 0 to 18446744073709551615, such as 7"),
        (vec!["--seed", "-1"], "expected a whole number from 0 to 18446744073709551615"),
        (vec!["--rocketchat-version", "6"], "expected numbers such as 6.13.1 or 6.13"),
        (vec!["--setting", "API_Enable_CORS=1"], "takes true or false, not \"1\""),
        (
            vec!["--records", "5", "--seed-name", "empty"],
            "--records goes with --seed-name history alone, not with empty",
        ),
        (vec!["--records", "5", "--seed-name", "documented"], "alone, not with documented"),
        (vec!["--port-file", "/nowhere/port", "--listen", "127.0.0.1:0"], "its folder must exist and be writable"),
        (vec!["--seed-file", "/dev/zero"], "/dev/zero is neither a file nor a pipe"),
        (vec!["--seed-file", "/nowhere/at.all"], "--seed-file takes a file that exists and may be read"),
        (
            vec!["--fixtures", "/nowhere"],
            "the folder given with --fixtures must hold what the project's fixtures/ holds",
        ),
        (vec!["--records", "99999999999"], "expected a whole number from 0 to 10000000, such as 1000"),
        (vec!["--records", "99999999999999999999999"], "expected a whole number from 0 to 10000000"),
        (vec!["--records", "-1"], "expected a whole number from 0 to 10000000"),
        (vec!["--records", "x"], "expected a whole number from 0 to 10000000"),
        (vec!["--frobnicate"], "there is no option --frobnicate; see mock-server --help"),
        (vec!["--workers", "0"], "--workers cannot be \"0\": 0 is not in 1..=256"),
        (vec!["frobnicate"], "there is no command \"frobnicate\""),
    ] {
        let message = refused(&arguments);
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
}

#[test]
fn a_bad_environment_twin_is_named_and_an_empty_one_is_none() {
    let listen = ["--listen", "127.0.0.1:0"];
    let output = program().args(listen).env("MOCK_SERVER_LICENSED", "1").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_snapshot!(String::from_utf8(output.stderr).unwrap().trim_end(), @r#"mock-server: MOCK_SERVER_LICENSED (for --licensed) cannot be "1": expected one of on, off; see mock-server --help"#);
    let mut empty = program();
    for twin in ["LISTEN", "PROFILE", "RECORDS", "SEED_FILE", "SETTING", "USER", "LICENSED", "ROCKETCHAT_VERSION"] {
        empty.env(format!("MOCK_SERVER_{twin}"), "");
    }
    let mut child = empty.args(listen).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("listening on "), "{line}");
    assert_eq!(signalled(child, "-TERM"), 0);
}

#[test]
fn a_version_may_leave_its_third_number_out() {
    let (child, line) = serve(&["--rocketchat-version", "6.8", "--log-format", "json"]);
    assert!(line.contains(r#""profile":"6","version":"6.8.0""#), "{line}");
    assert_eq!(signalled(child, "-TERM"), 0);
}

#[test]
fn a_wrong_fixture_is_named_with_its_whole_path() {
    for file in [
        "workspace/roles.json",
        "workspace/server.json",
        "endpoints.tsv",
        "seeds/history/workspace.json",
        "profiles/6.json",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
        let copied = Command::new("cp").arg("-r").arg(fixtures.join(".")).arg(folder.path()).status().unwrap();
        assert!(copied.success());
        let path = folder.path().join(file);
        std::fs::write(&path, "head\n{").unwrap();
        let message = refused(&["--fixtures", folder.path().to_str().unwrap(), "--listen", "127.0.0.1:0"]);
        assert!(message.contains(path.to_str().unwrap()), "{file}: {message}");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let message = refused(&["--listen", &address]);
    assert!(message.contains(&address) && message.contains("choose another address with --listen"), "{message}");
}

#[test]
fn a_password_of_the_command_line_is_not_repeated() {
    let message = refused(&["--user", "kim:hunter2:emperor"]);
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn lists_profiles_and_their_differences_with_sources() {
    let (code, list, _) = run(&["profiles"]);
    assert_eq!(code, 0);
    for name in ["documented", "legacy", "3", "4", "5", "6", "7", "8", "9-preview"] {
        assert!(list.lines().any(|line| line.split_whitespace().next() == Some(name)), "{name}: {list}");
    }
    let (code, difference, _) = run(&["profiles", "diff", "6", "7"]);
    assert_eq!(code, 0);
    assert!(difference.contains("query-and-fields: honoured -> gated"), "{difference}");
    assert!(difference.contains("since 7.0.0: #33544"), "{difference}");
    let (_, none, _) = run(&["profiles", "diff", "6.8.0", "6.8.0"]);
    assert!(none.contains("no difference"), "{none}");
}

#[test]
fn what_one_endpoint_does_by_version_is_told_with_its_source() {
    let difference = |left, right| run(&["profiles", "diff", left, right]).1;
    let told = difference("4.8.0", "8.6.1");
    let list = "endpoint POST  /api/v1/roles.addUserToRole: the field that names the role: RoleName -> RoleId\n  \
                4 RoleName           as from the first version on\n  \
                8 RoleId             since 8.0.0: apps/meteor/app/api/server/v1/roles.ts @ 8.6.1 (8d36c0b)\n";
    assert!(told.contains(list), "{told}");
    let told = difference("7.6.1", "7.6.2");
    assert!(
        told.contains("every endpoint: never reads forms, a defect of the first two releases on Hono: true -> false"),
        "{told}"
    );
    // The published page has a value of its own here, and says where it comes from.
    let told = difference("documented", "6.13.0");
    let role = "endpoint POST  /api/v1/roles.create: needs the premium licence (upstream: the module custom-roles): false -> true";
    assert!(told.contains(role) && told.contains("documented false     a choice of the profile"), "{told}");
}

#[test]
fn lists_endpoints_and_settings() {
    let (code, endpoints, _) = run(&["endpoints"]);
    assert_eq!(code, 0);
    assert!(endpoints.contains("GET   /api/v1/statistics.list"), "{endpoints}");
    let (code, settings, _) = run(&["settings"]);
    assert_eq!(code, 0);
    assert!(settings.contains("API_Upper_Count_Limit=100\n"), "{settings}");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut child = program().arg("endpoints").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    std::thread::sleep(Duration::from_millis(10));
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}
