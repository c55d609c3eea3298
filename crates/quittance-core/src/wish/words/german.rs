//! German.

use super::{NONE, Tongue, Written};

pub(super) const TONGUE: Written = Tongue {
    turns: "sondern|aber|oder|stattdessen",
    reach: "leiten sie mein anliegen an|ich mich an|anliegen an|ruckruf von|ruckruf durch|\
        verbinden sie mich mit|verbinden sie mich bitte mit|verbinde mich mit|verbindet mich mit|\
        verbinden sie mich|stellen sie mich durch zu|leiten sie mich an|leiten sie das an|\
        leiten sie mich zu|leite mich an|leiten sie es an|geben sie das an|geben sie mich an|\
        geben sie es an|gib das an|ubergeben sie an|ubergeben sie das an|ubergeben sie mich an|\
        weiterleiten an|sprechen mit|reden mit|schreiben mit|chatten mit|telefonieren mit|will kontakt mit|\
        mochte kontakt mit|mochte kontakt zu|brauche kontakt zu|wie erreiche ich|erreiche ich|\
        wie kontaktiere ich|eskalieren an",
    want: "ich will|will|ich mochte|mochte|ich brauche|brauche|brauch|brauchen|geben sie mir|gib mir|\
        gebt mir|ich hatte gern|ich hatte gerne|hatte gern|hatte gerne|wunsche|ich verlange|verlange|\
        fordere|holen sie|holen sie mir|hol mir|hol|holt|gibt es|gibts|haben sie|bitte|kann ich|konnte ich|\
        darf ich|ich suche|suche|schicken sie mir|kein bot|keinen bot|lieber|wo ist",
    people: "mensch|menschen|echte person|echten person|mitarbeiter|mitarbeiterin|mitarbeitern|\
        mitarbeitende|mitarbeitenden|berater|beraterin|kundenberater|kundenberaterin|sachbearbeiter|\
        sachbearbeiterin|ansprechpartner|ansprechpartnerin|vorgesetzten|vorgesetzter|vorgesetzte|teamleiter|\
        teamleiterin|manager|agent|agenten|operator|person|supportmitarbeiter|servicemitarbeiter|\
        kundenbetreuer|kundendienstmitarbeiter|leute|kundenservice|kundendienst|kundensupport|\
        menschliche hilfe|verantwortlichen|zustandigen",
    others: "jemand|jemanden|jemandem|irgendjemand|irgendjemanden|irgendjemandem|kollegen|kollegin|kollege|\
        ihrem team|ihr team|team|support|chef|chefin|hotline|service|wem",
    small: "ein|eine|einen|einem|einer|der|die|das|den|dem|ihr|ihre|ihren|ihrem|ihrer|eurem|euren|einfach|\
        echt|echte|echten|echter|echtem|richtig|richtigen|richtiger|richtigem|wirklichen|lebenden|\
        menschlich*|anderen|bitte|gern|gerne|direkt|mit|mal|von|vom|aus|zum|zur|zu|an|hier|lieber|sofort|\
        jetzt|endlich|kompetenten|zustandigen|irgendeinem|irgendeinen|im|am|sie|mir|es|denn|uberhaupt|\
        wirklich|auch|nur|nun|so|eigentlich|ich",
    follow: "bitte|jetzt|sofort|hier|sprechen|reden|haben|der|die|und|zum|zur|fur|weil|aus|vom|von|nicht|\
        kein|keinen|danke|statt|ans|am|kontaktieren|erreichen|dran|da|verfugbar|ist|mit|dahinter|denn|haben|\
        anrufen|ja|nein|weiter|mich|automatisch|holen|anschreiben|zu",
    with: "zu|zu einem|an|mit|ein|eine|einen|ihren|ihrem|ihr|den|dem|echten",
    verbs: "sprechen|reden|schreiben|chatten|telefonieren|verbinden|verbunden werden|unterhalten|verbindet|\
        klaren|weitergeleitet werden|ansehen|anschauen|anrufen|mich anruft|sich melden|ubernehmen|ubernimmt|\
        durchstellen|sich kummern|helfen|ansieht|kontaktieren|erreichen|antworten|zu sprechen|zu reden|\
        bearbeiten|verhandeln",
    phrases: "jemanden am telefon|jemanden vom|jemanden sprechen|jemand sprechen|jemanden anrufen|\
        stoppt den bot|stoppen sie den bot|stopp den bot|stoppe den bot|bot aus|bot stoppen|bot abschalten|\
        schalten sie den bot ab|keine bots|nicht mit dem bot|keinen bot|schluss mit dem bot|kein bot bitte|\
        mit keinem bot|nicht mit bots|mit jemandem vom team",
    denials: "brauche keinen|brauche nicht|brauche kein|will nicht|mochte nicht|muss nicht|mag nicht|\
        wollen nicht|mochten nicht|bitte nicht|kein|keine|keinen|keinem|keiner|niemandem|niemanden|ohne|\
        statt|anstatt|musste|mussten|muss ich|muss man|durfte|als ich|nachdem|bevor ich|weigere mich|\
        soll ich|sollte ich|nie",
    courtesy: "bitte|ein|eine|einen|einem|echter|echte|echten|danke|hallo|guten tag|guten morgen|\
        guten abend|hi|hey|moin|jetzt|sofort|nein|ja|ok|okay|mit|nur|kein bot|keinen bot|richtiger|\
        richtigen|gruss gott|servus|lieber|mal|kurze frage|sagen sie mal|und|ehrlich|also|vielen dank|gerne|\
        gern",
    asks: "bist du|sind sie|seid ihr|ist das|ist das hier|spreche ich|spreche ich hier|rede ich|\
        rede ich hier|schreibe ich|schreibe ich hier|chatte ich|bin ich hier bei|bin ich hier mit|\
        sprech ich|red ich|ist hier|antwortet hier|antwortet mir|bin ich mit|habe ich es|hab ich es|\
        hab ichs|habe ichs",
    machines: "bot|bots|roboter|robotern|maschine|maschinen|ki|computer|chatbot|automaten",
    natures: "bot|bots|roboter|maschine|ki|computer|programm|chatbot|automat|automatisch|echt|skript|\
        chatgpt|kunstliche intelligenz|sprachmodell|automatische antwort|virtueller assistent|\
        automatischer assistent|mensch|menschen|person|mitarbeiter|echte person",
    ..NONE
};
