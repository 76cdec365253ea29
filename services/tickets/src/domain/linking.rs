//! What a ticket has to do with others: related ones, its parent, its children (T17).
//!
//! A parent has children, a child has one parent and no children of its own. Forward moves of a parent take its
//! children along: solved with it, closed with it. Nothing that goes back does, and no move of a child moves its parent.

use hotline_core::error::Field;
use hotline_proto::common::v1::TicketState;

use crate::domain::draft::{Draft, FollowUp};
use crate::domain::lifecycle::{Event, is_open, next};
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// The most children of a parent: all are moved in one transaction.
pub(crate) const MOST_CHILDREN: u32 = 200;

/// How two tickets belong together, as the first of them sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// They have to do with each other.
    Related,
    /// The other is its parent.
    Parent,
    /// The other is a child of it.
    Child,
}

impl Link {
    /// Returns the name in the contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Related => "RELATED",
            Self::Parent => "PARENT",
            Self::Child => "CHILD",
        }
    }

    /// Returns how the other sees it.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::Related => Self::Related,
            Self::Parent => Self::Child,
            Self::Child => Self::Parent,
        }
    }
}

/// What a parent's move does to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cascade {
    /// It is solved as the parent was.
    Resolve,
    /// It ends with the parent, where it is the same customer's: others are called back first.
    Close,
    /// Both, where the parent's customer was told at once what came of it, and that ended it.
    End,
}

/// Refuses two tickets that can't be linked so.
///
/// # Errors
/// [`Error::Fields`].
pub(crate) fn check(link: Link, one: &Ticket, other: &Ticket) -> Result<(), Error> {
    if one.id == other.id {
        return Err(refused("names the ticket itself", "不能是工单自己"));
    }
    let (parent, child) = match link {
        Link::Related => return Ok(()),
        Link::Parent => (other, one),
        Link::Child => (one, other),
    };
    if child.parent_id.is_some_and(|known| known != parent.id) {
        return Err(refused(
            "would get a second parent: unlink the first one",
            "该子工单已有父工单：请先解除",
        ));
    }
    if parent.parent_id.is_some() {
        return Err(refused(
            "the parent is a child itself: link to its parent",
            "父工单本身是子工单：请关联其父工单",
        ));
    }
    if child.matters.children > 0 {
        return Err(refused("the child has children of its own", "该子工单自己有子工单"));
    }
    if parent.matters.children >= MOST_CHILDREN {
        let (en, zh) = (
            format!("the parent has {MOST_CHILDREN} children already: publish an outage for more"),
            format!("父工单已有 {MOST_CHILDREN} 个子工单：更多请发布故障通知"),
        );
        return Err(refused(&en, &zh));
    }
    Ok(())
}

impl Draft<'_> {
    /// Links the ticket to another, as it sees it.
    ///
    /// # Errors
    /// [`Error::State`].
    pub(crate) fn link(&mut self, link: Link, other: &Ticket, note: &str) -> Result<(), Error> {
        self.step(Event::Link)?;
        match link {
            Link::Related => {}
            Link::Parent => self.ticket.parent_id = Some(other.id),
            Link::Child => self.ticket.matters.children += 1,
        }
        self.log(Kind::Linked, note, of(link, other));
        Ok(())
    }

    /// Takes a link away.
    ///
    /// # Errors
    /// [`Error::State`].
    pub(crate) fn unlink(&mut self, link: Link, other: &Ticket, note: &str) -> Result<(), Error> {
        self.step(Event::Link)?;
        match link {
            Link::Related => {}
            Link::Parent => self.ticket.parent_id = None,
            Link::Child => self.ticket.matters.children = self.ticket.matters.children.saturating_sub(1),
        }
        self.log(Kind::Unlinked, note, of(link, other));
        Ok(())
    }
}

fn of(link: Link, other: &Ticket) -> Details {
    Details::default()
        .with("link", link.name())
        .with("otherId", other.id.to_string())
        .with("otherNumber", other.number.clone())
}

fn refused(en: &str, zh: &str) -> Error {
    Error::Fields(vec![Field { path: "otherId".into(), en: en.to_owned(), zh: zh.to_owned() }])
}

impl Ticket {
    /// Returns what the move that brought it here does to its children.
    pub(crate) fn cascade(&self, before: TicketState) -> Option<Cascade> {
        if self.matters.children == 0 || self.state == before {
            return None;
        }
        match self.state {
            TicketState::Resolved => Some(Cascade::Resolve),
            TicketState::Closed if before == TicketState::Resolved || before == TicketState::Verified => {
                Some(Cascade::Close)
            }
            TicketState::Closed => Some(Cascade::End),
            _ => None,
        }
    }
}

impl Draft<'_> {
    /// Takes a child along with its parent. What the life cycle or the rules of its kind of trouble refuse, is left as it
    /// is: a complaint is not closed before its customer was told.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn follow(&mut self, parent: &Ticket, cascade: Cascade) -> Result<(), Error> {
        match cascade {
            Cascade::Resolve if is_open(self.ticket.state) => {
                self.resolve(&parent.resolution, parent.article_ids.clone())
            }
            Cascade::Close if next(self.ticket.state, Event::Close).is_some() => {
                let same_customer = self.ticket.customer_id == parent.customer_id;
                let confirmed = self.ticket.state == TicketState::Verified;
                if same_customer && self.must_be_fed_back(confirmed).is_ok() {
                    self.close("")
                } else {
                    Ok(())
                }
            }
            Cascade::End if is_open(self.ticket.state) => {
                let same_customer = self.ticket.customer_id == parent.customer_id;
                let ends = same_customer && self.must_be_fed_back(false).is_ok();
                if ends {
                    self.follow_up = FollowUp::None;
                }
                self.resolve(&parent.resolution, parent.article_ids.clone())?;
                if ends { self.close("") } else { Ok(()) }
            }
            Cascade::Resolve | Cascade::Close | Cascade::End => Ok(()),
        }
    }
}
