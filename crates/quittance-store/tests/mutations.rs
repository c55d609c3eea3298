//! Spoils a log in every way that somebody with the database file in hands could, and checks that each is
//! found and the first bad entry named.
//!
//! What agrees with itself, a log that was cut or written anew together with its head, is found against
//! what was seen outside only; the test shows both.
#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails, and that is right"
)]

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;
use quittance_core::record::{Broken, Chain, Draft, Entry, Hash, Kind, Stored, Witness};
use quittance_core::record::{canonical, canonical_body};
use quittance_store::{Error, Store};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

/// How many logs are spoiled in memory.
const IN_MEMORY: u64 = 100_000;

/// How many are spoiled in a database file.
const IN_FILES: u64 = 300;

/// An entry again, but for its number.
const COPY: &str = "at, case_id, kind, body, previous, 'h' from log where seq = 7";

/// How long the log is: every kind of entry, twice.
const LENGTH: usize = Kind::ALL.len() * 2;

/// Random numbers that are the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(count).unwrap()).unwrap()
    }

    fn is(&mut self) -> bool {
        self.roll() & 1 == 1
    }
}

/// A row of the log, as the database holds it.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    seq: u64,
    at: i64,
    case: Option<String>,
    kind: String,
    body: String,
    previous: String,
    hash: String,
}

impl Row {
    fn stored(&self) -> Stored<'_> {
        Stored {
            seq: self.seq,
            at: self.at,
            case: self.case.as_deref(),
            kind: &self.kind,
            body: &self.body,
            previous: &self.previous,
            hash: &self.hash,
        }
    }

    /// Gives the row the hash that its content has, behind an entry with the hash `previous`.
    fn hashed(&mut self, previous: &str) {
        previous.clone_into(&mut self.previous);
        let draft = Draft {
            at: Timestamp::from_millisecond(self.at).unwrap(),
            case: self.case.as_deref().map(|case| case.parse().unwrap()),
            kind: self.kind.parse().unwrap(),
            body: serde_json::from_str(&self.body).unwrap(),
        };
        let bytes = canonical(self.seq, &draft, previous.parse().unwrap()).unwrap();
        self.hash = Hash::of(&bytes).to_string();
    }
}

/// A whole log.
#[derive(Clone, Debug, PartialEq)]
struct Log {
    rows: Vec<Row>,
    head_seq: u64,
    head_hash: String,
}

fn drafts() -> Vec<Draft> {
    let body = |number: usize| match number % 4 {
        0 => {
            json!({"charges": [{"amount": {"currency": "USD", "minor": 4900}, "id": "ch_1", "is_live": false}]})
        }
        1 => json!({"text": "a \"quoted\" word, a \\ and é", "none": null, "deep": [[1], {}]}),
        2 => json!({"long": 9_007_199_254_740_991_u64, "less": -1, "é": true}),
        _ => json!({"decision": "d1-85f5b64f", "attempt": number}),
    };
    (0..LENGTH)
        .map(|number| Draft {
            at: Timestamp::from_millisecond(1_767_225_600_000 + i64::try_from(number).unwrap())
                .unwrap(),
            case: (number % 5 != 0).then(|| format!("w:{}", number % 3).parse().unwrap()),
            kind: Kind::ALL[number % Kind::ALL.len()],
            body: body(number),
        })
        .collect()
}

fn genuine() -> Log {
    let mut rows: Vec<Row> = Vec::new();
    let mut hash = Hash::START;
    for (draft, number) in drafts().into_iter().zip(0..) {
        let entry = Entry::chain(draft, number, hash).unwrap();
        hash = entry.hash;
        rows.push(Row {
            seq: entry.seq,
            at: entry.draft.at.as_millisecond(),
            case: entry.draft.case.map(String::from),
            kind: entry.draft.kind.name().to_owned(),
            body: canonical_body(&entry.draft.body).unwrap(),
            previous: entry.previous.to_string(),
            hash: entry.hash.to_string(),
        });
    }
    Log { head_seq: u64::try_from(rows.len()).unwrap(), head_hash: hash.to_string(), rows }
}

