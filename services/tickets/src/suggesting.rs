//! Which category a text suggests: learned in the background from tickets that were closed, and from labelled files (T1).

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_categorizer::{Categorizer, Sample, Settings, Text};
use hotline_core::error::Error as Core;
use hotline_core::server::Task;
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::config::Suggestion;
use crate::domain::catalogue::Catalogue;
use crate::error::Error;
use crate::store::Store;

mod labelled;

/// How often it is looked whether there is enough to learn anew.
const LOOK: Duration = Duration::from_secs(10);

/// Characters of a description that are read: what a message is about is said first, and reading more costs time.
pub(crate) const MOST_CHARACTERS: usize = 1000;

/// A text whose category is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// One line.
    pub(crate) subject: String,
    /// What the customer said.
    pub(crate) description: String,
    /// Its category.
    pub(crate) code: String,
}

/// What was learned.
pub(crate) struct Learned {
    /// The model.
    pub(crate) model: Categorizer,
    /// From how many texts.
    pub(crate) texts: usize,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// Learns, and keeps what was learned last.
pub(crate) struct Suggester {
    store: Store,
    settings: Suggestion,
    files: Vec<labelled::Row>,
    learned: RwLock<Option<Arc<Learned>>>,
}

/// When it was last learned or tried, and how far the tickets were that were read.
#[derive(Default)]
struct Progress {
    tried_at: Option<DateTime<Utc>>,
    newest: Option<DateTime<Utc>>,
}

impl Suggester {
    /// Returns one that knows nothing yet.
    ///
    /// # Errors
    /// [`Error::Settings`] for a labelled file that can't be read.
    pub(crate) fn new(store: Store, settings: Suggestion) -> Result<Self, Error> {
        let files: Result<Vec<_>, _> = settings.labelled.iter().map(|path| labelled::read(path)).collect();
        Ok(Self { store, settings, files: files?.concat(), learned: RwLock::default() })
    }

    /// Returns what was learned last; none where there was too little to learn from.
    pub(crate) fn learned(&self) -> Option<Arc<Learned>> {
        self.learned.read().expect("no writer panics").clone()
    }

    /// Returns the task that learns anew whenever there is enough that is new.
    pub(crate) fn learn_on(self: &Arc<Self>) -> Task {
        let suggester = self.clone();
        Box::new(move |stop| {
            Box::pin(async move {
                let learn = async {
                    let mut progress = Progress::default();
                    loop {
                        if let Err(error) = suggester.look(&mut progress).await {
                            tracing::warn!(%error, "nothing was learned about categories");
                        }
                        tokio::select! {
                            () = sleep(LOOK) => {}
                            () = suggester.store.clock.moved() => {}
                        }
                    }
                };
                stop.run_until_cancelled(learn).await;
            })
        })
    }

    /// Learns if it is time to and enough is new.
    async fn look(&self, progress: &mut Progress) -> Result<(), Error> {
        let now = self.store.clock.now();
        let every = TimeDelta::minutes(self.settings.every_minutes.into());
        if progress.tried_at.is_some_and(|tried| now < tried + every) {
            return Ok(());
        }
        let first = progress.tried_at.is_none();
        // A model of few texts soon learns more.
        let tenth = self.learned().map_or(0, |learned| learned.texts / 10);
        let enough = self.settings.least_new.min(u32::try_from(tenth).unwrap_or(u32::MAX)).max(1);
        let new = self.store.closed_since(progress.newest, enough.into()).await?;
        let files_are_new = first && !self.files.is_empty();
        if new < u64::from(enough) && !files_are_new {
            return Ok(());
        }
        progress.tried_at = Some(now);
        let (mut known, newest) =
            self.store.closed(self.settings.most_texts, self.settings.most_of_category).await?;
        progress.newest = newest.or(progress.newest);
        let catalogue = self.store.catalogue().await?;
        known.extend(self.files.iter().filter_map(|row| row.known(&catalogue)));
        self.learn(known, &catalogue, now).await
    }

    async fn learn(
        &self,
        mut known: Vec<Known>,
        catalogue: &Catalogue,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for one in &known {
            *counts.entry(one.code.clone()).or_default() += 1;
        }
        let least = usize::try_from(self.settings.least_of_category.max(2)).unwrap_or(usize::MAX);
        let wanted = |code: &str| {
            counts.get(code).is_some_and(|texts| *texts >= least)
                && catalogue.get(code).is_some_and(|category| category.active)
        };
        known.retain(|one| wanted(&one.code));
        let categories = counts.keys().filter(|code| wanted(code)).count();
        if categories < 2 {
            return Ok(());
        }
        let texts = known.len();
        let model = apart(move || learned_from(&known)).await?;
        let model = model.map_err(|error| Core::Internal(error.into()))?;
        tracing::info!(texts, categories, "learned which categories texts suggest");
        *self.learned.write().expect("no writer panics") = Some(Arc::new(Learned { model, texts, at }));
        Ok(())
    }
}

fn learned_from(known: &[Known]) -> Result<Categorizer, hotline_categorizer::Error> {
    let samples: Vec<Sample<'_>> = known
        .iter()
        .map(|one| Sample { text: Text { title: &one.subject, body: &one.description }, label: &one.code })
        .collect();
    let settings = Settings { most_characters: MOST_CHARACTERS, ..Settings::default() };
    Categorizer::learn(&samples, &settings)
}

/// Runs something long on a thread of its own, which does not hold up the end of the process as a blocking task would.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let (done, result) = oneshot::channel();
    let run = move || {
        let _ = done.send(work());
    };
    std::thread::Builder::new()
        .name("learning".into())
        .spawn(run)
        .map_err(|error| Core::Internal(error.into()))?;
    Ok(result.await.map_err(|error| Core::Internal(error.into()))?)
}
