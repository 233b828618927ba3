//! Ids and tokens as Meteor makes them, from a seeded source.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// The letters of Meteor's ids: no two look alike (upstream: Meteor's `random` package, `UNMISTAKABLE_CHARS`).
const UNMISTAKABLE: &[u8; 55] = b"23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz";

/// The letters of base64url, which Meteor's secrets use.
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A source of ids: the same seed gives the same ids in the same order.
#[derive(Debug)]
pub struct IdSource {
    rng: ChaCha8Rng,
}

impl IdSource {
    /// A source that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// A document id: 17 unmistakable letters (upstream: `Random.id`).
    pub fn meteor_id(&mut self) -> String {
        self.letters(UNMISTAKABLE, 17)
    }

    /// A login token: 43 letters of base64url (upstream: `Random.secret`).
    pub fn secret(&mut self) -> String {
        self.letters(BASE64_URL, 43)
    }

    /// An id of the raw models: 24 hexadecimal digits that begin with the second of its making (upstream: `ObjectId`, from
    /// 4.2).
    pub fn object_id(&mut self, now_ms: i64) -> String {
        let seconds = u32::try_from(now_ms / 1000).unwrap_or(0);
        let tail = self.rng.next_u64();
        format!("{seconds:08x}{tail:016x}")
    }

    /// A number that decides something by chance.
    pub fn chance(&mut self) -> u64 {
        self.rng.next_u64()
    }

    fn letters(&mut self, alphabet: &[u8], length: usize) -> String {
        let letter = |number: u32| {
            let index = usize::try_from(number).unwrap_or(0) % alphabet.len();
            char::from(alphabet.get(index).copied().unwrap_or(b'2'))
        };
        (0..length).map(|_| letter(self.rng.next_u32())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_meteors_letters_and_lengths_and_repeat_with_the_seed() {
        let mut ids = IdSource::new(7);
        let id = ids.meteor_id();
        assert!(id.len() == 17 && id.bytes().all(|byte| UNMISTAKABLE.contains(&byte)));
        let secret = ids.secret();
        assert!(secret.len() == 43 && secret.bytes().all(|byte| BASE64_URL.contains(&byte)));
        assert_eq!(&ids.object_id(1_719_918_720_221)[..8], "6683e080");
        let mut again = IdSource::new(7);
        assert_eq!((again.meteor_id(), again.secret()), (id, secret));
    }
}
