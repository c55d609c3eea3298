//! What the setting `database` names: a file of SQLite's, or a database on a PostgreSQL server.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// Which database holds the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file, for one process.
    Sqlite,
    /// A server, for several nodes.
    Postgres,
}

impl Engine {
    /// The engine a setting asks for.
    pub fn of(url: &str) -> Self {
        // A scheme with another spelling is no file either.
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::Postgres
        } else {
            Self::Sqlite
        }
    }
}

/// The setting as it may be shown to people: without user, password and options.
pub fn shown(url: &str) -> String {
    match Engine::of(url) {
        Engine::Sqlite => url.to_owned(),
        // Whoever writes it there may have written it in any form.
        Engine::Postgres if url.contains("pass") => "postgres://…".to_owned(),
        Engine::Postgres => {
            let (_, place) = url.split_once(':').unwrap_or_default();
            let place = place.trim_start_matches('/');
            let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
            let place = place.split_once('?').map_or(place, |(place, _)| place);
            format!("postgres://{place}")
        }
    }
}

/// The file of a SQLite database: its folder must be there, the file need not.
pub fn file_of(url: &str) -> Result<PathBuf, Error> {
    let refuse = |why| Error::Setting { url: shown(url), why };
    if Engine::of(url) == Engine::Postgres {
        return Err(refuse("it is on a server, and a file is wanted here"));
    }
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.contains(['?', '#', '%']) || path == ":memory:" {
        return Err(refuse("give the path of a file without `?`, `#` and `%`"));
    }
    let path = Path::new(path);
    let name = path.file_name().ok_or_else(|| refuse("give the path of a file"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // One file has one name, however it is written.
    let folder =
        folder.canonicalize().map_err(|_| refuse("its folder does not exist; make it first"))?;
    Ok(folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_no_file_is_refused_with_a_reason() {
        for url in [
            "",
            "sqlite:",
            ":memory:",
            "postgres://localhost/q",
            "/no/such/folder/q.db",
            "q.db?mode=ro",
        ] {
            assert!(matches!(file_of(url), Err(Error::Setting { .. })), "{url}");
        }
        assert!(file_of("q.db").is_ok());
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://u:hunter2@h/q",
            "postgres://u:hun@ter2@h/q?sslmode=require",
            "postgres://u:hu?n#t/er2@h/q",
            "postgresql://h/q?user=u&password=hunter2@x",
            "postgresql://h/q?options=-c%20x=hunter2",
            "postgres:u:hunter2@h",
        ] {
            let shown = shown(url);
            assert!(!shown.contains("ter2") && !shown.contains("er2"), "{shown}");
        }
        assert_eq!(shown("postgres://u:p@h:5432/q?a=b"), "postgres://h:5432/q");
        assert_eq!(shown("data/q.db"), "data/q.db");
    }
}
