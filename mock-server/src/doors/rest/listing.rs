//! Every list: what its parameters ask for, the page of it, and the answer.
//!
//! An endpoint declares its list ([`Listing`]) and hands over the documents; the rest is here. Upstream every such handler goes through
//! `getPaginationItems` and, where it takes `sort`, `fields` and `query`, `parseJsonQuery`.

use javascript::{stringify, text};
use mongo_query::{Budget, Document, Value};

use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::Answer;
use crate::doors::rest::envelope::{self, Counted, Member};
use crate::doors::rest::error::ApiError;
use crate::doors::rest::{paging, params};
use crate::doors::wire::reply::Reply;
use crate::state::body::Body;
use crate::state::find::{self, Computed, Found, Query};
use crate::state::query::{ListParams, Page, SortParam, Used};

/// What `count`, `offset` and `total` most lists tell, in that order.
pub const COUNT_OFFSET_TOTAL: &[Member] = &[Member::Count, Member::Offset, Member::Total];

/// A list as an endpoint declares it.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// The key of the list in the answer.
    pub key: &'static str,
    /// The order without `sort`: fields, each with 1 or -1.
    pub order: &'static [(&'static str, i32)],
    /// What the answer tells of the list.
    pub members: &'static [Member],
    /// What finds the page.
    pub engine: Engine,
}

/// What finds the page of a list.
#[derive(Debug, Clone, Copy)]
pub enum Engine {
    /// A query: filter, order, page, projection.
    Query,
    /// An aggregation: filter, projection and one more field made for the order, order, page. It words refusals as its stages do.
    Aggregation(Computed),
}

/// What a request asks of a list.
#[derive(Debug)]
pub struct Asked {
    /// The page.
    pub page: Page,
    /// Order, projection and filter.
    pub params: ListParams,
    /// Fields the caller does not see: neither the documents show them nor may `fields` and `query` name them.
    pub hidden: &'static [&'static str],
}

impl Asked {
    /// What is asked of a list that takes a page alone.
    ///
    /// # Errors
    /// As [`Context::query`].
    pub fn page(context: &Context<'_>) -> Result<Self, ApiError> {
        let params =
            ListParams { sort: SortParam::Default, fields: None, filter: Document::new(), used: Used::default() };
        Ok(Self { page: page(context)?, params, hidden: &[] })
    }

    /// What is asked of a list that takes `sort`, `fields` and `query`, too.
    ///
    /// # Errors
    /// As [`Context::query`], and 400 for a malformed parameter.
    pub fn read(context: &Context<'_>) -> Result<Self, ApiError> {
        Ok(Self { page: page(context)?, params: params::parse(context.query()?, &context.rules())?, hidden: &[] })
    }

    /// With fields the caller does not see.
    #[must_use]
    pub fn hiding(mut self, hidden: &'static [&'static str]) -> Self {
        let ListParams { filter, fields, .. } = self.params;
        self.params.filter = seen(filter, hidden);
        self.params.fields = fields.map(|fields| seen(fields, hidden));
        Self { hidden, ..self }
    }
}

/// The fields of a filter or projection that are not hidden.
fn seen(named: Document, hidden: &[&str]) -> Document {
    named.into_iter().filter(|(name, _)| !find::hides(hidden, name)).collect()
}

/// The page a request asks for.
///
/// # Errors
/// As [`Context::query`].
pub fn page(context: &Context<'_>) -> Result<Page, ApiError> {
    let settings = context.read().settings.paging();
    Ok(paging::page(context.query()?, &settings, context.switches()))
}

/// `reply` with the headers that call the parameters used deprecated, where the era has them.
pub fn announced(mut reply: Reply, used: Used, context: &Context<'_>) -> Reply {
    let headers = params::deprecation_headers(used, context.switches(), context.path);
    reply.headers.extend(headers.into_iter().map(|(name, value)| (name, value.into())));
    reply
}

