//! Closed lists of words: enums whose values each have one word in files, on the command line and in reports. The words are
//! said once, by the attributes of `strum` on the enum; everything else is made from them here.

/// Gives enums that derive `strum`'s `IntoStaticStr` and `VariantArray` the constant `ALL` and the method `as_str`.
macro_rules! words {
    ($($kind:ty),+ $(,)?) => {$(
        impl $kind {
            /// Every value, in the order of the declaration, which is that of reports and messages.
            pub const ALL: [Self; <Self as strum::VariantArray>::VARIANTS.len()] =
                match <Self as strum::VariantArray>::VARIANTS.first_chunk() {
                    Some(all) => *all,
                    None => unreachable!(),
                };

            /// The word for it in files, on the command line and in reports.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }
    )+};
}

/// Lets enums that also derive `EnumString` and `VariantNames` be read and written by `serde` as their words. serde's own derive
/// would want the words a second time; what it says of a word that is none is kept, and lists them.
macro_rules! serde_words {
    ($($kind:ty),+ $(,)?) => {$(
        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.into())
            }
        }

        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                word.parse().map_err(|_| {
                    <D::Error as serde::de::Error>::unknown_variant(&word, <Self as strum::VariantNames>::VARIANTS)
                })
            }
        }
    )+};
}

pub(crate) use {serde_words, words};
