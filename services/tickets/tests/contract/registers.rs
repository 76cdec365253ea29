//! Registers: rows of any range, and files of every format that hold them all (T3, K1, K5, C12).

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use hotline_core::caller::Caller;
use hotline_core::error::reason_of;
use hotline_core::id;
use hotline_proto::auth::v1::Role;
use hotline_proto::common::v1::{Channel, TicketType};
use hotline_proto::locale::Locale;
use hotline_proto::tickets::v1::register_service_client::RegisterServiceClient;
use hotline_proto::tickets::v1::{
    CreateTicketRequest, ExportRegisterRequest, ImportTicketsRequest, ImportedTicket,
    ListRegisterExportsRequest, ListRegisterRowsRequest, ListRegisterRowsResponse, ListRegistersRequest,
    RegisterExport, ResolveTicketRequest, VerifyTicketRequest,
};
use tonic::{Code, Status};

use crate::stand_ins;
use crate::support::{Desk, agent, at, fault, on_each};

/// More rows than are in memory at a time.
const MANY: usize = 450;

fn client(desk: &Desk) -> RegisterServiceClient<hotline_core::upstream::Upstream> {
    RegisterServiceClient::new(desk.upstream.clone())
}

fn whose(role: Role, subject: &str) -> Caller {
    Caller { subject: subject.into(), roles: [role].into(), ..agent() }
}

fn of(kind: &str) -> ListRegisterRowsRequest {
    ListRegisterRowsRequest { kind: kind.into(), ..ListRegisterRowsRequest::default() }
}

async fn rows(desk: &Desk, request: ListRegisterRowsRequest) -> Result<ListRegisterRowsResponse, Status> {
    let asked = agent().scope(client(desk).list_register_rows(request)).await;
    asked.map(tonic::Response::into_inner)
}

/// How a file is called, what it is, and the file.
type File = (String, String, Vec<u8>);

async fn export(desk: &Desk, caller: Caller, request: ExportRegisterRequest) -> Result<File, Status> {
    let mut registers = client(desk);
    let asked = caller.scope(Locale::Zh.scope(registers.export_register(request))).await?;
    let called = asked.metadata().get("content-disposition").expect("is named").to_str().expect("ASCII");
    let called = called.to_owned();
    let (mut pieces, mut file, mut media_type) = (asked.into_inner(), Vec::new(), String::new());
    while let Some(piece) = pieces.message().await? {
        file.extend(piece.data);
        media_type = piece.content_type;
    }
    Ok((called, media_type, file))
}

fn as_file(kind: &str, format: &str) -> ExportRegisterRequest {
    ExportRegisterRequest { kind: kind.into(), format: format.into(), ..ExportRegisterRequest::default() }
}

async fn recorded(desk: &Desk) -> Vec<RegisterExport> {
    let request = ListRegisterExportsRequest::default();
    let asked =
        whose(Role::Supervisor, "supervisor").scope(client(desk).list_register_exports(request)).await;
    asked.expect("is listed").into_inner().exports
}

fn of_wang() -> CreateTicketRequest {
    let fields = [("name", "王芳"), ("contact", "13812341234"), ("room", "3-1502"), ("time", "今早")];
    CreateTicketRequest {
        customer_id: stand_ins::KEY_ACCOUNT.into(),
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..fault()
    }
}

/// Brings in as many complaints as make several batches, each a minute after the one before.
async fn import_many(desk: &Desk) {
    let old = |number: usize| {
        let minutes = i64::try_from(number).expect("small");
        let created_at = at("2026-01-05 00:00") + chrono::TimeDelta::minutes(minutes);
        ImportedTicket {
            external_key: format!("old/{number}"),
            customer_id: id::new().to_string(),
            r#type: TicketType::Complaint as i32,
            category_code: "complaint.other".into(),
            channel: Channel::Portal as i32,
            subject: format!("来信{number}"),
            created_at: Some(hotline_core::time::to_proto(created_at)),
            ..ImportedTicket::default()
        }
    };
    let request = ImportTicketsRequest { tickets: (0..MANY).map(old).collect() };
    let asked = desk.ask(|mut client| async move { client.import_tickets(request).await }).await;
    assert!(asked.expect("is imported").results.iter().all(|result| result.created));
}

