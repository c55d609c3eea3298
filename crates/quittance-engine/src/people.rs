//! Calling a person about a refund, and telling the customer.

use quittance_core::guard::Mode;
use quittance_core::reply::Reply;
use quittance_store::effects::{EffectKind, NewEffect};
use quittance_store::leases::Lease;

use crate::engine::Engine;
use crate::error::Error;
use crate::note::Note;
use crate::replies;
use crate::teams;

/// A note, an answer to the customer, and the assignment.
pub(crate) async fn call_person(
    engine: &Engine,
    lease: &Lease,
    why: &str,
    said: &Reply,
) -> Result<Vec<NewEffect>, Error> {
    let (case, at) = (&lease.case, engine.now());
    let note = Note { because: vec![why.to_owned()], done: why, ..Note::default() }.write();
    let mut effects = vec![replies::handling(EffectKind::Note, case, at, note)];
    // Who watches leaves a note and moves nothing else.
    if engine.parts.options.mode == Mode::Watch {
        return Ok(effects);
    }
    effects.extend(reply(engine, lease, said).await?);
    effects.push(teams::later(engine, lease).await?);
    Ok(effects)
}

/// An answer in the language of the case.
pub(crate) async fn reply(
    engine: &Engine,
    lease: &Lease,
    said: &Reply,
) -> Result<Vec<NewEffect>, Error> {
    let store = engine.store();
    let has_spoken = !store.own_parts(&lease.case).await?.is_empty();
    // Somebody may be about to say who is speaking.
    let open = store.open_effects(&lease.case).await?;
    let will_speak = open.iter().any(|effect| effect.kind == EffectKind::Reply);
    let before: &[Reply] = if has_spoken || will_speak { &[] } else { &[Reply::Introduction] };
    let language = engine.store().language_of(&lease.case).await?;
    let library = engine.parts.library.now();
    let templates = &library.said.templates;
    // A language can lose its replies while the case is under way.
    let language = language.as_deref().filter(|code| templates.contains_key(*code));
    let language = language.unwrap_or(&engine.parts.options.default_language);
    let effect = replies::reply(templates, language, &lease.case, engine.now(), said, before);
    Ok(effect.into_iter().collect())
}
