//! Between Intercom's HTML and plain text.

use html5gum::{DefaultEmitter, Token, Tokenizer};
use quittance_core::{cards, letters};

/// Tags that end a line.
const BLOCKS: [&str; 15] = [
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "blockquote",
    "pre",
    "table",
    "tr",
    "hr",
];
/// Tags whose content is not text.
const HIDDEN: [&str; 3] = ["script", "style", "head"];
/// How much of a link is kept, in characters.
const LONGEST_LINK: usize = 200;

/// Makes plain text of a body, as people see it: what is not seen is removed, letters are what they look like
/// ([`letters::read`]), and white space is tidied.
///
/// Bodies are asked for as plain text, but may come as HTML all the same. One that is a tag from its
/// first sign to its last is taken for HTML: tags are dropped, blocks end lines, entities are decoded,
/// a link is followed by its address and a picture leaves `[image]`.
pub fn plain(body: &str) -> String {
    if is_html(body) { read(&without_tags(body)) } else { read(body) }
}

/// A text as people see it, without needless space.
fn read(text: &str) -> String {
    tidy(&letters::read(text))
}

/// The text of HTML, read as browsers read it.
fn without_tags(body: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut page = Page::default();
    for token in Tokenizer::new_with_emitter(body, emitter) {
        let Ok(token) = token;
        page.take(token);
    }
    page.text
}

/// What was read of a page so far.
#[derive(Default)]
struct Page {
    text: String,
    /// The tag whose content is not text.
    hidden: Option<String>,
    /// Where the link that is open leads, and where its text begins.
    link: Option<(String, usize)>,
}

impl Page {
    fn take(&mut self, token: Token) {
        match token {
            // Line feeds of the source are spaces; those of the text come from tags.
            Token::String(text) => self.add(&lossy(&text).replace(['\n', '\r'], " ")),
            Token::StartTag(tag) => {
                let name = lossy(&tag.name);
                if !is_tag(&name) {
                    self.add(&format!("<{name}>"));
                    return;
                }
                self.add(shown(&name, false));
                if HIDDEN.contains(&name.as_str()) && !tag.self_closing {
                    self.hidden.get_or_insert(name);
                } else if name == "a" {
                    let target = tag.attributes.get(b"href".as_slice());
                    self.link = target.map(|target| (lossy(target), self.text.len()));
                }
            }
            Token::EndTag(tag) => {
                let name = lossy(&tag.name);
                if self.hidden.as_ref() == Some(&name) {
                    self.hidden = None;
                } else if name == "a" {
                    self.end_link();
                }
                self.add(shown(&name, true));
            }
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }

    fn add(&mut self, text: &str) {
        if self.hidden.is_none() {
            self.text.push_str(text);
        }
    }

    /// Writes where a link leads behind its text, if that says something else. Nobody here follows it.
    fn end_link(&mut self) {
        let Some((target, begin)) = self.link.take() else { return };
        let said = self.text.get(begin..).unwrap_or_default().trim();
        let is_web = target.starts_with("http://") || target.starts_with("https://");
        if is_web && address(said) != address(&target) {
            let target: String = target.chars().take(LONGEST_LINK).collect();
            self.add(&format!(" ({target})"));
        }
    }
}

/// An address without what a browser adds to it.
fn address(text: &str) -> &str {
    let text =
        text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    text.trim_end_matches('/')
}

/// Whether a name is a tag's. `<joe@example.com>` and `<https://…>` are text.
fn is_tag(name: &str) -> bool {
    name.starts_with(|sign: char| sign.is_ascii_alphabetic())
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '-' | ':'))
        && !name.ends_with(':')
}

/// What stays of a tag.
fn shown(name: &str, is_end: bool) -> &'static str {
    match (name, is_end) {
        ("p" | "blockquote" | "ul" | "ol", true) => "\n\n",
        ("li", false) => "\n- ",
        // The next item or the list's end ends the line.
        ("li", true) => "",
        ("img", _) => "[image]",
        ("td" | "th", true) => " ",
        (name, _) if BLOCKS.contains(&name) => "\n",
        _ => "",
    }
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// Whether a body is HTML: it begins with a tag and ends with one.
fn is_html(body: &str) -> bool {
    let Some(after) = body.trim_start().strip_prefix('<') else { return false };
    let Some((inside, _)) = after.split_once('>') else { return false };
    let name =
        inside.trim_start_matches('/').split([' ', '/', '\n', '\t']).next().unwrap_or_default();
    let starts = after.starts_with("!--") || (is_tag(name) && !inside.contains('<'));
    starts && body.trim_end().ends_with('>')
}

