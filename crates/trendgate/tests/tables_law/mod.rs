//! The law of tables that no dialect knows, for the fuzzer and for the replay of its corpus: whatever the bytes, what `init` writes for them is
//! a configuration, and what is read by it keeps the law of the decoder.

use crate::decode_law;
use std::fs;
use std::path::Path;
use trendgate::internals::acquire::{StatedTexts, TextName};
use trendgate::{Config, Overrides, Settings, SiteWishes, Watch, propose};

/// Panics where the law does not hold; `folder` is one to write to. Whether something was proposed.
pub(crate) fn hold(bytes: &[u8], folder: &Path) -> bool {
    let path = folder.join("fuzz.csv");
    fs::write(&path, bytes).unwrap();
    let wishes = SiteWishes {
        site: Some("S".to_owned()),
        timezone: Some("America/New_York".to_owned()),
    };
    let Ok(proposal) = propose(std::slice::from_ref(&path), &wishes, Watch::unwatched()) else {
        return false;
    };
    let config = Config::parse(&proposal.yaml).unwrap();
    let settings = Settings::new(&config, &Overrides::default()).unwrap();
    let stated = settings
        .stated()
        .file(&path, &[folder])
        .of_text(TextName::Whole);
    decode_law::hold_as(bytes, &stated);
    true
}
