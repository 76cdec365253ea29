//! Consents that are asked for, and those that do not do.

use super::*;

const LIMITS: Limits =
    Limits { session: TimeDelta::hours(4), agreed: TimeDelta::hours(24), consent: TimeDelta::minutes(15) };

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn agreed(minute: i64) -> Option<Consent> {
    Some(Consent { by: "王芳".into(), at: at(minute), channel: Channel::Phone.into() })
}

fn start(consent: Option<Consent>) -> Result<RemoteSession, Error> {
    let given = Beginning {
        about: About::default(),
        agent: "engineer".into(),
        team_key: "second-line-network".into(),
        purpose: "检查网卡设置".into(),
        tool: "向日葵".into(),
        consent,
    };
    RemoteSession::start(Uuid::nil(), given, at(10), LIMITS)
}

fn change(session: RemoteSession, consent: Option<Consent>, minute: i64) -> Result<RemoteSession, Error> {
    let what = |consent| Change {
        at: at(minute),
        by: "engineer".into(),
        scope: "DNS".into(),
        effect: "网络中断一分钟".into(),
        what: "改为自动获取".into(),
        consent,
    };
    session.change(what, consent, at(minute), LIMITS)
}

fn field(refused: Error) -> &'static str {
    match refused {
        Error::Core(CoreError::Field { field, .. }) => field,
        other => panic!("{other}"),
    }
}

#[test]
fn without_a_consent_there_is_no_session() {
    assert_eq!(field(start(None).expect_err("no consent")), "customerConsent");
    assert_eq!(field(start(agreed(11)).expect_err("not yet")), "customerConsent.at");
    assert_eq!(field(start(agreed(10 - 24 * 60 - 1)).expect_err("the day before")), "customerConsent.at");
    assert!(start(agreed(10 - 24 * 60)).is_ok());
    assert_eq!(start(agreed(9)).expect("agreed").ends_by, at(250));
}

#[test]
fn a_change_needs_a_consent_of_its_own() {
    let session = start(agreed(9)).expect("agreed");
    assert_eq!(field(change(session.clone(), None, 12).expect_err("no consent")), "customerConsent");
    let first = change(session.clone(), agreed(9), 12).expect_err("that is the consent to the session");
    assert_eq!(field(first), "customerConsent.at");
    assert_eq!(field(change(session.clone(), agreed(13), 12).expect_err("not yet")), "customerConsent.at");
    let changed = change(session, agreed(11), 12).expect("agreed twice");
    assert_eq!((changed.changes.len(), changed.version), (1, 2));
}

#[test]
fn a_consent_is_good_for_one_change_and_not_for_long() {
    let session = start(agreed(10)).expect("agreed");
    let of_session = change(session.clone(), agreed(10), 12).expect_err("that is the consent to the session");
    assert_eq!(field(of_session), "customerConsent.at");
    let changed = change(session.clone(), agreed(11), 12).expect("agreed");
    for (consent, minute) in [(11, 13), (10, 13)] {
        let again = change(changed.clone(), agreed(consent), minute).expect_err("that was another change's");
        assert_eq!(field(again), "customerConsent.at");
    }
    assert_eq!(change(changed, agreed(12), 13).expect("agreed again").changes.len(), 2);
    let old = change(session.clone(), agreed(11), 27).expect_err("sixteen minutes ago");
    assert_eq!(field(old), "customerConsent.at");
    assert!(change(session, agreed(11), 26).is_ok());
}

#[test]
fn what_has_ended_is_not_changed_any_more() {
    let session = start(agreed(9)).expect("agreed");
    let ended = session.clone().end("已恢复".into(), "engineer".into(), at(20)).expect("ends");
    assert!(
        matches!(change(ended.clone(), agreed(21), 21), Err(Error::SessionEnded { at: when }) if when == at(20))
    );
    assert!(
        ended.clone().end(String::new(), String::new(), at(22)).is_err()
            && ended.expire(String::new()).is_none()
    );
    let late = change(session.clone(), agreed(250), 250).expect_err("its time is over, swept or not");
    assert!(matches!(late, Error::SessionEnded { at: when } if when == at(250)));
    let expired =
        session.expire("service:customers".into()).and_then(|session| session.ending).expect("ends");
    assert!(expired.expired && expired.at == at(250));
}

#[test]
fn a_session_holds_so_many_changes() {
    let mut session = start(agreed(9)).expect("agreed");
    let mut minute = 11;
    for _ in 0..MOST_CHANGES {
        session = change(session, agreed(minute), minute).expect("is recorded");
        minute += 1;
    }
    let one_more = change(session, agreed(minute), minute);
    assert!(matches!(one_more, Err(Error::TooManyChanges { most: MOST_CHANGES })));
}
