//! The catalogue administered while tickets are registered: made, changed, retired, brought in from a file (T1, T3).

use hotline_core::error::reason_of;
use hotline_proto::common::v1::{Priority, TicketType};
use hotline_proto::tickets::v1::{
    CatalogueRevision, Category, CreateCategoryRequest, CreateTicketRequest, GetCategoryRequest,
    ImportCategoriesRequest, ImportCategoriesResponse, ListCatalogueRevisionsRequest, ListCategoriesRequest,
    ListCategoryVersionsRequest, ListTicketsRequest, RetireCategoryRequest, UpdateCategoryRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::stand_ins::{TEAM, TEAM_ID};
use crate::support::{Desk, fault, on_each};

mod forms;

fn roof() -> Category {
    Category { code: "repair.roof".into(), label_zh: "屋顶".into(), ..Category::default() }
}

async fn create(desk: &Desk, category: Category) -> Result<Category, Status> {
    let request = CreateCategoryRequest { category: Some(category), note: "新增".into() };
    desk.order(desk.catalogue().create_category(request)).await
}

async fn update(desk: &Desk, category: Category, paths: &[&str], etag: &str) -> Result<Category, Status> {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let update_mask = (!paths.is_empty()).then_some(FieldMask { paths });
    let request = UpdateCategoryRequest {
        category: Some(category),
        update_mask,
        etag: etag.into(),
        note: "调整".into(),
    };
    desk.order(desk.catalogue().update_category(request)).await
}

async fn import(desk: &Desk, csv: &str, dry_run: bool) -> Result<ImportCategoriesResponse, Status> {
    let request = ImportCategoriesRequest {
        csv: csv.into(),
        dry_run,
        note: "批量".into(),
        r#type: TicketType::ServiceRequest as i32,
        ..ImportCategoriesRequest::default()
    };
    desk.order(desk.catalogue().import_categories(request)).await
}

async fn get(desk: &Desk, code: &str) -> Result<Category, Status> {
    let request = GetCategoryRequest { code: code.into() };
    desk.ask(|mut client| async move { client.get_category(request).await }).await
}

async fn list(desk: &Desk, parent_code: &str, include_retired: bool) -> Vec<String> {
    let request = ListCategoriesRequest { parent_code: parent_code.into(), include_retired };
    let listed = desk.ask(|mut client| async move { client.list_categories(request).await }).await;
    listed.expect("is listed").categories.into_iter().map(|category| category.code).collect()
}

async fn revisions(desk: &Desk) -> Vec<CatalogueRevision> {
    let request = ListCatalogueRevisionsRequest::default();
    desk.order(desk.catalogue().list_catalogue_revisions(request)).await.expect("is listed").revisions
}

async fn register(desk: &Desk, code: &str) -> Result<String, Status> {
    let request = CreateTicketRequest { category_code: code.into(), ..fault() };
    desk.ask(|mut client| async move { client.create_ticket(request).await })
        .await
        .map(|ticket| ticket.number)
}

fn wrong(refused: &Status) -> Vec<(String, String)> {
    assert_eq!((refused.code(), reason_of(refused).as_str()), (Code::InvalidArgument, "INVALID_REQUEST"));
    let named = refused.get_details_bad_request().expect("fields are named").field_violations;
    named.into_iter().map(|field| (field.field, field.description)).collect()
}

fn paths(refused: &Status) -> Vec<String> {
    wrong(refused).into_iter().map(|(path, _)| path).collect()
}

#[tokio::test]
async fn tickets_are_registered_in_a_new_category_at_once() {
    on_each(|desk| async move {
        assert_eq!(
            register(&desk, "repair.roof").await.map_err(|refused| paths(&refused)),
            Err(vec!["categoryCode".to_owned()])
        );
        let made = create(&desk, Category { team_key: TEAM_ID.into(), ..roof() }).await.expect("is made");
        assert_eq!(
            (made.r#type(), made.priority(), made.team_key.as_str()),
            (TicketType::Fault, Priority::Medium, TEAM)
        );
        assert_eq!((made.depth, made.leaf, made.active, made.version), (1, true, Some(true), 1));
        assert_eq!(get(&desk, "repair.roof").await.expect("is there"), made);
        register(&desk, "repair.roof").await.expect("is registered");
        let flat =
            Category {
                parent_code: "repair.roof".into(), label_zh: "平屋顶".into(), ..Category::default()
            };
        let flat = create(&desk, flat).await.expect("a third level");
        assert_eq!((flat.code.as_str(), flat.depth), ("repair.roof.平屋顶", 2));
        register(&desk, "repair.roof.平屋顶").await.expect("is registered");
        let request = ListTicketsRequest { category_code: "repair".into(), ..ListTicketsRequest::default() };
        let listed = desk.ask(|mut client| async move { client.list_tickets(request).await }).await;
        assert_eq!(
            listed.expect("is listed").tickets.len(),
            2,
            "a list of a board goes down to the last level"
        );
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_its_name() {
    on_each(|desk| async move {
        let twice =
            create(&desk, Category { code: "repair.paid".into(), ..roof() }).await.expect_err("is taken");
        assert_eq!((twice.code(), reason_of(&twice).as_str()), (Code::AlreadyExists, "CATEGORY_EXISTS"));
        let team =
            create(&desk, Category { team_key: "nobody".into(), ..roof() }).await.expect_err("no team");
        assert_eq!(paths(&team), ["teamKey"]);
        let policy =
            create(&desk, Category { policy: "nope".into(), ..roof() }).await.expect_err("no policy");
        assert_eq!(paths(&policy), ["policy"]);
        let code =
            create(&desk, Category { code: "nowhere.roof".into(), ..roof() }).await.expect_err("no parent");
        assert_eq!(paths(&code), ["parentCode"]);
        assert!(revisions(&desk).await.is_empty(), "nothing has changed");
    })
    .await;
}

#[tokio::test]
async fn a_change_is_a_version_made_on_the_one_before() {
    on_each(|desk| async move {
        let before = get(&desk, "repair.paid").await.expect("is shipped");
        let patch =
            Category { code: "repair.paid".into(), label_zh: "有偿维修".into(), ..Category::default() };
        let after = update(&desk, patch.clone(), &[], &before.etag).await.expect("is changed");
        assert_eq!((after.label_zh.as_str(), after.version), ("有偿维修", 2));
        assert_eq!(
            (after.r#type, after.priority, after.position),
            (before.r#type, before.priority, before.position)
        );
        let stale = update(&desk, patch.clone(), &[], &before.etag).await.expect_err("is stale");
        assert_eq!(reason_of(&stale), "ETAG_MISMATCH");
        let same = update(&desk, patch, &[], "").await.expect("changes nothing");
        assert_eq!(same, after);
        let request = ListCategoryVersionsRequest { code: "repair.paid".into() };
        let versions =
            desk.order(desk.catalogue().list_category_versions(request)).await.expect("is listed").versions;
        assert_eq!(versions.len(), 2);
        assert_eq!((versions[0].category.as_ref(), versions[0].revision), (Some(&after), 1));
        assert_eq!((versions[0].recorded_by.as_str(), versions[0].note.as_str()), ("supervisor", "调整"));
        assert_eq!((versions[1].category.as_ref(), versions[1].recorded_at.as_ref()), (Some(&before), None));
        let shipped = ListCategoryVersionsRequest { code: "repair.public".into() };
        let shipped =
            desk.order(desk.catalogue().list_category_versions(shipped)).await.expect("is listed").versions;
        assert_eq!((shipped.len(), shipped[0].revision), (1, 0));
        let revisions = revisions(&desk).await;
        assert_eq!((revisions.len(), revisions[0].changed, revisions[0].revision), (1, 1, 1));
    })
    .await;
}

#[tokio::test]
async fn who_is_retired_keeps_its_tickets_and_gets_no_new_ones() {
    on_each(|desk| async move {
        create(&desk, roof()).await.expect("is made");
        let number = register(&desk, "repair.roof").await.expect("is registered");
        register(&desk, "repair.private").await.expect("is registered");
        let request = RetireCategoryRequest { code: "repair".into(), ..RetireCategoryRequest::default() };
        let retired =
            desk.order(desk.catalogue().retire_category(request.clone())).await.expect("is retired");
        assert_eq!((retired.categories.len(), retired.open_tickets), (5, 2));
        let refused = register(&desk, "repair.roof").await.expect_err("is retired");
        assert!(wrong(&refused)[0].1.contains("retired"), "{refused:?}");
        assert_eq!(desk.get(&number).await.expect("goes on").category_code, "repair.roof");
        assert_eq!(get(&desk, "repair.roof").await.expect("resolves").active, Some(false));
        assert!(list(&desk, "repair", false).await.is_empty());
        assert_eq!(list(&desk, "repair", true).await.len(), 5);
        let again = desk.order(desk.catalogue().retire_category(request)).await.expect("changes nothing");
        assert!(again.categories.is_empty());
        let back = |code: &str| Category { code: code.into(), active: Some(true), ..Category::default() };
        let refused = update(&desk, back("repair.roof"), &[], "").await.expect_err("the board is retired");
        assert_eq!(paths(&refused), ["active"]);
        update(&desk, back("repair"), &[], "").await.expect("comes back");
        update(&desk, back("repair.roof"), &[], "").await.expect("comes back");
        register(&desk, "repair.roof").await.expect("is registered again");
        assert_eq!(revisions(&desk).await.iter().map(|one| one.retired).collect::<Vec<_>>(), [0, 0, 5, 0]);
    })
    .await;
}

#[tokio::test]
async fn a_file_comes_in_whole_or_not_at_all_and_once() {
    on_each(|desk| async move {
        let good =
            "level1,level2,level3,team\n城乡,道路,路灯,on-site-east\n城乡,道路,井盖,\n报修服务,电梯,,\n";
        let bad = format!("{good}城乡,环境,噪声,nobody\n");
        let refused = import(&desk, &bad, false).await.expect("is told");
        let why = &refused.rejected[0];
        assert_eq!((refused.rejected.len(), why.line, refused.revision), (1, 5, 0));
        assert!(why.reason.contains("nobody") && why.reason_zh.contains("班组"), "{why:?}");
        let tried = import(&desk, good, true).await.expect("is told");
        assert_eq!((tried.rows, tried.created, tried.revision, tried.dry_run), (3, 5, 0, true));
        assert!(list(&desk, "城乡", true).await.is_empty(), "nothing has come in yet");
        let done = import(&desk, good, false).await.expect("comes in");
        assert_eq!((done.created, done.changed, done.unchanged, done.revision), (5, 0, 0, 1));
        assert_eq!(
            list(&desk, "城乡", false).await,
            ["城乡", "城乡.道路", "城乡.道路.路灯", "城乡.道路.井盖"]
        );
        let again = import(&desk, good, false).await.expect("is told");
        assert_eq!((again.created, again.changed, again.unchanged, again.revision), (0, 0, 3, 0));
        assert_eq!(revisions(&desk).await.len(), 1);
        let lamp = get(&desk, "城乡.道路.路灯").await.expect("is there");
        assert_eq!((lamp.r#type(), lamp.team_key.as_str()), (TicketType::ServiceRequest, TEAM));
        register(&desk, "repair.电梯").await.expect("hung below the board of that label");
        assert_eq!(paths(&import(&desk, "a,b\n", false).await.expect_err("no header")), ["csv"]);
    })
    .await;
}
