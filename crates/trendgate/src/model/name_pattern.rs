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

/// A star may stand for nothing.
fn skip_stars(pattern: &[char], matched: &mut [bool]) {
    for (place, c) in pattern.iter().enumerate() {
        matched[place + 1] |= *c == '*' && matched[place];
    }
}
