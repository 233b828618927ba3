//! What evaluating costs per document: filters, sorts and projections over documents the size of statistics records.
//!
//! Run with `cargo bench -p mongo-query`.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has to stop")]

use divan::Bencher;
use divan::counter::ItemsCount;
use mongo_query::{Document, Filter, Key, Projection, Sort, Value};

const DOCUMENTS: i32 = 1_000;

fn main() {
    divan::main();
}

/// Records of `fields` fields that share their names, as a collection's documents do.
fn collection(fields: usize) -> Vec<Document> {
    let names: Vec<Key> = (0..fields).map(|at| format!("field{at:03}").into()).collect();
    let total_users = Key::from("totalUsers");
    let version = Key::from("version");
    let created_at = Key::from("createdAt");
    let record = |number: i32| {
        let mut document = Document::with_capacity(fields + 4);
        document.push("_id", format!("record{number:08}"));
        document.push(Key::clone(&version), format!("0.{}.0", number % 70));
        for (at, name) in names.iter().enumerate() {
            document.push(Key::clone(name), number.wrapping_mul(i32::try_from(at).unwrap_or_default()));
            if at == 8 {
                document.push(Key::clone(&total_users), number.wrapping_mul(7919) % 1_000);
            }
        }
        document.push(Key::clone(&created_at), Value::Date(i64::from(number.wrapping_mul(7919) % 100_000)));
        document
    };
    (0..DOCUMENTS).map(record).collect()
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Document {
    fields.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

fn scan(bencher: Bencher<'_, '_>, size: usize, query: &Document) {
    let documents = collection(size);
    let filter = Filter::parse(query).expect("the query is valid");
    bencher.counter(ItemsCount::new(documents.len())).bench_local(|| {
        documents.iter().filter(|document| filter.matches(document).is_ok_and(|matched| matched)).count()
    });
}

#[divan::bench(args = [26, 150])]
fn filter_by_number(bencher: Bencher<'_, '_>, size: usize) {
    scan(bencher, size, &fields([("totalUsers", fields([("$gt", Value::Int32(500))]).into())]));
}

#[divan::bench(args = [26, 150])]
fn filter_by_last_field(bencher: Bencher<'_, '_>, size: usize) {
    scan(bencher, size, &fields([("createdAt", fields([("$gte", Value::Date(50_000))]).into())]));
}

#[divan::bench(args = [26, 150])]
fn filter_by_missing_field(bencher: Bencher<'_, '_>, size: usize) {
    scan(bencher, size, &fields([("absent", fields([("$exists", Value::Bool(true))]).into())]));
}

#[divan::bench(args = [26])]
fn filter_by_regex(bencher: Bencher<'_, '_>, size: usize) {
    scan(bencher, size, &fields([("version", fields([("$regex", Value::from("^0\\.6"))]).into())]));
}

#[divan::bench(args = [26])]
fn filter_by_two(bencher: Bencher<'_, '_>, size: usize) {
    let query = fields([
        ("totalUsers", fields([("$gt", Value::Int32(200)), ("$lte", Value::Int32(700))]).into()),
        ("version", fields([("$in", vec![Value::from("0.61.0"), Value::from("0.62.0")].into())]).into()),
    ]);
    scan(bencher, size, &query);
}

#[divan::bench(args = [26, 150])]
fn sort_by_date(bencher: Bencher<'_, '_>, size: usize) {
    let documents = collection(size);
    let sort = Sort::parse(&fields([("createdAt", Value::Int32(-1))])).expect("the sort is valid");
    bencher.counter(ItemsCount::new(documents.len())).bench_local(|| {
        let mut keyed: Vec<_> = documents.iter().map(|document| (sort.key(document), document)).collect();
        keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
        keyed
    });
}

#[divan::bench(args = [26, 150])]
fn project_two_fields(bencher: Bencher<'_, '_>, size: usize) {
    let documents = collection(size);
    let projection = Projection::parse(&fields([("version", Value::Int32(1)), ("totalUsers", Value::Int32(1))]))
        .expect("the projection is valid");
    bencher
        .counter(ItemsCount::new(documents.len()))
        .bench_local(|| documents.iter().map(|document| projection.apply(document).len()).sum::<usize>());
}
