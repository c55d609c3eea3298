//! How fast a policy is read, asked, and compared with another, within one process:
//! `cargo bench -p quittance-policy`. `quittance bench policy` measures the same with the program around it.

#![expect(clippy::print_stdout, reason = "this is what a person reads")]

#[expect(
    dead_code,
    unused_imports,
    reason = "it serves other measures too, and has tests of its own"
)]
#[path = "../../quittance-eval/src/prove/dice.rs"]
mod dice;
#[path = "../../quittance-eval/src/policy/made.rs"]
mod made;

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use quittance_core::policy::{Index, evaluate};
use quittance_policy::{CaseWords, Diff, Source, explain, read_all};

/// How many files the large policy has.
const FILES: usize = 200;
/// How many cases two policies are compared about.
const CASES: u32 = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    let sources = made::sources(FILES, 1, 0);
    each("a policy of 200 files is checked and compiled", 15, || read_all(&sources).map(drop))?;
    let one: Vec<Source> = made::sources(2, 1, 0);
    each("a policy of 2 files is", 1_000, || read_all(&one).map(drop))?;
    let old = read_all(&sources)?.policy;
    let new = read_all(&made::sources(FILES, 1, 7))?.policy;
    let mut cases = made::Cases::new(FILES, 1);
    let many: Vec<_> = (0..10_000).map(|_| cases.make()).collect::<Result<_, _>>()?;
    let mut next = many.iter().cycle();
    each("200 files rule on a case", 10_000, || {
        let ruling = next.next().map(|case| evaluate(&old, &case.question()));
        black_box(ruling).map(drop).ok_or("there is no case")
    })?;
    let (index, other) = (Index::of(&old), Index::of(&new));
    let mut next = many.iter().cycle();
    each("200 files answer a case", 100_000, || {
        let ruling = next.next().map(|case| index.answer(&case.question()));
        black_box(ruling).map(drop).ok_or("there is no case")
    })?;
    let few = read_all(&made::sources(6, 1, 0))?.policy;
    let mut cases = made::Cases::new(6, 1);
    let of_few: Vec<_> = (0..10_000).map(|_| cases.make()).collect::<Result<_, _>>()?;
    let mut next = of_few.iter().cycle();
    each("6 files rule on a case", 100_000, || {
        let ruling = next.next().map(|case| evaluate(&few, &case.question()));
        black_box(ruling).map(drop).ok_or("there is no case")
    })?;
    let mut next = many.iter().cycle();
    each("200 files rule on a case and explain it", 2_000, || {
        let told = next.next().map(|case| {
            let question = case.question();
            explain(&old, &question, &evaluate(&old, &question))
        });
        black_box(told).map(drop).ok_or("there is no case")
    })?;
    let words = CaseWords::of(&old);
    let now = many.first().map(|case| case.facts.as_of).ok_or("there is no case")?;
    each("a case is read in words", 20_000, || {
        let text = "line007-pro-monthly, 49 USD, 3 days ago, changed mind, refunded in March";
        black_box(words.read(text, now)).map(drop)
    })?;
    let begin = Instant::now();
    let mut diff = Diff::default();
    for case in many.iter().cycle().take(usize::try_from(CASES)?) {
        diff.ask(&index, &other, "case", &case.question());
    }
    tell("two policies are compared about 100,000 cases", begin.elapsed());
    println!("{:>10} of them come out otherwise", diff.otherwise);
    Ok(())
}

/// Does something so often and tells what it takes each time.
fn each<E: Into<Box<dyn Error>>>(
    what: &str,
    times: u32,
    mut one: impl FnMut() -> Result<(), E>,
) -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    for _ in 0..times {
        one().map_err(Into::into)?;
    }
    tell(what, begin.elapsed().checked_div(times).unwrap_or_default());
    Ok(())
}

fn tell(what: &str, took: Duration) {
    println!("{:>10}  {what}", format!("{took:.1?}"));
}
