//! Random sequences of all that can happen to work, against a model of a few lines: after each step the database says
//! what the model says. Commands are cut off midway and the process starts again with an empty queue; then what the
//! command was for stands as before it or as after it, and nothing else has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hotline_core::clock;
use hotline_proto::dispatch::v1::{
    Assignment, AssignmentState as State, Member, ParkAssignmentRequest, ReassignAssignmentRequest,
    ResumeAssignmentRequest,
};
use hotline_proto::events::v1::{TicketCancelled, TicketReopened, TicketSnapshot};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::timeout;
use tonic::Status;

use crate::harness::calls::inner;
use crate::harness::pushing::person;
use crate::harness::{Desk, OTHER, START, TEAM, admin, desks, member, ticket, ticket_id};

mod reference;

use reference::{Act, DAY, Model, PEOPLE, Step, Work};

/// Steps of one sequence.
const STEPS: usize = 120;

/// A desk, what the model says of it, and the newest lease tokens.
struct Walk {
    desk: Desk,
    model: Model,
    tokens: BTreeMap<u128, Assignment>,
    registered: u128,
}

impl Walk {
    /// Makes a step for real; returns whether it succeeded.
    async fn make(&mut self, step: Step) -> bool {
        let desk = &self.desk;
        match step {
            Step::Register => desk.registered([self.registered + 1]).await,
            Step::Reopen(number) => {
                let ticket = TicketSnapshot { team_key: TEAM.into(), ..ticket(number) };
                desk.happened(&TicketReopened { ticket: Some(ticket), ..TicketReopened::default() }).await;
            }
            Step::Cancel(number) => {
                let ticket = Some(ticket(number));
                desk.happened(&TicketCancelled { ticket, ..TicketCancelled::default() }).await;
                return self.model.open.contains_key(&number);
            }
            Step::Claim { who, most } => {
                for work in desk.claims(person(PEOPLE[who]), most).await {
                    self.tokens.insert(number_of(&work), work);
                }
            }
            Step::Pass(seconds) => desk.pass(seconds).await,
            Step::Does(act, number) => return self.does(act, number).await.is_ok(),
            Step::Recall(number) => return self.reassign(number, TEAM, "").await,
            Step::Redirect(number) => return self.reassign(number, OTHER, "").await,
            Step::Give { number, who } => {
                let given = self.reassign(number, TEAM, PEOPLE[who]).await;
                let offers = self.desk.offers(PEOPLE[who]).await;
                let offer = offers.into_iter().find(|work| number_of(work) == number);
                self.tokens.extend(offer.filter(|_| given).map(|work| (number, work)));
                return given;
            }
        }
        true
    }

    async fn does(&self, act: Act, number: u128) -> Result<Assignment, Status> {
        let (desk, work) = (&self.desk, self.tokens.get(&number).cloned().unwrap_or_default());
        let who = member(&work.assignee, TEAM);
        match act {
            Act::Heartbeat => desk.heartbeat(who, &work, 90).await,
            Act::Accept => desk.accept(who, &work).await,
            Act::Decline => desk.decline(who, &work).await,
            Act::Return => desk.gives_back(who, &work).await,
            Act::Transfer => desk.transfer(who, &work, OTHER).await,
            Act::Complete => desk.complete(who, &work).await,
            Act::Park => {
                let Assignment { id, lease_token, .. } = work;
                let request = ParkAssignmentRequest { id, lease_token, reason: "等配件".into(), days: 1 };
                inner(who.scope(desk.client.clone().park_assignment(request)).await)
            }
            Act::Resume => {
                let Assignment { id, lease_token, .. } = work;
                let request = ResumeAssignmentRequest { id, lease_token };
                inner(who.scope(desk.client.clone().resume_assignment(request)).await)
            }
        }
    }

    /// Has a supervisor send open work in [`TEAM`] somewhere.
    async fn reassign(&self, number: u128, team: &str, to: &str) -> bool {
        let work = self.desk.all_work().await;
        let Some(work) = work.into_iter().find(|work| number_of(work) == number && is_open(work)) else {
            return false;
        };
        // Recalled work stays in its team.
        let team_key = if team == TEAM { String::new() } else { team.to_owned() };
        let (id, reason, member) = (work.id, "重新安排".to_owned(), to.to_owned());
        let request = ReassignAssignmentRequest { id, team_key, reason, member };
        admin().scope(self.desk.client.clone().reassign_assignment(request)).await.is_ok()
    }

    /// Returns what the database says, as the model would.
    async fn told(&self) -> Model {
        let mut open = BTreeMap::new();
        for work in self.desk.all_work().await {
            let number = number_of(&work);
            if !is_open(&work) {
                continue;
            }
            // Who declined is seen in what claims bring.
            let known = self.model.open.get(&number);
            let until = work.lease_expires_at.or(work.parked_until);
            let told = Work {
                team: if work.team_key == TEAM { TEAM } else { OTHER },
                state: work.state(),
                holder: work.assignee.clone(),
                epoch: work.epoch,
                returns: work.returns,
                decided: work.decided,
                given: known.is_some_and(|known| known.given),
                declined: known.map(|known| known.declined.clone()).unwrap_or_default(),
                until: until.map_or(0, |until| until.seconds - START.timestamp()),
            };
            assert!(open.insert(number, told).is_none(), "two open assignments of ticket {number}");
        }
        Model { now: self.model.now, open }
    }

