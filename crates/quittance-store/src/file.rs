//! A connection to a SQLite file, on the thread that uses it.
//!
//! sqlx gives every SQLite connection a thread of its own, and each statement goes there and back. A
//! statement that takes ten microseconds does not need that: here it runs where it is called, and nobody
//! ever waits in the middle of one. Rows come in sqlx's types, so both databases are read alike.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Batch, OpenFlags, Statement};
use sqlx::any::{AnyArguments, AnyRow, AnyTypeInfo, AnyTypeInfoKind, AnyValue};
use sqlx::error::{BoxDynError, DatabaseError, ErrorKind};
use sqlx_core::any::{AnyColumn, AnyValueKind};
use sqlx_core::ext::ustr::UStr;

/// How many statements a connection keeps ready: more than there are in the program.
const STATEMENTS: usize = 256;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// To read and write it. It must be there.
    Write,
    /// To read it.
    Read,
}

/// A connection to a SQLite file. Clones share it and what transaction it is in.
#[derive(Clone)]
pub(crate) struct FileConnection {
    held: Arc<Mutex<Held>>,
}

struct Held {
    sqlite: rusqlite::Connection,
    shapes: HashMap<String, Shape>,
}

/// What the rows of a statement look like.
#[derive(Clone)]
struct Shape {
    columns: Arc<[AnyColumn]>,
    names: Arc<sqlx_core::HashMap<UStr, usize>>,
}

/// What a statement gave.
#[derive(Default)]
pub(crate) struct Given {
    /// A row that cannot be read stands in its place.
    pub(crate) rows: Vec<Result<AnyRow, sqlx::Error>>,
    pub(crate) changed: u64,
}

impl fmt::Debug for FileConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileConnection").finish_non_exhaustive()
    }
}

impl FileConnection {
    /// Opens the file at `path` and sets `pragmas`.
    pub(crate) fn open(path: &Path, access: Access, pragmas: &str) -> Result<Self, sqlx::Error> {
        let write = match access {
            Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let flags = write | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::over(
            rusqlite::Connection::open_with_flags(path, flags).map_err(|error| failure(&error))?,
            pragmas,
        )
    }

    /// A database that is nowhere but in memory.
    pub(crate) fn in_memory(pragmas: &str) -> Result<Self, sqlx::Error> {
        Self::over(
            rusqlite::Connection::open_in_memory().map_err(|error| failure(&error))?,
            pragmas,
        )
    }

    fn over(sqlite: rusqlite::Connection, pragmas: &str) -> Result<Self, sqlx::Error> {
        sqlite.set_prepared_statement_cache_capacity(STATEMENTS);
        // Otherwise a statement is planned anew whenever it gets other values.
        sqlite
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .map_err(|error| failure(&error))?;
        let mut held = Held { sqlite, shapes: HashMap::new() };
        held.run_all(pragmas)?;
        Ok(Self { held: Arc::new(Mutex::new(held)) })
    }

    /// Runs a statement with its arguments, or several without, and gives at most `most` rows.
    pub(crate) fn run(
        &self,
        sql: &str,
        arguments: Option<AnyArguments>,
        most: usize,
    ) -> Result<Given, sqlx::Error> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match arguments {
            Some(arguments) => held.run(sql, &arguments, most),
            None => held.run_all(sql),
        }
    }
}

impl Held {
    fn run(
        &mut self,
        sql: &str,
        arguments: &AnyArguments,
        most: usize,
    ) -> Result<Given, sqlx::Error> {
        let mut statement = self.sqlite.prepare_cached(sql).map_err(|error| failure(&error))?;
        bind(&mut statement, arguments)?;
        let known = self.shapes.get(sql).cloned();
        let shape = known.unwrap_or_else(|| {
            let shape = Shape::of(&statement);
            self.shapes.insert(sql.to_owned(), shape.clone());
            shape
        });
        let rows = rows(&mut statement, &shape, most)?;
        let is_change = !statement.readonly();
        drop(statement);
        let changed = if is_change { self.sqlite.changes() } else { 0 };
        Ok(Given { rows, changed })
    }

    fn run_all(&mut self, sql: &str) -> Result<Given, sqlx::Error> {
        let mut given = Given::default();
        let mut batch = Batch::new(&self.sqlite, sql);
        while let Some(mut statement) = batch.next().map_err(|error| failure(&error))? {
            let shape = Shape::of(&statement);
            given.rows.extend(rows(&mut statement, &shape, usize::MAX)?);
        }
        Ok(given)
    }
}

