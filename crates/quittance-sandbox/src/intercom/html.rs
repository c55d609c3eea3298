//! Bodies of messages: HTML inside, plain text for webhooks and on request.

/// Tags that survive. The vendor publishes no list; this is the subset that is known to be safe.
const KEPT: [&str; 12] = ["a", "b", "br", "em", "h1", "h2", "i", "li", "ol", "p", "strong", "ul"];
/// Tags whose content disappears with them.
const SWALLOWED: [&str; 2] = ["script", "style"];
/// Tags after which plain text starts a new line.
const BLOCKS: [&str; 6] = ["h1", "h2", "li", "ol", "p", "ul"];
/// The longest character reference that is read, in bytes, without `&` and `;`.
const LONGEST_REFERENCE: usize = 8;

/// A piece of HTML.
enum Piece<'a> {
    Text(&'a str),
    Open { name: String, rest: &'a str },
    Close { name: String },
}

/// What a teammate or an app wrote, reduced to the kept tags; a text without tags becomes
/// paragraphs.
pub(super) fn sanitize(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut swallowing: Option<String> = None;
    for piece in pieces(source) {
        match piece {
            Piece::Text(text) if swallowing.is_none() => escape_loose(text, &mut out),
            Piece::Open { name, rest } if swallowing.is_none() => {
                if SWALLOWED.contains(&name.as_str()) {
                    swallowing = Some(name);
                } else if KEPT.contains(&name.as_str()) {
                    open(&name, rest, &mut out);
                }
            }
            Piece::Close { name } => {
                if swallowing.as_deref() == Some(&name) {
                    swallowing = None;
                } else if swallowing.is_none() && KEPT.contains(&name.as_str()) && name != "br" {
                    out.extend(["</", &name, ">"]);
                }
            }
            Piece::Text(_) | Piece::Open { .. } => {}
        }
    }
    if out.contains("<p>") || BLOCKS.iter().any(|block| out.contains(&format!("<{block}>"))) {
        out
    } else {
        paragraphs(&out)
    }
}

/// What a contact typed: text, whatever it looks like.
pub(super) fn from_text(text: &str) -> String {
    paragraphs(&escape(text))
}

/// The plain text of a body.
pub(super) fn to_text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => out.push_str(&unescape(text)),
            Piece::Open { name, .. } if name == "br" => out.push('\n'),
            Piece::Open { name, .. } if name == "li" => out.push_str("- "),
            Piece::Close { name } if BLOCKS.contains(&name.as_str()) => {
                if !out.ends_with('\n') {
                    out.push('\n');
                }
            }
            Piece::Open { .. } | Piece::Close { .. } => {}
        }
    }
    out.trim().to_owned()
}

fn paragraphs(escaped: &str) -> String {
    let normal = escaped.replace("\r\n", "\n");
    let written = normal.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    let mut out = String::with_capacity(normal.len());
    for text in written {
        out.extend(["<p>", &text.replace('\n', "<br>"), "</p>"]);
    }
    out
}

fn open(name: &str, rest: &str, out: &mut String) {
    match link(rest) {
        Some(url) if name == "a" => out.extend(["<a href=\"", &escape(&url), "\">"]),
        _ => out.extend(["<", name, ">"]),
    }
}

/// The target of a link, when it is one that may be followed.
fn link(rest: &str) -> Option<String> {
    let (_, after) = rest.split_once("href=")?;
    let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let url = unescape(after.get(1..)?.split(quote).next()?);
    let is_safe = ["https://", "http://", "mailto:"].iter().any(|start| url.starts_with(start));
    is_safe.then_some(url)
}

/// Cuts HTML at its tags. A `<` that starts no tag is text.
fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut searched = 0;
    while let Some(at) = rest.get(searched..).and_then(|tail| tail.find('<')) {
        let at = searched.saturating_add(at);
        let (before, tail) = rest.split_at(at);
        let Some((tag, length)) = tag(tail) else {
            searched = at.saturating_add(1);
            continue;
        };
        if !before.is_empty() {
            found.push(Piece::Text(before));
        }
        found.push(tag);
        rest = tail.get(length..).unwrap_or_default();
        searched = 0;
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

/// The tag at the start of `tail` and its length in bytes.
fn tag(tail: &str) -> Option<(Piece<'_>, usize)> {
    let end = tail.find('>')?;
    let inside = tail.get(1..end)?;
    let (is_close, inside) = match inside.strip_prefix('/') {
        Some(inside) => (true, inside),
        None => (false, inside),
    };
    let length = inside.find(|sign: char| !sign.is_ascii_alphanumeric()).unwrap_or(inside.len());
    let (name, rest) = inside.split_at(length);
    if !name.starts_with(|sign: char| sign.is_ascii_alphabetic()) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let piece = if is_close { Piece::Close { name } } else { Piece::Open { name, rest } };
    Some((piece, end.saturating_add(1)))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Escapes what is not escaped yet.
fn escape_loose(text: &str, out: &mut String) {
    for (index, part) in text.split('&').enumerate() {
        if index > 0 {
            out.push_str(if reference(part).is_some() { "&" } else { "&amp;" });
        }
        out.push_str(&part.replace('<', "&lt;").replace('>', "&gt;"));
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.split('&').enumerate() {
        match reference(part) {
            Some((sign, rest)) if index > 0 => {
                out.push(sign);
                out.push_str(rest);
            }
            _ => {
                if index > 0 {
                    out.push('&');
                }
                out.push_str(part);
            }
        }
    }
    out
}

/// The character that a reference such as `amp;` stands for, and what follows it.
fn reference(part: &str) -> Option<(char, &str)> {
    let (name, rest) = part.split_once(';')?;
    if name.len() > LONGEST_REFERENCE {
        return None;
    }
    let sign = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(number)?
        }
    };
    Some((sign, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_tags_are_kept() {
        let source =
            "<p onclick='x()'>Hi <b>you</b><script>steal()</script> <img src=x> <u>now</u></p>";
        assert_eq!(sanitize(source), "<p>Hi <b>you</b>  now</p>");
        let links =
            "<p><a href=\"https://a.example/?x=1&amp;y=2\">a</a><a href='javascript:x'>b</a></p>";
        assert_eq!(
            sanitize(links),
            "<p><a href=\"https://a.example/?x=1&amp;y=2\">a</a><a>b</a></p>"
        );
    }

    #[test]
    fn text_without_tags_becomes_paragraphs() {
        assert_eq!(
            sanitize("1 < 2 & so on\nyes\n\nno"),
            "<p>1 &lt; 2 &amp; so on<br>yes</p><p>no</p>"
        );
        assert_eq!(sanitize("fish &amp; chips"), "<p>fish &amp; chips</p>");
    }

    #[test]
    fn what_a_contact_types_is_never_markup() {
        let typed = "<b>refund</b> & \"now\"\n5 > 3";
        let html = from_text(typed);
        assert!(!html.contains("<b>"), "{html}");
        assert_eq!(to_text(&html), typed);
    }

    #[test]
    fn plain_text_keeps_lines_and_lists() {
        let html = "<h2>Why</h2><ul><li>one</li><li>two &#x26; three</li></ul><p>a<br>b</p>";
        assert_eq!(to_text(html), "Why\n- one\n- two & three\na\nb");
        assert_eq!(to_text("5 < 6 &unknown; 7"), "5 < 6 &unknown; 7");
    }
}
