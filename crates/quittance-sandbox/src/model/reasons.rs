//! Why a customer wants money back, by the phrases they use in four languages.

use quittance_core::reason::Reason;

use super::text::has;

/// Phrases for each reason, folded and parted as `text::has` wants them; the first reason that fits wins.
const REASONS: [(Reason, &str); 13] = [
    (
        Reason::DuplicateCharge,
        "billed again|billed me two|charged again|charged me again|charged two times|billed two times|double charge|\
         double bill|double payment|doubly|duplicat|same charge|same payment|twice|two charges|two identical|\
         two payments|two times|2 times|2x|deux fois|deux prelevements|deux paiements|deux debits|doublon|en double|\
         double prelevement|double paiement|double debit|double facturation|2 fois|abgebucht zweimal|doppelt|zweifach|\
         zweimal|zwei mal|zwei abbuchungen|zwei gleiche|zwei zahlungen|doppelabbuchung|2 mal|cobro doble|cobraron doble|\
         cobrado doble|dos cargos|dos cobros|dos pagos|dos veces|duplicad|2 veces|por duplicado|doble cobro|doble cargo",
    ),
    (
        Reason::Unrecognized,
        "did not authori|didn t authori|do not recogni|don t recogni|fraud|never made this|never signed up|not me$|\
         stolen|stole my card|did not make this|didn t make this|unauthori|unknown charge|without my permission|without permission|not made by me|wasn t me|was not me|\
         somebody used my card|someone used my card|never bought this|ne reconnais pas|pas autorise|fraude|\
         sans mon accord|sans mon autorisation|pas fait cet achat|pas effectue cet achat|pas fait ce paiement|\
         ce n est pas moi|carte volee|vole ma carte|piratee|erkenne ich nicht|erkenne diese|kenne ich nicht|kenne diese|\
         nicht autorisiert|betrug$|ohne meine erlaubnis|ohne meine zustimmung|habe ich nicht gekauft|habe ich nicht bestellt|\
         das war ich nicht|karte gestohlen|gestohlen|unbekannte abbuchung|no autorice|no reconozco|sin mi permiso|\
         sin mi autorizacion|no hice esta|no hice este|no he hecho est|no fui yo|tarjeta robada|robaron la tarjeta|\
         cargo desconocido",
    ),
    (
        Reason::ForgotToCancel,
        "forgot to cancel|forgotten to cancel|meant to cancel|should have cancel|thought i cancel|thought i had cancel|\
         tried to cancel|wanted to cancel before|did not want it to renew|didn t want it to renew|renewed without|\
         not want to renew|oublie d annuler|oublie de resilier|voulais resilier|voulais annuler|pensais avoir resilie|\
         pensais avoir annule|renouvele sans|renouvelle sans|essaye de resilier|vergessen zu kundigen|\
         kundigen vergessen|vergessen das abo|wollte kundigen|wollte vor|zu kundigen vergessen|ungewollt verlangert|\
         automatisch verlangert|dachte ich hatte gekundigt|kundigung vergessen|olvide cancelar|olvide de cancelar|\
         queria cancelar|olvido cancelar|se me olvido|renovo sin|renovado sin|pense que habia cancelado|\
         crei que habia cancelado|me olvide de cancelar",
    ),
    (
        Reason::Accidental,
        "accident|by mistake|clicked the wrong|didn t mean to|did not mean to|wrong plan|unintention|kid bought|\
         child bought|son bought|daughter bought|par accident|par erreur|fausse manip|sans faire expres|mauvais forfait|\
         fils l a achete|fille l a achete|enfant a achete|sans me demander|aus versehen|versehentlich|irrtumlich|\
         fehlkauf|falschen tarif|falsch geklickt|verklickt|sohn hat|tochter hat|kind hat|ohne zu fragen|ungewollt gekauft|\
         accidental|por accidente|por error|sin querer|por equivocacion|plan equivocado|hijo lo compro|hija lo compro|\
         me equivoque",
    ),
    (
        Reason::WrongAmount,
        "charged more than|charged too much|charged me too much|incorrect amount|more than i should|overcharg|\
         too expensive than|wrong amount|wrong price|higher than|more than agreed|mauvais montant|montant incorrect|\
         montant est incorrect|montant est faux|trop preleve|trop factur|facture trop|trop cher|plus eleve que|\
         plus cher que prevu|pas le bon montant|falscher betrag|falsche betrag|betrag ist falsch|zu viel abgebucht|\
         zu viel berechnet|zuviel abgebucht|zu hoch|hoher als|mehr als vereinbart|cobrado de mas|cobraron de mas|\
         importe incorrecto|importe es incorrecto|importe equivocado|precio es mas alto|mas de lo acordado|\
         mas alto de lo|monto incorrecto|demasiado dinero",
    ),
    (
        Reason::NotReceived,
        "did not arrive|didn t arrive|didn t receive|never arrived|never got|never received|not received|\
         n est pas arrive|n est jamais arrive|jamais recu|pas recu|rien recu|nicht angekommen|nie angekommen|\
         nicht erhalten|nie erhalten|nicht geliefert|nichts bekommen|nichts erhalten|no he recibido|no llego|no ha llegado|\
         nunca recibi|nunca llego|no recibi",
    ),
    (
        Reason::ServiceProblem,
        "could not use|couldn t access|couldn t use|does not work|doesn t work|not working|outage|service was down|\
         was down|stopped working|could not log in|couldn t log in|can t log in|cannot log in|crashing|crashes|\
         keeps failing|full of bugs|en panne|ne fonctionne pas|ne marche pas|ne fonctionnait pas|impossible de me connecter|\
         impossible d acceder|indisponible|bug|plante|ausfall|ausgefallen|funktioniert nicht|nicht funktioniert|\
         geht nicht|nicht einloggen|nicht anmelden|nicht erreichbar|sturzt|fehlerhaft|kein zugriff|caido|no funciona|\
         no funcionaba|no puedo iniciar|no puedo entrar|no puedo acceder|no me deja entrar|se cuelga|fallos",
    ),
    (
        Reason::Damaged,
        "dropped it|spilled|spilt|i damaged|i broke|fell down|heruntergefallen|runtergefallen|selbst kaputt|\
         fait tomber|j ai casse|renverse|se me cayo|se me rompio|derrame|lo rompi",
    ),
    (
        Reason::Defective,
        "broken|damaged|defective|faulty|casse|defectueux|abime|defekt|kaputt|mangelhaft|beschadigt|defectuos|roto$|rota$|\
         averiad|danado|estropead",
    ),
    (
        Reason::NotAsDescribed,
        "not as described|not what was described|not what you advertised|not as advertised|misleading|pas conforme|\
         ne correspond pas|pas ce qui etait annonce|trompeu|nicht wie beschrieben|nicht der beschreibung|\
         entspricht nicht|irrefuhrend|no es como|no corresponde|no coincide|enganos",
    ),
    (
        Reason::Unused,
        "did not use|didn t use|don t use|hardly use|have not used|haven t used|never logged in|never use|not been using|\
         not used|not using|unused|jamais utilise|n utilise pas|pas utilise|n ai pas servi|pas servi|jamais servi|\
         jamais connecte|gar nicht benutzt|nicht benutz|nicht genutz|nicht verwendet|nie benutzt|nie genutzt|\
         nie verwendet|nie eingeloggt|nutze es nicht|ungenutzt|no he usado|no he utilizado|no la he usado|no lo he usado|\
         no lo uso|nunca he usado|nunca lo use|nunca lo utilice|nunca lo he usado|sin usar|no lo he utilizado",
    ),
    (
        Reason::ChangedMind,
        "change of mind|changed my mind|change my mind|changed our mind|change our mind|changing my mind|decided against|\
         do not need|do not want|don t need|don t want|no longer need|no longer want|not for me|not what i|regret|\
         switched to|ai change d avis|change d avis|n en ai plus besoin|n en avons plus besoin|change nos plans|\
         n en veux plus|ne le veux plus|ne la veux plus|plus besoin|me convient pas|je regrette|anders uberlegt|\
         brauche es nicht|brauche ich nicht|brauche das nicht|nicht mehr brauche|doch nicht|meinung geandert|\
         nicht mehr haben|will es nicht|will ich nicht|gefallt mir nicht|bereue|cambiado de idea|cambiado de opinion|\
         cambie de opinion|cambie de idea|no lo necesito|no lo quiero|ya no lo|ya no la|ya no necesito|ya no quiero|\
         no me gusta|no me convence|me arrepiento",
    ),
    (
        Reason::Goodwill,
        "as a gesture|goodwill|geste commercial|un geste|dedommag|kulan|entgegenkomm|entschadig|gesto comercial|un gesto|\
         compensacion",
    ),
];

/// The reason that a folded text gives.
pub(super) fn of(folded: &str) -> Option<Reason> {
    REASONS.iter().find(|(_, phrases)| has(folded, phrases)).map(|(reason, _)| *reason)
}
