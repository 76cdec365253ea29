//! 区域: where a project is, as notices of outages and routing rules name it.

/// What separates the parts of a project's name.
const SEPARATORS: [char; 2] = ['/', '·'];

/// Returns the regions something is in: the one that was said, else every one that its project's name begins with.
pub fn all_of<'a>(said: &'a str, project: &'a str) -> Vec<&'a str> {
    if !said.is_empty() {
        return vec![said];
    }
    let ends = project.match_indices(SEPARATORS).map(|(end, _)| end);
    ends.map(|end| &project[..end]).filter(|region| !region.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::all_of;

    #[test]
    fn what_was_said_comes_before_what_the_project_tells() {
        assert_eq!(all_of("东区", "西区/曲江一期"), ["东区"]);
        assert_eq!(all_of("", "西区/曲江/一期"), ["西区", "西区/曲江"]);
        assert_eq!(all_of("", "西区·曲江一期"), ["西区"]);
        assert!(
            all_of("", "曲江一期").is_empty() && all_of("", "").is_empty() && all_of("", "/一期").is_empty()
        );
    }
}
