//! A line of a described table that is no row → whether it is the header again, its units, or the header of another table.

use super::head::{names, plain};
use crate::acquire::described::{DescribedTable, TableHeader, UnitsPlace};
use crate::acquire::wide::{Furniture, Met};

/// What the head of a table looks like, to know it again below.
pub(in crate::acquire) struct TableFurniture {
    /// The names by which a header is known; none where the table has no header.
    words: Vec<String>,
    has_units: bool,
    /// The last lines of the head, the last one last.
    last: [Vec<u8>; 2],
}

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
        match self.words.iter().all(|word| found.contains(word)) {
            true => Met::Head,
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
