//! Every policy version that was ever live or proposed, and which one is live: one for all nodes.

use jiff::Timestamp;
use quittance_core::record::{Draft, Kind};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::connection::Connection;
use crate::error::Error;
use crate::log;
use crate::nodes::gone_before;
use crate::open::Store;

/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 80;

/// How many versions are listed at most.
const MOST_LISTED: i64 = 1_000;

const NO_ROW: Error = Error::Unreadable { what: "live policy" };

/// A policy version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The hash of its text.
    pub version: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
}

/// Somebody's wish that a version be live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The version.
    pub version: String,
    /// Who wants it, or wanted it.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
}

/// Which policy is live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivePolicy {
    /// The version, who made it live and when. None before the first start.
    pub live: Option<Wish>,
    /// Grows with every change of the live version.
    pub act: u64,
    /// What waits for a second person.
    pub proposed: Option<Wish>,
}

/// A version in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The hash of its text.
    pub version: String,
    /// Its title.
    pub title: String,
    /// When it was stored.
    pub at: Timestamp,
}

/// How many people must want a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum People {
    /// One is enough.
    One,
    /// A second one, of another name.
    Two,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activation {
    /// The version is live from now on.
    Live,
    /// It was live before.
    WasLive,
    /// It waits for a second person.
    Waits,
    /// It waits, and whoever asks again is the person who asked first.
    SamePerson,
}

impl Store {
    /// A node begins with this version: it becomes live, unless another node is alive with another one,
    /// which is then left as it is. Gives the number of the last change.
    pub async fn policy_begin(
        &self,
        policy: Version,
        by: &str,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let wish = Wish { version: policy.version.clone(), by: bounded(by), at };
        let node = self.node_id();
        self.writer
            .write("policy_begin", move |connection| {
                Box::pin(async move {
                    let before = lock(connection).await?;
                    keep(connection, &policy, at).await?;
                    let is_live = before.live.is_some_and(|live| live.version == wish.version);
                    if is_live || others_differ(connection, &node, &wish.version, at).await? {
                        return Ok(before.act);
                    }
                    make_live(connection, &policy, &wish, None).await
                })
            })
            .await
    }

    /// A node begins with this version where people say what is live: it becomes live only if none is yet.
    /// Gives the number of the last change.
    pub async fn policy_first(
        &self,
        policy: Version,
        by: &str,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let wish = Wish { version: policy.version.clone(), by: bounded(by), at };
        self.writer
            .write("policy_first", move |connection| {
                Box::pin(async move {
                    let before = lock(connection).await?;
                    if before.live.is_some() {
                        return Ok(before.act);
                    }
                    keep(connection, &policy, at).await?;
                    make_live(connection, &policy, &wish, None).await
                })
            })
            .await
    }

    /// Makes a version live, if as many people want it as must. Where two must, the first one's wish is
    /// kept until another person has the same, or anybody wants another version, be it the live one.
    pub async fn policy_activate(
        &self,
        policy: Version,
        by: &str,
        people: People,
        at: Timestamp,
    ) -> Result<Activation, Error> {
        let wish = Wish { version: policy.version.clone(), by: bounded(by), at };
        self.writer
            .write("policy_activate", move |connection| {
                Box::pin(async move { activate(connection, &policy, &wish, people).await })
            })
            .await
    }

    /// Which version is live, and which one waits.
    pub async fn policy_state(&self) -> Result<LivePolicy, Error> {
        let row = sqlx::query(
            "select version, act, by_whom, at, proposed, proposed_by, proposed_at from policy_live where id = 1",
        )
        .fetch_optional(&self.reader)
        .await?;
        read(&row.ok_or(NO_ROW)?)
    }

    /// A version by its hash.
    pub async fn policy_version(&self, version: &str) -> Result<Option<Version>, Error> {
        let row: Option<(String, String, String)> =
            sqlx::query_as("select version, title, text from policy_version where version = $1")
                .bind(version)
                .fetch_optional(&self.reader)
                .await?;
        Ok(row.map(|(version, title, text)| Version { version, title, text }))
    }

