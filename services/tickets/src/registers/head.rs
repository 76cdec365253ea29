//! What a file of a register says of itself: its heading, its notes, its name.

use chrono::{DateTime, Utc};
use hotline_core::caller::Caller;
use hotline_sheets::{Column, Format, Table};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Manner;
use crate::domain::register::{Order, View};

/// Returns the head of the file: what it is, of when, and who made it.
pub(super) fn table(order: &Order, manner: &Manner, caller: &Caller, now: DateTime<Utc>) -> Table {
    let View { locale, zone, revealed } = manner.view;
    let shown = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
    let end = |at: Option<DateTime<Utc>>| at.map_or_else(|| "…".to_owned(), shown);
    let range = format!("{}{} – {}", locale.pick("Range: ", "范围："), end(order.from), end(order.to));
    let filters = [
        (locale.pick("Team: ", "班组："), &order.team_key),
        (locale.pick("Project: ", "项目："), &order.project),
        (locale.pick("Category: ", "类别："), &order.category_code),
    ];
    let filters = filters.into_iter().filter(|(_, value)| !value.is_empty());
    let made = format!("{}{} {}", locale.pick("Exported: ", "导出："), caller.subject, shown(now));
    let masked = if revealed {
        locale.pick(
            "Names, contacts and rooms are shown: confidential.",
            "含未脱敏的姓名、联系方式和房号，注意保密。",
        )
    } else {
        locale.pick(
            "Names, contacts and rooms are masked; in texts, mobile numbers, numbers with an area or country code, \
             e-mail addresses, and name, contact and room of the row's customer. Others whom a text names are not.",
            "姓名、联系方式和房号已脱敏；文字内容中的手机号、带区号或国际区号的电话、电子邮箱以及本行客户的姓名、联系方式和房号已脱敏，\
             文字中提到的其他人未脱敏。",
        )
    };
    let notes = [range].into_iter().chain(filters.map(|(label, value)| format!("{label}{value}")));
    let columns = order.kind.columns().iter();
    Table {
        title: order.kind.title(locale).into(),
        language: locale.tag().into(),
        notes: notes.chain([made, masked.to_owned()]).collect(),
        columns: columns.map(|column| Column::new(column.label(locale), column.holds())).collect(),
    }
}

/// Returns how the file is called: by letters that any program takes, and by its title for those that read all of them.
pub(super) fn disposition(order: &Order, manner: &Manner) -> String {
    let View { locale, zone, .. } = manner.view;
    let date = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive().to_string();
    let range: String =
        [order.from, order.to].into_iter().flatten().map(|at| format!(" {}", date(at))).collect();
    let extension = manner.format.extension();
    let title = format!("{}{range}.{extension}", order.kind.title(locale));
    let plain = format!("register-{}{}.{extension}", order.kind.name(), range.replace(' ', "-"));
    let kept = if manner.format == Format::Html { "inline" } else { "attachment" };
    let title = utf8_percent_encode(&title, NON_ALPHANUMERIC);
    format!("{kept}; filename=\"{plain}\"; filename*=UTF-8''{title}")
}
