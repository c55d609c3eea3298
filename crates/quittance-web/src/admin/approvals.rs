//! What waits for a person's word, and the word.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use quittance_core::ids::ApprovalId;
use quittance_core::money::Money;
use quittance_store::approvals::{Given, Waiting, Word};
use serde::Deserialize;
use serde_json::json;

use super::{Admin, failed, problem};

/// How many requests are listed at most, the oldest first.
const MOST: u32 = 500;

/// `GET /approvals`
pub(super) async fn list(State(admin): State<Admin>) -> Response {
    match admin.engine.store().approvals(MOST).await {
        Ok(waiting) => Json(waiting.iter().map(Waiting::shown).collect::<Vec<_>>()).into_response(),
        Err(error) => failed(&error.into()),
    }
}

/// What a person says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    /// Who they are.
    by: String,
    /// How much, as a decimal in the payment's currency, if it is less than was asked for.
    amount: Option<String>,
    /// Why, if they say so.
    why: Option<String>,
}

/// `POST /approvals/{id}/approve`
pub(super) async fn approve(
    State(admin): State<Admin>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match super::json(&headers, body, r#"{"by": "…", "amount": "20.00"}"#).await {
        Ok(said) => give(&admin, &id, said, true).await,
        Err(refused) => refused,
    }
}

/// `POST /approvals/{id}/decline`
pub(super) async fn decline(
    State(admin): State<Admin>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match super::json(&headers, body, r#"{"by": "…", "why": "…"}"#).await {
        Ok(said) => give(&admin, &id, said, false).await,
        Err(refused) => refused,
    }
}

async fn give(admin: &Admin, id: &str, said: Said, is_approval: bool) -> Response {
    if said.by.trim().is_empty() {
        return problem(StatusCode::BAD_REQUEST, "say who you are: `by`");
    }
    let Ok(id) = id.parse::<ApprovalId>() else {
        return problem(StatusCode::NOT_FOUND, "there is no such request");
    };
    let engine = &admin.engine;
    let word = match word(admin, &id, said, is_approval).await {
        Ok(word) => word,
        Err(refused) => return refused,
    };
    match engine.store().give_word(&id, word, engine.now()).await {
        Ok(Given::Written) => {
            admin.wake_up.ring();
            Json(json!({"request": id, "approved": is_approval})).into_response()
        }
        Ok(Given::Unknown) => problem(StatusCode::NOT_FOUND, "there is no such request"),
        Ok(Given::TooLate) => {
            problem(StatusCode::CONFLICT, "somebody has answered already, or the request is over")
        }
        Ok(Given::WrongAmount) => {
            problem(StatusCode::BAD_REQUEST, "the amount is nothing, or more than was asked for")
        }
        Err(error) => failed(&error.into()),
    }
}

/// The word as it is kept: the amount is in the currency of what was asked.
async fn word(
    admin: &Admin,
    id: &ApprovalId,
    said: Said,
    is_approval: bool,
) -> Result<Word, Response> {
    let Said { by, amount, why } = said;
    let asked = admin.engine.store().approval(id).await.map_err(|error| failed(&error.into()))?;
    let Some(asked) = asked else {
        return Err(problem(StatusCode::NOT_FOUND, "there is no such request, or it is over"));
    };
    let amount = amount.map(|text| Money::from_decimal(&text, asked.amount.currency()));
    let amount = amount.transpose().map_err(|error| {
        problem(StatusCode::BAD_REQUEST, &format!("`amount` is no amount: {error}"))
    })?;
    Ok(Word { is_approval, by, amount: amount.filter(|_| is_approval), why })
}
