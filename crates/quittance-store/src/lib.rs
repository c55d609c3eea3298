//! Remembers: cases, events, intents, the action log and spending.
