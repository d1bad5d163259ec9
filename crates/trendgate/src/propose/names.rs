//! The words of a name → what it says that the point measures. One table.
//!
//! How hints are weighed:
//!
//! 1. What is measured stands at the end of a name: the last word decides (numbers after it, single letters and words such as
//!    `AVG` are passed over). Words before it only say of what: `CHR1.WT` is water temperature, and `CHR` makes it chilled water.
//! 2. A word of a setpoint at the end goes before everything else.
//! 3. A hint counts by itself ([`When::Always`]), or only where a single letter or two that mean many things (`F`, `A`, `DT`,
//!    `RA`) have company that leaves one meaning: a pump, a power meter, an air handler, the other two phases.
//! 4. Where a word is known to mean several things and nothing decides, that is the answer ([`Meaning::Unclear`]): the point
//!    stays unmapped and the comment says between what.
//! 5. A unit in brackets at the end of the name goes before the unit of a hint; the two must fit.
//!
//! Whatever a name says is held against the values ([`judge`](super::judge)); a name alone maps nothing.

use super::quantity::Quantity::{
    self, Air, AirFlow, AirPressureDifference, ChilledWater, CondenserWater, CoolingLoad, Current,
    Energy, Flow, Frequency, HotWater, Humidity, OutdoorAir, Position, Power, PowerFactor,
    Pressure, Status, Voltage, Water, WaterPressureDifference,
};
use super::words::{Name, Word};
use crate::units::Unit;
use std::collections::BTreeSet;

/// What a name says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    /// This, in this unit if it says so.
    Known {
        /// What is measured.
        quantity: Quantity,
        /// The unit that the name states.
        unit: Option<Unit>,
        /// Why, in words.
        why: String,
    },
    /// A setpoint, and what of.
    Setpoint {
        /// The name without the word that says so.
        of: Option<Box<Self>>,
        /// Why, in words.
        why: String,
    },
    /// One of several things.
    Unclear {
        /// Which, in words.
        why: String,
    },
}

