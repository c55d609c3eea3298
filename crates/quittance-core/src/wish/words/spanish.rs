//! Spanish.

use super::{NONE, Tongue, Written};

pub(super) const TONGUE: Written = Tongue {
    turns: "sino|pero|mejor",
    reach: "hablar con|hablar a|hablar|charlar con|chatear con|conversar con|comunicarme con|\
        comuniqueme con|comunicame con|comunicar con|me comunique con|me comunica con|me comunican con|\
        paseme con|pasame con|pasenme con|pasarme con|me pasa con|me pase con|me pasan con|paseme a|\
        pasame a|pasenme a|pongame con|ponme con|ponganme con|poner con|me pone con|transfierame a|\
        transfiereme a|transfieranme a|transferir a|transfierame con|transfiereme con|conecteme con|\
        conectame con|conectenme con|derivenme a|deriveme a|derivame a|pasen mi caso a|pase mi caso a|\
        pasa mi caso a|pase esto a|pasen esto a|pasar mi caso a|escalar a|escalen a|contactar con|\
        contactar a|quiero contacto con|como contacto con|contactar|contacto con atencion|contacto con su|ser atendido por|\
        ser atendida por|tratar con|dirigirme a|llamar a",
    want: "me puede atender|me puede ayudar|me puede llamar|puede atenderme|me atiende|quiero|yo quiero|\
        queremos|quisiera|necesito|necesitamos|deme|dame|denme|me da|me dan|solicito|exijo|pido|prefiero|\
        deseo|me gustaria|busco|hay|tienen|traigame|puedo tener|no un bot|no un robot|donde hay|requiero|\
        preferiria|que me atienda|que me llame|que me ayude|que me conteste|que me responda|que me contacte|\
        que lo vea|que lo revise|atiendame",
    people: "humano|humanos|humana|ser humano|persona|personas|agente|agentes|representante|operador|\
        operadora|asesor|asesora|encargado|encargada|supervisor|supervisora|gerente|responsable|ejecutivo|\
        ejecutiva|empleado|empleada|miembro del equipo|miembro de su equipo|jefe|superior|atencion humana|\
        persona real|persona de verdad|atencion al cliente|servicio al cliente",
    others: "alguien|companero|companera|colega|su equipo|soporte|servicio de atencion|equipo de soporte|\
        equipo de atencion",
    small: "un|una|el|la|los|las|al|a|con|de|del|su|sus|vuestro|otro|otra|algun|alguna|algun otro|verdadero|\
        verdadera|por favor|real|directamente|que|sea|ya|solo|otra vez|mejor|usted|tu|realmente|este|esta|\
        aqui|me|lo|y",
    follow: "real|reales|humano|humana|por|porfa|ya|ahora|de|del|que|para|aqui|y|no|en|disponible|gracias|\
        urgente|inmediatamente|cuanto|competente|fisica|viva|vivo|con|porque|o|a|detras|automatico|virtual|\
        pf|me|mismo",
    with: "que un|que una|un|una|alguna|que un|que una|su",
    verbs: "revise mi|revise esto|vea mi|lea mi|me llame|me contacte|me atienda|me ayude|me conteste|\
        me responda|se ocupe|se encargue|que me atienda|que me ayude|que me llame",
    phrases: "que sea humano|que sea una persona|alguien real|alguien humano|alguien de verdad|paren el bot|\
        pare el bot|para el bot|detengan el bot|deten el bot|detenga el bot|apaguen el bot|no mas bots|\
        no mas robots|basta de bots|basta de robots|harto del bot|harta del bot|stop bot",
    denials: "me niego|no necesito|no necesitamos|no quiero|no queremos|no hace falta|no es necesario|\
        no deseo|no hay que|sin|en lugar de|en vez de|tuve que|tuvimos que|pude|tengo que|tenemos que|debo|\
        hay que|me dijo que|me dijeron que|nunca|jamas|ningun|ninguna|despues de|antes de|gracias por|\
        no me pase|no me pasen|no me transfieran|evitar|cuando|logre",
    courtesy: "por favor|porfavor|porfa|un|una|el|gracias|hola|buenas|buenos dias|buenas tardes|\
        buenas noches|ya|ahora|no|si|ok|real|de verdad|humano|humana|solo|mejor|urgente|con|una pregunta|\
        disculpe|perdon|y|o|oye|oiga|vale",
    asks: "eres|es usted|es|sois|son ustedes|estoy hablando con|hablo con|estoy chateando con|\
        estoy escribiendo con|esto es|es esto|acaso eres|usted es|tu eres|estoy con|hablo aqui con|\
        me atiende|me responde",
    machines: "bot|bots|robot|robots|maquina|maquinas|ia|chatbot|ordenador|computadora",
    natures: "bot|bots|robot|robots|maquina|ia|chatbot|ordenador|computadora|programa|automatico|real|\
        inteligencia artificial|asistente virtual|asistente automatico|chatgpt|respuesta automatica|humano|\
        humana|ser humano|persona|persona real|agente|alguien real",
    ..NONE
};
