//! What a customer wants, by the phrases they use in four languages.

use quittance_core::reason::Reason;

use quittance_core::wish::{self, Wish};

use super::reasons;
use super::text::{count, fold, has};

/// What a customer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// Money back; without a reason if none was given.
    Refund(Option<Reason>),
    /// To know what became of a refund.
    Whereabouts,
    /// To know the rules.
    Policy,
    /// To talk to somebody.
    Person,
    /// To cancel and nothing else.
    Cancel,
    /// Nothing more.
    Done,
    /// To insult or to threaten.
    Abuse,
    /// Something that cannot be told yet.
    Vague,
}

// The phrases are folded and parted as `text::has` wants them.

const THREAT: &str = "attorney|lawsuit|lawyer|sue you|my solicitor|avocat|porter plainte|anwalt|anzeige|\
    verklage|abogado|denunciar|demandar";
const COMPLAINT: &str = "complain|file a complaint|unacceptable|reclamation|me plaindre|inadmissible|inacceptable|beschwer|\
    inakzeptabel|unverschamt|queja|reclamacion|inaceptable|quejarme";
const WHEREABOUTS: &str = "where is my refund|where s my refund|where is the refund|when will i get my refund|\
    when will i receive my refund|when will my refund|when do i get my refund|when is my refund|not received my refund|\
    haven t received my refund|not got my refund|haven t got my refund|didn t get my refund|has my refund|\
    is my refund|status of my refund|refund status|refund has not arrived|refund hasn t arrived|\
    refund still has not|still waiting for my refund|waiting for the refund|ou est mon remboursement|\
    ou en est mon remboursement|quand vais je recevoir mon remboursement|quand est ce que je recevrai|\
    quand serai je rembourse|quand vais je etre rembourse|pas recu mon remboursement|pas recu le remboursement|\
    mon remboursement a t il|remboursement n est pas arrive|remboursement n est toujours pas|\
    attends toujours mon remboursement|statut de mon remboursement|wo ist meine erstattung|wo ist meine ruckzahlung|\
    wo bleibt meine erstattung|wo bleibt mein geld|wo ist mein geld|wann bekomme ich meine|wann kommt meine erstattung|\
    wann kommt mein geld|wann erhalte ich meine|wann ist meine erstattung|erstattung ist noch nicht|\
    erstattung noch nicht|ruckzahlung ist noch nicht|ist meine erstattung|warte noch auf meine erstattung|\
    status meiner erstattung|donde esta mi reembolso|donde esta mi devolucion|donde esta mi dinero|\
    cuando recibire mi|cuando llega mi|cuando me llega|cuando me devuelven|no he recibido mi reembolso|\
    no he recibido el reembolso|no me ha llegado el reembolso|se hizo mi devolucion|ya se hizo mi|\
    estado de mi reembolso|sigo esperando mi reembolso|mi reembolso no ha llegado";
const ABUSE: &str = "bullshit|asshole|bastard|fuck|idiot|moron|piece of shit|scammer|stupid bot|connard|connasse|voleurs|escrocs|encule|salaud|\
    arschloch|betruger|idioten|dreckslad|scheiss|wichser|cabron|ladrones|estafadores|gilipollas|hijo de puta|mierda";
const REFUND: &str = "chargeback|money back|my money|refund|reimburs|give it back|return the charge|rembours|\
    mon argent|erstatt|ruckerstatt|ruckzahl|geld zuruck|geld wieder|zuruckerstatt|\
    zuruckzahl|zuruckbuch|devoluc|devolv|devuel|dinero de vuelta|mi dinero|reembols|\
    reintegr";
const POLICY: &str = "are refunds|can i still get|do you offer refund|do you refund|do you give refund|\
    am i eligible|how long do i have|how long do i have|how do refunds|how does the refund|refund policy|\
    refund rules|return policy|policy|terms|what are the rules|conditions|politique|\
    quelles sont les regles|remboursez vous|combien de temps ai je|dans quels cas|faites vous|delai|bedingungen|erstattungsregel|wie sind ihre|erstatten sie|\
    richtlinie|regeln|welche frist|wie lange habe ich|condiciones|politica|hacen reembolsos|reembolsan los|reembolsan ustedes|hacen devoluciones|\
    cuanto tiempo tengo|reglas";
const HYPOTHETICAL: &str = "what if|what happens if|would i get|can i get a refund if|could i get a refund if|\
    que se passe t il si|et si je|was passiert wenn|was ist wenn|bekomme ich mein geld zuruck wenn|\
    que pasa si|que pasaria si";
const CANCEL: &str = "cancel my|cancel the|unsubscribe|resilier|annuler mon abonnement|kundigen|kundigung|\
    abbestellen|cancelar mi|cancelar la|dar de baja|darme de baja|cancele mi|cancelen mi|anular mi|annulez mon|d annuler mon|resilie|stop my subscription|abo beenden";
const DONE: &str = "all good|appreciate|great thank|no that s all|no thank|that s all|thank|thx|ty$|merci|\
    c est tout|parfait|danke|vielen dank|das war alles|gracias|eso es todo|perfecto";
const INSISTING: &str = "but$|not$|still$|why|mais|pas$|aber|nicht|pero|no$";

/// What the customer wants.
pub(super) fn of(text: &str) -> Intent {
    let folded = &fold(text);
    let reason = reasons::of(folded);
    let wants_money = has(folded, REFUND);
    if wish::of([text]) == Some(Wish::Person) || has(folded, THREAT) {
        return Intent::Person;
    }
    if has(folded, WHEREABOUTS) {
        return Intent::Whereabouts;
    }
    if reason == Some(Reason::DuplicateCharge) && !has(folded, HYPOTHETICAL) {
        return Intent::Refund(reason);
    }
    if has(folded, HYPOTHETICAL) || (asks_for_rules(folded) && reason.is_none()) {
        return Intent::Policy;
    }
    if wants_money || reason.is_some() {
        return Intent::Refund(reason);
    }
    if has(folded, COMPLAINT) {
        return Intent::Person;
    }
    if has(folded, ABUSE) {
        return Intent::Abuse;
    }
    if has(folded, CANCEL) {
        return Intent::Cancel;
    }
    let is_short = count_words(folded) <= 12;
    if has(folded, DONE) && is_short && !has(folded, INSISTING) {
        return Intent::Done;
    }
    Intent::Vague
}

/// A question about the rules, unless the same text also demands the money.
fn asks_for_rules(folded: &str) -> bool {
    const DEMANDS: &str = "i want|i d like|i would like|i need|give me|please refund|refund me|refund my|\
    refund this|refund the|je veux|je voudrais|je souhaite|remboursez moi|ich mochte|\
    ich will|erstatten sie mir|bitte erstatten|erstatten sie bitte|quiero|quisiera|devuelvan";
    has(folded, POLICY) && !has(folded, DEMANDS)
}

fn count_words(folded: &str) -> usize {
    folded.split(' ').filter(|word| !word.is_empty()).count()
}

/// Whether the text is a short yes or no.
pub(super) fn is_bare_answer(folded: &str) -> bool {
    const ANSWERS: &[&str] = &[
        "yes", "yeah", "yep", "ok", "okay", "sure", "no", "nope", "oui", "non", "ja", "nein", "si",
        "vale", "claro",
    ];
    count_words(folded) <= 3 && count(folded, ANSWERS) > 0
}

#[cfg(test)]
mod tests;
