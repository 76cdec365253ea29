//! What is shown of a customer to whoever needs no more (C12).

mod known;
mod prose;

pub use prose::Masker;

/// What stands for what is not shown.
pub const HIDDEN: &str = "***";

/// Returns the first letter of a name, 张**.
pub fn name(name: &str) -> String {
    let mut shown: String = name.trim().chars().take(1).collect();
    if !shown.is_empty() {
        shown.push_str("**");
    }
    shown
}

/// Returns enough of a telephone number or an address to tell two apart, 138****1234.
pub fn contact(contact: &str) -> String {
    let contact = contact.trim();
    if let Some((user, domain)) = contact.split_once('@') {
        let first: String = user.chars().take(1).collect();
        return format!("{first}{HIDDEN}@{domain}");
    }
    let letters: Vec<char> = contact.chars().collect();
    let (head, tail) = match letters.len() {
        0 => return String::new(),
        1..7 => return HIDDEN.to_owned(),
        7..11 => (2, 2),
        _ => (3, 4),
    };
    let shown = |letters: &[char]| letters.iter().collect::<String>();
    format!("{}****{}", shown(&letters[..head]), shown(&letters[letters.len() - tail..]))
}

/// Returns that a room is known, and nothing of it.
pub fn room(room: &str) -> String {
    if room.trim().is_empty() { String::new() } else { HIDDEN.to_owned() }
}

/// Returns a telephone number as people of the country dial it; others stay as they are.
pub fn dialled(e164: &str) -> String {
    match e164.strip_prefix("+86") {
        Some(mobile) if mobile.len() == 11 && mobile.starts_with('1') => mobile.to_owned(),
        Some(fixed) => format!("0{fixed}"),
        None => e164.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_name_the_first_letter_is_shown() {
        assert_eq!([name("张三"), name("欧阳娜娜"), name(" Wang "), name("")], ["张**", "欧**", "W**", ""]);
    }

    #[test]
    fn of_a_number_the_middle_is_hidden_and_of_a_short_one_all() {
        assert_eq!(contact("13812341234"), "138****1234");
        assert_eq!(contact("02988886666"), "029****6666");
        assert_eq!(contact("88886666"), "88****66");
        assert_eq!(contact("95588"), "***");
        assert_eq!(contact("wang@example.com"), "w***@example.com");
        assert_eq!(contact(""), "");
    }

    #[test]
    fn of_a_room_nothing_is_shown_but_that_it_is_known() {
        assert_eq!([room("3-1502"), room(" ")], ["***", ""]);
    }

    #[test]
    fn numbers_of_the_country_are_written_as_they_are_dialled() {
        let dialled = ["+8613812341234", "+862988886666", "+4930123456", "95588"].map(dialled);
        assert_eq!(dialled, ["13812341234", "02988886666", "+4930123456", "95588"]);
    }
}
