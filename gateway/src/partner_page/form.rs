//! What the page's forms send.

use tonic::Status;
use uuid::Uuid;

use crate::error::Error;

/// A form as it was sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The form's own token: sent again with it, the form acts no second time.
    pub(super) once: Uuid,
    /// What was written into it; empty where it has no place for words.
    pub(super) text: String,
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a form that the page did not make.
    pub(super) fn read(body: &[u8]) -> Result<Self, Status> {
        let (mut once, mut text) = (None, String::new());
        for (name, value) in form_urlencoded::parse(body) {
            match name.as_ref() {
                "once" => once = value.parse().ok(),
                // Browsers end lines with both characters.
                "text" => text = value.replace("\r\n", "\n").trim().to_owned(),
                _ => {}
            }
        }
        let once = once.ok_or_else(|| Error::malformed("once", "is not of this page", "不是本页面的表单"))?;
        Ok(Self { once, text })
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn only_forms_of_the_page_are_read() {
        let form = b"once=01890a5d-ac96-774b-bcce-b302099a8057&text=+%E5%B7%B2%E5%88%B0%0D%0A%E5%9C%BA+";
        assert_eq!(Form::read(form).expect("a form").text, "已到\n场");
        for other in [&b""[..], b"text=x", b"once=1&text=x", b"\xff\xfe"] {
            assert!(Form::read(other).is_err());
        }
    }
}
