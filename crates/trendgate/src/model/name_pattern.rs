//! Patterns of names, as the configuration has them: `*` and `?`.

/// Whether `text` is of `pattern`: `*` stands for any characters, `?` for one, in any script; everything else for itself.
pub(crate) fn is_of_pattern(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    // How much of the pattern the text so far can be: one flag for each of its beginnings.
    let mut matched = vec![false; pattern.len() + 1];
    matched[0] = true;
    skip_stars(&pattern, &mut matched);
    for c in text.chars() {
        for place in (0..pattern.len()).rev() {
            matched[place + 1] = match pattern[place] {
                '*' => matched[place + 1] || matched[place],
                '?' => matched[place],
                other => other == c && matched[place],
            };
        }
        matched[0] = false;
        skip_stars(&pattern, &mut matched);
    }
    matched[pattern.len()]
}

/// Whether some text is of both patterns.
pub(crate) fn may_both_fit(one: &str, other: &str) -> bool {
    let other: Vec<char> = other.chars().collect();
    // How much of the other pattern the beginning of this one can go with: one flag for each of its beginnings.
    let mut meets = vec![false; other.len() + 1];
    meets[0] = true;
    skip_stars(&other, &mut meets);
    for c in one.chars() {
        let mut next = vec![false; other.len() + 1];
        next[0] = c == '*' && meets[0];
        for (place, d) in other.iter().enumerate() {
            next[place + 1] = match (c, *d) {
                // A star stands for nothing, or for whatever the other pattern has there.
                ('*', _) | (_, '*') => meets[place + 1] || next[place],
                ('?', _) | (_, '?') => meets[place],
                (c, d) => c == d && meets[place],
            };
        }
        meets = next;
    }
    meets[other.len()]
}

/// A star may stand for nothing.
fn skip_stars(pattern: &[char], matched: &mut [bool]) {
    for (place, c) in pattern.iter().enumerate() {
        matched[place + 1] |= *c == '*' && matched[place];
    }
}
