//! `hotline categories`: the catalogue, trees from CSV, and how well categories are suggested (T1).

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use hotline_categorizer::evaluation::{Evaluation, cross_validate};
use hotline_categorizer::{Sample, Settings, Text};
use hotline_core::upstream::Upstream;
use hotline_proto::tickets::v1::catalogue_service_client::CatalogueServiceClient;
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{ImportCategoriesRequest, ListCategoriesRequest};

use super::{answer, with_services};
use crate::config::Config;
use crate::roles::Role;

mod print;

/// What to do with categories.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the categories, each followed by those below it.
    List {
        /// Those that are retired, too.
        #[arg(long)]
        retired: bool,
    },
    /// Bring a whole tree in from CSV, all of it or nothing: a column a level (`level1`, `level2` …), or `code` and
    /// `label_zh`; besides, as wanted, `label_en`, `type`, `priority`, `policy`, `team`, `active`.
    ///
    /// The same file again changes nothing. Ends with 1 where a row can't be taken.
    Import {
        /// The file, UTF-8.
        file: PathBuf,
        /// Only tell what would happen.
        #[arg(long)]
        dry_run: bool,
        /// The category under which the tree is hung [default: at the top].
        #[arg(long, value_name = "CODE", default_value = "")]
        under: String,
        /// Why, for those who read the versions later.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Tell how often the suggested category is right: labelled texts are judged by models that were learned without
    /// them, and the table of right and suggested labels is printed.
    Evaluate(Evaluating),
}

/// What to evaluate.
#[derive(Debug, Args)]
pub struct Evaluating {
    /// Labelled texts, CSV with a header, UTF-8.
    #[arg(long, value_name = "FILE")]
    labelled: PathBuf,
    /// The column of the label.
    #[arg(long, value_name = "COLUMN", default_value = "level1")]
    label: String,
    /// The column of the text.
    #[arg(long, value_name = "COLUMN", default_value = "body")]
    text: String,
    /// The column of the subject; where there is none, the text stands alone.
    #[arg(long, value_name = "COLUMN", default_value = "subject")]
    subject: String,
    /// Into how many parts the texts are cut; each is judged by what was learned from the others.
    #[arg(long, default_value_t = 10)]
    folds: usize,
    /// Decides which texts come into which part.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Characters of the longest n-gram, 1 to 3.
    #[arg(long, default_value_t = Settings::default().longest)]
    ngrams: u8,
    /// How much the subject counts beside the whole text.
    #[arg(long, default_value_t = Settings::default().title_weight)]
    subject_weight: f32,
}

/// Runs the command.
///
/// # Errors
/// One sentence: a file that can't be read or taken, or what the ticket service refuses.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Evaluate(what) => print::evaluation(&evaluate(&what)?),
        Command::List { retired } => {
            with_services(config, async |upstreams| {
                let mut client = TicketServiceClient::new(upstreams.get(Role::Tickets.name()));
                let request = ListCategoriesRequest { parent_code: String::new(), include_retired: retired };
                print::list(&answer(client.list_categories(request).await)?.categories);
                Ok(())
            })
            .await?;
        }
        Command::Import { file, dry_run, under, note } => {
            let csv = std::fs::read_to_string(&file)
                .with_context(|| format!("{} can't be read", file.display()))?;
            let request = ImportCategoriesRequest {
                csv,
                dry_run,
                note,
                parent_code: under,
                ..ImportCategoriesRequest::default()
            };
            with_services(config, async |upstreams| {
                import(CatalogueServiceClient::new(upstreams.get(Role::Tickets.name())), request).await
            })
            .await?;
        }
    }
    Ok(())
}

async fn import(
    mut client: CatalogueServiceClient<Upstream>,
    request: ImportCategoriesRequest,
) -> anyhow::Result<()> {
    let told = answer(client.import_categories(request).await)?;
    print::imported(&told);
    ensure!(told.rejected.is_empty(), "nothing was changed: {} rows can't be taken", told.rejected.len());
    Ok(())
}

fn evaluate(what: &Evaluating) -> anyhow::Result<Evaluation> {
    let rows = read(what).with_context(|| format!("{} can't be used", what.labelled.display()))?;
    let samples: Vec<Sample<'_>> =
        rows.iter().map(|[title, body, label]| Sample { text: Text { title, body }, label }).collect();
    let settings = Settings {
        longest: what.ngrams,
        title_weight: what.subject_weight,
        seed: what.seed,
        ..Settings::default()
    };
    Ok(cross_validate(&samples, what.folds, &settings)?)
}

/// Returns subject, text and label of each row.
fn read(what: &Evaluating) -> anyhow::Result<Vec<[String; 3]>> {
    let text = std::fs::read_to_string(Path::new(&what.labelled))?;
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers()?.clone();
    let place = |name: &str| header.iter().position(|column| column == name);
    let needed = |name: &str| place(name).with_context(|| format!("it has no column `{name}`"));
    let (body, label, title) = (needed(&what.text)?, needed(&what.label)?, place(&what.subject));
    let rows = reader.records().map(|row| {
        let row = row?;
        let cell = |place: usize| row.get(place).unwrap_or_default().to_owned();
        Ok([title.map(cell).unwrap_or_default(), cell(body), cell(label)])
    });
    rows.filter(|row: &anyhow::Result<[String; 3]>| !matches!(row, Ok([_, _, label]) if label.is_empty()))
        .collect()
}
