//! The index: one writer, any number of searches, each over one state of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tantivy::collector::TopDocs;
use tantivy::columnar::Column;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, Searcher};
use uuid::Uuid;

use super::catalogue::{Article, Catalogue};
use super::document::{Change, Document};
use super::highlight::highlight;
use super::query::{Hit, Query};
use super::rank;
use super::schema::{Fields, KEY, SURFACE};
use super::terms::Terms;

/// So many rows are retrieved and compared with the query; pages beyond them are empty.
const ROWS: usize = 256;

/// Bytes that the writer may hold before it makes a segment; the least that tantivy takes.
const WRITER_BYTES: usize = 15_000_000;

/// The index failed inside; nothing that a query holds makes it fail.
#[derive(Debug, thiserror::Error)]
#[error("search index: {0}")]
pub struct Error(#[from] tantivy::TantivyError);

/// One state of the index: the rows, and the articles that they belong to.
struct State {
    searcher: Searcher,
    catalogue: Catalogue,
}

/// A search index in memory, safe to share. [`Index::apply`] and [`Index::search`] compute and block; call
/// them off the runtime's threads when many articles change.
pub struct Index {
    fields: Fields,
    writer: Mutex<IndexWriter>,
    next_key: AtomicU64,
    reader: IndexReader,
    state: RwLock<Arc<State>>,
}

impl Index {
    /// Makes an empty index.
    ///
    /// # Errors
    /// When the writer's thread cannot be started.
    pub fn new() -> Result<Self, Error> {
        let (schema, fields) = Fields::schema();
        let index = tantivy::Index::create_in_ram(schema);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = Mutex::new(index.writer_with_num_threads(1, WRITER_BYTES)?);
        let state = State { searcher: reader.searcher(), catalogue: Catalogue::default() };
        Ok(Self { fields, writer, next_key: AtomicU64::new(0), reader, state: RwLock::new(Arc::new(state)) })
    }

    /// Makes the changes, in order and all or none of them; the next search sees them.
    ///
    /// # Errors
    /// When a segment cannot be written; the index is then as before.
    pub fn apply(&self, changes: &[Change]) -> Result<(), Error> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut writer = self.writer();
        let mut catalogue = self.state().catalogue.clone();
        let written = self.write(&mut writer, &mut catalogue, changes);
        if let Err(error) = written {
            writer.rollback()?;
            return Err(error);
        }
        let state = State { searcher: self.reader.searcher(), catalogue };
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
        Ok(())
    }

    /// Returns the best answers first. Only the best few hundred can be reached with `offset`.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn search(&self, query: &Query) -> Result<Vec<Hit>, Error> {
        let state = self.state();
        if state.catalogue.is_empty() {
            return Ok(Vec::new());
        }
        let Some(terms) = Terms::new(&query.text, &state.catalogue) else {
            return Ok(Vec::new());
        };
        let rows = self.retrieve(&state, query, &terms)?;
        let best = best_of_each(&rows, &state, &terms);
        let page = best.into_iter().skip(query.offset).take(query.limit);
        Ok(page.map(|candidate| candidate.into_hit(&terms)).collect())
    }

    /// Returns which version of each article is in the index, to be compared with the database.
    #[must_use]
    pub fn versions(&self) -> HashMap<Uuid, i64> {
        self.state().catalogue.versions()
    }

    fn write(
        &self,
        writer: &mut IndexWriter,
        catalogue: &mut Catalogue,
        changes: &[Change],
    ) -> Result<(), Error> {
        for change in changes {
            match change {
                Change::Put(document) => self.put(writer, catalogue, document)?,
                Change::Remove(id) => self.remove(writer, catalogue, *id),
            }
        }
        writer.commit()?;
        Ok(self.reader.reload()?)
    }

    fn put(&self, writer: &IndexWriter, catalogue: &mut Catalogue, document: &Document) -> Result<(), Error> {
        if catalogue.version(document.id).is_some_and(|indexed| indexed > document.version) {
            return Ok(());
        }
        self.remove(writer, catalogue, document.id);
        // Counted outside the catalogue: a batch that failed must not leave its keys to the next one.
        let key = self.next_key.fetch_add(1, Ordering::Relaxed);
        catalogue.put(key, Article::new(document));
        for row in self.fields.rows(key, document) {
            writer.add_document(row)?;
        }
        Ok(())
    }

    fn remove(&self, writer: &IndexWriter, catalogue: &mut Catalogue, id: Uuid) {
        if let Some(key) = catalogue.remove(id) {
            writer.delete_term(self.fields.rows_of(key));
        }
    }

    fn retrieve(&self, state: &State, query: &Query, terms: &Terms) -> Result<Vec<Row>, Error> {
        let top = TopDocs::with_limit(ROWS).order_by_score();
        let found = state.searcher.search(&query.to_tantivy(terms, &self.fields), &top)?;
        let columns = state.searcher.segment_readers().iter().map(|segment| {
            let fast = segment.fast_fields();
            Ok((fast.u64(KEY)?, fast.u64(SURFACE)?))
        });
        let columns = columns.collect::<Result<Vec<(Column<u64>, Column<u64>)>, Error>>()?;
        let rows = found.into_iter().filter_map(|(score, at)| {
            let (keys, surfaces) = &columns[at.segment_ord as usize];
            let surface = surfaces.first(at.doc_id)? as usize;
            Some(Row { key: keys.first(at.doc_id)?, surface, score })
        });
        Ok(rows.collect())
    }

    fn writer(&self) -> MutexGuard<'_, IndexWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A row as retrieved, with its BM25 score.
struct Row {
    key: u64,
    surface: usize,
    score: f32,
}

/// An article with the one of its rows that answers best.
struct Candidate<'a> {
    article: &'a Article,
    surface: usize,
    score: f32,
}

impl Candidate<'_> {
    fn into_hit(self, terms: &Terms) -> Hit {
        let asked = &self.article.surfaces[self.surface].text;
        Hit {
            id: self.article.id,
            version: self.article.version,
            score: self.score,
            highlight: highlight(asked, &self.article.body, terms),
        }
    }
}

/// Returns each article once, by its best row, the best article first; articles that score alike by id, so
/// that every replica answers in the same order.
fn best_of_each<'a>(rows: &[Row], state: &'a State, terms: &Terms) -> Vec<Candidate<'a>> {
    let top = rows.first().map_or(1.0, |row| row.score).max(f32::MIN_POSITIVE);
    let mut best: HashMap<u64, Candidate<'a>> = HashMap::new();
    for row in rows {
        let Some(article) = state.catalogue.get(row.key) else {
            continue;
        };
        let surface = &article.surfaces[row.surface];
        let score = rank::score(row.score / top, surface, terms, &state.catalogue);
        if best.get(&row.key).is_none_or(|candidate| candidate.score < score) {
            best.insert(row.key, Candidate { article, surface: row.surface, score });
        }
    }
    let mut best: Vec<_> = best.into_values().collect();
    best.retain(|candidate| rank::is_answer(candidate.article, terms, &state.catalogue));
    best.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.article.id.cmp(&b.article.id)));
    best
}
