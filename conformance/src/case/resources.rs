//! What cases may name: lists, accounts, capabilities, areas and topics. Data beside the cases, `cases/resources.json`; a
//! folder of the user's may bring a file of the same name, whose rows come on top and replace those of the same name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AppliesTo, Case, Check, FactsOf, Judge, Param, Request, SortKey, Source, Step};

/// The file, in the folder of the cases.
pub(super) const FILE: &str = "resources.json";

static BUILT_IN: LazyLock<Resources> = LazyLock::new(|| {
    // A test reads it too, so that a mistake in it never leaves the repository.
    Resources::parse(include_bytes!("../../cases/resources.json"))
        .unwrap_or_else(|why| unreachable!("the resources inside the binary: {why}"))
});

/// The name of an account: a row of the resources, a member of the credentials, what a request is sent `as`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountName(String);

impl AccountName {
    /// The word used in case files, credentials and reports.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for AccountName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// An account a run can be given, and the permissions it stands for. One that has to lack a permission is there to be
/// refused; any other is there to be let in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRow {
    /// Its name.
    pub name: AccountName,
    /// Permissions it has.
    #[serde(default)]
    pub has: Vec<String>,
    /// Permissions it must not have.
    #[serde(default)]
    pub lacks: Vec<String>,
}

impl AccountRow {
    /// Whether it is there to be refused.
    pub fn is_refused(&self) -> bool {
        !self.lacks.is_empty()
    }

    /// The permissions it stands for, as they are put into sentences.
    pub fn permissions(&self) -> String {
        self.has.iter().chain(&self.lacks).map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// A list that the target serves page by page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// By which cases call it.
    pub name: String,
    /// Its path from the root of the target.
    pub path: String,
    /// Parameters it cannot do without, such as the role of `roles.getUsersInRole`.
    #[serde(default)]
    pub query: Vec<Param>,
    /// The member of an answer that holds the records.
    pub list: String,
    /// The member of a record that no other record shares.
    pub id: String,
    /// The order in which the facts are walked: one that no two records tie in, so that pages cannot overlap.
    pub order: Vec<SortKey>,
    /// The records asked for at a time when the facts are walked.
    pub page: u64,
    /// The account that may read all of it.
    #[serde(rename = "as")]
    pub reader: AccountName,
}

impl Resource {
    /// The pointer to the records of an answer: `/statistics`.
    pub fn pointer(&self) -> String {
        format!("/{}", self.list)
    }

    /// The records of an answer.
    pub fn records<'a>(&self, body: &'a Value) -> Option<&'a Vec<Value>> {
        body.get(&self.list).and_then(Value::as_array)
    }

    /// The id of a record.
    pub fn id_of<'a>(&self, record: &'a Value) -> Option<&'a str> {
        record.get(&self.id).and_then(Value::as_str)
    }

    /// A request for the list as its reader, never shared with others of the run.
    pub fn request(&self, more: impl IntoIterator<Item = Param>) -> Request {
        Request {
            method: "GET".to_owned(),
            path: self.path.clone(),
            query: self.query.iter().cloned().chain(more).collect(),
            raw_query: None,
            headers: Vec::new(),
            body: None,
            account: Some(self.reader.clone()),
            raw: false,
            fresh: true,
        }
    }

    /// The parameter that asks for the order of the facts.
    pub fn sort(&self) -> Param {
        let keys: Map<String, Value> = self.order.iter().map(|key| (key.field.clone(), key.order.into())).collect();
        Param { name: "sort".to_owned(), value: None, json: Some(Value::Object(keys)) }
    }
}

/// The name of a [`CapabilityRow`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capability(String);

impl Capability {
    /// The word used in case files and reports.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Something a target can or cannot do: taken for granted of some, of the others found out before the first case that needs it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapabilityRow {
    /// Its name.
    pub name: Capability,
    /// The targets that are taken to have it, without asking.
    #[serde(default)]
    pub granted: Option<AppliesTo>,
    /// How the others are asked.
    #[serde(default)]
    pub probe: Option<Probe>,
    /// In place of a probe: had where this other one is not.
    #[serde(default)]
    pub opposite_of: Option<Capability>,
    /// Where that is known from; at least one.
    pub sources: Vec<Source>,
}

impl CapabilityRow {
    /// Whether a target judged so has it without being asked.
    pub fn is_granted(&self, judge: &Judge) -> bool {
        self.granted.as_ref().is_some_and(|granted| granted.covers(judge))
    }
}

