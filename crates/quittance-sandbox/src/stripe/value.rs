//! Reading and writing fields of stored JSON objects.

use serde_json::Value;

/// Any field; null when it is absent.
pub(crate) fn field<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// A text field; empty when it is absent or not a text.
pub(crate) fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A text field, if it holds a text.
pub(crate) fn maybe_text<'v>(value: &'v Value, field: &str) -> Option<&'v str> {
    value.get(field).and_then(Value::as_str)
}

/// An integer field; zero when it is absent.
pub(crate) fn int(value: &Value, field: &str) -> i64 {
    value.get(field).and_then(Value::as_i64).unwrap_or_default()
}

/// A boolean field; false when it is absent.
pub(crate) fn flag(value: &Value, field: &str) -> bool {
    value.get(field).and_then(Value::as_bool).unwrap_or_default()
}

/// The elements of an array field.
pub(crate) fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A nested field by JSON pointer, such as `/recurring/interval`.
pub(crate) fn deep_text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// Puts a field in place.
pub(crate) fn set(value: &mut Value, field: &str, new: impl Into<Value>) {
    if let Some(map) = value.as_object_mut() {
        map.insert(field.to_owned(), new.into());
    }
}

/// Puts a nested field in place; its parent must exist.
pub(crate) fn set_deep(value: &mut Value, parent: &str, field: &str, new: impl Into<Value>) {
    if let Some(inner) = value.pointer_mut(parent) {
        set(inner, field, new);
    }
}

/// Puts null in place of every field in `names`.
pub(crate) fn set_null(value: &mut Value, names: &[&str]) {
    for name in names {
        set(value, name, Value::Null);
    }
}