    /// Makes a step that is cut off after `time`, and starts the process again.
    async fn crash(&mut self, step: Step, time: Duration) {
        let (before, mut after) = (self.model.clone(), self.model.clone());
        after.make(step, self.registered + 1);
        // Whoever cut it off knows nothing of its answer.
        let _ = timeout(time, self.make(step)).await;
        self.desk.restarts().await;
        let told = self.told().await;
        let made = |model: &Model| comparable(&told) == comparable(model);
        let done = made(&after);
        assert!(done || made(&before), "{step:?} was cut off\nis {told:#?}\nwas {before:#?}");
        self.model = if done { after } else { before };
        self.registered += u128::from(done && matches!(step, Step::Register));
        self.forget();
        // Answers were lost with their tokens: those leases run out.
        for (number, work) in self.model.open.iter().filter(|(_, work)| work.state == State::Leased) {
            if self.tokens.get(number).is_none_or(|known| known.epoch != work.epoch) {
                self.tokens.insert(*number, Assignment { epoch: work.epoch, ..Assignment::default() });
            }
        }
    }

    /// Forgets the tokens of leases that are over.
    fn forget(&mut self) {
        let open = &self.model.open;
        self.tokens.retain(|number, known| open.get(number).is_some_and(|work| work.epoch == known.epoch));
    }

    /// Tells whether somebody has the token of the present lease.
    fn has_token(&self, number: u128) -> bool {
        let (present, known) = (self.model.open.get(&number), self.tokens.get(&number));
        let is_present = |work: &Work| {
            known.is_some_and(|known| known.epoch == work.epoch && known.assignee == work.holder)
        };
        present.is_some_and(is_present) && known.is_some_and(|known| !known.lease_token.is_empty())
    }
}

fn is_open(work: &Assignment) -> bool {
    let open = [State::Queued, State::Leased, State::Accepted, State::Disputed, State::Parked];
    open.contains(&work.state())
}

/// Without what the database does not show.
fn comparable(model: &Model) -> BTreeMap<u128, Work> {
    let until =
        |work: &Work| if matches!(work.state, State::Leased | State::Parked) { work.until } else { 0 };
    let bare =
        |work: &Work| Work { declined: BTreeSet::new(), given: false, until: until(work), ..work.clone() };
    model.open.iter().map(|(number, work)| (*number, bare(work))).collect()
}

fn number_of(work: &Assignment) -> u128 {
    (1..1_000).find(|number| ticket_id(*number) == work.ticket_id).expect("one of ours")
}

fn any_step(dice: &mut StdRng, registered: u128) -> Step {
    if registered == 0 {
        return Step::Register;
    }
    let (number, who) = (dice.random_range(1..=registered), dice.random_range(0..PEOPLE.len()));
    match dice.random_range(0..34) {
        0..6 => Step::Register,
        6..12 => Step::Claim { who, most: dice.random_range(1..=3) },
        12..17 => Step::Does(Act::Accept, number),
        17 => Step::Does(Act::Heartbeat, number),
        18..20 => Step::Does(Act::Decline, number),
        20..23 => Step::Does(Act::Return, number),
        23 => Step::Does(Act::Transfer, number),
        24..26 => Step::Does(Act::Complete, number),
        26 => Step::Does(Act::Park, number),
        27 => Step::Does(Act::Resume, number),
        28 => Step::Cancel(number),
        29 => Step::Reopen(number),
        30 => Step::Recall(number),
        31 => [Step::Redirect(number), Step::Give { number, who }][dice.random_range(0..2)],
        32 => Step::Pass(dice.random_range(1..=90)),
        _ => Step::Pass(dice.random_range(1..=2 * DAY)),
    }
}

#[tokio::test]
async fn whatever_happens_in_whatever_order_the_database_says_what_the_model_says() {
    let seed = clock::wall().timestamp_millis().unsigned_abs();
    println!("seed {seed}");
    for (index, desk) in (0_u64..).zip(desks().await) {
        let mut dice = StdRng::seed_from_u64(seed + index);
        for subject in PEOPLE {
            desk.member(Member { subject: subject.into(), ..Member::default() }).await;
        }
        let mut walk = Walk { desk, model: Model::default(), tokens: BTreeMap::new(), registered: 0 };
        let mut trace = Vec::new();
        for _ in 0..STEPS {
            let step = any_step(&mut dice, walk.registered);
            trace.push(step);
            if dice.random_range(0..10) == 0 && walk.model.shows(step) {
                walk.crash(step, Duration::from_micros(dice.random_range(0..4_000))).await;
                continue;
            }
            let has_token = !matches!(step, Step::Does(_, number) if !walk.has_token(number));
            let mut next = walk.model.clone();
            // Without the token of the present lease nothing succeeds.
            let expected = has_token && next.make(step, walk.registered + 1);
            let made = walk.make(step).await;
            assert_eq!(made, expected, "{:?} in {:#?}\nafter {trace:?}", step, walk.model);
            if made {
                walk.registered += u128::from(matches!(step, Step::Register));
                walk.model = next;
            }
            walk.forget();
            let told = walk.told().await;
            assert_eq!(comparable(&told), comparable(&walk.model), "after {trace:?}");
        }
    }
}
