//! Rows of cells → lines in which the cells stand below each other.

use unicode_width::UnicodeWidthStr;

/// The lines of a table, each begun with two blanks; its cells have nothing in them that a terminal would obey.
pub(crate) fn lines<const N: usize>(rows: Vec<[String; N]>) -> Vec<String> {
    let widths: Vec<usize> = (0..N)
        .map(|place| rows.iter().map(|row| row[place].width()).max().unwrap_or(0))
        .collect();
    let line = |row: [String; N]| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, room)| format!("{cell}{}", " ".repeat(room - cell.width())));
        format!("  {}", cells.collect::<Vec<_>>().join("  "))
            .trim_end()
            .to_owned()
    };
    rows.into_iter().map(line).collect()
}
