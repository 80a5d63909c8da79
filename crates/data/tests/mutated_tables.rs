//! 10,000 mutated files of each format: a table or arrays, or a typed error, and never more memory than
//! allowed.

mod mutation;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use attune_data::npz::{Place, read_samples};
use attune_data::table::{CsvOptions, JsonLinesOptions, OnBadSample, read_csv, read_json_lines};
use attune_kernels::random::{Stream, key, site};
use attune_tensor::npy::{self, Array, Values};
use attune_tensor::{Budget, Code, Error, Shape};

use mutation::{begin, most, mutate};

const FILES: usize = 10_000;
/// What a reader may take of the budget, and what all of a reading may hold with it.
const BUDGET: usize = 16 << 20;
const MOST_BYTES: usize = 24 << 20;

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("attune-mutated-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn delimited(mark: &str) -> Vec<u8> {
    let rows: Vec<String> = (0..40)
        .map(|i| {
            let name =
                if i % 5 == 0 { format!("\"a{mark} \"\"{i}\"\"\"") } else { format!("n{i}") };
            let size = if i % 7 == 0 { "?".to_owned() } else { format!("{}.5e{}", i * 3, i % 4) };
            [name, size, (i % 2 == 0).to_string(), format!("2024-02-{:02}", i % 28 + 1)].join(mark)
        })
        .collect();
    format!("name{mark}size{mark}flag{mark}day\n{}\n", rows.join("\n")).into_bytes()
}

fn lines() -> Vec<u8> {
    let line = |i: usize| match i % 3 {
        0 => format!("{{\"a\":{i}.25,\"b\":\"x\\u00e9{i}\",\"c\":true}}"),
        1 => format!("{{\"a\":null,\"b\":\"{i}\",\"d\":{}}}", u64::MAX - i as u64),
        _ => format!("{{\"c\":false,\"a\":-{i}e-3}}"),
    };
    (0..40).map(line).collect::<Vec<_>>().join("\n").into_bytes()
}

fn array() -> Vec<u8> {
    let path = folder().join("original.npy");
    let values = Values::F64((0..60).map(|i| f64::from(i) / 8.0).collect());
    npy::write(&path, &Array { shape: Shape::new(vec![20, 3]), values }).unwrap();
    fs::read(path).unwrap()
}

/// Counts what becomes of mutated copies; every error must have one of the codes of bad files.
fn survive(format: &str, originals: &[Vec<u8>], read: impl Fn(&Path, usize) -> Result<(), Error>) {
    let path = folder().join(format!("mutated.{format}"));
    let mut draw = Stream::new(key(0, site(format)));
    let mut counts = BTreeMap::new();
    let before = begin();
    for file in 0..FILES {
        fs::write(&path, mutate(&originals[file % originals.len()], &mut draw)).unwrap();
        let outcome = match read(&path, file) {
            Ok(()) => "read",
            Err(error) => {
                let known = [Code::Corrupt, Code::Data, Code::Dtype, Code::Config, Code::Shape];
                assert!(known.contains(&error.code), "{format}, file {file}: {error}");
                error.code.name()
            }
        };
        *counts.entry(outcome).or_insert(0) += 1;
    }
    let peak = most(before);
    eprintln!("{format}: {counts:?}, at most {peak} bytes");
    assert!(peak < MOST_BYTES, "{format}: {peak} bytes");
    let failed = FILES - counts["read"];
    assert!(failed > FILES / 50 && counts["read"] > FILES / 100, "{format}: {counts:?}");
}

/// Every other file is read with its bad rows left out.
fn on_bad_sample(file: usize) -> OnBadSample {
    if file.is_multiple_of(2) { OnBadSample::Error } else { OnBadSample::Skip }
}

#[test]
fn mutated_files_give_rows_or_a_typed_error_within_the_memory_limit() {
    let budget = Budget::new(BUDGET);
    for (format, mark) in [("csv", ","), ("tsv", "\t")] {
        survive(format, &[delimited(mark)], |path, file| {
            let on_bad_sample = on_bad_sample(file);
            let options = CsvOptions { on_bad_sample, ..CsvOptions::default() };
            let read = read_csv(path, &options, &budget)?;
            assert!(read.table.rows() + read.skipped.count <= 400);
            Ok(())
        });
    }
    survive("jsonl", &[lines()], |path, file| {
        let on_bad_sample = on_bad_sample(file);
        let options = JsonLinesOptions { on_bad_sample, ..JsonLinesOptions::default() };
        let read = read_json_lines(path, &options, &budget)?;
        assert!(read.table.rows() + read.skipped.count <= 400);
        Ok(())
    });
    let samples = |member: Option<&str>| {
        let member = member.map(str::to_owned);
        let budget = &budget;
        move |path: &Path, _: usize| {
            let place = Place { file: path.to_owned(), member: member.clone() };
            read_samples(&BTreeMap::from([("x".to_owned(), place)]), budget).map(drop)
        }
    };
    survive("npy", &[array()], samples(None));
    let archives = [
        include_bytes!("../src/npz/cases/stored.npz").to_vec(),
        include_bytes!("../src/npz/cases/deflated.npz").to_vec(),
    ];
    survive("npz", &archives, samples(Some("x")));
    assert_eq!(budget.used(), 0, "what was read is given back");
    fs::remove_dir_all(folder()).unwrap();
}
