//! What is learned and what is not.

use super::*;

const TOPICS: [(&str, [&str; 6]); 3] = [
    ("net", ["宽带断线", "光猫红灯上不了网", "网速很慢", "宽带无法上网", "路由器没有信号", "网络断断续续"]),
    (
        "water",
        ["水管漏水", "厨房下水道堵塞", "水压太低", "停水了没有水", "水龙头坏了漏水", "卫生间漏水到楼下"],
    ),
    ("noise", ["楼上装修噪音", "广场舞太吵", "夜间施工噪音扰民", "楼上深夜吵闹", "酒吧噪音太大", "狗叫扰民"]),
];

fn samples() -> Vec<Sample<'static>> {
    let of = |(label, bodies): &'static (&str, [&str; 6])| {
        bodies.iter().map(move |body| Sample { text: Text { title: "", body }, label })
    };
    TOPICS.iter().flat_map(of).collect()
}

fn loose() -> Settings {
    Settings { least_texts: 1, ..Settings::default() }
}

fn asked(body: &str) -> Text<'_> {
    Text { title: "", body }
}

#[test]
fn the_likeliest_label_comes_first_and_all_shares_add_up() {
    let model = Categorizer::learn(&samples(), &loose()).expect("is learned");
    assert_eq!(model.labels(), ["net", "noise", "water"]);
    for (body, label) in [("家里宽带没有网", "net"), ("楼下漏水", "water"), ("隔壁噪音", "noise")]
    {
        let suggested = model.suggest(asked(body), 3);
        assert_eq!(suggested[0].label, label, "{body}");
        assert!((suggested.iter().map(|one| one.confidence).sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(model.suggest(asked(body), 1).len(), 1);
    }
}

#[test]
fn of_what_it_has_never_read_it_says_nothing() {
    let model = Categorizer::learn(&samples(), &loose()).expect("is learned");
    assert!(model.suggest(asked(""), 3).is_empty());
    assert!(model.suggest(asked("qqq"), 3).is_empty());
}

#[test]
fn the_same_texts_make_the_same_model_which_comes_back_from_where_it_was_kept() {
    let model = Categorizer::learn(&samples(), &loose()).expect("is learned");
    assert_eq!(model, Categorizer::learn(&samples(), &loose()).expect("is learned"));
    let kept = serde_json::to_string(&model).expect("is written");
    let back: Categorizer = serde_json::from_str(&kept).expect("is read");
    assert_eq!(back.suggest(asked("水管"), 3)[0].label, model.suggest(asked("水管"), 3)[0].label);
}

#[test]
fn one_label_is_nothing_to_tell_apart() {
    let one: Vec<Sample<'_>> = samples().into_iter().take(6).collect();
    assert!(matches!(Categorizer::learn(&one, &loose()), Err(Error::Labels(1))));
    assert!(matches!(Categorizer::learn(&[], &loose()), Err(Error::Labels(0))));
    let senseless = Settings { longest: 4, ..loose() };
    assert!(matches!(Categorizer::learn(&samples(), &senseless), Err(Error::Settings(_))));
}

#[test]
fn every_text_is_judged_once_by_a_model_that_has_not_read_it() {
    let found = evaluation::cross_validate(&samples(), 6, &loose()).expect("is judged");
    assert_eq!(found.texts(), 18);
    assert!(found.accuracy() > found.baseline(), "{found:?}");
    assert!(matches!(evaluation::cross_validate(&samples(), 1, &loose()), Err(Error::Settings(_))));
}
