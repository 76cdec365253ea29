//! What the calendars of the suite are made from: the shipped ones, with the operator's year files laid over their
//! holidays (T11). What is changed at run time lies over that, in the services.

use anyhow::Context;
use hotline_calendar::Almanac;

use crate::config::Config;

/// The region whose holidays the shipped calendars keep.
const REGION: &str = "cn";

/// Reads calendars and year files.
///
/// # Errors
/// Names the year file that can't be used.
pub fn read(config: &Config) -> anyhow::Result<Almanac> {
    let mut almanac = Almanac::shipped()?;
    let folder = &config.calendar.year_files;
    if !folder.as_os_str().is_empty() {
        let listed = std::fs::read_dir(folder);
        for file in
            listed.with_context(|| format!("calendar.year_files: {} can't be read", folder.display()))?
        {
            let path = file?.path();
            let year = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            let Some(year) = year else { continue };
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("{} can't be read", path.display()))?;
            almanac
                .merge_year(REGION, year, &text)
                .with_context(|| format!("{} can't be used", path.display()))?;
        }
    }
    Ok(almanac)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_year_file_makes_its_year_known() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let mut config = Config::default();
        let covers = |config: &Config| {
            let almanac = super::read(config).expect("calendars");
            almanac.regions().get("cn").is_some_and(|holidays| holidays.covers(2027))
        };
        assert!(!covers(&config));
        let year = r#"{"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}"#;
        std::fs::write(folder.path().join("2027.json"), year).expect("writes");
        config.calendar.year_files = folder.path().to_owned();
        assert!(covers(&config));
    }
}
