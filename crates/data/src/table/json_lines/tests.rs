//! What JSON lines become, and which are refused.

use super::*;

fn read(text: &str, options: &JsonLinesOptions, piece: usize) -> Result<Read> {
    parse(text.as_bytes(), Path::new("t.jsonl"), options, &Budget::new(1 << 24), piece)
}

fn told(table: &Table, name: &str) -> Vec<Option<String>> {
    let values = table.column(name).unwrap().values();
    (0..values.len()).map(|row| values.text(row)).collect()
}

const TEXT: &str = "{\"n\": 1, \"t\": \"a\\n\u{e9}\", \"b\": true}\n\n\
                    {\"t\": null, \"n\": 2.5e1, \"m\": 1}\r\n\
                    {\"m\": \"x\", \"n\": null, \"id\": 12345678901234567890}";

#[test]
fn keys_become_columns_and_what_a_line_lacks_is_missing() {
    for piece in [1, 40, PIECE] {
        let table = read(TEXT, &JsonLinesOptions::default(), piece).unwrap().table;
        let names: Vec<_> = table.columns().iter().map(|c| (c.name(), c.kind().name())).collect();
        let expected =
            [("n", "number"), ("t", "text"), ("b", "boolean"), ("m", "text"), ("id", "text")];
        assert_eq!(names, expected);
        assert_eq!(told(&table, "n"), [Some("1".to_owned()), Some("25".to_owned()), None]);
        assert_eq!(told(&table, "t"), [Some("a\n\u{e9}".to_owned()), None, None]);
        assert_eq!(told(&table, "m"), [None, Some("1".to_owned()), Some("x".to_owned())]);
        assert_eq!(told(&table, "id")[2].as_deref(), Some("12345678901234567890"));
    }
}

#[test]
fn a_line_that_is_no_row_is_named_or_left_out() {
    let cases = [
        ("{\"a\": 1", "row 2 (line 3): expected an object of single values"),
        ("[1]", "row 2 (line 3): expected an object"),
        ("{\"a\": [1]}", "row 2 (line 3): a: expected a single value, came an array"),
        ("{\"a\": 1, \"a\": 2}", "row 2 (line 3): a: the key comes twice"),
    ];
    for (line, expected) in cases {
        let text = format!("{{\"a\": 1}}\n\n{line}\n{{\"a\": 3}}\n");
        let error = read(&text, &JsonLinesOptions::default(), 5).unwrap_err();
        assert_eq!(error.code, Code::Data);
        assert!(error.message.contains(expected), "{error}");
        let skip = OnBadSample::Skip;
        let options = JsonLinesOptions { on_bad_sample: skip, ..JsonLinesOptions::default() };
        let Read { table, skipped } = read(&text, &options, 5).unwrap();
        assert_eq!((table.rows(), skipped.count), (2, 1));
    }
}

#[test]
fn declared_kinds_and_markers_of_missing_values_hold() {
    let mut options = JsonLinesOptions {
        kinds: [("a".to_owned(), Kind::Number), ("b".to_owned(), Kind::Text)].into(),
        missing: vec!["-".to_owned()],
        ..JsonLinesOptions::default()
    };
    let table = read("{\"a\":\"-\",\"b\":7}\n{\"a\":2}\n", &options, 4).unwrap().table;
    assert_eq!(told(&table, "a"), [None, Some("2".to_owned())]);
    assert_eq!(told(&table, "b"), [Some("7".to_owned()), None]);
    let error = read("{\"a\":\"x\",\"b\":7}\n", &options, 4).unwrap_err();
    assert!(error.message.contains("a: expected a number, came \"x\""), "{error}");
    options.only = Some(vec!["c".to_owned()]);
    assert_eq!(read("{\"a\":1}\n", &options, 4).unwrap_err().code, Code::Config);
    assert_eq!(read("\n", &options, 4).unwrap_err().code, Code::Data);
}

#[test]
fn keys_that_few_lines_share_are_refused_before_they_fill_memory() {
    let text: String = (0..4000).map(|at| format!("{{\"k{at}\":1}}\n")).collect();
    let budget = Budget::new(16 << 20);
    let error =
        parse(text.as_bytes(), Path::new("t"), &JsonLinesOptions::default(), &budget, PIECE);
    assert_eq!(error.unwrap_err().code, Code::Memory);
    assert_eq!(budget.used(), 0);
}