impl Shape {
    fn of(statement: &Statement<'_>) -> Self {
        let type_info = AnyTypeInfo { kind: AnyTypeInfoKind::Null };
        let named = |(ordinal, name): (usize, &str)| AnyColumn {
            ordinal,
            name: UStr::new(name),
            type_info: type_info.clone(),
        };
        let columns: Arc<[AnyColumn]> =
            statement.column_names().into_iter().enumerate().map(named).collect();
        let names = columns.iter().map(|column| (column.name.clone(), column.ordinal)).collect();
        Self { columns, names: Arc::new(names) }
    }

    fn read(&self, row: &rusqlite::Row<'_>) -> Result<AnyRow, sqlx::Error> {
        let mut values = Vec::with_capacity(self.columns.len());
        for index in 0..self.columns.len() {
            let value = row.get_ref(index).map_err(|error| failure(&error))?;
            values.push(AnyValue { kind: kind(value)? });
        }
        let (columns, column_names) = (self.columns.to_vec(), Arc::clone(&self.names));
        Ok(AnyRow { column_names, columns, values })
    }
}

/// Binds `$1`, `$2` and so on. SQLite numbers such names in the order in which they come first.
fn bind(statement: &mut Statement<'_>, arguments: &AnyArguments) -> Result<(), sqlx::Error> {
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or_default();
        let number: usize = name.trim_start_matches('$').parse().unwrap_or(index);
        let value = number.checked_sub(1).and_then(|at| arguments.values.0.get(at));
        let value = value.ok_or_else(|| {
            sqlx::Error::Protocol(format!("the statement wants a value for ${number}"))
        })?;
        statement.raw_bind_parameter(index, output(value)?).map_err(|error| failure(&error))?;
    }
    Ok(())
}

fn output(value: &AnyValueKind) -> Result<ToSqlOutput<'_>, sqlx::Error> {
    let owned = |value: Value| Ok(ToSqlOutput::Owned(value));
    match value {
        AnyValueKind::Null(_) => owned(Value::Null),
        AnyValueKind::Bool(is_true) => owned(Value::Integer(i64::from(*is_true))),
        AnyValueKind::SmallInt(number) => owned(Value::Integer(i64::from(*number))),
        AnyValueKind::Integer(number) => owned(Value::Integer(i64::from(*number))),
        AnyValueKind::BigInt(number) => owned(Value::Integer(*number)),
        AnyValueKind::Real(number) => owned(Value::Real(f64::from(*number))),
        AnyValueKind::Double(number) => owned(Value::Real(*number)),
        AnyValueKind::Text(text) => Ok(ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))),
        AnyValueKind::TextSlice(text) => Ok(ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))),
        AnyValueKind::Blob(bytes) => Ok(ToSqlOutput::Borrowed(ValueRef::Blob(bytes))),
        other => Err(sqlx::Error::Protocol(format!("{other:?} cannot be bound"))),
    }
}

fn rows(
    statement: &mut Statement<'_>,
    shape: &Shape,
    most: usize,
) -> Result<Vec<Result<AnyRow, sqlx::Error>>, sqlx::Error> {
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while found.len() < most {
        let Some(row) = rows.next().map_err(|error| failure(&error))? else { break };
        found.push(shape.read(row));
    }
    Ok(found)
}

fn kind(value: ValueRef<'_>) -> Result<AnyValueKind, sqlx::Error> {
    Ok(match value {
        ValueRef::Null => AnyValueKind::Null(AnyTypeInfoKind::Null),
        ValueRef::Integer(number) => AnyValueKind::BigInt(number),
        ValueRef::Real(number) => AnyValueKind::Double(number),
        ValueRef::Text(bytes) => {
            let text = str::from_utf8(bytes).map_err(|error| sqlx::Error::Decode(error.into()))?;
            AnyValueKind::Text(Arc::new(text.to_owned()))
        }
        ValueRef::Blob(bytes) => AnyValueKind::Blob(Arc::new(bytes.to_vec())),
    })
}

/// What SQLite refused, in sqlx's words.
#[derive(Debug)]
struct Refusal {
    /// <https://www.sqlite.org/rescode.html#extrc>
    code: i32,
    message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(code: {}) {}", self.code, self.message)
    }
}

impl StdError for Refusal {}

impl DatabaseError for Refusal {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> BoxDynError {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY => ErrorKind::UniqueViolation,
            rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            rusqlite::ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            rusqlite::ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}

fn failure(error: &rusqlite::Error) -> sqlx::Error {
    let message = error.to_string();
    match error.sqlite_error() {
        Some(error) => {
            sqlx::Error::Database(Box::new(Refusal { code: error.extended_code, message }))
        }
        None => sqlx::Error::Protocol(message),
    }
}
