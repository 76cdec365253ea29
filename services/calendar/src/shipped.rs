//! The data files compiled into the crate.

use std::borrow::Cow;

use rust_embed::Embed;

#[derive(Embed)]
#[folder = "data/"]
struct Data;

/// Returns the text of `data/calendars.toml`.
pub(crate) fn calendars() -> String {
    text("calendars.toml")
}

/// Returns region, year and text of every `data/<region>/<year>.toml`.
pub(crate) fn year_files() -> impl Iterator<Item = (String, i32, String)> {
    Data::iter().filter_map(|path: Cow<'static, str>| {
        let (region, file) = path.split_once('/')?;
        let year = file.strip_suffix(".toml")?.parse().ok()?;
        Some((region.to_owned(), year, text(&path)))
    })
}

fn text(path: &str) -> String {
    Data::get(path).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default()
}
