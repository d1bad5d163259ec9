//! One report, in every form of export that tests read.
//!
//! Enters: a [`Report`]. Leaves: its text in a form. An empty cell is left out where a line has one value; `No Data` is a value with a bad
//! status where the form has statuses. Local times are of Taipei where a form names a zone. Refused: nothing.

use crate::Report;
use crate::report::Row;
use clap::ValueEnum;
use jiff::civil::DateTime;

/// A form of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Siemens' scheduler: points declared above a table
    Scheduler,
    /// Siemens, point after point
    Points,
    /// Siemens, pages that were printed into a file
    Pages,
    /// Niagara: the history of one point
    Niagara,
    /// Metasys: one value a line
    Metasys,
    /// Campbell Scientific's loggers
    Toa5,
    /// Zinc grids, as Haystack servers give them
    Zinc,
    /// A table: a column of times, `t`, and one for each point
    Table,
    /// A table with one value a row: `name`, `t`, `v`
    Long,
    /// A table with a row for each day of a point, in quarters of an hour
    Day,
}

impl Report {
    /// Its text in a form. Of the form of one point, one after the other.
    #[must_use]
    pub fn written(&self, form: Form) -> String {
        match form {
            Form::Scheduler => self.text(),
            Form::Points => self.blocks(),
            Form::Pages => self.pages(),
            Form::Niagara => self.histories().concat(),
            Form::Metasys => self.samples(),
            Form::Toa5 => self.logger(),
            Form::Zinc => self.grid(),
            Form::Table => self.table(),
            Form::Long => self.long(),
            Form::Day => self.days(),
        }
    }

    /// The names of the points, each between these.
    fn names(&self, before: &str, behind: &str) -> String {
        let points = self.points().iter();
        points
            .map(|point| format!("{before}{}{behind}", point.name))
            .collect()
    }

    /// A head, and a line for each row: its time in the format, and its cells.
    fn lines_of(&self, head: String, line: impl Fn(&Row) -> String) -> String {
        head + &self.each_row().iter().map(line).collect::<String>()
    }

    /// Each point with its values.
    fn by_point(&self) -> impl Iterator<Item = (&str, Vec<(DateTime, &str)>)> {
        let points = self.points().iter().enumerate();
        points.map(|(place, point)| {
            let cells = self.each_row().iter();
            let cells =
                cells.filter_map(move |(time, cells)| Some((*time, cells.get(place)?.as_str())));
            let cells = cells.filter(|(_, cell)| !cell.is_empty());
            (point.name.as_str(), cells.collect())
        })
    }

    /// Siemens' reports of points, one after the other.
    #[must_use]
    pub fn blocks(&self) -> String {
        let definitions = self.points().iter().map(|point| &point.definition);
        let mut text = String::new();
        for ((name, cells), every) in self.by_point().zip(definitions) {
            text += &format!(
                "Point Name:,{name},,\r\nTrend Location (Local):,P1,,\r\nTrend Every:,{every},,\r\nReport Timings:,All Hours,,\r\n"
            );
            for (time, cell) in cells {
                let (status, value) = with_status(cell, ["-N-", "-F-fault"]);
                let time = time.strftime("%-m/%-d/%Y,%-H:%M:%S");
                text += &format!("{time},{value}, {status}\r\n");
            }
            text += ",,,\r\n ********,,,\r\n";
        }
        text + " ******* End of Report *******,,,\r\n"
    }

    /// Pages that were printed into a file.
    #[must_use]
    pub fn pages(&self) -> String {
        let head = format!("<>Date,Time{}\r\n", self.names(",", ""));
        self.lines_of(head, |(time, cells)| {
            let time = time.strftime("%-m/%-d/%Y,%-H:%M:%S");
            format!("{time},{}\r\n", cells.join(","))
        })
    }

