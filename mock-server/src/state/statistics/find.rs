//! One query of the collection, ready to run.

use mongo_query::{Budget, Document, Filter, Key, Projection, QueryError, Sort, TopLevel};
use thiserror::Error;

use super::blocks::Blocks;
use super::orders::{Order, Orders};
use crate::state::body::Body;
use crate::state::query::Page;
use crate::state::query::{ListParams, SortParam};
use javascript::stringify;

/// A compiled filter, sort, projection and page.
#[derive(Debug)]
pub struct Find {
    filter: Filter,
    sort: Option<(Document, Sort)>,
    projection: Option<Projection>,
    skip: usize,
    limit: Option<usize>,
}

/// Why a query could not be made; the text is what the client sees.
#[derive(Debug, Error)]
pub enum FindError {
    /// The driver refuses it.
    #[error("{0}")]
    Driver(String),
    /// The server refuses it.
    #[error(transparent)]
    Server(#[from] QueryError),
}

/// What a query found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Records on the page.
    pub count: usize,
    /// Records that match, whatever the page.
    pub total: usize,
}

impl Find {
    /// Compiles the parameters. What the driver refuses comes before what the server does, and the server looks at the page, the filter,
    /// the projection and the sort in this order.
    ///
    /// # Errors
    /// [`FindError`] with the driver's or MongoDB's text.
    pub fn new(params: &ListParams, page: &Page) -> Result<Self, FindError> {
        if let SortParam::Invalid(text) = &params.sort {
            return Err(FindError::Driver(text.clone()));
        }
        let skip = page.skip().map_err(FindError::Driver)?;
        let filter = Filter::parse(&params.filter)?;
        let projection = params.fields.as_ref().map(Projection::parse).transpose()?;
        let sort = match &params.sort {
            SortParam::Default => {
                // Upstream's default (`getStatistics.ts`): no record has a `name`, so all tie and insertion order remains.
                let by_name: Document = [("name".into(), 1.into())].into_iter().collect();
                let sort = Sort::parse(&by_name)?;
                Some((by_name, sort))
            }
            SortParam::None | SortParam::Invalid(_) => None,
            SortParam::Keys(keys) => Some((keys.clone(), Sort::parse(keys)?)),
        };
        Ok(Self { filter, sort, projection, skip, limit: page.limit() })
    }

    pub(super) fn run(
        &self,
        records: &Blocks,
        orders: &Orders,
        budget: &Budget,
        out: &mut Body,
    ) -> Result<Found, QueryError> {
        let (places, total) = if self.filter.is_empty() {
            self.page_of_all(records, orders, budget)?
        } else {
            self.page_of_matching(records, orders, budget)?
        };
        match self.projection.as_ref().filter(|projection| !projection.is_empty()) {
            None => records.write(&places, out),
            Some(projection) => write_projected(projection, records, &places, out.own()),
        }
        Ok(Found { count: places.len(), total })
    }

    fn page_of_all(
        &self,
        records: &Blocks,
        orders: &Orders,
        budget: &Budget,
    ) -> Result<(Vec<usize>, usize), QueryError> {
        let total = records.len();
        let from = self.skip.min(total);
        let to = self.limit.map_or(total, |limit| from.saturating_add(limit).min(total));
        let places = match &self.sort {
            None => (from..to).collect(),
            Some((spec, sort)) => {
                let order = orders.of(spec, sort, records, budget)?;
                order.get(from..to).unwrap_or_default().iter().map(|place| widen(*place)).collect()
            }
        };
        Ok((places, total))
    }

    fn page_of_matching(
        &self,
        records: &Blocks,
        orders: &Orders,
        budget: &Budget,
    ) -> Result<(Vec<usize>, usize), QueryError> {
        let order = match &self.sort {
            None => None,
            Some((spec, sort)) => match orders.of(spec, sort, records, budget) {
                Ok(order) => Some(order),
                Err(QueryError::MaxTimeMsExpired) => return Err(QueryError::MaxTimeMsExpired),
                // A record without a sort key matters only if it matches.
                Err(_) => return self.sort_matching(records, sort, budget),
            },
        };
        let mut page = PageOf::new(self.skip, self.limit);
        for place in places(order.as_ref(), records.len()) {
            if self.filter.matches_within(&records.document(place), budget)? {
                page.offer(place);
            }
        }
        Ok((page.places, page.seen))
    }

    fn sort_matching(&self, records: &Blocks, sort: &Sort, budget: &Budget) -> Result<(Vec<usize>, usize), QueryError> {
        let mut keyed = Vec::new();
        for place in 0..records.len() {
            let document = records.document(place);
            if self.filter.matches_within(&document, budget)? {
                budget.charge(sort.cost(1))?;
                keyed.push((sort.try_key(&document)?, place));
            }
        }
        keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut page = PageOf::new(self.skip, self.limit);
        for (_, place) in keyed {
            page.offer(place);
        }
        Ok((page.places, page.seen))
    }
}

/// Places in `order`, or all in insertion order.
fn places(order: Option<&Order>, count: usize) -> impl Iterator<Item = usize> {
    let natural = if order.is_some() { 0..0 } else { 0..count };
    order.into_iter().flat_map(|order| order.iter().map(|place| widen(*place))).chain(natural)
}

fn widen(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// Collects the page out of what is offered in order.
struct PageOf {
    skip: usize,
    limit: usize,
    seen: usize,
    places: Vec<usize>,
}

impl PageOf {
    fn new(skip: usize, limit: Option<usize>) -> Self {
        Self { skip, limit: limit.unwrap_or(usize::MAX), seen: 0, places: Vec::new() }
    }

    fn offer(&mut self, place: usize) {
        if self.seen >= self.skip && self.places.len() < self.limit {
            self.places.push(place);
        }
        self.seen += 1;
    }
}

/// Appends the records at `places` as `projection` shows them, apart by commas. Top-level names are copied from the records' JSON;
/// dotted ones are taken from the typed record.
fn write_projected(projection: &Projection, records: &Blocks, places: &[usize], out: &mut Vec<u8>) {
    // By shape: the runs of fields shown, made when the first record of the shape comes. Records next to each other mostly share one.
    let mut known: Vec<(&[Key], Runs)> = Vec::new();
    for (index, place) in places.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let copied = projection.top_level().and_then(|shown| Some((shown, records.fields(*place)?)));
        let Some((shown, fields)) = copied else {
            stringify::write_document(&projection.apply(&records.document(*place)), out);
            continue;
        };
        let of_shape = |(shape, _): &(&[Key], _)| std::ptr::eq(*shape, fields.shape);
        if !known.last().is_some_and(of_shape) {
            let made = known.iter().position(of_shape).map(|place| known.remove(place));
            known.push(made.unwrap_or_else(|| (fields.shape, runs_of(fields.shape, shown))));
        }
        let runs = known.last().map(|(_, runs)| runs);
        out.push(b'{');
        for (index, (first, last)) in runs.into_iter().flatten().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(fields.slice(*first, *last));
        }
        out.push(b'}');
    }
}

/// Runs of neighbouring fields that are shown, as first and last number.
type Runs = Vec<(usize, usize)>;

fn runs_of(shape: &[Key], shown: TopLevel<'_>) -> Runs {
    let mut runs = Runs::new();
    for (number, name) in shape.iter().enumerate() {
        if !shown.shows(name) {
            continue;
        }
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}
