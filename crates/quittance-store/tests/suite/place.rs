//! Where a test's databases are: each test runs on SQLite and then on PostgreSQL, if there is a server.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::process;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use quittance_store::Engine;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;

tokio::task_local! {
    /// The engine that the test runs on, and the databases that it made on the server.
    static HERE: (Engine, RefCell<Vec<String>>);
}

/// Runs a test on every engine there is.
pub(crate) async fn on_both(test: impl AsyncFn()) {
    on(Engine::Sqlite, &test).await;
    if server().is_some() {
        on(Engine::Postgres, &test).await;
    }
}

/// Runs a test on the server only, if there is one.
pub(crate) async fn on_server(test: impl AsyncFn()) {
    if server().is_some() {
        on(Engine::Postgres, &test).await;
    }
}

async fn on(engine: Engine, test: &impl AsyncFn()) {
    let here = (engine, RefCell::default());
    let run = async {
        let ended = AssertUnwindSafe(Box::pin(test())).catch_unwind().await;
        let made = HERE.with(|(_, made)| made.take());
        for name in made {
            manage(format!("drop database if exists {name} with (force)")).await;
        }
        if let Err(panic) = ended {
            eprintln!("this was on {engine:?}");
            resume_unwind(panic);
        }
    };
    HERE.scope(here, run).await;
}

/// The URL of a server on which databases may be made.
#[expect(clippy::disallowed_methods, reason = "`tests/run` says where its server is")]
pub(crate) fn server() -> Option<String> {
    static SAY: Once = Once::new();
    let server = std::env::var("QUITTANCE_POSTGRES").ok();
    if server.is_none() {
        SAY.call_once(|| eprintln!("PostgreSQL is skipped: QUITTANCE_POSTGRES names no server"));
    }
    server
}

/// The engine that the test runs on now.
pub(crate) fn engine() -> Engine {
    HERE.try_with(|(engine, _)| *engine).unwrap_or(Engine::Sqlite)
}

/// How many databases were made.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// One database of a test's own.
pub(crate) enum Place {
    File(TempDir),
    Server(String),
}

impl Place {
    /// On the engine that the test runs on now.
    pub(crate) async fn new() -> Self {
        Self::on(engine()).await
    }

    pub(crate) async fn on(engine: Engine) -> Self {
        sqlx::any::install_default_drivers();
        if engine == Engine::Sqlite {
            return Self::File(tempfile::tempdir().unwrap());
        }
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("quittance_test_{}_{number}", process::id());
        manage(format!("drop database if exists {name} with (force)")).await;
        manage(format!("create database {name}")).await;
        HERE.with(|(_, made)| made.borrow_mut().push(name.clone()));
        Self::Server(at(&name))
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(folder) => folder.path().join("q.db").display().to_string(),
            Self::Server(url) => url.clone(),
        }
    }

    /// A connection behind the store's back.
    pub(crate) async fn connect(&self) -> AnyConnection {
        match self {
            Self::File(_) => {
                let url = format!("sqlite://{}", self.url());
                let mut connection = AnyConnection::connect(&url).await.unwrap();
                let pragmas = "pragma busy_timeout = 5000; pragma foreign_keys = on";
                connection.execute(sqlx::raw_sql(pragmas)).await.unwrap();
                connection
            }
            Self::Server(url) => AnyConnection::connect(url).await.unwrap(),
        }
    }
}

/// The URL of another database on the server.
fn at(name: &str) -> String {
    let server = server().unwrap();
    let (server, options) = server.split_once('?').unwrap_or((&server, ""));
    let (server, _) = server.rsplit_once('/').unwrap();
    if options.is_empty() {
        format!("{server}/{name}")
    } else {
        format!("{server}/{name}?{options}")
    }
}

async fn manage(sql: String) {
    let mut connection = AnyConnection::connect(&server().unwrap()).await.unwrap();
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
}
