//! Between Intercom's HTML and plain text.

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
/// The longest entity that is decoded, such as `&#x1F600;`.
const LONGEST_ENTITY: usize = 10;

/// Makes plain text of a body: control characters are removed and white space is tidied.
///
/// Bodies are asked for as plain text, but may come as HTML all the same. One that is a tag from its
/// first sign to its last is taken for HTML: tags are dropped, blocks end lines, entities are decoded
/// and a picture leaves `[image]`.
pub fn plain(body: &str) -> String {
    let is_html = body.trim_end().ends_with('>')
        && body.trim_start().strip_prefix('<').is_some_and(|after| tag(after).is_some());
    if is_html { tidy(&decode(&without_tags(body))) } else { tidy(body) }
}

fn without_tags(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    let mut hidden: Option<String> = None;
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('<') {
        if hidden.is_none() {
            text.push_str(before);
        }
        let Some((tag, after_tag)) = tag(after) else {
            // A sign that opens no tag is a sign: "less than <5".
            if hidden.is_none() {
                text.push('<');
            }
            rest = after;
            continue;
        };
        match &hidden {
            Some(name) if tag.is_end && tag.name == *name => hidden = None,
            Some(_) => {}
            None if HIDDEN.contains(&tag.name.as_str()) && !tag.is_end => hidden = Some(tag.name),
            None => text.push_str(shown(&tag)),
        }
        rest = after_tag;
    }
    if hidden.is_none() {
        text.push_str(rest);
    }
    // Marks stand for line ends until the line feeds of the HTML source are gone.
    text.replace(['\n', '\r'], " ").replace('\u{0}', "\n")
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

/// Whether two texts say the same: equal but for white space, and for what is not text if they look
/// like HTML.
pub fn is_same(one: &str, other: &str) -> bool {
    let words = |text: &str| tidy(text).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    words(one) == words(other) || words(&plain(one)) == words(&plain(other))
}

struct Tag {
    name: String,
    is_end: bool,
}

/// Reads a tag from behind its `<` and gives what follows its `>`.
fn tag(after: &str) -> Option<(Tag, &str)> {
    if let Some(comment) = after.strip_prefix("!--") {
        let end = comment.split_once("-->").map_or("", |(_, rest)| rest);
        return Some((Tag { name: String::new(), is_end: false }, end));
    }
    let (inside, rest) = after.split_once('>')?;
    let is_end = inside.starts_with('/');
    let name = inside.trim_start_matches('/');
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    let (name, attributes) = name.split_at_checked(end)?;
    let starts_right = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let goes_on_right = attributes.is_empty() || attributes.starts_with([' ', '/', '\n', '\t']);
    // `<joe@example.com>` and `<https://…>` are text.
    (starts_right && goes_on_right && !inside.contains('<'))
        .then(|| (Tag { name: name.to_ascii_lowercase(), is_end }, rest))
}

/// What stays of a tag. A zero byte marks a line's end.
fn shown(tag: &Tag) -> &'static str {
    match (tag.name.as_str(), tag.is_end) {
        ("p" | "blockquote" | "ul" | "ol", true) => "\u{0}\u{0}",
        ("li", false) => "\u{0}- ",
        // The next item or the list's end ends the line.
        ("li", true) => "",
        ("img", _) => "[image]",
        ("td" | "th", true) => " ",
        (name, _) if BLOCKS.contains(&name) => "\u{0}",
        _ => "",
    }
}

fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        rest = after;
        let named = after.split_once(';').and_then(|(name, rest)| Some((entity(name)?, rest)));
        if let Some((character, after)) = named {
            decoded.push(character);
            rest = after;
        } else {
            decoded.push('&');
        }
    }
    decoded.push_str(rest);
    decoded
}

fn entity(name: &str) -> Option<char> {
    if name.len() > LONGEST_ENTITY {
        return None;
    }
    if let Some(number) = name.strip_prefix('#') {
        let hexadecimal = number.strip_prefix(['x', 'X']);
        let code = match hexadecimal {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => return None,
    })
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
            (
                "<p>caf&eacute; &amp; t&#233;, &#x1F600; &nbsp;5&lt;6</p>",
                "caf&eacute; & té, 😀 5<6",
            ),
            ("<p>write to <joe@example.com> &; &#xZZ;</p>", "write to <joe@example.com> &; &#xZZ;"),
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
