//! Calls that take too long: agent and lead are prompted once, unless the customer agreed to go on (C9).

use chrono::TimeDelta;
use hotline_core::error::reason_of;
use hotline_core::time::to_proto;
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::{
    ClassifyInteractionRequest, ContinueInteractionRequest, EndInteractionRequest,
    HandOverInteractionRequest, Intent, Interaction, ListInteractionsRequest, Outcome, OverrunState,
    StartInteractionRequest,
};
use hotline_proto::events::v1::{InteractionEnded, InteractionOverran};
use tonic::{Code, Status};

use crate::bench::{Bench, fields, inbound, keyed, morning, on_each_database};
use crate::fake_tickets::{CATEGORY, NUMBER, TICKET};

impl Bench {
    async fn sees(&self, call: &Interaction) -> Interaction {
        let request = hotline_proto::customers::v1::GetInteractionRequest { id: call.id.clone() };
        self.client.clone().get_interaction(request).await.expect("is there").into_inner()
    }

    async fn goes_on(&self, call: &Interaction, customer_consent: bool) -> Result<Interaction, Status> {
        let note = "还差一步".to_owned();
        let request = ContinueInteractionRequest { id: call.id.clone(), customer_consent, note };
        Ok(self.client.clone().continue_interaction(request).await?.into_inner())
    }

    async fn ends(&self, call: &Interaction) -> Interaction {
        let request = EndInteractionRequest {
            id: call.id.clone(),
            intent: Intent::Fault.into(),
            summary: "宽带断线".into(),
            outcome: Outcome::Answered.into(),
            ..EndInteractionRequest::default()
        };
        self.client.clone().end_interaction(request).await.expect("ends").into_inner()
    }

    async fn prompted(&self, overrun: &[OverrunState]) -> Vec<String> {
        let overrun = overrun.iter().map(|state| i32::from(*state)).collect();
        let request = ListInteractionsRequest { overrun, ..Default::default() };
        let listed = self.client.clone().list_interactions(request).await.expect("a list").into_inner();
        listed.interactions.into_iter().map(|call| call.id).collect()
    }
}

#[tokio::test]
async fn a_call_of_eight_minutes_prompts_once_and_names_the_team_by_its_category() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        assert_eq!(call.handling_due_at, Some(to_proto(morning() + TimeDelta::minutes(8))));
        let about = ClassifyInteractionRequest { id: call.id.clone(), category_code: CATEGORY.into() };
        bench.client.clone().classify_interaction(about).await.expect("is noted");
        bench.pass(TimeDelta::minutes(7)).await;
        assert!(bench.published::<InteractionOverran>().await.is_empty());
        bench.pass(TimeDelta::hours(1)).await;
        bench.pass(TimeDelta::hours(1)).await;
        let [(at, event)] = bench.published::<InteractionOverran>().await.try_into().expect("one event");
        assert_eq!(
            at,
            morning() + TimeDelta::minutes(8),
            "the time at which it was too long, not that of the sweep"
        );
        assert_eq!((event.interaction_id.as_str(), event.agent.as_str()), (call.id.as_str(), "agent"));
        assert_eq!((event.team_key.as_str(), event.category_code.as_str()), ("first-line", CATEGORY));
        assert_eq!(event.suggested_team_key, "second-line-network");
        let seen = bench.sees(&call).await;
        assert_eq!(seen.overran_at, Some(to_proto(at)));
        assert_eq!(seen.overrun_state(), OverrunState::Prompted);
        assert_eq!(bench.prompted(&[OverrunState::Prompted]).await, std::slice::from_ref(&call.id));
        bench.call_from("13900139000").await;
        assert_eq!(bench.prompted(&[OverrunState::Prompted]).await, [call.id]);
    })
    .await;
}

