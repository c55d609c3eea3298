//! What differs between servers that all call themselves OpenAI-compatible.

use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A kind of server, with what is known to work there.
///
/// In a configuration it is either a name (`profile = "openai"`) or a table with the name as `preset`
/// and the fields that differ from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Profile {
    /// Where the values of all absent fields come from.
    pub preset: Preset,
    /// How long a reasoning model thinks. `openai` and `azure` send `none`, since their newer models
    /// refuse tools on this endpoint with any other value; use `omit` for models without reasoning.
    pub reasoning_effort: Option<Effort>,
    /// The sampling temperature, from 0 to 2. Sent by `llama_cpp` (0) only unless set here.
    pub temperature: Option<f32>,
    /// Whether the server takes `strict: true` on a tool.
    pub strict: Option<bool>,
    /// Whether the server takes `parallel_tool_calls: false`.
    pub parallel_tool_calls: Option<bool>,
    /// Whether a tool can be demanded by name. Where it cannot, only that tool is offered and some
    /// call is demanded.
    pub named_tool_choice: Option<bool>,
    /// Whether a call can be demanded with `tool_choice: "required"`. Where it cannot, the model is
    /// left free and the turn copes.
    pub required_tool_choice: Option<bool>,
    /// The name of the field that bounds the length of an answer.
    pub token_limit_field: Option<TokenLimitField>,
    /// Whether the server takes `prompt_cache_key`.
    pub prompt_cache_key: Option<bool>,
    /// Whether an answer that names another model than was asked for ends the turn.
    pub checks_model: Option<bool>,
    /// Whether the model is led: it must call a tool whenever it is asked, and is offered first what it
    /// should look up and then what it may do. Small models chat otherwise. On in `llama_cpp` only.
    pub is_led: Option<bool>,
}

/// The kinds of server with known habits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// OpenAI's own endpoint.
    Openai,
    /// Azure's version 1 endpoint (`…/openai/v1`), whose model names are those of deployments.
    Azure,
    /// Anthropic's compatible endpoint, which ignores `strict` and reasoning effort.
    Anthropic,
    /// Google's compatible endpoint, which refuses fields it does not know.
    Gemini,
    /// `llama-server` of llama.cpp, which silently ignores a tool demanded by name.
    LlamaCpp,
    /// vLLM, where demanding a call needs a parser for the model and may fail.
    Vllm,
    /// Any other server: nothing is sent beyond what all of them take.
    #[default]
    Generic,
}

/// How long a reasoning model thinks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// The field is not sent.
    Omit,
    /// Not at all.
    None,
    /// As little as possible; newer models refuse it.
    Minimal,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// Very much.
    Xhigh,
}

/// The name of the field that bounds the length of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenLimitField {
    /// The name OpenAI's reasoning models insist on.
    MaxCompletionTokens,
    /// The old name, which every other server takes.
    MaxTokens,
}

/// A profile with every question answered.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent fact about a server")]
pub(crate) struct Habits {
    pub(crate) reasoning_effort: Effort,
    pub(crate) temperature: Option<f32>,
    pub(crate) strict: bool,
    pub(crate) parallel_tool_calls: bool,
    pub(crate) named_tool_choice: bool,
    pub(crate) required_tool_choice: bool,
    pub(crate) token_limit_field: TokenLimitField,
    pub(crate) prompt_cache_key: bool,
    pub(crate) checks_model: bool,
    pub(crate) is_led: bool,
    pub(crate) has_key_header: bool,
}

impl Profile {
    /// The profile that is exactly one preset.
    pub fn new(preset: Preset) -> Self {
        Self { preset, ..Self::default() }
    }

    /// Answers every question, from the fields that are set and from the preset.
    pub(crate) fn habits(&self) -> Result<Habits, Error> {
        if self.temperature.is_some_and(|value| !(0.0..=2.0).contains(&value)) {
            let why = "it must lie between 0 and 2".to_owned();
            return Err(Error::Setting { setting: "profile.temperature", why });
        }
        let preset = self.preset.habits();
        Ok(Habits {
            reasoning_effort: self.reasoning_effort.unwrap_or(preset.reasoning_effort),
            temperature: self.temperature.or(preset.temperature),
            strict: self.strict.unwrap_or(preset.strict),
            parallel_tool_calls: self.parallel_tool_calls.unwrap_or(preset.parallel_tool_calls),
            named_tool_choice: self.named_tool_choice.unwrap_or(preset.named_tool_choice),
            required_tool_choice: self.required_tool_choice.unwrap_or(preset.required_tool_choice),
            token_limit_field: self.token_limit_field.unwrap_or(preset.token_limit_field),
            prompt_cache_key: self.prompt_cache_key.unwrap_or(preset.prompt_cache_key),
            checks_model: self.checks_model.unwrap_or(preset.checks_model),
            is_led: self.is_led.unwrap_or(preset.is_led),
            has_key_header: preset.has_key_header,
        })
    }
}

