//! What is read, and what is refused by name.

use prost_reflect::DynamicMessage;

use super::read;
use crate::error::Error;
use crate::probe;

fn item(json: &[u8]) -> Result<DynamicMessage, Error> {
    let pool = probe::contract(
        "message Item { string id = 1; int64 count = 2; repeated Part parts = 3; Part part = 4; Kind kind = 5;
                        map<string, string> labels = 6; Item within = 7; bool on = 8; }
         message Part { string the_name = 1; }
         enum Kind { KIND_UNSPECIFIED = 0; KIND_ONE = 1; }",
    );
    read(pool.get_message_by_name("hotline.probe.v1.Item").expect("declared"), json, "")
}

fn refused(json: &[u8]) -> (String, String) {
    match item(json) {
        Err(Error::Malformed { field, en, .. }) => (field, en),
        _ => panic!("{} is not refused", String::from_utf8_lossy(json)),
    }
}

#[test]
fn proto3_json_is_read_in_both_spellings() {
    let read = item(br#"{"id":"a","count":"9007199254740993","parts":[{"theName":"x"},{"the_name":"y"}],"kind":"KIND_ONE"}"#)
        .expect("good");
    assert_eq!(read.get_field_by_name("count").expect("declared").as_i64(), Some(9_007_199_254_740_993));
    assert_eq!(read.get_field_by_name("parts").expect("declared").as_list().expect("a list").len(), 2);
    assert_eq!(read.get_field_by_name("kind").expect("declared").as_enum_number(), Some(1));
}

#[test]
fn no_body_is_an_empty_request() {
    for nothing in ["", " \n", "{}"] {
        assert_eq!(item(nothing.as_bytes()).expect("good").fields().count(), 0, "{nothing:?}");
    }
}

#[test]
fn unknown_fields_are_named_with_their_path() {
    let unknown = |json: &[u8]| {
        let (field, why) = refused(json);
        assert_eq!(why, "is not a field of this request");
        field
    };
    assert_eq!(unknown(br#"{"bogus":1}"#), "bogus");
    assert_eq!(unknown(br#"{"part":{"bogus":1}}"#), "part.bogus");
    assert_eq!(unknown(br#"{"parts":[{"theName":"x"},{"bogus":{}}]}"#), "parts[1].bogus");
}

#[test]
fn wrong_values_are_named_with_their_path() {
    assert_eq!(refused(br#"{"count":"many"}"#).0, "count");
    assert_eq!(refused(br#"{"parts":[{"theName":7}]}"#).0, "parts[0].theName");
    assert_eq!(refused(br#"{"kind":"KIND_NONE"}"#).0, "kind");
    assert_eq!(refused(br#"{"on":"true"}"#).0, "on");
    assert_eq!(refused(br#"{"count":1e400}"#).0, "count");
}

#[test]
fn what_is_no_json_is_refused() {
    for json in ["[]", "null", "7", "{", "{} x", "\u{feff}{}"] {
        assert_eq!(refused(json.as_bytes()).0, "body", "{json}");
    }
    for json in [r#"{"id":NaN}"#, r#"{"id":"\ud800"}"#] {
        assert_eq!(refused(json.as_bytes()).0, "id", "{json}");
    }
    assert_eq!(refused(b"{\"id\":\"\xff\"}").0, "id");
}

#[test]
fn a_key_twice_is_refused() {
    let (_, why) = refused(br#"{"id":"a","id":"b"}"#);
    assert!(why.contains("`id` is given twice"), "{why}");
    assert!(refused(br#"{"labels":{"k":"a","k":"b"}}"#).1.contains("`k` is given twice"));
}

#[test]
fn nul_is_refused_before_a_database_chokes_on_it() {
    let (field, why) = refused(br#"{"part":{"theName":"a\u0000b"}}"#);
    assert_eq!((field.as_str(), why.contains("NUL")), ("part.theName", true));
}

#[test]
fn a_document_of_any_depth_is_survived() {
    let deep = format!("{}{}", "{\"within\":".repeat(10_000), "}".repeat(10_000));
    assert!(refused(deep.as_bytes()).1.contains("recursion limit"));
    let list = "[".repeat(100_000);
    assert!(refused(list.as_bytes()).1.contains("recursion limit"));
}
