//! The page for people.

use serde_json::Value;

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>Hotline API</title><style>\
    body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}\
    summary{cursor:pointer;padding:.3rem .5rem;border-radius:.3rem}summary:hover{background:#f0f3f6}\
    code{font:13px ui-monospace,monospace}.verb{display:inline-block;width:4.5rem;font-weight:600}\
    table{border-collapse:collapse;margin:.5rem 0}td{padding:.2rem .8rem .2rem 0;vertical-align:top}\
    .inside{padding:0 0 1rem 5rem;white-space:pre-line}.quiet{color:#59636e}\
    </style></head><body>";

/// Writes the page.
pub(super) fn render(document: &Value) -> String {
    let mut page = String::from(HEAD);
    let info = &document["info"];
    page += &format!("<h1>{} {}</h1>", text(&info["title"]), text(&info["version"]));
    page +=
        &format!("<p>{}</p><p><a href=\"/openapi.json\">openapi.json</a></p>", text(&info["description"]));
    for tag in list(&document["tags"]) {
        page +=
            &format!("<h2>{}</h2><p class=\"quiet\">{}</p>", text(&tag["name"]), text(&tag["description"]));
        for (path, verb, operation) in operations(document, &tag["name"]) {
            page += &details(path, verb, operation);
        }
    }
    page + "</body></html>"
}

fn operations<'a>(
    document: &'a Value,
    tag: &'a Value,
) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let verbs = item.as_object().into_iter().flatten();
        verbs.map(move |(verb, operation)| (path.as_str(), verb.as_str(), operation))
    });
    all.filter(move |(_, _, operation)| operation["tags"][0] == *tag)
}

fn details(path: &str, verb: &str, operation: &Value) -> String {
    let mut inside = String::new();
    for parameter in list(&operation["parameters"]).iter().filter(|parameter| parameter["name"].is_string()) {
        inside += &format!(
            "<tr><td><code>{}</code></td><td class=\"quiet\">{}</td><td>{}</td></tr>",
            text(&parameter["name"]),
            text(&parameter["in"]),
            text(&parameter["description"])
        );
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    for (name, field) in body["properties"].as_object().into_iter().flatten() {
        inside += &format!(
            "<tr><td><code>{}</code></td><td class=\"quiet\">body</td><td>{}</td></tr>",
            escape(name),
            text(&field["description"])
        );
    }
    let content = &operation["responses"]["200"]["content"];
    let answer = &content["application/json"]["schema"]["$ref"];
    let sends = schema_name(&body["$ref"]).map(|name| format!("Body: {name}\n")).unwrap_or_default();
    let gets = schema_name(answer).unwrap_or_else(|| files(content));
    format!(
        "<details><summary><span class=\"verb\">{}</span><code>{}</code> <span class=\"quiet\">{}</span></summary>\
         <div class=\"inside\">{}<table>{inside}</table>{sends}Answer: {gets}</div></details>",
        escape(&verb.to_uppercase()),
        escape(path),
        text(&operation["summary"]),
        text(&operation["description"])
    )
}

fn schema_name(reference: &Value) -> Option<String> {
    let name = reference.as_str()?.rsplit('/').next()?;
    Some(format!("<code>{}</code>", escape(name)))
}

/// Names the media types of an answer that is a file.
fn files(content: &Value) -> String {
    let types = content.as_object().into_iter().flatten().map(|(media_type, _)| media_type);
    let types: Vec<String> = types.filter(|media_type| *media_type != "application/json").cloned().collect();
    if types.is_empty() { "an object".into() } else { format!("<code>{}</code>", escape(&types.join(", "))) }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::render;

    #[test]
    fn every_operation_is_listed_and_no_text_becomes_markup() {
        let document = json!({
            "info": {"title": "T", "version": "1", "description": "<script>"},
            "tags": [{"name": "S", "description": "all of it"}],
            "paths": {"/v1/x/{id}": {"get": {"tags": ["S"], "summary": "Returns x", "parameters": [
                {"name": "id", "in": "path", "description": "which"},
            ]}}},
        });
        let page = render(&document);
        assert!(page.contains("GET</span><code>/v1/x/{id}</code>") && page.contains("<code>id</code>"));
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
    }
}
