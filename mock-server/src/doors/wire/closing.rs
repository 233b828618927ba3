//! The end of a server: connections that wait for a next request are closed, those with one in flight answer it first.
//!
//! actix waits for connections to close by themselves, and an idle one does so after its keep-alive time alone.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::sync::watch;

/// Whether a server ends, told to all its connections.
#[derive(Debug)]
pub struct Closing {
    begun: watch::Sender<bool>,
}

impl Closing {
    /// A server that does not end yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { begun: watch::Sender::new(false) })
    }

    /// Tells every connection, those to come included.
    pub fn begin(&self) {
        self.begun.send_replace(true);
    }

    /// Whether no connection is open.
    pub fn is_idle(&self) -> bool {
        self.begun.receiver_count() == 0
    }
}

/// One connection as those see it that answer its requests.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    closing: Arc<Closing>,
    in_flight: InFlight,
}

/// How many requests of a connection have begun and are not answered.
pub(super) type InFlight = Arc<AtomicUsize>;

impl Connection {
    /// Notes that a request is answered. Returns whether the connection has nothing more to do.
    pub(super) fn answered(&self) -> bool {
        // Counted before the look at `begun`: whoever set that in between finds the connection idle.
        let left = self.in_flight.fetch_sub(1, Ordering::SeqCst);
        left <= 1 && *self.closing.begun.borrow()
    }
}

/// What a connection's stream hears the end by.
pub(super) struct Notice {
    pub(super) connection: Connection,
    told: bool,
    heard: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Counts the connection as long as its stream lives.
    _open: watch::Receiver<bool>,
}

impl Notice {
    pub(super) fn new(closing: &Arc<Closing>, in_flight: InFlight) -> Self {
        let open = closing.begun.subscribe();
        let mut waiting = open.clone();
        let heard = Box::pin(async move {
            // An error means that nobody is left to end the server.
            waiting.wait_for(|begun| *begun).await.ok();
        });
        let connection = Connection { closing: closing.clone(), in_flight };
        Self { connection, told: false, heard, _open: open }
    }

    /// Whether the server ends and no request is in flight; `cx` is woken when the server ends.
    pub(super) fn says_stop(&mut self, cx: &mut Context<'_>) -> bool {
        self.told = self.told || matches!(self.heard.as_mut().poll(cx), Poll::Ready(()));
        self.told && self.connection.in_flight.load(Ordering::SeqCst) == 0
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice").field("told", &self.told).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_connection_stops_when_the_server_ends_and_its_requests_are_answered() {
        let closing = Closing::new();
        let in_flight = InFlight::default();
        let mut notice = Notice::new(&closing, in_flight.clone());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(!notice.says_stop(&mut cx) && !closing.is_idle());
        in_flight.store(2, Ordering::SeqCst);
        closing.begin();
        assert!(!notice.says_stop(&mut cx));
        assert!(!notice.connection.answered());
        assert!(notice.connection.answered());
        assert!(notice.says_stop(&mut cx));
        drop(notice);
        assert!(closing.is_idle());
    }
}