/// A request whose answer says whether a target has a capability.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The request.
    pub request: Request,
    /// What holds for the answer of a target that has it.
    pub expect: Vec<Check>,
}

/// Everything cases may name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// The accounts, in the order in which they log in.
    #[serde(default)]
    pub accounts: Vec<AccountRow>,
    /// The lists; the first is what a case is about that names none.
    #[serde(default, rename = "resources")]
    pub lists: Vec<Resource>,
    /// The capabilities.
    #[serde(default)]
    pub capabilities: Vec<CapabilityRow>,
    /// The areas an id may name, with what each stands for.
    #[serde(default)]
    pub areas: BTreeMap<String, String>,
    /// The topics an id may name, with what each stands for.
    #[serde(default)]
    pub topics: BTreeMap<String, String>,
}

impl Resources {
    /// Those inside the binary.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads a file of them. Fails with a sentence on what is no such file.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// Takes in the rows of another file. A row replaces the one of its name.
    pub(super) fn extend(&mut self, more: Self) {
        put(&mut self.accounts, more.accounts, |row| row.name.as_str());
        put(&mut self.lists, more.lists, |row| &row.name);
        put(&mut self.capabilities, more.capabilities, |row| row.name.as_str());
        self.areas.extend(more.areas);
        self.topics.extend(more.topics);
    }

    /// The first rule that the rows break, with the way out.
    pub(super) fn broken_rule(&self) -> Option<String> {
        const NOT_ACCOUNTS: [&str; 4] = ["none", "setting", "run", "target"];
        for AccountRow { name, .. } in &self.accounts {
            let name = name.as_str();
            let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !name.is_empty();
            if !plain || NOT_ACCOUNTS.contains(&name) {
                return Some(format!(
                    "`{name}` cannot name an account: take small letters and `_`, and none of {NOT_ACCOUNTS:?}"
                ));
            }
        }
        for list in &self.lists {
            let rule = match list {
                _ if self.account(&list.reader).is_none() => {
                    format!("`as` names `{}`, which is no account: {}", list.reader.as_str(), self.account_names())
                }
                Resource { page: 0, .. } => "`page` must be at least 1".to_owned(),
                Resource { order, .. } if order.is_empty() => {
                    "`order` must name a key: without an order pages may overlap".to_owned()
                }
                _ => continue,
            };
            return Some(format!("resource `{}`: {rule}", list.name));
        }
        self.capabilities.iter().find_map(|row| {
            let rule = match (&row.probe, &row.opposite_of) {
                (Some(_), Some(_)) | (None, None) => "give exactly one of `probe` and `opposite_of`",
                (None, Some(other)) if self.capability(other).is_none_or(|other| other.probe.is_none()) => {
                    "`opposite_of` must name a capability that has a probe"
                }
                (Some(probe), None)
                    if probe.request.account.as_ref().is_some_and(|name| self.account(name).is_none()) =>
                {
                    "its probe is sent as an account that has no row"
                }
                _ => return None,
            };
            Some(format!("capability `{}`: {rule}", row.name.as_str()))
        })
    }

    /// The row of an account.
    pub fn account(&self, name: &AccountName) -> Option<&AccountRow> {
        self.accounts.iter().find(|row| row.name == *name)
    }

