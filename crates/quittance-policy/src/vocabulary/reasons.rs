//! The reasons, and how people say them.

use quittance_core::reason::Reason;

use super::{Entry, Table, said};

/// The reasons. Their English words are [`Reason::words`]; a test holds it.
pub(crate) static REASONS: Table<Reason> = Table::new(&[
    Entry {
        meaning: Reason::DuplicateCharge,
        documentation: "The same payment was taken more than once.",
        en: said(
            &[
                "duplicate charge",
                "duplicate",
                "charged twice",
                "double charge",
                "double charged",
                "double payment",
                "paid twice",
                "duplicate payment",
                "billed twice",
            ],
            "I was charged twice",
        ),
        fr: said(
            &[
                "double paiement",
                "débité deux fois",
                "payé deux fois",
                "facturé deux fois",
                "double facturation",
            ],
            "on m'a débité deux fois",
        ),
        de: said(
            &[
                "doppelte Abbuchung",
                "doppelt abgebucht",
                "doppelt bezahlt",
                "zweimal abgebucht",
                "doppelt berechnet",
            ],
            "es wurde zweimal abgebucht",
        ),
        es: said(
            &[
                "cobro duplicado",
                "cobrado dos veces",
                "doble cobro",
                "pagado dos veces",
                "pago duplicado",
            ],
            "me han cobrado dos veces",
        ),
    },
    Entry {
        meaning: Reason::ChangedMind,
        documentation: "The customer no longer wants what they bought.",
        en: said(
            &[
                "changed mind",
                "changed my mind",
                "change of mind",
                "no longer wanted",
                "no longer needed",
                "not needed",
                "unhappy",
                "dissatisfied",
                "remorse",
                "customer remorse",
            ],
            "it is not for me after all",
        ),
        fr: said(
            &["changement d'avis", "changé d'avis", "plus besoin", "insatisfait", "rétractation"],
            "finalement ce n'est pas pour moi",
        ),
        de: said(
            &[
                "anders überlegt",
                "nicht mehr gewünscht",
                "nicht mehr gebraucht",
                "unzufrieden",
                "Widerruf",
            ],
            "ich habe es mir anders überlegt",
        ),
        es: said(
            &[
                "cambio de opinión",
                "ya no lo quiere",
                "ya no lo necesita",
                "insatisfecho",
                "arrepentimiento",
            ],
            "al final no es para mí",
        ),
    },
    Entry {
        meaning: Reason::Unused,
        documentation: "The customer paid for something and did not use it.",
        en: said(
            &["unused", "not used", "never used", "did not use", "didn't use it"],
            "I have not logged in once",
        ),
        fr: said(
            &["non utilisé", "pas utilisé", "jamais utilisé"],
            "je ne me suis jamais connecté",
        ),
        de: said(
            &["nicht genutzt", "ungenutzt", "nie genutzt", "nicht verwendet"],
            "ich war kein einziges Mal angemeldet",
        ),
        es: said(
            &["sin usar", "no usado", "nunca usado", "no utilizado"],
            "no he entrado ni una vez",
        ),
    },
    Entry {
        meaning: Reason::ForgotToCancel,
        documentation: "The customer meant to cancel before the payment.",
        en: said(
            &[
                "forgot to cancel",
                "forgot cancel",
                "meant to cancel",
                "unwanted renewal",
                "cancelled too late",
                "canceled too late",
            ],
            "I wanted to cancel last week",
        ),
        fr: said(
            &["oubli de résiliation", "oublié de résilier", "renouvellement non voulu"],
            "je voulais résilier avant",
        ),
        de: said(
            &[
                "Kündigung vergessen",
                "vergessen zu kündigen",
                "ungewollte Verlängerung",
                "zu spät gekündigt",
            ],
            "ich wollte vorher kündigen",
        ),
        es: said(
            &["olvidó cancelar", "olvido de cancelación", "renovación no deseada"],
            "quería cancelar antes",
        ),
    },
    Entry {
        meaning: Reason::Accidental,
        documentation: "The customer bought by mistake.",
        en: said(
            &[
                "bought by mistake",
                "accidental",
                "by mistake",
                "accident",
                "accidental purchase",
                "wrong plan",
                "mistake",
            ],
            "I picked the wrong plan",
        ),
        fr: said(
            &["acheté par erreur", "achat par erreur", "par erreur", "erreur", "mauvaise formule"],
            "je me suis trompé de formule",
        ),
        de: said(
            &[
                "versehentlich gekauft",
                "versehentlich",
                "aus Versehen",
                "falscher Tarif",
                "Fehlkauf",
            ],
            "ich habe den falschen Tarif gewählt",
        ),
        es: said(
            &["comprado por error", "compra por error", "por error", "plan equivocado"],
            "elegí el plan equivocado",
        ),
    },
    Entry {
        meaning: Reason::WrongAmount,
        documentation: "The amount was not what was agreed.",
        en: said(
            &[
                "wrong amount",
                "overcharged",
                "charged too much",
                "too much",
                "incorrect amount",
                "wrong price",
            ],
            "you took 60, not 49",
        ),
        fr: said(
            &["mauvais montant", "montant erroné", "trop facturé", "prix erroné"],
            "vous avez pris 60 au lieu de 49",
        ),
        de: said(
            &["falscher Betrag", "zu viel abgebucht", "zu viel berechnet", "falscher Preis"],
            "es waren 60 statt 49",
        ),
        es: said(
            &["importe incorrecto", "cobrado de más", "precio incorrecto", "monto incorrecto"],
            "me cobraron 60 y no 49",
        ),
    },
    Entry {
        meaning: Reason::NotReceived,
        documentation: "What was bought never arrived.",
        en: said(
            &[
                "not received",
                "never arrived",
                "not delivered",
                "lost",
                "lost in transit",
                "missing",
            ],
            "the parcel never came",
        ),
        fr: said(
            &["non reçu", "jamais arrivé", "non livré", "perdu"],
            "le colis n'est jamais arrivé",
        ),
        de: said(
            &["nicht erhalten", "nie angekommen", "nicht geliefert", "verloren"],
            "das Paket kam nie an",
        ),
        es: said(
            &["no recibido", "nunca llegó", "no entregado", "perdido"],
            "el paquete nunca llegó",
        ),
    },
    Entry {
        meaning: Reason::Damaged,
        documentation: "What was bought has been damaged since, or was opened, changed or used up.",
        en: said(
            &[
                "damaged",
                "physical damage",
                "liquid damage",
                "modified",
                "missing packaging",
                "no longer as new",
            ],
            "I dropped it",
        ),
        fr: said(&["abîmé", "endommagé", "modifié"], "je l'ai fait tomber"),
        de: said(
            &["beschädigt", "verändert", "nicht mehr neuwertig"],
            "es ist mir heruntergefallen",
        ),
        es: said(&["dañado", "modificado"], "se me cayó"),
    },
    Entry {
        meaning: Reason::Defective,
        documentation: "What was bought arrived broken or does not work.",
        en: said(
            &[
                "defective",
                "broken",
                "faulty",
                "does not work",
                "doesn't work",
                "damaged on arrival",
            ],
            "it does not turn on",
        ),
        fr: said(&["défectueux", "cassé", "ne fonctionne pas", "en panne"], "il ne s'allume pas"),
        de: said(&["defekt", "kaputt", "fehlerhaft", "funktioniert nicht"], "es geht nicht an"),
        es: said(&["defectuoso", "roto", "no funciona", "averiado"], "no se enciende"),
    },
    Entry {
        meaning: Reason::NotAsDescribed,
        documentation: "What was bought is not what was described, or does not fit.",
        en: said(
            &[
                "not as described",
                "wrong item",
                "different item",
                "incompatible",
                "not what was ordered",
                "does not fit",
                "doesn't fit",
                "wrong size",
                "wrong color",
                "wrong colour",
            ],
            "you sent the wrong color",
        ),
        fr: said(
            &[
                "non conforme",
                "mauvais article",
                "article différent",
                "incompatible",
                "mauvaise taille",
                "mauvaise couleur",
            ],
            "ce n'est pas la bonne couleur",
        ),
        de: said(
            &[
                "nicht wie beschrieben",
                "falscher Artikel",
                "anderer Artikel",
                "nicht kompatibel",
                "passt nicht",
                "falsche Größe",
                "falsche Farbe",
            ],
            "es ist die falsche Farbe",
        ),
        es: said(
            &[
                "no es lo descrito",
                "artículo equivocado",
                "artículo distinto",
                "incompatible",
                "talla equivocada",
                "color equivocado",
            ],
            "no es el color que pedí",
        ),
    },
    Entry {
        meaning: Reason::ServiceProblem,
        documentation: "The service was down or did not do what it should.",
        en: said(
            &["service problem", "outage", "downtime", "service issue", "bug", "service down"],
            "I could not log in for two days",
        ),
        fr: said(
            &["problème de service", "panne", "interruption", "service indisponible"],
            "je n'ai pas pu me connecter pendant deux jours",
        ),
        de: said(
            &["Problem mit dem Dienst", "Ausfall", "Störung", "Dienst nicht erreichbar"],
            "ich konnte mich zwei Tage lang nicht anmelden",
        ),
        es: said(
            &["problema del servicio", "caída", "interrupción", "servicio caído"],
            "no pude entrar durante dos días",
        ),
    },
    Entry {
        meaning: Reason::Unrecognized,
        documentation: "The customer says that somebody else made the payment.",
        en: said(
            &[
                "not recognized",
                "not recognised",
                "unrecognized",
                "unrecognised",
                "fraud",
                "unknown charge",
                "unauthorized",
                "unauthorised",
                "not my charge",
            ],
            "I never signed up for this",
        ),
        fr: said(
            &["non reconnu", "paiement inconnu", "fraude", "non autorisé"],
            "je ne me suis jamais inscrit",
        ),
        de: said(
            &["nicht erkannt", "unbekannte Abbuchung", "Betrug", "nicht autorisiert"],
            "ich habe mich nie angemeldet",
        ),
        es: said(
            &["no reconocido", "cobro desconocido", "fraude", "no autorizado"],
            "nunca me di de alta",
        ),
    },
    Entry {
        meaning: Reason::Goodwill,
        documentation: "The customer asks for a gesture.",
        en: said(
            &["goodwill", "gesture", "courtesy", "gesture of goodwill"],
            "can you do something for a loyal customer",
        ),
        fr: said(&["geste commercial", "geste"], "pouvez-vous faire un geste"),
        de: said(&["Kulanz", "Entgegenkommen"], "können Sie mir entgegenkommen"),
        es: said(&["gesto comercial", "cortesía"], "¿pueden tener un detalle?"),
    },
    Entry {
        meaning: Reason::Other,
        documentation: "Anything else.",
        en: said(
            &["other", "any other reason", "anything else", "something else"],
            "it is complicated",
        ),
        fr: said(&["autre", "autre raison", "autre chose"], "c'est compliqué"),
        de: said(&["anderes", "sonstiges", "etwas anderes", "anderer Grund"], "es ist kompliziert"),
        es: said(&["otro", "otro motivo", "otra cosa"], "es complicado"),
    },
]);
