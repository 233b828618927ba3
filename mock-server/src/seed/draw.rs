//! The seed's randomness: plain integers of one generator, so that a seed means the same everywhere and for ever.

use rand::rngs::ChaCha8Rng;
use rand::{Rng as _, SeedableRng as _};

/// A source of numbers that `seed` alone decides.
#[derive(Debug)]
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The source of this seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        for (to, from) in key.iter_mut().zip(seed.to_le_bytes()) {
            *to = from;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Any number.
    pub(super) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from 0 to `bound` - 1; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let scaled = (u64::from(self.0.next_u32()) * u64::from(bound)) >> 32;
        u32::try_from(scaled).unwrap_or_default()
    }
}

/// Numbers that can be had again: one for each (time slot, purpose). Equal pairs give equal numbers.
#[derive(Debug)]
pub(super) struct Noise(Vec<u32>);

impl Noise {
    const SIZE: i64 = 1021;

    /// A table filled from `draw`.
    pub(super) fn new(draw: &mut Draw) -> Self {
        Self((0..Self::SIZE).map(|_| draw.below(u32::MAX)).collect())
    }

    /// The number of `slot` for `purpose`, from 0 to `bound` - 1; 0 when `bound` is not above 0.
    pub(super) fn at(&self, slot: i64, purpose: i64, bound: i64) -> i64 {
        let at = (slot.wrapping_add(purpose.wrapping_mul(97))).rem_euclid(Self::SIZE);
        let number = usize::try_from(at).ok().and_then(|at| self.0.get(at)).copied().unwrap_or_default();
        if bound > 0 { i64::from(number) % bound } else { 0 }
    }
}