    /// The names of all accounts, for messages.
    pub fn account_names(&self) -> String {
        self.accounts.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The row of a capability.
    pub fn capability(&self, name: &Capability) -> Option<&CapabilityRow> {
        self.capabilities.iter().find(|row| row.name == *name)
    }

    /// A list by its name.
    pub fn list(&self, name: &str) -> Option<&Resource> {
        self.lists.iter().find(|list| list.name == name)
    }

    /// The list a case is about: the one it names, else that of its first step that has one, else the first of all.
    pub fn of_case(&self, case: &Case) -> &Resource {
        let named = case.resource.as_deref().and_then(|name| self.list(name));
        let own = || case.steps.iter().find_map(|step| self.own(step));
        named.or_else(own).unwrap_or_else(|| self.first())
    }

    /// The list a step of a case is about: the one it names or asks for, else that of the case.
    pub fn of_step(&self, case: &Case, step: &Step) -> &Resource {
        self.own(step).unwrap_or_else(|| self.of_case(case))
    }

    /// The list that `facts` names or the path asks for.
    fn own(&self, step: &Step) -> Option<&Resource> {
        match (&step.facts, step.sends()) {
            (Some(FactsOf::List(name)), _) => self.list(name),
            (_, Some(request)) => self.at(&request.path),
            _ => None,
        }
    }

    /// The list at a path.
    pub fn at(&self, path: &str) -> Option<&Resource> {
        self.lists.iter().find(|list| list.path == path)
    }

    /// The list of cases that name none.
    pub fn first(&self) -> &Resource {
        self.lists.first().unwrap_or_else(|| unreachable!("rows are added to the built-in ones, never taken away"))
    }
}

/// Puts rows in the place of those of the same name, or at the end.
fn put<T>(rows: &mut Vec<T>, more: Vec<T>, name: impl Fn(&T) -> &str) {
    for row in more {
        match rows.iter_mut().find(|known| name(known) == name(&row)) {
            Some(known) => *known = row,
            None => rows.push(row),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(rows: &Value) -> Result<Resources, String> {
        let mut all = Resources::built_in().clone();
        all.extend(Resources::parse(rows.to_string().as_bytes())?);
        all.broken_rule().map_or(Ok(all), Err)
    }

    #[test]
    fn the_rows_inside_the_binary_keep_their_rules() {
        let built_in = Resources::built_in();
        assert_eq!(built_in.broken_rule(), None);
        assert_eq!(built_in.first().name, "statistics");
        assert!(built_in.capabilities.iter().all(|row| !row.sources.is_empty()));
    }

    #[test]
    fn rows_of_a_folder_come_on_top_and_replace_by_name() {
        let row = |name: &str, page: u64| {
            json!({"name": name, "path": "/api/v1/roles.list", "list": "roles", "id": "_id",
                   "order": [{"field": "_id", "order": 1}], "page": page, "as": "privileged"})
        };
        let all = rows(&json!({"resources": [row("roles", 5), row("users", 7)], "areas": {"ROLES": "roles"}})).unwrap();
        assert_eq!(all.list("roles").map(|list| list.page), Some(5));
        assert_eq!(all.list("users").map(|list| list.page), Some(7));
        assert_eq!(all.first().name, "statistics");
        assert!(all.areas.contains_key("ROLES") && all.areas.contains_key("LIST"));
    }

    #[test]
    fn rows_that_cannot_work_are_explained() {
        let list = |page: u64, reader: &str| {
            json!({"resources": [{"name": "roles", "path": "/r", "list": "roles", "id": "_id",
                                  "order": [{"field": "_id", "order": 1}], "page": page, "as": reader}]})
        };
        let capability = |more: &str, value: &str| {
            let mut row = json!({"name": "x", "sources": []});
            row[more] = json!(value);
            json!({"capabilities": [row]})
        };
        let table = [
            (list(0, "privileged"), "`page` must be"),
            (list(1, "moderator"), "is no account: privileged, unprivileged"),
            (json!({"accounts": [{"name": "none"}]}), "cannot name an account"),
            (capability("opposite_of", "nothing"), "must name a capability"),
            (json!({"capabilities": [{"name": "x", "sources": []}]}), "exactly one"),
            (json!({"resource": []}), "unknown field `resource`"),
        ];
        for (wrong, words) in table {
            let why = rows(&wrong).unwrap_err();
            assert!(why.contains(words), "{wrong}: {why}");
        }
    }

    #[test]
    fn a_step_is_about_the_list_it_asks_for_and_a_case_about_its_first() {
        let case = |more: &Value| -> Case {
            let mut case = json!({
                "id": "RCS-USERS-PAGE-001", "title": "t", "requirement": "r", "level": "must", "sources": [],
                "steps": [
                    {"request": {"path": "/api/v1/me", "as": "privileged"}},
                    {"request": {"path": "/api/v1/users.list", "as": "privileged"}},
                    {"facts": true},
                    {"facts": "statistics"}
                ]
            });
            case.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value(case).unwrap()
        };
        let resources = Resources::built_in();
        let lists = |case: &Case| -> Vec<String> {
            case.steps.iter().map(|step| resources.of_step(case, step).name.clone()).collect()
        };
        assert_eq!(lists(&case(&json!({}))), ["users", "users", "users", "statistics"]);
        assert_eq!(
            lists(&case(&json!({"resource": "statistics"}))),
            ["statistics", "users", "statistics", "statistics"]
        );
        assert_eq!(resources.of_case(&case(&json!({"steps": []}))).name, "statistics");
    }
}
