//! What holds for every document and every query.

use std::cmp::Ordering;

use mongo_query::{Document, Filter, Key, Projection, ProjectionMode, Regex, Sort, Value, compare};
use proptest::collection::vec;
use proptest::prelude::*;

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c", "0", "1", "_id"])
}

fn path() -> impl Strategy<Value = String> {
    vec(name(), 1..4).prop_map(|names| names.join("."))
}

fn scalar() -> impl Strategy<Value = Value> {
    let odd_double = prop::sample::select(vec![
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        0.5,
        2.0,
        9_007_199_254_740_992.0,
        1e300,
    ]);
    prop_oneof![
        2 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        3 => (-3..4_i32).prop_map(Value::Int32),
        1 => (-3..4_i64).prop_map(Value::Int64),
        1 => (9_007_199_254_740_991..9_007_199_254_740_995_i64).prop_map(Value::Int64),
        1 => Just(Value::Int64(i64::MIN)),
        1 => odd_double.prop_map(Value::Double),
        2 => prop::sample::select(vec!["", "a", "b", "ab", "ä"]).prop_map(Value::from),
        1 => (-2..3_i64).prop_map(Value::Date),
        1 => vec(0..3_u8, 0..3).prop_map(|bytes| Value::Binary(bytes.into())),
        1 => prop::sample::select(vec!["a", "^b"])
            .prop_map(|pattern| Value::Regex(Regex { pattern: pattern.into(), options: "".into() }.into())),
    ]
}

fn documents_of(
    names: impl Strategy<Value = &'static str> + Clone,
    values: impl Strategy<Value = Value>,
    most: usize,
) -> impl Strategy<Value = Document> {
    vec((names.prop_map(Key::from), values), 0..most).prop_map(Document::from_iter)
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((name().prop_map(Key::from), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn document() -> impl Strategy<Value = Document> {
    vec((name().prop_map(Key::from), value()), 0..5).prop_map(Document::from_iter)
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Regex(_))
}

/// An operator with an operand it takes.
fn operator() -> impl Strategy<Value = Document> {
    let one = |name: &'static str, operand: BoxedStrategy<Value>| {
        operand.prop_map(move |operand| Document::from_iter([(name.into(), operand)])).boxed()
    };
    let plain = || value().prop_filter("no regular expression", is_plain).boxed();
    let list = || vec(value(), 0..4).prop_map(Value::Array).boxed();
    prop_oneof![
        one("$eq", value().boxed()),
        one("$ne", plain()),
        one("$gt", plain()),
        one("$gte", plain()),
        one("$lt", plain()),
        one("$lte", plain()),
        one("$in", list()),
        one("$nin", list()),
        one("$all", list()),
        one("$exists", value().boxed()),
        one("$size", (0..4_i32).prop_map(Value::Int32).boxed()),
        one("$type", prop::sample::select(vec!["int", "array", "null", "number"]).prop_map(Value::from).boxed()),
        one("$mod", Just(vec![Value::Int32(2), Value::Int32(1)].into()).boxed()),
        one("$regex", Just(Value::from("a")).boxed()),
        one("$bitsAnySet", (0..8_i32).prop_map(Value::Int32).boxed()),
        one("$elemMatch", document_query().prop_map(Value::Object).boxed()),
        one("$elemMatch", plain().prop_map(|operand| Document::from_iter([("$gt".into(), operand)]).into()).boxed()),
    ]
}

fn document_query() -> impl Strategy<Value = Document> {
    (path(), value()).prop_map(|(path, value)| Document::from_iter([(path.into(), value)]))
}

/// A query MongoDB accepts.
fn query() -> impl Strategy<Value = Document> {
    let field = prop_oneof![
        document_query(),
        (path(), operator()).prop_map(|(path, operator)| Document::from_iter([(path.into(), Value::Object(operator))])),
    ];
    field.prop_recursive(2, 6, 3, |inner| {
        let logical = prop::sample::select(vec!["$and", "$or", "$nor"]);
        (logical, vec(inner.prop_map(Value::Object), 1..3))
            .prop_map(|(operator, queries)| Document::from_iter([(operator.into(), Value::Array(queries))]))
    })
}

/// Anything at all, full of operators in the wrong places.
fn nonsense() -> impl Strategy<Value = Document> {
    let names = prop::sample::select(vec![
        "",
        "$",
        ".",
        "a.",
        "a",
        "a.b",
        "_id",
        "$and",
        "$or",
        "$nor",
        "$not",
        "$eq",
        "$gt",
        "$in",
        "$all",
        "$elemMatch",
        "$size",
        "$mod",
        "$type",
        "$regex",
        "$options",
        "$exists",
        "$bitsAllSet",
        "$where",
        "$expr",
        "$near",
        "$ref",
        "$id",
        "$comment",
        "$slice",
        "$meta",
        "$natural",
        "a.$",
        "a.$.b",
        "\0",
    ]);
    let values = {
        let names = names.clone();
        scalar().prop_recursive(5, 40, 4, move |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::Array),
                documents_of(names.clone(), inner, 4).prop_map(Value::Object),
            ]
        })
    };
    documents_of(names, values, 4)
}

