//! Where words begin and end.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Words longer than this are not words, in bytes.
const LONGEST: usize = 60;

/// Letters and digits in a row are a word. In scripts without spaces, every two characters that stand
/// together are one, since that finds words without knowing them.
#[derive(Clone)]
pub(crate) struct Words;

/// The words of one text.
pub(crate) struct Stream {
    /// What is left, the next word last.
    left: Vec<Token>,
    token: Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream {
        let mut left = split(text);
        left.reverse();
        Stream { left, token: Token::default() }
    }
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        match self.left.pop() {
            Some(token) => {
                self.token = token;
                true
            }
            None => false,
        }
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gap,
    Word,
    Unspaced,
}

fn kind(c: char) -> Kind {
    match c {
        // Thai, kana, Chinese characters, Korean.
        '\u{e00}'..='\u{e7f}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{2fa1f}' => Kind::Unspaced,
        _ if c.is_alphanumeric() => Kind::Word,
        _ => Kind::Gap,
    }
}

fn split(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let kind_here = kind(first);
        // The places where the characters of this run begin, and where the run ends.
        let mut places = vec![start];
        let mut end = start.saturating_add(first.len_utf8());
        while let Some((at, c)) = rest.next_if(|(_, c)| kind(*c) == kind_here) {
            places.push(at);
            end = at.saturating_add(c.len_utf8());
        }
        match kind_here {
            Kind::Gap => {}
            Kind::Word => push(&mut tokens, text, start, end),
            Kind::Unspaced => {
                places.push(end);
                match places.as_slice() {
                    [from, to] => push(&mut tokens, text, *from, *to),
                    several => {
                        for pair in several.windows(3) {
                            let [from, _, to] = pair else { continue };
                            push(&mut tokens, text, *from, *to);
                        }
                    }
                }
            }
        }
    }
    tokens
}

fn push(tokens: &mut Vec<Token>, text: &str, from: usize, to: usize) {
    let Some(word) = text.get(from..to) else { return };
    // What is left of elisions and possessives (`l'`, `'s`) says nothing.
    let is_letter = word.len() == 1 && word.chars().all(char::is_alphabetic);
    if word.len() > LONGEST || is_letter {
        return;
    }
    let position = tokens.len();
    tokens.push(Token {
        offset_from: from,
        offset_to: to,
        position,
        text: word.to_owned(),
        position_length: 1,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_are_letters_and_digits_in_a_row() {
        assert_eq!(words("L'abonnement n° 12, d'été!"), ["abonnement", "12", "été"]);
        assert_eq!(words("the customer's e-mail_address"), ["the", "customer", "mail", "address"]);
        assert_eq!(words(" … "), Vec::<String>::new());
        assert_eq!(words(&"a".repeat(LONGEST + 1)), Vec::<String>::new());
    }

    #[test]
    fn scripts_without_spaces_are_split_into_pairs() {
        assert_eq!(words("退款政策 VPN服务"), ["退款", "款政", "政策", "VPN", "服务"]);
        assert_eq!(words("款"), ["款"]);
    }

    #[test]
    fn offsets_lead_back_to_the_text() {
        let text = "Zoë wünscht 退款 now";
        for token in split(text) {
            assert_eq!(&text[token.offset_from..token.offset_to], token.text);
        }
    }
}
