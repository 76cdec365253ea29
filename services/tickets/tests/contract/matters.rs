//! Matters over their methods: what is stale, what may not be merged, links both ways, watchers, whom comments may be told.

use hotline_core::error::reason_of;
use hotline_core::upstream::Upstream;
use hotline_proto::common::v1::Channel;
use hotline_proto::tickets::v1::matter_service_client::MatterServiceClient;
use hotline_proto::tickets::v1::{
    CommentVisibility, ComplainedOf, ConcludeTicketRequest, CreateCommentRequest, CreateTicketRequest,
    FeedBackTicketRequest, InvestigateTicketRequest, JudgeTicketRequest, LinkKind, LinkTicketRequest,
    ListCommentsRequest, ListLinksRequest, MergeTicketRequest, PartyKind, TagTicketRequest, Ticket,
    UnlinkTicketRequest, UnmergeTicketRequest, UnwatchTicketRequest, Validity, Verdict, WatchTicketRequest,
};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

use crate::support::{Desk, agent, fault, on_each};

type Matters = MatterServiceClient<Upstream>;

/// Makes one call on matters as the agent.
async fn ask<R, F>(desk: &Desk, call: impl FnOnce(Matters) -> F) -> Result<R, Status>
where
    F: Future<Output = Result<Response<R>, Status>>,
{
    agent().scope(call(Matters::new(desk.upstream.clone()))).await.map(Response::into_inner)
}

/// A fault that somebody reports again in another way, so that it is a ticket of its own.
fn again(first: &Ticket) -> CreateTicketRequest {
    let customer_id = first.customer_id.clone();
    CreateTicketRequest { customer_id, interaction_id: String::new(), ..fault() }
}

async fn merge(desk: &Desk, one: &Ticket, into: &Ticket) -> Result<Ticket, Status> {
    let request = MergeTicketRequest { id: one.id.clone(), into: into.id.clone(), ..Default::default() };
    ask(desk, |mut matters| async move { matters.merge_ticket(request).await }).await
}

async fn link(desk: &Desk, one: &Ticket, kind: LinkKind, other: &Ticket) {
    let (id, other_id) = (one.id.clone(), other.id.clone());
    let request = LinkTicketRequest { id, kind: kind.into(), other_id, ..Default::default() };
    ask(desk, |mut matters| async move { matters.link_ticket(request).await }).await.expect("is linked");
}

/// Returns the links of a ticket, each with the other's number.
async fn links(desk: &Desk, of: &Ticket) -> Vec<(LinkKind, String)> {
    let request = ListLinksRequest { id: of.id.clone() };
    let listed = ask(desk, |mut matters| async move { matters.list_links(request).await }).await;
    let links = listed.expect("are listed").links.into_iter();
    links.map(|link| (link.kind(), link.other_number)).collect()
}

async fn tag(desk: &Desk, ticket: &Ticket) -> Ticket {
    let request = TagTicketRequest { id: ticket.id.clone(), add: vec!["VIP".into()], ..Default::default() };
    ask(desk, |mut matters| async move { matters.tag_ticket(request).await }).await.expect("is tagged")
}

