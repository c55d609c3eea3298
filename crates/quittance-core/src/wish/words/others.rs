//! A few more languages, with their plainest ways to ask for a person.

use super::{NONE, Tongue, Written};

/// Polish, Czech and Slovak; Romanian, Finnish and others by whole phrases.
pub(super) const SLAVIC: Written = Tongue {
    turns: "ale|lecz",
    reach: "rozmawiac z|porozmawiac z|rozmowa z|rozmowe z|polaczyc mnie z|polacz mnie z|polaczcie mnie z|\
        polacz z|przelaczyc mnie do|przelacz mnie do|kontakt z|skontaktowac sie z|prosze o|mluvit s|\
        spojte me s|prepojte me na|hovorit s|spojte ma s|chce mluvit s",
    want: "chce|potrzebuje|poprosze|prosze|dajcie|daj mi|chci|potrebuji|chcem|potrebujem",
    people: "czlowiekiem|czlowieka|czlowiek|konsultantem|konsultantka|konsultanta|konsultant|pracownikiem|\
        pracownika|osoba|prawdziwa osoba|prawdziwym czlowiekiem|kierownikiem|agentem|doradca|clovekem|\
        operatorem|operatora|pracovnikem|clovekom|operatorom|pracovnikom|zivym clovekem",
    others: "kims|nekym|niekym",
    small: "z|ze|prawdziwym|prawdziwa|zywym|innym|waszym|do|mi|o|prosim|prosze|s|zivym|skutecnym|skutocnym|\
        na|rozmowe",
    follow: "prosze|teraz|prosim|ted|hned|teraz",
    phrases: "puhua ihmisen kanssa|ihmisen kanssa puhua|asiakaspalvelijan kanssa|puhua asiakaspalvelijalle|\
        vorbesc cu un operator|vorbesc cu o persoana|vorbesc cu cineva|vorbi cu un operator|\
        vorbi cu o persoana|vorbi cu un agent|operator uman|beszelni egy emberrel|\
        beszelnek egy ugyintezovel|beszelhetek egy emberrel|na milisw me anthropo|μιλησω με ανθρωπο|\
        μιλησω με εκπροσωπο|bicara dengan manusia|berbicara dengan manusia|bicara dengan orang|\
        noi chuyen voi nguoi|gap nhan vien|parlar amb una persona|לדבר עם נציג|לדבר עם בן אדם|נציג אנושי|\
        поговорити з оператором|поговорити з людиною",
    denials: "nie chce|nie potrzebuje|nie musze|bez|nechci|nepotrebuji|nechcem|nepotrebujem|nu vreau|\
        en halua",
    courtesy: "prosze|prosim|poprosze|dzien dobry|dobry den|z|o|s",
    ..NONE
};

/// Swedish, Danish and Norwegian.
pub(super) const NORDIC: Written = Tongue {
    turns: "men|utan|uden",
    reach: "prata med|tala med|tale med|snakke med|snakka med|chatta med|kontakt med|i kontakt med|\
        koppla mig till|koppla till|stil mig om til|sett meg over til|forbind mig med|viderestil mig til|\
        fa prata med",
    want: "jag vill ha|jag behover|ge mig|jeg vil have|jeg har brug for|giv mig|jeg vil ha|jeg trenger|\
        gi meg",
    people: "manniska|riktig manniska|person|personer|handlaggare|medarbetare|kundtjanst|kundservice|chef|\
        agent|menneske|rigtigt menneske|medarbejder|kundebehandler|ansatt|saksbehandler|supporter|leder",
    others: "nagon|nogen|noen|en kollega",
    small: "en|ett|et|ei|riktig|rigtig|rigtigt|ekte|annan|anden|annen|din|er|jeres|deres|levende|av|hos|fra|\
        fran",
    follow: "tack|nu|tak|takk|har|her",
    denials: "inte|ikke|ikkje|ingen|utan|uden|uten|matte|var tvungen|igar|min|aldrig|aldri",
    courtesy: "tack|tak|takk|hej|hei|en|et|nu|na",
    ..NONE
};

