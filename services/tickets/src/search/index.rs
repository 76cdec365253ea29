//! The index: one writer, any number of searches, each over one state of it.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tantivy::directory::MmapDirectory;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, IndexReader, IndexWriter, ReloadPolicy, Searcher, SegmentReader, TERMINATED};
use uuid::Uuid;

use super::document::Document;
use super::mark::Mark;
use super::query::{Found, Query};
use super::schema::{Fields, ID, VERSION};
use super::top::{self, Place, Times};

/// Bytes that new rows take in memory before they are written: of an index that is followed, and of one that is filled.
const FOLLOWING_BYTES: usize = 15_000_000;
const FILLING_BYTES: usize = 100_000_000;
/// Segments of fewer rows than this are merged with each other first.
const SMALL_SEGMENT: u32 = 2_000;
/// Segments with a greater part of removed rows than this are written anew.
const MOST_REMOVED: f32 = 0.3;

/// The index failed inside, or its folder did; nothing that a query holds makes it fail.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The index can't be read or written.
    #[error("search index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// Its folder can't be.
    #[error("folder of the search index: {0}")]
    Folder(#[from] std::io::Error),
}

/// A search index, safe to share. Its methods compute and block: call them off the runtime's threads.
pub(crate) struct Index {
    index: tantivy::Index,
    fields: Fields,
    reader: IndexReader,
    /// None while it is being made.
    writer: Mutex<Option<IndexWriter>>,
    /// Keeps others out of its folder.
    _lock: Option<Arc<File>>,
}

impl Index {
    /// Makes an empty index in memory.
    ///
    /// # Errors
    /// When its threads can't be started.
    pub(crate) fn in_memory() -> Result<Self, Error> {
        let (schema, fields) = Fields::schema();
        let made = tantivy::Index::builder().schema(schema).settings(Fields::settings());
        Self::over(made.tokenizers(Fields::tokenizers()).create_in_ram()?, fields, None)
    }

    /// Opens the index in a folder, which is empty or holds one.
    ///
    /// # Errors
    /// When it can't be read, or is of another schema.
    pub(super) fn in_folder(folder: &Path, lock: &Arc<File>) -> Result<Self, Error> {
        let (schema, fields) = Fields::schema();
        let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
        let made = tantivy::Index::builder().schema(schema).settings(Fields::settings());
        Self::over(
            made.tokenizers(Fields::tokenizers()).open_or_create(directory)?,
            fields,
            Some(lock.clone()),
        )
    }

