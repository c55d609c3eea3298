//! Words that belong to talking and not to what is talked about: greetings, thanks, who speaks to whom,
//! and that somebody wants, thinks or asks something.
//!
//! A question is searched without them, unless it has nothing else. The index itself keeps them.

/// English: the closed word classes, which the index's own list has only the commonest of.
const ENGLISH: &str = "\
    i me my mine myself we us our ours ourselves you your yours yourself yourselves \
    he him his himself she her hers herself its itself them theirs themselves \
    who whom whose which what when where why how \
    am were been being have has had having do does did doing done \
    can could shall should would may might must ought \
    about above after again against all also any because before below between both down during each \
    either else even ever every few from further here however just let like more most much neither nor \
    now off once only other others otherwise out over own per quite rather same so some somebody someone \
    something than though through too under until up upon very via whether while within without yet yes \
    don didn doesn isn aren wasn weren hasn haven hadn won wouldn couldn shouldn cannot ll ve re ain \
    mustn needn \
    please thank thanks thankyou hi hello hey dear regards sincerely sorry kindly greetings cheers \
    good morning afternoon evening okay ok well really actually basically simply \
    want wants wanted need needs needed know think thinks thought help tell told say says said \
    ask asks asked asking get gets getting got give going go goes went gone make makes made \
    see seem seems look looking looks try trying tried able";

const GERMAN: &str = "\
    hallo hi hey moin servus grüezi guten tag morgen abend grüße gruß liebe lieber sehr geehrte geehrter \
    damen herren freundlichen bitte bitten danke dank vielen entschuldigung sorry leider \
    möchte möchten will wollen wollte würde würden könnte könnten kann können konnte muss müssen soll \
    sollte darf gerne gern brauche brauchen benötige benötigen \
    weiß wissen wüsste denke glaube meine sage sagen gesagt frage fragen hilfe helfen geht gehen gibt \
    geben mache machen gemacht bekomme bekommen schon mal eigentlich einfach wirklich okay ok ja nein \
    warum wieso wann wo wie wer was welche welcher welches hätte hätten wäre wären";

const FRENCH: &str = "\
    bonjour bonsoir salut madame monsieur cher chère cordialement merci remercie remercions svp plaît \
    excusez pardon désolé désolée veuillez \
    voudrais voudrions veux veut voulez vouloir souhaite souhaitez souhaiterais aimerais peux peut pouvez \
    puis pourrais pourriez pouvoir dois doit devez faut besoin \
    sais savoir pense crois dire dit demande demander aide aider aidez faire fait vais aller \
    vraiment simplement donc alors oui non comment pourquoi quand quel quelle quels quelles";

const SPANISH: &str = "\
    hola buenos buenas días tardes noches señor señora estimado estimada estimados saludos cordial gracias \
    favor perdón perdone disculpe disculpen lamento \
    quiero quisiera queremos quería querría deseo desearía gustaría puedo puede pueden podría podrían poder \
    debo debe necesito necesita necesitamos \
    sé saber creo pienso digo decir dijo pregunto preguntar ayuda ayudar ayúdeme hacer hago voy ir \
    realmente simplemente pues entonces sí no cómo cuándo dónde cuál cuáles";

const ITALIAN: &str = "\
    ciao salve buongiorno buonasera gentile egregio signore signora saluti cordiali grazie prego favore \
    scusi scusate scusa \
    voglio vorrei vogliamo vorremmo posso può potete potrei potrebbe potere devo deve dovrei bisogno serve \
    so sapere penso credo dire detto chiedo chiedere aiuto aiutare fare faccio vado \
    davvero semplicemente allora sì no come quando dove quale quali perché";

const DUTCH: &str = "\
    hallo hoi dag goedemorgen goedemiddag goedenavond beste geachte heer mevrouw groet groeten alstublieft \
    alsjeblieft bedankt dank dankjewel sorry excuses \
    wil willen wilde zou zouden graag kan kunnen kon kunt moet moeten mag nodig \
    weet weten denk zeggen zei vraag vragen hulp helpen gaan gaat doen doe krijg krijgen \
    echt gewoon eigenlijk even ja nee hoe wanneer waar waarom welke wie";

const PORTUGUESE: &str = "\
    olá oi bom boa dia tarde noite prezado prezada senhor senhora caro cumprimentos abraço obrigado obrigada \
    favor desculpe desculpa \
    quero queria queremos gostaria posso pode podem poderia poder devo deve preciso precisa precisamos \
    sei saber acho penso dizer disse pergunto perguntar ajuda ajudar fazer faço vou ir \
    realmente simplesmente então sim não como quando onde qual quais porque";

/// The words in one language; none where there is no list.
pub(crate) fn words(primary: &str) -> impl Iterator<Item = &'static str> {
    let list = match primary {
        "en" => ENGLISH,
        "de" => GERMAN,
        "fr" => FRENCH,
        "es" => SPANISH,
        "it" => ITALIAN,
        "nl" => DUTCH,
        "pt" => PORTUGUESE,
        _ => "",
    };
    list.split_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_refunds_are_about_is_no_small_talk() {
        for (language, words_of_refunds) in [
            ("en", ["refund", "charged", "money", "back", "cancel", "twice"]),
            ("de", ["erstattung", "abgebucht", "geld", "zurück", "kündigen", "doppelt"]),
            ("fr", ["remboursement", "prélevé", "argent", "rendre", "résilier", "deux"]),
            ("es", ["reembolso", "cobrado", "dinero", "devolver", "cancelar", "dos"]),
        ] {
            for word in words_of_refunds {
                assert!(words(language).all(|talk| talk != word), "{language}: {word}");
            }
        }
    }

    #[test]
    fn the_lists_are_in_lower_case() {
        for language in ["en", "de", "fr", "es", "it", "nl", "pt"] {
            let mut count = 0;
            for word in words(language) {
                assert_eq!(word, word.to_lowercase());
                count += 1;
            }
            assert!(count > 40, "{language}");
        }
        assert_eq!(words("xx").count(), 0);
    }
}
