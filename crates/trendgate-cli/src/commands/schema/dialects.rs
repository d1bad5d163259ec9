//! The guide to the forms of export: what is written by hand, with the list of dialects and the fields of an entry of `cleaner.sources` in it.
//!
//! The first comes from the dialects themselves, the second from the JSON Schema of the configuration, which is made of its types and their comments.

use serde_json::Value;
use std::fmt::Write as _;
use trendgate::vocabulary::DialectId;

/// What is written by hand.
const TEXT: &str = include_str!("dialects.md");

/// The guide, as Markdown.
pub(super) fn guide() -> String {
    TEXT.replace("{dialects}", &dialects())
        .replace("{fields}", &fields(&trendgate::Config::json_schema()))
}

fn dialects() -> String {
    let mut text =
        String::from("| dialect | what it is | known by | what is special |\n|---|---|---|---|");
    for dialect in DialectId::all() {
        let guide = dialect.guide();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n| `{}` | {} | {} | {} |",
            dialect.as_str(),
            dialect.title(),
            guide.known_by,
            guide.special
        );
    }
    text
}

/// The table of fields, from the schema of the configuration.
fn fields(schema: &Value) -> String {
    let mut text =
        String::from("| field | of texts | what it may be | what it says |\n|---|---|---|---|");
    let definitions = Definitions(&schema["$defs"]);
    let entry = &schema["$defs"]["SourceConfig"];
    for (name, field) in properties(entry) {
        let of = ("", is_needed(entry, name));
        definitions.rows(&mut text, name, of, (field, description(field)));
    }
    text
}

/// The types of a schema, by their names.
struct Definitions<'s>(&'s Value);

impl<'s> Definitions<'s> {
    /// The row of a field, and those of the fields in it.
    fn rows(
        &self,
        text: &mut String,
        name: &str,
        (of, needed): (&str, bool),
        (field, says): (&'s Value, &str),
    ) {
        let of = field["x-of"].as_str().unwrap_or(of);
        let needed = if needed { ", needed" } else { "" };
        let _ = write!(
            text,
            "\n| `{name}` | {of} | {}{needed} | {} |",
            in_cell(&self.values(field)),
            in_cell(says)
        );
        let mut known = Vec::new();
        for object in self.objects(field) {
            for (inner, field) in properties(object) {
                if !known.contains(&inner) {
                    known.push(inner);
                    let whole = format!("{name}.{inner}");
                    // What an object of one field is stands over the object.
                    let says = match description(field) {
                        "" => description(object),
                        own => own,
                    };
                    self.rows(text, &whole, (of, is_needed(object, inner)), (field, says));
                }
            }
        }
    }

    fn resolved(&self, schema: &'s Value) -> &'s Value {
        let name = schema["$ref"]
            .as_str()
            .and_then(|path| path.rsplit('/').next());
        name.map_or(schema, |name| &self.0[name])
    }

    /// What a value may be one of.
    fn alternatives(&self, schema: &'s Value) -> Vec<&'s Value> {
        let schema = self.resolved(schema);
        let all = schema["anyOf"]
            .as_array()
            .or_else(|| schema["oneOf"].as_array());
        match all {
            Some(all) => all.iter().flat_map(|one| self.alternatives(one)).collect(),
            None => vec![schema],
        }
    }

    fn objects(&self, schema: &'s Value) -> Vec<&'s Value> {
        let mut all = self.alternatives(schema);
        all.retain(|schema| schema["properties"].is_object());
        all
    }

    /// What a value may be, in words.
    fn values(&self, schema: &'s Value) -> String {
        let mut words: Vec<String> = Vec::new();
        for schema in self.alternatives(schema) {
            let kinds = match &schema["type"] {
                Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
                kind => vec![kind.as_str().unwrap_or_default()],
            };
            let word = match (schema["const"].as_str(), kinds.first()) {
                (Some(word), _) => format!("`{word}`"),
                (None, Some(&"null")) => continue,
                (None, Some(&"array")) => {
                    let items = self.values(&schema["items"]);
                    format!("list of {}", items.replace(", ", " or "))
                }
                (None, Some(&"object")) if schema["properties"].is_object() => {
                    let names: Vec<&str> = properties(schema).map(|(name, _)| name).collect();
                    format!("`{{{}}}`", names.join(", "))
                }
                (None, Some(&"object")) => "words with their meanings".to_owned(),
                (None, Some(&"string")) => "text".to_owned(),
                (None, kind) => kind.copied().unwrap_or_default().to_owned(),
            };
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words.join(", ")
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let all = schema["properties"].as_object().into_iter().flatten();
    all.map(|(name, field)| (name.as_str(), field))
}

fn description(schema: &Value) -> &str {
    schema["description"].as_str().unwrap_or_default()
}

fn is_needed(schema: &Value, name: &str) -> bool {
    let needed = schema["required"].as_array().into_iter().flatten();
    needed.into_iter().any(|needed| needed == name)
}

/// Text in one cell of a table.
fn in_cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_and_every_field_has_its_row_and_says_of_which_texts_it_is() {
        let text = guide();
        for dialect in DialectId::all() {
            assert!(text.contains(&format!("\n| `{}` |", dialect.as_str())));
        }
        let schema = trendgate::Config::json_schema();
        for (name, field) in properties(&schema["$defs"]["SourceConfig"]) {
            assert!(text.contains(&format!("\n| `{name}` |")), "{name}");
            assert!(field["x-of"].is_string(), "{name}");
        }
        for inner in [
            "time.edge",
            "point.join",
            "value.status.beside",
            "day.step",
            "header.none",
        ] {
            assert!(text.contains(&format!("\n| `{inner}` |")), "{inner}");
        }
        assert!(!text.contains("{fields}") && !text.contains("| null"));
    }
}
