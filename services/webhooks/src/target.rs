//! The URL of a receiver, read as browsers read it: `http://2130706433/` and `http://0x7f.1/` are 127.0.0.1 here too.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::address::Rules;

/// Characters of a URL at most.
const LONGEST: usize = 2000;

/// Why a URL can't be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadTarget {
    /// It is no URL, or too long.
    Unreadable,
    /// It is not `https`, or not `http` where that is allowed.
    Scheme,
    /// It carries a name or a password, which would be kept in the clear.
    UserInfo,
    /// It carries a fragment, which is sent to nobody.
    Fragment,
    /// It names an address that must not be called.
    Inside,
}

impl BadTarget {
    /// Returns what is wrong in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Unreadable => "必须是不超过 2000 个字符的 URL",
            Self::Scheme => "必须以 https:// 开头",
            Self::UserInfo => "不得包含用户名或密码",
            Self::Fragment => "不得包含片段（#）",
            Self::Inside => "必须是公网地址",
        }
    }

    /// Returns what is wrong in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Unreadable => "must be a URL of 2000 characters at most",
            Self::Scheme => "must begin with https://",
            Self::UserInfo => "must not carry a user name or password",
            Self::Fragment => "must not carry a fragment",
            Self::Inside => "must name a public address",
        }
    }
}

impl fmt::Display for BadTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.en())
    }
}

impl std::error::Error for BadTarget {}

/// Reads the URL of a receiver. A name may lead anywhere until it is looked up, so this refuses only what can be seen: the
/// address itself is checked again when it is called.
///
/// # Errors
/// [`BadTarget`].
pub fn read(text: &str, rules: &Rules) -> Result<Url, BadTarget> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= LONGEST).ok_or(BadTarget::Unreadable)?;
    match url.scheme() {
        "https" => {}
        "http" if rules.allow_http => {}
        _ => return Err(BadTarget::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadTarget::UserInfo);
    }
    if url.fragment().is_some() {
        return Err(BadTarget::Fragment);
    }
    let inside = match url.host() {
        None => return Err(BadTarget::Unreadable),
        Some(Host::Ipv4(address)) => !rules.permit(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => !rules.permit(IpAddr::V6(address)),
        Some(Host::Domain(name)) => names_this_machine(name) && rules.allowed.is_empty(),
    };
    if inside { Err(BadTarget::Inside) } else { Ok(url) }
}

fn names_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::{BadTarget, read};
    use crate::address::Rules;

    fn refused(text: &str) -> BadTarget {
        read(text, &Rules::default()).expect_err(text)
    }

    /// D19.
    #[test]
    fn what_can_be_seen_to_lead_inside_is_refused_at_once() {
        let open = Rules { allow_http: true, ..Rules::default() };
        for text in [
            "http://169.254.169.254/latest/meta-data",
            "http://[::1]/",
            "http://10.0.0.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://１２７.0.0.1/",
        ] {
            assert_eq!(read(text, &open), Err(BadTarget::Inside), "{text}");
        }
    }

    #[test]
    fn odd_urls_are_refused() {
        for text in
            ["gopher://example.com/", "file:///etc/passwd", "ftp://example.com/", "http://example.com/"]
        {
            assert_eq!(refused(text), BadTarget::Scheme, "{text}");
        }
        for text in
            ["", "example.com", "https://", "//example.com", &format!("https://a.com/{}", "a".repeat(2000))]
        {
            assert_eq!(refused(text), BadTarget::Unreadable, "{text}");
        }
        for text in
            ["https://user@example.com/", "https://:word@example.com/", "https://example.com@127.0.0.1/"]
        {
            assert_eq!(refused(text), BadTarget::UserInfo, "{text}");
        }
        assert_eq!(refused("https://example.com/#here"), BadTarget::Fragment);
    }

    #[test]
    fn a_url_is_kept_as_it_will_be_called() {
        let url = read("HTTPS://Example.com:443/hook?team=a", &Rules::default()).expect("a target");
        assert_eq!(url.as_str(), "https://example.com/hook?team=a");
        let inside = Rules::new(&["127.0.0.0/8".into()], true).expect("networks");
        assert!(read("http://127.0.0.1:8080/hook", &inside).is_ok());
    }
}
