//! The methods of a contact's life: it begins, may take too long (C9), and ends (C4).

use hotline_core::caller;
use hotline_core::{id, outbox};
use hotline_proto::customers::v1::{
    ClassifyInteractionRequest, ContinueInteractionRequest, EndInteractionRequest,
    HandOverInteractionRequest, Interaction, StartInteractionRequest,
};
use tonic::{Response, Status};
use uuid::Uuid;

use super::{Customers, done, messages};
use crate::domain::{self, About, Activity, Answer, HandOver, Handling, Profile};
use crate::{Error, events, store};

type Reply = Result<Response<Interaction>, Status>;

impl Customers {
    pub(super) async fn start(&self, request: StartInteractionRequest) -> Reply {
        let caller = caller::required()?;
        let phone = self.number(&request.phone, "phone")?;
        let customer_id = id::parse_optional(&request.customer_id, "customerId")?;
        self.neighbours.category(&request.category_code).await?;
        let suggested_team = self.neighbours.team_for(&request.category_code, request.channel()).await;
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let customer_id = match (customer_id, &phone) {
            (Some(id), _) => {
                store::customers::check(&tx, id).await?;
                id
            }
            (None, Some(phone)) => {
                let first = domain::Customer::new(id::new(), Profile::caller(phone), now);
                store::customers::of_number(&tx, phone, &first).await?
            }
            (None, None) => return Err(Error::Nobody.into()),
        };
        let handling = Handling::of(request.channel(), now, self.call_limit);
        let interaction = domain::Interaction {
            id: id::new(),
            customer_id,
            channel: request.channel(),
            direction: request.direction(),
            phone: phone.unwrap_or_default(),
            agent: caller.subject,
            team_key: caller.teams.into_iter().next().unwrap_or_default(),
            started_at: now,
            ended_at: None,
            activity: Activity { category_code: request.category_code, ..Activity::default() },
            handling: Handling { suggested_team, ..handling },
            version: 1,
        };
        store::interactions::insert(&tx, &interaction);
        done(tx, interaction.into()).await
    }

    pub(super) async fn classify(&self, request: ClassifyInteractionRequest) -> Reply {
        let id = id::parse(&request.id, "id")?;
        self.neighbours.category(&request.category_code).await?;
        let channel = store::interactions::get(self.db.reader(), id).await?.channel;
        let suggested_team = self.neighbours.team_for(&request.category_code, channel).await;
        self.change(id, |interaction| interaction.classify(request.category_code, suggested_team)).await
    }

    pub(super) async fn go_on(&self, request: ContinueInteractionRequest) -> Reply {
        let id = id::parse(&request.id, "id")?;
        let answer = Answer {
            agreed: request.customer_consent,
            at: self.clock.now(),
            by: caller::required()?.subject,
            note: request.note,
        };
        let about = if answer.agreed { About::default() } else { self.about(id).await? };
        self.change(id, |interaction| interaction.recognised(about).answer(answer)).await
    }

    pub(super) async fn hand_over(&self, request: HandOverInteractionRequest) -> Reply {
        let id = id::parse(&request.id, "id")?;
        let interaction = store::interactions::get(self.db.reader(), id).await?;
        interaction.goes_on()?;
        let ticket = self.neighbours.ticket_itself(&request.ticket_id).await?;
        let suggested = interaction.handling.suggested_team;
        let team_key = match (request.team_key, suggested) {
            (said, _) if !said.is_empty() => said,
            (_, suggested) if !suggested.is_empty() => suggested,
            _ => self.neighbours.team_for(&ticket.category_code, interaction.channel).await,
        };
        // Where nobody knows the team, tickets say so, by the name of the field.
        let handed = self.neighbours.hand_over(id, &ticket.id, &team_key, &request.note).await?;
        let ticket_id = id::parse(&handed.id, "ticketId")?;
        let over = HandOver { team_key: handed.team_key, at: self.clock.now() };
        self.change(id, |interaction| Ok(interaction.hand_over(ticket_id, over))).await
    }

    pub(super) async fn end(&self, request: EndInteractionRequest) -> Reply {
        let id = id::parse(&request.id, "id")?;
        self.neighbours.category(&request.category_code).await?;
        let ticket_id = self.neighbours.ticket(&request.ticket_id).await?;
        let outage_id = self.neighbours.outage(&request.outage_id).await?;
        let activity = domain::Activity { outage_id, ..messages::activity(request, ticket_id) };
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let (mut interaction, project) = store::interactions::lock_to_end(&tx, id).await?;
        interaction.goes_on()?;
        let before = interaction.handling.clone();
        // A call that was too long and ended before the sweep was too long all the same.
        events::prompt(&tx, &mut interaction, &project, now)?;
        let interaction = interaction.end(activity, now)?;
        store::interactions::settle(&tx, &before, &interaction);
        outbox::put(&tx, id, now, &interaction.ended_event(&project))?;
        done(tx, interaction.into()).await
    }

    /// Looks what a call is about of which nobody said that: the ticket that was registered in it tells.
    async fn about(&self, id: Uuid) -> Result<About, Error> {
        let interaction = store::interactions::get(self.db.reader(), id).await?;
        if !interaction.handling.suggested_team.is_empty() {
            return Ok(About::default());
        }
        let ticket = self.neighbours.registered_in(&interaction).await;
        let (ticket_id, code) = ticket
            .map(|ticket| (id::parse(&ticket.id, "ticketId").ok(), ticket.category_code))
            .unwrap_or_default();
        let suggested_team = self.neighbours.team_for(&code, interaction.channel).await;
        Ok(About { category_code: code, ticket_id, suggested_team })
    }

    /// Changes a contact by one command.
    async fn change(
        &self,
        id: Uuid,
        decide: impl FnOnce(domain::Interaction) -> Result<domain::Interaction, Error>,
    ) -> Reply {
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let (mut interaction, project) = store::interactions::lock_to_end(&tx, id).await?;
        let before = interaction.handling.clone();
        if interaction.ended_at.is_none() {
            // What was due happens first, however late the sweep.
            events::prompt(&tx, &mut interaction, &project, now)?;
        }
        let interaction = decide(interaction)?;
        store::interactions::settle(&tx, &before, &interaction);
        done(tx, interaction.into()).await
    }
}
