//! A query over documents made for the occasion: for small collections that nobody asks for often.

use mongo_query::{Budget, Document, Filter, Projection, QueryError, Sort, Value};

/// What to look for. Every part is as MongoDB takes it; an empty one asks for nothing.
#[derive(Debug)]
pub struct Query<'a> {
    /// The filter.
    pub filter: &'a Document,
    /// The order.
    pub sort: &'a Document,
    /// The projection; `None` for all that is not hidden.
    pub projection: Option<&'a Document>,
    /// Top-level fields that are never shown.
    pub hidden: &'a [&'a str],
    /// Documents to leave out.
    pub skip: usize,
    /// Documents to return at most; `None` for all.
    pub limit: Option<usize>,
}

/// A page of documents.
#[derive(Debug, PartialEq)]
pub struct Found {
    /// The documents, projected.
    pub page: Vec<Document>,
    /// How many match, whatever the page.
    pub total: usize,
}

/// Makes one more field of a document.
pub type Computed = fn(&Document) -> (&'static str, Value);

/// Whether a path is a field among `hidden`, or below one.
pub fn hides(hidden: &[&str], path: &str) -> bool {
    hidden.contains(&path.split('.').next().unwrap_or_default())
}

/// The documents of the page: filtered, sorted, cut, projected.
///
/// # Errors
/// What MongoDB refuses of filter, sort or projection; [`QueryError::MaxTimeMsExpired`] when the work is more than `budget`.
pub fn find(documents: Vec<Document>, query: &Query<'_>, budget: &Budget) -> Result<Found, QueryError> {
    let filter = Filter::parse(query.filter)?;
    let projection = query.projection.map(Projection::parse).transpose()?;
    let sort = Sort::parse(query.sort)?;
    let found = sorted(matching(documents, &filter, budget)?, &sort, budget)?;
    let total = found.len();
    let page = found.into_iter().skip(query.skip).take(query.limit.unwrap_or(usize::MAX));
    Ok(Found { page: page.map(|document| shown(document, projection.as_ref(), query.hidden)).collect(), total })
}

/// The same as an aggregation does it: filtered, projected, sorted, cut. `computed` makes a field behind the projected ones, of the
/// whole document.
///
/// # Errors
/// As [`find`].
pub fn aggregate(
    documents: Vec<Document>,
    query: &Query<'_>,
    computed: Computed,
    budget: &Budget,
) -> Result<Found, QueryError> {
    let filter = Filter::parse(query.filter)?;
    let projection = query.projection.map(Projection::parse).transpose()?;
    let sort = Sort::parse(query.sort)?;
    let matching = matching(documents, &filter, budget)?;
    let total = matching.len();
    let project = |document: Document| {
        let (name, value) = computed(&document);
        let mut shown = shown(document, projection.as_ref(), query.hidden);
        shown.insert(name, value);
        shown
    };
    let found = sorted(matching.into_iter().map(project).collect(), &sort, budget)?;
    let page = found.into_iter().skip(query.skip).take(query.limit.unwrap_or(usize::MAX)).collect();
    Ok(Found { page, total })
}

fn matching(documents: Vec<Document>, filter: &Filter, budget: &Budget) -> Result<Vec<Document>, QueryError> {
    let mut found = Vec::with_capacity(documents.len());
    for document in documents {
        if filter.matches_within(&document, budget)? {
            found.push(document);
        }
    }
    Ok(found)
}

fn sorted(documents: Vec<Document>, sort: &Sort, budget: &Budget) -> Result<Vec<Document>, QueryError> {
    if sort.is_empty() {
        return Ok(documents);
    }
    budget.charge(sort.cost(documents.len()))?;
    let keyed: Result<Vec<_>, QueryError> =
        documents.into_iter().map(|document| Ok((sort.try_key(&document)?, document))).collect();
    let mut keyed = keyed?;
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(keyed.into_iter().map(|(_, document)| document).collect())
}

/// The document as it is shown.
fn shown(document: Document, projection: Option<&Projection>, hidden: &[&str]) -> Document {
    let visible: Document = if hidden.is_empty() {
        document
    } else {
        document.into_iter().filter(|(name, _)| !hides(hidden, name)).collect()
    };
    match projection {
        Some(projection) if !projection.is_empty() => projection.apply(&visible),
        _ => visible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(json: &str) -> Document {
        match javascript::json::parse(json).unwrap() {
            Value::Object(document) => document,
            other => panic!("no object: {other:?}"),
        }
    }

    #[test]
    fn filters_sorts_projects_and_pages() {
        let documents: Vec<_> = ["b", "a", "d", "c"]
            .iter()
            .map(|id| document(&format!(r#"{{"_id":"{id}","n":1,"secret":true}}"#)))
            .collect();
        let query = Query {
            filter: &document(r#"{"_id":{"$ne":"d"}}"#),
            sort: &document(r#"{"_id":1}"#),
            projection: Some(&document(r#"{"n":1}"#)),
            hidden: &[],
            skip: 1,
            limit: Some(1),
        };
        let unlimited = Budget::unlimited();
        let page = vec![document(r#"{"_id":"b","n":1}"#)];
        assert_eq!(find(documents.clone(), &query, &unlimited).unwrap(), Found { page, total: 3 });
        let query = Query { projection: None, hidden: &["secret"], ..query };
        assert_eq!(find(documents.clone(), &query, &unlimited).unwrap().page, [document(r#"{"_id":"b","n":1}"#)]);
        let query = Query { sort: &document(r#"{"last":1}"#), hidden: &["n", "secret"], ..query };
        let last: Computed = |document| ("last", document.get("_id").cloned().unwrap_or(Value::Null));
        assert_eq!(
            aggregate(documents.clone(), &query, last, &unlimited).unwrap().page,
            [document(r#"{"_id":"b","last":"b"}"#)]
        );
        // Four documents, each with a path and a value; then three keys.
        let query = Query { sort: &document(r#"{"_id":1}"#), hidden: &[], ..query };
        assert!(find(documents.clone(), &query, &Budget::new(18)).is_ok());
        assert_eq!(find(documents, &query, &Budget::new(17)), Err(QueryError::MaxTimeMsExpired));
    }
}
