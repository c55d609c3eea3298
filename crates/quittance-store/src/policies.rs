//! Every policy version that was ever live.

use jiff::Timestamp;
use quittance_core::record::{Draft, Kind};
use serde_json::json;
use sqlx::Row;

use crate::error::Error;
use crate::log;
use crate::open::Store;

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

impl Store {
    /// Remembers that a version is live from `at`: its text once, and an entry whenever the live
    /// version changes.
    pub async fn policy_live(&self, policy: Version, at: Timestamp) -> Result<(), Error> {
        let last =
            sqlx::query("select body from log where kind = 'policy' order by seq desc limit 1")
                .fetch_optional(&self.reader)
                .await?;
        let last: Option<String> = last.map(|row| row.try_get(0)).transpose()?;
        let body = json!({"title": policy.title, "version": policy.version});
        let is_live = last.is_some_and(|last| {
            serde_json::from_str(&last).is_ok_and(|last: serde_json::Value| last == body)
        });
        if is_live {
            return Ok(());
        }
        self.writer
            .write("policy", move |connection| {
                Box::pin(async move {
                    log::append(connection, vec![Draft { at, case: None, kind: Kind::Policy, body }]).await?;
                    sqlx::query(
                        "insert into policy_version (version, title, text, loaded_at) values ($1, $2, $3, $4) \
                         on conflict (version) do nothing",
                    )
                    .bind(policy.version)
                    .bind(policy.title)
                    .bind(policy.text)
                    .bind(at.as_millisecond())
                    .execute(&mut *connection)
                    .await?;
                    Ok(())
                })
            })
            .await
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
}
