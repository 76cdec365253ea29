//! Every change of the rules is a version, and any version can come back (D2).

use futures::future::join_all;
use hotline_proto::dispatch::v1::{
    DeleteRoutingRuleRequest, GetRoutingVersionRequest, ListRoutingVersionsRequest,
    RestoreRoutingVersionRequest, RoutingChange, RoutingRule, RoutingVersion,
};
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal};
use crate::harness::rules::rule_for;
use crate::harness::{Desk, OTHER, TEAM, admin, desks, engineer};

impl Desk {
    async fn versions(&self, page_size: i32) -> Vec<RoutingVersion> {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListRoutingVersionsRequest { page_size, page_token };
            let mut client = self.client.clone();
            let page = inner(engineer().scope(client.list_routing_versions(request)).await).expect("lists");
            all.extend(page.versions);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }

    async fn version(&self, version: i64) -> Result<RoutingVersion, Status> {
        let mut client = self.client.clone();
        inner(engineer().scope(client.get_routing_version(GetRoutingVersionRequest { version })).await)
    }

    async fn restores(&self, version: i64) -> Result<RoutingVersion, Status> {
        let mut client = self.client.clone();
        inner(admin().scope(client.restore_routing_version(RestoreRoutingVersionRequest { version })).await)
    }

    async fn deletes(&self, id: &str) {
        let delete = DeleteRoutingRuleRequest { id: id.into(), ..DeleteRoutingRuleRequest::default() };
        admin().scope(self.client.clone().delete_routing_rule(delete)).await.expect("goes");
    }
}

fn names(rules: &[RoutingRule]) -> Vec<(&str, &str)> {
    rules.iter().map(|rule| (rule.name.as_str(), rule.team_key.as_str())).collect()
}

#[tokio::test]
async fn every_change_makes_a_version_that_says_who_when_and_what() {
    for desk in desks().await {
        let rule =
            desk.makes(RoutingRule { team_key: OTHER.into(), ..rule_for("lift") }).await.expect("made");
        desk.pass(60).await;
        let patch = RoutingRule { id: rule.id.clone(), team_key: TEAM.into(), ..RoutingRule::default() };
        desk.changes(patch).await.expect("changes");
        desk.deletes(&rule.id).await;
        let all = desk.versions(2).await;
        let told: Vec<_> = all.iter().map(|one| (one.version, one.change(), &*one.rule_name)).collect();
        let expected = [
            (5, RoutingChange::Deleted, "lift"),
            (4, RoutingChange::Updated, "lift"),
            (3, RoutingChange::Created, "lift"),
            (2, RoutingChange::Created, "报修"),
            (1, RoutingChange::Found, ""),
        ];
        assert_eq!(told, expected);
        assert!(all.iter().all(|one| one.rules.is_empty()), "a list has no rules");
        assert_eq!((&*all[0].recorded_by, &*all[4].recorded_by), ("admin", ""));
        assert_eq!(
            all[1].recorded_at,
            all[2].recorded_at.map(|at| prost_types::Timestamp { seconds: at.seconds + 60, ..at })
        );
        let before = desk.version(4).await.expect("is there");
        assert_eq!(names(&before.rules), [("lift", TEAM), ("报修", TEAM), ("默认", "first-line")]);
        assert_eq!(names(&desk.version(3).await.expect("is there").rules)[0], ("lift", OTHER));
        assert_eq!(refusal(desk.version(6).await).0, Code::NotFound);
        assert_eq!(refusal(desk.version(0).await).0, Code::InvalidArgument);
    }
}

#[tokio::test]
async fn a_refused_change_makes_no_version() {
    for desk in desks().await {
        let nowhere = RoutingRule { team_key: "nowhere".into(), ..rule_for("lift") };
        assert_eq!(refusal(desk.makes(nowhere).await).0, Code::InvalidArgument);
        assert_eq!(desk.versions(0).await.len(), 2);
    }
}

#[tokio::test]
async fn an_older_version_comes_back_as_a_new_one() {
    for desk in desks().await {
        let lift =
            desk.makes(RoutingRule { team_key: OTHER.into(), ..rule_for("lift") }).await.expect("made");
        desk.registered([1]).await;
        let repair = desk.all_rules().await.into_iter().find(|rule| rule.name == "报修").expect("there");
        assert_eq!(repair.hits, 1);
        let patch = RoutingRule { id: repair.id.clone(), team_key: OTHER.into(), ..RoutingRule::default() };
        desk.changes(patch).await.expect("changes");
        desk.deletes(&lift.id).await;
        desk.makes(RoutingRule { team_key: TEAM.into(), ..rule_for("garden") }).await.expect("made");

        assert_eq!(refusal(desk.restores(99).await).0, Code::NotFound);
        let restored = desk.restores(3).await.expect("comes back");
        assert_eq!((restored.version, restored.change(), restored.restored), (7, RoutingChange::Restored, 3));
        let rules = desk.all_rules().await;
        assert_eq!(names(&rules), [("lift", OTHER), ("报修", TEAM), ("默认", "first-line")]);
        assert_eq!(names(&restored.rules), names(&rules));
        assert_eq!((&rules[0].id, rules[1].hits), (&lift.id, 1), "the same rules, and what they did");
        assert_ne!(rules[0].etag, lift.etag);
        let stale = RoutingRule { position: 3, etag: lift.etag, id: lift.id, ..RoutingRule::default() };
        assert_eq!(refusal(desk.changes(stale).await), (Code::Aborted, "ETAG_MISMATCH".into()));
        desk.registered([2]).await;
        assert_eq!(desk.open_work_on(2).await.rule_version, 7, "it counts at once");
    }
}

#[tokio::test]
async fn changes_at_the_same_time_make_a_version_each() {
    for desk in desks().await {
        let rules = (0..6).map(|number| {
            desk.makes(RoutingRule { team_key: OTHER.into(), position: number, ..rule_for("lift") })
        });
        assert!(join_all(rules).await.iter().all(Result::is_ok));
        let all = desk.versions(0).await;
        let numbers: Vec<_> = all.iter().map(|one| one.version).collect();
        assert_eq!(numbers, [8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(desk.version(8).await.expect("is there").rules.len(), 8);
    }
}
