//! The page's files, which are part of the program.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Only what this server serves, and no text that becomes markup.
pub(super) const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'",
);
pub(super) const NO_SNIFFING: HeaderValue = HeaderValue::from_static("nosniff");
pub(super) const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
/// Answers change all the time.
pub(super) const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");
/// A newer program may bring newer files.
const ASKED_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

const INDEX: &str = include_str!("../../assets/page/index.html");

/// Name, kind and content of every other file.
const ASSETS: [(&str, &str, &str); 9] = [
    ("layout.css", CSS, include_str!("../../assets/page/layout.css")),
    ("panes.css", CSS, include_str!("../../assets/page/panes.css")),
    ("app.js", JAVASCRIPT, include_str!("../../assets/page/app.js")),
    ("dom.js", JAVASCRIPT, include_str!("../../assets/page/dom.js")),
    ("people.js", JAVASCRIPT, include_str!("../../assets/page/people.js")),
    ("chat.js", JAVASCRIPT, include_str!("../../assets/page/chat.js")),
    ("feed.js", JAVASCRIPT, include_str!("../../assets/page/feed.js")),
    ("account.js", JAVASCRIPT, include_str!("../../assets/page/account.js")),
    ("icon.svg", SVG, include_str!("../../assets/page/icon.svg")),
];

pub(super) async fn index() -> Response {
    file(HTML, INDEX)
}

pub(super) async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    let found = ASSETS.iter().find(|(known, ..)| *known == name);
    found.map(|(_, kind, content)| file(kind, content)).ok_or_else(Problem::nothing_here)
}

fn file(kind: &'static str, content: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, ASKED_AGAIN),
    ];
    (headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_never_becomes_markup_and_nothing_comes_from_elsewhere() {
        let forbidden = [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "http://",
            "https://",
            "@import",
            " style=",
            " onclick=",
        ];
        for (name, content) in
            ASSETS.iter().map(|(name, _, content)| (*name, *content)).chain([("index", INDEX)])
        {
            // The one address that is a name and not a place.
            let content = content.replace("http://www.w3.org/2000/svg", "");
            for word in forbidden {
                assert!(!content.contains(word), "{name} has {word}");
            }
        }
    }

    #[test]
    fn every_file_that_is_named_is_served() {
        let named = |content: &str, before: &str| -> Vec<String> {
            let rest = content.split(before).skip(1);
            rest.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let mut wanted = named(INDEX, "\"/assets/");
        for (_, _, content) in ASSETS {
            wanted.extend(named(content, "from \"./"));
        }
        assert!(wanted.len() > 6, "{wanted:?}");
        for name in wanted {
            assert!(ASSETS.iter().any(|(known, ..)| *known == name), "{name} is not served");
        }
    }
}
