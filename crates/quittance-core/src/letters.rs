//! A text as people see it: without what is not seen, and with letters that only look different as what
//! they look like.

use unicode_normalization::UnicodeNormalization;

/// The sign that begins a terminal's commands.
const ESCAPE: char = '\u{1b}';
/// A command's beginning in one sign.
const COMMAND: char = '\u{9b}';

/// Makes a text readable. Commands to a terminal, controls, direction marks, tags and signs of no width are
/// taken out; `ｃａｒｄ` and `𝐜𝐚𝐫𝐝` become `card`. What has a meaning of its own, such as `²` and `½`, stays.
/// Line ends become line feeds.
pub fn read(text: &str) -> String {
    if text.is_ascii() && !text.chars().any(|letter| letter.is_ascii_control()) {
        return text.to_owned();
    }
    let text = without_commands(text).replace("\r\n", "\n");
    let seen = text.chars().map(line_end).filter(|letter| !is_unseen(*letter));
    let mut read = String::with_capacity(text.len());
    for letter in seen {
        plain(letter, &mut read);
    }
    read.nfc().collect()
}

/// Whether a sign is not seen: a control, a mark of direction or joining, a tag, a sign without width. Line
/// feeds and tabs are seen.
pub fn is_unseen(letter: char) -> bool {
    let is_layout = matches!(letter, '\n' | '\t');
    let is_hidden = matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    );
    is_hidden || (letter.is_control() && !is_layout)
}

/// What ends a line, as a line feed.
fn line_end(letter: char) -> char {
    match letter {
        '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        other => other,
    }
}

/// Takes out what a terminal would obey: colors, cursors, titles, links.
fn without_commands(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let kind = match letter {
            ESCAPE => letters.next_if(|next| matches!(next, '[' | ']' | 'P' | 'X' | '^' | '_')),
            COMMAND => Some('['),
            other => {
                kept.push(other);
                continue;
            }
        };
        match kind {
            // Parameters, then one letter that says what to do.
            Some('[') => {
                while letters.next_if(|next| matches!(next, ' '..='?')).is_some() {}
                letters.next_if(|next| matches!(next, '@'..='~'));
            }
            // Without its end it is no command, and what follows may be the customer's words.
            Some(_) => skip_string(&mut letters),
            None => {}
        }
    }
    kept
}

/// Skips a terminal's string up to its end, if it has one nearby.
fn skip_string(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    const LONGEST: usize = 500;
    let is_end = |letter: char| matches!(letter, '\u{7}' | '\u{9c}' | ESCAPE);
    let ahead = letters.clone().take(LONGEST);
    let Some(length) = ahead.into_iter().position(is_end) else { return };
    for _ in 0..=length {
        letters.next();
    }
    letters.next_if_eq(&'\\');
}

/// Adds a letter as what it looks like.
fn plain(letter: char, to: &mut String) {
    if letter.is_ascii() || means_something_else(letter) {
        to.push(letter);
        return;
    }
    let mut signs = std::iter::once(letter).nfkc();
    // `´` alone would become a space and a mark that goes onto the next letter.
    let is_lone_mark = !letter.is_whitespace() && signs.next() == Some(' ');
    if is_lone_mark {
        to.push(letter);
    } else {
        to.extend(std::iter::once(letter).nfkc());
    }
}

/// Whether a letter's plain form says something else: `10²` is not `102`, and `5½` is not `51⁄2`.
fn means_something_else(letter: char) -> bool {
    matches!(
        letter,
        '²' | '³' | '¹' | '¼'..='¾' | '\u{2070}'..='\u{209c}' | '\u{2150}'..='\u{215f}' | '\u{2189}' | '…' | '™'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_seen_is_taken_out() {
        for (text, seen) in [
            ("re\u{200b}fund\u{feff} me\u{202e}", "refund me"),
            ("a\u{e0041}\u{e0042}b", "ab"),
            ("\u{1b}[31mred\u{1b}[0m and \u{9b}1mbold", "red and bold"),
            ("\u{1b}]0;title\u{7}text \u{1b}]8;;https://x\u{1b}\\link", "text link"),
            ("\u{1b}]no end", "no end"),
            ("bell\u{7} null\u{0}", "bell null"),
            ("a\r\nb\rc\u{2028}d\te", "a\nb\nc\nd\te"),
            ("soft\u{ad}hyphen", "softhyphen"),
        ] {
            assert_eq!(read(text), seen, "{text:?}");
        }
    }

    #[test]
    fn letters_are_what_they_look_like_unless_they_say_something_else() {
        for (text, plain) in [
            ("ｃａｒｄ ４２", "card 42"),
            ("𝐬𝐲𝐬𝐭𝐞𝐦", "system"),
            ("ﬁne", "fine"),
            ("e\u{301}té", "été"),
            ("10² and 5½ … ™", "10² and 5½ … ™"),
            ("I´m here", "I´m here"),
            ("返金してください。円", "返金してください。円"),
            ("a\u{a0}b\u{2009}c", "a b c"),
        ] {
            assert_eq!(read(text), plain, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn reading_twice_changes_nothing_and_leaves_nothing_unseen(text in any::<String>()) {
            let once = read(&text);
            prop_assert!(!once.chars().any(is_unseen));
            prop_assert_eq!(read(&once), once);
        }
    }
}
