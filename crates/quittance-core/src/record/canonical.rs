//! Canonical JSON (RFC 8785): tells it from any other without building a value, and writes it.

use serde_json::Value;

/// The canonical text of a value, where that is simple. None leaves it to who can do everything: numbers
/// that are no integers or long ones, and keys that are not plain ASCII.
pub(super) fn write_simple(value: &Value) -> Option<String> {
    let mut text = Vec::with_capacity(ROOM);
    write(value, &mut text)?;
    String::from_utf8(text).ok()
}

/// Room for a common body, in bytes.
const ROOM: usize = 512;

fn write(value: &Value, text: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::Null => text.extend_from_slice(b"null"),
        Value::Bool(true) => text.extend_from_slice(b"true"),
        Value::Bool(false) => text.extend_from_slice(b"false"),
        Value::Number(number) => {
            let number = number.as_i64()?;
            // Every reader counts exactly up to here.
            (number.unsigned_abs() < 1_000_000_000_000_000).then_some(())?;
            serde_json::to_writer(text, &number).ok()?;
        }
        Value::String(string) => serde_json::to_writer(text, string).ok()?,
        Value::Array(items) => {
            text.push(b'[');
            for (index, item) in items.iter().enumerate() {
                separate(index, text);
                write(item, text)?;
            }
            text.push(b']');
        }
        Value::Object(fields) => {
            // Plain ASCII has one order, in UTF-16 too.
            fields.keys().all(|key| key.is_ascii()).then_some(())?;
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            text.push(b'{');
            for (index, (key, value)) in fields.into_iter().enumerate() {
                separate(index, text);
                serde_json::to_writer(&mut *text, key).ok()?;
                text.push(b':');
                write(value, text)?;
            }
            text.push(b'}');
        }
    }
    Some(())
}

fn separate(index: usize, text: &mut Vec<u8>) {
    if index > 0 {
        text.push(b',');
    }
}

/// How deep a text may be nested. What is deeper is left to the reader of values.
const DEEPEST: u32 = 32;

/// The most digits of a number that is the same in every reader: all integers below 10^15 are exact.
const MOST_DIGITS: usize = 15;

/// Whether a text is certainly canonical. `false` decides nothing: the text must then be read and written
/// again, because rare things (fractions, long numbers, `\u` escapes, keys that are not plain ASCII) are not
/// judged here.
pub(super) fn is_surely_canonical(text: &str) -> bool {
    value(text.as_bytes(), DEEPEST).is_some_and(<[u8]>::is_empty)
}

/// Takes one value off the front and returns the rest.
fn value(text: &[u8], depth: u32) -> Option<&[u8]> {
    match text.first()? {
        b'{' => object(text.strip_prefix(b"{")?, depth.checked_sub(1)?),
        b'[' => array(text.strip_prefix(b"[")?, depth.checked_sub(1)?),
        b'"' => string(text.strip_prefix(b"\"")?).map(|(_, rest)| rest),
        b't' => text.strip_prefix(b"true"),
        b'f' => text.strip_prefix(b"false"),
        b'n' => text.strip_prefix(b"null"),
        _ => integer(text),
    }
}

/// The keys must rise: that is their canonical order, and no key comes twice.
fn object(text: &[u8], depth: u32) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"}") {
        return Some(rest);
    }
    let (mut rest, mut before) = (text, None);
    loop {
        let (key, after_key) = string(rest.strip_prefix(b"\"")?)?;
        let is_plain = key.iter().all(|byte| byte.is_ascii() && *byte != b'\\');
        if !is_plain || before.is_some_and(|before| before >= key) {
            return None;
        }
        before = Some(key);
        let after_value = value(after_key.strip_prefix(b":")?, depth)?;
        match after_value.split_first()? {
            (b',', more) => rest = more,
            (b'}', end) => return Some(end),
            _ => return None,
        }
    }
}

fn array(text: &[u8], depth: u32) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"]") {
        return Some(rest);
    }
    let mut rest = text;
    loop {
        match value(rest, depth)?.split_first()? {
            (b',', more) => rest = more,
            (b']', end) => return Some(end),
            _ => return None,
        }
    }
}

/// What stands before the closing quote, and what follows it.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0_usize;
    loop {
        let rest = text.get(from..)?;
        let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
        let at = from.checked_add(found)?;
        match (text.get(at)?, text.get(at.checked_add(1)?..)?) {
            (b'"', after) => return Some((text.get(..at)?, after)),
            // These have one canonical spelling, and it is this one.
            (b'\\', [b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..]) => {
                from = at.checked_add(2)?;
            }
            _ => return None,
        }
    }
}

fn integer(text: &[u8]) -> Option<&[u8]> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let digits = unsigned.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_zero = unsigned.first() == Some(&b'0');
    // Zero has no sign and nothing else begins with it.
    let is_odd = is_zero && (digits > 1 || unsigned.len() < text.len());
    if digits == 0 || digits > MOST_DIGITS || is_odd {
        return None;
    }
    unsigned.get(digits..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rewritten(text: &str) -> Option<String> {
        let value: Value = serde_json::from_str(text).ok()?;
        serde_json_canonicalizer::to_string(&value).ok()
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[a-z\"\\\\\n\t/é\u{7f}]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-z_A-Z0-9é]{0,6}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn what_the_log_holds_is_recognized() {
        for value in [
            json!({"b": "say \"é\"\n", "a": [1, null, {}, [], true, false], "amount_minor": 4900}),
            json!(0),
            json!(-7),
            json!("x"),
        ] {
            let text = serde_json_canonicalizer::to_string(&value).unwrap();
            assert!(is_surely_canonical(&text), "{text}");
            assert_eq!(write_simple(&value), Some(text));
        }
    }

    #[test]
    fn another_spelling_is_not() {
        for text in [
            "",
            " 1",
            "1 ",
            "01",
            "-0",
            "00",
            "1.0",
            "1e3",
            "+1",
            "-",
            "{\"b\":1,\"a\":2}",
            "{\"a\":1,\"a\":1}",
            "{\"a\" :1}",
            "{\"a\":1,}",
            "{,}",
            "[1,]",
            "[1 ,2]",
            "[",
            "{",
            "\"",
            "\"\\/\"",
            "\"\\u0041\"",
            "\"\n\"",
            "tru",
            "nullx",
            "[1]]",
            "{\"a\":1}{}",
            "9999999999999999",
            "{\"a\"}",
            "{1:2}",
            "\"\\",
        ] {
            assert!(!is_surely_canonical(text), "{text}");
        }
        assert!(!is_surely_canonical(&"[".repeat(100_000)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_recognized_is_written_the_same_again(value in values(), at in any::<usize>(), with in any::<u8>()) {
            let text = serde_json_canonicalizer::to_string(&value).unwrap();
            if let Some(simple) = write_simple(&value) {
                prop_assert_eq!(&simple, &text);
            }
            if is_surely_canonical(&text) {
                prop_assert_eq!(rewritten(&text), Some(text.clone()));
            }
            // Any byte changed: what is recognized is still canonical.
            let mut bytes = text.into_bytes();
            let place = at.checked_rem(bytes.len()).unwrap_or(0);
            bytes[place] = with;
            if let Ok(changed) = String::from_utf8(bytes) && is_surely_canonical(&changed) {
                prop_assert_eq!(rewritten(&changed), Some(changed));
            }
        }
    }
}
