//! What is found while the clauses are looked at, one after the other.

use super::{
    Answer, Applied, Because, Clause, Policy, Question, Rule, Ruling, claim, decide,
    failing_conditions, is_about_other_plans,
};

/// What was found of the clauses so far.
pub(in crate::policy) struct Look<'a> {
    /// The clauses that answer.
    pub(in crate::policy) ruling: Ruling,
    /// Those whose conditions do not all hold.
    pub(in crate::policy) missed: Vec<Missed<'a>>,
}

impl<'a> Look<'a> {
    /// Nothing yet.
    pub(in crate::policy) fn new(policy: &Policy) -> Self {
        let ruling = Ruling {
            policy: policy.version.clone(),
            answer: Answer::Ask,
            clauses: Vec::new(),
            considered: Vec::new(),
            is_gap: false,
            claims: Vec::new(),
        };
        Self { ruling, missed: Vec::new() }
    }

    /// Looks at a clause that is about the reason and in force.
    pub(in crate::policy) fn at(
        &mut self,
        clause: &'a Clause,
        rule: &'a Rule,
        question: &Question<'_>,
    ) {
        if is_about_other_plans(rule, question.charge) {
            return self.missed.push(Missed { clause, rule, failing: None });
        }
        let (unknown, failing): (Vec<_>, Vec<_>) =
            failing_conditions(rule, question).into_iter().partition(Because::is_unknown);
        if !failing.is_empty() {
            return self.missed.push(Missed { clause, rule, failing: Some(failing) });
        }
        let (answer, because) =
            if unknown.is_empty() { decide(rule, question) } else { (Answer::Ask, unknown) };
        self.ruling.claims.extend(claim(clause, rule, question.reason, answer));
        self.ruling.clauses.push(Applied::of(clause, answer, because));
    }

    /// Which of the clauses that missed refuse: those that would have given money, if they are the only ones
    /// that speak about the case. Of these, clauses about other charges (another plan, not a renewal) step
    /// back behind one that is about this charge and, say, too old for it.
    pub(in crate::policy) fn refusing(&self) -> Refusing {
        if !self.ruling.clauses.is_empty() {
            Refusing::None
        } else if self.missed.iter().any(|missed| Refusing::AboutTheCharge.among(missed)) {
            Refusing::AboutTheCharge
        } else {
            Refusing::All
        }
    }
}

/// A clause whose conditions do not all hold.
pub(in crate::policy) struct Missed<'a> {
    pub(in crate::policy) clause: &'a Clause,
    pub(in crate::policy) rule: &'a Rule,
    /// Which do not; nothing yet where the charge is for other plans, which is seen at a glance.
    pub(in crate::policy) failing: Option<Vec<Because>>,
}

impl Missed<'_> {
    /// Whether the clause is about this charge, and fails for something else.
    fn is_about_the_charge(&self) -> bool {
        self.failing.as_ref().is_some_and(|all| !all.iter().any(Because::is_about_another_charge))
    }

    /// Takes what does not hold.
    pub(in crate::policy) fn failing(&mut self, question: &Question<'_>) -> Vec<Because> {
        self.failing.take().unwrap_or_else(|| {
            let mut failing = failing_conditions(self.rule, question);
            failing.retain(|because| !because.is_unknown());
            failing
        })
    }

    /// The clause, as one that refuses for what does not hold.
    pub(in crate::policy) fn refuses(&mut self, question: &Question<'_>) -> Applied {
        let failing = self.failing(question);
        Applied::of(self.clause, Answer::Refuse, failing)
    }
}

/// Which of the clauses that missed refuse.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Refusing {
    /// None: other clauses speak.
    None,
    /// Those that would have given money and are about the charge.
    AboutTheCharge,
    /// All that would have given money.
    All,
}

impl Refusing {
    /// Whether this one does.
    pub(in crate::policy) fn among(self, missed: &Missed<'_>) -> bool {
        let gives = missed.rule.terms().is_some();
        match self {
            Self::None => false,
            Self::AboutTheCharge => gives && missed.is_about_the_charge(),
            Self::All => gives,
        }
    }
}
