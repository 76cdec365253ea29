//! English nouns in the singular and the plural, by the regular endings alone.

/// Shorter words are seldom nouns: `as` is not the plural of `a`, nor `its` of `it`.
const SHORTEST_SINGULAR: usize = 3;

/// Returns what would be the same noun in the other number: of `fees` `fee`, of `query` `queries`.
///
/// Not all of it are words (of `fees` also `feeses`): only what is known from elsewhere may be used.
pub(super) fn other_number(word: &str) -> Vec<String> {
    let endings = [("s", ""), ("es", ""), ("ies", "y")];
    let singulars =
        endings.into_iter().filter_map(|(many, one)| Some(format!("{}{one}", word.strip_suffix(many)?)));
    let of_this = singulars.filter(|singular| plural(singular).as_deref() == Some(word));
    of_this.chain(plural(word)).collect()
}

/// Returns the regular plural, unless the word is too short to have one.
fn plural(singular: &str) -> Option<String> {
    if singular.chars().count() < SHORTEST_SINGULAR {
        return None;
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|end| singular.ends_with(end));
    Some(match singular.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if hisses => format!("{singular}es"),
        _ => format!("{singular}s"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_noun_is_known_in_either_number() {
        for (one, many) in [
            ("fee", "fees"),
            ("key", "keys"),
            ("query", "queries"),
            ("box", "boxes"),
            ("switch", "switches"),
            ("address", "addresses"),
            ("bus", "buses"),
            ("house", "houses"),
        ] {
            assert!(other_number(one).contains(&many.to_owned()), "{one}");
            assert!(other_number(many).contains(&one.to_owned()), "{many}");
        }
    }

    #[test]
    fn an_ending_that_is_no_plural_stays() {
        for (word, not_its_singular) in [("class", "clas"), ("its", "it"), ("as", "a"), ("keies", "key")] {
            assert!(!other_number(word).contains(&not_its_singular.to_owned()), "{word}");
        }
    }
}
