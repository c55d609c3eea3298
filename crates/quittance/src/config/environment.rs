//! Settings from the environment: `QUITTANCE_STRIPE__KEY` sets `stripe.key`.

use toml::{Table, Value};

/// What every variable begins with.
const PREFIX: &str = "QUITTANCE_";

/// Variables that the program's own options take, not the configuration.
const NOT_SETTINGS: [&str; 4] =
    ["QUITTANCE_CONFIG", "QUITTANCE_LOG", "QUITTANCE_DATA", "QUITTANCE_SPECS"];

/// Writes the variables into the table. Two underscores lead one table deeper. What looks like a number
/// is one where the configuration then `fits`, and text elsewhere: a team is called 5017691.
pub(super) fn apply(
    table: &mut Table,
    variables: impl Iterator<Item = (String, String)>,
    fits: impl Fn(Table) -> bool,
) -> Vec<String> {
    let file = table.clone();
    let mut applied = Vec::new();
    for (name, value) in variables {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        if NOT_SETTINGS.contains(&name.as_str()) {
            continue;
        }
        let keys: Vec<String> = path.to_ascii_lowercase().split("__").map(str::to_owned).collect();
        let mut alone = file.clone();
        set(&mut alone, &keys, read(&value));
        let value = if fits(alone) { read(&value) } else { Value::String(value) };
        set(table, &keys, value);
        applied.push(name);
    }
    applied
}

/// A number, a boolean or a list is read as such; everything else is text.
fn read(text: &str) -> Value {
    let parsed =
        format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    match parsed {
        Some(value @ (Value::Integer(_) | Value::Boolean(_) | Value::Array(_))) => value,
        Some(Value::String(_) | Value::Float(_) | Value::Datetime(_) | Value::Table(_)) | None => {
            Value::String(text.to_owned())
        }
    }
}

fn set(table: &mut Table, keys: &[String], value: Value) {
    match keys {
        [] => {}
        [last] => {
            table.insert(known(table, last), value);
        }
        [first, rest @ ..] => {
            let inner =
                table.entry(known(table, first)).or_insert_with(|| Value::Table(Table::new()));
            if !inner.is_table() {
                *inner = Value::Table(Table::new());
            }
            if let Some(inner) = inner.as_table_mut() {
                set(inner, rest, value);
            }
        }
    }
}

/// The key as the table has it already: names of variables do not tell capitals apart, names of
/// currencies are written in capitals.
fn known(table: &Table, key: &str) -> String {
    let there = table.keys().find(|there| there.eq_ignore_ascii_case(key));
    there.map_or_else(|| key.to_owned(), Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_sets_the_key_its_name_leads_to() {
        let mut table: Table =
            "[stripe.api]\ntimeout_ms = 5\n[limits.currencies.USD]\nper_day = '1'".parse().unwrap();
        let variables = [
            ("QUITTANCE_LIMITS__CURRENCIES__USD__PER_DAY", "2.50"),
            ("QUITTANCE_TEAM", "5017691"),
            ("QUITTANCE_STRIPE__KEY", "rk_test_1"),
            ("QUITTANCE_STRIPE__API__TIMEOUT_MS", "7"),
            ("QUITTANCE_CONFIG", "x.toml"),
            ("PATH", "/bin"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let is_team_text = |table: Table| table.get("team").is_none_or(Value::is_str);
        let applied = apply(&mut table, variables.into_iter(), is_team_text);
        assert_eq!(
            applied,
            [
                "QUITTANCE_LIMITS__CURRENCIES__USD__PER_DAY",
                "QUITTANCE_TEAM",
                "QUITTANCE_STRIPE__KEY",
                "QUITTANCE_STRIPE__API__TIMEOUT_MS"
            ]
        );
        let expected: Table =
            "team = '5017691'\n[stripe]\nkey = 'rk_test_1'\n[stripe.api]\ntimeout_ms = 7\n\
                               [limits.currencies.USD]\nper_day = '2.50'"
                .parse()
                .unwrap();
        assert_eq!(table, expected);
    }
}