/// What is found: the same walk as the store's, over rows in memory. It begins with `chain`, which has
/// checked what comes before.
fn verify(log: &Log, mut chain: Chain) -> Result<(), Broken> {
    let mut rows: Vec<&Row> = log.rows.iter().collect();
    rows.sort_by_key(|row| row.seq);
    let rest = chain.len() + 1..=log.head_seq;
    for row in rows.iter().filter(|row| rest.contains(&row.seq)) {
        chain.check(&row.stored())?;
    }
    chain.end(log.head_seq, log.head_hash.parse()?)?;
    let found = u64::try_from(rows.len()).unwrap();
    if found == log.head_seq { Ok(()) } else { Err(Broken::Head { expected: log.head_seq, found }) }
}

/// The chain behind each of the entries, from none to all.
fn chains(log: &Log) -> Vec<Chain> {
    let mut chains = vec![Chain::default()];
    for row in &log.rows {
        let mut chain = chains.last().unwrap().clone();
        chain.check(&row.stored()).unwrap();
        chains.push(chain);
    }
    chains
}

/// How many rows are as they were, from the first on: they need not be checked a hundred thousand times.
fn untouched(log: &Log, genuine: &Log) -> usize {
    let is_sorted = log.rows.is_sorted_by_key(|row| row.seq);
    let same = log.rows.iter().zip(&genuine.rows).take_while(|(row, was)| row == was).count();
    if is_sorted { same.min(usize::try_from(log.head_seq).unwrap()) } else { 0 }
}

/// What was done to a log, and what must be found.
#[derive(Debug)]
struct Mutation {
    what: &'static str,
    /// The first entry at which the log can be seen to be wrong.
    first_bad: u64,
    /// What was seen outside, where the log agrees with itself.
    witnesses: Vec<Witness>,
}

impl Mutation {
    fn seen_inside(what: &'static str, first_bad: u64) -> Self {
        Self { what, first_bad, witnesses: Vec::new() }
    }
}

fn mutate(log: &mut Log, dice: &mut Dice) -> Mutation {
    match dice.below(16) {
        0..=6 => flip(log, dice),
        7 => delete(log, dice),
        8 => swap(log, dice),
        9 => truncate(log, dice),
        10 => insert(log, dice),
        11 => forge_one(log, dice),
        12 => spoil_head(log, dice),
        13 => fork(log, dice),
        14 => roll_back(log, dice),
        _ => append(log, dice),
    }
}

/// One byte of one column of one row.
fn flip(log: &mut Log, dice: &mut Dice) -> Mutation {
    let at = dice.below(log.rows.len());
    let taken: Vec<u64> = log.rows.iter().map(|row| row.seq).collect();
    let row = &mut log.rows[at];
    let first_bad = row.seq;
    match dice.below(7) {
        0 => loop {
            row.seq = first_bad ^ (1 << dice.below(40));
            if !taken.contains(&row.seq) {
                break;
            }
        },
        1 => row.at ^= 1 << dice.below(63),
        2 => match &mut row.case {
            Some(_) if dice.is() => row.case = None,
            Some(case) => change_byte(case, dice),
            None => row.case = Some("w:1".to_owned()),
        },
        3 if dice.is() => {
            let others = Kind::ALL.iter().filter(|kind| kind.name() != row.kind);
            let others: Vec<&Kind> = others.collect();
            row.kind = others[dice.below(others.len())].name().to_owned();
        }
        3 => change_byte(&mut row.kind, dice),
        4 => change_byte(&mut row.body, dice),
        5 => change_byte(&mut row.previous, dice),
        _ => change_byte(&mut row.hash, dice),
    }
    Mutation::seen_inside("a byte changed", first_bad)
}

/// What might still be read when it stands in another's place: digits, letters, blanks, quotes.
const LETTERS: &[u8] = b" \t0123456789abcdefABCDEFxyz\"\\{}[],:-+.eE\x00\x7f";

/// Replaces, removes or inserts one character.
fn change_byte(text: &mut String, dice: &mut Dice) {
    let before = text.clone();
    while *text == before {
        let mut letters: Vec<char> = before.chars().collect();
        let at = dice.below(letters.len());
        // Mostly what might still be read: digits, letters, blanks, quotes.
        let with = LETTERS[dice.below(LETTERS.len())];
        let with = char::from(with);
        match dice.below(4) {
            0 => letters.insert(at, with),
            1 => drop(letters.remove(at)),
            2 => letters[at] = letters[at].to_ascii_uppercase(),
            _ => letters[at] = with,
        }
        *text = letters.into_iter().collect();
    }
}

