//! What the server says of itself beyond its version: build, instance, licence. All of it is made up and read from
//! `fixtures/workspace/server.json`.

use mongo_query::{Document, Value, document};
use serde::Deserialize;

use crate::data::{self, DataError, Fixtures};
use crate::era::version::Version;

/// The facts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerInfo {
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "marketplaceApiVersion")]
    marketplace_api_version: String,
    #[serde(deserialize_with = "data::value")]
    build: Value,
    #[serde(deserialize_with = "data::document")]
    commit: Document,
    /// The oldest clients the server works with.
    #[serde(rename = "minimumClientVersions", deserialize_with = "data::value")]
    pub minimum_client_versions: Value,
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
    #[serde(deserialize_with = "data::value")]
    pub os: Value,
}

/// Modules and limits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceFacts {
    /// Names of the modules a licence unlocks.
    pub modules: Vec<String>,
    /// Labels of the licence.
    #[serde(deserialize_with = "data::value")]
    pub tags: Value,
    /// Limits with and without it.
    pub limits: Limits,
}

/// How many of each kind there may be; -1 for no limit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Without a licence.
    #[serde(deserialize_with = "data::document")]
    pub unlicensed: Document,
    /// With the mock's.
    #[serde(deserialize_with = "data::document")]
    pub licensed: Document,
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
    pub fn info(&self, version: &Version) -> Document {
        let version = version.to_string();
        let mut commit = self.commit.clone();
        commit.insert("tag", version.as_str());
        commit.insert("branch", "HEAD");
        document! {
            "version": version,
            "build": self.build.clone(),
            "marketplaceApiVersion": self.marketplace_api_version.as_str(),
            "commit": commit,
        }
    }
}
