//! Ways in: each takes a request apart, asks the rules, and words the answer.
//!
//! [`Doors`] stands between the wire and the doors: it knows which workspace a request is for, and which door.

pub mod rest;
pub mod wire;

use std::sync::Arc;

use crate::workspace::Workspace;
use crate::workspace::registry::Registry;
use wire::Service;
use wire::reply::Reply;
use wire::request::Request;

/// Everything that is behind the wire.
#[derive(Debug)]
pub struct Doors {
    registry: Arc<Registry>,
}

impl Doors {
    /// The doors of the workspaces in `registry`.
    pub fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }

    /// The workspace `request` is for. Requests cannot name one yet, so it is the default.
    fn workspace_of(&self, _request: &Request<'_>) -> &Workspace {
        self.registry.default_workspace()
    }
}

impl Service for Doors {
    fn answer(&self, request: Request<'_>) -> Reply {
        rest::pipeline::answer(self.workspace_of(&request), request)
    }

    fn may_be_slow(&self, request: &Request<'_>) -> bool {
        rest::slow::may_be_slow(self.workspace_of(request), request)
    }

    fn body_too_large(&self, request: &Request<'_>) -> Reply {
        rest::pipeline::body_too_large(self.workspace_of(request))
    }
}
