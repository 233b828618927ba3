//! Orders of the collection, kept once they were made.

use std::sync::{Arc, PoisonError, RwLock};

use mongo_query::{Direction, Document, QueryError, Sort};

use super::record::Records;

/// Orders kept at once. Clients use few; the bound keeps a hostile one from filling memory.
const ORDERS_KEPT: usize = 8;

/// The places of all records in the order of one sort.
pub(super) type Order = Arc<[u32]>;

/// The orders made since the last insertion, by the sort's document.
#[derive(Debug, Default)]
pub(super) struct Orders {
    kept: RwLock<Vec<(Document, Order)>>,
}

impl Orders {
    /// The order of `sort`, whose document is `spec`: kept from an earlier request or made now. Equal records stay in insertion
    /// order.
    pub(super) fn of(&self, spec: &Document, sort: &Sort, records: &Records) -> Result<Order, QueryError> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, order)) = kept.iter().find(|(known, _)| known == spec) {
            return Ok(order.clone());
        }
        drop(kept);
        let order = make(sort, records)?;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= ORDERS_KEPT {
            kept.remove(0);
        }
        kept.push((spec.clone(), order.clone()));
        Ok(order)
    }
}

fn make(sort: &Sort, records: &Records) -> Result<Order, QueryError> {
    let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
    // No record has any of the fields, as with the default sort: all are equal and stay in insertion order.
    let unknown = sort.fields().all(|(path, _)| !records.has_field(path.split('.').next().unwrap_or(path)));
    if sort.is_empty() || unknown {
        let natural = 0..count;
        return Ok(if sort.reverses_natural_order() { natural.rev().collect() } else { natural.collect() });
    }
    if let Some(order) = by_creation(sort, records) {
        return Ok(order);
    }
    let mut keyed = Vec::with_capacity(records.len());
    for (place, at) in (0..records.len()).zip(0..count) {
        keyed.push((sort.try_key(&records.document(place))?, at));
    }
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(keyed.into_iter().map(|(_, at)| at).collect())
}

/// `{"createdAt": ±1}` needs the dates alone.
fn by_creation(sort: &Sort, records: &Records) -> Option<Order> {
    let mut fields = sort.fields();
    let (Some(("createdAt", direction)), None) = (fields.next(), fields.next()) else { return None };
    let mut keyed: Vec<(i64, u32)> = records.created_at()?.iter().copied().zip(0..).collect();
    match direction {
        Direction::Ascending => keyed.sort_by_key(|(date, _)| *date),
        Direction::Descending => keyed.sort_by_key(|(date, _)| std::cmp::Reverse(*date)),
    }
    Some(keyed.into_iter().map(|(_, at)| at).collect())
}
