//! The words of each language.

mod arabic;
mod dutch;
mod english;
mod french;
mod german;
mod italian;
mod japanese;
mod others;
mod portuguese;
mod spanish;

use std::sync::LazyLock;

use super::text::List;
use super::tongue::{Tongue, Written};

/// A language without words.
const NONE: Written = Tongue {
    is_spaced: true,
    turns: "",
    reach: "",
    want: "",
    people: "",
    others: "",
    small: "",
    follow: "",
    with: "",
    verbs: "",
    phrases: "",
    denials: "",
    courtesy: "",
    asks: "",
    machines: "",
    natures: "",
};

/// Every language. They may be mixed in one message.
const WRITTEN: [&Written; 15] = [
    &english::TONGUE,
    &french::TONGUE,
    &german::TONGUE,
    &spanish::TONGUE,
    &portuguese::TONGUE,
    &italian::TONGUE,
    &dutch::TONGUE,
    &japanese::TONGUE,
    &arabic::TONGUE,
    &others::SLAVIC,
    &others::NORDIC,
    &others::TURKISH,
    &others::RUSSIAN,
    &others::CHINESE,
    &others::KOREAN,
];

/// The same, as they are looked up.
pub(super) static TONGUES: LazyLock<Vec<Tongue<List>>> =
    LazyLock::new(|| WRITTEN.iter().map(|tongue| tongue.lists()).collect());

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wish::text::fold;

    #[test]
    fn every_entry_is_folded() {
        for tongue in WRITTEN {
            let lists = [
                tongue.turns,
                tongue.reach,
                tongue.want,
                tongue.people,
                tongue.others,
                tongue.small,
                tongue.follow,
                tongue.with,
                tongue.verbs,
                tongue.phrases,
                tongue.denials,
                tongue.courtesy,
                tongue.asks,
                tongue.machines,
                tongue.natures,
            ];
            for entry in lists.iter().flat_map(|list| list.split('|')) {
                assert_eq!(fold(entry), entry);
                assert_eq!(entry.trim(), entry, "`{entry}`");
            }
        }
    }
}
