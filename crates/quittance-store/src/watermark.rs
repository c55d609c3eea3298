//! How far each recurring look has come, and which node has the next one.

use jiff::Timestamp;
use sqlx::Row;

use crate::error::Error;
use crate::open::Store;

/// A recurring look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watermark {
    /// At the conversations that changed at Intercom.
    Intercom,
    /// At the refunds that Stripe holds: when the last comparison without a difference began.
    Stripe,
}

impl Watermark {
    fn name(self) -> &'static str {
        match self {
            Self::Intercom => "intercom",
            Self::Stripe => "stripe",
        }
    }
}

/// The right to have the next look.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    watermark: Watermark,
    run: i64,
    /// How far the looks before have come.
    pub at: Timestamp,
}

impl Store {
    /// How far a look has come; nothing if there never was one.
    pub async fn watermark(&self, watermark: Watermark) -> Result<Option<Timestamp>, Error> {
        let row = sqlx::query("select at from watermark where name = $1 and at > 0")
            .bind(watermark.name())
            .fetch_optional(&self.reader)
            .await?;
        row.map(|row| instant(row.try_get(0)?)).transpose()
    }

    /// Claims the next look until `until`, unless another node has. The first look of all begins at
    /// `first`.
    pub async fn claim(
        &self,
        watermark: Watermark,
        first: Timestamp,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Claim>, Error> {
        let row = self
            .writer
            .write("claim", move |connection| {
                Box::pin(async move {
                    let row = sqlx::query(
                        "insert into watermark (name, at, claimed_until, run) values ($1, $2, $3, 1) \
                         on conflict (name) do update set run = watermark.run + 1, \
                         claimed_until = excluded.claimed_until, \
                         at = case when watermark.at = 0 then excluded.at else watermark.at end \
                         where watermark.claimed_until <= $4 returning at, run",
                    )
                    .bind(watermark.name())
                    .bind(first.as_millisecond())
                    .bind(until.as_millisecond())
                    .bind(now.as_millisecond())
                    .fetch_optional(&mut *connection)
                    .await?;
                    Ok(row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))))
                })
            })
            .await?;
        let claimed = row.transpose().map_err(|error: sqlx::Error| Error::from(error))?;
        claimed.map(|(at, run)| Ok(Claim { watermark, run, at: instant(at)? })).transpose()
    }

    /// Gives a claim back before its time.
    pub async fn claim_ended(&self, claim: &Claim, now: Timestamp) -> Result<(), Error> {
        let claim = *claim;
        self.writer
            .write("claim", move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "update watermark set claimed_until = $1 where name = $2 and run = $3",
                    )
                    .bind(now.as_millisecond())
                    .bind(claim.watermark.name())
                    .bind(claim.run)
                    .execute(&mut *connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Remembers that a look has come as far as `at`. Tells whether it still had the right to.
    pub async fn advance(&self, claim: &Claim, at: Timestamp) -> Result<bool, Error> {
        let claim = *claim;
        self.writer
            .write("advance", move |connection| {
                Box::pin(async move {
                    let rows = sqlx::query(
                        "update watermark set at = $1 where name = $2 and run = $3 and at <= $1",
                    )
                    .bind(at.as_millisecond())
                    .bind(claim.watermark.name())
                    .bind(claim.run)
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
                    Ok(rows == 1)
                })
            })
            .await
    }
}

fn instant(at: i64) -> Result<Timestamp, Error> {
    Timestamp::from_millisecond(at).map_err(|_| Error::Unreadable { what: "watermark" })
}