    fn over(index: tantivy::Index, fields: Fields, lock: Option<Arc<File>>) -> Result<Self, Error> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = Mutex::new(Some(writer(&index, FOLLOWING_BYTES)?));
        Ok(Self { index, fields, reader, writer, _lock: lock })
    }

    /// Returns how far it has followed the database; `None` for an empty index and one of other rules.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn mark(&self) -> Result<Option<Mark>, Error> {
        Ok(self.index.load_metas()?.payload.as_deref().and_then(Mark::read))
    }

    /// Gets ready for very many tickets, or for few at a time again.
    ///
    /// # Errors
    /// When its threads can't be started.
    pub(crate) fn expect_many(&self, many: bool) -> Result<(), Error> {
        let mut held = self.writer();
        // There may be one writer only.
        *held = None;
        *held = Some(writer(&self.index, if many { FILLING_BYTES } else { FOLLOWING_BYTES })?);
        Ok(())
    }

    /// Puts tickets in, in place of what is held of them, and takes others out. Nothing is seen of it until
    /// [`Self::commit`].
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn put(&self, documents: &[Document], gone: &[Uuid]) -> Result<(), Error> {
        let held = self.writer();
        let writer = held.as_ref().ok_or_else(closed)?;
        for id in documents.iter().map(|document| document.id).chain(gone.iter().copied()) {
            writer.delete_term(self.fields.row_of(id));
        }
        for document in documents {
            writer.add_document(self.fields.row(document))?;
        }
        Ok(())
    }

    /// Makes what was put in seen by the next search, and keeps how far the index has followed.
    ///
    /// # Errors
    /// When it can't be written; the index stays as it was.
    pub(crate) fn commit(&self, mark: &Mark) -> Result<(), Error> {
        let mut held = self.writer();
        let mut commit = held.as_mut().ok_or_else(closed)?.prepare_commit()?;
        commit.set_payload(&mark.written());
        commit.commit()?;
        Ok(self.reader.reload()?)
    }

    /// Finds tickets.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn search(&self, query: &Query) -> Result<Found, Error> {
        let searcher = self.reader.searcher();
        let micros = |time: chrono::DateTime<chrono::Utc>| time.timestamp_micros();
        let times: Times =
            query.created_after.map_or(i64::MIN, micros)..query.created_before.map_or(i64::MAX, micros);
        let mut places: Vec<Place> = Vec::new();
        for tier in query.tiers(&self.fields) {
            let after = query.after.filter(|after| after.rank == tier.rank);
            let passed = query.after.is_some_and(|after| after.rank < tier.rank);
            if passed || places.len() >= query.limit {
                continue;
            }
            let left = query.limit - places.len();
            places.extend(top::first(&searcher, &tier, &times, after, left)?);
        }
        let total = match query.count {
            0 => 0,
            most => top::count(&searcher, query.all(&self.fields).as_ref(), &times, most)?,
        };
        Ok(Found { places, total })
    }

    /// Returns which version of each ticket is held, to be compared with the database.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn versions(&self) -> Result<HashMap<Uuid, i64>, Error> {
        let searcher = self.reader.searcher();
        let mut versions = HashMap::with_capacity(usize::try_from(searcher.num_docs()).unwrap_or_default());
        for segment in searcher.segment_readers() {
            let fast = segment.fast_fields();
            let [high, low] = ID.map(|name| fast.column_first_or_default::<u64>(name));
            let (high, low) = (high?, low?);
            let version = fast.column_first_or_default::<i64>(VERSION)?;
            for row in segment.doc_ids_alive() {
                versions
                    .insert(Uuid::from_u64_pair(high.get_val(row), low.get_val(row)), version.get_val(row));
            }
        }
        Ok(versions)
    }

    /// Returns which version is held of those of these tickets that are.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn versions_of(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, i64>, Error> {
        let searcher: Searcher = self.reader.searcher();
        let mut versions = HashMap::new();
        for segment in searcher.segment_readers() {
            let version = segment.fast_fields().column_first_or_default::<i64>(VERSION)?;
            for id in ids {
                if let Some(row) = self.row(segment, *id)? {
                    versions.insert(*id, version.get_val(row));
                }
            }
        }
        Ok(versions)
    }

    fn row(&self, segment: &SegmentReader, id: Uuid) -> Result<Option<u32>, Error> {
        let rows = segment.inverted_index(self.fields.key())?;
        let found = rows.read_postings(&self.fields.row_of(id), IndexRecordOption::Basic);
        let Some(mut found) = found.map_err(tantivy::TantivyError::from)? else { return Ok(None) };
        while found.doc() != TERMINATED {
            if !segment.is_deleted(found.doc()) {
                return Ok(Some(found.doc()));
            }
            found.advance();
        }
        Ok(None)
    }

    fn writer(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes with one thread, so that requests keep the rest of the machine.
fn writer(index: &tantivy::Index, bytes: usize) -> Result<IndexWriter, Error> {
    let threads = IndexWriterOptions::builder().num_worker_threads(1).num_merge_threads(1);
    let writer = index.writer_with_options(threads.memory_budget_per_thread(bytes).build())?;
    let mut merges = LogMergePolicy::default();
    merges.set_min_layer_size(SMALL_SEGMENT);
    merges.set_del_docs_ratio_before_merge(MOST_REMOVED);
    writer.set_merge_policy(Box::new(merges));
    Ok(writer)
}

fn closed() -> Error {
    Error::Index(tantivy::TantivyError::InternalError("its writer could not be made anew".to_owned()))
}