#[tokio::test]
async fn a_consent_before_the_limit_prevents_the_prompt_and_a_later_one_settles_it() {
    on_each_database(async |bench| {
        let (early, late) = (bench.call_from("13800138000").await, bench.call_from("13900139000").await);
        bench.pass(TimeDelta::minutes(5)).await;
        bench.goes_on(&early, true).await.expect("is recorded");
        bench.pass(TimeDelta::minutes(5)).await;
        let told = bench.published::<InteractionOverran>().await;
        assert_eq!(
            told.iter().map(|(_, event)| event.interaction_id.as_str()).collect::<Vec<_>>(),
            [&late.id]
        );
        let settled = bench.goes_on(&late, true).await.expect("is recorded");
        assert_eq!(settled.overrun_state(), OverrunState::Agreed);
        let [answer] = settled.continue_answers.try_into().expect("one answer");
        assert!(answer.customer_consent && answer.by == "agent" && answer.note == "还差一步");
        assert_eq!(answer.at, Some(to_proto(morning() + TimeDelta::minutes(10))));
        assert!(bench.prompted(&[OverrunState::Prompted, OverrunState::Declined]).await.is_empty());
        assert_eq!(bench.sees(&early).await.overrun_state(), OverrunState::Unspecified);
        bench.ends(&early).await;
        bench.ends(&late).await;
        let ends = bench.published::<InteractionEnded>().await;
        for (_, event) in &ends {
            assert_eq!((event.limit_seconds, event.continue_consent), (480, Some(true)));
            assert_eq!(event.team_key, "first-line");
        }
        assert_eq!(ends.iter().filter(|(_, event)| event.overran_at.is_some()).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_answers_with_the_team_and_the_ticket_is_handed_over_once() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        *bench.tickets.of.lock().expect("no panic") = (call.customer_id.clone(), call.id.clone());
        bench.pass(TimeDelta::minutes(9)).await;
        let refused = bench.goes_on(&call, false).await.expect("is recorded");
        assert_eq!(refused.overrun_state(), OverrunState::Declined);
        assert_eq!(
            refused.suggested_team_key, "second-line-network",
            "by the ticket that was registered in the call"
        );
        assert_eq!((refused.ticket_id.as_str(), refused.category_code.as_str()), (TICKET, CATEGORY));
        let over = HandOverInteractionRequest {
            id: call.id.clone(),
            ticket_id: NUMBER.into(),
            ..Default::default()
        };
        let mut client = bench.client.clone();
        let handed = client
            .hand_over_interaction(keyed(over.clone(), "over"))
            .await
            .expect("is handed over")
            .into_inner();
        assert_eq!(
            (handed.overrun_state(), handed.handed_over_to.as_str()),
            (OverrunState::HandedOver, "second-line-network")
        );
        let again = client.hand_over_interaction(keyed(over, "over")).await.expect("the same").into_inner();
        assert_eq!(again, handed);
        let keys = bench.tickets.handed.lock().expect("no panic").clone();
        assert_eq!(keys, [format!("interaction:{}:{TICKET}:second-line-network:handOver", call.id)]);
        bench.ends(&call).await;
        let [(_, ended)] = bench.published::<InteractionEnded>().await.try_into().expect("one event");
        assert_eq!(
            (ended.continue_consent, ended.handed_over_to.as_str()),
            (Some(false), "second-line-network")
        );
        assert_eq!(ended.ticket_id, TICKET, "what was known before stays");
    })
    .await;
}

#[tokio::test]
async fn a_call_that_ended_before_the_sweep_was_too_long_all_the_same() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        bench.clock.advance(TimeDelta::minutes(20));
        let ended = bench.ends(&call).await;
        assert_eq!(ended.overrun_state(), OverrunState::Unsettled);
        bench.pass(TimeDelta::minutes(1)).await;
        assert_eq!(bench.published::<InteractionOverran>().await.len(), 1);
        let short = bench.call_from("13900139000").await;
        bench.pass(TimeDelta::minutes(7)).await;
        bench.ends(&short).await;
        bench.pass(TimeDelta::hours(1)).await;
        assert_eq!(
            bench.published::<InteractionOverran>().await.len(),
            1,
            "what ended in time prompts nobody"
        );
    })
    .await;
}

#[tokio::test]
async fn only_a_call_that_goes_on_can_be_gone_on_with() {
    on_each_database(async |bench| {
        let mail = StartInteractionRequest { channel: Channel::Email.into(), ..inbound("13800138000") };
        let mail = bench.client.clone().start_interaction(mail).await.expect("begins").into_inner();
        assert_eq!(mail.handling_due_at, None);
        let refusal = bench.goes_on(&mail, true).await.expect_err("nobody has to ask");
        assert_eq!(
            (refusal.code(), reason_of(&refusal).as_str()),
            (Code::FailedPrecondition, "NO_HANDLING_LIMIT")
        );
        let call = bench.call_from("13800138000").await;
        bench.ends(&call).await;
        let refusal = bench.goes_on(&call, true).await.expect_err("it is over");
        assert_eq!(reason_of(&refusal), "INTERACTION_ENDED");
        let over = HandOverInteractionRequest {
            id: call.id.clone(),
            ticket_id: NUMBER.into(),
            ..Default::default()
        };
        let refusal = bench.client.clone().hand_over_interaction(over).await.expect_err("it is over");
        assert_eq!(reason_of(&refusal), "INTERACTION_ENDED");
        let unknown = ClassifyInteractionRequest { id: mail.id, category_code: "x".into() };
        let refusal = bench.client.clone().classify_interaction(unknown).await.expect_err("no category");
        assert_eq!(fields(&refusal), ["categoryCode"]);
    })
    .await;
}
