//! English.

use super::{NONE, Tongue, Written};

pub(super) const TONGUE: Written = Tongue {
    turns: "but|instead|or",
    reach: "complain to|escalate me to|reach out to|connect me|transfer me|forward me|put me|pass me|\
        prefer dealing with|prefer talking to|prefer speaking to|prefer speaking with|prefer talking with|\
        rather be talking to|mind connecting me|mind talking to|call back from|callback from|call from|\
        be called by|be contacted by|be helped by|be assisted by|be answered by|be handled by|talk to|\
        talk with|talk|speak to|speak with|speak|chat to|chat with|connect me to|connect me with|connect to|\
        connect with|be connected to|be connected with|get connected to|transfer me to|transfer to|\
        transfer this to|be transferred to|forward me to|forward this to|forward it to|be forwarded to|\
        put me through to|put me in touch with|put me on to|be put through to|get me through to|\
        get through to|get in touch with|get hold of|get a hold of|pass me to|pass me on to|pass this to|\
        pass this on to|pass it to|pass it on to|hand me over to|hand me to|hand this over to|hand this to|\
        hand over to|hand it over to|switch me to|switch to|escalate to|escalate this to|escalate it to|\
        escalate my case to|direct me to|redirect me to|refer me to|contact|reach|call|want an answer from|\
        need an answer from|want a reply from|like to hear from|want to hear from|want help from|\
        need help from|like help from|deal with|be reviewed by|be looked at by",
    want: "i want|want|wants|wanted|i need|need|needs|would like|id like|i d like|give me|get me|gimme|\
        can i have|can i get|could i have|could i get|may i have|i prefer|prefer|id rather have|demand|\
        i request|request|requesting|asking for|asked for|ask for|insist on|looking for|wanna|let me have|\
        send me|find me|require|where is|is there|are there|do you have|bring me|i wish for|no bot|\
        not a bot|not a robot",
    people: "human|humans|human being|human beings|person|persons|people|agent|agents|representative|\
        representatives|rep|reps|operator|operators|manager|managers|supervisor|supervisors|team member|\
        member of your team|member of your staff|member of the staff|member of the team|member of staff|\
        staff member|human support|live support|live chat|human help|human assistance|employee|advisor|\
        adviser|specialist|superior|live person|someone who can help|somebody who can help|\
        someone who understands|somebody real|someone real",
    others: "someone|somebody|anyone|anybody|colleague|colleagues|your team|support team|customer service|\
        customer support|customer care|support|support person|tech support|your staff|staff|your boss|\
        the boss|real one|live one|person in charge|whoever is in charge|customer services",
    small: "w|in touch|a|an|the|your|any|some|one|of|another|other|actual|actually|real|live|human|physical|\
        different|proper|competent|please|just|directly|with|to|customer|service|support|senior|someone|\
        somebody|this|right|now|at|from|in|else|anyone|genuine|breathing|living|billing|payment|payments|\
        accounts|refund|refunds|sales|really|technical|friendly|helpful|over|through|on|only|so",
    follow: "me|please|pls|plz|now|here|there|today|to|who|for|on|from|not|instead|right|asap|immediately|\
        and|i|that|because|about|with|at|thanks|thank|urgently|already|again|of|agent|operator|\
        representative|rep|support|person|assistant|assistance|only|available|in|since|this|as|if|rather|\
        directly|then|soon|we|you|can|could|would|three|3|two|twice|several|answering|replying|talking|\
        writing|by|behind|like|being|chat|lol|too|responding|speaking|typing|whatever|look|anymore|really|\
        though|honestly|ok",
    with: "a|an|any|some|your|real|have a|can a|could a",
    verbs: "look into my|look into this|review my|contact me|call me|call me back|help me|talk to me|\
        speak to me|speak with me|take over|take this over|look at this|look at it|look at my|look into|\
        answer me|reply to me|respond to me|get back to me|get in touch|email me|deal with this|handle this|\
        review this|i can talk to|i can speak to|i can speak with|i can talk with|i could talk to|\
        i could speak to|to talk to|to speak to|to speak with|to talk with|assist me|read this|check this|\
        who can help|who can read|please help",
    phrases: "put a human on|put a person on|put an agent on|is anyone available|is someone available|\
        is anybody available|is anyone from support|is anyone from your team|someone from support please|\
        have someone call|have someone contact|have somebody call|have somebody contact|can someone call me|\
        can someone contact me|could someone call me|could someone contact me|someone please call me|\
        someone please contact me|someone to contact me|someone to call me|stop the bot|stop this bot|\
        stop bot|no more bots|no more bot|turn off the bot|turn the bot off|disable the bot|no bots please|\
        no bots|no bot please|enough of this bot|i hate bots|i hate this bot|sick of this bot|sick of bots|\
        tired of this bot|not talking to a bot|not talking to a robot|connect me to one|let me talk to one|\
        talk to one|escalate this|please escalate|i want to escalate|human in the loop|anyone human",
    denials: "dont need|dont want|dont wanna|dont have to|do not need|do not want|do not have to|not need|\
        no need|need not|neednt|doesnt need|not necessary|without|rather than|instead of|not asking|\
        not looking|dont connect|dont transfer|dont pass|dont hand|dont escalate|do not connect|\
        do not transfer|do not pass|do not escalate|not interested|dont require|had to|was able to|\
        were able to|managed to|got to|used to|told me to|asked me to|thanks for|thank you for|do i have to|\
        do i need to|must i|should i|would i have to|will i have to|refuse to|refusing to|never want to|\
        never wanted|dont like|cant stand|avoid|hate to|did you|did i|did|why would i|when i|after i|\
        before i|prefer not|not to|rather not|no longer|who do i|wouldnt|didnt|could not|dont call|dont get",
    courtesy: "please|pls|plz|a|an|real|live|now|hi|hello|hey|there|hi there|thanks|thank you|thx|\
        good morning|good afternoon|good evening|right now|asap|immediately|no|ok|okay|yes|help|support|\
        customer service|human|just|only|sorry|quick question|so|and|well|dear team|lol|again|um|\
        serious question|honestly",
    asks: "are you|are u|r u|r you|are you sure you are|are you actually|is this|is it|is that|\
        am i talking to|am i talking with|am i speaking to|am i speaking with|am i chatting with|\
        am i chatting to|am i writing to|am i writing with|do i talk to|do i speak to|do i speak with|\
        did i reach|have i reached|is this chat|was this written by|is this answered by|is it answered by|\
        is your name|am i dealing with|i talking to",
    machines: "bot|bots|robot|robots|chatbot|chat bot|ai|machine|machines|computer|computers|chatgpt|\
        automated system",
    natures: "bot|bots|robot|robots|chatbot|chat bot|ai|machine|computer|program|script|chatgpt|gpt|llm|\
        real|automated|automatic|automated assistant|language model|virtual assistant|\
        artificial intelligence|automated reply|automatic reply|human|human being|person|people|agent|\
        humans|somebody real|someone real",
    ..NONE
};
