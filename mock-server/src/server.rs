//! A running server on a thread of its own.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_server::ServerHandle;

use crate::app::App;
use crate::build::{StartError, build};
use crate::clock::Clock;
use crate::config::Config;
use crate::http::{self, Closing};
use crate::pipeline::Pipeline;
use crate::workspace::Identity;

/// How long a graceful stop waits for requests in flight.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running mock server. Usable from plain tests and from async ones: it has its own thread and runtime, and stops when dropped.
#[derive(Debug)]
pub struct MockServer {
    pipeline: Arc<Pipeline>,
    address: SocketAddr,
    identities: Vec<Identity>,
    handle: ServerHandle,
    closing: Arc<Closing>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl MockServer {
    /// Starts a server and returns once it listens.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    #[expect(clippy::needless_pass_by_value, reason = "a configuration starts one server; callers write it in place")]
    pub fn start(config: Config) -> Result<Self, StartError> {
        let built = build(&config)?;
        let refuse = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).map_err(refuse)?;
        let address = listener.local_addr().map_err(refuse)?;
        if config.listen.port() == 0 && !config.settings.iter().any(|(id, _)| id == "Site_Url") {
            built.app.workspace.write().settings.set("Site_Url", format!("http://{address}").into());
        }
        let pipeline = Arc::new(Pipeline::new(built.app));
        let workers = config.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, Into::into));

        let (ready, started) = mpsc::channel();
        let closing = Closing::new();
        let (served, told) = (pipeline.clone(), closing.clone());
        let thread = std::thread::Builder::new()
            .name("mock-server".to_owned())
            .spawn(move || {
                actix_rt::System::new().block_on(async move {
                    let server = http::serve(served, listener, workers.max(1), told)?;
                    // The other end waits for this before it returns; if it is gone there is nobody to serve.
                    ready.send(server.handle()).map_err(std::io::Error::other)?;
                    server.await
                })
            })
            .map_err(StartError::Runtime)?;
        let Ok(handle) = started.recv() else {
            let reason = match thread.join() {
                Ok(Err(error)) => error,
                _ => std::io::Error::other("the server's thread ended early"),
            };
            return Err(StartError::Runtime(reason));
        };
        Ok(Self { pipeline, address, identities: built.identities, handle, closing, thread: Some(thread) })
    }

    /// Where it listens, such as `http://127.0.0.1:40123`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The ready-made accounts: `admin`, `stats`, `user`, `deactivated`, `totp`.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The ready-made account `username`, or `None`.
    pub fn identity(&self, username: &str) -> Option<&Identity> {
        self.identities.iter().find(|identity| identity.username == username)
    }

    /// The workspace's clock; a fixed one can be moved through it.
    pub fn clock(&self) -> &Clock {
        &self.pipeline.app.clock
    }

    /// The server's parts, for tests that look inside.
    pub fn app(&self) -> &App {
        &self.pipeline.app
    }

    /// Stops the server: requests in flight are finished first when `graceful`, for five seconds at most.
    pub fn stop(mut self, graceful: bool) {
        self.shut_down(graceful);
    }

    /// Waits until every connection is closed, for [`PATIENCE`] at most.
    fn finish_requests(&self) {
        const STEP: Duration = Duration::from_millis(10);
        let end = Instant::now() + PATIENCE;
        let mut idle_steps = 0;
        // Twice: a connection that was just accepted is not counted yet.
        while idle_steps < 2 && Instant::now() < end {
            std::thread::sleep(STEP);
            idle_steps = if self.closing.is_idle() { idle_steps + 1 } else { 0 };
        }
    }

    fn shut_down(&mut self, graceful: bool) {
        let Some(thread) = self.thread.take() else { return };
        // Both commands are on their way before their future is first polled; the thread's end is what is waited for.
        if graceful {
            drop(self.handle.pause());
            self.closing.begin();
            self.finish_requests();
        }
        drop(self.handle.stop(false));
        drop(thread.join());
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.shut_down(false);
    }
}