/// Makes HTML of plain text, for a reply or a note: paragraphs and line breaks, and every sign that
/// means something to a browser escaped. Nothing in the text can become a tag, a link or a script.
pub fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut html = String::with_capacity(text.len());
    for paragraph in text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()) {
        html.push_str("<p>");
        for character in paragraph.chars() {
            match character {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                '\n' => html.push_str("<br>"),
                other if other.is_control() => {}
                other => html.push(other),
            }
        }
        html.push_str("</p>");
    }
    html
}

/// Whether two texts say the same: equal but for white space, for what is not seen and what is taken out when a
/// conversation is read, and for what is not text if they look like HTML.
pub fn is_same(one: &str, other: &str) -> bool {
    let words = |text: &str| {
        let kept = cards::mask_one(text);
        kept.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    words(&read(one)) == words(&read(other)) || words(&plain(one)) == words(&plain(other))
}

/// One space between words, no space around lines, at most one blank line, no control characters.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut blank_lines = 0_u8;
    for line in text.lines() {
        let words: Vec<String> = line
            .split_whitespace()
            .map(|word| word.chars().filter(|c| !c.is_control()).collect::<String>())
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            blank_lines = blank_lines.saturating_add(1);
            continue;
        }
        if !tidied.is_empty() {
            tidied.push_str(if blank_lines == 0 { "\n" } else { "\n\n" });
        }
        blank_lines = 0;
        tidied.push_str(&words.join(" "));
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_plain_text() {
        for (html, expected) in [
            ("<p>Hi</p>", "Hi"),
            (" <p>One</p>\n<p>Two<br>three</p>\n", "One\n\nTwo\nthree"),
            ("<p>caf&eacute; &amp; t&#233;, &#x1F600; &nbsp;5&lt;6</p>", "café & té, 😀 5<6"),
            ("<p>write to <joe@example.com> &; &#xZZ;</p>", "write to <joe@example.com> &; &#xZZ;"),
            (
                "<p>see <a href=\"https://x.example/a\">this</a></p>",
                "see this (https://x.example/a)",
            ),
            ("<p>see <a href=\"http://x.example/\">x.example</a></p>", "see x.example"),
            ("<p><a href=\"javascript:alert(1)\">this</a> &zwj;re\u{200b}fund</p>", "this refund"),
            ("<p title=\"a>b\">c</p>", "c"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
            ("<ul><li>a</li><li>b</li></ul><p>end</p>", "- a\n- b\n\nend"),
            ("<h1>Head</h1>text<br/>", "Head\ntext"),
            ("<P CLASS=\"x\">a <B>b</B></P>", "a b"),
            ("<b>a</b><script>alert('</p>')</script>b<style>p{}</style>", "ab"),
            ("<!-- hidden --><p>shown</p>", "shown"),
            ("<p>see <img src=\"https://x/y.png\"></p>", "see [image]"),
            ("<p>source\nbreaks   are spaces</p>", "source breaks are spaces"),
        ] {
            assert_eq!(plain(html), expected, "{html}");
        }
    }

    #[test]
    fn plain_text_stays_what_it_is() {
        for text in [
            "I paid <5 dollars & want >3 back",
            "write to <joe@example.com> or <https://example.com/a>",
            "<joe@example.com>",
            "my <b>bold</b> claim\nand &amp; more",
            "line one\nline two\n\nparagraph",
            "<",
            "<>",
            "a < b > c",
        ] {
            assert_eq!(plain(text), text, "{text}");
        }
        assert_eq!(plain("  a \t b\u{7}\r\n\r\n\r\nc  "), "a b\n\nc");
    }

    #[test]
    fn what_we_write_comes_back_and_cannot_be_markup() {
        for text in [
            "We gave 49.00 USD back.\n\nIt takes 5 to 10 days.\nBye",
            "<script>alert(1)</script> & \"quotes\" it's",
            "&lt; stays &amp;",
        ] {
            let html = paragraphs(text);
            assert!(!html.replace("<p>", "").replace("</p>", "").replace("<br>", "").contains('<'));
            assert_eq!(plain(&html), text, "{html}");
        }
        assert_eq!(paragraphs("a\r\nb\n\n\n\nc\u{0}"), "<p>a<br>b</p><p>c</p>");
    }

    #[test]
    fn the_same_words_are_the_same_text() {
        assert!(is_same("One.\n\nTwo", "<p>One.</p><p>Two</p>"));
        assert!(is_same("a b", " a\n b "));
        assert!(is_same("<p>odd</p>", "<p>odd</p>"));
        assert!(is_same("see <b>", "see\n<b>"));
        assert!(!is_same("49.00 USD", "4.90 USD"));
        assert!(!is_same("see <b>", "see"));
    }
}
