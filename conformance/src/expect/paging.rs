//! Whether the pages of a walk tile the whole.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Findings, Scope, Shown, body};

pub(super) fn tiles(scope: &Scope<'_>, findings: &mut Findings) {
    let Some(body) = body(scope, "tiles", findings) else { return };
    let empty = Vec::new();
    let pages = body.get("pages").and_then(Value::as_array).unwrap_or(&empty);
    let list = scope.list;
    let records = list.records(body).unwrap_or(&empty);
    let Some(first) = pages.first() else {
        findings.fail("tiles", "/pages", Shown::words("at least one page"), Shown::words("none"));
        return;
    };
    let total = first.get("total").cloned().unwrap_or_default();
    for (index, page) in pages.iter().enumerate() {
        let mut same = |name: &str, wanted: &Value, message: &str| {
            let found = page.get(name);
            if found.is_none_or(|found| !crate::json::equal(found, wanted)) {
                let pointer = format!("/pages/{index}/{name}");
                findings.fail_because("tiles", pointer, Shown::Data(wanted.clone()), Shown::maybe(found), message);
            }
        };
        same(
            "offset",
            page.get("requested_offset").unwrap_or(&Value::Null),
            "the page does not say the offset it was asked for",
        );
        same("count", page.get("length").unwrap_or(&Value::Null), "the page does not say how many records it has");
        same("total", &total, "total changes from page to page");
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, record) in records.iter().enumerate() {
        let at = format!("{}/{index}/{}", list.pointer(), list.id);
        match list.id_of(record) {
            None => findings.fail("tiles", at, Shown::words("string"), Shown::maybe(record.get(&list.id))),
            Some(id) => {
                if let Some(earlier) = seen.insert(id, index) {
                    let message = format!("pages overlap: the record came before, as number {earlier} of the walk");
                    findings.fail_because(
                        "tiles",
                        at,
                        Shown::words("an id not seen before"),
                        Shown::Data(json!(id)),
                        message,
                    );
                }
            }
        }
    }
    if total.as_u64() != Some(records.len() as u64) {
        let message = "walked by the length of each page, the list does not have as many records as total says";
        findings.fail_because("tiles", "/total", Shown::words(records.len().to_string()), Shown::Data(total), message);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{pointers, try_checks};

    fn page(offset: u64, length: u64, total: u64) -> Value {
        json!({"requested_offset": offset, "offset": offset, "count": length, "total": total, "length": length})
    }

    fn walk(ids: &[&str], pages: &[Value]) -> Value {
        let records: Vec<Value> = ids.iter().map(|id| json!({"_id": id})).collect();
        json!({"statistics": records, "total": pages[0]["total"], "pages": pages})
    }

    fn tried(body: Value) -> Vec<String> {
        let findings = try_checks(body, None, json!([{"check": "tiles"}]));
        pointers(&findings).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn pages_that_tile() {
        assert!(tried(walk(&["a", "b", "c"], &[page(0, 2, 3), page(2, 1, 3)])).is_empty());
    }

    #[test]
    fn overlaps_gaps_and_lies() {
        assert_eq!(tried(walk(&["a", "b", "b"], &[page(0, 2, 3), page(2, 1, 3)])), ["/statistics/2/_id"]);
        assert_eq!(tried(walk(&["a", "b"], &[page(0, 2, 3), page(2, 0, 3)])), ["/total"]);
        assert_eq!(tried(walk(&["a", "b", "c"], &[page(0, 2, 3), page(2, 1, 4)])), ["/pages/1/total"]);
        let mut second = page(2, 1, 3);
        second["count"] = json!(2);
        second["offset"] = json!(0);
        assert_eq!(tried(walk(&["a", "b", "c"], &[page(0, 2, 3), second])), ["/pages/1/offset", "/pages/1/count"]);
    }
}
