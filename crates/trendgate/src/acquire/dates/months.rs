//! The names of the months, as CLDR has them, short and long, in the languages of the reports that are met.

/// English, German, French, Spanish, Italian, Portuguese and Dutch: for each month what its name begins with. A name is any beginning of
/// three letters or more of one of these; no two months share one.
const NAMES: [&[&str]; 12] = [
    &[
        "january", "januar", "janvier", "enero", "gennaio", "janeiro", "januari", "jänner",
    ],
    &[
        "february",
        "februar",
        "février",
        "fevrier",
        "febrero",
        "febbraio",
        "fevereiro",
        "februari",
    ],
    &[
        "march", "märz", "maerz", "mars", "marzo", "março", "marco", "maart", "mrt", "mrz",
    ],
    &["april", "avril", "abril", "aprile"],
    &["may", "mai", "mayo", "maggio", "maio", "mei"],
    &["june", "juni", "juin", "junio", "giugno", "junho"],
    &["july", "juli", "juillet", "julio", "luglio", "julho"],
    &["august", "août", "aout", "agosto", "augustus"],
    &[
        "september",
        "septembre",
        "septiembre",
        "settembre",
        "setembro",
    ],
    &[
        "october", "oktober", "octobre", "octubre", "ottobre", "outubro",
    ],
    &["november", "novembre", "noviembre", "novembro"],
    &[
        "december",
        "dezember",
        "décembre",
        "decembre",
        "diciembre",
        "dicembre",
        "dezembro",
    ],
];

/// The month of a name, from 1 on.
pub(super) fn month(word: &str) -> Option<i16> {
    let word = word.to_lowercase();
    if word.chars().count() < 3 {
        return None;
    }
    let mut months = (1..).zip(NAMES);
    let is_named = |names: &[&str]| names.iter().any(|name| name.starts_with(&word));
    let found = months.find_map(|(month, names)| is_named(names).then_some(month))?;
    // Whatever begins two months, such as the French "jui", is neither.
    months.all(|(_, names)| !is_named(names)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_known_by_their_names_and_by_three_letters() {
        for (word, expected) in [
            ("Jan", Some(1)),
            ("FEB", Some(2)),
            ("Mär", Some(3)),
            ("Mrz", Some(3)),
            ("mars", Some(3)),
            ("Okt", Some(10)),
            ("Dez", Some(12)),
            ("déc", Some(12)),
            ("September", Some(9)),
            ("Sept", Some(9)),
            ("gen", Some(1)),
            ("ago", Some(8)),
            ("jui", None),
            ("juil", Some(7)),
            ("ja", None),
            ("Januarys", None),
            ("", None),
        ] {
            assert_eq!(month(word), expected, "{word}");
        }
    }
}
