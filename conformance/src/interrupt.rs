//! SIGINT and SIGTERM as a question the run asks between requests.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::model::StopReason;

/// Whether the run was asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicUsize>);

const INT: usize = 1;
const TERM: usize = 2;

impl Interrupt {
    /// Listens to the signals from now on.
    pub fn listen() -> io::Result<Self> {
        let flag = Arc::new(AtomicUsize::new(0));
        signal_hook::flag::register_usize(SIGINT, Arc::clone(&flag), INT)?;
        signal_hook::flag::register_usize(SIGTERM, Arc::clone(&flag), TERM)?;
        Ok(Self(flag))
    }

    /// Why the run should stop, if it should.
    pub fn asked(&self) -> Option<StopReason> {
        match self.0.load(Ordering::Relaxed) {
            INT => Some(StopReason::Interrupted),
            TERM => Some(StopReason::Terminated),
            _ => None,
        }
    }

    /// Sleeps, but not past an interruption.
    pub fn sleep(&self, time: Duration) {
        const SLICE: Duration = Duration::from_millis(50);
        let end = Instant::now() + time;
        while self.asked().is_none() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(SLICE));
        }
    }
}
