//! Portuguese, of Portugal and of Brazil.

use super::{NONE, Tongue, Written};

pub(super) const TONGUE: Written = Tongue {
    turns: "mas|porem|sim",
    reach: "falar com|falar a|falar|conversar com|fale com|me transfere para|me transfira para|\
        transfira me para|transferir para|me passa para|me passe para|passe me a|passe me para|passa me a|\
        me passa pra|me passa com|me transfere pra|me conecte com|conecte me com|me coloca com|\
        ponha me em contacto com|me coloque em contato com|entrar em contato com|entrar em contacto com|\
        contatar|contactar|ser atendido por|ser atendida por|encaminhe me para|me encaminha para|\
        encaminhar para|escalar para|tratar com|passe o meu caso a|passe o meu pedido a|\
        ser transferido para|ligar para",
    want: "quero|queria|preciso de|preciso|precisamos de|gostaria de|gostava de|me da|me de|de me|solicito|\
        exijo|prefiro|desejo|peco|ha|tem|existe|procuro|chame|chama|chamem|quero que|pode chamar",
    people: "humano|humanos|humana|ser humano|pessoa|pessoas|atendente|atendentes|agente|representante|\
        operador|operadora|responsavel|gerente|supervisor|supervisora|funcionario|funcionaria|colaborador|\
        colaboradora|assistente humano|atendimento humano|membro da equipe|membro da equipa|pessoa real|\
        pessoa de verdade|chefe|consultor|consultora",
    others: "alguem|colega|sua equipe|vossa equipa|suporte|apoio ao cliente|atendimento ao cliente|\
        atendimento|equipe|equipa",
    small: "um|uma|o|a|os|as|ao|de|do|da|com|seu|sua|algum|alguma|outro|outra|verdadeiro|verdadeira|real|\
        por favor|diretamente|para|pra|so|ja|mesmo|voce|aqui|e|realmente|vosso|vossa|este|esta",
    follow: "real|reais|humano|humana|por|ja|agora|de|da|do|que|para|aqui|e|nao|em|disponivel|obrigado|\
        obrigada|urgente|imediatamente|competente|pf|pfv|me|com|porque|ou|virtual|automatico|mesmo",
    with: "um|uma|que um|que uma",
    verbs: "me ligue|me contacte|me contate|me atenda|me ajude|me responda|resolva",
    phrases: "parem o robo|pare o robo|para o robo|parem o bot|pare o bot|chega de robo|chega de bot|\
        sem robos|desligue o bot",
    denials: "me recuso|recuso me|nao preciso|nao quero|nao e preciso|nao e necessario|nao precisa|\
        nao desejo|sem|em vez de|ao inves de|tive de|tive que|consegui|tenho de|tenho que|devo|nunca|nenhum|\
        nenhuma|depois de|antes de|obrigado por|obrigada por|nao me passe|preciso falar com o meu|quando",
    courtesy: "por favor|pf|pfv|um|uma|obrigado|obrigada|ola|oi|bom dia|boa tarde|boa noite|ja|agora|nao|\
        sim|ok|real|humano|so|com|urgente|uma pergunta|e|ou|desculpe",
    asks: "voce e|es|e|o senhor e|estou falando com|estou a falar com|falo com|eu falo com|\
        estou conversando com|isso e|isto e|tu es|sera que e|vc e|estou a conversar com",
    machines: "robo|robos|bot|bots|maquina|maquinas|ia|chatbot|computador",
    natures: "robo|robos|bot|bots|maquina|ia|chatbot|computador|programa|automatico|real|\
        inteligencia artificial|assistente virtual|assistente automatico|chatgpt|resposta automatica|humano|\
        humana|ser humano|pessoa|pessoa real|atendente|agente",
    ..NONE
};