    /// The history of each point that has values.
    #[must_use]
    pub fn histories(&self) -> Vec<String> {
        let points = self.by_point().filter(|(_, cells)| !cells.is_empty());
        let history = |(name, cells): (&str, Vec<(DateTime, &str)>)| {
            let mut text = format!("history:/S/{name}\n\nTimestamp,Trend Flags,Status,Value\n");
            for (time, cell) in cells {
                let time = time.strftime("%d-%b-%y %I:%M:%S %p CST");
                let (status, value) = with_status(cell, ["{ok}", "{fault}"]);
                text += &format!("{time},{{ }},{status},{value}\n");
            }
            text
        };
        points.map(history).collect()
    }

    /// Samples of Metasys, point by point.
    #[must_use]
    pub fn samples(&self) -> String {
        let mut text = "Value,Units,TimeStamp,IsReliable,ItemReference\n".to_owned();
        for (name, cells) in self.by_point() {
            for (time, cell) in cells {
                let (is_reliable, value) = with_status(cell, ["True", "False"]);
                let time = time.strftime("%m/%d/%Y %H:%M:%S");
                text += &format!("{value},,{time},{is_reliable},{name}\n");
            }
        }
        text
    }

    /// A table of a logger, whose name is that of the first point.
    #[must_use]
    pub fn logger(&self) -> String {
        let table = self.points().first().map_or("", |point| &point.name);
        let table = table.replace('.', "_");
        let columns = |cell: &str| format!(",\"{cell}\"").repeat(self.points().len());
        let names = self.names(",\"", "\"");
        let (units, kinds) = (columns(""), columns("Smp"));
        let head = format!(
            "\"TOA5\",\"Roof\",\"CR1000\",\"9999\",\"CR1000.Std.27\",\"CPU:Roof.CR1\",\"52\",\"{table}\"\n\
             \"TIMESTAMP\"{names}\n\"TS\"{units}\n\"\"{kinds}\n"
        );
        self.lines_of(head, |(time, cells)| {
            let time = time.strftime("%Y-%m-%d %H:%M:%S");
            format!("\"{time}\",{}\n", cells.join(","))
        })
    }

    /// A grid.
    #[must_use]
    pub fn grid(&self) -> String {
        let points = (0..).zip(self.points());
        let columns = points.map(|(place, point)| format!(",v{place} dis:\"{}\"", point.name));
        let head = format!("ver:\"3.0\"\nts{}\n", columns.collect::<String>());
        let cell = |cell: &String| match cell.as_str() {
            "" => ",N".to_owned(),
            "No Data" => ",NA".to_owned(),
            number if number.parse::<f64>().is_ok() => format!(",{number}"),
            word => format!(",\"{word}\""),
        };
        self.lines_of(head, |(time, cells)| {
            let time = time.strftime("%Y-%m-%dT%H:%M:%S+08:00 Taipei");
            let cells: String = cells.iter().map(cell).collect();
            format!("{time}{cells}\n")
        })
    }

    /// A table with a column of times, and one for each point.
    #[must_use]
    pub fn table(&self) -> String {
        let head = format!("t{}\n", self.names(",", ""));
        self.lines_of(head, |(time, cells)| {
            let time = time.strftime("%Y-%m-%d %H:%M:%S");
            format!("{time},{}\n", cells.join(","))
        })
    }

    /// A table with one value a row, point by point.
    #[must_use]
    pub fn long(&self) -> String {
        let mut text = "name,t,v\n".to_owned();
        for (name, cells) in self.by_point() {
            for (time, cell) in cells {
                let time = time.strftime("%Y-%m-%d %H:%M:%S");
                text += &format!("{name},{time},{cell}\n");
            }
        }
        text
    }

