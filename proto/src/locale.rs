//! The language a caller reads: English or Chinese, for as long as the call lasts.

use std::future::Future;

/// A language that messages to people are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// 简体中文
    Zh,
}

tokio::task_local! {
    static CURRENT: Locale;
}

impl Locale {
    /// Returns the language of the call that runs now; English outside any call.
    pub fn current() -> Self {
        CURRENT.try_with(|locale| *locale).unwrap_or_default()
    }

    /// Runs `future` with this language.
    pub fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, future)
    }

    /// Chooses the better of the two for an `Accept-Language` value: the one with the higher weight, English on a
    /// tie of absence (RFC 9110 section 12.5.4).
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best = (Self::En, 0.0);
        for range in accept_language.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
            let locale = match tag.split('-').next() {
                Some("zh") => Self::Zh,
                Some("en") => Self::En,
                _ => continue,
            };
            if weight > best.1 {
                best = (locale, weight);
            }
        }
        best.0
    }

    /// Returns the tag of the language (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// Returns the text in this language.
    pub fn pick<T>(self, en: T, zh: T) -> T {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Locale;

    #[test]
    fn the_heavier_language_wins() {
        assert_eq!(Locale::negotiate("zh-CN,zh;q=0.9,en;q=0.8"), Locale::Zh);
        assert_eq!(Locale::negotiate("en-GB, zh;q=0.5"), Locale::En);
        assert_eq!(Locale::negotiate("fr, zh;q=0.1"), Locale::Zh);
        assert_eq!(Locale::negotiate("zh;q=0"), Locale::En);
        assert_eq!(Locale::negotiate(""), Locale::En);
    }
}