fn delete(log: &mut Log, dice: &mut Dice) -> Mutation {
    let mut first_bad = u64::MAX;
    for _ in 0..=dice.below(3) {
        let gone = log.rows.remove(dice.below(log.rows.len()));
        first_bad = first_bad.min(gone.seq);
    }
    Mutation::seen_inside("rows deleted", first_bad)
}

/// Two entries change places, with or without their numbers and links.
fn swap(log: &mut Log, dice: &mut Dice) -> Mutation {
    let one = dice.below(log.rows.len() - 1);
    let other = one + 1 + dice.below(log.rows.len() - one - 1);
    let (first, second) = (log.rows[one].clone(), log.rows[other].clone());
    log.rows[one] = Row { seq: first.seq, ..second.clone() };
    log.rows[other] = Row { seq: second.seq, ..first.clone() };
    if dice.is() {
        log.rows[one].previous.clone_from(&first.previous);
        log.rows[other].previous.clone_from(&second.previous);
    }
    Mutation::seen_inside("two entries swapped", first.seq)
}

/// The tail is cut, the head stays.
fn truncate(log: &mut Log, dice: &mut Dice) -> Mutation {
    let left = dice.below(log.rows.len());
    log.rows.truncate(left);
    Mutation::seen_inside("the tail cut", u64::try_from(left).unwrap() + 1)
}

/// An entry is put between two, with or without a hash that fits; those behind it move up by one.
fn insert(log: &mut Log, dice: &mut Dice) -> Mutation {
    let at = dice.below(log.rows.len());
    let mut new = log.rows[dice.below(log.rows.len())].clone();
    new.at += 1;
    new.seq = u64::try_from(at).unwrap() + 1;
    let is_chained = dice.is();
    if is_chained {
        new.hashed(&before(log, at));
    }
    for row in &mut log.rows[at..] {
        row.seq += 1;
    }
    let first_bad = (new.seq + u64::from(is_chained)).min(log.head_seq);
    log.rows.insert(at, new);
    Mutation::seen_inside("an entry inserted", first_bad)
}

/// One entry says something else and has the hash for it: the next one shows it.
fn forge_one(log: &mut Log, dice: &mut Dice) -> Mutation {
    let at = dice.below(log.rows.len());
    let previous = before(log, at);
    forge(&mut log.rows[at], dice);
    log.rows[at].hashed(&previous);
    let next = (at + 2).min(log.rows.len());
    Mutation::seen_inside("an entry forged", u64::try_from(next).unwrap())
}

fn spoil_head(log: &mut Log, dice: &mut Dice) -> Mutation {
    let end = log.head_seq;
    match dice.below(3) {
        0 => log.head_seq += 1 + dice.roll() % 100,
        1 => {
            log.head_seq -= 1 + dice.roll() % log.head_seq;
            // At the new end the head has another hash than the entry there.
            return Mutation::seen_inside("the head moved back", log.head_seq);
        }
        _ => {
            let other = dice.below(log.rows.len() - 1);
            log.head_hash.clone_from(&log.rows[other].hash);
            return Mutation::seen_inside("the head's hash changed", end);
        }
    }
    Mutation::seen_inside("the head moved on", end + 1)
}

/// More entries than the head knows, each with a hash that fits.
fn append(log: &mut Log, dice: &mut Dice) -> Mutation {
    let end = log.head_seq;
    for _ in 0..=dice.below(3) {
        let mut new = log.rows[dice.below(log.rows.len())].clone();
        let last = log.rows.last().unwrap();
        new.seq = last.seq + 1;
        new.hashed(&last.hash.clone());
        log.rows.push(new);
    }
    Mutation::seen_inside("entries appended", end + 1)
}

/// The log is written anew from one entry on, with its head: only an outsider can tell.
fn fork(log: &mut Log, dice: &mut Dice) -> Mutation {
    let from = dice.below(log.rows.len());
    let witnesses = seen(log, dice, from + 1);
    rewrite(log, dice, from);
    let first_bad = first_after(&witnesses, from);
    Mutation { what: "a fork", first_bad, witnesses }
}

/// The log goes back to an earlier state, as from an old backup; then, perhaps, life goes on.
fn roll_back(log: &mut Log, dice: &mut Dice) -> Mutation {
    let left = dice.below(log.rows.len());
    let witnesses = seen(log, dice, left + 1);
    let full = log.rows.len();
    if dice.is() {
        rewrite(log, dice, left);
        let kept = left + dice.below(full - left);
        log.rows.truncate(kept);
    } else {
        log.rows.truncate(left);
    }
    log.head_seq = u64::try_from(log.rows.len()).unwrap();
    log.head_hash = before(log, log.rows.len());
    let first_bad = first_after(&witnesses, left).min(log.head_seq + 1);
    Mutation { what: "a roll back", first_bad, witnesses }
}

