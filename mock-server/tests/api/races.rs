//! The same request four times at once, round after round: the first one has the name, the others are told so.

use std::sync::Barrier;
use std::thread;

use mock_server::{Config, MockServer};
use ureq::Agent;

/// Requests of one round.
const AT_ONCE: usize = 4;

fn server() -> MockServer {
    let settings = vec![("Accounts_TwoFactorAuthentication_Enabled".to_owned(), "false".to_owned())];
    let profile = Some("6".to_owned());
    MockServer::start(Config { profile, settings, rate_limit: false, workers: Some(AT_ONCE), ..Config::default() })
        .unwrap()
}

/// Status and body of a call as the account `admin`.
fn post(agent: &Agent, server: &MockServer, path: &str, body: String) -> (u16, String) {
    let admin = server.identity("admin").unwrap();
    let request = ureq::http::Request::post(format!("{}/api/v1/{path}", server.base_url()))
        .header("content-type", "application/json")
        .header("x-user-id", &admin.id)
        .header("x-auth-token", admin.token.as_deref().unwrap());
    let mut answer = agent.run(request.body(body).unwrap()).unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

/// Sends `body(round, number)` to `path` from [`AT_ONCE`] connections at once, and says of each round what came back.
fn race(
    server: &MockServer,
    path: &str,
    rounds: usize,
    body: impl Fn(usize, usize) -> String + Sync,
) -> Vec<Vec<(u16, String)>> {
    let start = Barrier::new(AT_ONCE);
    let run = |number: usize| {
        let agent = agent();
        let answer = |round| {
            start.wait();
            post(&agent, server, path, body(round, number))
        };
        (0..rounds).map(answer).collect::<Vec<_>>()
    };
    let mut by_connection: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|number| scope.spawn(move || run(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().into_iter()).collect()
    });
    (0..rounds).map(|_| by_connection.iter_mut().map(|answers| answers.next().unwrap()).collect()).collect()
}

/// Exactly one request of each round went through, and all others got `refusal`.
fn assert_one_each(rounds: &[Vec<(u16, String)>], refusal: impl Fn(usize) -> String) {
    for (round, answers) in rounds.iter().enumerate() {
        let refused: Vec<_> = answers.iter().filter(|(status, _)| *status != 200).collect();
        assert_eq!(refused.len(), AT_ONCE - 1, "round {round}: {answers:?}");
        for (status, text) in refused {
            assert_eq!((*status, text), (400, &refusal(round)), "round {round}");
        }
    }
}

/// Names of the workspace's users that begin with `prefix`.
fn names(server: &MockServer, prefix: &str) -> usize {
    let state = server.state();
    let users = state.get("users").and_then(|users| users.as_array()).unwrap();
    let named =
        |user: &&serde_json::Value| user.get("username").and_then(|name| name.as_str()).unwrap().starts_with(prefix);
    users.iter().filter(named).count()
}

#[test]
fn a_name_is_made_once_however_many_ask() {
    let server = server();
    let rounds = race(&server, "users.create", 400, |round, number| {
        // Names are one without case.
        let name = if number % 2 == 0 { format!("made{round}") } else { format!("MADE{round}") };
        format!(r#"{{"username":"{name}","name":"M","password":"p","email":"{number}made{round}@example.org"}}"#)
    });
    let mut refusals = 0;
    for (round, answers) in rounds.iter().enumerate() {
        assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1, "round {round}: {answers:?}");
        refusals += answers.iter().filter(|(_, text)| text.contains("is already in use :(")).count();
    }
    assert_eq!((refusals, names(&server, "made") + names(&server, "MADE")), (400 * (AT_ONCE - 1), 400));
}

#[test]
fn a_name_is_registered_once_however_many_ask() {
    let server = server();
    let rounds = race(&server, "users.register", 300, |round, number| {
        format!(r#"{{"username":"guest{round}","name":"G","pass":"p","email":"{number}guest{round}@example.org"}}"#)
    });
    assert_one_each(&rounds, |_| r#"{"success":false,"error":"Username is already in use"}"#.to_owned());
    assert_eq!(names(&server, "guest"), 300);
}

#[test]
fn a_name_is_given_to_one_of_four_users_who_want_it() {
    let server = server();
    let ids: Vec<String> = (0..AT_ONCE)
        .map(|number| {
            let body =
                format!(r#"{{"username":"u{number}","name":"U","password":"p","email":"u{number}@example.org"}}"#);
            let (status, text) = post(&agent(), &server, "users.create", body);
            assert_eq!(status, 200, "{text}");
            let user: serde_json::Value = serde_json::from_str(&text).unwrap();
            user["user"]["_id"].as_str().unwrap().to_owned()
        })
        .collect();
    let rounds = race(&server, "users.update", 300, |round, number| {
        format!(r#"{{"userId":"{}","data":{{"username":"renamed{round}"}}}}"#, ids[number])
    });
    assert_one_each(&rounds, |_| {
        r#"{"success":false,"error":"Could not save user identity [error-could-not-save-identity]","errorType":"error-could-not-save-identity","details":{"method":"saveUser"}}"#.to_owned()
    });
}