fn sort_spec() -> impl Strategy<Value = Document> {
    vec((path().prop_map(Key::from), prop::sample::select(vec![1, -1]).prop_map(Value::Int32)), 1..3)
        .prop_map(Document::from_iter)
}

fn parsed(query: &Document) -> Filter {
    Filter::parse(query).unwrap_or_else(|error| panic!("{query:?}: {error}"))
}

fn wrapped(operator: &str, query: &Document) -> Document {
    Document::from_iter([(operator.into(), Value::Array(vec![query.clone().into()]))])
}

fn field_is(path: &str, operand: Document) -> Document {
    Document::from_iter([(path.into(), Value::Object(operand))])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn the_order_is_total(a in value(), b in value(), c in value()) {
        prop_assert_eq!(compare(&a, &a), Ordering::Equal);
        prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
        let mut sorted = [&a, &b, &c];
        sorted.sort_by(|left, right| compare(left, right));
        prop_assert!(compare(sorted[0], sorted[1]).is_le());
        prop_assert!(compare(sorted[1], sorted[2]).is_le());
        prop_assert!(compare(sorted[0], sorted[2]).is_le());
        if compare(&a, &b).is_eq() {
            prop_assert_eq!(compare(&a, &c), compare(&b, &c));
        }
    }

    #[test]
    fn a_query_and_its_nor_divide_the_documents(query in query(), document in document()) {
        let positive = parsed(&query).matches(&document);
        let negative = parsed(&wrapped("$nor", &query)).matches(&document);
        prop_assert_eq!(positive.map(|matched| !matched), negative);
    }

    #[test]
    fn and_and_or_of_one_query_are_the_query(query in query(), document in document()) {
        let alone = parsed(&query).matches(&document);
        prop_assert_eq!(parsed(&wrapped("$and", &query)).matches(&document), alone.clone());
        prop_assert_eq!(parsed(&wrapped("$or", &query)).matches(&document), alone);
    }

    #[test]
    fn not_turns_operators_round(path in path(), operator in operator(), document in document()) {
        let positive = parsed(&field_is(&path, operator.clone())).matches(&document);
        let not = Document::from_iter([("$not".into(), Value::Object(operator))]);
        prop_assert_eq!(parsed(&field_is(&path, not)).matches(&document), positive.map(|matched| !matched));
    }

    #[test]
    fn equality_is_membership_of_one(
        path in path(), operand in value().prop_filter("no regular expression", is_plain), document in document(),
    ) {
        let equal = field_is(&path, Document::from_iter([("$eq".into(), operand.clone())]));
        let within = field_is(&path, Document::from_iter([("$in".into(), Value::Array(vec![operand]))]));
        prop_assert_eq!(parsed(&equal).matches(&document), parsed(&within).matches(&document));
    }

    #[test]
    fn a_document_is_found_by_each_of_its_fields(document in document()) {
        for (name, value) in document.iter().filter(|(_, value)| is_plain(value)) {
            let query = field_is(name, Document::from_iter([("$eq".into(), value.clone())]));
            prop_assert_eq!(parsed(&query).matches(&document), Ok(true));
        }
    }

    #[test]
    fn a_filter_answers_alike_whatever_it_saw_before(query in query(), documents in vec(document(), 1..6)) {
        let used = parsed(&query);
        for document in &documents {
            prop_assert_eq!(used.matches(document), parsed(&query).matches(document));
        }
    }

    #[test]
    fn keys_order_as_documents_compare(spec in sort_spec(), left in document(), right in document()) {
        let sort = Sort::parse(&spec).unwrap();
        prop_assert_eq!(sort.compare(&left, &right), sort.key(&left).cmp(&sort.key(&right)));
        prop_assert_eq!(sort.compare(&left, &right), sort.compare(&right, &left).reverse());
    }

    #[test]
    fn descending_mirrors_ascending_without_arrays(
        fields in vec(vec((name().prop_map(Key::from), scalar()), 0..4).prop_map(Document::from_iter), 2..3),
        name in name(),
    ) {
        let sort = |direction: i32| Sort::parse(&Document::from_iter([(name.into(), Value::Int32(direction))])).unwrap();
        prop_assert_eq!(sort(1).compare(&fields[0], &fields[1]), sort(-1).compare(&fields[0], &fields[1]).reverse());
    }

    #[test]
    fn pages_tile_the_sorted_whole(spec in sort_spec(), values in vec(document(), 0..12), size in 1..5_usize) {
        let sort = Sort::parse(&spec).unwrap();
        let sorted = || {
            let mut places: Vec<usize> = (0..values.len()).collect();
            places.sort_by_cached_key(|place| sort.key(&values[*place]));
            places
        };
        let mut seen: Vec<usize> = Vec::new();
        while seen.len() < values.len() {
            seen.extend(sorted().into_iter().skip(seen.len()).take(size));
        }
        for pair in seen.windows(2) {
            let ordering = sort.compare(&values[pair[0]], &values[pair[1]]);
            prop_assert!(ordering.is_lt() || ordering.is_eq() && pair[0] < pair[1]);
        }
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..values.len()).collect::<Vec<_>>());
    }

    #[test]
    fn parsing_never_panics(document in nonsense()) {
        if let Ok(filter) = Filter::parse(&document) {
            let _ = filter.matches(&document);
        }
        if let Ok(sort) = Sort::parse(&document) {
            let _ = sort.key(&document);
        }
        if let Ok(projection) = Projection::parse(&document) {
            projection.apply(&document);
        }
    }

    #[test]
    fn inclusion_and_exclusion_of_the_same_names_divide_the_fields(
        names in prop::sample::subsequence(vec!["a", "b", "c", "0"], 1..4), document in document(),
    ) {
        let projection = |flag: i32| {
            Projection::parse(&names.iter().map(|name| ((*name).into(), Value::Int32(flag))).collect()).unwrap()
        };
        let (included, excluded) = (projection(1).apply(&document), projection(0).apply(&document));
        let order: Vec<&Key> = document.iter().map(|(name, _)| name).collect();
        for shown in [&included, &excluded] {
            let places: Vec<_> = shown.iter().map(|(name, _)| order.iter().position(|key| *key == name)).collect();
            prop_assert!(places.is_sorted() && places.iter().all(Option::is_some));
        }
        for (name, value) in document.iter().filter(|(name, _)| &***name != "_id") {
            let shown = [included.get(name), excluded.get(name)];
            let expected = if names.contains(&&**name) { [Some(value), None] } else { [None, Some(value)] };
            prop_assert_eq!(format!("{shown:?}"), format!("{expected:?}"));
        }
    }

    #[test]
    fn the_top_level_view_shows_what_applying_shows(
        names in prop::sample::subsequence(vec!["a", "b", "c", "_id"], 1..4), flag in 0..2_i32, document in document(),
    ) {
        let spec: Document = names.iter().map(|name| ((*name).into(), Value::Int32(flag))).collect();
        let projection = Projection::parse(&spec).unwrap();
        let view = projection.top_level().unwrap();
        let shown: Vec<Key> = projection.apply(&document).into_iter().map(|(name, _)| name).collect();
        let viewed: Vec<Key> = document.iter().filter(|(name, _)| view.shows(name)).map(|(name, _)| name.clone()).collect();
        prop_assert_eq!(shown, viewed);
        prop_assert_eq!(view.mode() == ProjectionMode::Include, flag == 1);
        prop_assert_eq!(view.shows_id(), view.shows("_id"));
    }
}

