//! The one table of hints: last words of names, and what they say. [`names`](super::names) says how it is read.

use super::quantity::Quantity::{
    self, Air, AirFlow, AirPressureDifference, ApparentPower, ChilledWater, Co2, CondenserWater,
    CoolingLoad, Current, Energy, Flow, Frequency, HotWater, Humidity, Light, OutdoorAir, Position,
    Power, PowerFactor, Pressure, ReactivePower, Status, TemperatureDifference, ThermalEnergy,
    Voltage, Volume, Water, WaterPressureDifference,
};
use crate::model::Unit;

use Says::{As, In, Temperature, This, Unclear};
use When::{AirSide, Always, Drive, Filter, Meter, Phases, WaterSide};

/// What a hint says.
#[derive(Clone, Copy)]
pub(super) enum Says {
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
pub(super) enum When {
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

/// The hints: last words of names, what they say, and when. The first that counts is taken. A last word of two parts is two
/// words of the name.
pub(super) const HINTS: &[(&[&str], When, Says)] = &[
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
            "a difference of temperatures (physical_type: temperature_difference), or a discharge temperature",
        ),
    ),
    (
        &[
            "TEMPERATURE DIFFERENCE",
            "TEMP DIFFERENCE",
            "TEMP DIFF",
            "DELTA T",
        ],
        Always,
        This(TemperatureDifference),
    ),
    (
        &["KWH", "電度", "用電度數"],
        Always,
        In(Energy, Unit::KilowattHour),
    ),
    (&["MWH"], Always, In(Energy, Unit::MegawattHour)),
    (
        &["RTH", "TRH", "TON HR", "TON HRS"],
        Always,
        In(ThermalEnergy, Unit::RefrigerationTonHour),
    ),
    (
        &[
            "HEAT ENERGY",
            "THERMAL ENERGY",
            "COOLING ENERGY",
            "熱量",
            "冷量",
        ],
        Always,
        This(ThermalEnergy),
    ),
    (&["用電量", "用電", "電能", "ENERGY"], Always, This(Energy)),
    (
        &["KVARH", "KVAH"],
        Always,
        Unclear(
            "a counter of reactive or apparent energy, for which there is no physical type (its last reading counts: {agg: last})",
        ),
    ),
    (&["KVA"], Always, In(ApparentPower, Unit::KilovoltAmpere)),
    (&["KVAR"], Always, In(ReactivePower, Unit::Kilovar)),
    (&["CO2", "二氧化碳"], Always, In(Co2, Unit::PartPerMillion)),
    (&["LUX"], Always, In(Light, Unit::Lux)),
    (&["ILLUMINANCE", "ILLUM", "照度"], Always, This(Light)),
    (
        &["WATER METER", "GAS METER", "用水量", "水表"],
        Always,
        This(Volume),
    ),
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
            "VLV", "VALVE", "DMP", "DMPR", "DAMPER", "PCT", "VLV CMD", "VLV POS", "DMP CMD",
            "DMP POS", "PERCENT", "開度",
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
        Unclear("an apparent power in VA or a voltage of one phase"),
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
pub(super) const SETPOINTS: [&str; 9] = [
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
pub(super) const PASSED_OVER: [&str; 6] = ["AVG", "PV", "TREND", "TL", "LOG", "值"];

/// Words before the last one, and the medium that they say. The nearest counts.
pub(super) const MEDIA: &[(&[&str], Quantity)] = &[
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

pub(super) const AIR_SIDE: &[&str] = &[
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

pub(super) const PUMPS: &[&str] = &[
    "P", "PUMP", "CHP", "PCHP", "SCHP", "CHWP", "CWP", "CDWP", "HWP", "ZWP", "ZP", "WP", "泵",
];

pub(super) const FANS: &[&str] = &["FAN", "SF", "RF", "EF", "CT", "CTF", "風扇", "風機"];

pub(super) const VARIABLE_SPEED: &[&str] = &["VFD", "VSD", "INV", "變頻"];

pub(super) const DUCTS: &[&str] = &["FILTER", "DUCT", "濾網", "風管"];

/// Equipment whose names have that of a medium in them, which they need not carry.
pub(super) const EQUIPMENT: [&str; 4] = ["冰水主機", "冰水機", "冰水泵浦", "冰水泵"];
