//! An explanation as a picture: a timeline of each clock that shows at a glance what counted and what did not.
//!
//! What people wrote becomes text nodes, which escape it, and never an attribute.

use svg::node::element::{Definitions, Description, Group, Line, Pattern, Rectangle, Style, Text, Title};
use svg::node::{Node, Text as Words};
use svg::{Document, node::element::Element};

use crate::domain::explain::{Explanation, summary};

mod axis;
mod bar;
mod lane;
mod words;

/// The picture's width, in pixels, and where its content begins and ends.
const WIDTH: f64 = 1200.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 1160.0;
/// The height of the title and of the legend.
const HEAD: f64 = 76.0;
const LEGEND: f64 = 52.0;

const STYLE: &str = "\
    text{font:12px system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','WenQuanYi Micro Hei',sans-serif;\
    fill:#1f2933}\
    .h1{font-size:18px;font-weight:600}.h2{font-size:14px;font-weight:600}.quiet{fill:#616e7c}\
    .m{text-anchor:middle}.e{text-anchor:end}.halo{paint-order:stroke;stroke:#fff;stroke-width:4px}\
    .bar{stroke-width:40;fill:none}\
    .good{stroke:#2f9e5f}.warned{stroke:#f2a71b}.late{stroke:#d64545}.paused{stroke:url(#paused)}\
    .closed{stroke:#e4e7eb}.ahead{opacity:.45}\
    .tick{stroke:#cbd2d9}.midnight{stroke:#9aa5b1}.mark{stroke:#1f2933;stroke-width:1.5}\
    .mark.due{stroke:#d64545;stroke-width:2.5}.mark.warn{stroke:#c77d0a;stroke-dasharray:5 3}\
    .mark.now{stroke:#2563eb;stroke-width:2;stroke-dasharray:2 2}.mark.old{stroke:#d64545;stroke-dasharray:5 3}\
    .number{fill:#fff;stroke:#2f9e5f}";

/// Returns the picture, as the text of an SVG document.
pub(crate) fn draw(explanation: &Explanation) -> String {
    let mut lanes = Group::new();
    let mut y = HEAD;
    for clock in &explanation.clocks {
        let (lane, height) = lane::draw(clock, explanation.as_of, y);
        lanes.append(lane);
        y += height;
    }
    if explanation.clocks.is_empty() {
        lanes.append(text(LEFT, y + 10.0, "没有承诺时限 No time is promised", "h2"));
        y += 40.0;
    }
    let height = y + LEGEND;
    let document = Document::new()
        .set("viewBox", (0, 0, WIDTH, height))
        .set("width", WIDTH)
        .set("height", height)
        .set("role", "img")
        .set("aria-labelledby", "title desc")
        .set("lang", "zh")
        .add(Title::new(clean(&title(explanation))).set("id", "title"))
        .add(description(explanation))
        .add(Style::new(STYLE))
        .add(Definitions::new().add(hatching()))
        .add(Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "#fff"))
        .add(head(explanation))
        .add(lanes)
        .add(legend(y + 20.0));
    document.to_string()
}

fn title(explanation: &Explanation) -> String {
    format!("工单 Ticket {} · {}", explanation.ticket.number, explanation.ticket.subject)
}

/// Says in words what the picture shows, for those who can't see it.
fn description(explanation: &Explanation) -> Description {
    let sentences = explanation.clocks.iter().map(|clock| summary::of(clock, explanation.as_of));
    let told: Vec<String> = sentences.map(|sentence| format!("{} {}", sentence.zh, sentence.en)).collect();
    let told = if told.is_empty() {
        "没有承诺时限。 No time is promised.".to_owned()
    } else {
        told.join(" ")
    };
    Description::new().set("id", "desc").add(Words::new(clean(&told)))
}

fn head(explanation: &Explanation) -> Group {
    let zone = explanation.zone;
    let as_of = explanation.as_of.with_timezone(&zone).format("%Y-%m-%d %H:%M");
    let policy = match explanation.ticket.policy.as_str() {
        "" => String::new(),
        policy => format!(" · 政策 Policy {policy}"),
    };
    let below = format!("时限说明 Service time explained · 截至 As of {as_of} {}{policy}", zone.name());
    let title = words::shortened(&title(explanation), 18.0, RIGHT - LEFT);
    Group::new().add(text(LEFT, 32.0, &title, "h1")).add(text(LEFT, 54.0, &below, "quiet"))
}

/// Blue stripes, which are told from plain colours without seeing colour.
fn hatching() -> Pattern {
    let stripe = Line::new().set("y2", 8).set("stroke", "#5b8def").set("stroke-width", 7);
    Pattern::new()
        .set("id", "paused")
        .set("width", 8)
        .set("height", 8)
        .set("patternUnits", "userSpaceOnUse")
        .set("patternTransform", "rotate(45)")
        .add(Rectangle::new().set("width", 8).set("height", 8).set("fill", "#dbe7ff"))
        .add(stripe)
}

fn legend(y: f64) -> Group {
    const MEANINGS: [(&str, &str); 6] = [
        ("good", "计入 Counted"),
        ("warned", "预警后 After the warning"),
        ("late", "超时 Overdue"),
        ("paused", "暂停 Paused"),
        ("closed", "非工作时间 Closed"),
        ("good ahead", "预计 If work goes on now"),
    ];
    let mut legend = Group::new();
    let mut x = LEFT;
    for (class, meaning) in MEANINGS {
        let swatch = bar::stroke(&[(x, 22.0)], y - 4.0).set("class", format!("bar {class}"));
        legend.append(swatch.set("style", "stroke-width:14"));
        legend.append(text(x + 30.0, y, meaning, ""));
        x += 30.0 + words::width(meaning, 12.0) + 28.0;
    }
    legend
}

/// Returns a line of text.
fn text(x: f64, y: f64, content: &str, class: &str) -> Element {
    let text = Text::new(clean(content)).set("x", px(x)).set("y", px(y));
    if class.is_empty() { text.into() } else { text.set("class", class).into() }
}

/// XML has no way to write control characters.
fn clean(content: &str) -> String {
    content.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Rounds to a tenth of a pixel: more can't be seen, and is long to write.
fn px(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}
