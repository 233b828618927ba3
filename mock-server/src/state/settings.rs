//! Settings: values an administrator changes at run time.

use indexmap::IndexMap;
use serde_json::Value as Json;
use thiserror::Error;

use crate::state::query::PagingSettings;

/// One setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its id, such as `API_Default_Count`.
    pub id: String,
    /// Its value.
    pub value: Json,
    /// The value it started with.
    pub default: Json,
    /// Whether everybody may read it.
    pub public: bool,
    /// `boolean`, `int`, `range` (a number from 0 to 100), `string`, `select`, `password` or `multiSelect` (a list of texts).
    pub kind: String,
}

/// Why a setting could not be set from the command line.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SettingError {
    /// No setting has the id.
    #[error("there is no setting \"{id}\"; {hint}")]
    Unknown {
        /// The id asked for.
        id: String,
        /// What to do.
        hint: String,
    },
    /// The value is of another type than the setting.
    #[error("setting \"{id}\" takes {wanted}, not \"{value}\"")]
    Type {
        /// The setting.
        id: String,
        /// The type it takes, as a readable text.
        wanted: &'static str,
        /// The refused value.
        value: String,
    },
}

/// All settings by id. The ones the hot path reads are kept ready in their own types.
#[derive(Debug, Default)]
pub struct Settings {
    by_id: IndexMap<String, Setting>,
    paging: PagingSettings,
    limiter: Limiter,
    cors: bool,
    restrict_frames: bool,
}

/// The rate limiter's settings.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limiter {
    /// `API_Enable_Rate_Limiter`.
    pub enabled: bool,
    /// `API_Enable_Rate_Limiter_Limit_Calls_Default`: calls within a window.
    pub calls: i64,
    /// `API_Enable_Rate_Limiter_Limit_Time_Default`: the window, milliseconds.
    pub window_ms: i64,
}

impl Settings {
    /// Adds a setting with its starting value.
    pub fn add(&mut self, setting: Setting) {
        self.by_id.insert(setting.id.clone(), setting);
        self.read_hot_values();
    }

    /// The setting `id`, or `None`.
    pub fn get(&self, id: &str) -> Option<&Setting> {
        self.by_id.get(id)
    }

    /// All settings in order.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.by_id.values()
    }

    /// Sets the value of `id`. Returns whether there is such a setting.
    pub fn set(&mut self, id: &str, value: Json) -> bool {
        let Some(setting) = self.by_id.get_mut(id) else { return false };
        setting.value = value;
        self.read_hot_values();
        true
    }

    /// Sets `id` to a value of whatever type.
    ///
    /// # Errors
    /// [`SettingError::Unknown`] when there is no such setting.
    pub fn set_json(&mut self, id: &str, value: Json) -> Result<(), SettingError> {
        if self.set(id, value) { Ok(()) } else { Err(self.unknown(id)) }
    }

    fn unknown(&self, id: &str) -> SettingError {
        let lower = id.to_lowercase();
        let near = self.by_id.keys().find(|known| known.to_lowercase() == lower);
        let hint = near.map_or_else(
            || "`mock-server settings` lists them".to_owned(),
            |known| format!("did you mean \"{known}\"?"),
        );
        SettingError::Unknown { id: id.to_owned(), hint }
    }

    /// Sets `id` from text, read as the setting's type.
    ///
    /// # Errors
    /// [`SettingError`] when there is no such setting or the text is not of its type.
    pub fn set_text(&mut self, id: &str, text: &str) -> Result<(), SettingError> {
        let setting = self.by_id.get(id).ok_or_else(|| self.unknown(id))?;
        let refused = |wanted| SettingError::Type { id: id.to_owned(), wanted, value: text.to_owned() };
        let value = match setting.kind.as_str() {
            "boolean" => Json::Bool(text.to_ascii_lowercase().parse().map_err(|_| refused("true or false"))?),
            "int" => number(text).ok_or_else(|| refused("a number"))?,
            "range" => number(text)
                .filter(|value| out_of_range(setting, value.as_f64()).is_none())
                .ok_or_else(|| refused("a number from 0 to 100"))?,
            "multiSelect" => {
                serde_json::from_str::<Vec<String>>(text).map_err(|_| refused("a JSON list of texts"))?.into()
            }
            _ => Json::from(text),
        };
        self.set(id, value);
        Ok(())
    }

    /// Whether the setting `id` is on; `false` when it is missing or no boolean.
    pub fn is_on(&self, id: &str) -> bool {
        self.get(id).and_then(|setting| setting.value.as_bool()).unwrap_or(false)
    }

    /// The setting `id` as a number; `fallback` when it is missing or none.
    pub fn number(&self, id: &str, fallback: f64) -> f64 {
        self.get(id).and_then(|setting| setting.value.as_f64()).unwrap_or(fallback)
    }

    /// The setting `id` as a whole number, a fraction cut off; `fallback` when it is missing or none.
    pub fn whole(&self, id: &str, fallback: i64) -> i64 {
        let Some(setting) = self.get(id) else { return fallback };
        #[expect(clippy::cast_possible_truncation, reason = "a cast from a double stops at the ends of its range")]
        let cut = || setting.value.as_f64().map(|number| number as i64);
        setting.value.as_i64().or_else(cut).unwrap_or(fallback)
    }

    /// The setting `id` as text; empty when it is missing or none.
    pub fn text(&self, id: &str) -> &str {
        self.get(id).and_then(|setting| setting.value.as_str()).unwrap_or_default()
    }

    /// The paging settings.
    pub fn paging(&self) -> PagingSettings {
        self.paging
    }

    /// The rate limiter's settings.
    pub fn limiter(&self) -> Limiter {
        self.limiter
    }

    /// `API_Enable_CORS`.
    pub fn cors(&self) -> bool {
        self.cors
    }

    /// `Iframe_Restrict_Access`.
    pub fn restricts_frames(&self) -> bool {
        self.restrict_frames
    }

    fn read_hot_values(&mut self) {
        let number = |id: &str| self.get(id).and_then(|setting| setting.value.as_f64()).unwrap_or(f64::NAN);
        self.paging = PagingSettings {
            default_count: number("API_Default_Count"),
            upper_limit: number("API_Upper_Count_Limit"),
            allow_infinite: self.is_on("API_Allow_Infinite_Count"),
        };
        self.limiter = Limiter {
            enabled: self.is_on("API_Enable_Rate_Limiter"),
            calls: self.whole("API_Enable_Rate_Limiter_Limit_Calls_Default", 0),
            window_ms: self.whole("API_Enable_Rate_Limiter_Limit_Time_Default", 0),
        };
        self.cors = self.is_on("API_Enable_CORS");
        self.restrict_frames = self.is_on("Iframe_Restrict_Access");
    }
}