/// Turkish, whose verb comes last.
pub(super) const TURKISH: Written = Tongue {
    turns: "ama|degil",
    people: "temsilci*|musteri temsilci*|insan|insanla|insana|insanlarla|bir insan*|yetkili|yetkiliyle|\
        yetkiliye|yonetici|yoneticiyle|canli destek|operator|operatore|gercek kisi*|gercek biriyle|biriyle|\
        calisan*",
    small: "bir|gercek|lutfen|canli|hemen",
    verbs: "gorusmek|konusmak|baglanmak|baglan|baglayin|baglar misiniz|baglayabilir misiniz|aktarin|\
        istiyorum|gorusebilir miyim|konusabilir miyim|yazismak|baglanabilir miyim",
    denials: "istemiyorum|gerek yok|dun|gorustum|konustum|soyledi|dedi|olmadan",
    courtesy: "lutfen|merhaba|bir|gercek|selam|tesekkurler|istiyorum",
    ..NONE
};

/// Russian.
pub(super) const RUSSIAN: Written = Tongue {
    turns: "но|а",
    reach: "поговорить с|говорить с|пообщаться с|общаться с|соедините с|соедините меня с|соедини с|\
        соедини меня с|связаться с|свяжите с|свяжите меня с|переключите на|переключите меня на|\
        переведите на|переведите меня на|переключи на|переведи на",
    want: "позовите|позови|хочу|нужен|нужна|дайте|мне нужен|требую|пригласите",
    people: "человек|человека|человеком|живым человеком|живого человека|живой человек|оператор|оператора|\
        оператором|менеджер|менеджера|менеджером|сотрудник|сотрудника|сотрудником|специалист|специалиста|\
        специалистом|представителем|представитель|начальник|начальником|поддержкой|руководителем",
    others: "кем нибудь|кем то",
    small: "с|со|на|вашим|ваш|живым|живого|настоящим|настоящего|реальным|реального|другим|пожалуйста|меня|\
        мне|к",
    follow: "пожалуйста|сейчас|сюда|срочно|а|не|для|чтобы",
    denials: "не хочу|не нужен|не нужно|не надо|без|вчера|не нужна",
    courtesy: "пожалуйста|здравствуйте|привет|живой|живого|нет|добрый день|срочно|спасибо",
    ..NONE
};

/// Chinese, in both scripts.
pub(super) const CHINESE: Written = Tongue {
    is_spaced: false,
    people: "人工客服|人工服务|人工服務|真人客服|真人|人工|客服人员|客服人員|客服专员|客服|工作人员|工作人員|经理|經理|主管|活人",
    small: "一个|一個|一位|你们的|你們的|真正的|的",
    verbs: "说话|說話|谈|談|聊|对话|對話|沟通|溝通|联系|聯繫|聯絡|接通|交流",
    phrases: "转人工|轉人工|转接人工|轉接人工|找人工|要人工|我要真人|要真人|找真人|转客服|轉客服|接人工|不要机器人|不要機器人|叫你们经理|叫你們經理|找客服|要客服|联系客服|聯繫客服",
    denials: "不需要|不用|不要人工|不必|说会|說會|昨天|已经|已經|拒绝|拒絕|不想",
    courtesy: "请|請|谢谢|謝謝|你好|您好|我要|我想|马上|馬上",
    asks: "你是|您是|这是|這是",
    natures: "机器人|機器人|人工智能|真人吗|真人嗎|机器人吗|機器人嗎|人吗|人嗎|ai吗|ai嗎|ai",
    follow: "吗|嗎|还是|還是|么|麼",
    ..NONE
};

/// Korean, whose particles stand at the end of words.
pub(super) const KOREAN: Written = Tongue {
    people: "상담원*|상담사*|사람과|사람이랑|사람하고|사람에게|담당자*|직원*|매니저*|관리자*|책임자*|실제 사람*|진짜 사람*",
    small: "실제|진짜|다른",
    verbs: "연결*|통화하고|통화할*|이야기하고|이야기할*|얘기하고|얘기할*|대화하고|대화할*|상담하고|바꿔*|불러*|원해요|원합니다|부탁*",
    denials: "필요 없*|않아도|했어요|말했어요|했습니다|싶지 않*|안 해도",
    courtesy: "부탁*|안녕하세요|주세요|연결*|좀|제발",
    ..NONE
};
