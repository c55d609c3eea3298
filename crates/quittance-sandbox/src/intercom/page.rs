//! Cursor paging of lists and searches.

use serde_json::{Value, json};

use super::problem::Problem;

/// The most objects one page holds.
const MOST_PER_PAGE: i64 = 150;

/// Which page is asked for.
#[derive(Clone, Debug)]
pub(super) struct Page {
    number: usize,
    size: usize,
    after: Option<(i64, String)>,
}

impl Page {
    /// The page that `per_page` and `starting_after` ask for.
    pub(super) fn read(
        per_page: Option<i64>,
        starting_after: Option<&str>,
        default: i64,
    ) -> Result<Self, Problem> {
        let per_page = per_page.unwrap_or(default);
        if !(1..=MOST_PER_PAGE).contains(&per_page) {
            let message = format!("per_page must be between 1 and {MOST_PER_PAGE}");
            return Err(Problem::invalid("per_page", message));
        }
        let size = usize::try_from(per_page).unwrap_or(1);
        let Some(cursor) = starting_after else {
            return Ok(Self { number: 1, size, after: None });
        };
        let refuse = || Problem::invalid("starting_after", "starting_after is not a known cursor");
        let (number, key, id) = cursor_parts(cursor).ok_or_else(refuse)?;
        Ok(Self { number, size, after: Some((key, id)) })
    }

    /// One page of `found`, which is sorted by descending key; and the `pages` object.
    pub(super) fn cut<T>(&self, found: Vec<(i64, String, T)>) -> (Vec<T>, Value) {
        let total = found.len();
        let is_after = |key: i64, id: &str| match &self.after {
            None => true,
            Some((last, last_id)) => (key, id) < (*last, last_id.as_str()),
        };
        let mut rest = found.into_iter().filter(|(key, id, _)| is_after(*key, id));
        let mut last = None;
        let mut page = Vec::with_capacity(self.size);
        for (key, id, value) in rest.by_ref().take(self.size) {
            last = Some((key, id));
            page.push(value);
        }
        let next = match (last, rest.next()) {
            (Some((key, id)), Some(_)) => {
                let number = self.number.saturating_add(1);
                json!({
                    "page": number,
                    "per_page": self.size,
                    "starting_after": hex::encode(format!("{number}:{key}:{id}")),
                })
            }
            (Some(_) | None, _) => Value::Null,
        };
        let pages = json!({
            "type": "pages",
            "page": self.number,
            "per_page": self.size,
            "total_pages": total.div_ceil(self.size),
            "next": next,
        });
        (page, pages)
    }
}

fn cursor_parts(cursor: &str) -> Option<(usize, i64, String)> {
    let text = String::from_utf8(hex::decode(cursor).ok()?).ok()?;
    let mut parts = text.splitn(3, ':');
    let number = parts.next()?.parse().ok()?;
    let key = parts.next()?.parse().ok()?;
    Some((number, key, parts.next()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once_even_with_equal_keys() {
        let all = || -> Vec<_> {
            let mut all: Vec<_> =
                (0..25_i64).map(|at| (at / 10, format!("id{at:02}"), at)).collect();
            all.sort_by(|a, b| (b.0, &b.1).cmp(&(a.0, &a.1)));
            all
        };
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = Page::read(Some(10), cursor.as_deref(), 20).unwrap();
            let (found, pages) = page.cut(all());
            assert_eq!(pages["total_pages"], 3);
            seen.extend(found);
            match pages["next"]["starting_after"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..25).collect::<Vec<_>>());
    }

    #[test]
    fn impossible_pages_are_refused() {
        assert!(Page::read(Some(0), None, 20).is_err());
        assert!(Page::read(Some(151), None, 20).is_err());
        assert!(Page::read(None, Some("made up"), 20).is_err());
    }
}
