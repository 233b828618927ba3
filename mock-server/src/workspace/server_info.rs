//! What the server says of itself beyond its version: build, instance, licence. All of it is made up and read from
//! `fixtures/workspace/server.json`.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::data::{DataError, Fixtures};
use crate::era::version::Version;

/// The facts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerInfo {
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "marketplaceApiVersion")]
    marketplace_api_version: String,
    build: Json,
    commit: Map<String, Json>,
    /// The oldest clients the server works with.
    #[serde(rename = "minimumClientVersions")]
    pub minimum_client_versions: Json,
    /// The one instance the workspace has.
    pub instance: Instance,
    /// What a licence would bring.
    pub licence: LicenceFacts,
}

/// A running server process.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// Its address.
    pub address: String,
    /// Its process id.
    pub pid: u32,
    /// Version of Node.js.
    #[serde(rename = "nodeVersion")]
    pub node_version: String,
    /// The machine.
    pub os: Json,
}

/// Modules and limits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceFacts {
    /// Names of the modules a licence unlocks.
    pub modules: Vec<String>,
    /// Labels of the licence.
    pub tags: Json,
    /// Limits with and without it.
    pub limits: Limits,
}

/// How many of each kind there may be; -1 for no limit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Without a licence.
    pub unlicensed: Map<String, Json>,
    /// With the mock's.
    pub licensed: Map<String, Json>,
}

impl ServerInfo {
    /// Reads the facts.
    ///
    /// # Errors
    /// When `workspace/server.json` cannot be read or is wrong.
    pub fn read(fixtures: &Fixtures) -> Result<Self, DataError> {
        const FILE: &str = "workspace/server.json";
        fixtures.json(FILE)
    }

    /// The build's details (upstream: `Info` of `app/utils/rocketchat.info`).
    pub fn info(&self, version: &Version) -> Json {
        let version = version.to_string();
        let mut commit = self.commit.clone();
        commit.insert("tag".to_owned(), json!(version));
        commit.insert("branch".to_owned(), json!("HEAD"));
        json!({
            "version": version,
            "build": self.build,
            "marketplaceApiVersion": self.marketplace_api_version,
            "commit": commit,
        })
    }
}
