//! Panels of a dashboard, and where they stand.

use serde_json::{Value, json};

/// What the numbers of a panel or a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A count.
    Count,
    /// A length of time.
    Seconds,
    /// A size, in powers of ten, as the program prints sizes.
    Bytes,
    /// A share of a whole, from 0 to 1.
    Share,
    /// An exit code.
    Exit,
}

impl Unit {
    /// Its name in Grafana.
    const fn name(self) -> &'static str {
        match self {
            Self::Count => "locale",
            Self::Exit => "none",
            Self::Seconds => "s",
            Self::Bytes => "decbytes",
            Self::Share => "percentunit",
        }
    }
}

/// A question to Prometheus.
#[derive(Debug)]
pub(super) struct Query {
    expr: String,
    /// What a line is called; of a column its title.
    legend: &'static str,
    /// Of a column.
    unit: Unit,
    /// From where on a value of a column is bad.
    bad: Option<f64>,
}

impl Query {
    /// One for lines, which are called after labels: `{{site}}`.
    pub(super) fn line(expr: String, legend: &'static str) -> Self {
        Self {
            expr,
            legend,
            unit: Unit::Count,
            bad: None,
        }
    }

    /// One for a column of a table: its title, its unit, and from where on a value is bad.
    pub(super) fn column(expr: String, title: &'static str, unit: Unit, bad: Option<f64>) -> Self {
        Self {
            expr,
            legend: title,
            unit,
            bad,
        }
    }

    fn target(&self, place: usize, kind: Kind) -> Value {
        let is_range = matches!(kind, Kind::Series | Kind::States);
        json!({
            "refId": ref_id(place),
            "datasource": data_source(),
            "editorMode": "code",
            "expr": self.expr,
            "legendFormat": self.legend,
            "format": if kind == Kind::Table { "table" } else { "time_series" },
            "instant": !is_range,
            "range": is_range,
        })
    }
}

/// The name of a query in its panel: A, B, …
fn ref_id(place: usize) -> String {
    let letter = u8::try_from(place).unwrap_or(25).min(25);
    char::from(b'A' + letter).to_string()
}

/// How a panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stat,
    Table,
    Series,
    States,
}

/// A panel.
#[derive(Debug)]
pub(super) struct Panel {
    kind: Kind,
    title: &'static str,
    description: &'static str,
    queries: Vec<Query>,
    unit: Unit,
    /// From where on a value is bad.
    bad: Option<f64>,
    width: u64,
    height: u64,
}

impl Panel {
    /// One number, red from `bad` on.
    pub(super) fn stat(
        title: &'static str,
        description: &'static str,
        expr: String,
        bad: Option<f64>,
    ) -> Self {
        Self {
            bad,
            width: 4,
            height: 4,
            ..Self::new(
                Kind::Stat,
                title,
                description,
                vec![Query::line(expr, title)],
            )
        }
    }

    /// A line a site, a column a query.
    pub(super) fn table(
        title: &'static str,
        description: &'static str,
        queries: Vec<Query>,
    ) -> Self {
        Self {
            width: 24,
            height: 11,
            ..Self::new(Kind::Table, title, description, queries)
        }
    }

    /// Lines over time.
    pub(super) fn series(
        title: &'static str,
        description: &'static str,
        queries: Vec<Query>,
        unit: Unit,
    ) -> Self {
        Self {
            unit,
            ..Self::new(Kind::Series, title, description, queries)
        }
    }

    /// Exit codes over time, a bar a site.
    pub(super) fn states(
        title: &'static str,
        description: &'static str,
        queries: Vec<Query>,
    ) -> Self {
        Self {
            unit: Unit::Exit,
            ..Self::new(Kind::States, title, description, queries)
        }
    }

    fn new(
        kind: Kind,
        title: &'static str,
        description: &'static str,
        queries: Vec<Query>,
    ) -> Self {
        Self {
            kind,
            title,
            description,
            queries,
            unit: Unit::Count,
            bad: None,
            width: 8,
            height: 8,
        }
    }

    /// As wide as the page.
    pub(super) fn wide(self) -> Self {
        Self { width: 24, ..self }
    }

    /// With a line above which values are bad.
    pub(super) fn limit(self, bad: f64) -> Self {
        Self {
            bad: Some(bad),
            ..self
        }
    }

    #[cfg(test)]
    pub(super) fn expressions(self) -> Vec<String> {
        self.queries.into_iter().map(|query| query.expr).collect()
    }

    fn json(&self, id: u64, (x, y): (u64, u64)) -> Value {
        let (kind, options) = match self.kind {
            Kind::Stat => ("stat", stat_options()),
            Kind::Table => ("table", table_options()),
            Kind::Series => ("timeseries", series_options()),
            Kind::States => ("state-timeline", states_options()),
        };
        let queries = self.queries.iter().enumerate();
        let targets: Vec<Value> = queries
            .map(|(place, query)| query.target(place, self.kind))
            .collect();
        let mut panel = json!({
            "id": id,
            "type": kind,
            "title": self.title,
            "description": self.description,
            "datasource": data_source(),
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "fieldConfig": {"defaults": self.defaults(), "overrides": []},
            "options": options,
            "targets": targets,
        });
        if self.kind == Kind::Table {
            panel["fieldConfig"]["overrides"] = self.columns();
            panel["transformations"] = self.transformations();
        }
        panel
    }

