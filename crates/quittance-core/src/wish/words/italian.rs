//! Italian.

use super::{NONE, Tongue, Written};

pub(super) const TONGUE: Written = Tongue {
    turns: "ma|bensi|pero",
    reach: "parlare con|parlare a|parlare|chattare con|comunicare con|conversare con|mi passi|passami|\
        mi passa|passatemi|passarmi|mi passate|passi a|passi la mia richiesta a|mi metta in contatto con|\
        mettimi in contatto con|mettetemi in contatto con|mettermi in contatto con|mi trasferisca a|\
        trasferiscimi a|trasferitemi a|mi colleghi con|mi colleghi a|contattare|essere contattato da|\
        essere contattata da|avere a che fare con|inoltrare a|rivolgermi a|chiamare",
    want: "voglio|vorrei|volevo|ho bisogno di|ho bisogno d|bisogno di|serve|mi serve|mi dia|dammi|datemi|\
        chiedo|esigo|pretendo|preferisco|preferirei|desidero|cerco|c e|posso avere|chiamatemi|chiami|\
        mi chiami|mi faccia chiamare da",
    people: "umano|umani|essere umano|persona|persone|persona vera|persona reale|operatore|operatrice|\
        operatori|responsabile|addetto|addetta|consulente|rappresentante|agente|direttore|manager|\
        supervisore|impiegato|dipendente|membro del team|superiore|assistenza umana|persona in carne e ossa",
    others: "qualcuno|collega|team|supporto|assistenza|servizio clienti|assistenza clienti|capo",
    small: "un|una|uno|l|il|la|lo|gli|le|al|alla|a|con|di|del|della|dal|da|vostro|vostra|suo|sua|altro|\
        altra|vero|vera|qualche|reale|per favore|direttamente|solo|d|lei|davvero|qui|e|veramente|voi|subito",
    follow: "vero|vera|reale|umano|umana|per|subito|adesso|ora|di|del|della|che|qui|e|non|in|disponibile|\
        grazie|immediatamente|competente|con|perche|o|virtuale|automatico|al|vivo|viva",
    with: "un|una|che un|che una|da",
    verbs: "mi chiami|mi contatti|mi aiuti|mi risponda|se ne occupi|mi richiami",
    phrases: "fermate il bot|ferma il bot|fermi il bot|basta bot|basta robot|niente bot|niente robot|\
        spegnete il bot|stop bot|passatemi qualcuno",
    denials: "mi rifiuto|non ho bisogno|non voglio|non vorrei|non serve|non mi serve|non occorre|\
        non e necessario|senza|invece di|anziche|ho dovuto|sono riuscito|devo|dobbiamo|mai|nessun|nessuna|\
        dopo aver|prima di|grazie per|non mi passi|quando|non desidero",
    courtesy: "per favore|perfavore|un|una|grazie|ciao|salve|buongiorno|buonasera|subito|adesso|ora|no|si|\
        ok|vero|vera|umano|solo|con|l|prego|una domanda|e|o|scusi|mi scusi",
    asks: "sei|lei e|e|siete|sto parlando con|parlo con|sto scrivendo a|sto chattando con|questo e|e questo|\
        tu sei|ho a che fare con|mi risponde",
    machines: "robot|bot|macchina|macchine|ia|chatbot|computer",
    natures: "robot|bot|macchina|ia|chatbot|computer|programma|automatico|reale|vero|\
        intelligenza artificiale|assistente virtuale|assistente automatico|chatgpt|risposta automatica|\
        umano|umana|essere umano|persona|persona vera|operatore",
    ..NONE
};
