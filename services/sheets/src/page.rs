//! Pages to read and print.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{Cell, Footer, Kind, Table};

/// Where rows and footers go in the page around them. Text of a table can't hold them: it is escaped.
const ROWS: &str = "<!--rows-->";
const FOOTERS: &str = "<!--footers-->";

const STYLE: &str = "\
body{font:14px/1.5 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;margin:24px;color:#1a2330}\
h1{font-size:20px;margin:0 0 4px}\
p{margin:0;color:#546070}\
table{border-collapse:collapse;width:100%;margin-top:12px}\
th,td{border:1px solid #c9d2dc;padding:4px 6px;text-align:left;vertical-align:top;white-space:pre-line;overflow-wrap:anywhere}\
th{background:#dde6f0;position:sticky;top:0}\
td.number{text-align:right;white-space:nowrap}\
td.word{white-space:nowrap}\
td.prose{min-width:16em}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;margin-top:12px}\
dt{font-weight:600}dd{margin:0}\
@page{size:A4 landscape;margin:12mm}\
@media print{body{margin:0;font-size:10px}thead{display:table-header-group}tr{break-inside:avoid}th{position:static}}";

pub(crate) struct Writer {
    kinds: Vec<Kind>,
    /// What stands before the rows, until it is handed out with the first of them.
    before: String,
    /// What stands between rows and footers, and after those.
    after: (String, String),
}

impl Writer {
    pub(crate) fn new(table: &Table) -> Self {
        let page = frame(table).into_string();
        let (before, after) = page.split_once(ROWS).unwrap_or((&page, ""));
        let (between, after) = after.split_once(FOOTERS).unwrap_or((after, ""));
        Self {
            kinds: table.columns.iter().map(|column| column.kind).collect(),
            before: before.to_owned(),
            after: (between.to_owned(), after.to_owned()),
        }
    }

    pub(crate) fn write(&mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Vec<u8> {
        let mut ready = std::mem::take(&mut self.before);
        for row in rows {
            let row = html! {
                tr { @for (cell, kind) in row.into_iter().zip(&self.kinds) { td class=(class(*kind)) { (value(cell)) } } }
                "\n"
            };
            ready.push_str(&row.into_string());
        }
        ready.into_bytes()
    }

    pub(crate) fn finish(self, footers: &[Footer]) -> Vec<u8> {
        let (between, after) = self.after;
        let footers = html! {
            @if !footers.is_empty() {
                dl { @for Footer { label, value: told } in footers { dt { (label) } dd { (value(told.clone())) } } }
            }
        };
        [self.before, between, footers.into_string(), after].concat().into_bytes()
    }
}

fn frame(table: &Table) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(table.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (table.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (table.title) }
                @for note in &table.notes { p { (note) } }
                table {
                    thead { tr { @for column in &table.columns { th scope="col" { (column.heading) } } } }
                    tbody { "\n" (PreEscaped(ROWS)) }
                }
                (PreEscaped(FOOTERS))
            }
        }
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Prose => "prose",
        Kind::Number | Kind::Share => "number",
        Kind::Word | Kind::Date | Kind::Time => "word",
    }
}

fn value(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text,
        Cell::Number(number) => number.to_string(),
        Cell::Share(share) => format!("{:.1}%", share * 100.0),
        Cell::Date(date) => date.to_string(),
        Cell::Time(time) => time.format("%Y-%m-%d %H:%M").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    fn table() -> Table {
        Table {
            title: "投诉登记表".into(),
            language: "zh-CN".into(),
            notes: vec!["<b>".into()],
            columns: vec![Column::new("内容", Kind::Prose), Column::new("完整率", Kind::Share)],
        }
    }

    fn written(pieces: Vec<Vec<Vec<Cell>>>, footers: &[Footer]) -> String {
        let mut writer = Writer::new(&table());
        let mut file: Vec<u8> = pieces.into_iter().flat_map(|rows| writer.write(rows)).collect();
        file.extend(writer.finish(footers));
        String::from_utf8(file).expect("text")
    }

    #[test]
    fn what_people_wrote_is_shown_and_does_nothing() {
        let row = vec![Cell::Text("<script>alert(1)</script> & \"<!--rows-->\"".into()), Cell::Share(0.625)];
        let footers = [Footer { label: "平均<i>".into(), value: Cell::Number(3.0) }];
        let page = written(vec![vec![row]], &footers);
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;&lt;!--rows--&gt;&quot;"),
            "{page}"
        );
        assert!(page.contains("62.5%") && page.contains("<dt>平均&lt;i&gt;</dt><dd>3</dd>"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
        assert!(
            page.starts_with("<!DOCTYPE html><html lang=\"zh-CN\">") && page.ends_with("</body></html>"),
            "{page}"
        );
    }

    #[test]
    fn pieces_make_the_page_that_one_piece_makes() {
        let row = |text: &str| vec![Cell::Text(text.into()), Cell::Empty];
        let whole = written(vec![vec![row("一"), row("二"), row("三")]], &[]);
        assert_eq!(written(vec![vec![row("一")], Vec::new(), vec![row("二"), row("三")]], &[]), whole);
        assert_eq!(whole.matches("<tr>").count(), 4, "three rows and the heading");
        assert!(written(Vec::new(), &[]).contains("<tbody>\n</tbody>"), "a page without rows is whole");
    }
}
