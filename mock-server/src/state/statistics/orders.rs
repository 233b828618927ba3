//! Orders of the collection, kept once they were made.

use std::sync::{Arc, PoisonError, RwLock};

use mongo_query::{Budget, Direction, Document, QueryError, Sort};

use super::blocks::Blocks;

/// Orders kept at once. Clients use few; the bound keeps a hostile one from filling memory.
const ORDERS_KEPT: usize = 8;

/// The places of all records in the order of one sort.
pub(super) type Order = Arc<[u32]>;

/// The orders made since the last insertion.
#[derive(Debug, Default)]
pub(super) struct Orders {
    kept: RwLock<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    /// The sort's document.
    spec: Document,
    order: Order,
    /// What making it took off a budget.
    cost: u64,
}

impl Orders {
    /// The order of `sort`, whose document is `spec`: kept from an earlier request or made now. Equal records stay in insertion
    /// order. It takes the same off `budget` either way, so that a query's end does not depend on those before it.
    pub(super) fn of(
        &self,
        spec: &Document,
        sort: &Sort,
        records: &Blocks,
        budget: &Budget,
    ) -> Result<Order, QueryError> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.iter().find(|kept| kept.spec == *spec) {
            budget.charge(kept.cost)?;
            return Ok(kept.order.clone());
        }
        drop(kept);
        let (order, cost) = make(sort, records, budget)?;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= ORDERS_KEPT {
            kept.remove(0);
        }
        kept.push(Kept { spec: spec.clone(), order: order.clone(), cost });
        Ok(order)
    }
}

/// The order and what making it took off `budget`: nothing where the insertion or the dates alone decide.
fn make(sort: &Sort, records: &Blocks, budget: &Budget) -> Result<(Order, u64), QueryError> {
    let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
    // No record has any of the fields, as with the default sort: all are equal and stay in insertion order.
    let unknown = sort.fields().all(|(path, _)| !records.has_field(path.split('.').next().unwrap_or(path)));
    if sort.is_empty() || unknown {
        let natural = 0..count;
        return Ok((if sort.reverses_natural_order() { natural.rev().collect() } else { natural.collect() }, 0));
    }
    if let Some(order) = by_creation(sort, records) {
        return Ok((order, 0));
    }
    let cost = sort.cost(records.len());
    budget.charge(cost)?;
    let mut keyed = Vec::with_capacity(records.len());
    for (place, at) in (0..records.len()).zip(0..count) {
        keyed.push((sort.try_key(&records.document(place))?, at));
    }
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok((keyed.into_iter().map(|(_, at)| at).collect(), cost))
}

/// `{"createdAt": ±1}` needs the dates alone.
fn by_creation(sort: &Sort, records: &Blocks) -> Option<Order> {
    let mut fields = sort.fields();
    let (Some(("createdAt", direction)), None) = (fields.next(), fields.next()) else { return None };
    let mut keyed: Vec<(i64, u32)> = records.created_at()?.zip(0..).collect();
    match direction {
        Direction::Ascending => keyed.sort_by_key(|(date, _)| *date),
        Direction::Descending => keyed.sort_by_key(|(date, _)| std::cmp::Reverse(*date)),
    }
    Some(keyed.into_iter().map(|(_, at)| at).collect())
}
