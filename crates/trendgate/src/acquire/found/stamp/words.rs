//! Words that stand in times and are no months: days of the week, zones.

/// Whether a word is the name of a weekday, or short for one.
pub(in super::super) fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 38] = [
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so",
        "lun", "mer", "jeu", "ven", "sam", "dim", "mié", "jue", "vie", "sáb", "dom", "gio", "ma",
        "wo", "vr", "za", "zo", "seg", "ter", "qua", "qui", "sex", "mar", "tues",
    ];
    const LONG: [&str; 12] = [
        "day", "tag", "woch", "di", "dimanche", "nes", "ves", "ado", "ingo", "feira", "dì", "dag",
    ];
    let word = word.to_lowercase();
    let is_cjk = word.contains(['曜', '週', '周', '요']) || word.starts_with("星期");
    let is_one = word.chars().count() == 1
        && word.contains([
            '一', '二', '三', '四', '五', '六', '火', '水', '木', '金', '土',
        ]);
    let is_long = LONG.iter().any(|end| word.ends_with(end))
        && DAYS
            .iter()
            .any(|day| day.len() > 1 && word.starts_with(day));
    DAYS.contains(&&*word) || is_long || is_cjk || is_one
}

/// Whether a word may be that of a zone.
pub(super) fn is_zone(word: &str) -> bool {
    (2..=5).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
}
