//! A query over documents made for the occasion: for small collections that nobody asks for often.

use mongo_query::{Budget, Document, Filter, Projection, QueryError, Sort};

/// What to look for. Every part is as MongoDB takes it; an empty one asks for nothing.
#[derive(Debug)]
pub struct Query<'a> {
    /// The filter.
    pub filter: &'a Document,
    /// The order.
    pub sort: &'a Document,
    /// The projection.
    pub projection: &'a Document,
    /// Documents to leave out.
    pub skip: usize,
    /// Documents to return at most; `None` for all.
    pub limit: Option<usize>,
}

/// The documents of the page, projected, and how many match in all.
///
/// # Errors
/// What MongoDB refuses of filter, sort or projection; [`QueryError::MaxTimeMsExpired`] when the work is more than `budget`.
pub fn find(
    documents: Vec<Document>,
    query: &Query<'_>,
    budget: &Budget,
) -> Result<(Vec<Document>, usize), QueryError> {
    let filter = Filter::parse(query.filter)?;
    let projection = Projection::parse(query.projection)?;
    let sort = Sort::parse(query.sort)?;
    let mut found = Vec::new();
    for document in documents {
        if filter.matches_within(&document, budget)? {
            found.push(document);
        }
    }
    let total = found.len();
    if !sort.is_empty() {
        budget.charge(sort.cost(total))?;
        found.sort_by(|left, right| sort.compare(left, right));
    }
    let page = found.iter().skip(query.skip).take(query.limit.unwrap_or(usize::MAX));
    Ok((page.map(|document| projection.apply(document)).collect(), total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongo_query::Value;

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
            projection: &document(r#"{"n":1}"#),
            skip: 1,
            limit: Some(1),
        };
        let (page, total) = find(documents.clone(), &query, &Budget::unlimited()).unwrap();
        assert_eq!((page, total), (vec![document(r#"{"_id":"b","n":1}"#)], 3));
        // Four documents, each with a path and a value; then three keys.
        assert!(find(documents.clone(), &query, &Budget::new(18)).is_ok());
        assert_eq!(find(documents, &query, &Budget::new(17)), Err(QueryError::MaxTimeMsExpired));
    }
}