/// Some entries as an outsider saw them, one of them with the number `least` or a later one.
fn seen(log: &Log, dice: &mut Dice, least: usize) -> Vec<Witness> {
    let sure = least - 1 + dice.below(log.rows.len() + 1 - least);
    let is_seen = |at: usize, dice: &mut Dice| at == sure || dice.below(8) == 0;
    let rows = log.rows.iter().enumerate().filter(|(at, _)| is_seen(*at, dice));
    rows.map(|(_, row)| Witness { seq: row.seq, hash: row.hash.parse().unwrap() }).collect()
}

/// The first witness of an entry behind the first `count`.
fn first_after(witnesses: &[Witness], count: usize) -> u64 {
    let count = u64::try_from(count).unwrap();
    witnesses.iter().map(|witness| witness.seq).filter(|seq| *seq > count).min().unwrap()
}

fn rewrite(log: &mut Log, dice: &mut Dice, from: usize) {
    let mut previous = before(log, from);
    for at in from..log.rows.len() {
        if at == from || dice.is() {
            forge(&mut log.rows[at], dice);
        }
        log.rows[at].hashed(&previous);
        previous.clone_from(&log.rows[at].hash);
    }
    log.head_hash = previous;
}

/// Makes a row say something else.
fn forge(row: &mut Row, dice: &mut Dice) {
    let mut body: Value = serde_json::from_str(&row.body).unwrap();
    body["forged"] = json!(dice.below(1_000));
    row.body = canonical_body(&body).unwrap();
}

/// The hash of the entry before the one at the index `at`.
fn before(log: &Log, at: usize) -> String {
    at.checked_sub(1).map_or_else(|| Hash::START.to_string(), |last| log.rows[last].hash.clone())
}

/// What must be found; a log that agrees with itself is whole to whoever saw nothing outside.
fn judge(found: &Result<(), Broken>, mutation: &Mutation, seed: u64) {
    let named = found.as_ref().err().and_then(Broken::first_bad);
    // A head whose hash cannot be read names no entry.
    assert!(found.is_err(), "seed {seed}: {} was not found: {mutation:?}", mutation.what);
    assert_eq!(named, Some(mutation.first_bad), "seed {seed}: {mutation:?}: {found:?}");
}

#[test]
fn a_hundred_thousand_spoiled_logs_are_all_found_and_the_first_bad_entry_is_named() {
    let half = IN_MEMORY / 2;
    let other = std::thread::spawn(move || spoil(half..IN_MEMORY));
    let mut kinds = spoil(0..half);
    for (what, count) in other.join().unwrap() {
        *kinds.entry(what).or_default() += count;
    }
    assert!(kinds.len() == 12 && kinds.values().all(|count| *count > 1_000), "{kinds:?}");
}

/// Spoils a log with every seed, and counts how.
fn spoil(seeds: Range<u64>) -> BTreeMap<&'static str, u64> {
    let genuine = genuine();
    let chains = chains(&genuine);
    let witnessed = Chain::witnessed(seen(&genuine, &mut Dice(0), 1));
    assert_eq!(verify(&genuine, witnessed), Ok(()));
    let mut kinds = BTreeMap::new();
    for seed in seeds {
        let (mut log, mut dice) = (genuine.clone(), Dice(seed));
        let mutation = mutate(&mut log, &mut dice);
        assert_ne!(log, genuine, "seed {seed}: {mutation:?}");
        let checked = chains[untouched(&log, &genuine)].clone();
        if mutation.witnesses.is_empty() {
            judge(&verify(&log, checked), &mutation, seed);
        } else {
            assert_eq!(verify(&log, checked), Ok(()), "seed {seed}: {mutation:?}");
            let witnessed = Chain::witnessed(mutation.witnesses.clone());
            judge(&verify(&log, witnessed), &mutation, seed);
        }
        *kinds.entry(mutation.what).or_default() += 1;
    }
    kinds
}

