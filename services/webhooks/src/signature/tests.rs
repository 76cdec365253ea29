use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::{Forged, Secret, Signed, TOLERANCE, signatures, verify};

const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SENT: i64 = 1_614_265_330;

fn secret() -> Secret {
    Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret")
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(SENT, 0).expect("a time")
}

/// Secret, id, time, body and signature as the libraries of the specification have them in their own tests.
const PUBLISHED: [(&str, &str, i64, &str, &str); 2] = [
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
    (
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ID,
        SENT,
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
];

#[test]
fn the_published_vectors_come_out() {
    for (secret, id, sent, body, signature) in PUBLISHED {
        let secrets = [Secret::parse(secret).expect("a secret")];
        assert_eq!(signatures(&secrets, id, sent, body.as_bytes()), signature);
        let timestamp = sent.to_string();
        let signed = Signed { id, timestamp: &timestamp, signature };
        let at = DateTime::from_timestamp(sent, 0).expect("a time");
        assert_eq!(verify(&secrets, &signed, body.as_bytes(), at), Ok(()));
    }
}

#[test]
fn a_secret_has_24_to_64_bytes_and_is_not_shown() {
    assert_eq!(secret().text(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    assert_eq!(format!("{:?}", secret()), "***");
    let fresh = Secret::generate();
    assert_eq!(Secret::parse(&fresh.text()), Ok(fresh.clone()));
    assert_ne!(fresh, Secret::generate());
    for text in ["", "whsec_", "whsec_c2hvcnQ=", "whsec_no base64!", &format!("whsec_{}", "AAAA".repeat(22))]
    {
        assert!(Secret::parse(text).is_err(), "{text}");
    }
}

#[test]
fn each_attempt_is_signed_for_its_own_time() {
    let secrets = [secret()];
    assert_ne!(signatures(&secrets, ID, SENT, BODY), signatures(&secrets, ID, SENT + 1, BODY));
}

#[test]
fn during_a_rotation_either_secret_is_enough() {
    let (old, new, stranger) = (secret(), Secret::generate(), Secret::generate());
    let both = signatures(&[new.clone(), old.clone()], ID, SENT, BODY);
    assert_eq!(both.split(' ').count(), 2);
    let timestamp = SENT.to_string();
    let signed = Signed { id: ID, timestamp: &timestamp, signature: &both };
    for known in [old, new] {
        assert_eq!(verify(&[known], &signed, BODY, now()), Ok(()));
    }
    assert_eq!(verify(&[stranger], &signed, BODY, now()), Err(Forged::Signature));
}

/// D18.
#[test]
fn what_was_tampered_with_is_refused() {
    let (secrets, timestamp) = ([secret()], SENT.to_string());
    let signature = signatures(&secrets, ID, SENT, BODY);
    let good = Signed { id: ID, timestamp: &timestamp, signature: &signature };
    let check = |signed: Signed<'_>, body: &[u8]| verify(&secrets, &signed, body, now());
    assert_eq!(check(good, BODY), Ok(()));
    assert_eq!(check(good, br#"{"test": 2432232315}"#), Err(Forged::Signature), "one byte");
    assert_eq!(check(Signed { id: "msg_other", ..good }, BODY), Err(Forged::Signature));
    let later = (SENT + 1).to_string();
    assert_eq!(check(Signed { timestamp: &later, ..good }, BODY), Err(Forged::Signature));
    let stripped = signature.trim_start_matches("v1,");
    for wrong in [stripped, "", "v1,", "v1,AAAA", &signature.replace("v1,", "v1a,"), &signature[..20]] {
        assert_eq!(check(Signed { signature: wrong, ..good }, BODY), Err(Forged::Signature), "{wrong}");
    }
    for id in ["", "a.b", "空", "a b"] {
        assert_eq!(check(Signed { id, ..good }, BODY), Err(Forged::Id), "{id}");
    }
    for timestamp in ["", "now", "-1", "+1614265330", "99999999999999999999"] {
        assert_eq!(check(Signed { timestamp, ..good }, BODY), Err(Forged::Timestamp), "{timestamp}");
    }
}

#[test]
fn an_old_message_and_one_of_the_future_are_refused() {
    let (secrets, timestamp) = ([secret()], SENT.to_string());
    let signature = signatures(&secrets, ID, SENT, BODY);
    let signed = Signed { id: ID, timestamp: &timestamp, signature: &signature };
    let second = TimeDelta::seconds(1);
    for at in [now() + TOLERANCE, now() - TOLERANCE] {
        assert_eq!(verify(&secrets, &signed, BODY, at), Ok(()));
    }
    for at in [now() + TOLERANCE + second, now() - TOLERANCE - second] {
        assert_eq!(verify(&secrets, &signed, BODY, at), Err(Forged::Age));
    }
}

#[test]
fn the_official_library_takes_what_is_signed_here() {
    let secret = Secret::generate();
    let theirs = standardwebhooks::Webhook::new(&secret.text()).expect("their secret");
    let ours = signatures(&[secret], ID, SENT, BODY);
    assert_eq!(theirs.sign(ID, SENT, BODY).expect("they sign"), ours);
}

proptest! {
    #[test]
    fn nothing_that_is_sent_brings_the_check_down(
        id in ".{0,40}", timestamp in ".{0,12}", signature in ".{0,80}", body in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let signed = Signed { id: &id, timestamp: &timestamp, signature: &signature };
        prop_assert!(verify(&[secret()], &signed, &body, now()).is_err());
    }
}