/// What a hint says.
#[derive(Clone, Copy)]
enum Says {
    This(Quantity),
    In(Quantity, Unit),
    /// This, which needs a word more to be believed.
    As(&'static str, Quantity, Option<Unit>),
    /// A temperature of what the words before it say, or else of this.
    Temperature(Option<Quantity>),
    Unclear(&'static str),
}

/// When a hint counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// The word stands alone, and a pump, a fan or a drive is in the name.
    Drive,
    /// The word stands alone, and the same equipment has a point of electrical power or energy.
    Meter,
    /// The same equipment has the currents of all three phases, and a point of electrical power or energy.
    Phases,
    /// An air handler, a room or a stream of air is in the name.
    AirSide,
    /// Water or a pump is in the name.
    WaterSide,
    /// A filter, a duct or a fan is in the name.
    Filter,
}

use Says::{As, In, Temperature, This, Unclear};
use When::{AirSide, Always, Drive, Filter, Meter, Phases, WaterSide};

/// The hints: last words of names, what they say, and when. The first that counts is taken. A last word of two parts is two
/// words of the name.
const HINTS: &[(&[&str], When, Says)] = &[
    (
        &[
            "CHST",
            "CHRT",
            "CHWST",
            "CHWRT",
            "CHWT",
            "LCHWT",
            "ECHWT",
            "CHW ST",
            "CHW RT",
            "CHW SUPPLY",
            "CHW RETURN",
        ],
        Always,
        This(ChilledWater),
    ),
    (
        &[
            "CWST", "CWRT", "CDWST", "CDWRT", "CNDWST", "CNDWRT", "LCDWT", "ECDWT", "CW ST",
            "CW RT", "CDW ST", "CDW RT",
        ],
        Always,
        This(CondenserWater),
    ),
    (
        &["HWST", "HWRT", "HHWST", "HHWRT", "HW ST", "HW RT"],
        Always,
        This(HotWater),
    ),
    (&["OAT", "OADB", "OAWB", "OSA"], Always, This(OutdoorAir)),
    (
        &["SAT", "RAT", "MAT", "DAT", "EAT", "ZAT"],
        Always,
        This(Air),
    ),
    (
        &["濕球溫度", "乾球溫度", "露點溫度", "室溫"],
        Always,
        This(Air),
    ),
    (&["WT", "LWT", "EWT"], Always, Temperature(Some(Water))),
    (
        &["T", "TEMP", "TMP", "TEMPERATURE", "AVGT", "溫度", "溫"],
        Always,
        Temperature(None),
    ),
    (
        &["DT"],
        AirSide,
        As(
            "discharge air, as a difference would be nearer to 0",
            Air,
            None,
        ),
    ),
    (
        &["DT", "TD", "溫差"],
        Always,
        Unclear(
            "a difference of temperatures, for which there is no physical type ({unit: Δ°C} can be stated alone), or a discharge temperature",
        ),
    ),
    (
        &["KWH", "電度", "用電度數"],
        Always,
        In(Energy, Unit::KilowattHour),
    ),
    (&["MWH"], Always, In(Energy, Unit::MegawattHour)),
    (&["RTH"], Always, In(Energy, Unit::RefrigerationTonHour)),
    (&["用電量", "用電", "電能"], Always, This(Energy)),
    (&["KW"], Always, In(Power, Unit::Kilowatt)),
    (&["功率", "電力"], Always, This(Power)),
    (
        &["USRT", "TONS", "TON", "冷凍噸"],
        Always,
        In(CoolingLoad, Unit::RefrigerationTon),
    ),
    (
        &["RT"],
        Always,
        Unclear("a return temperature, a room temperature or a load in RT"),
    ),
    (&["GPM"], Always, In(Flow, Unit::UsGallonPerMinute)),
    (&["LPM"], Always, In(Flow, Unit::LitrePerMinute)),
    (&["LPS"], Always, In(Flow, Unit::LitrePerSecond)),
    (&["CMH"], Always, In(Flow, Unit::CubicMetrePerHour)),
    (&["CFM"], Always, In(AirFlow, Unit::CubicFootPerMinute)),
    (&["FLOW", "FLW", "流量", "風量"], AirSide, This(AirFlow)),
    (&["FLOW", "FLW", "流量"], Always, This(Flow)),
    (&["風量"], Always, This(AirFlow)),
    (&["PSI", "PSIG"], Always, In(Pressure, Unit::Psi)),
    (&["KPA"], Always, In(Pressure, Unit::Kilopascal)),
    (&["BAR"], Always, In(Pressure, Unit::Bar)),
    (&["WDP"], Always, This(WaterPressureDifference)),
    (
        &["DP", "DPT", "壓差"],
        WaterSide,
        This(WaterPressureDifference),
    ),
    (&["DP", "壓差"], Filter, This(AirPressureDifference)),
    (
        &["DP", "壓差"],
        Always,
        Unclear("a differential pressure of water or of air, or a dew point"),
    ),
    (
        &["PRESS", "PRESSURE", "PRS", "壓力"],
        Always,
        This(Pressure),
    ),
    (
        &["RH", "HUM", "HUMID", "HUMIDITY", "濕度"],
        Always,
        In(Humidity, Unit::Percent),
    ),
    (
        &["HZ", "FREQ", "FREQUENCY", "頻率"],
        Always,
        In(Frequency, Unit::Hertz),
    ),
    (&["RPM"], Always, In(Frequency, Unit::RevolutionPerMinute)),
    (
        &["F"],
        Drive,
        As("the frequency of its drive", Frequency, Some(Unit::Hertz)),
    ),
    (
        &["F"],
        Always,
        Unclear("a frequency, a flow, or a number in °F"),
    ),
    (
        &["SPEED", "SPD", "轉速"],
        Always,
        Unclear("a speed in Hz, rpm or %"),
    ),
    (
        &[
            "VLV", "VALVE", "DMP", "DMPR", "DAMPER", "PCT", "PERCENT", "開度",
        ],
        Always,
        In(Position, Unit::Percent),
    ),
    (
        &["RA", "SA", "TA"],
        Phases,
        As("the current of one phase", Current, Some(Unit::Ampere)),
    ),
    (
        &["RA", "SA", "OA", "MA", "EA", "DA"],
        Always,
        Unclear("something of an air stream, or a current of one phase"),
    ),
    (
        &["VA"],
        Always,
        Unclear("an apparent power (there is no unit for it here) or a voltage of one phase"),
    ),
    (
        &["AMP", "AMPS", "AMPERE", "電流"],
        Always,
        In(Current, Unit::Ampere),
    ),
    (&["A"], Meter, In(Current, Unit::Ampere)),
    (&["VOLT", "VOLTS", "VOLTAGE", "電壓"], Always, This(Voltage)),
    (&["KV"], Always, In(Voltage, Unit::Kilovolt)),
    (&["V"], Meter, In(Voltage, Unit::Volt)),
    (
        &["PF", "功因", "功率因數"],
        Always,
        In(PowerFactor, Unit::One),
    ),
    (
        &[
            "ST", "SS", "STS", "STAT", "STATUS", "STATE", "RUN", "ONOFF", "ALM", "ALARM", "FLT",
            "FAULT", "TRIP", "狀態", "運轉", "啟停", "故障", "警報", "異常", "跳脫",
        ],
        Always,
        This(Status),
    ),
];

/// Last words of a setpoint.
const SETPOINTS: [&str; 9] = [
    "SP",
    "SPT",
    "SET",
    "SETPT",
    "STPT",
    "SETPOINT",
    "STP",
    "設定",
    "設定值",
];

/// Words at the end that say nothing of what is measured.
const PASSED_OVER: [&str; 6] = ["AVG", "PV", "TREND", "TL", "LOG", "值"];

/// Words before the last one, and the medium that they say. The nearest counts.
const MEDIA: &[(&[&str], Quantity)] = &[
    (
        &[
            "CHW", "CHWS", "CHWR", "CHS", "CHR", "CHWST", "CHWRT", "CHST", "CHRT", "冰水",
        ],
        ChilledWater,
    ),
    (
        &[
            "CW",
            "CWS",
            "CWR",
            "CDW",
            "CDWS",
            "CDWR",
            "CNDW",
            "CWST",
            "CWRT",
            "CDWST",
            "CDWRT",
            "冷卻水",
            "冷卻水塔",
            "冷卻塔",
        ],
        CondenserWater,
    ),
    (
        &["HW", "HWS", "HWR", "HHW", "HHWS", "HHWR", "熱水"],
        HotWater,
    ),
    (&["出水", "回水", "入水", "進水"], Water),
    (
        &[
            "OA", "OUTDOOR", "OUTSIDE", "AMBIENT", "外氣", "室外", "戶外",
        ],
        OutdoorAir,
    ),
    (AIR_SIDE, Air),
];

const AIR_SIDE: &[&str] = &[
    "AH",
    "AHU",
    "AHB",
    "AHRF",
    "FCU",
    "PAH",
    "PAHU",
    "MAU",
    "OAHU",
    "DOAS",
    "RTU",
    "VAV",
    "ROOM",
    "RM",
    "ZONE",
    "ZN",
    "AIR",
    "SA",
    "RA",
    "MA",
    "EA",
    "DA",
    "空調箱",
    "室內",
    "房間",
    "送風",
    "回風",
    "出風",
    "混風",
    "排風",
];

const PUMPS: &[&str] = &[
    "P", "PUMP", "CHP", "PCHP", "SCHP", "CHWP", "CWP", "CDWP", "HWP", "ZWP", "ZP", "WP", "泵",
];

const FANS: &[&str] = &["FAN", "SF", "RF", "EF", "CT", "CTF", "風扇", "風機"];

const VARIABLE_SPEED: &[&str] = &["VFD", "VSD", "INV", "變頻"];

const DUCTS: &[&str] = &["FILTER", "DUCT", "濾網", "風管"];

/// Equipment whose names have that of a medium in them, which they need not carry.
const EQUIPMENT: [&str; 4] = ["冰水主機", "冰水機", "冰水泵浦", "冰水泵"];

/// The other points of the same equipment: their last words.
pub(super) type Beside = BTreeSet<String>;

/// What `name` says, given the points beside it; `None` where its last word is not known.
pub(super) fn meaning(name: &Name, beside: &Beside) -> Option<Meaning> {
    let words = ending(&name.words);
    if let Some(word) = words
        .last()
        .and_then(|last| ends_in(&last.text, &SETPOINTS))
    {
        return Some(setpoint(name, words, word, beside));
    }
    let Some(found) = hint(words, beside) else {
        let unit = name.unit?;
        let why = format!("the name states {unit}");
        return Some(match Quantity::of_unit(unit) {
            Some(quantity) => Meaning::Known {
                quantity,
                unit: Some(unit),
                why,
            },
            None => Meaning::Unclear {
                why: format!("{why}, and not what is measured"),
            },
        });
    };
    let mut why = format!("name ends in {}{}", found.word, found.company);
    let (quantity, unit) = match found.says {
        This(quantity) => (quantity, None),
        In(quantity, unit) => (quantity, Some(unit)),
        As(what, quantity, unit) => {
            why = format!("{why}: {what}");
            (quantity, unit)
        }
        Unclear(between) => {
            return Some(Meaning::Unclear {
                why: format!("{why}: {between}"),
            });
        }
        Temperature(otherwise) => match (medium(&found.before), otherwise) {
            (Some((of, quantity)), _) => {
                why = format!("{why}, of {of}");
                (quantity, None)
            }
            (None, Some(quantity)) => (quantity, None),
            (None, None) => {
                return Some(Meaning::Unclear {
                    why: format!("{why}: a temperature, the name does not say of what"),
                });
            }
        },
    };
    if let Some(stated) = name.unit {
        if !quantity.physical_type().accepts(stated) {
            return Some(Meaning::Unclear {
                why: format!("{why}, but states {stated}"),
            });
        }
        why = format!("{why} and states {stated}");
    }
    Some(Meaning::Known {
        quantity,
        unit: name.unit.or(unit),
        why,
    })
}

/// The key and the last word of a point among its equipment: `MMCB` and `KWH` of `MMCB.KWH`.
pub(super) fn equipment(name: &str) -> Option<(String, String)> {
    let at = name.rfind(|c: char| !c.is_alphanumeric())?;
    let last = name[at..].trim_start_matches(|c: char| !c.is_alphanumeric());
    Some((name[..at].to_uppercase(), last.to_uppercase()))
}

fn setpoint(name: &Name, words: &[Word], word: &str, beside: &Beside) -> Meaning {
    let mut rest = words.to_vec();
    if let Some(mut last) = rest.pop() {
        let kept = last.text.len() - word.len();
        last.text.truncate(kept);
        if kept > 0 {
            rest.push(last);
        }
    }
    let of = Name {
        words: rest,
        unit: name.unit,
    };
    Meaning::Setpoint {
        of: meaning(&of, beside).map(Box::new),
        why: format!("name ends in {word}"),
    }
}

/// The words up to the last one that can say what is measured.
fn ending(words: &[Word]) -> &[Word] {
    let says_nothing = |word: &Word| {
        word.text.chars().all(char::is_numeric)
            || PASSED_OVER.contains(&word.text.as_str())
            || (!word.whole && word.text.chars().count() == 1 && word.text.is_ascii())
    };
    let end = words.iter().rposition(|word| !says_nothing(word));
    &words[..end.map_or(0, |end| end + 1)]
}

/// A hint that counts.
struct Found {
    /// The last word, as the table has it.
    word: &'static str,
    says: Says,
    /// The company that makes it count, in words.
    company: String,
    /// The words before it.
    before: Vec<Word>,
}

/// The hint of the last word that counts.
fn hint(words: &[Word], beside: &Beside) -> Option<Found> {
    let (last, before) = words.split_last()?;
    let found = HINTS.iter().find_map(|(endings, when, says)| {
        let (word, used) = matching(before, last, endings)?;
        let before = context(&before[..before.len() - used], last, word);
        Some(Found {
            word,
            says: *says,
            company: company(*when, last, &before, beside)?,
            before,
        })
    });
    // A letter such as the A of CHST-A tells one of several sensors from another.
    let letter = last.text.len() == 1 && !before.is_empty();
    found.or_else(|| letter.then(|| hint(ending(before), beside)).flatten())
}

/// The one of `endings` that the name ends in, and how many words before the last one belong to it.
fn matching(
    before: &[Word],
    last: &Word,
    endings: &[&'static str],
) -> Option<(&'static str, usize)> {
    if let Some(word) = ends_in(&last.text, endings) {
        return Some((word, 0));
    }
    let previous = &before.last()?.text;
    let pair = endings.iter().find(|ending| {
        ending
            .split_once(' ')
            .is_some_and(|(first, second)| first == previous && second == last.text)
    });
    pair.map(|pair| (*pair, 1))
}

/// The one of `hints` that `word` is, or, in Chinese, ends in; the longest.
fn ends_in(word: &str, hints: &[&'static str]) -> Option<&'static str> {
    let is_it = |hint: &&&str| word == **hint || (!hint.is_ascii() && word.ends_with(**hint));
    hints
        .iter()
        .filter(is_it)
        .max_by_key(|hint| hint.len())
        .copied()
}

/// The words that say of what: those before the last one, and in Chinese what stands before `hint` in it.
fn context(before: &[Word], last: &Word, hint: &str) -> Vec<Word> {
    let mut context = before.to_vec();
    let rest = last.text.strip_suffix(hint).filter(|rest| !rest.is_empty());
    context.extend(rest.map(|rest| Word {
        text: rest.to_owned(),
        whole: false,
    }));
    context
}

/// The company that makes a hint count, in words; `None` where it does not.
fn company(when: When, last: &Word, words: &[Word], beside: &Beside) -> Option<String> {
    let of = |word: &str| format!(", of {word}");
    let meter = || {
        ["KW", "KWH", "PF"]
            .into_iter()
            .find(|word| beside.contains(*word))
    };
    let air = |quantity| matches!(quantity, Air | OutdoorAir);
    match when {
        Always => Some(String::new()),
        Drive if !last.whole => None,
        Drive => any(words, &[PUMPS, FANS, VARIABLE_SPEED]).map(of),
        Meter => meter()
            .filter(|_| last.whole)
            .map(|meter| format!(", beside {meter}")),
        Phases => {
            let all = ["RA", "SA", "TA"].iter().all(|word| beside.contains(*word));
            meter()
                .filter(|_| all)
                .map(|meter| format!(", beside RA, SA, TA and {meter}"))
        }
        AirSide => medium(words)
            .filter(|found| air(found.1))
            .map(|found| of(found.0)),
        Filter => any(words, &[DUCTS, FANS]).map(of),
        WaterSide => {
            let water = || {
                medium(words)
                    .filter(|found| !air(found.1))
                    .map(|found| found.0)
            };
            any(words, &[PUMPS]).or_else(water).map(of)
        }
    }
}

fn any(words: &[Word], known: &[&[&'static str]]) -> Option<&'static str> {
    let found = |word: &Word| known.iter().find_map(|known| within(&word.text, known));
    words.iter().rev().find_map(found).map(|(_, word)| word)
}

/// The nearest word that says of what, and what that is.
fn medium(words: &[Word]) -> Option<(&'static str, Quantity)> {
    words.iter().rev().find_map(|word| {
        let mut text = word.text.clone();
        for equipment in EQUIPMENT {
            text = text.replace(equipment, "");
        }
        let found = MEDIA.iter().filter_map(|(words, quantity)| {
            within(&text, words).map(|(at, word)| (at, word, *quantity))
        });
        // Water that comes or goes is of any kind: it counts only where nothing else does.
        let nearest =
            found.max_by_key(|(at, word, quantity)| (*quantity != Water, *at, word.len()))?;
        Some((nearest.1, nearest.2))
    })
}

/// The last of `known` that `text` is, or, in Chinese, has in it; and where.
fn within(text: &str, known: &[&'static str]) -> Option<(usize, &'static str)> {
    let at = |word: &&'static str| {
        if text == *word {
            Some((0, *word))
        } else if word.is_ascii() {
            None
        } else {
            text.rfind(*word).map(|at| (at, *word))
        }
    };
    known
        .iter()
        .filter_map(at)
        .max_by_key(|(at, word)| (*at, word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, beside: &[&str]) -> String {
        let beside = beside.iter().map(|word| (*word).to_owned()).collect();
        shown(meaning(&Name::cut(name), &beside))
    }

    fn shown(meaning: Option<Meaning>) -> String {
        match meaning {
            None => "-".to_owned(),
            Some(Meaning::Known { quantity, unit, .. }) => {
                format!("{quantity:?} {}", unit.map_or("-", Unit::symbol))
            }
            Some(Meaning::Setpoint { of, .. }) => {
                format!("setpoint of {}", shown(of.map(|of| *of)))
            }
            Some(Meaning::Unclear { .. }) => "unclear".to_owned(),
        }
    }

    #[test]
    fn names_say_what_is_measured_in_both_scripts() {
        for (name, expected) in [
            ("CH5.CHST", "ChilledWater -"),
            ("CH5.CHRT", "ChilledWater -"),
            ("CH1_CHWST_01", "ChilledWater -"),
            ("ChwSt", "ChilledWater -"),
            ("CHST-A", "ChilledWater -"),
            ("CHR1.WT", "ChilledWater -"),
            ("CWRT3.WT", "CondenserWater -"),
            ("CH5.CWST", "CondenserWater -"),
            ("BOILER.WT", "Water -"),
            ("AHU3.SAT", "Air -"),
            ("AH0101 T", "Air -"),
            ("AH0101_T", "Air -"),
            ("AH0202 DT", "Air -"),
            ("ZONE1-EBLN.AVGT", "Air -"),
            ("OUTDOOR T", "OutdoorAir -"),
            ("CHW SUPPLY TEMP (°F)", "ChilledWater °F"),
            ("冰水主管溫度", "ChilledWater -"),
            ("冰水機冷卻水出水溫度", "CondenserWater -"),
            ("冰水機出水溫度", "Water -"),
            ("冷卻水塔出水溫度1", "CondenserWater -"),
            ("外氣溫度", "OutdoorAir -"),
            ("MMCB.KWH", "Energy kWh"),
            ("P1.kWh", "Energy kWh"),
            ("用電量", "Energy -"),
            ("MMCB.KW", "Power kW"),
            ("CH1.GPM", "Flow GPM"),
            ("CH1.FLOW", "Flow -"),
            ("冰水流量（LPM）", "Flow L/min"),
            ("AHU1.FLOW", "AirFlow -"),
            ("ZWP-Z1.WDP", "WaterPressureDifference -"),
            ("CHW DP", "WaterPressureDifference -"),
            ("AHU1 FILTER DP", "AirPressureDifference -"),
            ("RM12 RH", "Humidity %"),
            ("相對濕度", "Humidity %"),
            ("CHP-1.HZ", "Frequency Hz"),
            ("ZWP-1.F", "Frequency Hz"),
            ("冰水泵頻率", "Frequency Hz"),
            ("AHU1.VLV", "Position %"),
            ("冰水泵電流", "Current A"),
            ("電壓", "Voltage -"),
            ("CH1.ST", "Status -"),
            ("冰水泵運轉狀態", "Status -"),
            ("CWR1.WT.SET", "setpoint of CondenserWater -"),
            ("冰水溫度設定值", "setpoint of ChilledWater -"),
            ("CHST SP", "setpoint of ChilledWater -"),
            ("P-1 (kW)", "unclear"),
            ("X (kWh)", "Energy kWh"),
        ] {
            assert_eq!(said(name, &[]), expected, "{name}");
        }
    }

    #[test]
    fn a_hint_is_never_found_inside_an_unrelated_word() {
        for name in [
            "GENERATOR",
            "STATION.X",
            "SATURN",
            "PRESET",
            "TEMPLE",
            "SPARE",
            "BOAT",
            "AKW",
            "KWX",
            "MMCB",
            "CHSTX",
            "LAST",
            "TEST",
            "WEST",
            "FLOWER",
            "RUNNER",
            "電壓縮機",
            "溫度控制閥",
            "運轉時數",
            "頻率計",
        ] {
            assert_eq!(said(name, &["KW", "KWH"]), "-", "{name}");
        }
    }

    #[test]
    fn words_of_many_meanings_need_company() {
        assert_eq!(said("PLANT.A", &["KW", "KWH", "A"]), "Current A");
        assert_eq!(said("PUMP-A", &["A", "B"]), "-");
        assert_eq!(said("MMCB.RA", &["KW", "RA", "SA", "TA"]), "Current A");
        assert_eq!(said("AHU1.RA", &["RA", "SA", "MA"]), "unclear");
        assert_eq!(said("MMCB.VA", &["KW"]), "unclear");
        assert_eq!(said("TANK.F", &[]), "unclear");
        assert_eq!(said("CH5.CTDT", &[]), "-");
        assert_eq!(said("CH5.DT", &[]), "unclear");
        assert_eq!(said("OA.DP", &[]), "unclear");
        assert_eq!(said("TANK.DP", &[]), "unclear");
        assert_eq!(said("CH1.RT", &[]), "unclear");
        assert_eq!(said("TANK.T", &[]), "unclear");
        assert_eq!(said("CHW FLOW (°C)", &[]), "unclear");
    }

    #[test]
    fn no_word_of_the_table_is_shadowed_by_one_before_it() {
        let mut always = BTreeSet::new();
        for (endings, when, _) in HINTS {
            for ending in *endings {
                assert!(!always.contains(ending), "{ending} is decided already");
                if *when == Always {
                    always.insert(*ending);
                }
                let words = ending.split(' ');
                assert!(
                    words.clone().all(|word| word == word.to_uppercase()),
                    "{ending}"
                );
            }
        }
    }

    #[test]
    fn the_last_word_is_told_from_the_equipment() {
        let parted = |name: &str| equipment(name).map(|(of, last)| format!("{of}|{last}"));
        assert_eq!(parted("MMCB.KWH").as_deref(), Some("MMCB|KWH"));
        assert_eq!(parted("a-b c").as_deref(), Some("A-B|C"));
        assert_eq!(parted("CHST"), None);
        assert_eq!(parted("冰水 溫度").as_deref(), Some("冰水|溫度"));
    }
}
