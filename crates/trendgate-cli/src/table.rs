//! Rows of cells → lines in which the cells stand below each other.

/// The lines of a table, each begun with two blanks; its cells have nothing in them that a terminal would obey.
pub(crate) fn lines<const N: usize>(rows: Vec<[String; N]>) -> Vec<String> {
    let widths: Vec<usize> = (0..N)
        .map(|place| rows.iter().map(|row| width(&row[place])).max().unwrap_or(0))
        .collect();
    let line = |row: [String; N]| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, room)| format!("{cell}{}", " ".repeat(room - width(cell))));
        format!("  {}", cells.collect::<Vec<_>>().join("  "))
            .trim_end()
            .to_owned()
    };
    rows.into_iter().map(line).collect()
}

/// The columns that a text takes on a terminal: characters of East Asian scripts take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}') { 2 } else { 1 }).sum()
}
