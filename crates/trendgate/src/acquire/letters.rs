//! Bytes in an encoding of before Unicode → whether they are letters there that people write, so that a reading can be told from noise.
//!
//! Each East Asian encoding has a plane of letters in frequent use, and larger ones of letters that hardly anybody writes. Text of one that is
//! read as another falls into both at random. Nothing is refused.

use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, SHIFT_JIS};

/// Fewer letters beyond ASCII say nothing.
const FEW: usize = 4;
/// One letter in so many may be rare.
const RARE: usize = 5;

/// Whether the lines are text in the encoding; `None` where they are not in it at all, or have too few letters to tell.
pub(super) fn are_text(encoding: &'static Encoding, lines: &[&[u8]]) -> Option<bool> {
    let (mut letters, mut rare) = (0, 0);
    for line in lines {
        let text = encoding.decode_without_bom_handling_and_without_replacement(line)?;
        let text: Vec<char> = text.chars().collect();
        for (place, letter) in text.iter().enumerate() {
            if letter.is_ascii() {
                continue;
            }
            letters += 1;
            let before = place.checked_sub(1).and_then(|place| text.get(place));
            let is_usual = is_frequent(encoding, *letter)
                && (!is_halfwidth(*letter)
                    || may_follow(before.copied(), *letter, text.get(place + 1).copied()));
            rare += usize::from(!is_usual);
        }
    }
    (letters >= FEW).then_some(rare * RARE < letters)
}

/// Whether a letter is in frequent use where the encoding is.
fn is_frequent(encoding: &'static Encoding, letter: char) -> bool {
    let mut buffer = [0; 4];
    let (bytes, _, _) = encoding.encode(letter.encode_utf8(&mut buffer));
    let code = match bytes[..] {
        [lead, trail] => u16::from_be_bytes([lead, trail]),
        _ if encoding == SHIFT_JIS => return is_halfwidth(letter),
        _ => return letter.is_alphabetic() || "°²³µΩ".contains(letter),
    };
    let planes = match encoding {
        encoding if encoding == BIG5 => [0xA140..=0xA3BF, 0xA440..=0xC67E],
        encoding if encoding == GBK => [0xA1A1..=0xA3FE, 0xB0A1..=0xD7F9],
        encoding if encoding == SHIFT_JIS => [0x8140..=0x8396, 0x889F..=0x9872],
        encoding if encoding == EUC_KR => [0xA1A1..=0xA7FE, 0xB0A1..=0xC8FE],
        _ => return letter.is_alphabetic(),
    };
    let is_trail = encoding == BIG5 || encoding == SHIFT_JIS || code & 0xFF >= 0xA1;
    is_trail && planes.iter().any(|plane| plane.contains(&code))
}

fn is_halfwidth(letter: char) -> bool {
    ('\u{FF61}'..='\u{FF9F}').contains(&letter)
}

/// Whether a halfwidth sign of Japanese stands where it can: none stands alone, and small ones and marks only behind those that take them.
fn may_follow(before: Option<char>, letter: char, after: Option<char>) -> bool {
    let before = before.filter(|before| is_halfwidth(*before));
    let is_alone = before.is_none() && !after.is_some_and(is_halfwidth);
    match letter {
        '｡' | '｢' | '｣' | '､' => false,
        'ﾞ' => before.is_some_and(|before| "ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ".contains(before)),
        'ﾟ' => before.is_some_and(|before| "ﾊﾋﾌﾍﾎ".contains(before)),
        'ｬ' | 'ｭ' | 'ｮ' => before.is_some_and(|before| "ｷｼﾁﾆﾋﾐﾘﾞﾟ".contains(before)),
        'ｧ' | 'ｨ' | 'ｩ' | 'ｪ' | 'ｫ' => {
            before.is_some_and(|before| "ﾌｳﾞﾃﾁｼ".contains(before))
        }
        'ｯ' | 'ｰ' => before.is_some(),
        _ => !is_alone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_text_in_its_own_encoding_and_noise_in_most_others() {
        let of = |encoding: &'static Encoding, text: &str| {
            let bytes = encoding.encode(text).0.into_owned();
            let all = [BIG5, GBK, SHIFT_JIS, EUC_KR];
            all.map(|other| are_text(other, &[&bytes]) == Some(true))
        };
        let japanese = "日時,冷水送水温度(℃),冷水還水温度(℃),電力量";
        assert_eq!(of(SHIFT_JIS, japanese), [false, false, true, false]);
        let halfwidth = "時刻,冷温水ﾎﾟﾝﾌﾟ電流,室内温度";
        assert_eq!(of(SHIFT_JIS, halfwidth), [false, false, true, false]);
        let chinese = "时间,冷冻水供水温度,冷冻水回水温度,冷却水流量";
        assert_eq!(of(GBK, chinese), [false, true, false, false]);
        let taiwanese = "時間,冰水出水溫度,冰水回水溫度,主機用電量";
        assert_eq!(of(BIG5, taiwanese), [true, false, false, false]);
        // Korean syllables stand where the frequent signs of Chinese do.
        assert!(of(EUC_KR, "시간,냉수 공급 온도,냉수 환수 온도")[3]);
    }

    #[test]
    fn few_letters_and_bytes_of_no_letters_tell_nothing() {
        assert_eq!(are_text(GBK, &[b"\xCE\xC2"]), None);
        assert_eq!(
            are_text(GBK, &[b"\xCE\xC2\xB6\xC8\xCE\xC2\xB6\xC8\xFF"]),
            None
        );
    }
}
