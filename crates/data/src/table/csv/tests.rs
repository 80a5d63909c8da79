use super::*;

fn budget() -> Budget {
    Budget::new(64 << 20)
}

fn read_in(text: &str, options: &CsvOptions, piece: usize) -> Result<Read> {
    parse(text.as_bytes(), Path::new("t.csv"), options, &budget(), piece)
}

fn read(text: &str) -> Table {
    read_in(text, &CsvOptions::default(), PIECE).unwrap().table
}

fn column(table: &Table, name: &str) -> Vec<Option<String>> {
    let values = table.column(name).unwrap().values();
    (0..values.len()).map(|row| values.text(row)).collect()
}

fn some<const N: usize>(texts: [&str; N]) -> Vec<Option<String>> {
    texts.map(|text| (text != "-").then(|| text.to_owned())).to_vec()
}

#[test]
fn columns_are_what_all_their_rows_say() {
    let table = read("n,t,b,none,mixed\n1,x,true,,true\n2.5,7,FALSE,NA,1\n,?,,,\n");
    let kinds: Vec<_> = table.columns().iter().map(|column| column.kind().name()).collect();
    assert_eq!(kinds, ["number", "text", "boolean", "number", "text"]);
    assert_eq!(column(&table, "n"), some(["1", "2.5", "-"]));
    assert_eq!(column(&table, "t"), some(["x", "7", "-"]));
    assert_eq!(column(&table, "b"), some(["true", "false", "-"]));
    assert_eq!(column(&table, "mixed"), some(["true", "1", "-"]));
}

#[test]
fn quotes_hold_delimiters_line_ends_and_doubled_quotes() {
    let table = read("a,\"b \"\"c\"\"\"\n\"x,\ny\", \"say \"\"hi\"\"\" \n5\" pipe,\"\"\n");
    assert_eq!(column(&table, "a"), some(["x,\ny", "5\" pipe"]));
    assert_eq!(column(&table, "b \"c\""), some(["say \"hi\"", "-"]));
}

#[test]
fn line_ends_of_every_system_and_a_missing_last_one_are_read() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a,b", "1,x", "2,y"].join(end);
        for text in [text.clone(), text + end] {
            let table = read(&text);
            assert_eq!(column(&table, "b"), some(["x", "y"]), "{text:?}");
            assert_eq!(column(&table, "a"), some(["1", "2"]), "{text:?}");
        }
    }
}

#[test]
fn blank_lines_and_comments_are_no_rows() {
    let options = CsvOptions { comment: Some(b'#'), ..CsvOptions::default() };
    let text = "# it's \"made\n\na,b\n1,2\n\n#,\"\n3,4\n\n";
    for piece in [1, 4, PIECE] {
        let table = read_in(text, &options, piece).unwrap().table;
        assert_eq!(column(&table, "b"), some(["2", "4"]));
    }
}

#[test]
fn a_row_of_another_width_is_named_with_its_line_or_left_out() {
    let text = "a,b\n1,2\n\"x\ny\",3\n4\n5,6,7\n8,9\n";
    let error = read_in(text, &CsvOptions::default(), 3).unwrap_err();
    assert_eq!(error.code, Code::Data);
    let expected = "t.csv: row 3 (line 5): expected 2 columns, came 1";
    assert!(error.message.starts_with(expected), "{error}");
    let options = CsvOptions { on_bad_sample: OnBadSample::Skip, ..CsvOptions::default() };
    let Read { table, skipped } = read_in(text, &options, 3).unwrap();
    assert_eq!(column(&table, "b"), some(["2", "3", "9"]));
    assert_eq!(skipped.count, 2);
    assert_eq!(skipped.examples[1], "row 4 (line 6): expected 2 columns, came 3");
}

#[test]
fn a_column_that_is_numbers_until_a_late_row_is_text_when_told_by_its_values() {
    let mut text = "n,m\n".to_owned();
    (0..900).for_each(|i| text.push_str(&format!("{i},{i}\n")));
    text.push_str("late,1\n7,8\n");
    let table = read_in(&text, &CsvOptions::default(), 64).unwrap().table;
    assert_eq!(table.column("n").unwrap().kind(), Kind::Text);
    assert_eq!(column(&table, "n")[899..], some(["899", "late", "7"]));
    assert_eq!(table.column("m").unwrap().kind(), Kind::Number);
}

#[test]
fn a_declared_number_that_is_none_names_row_and_column_or_costs_its_row() {
    let mut options =
        CsvOptions { kinds: [("n".to_owned(), Kind::Number)].into(), ..CsvOptions::default() };
    let text = "n,t\n1,a\nmany,b\n3,c\n4\n,d\n5,-\nfew,e\n";
    let error = read_in(text, &options, 4).unwrap_err();
    let expected = "row 2 (line 3): n: expected a number, came \"many\"";
    assert!(error.message.contains(expected), "{error}");
    options.on_bad_sample = OnBadSample::Skip;
    for piece in [1, 9, PIECE] {
        let Read { table, skipped } = read_in(text, &options, piece).unwrap();
        assert_eq!(column(&table, "n"), some(["1", "3", "-", "5"]));
        assert_eq!(
            column(&table, "t"),
            [Some("a"), Some("c"), Some("d"), Some("-")].map(|t| t.map(str::to_owned))
        );
        assert_eq!(skipped.count, 3);
        assert!(skipped.examples[1].starts_with("row 4 (line 5)"), "{skipped:?}");
    }
}

