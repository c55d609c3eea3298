//! Any bytes as the files of a policy: they are read, aligned, and what can be read is explained.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quittance_policy::{
    Checked, Folder, Problem, Source, Surroundings, align, bundle, explain, read, read_in, unbundle,
};

/// What parts the bytes into files.
const NEXT_FILE: char = '\u{c}';

/// How many files one policy has here.
const MOST_FILES: usize = 8;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let files = text.split(NEXT_FILE).take(MOST_FILES).enumerate();
    let sources: Vec<Source> =
        files.map(|(number, text)| Source::new(&format!("{number}.md"), text)).collect();
    let names = sources.iter().map(|source| source.name.clone()).collect();
    let folder = Some(Folder { root: String::new(), files: names });
    match read_in(&sources, &Surroundings { folder, ..Surroundings::default() }) {
        Ok(checked) => {
            checked.warnings.iter().chain(&checked.gaps).for_each(|one| hold(one, &sources));
            for example in &checked.examples {
                let page = explain(&checked.policy, &example.asked.question(), &example.ruling);
                assert!(!page.is_empty());
            }
        }
        Err(problems) => {
            assert!(problems.errors().count() > 0);
            problems.list.iter().for_each(|one| hold(one, &sources));
        }
    }
    for source in &sources {
        let aligned = align(&source.text).text;
        assert_eq!(align(&aligned).text, aligned, "aligned twice");
        let says = |text: &str| read("p.md", text).ok().as_ref().map(rules);
        assert_eq!(says(&aligned), says(&source.text), "aligned, it says something else");
    }
    if sources.len() > 1 {
        assert_eq!(unbundle("p.md", &bundle(&sources)), sources);
    }
});

/// A problem stands in its file, and is one line that fits an editor's margin.
fn hold(problem: &Problem, sources: &[Source]) {
    let source = sources.iter().find(|source| source.name == problem.file).unwrap();
    assert!(source.text.get(problem.span.clone()).is_some());
    assert!(problem.line >= 1 && problem.column >= 1);
    assert!(problem.message.chars().count() <= 100, "{}", problem.message);
    assert!(!problem.message.contains('\n'));
}

/// What a policy decides, whatever its tables look like.
fn rules(checked: &Checked) -> Vec<String> {
    let clauses = checked.policy.clauses();
    let rules = clauses.map(|clause| format!("{} {:?}", clause.anchor, clause.rule));
    let examples = checked.examples.iter().map(|it| format!("{} {:?}", it.case, it.ruling.answer));
    rules.chain(examples).collect()
}
