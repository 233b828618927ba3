//! A change is made whole or not at all.

use std::sync::Arc;

use crate::host::build::build;
use crate::host::config::Config;
use crate::rules::fault::Fault;
use crate::state::State;
use crate::state::users::{LoginToken, User, hash_token};
use crate::workspace::Workspace;

fn workspace() -> Workspace {
    build(&Config::default()).unwrap().workspace
}

/// Everything of the users that a change could leave behind.
fn users(state: &State) -> Vec<String> {
    state.users.iter().map(|user| format!("{user:?}")).collect()
}

/// Who is found by which key.
fn found(state: &State) -> Vec<Option<Arc<str>>> {
    let id = |user: Option<&User>| user.map(|user| user.id.clone());
    let users = &state.users;
    let ready_made = hash_token("stats-ready-made-token-of-the-mock-server-0");
    vec![
        id(users.by_username("stats")),
        id(users.by_username("renamed")),
        id(users.by_username("new")),
        id(users.by_email("stats@example.org")),
        id(users.by_email("other@example.org")),
        id(users.by_token(&ready_made)),
        id(users.by_token(&hash_token("new"))),
    ]
}

#[test]
fn a_rule_that_fails_leaves_nothing() {
    let workspace = workspace();
    let (before, keys) = (users(&workspace.state.read()), found(&workspace.state.read()));
    let failed = workspace.change(|tx| {
        let stats = tx.users.by_username("stats").unwrap().id.clone();
        let user = tx.users.by_username("user").unwrap().id.clone();
        tx.update(&stats, |stats: &mut User| {
            stats.username = "renamed".to_owned();
            stats.emails[0].address = "other@example.org".to_owned();
            stats.tokens = vec![LoginToken::new("new", 1)];
        })
        .unwrap();
        tx.insert(User::new("new-id", "new", 1)).unwrap();
        // Taken out of the middle, and its name given away.
        tx.remove::<User>(&user).unwrap();
        tx.insert(User::new("twin-id", "user", 1)).unwrap();
        tx.update("twin-id", |twin: &mut User| twin.roles.push("admin".to_owned())).unwrap();
        assert_eq!(tx.count_refresh(), 1);
        assert!(tx.users.by_username("renamed").is_some() && tx.users.by_username("stats").is_none());
        Err::<(), _>(Fault::thrown("too late"))
    });
    assert_eq!(failed, Err(Fault::thrown("too late")));
    let state = workspace.state.read();
    assert_eq!(users(&state), before);
    assert_eq!(found(&state), keys);
    assert_eq!(state.refreshes, 0);
}

#[test]
fn a_rule_that_succeeds_leaves_all_of_it() {
    let workspace = workspace();
    let changed = workspace.change(|tx| {
        tx.insert(User::new("new-id", "new", 1)).unwrap();
        // A taken key changes nothing, and what was done before it stays when the rule goes on.
        assert!(tx.update("new-id", |new: &mut User| new.username = "ADMIN".to_owned()).is_err());
        assert!(tx.insert(User::new("twin-id", "New", 1)).is_err());
        Ok(())
    });
    assert_eq!(changed, Ok(()));
    let state = workspace.state.read();
    assert_eq!(state.users.by_username("NEW").unwrap().username, "new");
    assert_eq!(state.users.iter().last().unwrap().id, "new-id".into());
}

#[test]
fn a_panic_inside_a_change_leaves_nothing_and_others_go_on() {
    let workspace = workspace();
    let before = users(&workspace.state.read());
    let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        workspace.change(|tx| -> Result<(), Fault> {
            tx.insert(User::new("new-id", "new", 1)).unwrap();
            panic!("a rule's defect")
        })
    }));
    assert!(broken.is_err());
    assert_eq!(users(&workspace.state.read()), before);
}
