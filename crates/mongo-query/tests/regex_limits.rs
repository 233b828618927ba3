//! A regular expression that would take for ever ends in an error: it neither hangs nor passes for «no match».

use mongo_query::{Budget, Document, Filter, QueryError, Regex, Value};

fn pattern(pattern: &str) -> Value {
    Value::Regex(Regex { pattern: pattern.into(), options: "".into() }.into())
}

fn one_field(value: Value) -> Document {
    Document::from_iter([("a".into(), value)])
}

fn matches(query: Value, text: &str) -> Result<bool, QueryError> {
    Filter::parse(&one_field(query))?.matches(&one_field(text.into()))
}

#[test]
fn hostile_patterns_end_in_an_error() {
    let text = format!("{}!", "a".repeat(64));
    for hostile in ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*)*\\d$", "^(([a-z])+.)+[A-Z]([a-z])+$"] {
        assert_eq!(matches(pattern(hostile), &text), Err(QueryError::RegexLimit), "{hostile}");
    }
}

#[test]
fn a_pattern_cannot_raise_its_own_limits() {
    let text = format!("{}!", "a".repeat(64));
    for verbs in ["(*LIMIT_MATCH=400000000)", "(*LIMIT_HEAP=400000000)(*LIMIT_MATCH=400000000)", "(*UTF)", "(*NO_JIT)"]
    {
        assert_eq!(matches(pattern(&format!("{verbs}(a+)+$")), &text), Err(QueryError::RegexLimit), "{verbs}");
    }
}

#[test]
fn deep_backtracking_over_a_long_text_stays_within_memory() {
    let text = "ab".repeat(200_000);
    let outcome = matches(pattern("^(?:(a)|(b)|(c)|(d)|(e)|(f))*$"), &text);
    assert_eq!(outcome, Err(QueryError::RegexLimit));
}

#[test]
fn the_error_surfaces_through_negations_and_lists() {
    let text = format!("{}!", "a".repeat(64));
    let operators = |name: &str, operand: Value| Value::Object(Document::from_iter([(name.into(), operand)]));
    for query in [
        operators("$not", pattern("(a+)+$")),
        operators("$in", vec![Value::Null, pattern("(a+)+$")].into()),
        operators("$nin", vec![pattern("(a+)+$")].into()),
        operators("$all", vec![pattern("(a+)+$")].into()),
    ] {
        assert_eq!(matches(query.clone(), &text), Err(QueryError::RegexLimit), "{query:?}");
    }
}

#[test]
fn harmless_patterns_stay_within_the_limits() {
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(50);
    assert_eq!(matches(pattern("^.*fox.*dog\\. $"), &text), Ok(true));
    assert_eq!(matches(pattern("(quick|slow) (brown|white) (fox|cat) runs"), &text), Ok(false));
}

#[test]
fn a_pattern_has_a_greatest_length() {
    assert!(Filter::parse(&one_field(pattern(&"a".repeat(32_764)))).is_ok());
    assert_eq!(
        Filter::parse(&one_field(pattern(&"a".repeat(32_765)))).unwrap_err().to_string(),
        "Regular expression is invalid: pattern string is longer than the limit set by the application"
    );
}

#[test]
fn the_error_has_a_text_of_its_own() {
    assert_eq!(
        QueryError::RegexLimit.to_string(),
        "Error occurred while executing the regular expression in $regex. Result code: match limit exceeded"
    );
    assert_eq!(QueryError::RegexLimit.code(), 51156);
}

#[test]
fn a_budget_ends_a_query_wherever_it_runs() {
    let filter = |query: Value| Filter::parse(&one_field(query)).unwrap();
    let text = one_field("aaaaaaaa".into());
    // One for the document, one for the path, one for the value; the match may take 100 steps over 8 bytes.
    let cheap = filter(pattern("^a"));
    assert_eq!(cheap.matches_within(&text, &Budget::new(111)), Ok(true));
    assert_eq!(cheap.matches_within(&text, &Budget::new(110)), Err(QueryError::MaxTimeMsExpired));
    // More than 100 steps, so 1,000 more.
    let dear = filter(pattern("(a+)+b|(a+)+$"));
    let needed = (111..2_000).find(|units| dear.matches_within(&text, &Budget::new(*units)) == Ok(true));
    assert_eq!(needed, Some(1_111));
    // The limit of one match stays what it was while the budget lasts.
    let (hostile, long) = (filter(pattern("(a+)+$")), one_field(format!("{}!", "a".repeat(64)).into()));
    assert_eq!(hostile.matches_within(&long, &Budget::new(1_111_168)), Err(QueryError::RegexLimit));
    assert_eq!(hostile.matches_within(&long, &Budget::new(1_111_167)), Err(QueryError::MaxTimeMsExpired));
    // It is one budget for all documents.
    let budget = Budget::new(1_000);
    let matched = (0..100).take_while(|_| cheap.matches_within(&text, &budget).is_ok()).count();
    assert_eq!(matched, 9);
    assert_eq!(QueryError::MaxTimeMsExpired.to_string(), "operation exceeded time limit");
    assert_eq!(QueryError::MaxTimeMsExpired.code(), 50);
}

#[test]
fn every_test_of_a_list_is_counted() {
    let numbers: Vec<Value> = (0..50).map(Value::from).collect();
    let query = Filter::parse(&Document::from_iter([("a".into(), Value::from(-1))])).unwrap();
    let document = one_field(numbers.into());
    // The document, the path, fifty elements and the list itself.
    assert_eq!(query.matches_within(&document, &Budget::new(53)), Ok(false));
    assert_eq!(query.matches_within(&document, &Budget::new(52)), Err(QueryError::MaxTimeMsExpired));
}