    fn defaults(&self) -> Value {
        let mut defaults = json!({
            "unit": self.unit.name(),
            "min": 0,
            "mappings": [],
            "thresholds": thresholds(self.bad),
            "color": {"mode": if self.kind == Kind::Series { "palette-classic" } else { "thresholds" }},
        });
        match self.kind {
            Kind::Series => {
                defaults["custom"] = json!({
                    "drawStyle": "line",
                    "lineWidth": 1,
                    "fillOpacity": 0,
                    "showPoints": "never",
                    "spanNulls": false,
                    "thresholdsStyle": {"mode": if self.bad.is_some() { "dashed" } else { "off" }},
                });
            }
            Kind::States => {
                defaults["mappings"] = exit_codes();
                defaults["custom"] = json!({"fillOpacity": 70, "lineWidth": 0});
            }
            Kind::Table => {
                defaults["custom"] =
                    json!({"align": "auto", "cellOptions": {"type": "auto"}, "inspect": false});
            }
            Kind::Stat => {}
        }
        defaults
    }

    /// How each column of a table shows.
    fn columns(&self) -> Value {
        let column = |query: &Query| {
            let mut properties = vec![
                json!({"id": "unit", "value": query.unit.name()}),
                json!({"id": "decimals", "value": i32::from(query.unit == Unit::Share)}),
            ];
            if query.bad.is_some() {
                properties.push(json!({"id": "thresholds", "value": thresholds(query.bad)}));
                let coloured = json!({"type": "color-background", "mode": "basic"});
                properties.push(json!({"id": "custom.cellOptions", "value": coloured}));
            }
            if query.unit == Unit::Exit {
                properties.push(json!({"id": "mappings", "value": exit_codes()}));
            }
            json!({"matcher": {"id": "byName", "options": query.legend}, "properties": properties})
        };
        self.queries.iter().map(column).collect()
    }

    /// The answers of all queries, site by site, with their titles.
    fn transformations(&self) -> Value {
        let queries = self.queries.iter().enumerate();
        let values = queries.map(|(place, query)| (format!("Value #{}", ref_id(place)), query));
        let titles = values
            .clone()
            .map(|(name, query)| (name, query.legend.into()));
        let site = [("site".to_owned(), Value::from("Site"))];
        let titles: serde_json::Map<String, Value> = site.into_iter().chain(titles).collect();
        let names = values.map(|(name, _)| name);
        let order = std::iter::once("site".to_owned()).chain(names).zip(0_u64..);
        let order: serde_json::Map<String, Value> =
            order.map(|(name, place)| (name, place.into())).collect();
        json!([
            {"id": "merge", "options": {}},
            {"id": "organize", "options": {
                "excludeByName": {"Time": true},
                "indexByName": order,
                "renameByName": titles,
            }},
        ])
    }
}

/// The data source that the variable names.
pub(super) fn data_source() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

fn thresholds(bad: Option<f64>) -> Value {
    let good = json!({"color": "green", "value": null});
    let steps = match bad {
        Some(bad) => json!([good, {"color": "red", "value": bad}]),
        None => json!([{"color": "text", "value": null}]),
    };
    json!({"mode": "absolute", "steps": steps})
}

/// What exit codes mean.
fn exit_codes() -> Value {
    let meaning =
        |text: &str, color: &str, index: u64| json!({"text": text, "color": color, "index": index});
    json!([{"type": "value", "options": {
        "0": meaning("0 good", "green", 0),
        "1": meaning("1 failed", "red", 1),
        "2": meaning("2 configuration", "red", 2),
        "3": meaning("3 rejected files", "yellow", 3),
        "4": meaning("4 state unknown", "dark-red", 4),
        "130": meaning("130 stopped", "orange", 5),
        "143": meaning("143 stopped", "orange", 6),
    }}])
}

fn reduced() -> Value {
    json!({"calcs": ["lastNotNull"], "fields": "", "values": false})
}

fn stat_options() -> Value {
    json!({
        "reduceOptions": reduced(),
        "colorMode": "background",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "value",
    })
}

fn table_options() -> Value {
    json!({
        "showHeader": true,
        "cellHeight": "sm",
        "footer": {"show": false, "reducer": ["sum"], "fields": ""},
        "sortBy": [{"displayName": "Exit", "desc": true}],
    })
}

fn series_options() -> Value {
    json!({
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    })
}

fn states_options() -> Value {
    json!({
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": false},
        "tooltip": {"mode": "single", "sort": "none"},
        "mergeValues": true,
        "showValue": "auto",
        "alignValue": "left",
        "rowHeight": 0.8,
    })
}

/// The width of a page.
const PAGE: u64 = 24;

/// The panels of these rows, each below its title, from left to right and from top to bottom.
pub(super) fn laid_out(rows: Vec<(&'static str, Vec<Panel>)>) -> Value {
    let (mut all, mut y) = (Vec::new(), 0);
    for (title, panels) in rows {
        let id = all.len() as u64 + 1;
        all.push(json!({
            "id": id,
            "type": "row",
            "title": title,
            "collapsed": false,
            "gridPos": {"x": 0, "y": y, "w": PAGE, "h": 1},
            "panels": [],
        }));
        y += 1;
        let (mut x, mut height) = (0, 0);
        for panel in panels {
            if x + panel.width > PAGE {
                y += height;
                (x, height) = (0, 0);
            }
            all.push(panel.json(all.len() as u64 + 1, (x, y)));
            x += panel.width;
            height = height.max(panel.height);
        }
        y += height;
    }
    all.into()
}
