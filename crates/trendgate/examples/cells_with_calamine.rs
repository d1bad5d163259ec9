//! What it takes to read a workbook's cells, and no more: the first sheet of each workbook of a folder, by the reader of cells that the
//! program has. `cargo xtask bench` holds the program against it.
//!
//! Enters: a folder. Leaves: how many cells have a number or a text. Refused: what calamine refuses.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the rules about the disk and the terminal are the library's; this is a program to measure"
)]

use calamine::{DataRef, Reader as _, Xlsx, open_workbook};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("which folder?")?;
    let mut cells = 0_u64;
    for entry in std::fs::read_dir(folder)? {
        cells += cells_of(&entry?.path())?;
    }
    println!("{cells}");
    Ok(())
}

fn cells_of(workbook: &Path) -> Result<u64, Box<dyn Error>> {
    let mut book: Xlsx<_> = open_workbook(workbook)?;
    let sheet = book.sheet_names().first().cloned().ok_or("no sheet")?;
    let mut reader = book.worksheet_cells_reader(&sheet)?;
    let mut cells = 0;
    while let Some(cell) = reader.next_cell()? {
        cells += u64::from(*cell.get_value() != DataRef::Empty);
    }
    Ok(cells)
}
