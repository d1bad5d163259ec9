//! Two-state words: one table of which word is 1 and which is 0. A point can have words of its own, which come first.

use super::{CellRule, tokens};

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

/// The state that `text` (trimmed, lower case) is: 1 or 0.
pub(super) fn state(text: &str, rule: &CellRule) -> Option<f64> {
    let named = |words: &[String]| words.iter().any(|word| word.trim().to_lowercase() == text);
    if named(&rule.on) {
        Some(1.0)
    } else if named(&rule.off) {
        Some(0.0)
    } else if ON.contains(&text) {
        Some(1.0)
    } else if OFF.contains(&text) {
        Some(0.0)
    } else {
        None
    }
}

/// Whether a word of the point's own is spelled as a missing token is.
pub(super) fn claim_tokens(rule: &CellRule) -> bool {
    let mut words = rule.on.iter().chain(&rule.off);
    words.any(|word| tokens::missing(&word.trim().to_lowercase()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_points_own_words_come_before_the_table() {
        let common = CellRule::default();
        assert_eq!(state("on", &common), Some(1.0));
        assert_eq!(state("停止", &common), Some(0.0));
        assert_eq!(state("auto", &common), None);
        let own = CellRule {
            on: vec!["AUTO".into(), "Closed".into()],
            ..CellRule::default()
        };
        assert_eq!(state("auto", &own), Some(1.0));
        assert_eq!(state("closed", &own), Some(1.0));
        assert_eq!(state("off", &own), Some(0.0));
    }

    #[test]
    fn no_word_is_both_or_a_missing_token() {
        assert!(ON.iter().all(|word| !OFF.contains(word)));
        let mut words = ON.iter().chain(&OFF);
        assert!(words.all(|word| tokens::missing(word).is_none()));
    }
}