#[tokio::test]
async fn spoiled_database_files_are_found_and_the_first_bad_entry_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.db");
    prepare(&base).await;
    let genuine = genuine();
    for seed in 0..IN_FILES {
        let (mut log, mut dice) = (genuine.clone(), Dice(IN_MEMORY + seed));
        let mutation = mutate(&mut log, &mut dice);
        let file = folder.path().join("spoiled.db");
        std::fs::copy(&base, &file).unwrap();
        write(&file, &log).await;
        judge(&found(&file, mutation.witnesses.clone()).await, &mutation, seed);
    }
}

#[tokio::test]
async fn what_only_a_database_can_hold_is_found_too() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.db");
    prepare(&base).await;
    assert_eq!(found(&base, Vec::new()).await, Ok(()));
    for (sql, first_bad) in [
        ("update log set at = 'noon' where seq = 7", Some(7)),
        ("update log set at = 9e300 where seq = 7", Some(7)),
        ("update log set body = cast(x'7bff7d' as text) where seq = 7", Some(7)),
        ("update log set body = cast(body as blob) where seq = 7", Some(7)),
        ("update log set body = body || x'00' where seq = 7", Some(7)),
        ("update log set seq = 7.5 where seq = 7", Some(7)),
        ("update log set seq = 'seven' where seq = 7", Some(7)),
        ("update log set hash = upper(hash) where seq = 7", Some(7)),
        ("insert into log select -5, {copy}", Some(LENGTH as u64 + 1)),
        ("insert into log select null, {copy}", Some(LENGTH as u64 + 1)),
        ("insert into log select 'many', {copy}", Some(LENGTH as u64 + 1)),
        ("insert into log select * from log where seq = 7", Some(8)),
        (
            "insert into log_head select 2, seq, hash from log_head; update log_head set seq = 1 where id = 1",
            Some(1),
        ),
        ("update log_head set hash = 'x'", None),
        ("update log_head set seq = -1", None),
        ("delete from log_head", None),
    ] {
        let file = folder.path().join("spoiled.db");
        std::fs::copy(&base, &file).unwrap();
        let sql = sql.replace("{copy}", COPY);
        run(&file, &sql).await;
        let found = found(&file, Vec::new()).await;
        assert!(found.is_err(), "{sql}");
        assert_eq!(found.as_ref().err().and_then(Broken::first_bad), first_bad, "{sql}: {found:?}");
    }
}

/// The genuine log in a file without triggers, keys and other constraints.
async fn prepare(file: &Path) {
    let store = Store::open(&file.display().to_string()).await.unwrap();
    store.log_append(drafts()).await.unwrap();
    store.close().await;
    let mut connection = connect(file).await;
    let guards: Vec<(String,)> =
        sqlx::query_as("select name from sqlite_master where type = 'trigger'")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    for (guard,) in guards {
        let drop = sqlx::AssertSqlSafe(format!("drop trigger {guard}"));
        sqlx::raw_sql(drop).execute(&mut connection).await.unwrap();
    }
    sqlx::raw_sql(
        "create table loose (seq bigint, at bigint, case_id text, kind text, body text, previous text, hash text); \
         insert into loose select * from log; drop table log; alter table loose rename to log; \
         create table loose (id bigint, seq bigint, hash text); \
         insert into loose select * from log_head; drop table log_head; alter table loose rename to log_head",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
}

async fn write(file: &Path, log: &Log) {
    let mut connection = connect(file).await;
    sqlx::raw_sql("begin; delete from log").execute(&mut connection).await.unwrap();
    for row in &log.rows {
        sqlx::query("insert into log (seq, at, case_id, kind, body, previous, hash) values ($1, $2, $3, $4, $5, $6, $7)")
            .bind(i64::try_from(row.seq).unwrap())
            .bind(row.at)
            .bind(&row.case)
            .bind(&row.kind)
            .bind(&row.body)
            .bind(&row.previous)
            .bind(&row.hash)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    sqlx::query("update log_head set seq = $1, hash = $2")
        .bind(i64::try_from(log.head_seq).unwrap())
        .bind(&log.head_hash)
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::raw_sql("commit").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn run(file: &Path, sql: &str) {
    let mut connection = connect(file).await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).foreign_keys(false).connect().await.unwrap()
}

async fn found(file: &Path, witnesses: Vec<Witness>) -> Result<(), Broken> {
    let store = Store::look(&file.display().to_string()).await.unwrap();
    let verified = store.log_verify_against(witnesses, |_, _| {}).await;
    store.close().await;
    match verified {
        Ok(_) => Ok(()),
        Err(Error::Log(broken)) => Err(broken),
        Err(other) => panic!("{other:?}"),
    }
}