#[test]
fn kinds_names_and_the_columns_to_read_are_chosen() {
    let options = CsvOptions {
        header: false,
        names: Some(vec!["zip".to_owned(), "x".to_owned(), "y".to_owned()]),
        kinds: [("zip".to_owned(), Kind::Text)].into(),
        only: Some(vec!["y".to_owned(), "zip".to_owned()]),
        ..CsvOptions::default()
    };
    let table = read_in("007;1;2,5\n010;3;4\n", &options, PIECE).unwrap().table;
    assert_eq!(table.columns().len(), 2);
    assert_eq!(column(&table, "zip"), some(["007", "010"]));
    assert_eq!(table.column("y").unwrap().kind(), Kind::Text);
    let options = CsvOptions { decimal: b',', header: false, ..CsvOptions::default() };
    let table = read_in("1,5;2\n-0,25;4\n", &options, PIECE).unwrap().table;
    assert_eq!(column(&table, "column1"), some(["1.5", "-0.25"]));
}

#[test]
fn what_cannot_be_a_table_says_why() {
    let cases: [(&str, &str); 7] = [
        ("", "came an empty file"),
        ("a,b\n", "expected at least one row"),
        ("a,a\n1,2\n", "\"a\" comes twice"),
        ("a,b\n1,\"2\n3,4\n", "row 1 (line 2): expected a closing quote"),
        ("a,b\n1,\"2\"3\n", "expected a delimiter after a closing quote"),
        ("\"a,b\n1,2\n", "the first row is none"),
        ("a,b\n1,2,3\n", "expected 2 columns, came 3"),
    ];
    for (text, expected) in cases {
        let error = read_in(text, &CsvOptions::default(), PIECE).unwrap_err();
        assert_eq!(error.code, Code::Data);
        assert!(error.message.contains(expected), "{text:?}: {error}");
    }
    let options = CsvOptions { only: Some(vec!["c".to_owned()]), ..CsvOptions::default() };
    let error = read_in("1.5,2\n3,4\n", &options, PIECE).unwrap_err();
    assert_eq!(error.code, Code::Config);
    assert!(error.message.contains("header: false"), "{error}");
}

#[test]
fn bytes_that_are_no_utf_8_are_named_with_their_line() {
    let text = b"a,b\n1,caf\xe9\n";
    let error =
        parse(text, Path::new("t.csv"), &CsvOptions::default(), &budget(), PIECE).unwrap_err();
    assert_eq!(error.code, Code::Data);
    assert!(error.message.contains("line 2: expected UTF-8, came the byte 0xe9"), "{error}");
}

#[test]
fn a_table_larger_than_the_budget_is_refused() {
    let text = format!("a,b\n{}", "1,\n".repeat(1000));
    let small = Budget::new(1 << 10);
    let error = parse(text.as_bytes(), Path::new("t.csv"), &CsvOptions::default(), &small, PIECE);
    assert_eq!(error.unwrap_err().code, Code::Memory);
    assert_eq!(small.used(), 0);
}

/// Text out of the bytes that matter most to a reader.
fn texts() -> impl proptest::strategy::Strategy<Value = String> {
    let bytes = proptest::sample::select(vec![
        ",", ",", ",", "\n", "\n", "\"", "\"\"", " ", "\r\n", "a", "1", "2.5", "true", "#", "é",
        "\t", ";",
    ]);
    use proptest::strategy::Strategy;
    proptest::collection::vec(bytes, 0..60).prop_map(|parts| parts.concat())
}

proptest::proptest! {
    #[test]
    fn the_size_of_the_pieces_changes_nothing(text in texts(), trim: bool, comment: bool, skip: bool) {
        let options = CsvOptions {
            delimiter: Some(b','),
            trim,
            comment: comment.then_some(b'#'),
            on_bad_sample: if skip { OnBadSample::Skip } else { OnBadSample::Error },
            ..CsvOptions::default()
        };
        let told = |piece| match read_in(&text, &options, piece) {
            Err(error) => Err(error.message),
            Ok(Read { table, skipped }) => {
                let columns: Vec<_> = table.columns().iter().map(|c| (c.name().to_owned(), column(&table, c.name()))).collect();
                Ok((columns, skipped))
            }
        };
        let whole = told(PIECE);
        for piece in [1, 2, 5, 17] {
            proptest::prop_assert_eq!(&told(piece), &whole);
        }
    }
}

#[test]
fn a_table_is_the_same_on_any_number_of_threads() {
    let rows = (0..500).map(|i| format!("{i}.5,t{},{}\n", i % 9, if i == 400 { "x" } else { "1" }));
    let text = format!("n,t,late\n{}", rows.collect::<String>());
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| read_in(&text, &CsvOptions::default(), 64).unwrap().table)
    };
    let one = on(1);
    assert_eq!(column(&one, "late")[399..402], some(["1", "x", "1"]));
    for threads in [2, 3, 7] {
        let other = on(threads);
        for (a, b) in one.columns().iter().zip(other.columns()) {
            assert_eq!((a.name(), a.values()), (b.name(), b.values()), "{threads} threads");
        }
    }
}
