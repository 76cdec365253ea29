//! What `hotline up --demo` fills in: accounts, teams, members and routing to try things with.

use std::collections::HashSet;
use std::io::Write;
use std::net::SocketAddr;

use anyhow::Context;
use hotline_core::caller::Caller;
use hotline_gateway::Account;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::dispatch_service_client::DispatchServiceClient;
use hotline_proto::dispatch::v1::{
    CreateMemberRequest, CreateRoutingRuleRequest, CreateTeamRequest, ListMembersRequest,
    ListRoutingRulesRequest, ListTeamsRequest, Member, RoutingRule, Team, TeamKind,
};
use rand::distr::{Alphanumeric, SampleString};

use crate::suite::Suite;

/// Teams: key, Chinese and English name, kind.
const TEAMS: [(&str, &str, &str, TeamKind); 6] = [
    ("first-line", "一线客服", "First line", TeamKind::FirstLine),
    ("second-line-network", "网络二线", "Second line, network", TeamKind::SecondLine),
    ("on-site-east", "东区现场分司", "On-site branch, east", TeamKind::OnSite),
    ("vendor-fiber", "光纤第三方", "Fibre vendor", TeamKind::ThirdParty),
    ("complaints", "投诉处理组", "Complaints", TeamKind::Complaint),
    ("experts", "业务专家组", "Experts", TeamKind::Expert),
];

/// Routing rules: name, categories, team.
const RULES: [(&str, &[&str], &str); 5] = [
    ("网络与自用部位报修", &["repair.private", "product.technical"], "second-line-network"),
    ("公共区域报修与家政", &["repair.public", "housekeeping"], "on-site-east"),
    ("有偿维修", &["repair.paid"], "vendor-fiber"),
    ("投诉", &["complaint"], "complaints"),
    ("咨询", &["consult"], "experts"),
];

/// Accounts: name, role, team.
const ACCOUNTS: [(&str, &str, Option<&str>); 14] = [
    ("agent", "agent", Some("first-line")),
    ("agent2", "agent", Some("first-line")),
    ("lead", "team_lead", Some("first-line")),
    ("complaints", "complaint_manager", Some("complaints")),
    ("engineer", "engineer", Some("second-line-network")),
    ("engineer2", "engineer", Some("second-line-network")),
    ("branch", "engineer", Some("on-site-east")),
    ("vendor", "third_party", Some("vendor-fiber")),
    ("expert", "expert", Some("experts")),
    ("callback", "callback_agent", None),
    ("quality", "quality", None),
    ("supervisor", "supervisor", None),
    ("operations", "operations", None),
    ("admin", "admin", None),
];

/// The wish for demo data.
#[derive(Debug)]
pub struct Demo {
    /// Password of all demo accounts; `None` makes one.
    pub password: Option<String>,
}

impl Demo {
    /// Fills in what is missing. Returns the password if it was made here and now.
    ///
    /// # Errors
    /// As the services refuse.
    pub async fn fill(&self, suite: &Suite) -> anyhow::Result<Option<String>> {
        Caller::service("suite").scope(teams_and_routing(suite)).await.context("demo teams and routing")?;
        let accounts = suite.gateway().context("the gateway does not run here")?.accounts();
        let made = Alphanumeric.sample_string(&mut rand::rng(), 16);
        let password = self.password.as_deref().unwrap_or(&made);
        let mut new = false;
        for (name, role, team) in ACCOUNTS {
            let teams: Vec<String> = team.into_iter().map(str::to_owned).collect();
            let roles = vec![Role::from_claim(role).with_context(|| format!("`{role}` is not a role"))?];
            let account = Account { username: name.to_owned(), name: name.to_owned(), roles, teams };
            if accounts.create(&account, password).await? {
                new = true;
            } else if self.password.is_some() && accounts.sign_in(name, password).await.is_err() {
                // Chosen anew at a later start: the choice holds.
                accounts.set_password(&account, password).await?;
            }
        }
        Ok((new && self.password.is_none()).then_some(made))
    }
}

/// Says where the suite listens and what to try next. Nobody need be reading it.
pub fn greet(address: SocketAddr, demo: bool, password: Option<&str>) {
    let _ = std::io::stdout().write_all(greeting(address, demo, password).as_bytes());
}

fn greeting(address: SocketAddr, demo: bool, password: Option<&str>) -> String {
    let head = format!(
        "Hotline listens on http://{address}\n\
         \u{20} documentation   http://{address}/docs   (machine-readable: /openapi.json)\n"
    );
    if !demo {
        return head
            + "  no accounts yet: start with --demo, or make a token with `hotline token <subject> --role agent`\n";
    }
    let password = match password {
        Some(password) => format!("{password}   (shown once; set HOTLINE_DEMO_PASSWORD to choose it)"),
        None => {
            "as chosen now, or as printed at the first start (HOTLINE_DEMO_PASSWORD sets another)".to_owned()
        }
    };
    let accounts = ACCOUNTS.map(|(name, _, _)| name).join(", ");
    head + &format!(
        "  demo password   {password}\n\
         \u{20} try next        curl -s http://{address}/v1/auth/token -H 'Content-Type: application/json' \\\n\
         \u{20}                   -d '{{\"username\":\"agent\",\"password\":\"…\"}}'\n\
         \u{20} accounts        {accounts}\n"
    )
}

async fn teams_and_routing(suite: &Suite) -> anyhow::Result<()> {
    let mut dispatch = DispatchServiceClient::new(suite.upstreams().get(hotline_dispatch::NAME));
    let all = ListTeamsRequest { page_size: 500, ..Default::default() };
    let known: HashSet<String> =
        dispatch.list_teams(all).await?.into_inner().teams.into_iter().map(|team| team.key).collect();
    for (key, name_zh, name_en, kind) in TEAMS.into_iter().filter(|(key, ..)| !known.contains(*key)) {
        let (key, name_zh, name_en) = (key.to_owned(), name_zh.to_owned(), name_en.to_owned());
        let team = Team {
            key,
            name_zh,
            name_en,
            kind: kind.into(),
            calendar: "office".into(),
            ..Default::default()
        };
        dispatch.create_team(CreateTeamRequest { team: Some(team) }).await?;
    }
    let all = ListRoutingRulesRequest { page_size: 500, ..Default::default() };
    let known: HashSet<String> = dispatch
        .list_routing_rules(all)
        .await?
        .into_inner()
        .rules
        .into_iter()
        .map(|rule| rule.name)
        .collect();
    for (position, (name, categories, team)) in
        (1..).zip(RULES).filter(|(_, (name, ..))| !known.contains(*name))
    {
        let rule = RoutingRule {
            name: name.to_owned(),
            position: position * 10,
            category_codes: categories.iter().map(|code| (*code).to_owned()).collect(),
            team_key: team.to_owned(),
            ..Default::default()
        };
        dispatch.create_routing_rule(CreateRoutingRuleRequest { rule: Some(rule) }).await?;
    }
    let all = ListMembersRequest { page_size: 500, ..Default::default() };
    let known: HashSet<String> = dispatch
        .list_members(all)
        .await?
        .into_inner()
        .members
        .into_iter()
        .map(|member| member.subject)
        .collect();
    for (name, _, team) in ACCOUNTS.into_iter().filter(|(name, ..)| !known.contains(*name)) {
        let Some(team) = team else { continue };
        let (subject, name, team_key) = (name.to_owned(), name.to_owned(), team.to_owned());
        let member = Member { subject, name, team_key, ..Default::default() };
        dispatch.create_member(CreateMemberRequest { member: Some(member) }).await?;
    }
    Ok(())
}
