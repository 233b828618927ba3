//! Requests that may be slow: answered aside, so that the threads that read sockets stay free.

use std::sync::Arc;

use actix_rt::task::spawn_blocking;
use tokio::sync::Semaphore;

use super::Service;
use super::reply::Reply;
use super::request::OwnedRequest;

/// The threads for requests that may be slow: as many as there are processors. Who finds none free waits its turn, and holds up nobody.
#[derive(Debug)]
pub(super) struct Aside {
    free: Arc<Semaphore>,
}

impl Aside {
    /// With as many threads as there are processors, started when needed.
    pub(super) fn new() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, Into::into);
        Self { free: Arc::new(Semaphore::new(threads)) }
    }

    /// The answer of `service` to `request`; `None` when the server ends before it is there.
    pub(super) async fn answer(&self, service: Arc<dyn Service>, request: OwnedRequest) -> Option<Reply> {
        let permit = self.free.clone().acquire_owned().await.ok()?;
        let answered = spawn_blocking(move || {
            let reply = service.answer(request.borrowed());
            // Here and not where the answer is awaited: a client that goes away does not end the work.
            drop(permit);
            reply
        });
        match answered.await {
            Ok(reply) => Some(reply),
            Err(error) => match error.try_into_panic() {
                // As on a worker: the connection ends, the server does not.
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => None,
            },
        }
    }
}
