//! One line of strace → its pieces.

use super::Call;
use crate::Result;

/// The process of a line and what follows.
pub(super) fn process(line: &str) -> Result<(u32, &str)> {
    line.split_once(' ')
        .and_then(|(process, rest)| Some((process.parse().ok()?, rest.trim_start())))
        .ok_or_else(|| "expected a process".to_owned())
}

/// What follows `<... name resumed>`.
pub(super) fn resumed(rest: &str) -> Option<&str> {
    rest.strip_prefix("<... ")?
        .split_once(" resumed>")
        .map(|(_, tail)| tail)
}

/// `name(arguments) = result`.
pub(super) fn call(process: u32, text: &str) -> Result<Call> {
    let (name, rest) = text.split_once('(').ok_or("expected a call")?;
    let (inside, result) = rest.rsplit_once(" = ").ok_or("expected a result")?;
    let inside = inside.trim_end();
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    let word = result.split([' ', '<']).next().unwrap_or_default();
    let number = match word {
        "?" => None,
        _ => Some(number(word).ok_or("expected a number as the result")?),
    };
    Ok(Call {
        process,
        name: name.to_owned(),
        arguments: arguments(inside),
        result: number,
        injected: result.ends_with("(INJECTED)"),
        returned: descriptor(result),
    })
}

fn number(word: &str) -> Option<i64> {
    match word.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

/// Splits at the commas that stand in no quotes, brackets or paths.
fn arguments(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' | '[' | '{' | '(' if !quoted => depth += 1,
            '>' | ']' | '}' | ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces.iter().map(|piece| piece.trim().to_owned()).collect()
}

/// The text of an argument in quotes. Paths of ours have no characters that strace would escape.
pub(super) fn quoted(argument: &str) -> Option<String> {
    let inner = argument.strip_prefix('"')?;
    inner.strip_suffix('"').map(str::to_owned)
}

/// The path in `5</path>` and `AT_FDCWD</path>`.
pub(super) fn descriptor(argument: &str) -> Option<String> {
    let (number, rest) = argument.split_once('<')?;
    let known = number == "AT_FDCWD" || number.parse::<u32>().is_ok();
    let path = rest.rsplit_once('>')?.0;
    let path = path.strip_suffix(" (deleted)").unwrap_or(path);
    known.then(|| path.to_owned())
}
