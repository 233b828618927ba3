//! A server that runs on a thread of its own, with its own runtime.

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_server::ServerHandle;

use super::{Closing, Service, serve};

/// How long a graceful stop waits for requests in flight.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server that listens. It is not stopped by being dropped; see [`Running::stop`].
#[derive(Debug)]
pub struct Running {
    handle: ServerHandle,
    closing: Arc<Closing>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    /// Serves `listener` with `service` on `workers` threads, and returns once it does.
    ///
    /// # Errors
    /// When the thread or the runtime cannot be made; nothing is left running then.
    pub fn start(service: Arc<dyn Service>, listener: TcpListener, workers: usize) -> io::Result<Self> {
        let (ready, started) = mpsc::channel();
        let closing = Closing::new();
        let told = closing.clone();
        let thread = std::thread::Builder::new().name("mock-server".to_owned()).spawn(move || {
            actix_rt::System::new().block_on(async move {
                let server = serve(service, listener, workers.max(1), told)?;
                // The other end waits for this before it returns; if it is gone there is nobody to serve.
                ready.send(server.handle()).map_err(io::Error::other)?;
                server.await
            })
        })?;
        let Ok(handle) = started.recv() else {
            return Err(match thread.join() {
                Ok(Err(error)) => error,
                _ => io::Error::other("the server's thread ended early"),
            });
        };
        Ok(Self { handle, closing, thread: Some(thread) })
    }

    /// Stops it: requests in flight are finished first when `graceful`, for [`PATIENCE`] at most. Does nothing the second time.
    pub fn stop(&mut self, graceful: bool) {
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
}
