//! French.

use super::{NONE, Tongue, Written};

pub(super) const TONGUE: Written = Tongue {
    turns: "mais|plutot",
    reach: "m entretenir avec|entretenir avec|avoir affaire a|parler a|parler avec|parler|discuter avec|\
        echanger avec|dialoguer avec|communiquer avec|tchatter avec|chatter avec|m adresser a|passez moi|\
        passe moi|passer|mettez moi en relation avec|mettre en relation avec|mettez moi en contact avec|\
        mettre en contact avec|mets moi en contact avec|mets moi en relation avec|mise en relation avec|\
        etre mis en relation avec|etre mis en contact avec|etre mise en relation avec|transferez moi|\
        transferez moi a|transferez moi vers|transferer a|transferez ma demande a|transferez a|\
        transfere moi a|etre transfere a|etre transferee a|connectez moi a|connectez moi avec|\
        redirigez moi vers|dirigez moi vers|orientez moi vers|joindre|contacter|appeler|rappeler par|\
        contacter par|etre rappele par|etre rappelee par|etre contacte par|etre aide par|avoir affaire a|\
        escalader a",
    want: "je veux|veux|je voudrais|voudrais|j aimerais|je souhaite|souhaite|j ai besoin d|j ai besoin de|\
        besoin d|besoin de|il me faut|faut|donnez moi|donne moi|je demande|demande|j exige|je prefere|\
        prefere|je desire|je cherche|envoyez moi|trouvez moi|puis je avoir|pourrais je avoir|peut on avoir|\
        je reclame|y a t il|il y a|est ce qu il y a|avez vous|je prefererais|preferais|ou est|pas de robot|\
        pas un robot|avoir|voir",
    people: "humain|humains|humaine|etre humain|personne reelle|personne humaine|vraie personne|personne|\
        personnes|conseiller|conseillere|conseillers|agent|agents|agente|operateur|operatrice|responsable|\
        superieur|manager|representant|representante|interlocuteur|interlocutrice|collaborateur|\
        collaboratrice|employe|employee|technicien|teleconseiller|charge de clientele|chargee de clientele|\
        membre de l equipe|membre de votre equipe|personne de votre equipe|personne de l equipe|\
        gestionnaire|superviseur|vrai humain",
    others: "quelqu un|service client|service clients|service clientele|votre equipe|collegue|collegues|\
        votre chef|votre patron|le support|support client|support|service apres vente|sav|assistance|qqn",
    small: "un|une|l|d|de|des|du|le|la|les|a|au|aux|avec|vos|votre|vrai|vraie|veritable|autre|de vrai|\
        en chair et en os|bien|directement|svp|seulement|juste|service|client|n importe quel|\
        n importe quelle|vers|plutot|par|s il vous plait|reel|reelle|physique|ici|bien|vraiment|moi|simple|\
        ton|tes|toi|plus",
    follow: "svp|stp|s|merci|reel|reelle|humain|humaine|humains|physique|maintenant|tout|ici|qui|pour|de|du|\
        au|a|et|pas|car|en|par|immediatement|rapidement|vite|competent|competente|disponible|capable|vivant|\
        vivante|la|ou|derriere|alors|plutot|vraie|que|parce|non|automatique|virtuel|virtuelle|virtuels|reels",
    with: "qu un|qu une|un|une",
    verbs: "est il disponible|est elle disponible|est disponible|est il la|disponible|me rappelle|\
        me contacte|m appelle|m aide|me reponde|prenne le relais|regarde|puisse me repondre|s en occupe|\
        peut me rappeler|peut me repondre|peut m aider",
    phrases: "quelqu un de reel|quelqu un de vrai|quelqu un d humain|peut me contacter|peut me rappeler|\
        rappelez moi|me faire rappeler|quelqu un de chez vous|arretez le robot|arrete le robot|\
        arretez le bot|arrete le bot|arretez ce robot|arretez ce bot|stop au robot|stop robot|stop bot|\
        stop le robot|stop le bot|plus de robot|pas de robot svp|pas de robot|marre des robots|\
        marre de ce robot|marre du robot|plutot un humain|plutot une personne|passez moi quelqu un|\
        passe moi quelqu un",
    denials: "refuse de|veux pas|pas besoin|n ai pas besoin|je ne veux pas|ne veux pas|ne souhaite pas|\
        n ai besoin|inutile|sans|plutot que|au lieu de|ai du|avons du|j ai pu|avais du|m a dit de|\
        m ont dit de|dois je|faut il|est ce que je dois|jamais|pas envie|pas la peine|ne me passez pas|\
        merci de m avoir|apres avoir|avant de|dois d abord|evitez|aucun|aucune",
    courtesy: "svp|stp|s il vous plait|s il te plait|merci|bonjour|bonsoir|salut|un|une|vrai|vraie|l|d|\
        maintenant|tout de suite|non|oui|ok|reel|reelle|humain|humaine|juste|seulement|d accord|madame|\
        monsieur|vite|service|alors|dites moi|une question|et|ou|je",
    asks: "etes vous|vous etes|es tu|tu es|t es|est ce que vous etes|est ce que tu es|est ce|\
        est ce que c est|c est|est ce que je parle a|est ce que je parle avec|je parle a|je parle avec|\
        parle je a|suis je en train de parler a|suis je en contact avec|est ce que je discute avec|\
        ai je affaire a|suis je avec|seriez vous",
    machines: "robot|robots|bot|bots|machine|machines|ia|chatbot|ordinateur|automate",
    natures: "robot|robots|bot|bots|machine|ia|une ia|chatbot|ordinateur|programme|automate|automatique|\
        reel|reelle|intelligence artificielle|assistant virtuel|assistant automatique|chatgpt|\
        reponse automatique|humain|humaine|etre humain|personne|personne reelle|vraie personne|vrai humain",
    ..NONE
};
