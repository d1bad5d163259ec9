//! Two-state words: one table of which word is 1 and which is 0. A point can have words of its own, which come first, and which may mean
//! other numbers, too.

use super::{CellRule, cells, tokens};

const ON: [&str; 24] = [
    "on", "true", "yes", "run", "running", "start", "started", "enable", "enabled", "open",
    "opened", "active", "alarm", "occupied", "開", "開啟", "开", "开启", "運轉", "運行", "运行",
    "啟動", "啟用", "異常",
];

const OFF: [&str; 24] = [
    "off",
    "false",
    "no",
    "stop",
    "stopped",
    "stopping",
    "halt",
    "disable",
    "disabled",
    "close",
    "closed",
    "inactive",
    "normal",
    "unoccupied",
    "關",
    "關閉",
    "关",
    "关闭",
    "停",
    "停止",
    "停用",
    "停機",
    "未啟動",
    "正常",
];

/// A text as states are compared: without blanks around it, in lower case.
fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The state that `text` ([`folded`]) is by a word of the point's own: 1, 0, or the number that the word means. Those go before
/// everything, numbers and missing tokens too.
pub(super) fn own(text: &str, rule: &CellRule) -> Option<f64> {
    let named = |words: &[String]| words.iter().any(|word| folded(word) == text);
    if named(&rule.on) {
        Some(1.0)
    } else if named(&rule.off) {
        Some(0.0)
    } else {
        let mut words = rule.words.iter();
        words.find_map(|(word, value)| (folded(word) == text).then_some(*value))
    }
}

/// The state that `text` (trimmed, lower case) is by the table.
pub(super) fn common(text: &str) -> Option<f64> {
    if ON.contains(&text) {
        Some(1.0)
    } else if OFF.contains(&text) {
        Some(0.0)
    } else {
        None
    }
}

/// Whether the point has words of its own.
pub(super) fn has_own(rule: &CellRule) -> bool {
    own_words(rule).next().is_some()
}

fn own_words(rule: &CellRule) -> impl Iterator<Item = &String> {
    let words = rule.words.iter().map(|(word, _)| word);
    rule.on.iter().chain(&rule.off).chain(words)
}

/// Whether a word of the point's own is spelled as a missing token is.
pub(super) fn claim_tokens(rule: &CellRule) -> bool {
    own_words(rule).any(|word| tokens::missing(&folded(word)).is_some())
}

/// Whether a word of the point's own is spelled as a number is.
pub(super) fn claim_numbers(rule: &CellRule) -> bool {
    own_words(rule).any(|word| cells::number(folded(word).as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_points_own_words_and_those_of_the_table_are_known() {
        assert_eq!(common("on"), Some(1.0));
        assert_eq!(common("停止"), Some(0.0));
        assert_eq!(common("auto"), None);
        let rule = CellRule {
            on: vec!["AUTO".into(), "Closed".into()],
            words: vec![("Stage 2".into(), 2.0)],
            ..CellRule::default()
        };
        assert_eq!(own("auto", &rule), Some(1.0));
        assert_eq!(own("stage 2", &rule), Some(2.0));
        assert_eq!(own("closed", &rule), Some(1.0));
        assert_eq!(own("off", &rule), None);
    }

    #[test]
    fn no_word_is_both_or_a_missing_token() {
        assert!(ON.iter().all(|word| !OFF.contains(word)));
        let mut words = ON.iter().chain(&OFF);
        assert!(words.all(|word| tokens::missing(word).is_none()));
    }
}