#[test]
fn a_hundred_levels_are_the_limit() {
    let nested = |levels: usize| {
        (1..levels).fold(Document::from_iter([("a".into(), Value::Int32(1))]), |inner, _| wrapped("$and", &inner))
    };
    // Each wrapping adds an array and a document.
    assert!(Filter::parse(&nested(50)).is_ok());
    let error = Filter::parse(&nested(51)).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.code()), ("BSONObj exceeded maximum nested object depth: 100", 15));
}

#[test]
fn long_paths_are_refused() {
    let path = |components: usize| Document::from_iter([(vec!["a"; components].join(".").into(), Value::Int32(1))]);
    assert!(Filter::parse(&path(180)).is_ok());
    assert_eq!(Filter::parse(&path(181)).unwrap_err().to_string(), "FieldPath is too long");
    assert!(Sort::parse(&path(200)).is_ok());
    assert_eq!(Sort::parse(&path(201)).unwrap_err().to_string(), "FieldPath is too long");
    assert!(Projection::parse(&path(200)).is_ok());
    assert_eq!(Projection::parse(&path(201)).unwrap_err().to_string(), "FieldPath is too long");
}

#[test]
fn a_sort_has_at_most_32_keys() {
    let spec = |keys: usize| (0..keys).map(|key| (format!("k{key}").into(), Value::Int32(1))).collect::<Document>();
    assert!(Sort::parse(&spec(32)).is_ok());
    assert_eq!(Sort::parse(&spec(33)).unwrap_err().to_string(), "too many compound keys");
}

#[test]
fn the_constant_filters_are_constant() {
    let document = Document::new();
    assert!(Filter::always().is_empty() && Filter::always().matches(&document).unwrap());
    assert!(!Filter::never().is_empty() && !Filter::never().matches(&document).unwrap());
    assert!(Filter::parse(&document).unwrap().is_empty());
}

#[test]
fn reverse_natural_order_is_left_to_the_caller() {
    let sort =
        |direction: i32| Sort::parse(&Document::from_iter([("$natural".into(), Value::Int32(direction))])).unwrap();
    assert!(sort(-1).is_empty() && sort(-1).reverses_natural_order());
    assert!(sort(1).is_empty() && !sort(1).reverses_natural_order());
}

#[test]
fn parsed_queries_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Filter>();
    shared::<Sort>();
    shared::<Projection>();
}
