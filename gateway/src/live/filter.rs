//! What a stream's caller asks for: `?types=&ticketId=&teamKey=&customerId=&lastEventId=`.

use std::collections::BTreeSet;

use super::kinds::Kinds;
use super::told::About;
use crate::error::Error;

/// Values of one parameter at most.
const MOST: usize = 50;
/// Bytes of a value at most, and of a position.
const LONGEST: usize = 128;
const LONGEST_POSITION: usize = 1024;

/// A stream's parameters.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) filter: Filter,
    /// For clients that can't send the header.
    pub(super) last_event_id: Option<String>,
}

/// Which events are wanted: of each list one must fit; an empty list wants all.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Kinds, or all of a kind's beginning: `ticket.`.
    types: BTreeSet<String>,
    tickets: BTreeSet<String>,
    teams: BTreeSet<String>,
    customers: BTreeSet<String>,
}

impl Query {
    /// Reads the query. Values are repeated or separated by commas.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the parameter.
    pub(super) fn read(query: &str, kinds: &Kinds) -> Result<Self, Error> {
        let mut read = Self { filter: Filter::default(), last_event_id: None };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let list = match name.as_ref() {
                "types" => &mut read.filter.types,
                "ticketId" => &mut read.filter.tickets,
                "teamKey" => &mut read.filter.teams,
                "customerId" => &mut read.filter.customers,
                "lastEventId" if value.len() <= LONGEST_POSITION => {
                    read.last_event_id = (!value.is_empty()).then(|| value.into_owned());
                    continue;
                }
                "lastEventId" => return Err(too_much(&name, LONGEST_POSITION, 1)),
                _ => return Err(Error::malformed(name, "is no parameter here", "不是此处的参数")),
            };
            for value in value.split(',').map(str::trim).filter(|value| !value.is_empty()) {
                if value.len() > LONGEST || list.len() >= MOST {
                    return Err(too_much(&name, LONGEST, MOST));
                }
                list.insert(value.trim_end_matches('*').to_owned());
            }
        }
        read.filter.check(kinds)?;
        Ok(read)
    }
}

impl Filter {
    fn check(&self, kinds: &Kinds) -> Result<(), Error> {
        let names = kinds.names();
        let is_known = |wanted: &String| match wanted.ends_with('.') {
            true => names.iter().any(|name| name.starts_with(wanted.as_str())),
            false => names.contains(wanted.as_str()),
        };
        let Some(unknown) = self.types.iter().find(|wanted| !is_known(wanted)) else { return Ok(()) };
        let all: Vec<&str> = names.into_iter().collect();
        let all = all.join(", ");
        Err(Error::malformed(
            "types",
            format!("names no kind of event: `{unknown}`; there are {all}, and beginnings such as ticket.*"),
            format!("没有此类事件：`{unknown}`；可用的有 {all}，以及 ticket.* 这样的前缀"),
        ))
    }

    /// Tells whether events of this kind are wanted.
    pub(super) fn wants(&self, kind: &str) -> bool {
        let fits = |wanted: &String| kind == wanted || (wanted.ends_with('.') && kind.starts_with(wanted));
        self.types.is_empty() || self.types.iter().any(fits)
    }

    /// Tells whether only events of some customers are wanted.
    pub(super) fn asks_for_customers(&self) -> bool {
        !self.customers.is_empty()
    }

    /// Tells whether an event about this is wanted.
    pub(super) fn is_about(&self, about: &About) -> bool {
        let fits =
            |wanted: &BTreeSet<String>, has: &BTreeSet<String>| wanted.is_empty() || !wanted.is_disjoint(has);
        fits(&self.tickets, &about.tickets)
            && fits(&self.teams, &about.teams)
            && fits(&self.customers, &about.customers)
    }
}

fn too_much(name: &str, bytes: usize, values: usize) -> Error {
    Error::malformed(
        name,
        format!("has at most {values} values of {bytes} bytes"),
        format!("至多 {values} 个值，每个至多 {bytes} 字节"),
    )
}

#[cfg(test)]
mod tests {
    use super::Query;
    use crate::error::Error;
    use crate::live::told::tests::kinds;

    fn refused(query: &str) -> String {
        match Query::read(query, &kinds()) {
            Err(Error::Malformed { field, .. }) => field,
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        assert_eq!(refused("type=ticket.created"), "type");
        assert_eq!(refused("types=ticket.exploded"), "types");
        assert_eq!(refused("types=*"), "types");
        assert_eq!(refused("types=tick.*"), "types");
        assert_eq!(refused(&format!("ticketId={}", "x".repeat(129))), "ticketId");
        assert_eq!(refused(&format!("lastEventId={}", "x".repeat(1025))), "lastEventId");
        let many: Vec<String> = (0..51).map(|number| number.to_string()).collect();
        assert_eq!(refused(&format!("teamKey={}", many.join(","))), "teamKey");
    }

    #[test]
    fn what_is_asked_for_may_be_repeated_or_listed() {
        let query =
            Query::read("types=ticket.created&types=sla.*,callback.completed&lastEventId=a~b.1-1", &kinds());
        let query = query.expect("a query");
        for kind in ["ticket.created", "sla.warned", "callback.completed"] {
            assert!(query.filter.wants(kind), "{kind}");
        }
        assert!(!query.filter.wants("ticket.created_again") && !query.filter.wants("slack.off"));
        assert_eq!(query.last_event_id.as_deref(), Some("a~b.1-1"));
        assert!(Query::read("", &kinds()).expect("a query").filter.wants("anything"));
    }
}
