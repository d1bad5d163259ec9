//! What a terminal is given: lines within its width, and colours for the words that lines of weight begin with.
//!
//! Enters: text that has nothing in it which a terminal would obey. Leaves: the same words. A line that is too long goes on below, further in; a word
//! that is longer than the terminal is wide stays whole, so that a path can be copied. What is no terminal gets lines as they are, and no
//! colours, unless `--color always` says so; `NO_COLOR` is heeded.

use crate::args::ColorWhen;
use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Effects, Style};
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::os::fd::AsFd;
use terminal_size::{Width, terminal_size_of};

/// Narrower than this nothing can be read.
const NARROWEST: usize = 20;

/// Sets when words are in colours.
pub(crate) fn choose(when: ColorWhen) {
    let choice = match when {
        ColorWhen::Auto => ColorChoice::Auto,
        ColorWhen::Always => ColorChoice::Always,
        ColorWhen::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// A text as this stream is given it.
pub(crate) fn dressed(text: &str, stream: &(impl RawStream + AsFd + IsTerminal)) -> String {
    let fitted = fitted(text, columns(stream));
    match AutoStream::choice(stream) {
        ColorChoice::Never => fitted,
        _ => painted(&fitted),
    }
}

/// How many columns a stream has that is a terminal.
pub(crate) fn columns(stream: &(impl AsFd + IsTerminal)) -> Option<usize> {
    let is_terminal = stream.is_terminal();
    let size = terminal_size_of(stream).filter(|_| is_terminal);
    size.map(|(Width(columns), _)| usize::from(columns).max(NARROWEST))
}

/// The lines of a text, none longer than so many columns.
fn fitted(text: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns else {
        return text.to_owned();
    };
    let mut fitted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (line, ""),
        };
        if textwrap::core::display_width(line) <= columns {
            fitted += line;
        } else {
            let begin = line.len() - line.trim_start().len();
            let further = " ".repeat((begin + 4).min(columns / 2));
            let options = textwrap::Options::new(columns)
                .break_words(false)
                .word_separator(textwrap::WordSeparator::AsciiSpace)
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
                .subsequent_indent(&further);
            fitted += &textwrap::fill(line, options);
        }
        fitted += end;
    }
    fitted
}

/// What lines begin with that mean something, and how it is shown.
const WORDS: [(&str, AnsiColor); 6] = [
    ("error:", AnsiColor::Red),
    ("warning:", AnsiColor::Yellow),
    ("rejected:", AnsiColor::Yellow),
    ("  help:", AnsiColor::Cyan),
    ("committed ", AnsiColor::Green),
    ("  tripped ", AnsiColor::Yellow),
];

/// A text with these words in their colours.
fn painted(text: &str) -> String {
    let mut painted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let found = WORDS.iter().find(|(word, _)| line.starts_with(word));
        match found {
            Some((word, color)) => {
                let style = Style::new()
                    .fg_color(Some((*color).into()))
                    .effects(Effects::BOLD);
                // Writing to a String cannot fail.
                let _ = write!(painted, "{style}{word}{style:#}{}", &line[word.len()..]);
            }
            None => painted += line,
        }
    }
    painted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_too_long_go_on_further_in_and_long_words_stay_whole() {
        let text = "  files     12 read, 3 rejected, 0 known\nshort\n  manifest  /a/very/long/path/that/stays/whole.json\n";
        assert_eq!(
            fitted(text, Some(24)),
            "  files     12 read, 3\n      rejected, 0 known\nshort\n  manifest  \n      /a/very/long/path/that/stays/whole.json\n"
                .replace("  manifest  \n", "  manifest\n")
        );
        assert_eq!(fitted(text, Some(80)), text);
        assert_eq!(fitted(text, None), text);
        // Characters of two columns.
        assert_eq!(
            fitted("冰水 溫度 冰水 溫度 冰水", Some(20)),
            "冰水 溫度 冰水 溫度\n    冰水"
        );
    }

    #[test]
    fn words_of_weight_are_painted_where_a_line_begins_with_them_alone() {
        let painted = painted("error: a.csv: no error: here\n  help: do so\nnothing\n");
        assert_eq!(painted.matches("\u{1b}[").count(), 6, "{painted:?}");
        assert!(
            painted.starts_with("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m a.csv"),
            "{painted:?}"
        );
    }
}
