//! `cargo xtask corpus`: large, seeded corpora for tests and benchmarks, in the real dialect.

use crate::Result;
use crate::dialect::{self, Point, tenths};
use crate::random::Random;
use clap::ValueEnum;
use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Which corpus, and how large.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Its shape
    #[arg(long)]
    shape: Shape,
    /// The folder to write to
    #[arg(long)]
    out: PathBuf,
    /// How many files [default: that of the shape]
    #[arg(long)]
    files: Option<u32>,
    /// How many rows a file [default: that of the shape]
    #[arg(long)]
    rows: Option<u32>,
    /// How many points a file [default: that of the shape]
    #[arg(long)]
    points: Option<u32>,
    /// The seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// 60 consecutive weekly reports of the same 100 points, a row a minute: 415 MB
    Wide,
    /// One report of 2 GB
    Tall,
    /// 20 000 reports of 20 points and 24 hourly rows: 20 kinds over 1 000 days
    Small,
    /// 300 points in 6 kinds that cover the same weeks
    Kinds,
    /// As wide, with 30 % missing tokens
    Dirty,
    /// 5 000 reports of one point each over the same month
    Points,
}

struct Plan {
    files: u32,
    rows: u32,
    points: u32,
    /// Minutes between rows.
    step: u32,
    /// Files that cover the same time.
    abreast: u32,
    missing: f64,
}

impl Shape {
    fn plan(self) -> Plan {
        let plan = |files, rows, points, step, abreast, missing| Plan {
            files,
            rows,
            points,
            step,
            abreast,
            missing,
        };
        match self {
            Self::Wide => plan(60, 10_080, 100, 1, 1, 0.0),
            Self::Tall => plan(1, 2_900_000, 100, 1, 1, 0.0),
            Self::Small => plan(20_000, 24, 20, 60, 20, 0.0),
            Self::Kinds => plan(24, 10_080, 50, 1, 6, 0.0),
            Self::Dirty => plan(60, 10_080, 100, 1, 1, 0.3),
            Self::Points => plan(5_000, 2_976, 1, 15, 5_000, 0.0),
        }
    }
}

/// Writes the corpus.
pub(crate) fn write(args: &Args) -> Result<()> {
    let mut plan = args.shape.plan();
    plan.files = args.files.unwrap_or(plan.files);
    plan.rows = args.rows.unwrap_or(plan.rows);
    plan.points = args.points.unwrap_or(plan.points);
    fs::create_dir_all(&args.out)?;
    let mut bytes = 0;
    for file in 0..plan.files {
        let path = args.out.join(format!("REPORT_{file:06}.csv"));
        bytes += write_report(&path, &plan, file, args.seed)?;
    }
    println!(
        "{} files, {bytes} bytes in {}",
        plan.files,
        args.out.display()
    );
    Ok(())
}

fn write_report(path: &Path, plan: &Plan, file: u32, seed: u64) -> Result<u64> {
    let (kind, turn) = (file % plan.abreast, file / plan.abreast);
    let minutes = i64::from(plan.rows) * i64::from(plan.step);
    // Tall reports would reach beyond today.
    let start = if minutes > 1_000_000 {
        date(2019, 1, 1)
    } else {
        date(2024, 1, 1)
    };
    let from = start.at(0, 0, 0, 0) + (minutes * i64::from(turn)).minutes();
    let until: DateTime = from + minutes.minutes() - 1.second();
    let points: Vec<Point> = (0..plan.points)
        .map(|point| Point::new(format!("K{kind}.P{point:03}"), "5 minutes"))
        .collect();
    let interval = if plan.step == 60 {
        "1 Hour".to_owned()
    } else {
        format!("{} Minutes", plan.step)
    };
    let mut random = Random::new(seed ^ (u64::from(file) << 20));
    let mut to = BufWriter::with_capacity(1 << 20, File::create(path)?);
    dialect::write_head(&mut to, &points, &interval, from, until, "<>Date", "Time")?;
    let mut values: Vec<f64> = (0..plan.points)
        .map(|_| 10.0 + 40.0 * random.unit())
        .collect();
    for row in 0..plan.rows {
        dialect::write_time(
            &mut to,
            from + (i64::from(row) * i64::from(plan.step)).minutes(),
        )?;
        for value in &mut values {
            *value += random.noise(0.3);
            if plan.missing > 0.0 && random.unit() < plan.missing {
                dialect::write_cell(
                    &mut to,
                    if random.next() & 1 == 0 {
                        "No Data"
                    } else {
                        "Data Loss"
                    },
                )?;
            } else {
                dialect::write_cell(&mut to, &tenths(*value))?;
            }
        }
        to.write_all(b"\r\n")?;
    }
    to.write_all(dialect::TRAILER.as_bytes())?;
    to.flush()?;
    Ok(fs::metadata(path)?.len())
}
