//! A body under construction: bytes of its own, and slices of kept bytes that are shared instead of copied.

use std::mem;
use std::ops::Range;

use bytes::Bytes;

/// Slices shorter than this are copied: a piece of its own costs more than copying so little.
const SHORT: usize = 4096;

/// The pieces so far, and the bytes written since the last shared one.
#[derive(Debug, Clone, Default)]
pub struct Body {
    pieces: Vec<Bytes>,
    own: Vec<u8>,
}

impl Body {
    /// Where bytes are written to.
    pub fn own(&mut self) -> &mut Vec<u8> {
        &mut self.own
    }

    /// Appends a range of `kept`; nothing where there is no such range.
    pub fn share(&mut self, kept: &Bytes, range: Range<usize>) {
        if range.start > range.end || range.end > kept.len() {
            return;
        }
        if range.len() < SHORT {
            self.own.extend_from_slice(kept.get(range).unwrap_or_default());
            return;
        }
        if !self.own.is_empty() {
            self.pieces.push(mem::take(&mut self.own).into());
        }
        self.pieces.push(kept.slice(range));
    }

    /// The pieces in order.
    pub fn into_pieces(mut self) -> Vec<Bytes> {
        if !self.own.is_empty() || self.pieces.is_empty() {
            self.pieces.push(self.own.into());
        }
        self.pieces
    }

    /// All of it in one piece.
    pub fn into_bytes(self) -> Vec<u8> {
        if self.pieces.is_empty() { self.own } else { self.into_pieces().concat() }
    }
}

impl From<Vec<u8>> for Body {
    fn from(own: Vec<u8>) -> Self {
        Self { pieces: Vec::new(), own }
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.as_bytes().to_vec().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_slices_are_shared_and_short_ones_copied() {
        let kept = Bytes::from(vec![b'x'; 10_000]);
        let mut body = Body::default();
        body.own().push(b'[');
        body.share(&kept, 0..3);
        body.share(&kept, 0..SHORT);
        body.share(&kept, 5..5);
        body.share(&kept, 9_000..20_000);
        body.own().push(b']');
        let pieces = body.clone().into_pieces();
        assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), [4, SHORT, 1]);
        assert_eq!(pieces[1].as_ptr(), kept.as_ptr());
        assert_eq!(body.into_bytes(), [b"[", vec![b'x'; SHORT + 3].as_slice(), b"]"].concat());
        assert_eq!(Body::default().into_pieces(), [Bytes::new()]);
    }
}
