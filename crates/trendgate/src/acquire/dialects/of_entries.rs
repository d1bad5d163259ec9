//! What all dialects with one value a line have in common: all but what their lines are.

use super::{
    Decoder, Dialect, DialectGuide, DialectId, HeadTexts, Recognised, Shown, Surveyed, TextHead,
};
use crate::acquire::additions::stated_trend;
use crate::acquire::ask::Ask;
use crate::acquire::entries::{self, EntryLines};
use crate::acquire::open_text::{OpenText, WholeText};
use crate::acquire::sniff::Looking;
use crate::acquire::text::Text;
use crate::acquire::{Report, Trend};
use crate::error::Result;
use crate::model::PointId;
use std::marker::PhantomData;
use std::sync::Arc;

/// A form of export with one value a line.
pub(super) trait EntryDialect: Sync + 'static {
    /// Its entry in the list of dialects.
    const DIALECT: DialectId;
    /// As [`Dialect::id`].
    const ID: &'static str;
    /// As [`Dialect::title`].
    const TITLE: &'static str;
    /// As [`Dialect::guide`].
    const GUIDE: DialectGuide;

    /// Whether a text is of this form that begins with `head`, as far as that is `shown`.
    fn begins(head: &str, shown: Shown) -> Begins;

    /// As [`Dialect::head_texts`].
    fn head_texts(bytes: &[u8]) -> Option<HeadTexts<'_>>;

    /// As [`Dialect::point_id`].
    fn point_id(name: &str, suffix: &str) -> PointId {
        PointId::new(name, suffix)
    }

    /// As [`Dialect::trend`].
    fn trend(definition: &str) -> Trend {
        stated_trend(definition)
    }

    /// Begins to go through the lines of a text, whose file, or whose place in that, has this name.
    fn lines(name: &str) -> Box<dyn EntryLines>;
}

/// Whether a text is of a form.
pub(super) enum Begins {
    Yes,
    /// More of it has to be seen.
    More,
    No,
}

impl<D: EntryDialect> Dialect for D {
    fn id(&self) -> &'static str {
        D::ID
    }

    fn title(&self) -> &'static str {
        D::TITLE
    }

    fn guide(&self) -> DialectGuide {
        D::GUIDE
    }

    fn has_entries(&self) -> bool {
        true
    }

    fn recognise(&self, head: &str, shown: Shown) -> Recognised {
        match D::begins(head, shown) {
            Begins::Yes => Recognised::Yes(Box::new(EntryHead::<D>(PhantomData))),
            Begins::More => Recognised::More,
            Begins::No => Recognised::No,
        }
    }

    fn head_texts<'t>(&self, bytes: &'t [u8]) -> Option<HeadTexts<'t>> {
        D::head_texts(bytes)
    }

    fn point_id(&self, name: &str, suffix: &str) -> PointId {
        D::point_id(name, suffix)
    }

    fn trend(&self, definition: &str) -> Trend {
        D::trend(definition)
    }

    fn survey(
        &self,
        report: &mut Report,
        text: WholeText<'_>,
        looking: Looking<'_>,
    ) -> Result<Surveyed> {
        entries::survey(&D::lines, report, text, looking)
    }

    fn decoder(&self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Decoder> {
        entries::decoder(&D::lines, text, report, ask).map(Decoder::Entries)
    }
}

/// A text that was recognised.
struct EntryHead<D>(PhantomData<D>);

impl<D: EntryDialect> TextHead for EntryHead<D> {
    fn reports(self: Box<Self>, text: OpenText<'_>, looking: Looking<'_>) -> Result<Vec<Report>> {
        entries::reports(D::DIALECT, &D::lines, text, looking)
    }
}
