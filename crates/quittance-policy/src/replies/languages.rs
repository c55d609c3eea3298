//! The languages that replies can be in.

use std::ops::Range;

use quittance_core::policy::Language;

use crate::front::Value;
use crate::problem::{Fault, Report};
use crate::text::{fold, nearest};

/// A language that is known by what customers write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its code, such as `fr`.
    pub code: &'static str,
    /// What it is called in English, and by itself.
    pub names: [&'static str; 2],
}

const fn known(code: &'static str, english: &'static str, own: &'static str) -> Known {
    Known { code, names: [english, own] }
}

impl Known {
    /// Every language whose customers are recognized by what they write.
    pub const ALL: &'static [Self] = &LANGUAGES;
}

/// The languages that can be told apart.
pub(crate) const LANGUAGES: [Known; 70] = [
    known("en", "English", "English"),
    known("fr", "French", "français"),
    known("de", "German", "Deutsch"),
    known("es", "Spanish", "español"),
    known("pt", "Portuguese", "português"),
    known("it", "Italian", "italiano"),
    known("nl", "Dutch", "Nederlands"),
    known("ja", "Japanese", "日本語"),
    known("af", "Afrikaans", "Afrikaans"),
    known("ak", "Akan", "Akan"),
    known("am", "Amharic", "አማርኛ"),
    known("ar", "Arabic", "العربية"),
    known("az", "Azerbaijani", "azərbaycan"),
    known("be", "Belarusian", "беларуская"),
    known("bg", "Bulgarian", "български"),
    known("bn", "Bengali", "বাংলা"),
    known("ca", "Catalan", "català"),
    known("cs", "Czech", "čeština"),
    known("cy", "Welsh", "Cymraeg"),
    known("da", "Danish", "dansk"),
    known("el", "Greek", "Ελληνικά"),
    known("eo", "Esperanto", "esperanto"),
    known("et", "Estonian", "eesti"),
    known("fa", "Persian", "فارسی"),
    known("fi", "Finnish", "suomi"),
    known("gu", "Gujarati", "ગુજરાતી"),
    known("he", "Hebrew", "עברית"),
    known("hi", "Hindi", "हिन्दी"),
    known("hr", "Croatian", "hrvatski"),
    known("hu", "Hungarian", "magyar"),
    known("hy", "Armenian", "հայերեն"),
    known("id", "Indonesian", "Indonesia"),
    known("jv", "Javanese", "Jawa"),
    known("ka", "Georgian", "ქართული"),
    known("km", "Khmer", "ខ្មែរ"),
    known("kn", "Kannada", "ಕನ್ನಡ"),
    known("ko", "Korean", "한국어"),
    known("la", "Latin", "Latina"),
    known("lt", "Lithuanian", "lietuvių"),
    known("lv", "Latvian", "latviešu"),
    known("mk", "Macedonian", "македонски"),
    known("ml", "Malayalam", "മലയാളം"),
    known("mr", "Marathi", "मराठी"),
    known("my", "Burmese", "မြန်မာ"),
    known("nb", "Norwegian", "norsk"),
    known("ne", "Nepali", "नेपाली"),
    known("or", "Odia", "ଓଡ଼ିଆ"),
    known("pa", "Punjabi", "ਪੰਜਾਬੀ"),
    known("pl", "Polish", "polski"),
    known("ro", "Romanian", "română"),
    known("ru", "Russian", "русский"),
    known("si", "Sinhala", "සිංහල"),
    known("sk", "Slovak", "slovenčina"),
    known("sl", "Slovenian", "slovenščina"),
    known("sn", "Shona", "chiShona"),
    known("sr", "Serbian", "српски"),
    known("sv", "Swedish", "svenska"),
    known("ta", "Tamil", "தமிழ்"),
    known("te", "Telugu", "తెలుగు"),
    known("th", "Thai", "ไทย"),
    known("tk", "Turkmen", "türkmen"),
    known("tl", "Tagalog", "Tagalog"),
    known("tr", "Turkish", "Türkçe"),
    known("uk", "Ukrainian", "українська"),
    known("ur", "Urdu", "اردو"),
    known("uz", "Uzbek", "oʻzbek"),
    known("vi", "Vietnamese", "Tiếng Việt"),
    known("yi", "Yiddish", "ייִדיש"),
    known("zh", "Chinese", "中文"),
    known("zu", "Zulu", "isiZulu"),
];

/// The language that the front matter names, and where.
pub(super) fn read(values: &[Value], report: &mut Report<'_>) -> Option<(Language, Range<usize>)> {
    let value = values.iter().find(|value| value.key == "language")?;
    // Replies are found by their code, which is written in small letters.
    let Ok(language) = value.text.to_ascii_lowercase().parse::<Language>() else {
        report.error(no_language(value));
        return None;
    };
    if !LANGUAGES.iter().any(|known| known.code == language.primary()) {
        let message = format!(
            "nobody is known by writing in `{}`: these replies are for customers for whom Intercom names this language",
            language.primary()
        );
        report.warn(Fault::new(value.span.clone(), message));
    }
    Some((language, value.span.clone()))
}

fn no_language(value: &Value) -> Fault {
    let names = || LANGUAGES.iter().flat_map(|known| known.names);
    let near = nearest(&value.text, names());
    let meant = near.and_then(|near| {
        LANGUAGES.iter().find(|known| known.names.iter().any(|name| fold(name) == fold(near)))
    });
    let message = format!("`{}` is no code of a language, such as `en` or `pt-BR`", value.text);
    Fault::new(value.span.clone(), message).perhaps(meant.map(|known| known.code))
}
