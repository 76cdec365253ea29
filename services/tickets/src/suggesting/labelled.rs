//! Labelled texts in files: CSV with a subject or a body, and the category by its code or by its labels.

use std::path::Path;

use csv::StringRecord;

use super::Known;
use crate::domain::catalogue::Catalogue;
use crate::error::Error;

/// A text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    subject: String,
    description: String,
    category: Named,
}

/// How a file names the category.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    /// By its code.
    Code(String),
    /// By the labels on the way to it.
    Labels(Vec<String>),
}

/// Reads a file.
///
/// # Errors
/// [`Error::Settings`].
pub(super) fn read(path: &Path) -> Result<Vec<Row>, Error> {
    let wrong = |why: String| Error::Settings(format!("labelled texts of {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
    let columns = Columns::of(&header).ok_or_else(|| {
        wrong(
            "the header needs `subject` or `body`, and `category_code` or `level1`, `level2` and so on"
                .into(),
        )
    })?;
    let rows = reader.records().map(|record| record.map(|record| columns.row(&record)));
    rows.collect::<Result<_, _>>().map_err(|error| wrong(error.to_string()))
}

impl Row {
    /// Returns the text with its category, where the catalogue has that.
    pub(super) fn known(&self, catalogue: &Catalogue) -> Option<Known> {
        let code = match &self.category {
            Named::Code(code) => catalogue.get(code)?.code.clone(),
            Named::Labels(labels) => labels.iter().try_fold(String::new(), |above, label| {
                let is = |category: &&_| is_below(category, &above, label);
                catalogue.0.iter().find(is).map(|category| category.code.clone())
            })?,
        };
        Some(Known { subject: self.subject.clone(), description: self.description.clone(), code })
    }
}

fn is_below(category: &crate::domain::catalogue::Category, above: &str, label: &str) -> bool {
    category.parent_code == above && category.label_zh == label
}

struct Columns {
    subject: Option<usize>,
    body: Option<usize>,
    code: Option<usize>,
    levels: Vec<usize>,
}

impl Columns {
    fn of(header: &StringRecord) -> Option<Self> {
        let place = |name: &str| header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
        let levels: Vec<usize> =
            (1..=header.len()).map_while(|level| place(&format!("level{level}"))).collect();
        let body = place("body").or_else(|| place("description"));
        let found = Self { subject: place("subject"), body, code: place("category_code"), levels };
        let has_text = found.subject.is_some() || found.body.is_some();
        (has_text && (found.code.is_some() || !found.levels.is_empty())).then_some(found)
    }

    fn row(&self, record: &StringRecord) -> Row {
        let cell = |place: usize| record.get(place).unwrap_or_default().trim().to_owned();
        let text = |place: Option<usize>| place.map(cell).unwrap_or_default();
        let labels = self.levels.iter().map(|level| cell(*level)).take_while(|label| !label.is_empty());
        let category =
            self.code.map_or_else(|| Named::Labels(labels.collect()), |code| Named::Code(cell(code)));
        Row { subject: text(self.subject), description: text(self.body), category }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::shipped;

    fn codes(text: &str) -> Result<Vec<String>, Error> {
        let file = tempfile::NamedTempFile::new().expect("a temp file");
        std::fs::write(file.path(), text).expect("is written");
        let catalogue = Catalogue(shipped().expect("is valid"));
        let rows = read(file.path())?;
        Ok(rows.iter().filter_map(|row| row.known(&catalogue)).map(|known| known.code).collect())
    }

    #[test]
    fn a_category_is_named_by_its_code_or_its_labels_and_others_are_passed_over() {
        let by_code = codes("subject,category_code\n灯,repair.public\n锁,repair.nothing\n").expect("is read");
        assert_eq!(by_code, ["repair.public"]);
        let by_labels = codes("\u{feff}body,level1,level2\n灯,报修服务,物业公共区域报修\n问,咨询解答,\n")
            .expect("is read");
        assert_eq!(by_labels, ["repair.public", "consult"]);
    }

    #[test]
    fn a_file_that_says_too_little_stops_the_start() {
        let refused = codes("subject,colour\n灯,红\n").expect_err("no category");
        assert!(refused.to_string().contains("category_code"), "{refused}");
        assert!(read(Path::new("nowhere.csv")).is_err());
    }
}
