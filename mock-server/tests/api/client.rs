//! A server of one's own for each test, and what it answers.

use mock_server::{Clock, Config, MockServer};
use ureq::Agent;

/// When all tests take place: 2018-02-24T16:00:00Z.
pub const NOW: i64 = 1_519_488_000_000;

/// A running server and a client for it.
pub struct Server {
    /// The server.
    pub mock: MockServer,
    agent: Agent,
}

/// One call in the making.
pub struct Call<'a> {
    server: &'a Server,
    method: &'a str,
    path: &'a str,
    headers: Vec<(&'a str, String)>,
    body: Vec<u8>,
}

/// What came back.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// The default server at [`NOW`].
pub fn documented() -> Server {
    start(Config::default())
}

/// A server of an exact version at [`NOW`].
pub fn version(version: &str) -> Server {
    start(Config { version: Some(version.parse().unwrap()), ..Config::default() })
}

/// A server of this configuration, one worker, at [`NOW`] unless a fixed clock is given.
pub fn start(config: Config) -> Server {
    // The address shows in answers; a setting keeps the free port out of the snapshots.
    let mut settings = vec![("Site_Url".to_owned(), "http://chat.example".to_owned())];
    settings.extend(config.settings);
    let clock = if let Clock::Real = config.clock { Clock::fixed(NOW) } else { config.clock };
    let mock = MockServer::start(Config { clock, workers: Some(1), settings, ..config }).unwrap();
    let agent = Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    Server { mock, agent }
}

impl Server {
    /// A GET without credentials.
    pub fn get<'a>(&'a self, path: &'a str) -> Call<'a> {
        Call { server: self, method: "GET", path, headers: Vec::new(), body: Vec::new() }
    }

    /// A POST of a JSON body without credentials.
    pub fn post<'a>(&'a self, path: &'a str, json: &str) -> Call<'a> {
        let headers = vec![("content-type", "application/json".to_owned())];
        Call { server: self, method: "POST", path, headers, body: json.into() }
    }

    /// A POST of a form without credentials.
    pub fn post_form<'a>(&'a self, path: &'a str, form: &str) -> Call<'a> {
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        Call { server: self, method: "POST", path, headers, body: form.into() }
    }

    /// A call of any method without credentials.
    pub fn call<'a>(&'a self, method: &'a str, path: &'a str) -> Call<'a> {
        Call { server: self, method, path, headers: Vec::new(), body: Vec::new() }
    }

    /// Sets a setting past the API.
    pub fn set(&self, id: &str, value: impl Into<serde_json::Value>) {
        self.mock.set_setting(id, value).unwrap();
    }
}

impl<'a> Call<'a> {
    /// With the ready-made token of the account `username`.
    pub fn with(self, username: &str) -> Self {
        let identity = self.server.mock.identity(username).unwrap();
        let (id, token) = (identity.id.clone(), identity.token.clone().unwrap());
        self.with_token(&id, &token)
    }

    /// With this user id and token.
    pub fn with_token(self, user_id: &str, token: &str) -> Self {
        self.header("x-user-id", user_id).header("x-auth-token", token)
    }

    /// With one more header.
    pub fn header(mut self, name: &'a str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sends it.
    pub fn send(self) -> Answer {
        let url = format!("{}{}", self.server.mock.base_url(), self.path);
        let mut request = ureq::http::Request::builder().method(self.method).uri(url);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let mut response = self.server.agent.run(request.body(self.body).unwrap()).unwrap();
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let status = response.status().as_u16();
        Answer { status, headers, body: response.body_mut().read_to_string().unwrap() }
    }

    /// Sends it and returns status and body, as snapshots show them.
    pub fn shown(self) -> String {
        self.send().shown()
    }
}

impl Answer {
    /// Status and body together.
    pub fn shown(&self) -> String {
        format!("{} {}", self.status, self.body)
    }

    /// The value of a header, or `None`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}