/// What came of a command, by its name.
type Answer = (&'static str, Result<Response<Ticket>, Status>);

/// Judges, investigates, concludes and tells, by the version of a ticket that was read.
async fn about_a_complaint(desk: &Desk, read: &Ticket) -> [Answer; 4] {
    let mut matters = Matters::new(desk.upstream.clone());
    let (id, etag) = (|| read.id.clone(), || read.etag.clone());
    let party = Some(ComplainedOf { kind: PartyKind::Other as i32, name: "物业".into() });
    let (validity, verdict) = (Validity::Valid as i32, Verdict::Upheld as i32);
    let (channel, finding, note) = (Channel::Phone as i32, "x".to_owned(), "x".to_owned());
    let judge = JudgeTicketRequest { id: id(), validity, etag: etag(), ..Default::default() };
    let investigate = InvestigateTicketRequest { id: id(), party, etag: etag(), ..Default::default() };
    let conclude = ConcludeTicketRequest { id: id(), verdict, finding, etag: etag(), ..Default::default() };
    let feedback = FeedBackTicketRequest { id: id(), note, channel, etag: etag(), ..Default::default() };
    [
        ("judge", matters.judge_ticket(judge).await),
        ("investigate", matters.investigate_ticket(investigate).await),
        ("conclude", matters.conclude_ticket(conclude).await),
        ("feedback", matters.feed_back_ticket(feedback).await),
    ]
}

/// Merges, undoes a merge, links, tags and watches, by the versions of tickets that were read.
async fn about_others(desk: &Desk, read: &Ticket, other: &Ticket, merged: &Ticket) -> [Answer; 5] {
    let mut matters = Matters::new(desk.upstream.clone());
    let (id, etag) = (|| read.id.clone(), || read.etag.clone());
    let (into, other_id, kind) = (other.id.clone(), other.id.clone(), LinkKind::Related as i32);
    let merge = MergeTicketRequest { id: id(), into, etag: etag(), ..Default::default() };
    let (gone, gone_etag) = (merged.id.clone(), merged.etag.clone());
    let unmerge = UnmergeTicketRequest { id: gone, reason: "x".into(), etag: gone_etag };
    let link = LinkTicketRequest { id: id(), kind, other_id, etag: etag(), ..Default::default() };
    let tag = TagTicketRequest { id: id(), add: vec!["x".into()], etag: etag(), ..Default::default() };
    let watch = WatchTicketRequest { id: id(), etag: etag(), ..Default::default() };
    [
        ("merge", matters.merge_ticket(merge).await),
        ("unmerge", matters.unmerge_ticket(unmerge).await),
        ("link", matters.link_ticket(link).await),
        ("tag", matters.tag_ticket(tag).await),
        ("watch", matters.watch_ticket(watch).await),
    ]
}

#[tokio::test]
async fn whoever_has_not_read_the_last_change_is_refused() {
    on_each(|desk| async move {
        let fields = [("room", "1"), ("complainedOf", "物业")];
        let complaint = CreateTicketRequest {
            category_code: "complaint.service".into(),
            project: "曲江一期".into(),
            fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..fault()
        };
        let read = desk.create(complaint).await;
        let other = desk.create(again(&read)).await;
        let merged = desk.create(again(&read)).await;
        merge(&desk, &merged, &other).await.expect("is merged");
        let changed = tag(&desk, &read).await;
        let answers = agent().scope(async {
            let others = about_others(&desk, &read, &other, &merged).await;
            about_a_complaint(&desk, &read).await.into_iter().chain(others).collect::<Vec<Answer>>()
        });
        for (name, answer) in answers.await {
            let refused = answer.expect_err(name);
            let told = (refused.code(), reason_of(&refused));
            assert_eq!(told, (Code::Aborted, "ETAG_MISMATCH".to_owned()), "{name}");
        }
        assert_eq!(desk.get(&read.id).await.expect("is there").etag, changed.etag, "nothing has changed");
    })
    .await;
}

#[tokio::test]
async fn a_link_stands_on_both_tickets_until_it_is_taken_away() {
    on_each(|desk| async move {
        let one = desk.create(fault()).await;
        let other = desk.create(again(&one)).await;
        link(&desk, &one, LinkKind::Related, &other).await;
        link(&desk, &one, LinkKind::Related, &other).await;
        assert_eq!(links(&desk, &one).await, [(LinkKind::Related, other.number.clone())]);
        assert_eq!(links(&desk, &other).await, [(LinkKind::Related, one.number.clone())]);
        let request = UnlinkTicketRequest {
            id: other.id.clone(),
            kind: LinkKind::Related as i32,
            other_id: one.id.clone(),
            ..Default::default()
        };
        ask(&desk, |mut matters| async move { matters.unlink_ticket(request).await })
            .await
            .expect("is undone");
        assert!(links(&desk, &one).await.is_empty() && links(&desk, &other).await.is_empty());
        for ticket in [&one, &other] {
            let kinds = desk.kinds(&ticket.id).await;
            let count = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
            assert_eq!((count("LINKED"), count("UNLINKED")), (1, 1), "{kinds:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_watches_a_ticket_watches_it_no_more_when_they_say_so() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let (id, subject) = (ticket.id.clone(), "lead".to_owned());
        let watch = |subject: &str| WatchTicketRequest {
            id: ticket.id.clone(),
            subject: subject.into(),
            ..Default::default()
        };
        for subject in ["", "lead"] {
            let request = watch(subject);
            ask(&desk, |mut matters| async move { matters.watch_ticket(request).await })
                .await
                .expect("watches");
        }
        assert_eq!(desk.get(&id).await.expect("is there").watchers, ["agent", "lead"]);
        let request = UnwatchTicketRequest { id: id.clone(), subject, ..Default::default() };
        let left = ask(&desk, |mut matters| async move { matters.unwatch_ticket(request).await }).await;
        assert_eq!(left.expect("watches no more").watchers, ["agent"]);
    })
    .await;
}

#[tokio::test]
async fn only_a_childless_duplicate_of_the_same_customer_is_merged() {
    on_each(|desk| async move {
        let one = desk.create(fault()).await;
        let same = desk.create(again(&one)).await;
        let of_another = desk.create(fault()).await;
        let child = desk.create(again(&one)).await;
        link(&desk, &one, LinkKind::Child, &child).await;
        for (into, why) in [(&of_another, "another customer"), (&one, "itself"), (&same, "has children")] {
            let refused = merge(&desk, &one, into).await.expect_err(why);
            assert_eq!(refused.code(), Code::InvalidArgument, "{why}");
            let named = refused.get_details_bad_request().expect("is named").field_violations;
            assert_eq!(named[0].field, "into", "{why}");
            assert!(refused.message().contains(why) || named[0].description.contains(why), "{refused:?}");
        }
        assert_eq!(desk.get(&one.id).await.expect("is there").survivor_id, "");
        let merged = merge(&desk, &same, &one).await.expect("the other way round it may be");
        assert_eq!(merged.survivor_id, one.id);
        let refused = merge(&desk, &one, &same).await.expect_err("that was merged into it");
        assert_eq!(refused.code(), Code::InvalidArgument);
    })
    .await;
}

#[tokio::test]
async fn comments_are_listed_by_whom_they_may_be_told() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        for (text, visibility, channel) in [
            ("猫坏了", CommentVisibility::Internal, Channel::Unspecified),
            ("明早上门", CommentVisibility::Public, Channel::Unspecified),
            ("未说明的留在内部", CommentVisibility::Unspecified, Channel::Unspecified),
            ("还是不行", CommentVisibility::Internal, Channel::Phone),
        ] {
            let request = CreateCommentRequest {
                ticket_id: ticket.id.clone(),
                text: text.into(),
                visibility: visibility.into(),
                customer_channel: channel.into(),
                ..Default::default()
            };
            ask(&desk, |mut matters| async move { matters.create_comment(request).await })
                .await
                .expect("is said");
        }
        let listed = async |visibility: CommentVisibility| {
            let (mut texts, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = ListCommentsRequest {
                    ticket_id: ticket.number.clone(),
                    visibility: visibility.into(),
                    page_size: 1,
                    page_token,
                };
                let page =
                    ask(&desk, |mut matters| async move { matters.list_comments(request).await }).await;
                let page = page.expect("is listed");
                texts.extend(page.comments.into_iter().map(|comment| comment.text));
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    return texts;
                }
            }
        };
        assert_eq!(listed(CommentVisibility::Public).await, ["明早上门", "还是不行"]);
        assert_eq!(listed(CommentVisibility::Internal).await, ["猫坏了", "未说明的留在内部"]);
        assert_eq!(listed(CommentVisibility::Unspecified).await.len(), 4);
    })
    .await;
}