impl Listing {
    /// 200 with the page of `documents` that is asked for.
    ///
    /// # Errors
    /// What the database refuses of the parameters: 400 with its text.
    pub fn answer(&self, context: &Context<'_>, asked: &Asked, documents: Vec<Document>) -> Answer {
        let budget = context.workspace.query_budget();
        let found = match self.engine {
            Engine::Query => self.query(asked, documents, &budget)?,
            Engine::Aggregation(computed) => self.aggregate(asked, documents, computed, &budget)?,
        };
        let reply = self.write(&asked.page, |body| {
            for (at, document) in found.page.iter().enumerate() {
                if at > 0 {
                    body.own().push(b',');
                }
                stringify::write_document(document, body.own());
            }
            Ok(Counted { count: found.page.len(), total: found.total })
        })?;
        Ok(announced(reply, asked.params.used, context))
    }

    /// 200 with what `write` appends: for a list with an engine of its own.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn write(&self, page: &Page, write: impl FnOnce(&mut Body) -> Result<Counted, ApiError>) -> Answer {
        envelope::list(self.key, self.members, page, write)
    }

    fn default_order(&self) -> Document {
        self.order.iter().map(|(name, direction)| ((*name).into(), (*direction).into())).collect()
    }

    fn query(&self, asked: &Asked, documents: Vec<Document>, budget: &Budget) -> Result<Found, ApiError> {
        let sort = match &asked.params.sort {
            SortParam::Default => self.default_order(),
            SortParam::None => Document::new(),
            SortParam::Keys(keys) => keys.clone(),
            SortParam::Invalid(text) => return Err(ApiError::Thrown(text.clone())),
        };
        let query = Query {
            filter: &asked.params.filter,
            sort: &sort,
            projection: asked.params.fields.as_ref(),
            hidden: asked.hidden,
            skip: asked.page.skip().map_err(ApiError::Thrown)?,
            limit: asked.page.limit(),
        };
        find::find(documents, &query, budget).map_err(|error| ApiError::Thrown(error.to_string()))
    }

    fn aggregate(
        &self,
        asked: &Asked,
        documents: Vec<Document>,
        computed: Computed,
        budget: &Budget,
    ) -> Result<Found, ApiError> {
        let sort = match &asked.params.sort {
            SortParam::Default => self.default_order(),
            SortParam::Keys(keys) => keys.clone(),
            SortParam::None => {
                return Err(ApiError::Thrown("$sort stage must have at least one sort key".to_owned()));
            }
            SortParam::Invalid(_) => {
                return Err(ApiError::Thrown("the $sort key specification must be an object".to_owned()));
            }
        };
        let Page { offset, count } = asked.page;
        let query = Query {
            filter: &asked.params.filter,
            sort: &sort,
            projection: asked.params.fields.as_ref(),
            hidden: asked.hidden,
            skip: stage_number("$skip", offset)?,
            limit: if count == 0.0 { None } else { Some(stage_number("$limit", count)?) },
        };
        find::aggregate(documents, &query, computed, budget).map_err(|error| ApiError::Thrown(error.to_string()))
    }
}

/// A page's number as an aggregation's stage takes it (MongoDB 5.0 and later).
fn stage_number(stage: &str, number: f64) -> Result<usize, ApiError> {
    if number.is_nan() {
        let text = format!("invalid argument to {stage} stage: Expected an integer: {stage}: nan.0");
        return Err(ApiError::Thrown(text));
    }
    if number < 0.0 {
        let shown = text::number_to_string(number);
        let text = format!("invalid argument to {stage} stage: Expected a non-negative number in: {stage}: {shown}");
        return Err(ApiError::Thrown(text));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and saturation is right"
    )]
    let whole = number as usize;
    Ok(whole)
}

/// A projection that shows `names`.
pub fn showing<'a>(names: impl IntoIterator<Item = &'a &'static str>) -> Document {
    names.into_iter().map(|name| ((*name).into(), Value::from(1))).collect()
}
