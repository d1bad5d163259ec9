//! What a file is that is no text, by its first bytes: so that its refusal says what it is and what to do.

use crate::error::Error;

/// What begins with some bytes, and what is to be done with it.
struct Magic {
    begins: &'static [u8],
    what: &'static str,
    remedy: &'static str,
}

const UNPACK: &str = "unpack it, and give what is in it";
const SAVE_AS_CSV: &str = "save each of its sheets as CSV, and give those";
const SAVE_ANEW: &str =
    "save each of its sheets as CSV, or all of it as a workbook of today (xlsx) without a password";
const REMOVE: &str =
    "remove the file, or set batch.input_pattern so that it is not taken for a report";

const fn magic(begins: &'static [u8], what: &'static str, remedy: &'static str) -> Magic {
    Magic {
        begins,
        what,
        remedy,
    }
}

/// By their magic numbers, as file(1) knows them.
const ALL: [Magic; 13] = [
    magic(b"PK\x03\x04", "a zip archive within another file", UNPACK),
    magic(b"PK\x05\x06", "an empty zip archive", REMOVE),
    magic(
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "a workbook with a password, or a document of an older Office, such as a workbook (xls)",
        SAVE_ANEW,
    ),
    magic(
        b"\x1F\x8B",
        "compressed with gzip once more, or within an archive",
        UNPACK,
    ),
    magic(b"BZh", "compressed with bzip2", UNPACK),
    magic(b"\xFD7zXZ\x00", "compressed with xz", UNPACK),
    magic(b"\x28\xB5\x2F\xFD", "compressed with Zstandard", UNPACK),
    magic(b"7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK),
    magic(b"Rar!\x1A\x07", "a rar archive", UNPACK),
    magic(b"%PDF-", "a PDF document", "export the trend as CSV"),
    magic(b"PAR1", "a Parquet file", REMOVE),
    magic(b"\x89PNG\r\n", "a picture (PNG)", REMOVE),
    magic(b"\xFF\xD8\xFF", "a picture (JPEG)", REMOVE),
];

/// The refusal of a text that begins with `bytes`, where they say that it is none. What is packed in a file that holds texts may have some,
/// too, and is not [foreign](Error::is_foreign) there.
pub(super) fn refusal(bytes: &[u8], is_member: bool) -> Option<Error> {
    let known = ALL.iter().find(|known| bytes.starts_with(known.begins))?;
    let (what, remedy) = match known.begins {
        b"PK\x03\x04" if has(bytes, b"xl/") => ("a workbook (xlsx)", SAVE_AS_CSV),
        b"PK\x03\x04" if has(bytes, b"opendocument.spreadsheet") => {
            ("a workbook (ods)", SAVE_AS_CSV)
        }
        _ => (known.what, known.remedy),
    };
    let error = Error::input(format!("not a trend report: the file is {what}")).hint(remedy);
    Some(
        match is_member && [UNPACK, SAVE_AS_CSV, SAVE_ANEW].contains(&remedy) {
            true => error,
            false => error.foreign(),
        },
    )
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}

/// Whether a text is none: it has more control characters than a damaged one. What no encoding makes a letter of may be a text all the same.
pub(super) fn is_binary(text: &str) -> bool {
    /// So many characters are looked at.
    const LOOKED_AT: usize = 1024;
    /// One in so many is enough.
    const ONE_IN: usize = 40;
    let is_control = |letter: char| letter.is_ascii_control() && !letter.is_ascii_whitespace();
    let seen = text.chars().take(LOOKED_AT);
    let (controls, all) = seen.fold((0, 0), |(controls, all), letter| {
        (controls + usize::from(is_control(letter)), all + 1)
    });
    controls * ONE_IN > all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_texts_are_called_what_they_are() {
        let said = |bytes: &[u8]| {
            refusal(bytes, false).map(|error| {
                format!(
                    "{} ({})",
                    error.message(),
                    error.hint_text().unwrap_or_default()
                )
            })
        };
        for (bytes, expected) in [
            (
                &b"PK\x03\x04.....[Content_Types].xml...xl/workbook.xml"[..],
                "a workbook (xlsx) (save each",
            ),
            (
                b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
                "a workbook (ods) (save each",
            ),
            (
                b"PK\x03\x04a.csv",
                "a zip archive within another file (unpack it",
            ),
            (
                b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
                "a workbook (xls) (save each",
            ),
            (
                b"\x1F\x8B\x08",
                "compressed with gzip once more, or within an archive (unpack it",
            ),
            (b"%PDF-1.7", "a PDF document (export"),
        ] {
            let said = said(bytes).unwrap();
            assert!(said.contains(expected), "{said}");
        }
        for text in [&b"\"Key  Name:Suffix\""[..], b"PK", b"", b"\xFF\xFEP\0K\0"] {
            assert!(refusal(text, false).is_none());
        }
    }

    #[test]
    fn what_a_person_cannot_read_is_binary() {
        assert!(is_binary("a\0\u{1}b\u{FFFD}\u{2}"));
        assert!(!is_binary("a,b\tc\r\nd\u{FFFD}"));
        assert!(!is_binary("冷卻水,日期\n"));
        // A text in GBK, read as UTF-8.
        assert!(!is_binary("\u{FFFD}\u{FFFD},\u{FFFD}\u{FFFD}\u{FFFD}\n"));
        assert!(!is_binary(""));
    }
}