#[tokio::test]
async fn a_row_tells_of_ticket_customer_and_confirmation_and_what_it_lacks() {
    on_each(|desk| async move {
        let ticket = desk.create(of_wang()).await;
        desk.create(CreateTicketRequest { category_code: "housekeeping.glass".into(), ..fault() }).await;
        let resolve = ResolveTicketRequest {
            id: ticket.id.clone(),
            resolution: "更换光猫".into(),
            ..ResolveTicketRequest::default()
        };
        desk.ask(|mut client| async move { client.resolve_ticket(resolve).await }).await.expect("is solved");
        desk.clock.set(at("2026-03-02 10:00")).expect("goes forward");
        let verify = VerifyTicketRequest { id: ticket.id.clone(), ..VerifyTicketRequest::default() };
        desk.ask(|mut client| async move { client.verify_ticket(verify).await }).await.expect("is verified");
        let listed = rows(&desk, of("repair")).await.expect("is listed");
        assert_eq!(listed.rows.len(), 1, "the other is no repair");
        let row = &listed.rows[0];
        assert_eq!(row.ticket_id, ticket.id);
        let value = |key: &str| row.values.get(key).map(String::as_str);
        assert_eq!(value("number"), Some(ticket.number.as_str()));
        assert_eq!(
            (value("name"), value("contact"), value("room")),
            (Some("王**"), Some("138****1234"), Some("***"))
        );
        assert_eq!((value("project"), value("statedTime")), (Some(stand_ins::PROJECT), Some("今早")));
        assert_eq!((value("result"), value("inTime")), (Some("更换光猫"), Some("true")));
        assert_eq!(value("verifiedAt"), Some("2026-03-02T02:00:00Z"));
        assert!(row.lacking.is_empty() && row.completeness > 0.5, "{row:?}");
        assert!(rows(&desk, of("consultation")).await.expect("is listed").rows.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_range_begins_at_its_date_and_ends_before_the_other() {
    on_each(|desk| async move {
        desk.create(fault()).await;
        desk.clock.set(at("2026-03-03 00:00")).expect("goes forward");
        let second = desk.create(fault()).await;
        let count = async |from: &str, to: &str| {
            let request = ListRegisterRowsRequest { from: from.into(), to: to.into(), ..of("repair") };
            rows(&desk, request).await.expect("is listed").rows.len()
        };
        assert_eq!(count("2026-03-02", "2026-03-03").await, 1);
        assert_eq!(count("2026-03-03", "").await, 1);
        assert_eq!(count("", "2026-03-04").await, 2);
        assert_eq!(count("2026-03-02T09:00:01+08:00", "2026-03-03T00:00:00+08:00").await, 0);
        let board = ListRegisterRowsRequest { category_code: "repair".into(), ..of("repair") };
        assert_eq!(rows(&desk, board).await.expect("is listed").rows.len(), 2);
        let elsewhere = ListRegisterRowsRequest { project: "别处".into(), ..of("repair") };
        assert!(rows(&desk, elsewhere).await.expect("is listed").rows.is_empty());
        let first = ListRegisterRowsRequest { page_size: 1, ..of("repair") };
        let page = rows(&desk, first.clone()).await.expect("is listed");
        let next = ListRegisterRowsRequest { page_token: page.next_page_token, ..first };
        let page = rows(&desk, next).await.expect("is listed");
        assert_eq!(
            (page.rows[0].ticket_id.as_str(), page.next_page_token.as_str()),
            (second.id.as_str(), "")
        );
        for (from, to) in [("yesterday", ""), ("2026-03-03", "2026-03-02")] {
            let request = ListRegisterRowsRequest { from: from.into(), to: to.into(), ..of("repair") };
            assert_eq!(rows(&desk, request).await.expect_err("is refused").code(), Code::InvalidArgument);
        }
        assert_eq!(rows(&desk, of("gossip")).await.expect_err("is none").code(), Code::InvalidArgument);
    })
    .await;
}

#[tokio::test]
async fn files_of_every_format_hold_every_row_in_order_and_are_recorded() {
    on_each(|desk| async move {
        import_many(&desk).await;
        let numbers: Vec<String> = (0..MANY).map(|number| format!("来信{number}")).collect();
        let (called, media_type, csv) =
            export(&desk, agent(), as_file("complaint", "csv")).await.expect("is exported");
        assert!(called.starts_with("attachment; filename=\"register-complaint.csv\"; filename*=UTF-8''%E6"));
        assert_eq!(media_type, "text/csv; charset=utf-8");
        let text = String::from_utf8(csv).expect("text");
        let mut reader = csv::Reader::from_reader(text.strip_prefix('\u{feff}').expect("a mark").as_bytes());
        let content = reader.headers().expect("a heading").iter().position(|name| name == "反映内容");
        let content = content.expect("a column");
        let read: Vec<_> = reader.records().map(|row| row.expect("a row")[content].to_owned()).collect();
        assert_eq!(read, numbers);

        let (.., xlsx) = export(&desk, agent(), as_file("complaint", "")).await.expect("is exported");
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(xlsx)).expect("a workbook");
        let sheet = book.worksheet_range("投诉登记表").expect("a sheet");
        let read: Vec<_> = sheet.rows().skip(1).take(MANY).map(|row| row[content].to_string()).collect();
        assert_eq!(read, numbers);
        let footers: Vec<_> = sheet.rows().skip(MANY + 2).map(|row| (row[0].to_string(), &row[1])).collect();
        assert_eq!(footers[0], ("登记数".to_owned(), &Data::Float(450.0)));
        assert_eq!((footers[1].0.as_str(), footers[2].0.as_str()), ("平均记录完整率", "缺项：姓名"));
        assert_eq!(footers[2].1, &Data::Float(450.0), "nobody's name is known");

        let (called, _, html) =
            export(&desk, agent(), as_file("complaint", "html")).await.expect("is exported");
        assert!(called.starts_with("inline; "));
        let html = String::from_utf8(html).expect("text");
        assert!(html.contains("<html lang=\"zh-CN\">") && html.contains("姓名、联系方式和房号已脱敏"));
        assert_eq!(html.matches("<td class=\"prose\">来信").count(), MANY);

        let exports = recorded(&desk).await;
        let formats: Vec<_> = exports.iter().map(|export| export.format.as_str()).collect();
        assert_eq!(formats, ["html", "xlsx", "csv"]);
        assert!(exports.iter().all(|export| export.rows == 450 && export.exported_by == "agent"));
        assert!(exports.iter().all(|export| !export.revealed && export.kind == "complaint"));
    })
    .await;
}

#[tokio::test]
async fn names_are_shown_only_to_those_who_may_and_say_why() {
    on_each(|desk| async move {
        desk.create(of_wang()).await;
        let reveal =
            ExportRegisterRequest { reveal: true, reason: "核对回访".into(), ..as_file("repair", "csv") };
        let refused = export(&desk, agent(), reveal.clone()).await.expect_err("an agent may not");
        assert_eq!(refused.code(), Code::PermissionDenied);
        let silent = ExportRegisterRequest { reason: " ".into(), ..reveal.clone() };
        let quality = whose(Role::Quality, "quality");
        let refused = export(&desk, quality.clone(), silent).await.expect_err("says no reason");
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::InvalidArgument, "INVALID_REQUEST")
        );
        assert!(recorded(&desk).await.is_empty(), "nothing was exported");
        let (.., file) = export(&desk, quality, reveal).await.expect("is exported");
        let text = String::from_utf8(file).expect("text");
        assert!(text.contains("王芳") && text.contains("13812341234") && text.contains("3-1502"), "{text}");
        let export = &recorded(&desk).await[0];
        assert!(export.revealed);
        assert_eq!((export.exported_by.as_str(), export.reason.as_str()), ("quality", "核对回访"));
    })
    .await;
}

#[tokio::test]
async fn what_the_customer_wrote_is_masked_too_in_rows_and_in_files() {
    on_each(|desk| async move {
        let description =
            "请回电 138 1234 1234 或 029-88886666，wang@x.cn，3栋1502王芳，工单26030200179".to_owned();
        desk.create(CreateTicketRequest { description, ..of_wang() }).await;
        let listed = rows(&desk, of("repair")).await.expect("is listed");
        let masked = "宽带无法上网\n请回电 138****1234 或 029****6666，w***@x.cn，***王**，工单26030200179";
        assert_eq!(listed.rows[0].values["content"], masked);
        let (.., file) = export(&desk, agent(), as_file("repair", "csv")).await.expect("is exported");
        let text = String::from_utf8(file).expect("text");
        assert!(masked.lines().all(|line| text.contains(line)), "{text}");
        for word in ["1234 1234", "88886666", "wang@", "1502", "王芳"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
        let (.., html) = export(&desk, agent(), as_file("repair", "html")).await.expect("is exported");
        let html = String::from_utf8(html).expect("text");
        assert!(html.contains("文字中提到的其他人未脱敏"), "{html}");
    })
    .await;
}

#[tokio::test]
async fn the_registers_name_their_columns_in_both_languages() {
    on_each(|desk| async move {
        let asked = agent().scope(client(&desk).list_registers(ListRegistersRequest {})).await;
        let registers = asked.expect("is listed").into_inner().registers;
        let kinds: Vec<_> = registers.iter().map(|register| register.kind.as_str()).collect();
        assert_eq!(kinds, ["consultation", "repair", "complaint"]);
        let column = &registers[2].columns[8];
        assert_eq!(
            (column.key.as_str(), column.label_zh.as_str(), column.asked),
            ("complainedOf", "被投诉方", true)
        );
        desk.create(of_wang()).await;
        let english = ExportRegisterRequest { lang: "en".into(), ..as_file("repair", "csv") };
        let (.., file) = export(&desk, agent(), english).await.expect("is exported");
        let text = String::from_utf8(file).expect("text");
        assert!(text.starts_with("\u{feff}Ticket number,Name,Contact,") && text.contains(",high,"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn customers_out_of_reach_are_said_before_anything_is_sent() {
    on_each(|desk| async move {
        desk.create(CreateTicketRequest { customer_id: stand_ins::LOST_LATER.into(), ..fault() }).await;
        let refused = export(&desk, agent(), as_file("repair", "csv")).await.expect_err("is out of reach");
        assert_eq!(refused.code(), Code::Unavailable);
        assert!(recorded(&desk).await.is_empty());
    })
    .await;
}
