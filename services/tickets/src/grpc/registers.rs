//! The methods of registers.

use hotline_core::page::Page;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::google::api::HttpBody;
use hotline_proto::locale::Locale;
use hotline_proto::tickets::v1::register_service_server::RegisterService;
use hotline_proto::tickets::v1::{
    ExportRegisterRequest, ListRegisterExportsRequest, ListRegisterExportsResponse, ListRegisterRowsRequest,
    ListRegisterRowsResponse, ListRegistersRequest, ListRegistersResponse, Register, RegisterColumn,
    RegisterExport, RegisterRow,
};
use hotline_sheets::Format;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::AsciiMetadataValue;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::Reply;
use crate::domain::register::row::Row;
use crate::domain::register::{Column, Kind, Order, View, range};
use crate::error::Error;
use crate::registers::{self, Manner};
use crate::store::Exported;

/// The metadata that names the file of an answer.
const DISPOSITION: &str = "content-disposition";

/// The service of registers.
pub(crate) struct Registers {
    registers: registers::Registers,
}

impl Registers {
    /// Returns the service.
    pub(crate) fn new(registers: registers::Registers) -> Self {
        Self { registers }
    }

    fn order(&self, request: &ListRegisterRowsRequest) -> Result<Order, Error> {
        let zone = self.registers.store.rules().zone;
        let from = range::instant(&request.from, "from", zone)?;
        let to = range::instant(&request.to, "to", zone)?;
        range::check(from, to)?;
        let kind = Kind::named(&request.kind).ok_or_else(|| hotline_core::error::Error::NotFound {
            what: "register",
            id: request.kind.clone(),
        })?;
        Ok(Order {
            kind,
            from,
            to,
            team_key: request.team_key.clone(),
            project: request.project.clone(),
            category_code: request.category_code.clone(),
        })
    }

    fn view(&self, lang: &str, revealed: bool) -> View {
        let locale = if lang.is_empty() { Locale::current() } else { Locale::negotiate(lang) };
        View { locale, zone: self.registers.store.rules().zone, revealed }
    }
}

#[tonic::async_trait]
impl RegisterService for Registers {
    type ExportRegisterStream = ReceiverStream<Result<HttpBody, Status>>;

    async fn list_registers(&self, _request: Request<ListRegistersRequest>) -> Reply<ListRegistersResponse> {
        let registers = Kind::ALL.into_iter().map(register).collect();
        Ok(Response::new(ListRegistersResponse { registers }))
    }

    async fn list_register_rows(
        &self,
        request: Request<ListRegisterRowsRequest>,
    ) -> Reply<ListRegisterRowsResponse> {
        let request = request.into_inner();
        let page = Page::of(&request)?.oldest_first();
        let (order, view) = (self.order(&request)?, self.view(&request.lang, false));
        let (rows, next_page_token) = self.registers.page(&order, &page, &view).await?;
        let rows = rows.into_iter().map(row).collect();
        Ok(Response::new(ListRegisterRowsResponse { rows, next_page_token }))
    }

    async fn export_register(
        &self,
        request: Request<ExportRegisterRequest>,
    ) -> Reply<Self::ExportRegisterStream> {
        let ExportRegisterRequest { kind, from, to, team_key, project, category_code, lang, .. } =
            request.get_ref().clone();
        let rows = ListRegisterRowsRequest {
            kind,
            from,
            to,
            team_key,
            project,
            category_code,
            ..ListRegisterRowsRequest::default()
        };
        let request = request.into_inner();
        let manner = Manner {
            format: format(&request.format),
            view: self.view(&lang, request.reveal),
            reason: request.reason,
        };
        let export = self.registers.export(self.order(&rows)?, manner).await?;
        let mut response = Response::new(ReceiverStream::new(export.pieces));
        if let Ok(named) = AsciiMetadataValue::try_from(export.disposition) {
            response.metadata_mut().insert(DISPOSITION, named);
        }
        Ok(response)
    }

    async fn list_register_exports(
        &self,
        request: Request<ListRegisterExportsRequest>,
    ) -> Reply<ListRegisterExportsResponse> {
        let page = Page::of(request.get_ref())?;
        let (exports, next_page_token) = self.registers.store.exports(&page).await?;
        let exports = exports.into_iter().map(export).collect();
        Ok(Response::new(ListRegisterExportsResponse { exports, next_page_token }))
    }
}

/// Returns the format of this name; a workbook where none is named. Values get the mark without which spreadsheets take
/// Chinese for something else.
fn format(name: &str) -> Format {
    match name {
        "csv" => Format::Csv { mark: true },
        "html" => Format::Html,
        _ => Format::Xlsx,
    }
}

fn register(kind: Kind) -> Register {
    let column = |column: &Column| RegisterColumn {
        key: column.key().into(),
        label_zh: column.label(Locale::Zh).into(),
        label_en: column.label(Locale::En).into(),
        asked: column.is_asked(),
    };
    Register {
        kind: kind.name().into(),
        title_zh: kind.title(Locale::Zh).into(),
        title_en: kind.title(Locale::En).into(),
        columns: kind.columns().iter().map(column).collect(),
    }
}

fn row((ticket_id, row): (Uuid, Row)) -> RegisterRow {
    let values = row.values.iter();
    let values = values.filter_map(|(column, value)| Some((column.key().to_owned(), value.plain()?)));
    RegisterRow {
        ticket_id: ticket_id.to_string(),
        values: values.collect(),
        completeness: row.completeness,
        lacking: row.lacking.iter().map(|column| column.key().to_owned()).collect(),
    }
}

fn export(export: Exported) -> RegisterExport {
    RegisterExport {
        id: export.id.to_string(),
        kind: export.kind,
        format: export.format,
        from: to_proto_optional(export.range_from),
        to: to_proto_optional(export.range_to),
        team_key: export.team_key,
        project: export.project,
        category_code: export.category_code,
        revealed: export.revealed,
        reason: export.reason,
        rows: export.row_count,
        exported_by: export.exported_by,
        exported_at: Some(to_proto(export.exported_at)),
    }
}
