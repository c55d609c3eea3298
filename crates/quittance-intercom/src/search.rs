//! Finding conversations by when they last changed.

use jiff::Timestamp;
use quittance_core::ids::{AdminId, ConversationId, TeamId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Error;
use crate::wire::{WireId, instant};

const REQUEST: &str = "search conversations";

/// How many conversations one page holds, the most Intercom gives.
const PAGE: u32 = 150;

/// A conversation as a search shows it: without its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Intercom's id.
    pub id: ConversationId,
    /// When anything last changed, to the second.
    pub updated_at: Timestamp,
    /// The teammate it is assigned to.
    pub admin_assignee: Option<AdminId>,
    /// The team it is assigned to.
    pub team_assignee: Option<TeamId>,
}

/// One page of conversations, in no order that one could rely on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The conversations.
    pub changed: Vec<Changed>,
    /// How many there are on all pages together, as far as Intercom says.
    pub total: usize,
    /// What asks for the next page, if there is one.
    pub next: Option<String>,
}

impl Client {
    /// Reads one page of the open conversations that last changed within two instants, the seconds of
    /// both included. What changed a moment ago may not be found yet: Intercom's search lags.
    /// <https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/searchconversations>
    pub async fn open_changed(
        &self,
        from: Timestamp,
        to: Timestamp,
        next: Option<&str>,
    ) -> Result<Page, Error> {
        // Of instants, `>` and `<` include the bound.
        let bound = |operator: &str, at: Timestamp| json!({"field": "updated_at", "operator": operator, "value": at.as_second().to_string()});
        let is_open = json!({"field": "state", "operator": "=", "value": "open"});
        let mut pagination = json!({"per_page": PAGE});
        if let (Some(next), Some(pagination)) = (next, pagination.as_object_mut()) {
            pagination.insert("starting_after".to_owned(), Value::from(next));
        }
        let body = json!({
            "query": {"operator": "AND", "value": [bound(">", from), bound("<", to), is_open]},
            "pagination": pagination,
        });
        let page: WirePage = self.post(REQUEST, &["conversations", "search"], &body).await?;
        page.read().map_err(|problem| Error::unreadable(REQUEST, problem))
    }
}

#[derive(Deserialize)]
struct WirePage {
    #[serde(default)]
    conversations: Vec<WireChanged>,
    #[serde(default)]
    total_count: usize,
    pages: Option<WirePages>,
}

#[derive(Deserialize)]
struct WirePages {
    next: Option<WireNext>,
}

#[derive(Deserialize)]
struct WireNext {
    starting_after: Option<String>,
}

#[derive(Deserialize)]
struct WireChanged {
    id: WireId,
    #[serde(default)]
    updated_at: i64,
    admin_assignee_id: Option<WireId>,
    team_assignee_id: Option<WireId>,
}

impl WirePage {
    fn read(self) -> Result<Page, String> {
        let next = self.pages.and_then(|pages| pages.next).and_then(|next| next.starting_after);
        let changed: Vec<Changed> =
            self.conversations.iter().map(WireChanged::read).collect::<Result<_, _>>()?;
        let next = next.filter(|next| !next.is_empty());
        if changed.is_empty() && next.is_some() {
            return Err("an empty page that says more follows".to_owned());
        }
        Ok(Page { changed, total: self.total_count, next })
    }
}

impl WireChanged {
    fn read(&self) -> Result<Changed, String> {
        Ok(Changed {
            id: self.id.read()?,
            updated_at: instant(self.updated_at)?,
            admin_assignee: WireId::read_some(self.admin_assignee_id.as_ref())?,
            team_assignee: WireId::read_some(self.team_assignee_id.as_ref())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(page: Value) -> Result<Page, String> {
        serde_json::from_value::<WirePage>(page).unwrap().read()
    }

    #[test]
    fn a_page_is_read_with_ids_of_either_kind_and_nobody_in_three_spellings() {
        let page = read(json!({
            "type": "conversation.list", "total_count": 412, "new": [],
            "conversations": [
                {"id": "7", "updated_at": 1, "admin_assignee_id": 0, "team_assignee_id": null},
                {"id": 8, "updated_at": 2, "admin_assignee_id": 9001, "team_assignee_id": "7001"},
            ],
            "pages": {"next": {"page": 2, "starting_after": "abc"}},
        }))
        .unwrap();
        assert_eq!((page.total, page.next.as_deref()), (412, Some("abc")));
        let [one, other] = page.changed.as_slice() else { panic!("{page:?}") };
        assert_eq!((&one.admin_assignee, &one.team_assignee), (&None, &None));
        assert_eq!(other.id.as_str(), "8");
        assert_eq!(other.updated_at.as_second(), 2);
        assert_eq!(other.admin_assignee.as_ref().unwrap().as_str(), "9001");
        assert_eq!(other.team_assignee.as_ref().unwrap().as_str(), "7001");
    }

    #[test]
    fn the_last_page_has_no_next_one_and_an_empty_one_ends() {
        for pages in [json!(null), json!({"next": null}), json!({"next": {"starting_after": ""}})] {
            let page = read(json!({"conversations": [], "pages": pages})).unwrap();
            assert_eq!(page, Page { changed: Vec::new(), total: 0, next: None });
        }
        let endless = json!({"conversations": [], "pages": {"next": {"starting_after": "a"}}});
        assert!(read(endless).is_err());
    }
}
