//! Dutch.

use super::{NONE, Tongue, Written};

pub(super) const TONGUE: Written = Tongue {
    turns: "maar|of|liever",
    reach: "verbind me met|verbind mij met|verbind me door met|verbind mij door met|verbindt u mij met|\
        doorverbinden met|doorverbonden worden met|zet me door naar|stuur me door naar|stuur dit door naar|\
        geef dit door aan|overdragen aan|draag dit over aan|praten met|spreken met|chatten met|contact met|\
        in contact komen met|hoe bereik ik|bereik ik|escaleren naar|geholpen worden door|bellen met",
    want: "ik wil|wil|ik wil graag|ik heb|ik zou graag|geef me|geef mij|mag ik|kan ik|ik eis|ik zoek|is er|\
        zijn er|ik verlang|ik verzoek om|haal|haal een|liever|graag|ik vraag om|geen bot",
    people: "mens|mensen|echt persoon|echte persoon|persoon|medewerker|medewerkster|medewerkers|collega|\
        agent|vertegenwoordiger|manager|leidinggevende|operator|adviseur|supervisor|teamlid|baas|chef|\
        klantenservice|echt mens|verantwoordelijke|menselijke hulp",
    others: "iemand|team|support|helpdesk|jullie team|klantendienst",
    small: "een|n|de|het|uw|jullie|je|echt|echte|levend|levende|ander|andere|met|graag|aub|alstublieft|\
        gewoon|van|direct|nu|even|menselijke|of|aan|naar|hier|nou|eigenlijk|echt|er|u|wel|toch|service|\
        support|dit",
    follow: "spreken|praten|graag|aub|alstublieft|nu|hier|nodig|die|om|voor|van|en|niet|geen|meteen|direct|\
        bedankt|aan|hebben|bellen|chatten|beschikbaar|want|omdat|met|in|erbij|achter|is|automatisch",
    with: "met|een|uw|jullie|iemand|de|echt|echte",
    verbs: "spreken|praten|chatten|bellen|overleggen|te spreken|te praten|doorverbinden|doorverbonden|\
        mailen|contact opneemt|mij belt|me belt|overneemt|ernaar kijken",
    phrases: "stop de bot|stop bot|stop met de bot|zet de bot uit|geen bots|geen bot maar|wil geen bot|\
        wil geen robot|genoeg van deze bot",
    denials: "geen|wil niet|hoef niet|liever niet|willen niet|niemand|hoef|hoeft|nooit|zonder|in plaats van|\
        moest|weiger|toen ik|nadat|voordat|bedankt voor|waarom zou ik|had",
    courtesy: "graag|aub|alstublieft|alsjeblieft|een|hallo|hoi|goedendag|goedemorgen|goedemiddag|\
        goedenavond|bedankt|dank u|dank je|nu|nee|ja|ok|echt|echte|even|met|vraagje|en",
    asks: "ben je|bent u|ben jij|is dit|is dat|praat ik met|spreek ik met|praat ik hier met|\
        spreek ik hier met|chat ik met|heb ik te maken met|zijn jullie|praat ik|spreek ik",
    machines: "robot|bot|bots|machine|computer|ai|chatbot",
    natures: "robot|bot|machine|computer|ai|chatbot|programma|automaat|geautomatiseerd|automatisch|\
        kunstmatige intelligentie|virtuele assistent|chatgpt|mens|echt mens|persoon|echt persoon|medewerker",
    ..NONE
};