    /// The newest versions, newest first, at most a thousand.
    pub async fn policy_versions(&self) -> Result<Vec<Listed>, Error> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "select version, title, loaded_at from policy_version order by loaded_at desc, version limit $1",
        )
        .bind(MOST_LISTED)
        .fetch_all(&self.reader)
        .await?;
        let listed = rows
            .into_iter()
            .map(|(version, title, at)| Ok(Listed { version, title, at: instant(at)? }));
        listed.collect()
    }

    /// Says that a node goes by another policy from now on.
    pub async fn node_policy(&self, version: &str) -> Result<(), Error> {
        let (id, version) = (self.node_id(), version.to_owned());
        self.writer
            .write("node_policy", move |connection| {
                Box::pin(async move {
                    sqlx::query("update node set policy = $1 where id = $2")
                        .bind(version)
                        .bind(id)
                        .execute(&mut *connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

async fn activate(
    connection: &mut Connection,
    policy: &Version,
    wish: &Wish,
    people: People,
) -> Result<Activation, Error> {
    let before = lock(connection).await?;
    if before.live.is_some_and(|live| live.version == wish.version) {
        if let Some(proposed) = before.proposed {
            withdraw(connection, policy, wish, &proposed.version).await?;
        }
        return Ok(Activation::WasLive);
    }
    keep(connection, policy, wish.at).await?;
    let first = before.proposed.filter(|proposed| proposed.version == wish.version);
    match (people, first) {
        (People::One, _) => {}
        (People::Two, None) => {
            propose(connection, policy, wish).await?;
            return Ok(Activation::Waits);
        }
        (People::Two, Some(first)) if is_same_person(&first.by, &wish.by) => {
            return Ok(Activation::SamePerson);
        }
        (People::Two, Some(first)) => {
            make_live(connection, policy, wish, Some(&first.by)).await?;
            return Ok(Activation::Live);
        }
    }
    make_live(connection, policy, wish, None).await?;
    Ok(Activation::Live)
}

/// Takes the log's lock first, as every transaction does that appends, and reads what is live.
async fn lock(connection: &mut Connection) -> Result<LivePolicy, Error> {
    sqlx::query("update log_head set seq = seq where id = 1").execute(&mut *connection).await?;
    let row = sqlx::query(
        "select version, act, by_whom, at, proposed, proposed_by, proposed_at from policy_live where id = 1",
    )
    .fetch_optional(&mut *connection)
    .await?;
    read(&row.ok_or(NO_ROW)?)
}

/// Keeps the text of a version, once.
async fn keep(connection: &mut Connection, policy: &Version, at: Timestamp) -> Result<(), Error> {
    sqlx::query(
        "insert into policy_version (version, title, text, loaded_at) values ($1, $2, $3, $4) \
         on conflict (version) do nothing",
    )
    .bind(&policy.version)
    .bind(&policy.title)
    .bind(&policy.text)
    .bind(at.as_millisecond())
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Whether another node that is alive goes by another policy.
async fn others_differ(
    connection: &mut Connection,
    node: &str,
    version: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let row =
        sqlx::query("select count(*) from node where seen_at > $1 and id <> $2 and policy <> $3")
            .bind(gone_before(now))
            .bind(node)
            .bind(version)
            .fetch_one(&mut *connection)
            .await?;
    let count: i64 = row.try_get(0)?;
    Ok(count > 0)
}

async fn make_live(
    connection: &mut Connection,
    policy: &Version,
    wish: &Wish,
    first: Option<&str>,
) -> Result<u64, Error> {
    let mut body = json!({"title": policy.title, "version": policy.version, "by": wish.by});
    if let (Some(body), Some(first)) = (body.as_object_mut(), first) {
        body.insert("proposed_by".to_owned(), json!(first));
    }
    let draft = Draft { at: wish.at, case: None, kind: Kind::Policy, body };
    log::append(connection, vec![draft]).await?;
    let row = sqlx::query(
        "update policy_live set version = $1, act = act + 1, by_whom = $2, at = $3, \
         proposed = null, proposed_by = null, proposed_at = null where id = 1 returning act",
    )
    .bind(&wish.version)
    .bind(&wish.by)
    .bind(wish.at.as_millisecond())
    .fetch_one(&mut *connection)
    .await?;
    let act: i64 = row.try_get(0)?;
    Ok(act.unsigned_abs())
}

async fn propose(connection: &mut Connection, policy: &Version, wish: &Wish) -> Result<(), Error> {
    let body = json!({"title": policy.title, "version": policy.version, "proposed_by": wish.by});
    let draft = Draft { at: wish.at, case: None, kind: Kind::Policy, body };
    log::append(connection, vec![draft]).await?;
    sqlx::query(
        "update policy_live set proposed = $1, proposed_by = $2, proposed_at = $3 where id = 1",
    )
    .bind(&wish.version)
    .bind(&wish.by)
    .bind(wish.at.as_millisecond())
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Somebody wants what is live to stay so: what waited for a second person waits no more.
async fn withdraw(
    connection: &mut Connection,
    live: &Version,
    wish: &Wish,
    proposed: &str,
) -> Result<(), Error> {
    let body = json!({
        "title": live.title,
        "version": live.version,
        "by": wish.by,
        "withdrawn": proposed,
    });
    let draft = Draft { at: wish.at, case: None, kind: Kind::Policy, body };
    log::append(connection, vec![draft]).await?;
    sqlx::query(
        "update policy_live set proposed = null, proposed_by = null, proposed_at = null where id = 1",
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Whether two names are probably one person's.
fn is_same_person(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// A name has bounds, and no line breaks.
fn bounded(name: &str) -> String {
    let one = |letter: char| if letter.is_control() { ' ' } else { letter };
    name.trim().chars().take(LONGEST_NAME).map(one).collect()
}

fn read(row: &AnyRow) -> Result<LivePolicy, Error> {
    let act: i64 = row.try_get("act")?;
    let wish = |version: Option<String>, by: Option<String>, at: Option<i64>| {
        let (Some(version), Some(by), Some(at)) = (version, by, at) else { return Ok(None) };
        Ok::<_, Error>(Some(Wish { version, by, at: instant(at)? }))
    };
    Ok(LivePolicy {
        live: wish(row.try_get("version")?, row.try_get("by_whom")?, row.try_get("at")?)?,
        act: act.unsigned_abs(),
        proposed: wish(
            row.try_get("proposed")?,
            row.try_get("proposed_by")?,
            row.try_get("proposed_at")?,
        )?,
    })
}

fn instant(at: i64) -> Result<Timestamp, Error> {
    Timestamp::from_millisecond(at).map_err(|_| NO_ROW)
}
