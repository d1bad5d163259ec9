//! A line of a described table that is no row → whether it is the header again, its units, a line that stands above it, or the header of another
//! table.

use super::head::{names, plain};
use crate::acquire::described::{DescribedTable, TableHeader, UnitsPlace};
use crate::acquire::text::lossy;
use crate::acquire::wide::{Furniture, Met};

/// What the head of a table looks like, to know it again below.
pub(in crate::acquire) struct TableFurniture {
    /// The names by which a header is known; none where the table has no header.
    words: Vec<String>,
    has_units: bool,
    /// The last lines of the head, the last one last.
    last: [Vec<u8>; 2],
    /// The lines above those, without their digits.
    titles: Vec<String>,
}

/// So many lines above a header are known again below it.
const MOST_TITLES: usize = 16;

impl TableFurniture {
    /// That of `table`, of whose head nothing was seen yet.
    pub(in crate::acquire) fn of(table: &DescribedTable) -> Self {
        Self {
            words: match &table.header {
                TableHeader::With(words) => words.clone(),
                TableHeader::Absent(_) => Vec::new(),
            },
            has_units: table.units == Some(UnitsPlace::Below),
            last: [Vec::new(), Vec::new()],
            titles: Vec::new(),
        }
    }
}

impl TableFurniture {
    /// Takes the next line of a text whose header was not met yet; whether it is that, or the row of units below it.
    pub(in crate::acquire) fn see_header(&mut self, line: &[u8]) -> bool {
        let above = names(&self.last[1]);
        self.see(line);
        let of_header = match self.has_units {
            true => above,
            false => names(&self.last[1]),
        };
        self.words.iter().all(|word| of_header.contains(word))
    }
}

impl Furniture for TableFurniture {
    fn see(&mut self, line: &[u8]) {
        let title = title(&self.last[0]);
        if !title.is_empty() && self.titles.len() < MOST_TITLES {
            self.titles.push(title);
        }
        self.last.swap(0, 1);
        self.last[1] = plain(line).to_vec();
    }

    fn meets(&self, line: &[u8], whole: bool) -> Met {
        if self.words.is_empty() {
            return Met::Nothing;
        }
        let (header, units) = match self.has_units {
            true => (&self.last[0], Some(&self.last[1])),
            false => (&self.last[1], None),
        };
        let line = plain(line);
        // The beginning of the own header at the end of the file is where it was cut.
        if !whole && header.starts_with(line) && header != line {
            return Met::Nothing;
        }
        let found = names(line);
        let is_again = |own: &Vec<u8>| found == names(own);
        if is_again(header) || units.is_some_and(is_again) {
            return Met::Furniture;
        }
        if self.words.iter().all(|word| found.contains(word)) {
            return Met::Head;
        }
        // A page may begin with its title and its number.
        let own = title(line);
        let last = (!self.has_units).then(|| title(&self.last[0]));
        let is_title = |title: &String| !own.is_empty() && *title == own;
        match whole && self.titles.iter().chain(&last).any(is_title) {
            true => Met::Furniture,
            false => Met::Nothing,
        }
    }

    fn has_trailer(&self) -> bool {
        false
    }

    fn is_trailer(&self, _line: &[u8]) -> bool {
        false
    }
}

/// A line without its digits; nothing where no letter is left by which it could be known.
fn title(line: &[u8]) -> String {
    let text = lossy(line);
    let title: String = text.chars().filter(|letter| !letter.is_numeric()).collect();
    match title.contains(char::is_alphabetic) {
        true => title.trim().to_owned(),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_page_that_begins_with_title_and_header_is_furniture_and_a_total_is_not() {
        let config = "cleaner:\n  sources:\n    - match: \"*\"\n      table: wide\n      time: {columns: Time, format: iso}\n";
        let stated = Config::parse(config).unwrap().cleaner.stated().unwrap();
        let table = stated.sources[0].stated.table.clone().unwrap();
        let mut furniture = TableFurniture::of(&table);
        for line in ["Report", "Page 1", "Time,A,B"] {
            furniture.see(line.as_bytes());
        }
        for (line, expected) in [
            ("Time,A,B", Met::Furniture),
            ("Page 17", Met::Furniture),
            ("Report", Met::Furniture),
            ("Time,A,C", Met::Head),
            ("Total,1,2", Met::Nothing),
            ("2024,1,2", Met::Nothing),
        ] {
            assert_eq!(furniture.meets(line.as_bytes(), true), expected, "{line}");
        }
    }
}