impl Preset {
    fn habits(self) -> Habits {
        let generic = Habits {
            reasoning_effort: Effort::Omit,
            temperature: None,
            strict: false,
            parallel_tool_calls: false,
            named_tool_choice: false,
            required_tool_choice: false,
            token_limit_field: TokenLimitField::MaxTokens,
            prompt_cache_key: false,
            checks_model: true,
            is_led: false,
            has_key_header: false,
        };
        let openai = Habits {
            reasoning_effort: Effort::None,
            strict: true,
            parallel_tool_calls: true,
            named_tool_choice: true,
            required_tool_choice: true,
            token_limit_field: TokenLimitField::MaxCompletionTokens,
            prompt_cache_key: true,
            ..generic.clone()
        };
        match self {
            Self::Openai => openai,
            Self::Azure => Habits { checks_model: false, has_key_header: true, ..openai },
            Self::Anthropic => Habits {
                parallel_tool_calls: true,
                named_tool_choice: true,
                required_tool_choice: true,
                ..generic
            },
            Self::Gemini => Habits { required_tool_choice: true, ..generic },
            Self::LlamaCpp => Habits {
                temperature: Some(0.0),
                parallel_tool_calls: true,
                required_tool_choice: true,
                // The server answers with the alias or file it was started with.
                checks_model: false,
                is_led: true,
                ..generic
            },
            Self::Vllm => Habits { parallel_tool_calls: true, ..generic },
            Self::Generic => generic,
        }
    }
}

/// The long form of a profile.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    preset: Preset,
    reasoning_effort: Option<Effort>,
    temperature: Option<f32>,
    strict: Option<bool>,
    parallel_tool_calls: Option<bool>,
    named_tool_choice: Option<bool>,
    required_tool_choice: Option<bool>,
    token_limit_field: Option<TokenLimitField>,
    prompt_cache_key: Option<bool>,
    checks_model: Option<bool>,
    is_led: Option<bool>,
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(NameOrTable)
    }
}

struct NameOrTable;

impl<'de> Visitor<'de> for NameOrTable {
    type Value = Profile;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name of a preset, or a table with `preset`")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Profile, E> {
        let name = serde::de::value::StrDeserializer::<E>::new(name);
        Preset::deserialize(name).map(Profile::new)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Profile, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(entries))?;
        Ok(Profile {
            preset: table.preset,
            reasoning_effort: table.reasoning_effort,
            temperature: table.temperature,
            strict: table.strict,
            parallel_tool_calls: table.parallel_tool_calls,
            named_tool_choice: table.named_tool_choice,
            required_tool_choice: table.required_tool_choice,
            token_limit_field: table.token_limit_field,
            prompt_cache_key: table.prompt_cache_key,
            checks_model: table.checks_model,
            is_led: table.is_led,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_a_name_or_a_table() {
        let name: Profile = serde_json::from_str(r#""llama_cpp""#).unwrap();
        assert_eq!(name, Profile::new(Preset::LlamaCpp));
        let table: Profile = serde_json::from_str(
            r#"{"preset":"openai","reasoning_effort":"omit","temperature":0.5}"#,
        )
        .unwrap();
        let habits = table.habits().unwrap();
        assert_eq!((habits.reasoning_effort, habits.temperature), (Effort::Omit, Some(0.5)));
        assert!(habits.strict && habits.named_tool_choice);
    }

    #[test]
    fn a_profile_that_says_something_unknown_is_refused() {
        assert!(serde_json::from_str::<Profile>(r#""opnai""#).is_err());
        assert!(serde_json::from_str::<Profile>(r#"{"preset":"openai","top_p":1}"#).is_err());
    }

    #[test]
    fn a_temperature_out_of_range_is_refused() {
        let profile = Profile { temperature: Some(2.5), ..Profile::default() };
        assert!(matches!(
            profile.habits(),
            Err(Error::Setting { setting: "profile.temperature", .. })
        ));
        let profile = Profile { temperature: Some(f32::NAN), ..Profile::default() };
        assert!(profile.habits().is_err());
    }
}