    /// A table with a row for each day of a point; times between quarters of an hour are left out.
    #[must_use]
    pub fn days(&self) -> String {
        let labels = (0..96).map(|quarter| format!(",{:02}:{:02}", quarter / 4, quarter % 4 * 15));
        let mut text = format!("name,day{}\n", labels.collect::<String>());
        for (name, cells) in self.by_point() {
            for day in cells.chunk_by(|one, next| one.0.date() == next.0.date()) {
                text += &format!("{name},{}", day[0].0.date());
                let mut cells = day.iter().peekable();
                for quarter in 0..96 {
                    let is_here = |(time, _): &&(DateTime, &str)| {
                        i32::from(time.hour()) * 4 + i32::from(time.minute()) / 15 == quarter
                    };
                    let here = cells.next_if(is_here);
                    text += &format!(",{}", here.map_or("", |(_, cell)| cell));
                }
                text += "\n";
            }
        }
        text
    }
}

/// What is no data as a number whose status says so, in the form's words for a good status and a bad one.
fn with_status<'t>(cell: &'t str, [good, bad]: [&'static str; 2]) -> (&'static str, &'t str) {
    match cell {
        "No Data" => (bad, "3.5"),
        cell => (good, cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_report_has_its_values_in_every_form() {
        let cells = [["1.5", "ON"], ["No Data", ""]];
        let report = Report::new(["A.T", "B"]).every(15, "2016-01-02 09:15", cells);
        let pages = "<>Date,Time,A.T,B\r\n1/2/2016,9:15:00,1.5,ON\r\n1/2/2016,9:30:00,No Data,\r\n";
        assert_eq!(report.written(Form::Pages), pages);
        let table = "t,A.T,B\n2016-01-02 09:15:00,1.5,ON\n2016-01-02 09:30:00,No Data,\n";
        assert_eq!(report.written(Form::Table), table);
        let long = "name,t,v\nA.T,2016-01-02 09:15:00,1.5\nA.T,2016-01-02 09:30:00,No Data\nB,2016-01-02 09:15:00,ON\n";
        assert_eq!(report.written(Form::Long), long);
        let ends = |form, lines: &str| {
            let text = report.written(form);
            assert!(text.ends_with(lines), "{form:?}: {text}");
        };
        ends(
            Form::Scheduler,
            "\"2016/1/2\",\"09:30:00\",\"No Data\",\"\"\r\n\" **** End of Report ****\"\r\n",
        );
        ends(
            Form::Points,
            "1/2/2016,9:15:00,ON, -N-\r\n,,,\r\n ********,,,\r\n ******* End of Report *******,,,\r\n",
        );
        ends(Form::Niagara, "02-Jan-16 09:15:00 AM CST,{ },{ok},ON\n");
        ends(
            Form::Metasys,
            "3.5,,01/02/2016 09:30:00,False,A.T\nON,,01/02/2016 09:15:00,True,B\n",
        );
        ends(
            Form::Toa5,
            "\"\",\"Smp\",\"Smp\"\n\"2016-01-02 09:15:00\",1.5,ON\n\"2016-01-02 09:30:00\",No Data,\n",
        );
        ends(
            Form::Zinc,
            "2016-01-02T09:15:00+08:00 Taipei,1.5,\"ON\"\n2016-01-02T09:30:00+08:00 Taipei,NA,N\n",
        );
        let day = report.written(Form::Day);
        let of_a = day.lines().nth(1).unwrap().split(',').collect::<Vec<_>>();
        assert_eq!(
            (of_a.len(), of_a[1], of_a[2 + 37], of_a[2 + 38]),
            (98, "2016-01-02", "1.5", "No Data")
        );
    }

    #[test]
    fn a_table_is_read_as_the_report_that_it_was_written_of() {
        let table = "t,A.T,B\n2016-01-02 09:15:00,1.5,ON\n2016-01-02 09:30:00,,No Data\n";
        assert_eq!(Report::of_table(table).unwrap().table(), table);
        let wrong = Report::of_table("t,A\nyesterday,1\n").unwrap_err();
        assert!(wrong.starts_with("line 2:"), "{wrong}");
        assert!(
            Report::of_table("A,B\n")
                .unwrap_err()
                .starts_with("line 1:")
        );
    }
}
