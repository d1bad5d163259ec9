//! `cargo xtask example`: the example plant, and the folder of damaged reports.

use crate::dialect::{self, Point};
use crate::{Result, plant};
use jiff::ToSpan;
use jiff::civil::date;
use std::fs;
use std::path::Path;

const SEED: u64 = 2026;

/// Writes both folders into `examples`.
pub(crate) fn write(examples: &Path) -> Result<()> {
    let folder = examples.join("plant");
    fs::create_dir_all(&folder)?;
    for (name, text) in plant::reports(SEED) {
        fs::write(folder.join(name), text)?;
    }
    let folder = examples.join("damaged");
    fs::create_dir_all(&folder)?;
    for (name, bytes) in damaged() {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

/// A small good report over one day of 2026, one row an hour.
fn small(names: [&str; 2], month: i8, date_word: &str, time_word: &str) -> String {
    let points = names.map(|name| Point::new(name, "1 hour"));
    let from = date(2026, month, 1).at(0, 0, 0, 0);
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = dialect::write_head(
        &mut text,
        &points,
        "1 Hour",
        from,
        from + 1.day() - 1.second(),
        date_word,
        time_word,
    );
    for hour in 0..24_i32 {
        let _ = dialect::write_time(&mut text, from + hour.hours());
        let _ = dialect::write_cell(&mut text, &dialect::tenths(f64::from(hour) * 0.5 - 2.0));
        let _ = dialect::write_cell(&mut text, &format!("{}", 1000 + hour));
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(dialect::TRAILER.as_bytes());
    String::from_utf8_lossy(&text).into_owned()
}

fn plain(month: i8) -> String {
    small(["TANK.T", "TANK.KWH"], month, "<>Date", "Time")
}

/// The files of the damaged folder; its README says what each is.
fn damaged() -> Vec<(&'static str, Vec<u8>)> {
    let rows_at = |text: &str| text.find("\n\"2026/").map_or(text.len(), |at| at + 1);
    let good = plain(1);
    let february = plain(2);
    let head = &february[..rows_at(&february)];
    let chinese = small(["水槽溫度", "水槽電度"], 3, "日期", "時間");
    let utf16 = std::iter::once(0xFEFF)
        .chain(plain(4).encode_utf16().collect::<Vec<_>>())
        .flat_map(u16::to_le_bytes);
    let may = plain(5);
    let mut backward: Vec<&str> = may[rows_at(&may)..]
        .lines()
        .filter(|line| line.starts_with("\"2026/"))
        .collect();
    backward.reverse();
    let descending = format!(
        "{}{}\r\n{}",
        &may[..rows_at(&may)],
        backward.join("\r\n"),
        dialect::TRAILER
    );
    let june = plain(6);
    let ragged: String = june
        .split_inclusive("\r\n")
        .enumerate()
        .map(|(index, line)| match index {
            12 => line.replace("\r\n", ",\"7\"\r\n"),
            15 => line
                .rsplit_once(',')
                .map_or(line.to_owned(), |(kept, _)| format!("{kept}\r\n")),
            _ => line.to_owned(),
        })
        .collect();
    let mut random = crate::random::Random::new(7);
    let noise: Vec<u8> = (0..600).flat_map(|_| random.next().to_le_bytes()).collect();
    let mut picture = vec![0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10];
    picture.extend_from_slice(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    picture.extend_from_slice(&noise[..2000]);
    let july = plain(7);
    vec![
        ("01-good.csv", good.into_bytes()),
        ("02-empty.csv", Vec::new()),
        ("03-noise.csv", noise),
        ("04-picture.csv", picture),
        (
            "05-header-only.csv",
            format!("{head}{}", dialect::TRAILER).into_bytes(),
        ),
        (
            "06-chinese-cp950.csv",
            encoding_rs::BIG5.encode(&chinese).0.into_owned(),
        ),
        ("07-utf16.csv", utf16.collect()),
        ("08-descending.csv", descending.into_bytes()),
        ("09-ragged.csv", ragged.into_bytes()),
        (
            "10-cut.csv",
            july.as_bytes()[..rows_at(&july) + 400].to_vec(),
        ),
        (
            "11-future.csv",
            plain(8).replace("2026/", "2099/").into_bytes(),
        ),
        (
            "12-not-a-report.csv",
            b"name,value\nalpha,1\nbeta,2\n".to_vec(),
        ),
        ("13-good-copy.csv", plain(1).into_bytes()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_in_the_repository_is_what_the_generator_writes() {
        let examples = crate::root().join("examples");
        for (folder, files) in [
            (
                "plant",
                plant::reports(SEED)
                    .into_iter()
                    .map(|(name, text)| (name, text.into_bytes()))
                    .collect(),
            ),
            (
                "damaged",
                damaged()
                    .into_iter()
                    .map(|(name, bytes)| (name.to_owned(), bytes))
                    .collect::<Vec<_>>(),
            ),
        ] {
            for (name, bytes) in files {
                let found = fs::read(examples.join(folder).join(&name)).expect(&name);
                assert!(found == bytes, "{name} is stale: run `cargo xtask example`");
            }
        }
    }
}
