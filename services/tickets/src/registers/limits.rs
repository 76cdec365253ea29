//! Who may export what, and how much at once.

use hotline_core::caller::Caller;
use hotline_core::error::{Error as Core, Field};
use hotline_proto::auth::v1::Role;
use hotline_sheets::Format;

use super::Manner;
use crate::config::Registers as Limits;
use crate::error::Error;
use crate::store::Size;

/// Bytes that a row of a workbook takes while it is made, beside what people wrote, and a character of that.
const ROW: u64 = 1500;
const CHARACTER: u64 = 3;

/// Roles that may see names, contacts and rooms in a file.
const MAY_REVEAL: [Role; 3] = [Role::Supervisor, Role::Admin, Role::Quality];

/// Checks that names, contacts and rooms are shown only to those who may see them and say why (C12).
///
/// # Errors
/// [`Core::Forbidden`]; [`Error::Fields`] without a reason.
pub(super) fn check_reveal(manner: &Manner, caller: &Caller) -> Result<(), Error> {
    if !manner.view.revealed {
        return Ok(());
    }
    if !MAY_REVEAL.iter().any(|role| caller.has(*role)) {
        let refusal = Core::Forbidden(
            "only supervisors, administrators and quality inspectors may export names, contacts and rooms",
            "仅主管、管理员和质管可导出未脱敏的姓名、联系方式和房号",
        );
        return Err(refusal.into());
    }
    if manner.reason.trim().is_empty() {
        let field = Field {
            path: "reason".into(),
            en: "is required with `reveal`: it is recorded who saw them and why".into(),
            zh: "与 `reveal` 同时必填：将记录何人因何查看".into(),
        };
        return Err(Error::Fields(vec![field]));
    }
    Ok(())
}

/// Checks that an export has no more rows than one may have, and that the temporary files of a workbook have room.
///
/// # Errors
/// [`Error::Fields`] that names what would make it less.
pub(super) fn check_size(size: Size, format: Format, limits: &Limits) -> Result<(), Error> {
    let refused = |path: &str, en: String, zh: String| {
        Err(Error::Fields(vec![Field { path: path.to_owned(), en, zh }]))
    };
    let most = limits.export_rows;
    if size.rows > most.into() {
        let en = format!("leaves more than {most} rows: choose a shorter range and export it in parts");
        return refused("to", en, format!("所选范围超过 {most} 行：请缩短范围，分次导出"));
    }
    let (needed, room) = ((size.rows * ROW + size.characters * CHARACTER) >> 20, limits.workbook_megabytes);
    if format == Format::Xlsx && needed > room.into() {
        let en = format!(
            "would need {needed} MB while a workbook is made, of which there are {room}: choose csv or html, or a shorter range"
        );
        return refused(
            "format",
            en,
            format!("生成工作簿约需 {needed} MB 临时空间，上限为 {room} MB：请改用 csv 或 html，或缩短范围"),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(size: Size, format: Format) -> Option<String> {
        let limits = Limits { export_rows: 1000, workbook_megabytes: 10 };
        match check_size(size, format, &limits) {
            Ok(()) => None,
            Err(Error::Fields(fields)) => Some(fields[0].path.clone()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_too_much_is_refused_by_what_would_make_it_less() {
        let csv = Format::Csv { mark: true };
        assert_eq!(refused(Size { rows: 1000, characters: 0 }, Format::Xlsx), None);
        assert_eq!(refused(Size { rows: 1001, characters: 0 }, csv).as_deref(), Some("to"));
        let long = Size { rows: 10, characters: 4 << 20 };
        assert_eq!(refused(long, Format::Xlsx).as_deref(), Some("format"));
        assert_eq!((refused(long, csv), refused(long, Format::Html)), (None, None), "these need no room");
    }
}
