//! Texts of a few bytes, which are compared once a row: a call costs more than the comparison.

/// Whether two texts are the same.
#[inline]
pub(super) fn is_same(one: &[u8], other: &[u8]) -> bool {
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    match (one.last_chunk(), other.last_chunk()) {
        (Some(last), Some(other_last)) => {
            let (words, other_words) = (one.as_chunks().0, other.as_chunks().0);
            one.len() == other.len()
                && word(last) == word(other_last)
                && (words.iter().zip(other_words)).all(|(one, other)| word(one) == word(other))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_the_same_when_all_of_their_bytes_are(
            text in prop::collection::vec(any::<u8>(), 0..40),
            changed in any::<prop::sample::Index>(),
            other in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            prop_assert!(is_same(&text, &text.clone()));
            prop_assert_eq!(is_same(&text, &other), text == other);
            let mut almost = text.clone();
            if !text.is_empty() {
                almost[changed.index(text.len())] ^= 1;
                prop_assert!(!is_same(&text, &almost));
            }
            prop_assert!(!is_same(&text, &[&text[..], b"x"].concat()));
        }
    }
}
