//! The validity of a request is judged (有效性判断, T5).
//!
//! What is valid goes on. What is not gets the agreed statement and is closed as explained; where there is none yet,
//! the case waits until one has been approved. What is outside our scope gets the right department and contact and is
//! closed as guided.

use hotline_core::error::Field;
use hotline_proto::common::v1::TicketType;
use hotline_proto::tickets::v1::PromiseTier;
use uuid::Uuid;

use crate::domain::draft::{Draft, FollowUp, What};
use crate::domain::lifecycle::{Event, next};
use crate::domain::matters::{Feedback, Judgement, Validity};
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// What a ticket that is waited for in an analysis waits for.
const APPROVAL: &str = "APPROVAL";

/// The most characters of a resolution.
const LONGEST_RESOLUTION: usize = 20_000;

/// An agreed statement (统一说辞) that has been approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// The article that holds it.
    pub(crate) article: Uuid,
    /// What is said to the customer.
    pub(crate) text: String,
}

impl Draft<'_> {
    /// Judges that the request is valid; it goes on as it stood.
    ///
    /// # Errors
    /// [`Error::State`]; [`Refusal::OwnCase`](crate::domain::refusal::Refusal::OwnCase).
    pub(crate) fn judge_valid(&mut self, note: &str) -> Result<(), Error> {
        self.begin_judging()?;
        self.judged(Validity::Valid, note, |_| {});
        Ok(())
    }

    /// Judges that the request is not valid; the customer is given the statement, and that ends it.
    ///
    /// # Errors
    /// As [`Self::judge_valid`]; [`Refusal::NotConcluded`](crate::domain::refusal::Refusal::NotConcluded);
    /// [`Error::Calendar`].
    pub(crate) fn explain(&mut self, statement: &Statement, note: &str) -> Result<(), Error> {
        self.begin_judging()?;
        self.judged(Validity::Invalid, note, |judgement| judgement.statement = Some(statement.article));
        let text: String = statement.text.chars().take(LONGEST_RESOLUTION).collect();
        self.end_as_told(&text, vec![statement.article])
    }

    /// Judges that the request is outside our scope; the customer is told whose it is, and that ends it.
    ///
    /// # Errors
    /// [`Error::Fields`] where nobody is named; else as [`Self::explain`].
    pub(crate) fn guide(&mut self, guidance: &str, note: &str) -> Result<(), Error> {
        if guidance.trim().is_empty() {
            return Err(Error::Fields(vec![Field {
                path: "guidance".into(),
                en: "is required: name the right department and its contact".into(),
                zh: "必填：请写明应联系的部门和联系方式".into(),
            }]));
        }
        self.begin_judging()?;
        self.judged(Validity::OutOfScope, note, |judgement| guidance.clone_into(&mut judgement.guidance));
        self.end_as_told(guidance, Vec::new())
    }

    /// Judges that the request is not valid while no statement is agreed: the case waits for one.
    ///
    /// # Errors
    /// As [`Self::judge_valid`].
    pub(crate) fn analyse(&mut self, statement: Uuid, note: &str) -> Result<(), Error> {
        self.begin_judging()?;
        self.judged(Validity::Invalid, note, |judgement| {
            judgement.statement = Some(statement);
            judgement.analysed = true;
        });
        if next(self.ticket.state, Event::Wait).is_some() {
            self.wait(APPROVAL, None, "")?;
        }
        Ok(())
    }

    /// Notes that the statement a case waited for has been approved: work goes on, and the customer is promised the
    /// answer within one working day. Anything else than that very statement changes nothing.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn statement_approved(&mut self, statement: Uuid) -> Result<(), Error> {
        let awaited = self.ticket.matters.judgement.as_mut().filter(|judgement| judgement.analysed);
        let Some(judgement) = awaited.filter(|judgement| judgement.statement == Some(statement)) else {
            return Ok(());
        };
        judgement.analysed = false;
        if next(self.ticket.state, Event::Judge).is_none() {
            return Ok(());
        }
        let details = Details::default()
            .with("validity", validity_name(Validity::Invalid))
            .with("statementArticleId", statement.to_string())
            .with("approved", "true");
        // Nothing new was judged: others hear that work goes on, and of the promise.
        self.log(Kind::Judged, "", details);
        if self.ticket.waiting_for() == APPROVAL {
            self.resume("")?;
        }
        // An answer that is promised for sooner stays promised for then.
        if self.ticket.answer_clock.as_ref().is_none_or(|clock| clock.met.is_some()) {
            match self.promise_answer(PromiseTier::WorkingDays1) {
                // Three working days from registration are nearly over: that promise holds by itself.
                Err(Error::Fields(_)) => {}
                promised => promised?,
            }
        }
        Ok(())
    }

    fn begin_judging(&mut self) -> Result<(), Error> {
        self.step(Event::Judge)?;
        self.not_about_oneself()
    }

    fn judged(&mut self, validity: Validity, note: &str, say: impl FnOnce(&mut Judgement)) {
        let mut judgement = Judgement {
            validity,
            statement: None,
            analysed: false,
            guidance: String::new(),
            by: self.who.subject.clone(),
            at: self.at,
        };
        say(&mut judgement);
        let details = Details::default()
            .with("validity", validity_name(validity))
            .with("statementArticleId", judgement.statement.map(|id| id.to_string()).unwrap_or_default())
            .with("guidance", judgement.guidance.clone())
            .with("analysed", if judgement.analysed { "true" } else { "" });
        self.ticket.matters.judgement = Some(judgement);
        self.log(Kind::Judged, note, details);
        self.tell(What::Judged);
    }

    /// Ends the ticket by what the customer has just been told; nobody calls back about it.
    fn end_as_told(&mut self, told: &str, articles: Vec<Uuid>) -> Result<(), Error> {
        self.follow_up = FollowUp::None;
        self.resolve(told, articles)?;
        if self.ticket.kind == TicketType::Complaint {
            let feedback = Feedback {
                note: told.chars().take(4000).collect(),
                channel: self.ticket.channel.as_str_name().to_owned(),
                accepted: None,
                by: self.who.subject.clone(),
                at: self.at,
            };
            self.ticket.matters.complaint.get_or_insert_default().feedback = Some(feedback);
        }
        self.close("")
    }
}

/// Returns the name in timelines and events.
pub(crate) fn validity_name(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "VALID",
        Validity::Invalid => "INVALID",
        Validity::OutOfScope => "OUT_OF_SCOPE",
    }
}
