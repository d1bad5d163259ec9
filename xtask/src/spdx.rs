//! A licence expression in, whether it can be accepted out.
//!
//! The part of SPDX that crates use: identifiers, `OR`, `AND`, `WITH` and parentheses, and the old `/` for `OR`. What does
//! not parse is refused, never guessed.

/// Whether `expression` can be satisfied with licences of `accepted` alone. A licence with an exception is accepted where
/// the two stand there together.
///
/// # Errors
/// Where it is no licence expression.
pub(crate) fn allows(expression: &str, accepted: &[&str]) -> Result<bool, String> {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut parser = Parser {
        words: spaced.split_whitespace().collect(),
        at: 0,
        accepted,
    };
    let allowed = parser.either()?;
    match parser.peek() {
        None => Ok(allowed),
        Some(word) => Err(format!("unexpected {word:?} in {expression:?}")),
    }
}

struct Parser<'a> {
    words: Vec<&'a str>,
    at: usize,
    accepted: &'a [&'a str],
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).copied()
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<bool, String> {
        let mut allowed = self.both()?;
        while self.take("OR") {
            allowed |= self.both()?;
        }
        Ok(allowed)
    }

    fn both(&mut self) -> Result<bool, String> {
        let mut allowed = self.one()?;
        while self.take("AND") {
            allowed &= self.one()?;
        }
        Ok(allowed)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.take("(") {
            let allowed = self.either()?;
            return if self.take(")") {
                Ok(allowed)
            } else {
                Err("a parenthesis is not closed".to_owned())
            };
        }
        let mut licence = self.name()?.to_owned();
        if self.take("WITH") {
            licence.push_str(" WITH ");
            licence.push_str(self.name()?);
        }
        Ok(self.accepted.contains(&licence.as_str()))
    }

    fn name(&mut self) -> Result<&'a str, String> {
        match self.peek() {
            Some(word) if !["OR", "AND", "WITH", "(", ")"].contains(&word) => {
                self.at += 1;
                Ok(word)
            }
            Some(word) => Err(format!("expected a licence, found {word:?}")),
            None => Err("expected a licence, found the end".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(expression: &str) -> Result<bool, String> {
        allows(
            expression,
            &["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"],
        )
    }

    #[test]
    fn one_of_the_alternatives_suffices() {
        assert_eq!(judge("MIT"), Ok(true));
        assert_eq!(judge("GPL-3.0-only OR MIT"), Ok(true));
        assert_eq!(judge("GPL-3.0-only/MIT"), Ok(true));
        assert_eq!(judge("GPL-3.0-only"), Ok(false));
    }

    #[test]
    fn all_of_a_conjunction_are_needed_and_it_binds_tighter() {
        assert_eq!(judge("MIT AND GPL-3.0-only"), Ok(false));
        assert_eq!(judge("MIT OR Apache-2.0 AND GPL-3.0-only"), Ok(true));
        assert_eq!(judge("(MIT OR Apache-2.0) AND GPL-3.0-only"), Ok(false));
        assert_eq!(judge("(MIT OR Zlib) AND Apache-2.0"), Ok(true));
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        assert_eq!(judge("Apache-2.0 WITH LLVM-exception"), Ok(true));
        assert_eq!(judge("MIT WITH LLVM-exception"), Ok(false));
    }

    #[test]
    fn what_does_not_parse_is_refused() {
        for wrong in [
            "",
            "MIT OR",
            "AND MIT",
            "(MIT",
            "MIT)",
            "MIT Apache-2.0",
            "MIT WITH",
        ] {
            assert!(judge(wrong).is_err(), "{wrong}");
        }
    }
}
