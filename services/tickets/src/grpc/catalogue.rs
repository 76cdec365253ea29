//! The methods by which the catalogue is administered (T1, T3).

use std::collections::HashMap;
use std::sync::Arc;

use hotline_core::error::Field;
use hotline_core::idempotency::nothing_to_store;
use hotline_core::page::Page;
use hotline_core::time::to_proto;
use hotline_proto::tickets::v1::catalogue_service_server::CatalogueService;
use hotline_proto::tickets::v1::{
    CatalogueRevision, Category as Message, CreateCategoryRequest, ImportCategoriesRequest,
    ImportCategoriesResponse, ListCatalogueRevisionsRequest, ListCatalogueRevisionsResponse,
    ListCategoryVersionsRequest, ListCategoryVersionsResponse, RetireCategoryRequest, RetireCategoryResponse,
    SuggestCategoriesRequest, SuggestCategoriesResponse, UpdateCategoryRequest,
};
use tonic::{Request, Response};

use super::{Reply, who};
use crate::domain::catalogue::changing::{self, Edition};
use crate::domain::catalogue::importing::outcome;
use crate::domain::catalogue::sheet::{self, Rejected, Row};
use crate::domain::catalogue::{Catalogue, Category};
use crate::domain::rule_version::Change;
use crate::error::Error;
use crate::neighbours::Neighbours;
use crate::store::Store;
use crate::suggesting::{Learned, Suggester};

pub(super) mod convert;

/// Different teams that one file may name: each is asked for.
const MOST_TEAMS: usize = 100;

/// The service of the catalogue.
pub(crate) struct Categories {
    store: Store,
    neighbours: Neighbours,
    suggester: Arc<Suggester>,
}

impl Categories {
    /// Returns the service on a store, among the services that keep what categories name.
    pub(crate) fn new(store: Store, neighbours: Neighbours, suggester: Arc<Suggester>) -> Self {
        Self { store, neighbours, suggester }
    }

    fn change(&self, note: String) -> Result<Change, Error> {
        Ok(Change { by: who()?.subject, at: self.store.clock.now(), note })
    }

    fn is_policy(&self) -> impl Fn(&str) -> bool + use<> {
        let (rules, now) = (self.store.rules(), self.store.clock.now());
        move |key| rules.policies.in_force_or_to_come(key, now).is_some()
    }

    /// Runs one command on one category, and replies with the category.
    async fn command(
        &self,
        note: String,
        decide: impl FnOnce(&Catalogue) -> Result<(Vec<Edition>, String), Error> + Send,
    ) -> Reply<Message> {
        let (changing, code) = self.store.change_catalogue(self.change(note)?, decide).await?;
        let catalogue = match &changing {
            Ok(changing) => &changing.catalogue,
            Err(catalogue) => catalogue,
        };
        let reply = convert::Telling::of(catalogue).named(&code)?;
        match changing {
            Ok(changing) => changing.tx.commit_reply(&reply).await?,
            Err(_) => nothing_to_store(),
        }
        Ok(Response::new(reply))
    }

    /// Returns the key of the team that a category names, by key or id; empty for none.
    async fn team(&self, named: &str) -> Result<String, Error> {
        if named.is_empty() { Ok(String::new()) } else { Ok(self.neighbours.team(named).await?.key) }
    }

    /// Returns the keys of the teams that rows name; those that there are not are left out.
    async fn teams(&self, rows: &[Result<Row, Rejected>]) -> Result<HashMap<String, String>, Error> {
        let mut known = HashMap::new();
        let mut named: Vec<&str> = rows.iter().flatten().filter_map(|row| row.team.as_deref()).collect();
        named.sort_unstable();
        named.dedup();
        if named.len() > MOST_TEAMS {
            let (en, zh) = ("names more than 100 teams", "涉及的班组超过 100 个");
            return Err(Error::Fields(vec![Field { path: "csv".into(), en: en.into(), zh: zh.into() }]));
        }
        for name in named {
            if let Some(team) = self.neighbours.team_if_any(name).await? {
                known.insert(name.to_owned(), team.key);
            }
        }
        Ok(known)
    }
}

#[tonic::async_trait]
impl CatalogueService for Categories {
    async fn create_category(&self, request: Request<CreateCategoryRequest>) -> Reply<Message> {
        let CreateCategoryRequest { category, note } = request.into_inner();
        let mut given = convert::given(category.unwrap_or_default());
        given.team_key = self.team(&given.team_key).await?;
        let is_policy = self.is_policy();
        let decide = |catalogue: &Catalogue| {
            let editions = changing::create(catalogue, given, is_policy)?;
            let code = editions.first().map(|edition| edition.after.code.clone()).unwrap_or_default();
            Ok((editions, code))
        };
        self.command(note, decide).await
    }

