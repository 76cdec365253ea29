//! Path templates of `google.api.http`: literal segments and one `{field.path}` a segment, with or without a `:verb`.

use crate::error::Error;

/// A template in the router's spelling, and the field paths of its variables from left to right.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// Variables are named by position, so that routes which name them differently share a path.
    pub(super) shape: String,
    pub(super) variables: Vec<String>,
}

impl Template {
    /// # Errors
    /// [`Error::Contract`] with what is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Contract(format!("the route `{text}` {why}"));
        let path = text.strip_prefix('/').ok_or_else(|| wrong("must begin with `/`"))?;
        let mut shape = String::new();
        let mut variables = Vec::new();
        for segment in path.split('/') {
            shape.push('/');
            let Some((before, rest)) = segment.split_once('{') else {
                if segment.is_empty() || segment.contains(['}', '*', '=']) {
                    return Err(wrong("has a segment that is empty or not supported here"));
                }
                shape.push_str(segment);
                continue;
            };
            let (name, after) = rest.split_once('}').ok_or_else(|| wrong("has a `{` without its `}`"))?;
            if !before.is_empty() || after.contains(['{', '}']) {
                return Err(wrong("has a segment with more than one variable, or text before it"));
            }
            if name.is_empty() || name.contains(['=', '*']) {
                return Err(wrong("has a variable with a pattern, which is not supported here"));
            }
            if !after.is_empty() && !after.starts_with(':') {
                return Err(wrong("has text after a variable that is no `:verb`"));
            }
            shape.push_str(&format!("{{p{}}}{after}", variables.len()));
            variables.push(name.to_owned());
        }
        Ok(Self { shape, variables })
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    #[test]
    fn variables_are_named_by_position_in_the_shape() {
        let template = Template::parse("/v1/tickets/{ticket.id}/comments/{id}:hide").expect("good");
        assert_eq!(template.shape, "/v1/tickets/{p0}/comments/{p1}:hide");
        assert_eq!(template.variables, ["ticket.id", "id"]);
        let fixed = Template::parse("/v1/callbacks:claim").expect("good");
        assert_eq!(fixed.shape, "/v1/callbacks:claim");
    }

    #[test]
    fn templates_that_would_be_read_wrongly_are_refused() {
        for text in [
            "v1/x",
            "/v1//x",
            "/v1/{id",
            "/v1/{name=shelves/*}",
            "/v1/*",
            "/v1/{a}{b}",
            "/v1/x{a}",
            "/v1/{a}x",
            "/v1/{}",
            "/v1/a}b",
        ] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