/// How a number is out of the setting's range, as upstream says it; `None` when it is not, and for settings without a range.
///
/// Upstream: `apps/meteor/app/lib/server/lib/checkSettingValueBonds.ts` (spelled so). 0 and `NaN` pass.
pub fn out_of_range(setting: &Setting, value: Option<f64>) -> Option<&'static str> {
    match value? {
        value if setting.kind == "range" && value < 0.0 => Some("greater than or equal to 0"),
        value if setting.kind == "range" && value > 100.0 => Some("less than or equal to 100"),
        _ => None,
    }
}

/// The JSON number `text` is: upstream takes fractions for its `int` settings too. `None` for everything else.
fn number(text: &str) -> Option<Json> {
    let number: serde_json::Number = serde_json::from_str(text).ok()?;
    match number.as_f64() {
        // As JavaScript writes it: 1.0 is 1.
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within what a double holds exactly")]
        Some(double) if double.fract() == 0.0 && double.abs() <= 9e15 => Some(Json::from(double as i64)),
        _ => Some(Json::Number(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Fixtures;
    use crate::host::files;

    #[test]
    fn ranges_and_lists_are_read_from_text() {
        let mut settings = files::settings(&Fixtures::embedded()).unwrap();
        let volume = "Accounts_Default_User_Preferences_masterVolume";
        settings.set_text(volume, "50").unwrap();
        assert_eq!(settings.whole(volume, 0), 50);
        assert!(settings.set_text(volume, "101").is_err() && settings.set_text(volume, "-1").is_err());
        let order = "Accounts_Default_User_Preferences_sidebarSectionsOrder";
        settings.set_text(order, r#"["Unread"]"#).unwrap();
        assert_eq!(settings.get(order).unwrap().value.to_string(), r#"["Unread"]"#);
        assert!(settings.set_text(order, "Unread").is_err());
    }

    #[test]
    fn booleans_are_read_in_either_case() {
        let mut settings = files::settings(&Fixtures::embedded()).unwrap();
        for (text, value) in [("TRUE", true), ("false", false), ("True", true), ("FALSE", false)] {
            settings.set_text("API_Enable_CORS", text).unwrap();
            assert_eq!(settings.is_on("API_Enable_CORS"), value, "{text}");
        }
        let refused = settings.set_text("API_Enable_CORS", "1").unwrap_err().to_string();
        assert_eq!(refused, "setting \"API_Enable_CORS\" takes true or false, not \"1\"");
    }

    #[test]
    fn numbers_are_read_from_text_as_json_has_them() {
        let mut settings = files::settings(&Fixtures::embedded()).unwrap();
        let id = "API_Default_Count";
        for (text, value) in [("7", "7"), ("0.05", "0.05"), ("-1", "-1"), ("1e2", "100"), ("2.0", "2")] {
            settings.set_text(id, text).unwrap();
            assert_eq!(settings.get(id).unwrap().value.to_string(), value);
        }
        assert_eq!(settings.whole(id, 0), 2);
        settings.set_text(id, "2.9").unwrap();
        assert_eq!((settings.whole(id, 0), settings.number(id, 0.0)), (2, 2.9));
        for text in ["", "many", "NaN", "Infinity", "1e999", "0x10", "\"7\""] {
            assert!(matches!(settings.set_text(id, text), Err(SettingError::Type { .. })), "{text}");
        }
    }
}