    async fn update_category(&self, request: Request<UpdateCategoryRequest>) -> Reply<Message> {
        let UpdateCategoryRequest { category, update_mask, etag, note } = request.into_inner();
        let mut patch = category.unwrap_or_default();
        let etag = if etag.is_empty() { std::mem::take(&mut patch.etag) } else { etag };
        patch.team_key = self.team(&patch.team_key).await?;
        let is_policy = self.is_policy();
        let decide = |catalogue: &Catalogue| {
            let change = |before: &Category| convert::patched(before, &patch, update_mask.as_ref());
            let editions = changing::update(catalogue, &patch.code, &etag, change, is_policy)?;
            Ok((editions, patch.code.clone()))
        };
        self.command(note, decide).await
    }

    async fn retire_category(
        &self,
        request: Request<RetireCategoryRequest>,
    ) -> Reply<RetireCategoryResponse> {
        let RetireCategoryRequest { code, etag, note } = request.into_inner();
        let catalogue = self.store.catalogue().await?;
        let codes: Vec<&str> = catalogue.subtree(&code).map(|category| category.code.as_str()).collect();
        let open_tickets = self.store.open_tickets_in(&codes).await?;
        let open_tickets = i64::try_from(open_tickets).unwrap_or(i64::MAX);
        let decide = |catalogue: &Catalogue| Ok((changing::retire(catalogue, &code, &etag)?, ()));
        let (changing, ()) = self.store.change_catalogue(self.change(note)?, decide).await?;
        let Ok(changing) = changing else {
            nothing_to_store();
            return Ok(Response::new(RetireCategoryResponse { categories: Vec::new(), open_tickets }));
        };
        let telling = convert::Telling::of(&changing.catalogue);
        let categories = changing.editions.iter().map(|edition| telling.message(&edition.after)).collect();
        let reply = RetireCategoryResponse { categories, open_tickets };
        changing.tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn import_categories(
        &self,
        request: Request<ImportCategoriesRequest>,
    ) -> Reply<ImportCategoriesResponse> {
        let mut request = request.into_inner();
        let (root, dry_run) = (convert::root(&request), request.dry_run);
        let mut rows = sheet::read(&request.csv)?;
        let teams = self.teams(&rows).await?;
        for row in rows.iter_mut().flatten() {
            // Named by its id, it is still its key that the category keeps.
            row.team = row.team.take().map(|team| teams.get(&team).cloned().unwrap_or(team));
        }
        let number = i32::try_from(rows.len()).unwrap_or(i32::MAX);
        let is_team = |key: &str| teams.values().any(|team| team == key);
        let is_policy = self.is_policy();
        let decide = |catalogue: &Catalogue| {
            let mut told = outcome(catalogue, &root, rows, is_team, is_policy)?;
            let editions = std::mem::take(&mut told.editions);
            Ok((if dry_run { Vec::new() } else { editions }, told))
        };
        let change = self.change(std::mem::take(&mut request.note))?;
        let (changing, told) = self.store.change_catalogue(change, decide).await?;
        let reply = ImportCategoriesResponse { rows: number, dry_run, ..convert::imported(told) };
        let Ok(changing) = changing else {
            nothing_to_store();
            return Ok(Response::new(reply));
        };
        let reply = ImportCategoriesResponse { revision: changing.revision, ..reply };
        changing.tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn suggest_categories(
        &self,
        request: Request<SuggestCategoriesRequest>,
    ) -> Reply<SuggestCategoriesResponse> {
        let Some(learned) = self.suggester.learned() else {
            return Ok(Response::new(SuggestCategoriesResponse::default()));
        };
        let catalogue = self.store.catalogue().await?;
        let Learned { model, texts, at } = learned.as_ref();
        Ok(Response::new(SuggestCategoriesResponse {
            suggestions: convert::suggested(request.get_ref(), model, &catalogue),
            trained_on: i32::try_from(*texts).unwrap_or(i32::MAX),
            trained_at: Some(to_proto(*at)),
            categories: i32::try_from(model.labels().len()).unwrap_or(i32::MAX),
        }))
    }

    async fn list_category_versions(
        &self,
        request: Request<ListCategoryVersionsRequest>,
    ) -> Reply<ListCategoryVersionsResponse> {
        let versions = self.store.category_versions(&request.get_ref().code).await?;
        let catalogue = self.store.catalogue().await?;
        let telling = convert::Telling::of(&catalogue);
        let versions = versions.into_iter().map(|version| telling.version(version)).collect();
        Ok(Response::new(ListCategoryVersionsResponse { versions }))
    }

    async fn list_catalogue_revisions(
        &self,
        request: Request<ListCatalogueRevisionsRequest>,
    ) -> Reply<ListCatalogueRevisionsResponse> {
        let page = Page::of(request.get_ref())?;
        let (rows, next_page_token) = self.store.catalogue_revisions(&page).await?;
        let revisions = rows.into_iter().map(|row| CatalogueRevision {
            revision: row.revision,
            recorded_by: row.recorded_by,
            recorded_at: Some(to_proto(row.recorded_at)),
            note: row.note,
            created: row.created,
            changed: row.changed,
            retired: row.retired,
        });
        let revisions = revisions.collect();
        Ok(Response::new(ListCatalogueRevisionsResponse { revisions, next_page_token }))
    }
}
