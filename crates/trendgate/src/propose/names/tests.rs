//! Names of real plants, and names that only look like them.

use super::super::hints::{HINTS, When};
use super::*;

fn said(name: &str, beside: &[&str]) -> String {
    let beside = beside.iter().map(|word| (*word).to_owned()).collect();
    shown(meaning(&PointWords::cut(name), &beside))
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
        ("OUTDOOR AIR TEMP", "OutdoorAir -"),
        ("AHU2.DMP CMD", "Position %"),
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
            if *when == When::Always {
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
